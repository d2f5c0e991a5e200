"""Tables that sort and filter without a network; a cell reads `0.71 [0.68, 0.74]` and sorts by its number."""

import hashlib
import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from itables import init_notebook_mode, to_html_datatable

from untrained.stats.correlation import METRICS
from untrained.stats.table import leaders

OPTIONS: Mapping[str, Any] = {
    "classes": "display compact",
    "layout": {"topStart": None, "topEnd": "search", "bottomStart": "info", "bottomEnd": "paging"},
    "lengthMenu": [25, 100, -1],
    "pageLength": 25,
    "style": "width:100%",
}
"""Options of every table, in the words of DataTables."""


LEAST = 1e-9
"""The least error that is told apart: below it the digits are those of the machine."""


@dataclass(frozen=True)
class Table:
    """A table that shows itself; the last expression of a cell shows it.

    Attributes:
        frame: what is shown, text or numbers; text may hold HTML only if it was escaped where it came from outside.
        caption: what the table holds.
        order: numbers by which a column of text is sorted, {column: values}.
    """

    frame: pd.DataFrame
    caption: str
    order: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        shown = self.frame.reset_index(drop=True)
        if shown.columns.nlevels == 1:  # a pivot's name would stand over a column of its own, and shift the order
            shown = shown.rename_axis(columns=None)
        definitions = []
        for name, values in self.order.items():
            place = len(shown.columns)
            definitions += [
                {"targets": [self.frame.columns.get_loc(name)], "orderData": [place]},
                {"targets": [place], "visible": False, "searchable": False},
            ]
            shown[f"{name} (number)"] = list(values)
        key = hashlib.sha256((self.caption + shown.to_csv()).encode()).hexdigest()[:10]
        return to_html_datatable(
            shown,
            caption=self.caption,
            connected=False,
            table_id=f"table-{key}",
            allow_html=True,
            showIndex=False,
            columnDefs=definitions,
            **({**OPTIONS, "paging": False} if len(shown) <= OPTIONS["pageLength"] else OPTIONS),
        )


def load() -> None:
    """Put the script of sortable tables into this notebook, once, from the installed package; no other frame changes."""
    init_notebook_mode(all_interactive=False, connected=False)


