"""Finished searches: what each ended with, means over seeds, what a search had after each query or second."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from untrained.stats.intervals import Interval, bootstrap

SEARCH = ["set", "method", "budget", "seed"]
"""What tells one search from another in a table of `untrained.searching.run`."""


def ends(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per search: its pick with test accuracy, rank and regret, and what it spent.

    `queries` are distinct ones, `explored` those of them among as many first questions; `seconds` are those charged; `hits`
    are queried architectures among as many best ones by the searched value, `place` the best place reached.

    Args:
        rows: of `untrained.searching.run`.
    """
    groups = rows.groupby(SEARCH, sort=False)
    last = groups[["pick", "test_acc", "rank", "best", "n"]].last()
    asked = rows.assign(count=groups["query"].transform("max"))
    spent = pd.DataFrame(
        {
            "queries": groups["query"].max(),
            "explored": _count(asked, (asked["query"] > 0) & (asked["question"] <= asked["count"])),
            "seconds": groups["seconds"].sum(),
            "hits": _count(asked, asked["place"] <= asked["count"]),
            "place": groups["place"].min(),
        }
    )
    return last.assign(regret=last["best"] - last["test_acc"]).join(spent).reset_index()


def _count(rows: pd.DataFrame, which: pd.Series) -> pd.Series:
    return which.groupby([rows[name] for name in SEARCH], sort=False).sum()


def means(found: pd.DataFrame, by: Sequence[str] = ("set", "method", "budget"), *, n: int = 1000) -> pd.DataFrame:
    """Means over seeds of `ends`, with standard deviations and the percentile interval of mean accuracy and mean rank.

    Args:
        found: of `ends`.
        by: what is kept apart.
        n: bootstrap resamples of seeds.
    """
    records = []
    for key, part in found.groupby(list(by), sort=False):
        accuracy, rank = (mean_interval(part[name], n=n) for name in ("test_acc", "rank"))
        record = dict(zip(by, key, strict=True)) | {"seeds": len(part), "n": int(part["n"].iloc[0])}
        record |= {
            "test_acc": accuracy.value,
            "low": accuracy.low,
            "high": accuracy.high,
            "sd": _deviation(part["test_acc"]),
        }
        record |= {"rank": rank.value, "rank_low": rank.low, "rank_high": rank.high, "rank_sd": _deviation(part["rank"])}
        record |= {name: part[name].mean() for name in ("regret", "queries", "explored", "seconds", "hits", "place")}
        records.append(record)
    return pd.DataFrame(records)


def mean_interval(values: Sequence[float], *, n: int = 1000) -> Interval:
    """Mean over seeds and its 95 % percentile interval.

    >>> print(mean_interval([1.0, 1.0, 1.0]))
    1.00 [1.00, 1.00]
    """
    return bootstrap(np.mean, np.asarray(values, float), n=n)


def lead(found: pd.DataFrame, first: str, second: str, *, column: str = "test_acc", n: int = 1000) -> Interval:
    """Mean of one method less that of another, seed by seed, with its interval: both searched with the same seeds.

    Args:
        found: of `ends`, one set and one budget.
        first: method.
        second: method.
        column: what is compared.
        n: bootstrap resamples of seeds.

    Raises:
        KeyError: one of them is not there.
    """
    wide = found.pivot(index="seed", columns="method", values=column)
    return mean_interval((wide[first] - wide[second]).dropna(), n=n)


def _deviation(values: pd.Series) -> float:
    """Standard deviation over seeds; 0 of a single one."""
    return float(values.std(ddof=1)) if len(values) > 1 else 0.0


def anytime(rows: pd.DataFrame, grid: Sequence[float], *, over: str = "query", column: str = "test_acc") -> pd.DataFrame:
    """Mean over seeds of what searches would have returned at each point of a grid, with its interval of two errors.

    A search that has ended keeps its pick; before its first answer it has none. A point that not every seed has reached is
    left out.

    Args:
        rows: of `untrained.searching.run`.
        grid: numbers of queries, or seconds.
        over: `query` or `seconds`.
        column: `test_acc` or `rank`.

    Returns:
        Columns set, method, budget, at, value, low, high.
    """
    grid = np.asarray(grid, float)
    records = []
    for key, part in rows[rows["query"] > 0].groupby(SEARCH[:3], sort=False):
        curves = []
        for _, one in part.groupby("seed", sort=False):
            at = one["query"].to_numpy(float) if over == "query" else one["seconds"].cumsum().to_numpy()
            place = np.searchsorted(at, grid, side="right") - 1
            values = np.where(place >= 0, one[column].to_numpy(float)[np.maximum(place, 0)], np.nan)
            curves.append(np.where(grid <= at[-1], values, np.nan))
        curves = np.array(curves)
        mean, error = curves.mean(axis=0), 2 * curves.std(axis=0, ddof=min(1, len(curves) - 1)) / np.sqrt(len(curves))
        for at, value, width in zip(grid, mean, error, strict=True):
            if np.isfinite(value):
                records.append((*key, at, value, value - width, value + width))
    return pd.DataFrame(records, columns=[*SEARCH[:3], "at", "value", "low", "high"])


def expected_places(found: pd.DataFrame, *, n: int = 1000) -> pd.DataFrame:
    """Best place reached in the searched value beside its expectation (T + 1) / (k + 1), by set, method and budget.

    k of T queried architectures are among the T best; the formula takes any k of these places as equally likely
    (he2024robot). Searches without a hit are counted, and left out of both means.

    Args:
        found: of `ends`.
        n: bootstrap resamples of seeds.
    """
    records = []
    for key, part in found[found["queries"] > 0].groupby(SEARCH[:3], sort=False):
        hit = part[part["hits"] > 0]
        place = mean_interval(hit["place"], n=n) if len(hit) else Interval(np.nan, np.nan, np.nan)
        record = dict(zip(SEARCH[:3], key, strict=True)) | {"seeds": len(part), "n": int(part["n"].iloc[0])}
        record |= {name: part[name].mean() for name in ("queries", "explored", "hits")}
        record |= {"place": place.value, "low": place.low, "high": place.high, "missed": int((part["hits"] == 0).sum())}
        records.append(record | {"expected": ((hit["queries"] + 1) / (hit["hits"] + 1)).mean()})
    return pd.DataFrame(records)
