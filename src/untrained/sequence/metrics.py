"""Training-free metrics of recurrent language models, and the passes they share. Reference: serianni2023rnn.

They are not proxies of `untrained.proxies`: those take images to logits (n, classes) and read layers and ReLU codes, while
these read states between the steps of time. Rows of their tables are the same.
"""

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from untrained.meter import Meter
from untrained.passes import gradients, row_correlation
from untrained.probe import Undefined
from untrained.proxies.jacobian import jacobian_score, refuse_constant_rows
from untrained.registry import Registry
from untrained.sequence.cells import MODULES, RecurrentLanguageModel, Unrolled

K = 1e-5
"""Below it an eigenvalue counts as null; also the constant of the eigenvalue score."""


class Passes:
    """Passes over one network, each run at its first call; their seconds are booked under their names."""

    def __init__(self) -> None:
        self.meter = Meter()
        self._made: dict[Any, Any] = {}

    def once(self, name: str, run: Callable[[], Any], *key: Any) -> Any:
        """The result of a pass, which is run if it has not been."""
        step = (name, *key)
        if step not in self._made:
            with self.meter.step(step):
                self._made[step] = run()
        self.meter.use(step)
        return self._made[step]


class SequenceProbe(Passes):
    """A recurrent language model and a minibatch of sequences, and the passes already paid for.

    y is the output sequence of the last layer; h_t is the state 0 that a layer sees at step t, so that h_0 = 0 is among
    them and the state after the last step is not. No dropout.

    Args:
        network: the model.
        tokens: (t, b) token numbers.
        graph: whether gradients will be asked for.
    """

    def __init__(self, network: RecurrentLanguageModel, tokens: Int[Tensor, "t b"], *, graph: bool = True) -> None:
        super().__init__()
        self.network, self.tokens, self.graph = network, tokens, graph
        self._activated: list[Tensor] = []

    def forward(self) -> Unrolled:
        """One pass through all layers; activations are noted."""
        return self.once("forward", self._forward)

    def _forward(self) -> Unrolled:
        kinds = tuple(type(make()) for make in MODULES.values())
        units = [module for module in self.network.modules() if isinstance(module, kinds)]
        handles = [unit.register_forward_hook(self._note) for unit in units]
        try:
            with torch.set_grad_enabled(self.graph):
                embedded = self.network.embedding[self.tokens]
                return self.network.unroll(embedded)
        finally:
            for handle in handles:
                handle.remove()

    def _note(self, unit: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> None:
        self._activated.append(output.detach() > 0)

    def activated(self) -> Float[Tensor, "b units"]:
        """+1 where an activation is positive, else -1: a row per sequence, over nodes, layers, steps and units."""
        self.forward()
        if not self._activated:
            raise Undefined("the recipe has no activation node")
        return torch.cat(self._activated, 1).float() * 2 - 1

    def states(self, layer: int) -> Float[Tensor, "d observations"]:
        """h_t of one layer (1, 2, ...): a row per unit, a column per step and sequence.

        Raises:
            Undefined: a unit is constant, or not finite.
        """
        h = torch.stack(self.forward().incoming[layer - 1]).detach().flatten(0, 1).T
        if bad := int((~torch.isfinite(h)).any(1).sum()):
            raise Undefined(f"{bad} of {len(h)} hidden units of layer {layer} are not finite")
        if constant := int((h == h[:, :1]).all(1).sum()):
            raise Undefined(f"{constant} of {len(h)} hidden units of layer {layer} are constant")
        return h

    def spectrum(self, layer: int) -> Float[Tensor, " d"]:
        """Eigenvalues of the correlation matrix between the hidden units of one layer, float64."""
        return self.once("spectrum", lambda: torch.linalg.eigvalsh(row_correlation(self.states(layer))), layer)

    def slopes(self) -> tuple[Float[Tensor, "b d"], list[Tensor]]:
        """Gradients of sum(y): with respect to the embedded input, a row per sequence; with respect to every h_t."""
        return self.once("slopes", self._slopes)

    def _slopes(self) -> tuple[Tensor, list[Tensor]]:
        run = self.forward()
        by_input, *by_state = gradients(run.output.sum(), [run.embedded, *self.hidden])
        if bad := int((~torch.isfinite(by_input)).sum()):
            raise Undefined(f"{bad} of {by_input.numel()} input gradients are not finite")
        return by_input.transpose(0, 1).flatten(1), by_state

    @cached_property
    def hidden(self) -> list[Tensor]:
        """Every h_t of every layer."""
        return [h for layer in self.forward().incoming for h in layer]

    def weight_slopes(self, weights: list[Tensor]) -> list[Tensor]:
        """Gradients of sum(y^2) / 2 with respect to weights: y is back-propagated as its own cotangent."""
        return gradients(self.forward().output.square().sum() / 2, weights)


@dataclass(frozen=True)
class Metric:
    """A registered metric.

    Attributes:
        function: from a probe to a number.
        name: registered name.
        better: `higher` or `lower`.
        cite: key of its source.
        graph: whether it needs gradients.
    """

    function: Callable[[SequenceProbe], float]
    name: str
    better: str
    cite: str
    graph: bool

    @property
    def summary(self) -> str:
        """First line of the docstring."""
        return (inspect.getdoc(getattr(self.function, "func", self.function)) or "").split("\n")[0]

    def __call__(self, probe: SequenceProbe) -> float:
        """Value on a probe.

        Raises:
            Undefined: no value here, or one that is not finite.
        """
        value = float(self.function(probe))
        if not math.isfinite(value):
            raise Undefined(f"its value is {value}")
        return value


_METRICS: Registry[Metric] = Registry("metric", "untrained.sequence", listing="untrained.sequence.metrics.names()")
get = _METRICS.__getitem__


def metric(
    *, better: str = "higher", cite: str = "serianni2023rnn", graph: bool = True, layers: Sequence[int] = ()
) -> Callable[[Callable[..., float]], Callable[..., float]]:
    """Register a function of a probe, or of a probe and a layer: then one metric per layer, `name_1`, `name_2`, ..."""

    def register(function: Callable[..., float]) -> Callable[..., float]:
        for layer in layers:
            name = f"{function.__name__}_{layer}"
            _METRICS.add(name, Metric(partial(function, layer=layer), name, better, cite, graph))
        if not layers:
            _METRICS.add(function.__name__, Metric(function, function.__name__, better, cite, graph))
        return function

    return register


def names() -> list[str]:
    """All registered names, sorted."""
    return list(_METRICS)


@metric(graph=False, layers=(1, 2, 3))
def hidden_covariance(probe: SequenceProbe, layer: int) -> float:
    """Hidden covariance: how little the hidden units of one layer are correlated, S = - sum_i [ln(v_i + k) + 1 / (v_i + k)].

    v: eigenvalues of the Pearson correlation matrix (D x D) of the units over all steps and sequences, k = 1e-5;
    -99988.49 D <= S <= -D, and S = -D iff the units are uncorrelated.

    Undefined when: a unit is constant. The published code leaves the recipe out.
    """
    values = probe.spectrum(layer).clamp_min(0) + K
    return -float((values.log() + 1 / values).sum())


@metric(better="lower", graph=False, layers=(1, 2, 3))
def null_directions(probe: SequenceProbe, layer: int) -> float:
    """How many eigenvalues of the correlation between hidden units lie below k = 1e-5: directions that no sequence takes."""
    return int((probe.spectrum(layer) < K).sum())


@metric(graph=True)
def jacobian_covariance(probe: SequenceProbe) -> float:
    """Eigenvalue score S of the correlation between sequences of the gradient of sum(y) by the embedded input.

    Differs from: the column of that name in the released results, which holds another quantity.
    """
    return jacobian_score(probe.slopes()[0])


@metric(graph=True)
def jacobian_cosine(probe: SequenceProbe) -> float:
    """Same gradient: 1 - 1/2 sum_{i != j} |C_ij|^(1/20) / (B^2 - B), C the cosines between the B sequences."""
    rows = probe.slopes()[0].double()
    refuse_constant_rows(rows)
    rows = rows / torch.linalg.vector_norm(rows, dim=1, keepdim=True)
    cosines = (rows @ rows.T).fill_diagonal_(0)
    return 1 - float(cosines.abs().pow(1 / 20).sum()) / 2 / (len(rows) ** 2 - len(rows))


@metric(graph=False)
def activation_distance(probe: SequenceProbe) -> float:
    """Activation distance: ln det K, K_ij the number of activations with the same sign in sequences i and j.

    Counted over activation nodes, layers, steps and units. Undefined when: there is no activation, or K is singular.
    """
    codes = probe.activated()
    agree = (codes @ codes.T).double() / 2 + codes.shape[1] / 2
    sign, value = torch.linalg.slogdet(agree)
    if sign <= 0 or torch.linalg.matrix_rank(agree, hermitian=True) < len(agree):
        raise Undefined("two sequences have the same activations, or the matrix of agreements is singular otherwise")
    return float(value)


@metric(graph=True)
def hidden_saliency(probe: SequenceProbe) -> float:
    """Hidden synaptic saliency: sum over layers, steps and units of |h_t d sum(y) / d h_t|."""
    pairs = zip(probe.hidden, probe.slopes()[1], strict=True)
    return sum(float((h.detach() * q).abs().double().sum()) for h, q in pairs)


@metric(graph=True)
def synaptic_saliency(probe: SequenceProbe) -> float:
    """Synaptic saliency: sum of |W d (y'y / 2) / dW| over the tied embedding and every linear node's matrices but the first.

    Biases are left out. Differs from: SynFlow, which removes signs and reads no data; and the column of that name in the
    released results, which is of another version of the code.
    """
    nodes = [layer.operations[name] for layer in probe.network.layers for name in layer.linear()]
    weights = [probe.network.embedding, *(weight for node in nodes for weight in list(node.weights)[1:])]
    pairs = zip(weights, probe.weight_slopes(weights), strict=True)
    return sum(float((w.detach() * q).abs().double().sum()) for w, q in pairs)


@metric(graph=False, cite="abdelfattah2021zerocost")
def params(probe: SequenceProbe) -> float:
    """#Param: embedding, decoder bias, and the linear nodes of every layer."""
    return sum(parameter.numel() for parameter in probe.network.parameters())
