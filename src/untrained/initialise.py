"""Weights drawn from (seed, position), the same on every machine, worker and device."""

import zlib
from collections.abc import Callable, Iterator
from math import prod, sqrt

import numpy as np
import torch
from torch import nn

from untrained.registry import suggest

WEIGHTED = (nn.Conv1d, nn.Conv2d, nn.Linear)
"""Layers whose weights count as *the weights* everywhere in this project: convolutions and linear layers."""
NORMALISED = (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.LayerNorm)


def weighted_layers(network: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Convolutions and linear layers of a network with their names, in registration order."""
    return ((name, layer) for name, layer in network.named_modules() if isinstance(layer, WEIGHTED))


def draw(name: str, shape: tuple[int, ...], *, seed: int) -> np.ndarray:
    """Standard normal float64 array keyed by a name: PCG64(seed + crc32(name)), C order."""
    return np.random.Generator(np.random.PCG64(seed + zlib.crc32(name.encode()))).standard_normal(shape)


def signs(name: str, shape: tuple[int, ...], *, seed: int) -> np.ndarray:
    """Fair +1 / -1 float64 array keyed by a name: +1 where PCG64(seed + crc32(name)) gives a uniform number below 1/2."""
    uniform = np.random.Generator(np.random.PCG64(seed + zlib.crc32(name.encode()))).random(shape)
    return np.where(uniform < 0.5, 1.0, -1.0)


def fan_in(shape: tuple[int, ...]) -> int:
    """Inputs of one unit: prod(shape[1:])."""
    return prod(shape[1:])


def fan_out(shape: tuple[int, ...]) -> int:
    """Outputs fed by one input channel: shape[0] prod(shape[2:])."""
    return shape[0] * prod(shape[2:])


RULES: dict[str, Callable[[tuple[int, ...]], float]] = {
    "kaiming_fan_in": lambda shape: sqrt(2 / fan_in(shape)),
    "kaiming_fan_out": lambda shape: sqrt(2 / fan_out(shape)),
    "torch_default": lambda shape: sqrt(1 / (3 * fan_in(shape))),  # torch's uniform(-1/sqrt(fan_in), .) has this deviation
    "gaussian": lambda shape: 1.0,
}


def rule(init: str) -> Callable[[tuple[int, ...]], float]:
    """The factor of a rule, a function of a weight's shape.

    Raises:
        ValueError: unknown `init`.
    """
    if init not in RULES:
        raise ValueError(f"Unknown init {init!r}. {suggest(init, RULES)}")
    return RULES[init]


@torch.no_grad()
def fill(network: nn.Module, *, seed: int, init: str = "kaiming_fan_in") -> nn.Module:
    """Fill every weighted layer from (seed, its name); biases 0, normalisation scale 1 and shift 0, fresh statistics.

    A network may name its layers' positions itself (a method `position(module_name)`), so that a weight does not
    depend on the module tree; otherwise the module name is the position.

    w = factor(shape) z,  z ~ N(0, 1) drawn in float64 from PCG64(seed + crc32(position + ".weight")), then cast.

    Args:
        network: filled in place.
        seed: integer added to the checksum of the position.
        init: `kaiming_fan_in` (sqrt(2 / fan-in)), `kaiming_fan_out`, `torch_default` (normal with the deviation of
            torch's uniform rule), `gaussian` (factor 1).

    Raises:
        ValueError: unknown `init`.
    """
    factor = rule(init)
    position = getattr(network, "position", str)
    for name, layer in network.named_modules():
        if isinstance(layer, WEIGHTED):
            shape = tuple(layer.weight.shape)
            values = draw(f"{position(name)}.weight", shape, seed=seed) * factor(shape)
            layer.weight.copy_(torch.from_numpy(values))
            if layer.bias is not None:
                layer.bias.zero_()
        elif isinstance(layer, NORMALISED):
            layer.reset_parameters()
    return network


def filled(make: Callable[[], nn.Module], *, seed: int = 0, init: str = "kaiming_fan_in") -> nn.Module:
    """A network made without initial values and without touching the random state, then filled by `fill`."""
    with torch.device("meta"):
        network = make()
    return fill(network.to_empty(device="cpu"), seed=seed, init=init)
