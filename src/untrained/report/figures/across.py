"""Pictures over many benchmarks: which indicator leads where, and how far ours are from published code."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from untrained.report.figures.indicators import TITLES
from untrained.report.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    Picture,
    canvas,
    number,
    panels,
    styled,
)
from untrained.report.tables import LEAST, ranked

INK = "#222222"
LINES = (BLUE, GREEN, PURPLE, VERMILION, SKY)
"""Colours of the lines that are not highlighted."""


@styled
def indicator_heat(frame: pd.DataFrame, *, metric: str = "krocc", highlight: Sequence[str] = ("params",)) -> Picture:
    """Every indicator on every benchmark, best mean rank on top; the best of each benchmark is framed.

    Args:
        frame: one row per indicator and benchmark: proxy, benchmark, value, low, high, ceiling.
        metric: the correlation that `value` is.
        highlight: indicators with a mark.

    Returns:
        The picture.

    Raises:
        ValueError: if the metric is no correlation.
    """
    if metric not in TITLES or metric == "rmse":
        raise ValueError(f"Got metric {metric!r}: a map with a sign needs one of plcc, srocc, krocc.")
    values, ranks = ranked(frame)
    zero = frame.assign(zero=(frame["low"] <= 0) & (frame["high"] >= 0)).pivot(
        index="proxy", columns="benchmark", values="zero"
    )
    ceiling = frame.groupby("benchmark", sort=False)["ceiling"].first().loc[values.columns]
    top = -1.35 if ceiling.notna().any() else 0.0
    figure, axes = canvas(2.2 + _width(values.shape[1]), 1.35 + 0.215 * (len(values) - top))
    _cells(axes, values, 0.0, grey=zero.reindex_like(values).eq(True))
    if top:
        _cells(axes, ceiling.to_frame().T, top)
    for row, column in np.argwhere((values == values.max()).to_numpy()):
        axes.add_patch(Rectangle((column, row), 1, 1, fill=False, edgecolor=INK, linewidth=1.4, zorder=4))
    names = [f"\N{BLACK DIAMOND}  {name}" if name in highlight else name for name in values.index]
    rows = np.arange(len(names)) + 0.5
    axes.set_yticks([*([top + 0.5] if top else []), *rows], [*(["two trainings"] if top else []), *names])
    for label in axes.get_yticklabels():
        if label.get_text().startswith("\N{BLACK DIAMOND}"):
            label.set(color="#A85F00", fontweight="bold")
        elif label.get_text() == "two trainings":
            label.set(color=GREY, fontstyle="italic")
    beside = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "va": "center", "annotation_clip": False}
    for place, mean in zip(rows, ranks.mean(axis=1), strict=True):
        axes.annotate(f"{mean:.1f}", (1, place), (30, 0), ha="right", color=INK, **beside)
    axes.annotate("mean rank", (1, -0.45), (5, 1), ha="left", color=GREY, fontsize=7.5, **beside)
    _columns(axes, list(values.columns))
    axes.set(ylim=(len(values) + 0.05, top - 0.05))
    leaders = "; ".join(f"{name}: {column.idxmax()} {number(column.max())}" for name, column in values.items())
    alt = f"Map of {TITLES[metric]} of {len(values)} indicators on {_count(values.columns)}. Best of each: {leaders}."
    agree = " The top row is the agreement of two trainings." if top else ""
    caption = (
        f"{TITLES[metric]} with accuracy, best mean rank on top, the best of each benchmark framed. Red: the direction that"
        " the paper states; blue: against it; grey numbers: the interval reaches 0; empty: no score. The diamond marks"
        f" {', '.join(highlight)}.{agree}"
    )
    return Picture(figure, alt, caption)


def _width(columns: int) -> float:
    """Inches of a map's columns: broad ones while there is room on a page."""
    return columns * min(max(7 / columns, 0.42), 0.7)


def _count(names: Sequence[str]) -> str:
    return f"{len(names)} benchmark{'s' if len(names) > 1 else ''}"


def _cells(axes: Axes, values: pd.DataFrame, top: float, grey: pd.DataFrame | None = None) -> None:
    """Coloured cells with their numbers from -1 to 1, the first row at `top`."""
    down, across = values.shape
    colours = mpl.colormaps["RdBu_r"].with_extremes(bad="white")
    shown, size = np.ma.masked_invalid(values.to_numpy(float)), 7.5 if across <= 12 else 6.5
    edges = np.arange(across + 1), top + np.arange(down + 1)
    axes.pcolormesh(*edges, shown, cmap=colours, vmin=-1, vmax=1, edgecolor="white", linewidth=1, zorder=2)
    for (row, column), value in np.ndenumerate(shown.filled(np.nan)):
        if np.isfinite(value):
            faint = grey is not None and grey.iat[row, column]
            colour = "white" if abs(value) > 0.6 else "#777777" if faint else INK
            place = column + 0.5, top + row + 0.5
            axes.text(*place, number(value), ha="center", va="center", fontsize=size, color=colour, zorder=3)