def with_interval(value: float, low: float | None = None, high: float | None = None, *, digits: int = 2) -> str:
    """A number and its interval.

    >>> with_interval(0.7149, 0.681, 0.744), with_interval(float("nan")), with_interval(0.5, digits=3)
    ('0.71 [0.68, 0.74]', '–', '0.500')
    """
    if value is None or math.isnan(value):
        return "–"
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return f"{value:.{digits}f}"
    return f"{value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def claims_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """All claims with their verdicts.

    Args:
        rows: of `untrained.claims.judge`.

    Returns:
        The table.
    """
    shown, numbers = [], []
    for row in rows:
        ours, low, high = row["ours"], row["low"], row["high"]
        is_number = isinstance(ours, int | float)
        text = with_interval(float(ours), low, high, digits=3) if is_number else (ours or "–")
        texts = {"Published": row["published"], "Ours": text, "Verdict": row["verdict"], "Because": row["reason"]}
        what = f"{html.escape(row['statement'])}<br><code>{html.escape(row['id'])}</code>"
        cells = {name: html.escape(cell) for name, cell in texts.items()}
        shown.append({"What is checked": f'<div style="min-width:16rem">{what}</div>'} | cells)
        numbers.append(float(ours) if is_number else float("nan"))
    return Table(pd.DataFrame(shown), "Claims and verdicts", {"Ours": _sortable(numbers)} if shown else {})


def correlation_table(frame: pd.DataFrame, *, digits: int = 2) -> Table:
    """Correlation of every indicator with accuracy, one row per indicator (and set), one column per metric.

    Args:
        frame: one row per indicator and metric: proxy, metric, value, low, high; further columns that do not vary with the
            metric (set, n,
            coverage, ceiling) are kept.
        digits: decimals.

    Returns:
        The table.
    """
    metrics = [m for m in METRICS if m in set(frame["metric"])]
    row = [c for c in ("proxy", "set") if c in frame.columns]
    about = [c for c in frame.columns if c not in ("proxy", "metric", "value", "low", "high")]
    keep = [c for c in about if (frame.groupby(row)[c].nunique(dropna=False) <= 1).all()]
    keys = ["proxy", *[c for c in ("set",) if c in keep]]
    shown = frame[[*keys, *[c for c in keep if c not in keys]]].drop_duplicates(keys).reset_index(drop=True)
    order = {}
    for metric in metrics:
        part = shown[keys].merge(frame[frame["metric"] == metric], on=keys, how="left")
        cells = [with_interval(r["value"], r.get("low"), r.get("high"), digits=digits) for _, r in part.iterrows()]
        shown.insert(len(keys) + metrics.index(metric), metric, cells)
        order[metric] = _sortable(part["value"])
    return Table(shown.round(4), "Correlation of indicators with accuracy, with bootstrap intervals", order)


def fusion_table(frame: pd.DataFrame, *, digits: int = 3) -> Table:
    """Mean and standard deviation over splits of every method in every metric.

    Args:
        frame: of `untrained.fusion.evaluate`.
        digits: decimals.

    Returns:
        The table.
    """
    metrics = [m for m in METRICS if m in set(frame["metric"])]
    grouped = frame.groupby(["method", "metric"], sort=False)["value"]
    mean, sd = grouped.mean().unstack(), grouped.std().unstack()
    shown = frame.drop_duplicates("method")[["method", "kind", "n_train", "n_test", "n_invalid"]].reset_index(drop=True)
    order = {}
    for metric in metrics:
        values = [mean.loc[name, metric] for name in shown["method"]]
        cells = [
            f"{m:.{digits}f} ± {sd.loc[name, metric]:.{digits}f}" for name, m in zip(shown["method"], values, strict=True)
        ]
        shown.insert(2 + metrics.index(metric), metric, cells)
        order[metric] = _sortable(values)
    return Table(shown, f"Held-out quality, mean ± standard deviation over {frame['split'].nunique()} splits", order)


def comparison_table(frame: pd.DataFrame, *, digits: int = 3) -> Table:
    """Paired differences between one method and all others.

    Args:
        frame: of `untrained.fusion.against_all`.
        digits: decimals.

    Returns:
        The table.
    """
    cells = [with_interval(r["mean"], r["low"], r["high"], digits=digits) for _, r in frame.iterrows()]
    shown = frame[["metric", "against", "role"]].copy()
    shown.insert(3, "difference", cells)
    for name, title in (("se", "se"), ("se_corrected", "se corrected"), ("p", "p (corrected)"), ("wins", "wins")):
        shown[title] = frame[name].map("{:.3g}".format)
    caption = (
        f"{frame['method'].iloc[0]} against the others: paired difference, interval of two standard errors (positive:"
        " better)"
    )
    order = {"difference": _sortable(frame["mean"])} | {
        title: _sortable(frame[name])
        for name, title in (("se", "se"), ("se_corrected", "se corrected"), ("p", "p (corrected)"))
    }
    return Table(shown, caption, order)


def ranked(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Values and ranks of indicators (rows, best mean rank first) on benchmarks (columns, as they come).

    Args:
        frame: one row per indicator and benchmark: proxy, benchmark, value.

    Returns:
        Values, and ranks among the indicators of each benchmark: 1 is the best, equal values share the mean of theirs.
    """
    order = list(dict.fromkeys(frame["benchmark"]))
    values = frame.pivot(index="proxy", columns="benchmark", values="value")[order].dropna(how="all")
    ranks = values.rank(ascending=False)
    best = ranks.mean(axis=1).sort_values(kind="stable").index
    return values.loc[best], ranks.loc[best]


