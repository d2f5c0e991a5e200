"""Pictures of how far a score depends on how it was measured."""

import pandas as pd

from untrained.report.figures.indicators import TITLES
from untrained.report.style import GREY, PALETTE, Picture, canvas, number, styled


@styled
def stability_dots(frame: pd.DataFrame, *, metric: str = "srocc", wanted: float = 0.99) -> Picture:
    """Agreement of scores with the same scores measured otherwise, with intervals.

    Args:
        frame: one row per indicator, other measurement and metric: proxy, other, metric, value, low, high.
        metric: which metric.
        wanted: agreement from which on the two are taken as one; drawn as a line.

    Returns:
        The picture.
    """
    rows = frame[frame["metric"] == metric]
    names = rows.groupby("proxy")["value"].min().sort_values().index
    others = list(dict.fromkeys(rows["other"]))
    figure, axes = canvas(6.4, 1.2 + 0.26 * len(names))
    for other, colour in zip(others, PALETTE, strict=False):
        part = rows[rows["other"] == other].set_index("proxy")
        places = [names.get_loc(name) + 0.16 * (others.index(other) - (len(others) - 1) / 2) for name in part.index]
        ends = [(part["value"] - part["low"]).clip(lower=0), (part["high"] - part["value"]).clip(lower=0)]
        axes.errorbar(part["value"], places, xerr=ends, fmt="o", color=colour, markersize=4, capsize=2, label=other)
    axes.axvline(wanted, color=GREY, linestyle="--", linewidth=1)
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel=f"{TITLES[metric]} of the two scores", ylim=(-0.7, len(names) - 0.3))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, ncols=2)
    values = "; ".join(
        f"{row.proxy} {number(row.value)} ({row.other})" for row in rows.sort_values("value").itertuples(index=False)
    )
    below = sorted({row.proxy for row in rows.itertuples() if row.value < wanted})
    caption = (
        f"{TITLES[metric]} of each indicator with itself, measured otherwise, over the same architectures, with "
        f"bootstrap intervals. The dashed line is {wanted:g}; below it {len(below)} of {len(names)}."
    )
    return Picture(figure, f"Dots with intervals, the least stable first: {values}.", caption)
