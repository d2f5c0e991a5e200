"""The metrics on many bootstrap resamples at once.

A resample is a column of `counts` (n values x R resamples): how often each value was drawn. All sums are exact integers in
float64 or plain weighted moments, so each column agrees with the metric on the drawn values themselves.
"""

from collections.abc import Callable

import numpy as np

from untrained.stats.correlation import krocc, plcc, rmse, srocc

Resampled = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def plcc_resampled(p: np.ndarray, y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """`plcc` of each resample, shape (R,); nan where a resample is constant."""
    p, y = np.broadcast_to(_scaled(p)[:, None], counts.shape), np.broadcast_to(_scaled(y)[:, None], counts.shape)
    return _weighted_plcc(p, y, counts)


def rmse_resampled(p: np.ndarray, y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """`rmse` of each resample, shape (R,)."""
    return np.sqrt(((p - y) ** 2) @ counts / counts.sum(0))


def srocc_resampled(p: np.ndarray, y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """`srocc` of each resample, shape (R,); nan where a resample is constant."""
    return _weighted_plcc(_ranks(p, counts), _ranks(y, counts), counts)


def krocc_resampled(p: np.ndarray, y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """`krocc` of each resample, shape (R,), in O(R n log n); nan where a resample is constant.

    n_c - n_d = n_0 - n_1 - n_2 + n_3 - 2 n_d with n_3 the pairs tied in both. n_d is the number of inversions of y in the
    order of (p, y); that order is the same for all resamples, so one merge sort with counts as weights serves them all.
    """
    total = counts.sum(0)
    n_0 = _pairs(total)
    p, y = np.unique(p, return_inverse=True)[1], np.unique(y, return_inverse=True)[1]
    n_1, n_2, n_3 = (_tied_pairs(key, counts) for key in (p, y, p * (y.max() + 1) + y))
    order = np.lexsort((y, p))
    discordant = _inversions(y[order], counts[order])
    with np.errstate(invalid="ignore", divide="ignore"):
        return (n_0 - n_1 - n_2 + n_3 - 2 * discordant) / (np.sqrt(n_0 - n_1) * np.sqrt(n_0 - n_2))


RESAMPLED: dict[Callable[..., float], Resampled] = {
    plcc: plcc_resampled,
    rmse: rmse_resampled,
    srocc: srocc_resampled,
    krocc: krocc_resampled,
}
"""The vectorised form of each metric."""


def _inversions(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Weighted number of pairs i < j with values_i > values_j, per resample."""
    n, place = len(values), np.arange(len(values))
    found = np.zeros(counts.shape[1])
    width = 1
    while width < n:
        block, right = place // (2 * width), (place // width) % 2 == 1
        order = np.lexsort((right, values, block))  # left before right among equals: ties are no inversions
        weights, right, block = counts[order], right[order], block[order]
        left_so_far = np.cumsum(np.where(right[:, None], 0, weights), axis=0)
        last = np.searchsorted(block, block, side="right") - 1
        later_left = left_so_far[last[right]] - left_so_far[right]
        found += np.einsum("nr,nr->r", weights[right], later_left)
        width *= 2
    return found


def _tied_pairs(key: np.ndarray, counts: np.ndarray) -> np.ndarray:
    return _pairs(_per_tie(key, counts)[0]).sum(0)


def _per_tie(key: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Counts summed over equal keys, in the order of the keys, and the place of each value among the distinct keys."""
    place = np.unique(key, return_inverse=True)[1]
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(place.max() + 1))
    return np.add.reduceat(counts[order], starts, axis=0), place


def _ranks(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Average rank of every value within every resample."""
    per_tie, place = _per_tie(values, counts)
    return (np.cumsum(per_tie, axis=0) - per_tie / 2 + 0.5)[place]


def _weighted_plcc(p: np.ndarray, y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    total = counts.sum(0)
    p = p - np.einsum("nr,nr->r", counts, p) / total
    y = y - np.einsum("nr,nr->r", counts, y) / total
    variances = [np.einsum("nr,nr,nr->r", counts, v, v) for v in (p, y)]
    floor = 1e-24 * total  # a constant resample leaves round-off only
    scale = [np.where(v > floor * np.maximum(1, (q**2).max(0)), v, np.nan) for v, q in zip(variances, (p, y), strict=True)]
    return np.clip(np.einsum("nr,nr,nr->r", counts, p, y) / np.sqrt(scale[0] * scale[1]), -1, 1)


def _scaled(values: np.ndarray) -> np.ndarray:
    spread = values.std()
    return (values - values.mean()) / spread if spread > 0 else values * 0


def _pairs(n: np.ndarray) -> np.ndarray:
    return n * (n - 1) / 2
