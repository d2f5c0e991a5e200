"""Pictures of the strongest fusion: over labels beside published points, over cost, and what pairs of indicators add."""

from collections.abc import Iterable

import matplotlib as mpl
import numpy as np
import pandas as pd

from untrained.fusion.targets import Figure
from untrained.report.figures.indicators import TITLES
from untrained.report.style import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION, YELLOW, Picture, canvas, number, styled

MARKS = {"linear": (BLUE, "o"), "trees": (GREEN, "s"), "process": (SKY, "^"), "process, prior": (PURPLE, "v"),
         "trees + process + networks": (ORANGE, "D"), "networks": (VERMILION, "h"), "pairs": (YELLOW, "P"),
         "boosting": (GREY, "X")}  # fmt: skip
"""Colour and mark of each learner."""


@styled
def label_lines(
    curve: pd.DataFrame, free: pd.DataFrame, figures: Iterable[Figure] = (), *, metric: str = "krocc"
) -> Picture:
    """Held-out quality of every learner over the number of labels, label-free scores as lines, published points as stars.

    Args:
        curve: method, asked, value, low, high, one metric.
        free: label-free scores: method, value.
        figures: published points and targets of this benchmark and metric.
        metric: which.
    """
    figure, axes = canvas(6.6, 4.2)
    places = sorted(set(curve["asked"]))
    for place, (method, part) in enumerate(curve.groupby("method", sort=False)):
        colour, mark = MARKS.get(method, (GREY, "x"))
        part = part.sort_values("asked")
        shifted = part["asked"] * 1.03 ** (place - 3)
        ends = np.clip([part["value"] - part["low"], part["high"] - part["value"]], 0, None)
        axes.errorbar(shifted, part["value"], yerr=ends, color=colour, marker=mark, markersize=4.5, capsize=2, label=method)
    for (_, row), style in zip(free.iterrows(), ("-", "--", ":", "-."), strict=False):
        axes.axhline(row["value"], color=GREY, linestyle=style, linewidth=1.1, label=f"{row['method']}, no label")
    points = [point for point in figures if point.metric == metric]
    for point in points:
        at, published = max(point.labels, places[0] / 1.6), bool(point.paper)
        axes.plot(
            at, point.value, marker="*" if published else "_", color=VERMILION, markersize=10, markeredgewidth=1.6,
            linestyle="", zorder=5,
        )  # fmt: skip
    for marker, words, some in (("*", "published", True), ("_", "target", False)):
        if any(bool(point.paper) is some for point in points):
            axes.plot([], [], marker=marker, color=VERMILION, linestyle="", markersize=9, label=words)
    axes.set(xscale="log", xlabel="labels (at the left end: none)", ylabel=f"held-out {TITLES[metric]}")
    axes.set_xticks(places, [str(n) for n in places])
    axes.minorticks_off()
    axes.figure.legend(loc="outside right upper", fontsize=8)
    cells = (
        f"{method}: " + ", ".join(f"{n} labels {number(v)}" for n, v in zip(part["asked"], part["value"], strict=True))
        for method, part in curve.sort_values("asked").groupby("method", sort=False)
    )
    lines = ", ".join(f"{row['method']} {number(row['value'])}" for _, row in free.iterrows()) or "none"
    stars = ", ".join(f"{p.method} with {p.labels} labels {number(p.value)}" for p in points) or "none"
    alt = f"Held-out {TITLES[metric]}. {'; '.join(cells)}. Without labels: {lines}. Published and targets: {stars}."
    caption = (
        f"Held-out {TITLES[metric]} over the number of labels: mean and the central 95 % of the draws; grey: scores that"
        " have seen no label; published points at the labels they used."
    )
    return Picture(figure, alt, caption)


