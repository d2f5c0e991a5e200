"""Proxies of the activation codes of ReLU units."""

from math import inf

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
    codes = probe.forward(batch).codes
    if not codes:
        raise Undefined("no ReLU in this network")
    value = log_det(sum(readers * agreement(code) for code, readers in codes))
    if value == -inf:
        raise Undefined("two inputs have the same activation code")
    return value
