"""RoBoT: Bayesian optimisation over the weights of a sum of metrics, then down its ranking (he2024robot)."""

import math

import numpy as np
from bayes_opt.acquisition import UpperConfidenceBound
from numpy.typing import ArrayLike

from untrained.registry import suggest
from untrained.search import Search, Space, method
from untrained.search.bayesian import Box, normal_scores

METRICS = ("grad_norm", "snip", "grasp", "fisher", "synflow", "jacob_cov")
"""The six metrics of the paper."""


def min_max(features: np.ndarray) -> np.ndarray:
    """Each column scaled to [0, 1] over the whole pool; a missing value, or a constant column, contributes 0.

    >>> min_max(np.array([[2.0, 5.0], [np.nan, 5.0], [4.0, 5.0], [3.0, 5.0]])).tolist()
    [[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [0.5, 0.0]]
    """
    there = np.where(np.isfinite(features), features, np.nan)
    with np.errstate(all="ignore"):
        low, high = np.fmin.reduce(there), np.fmax.reduce(there)
        scaled = (there - low) / (high - low)
    return np.nan_to_num(scaled, nan=0.0, posinf=0.0, neginf=0.0)


SCALINGS = {"min_max": min_max, "rank": normal_scores}
"""What is done to a metric before it is weighted: as published, or by ranks, of which no outlier decides."""


@method(cite="he2024robot")
def robot(
    space: Space,
    rng: np.random.Generator,
    *,
    queries: float,
    indicators: tuple[str, ...] = METRICS,
    scaling: str = "min_max",
    kappa: float = 2.576,
) -> Search:
    """Explore by Bayesian optimisation over weights in [-1, 1], then query down the ranking of the best weights found.

    M(a; w) = sum_i w_i M_i(a). A round proposes w and asks for the architecture with the largest M; many w select the
    same one, which costs nothing again. After as many rounds as the budget has queries, what is left of it goes to the
    best-ranked architectures of the weights whose architecture did best (of equals, the latest).

    Args:
        space: searched.
        rng: of all draws.
        queries: the budget, T.
        indicators: the metrics M_i.
        scaling: of `SCALINGS`.
        kappa: weight of the deviation in the upper confidence bound.

    Raises:
        ValueError: an unknown scaling.
    """
    if scaling not in SCALINGS:
        raise ValueError(f"Unknown scaling {scaling!r}. {suggest(scaling, SCALINGS)}")
    columns = SCALINGS[scaling](space.indicators(indicators))
    box = Box([(-1.0, 1.0)] * len(indicators), UpperConfidenceBound(kappa=kappa), rng)
    best, weights = -math.inf, np.zeros(len(indicators))
    for _ in range(rounds(space, queries)):
        point = box.ask()
        value = yield space.architectures[top(columns, point)]
        box.tell(point, value)
        if value >= best:
            best, weights = value, point
    for row in np.argsort(-(columns @ weights), kind="stable"):
        yield space.architectures[row]


def rounds(space: Space, queries: float) -> int:
    """Rounds of exploration: one per query, at least one, and no more than there are architectures."""
    return int(max(1, min(queries, len(space.architectures))))


def top(columns: np.ndarray, weights: ArrayLike) -> int:
    """Row of the largest weighted sum; the first of equals.

    >>> columns = np.array([[0, 1], [0.5, 0.6], [1, 0]])
    >>> [top(columns, w) for w in [(1, 1), (1, 0), (-1, 0)]]
    [1, 2, 0]
    """
    return int(np.argmax(columns @ np.asarray(weights, float)))


def precision_at(count: int, scores: ArrayLike, values: ArrayLike) -> float:
    """Precision@T: the share of the T best-scored architectures that are among the T best; the first of equals is kept.

    >>> precision_at(3, [9, 8, 7, 0], [0, 9, 8, 7])
    0.6666666666666666

    Raises:
        ValueError: T is not between 1 and the number of architectures.
    """
    scores, values = np.asarray(scores, float), np.asarray(values, float)
    if not 1 <= count <= len(scores) or scores.shape != values.shape:
        raise ValueError(f"Got T = {count} for {scores.shape} scores and {values.shape} values, wanted 1 <= T <= n.")
    best = [set(np.argsort(-np.nan_to_num(v, nan=-np.inf), kind="stable")[:count].tolist()) for v in (scores, values)]
    return len(best[0] & best[1]) / count


def expected_best_rank(count: int, precision: float) -> float:
    """Expected rank of the best of T queried architectures, (T + 1) / (rho_T T + 1).

    rho_T T of them belong to the true T best and are equally likely to have any of the ranks 1..T; 1 is best.

    >>> expected_best_rank(10, 0.3)
    2.75

    Raises:
        ValueError: none of them belongs to the T best: their ranks are then beyond T and not given by rho_T.
    """
    if not 0 < precision <= 1:
        raise ValueError(f"Got a precision of {precision}, wanted it in (0, 1]: without a hit the formula says nothing.")
    return (count + 1) / (precision * count + 1)
