"""Zen-score: the expressivity of a network with normal weights, without data."""

from math import log
from statistics import fmean

from torch import Tensor

from untrained.probe import Probe
from untrained.proxies import Undefined, proxy


@proxy(better="higher", needs=("outputs",), passes="2F", cite="lin2021zennas", relative=True)
def zen(probe: Probe, *, batch: int = 16, gamma: float = 0.01, init: str = "gaussian", repeats: int = 1) -> float:
    """Zen-score: ln of the change of the last map under input noise, with the scales that normalisation removed put back.

    z = ln mean_i sum | phi(X) - phi(X + gamma X') | + sum over BN layers of ln sqrt( mean over channels of v );
    X, X' ~ N(0, 1), phi = map before global pooling, v = running variance after both passes, mean over `repeats`.

    Conventions: weights N(0, 1); batch statistics; v = 0.81 + 0.09 v_1 + 0.1 v_2 with unbiased variances v_1, v_2 of the two
    passes: torch's average (momentum 0.1, start 1), free of what ran before. The paper repeats 32 times.
    Undefined when: the network names no map before pooling (method `features`), or the map does not move.
    """
    return fmean(_score(probe, batch, gamma, init, 1000 * repeat) for repeat in range(repeats))


def _score(probe: Probe, batch: int, gamma: float, init: str, offset: int) -> float:
    relative = probe.variant(init=init, seed=probe.setting.seed + offset, norm="batch")
    shape = (batch, *probe.pool.shape[1:])
    inputs, noise = relative.noise("input", shape), relative.noise("input2", shape)
    clean, first = relative.features(inputs)
    moved, second = relative.features(inputs + gamma * noise)
    change = float((clean - moved).double().abs().flatten(1).sum(1).mean())
    if change == 0:
        raise Undefined("the map before pooling does not react to the input")
    return log(change) + sum(_removed_scale(a, b) for a, b in zip(first, second, strict=True))


def _removed_scale(first: Tensor, second: Tensor, momentum: float = 0.1) -> float:
    """Half the ln of the mean running variance after two passes from 1."""
    keep = 1 - momentum
    return log(float((keep**2 + momentum * (keep * first + second)).mean())) / 2