def rank_table(frame: pd.DataFrame) -> Table:
    """Rank of every indicator on every benchmark, with mean, best and worst.

    Args:
        frame: as for `ranked`.

    Returns:
        The table.
    """
    _, ranks = ranked(frame)
    about = ranks.agg(["mean", "min", "max", "count"], axis=1).set_axis(["mean", "best", "worst", "scored on"], axis=1)
    numbers = pd.concat([about, ranks], axis=1)
    digits = {"mean": ".1f", "scored on": ".0f"}
    shown = numbers.apply(lambda column: [f"{v:{digits.get(column.name, 'g')}}" if v == v else "–" for v in column])
    shown.insert(0, "proxy", shown.index)
    order = {name: numbers[name].fillna(1e308).tolist() for name in numbers}
    return Table(shown, "Rank of each indicator among all that were scored there: 1 is the best", order)


def leaders_table(frame: pd.DataFrame, *, size: str = "params") -> Table:
    """The best indicator of every benchmark, and whether intervals separate it from the runner-up and from size.

    Args:
        frame: one row per indicator and benchmark, of one metric: proxy, benchmark, metric, value, low, high, ceiling.
        size: the indicator that every other has to beat.

    Returns:
        The table.
    """
    rows = []
    for name, part in frame.dropna(subset=["value"]).groupby("benchmark", sort=False):
        first = leaders(part).iloc[0]
        by = part.set_index("proxy")
        best, small = by.loc[first["best"]], by.loc[size] if size in by.index else None
        row = {"benchmark": name, "best": first["best"], "value": with_interval(*best[["value", "low", "high"]])}
        row |= {"runner-up": first["second"], "its value": with_interval(*by.loc[first["second"], ["value", "low", "high"]])}
        row |= {"separate": "no" if first["close"] else "yes"}
        row[size] = "–" if small is None else with_interval(*small[["value", "low", "high"]])
        row["above it"] = "–" if small is None else "yes" if best["low"] > small["high"] else "no"
        rows.append(row | {"two trainings": with_interval(None if pd.isna(best["ceiling"]) else float(best["ceiling"]))})
    caption = (
        "The best indicator of each benchmark. Separate: the runner-up's interval stays below its value; above it: its whole"
        f" interval is above that of {size}"
    )
    return Table(pd.DataFrame(rows), caption)


def decade(error: float) -> float:
    """The smallest power of ten that an error does not exceed, `LEAST` or more; nan stays.

    >>> decade(3e-7), decade(1e-5), decade(0.0), decade(2e-16)
    (1e-06, 1e-05, 1e-09, 1e-09)
    """
    return error if math.isnan(error) else float(f"1e{math.ceil(math.log10(max(error, LEAST)))}")


def reference_table(frame: pd.DataFrame) -> Table:
    """Worst relative error of every figure against published code, one column per configuration and precision.

    Args:
        frame: one row per proxy, config and precision: proxy, config, precision, peers, networks, within, hold.

    Returns:
        The table.
    """
    rows = []
    for name, part in frame.groupby("proxy", sort=True):
        errors = {f"{r['config']}, {r['precision']}": f"{r['within']:.0e}".replace("e-0", "e-") for _, r in part.iterrows()}
        counts = part.groupby("config", sort=False)["networks"].max()
        networks = ", ".join(f"{count} {config}" for config, count in counts.items())
        peers = ", ".join(sorted({peer for names in part["peers"] for peer in names.split(", ")}))
        holds = {"holds": "yes" if part["hold"].all() else "no"}
        rows.append({"proxy": name} | errors | {"networks": networks} | holds | {"published code": peers})
    return Table(pd.DataFrame(rows), "Worst relative error against published code is at most, by network size and precision")


def _sortable(values: Sequence[float]) -> list[float]:
    """Numbers for sorting: a missing one comes last from above."""
    return [-1e308 if not math.isfinite(v) else round(float(v), 9) for v in values]
