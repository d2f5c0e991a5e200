"""What every fusion here reads: the place of each candidate in each indicator, whatever the indicator's scale."""

import numpy as np
import pandas as pd

WEIGHTS = {"graph": 1.0, "path": 0.25}
"""Variance of all columns of a kind over that of all indicators; that of paths was settled on the embedded benchmark."""


def ranks(scores: pd.DataFrame, *, missing: float = 0.5) -> pd.DataFrame:
    """(rank - 1/2) / n in every column, in (0, 1): rank 1 is the worst, ties share their mean rank. No label is used.

    Conventions: columns directed (higher is better); a missing or infinitely bad score ranks last; the ranks belong to this
    set of candidates. An indicator that lacks more than a share of them, or that is constant, is left out.

    Args:
        scores: a wide table.
        missing: that share.

    >>> ranks(pd.DataFrame({"a": [3.0, 1.0, None, 2.0], "b": [0.0, 0.0, 0.0, 0.0]})).to_dict("list")
    {'a': [0.875, 0.375, 0.125, 0.625]}
    """
    values = scores.astype(float).replace(np.inf, np.nan)
    kept = values.isna().mean().le(missing) & values.nunique().gt(1)
    return (values.loc[:, kept].fillna(-np.inf).rank() - 0.5) / len(values)


def over_twins(scores: pd.DataFrame, twins: pd.Series | None) -> pd.DataFrame:
    """`ranks`, each the mean over an architecture's twins among the candidates: one draw of weights tells less than several.

    Args:
        scores: a wide table.
        twins: a name of every architecture, equal for twins (`untrained.twins`); None: nobody has one.

    >>> found = over_twins(pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]}), pd.Series(["t", "u", "v", "t"]))
    >>> found["a"].tolist()
    [0.5, 0.375, 0.625, 0.5]
    """
    found = ranks(scores)
    return found if twins is None else found.groupby(twins.loc[found.index]).transform("mean").round(12)


def standardised(columns: pd.DataFrame) -> np.ndarray:
    """Mean 0 and standard deviation 1 in every column; a constant one is only shifted."""
    values = columns.to_numpy(float)
    spread = values.std(axis=0)
    return (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def design(
    indicators: pd.DataFrame,
    features: pd.DataFrame | None = None,
    prior: pd.DataFrame | None = None,
    paths: pd.DataFrame | None = None,
    twins: pd.Series | None = None,
) -> pd.DataFrame:
    """One table for learners: ranks of indicators, features of graphs and of their paths, and prior scores.

    With `twins` ranks are those of `over_twins`.

    Columns are named `indicator ...`, `graph ...`, `path ...` and `prior ...`; a learner tells them apart by the first
    word. Columns are standardised among the candidates, but those of paths, all 0 or 1, are only shifted: a rare one counts
    less. Graph features are scaled so that all of them weigh as all indicators do, those of paths a quarter as much.

    Args:
        indicators: scores of the candidates, directed.
        features: of `untrained.graph_features.graph_features`, the same index.
        prior: scores that have seen no label of these candidates, the same index.
        paths: of `untrained.graph_features.path_features`, the same index.
        twins: a name of every architecture, equal for twins.

    Raises:
        ValueError: on features or a prior of other architectures.
    """
    found = over_twins(indicators, twins)
    tables = {"indicator": found}
    tables |= {} if features is None else {"graph": features}
    tables |= {} if paths is None else {"path": paths}
    tables |= {} if prior is None else {"prior": over_twins(prior, twins)}
    pieces = []
    for name, table in tables.items():
        if not table.index.equals(indicators.index):
            raise ValueError(f"The {name} columns are of other architectures than the indicators: reindex them first.")
        values = (table - table.mean()).to_numpy(float) if name == "path" else standardised(table)
        values = _weighing(values, WEIGHTS[name] * found.shape[1]) if name in WEIGHTS else values
        pieces.append(pd.DataFrame(values, table.index, [f"{name} {column}" for column in table]))
    return pd.concat(pieces, axis=1)


def _weighing(values: np.ndarray, total: float) -> np.ndarray:
    """Columns times one factor, so that their variances sum to a total."""
    variance = values.var(axis=0).sum()
    return values * np.sqrt((total or 1) / variance) if variance > 0 else values
