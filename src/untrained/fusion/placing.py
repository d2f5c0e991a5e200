"""The place of a new score among scored architectures, kept in a hundred points: ranks for a network that comes alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

POINTS = 101
"""Of one indicator, at most."""


@dataclass(frozen=True)
class Population:
    """Scored architectures among which a new score x gets its place m(x) in (0, 1).

    m(x) = (#{v < x} + #{v = x} / 2) / n, v the scores of the population: at one of them the value of
    `untrained.fusion.candidates.ranks`. Kept at `POINTS` of them, both ends among these, and linear between; beyond the
    ends no scores are told apart.

    Attributes:
        benchmark: whose architectures.
        dataset: of it.
        n: architectures.
        setting: how they were measured.
        points: by indicator, scores in growing order and the m of each; directed, higher is better.

    Example:
        >>> one = Population.of(pd.DataFrame({"params": [1.0, 2.0, 2.0, 9.0]}))
        >>> one.place("params", [1.0, 2.0, 1.5, 99.0, np.nan]).tolist()
        [0.125, 0.5, 0.3125, 0.875, 0.125]
    """

    benchmark: str
    dataset: str
    n: int
    setting: Mapping[str, Any]
    points: Mapping[str, tuple[Sequence[float], Sequence[float]]]

    @classmethod
    def of(
        cls,
        scores: pd.DataFrame,
        *,
        benchmark: str = "own",
        dataset: str = "given",
        setting: Mapping[str, Any] | None = None,
    ) -> Self:
        """The population of a table of scores; a column without a value is left out.

        Args:
            scores: wide, directed.
            benchmark: a name.
            dataset: a name.
            setting: how they were measured.
        """
        kept = {name: points(column) for name, column in scores.items() if np.isfinite(column.to_numpy(float)).any()}
        return cls(benchmark, dataset, len(scores), dict(setting or {}), kept)

    def place(self, name: str, scores: ArrayLike) -> np.ndarray:
        """Places of scores of one indicator; a missing or infinitely good one is placed with the worst."""
        x = np.asarray(scores, float)
        return np.interp(np.where(np.isfinite(x), x, -np.inf), *self.points[name])

    def outside(self, name: str, scores: ArrayLike) -> float:
        """Share of scores that lie beyond the ends."""
        x, (seen, _) = np.asarray(scores, float), self.points[name]
        return float(((x < seen[0]) | (x > seen[-1])).mean())


def points(scores: pd.Series) -> tuple[list[float], list[float]]:
    """Distinct scores in growing order, spread evenly over ranks, and the m of each; missing scores are the worst.

    >>> points(pd.Series([3.0, 1.0, 3.0, None]))
    ([1.0, 3.0], [0.375, 0.75])
    """
    column = scores.astype(float).replace(np.inf, np.nan).fillna(-np.inf)
    table = pd.DataFrame({"score": column, "place": (column.rank() - 0.5) / len(column)})
    table = table[np.isfinite(table["score"])].drop_duplicates("score").sort_values("score")
    if len(table) > POINTS:
        inner = np.searchsorted(table["place"], np.linspace(0, 1, POINTS)[1:-1])
        table = table.iloc[np.unique([0, *inner.clip(max=len(table) - 1), len(table) - 1])]
    return significant(table["score"], 10), significant(table["place"], 6)


def significant(values: ArrayLike, digits: int) -> list[float]:
    """Numbers to so many digits: the last ones differ between machines."""
    return [float(f"{value:.{digits}g}") for value in np.asarray(values, float)]
