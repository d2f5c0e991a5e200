"""What happens to one directed column before scaling: nothing, ln, or rank. All keep the order: higher stays better."""

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from scipy.stats import rankdata

TINY = 1e-12
"""Added to the magnitude before ln."""


class Transform(Protocol):
    """Fitted on the training values of one column, called on any values of it."""

    @classmethod
    def fit(cls, values: np.ndarray, name: str) -> Self:
        """Learn what is needed from training values."""
        ...

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Transformed values."""
        ...


class BothSignsError(ValueError):
    """A column with values of both signs has no ln that keeps its order."""


@dataclass(frozen=True)
class Unchanged:
    """x."""

    @classmethod
    def fit(cls, values: np.ndarray, name: str) -> Self:
        """Nothing to learn."""
        return cls()

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """The values themselves."""
        return values


@dataclass(frozen=True)
class Ln:
    """sign(x) ln(|x| + 1e-12): ln x of a higher-is-better column, -ln x of a lower-is-better one (stored as -x).

    The sign is that of the whole column, since a ln across 0 would not keep the order.

    >>> Ln.fit(np.array([-8.0, -2.0]), "os")(np.array([-1.0, -np.e])).round(6)
    array([-0., -1.])
    """

    name: str
    sign: int

    @classmethod
    def fit(cls, values: np.ndarray, name: str) -> Self:
        """Learn the sign of the column."""
        fitted = cls(name, -1 if (values < 0).any() else 1)
        fitted(values)
        return fitted

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Transformed values.

        Raises:
            BothSignsError: on a column with both signs.
        """
        if (values * self.sign < 0).any():
            raise BothSignsError(
                f"Column {self.name!r} has values of both signs, and ln would not keep their order: use 'none' or 'rank'."
            )
        return self.sign * np.log(np.abs(values) + TINY)


@dataclass(frozen=True)
class Rank:
    """Mid-rank among the n training values, divided by n; interpolated between them, clipped beyond them."""

    knots: np.ndarray
    ranks: np.ndarray

    @classmethod
    def fit(cls, values: np.ndarray, name: str) -> Self:
        """Learn the training values and their mid-ranks."""
        knots, first = np.unique(values, return_index=True)
        return cls(knots, rankdata(values)[first] / len(values))

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Ranks in (0, 1]."""
        return np.interp(values, self.knots, self.ranks)


TRANSFORMS: dict[str, type[Transform]] = {"none": Unchanged, "ln": Ln, "rank": Rank}
"""The transforms by name."""


def scale(columns: np.ndarray, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Shift and spread of training columns; a column of spread 0 is only shifted.

    Args:
        columns: (architectures, indicators).
        kind: zscore (mean, standard deviation), minmax (minimum, range), or none.

    Returns:
        Shift and spread, each with one value per column: scaled = (x - shift) / spread.
    """
    shift, spread = {
        "zscore": lambda x: (x.mean(0), x.std(0)),
        "minmax": lambda x: (x.min(0), np.ptp(x, axis=0)),
        "none": lambda x: (np.zeros(x.shape[1]), np.ones(x.shape[1])),
    }[kind](columns)
    return shift, np.where(spread > 0, spread, 1.0)


SCALINGS = ("zscore", "minmax", "none")
"""The scalings by name."""
