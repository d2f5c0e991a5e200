"""Proxies of activation codes, layer by layer."""

from math import log
from statistics import fmean

import torch
from torch import Tensor

from untrained.codes import agreement, log_det
from untrained.probe import Probe
from untrained.proxies import Undefined, proxy


@proxy(better="higher", needs=("forward",), passes="1F", cite="liu2022das")
def distinguish_layers(probe: Probe, *, batch: int | None = None) -> float:
    """Mean over layers of D_l = ln det(K_l / N_l) <= 0: `distinguish` with every layer counting once.

    K_l,ij = number of layer l's N_l ReLU units on which inputs i and j agree.

    Conventions: a layer is a ReLU module, also one on a dead edge; each of those that read one input counts.
    Undefined when: there is no ReLU, or some K_l is singular: two inputs share a code there, or it has fewer than B - 1
    units.
    """
    codes = probe.forward(batch).codes
    if not codes:
        raise Undefined("no ReLU in this network")
    return fmean([_distinguish(code) for code, _ in codes], [readers for _, readers in codes])


def _distinguish(code: Tensor) -> float:
    kernel = agreement(code)
    rank = int(torch.linalg.matrix_rank(kernel, hermitian=True))
    if rank < len(kernel):
        raise Undefined(f"the agreement of {len(kernel)} inputs on a ReLU's {code.shape[1]} units has rank {rank}")
    return log_det(kernel) - len(kernel) * log(code.shape[1])