def _columns(axes: Axes, names: list[str]) -> None:
    """Names of benchmarks above a grid without lines."""
    turned = {"rotation": 40 if len(names) <= 12 else 60, "ha": "left", "rotation_mode": "anchor"} if len(names) > 1 else {}
    axes.grid(visible=False)
    axes.xaxis.tick_top()
    axes.set_xticks(np.arange(len(names)) + 0.5, names, **turned)
    axes.tick_params(length=0)
    axes.set_xlim(0, len(names))
    for spine in axes.spines.values():
        spine.set_visible(False)


@styled
def rank_lines(
    frame: pd.DataFrame, *, follow: Sequence[str] = ("cj", "os", "nlr", "cnntk"), highlight: Sequence[str] = ("params",)
) -> Picture:
    """Rank of some indicators among all, benchmark by benchmark, with the one whose mean rank is best; all others pale.

    Args:
        frame: one row per indicator and benchmark: proxy, benchmark, value.
        follow: indicators with a line of their own, where they were scored.
        highlight: those in orange with diamonds.

    Returns:
        The picture.
    """
    _, ranks = ranked(frame)
    chosen = [name for name in dict.fromkeys([ranks.index[0], *highlight, *follow]) if name in ranks.index]
    names, across = list(ranks.columns), np.arange(ranks.shape[1])
    lowest = int(np.ceil(ranks.max().max()))
    figure, axes = canvas(2.6 + _width(len(names)), 1.3 + 0.115 * max(lowest, 14))
    for name in ranks.index.difference(chosen, sort=False):
        axes.plot(across, ranks.loc[name], color="#CFCFCF", linewidth=0.9, marker="o", markersize=2.6, zorder=1)
    colours = iter(LINES * len(chosen))
    ends = {}
    for name in chosen:
        colour, mark = (ORANGE, "D") if name in highlight else (next(colours), "o")
        there = ranks.loc[name].notna().to_numpy()
        bridged = np.interp(across, across[there], ranks.loc[name][there])
        axes.plot(across, bridged, color=colour, linewidth=1.1, linestyle=":", zorder=2)
        axes.plot(across, ranks.loc[name], color=colour, linewidth=2, marker=mark, markersize=6, zorder=3)
        ends[name] = bridged[-1], colour
    for name, place in _apart({name: rank for name, (rank, _) in ends.items()}, 0.15 / 0.115 * lowest / max(lowest, 14)):
        text = f"{name}, best mean rank" if name == chosen[0] else name
        axes.annotate(
            text, (across[-1], place), (10, 0), textcoords="offset points", va="center", color=ends[name][1],
            annotation_clip=False, fontweight="bold",
        )  # fmt: skip
    _columns(axes, names)
    axes.set_xticks(across, names)
    axes.set(xlim=(-0.4, across[-1] + 0.15), ylim=(lowest + 0.8, 0.2), ylabel=f"rank among {len(ranks)} indicators")
    axes.set_yticks([1, *range(5, lowest + 1, 5)])
    places = "; ".join(f"{name}: {', '.join(f'{r:g}' for r in ranks.loc[name].dropna())}" for name in chosen)
    alt = f"Rank, 1 is best, of {len(chosen)} indicators among {len(ranks)} on {', '.join(names)}. {places}."
    caption = (
        f"Rank among all indicators; {chosen[0]} has the best mean rank. Pale: the others. Dotted, without a dot: not"
        " scored there; equal values share the mean of their ranks."
    )
    return Picture(figure, alt, caption)


def _apart(places: dict[str, float], least: float) -> list[tuple[str, float]]:
    """Heights of labels in order, moved apart evenly where two are nearer than `least`."""
    names = sorted(places, key=places.__getitem__)
    found = np.array([places[name] for name in names], float)
    for _ in range(200):
        near = np.flatnonzero(np.diff(found) < least - 1e-9)
        if not len(near):
            break
        for place in near:
            middle = found[place : place + 2].mean()
            found[place : place + 2] = middle - least / 2, middle + least / 2
    return list(zip(names, found.tolist(), strict=True))


