"""Bootstrap percentile intervals over architectures; equal cells are resampled together."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from untrained.stats.resampled import RESAMPLED

Statistic = Callable[..., float]
_CELLS_AT_ONCE = 2_000_000  # values x resamples held at once: a dozen float64 arrays of that size


@dataclass(frozen=True)
class Interval:
    """A value and its percentile interval.

    >>> print(Interval(0.7149, 0.6812, 0.7444))
    0.71 [0.68, 0.74]
    """

    value: float
    low: float
    high: float

    def __format__(self, spec: str) -> str:
        """Value and ends in one format, two decimals by default."""
        spec = spec or ".2f"
        return f"{self.value:{spec}} [{self.low:{spec}}, {self.high:{spec}}]"

    def __str__(self) -> str:
        """As `0.71 [0.68, 0.74]`."""
        return format(self)


def bootstrap(
    statistic: Statistic,
    *arrays: ArrayLike,
    n: int = 1000,
    seed: int = 0,
    level: float = 0.95,
    groups: Sequence[Hashable] | np.ndarray | None = None,
) -> Interval:
    """Percentile interval of a statistic over resampled architectures (or groups of them).

    The four metrics of `untrained.stats.correlation` are computed for all resamples at once; any other statistic one by
    one. The resamples depend on (seed, number of architectures, groups) alone, so indicators of one table share them.
    Resamples on which the statistic is nan are left out.

    Args:
        statistic: function of the arrays.
        *arrays: vectors of one length, one value per architecture.
        n: number of resamples.
        seed: seed of the resamples.
        level: coverage of the interval.
        groups: one label per architecture; equal labels are drawn together.

    Returns:
        The statistic of the arrays themselves with the ends of the interval.
    """
    values = _vectors(arrays)
    return _interval(float(statistic(*values)), _resampled(statistic, values, n, seed, groups), level)


def bootstrap_difference(
    statistic: Statistic,
    a: ArrayLike,
    b: ArrayLike,
    y: ArrayLike,
    *,
    n: int = 1000,
    seed: int = 0,
    level: float = 0.95,
    groups: Sequence[Hashable] | np.ndarray | None = None,
) -> Interval:
    """Paired interval of statistic(a, y) - statistic(b, y): both predictions are judged on the same resamples.

    Args:
        statistic: function of (prediction, truth).
        a: first prediction.
        b: second prediction.
        y: truth.
        n: number of resamples.
        seed: seed of the resamples.
        level: coverage of the interval.
        groups: one label per architecture; equal labels are drawn together.

    Returns:
        The difference with the ends of its interval.
    """
    a, b, y = _vectors((a, b, y))
    resampled = _resampled(statistic, [a, y], n, seed, groups) - _resampled(statistic, [b, y], n, seed, groups)
    return _interval(float(statistic(a, y)) - float(statistic(b, y)), resampled, level)


def _vectors(arrays: Sequence[ArrayLike]) -> list[np.ndarray]:
    values = [np.asarray(a, float) for a in arrays]
    if len({a.shape for a in values}) != 1 or values[0].ndim != 1:
        raise ValueError(f"Got shapes {', '.join(str(a.shape) for a in values)}, wanted vectors of one length.")
    return values


def _resampled(
    statistic: Statistic, values: list[np.ndarray], n: int, seed: int, groups: Sequence[Hashable] | np.ndarray | None
) -> np.ndarray:
    chunks = draw_counts(len(values[0]), n=n, seed=seed, groups=groups)
    fast = RESAMPLED.get(statistic)
    if fast is not None:
        return np.concatenate([fast(*values, counts) for counts in chunks])
    draws = (np.repeat(np.arange(len(column)), column.astype(int)) for counts in chunks for column in counts.T)
    return np.array([statistic(*(a[draw] for a in values)) for draw in draws])


def draw_counts(
    size: int, *, n: int = 1000, seed: int = 0, groups: Sequence[Hashable] | np.ndarray | None = None
) -> Iterator[np.ndarray]:
    """Yield the resamples in chunks: counts of shape (size, resamples of the chunk), float64.

    Args:
        size: number of architectures.
        n: number of resamples.
        seed: seed.
        groups: labels of architectures drawn together.

    Yields:
        How often each architecture is drawn in each resample.
    """
    codes = np.arange(size) if groups is None else pd.factorize(np.asarray(groups))[0]
    units = int(codes.max()) + 1
    generator = np.random.default_rng(seed)
    step = max(1, _CELLS_AT_ONCE // size)
    for start in range(0, n, step):
        draws = generator.integers(units, size=(min(step, n - start), units))
        offsets = np.arange(len(draws))[:, None] * units
        counts = np.bincount((draws + offsets).ravel(), minlength=draws.size).reshape(draws.shape)
        yield np.ascontiguousarray(counts.T[codes], float)


def _interval(value: float, resampled: np.ndarray, level: float) -> Interval:
    if np.isnan(value) or np.isnan(resampled).all():
        return Interval(value, float("nan"), float("nan"))
    low, high = np.nanquantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(low), float(high))
