"""Pictures of evolution by a score: what size it is steered to, and how fast it climbs."""

import numpy as np
import pandas as pd

from untrained.report.style import GREY, PALETTE, Picture, canvas, number, styled


@styled
def size_control(found: pd.DataFrame, trained: pd.DataFrame) -> Picture:
    """Score and size of what each search found, over those of trained architectures that were drawn at random.

    Args:
        found: of `untrained.score_search.ends`.
        trained: swap and thousands of other genotypes.

    Returns:
        The picture.
    """
    figure, axes = canvas(6.4, 3.8)
    axes.plot(
        trained["thousands"], trained["swap"], ".", color=GREY, markersize=3, alpha=0.5, label="trained, drawn at random"
    )
    for (label, part), colour, mark in zip(found.groupby("steering", sort=False), PALETTE, "Dos^vP*X", strict=False):
        axes.plot(part["thousands"], part["swap"], mark, color=colour, markersize=6, fillstyle="none", label=label)
        if np.isfinite(part["mu"].iloc[0]):
            axes.axvline(part["mu"].iloc[0], color=colour, linestyle=":", linewidth=1)
    axes.set(xlabel="thousands of parameters of the network that is scored", ylabel="SWAP score (not regularised)")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    mean = found.groupby("steering", sort=False)[["thousands", "swap"]].mean()
    values = "; ".join(f"{label}: {number(row.thousands)} thousand, {row.swap:.0f}" for label, row in mean.iterrows())
    return Picture(
        figure,
        f"Scatter of size and SWAP score. Means of what was found: {values}.",
        f"What evolution by the SWAP score finds, one mark for each of {found['seed'].nunique()} seeds, beside"
        f" {len(trained):,} genotypes drawn at random. Dotted: the size mu that the bell asks for.",
    )


@styled
def climb(searches: pd.DataFrame, steering: str, *, best_of_others: float, others: int) -> Picture:
    """Highest score so far over the genotypes scored, one line for each seed.

    Args:
        searches: of `untrained.score_search.run`.
        steering: whose.
        best_of_others: highest score among some other genotypes; drawn as a line.
        others: how many they are.

    Returns:
        The picture.
    """
    figure, axes = canvas(5.6, 3.2)
    rows = searches[searches["steering"] == steering]
    for (seed, part), colour in zip(rows.groupby("seed"), PALETTE, strict=False):
        axes.plot(part["step"], part["value"].cummax(), color=colour, linewidth=1.3, label=f"seed {seed}")
    axes.axhline(best_of_others, color=GREY, linestyle="--", linewidth=1, label=f"best of {others:,} at random")
    axes.set(xlabel="genotypes scored", ylabel="highest score so far")
    axes.legend(loc="lower right")
    last = rows.groupby("seed")["value"].max()
    return Picture(
        figure,
        f"Curves of the highest score over genotypes scored, at the end {', '.join(f'{v:.0f}' for v in last)};"
        f" the best of {others} random ones has {best_of_others:.0f}.",
        f"Evolution by the score alone ({steering}): highest SWAP score so far; dashed: the best of {others:,} random ones.",
    )
