"""How well any indicator could do: the agreement of two noisy measurements of one truth."""

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from untrained.stats.correlation import METRICS
from untrained.stats.intervals import Interval, bootstrap


def agreement(
    first: ArrayLike,
    second: ArrayLike,
    *,
    metric: str = "krocc",
    n: int = 1000,
    seed: int = 0,
    groups: Sequence[Hashable] | None = None,
) -> Interval:
    """Correlation of two accuracies of the same architectures: two training seeds, or validation and test.

    Args:
        first: accuracies of the first measurement.
        second: accuracies of the second, in the same order.
        metric: name of a correlation in `METRICS`.
        n: bootstrap resamples.
        seed: seed of the bootstrap.
        groups: labels of equal cells, resampled together.

    Returns:
        Value and percentile interval.
    """
    return bootstrap(METRICS[metric], first, second, n=n, seed=seed, groups=groups)


def spearman_brown(r: float, k: float = 2) -> float:
    """Reliability of the mean of k measurements whose single-measurement reliability is r: k r / (1 + (k - 1) r).

    It holds for linear correlations; for a tau it is a rule of thumb.

    >>> round(spearman_brown(0.7), 3)
    0.824
    """
    return float(k * r / (1 + (k - 1) * r))


def seed_ceiling(accuracy: pd.DataFrame, *, metric: str = "krocc") -> dict[str, float]:
    """Ceiling from a table with one column of accuracies per training seed.

    `between_seeds`: mean correlation over all pairs of seeds. `reliability`: the mean PLCC between seeds stepped up to the
    mean over all seeds (Spearman-Brown). `ceiling`: sqrt(reliability), the largest PLCC with the mean over seeds that even
    the expected accuracy itself would reach.

    Args:
        accuracy: one row per architecture, one column per training seed.
        metric: the correlation of `between_seeds`.

    Returns:
        The three numbers and `n_seeds`.

    Raises:
        ValueError: with fewer than two seeds.
    """
    values = np.asarray(accuracy, float)
    seeds = values.shape[1]
    if seeds < 2:
        raise ValueError(f"Got {seeds} training seed(s), wanted at least 2: the ceiling is their agreement.")
    pairs = [(a, b) for a in range(seeds) for b in range(a)]
    between = float(np.mean([METRICS[metric](values[:, a], values[:, b]) for a, b in pairs]))
    linear = float(np.mean([METRICS["plcc"](values[:, a], values[:, b]) for a, b in pairs]))
    reliability = spearman_brown(linear, seeds)
    ceiling = float(np.sqrt(reliability)) if reliability >= 0 else float("nan")
    return {"between_seeds": between, "reliability": reliability, "ceiling": ceiling, "n_seeds": float(seeds)}
