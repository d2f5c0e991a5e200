"""Pictures of a benchmark's accuracies and of their noise."""

import re

import numpy as np
import pandas as pd

from untrained.report.style import BLUE, GREY, ORANGE, Picture, canvas, number, styled
from untrained.stats.correlation import krocc


@styled
def accuracy_histogram(table: pd.DataFrame, *, column: str = "test_acc", unit: str = "test accuracy, %") -> Picture:
    """Histogram of accuracies, with a bar as long as the noise between training seeds.

    Args:
        table: of a benchmark: `test_acc` (mean over seeds) and one column per seed, `test_acc_0`...
        column: which accuracy.
        unit: label of the axis.

    Returns:
        The picture.
    """
    values = table[column].to_numpy(float)
    figure, axes = canvas(6.4, 3.2)
    counts, *_ = axes.hist(values, bins=min(40, max(5, len(values) // 8)), color=BLUE, edgecolor="white", linewidth=0.4)
    axes.set(xlabel=unit, ylabel="architectures", ylim=(0, counts.max() * 1.25))
    noise, seeds = _noise(table, column)
    text = ""
    if seeds > 1:
        middle, height = float(np.median(values)), counts.max() * 1.12
        axes.errorbar(middle, height, xerr=noise, color=ORANGE, capsize=4, linewidth=2, fmt="none")
        axes.annotate(
            f"±1 sd between seeds ({number(noise)})",
            (middle + noise, height),
            (6, 0),
            textcoords="offset points",
            va="center",
        )
        text = f" The standard deviation between {seeds} training seeds of one architecture is {number(noise)}."
    q = np.quantile(values, [0.1, 0.5, 0.9])
    spread = (
        f"10 % of the {len(values)} architectures are below {number(q[0], 1)}, half below {number(q[1], 1)}, 90 % below"
        f" {number(q[2], 1)}."
    )
    alt = f"Histogram of {unit}, from {number(values.min(), 1)} to {number(values.max(), 1)}. {spread}{text}"
    return Picture(figure, alt, f"Distribution of the {unit.split(',')[0]} (mean over training seeds). {spread}{text}")


@styled
def seed_scatter(
    table: pd.DataFrame, *, first: str = "test_acc_0", second: str = "test_acc_1", unit: str = "test accuracy, %"
) -> Picture:
    """Accuracy of one training seed against another: the ceiling of every indicator, seen.

    Args:
        table: of a benchmark, with the two columns.
        first: column of the horizontal axis.
        second: column of the vertical axis.
        unit: what the columns hold.

    Returns:
        The picture.
    """
    both = table[[first, second]].dropna()
    a, b = both[first].to_numpy(float), both[second].to_numpy(float)
    figure, axes = canvas(4.4, 4.2)
    axes.scatter(a, b, s=9, color=BLUE, alpha=0.5, linewidth=0)
    ends = [min(a.min(), b.min()), max(a.max(), b.max())]
    axes.plot(ends, ends, color=GREY, linewidth=1, linestyle="--")
    tau = number(krocc(a, b))
    axes.set(xlabel=f"{unit} ({first})", ylabel=f"{unit} ({second})", aspect="equal")
    axes.set_title(f"Kendall's τ-b = {tau}", loc="left")
    alt = f"Scatter plot of {len(a)} architectures, {second} against {first}, along the diagonal; Kendall's tau-b is {tau}."
    caption = (
        f"The same {len(a)} architectures trained twice. Where two trainings of one truth agree with τ-b {tau}, no"
        " indicator can do much better."
    )
    return Picture(figure, alt, caption)


def _noise(table: pd.DataFrame, column: str) -> tuple[float, int]:
    """Pooled standard deviation between training seeds, and their number."""
    seeds = table[[name for name in table.columns if re.fullmatch(rf"{re.escape(column)}_\d+", str(name))]]
    if seeds.shape[1] < 2:
        return float("nan"), seeds.shape[1]
    return float(np.sqrt(np.nanmean(seeds.var(axis=1, ddof=1)))), seeds.shape[1]
