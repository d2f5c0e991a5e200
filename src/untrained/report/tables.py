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

OPTIONS: Mapping[str, Any] = {
    "classes": "display compact",
    "layout": {"topStart": None, "topEnd": "search", "bottomStart": "info", "bottomEnd": "paging"},
    "lengthMenu": [25, 100, -1],
    "pageLength": 25,
    "style": "width:100%",
}
"""Options of every table, in the words of DataTables."""


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


def _sortable(values: Sequence[float]) -> list[float]:
    """Numbers for sorting: a missing one comes last from above."""
    return [-1e308 if not math.isfinite(v) else round(float(v), 9) for v in values]
