"""Second derivative of the loss along two directions of the weights, by one forward pass of four streams, without a graph.

Weights W + s W + t G give every activation four parts: u, du/ds, du/dt, d2u/dsdt. They are stacked along the batch, so that
what is linear (sums, pooling, concatenation) needs no rule; other layer types have one here. Two thirds faster than
differentiating a gradient, and a third of its memory.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from untrained.initialise import WEIGHTED

EMPTY = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
"""Containers; one that holds nothing is a layer that does nothing."""

LINEAR = (nn.Identity, nn.AvgPool1d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.Flatten, nn.Dropout, *EMPTY)
"""Layer types that treat the streams alike, in eval mode."""

NORMALISED = (nn.BatchNorm1d, nn.BatchNorm2d)


class NoRule(NotImplementedError):  # noqa: N818 - it is an answer, no error
    """The network holds what the four streams cannot be sent through."""


def curvature(
    network: nn.Module, inputs: Tensor, targets: Tensor, directions: Mapping[str, tuple[Tensor, Tensor]], *, tolerance: float
) -> float:
    """Weights times Hessian times gradient, w'H g, of the mean cross-entropy; cost 7F.

    Two first derivatives come out on the way. They must equal w'g and g'g: so a non-linear step outside the
    modules, which no rule saw, is found out.

    Args:
        network: with ReLUs, batch normalisation, convolutions, linear layers and what is linear.
        inputs: (n, ...).
        targets: (n,).
        directions: per convolution and linear layer, by name: its weight w and the gradient g of the loss.
        tolerance: largest error of the two first derivatives, relative to the sum of |w g| and to g'g.

    Raises:
        NoRule: a layer type without a rule, a network that takes no other number of inputs, or the check failed.
    """
    zero = torch.zeros_like(inputs)
    try:
        with torch.no_grad(), _streams(network, directions):
            logits = network(torch.cat([inputs, zero, zero, zero]))
        along_w, along_g, both = _cross_entropy(logits.double(), targets)
    except NoRule:
        raise
    except (RuntimeError, ValueError) as error:  # of a network that counts on its number of inputs
        raise NoRule(f"four times the inputs do not pass: {error}") from error
    products = [(w * g).double() for w, g in directions.values()]
    plain, size = sum(float(p.sum()) for p in products), sum(float(p.abs().sum()) for p in products)
    square = sum(float(g.double().square().sum()) for _, g in directions.values())
    if not (abs(along_w - plain) <= tolerance * size and abs(along_g - square) <= tolerance * square):
        raise NoRule("the streams' first derivatives are not those of the gradient")
    return both


@contextmanager
def _streams(network: nn.Module, directions: Mapping[str, tuple[Tensor, Tensor]]) -> Iterator[None]:
    """While it is open, the network maps stacked streams to stacked streams."""
    leaves = {name: layer for name, layer in network.named_modules() if next(layer.children(), None) is None}
    held = sum(p.numel() for layer in leaves.values() for p in layer.parameters(recurse=False))
    if held != sum(p.numel() for p in network.parameters()):
        raise NoRule("a parameter lies outside the layers")
    rules = {name: _rule(name, layer, directions) for name, layer in leaves.items() if not isinstance(layer, LINEAR)}
    before = {name: vars(leaves[name]).get("forward") for name in rules}
    try:
        for name, rule in rules.items():
            leaves[name].forward = rule
        yield
    finally:
        for name, forward in before.items():
            vars(leaves[name]).pop("forward", None)
            if forward is not None:
                leaves[name].forward = forward


def _rule(name: str, layer: nn.Module, directions: Mapping[str, tuple[Tensor, Tensor]]) -> Callable[[Tensor], Tensor]:
    if isinstance(layer, WEIGHTED) and name in directions:
        return lambda z: _weighted(layer, z, directions[name][1])
    if type(layer) is nn.ReLU:
        return _relu
    if isinstance(layer, NORMALISED) and "forward" not in vars(layer) and (layer.training or layer.running_mean is not None):
        return lambda z: _normalised(layer, z)
    raise NoRule(f"no rule for {type(layer).__name__}")


def _weighted(layer: nn.Module, z: Tensor, G: Tensor) -> Tensor:
    """W u + b, then W u_s + W u, W u_t + G u, W u_st + G u_s + W u_t."""
    u, s, t, st = (found := _apply(layer, z, layer.weight)).chunk(4)
    onto, onto_s = _apply(layer, z[: len(z) // 2], G).chunk(2)
    st.add_(onto_s).add_(t)
    s.add_(u)
    t.add_(onto)
    if layer.bias is not None:
        u.add_(layer.bias if isinstance(layer, nn.Linear) else layer.bias[:, *[None] * (u.ndim - 2)])
    return found


def _apply(layer: nn.Module, z: Tensor, weight: Tensor) -> Tensor:
    return F.linear(z, weight) if isinstance(layer, nn.Linear) else layer._conv_forward(z, weight, None)


def _relu(z: Tensor) -> Tensor:
    return (z.unflatten(0, (4, -1)) * (z[: len(z) // 4] > 0)).flatten(0, 1)


def _normalised(layer: nn.Module, z: Tensor) -> Tensor:
    """Streams of scale c r + shift, c = u - mean, r = (mean c^2 + eps)^(-1/2), by the product rule."""
    last = z.movedim(1, -1)
    streams = last.reshape(4, -1, last.shape[-1])  # stream, sample and position, channel
    if layer.training:
        streams, r = _by_batch_statistics(streams, layer.eps)
    else:
        streams, r = streams.clone(), torch.zeros(4, streams.shape[2], dtype=z.dtype, device=z.device)
        streams[0] -= layer.running_mean
        r[0] = (layer.running_var + layer.eps).rsqrt()
    r = r if layer.weight is None else r * layer.weight
    c, c_s, c_t, c_st = streams
    c_st.mul_(r[0]).addcmul_(c_s, r[2]).addcmul_(c_t, r[1]).addcmul_(c, r[3])
    c_s.mul_(r[0]).addcmul_(c, r[1])
    c_t.mul_(r[0]).addcmul_(c, r[2])
    c.mul_(r[0])
    if layer.bias is not None:
        c.add_(layer.bias)
    return streams.view(last.shape).movedim(-1, 1)


def _by_batch_statistics(streams: Float[Tensor, "4 m c"], eps: float) -> tuple[Tensor, Float[Tensor, "4 c"]]:
    """Centred streams, and r, r_s, r_t, r_st: with v = mean c^2, r_s = - r^3 v_s / 2 and so on."""
    streams = streams - streams.mean(1, keepdim=True)
    c, c_s, c_t, c_st = streams
    pairs = ((c, c), (c, c_s), (c, c_t), (c, c_st), (c_s, c_t))
    v, s, t, st, cross = ((a * b).mean(0) for a, b in pairs)
    r = (v + eps).rsqrt()
    return streams, torch.stack([r, -(r**3) * s, -(r**3) * t, 3 * r**5 * s * t - r**3 * (st + cross)])


def _cross_entropy(logits: Float[Tensor, "m c"], targets: Tensor) -> tuple[float, float, float]:
    """Derivatives of the mean cross-entropy by s, by t, and by both."""
    u, s, t, st = logits.chunk(4)
    p = u.softmax(1)

    def change(stream: Tensor) -> Tensor:
        return (p * stream).sum(1) - stream.gather(1, targets[:, None])[:, 0]

    spread = (p * s * t).sum(1) - (p * s).sum(1) * (p * t).sum(1)
    return tuple(float(part.mean()) for part in (change(s), change(t), change(st) + spread))
