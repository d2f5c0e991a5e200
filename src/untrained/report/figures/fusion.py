"""Pictures of the fused indicator: against the single ones, over labels, choices, weights, and in search."""

import numpy as np
import pandas as pd

from untrained.report.figures.indicators import TITLES
from untrained.report.style import BLUE, GREEN, GREY, ORANGE, PALETTE, SKY, Picture, canvas, number, panels, styled

KINDS = {"fused": (ORANGE, "D"), "chosen": (GREEN, "s"), "single": (BLUE, "o")}
"""Colour and mark of each kind of method."""


@styled
def fusion_dots(frame: pd.DataFrame) -> Picture:
    """Mean over splits of every method in the four metrics, with two standard errors.

    Args:
        frame: result of `untrained.fusion.evaluate`.

    Returns:
        The picture.
    """
    metrics = [m for m in TITLES if m in set(frame["metric"])]
    kinds = frame.drop_duplicates("method").set_index("method")["kind"]
    main = frame[frame["metric"] == metrics[0]].groupby("method")["value"].mean().sort_values()
    figure, axes = panels(len(metrics), columns=4, width=2.3, height=0.8 + 0.25 * len(main))
    for ax, metric in zip(axes, metrics, strict=True):
        grouped = frame[frame["metric"] == metric].groupby("method")["value"]
        mean, error = grouped.mean(), 2 * grouped.sem()
        for i, method in enumerate(main.index):
            colour, mark = KINDS[kinds[method]]
            ax.errorbar(mean[method], i, xerr=error[method], fmt=mark, color=colour, markersize=4.5, capsize=2)
        ax.set_yticks(range(len(main)), main.index if ax is axes[0] else [""] * len(main))
        ax.set_xlabel(TITLES[metric])
        ax.locator_params(axis="x", nbins=4)
    splits = frame["split"].nunique()
    values = "; ".join(f"{name} {number(value)}" for name, value in main[::-1].items())
    alt = (
        f"Dots of the mean over {splits} splits in {len(metrics)} metrics, a diamond for the fused one."
        f" {TITLES[metrics[0]]}: {values}."
    )
    caption = (
        f"Held-out quality, mean and two standard errors over {splits} splits: fused (diamond), single (dot), and the"
        " single one that is best"
        " on the training part (square). RMSE: lower is better."
    )
    return Picture(figure, alt, caption)


@styled
def label_curve(frame: pd.DataFrame, *, metric: str = "krocc") -> Picture:
    """Quality of the fused indicator over the number of labels.

    Args:
        frame: result of `untrained.fusion.sensitivity`; its rows with choice n_train are drawn.
        metric: which metric.

    Returns:
        The picture.

    Raises:
        ValueError: if the table has no such rows.
    """
    rows = (
        frame[(frame["choice"] == "n_train") & (frame["metric"] == metric)].dropna(subset=["value"]).sort_values("n_train")
    )
    if rows.empty:
        raise ValueError(
            f"The table has no rows with choice 'n_train' and metric {metric!r}: run sensitivity with choices=('n_train',)."
        )
    figure, axes = canvas(5.2, 3.4)
    sign = -1 if metric == "rmse" else 1
    axes.fill_between(
        rows["n_train"], rows["value"] - rows["sd"], rows["value"] + rows["sd"], color=SKY, alpha=0.35, linewidth=0
    )
    axes.plot(rows["n_train"], rows["value"], marker="D", color=ORANGE, label="fused (band: 1 sd over splits)")
    axes.plot(rows["n_train"], rows["value"] - sign * rows["difference"], marker="o", color=BLUE, label="best single")
    axes.set(xscale="log", xlabel="labels (trained architectures the fit sees)", ylabel=f"held-out {TITLES[metric]}")
    axes.set_xticks(rows["n_train"], rows["n_train"].astype(int))
    axes.minorticks_off()
    axes.legend()
    values = "; ".join(f"{int(n)} labels {number(v)}" for n, v in zip(rows["n_train"], rows["value"], strict=True))
    alt = (
        f"Curve of held-out {TITLES[metric]} of the fused indicator: {values}; with the best single indicator as a second"
        " curve."
    )
    return Picture(figure, alt, f"How many labels the fusion needs: held-out {TITLES[metric]}, mean over splits.")


