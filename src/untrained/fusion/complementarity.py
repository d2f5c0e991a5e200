"""What each indicator adds to the others, and how few and how cheap ones keep what all have."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from untrained.fusion.candidates import ranks
from untrained.stats.correlation import krocc

SIZE = ("params", "flops", "l2_norm", "vkdnw_dim")
"""Indicators that count weights, operations or layers."""


def pair_gains(scores: pd.DataFrame, accuracy: pd.Series, names: Sequence[str] | None = None) -> pd.DataFrame:
    """Tau of the log-rank sum of two indicators less that of the better one; on the diagonal the tau of each alone.

    A description of the whole table with all its labels: nothing is chosen by it.

    Args:
        scores: wide, directed.
        accuracy: by arch.
        names: indicators in the order of the map; by default those of `ranks`, best first.
    """
    found = ranks(scores)
    y = accuracy.loc[scores.index].to_numpy(float)
    alone = pd.Series({name: krocc(found[name], y) for name in found}).sort_values(ascending=False, kind="stable")
    order = [name for name in names if name in alone] if names is not None else list(alone.index)
    logs = np.log(found[order])
    table = pd.DataFrame(np.diag(alone[order]), order, order)
    for i, a in enumerate(order):
        for b in order[:i]:
            gain = krocc(logs[a] + logs[b], y) - max(alone[a], alone[b])
            table.loc[a, b] = table.loc[b, a] = gain
    return table


def cheapest_first(units: Mapping[str, float], names: Sequence[str]) -> Iterator[tuple[list[str], float]]:
    """Growing sets of indicators, the cheapest alone first, and the sum of their prices: a choice that sees no accuracy.

    A price is that of an indicator alone, its passes included; a set shares passes, so the sum is an upper bound.

    Args:
        units: prices by indicator; one without a price is left out.
        names: indicators of the table.

    >>> list(cheapest_first({"a": 2.0, "b": 1.0, "c": 9.0}, ["a", "b"]))
    [(['b'], 1.0), (['b', 'a'], 3.0)]
    """
    order = sorted((name for name in names if name in units), key=lambda name: (units[name], name))
    for count in range(1, len(order) + 1):
        yield order[:count], float(sum(units[name] for name in order[:count]))


def smallest(front: pd.DataFrame, share: float = 0.99) -> pd.Series:
    """The first row of a front, fewest indicators first, that keeps a share of the value of the last one.

    Args:
        front: columns count and value, one row per set, growing.
        share: kept.
    """
    rows = front.sort_values("count")
    return rows[rows["value"] >= share * rows["value"].iloc[-1]].iloc[0]


def ablations(columns: Sequence[str], families: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Columns of a design that are left when something is taken away, by what is missing; `nothing` keeps all.

    Args:
        columns: of `untrained.fusion.candidates.design`.
        families: indicators by family.
    """
    found = {"nothing": list(columns)}
    found["size"] = [name for name in columns if name.removeprefix("indicator ") not in SIZE]
    found["paths"] = [name for name in columns if not name.startswith("path ")]
    found["graph features"] = [name for name in columns if not name.startswith(("graph ", "path "))]
    found["size and graph features"] = [name for name in found["size"] if name in found["graph features"]]
    found["indicators"] = [name for name in columns if not name.startswith(("indicator ", "prior "))]
    found["prior"] = [name for name in columns if not name.startswith("prior ")]
    for family, names in families.items():
        found[f"family {family}"] = [name for name in columns if name.removeprefix("indicator ") not in set(names)]
    return {name: kept for name, kept in found.items() if name == "nothing" or 0 < len(kept) < len(columns)}
