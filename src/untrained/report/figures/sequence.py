"""Pictures of metrics on sequence models: against loss, and our correlations beside released ones."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from untrained.report.figures.indicators import TITLES
from untrained.report.style import BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILION, Picture, canvas, number, panels, styled
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
def released_dots(
    frame: pd.DataFrame,
    *,
    metric: str = "krocc",
    highlight: Sequence[str] = ("params",),
    truth: str = "the negative test loss",
) -> Picture:
    """Our correlations with intervals, and the released ones where there are any.

    Args:
        frame: one row per indicator: proxy, value, low, high, released (nan where nothing was released).
        metric: which metric the values are of.
        highlight: indicators drawn in another colour.
        truth: what the values are correlations with.

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
    axes.set(xlabel=f"{TITLES[metric]} with {truth}", ylim=(-0.7, len(rows) - 0.3))
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0)
    values = "; ".join(
        f"{row['proxy']} {number(row['value'])} [{number(row['low'])}, {number(row['high'])}]"
        + ("" if np.isnan(row["released"]) else f", released {number(row['released'])}")
        for _, row in rows[::-1].iterrows()
    )
    caption = (
        f"{TITLES[metric]} of each metric with {truth}, directed as stated, with 95 % intervals; open diamonds are the"
        " correlations of the released values."
    )
    return Picture(figure, f"Dots with intervals, from best to worst: {values}.", caption)


@styled
def group_scatters(scores: pd.DataFrame, truth: pd.Series, groups: pd.Series, *, label: str) -> Picture:
    """Some metrics against the truth, coloured by group, with tau-b over all and inside the groups.

    Args:
        scores: one column per metric; rows without a value are left out of its panel.
        truth: by architecture.
        groups: label of each architecture, at most four of them.
        label: of the truth.

    Returns:
        The picture.
    """
    figure, axes = panels(len(scores.columns), columns=3, width=2.7, height=2.9)
    colours, found = dict(zip(sorted(groups.unique()), (BLUE, GREEN, ORANGE, PURPLE), strict=False)), []
    for ax, name in zip(axes, scores, strict=True):
        m = scores[name].dropna()
        y, kind = truth.loc[m.index], groups.loc[m.index]
        for group, colour in colours.items():
            part = m[kind == group]
            ax.scatter(part, y[part.index], s=7, color=colour, alpha=0.6, linewidth=0, label=group, rasterized=True)
        inside = [krocc(m[kind == g], y[kind == g]) for g in colours if m[kind == g].nunique() > 1]
        ax.set_title(f"τ-b {number(krocc(m, y))}", loc="left")
        ax.set_xlabel(name)
        ax.locator_params(axis="x", nbins=4)
        found.append(f"{name} {number(krocc(m, y))} over all, {', '.join(map(number, inside)) or 'constant'} in the groups")
    axes[0].set_ylabel(label)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), markerscale=2, handletextpad=0.1)
    text = f"Kendall's tau-b: {'; '.join(found)}."
    return Picture(
        figure,
        f"{len(found)} scatter plots of a metric against {label}, coloured by {len(colours)} groups. {text}",
        f"One point is one architecture, its colour its group. {text}",
    )


@styled
def size_dots(frame: pd.DataFrame, *, truth: str, held: str) -> Picture:
    """Every metric over all architectures, and inside groups in which size tells nothing.

    Args:
        frame: of `untrained.stats.control.control`, one set of architectures.
        truth: what the values are correlations with.
        held: what is equal or close inside groups.

    Returns:
        The picture.
    """
    whole, inside = (
        frame.query("quantity == @quantity and metric == 'krocc'").set_index("proxy") for quantity in ("overall", "within")
    )
    inside = inside.dropna(subset=["value"]).sort_values("value", kind="stable")
    figure, axes = canvas(6.4, 1.1 + 0.24 * len(inside))
    words = {BLUE: [], GREY: [], VERMILION: []}
    for place, (name, row) in enumerate(inside.iterrows()):
        colour = BLUE if row["low"] > 0 else VERMILION if row["high"] < 0 else GREY
        words[colour].append(f"{name} {number(whole.loc[name, 'value'])} to {number(row['value'])}")
        axes.plot([whole.loc[name, "value"], row["value"]], [place, place], color=colour, linewidth=0.9, linestyle=":")
        axes.plot(whole.loc[name, "value"], place, "o", markerfacecolor="white", markeredgecolor=colour, markersize=5.5)
        ends = np.clip([[row["value"] - row["low"]], [row["high"] - row["value"]]], 0, None)
        axes.errorbar(row["value"], place, xerr=ends, fmt="o", color=colour, markersize=5, capsize=2, zorder=4)
    axes.axvline(0, color=GREY, linewidth=0.8, zorder=0)
    axes.set_yticks(range(len(inside)), inside.index)
    axes.set(xlabel=f"Kendall's τ-b with {truth}", ylim=(-0.7, len(inside) - 0.3))
    kinds = {BLUE: "Above 0 inside groups", GREY: "Not told from 0", VERMILION: "Below 0"}
    listed = " ".join(f"{kinds[colour]}: {', '.join(cells) or 'none'}." for colour, cells in words.items())
    caption = (
        f"Kendall's τ-b with {truth} over all architectures (open) and inside groups of {held} (filled: mean weighted by"
        " group size, 95 % interval). Blue: above 0 inside groups; grey: the interval reaches 0; red: below 0."
    )
    return Picture(figure, f"Open and filled dots per metric, over all and inside groups. {listed}", caption)
