"""Tables of searches: ours beside the published ones, and what the queries hit."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from untrained.report.style import number
from untrained.report.tables import Table, _sortable, with_interval


def ends_table(frame: pd.DataFrame, published: pd.DataFrame) -> Table:
    """What every method ends with on every set and within every budget, beside the published figure.

    Args:
        frame: of `untrained.stats.searches.means`.
        published: of `untrained.published.searches`; its methods that were not run here have a row of their own.

    Returns:
        The table.
    """
    rows = []
    for r in frame.itertuples():
        row = {"method": r.method, "set": f"{r.set} ({r.n:,})", "budget": r.budget, "seeds": f"{r.seeds}"}
        row |= {"test accuracy": f"{with_interval(r.test_acc, r.low, r.high)}, sd {number(r.sd)}"}
        row |= {"rank": f"{with_interval(r.rank, r.rank_low, r.rank_high, digits=0)}", "queries": number(r.queries, 1)}
        rows.append(row | {"seconds": f"{r.seconds:,.0f}" if r.seconds else "–"} | _published(published, r.method))
    ours = set(frame["method"])
    for method in published.index.drop(list(ours), errors="ignore"):
        rows.append(dict.fromkeys(("set", "budget", "seeds", "test accuracy", "rank", "queries", "seconds"), "–"))
        rows[-1] = {"method": method} | rows[-1] | _published(published, method)
    shown = pd.DataFrame(rows)
    left = len(shown) - len(frame)
    order = {
        "test accuracy": _sortable([*frame["test_acc"], *[np.nan] * left]),
        "rank": _sortable([*frame["rank"], *[np.nan] * left]),
        "seconds": _sortable([*frame["seconds"], *[np.nan] * left]),
    }
    caption = (
        "What searches return: mean over seeds with 95 % intervals; set: how many architectures were searched; rank among"
        " them by test accuracy; seconds: of the trainings asked for. Published: on all architectures of the space"
    )
    return Table(shown, caption, order)


def _published(published: pd.DataFrame, method: str) -> dict[str, str]:
    """Cells of a published row, or dashes."""
    if published.empty:
        return {}
    found = published.loc[method] if method in published.index else pd.Series(np.nan, published.columns)
    if published["test_acc"].isna().all():
        return {"published rank": with_interval(found["rank"], digits=0)}
    spread = "" if np.isnan(found["sd"]) else f" ± {number(found['sd'])}"
    return {
        "published": with_interval(found["test_acc"]) + spread,
        "published seconds": "–" if np.isnan(found["seconds"]) else f"{found['seconds']:,.0f}",
    }


def beside_table(
    frame: pd.DataFrame, published: Mapping[str, pd.DataFrame], *, column: str = "test_acc", space: int | None = None
) -> Table:
    """One row per method, and per searched problem what it ends with and the published figure.

    Args:
        frame: of `untrained.stats.searches.means`, kept apart by `key` too; one set, one budget.
        published: by key, of `untrained.published.searches`.
        column: `test_acc` or `rank`.
        space: architectures that a published rank is among; ranks are then followed by their share of the set.

    Returns:
        The table.
    """
    low, high, digits = ("low", "high", 2) if column == "test_acc" else ("rank_low", "rank_high", 0)
    wide = frame.set_index(["method", "key"])
    methods = list(dict.fromkeys([*frame["method"], *(name for table in published.values() for name in table.index)]))
    rows = []
    for method in methods:
        row = {"method": method}
        for key, table in published.items():
            ours = wide.loc[(method, key)] if (method, key) in wide.index else None
            text = "–" if ours is None else with_interval(ours[column], ours[low], ours[high], digits=digits)
            row[key] = text if ours is None or space is None else f"{text} ({number(100 * ours[column] / ours['n'], 1)} %)"
            theirs = table.loc[method, column] if method in table.index else np.nan
            share = "" if space is None or np.isnan(theirs) else f" ({number(100 * theirs / space, 1)} %)"
            row[f"{key}, published"] = with_interval(theirs, digits=digits) + share
        one = frame[frame["method"] == method]
        row["seeds"] = f"{one['seeds'].max()}" if len(one) else "–"
        row["queries"] = number(one["queries"].mean(), 1) if len(one) else "–"
        row["seconds"] = f"{one['seconds'].mean():,.0f}" if one["seconds"].any() else "–"
        rows.append(row)
    what = "Mean rank" if column == "rank" else "Mean test accuracy"
    of = "" if space is None else f", and its share of the set; published: among {space:,} architectures"
    caption = f"{what} of what each search returns, with 95 % intervals over seeds{of}. Seconds: of the trainings asked for"
    return Table(pd.DataFrame(rows), caption)


def hits_table(frame: pd.DataFrame) -> Table:
    """Of T queries, how many were among the T best, and the best place beside the one that theory expects.

    Args:
        frame: of `untrained.stats.searches.expected_places`.

    Returns:
        The table.
    """
    rows = [
        {
            "method": r.method,
            "set": f"{r.set} ({r.n:,})",
            "budget": r.budget,
            "queries": number(r.queries, 1),
            "explored": number(r.explored, 1),
            "among the best": number(r.hits, 1),
            "best place": with_interval(r.place, r.low, r.high, digits=1),
            "expected": number(r.expected, 1) if np.isfinite(r.expected) else "–",
            "searches without a hit": f"{r.missed} of {r.seeds}",
        }
        for r in frame.itertuples()
    ]
    caption = (
        "Of T queries, those among the T best by the searched value; the best place reached, mean over the seeds with a hit,"
        " beside (T + 1) / (hits + 1). Explored: distinct architectures among the first T questions"
    )
    return Table(pd.DataFrame(rows), caption)
