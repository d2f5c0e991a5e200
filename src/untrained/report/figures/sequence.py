"""Pictures of metrics on sequence models: against loss, and our correlations beside released ones."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from untrained.report.figures.indicators import TITLES
from untrained.report.style import BLUE, GREEN, GREY, ORANGE, VERMILION, Picture, canvas, number, panels, styled
from untrained.stats.correlation import krocc

NULL = 99_988.487
"""What one null direction costs a hidden covariance."""


@styled
def covariance_scatters(scores: pd.DataFrame, loss: pd.Series, states: pd.Series) -> Picture:
    """Hidden covariance of each layer against test loss, coloured by the number of hidden states.

    Args:
        scores: columns `hidden_covariance_1`, ...; negative numbers, higher is better.
        loss: test loss in nats per token, by recipe.
        states: number of hidden states, by recipe.

    Returns:
        The picture.
    """
    names = [name for name in scores if str(name).startswith("hidden_covariance")]
    figure, axes = panels(len(names), columns=3, width=2.6, height=2.7)
    found, colours = [], dict(zip(sorted(states.unique()), (BLUE, ORANGE, GREEN), strict=False))
    for ax, name in zip(axes, names, strict=True):
        S = scores[name].dropna()
        y, kind = loss.loc[S.index], states.loc[S.index]
        for value, colour in colours.items():
            part = S[kind == value]
            label = f"{value:.0f} state{'s' if value > 1 else ''}"
            ax.scatter(
                np.log10(-part), y[part.index], s=4, color=colour, alpha=0.45, linewidth=0, label=label, rasterized=True
            )
        ax.axvline(np.log10(NULL), color=VERMILION, linewidth=1, linestyle="--")
        tau = number(krocc(S, -y))
        ax.set_title(f"layer {name.rpartition('_')[2]}   τ-b {tau}", loc="left")
        ax.set_xlabel("log₁₀(−S)")
        ax.invert_xaxis()
        found.append(f"layer {name.rpartition('_')[2]} {tau}")
    axes[0].set_ylabel("test loss, nats per token")
    axes[0].legend(loc="upper right", markerscale=2.5, handletextpad=0.1)
    text = f"Kendall's tau-b with the negative loss: {', '.join(found)}."
    alt = f"{len(names)} scatter plots of hidden covariance S, better to the right, against test loss. {text}"
    caption = (
        "Hidden covariance of each layer at random initialisation against the test loss after training; one point is one"
        f" recipe. Right of the dashed line no direction of the hidden state is null. {text}"
    )
    return Picture(figure, alt, caption)


@styled
def released_dots(frame: pd.DataFrame, *, metric: str = "krocc", highlight: Sequence[str] = ("params",)) -> Picture:
    """Our correlations with intervals, and the released ones where there are any.

    Args:
        frame: one row per indicator: proxy, value, low, high, released (nan where nothing was released).
        metric: which metric the values are of.
        highlight: indicators drawn in another colour.

    Returns:
        The picture.
    """
    rows = frame.dropna(subset=["value"]).sort_values("value").reset_index(drop=True)
    figure, axes = canvas(6.4, 0.9 + 0.28 * len(rows))
    for i, row in rows.iterrows():
        colour = ORANGE if row["proxy"] in highlight else BLUE
        ends = [[max(row["value"] - row["low"], 0)], [max(row["high"] - row["value"], 0)]]
        axes.errorbar(row["value"], i, xerr=ends, fmt="o", color=colour, markersize=5, capsize=2.5, linewidth=1.5)
    there = rows.dropna(subset=["released"])
    axes.scatter(
        there["released"], there.index, marker="D", s=34, facecolor="none", edgecolor=VERMILION, zorder=3, label="released"
    )
    axes.set_yticks(range(len(rows)), rows["proxy"])
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set(xlabel=f"{TITLES[metric]} with the negative test loss", ylim=(-0.7, len(rows) - 0.3))
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0)
    values = "; ".join(
        f"{row['proxy']} {number(row['value'])} [{number(row['low'])}, {number(row['high'])}]"
        + ("" if np.isnan(row["released"]) else f", released {number(row['released'])}")
        for _, row in rows[::-1].iterrows()
    )
    caption = (
        f"{TITLES[metric]} of each metric with the negative test loss, directed as stated, with 95 % intervals; open"
        " diamonds are the correlations of the released values."
    )
    return Picture(figure, f"Dots with intervals, from best to worst: {values}.", caption)