@styled
def benchmark_agreement(frame: pd.DataFrame) -> Picture:
    """Spearman's correlation between the orders in which two benchmarks put the indicators.

    Args:
        frame: one row per indicator and benchmark: proxy, benchmark, value; indicators scored on both count.

    Returns:
        The picture.

    Raises:
        ValueError: if there is one benchmark only.
    """
    values, _ = ranked(frame)
    names = list(values.columns)
    if len(names) < 2:
        raise ValueError(f"Got one benchmark, {names[0]}, wanted two or more: score another.")
    matrix = values.corr("spearman", min_periods=3)
    lower = matrix.where(np.tri(len(names), k=-1, dtype=bool)).iloc[1:, :-1]
    figure, axes = canvas(min(4.6 + _width(len(lower)), 11.5), 1.7 + 0.26 * len(lower))
    _cells(axes, lower, 0.0)
    _columns(axes, list(lower.columns))
    axes.set_yticks(np.arange(len(lower)) + 0.5, lower.index)
    axes.set_ylim(len(lower), 0)
    pairs = lower.stack().dropna().sort_values()
    ends = ""
    if len(pairs):
        (a, b), (c, d) = pairs.index[-1], pairs.index[0]
        ends = f" Most alike: {b} and {a} ({number(pairs.iloc[-1])}); least: {d} and {c} ({number(pairs.iloc[0])})."
    alt = f"Triangle of Spearman's correlation between the orders of indicators on {len(names)} benchmarks.{ends}"
    caption = f"Spearman's correlation between the indicators' orders on two benchmarks, over those scored on both.{ends}"
    return Picture(figure, alt, caption)


@styled
def reference_dots(frame: pd.DataFrame) -> Picture:
    """Worst relative error of every indicator against published code, in whole powers of ten, and what was asked.

    Args:
        frame: one row per proxy, config and precision: proxy, config, precision, within (a power of ten), asked, hold.

    Returns:
        The picture.
    """
    names = sorted(set(frame["proxy"]))
    kinds = list(dict.fromkeys(frame["precision"]))
    figure, axes = panels(len(kinds), columns=2, width=3.5, height=1.2 + 0.21 * len(names))
    looks = dict(zip(dict.fromkeys(frame["config"]), LOOKS, strict=False))
    for ax, kind in zip(axes, kinds, strict=True):
        part = frame[frame["precision"] == kind]
        asked = part["asked"].iloc[0]
        ax.axvline(asked, color=VERMILION, linestyle="--", linewidth=1.2, zorder=1)
        shift = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "ha": "center"}
        ax.annotate(f"asked $10^{{{np.log10(asked):.0f}}}$", (asked, 1), (0, 4), color=VERMILION, **shift)
        for config, rows in part.groupby("config", sort=False):
            ax.scatter(rows["within"], rows["proxy"].map(names.index), zorder=3, label=config, **looks[config])
        _decades(ax, max(frame["within"].max(), frame["asked"].max()))
        ax.set_yticks(range(len(names)), names if ax is axes[0] else [""] * len(names))
        ax.set(ylim=(len(names) - 0.4, -0.6), xlabel="relative error at most")
        ax.set_title(kind, loc="left", color=INK)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower right", ncols=3, handletextpad=0.2)
    worst = {kind: frame.loc[frame["precision"] == kind, "within"].max() for kind in kinds}
    words = "; ".join(f"{kind} at most {_power(value)}" for kind, value in worst.items())
    alt = f"Worst relative error of {len(names)} figures against published code: {words}. A line marks what is asked."
    caption = (
        "Worst relative error against the authors' own code, rounded up to powers of ten, from"
        f" {_power(LEAST)} or less. Dashed: the error asked for; to its right,"
        f" {'rounding was measured to allow more.' if frame['hold'].all() else 'more was allowed, or the figure is wrong.'}"
    )
    return Picture(figure, alt, caption)


LOOKS = (
    {"s": 62, "facecolor": "none", "edgecolor": BLUE, "linewidth": 1.4},
    {"s": 18, "color": ORANGE, "marker": "D"},
    {"s": 60, "color": GREEN, "marker": "+"},
)
"""Marks that can be told apart at one place."""


def _decades(axes: Axes, high: float) -> None:
    """A logarithmic axis with a label at every power of ten, the first of which holds all below it."""
    powers = np.arange(round(np.log10(LEAST)), round(np.log10(high)) + 1)
    every = 2 if len(powers) > 7 else 1
    labels = ["" if place % every else f"$10^{{{power}}}$" for place, power in enumerate(powers)]
    axes.set(xscale="log", xlim=(LEAST / 4, high * 4))
    axes.set_xticks(10.0**powers, [f"$\\leq${labels[0]}", *labels[1:]])
    axes.minorticks_off()
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _power(value: float) -> str:
    """A power of ten in words of a caption.

    >>> _power(1e-9)
    '10^−9'
    """
    return f"10^{number(np.log10(value), 0)}"
