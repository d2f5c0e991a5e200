"""Pictures of one untrained network: its cell, its activation codes, its neural tangent kernel."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch
from numpy.typing import ArrayLike

from untrained.registry import suggest
from untrained.report.style import BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILION, Picture, canvas, short, styled

EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
OPERATIONS = {
    "none": ("none", GREY, ":"),
    "skip_connect": ("skip", GREEN, "-"),
    "nor_conv_1x1": ("conv 1×1", ORANGE, "-"),
    "nor_conv_3x3": ("conv 3×3", BLUE, "-"),
    "avg_pool_3x3": ("pool 3×3", PURPLE, "-"),
}
"""Label, colour and line of each operation."""
PLACES = {0: (0.0, 0.0), 1: (1.0, 0.62), 2: (2.0, -0.62), 3: (3.0, 0.0)}
BENDS = {(0, 3): 0.55, (0, 1): 0.0, (0, 2): 0.12, (1, 2): 0.0, (1, 3): -0.12, (2, 3): 0.0}
LABELS = {
    (0, 1): (0.42, 0.42),
    (0, 2): (0.95, -0.42),
    (1, 2): (1.5, 0.06),
    (0, 3): (1.5, -0.96),
    (1, 3): (2.05, 0.5),
    (2, 3): (2.3, -0.18),
}


@styled
def cell_graph(operations: Sequence[str]) -> Picture:
    """A cell of the NAS-Bench-201 space as a graph: four nodes, one arrow per edge; an edge of `none` is dotted.

    Args:
        operations: six names in the order of an architecture string: edges 0-1, 0-2, 1-2, 0-3, 1-3, 2-3.

    Returns:
        The picture.

    Raises:
        ValueError: on another number of operations, or an unknown one.
    """
    if len(operations) != len(EDGES):
        raise ValueError(
            f"Got {len(operations)} operations, wanted {len(EDGES)}: one per edge 0-1, 0-2, 1-2, 0-3, 1-3, 2-3."
        )
    for name in operations:
        if name not in OPERATIONS:
            raise ValueError(f"Unknown operation {name!r}. {suggest(name, OPERATIONS)}")
    figure, axes = canvas(6.0, 3.2)
    for edge, name in zip(EDGES, operations, strict=True):
        _arrow(axes, edge, *OPERATIONS[name])
    for node, (x, y) in PLACES.items():
        axes.plot(x, y, "o", markersize=24, color="white", markeredgecolor="#222222", zorder=3)
        axes.annotate(str(node), (x, y), ha="center", va="center", zorder=4)
    axes.annotate("input", (0, 0.28), ha="center")
    axes.annotate("output", (3, 0.28), ha="center")
    axes.set(xlim=(-0.35, 3.35), ylim=(-1.25, 1.0))
    axes.set_axis_off()
    edges = "; ".join(f"{a} to {b} {OPERATIONS[name][0]}" for (a, b), name in zip(EDGES, operations, strict=True))
    alt = f"Graph of a cell with nodes 0 (input) to 3 (output). Edges: {edges}."
    return Picture(figure, alt, "The cell: every node is the sum of its incoming edges; dotted edges carry nothing.")


@styled
def code_matrix(codes: ArrayLike, *, most_units: int = 400) -> Picture:
    """Activation codes: one row per image, one column per unit, dark where the unit is on.

    Args:
        codes: 0/1 or bool (images, units).
        most_units: with more units, evenly spaced ones are drawn.

    Returns:
        The picture.
    """
    codes = np.asarray(codes).astype(bool)
    images, units = codes.shape
    chosen = np.unique(np.linspace(0, units - 1, min(units, most_units)).round().astype(int))
    figure, axes = canvas(6.4, 0.9 + min(3.0, 0.06 * images))
    axes.imshow(codes[:, chosen], cmap="Greys", vmin=0, vmax=1.3, aspect="auto", interpolation="nearest")
    axes.grid(visible=False)
    part = "unit" if len(chosen) == units else f"unit ({len(chosen)} of {units} shown, evenly spaced)"
    axes.set(xlabel=part, ylabel="image")
    on, rows = codes.mean(), len(np.unique(codes, axis=0))
    constant = int(((codes.sum(0) == 0) | (codes.sum(0) == images)).sum())
    facts = (
        f"{on:.0%} of the entries are on, {rows} of {images} codes are distinct, {constant} of {units} units never change."
    )
    return Picture(
        figure,
        f"Code matrix of {images} images and {units} units. {facts}",
        f"Activation codes, dark where a unit is on. {facts}",
    )


@styled
def ntk_spectrum(eigenvalues: ArrayLike) -> Picture:
    """Eigenvalues of the neural tangent kernel, largest first, on a logarithmic axis; the condition number is their span.

    Args:
        eigenvalues: of one kernel, in any order; those that are not positive are left out and counted.

    Returns:
        The picture.

    Raises:
        ValueError: if none is positive.
    """
    values = np.sort(np.asarray(eigenvalues, float))[::-1]
    positive = values[values > 0]
    if not len(positive):
        raise ValueError(
            f"None of {len(values)} eigenvalues is positive: the kernel is zero, as that of a disconnected cell."
        )
    figure, axes = canvas(5.6, 3.2)
    axes.plot(np.arange(1, len(positive) + 1), positive, marker="o", markersize=3.5, color=BLUE, linewidth=1)
    kappa = positive[0] / positive[-1]
    axes.hlines(positive[[0, -1]], 1, len(positive), color=VERMILION, linestyle="--", linewidth=1)
    axes.set(yscale="log", xlabel="index", ylabel="eigenvalue")
    axes.set_title(f"condition number = {short(kappa)}", loc="left")
    left_out = (
        f" {len(values) - len(positive)} eigenvalues are not positive and not drawn." if len(positive) < len(values) else ""
    )
    alt = (
        f"{len(positive)} eigenvalues falling from {short(positive[0])} to {short(positive[-1])}; condition number"
        f" {short(kappa)}.{left_out}"
    )
    caption = (
        f"Spectrum of the neural tangent kernel; the dashed lines are its ends, their ratio {short(kappa)} is the condition"
        f" number.{left_out}"
    )
    return Picture(figure, alt, caption)


def _arrow(axes: Axes, edge: tuple[int, int], label: str, colour: str, line: str) -> None:
    style = f"arc3,rad={BENDS[edge]}"
    arrow = FancyArrowPatch(
        PLACES[edge[0]], PLACES[edge[1]], connectionstyle=style, arrowstyle="-|>", mutation_scale=13, shrinkA=13, shrinkB=13,
        color=colour, linestyle=line, linewidth=1.2 if line == ":" else 2.2,
    )  # fmt: skip
    axes.add_patch(arrow)
    x, y = LABELS[edge]
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.0, "alpha": 0.9}
    axes.annotate(label, (x, y), ha="center", va="center", color="#222222", bbox=box, zorder=5)
