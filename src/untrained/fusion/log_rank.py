"""Aggregates that need no labels: sums of log ranks over a set of candidates."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from untrained.registry import suggest

AZ_NAS = ("expressivity", "progressivity", "trainability", "flops")
"""The four columns of the AZ-NAS aggregate (lee2024aznas)."""

VKDNW_AGG = ("vkdnw", "jacob_cov", "expressivity", "trainability", "flops")
"""The five columns of the VKDNW aggregate (tybl2025vkdnw)."""


def log_rank(scores: pd.DataFrame, columns: Sequence[str] = AZ_NAS) -> pd.Series:
    """Sum over columns of ln(rank / n), rank 1 = worst, ties sharing their mean rank; 0 would be best in every column.

    Conventions: `scores` has one row per candidate, every column directed so that higher is better; a missing score
    ranks last, together with all others that miss it. The value belongs to this set of candidates: publish the set.

    Args:
        scores: a wide table.
        columns: the proxies to aggregate.

    Returns:
        One value per candidate.

    Raises:
        KeyError: a column is not in the table.

    Examples:
        >>> log_rank(pd.DataFrame({"a": [1.0, 2.0], "b": [0.0, 5.0]}, index=["x", "y"]), ["a", "b"]).round(4).tolist()
        [-1.3863, 0.0]
    """
    for column in columns:
        if column not in scores:
            raise KeyError(f"No column {column!r} in the table of scores. {suggest(column, scores.columns)}")
    ranks = scores[list(columns)].astype("float64").fillna(-np.inf).rank()
    return np.log(ranks / len(scores)).sum(axis=1)


def with_aggregates(scores: pd.DataFrame, asked: pd.DataFrame | None = None) -> pd.DataFrame:
    """The table with the columns `az_nas` and `vkdnw_agg`, where their parts are there.

    Args:
        scores: a wide table.
        asked: of `untrained.scores.asked`: candidates are those for which all parts were asked; all by default.
    """
    sets = {name: parts for name, parts in (("az_nas", AZ_NAS), ("vkdnw_agg", VKDNW_AGG)) if set(parts) <= set(scores)}
    rows = {name: scores if asked is None else scores[asked[list(parts)].all(axis=1)] for name, parts in sets.items()}
    return scores.assign(**{name: log_rank(rows[name], parts) for name, parts in sets.items()})
