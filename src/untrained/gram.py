"""Gram matrices of per-sample gradients and their spectra, in float64."""

import torch
from jaxtyping import Float
from torch import Tensor


def gram(rows: list[Float[Tensor, "n _"]]) -> Float[Tensor, "n n"]:
    """Theta = sum over parameters of G_p G_p', one parameter at a time, so the whole n x P matrix is never built."""
    total = torch.zeros(len(rows[0]), len(rows[0]), dtype=torch.float64, device=rows[0].device)
    for piece in rows:
        piece = piece.double()
        total += piece @ piece.T
    return total


def condition_number(kernel: Float[Tensor, "n n"]) -> float:
    """kappa = lambda_max / lambda_min of a symmetric positive semi-definite matrix.

    lambda_min is clipped at n 2^-52 lambda_max, where it is round-off. A zero matrix has none: nan.

    >>> condition_number(torch.diag(torch.tensor([1.0, 4.0, 9.0])))
    9.0
    """
    values = torch.linalg.eigvalsh(kernel.double())
    largest = float(values[-1])
    if largest <= 0:
        return float("nan")
    return largest / max(float(values[0]), len(values) * 2.0**-52 * largest)


def row_correlation(rows: Float[Tensor, "n d"]) -> Float[Tensor, "n n"]:
    """Pearson correlation of the rows, float64; a constant row makes its entries nan."""
    rows = rows.double()
    rows = rows - rows.mean(1, keepdim=True)
    rows = rows / torch.linalg.vector_norm(rows, dim=1, keepdim=True)
    return rows @ rows.T
