"""Pictures of light and fast training: what is left of a score without size, what it picks, and when it pays."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from untrained.report.figures.indicators import TITLES
from untrained.report.style import BLUE, GREY, ORANGE, PALETTE, Picture, canvas, number, styled

PICKED = ("random", "loss", "angle", "angle_loss", "params", "angle_loss_param", "best")
"""Order of picks from top to bottom."""


@styled
def entanglement_plane(control: pd.DataFrame, highlight: Sequence[str]) -> Picture:
    """Every score by its correlation with size and what it has left where size is equal.

    Args:
        control: of `untrained.stats.control.control`.
        highlight: scores drawn in another colour and named.

    Returns:
        The picture.
    """
    rows = control[control["metric"] == "krocc"].pivot_table(
        index="proxy", columns="quantity", values="value", aggfunc="first"
    )
    rows = rows.dropna(subset=["entanglement", "within"]).drop(index="params", errors="ignore")
    figure, axes = canvas(6.4, 4.4)
    marked = [name for name in highlight if name in rows.index]
    others = rows.drop(index=marked)
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.scatter(others["entanglement"], others["within"], color=BLUE, s=18, label="training-free")
    axes.scatter(
        rows.loc[marked, "entanglement"], rows.loc[marked, "within"], color=ORANGE, s=36, marker="D", label="light training"
    )
    named = rows.loc[[*marked, *others.nlargest(3, "within").index]].sort_values("entanglement")
    for index, (name, row) in enumerate(named.iterrows()):  # neighbours have their names above and below
        place, beside = (row["entanglement"], row["within"]), (5, 4 if index % 2 else -10)
        axes.annotate(name, place, beside, textcoords="offset points", fontsize=7.5)
    axes.set(xlabel="tau with the number of parameters", ylabel="tau with accuracy at equal size")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, ncols=2)
    told = "; ".join(f"{name} {number(r.entanglement)} and {number(r.within)}" for name, r in rows.loc[marked].iterrows())
    caption = (
        f"{len(rows)} scores: Kendall's tau with the number of parameters, and with accuracy among architectures of one"
        " number of parameters (mean over groups, weighted by size). A copy of size lies at the right, on the line."
    )
    return Picture(figure, f"Scatter of {len(rows)} scores, tau with size against tau at equal size: {told}.", caption)


@styled
def pick_dots(picks: pd.DataFrame) -> Picture:
    """Accuracy of what each score picks, one dot per seed, the mean as a diamond.

    Args:
        picks: of `untrained.angle.search`.

    Returns:
        The picture.
    """
    names = [name for name in PICKED if name in set(picks["pick"])]
    figure, axes = canvas(6.4, 0.9 + 0.32 * len(names))
    means = picks.groupby("pick")["accuracy"].mean()
    for row, name in enumerate(reversed(names)):
        values = picks.loc[picks["pick"] == name, "accuracy"]
        axes.plot(values, np.full(len(values), row), "o", color=BLUE, markersize=4, alpha=0.5)
        axes.plot(means[name], row, "D", color=ORANGE, markersize=6)
    axes.set_yticks(range(len(names)), names[::-1])
    axes.set(xlabel="test accuracy of the pick, %", ylim=(-0.6, len(names) - 0.4))
    told = "; ".join(f"{name} {number(means[name])}" for name in names)
    seeds = picks["seed"].nunique()
    caption = f"Test accuracy of the architecture that each score picks; dots are {seeds} searches, diamonds their means."
    return Picture(figure, f"Dots per score, means: {told}.", caption)


@styled
def training_lines(judged: pd.DataFrame, scores: Sequence[str], *, unit: str = "epochs of training") -> Picture:
    """Correlation with the final accuracy after T epochs, one line per score, with intervals.

    Args:
        judged: rows of one quantity: epoch, score, value, low, high.
        scores: which, in the order of their colours.
        unit: what `epoch` counts.

    Returns:
        The picture.
    """
    figure, axes = canvas(6.4, 4.0)
    width = 0.012 * (judged["epoch"].max() - judged["epoch"].min())
    for index, (name, colour) in enumerate(zip(scores, PALETTE, strict=False)):
        rows = judged[judged["score"] == name].sort_values("epoch")
        ends = [(rows["value"] - rows["low"]).clip(lower=0), (rows["high"] - rows["value"]).clip(lower=0)]
        shifted = rows["epoch"] + width * (index - (len(scores) - 1) / 2)
        axes.errorbar(shifted, rows["value"], yerr=ends, fmt="-o", color=colour, markersize=4, capsize=2, label=name)
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.set(xlabel=unit, ylabel=f"{TITLES['krocc']} with the final accuracy")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, ncols=min(4, len(scores)))
    last = judged[judged["epoch"] == judged["epoch"].max()].set_index("score")["value"]
    first = judged[judged["epoch"] == judged["epoch"].min()].set_index("score")["value"]
    told = "; ".join(f"{name} from {number(first.get(name, np.nan))} to {number(last.get(name, np.nan))}" for name in scores)
    caption = f"{TITLES['krocc']} of each score with the final accuracy, against {unit}, with bootstrap intervals."
    return Picture(figure, f"Lines with intervals: {told}.", caption)


@styled
def learning_curves(states: pd.DataFrame, *, column: str = "valid_acc", title: str = "validation accuracy, %") -> Picture:
    """One thin line per training, coloured by where it ends.

    Args:
        states: arch, seed, epoch and the column.
        column: what is drawn.
        title: its name.

    Returns:
        The picture.
    """
    curves = states.pivot_table(index="epoch", columns=["arch", "seed"], values=column)
    end = curves.iloc[-1]
    figure, axes = canvas(6.4, 3.6)
    thirds = pd.qcut(end.rank(method="first"), 3, labels=False)
    for third, colour, label in zip(
        range(3), (GREY, PALETTE[4], BLUE), ("lowest third", "middle", "highest third"), strict=True
    ):
        part = curves.loc[:, (thirds == third).to_numpy()]
        lines = axes.plot(part.index, part.to_numpy(), color=colour, linewidth=0.8, alpha=0.6)
        lines[0].set_label(label)
    axes.set(xlabel="epoch", ylabel=title)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, ncols=3)
    ends = f"{number(end.min(), 1)} and {number(end.max(), 1)}, median {number(end.median(), 1)}"
    text = f"{len(end)} trainings end between {ends}"
    return Picture(figure, f"One line per training: {text}.", f"{title.capitalize()} by epoch; {text}.")
