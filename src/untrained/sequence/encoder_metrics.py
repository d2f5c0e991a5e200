"""Training-free metrics of BERT-like encoders, and the passes they share. Reference: serianni2023rnn.

Most are sums over modules; `<name>_mean` is the mean over the modules instead, which does not count layers.

The published code back-propagates a cotangent of ones through the last norm. A norm with gains 1 and biases 0 gives outputs
whose sum over features is 0 whatever its input is, so that every gradient is 0, and what was published is rounding error.
Here the cotangent is a fair sign per feature; `<name>_ones` repeats the published one.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from untrained.initialise import signs
from untrained.passes import gradients, row_correlation
from untrained.probe import Undefined
from untrained.proxies.jacobian import eigenvalue_score, refuse_constant_rows
from untrained.registry import Registry
from untrained.sequence.encoder_layers import Encoder
from untrained.sequence.metrics import Metric, Passes


class EncoderProbe(Passes):
    """An encoder and a minibatch of documents, and the passes already paid for.

    In training mode, as in the published code: dropout acts, and is drawn from torch's generator at a seed of its own.

    Args:
        network: the encoder, in its own weights.
        tokens: (b, t) token numbers.
        graph: whether gradients will be asked for.
    """

    def __init__(self, network: Encoder, tokens: Int[Tensor, "b t"], *, graph: bool = True) -> None:
        super().__init__()
        self.network, self.tokens, self.graph = network, tokens, graph
        self.inputs: list[Tensor] = []
        self.softmaxes: list[Tensor] = []
        self.activations: list[Tensor] = []

    def forward(self) -> Float[Tensor, "b t h"]:
        """One pass; what the heads are given, the softmax outputs and the activations are noted on the way."""
        return self.once("forward", self._forward)

    def _forward(self) -> Tensor:
        noted = [(layer.operation.softmax, self.softmaxes) for layer in self.network.layers]
        noted += [(layer.activation, self.activations) for layer in self.network.layers]
        operations = [layer.operation for layer in self.network.layers]
        noted += [(getattr(one, name), self.inputs) for one in operations for name in one.inputs]
        handles = [module.register_forward_hook(partial(self._note, into)) for module, into in noted]
        before = self.network.training
        try:
            with torch.random.fork_rng(devices=[]), torch.set_grad_enabled(self.graph):
                torch.manual_seed(0)
                return self.network.train()(self.tokens)
        finally:
            self.network.train(before)
            for handle in handles:
                handle.remove()

    def _note(self, into: list[Tensor], module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> None:
        into.append(output.detach())

    def slopes(self, ones: bool) -> dict[str, Tensor]:
        """Gradients of sum_btc s_c y_btc with respect to positions and linear maps; s: signs, or ones."""
        return self.once("slopes", lambda: self._slopes(ones), ones)

    def _slopes(self, ones: bool) -> dict[str, Tensor]:
        y = self.forward()
        s = torch.ones(y.shape[2]) if ones else torch.from_numpy(signs("encoder.readout", (y.shape[2],), seed=0))
        named = {name: module.weight for name, module in self.network.named_modules() if isinstance(module, nn.Linear)}
        named["positions"] = self.network.positions.weight
        found = dict(zip(named, gradients((y * s.to(y)).sum(), list(named.values())), strict=True))
        if bad := sum(int((~torch.isfinite(q)).sum()) for q in found.values()):
            raise Undefined(f"{bad} gradients are not finite")
        return found

    def weighted(self, part: str, ones: bool) -> list[tuple[Tensor, Tensor]]:
        """Weights and gradients of the linear maps in one part of every layer.

        `heads`: of the operation, without those that make kernels; `operation`: all of it, with the projection behind it;
        `feed_forward`: the feed-forward maps and the output.
        """
        slopes, pairs = self.slopes(ones), []
        for place, layer in enumerate(self.network.layers):
            names = {
                "heads": [n for n in _linear(layer.operation, "operation") if n != "operation.kernels"],
                "operation": [*_linear(layer.operation, "operation"), *(["projection"] if layer.projection else [])],
                "feed_forward": [*_linear(layer.feed_forward, "feed_forward"), "output"],
            }[part]
            pairs += [(layer.get_submodule(n).weight.detach(), slopes[f"layers.{place}.{n}"]) for n in names]
        return pairs

    def jacobian(self, ones: bool) -> Float[Tensor, "e t"]:
        """Gradients with respect to the positions that were read: a row per feature of the table."""
        return self.slopes(ones)["positions"][: self.tokens.shape[1]].T


def _linear(module: nn.Module, prefix: str) -> list[str]:
    return [f"{prefix}.{name}" for name, one in module.named_modules() if isinstance(one, nn.Linear)]


_METRICS: Registry[Metric] = Registry("metric", "untrained.sequence", listing="untrained.sequence.encoder_metrics.names()")
get = _METRICS.__getitem__

Parts = Callable[..., Sequence[float] | float]


def names() -> list[str]:
    """All registered names, sorted."""
    return list(_METRICS)


def metric(*, better: str = "higher", slopes: bool = False, parts: bool = True) -> Callable[[Parts], Parts]:
    """Register a function of a probe.

    Args:
        better: `higher` or `lower`.
        slopes: it takes `ones` too, and is registered for both cotangents.
        parts: it gives a value per module, and is registered as their sum and as their mean.
    """

    def register(function: Parts) -> Parts:
        for suffix, given in (("", {"ones": False}), ("_ones", {"ones": True})) if slopes else (("", {}),):
            made = partial(function, **given)
            made.__doc__ = function.__doc__
            for ending, reduce in (("", sum), ("_mean", _mean)) if parts else (("", _alone),):
                name = f"{function.__name__}{suffix}{ending}"
                _METRICS.add(name, Metric(_reduced(made, reduce), name, better, "serianni2023rnn", slopes))
        return function

    return register


def _reduced(function: Parts, reduce: Callable[[Any], float]) -> Callable[[EncoderProbe], float]:
    def measured(probe: EncoderProbe) -> float:
        key = (function.func.__name__, *function.keywords.values())
        return reduce(probe.once("parts", lambda: function(probe), *key))

    measured.__doc__ = function.__doc__
    return measured


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _alone(value: float) -> float:
    return value


@metric()
def head_confidence(probe: EncoderProbe) -> list[float]:
    """Head confidence: the largest output over positions, mean over documents and features, of what the heads are given."""
    probe.forward()
    return [float(output.amax(1).mean()) for output in probe.inputs]


@metric()
def softmax_confidence(probe: EncoderProbe) -> list[float]:
    """Softmax confidence: the largest softmax output over heads, mean over documents, positions and what is attended to."""
    probe.forward()
    return [float(output.amax(1).mean()) for output in probe.softmaxes]


@metric()
def activation_distance(probe: EncoderProbe) -> list[float]:
    """Activation distance: over pairs of positions of the first document, how many activations have the same sign.

    With n_u positions of T at which unit u is positive: sum_u [n_u^2 + (T - n_u)^2]; higher is *less* distance.
    """
    probe.forward()
    positive = [(output[0] > 0).double().sum(0) for output in probe.activations]
    steps = probe.tokens.shape[1]
    return [float((n.square() + (steps - n).square()).sum()) for n in positive]


@metric(slopes=True)
def head_importance(probe: EncoderProbe, ones: bool) -> list[float]:
    """Head importance: sum |W dL/dW| of each linear map of the heads."""
    return _salient(probe.weighted("heads", ones))


@metric(slopes=True)
def synaptic_saliency(probe: EncoderProbe, ones: bool) -> list[float]:
    """Synaptic saliency: sum |W dL/dW| of each feed-forward map."""
    return _salient(probe.weighted("feed_forward", ones))


@metric(slopes=True)
def synaptic_diversity(probe: EncoderProbe, ones: bool) -> list[float]:
    """Synaptic diversity: |W|_* |dL/dW|_*, nuclear norms, of each linear map of the operation."""
    pairs = probe.weighted("operation", ones)
    return [float(torch.linalg.svdvals(w).sum() * torch.linalg.svdvals(q).sum()) for w, q in pairs]


def _salient(pairs: list[tuple[Tensor, Tensor]]) -> list[float]:
    return [float((w * q).abs().double().sum()) for w, q in pairs]


@metric(slopes=True, parts=False)
def jacobian_covariance(probe: EncoderProbe, ones: bool) -> float:
    """Eigenvalue score of the correlation between features of the position table, over the gradients of its rows.

    The gradient of a norm's input sums to 0 over features, so one eigenvalue is null and costs 99,988.
    """
    rows = probe.jacobian(ones)
    refuse_constant_rows(rows)
    return eigenvalue_score(row_correlation(rows))


@metric(slopes=True, parts=False)
def jacobian_cosine(probe: EncoderProbe, ones: bool) -> float:
    """1 - 1/2 sum_{i != j} |C_ij|^(1/20) / (n^2 - n), C the cosines between features of the position table."""
    rows = probe.jacobian(ones).double()
    refuse_constant_rows(rows)
    rows = rows / torch.linalg.vector_norm(rows, dim=1, keepdim=True)
    cosines = (rows @ rows.T).fill_diagonal_(0)
    return 1 - float(cosines.abs().pow(1 / 20).sum()) / 2 / (len(rows) ** 2 - len(rows))


@metric(parts=False)
def params(probe: EncoderProbe) -> float:
    """#Param of the encoder as it is built, its tables included."""
    return float(sum(parameter.numel() for parameter in probe.network.parameters()))
