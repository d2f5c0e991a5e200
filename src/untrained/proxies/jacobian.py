"""Proxies of the input Jacobian: how differently the network treats different inputs."""

import torch
from torch import Tensor

from untrained.gram import row_correlation
from untrained.probe import Probe
from untrained.proxies import Undefined, proxy


def eigenvalue_score(correlation: Tensor, k: float = 1e-5) -> float:
    """- sum over the eigenvalues v of ln(v + k) + 1 / (v + k); at most -B, at the identity.

    >>> round(eigenvalue_score(torch.eye(4)), 10)
    -4.0000000002
    """
    values = torch.linalg.eigvalsh(correlation.double()).clamp_min(0)
    return -float((torch.log(values + k) + 1 / (values + k)).sum())


def jacobian_score(jacobian: Tensor, k: float = 1e-5) -> float:
    """Eigenvalue score of the correlation of Jacobian rows.

    Raises:
        Undefined: a row is constant, as on a disconnected network, or there are more rows than they have degrees of freedom.
    """
    samples, size = jacobian.shape
    if samples >= size:
        raise Undefined(f"{samples} Jacobian rows of {size} numbers are linearly dependent: set its parameter batch below {size}")
    constant = (jacobian == jacobian[:, :1]).all(1)
    if constant.any():
        raise Undefined(f"{int(constant.sum())} of {len(jacobian)} rows of the input Jacobian are constant")
    return eigenvalue_score(row_correlation(jacobian), k)


@proxy(better="higher", needs=("input_jacobian",), passes="1F+1B", cite="mellor2020nas")
def cj(probe: Probe, *, batch: int = 256, head: str = "one", norm: str = "batch", k: float = 1e-5) -> float:
    """Correlation of the input Jacobian (CJ).

    J_i = d(sum of outputs of the batch) / d x_i;  R = Pearson correlation of the rows of J, with eigenvalues v;
    CJ = - sum_i [ ln(v_i + k) + 1 / (v_i + k) ] <= -B.

    Conventions: `head="one"` replaces the classifier by one output (the variant `one_output`), `head="full"` sums all
    logits. Batch statistics by default, so a row is the gradient of the *batch* sum.
    Undefined when: a Jacobian row is constant (no path from the input); as many inputs as pixels, R being singular.
    Differs from: published code that uses a non-symmetric eigen-solver, whose values may be complex.
    """
    relative = probe.variant("one_output" if head == "one" else None, norm=norm)
    return jacobian_score(relative.input_jacobian(batch), k)


@proxy(better="higher", needs=("input_jacobian",), passes="1F+1B", cite="abdelfattah2021zerocost")
def jacob_cov(probe: Probe, *, batch: int | None = None) -> float:
    """Correlation of the input Jacobian with the full head, as in Zero-Cost NAS; the formula is that of `cj`.

    Undefined when: a Jacobian row is constant.
    """
    return jacobian_score(probe.input_jacobian(batch))
