"""Pictures of indicators: against accuracy, and against each other."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns

from untrained.report.style import BLUE, GREY, ORANGE, VERMILION, Picture, canvas, number, panels, styled
from untrained.stats.correlation import METRICS, krocc

TITLES = {"krocc": "Kendall's τ-b", "srocc": "Spearman's ρ", "plcc": "Pearson's r", "rmse": "RMSE, unit of the accuracy"}
"""Axis labels of the metrics."""


@styled
def indicator_correlations(scores: pd.DataFrame, *, metric: str = "krocc") -> Picture:
    """Matrix of rank correlations between indicators; with numbers in it where there is room for them.

    Args:
        scores: directed scores, one column per indicator; architectures missing in either column of a pair are left out of
            that pair.
        metric: name of a correlation.

    Returns:
        The picture.
    """
    names = list(scores.columns)
    matrix = pd.DataFrame(np.eye(len(names)), index=names, columns=names)
    for i, a in enumerate(names):
        for b in names[:i]:
            both = scores[[a, b]].dropna()
            matrix.loc[a, b] = matrix.loc[b, a] = METRICS[metric](both[a], both[b]) if len(both) > 1 else np.nan
    room = len(names) <= 16
    side = 1.4 + (0.48 if room else 0.21) * len(names)
    figure, axes = canvas(side + 0.6, side)
    label = TITLES[metric]
    sns.heatmap(
        matrix, ax=axes, vmin=-1, vmax=1, cmap="RdBu_r", annot=room, fmt=".2f", annot_kws={"size": 7},
        linewidths=0.5 if room else 0, xticklabels=True, yticklabels=True, rasterized=not room,
        square=True, cbar_kws={"label": label, "shrink": 0.8},
    )  # fmt: skip
    axes.tick_params(axis="x", rotation=90)
    axes.tick_params(axis="y", rotation=0)
    pairs = [(matrix.loc[a, b], a, b) for i, a in enumerate(names) for b in names[:i] if np.isfinite(matrix.loc[a, b])]
    extremes = ""
    if pairs:
        (high, a, b), (low, c, d) = max(pairs), min(pairs)
        extremes = f" Closest: {a} and {b} ({number(high)}); most apart: {c} and {d} ({number(low)})."
    alt = f"Matrix of {label} between {len(names)} indicators: {', '.join(names)}.{extremes}"
    return Picture(figure, alt, f"{label} between indicators, each directed so that higher is better.{extremes}")


@styled
def correlation_bars(
    frame: pd.DataFrame,
    *,
    metric: str = "krocc",
    ceiling: float | None = None,
    highlight: Sequence[str] = ("params",),
    name: str = "proxy",
) -> Picture:
    """Each indicator's correlation with accuracy, with intervals, and the ceiling as a line.

    Args:
        frame: one row per indicator: name, value, low, high; where there is a column `metric`, only its rows are drawn.
        metric: which metric.
        ceiling: agreement of two trainings.
        highlight: indicators drawn in another colour and with a diamond.
        name: column of names.

    Returns:
        The picture.
    """
    rows = frame[frame["metric"] == metric] if "metric" in frame.columns else frame
    rows = rows.dropna(subset=["value"]).sort_values("value")
    figure, axes = canvas(6.4, 0.8 + 0.28 * len(rows))
    for i, (_, row) in enumerate(rows.iterrows()):
        marked = row[name] in highlight
        ends = [[max(row["value"] - row["low"], 0)], [max(row["high"] - row["value"], 0)]]
        colour, mark = (ORANGE, "D") if marked else (BLUE, "o")
        axes.errorbar(row["value"], i, xerr=ends, fmt=mark, color=colour, markersize=5, capsize=2.5, linewidth=1.5)
    axes.set_yticks(range(len(rows)), rows[name])
    axes.axvline(0, color=GREY, linewidth=0.8)
    text = ""
    if ceiling is not None:
        axes.axvline(
            ceiling, color=VERMILION, linestyle="--", linewidth=1.2, label=f"two trainings agree: {number(ceiling)}"
        )
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0)
        text = f" The dashed line is the agreement of two trainings, {number(ceiling)}."
    axes.set(xlabel=f"{TITLES[metric]} with accuracy", ylim=(-0.7, len(rows) - 0.3))
    values = "; ".join(
        f"{row[name]} {number(row['value'])} [{number(row['low'])}, {number(row['high'])}]"
        for _, row in rows[::-1].iterrows()
    )
    caption = (
        f"{TITLES[metric]} of each indicator with accuracy, with bootstrap intervals; diamonds mark"
        f" {', '.join(highlight)}.{text}"
    )
    return Picture(figure, f"Dots with intervals, from best to worst: {values}.{text}", caption)


@styled
def indicator_scatters(
    scores: pd.DataFrame, accuracy: pd.Series, *, transform: Mapping[str, str] | None = None, unit: str = "test accuracy, %"
) -> Picture:
    """One small scatter per indicator, score against accuracy.

    Args:
        scores: directed scores, one column per panel.
        accuracy: by arch.
        transform: columns drawn on a logarithmic scale, {column: "ln"}; by default those of the fusion, os and cnntk.
        unit: label of the vertical axis.

    Returns:
        The picture.
    """
    transform = {"os": "ln", "cnntk": "ln"} if transform is None else transform
    figure, axes = panels(scores.shape[1])
    found = []
    for ax, name in zip(axes, scores.columns, strict=True):
        x = scores[name].replace([np.inf, -np.inf], np.nan).dropna()
        y = accuracy.loc[x.index]
        tau = number(krocc(x, y)) if len(x) > 1 else "none"
        logarithmic = transform.get(name) == "ln"
        shown = np.sign(x) * np.log(x.abs() + 1e-12) if logarithmic else x
        shown = shown.clip(*shown.quantile([0.01, 0.99]))
        ax.scatter(shown, y, s=5, color=BLUE, alpha=0.45, linewidth=0, rasterized=len(x) > 100)
        ax.set_title(f"{name}   τ-b {tau}", loc="left")
        ax.set_xlabel("sign · ln |score|" if logarithmic else "score")
        ax.locator_params(axis="x", nbins=4)
        found.append(f"{name} {tau}")
    axes[0].set_ylabel(unit)
    alt = f"{scores.shape[1]} scatter plots of score against {unit}; Kendall's tau-b: {', '.join(found)}."
    return Picture(
        figure,
        alt,
        "Each indicator (directed: higher is better) against accuracy; one point is one architecture. Scores below"
        " the 1st or above the 99th percentile are drawn at the edge.",
    )
