"""Tables of random draws, in few numbers: the mean, and the interval that holds the central 95 % of the draws."""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def over_draws(rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Mean over draws with the range of the central 95 % of them.

    Args:
        rows: columns draw and value, and those of `by`.
        by: what is kept apart.

    Returns:
        Columns of `by`, value, low, high, sd, draws.

    >>> rows = pd.DataFrame({"method": "a", "draw": [0, 1, 2], "value": [1.0, 2.0, 3.0]})
    >>> over_draws(rows, ["method"])[["value", "sd", "draws"]].to_numpy().tolist()
    [[2.0, 1.0, 3.0]]
    """
    groups = rows.groupby(list(by), sort=False)["value"]
    quantiles = {name: groups.quantile(q) for name, q in (("low", 0.025), ("high", 0.975))}
    return pd.DataFrame({"value": groups.mean(), **quantiles, "sd": groups.std(), "draws": groups.count()}).reset_index()


def paired(rows: pd.DataFrame, first: str, second: str, *, column: str = "method") -> dict[str, float]:
    """Mean of first less second over common draws, its range of two standard errors, and the share of draws won.

    Args:
        rows: one metric and one number of labels; columns draw, value and `column`.
        first: a value of `column`.
        second: another.
        column: which.
    """
    wide = rows.pivot_table(index="draw", columns=column, values="value")
    gap = (wide[first] - wide[second]).dropna()
    error = 2 * gap.std(ddof=1) / np.sqrt(len(gap))
    mean = float(gap.mean())
    return {"mean": mean, "low": mean - error, "high": mean + error, "wins": float((gap > 0).mean()), "draws": len(gap)}
