"""Proxies of the activation codes of ReLU units."""

from math import inf, log

from torch import Tensor

from untrained.codes import agreement, log_det
from untrained.probe import Probe
from untrained.proxies import Undefined, proxy


@proxy(better="higher", needs=("forward",), passes="1F", cite="mellor2021nwot")
def naswot(probe: Probe, *, batch: int | None = None) -> float:
    """NASWOT: ln |det K|, K_ij = number of ReLU units on which inputs i and j agree.

    K = sum over ReLU modules of C C' + (1 - C)(1 - C)', c_iu = 1 iff unit u is on for input i.

    Conventions: every ReLU module counts once, also one on a dead edge; a unit at exactly 0 is off.
    Undefined when: there is no ReLU, or two inputs share a code (K is singular).
    Differs from: the reference code, which counts ReLUs inside named blocks twice and skips those that its backward pass
    does not reach.
    """
    return _log_det_of_agreement(_codes(probe, batch))


@proxy(better="higher", needs=("forward",), passes="1F", cite="mellor2021nwot")
def n_activations(probe: Probe, *, batch: int | None = None) -> float:
    """N_A: number of ReLU units, scalars per input, over all ReLU modules: what NASWOT has of mere size.

    Undefined when: there is no ReLU.
    """
    return float(_units(_codes(probe, batch)))


@proxy(better="higher", needs=("forward",), passes="1F", cite="mellor2021nwot")
def distinguish(probe: Probe, *, batch: int | None = None) -> float:
    """D = ln det(K / N_A) <= 0: how well codes tell inputs apart, whatever the number of units.

    naswot = B ln N_A + D, with B the batch; D = 0 where no two inputs agree on any unit.

    Undefined when: there is no ReLU, or two inputs share a code.
    """
    codes = _codes(probe, batch)
    return _log_det_of_agreement(codes) - len(codes[0][0]) * log(_units(codes))


def _codes(probe: Probe, batch: int | None) -> list[tuple[Tensor, int]]:
    codes = probe.forward(batch).codes
    if not codes:
        raise Undefined("no ReLU in this network")
    return codes


def _units(codes: list[tuple[Tensor, int]]) -> int:
    return sum(readers * code.shape[1] for code, readers in codes)


def _log_det_of_agreement(codes: list[tuple[Tensor, int]]) -> float:
    value = log_det(sum(readers * agreement(code) for code, readers in codes))
    if value == -inf:
        raise Undefined("two inputs have the same activation code")
    return value
