"""Pictures of what indicators cost: alone and together, by pass, against size, beside other code."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator, NullLocator

from untrained.report.style import BLUE, GREY, ORANGE, SKY, Picture, canvas, number, panels, short, styled

INK = "#222222"


def _rows(names: list[str], *, width: float = 6.6) -> tuple[Figure, Axes]:
    """A canvas with one named row per entry, the first on top, on a logarithmic axis of cost."""
    figure, axes = canvas(width, 1.0 + 0.225 * len(names))
    axes.set_yticks(range(len(names)), names)
    axes.set(xscale="log", ylim=(len(names) - 0.4, -0.6))
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    return figure, axes


def _legend(axes: Axes, columns: int) -> None:
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, borderaxespad=0.2, handletextpad=0.3, columnspacing=1.4
    )


def _beside(axes: Axes, texts: list[str], title: str, *, points: int = 34, side: str = "right") -> None:
    """A column of text to the right of the rows, aligned at a distance from their end."""
    shift = {"textcoords": "offset points", "ha": side}
    for place, text in enumerate(texts):
        axes.annotate(text, (1, place), (points, 0), xycoords=("axes fraction", "data"), va="center", color=INK, **shift)
    axes.annotate(title, (1, 1), (points, 5), xycoords="axes fraction", color=GREY, **shift)


def _digits(value: float) -> str:
    """Two significant digits, without a power of ten."""
    return f"{float(f'{value:.2g}'):,.10g}"


@styled
def cost_dots(frame: pd.DataFrame, *, together: float) -> Picture:
    """Cost of every indicator alone and once its passes are there, and of all of them in one run.

    Args:
        frame: one row per indicator: proxy, alone, own, in units of the calibration; and apart: whether it is left out of
            the run.
        together: units of the run that computes all others.

    Returns:
        The picture.
    """
    frame = frame.sort_values("alone", ascending=False).reset_index(drop=True)
    figure, axes = _rows(list(frame["proxy"]))
    place = np.arange(len(frame))
    own = frame["own"].clip(upper=frame["alone"])
    axes.hlines(place, own, frame["alone"], color=SKY, linewidth=2.2, zorder=2)
    axes.axvline(together, color=ORANGE, linewidth=1.5, zorder=1, label=f"all in one run: {short(together)}")
    axes.scatter(own, place, s=26, color="white", edgecolor=BLUE, linewidth=1.3, zorder=3, label="its passes already paid")
    axes.scatter(frame["alone"], place, s=30, color=BLUE, zorder=4, label="alone")
    _beside(axes, [_digits(value) for value in frame["alone"]], "alone")
    _legend(axes, 3)
    axes.set(xlabel="CPU time per architecture, calibration units")
    total, dear, cheap = frame.loc[~frame["apart"], "alone"].sum(), frame.iloc[0], frame.iloc[-1]
    left = f", without {', '.join(frame.loc[frame['apart'], 'proxy'])}," if frame["apart"].any() else ""
    alt = (
        f"Two dots per indicator, cost alone and once its passes are paid, for {len(frame)} indicators from {dear['proxy']}"
        f" ({short(dear['alone'])} units) to {cheap['proxy']} ({short(cheap['alone'])}). A line marks one run of them"
        f" all{left or ','} {short(together)} units; their sum is {short(total)}."
    )
    caption = (
        f"Cost of each indicator, median over architectures. One run of them all{left} shares the passes: {short(together)}"
        f" units where the sum of the single ones is {short(total)}."
    )
    return Picture(figure, alt, caption)


@styled
def pass_dots(frame: pd.DataFrame) -> Picture:
    """Cost of every pass in plain forward passes, with the range over architectures, on a logarithmic axis.

    Args:
        frame: one row per architecture and pass: pass, forwards.

    Returns:
        The picture.
    """
    table = frame.groupby("pass")["forwards"].agg(["median", "min", "max"]).sort_values("median")
    figure, axes = _rows(list(table.index), width=6.2)
    place = np.arange(len(table))
    axes.hlines(place, table["min"], table["max"], color=SKY, linewidth=2.2, zorder=2, label="range over architectures")
    axes.scatter(table["median"], place, s=30, color=BLUE, zorder=3, label="median")
    axes.axvline(1, color=GREY, linewidth=1, linestyle="--", zorder=1)
    _beside(axes, [_digits(value) for value in table["median"]], "median")
    _legend(axes, 2)
    axes.set(xlabel="plain forward passes of the same minibatch")
    values = "; ".join(f"{name} {short(value)}" for name, value in table["median"].items())
    caption = (
        "Cost of each pass once the recorded forward pass is there, in plain forward passes (`outputs`, dashed) of the same"
        " network; the ranges are those over architectures."
    )
    return Picture(figure, f"Dots with ranges; median cost of each pass in plain forward passes: {values}.", caption)


@styled
def peer_dots(frame: pd.DataFrame) -> Picture:
    """Cost of each indicator here and in other code, with the ratio of the two.

    Args:
        frame: one row per indicator: proxy, code, ours, peer (units), ratio.

    Returns:
        The picture.
    """
    frame = frame.sort_values("ratio", ascending=False).reset_index(drop=True)
    groups = [name.split(" + ") for name in frame["proxy"]]
    figure, axes = _rows([name if not more else f"{name} + {len(more)} more" for name, *more in groups])
    place = np.arange(len(frame))
    axes.hlines(
        place, frame[["ours", "peer"]].min(axis=1), frame[["ours", "peer"]].max(axis=1), color="#CCCCCC", linewidth=2
    )
    axes.scatter(frame["peer"], place, s=32, color=ORANGE, marker="D", zorder=3, label="other code")
    axes.scatter(frame["ours"], place, s=34, color=BLUE, zorder=4, label="here")
    _beside(axes, [f"{_digits(ratio)}×" for ratio in frame["ratio"]], "ratio")
    _beside(axes, list(frame["code"]), "other code", points=44, side="left")
    _legend(axes, 2)
    axes.set(xlabel="CPU time per architecture, calibration units")
    values = "; ".join(f"{row['proxy']} {short(row['ratio'])}" for _, row in frame.iterrows())
    faster = int((frame["ratio"] > 1).sum())
    caption = (
        f"Each indicator alone, here and in the fastest other code that was measured; {faster} of {len(frame)} cost less"
        " here. The other code was measured on a like machine, beside the same calibration."
    )
    return Picture(figure, f"Pairs of dots per indicator. Cost in other code over cost here: {values}.", caption)


@styled
def scaling_lines(frame: pd.DataFrame) -> Picture:
    """Cost per architecture against sizes, one panel each, with the slope on the two logarithmic axes.

    Args:
        frame: one row per size, value and line: parameter, value, line, units.

    Returns:
        The picture.
    """
    names = list(dict.fromkeys(frame["parameter"]))
    figure, axes = panels(len(names), columns=3, width=2.6, height=2.7)
    found = []
    for ax, name in zip(axes, names, strict=True):
        part = frame[frame["parameter"] == name]
        for _, line in part.groupby("line"):
            ax.plot(line["value"], line["units"], color=SKY, linewidth=1, zorder=2)
        middle = part.groupby("value")["units"].median()
        ax.plot(middle.index, middle, color=BLUE, marker="o", markersize=5, zorder=3)
        power = number(round(np.polyfit(np.log(middle.index), np.log(middle), 1)[0], 2) + 0.0)  # no minus zero
        _scales(ax, part["units"], list(middle.index))
        ax.set_xlabel(name)
        ax.set_title(f"power {power}", loc="left", color=INK)
        ends = f"{short(middle.iloc[0])} units at {middle.index[0]:,} to {short(middle.iloc[-1])} at {middle.index[-1]:,}"
        found.append(f"{name}: {ends}, power {power}")
    axes[0].set_ylabel("units per architecture")
    caption = (
        "Cost per architecture of all indicators of a run; pale lines are single architectures. The power is the slope on"
        " the two logarithmic axes: 1 is proportional, 0 is constant."
    )
    return Picture(figure, f"Lines of cost per architecture. {'; '.join(found)}.", caption)


def _scales(axes: Axes, shown: pd.Series, values: list[float]) -> None:
    """Two logarithmic axes with plain numbers, at least a decade high so that a flat line looks flat."""
    low, high = shown.min() / 1.4, shown.max() * 1.4
    axes.set(xscale="log", yscale="log", ylim=(min(low, high / 10), high))
    axes.xaxis.set_major_locator(FixedLocator(values))
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(lambda value, _: f"{value:,g}")
