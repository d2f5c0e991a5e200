"""The schema of the scores table, its reader and its checks; no torch here."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from untrained import shards

COLUMNS = ("arch", "seed", "proxy", "value", "status", "reason", "seconds")
KEYS = ["arch", "seed", "proxy"]
STATUSES = ("ok", "undefined", "failed")


def check(scores: pd.DataFrame) -> pd.DataFrame:
    """The table itself, if it keeps the schema: one row per (arch, seed, proxy), a finite value iff the status is ok.

    Raises:
        ValueError: what is wrong, with the first offending row.
    """
    if missing := [name for name in COLUMNS if name not in scores]:
        raise ValueError(f"A scores table has the columns {COLUMNS}; {missing} are missing.")
    broken = {
        "an unknown status": ~scores["status"].isin(STATUSES),
        "a value that does not fit its status": np.isfinite(scores["value"]) != (scores["status"] == "ok"),
        "a second row for one (arch, seed, proxy)": scores.duplicated(["arch", "seed", "proxy"]),
    }
    for what, where in broken.items():
        if where.any():
            raise ValueError(f"{int(where.sum())} rows have {what}; the first: {scores[where].iloc[0].to_dict()}")
    return scores


def compact(
    pieces: Sequence[pd.DataFrame],
    units: Sequence[tuple[str, int]],
    names: Sequence[str],
    *,
    limits: Mapping[str, int] | None = None,
    timings: bool,
) -> pd.DataFrame:
    """One checked table in the order of units, then of proxies; `seconds` blank where timings are not kept.

    Seconds are kept to a tenth of a millisecond: further digits are noise, and half of a file's bytes.

    Raises:
        ValueError: a row is missing or breaks the schema.
    """
    ends = [(limits or {}).get(name, len(units)) for name in names]
    asked = [(*unit, name) for i, unit in enumerate(units) for name, end in zip(names, ends, strict=True) if i < end]
    wanted = pd.DataFrame(asked, columns=KEYS)
    rows = pd.concat([piece for piece in pieces if len(piece)], ignore_index=True)
    table = wanted.merge(rows, on=KEYS, how="left", validate="one_to_one")
    if (lost := table["status"].isna()).any():
        raise ValueError(
            f"{int(lost.sum())} scores are missing, the first {table[lost].iloc[0].to_dict()}: run the scoring again."
        )
    return check(table.assign(seconds=table["seconds"].round(4) if timings else np.nan))


def read(path: Path | str) -> pd.DataFrame:
    """Read and check a scores file; its metadata (setting, digest, benchmark, dataset, better) stand in `.attrs`.

    Raises:
        FileNotFoundError: no such file.
        ValueError: a damaged file, or one that breaks the schema.
    """
    try:
        table, metadata = shards.read(path)
    except ValueError as error:
        raise ValueError(f"{error}: delete it and run `dvc pull` or `dvc repro` again.") from error
    scores = check(table)
    scores.attrs = {key: metadata[key] for key in ("digest", "benchmark", "dataset") if key in metadata}
    scores.attrs |= {key: json.loads(metadata[key]) for key in ("setting", "better") if key in metadata}
    return scores


def wide(scores: pd.DataFrame) -> pd.DataFrame:
    """One row per architecture, one column per proxy, median over seeds, directed: higher is better.

    Missing where no seed has a value. Columns of `lower`-better proxies are negated; this is the only place that does it.
    The metadata stay behind: pandas copies `.attrs` in every step of a fit.
    """
    better = scores.attrs["better"]
    table = scores.pivot_table(index="arch", columns="proxy", values="value", aggfunc="median", sort=False, dropna=False)
    for name in table:
        if better[name] == "lower":
            table[name] = -table[name]
    table = table.reindex(pd.unique(scores["arch"])).rename_axis(columns=None)
    table.attrs = {}
    return table


def asked(scores: pd.DataFrame) -> pd.DataFrame:
    """Rows and columns of `wide`, true where the table has a row for any seed: what is beyond a proxy's limit has none.

    A score that was asked for and has no value ranks last; one that was never asked for has no rank.
    """
    counts = scores.pivot_table(index="arch", columns="proxy", values="seed", aggfunc="count", sort=False, fill_value=0)
    return (counts > 0).reindex(pd.unique(scores["arch"])).rename_axis(columns=None)


def coverage(scores: pd.DataFrame) -> pd.DataFrame:
    """Per proxy: how many rows are ok, undefined, failed, and the reasons with their counts."""
    counts = scores.groupby(["proxy", "status"]).size().unstack(fill_value=0).reindex(columns=STATUSES, fill_value=0)
    bad = scores[scores["status"] != "ok"]
    reasons = bad.groupby("proxy")["reason"].apply(
        lambda r: "; ".join(f"{n} x {text}" for text, n in r.value_counts().items())
    )
    return counts.assign(reasons=reasons.reindex(counts.index).fillna("")).reset_index().rename_axis(columns=None)
