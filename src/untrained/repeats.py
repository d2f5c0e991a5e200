"""How far apart equal networks end: the deviation of accuracy within groups, each around its own mean."""

from collections.abc import Hashable

import numpy as np
import pandas as pd


def within(values: pd.Series, groups: pd.Series) -> pd.DataFrame:
    """What each group of two or more tells of the deviation within.

    Args:
        values: by architecture.
        groups: a name of every architecture, the same index; members of a group have one.

    Returns:
        Columns squares (sum of squared deviations from the group's mean) and freedom (members less one), index group.

    >>> within(pd.Series([1.0, 3.0, 9.0]), pd.Series(["t", "t", "u"])).loc["t"].tolist()
    [2.0, 1.0]
    """
    found: dict[Hashable, tuple[float, int]] = {
        name: (float(((part - part.mean()) ** 2).sum()), len(part) - 1) for name, part in values.groupby(groups)
    }
    table = pd.DataFrame.from_dict(found, orient="index", columns=["squares", "freedom"])
    return table[table["freedom"] > 0]


def deviation(squares: np.ndarray, freedom: np.ndarray) -> float:
    """Standard deviation within groups, pooled: the root of (sum of squares / sum of degrees of freedom).

    >>> deviation(np.array([2.0, 6.0]), np.array([1.0, 1.0]))
    2.0
    """
    return float(np.sqrt(squares.sum() / freedom.sum()))
