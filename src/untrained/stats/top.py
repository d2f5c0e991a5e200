"""How good the top of a ranking is, where a search looks: nDCG and the regret of the k best. p predictions, y the truth."""

import numpy as np
from numpy.typing import ArrayLike

from untrained.stats.correlation import pair


def ndcg(p: ArrayLike, y: ArrayLike) -> float:
    """sum_i g_i / ln2(1 + rank_i) over the same of the ideal order, gain g = 2^(y / max y) - 1, rank 1 the best prediction.

    Ties in p share the mean of their discounts. Key of the gain: `tybl2025vkdnw`.

    >>> round(ndcg([1, 2, 3], [3, 2, 1]), 4)
    0.7534
    """
    p, y = pair(p, y)
    gain = 2 ** (y / y.max()) - 1
    discount = 1 / np.log2(np.arange(2, len(y) + 2))
    _, group, counts = np.unique(-p, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    sums = np.concatenate([[0.0], np.cumsum(discount)])
    shared = (sums[ends] - sums[ends - counts]) / counts
    return float(gain @ shared[group] / (np.sort(gain)[::-1] @ discount))


def regret(p: ArrayLike, y: ArrayLike, k: int = 1) -> float:
    """Best of all less the best among the k highest predictions, in the unit of y; ties go to those that come first.

    >>> regret([1, 2, 3], [93.0, 94.0, 90.0], k=1), regret([1, 2, 3], [93.0, 94.0, 90.0], k=2)
    (4.0, 0.0)
    """
    p, y = pair(p, y)
    return float(y.max() - y[np.argsort(-p, kind="stable")[:k]].max())
