"""The four quality metrics of an indicator: PLCC, RMSE, SROCC, KROCC. p is a prediction, y the truth, both of length n.

Key of the set of four: `tran2021fusion`.
"""

from collections.abc import Callable
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import kendalltau, rankdata

Metric = Callable[[ArrayLike, ArrayLike], float]


def plcc(p: ArrayLike, y: ArrayLike) -> float:
    """Pearson's linear correlation, cov(p, y) / (sd(p) sd(y)).

    Undefined when p or y is constant: nan.

    >>> round(plcc([0, 1, 2], [1, 3, 2]), 12)
    0.5
    """
    p, y = pair(p, y)
    if _constant(p) or _constant(y):
        return float("nan")
    p, y = _unit(p), _unit(y)
    return float(np.clip(p @ y, -1, 1))


def rmse(p: ArrayLike, y: ArrayLike) -> float:
    """Root mean squared error, sqrt(mean (p - y)^2), in the units of y (percentage points for accuracies).

    >>> rmse([90, 92, 94, 91], [91, 92, 93, 90])  # doctest: +ELLIPSIS
    0.866025...
    """
    p, y = pair(p, y)
    return float(np.sqrt(np.mean((p - y) ** 2)))


def srocc(p: ArrayLike, y: ArrayLike) -> float:
    """Spearman's rank correlation: the PLCC of average ranks (ties get the mean rank).

    Undefined when p or y is constant: nan.

    >>> round(srocc([1, 2, 2, 3, 4], [1, 3, 2, 2, 5]), 8)
    0.76315789
    """
    p, y = pair(p, y)
    return plcc(rankdata(p), rankdata(y))


def krocc(p: ArrayLike, y: ArrayLike) -> float:
    """Kendall's tau-b = (n_c - n_d) / sqrt((n_0 - n_1)(n_0 - n_2)).

    n_c, n_d concordant and discordant pairs, n_0 = n(n-1)/2, n_1 and n_2 the pairs tied in p and in y.
    Undefined when p or y is constant: nan.

    >>> round(krocc([1, 2, 2, 3, 4], [1, 3, 2, 2, 5]), 8)
    0.66666667
    """
    p, y = pair(p, y)
    if _constant(p) or _constant(y):
        return float("nan")
    return float(kendalltau(p, y, variant="b").statistic)


METRICS: MappingProxyType[str, Metric] = MappingProxyType({"plcc": plcc, "rmse": rmse, "srocc": srocc, "krocc": krocc})
"""The metrics by name; `rmse` is the one for which lower is better."""


def orientation(metric: str) -> int:
    """+1 where a higher value of the metric is better, -1 for `rmse`."""
    return -1 if metric == "rmse" else 1


def pair(p: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Both as float64 vectors of one length.

    Raises:
        ValueError: on vectors of different lengths, on fewer than two values, and on NaN.
    """
    p, y = np.asarray(p, float), np.asarray(y, float)
    if p.ndim != 1 or p.shape != y.shape:
        raise ValueError(f"Got shapes {p.shape} and {y.shape}, wanted two vectors of one length.")
    if len(p) < 2:
        raise ValueError(f"Got {len(p)} value(s), wanted at least 2.")
    for name, values in (("first", p), ("second", y)):
        if missing := int(np.isnan(values).sum()):
            raise ValueError(
                f"The {name} argument has {missing} NaN of {len(values)}: drop or rank these architectures first."
            )
    return p, y


def _constant(values: np.ndarray) -> bool:
    return bool((values == values[0]).all())


def _unit(values: np.ndarray) -> np.ndarray:
    centred = values / np.abs(values).max()  # keeps the squares of very large and very small values finite
    centred = centred - centred.mean()
    return centred / np.linalg.norm(centred)
