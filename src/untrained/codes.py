"""Activation codes: which ReLU units are on for which sample, and what can be counted in them.

A code matrix has one row per sample and one column per unit: c_iu = 1 iff the input of unit u is > 0 for sample i.
"""

from collections.abc import Iterable
from math import inf, nan

import numpy as np
import torch
from torch import Tensor, nn


def codes_of(relu_input: Tensor) -> Tensor:
    """Code matrix (n, units) bool of one ReLU from its input (n, ...)."""
    return (relu_input > 0).flatten(1)


def agreement(codes: Tensor) -> Tensor:
    """K_ij = number of units on which samples i and j agree, (n, n) float64.

    K = C C' + (1 - C)(1 - C)' = units - s_i - s_j + 2 C C',  s_i = number of units that are on for sample i.
    """
    on = codes.float()
    shared = (on @ on.T).double()  # exact: counts below 2^24
    count = shared.diagonal()
    return codes.shape[1] - count[:, None] - count[None, :] + 2 * shared


def log_det(kernel: Tensor) -> float:
    """Log-determinant ln |det K| in float64; -inf for a singular kernel."""
    sign, value = torch.linalg.slogdet(kernel.double())
    return float(value) if sign != 0 and not _repeats_a_row(kernel) else -inf


def _repeats_a_row(kernel: Tensor) -> bool:
    """Whether two samples have equal codes, which makes K exactly singular (round-off would give a finite value)."""
    same = kernel == kernel.diagonal()[:, None]
    return bool(same.sum() > len(kernel))


def pattern_keys(codes: Tensor) -> np.ndarray:
    """One row of bytes per unit: its pattern over the samples, 8 samples a byte."""
    return np.packbits(codes.cpu().numpy(), axis=0).T


def distinct_patterns(codes: Tensor) -> int:
    """Number of distinct columns: unit patterns over the samples."""
    return distinct_rows_of_bytes(pattern_keys(codes))


def distinct_codes(codes: Tensor) -> int:
    """Number of distinct rows: linear regions met by the samples."""
    return distinct_rows_of_bytes(np.packbits(codes.cpu().numpy(), axis=1))


def distinct_rows_of_bytes(rows: np.ndarray) -> int:
    """Number of distinct rows of a uint8 matrix, sorted as whole words."""
    width = next(size for size in (1, 2, 4, 8, -(-rows.shape[1] // 8) * 8) if size >= rows.shape[1])
    padded = np.zeros((len(rows), width), np.uint8)
    padded[:, : rows.shape[1]] = rows
    words = padded.view(f"u{min(width, 8)}")
    if words.shape[1] > 1:
        return len(np.unique(words.view([("", np.uint64)] * words.shape[1])))
    ordered = np.sort(words[:, 0])
    return int(len(ordered) > 0) + int((ordered[1:] != ordered[:-1]).sum())


def statistics(codes: Iterable[Tensor]) -> dict[str, float]:
    """What a code matrix, given layer by layer, says of a state of a network.

    n_units: N_A, scalars per input; distinguish: D = ln det(K / N_A) <= 0; active: fraction of ones;
    constant_units: units that never change over the samples; patterns: distinct columns.
    """
    codes = torch.cat([layer.flatten(1) for layer in codes], dim=1)
    samples, units = codes.shape
    on = codes.sum(0)
    value = log_det(agreement(codes))
    return {
        "n_units": float(units),
        "distinguish": value - samples * float(np.log(units)) if units else nan,
        "active": float(codes.float().mean()),
        "constant_units": float(((on == 0) | (on == samples)).sum()),
        "patterns": float(distinct_patterns(codes)),
    }


@torch.no_grad()
def record(network: nn.Module, inputs: Tensor) -> list[Tensor]:
    """Code matrix of every ReLU module call of one forward pass, in the network's present mode."""
    codes: list[Tensor] = []
    handles = [
        layer.register_forward_pre_hook(lambda _, args: codes.append(codes_of(args[0])))
        for layer in network.modules()
        if isinstance(layer, nn.ReLU)
    ]
    try:
        network(inputs)
    finally:
        for handle in handles:
            handle.remove()
    return codes