@styled
def sensitivity_dots(frame: pd.DataFrame, *, metric: str = "krocc") -> Picture:
    """Every level of every open choice: distance of the fusion to the best single indicator, with two standard errors.

    Args:
        frame: result of `untrained.fusion.sensitivity`.
        metric: which metric.

    Returns:
        The picture.
    """
    rows = frame[frame["metric"] == metric].dropna(subset=["difference"])[::-1]
    figure, axes = canvas(6.4, 0.8 + 0.24 * len(rows))
    choices = list(dict.fromkeys(frame["choice"]))
    for i, (_, row) in enumerate(rows.iterrows()):
        colour = PALETTE[choices.index(row["choice"]) % len(PALETTE)]
        axes.errorbar(row["difference"], i, xerr=2 * row["se"], fmt="o", color=colour, markersize=4.5, capsize=2)
    labels = [c if c == level else f"{c}: {level}" for c, level in zip(rows["choice"], rows["level"], strict=True)]
    axes.set_yticks(range(len(rows)), labels)
    axes.axvline(0, color=GREY, linewidth=1)
    axes.set(xlabel=f"{TITLES[metric]}: fused better by", ylim=(-0.7, len(rows) - 0.3))
    low, high = rows["difference"].min(), rows["difference"].max()
    alt = (
        f"Dots for {len(rows)} settings: the fused indicator differs from the best single one by {number(low)} to"
        f" {number(high)} in {TITLES[metric]}."
    )
    caption = (
        "One open choice changed at a time: difference between fused and best single indicator, two standard errors over"
        " splits."
    )
    return Picture(figure, alt, caption)


@styled
def weight_dots(frame: pd.DataFrame) -> Picture:
    """Weights of the fused sum: mean over splits and the central 95 % of them.

    Args:
        frame: result of `untrained.fusion.weights`; the intercept is left out.

    Returns:
        The picture.
    """
    grouped = frame[frame["indicator"] != "intercept"].groupby("indicator", sort=False)["weight"]
    mean, low, high = grouped.mean(), grouped.quantile(0.025), grouped.quantile(0.975)
    figure, axes = canvas(6.4, 0.9 + 0.36 * len(mean))
    place = np.arange(len(mean))[::-1]
    axes.errorbar(mean, place, xerr=[mean - low, high - mean], fmt="o", color=BLUE, capsize=3, linewidth=1.5)
    axes.axvline(0, color=GREY, linewidth=1)
    axes.set_yticks(place, mean.index)
    axes.set(xlabel="weight: accuracy per standard deviation of the indicator", ylim=(-0.7, len(mean) - 0.3))
    values = "; ".join(f"{name} {number(mean[name])} [{number(low[name])}, {number(high[name])}]" for name in mean.index)
    alt = f"Weights with the range of 95 % of {frame['split'].nunique()} splits: {values}."
    return Picture(
        figure,
        alt,
        "Weights of the fusion: mean and central 95 % over splits. Positive: the indicator counts in its known direction.",
    )


@styled
def search_dots(frame: pd.DataFrame, *, unit: str = "test accuracy, %") -> Picture:
    """True accuracy of what each method picks from N candidates: mean and central 95 % over repetitions.

    Args:
        frame: result of `untrained.fusion.search_by_score`.
        unit: label of the axis.

    Returns:
        The picture.
    """
    sizes = sorted(frame["sample"].unique())
    order = frame[frame["sample"] == sizes[-1]].groupby("method")["accuracy"].mean().sort_values().index
    figure, axes = panels(len(sizes), columns=3, width=2.9, height=0.9 + 0.25 * len(order))
    for ax, size in zip(axes, sizes, strict=True):
        part = frame[frame["sample"] == size]
        grouped = part.groupby("method")["accuracy"]
        mean, low, high = (f.loc[order] for f in (grouped.mean(), grouped.quantile(0.025), grouped.quantile(0.975)))
        ends = [(mean - low).clip(lower=0), (high - mean).clip(lower=0)]
        ax.errorbar(mean, range(len(order)), xerr=ends, fmt="o", color=BLUE, capsize=2, markersize=4.5)
        best = part["best"].mean()
        ax.axvline(best, color=GREY, linestyle="--", linewidth=1)
        drawn = int(part["drawn"].iloc[0])
        ax.set_title(f"N = {size}" + ("" if drawn == size else f" ({drawn} candidates exist)"), loc="left")
        ax.set_yticks(range(len(order)), order if ax is axes[0] else [""] * len(order))
        ax.set_xlabel(unit)
    picked = frame.groupby(["sample", "method"])["accuracy"].mean()
    values = "; ".join(f"N = {n}: " + ", ".join(f"{m} {number(picked[n, m], 1)}" for m in order[::-1]) for n in sizes)
    alt = f"Dots of the accuracy found by each method. {values}."
    caption = (
        f"Search by score, {frame['repetition'].nunique()} repetitions: accuracy of the pick, mean and central 95 %;"
        " dashed: best of the sample."
    )
    return Picture(figure, alt, caption)
