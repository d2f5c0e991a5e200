"""Groups of architectures of equal or close size, in which size tells nothing. Key of the protocol: `yang2023revisiting`."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from untrained.registry import suggest

MODES = ("equal", "quantile")
WEIGHTED = re.compile(r"nor_conv_\dx\d")
"""Operations of NAS-Bench-201's cells that have weights of their own."""


def by_operations(archs: Sequence[str]) -> np.ndarray:
    """Groups of cells with equal numbers of 3x3 and of 1x1 convolutions: 28 on NAS-Bench-201, of equal #Param each.

    >>> by_operations(["|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|none~0|none~1|nor_conv_3x3~2|"]).tolist()
    ['2 x 3x3, 1 x 1x1']
    """
    counts = [[name[-3:] for name in WEIGHTED.findall(arch)] for arch in archs]
    return np.array([f"{found.count('3x3')} x 3x3, {found.count('1x1')} x 1x1" for found in counts])


def by_quantile(size: ArrayLike, bins: int = 20) -> np.ndarray:
    """Groups of close sizes, numbered from the smallest: cut at quantiles, equal sizes in one group.

    >>> by_quantile([1, 2, 2, 3, 4, 5], bins=3).tolist()
    [0, 0, 0, 1, 2, 2]
    """
    return pd.qcut(np.asarray(size, float), bins, labels=False, duplicates="drop")


def grouped(archs: Sequence[str], size: ArrayLike, mode: str, *, bins: int = 20) -> np.ndarray:
    """The groups of a benchmark.

    Args:
        archs: cells of NAS-Bench-201's form, where the mode is `equal`.
        size: #Param of each.
        mode: `equal`: `by_operations`; `quantile`: `by_quantile`.
        bins: of `quantile`.

    Returns:
        One label per architecture.

    Raises:
        ValueError: an unknown mode, or a group of two sizes in the mode `equal`.
    """
    if mode not in MODES:
        raise ValueError(f"Unknown groups {mode!r}. {suggest(mode, MODES)}")
    if mode == "quantile":
        return by_quantile(size, bins)
    groups = by_operations(archs)
    sizes = pd.Series(np.asarray(size, float)).groupby(groups).nunique()
    if (sizes > 1).any():
        raise ValueError(f"The group {sizes.idxmax()!r} has {sizes.max()} sizes, wanted 1: use the mode 'quantile' here.")
    return groups