@styled
def pair_heat(gains: pd.DataFrame, *, count: int = 18) -> Picture:
    """What a pair of indicators has over the better of the two; the diagonal has the tau of each alone.

    Args:
        gains: of `untrained.fusion.complementarity.pair_gains`.
        count: indicators shown, the first of the table.
    """
    shown = gains.iloc[:count, :count]
    values = shown.to_numpy().copy()
    alone = np.diag(values).copy()
    np.fill_diagonal(values, np.nan)
    reach = max(float(np.nanmax(np.abs(values))), 0.01) if len(shown) > 1 else 1.0
    figure, axes = canvas(1.6 + 0.34 * len(shown), 1.3 + 0.3 * len(shown))
    image = axes.imshow(values, cmap="RdBu", vmin=-reach, vmax=reach)
    for place, value in enumerate(alone):
        axes.text(place, place, number(value), ha="center", va="center", fontsize=6.5)
    axes.set_xticks(range(len(shown)), shown.columns, rotation=90)
    axes.set_yticks(range(len(shown)), shown.index)
    axes.grid(visible=False)
    figure.colorbar(mpl.cm.ScalarMappable(image.norm, image.cmap), ax=axes, shrink=0.7, label="gain of the pair in τ-b")
    pairs = shown.where(np.tril(np.ones(shown.shape, bool), -1)).stack().sort_values(ascending=False, kind="stable")
    best = "; ".join(f"{a} with {b} {number(v)}" for (a, b), v in pairs.head(5).items())
    alt = f"Matrix of {len(shown)} indicators. Pairs that gain most over the better of the two: {best or 'none'}."
    caption = (
        "Kendall's τ-b of the log-rank sum of two indicators less that of the better one (blue: the pair is better); on the"
        " diagonal each alone. All labels of the table describe it; no method here chooses by it."
    )
    return Picture(figure, alt, caption)


@styled
def cost_front(front: pd.DataFrame, *, kept: pd.Series | None = None) -> Picture:
    """Held-out quality over the price of the indicators, the cheapest first.

    Args:
        front: count, units, value, low, high, last.
        kept: the row of the smallest set that keeps enough.
    """
    figure, axes = canvas(5.6, 3.6)
    axes.fill_between(front["units"], front["low"], front["high"], color=SKY, alpha=0.3, linewidth=0)
    axes.plot(front["units"], front["value"], marker="o", markersize=4, color=BLUE)
    if kept is not None:
        axes.plot(kept["units"], kept["value"], marker="D", color=ORANGE, markersize=8, linestyle="", zorder=4)
    axes.set(xscale="log", xlabel="price per architecture, in single forward passes (upper bound)")
    axes.set_ylabel("held-out Kendall's τ-b")
    first, last = front.iloc[0], front.iloc[-1]
    alt = (
        f"Curve from {int(first['count'])} indicator at {first['units']:.2g} units with a tau of {number(first['value'])}"
        f" to {int(last['count'])} at {last['units']:,.0f} with {number(last['value'])}."
    )
    if kept is not None:
        alt += f" Diamond: {int(kept['count'])} indicators at {kept['units']:.3g} with {number(kept['value'])}."
    caption = "Indicators added from the cheapest: held-out τ-b, mean and central 95 % of the draws, over the sum of prices."
    return Picture(figure, alt, caption)


@styled
def ablation_dots(rows: pd.DataFrame) -> Picture:
    """What the loss of each part costs, paired by draw.

    Args:
        rows: without, mean (less with everything), low, high.
    """
    rows = rows.sort_values("mean", ascending=False, kind="stable")
    figure, axes = canvas(5.8, 0.9 + 0.26 * len(rows))
    ends = [rows["mean"] - rows["low"], rows["high"] - rows["mean"]]
    axes.errorbar(
        rows["mean"], range(len(rows)), xerr=np.clip(ends, 0, None), fmt="o", color=BLUE, capsize=2, markersize=4.5
    )
    axes.axvline(0, color=GREY, linewidth=1)
    axes.set_yticks(range(len(rows)), [f"without {name}" for name in rows["without"]])
    axes.set(xlabel="Kendall's τ-b, less with everything", ylim=(-0.7, len(rows) - 0.3))
    values = "; ".join(f"without {row['without']} {number(row['mean'], 3)}" for _, row in rows[::-1].iterrows())
    caption = "What is lost without a part: paired difference over draws, two standard errors."
    return Picture(figure, f"Differences in tau: {values}.", caption)
