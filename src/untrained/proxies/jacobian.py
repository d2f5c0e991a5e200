"""Proxies of the input Jacobian: how differently the network treats different inputs."""

import torch
from torch import Tensor

from untrained.passes import row_correlation
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
        raise Undefined(
            f"{samples} Jacobian rows of {size} numbers are linearly dependent: set its parameter batch below {size}"
        )
    refuse_constant_rows(jacobian)
    return eigenvalue_score(row_correlation(jacobian), k)


def refuse_constant_rows(jacobian: Tensor) -> None:
    """Correlations need rows that vary.

    Raises:
        Undefined: a row is constant.
    """
    constant = (jacobian == jacobian[:, :1]).all(1)
    if constant.any():
        raise Undefined(f"{int(constant.sum())} of {len(jacobian)} rows of the input Jacobian are constant")


@proxy(better="higher", needs=("input_jacobian",), passes="1F+1B", cite="mellor2020nas", relative=True)
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


@proxy(better="higher", needs=("forward", "input_jacobian"), passes="1F+1B", cite="lopes2021epenas")
def epe_nas(probe: Probe, *, batch: int | None = None, k: float = 1e-5, many: int = 100) -> float:
    """EPE-NAS: how correlated the Jacobian rows of one class are, class by class.

    R_c = correlation of the Jacobian rows of class c;  e_c = sum over its entries of ln(|R_c| + k);  score = sum_c |e_c|.
    With more than `many` outputs e_c is divided by the rows of c, classes with one row are left out, and the score is
    the mean over classes of sum_c' |e_c - e_c'|.

    Conventions: rows as for `jacob_cov`; a class with one row has R_c = 1 and contributes about k.
    Undefined when: no labels, or a Jacobian row is constant.
    """
    jacobian, labels = probe.input_jacobian(batch), probe.targets(batch)
    refuse_constant_rows(jacobian)
    rows = [jacobian[labels == label] for label in labels.unique()]
    if probe.forward(batch).logits.shape[1] <= many:
        return sum(abs(log_correlation(piece, k)) for piece in rows)
    values = torch.tensor([log_correlation(piece, k) / len(piece) for piece in rows if len(piece) > 1], dtype=torch.float64)
    if not len(values):
        raise Undefined("no class has two inputs in this minibatch")
    return float((values[:, None] - values).abs().sum() / len(values))


def log_correlation(rows: Tensor, k: float = 1e-5) -> float:
    """Sum over all entries of the row correlation of ln(|R| + k)."""
    return float(torch.log(row_correlation(rows).abs() + k).sum())
