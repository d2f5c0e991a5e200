"""Pictures of searches for a front: how it is approached, and where it ends."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from untrained.report.style import BLUE, GREY, ORANGE, PALETTE, Picture, canvas, number, panels, styled
from untrained.report.tables import Table, with_interval

TITLES = {"hv": "HV (larger is better)", "igd": "IGD (smaller is better)", "igd_plus": "IGD+ (smaller is better)"}
"""Axis labels of the indicators."""


@styled
def front_curves(frame: pd.DataFrame, *, ceiling: float | None = None) -> Picture:
    """The indicators of a front over the architectures that were described, mean over seeds and two standard errors.

    Args:
        frame: of `untrained.front_search.run`, one judged data set, paid 0.
        ceiling: HV of the true front; drawn as a line.

    Returns:
        The picture.
    """
    methods = list(dict.fromkeys(frame["method"]))
    figure, axes = panels(len(TITLES), columns=3, width=2.9, height=3.4)
    for method, colour in zip(methods, _colours(methods), strict=True):
        part = frame[frame["method"] == method].groupby("generation")
        at = part["seen"].mean()
        for ax, name in zip(axes, TITLES, strict=True):
            mean, error = part[name].mean(), 2 * part[name].sem().fillna(0)
            ax.plot(at, mean, color=colour, linewidth=1.4, linestyle="--" if "NSGA" in method else "-", label=method)
            ax.fill_between(at, mean - error, mean + error, color=colour, alpha=0.2, linewidth=0)
    for ax, (name, title) in zip(axes, TITLES.items(), strict=True):
        ax.set(title=title, xlabel="distinct architectures described")
        if name != "hv":
            ax.set_yscale("log")
        elif ceiling is not None:
            ax.axhline(ceiling, color=GREY, linestyle=":", linewidth=1)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    ends = frame[frame["generation"] == frame.groupby("method")["generation"].transform("max")]
    mean = ends.groupby("method", sort=False)[list(TITLES)].mean()
    values = "; ".join(f"{m} {number(r.hv, 3)}, {number(r.igd, 3)}, {number(r.igd_plus, 3)}" for m, r in mean.iterrows())
    alt = f"Curves of HV, IGD and IGD+ for {len(methods)} methods, at the end: {values}."
    caption = (
        "Quality of the archive if all of it were trained, after each generation: mean over"
        f" {frame['seed'].nunique()} seeds, band two standard errors"
        + ("" if ceiling is None else f"; dotted: HV of the true front, {number(ceiling, 4)}")
        + ". Dashed: NSGA-II."
    )
    return Picture(figure, alt, caption)


@styled
def front_dots(frame: pd.DataFrame, *, control: pd.DataFrame | None = None, name: str = "igd_plus") -> Picture:
    """One indicator of all methods at the end, with intervals; beside it with as many final trainings for all.

    Args:
        frame: one row per method: method, <name>, low, high, trained.
        control: the same for equal numbers of final trainings.
        name: which indicator.

    Returns:
        The picture.
    """
    order = list(dict.fromkeys(frame["method"]))[::-1]
    figure, axes = canvas(6.4, 1.1 + 0.3 * len(order))
    shown = [(frame, BLUE, "o", "the whole archive trained")]
    if control is not None:
        shown.append((control, ORANGE, "s", f"at most {control['trained'].max():g} of it"))
    for shift, (rows, colour, mark, label) in zip((0.12, -0.12), shown, strict=False):
        places = [order.index(method) + shift for method in rows["method"]]
        ends = [(rows[name] - rows["low"]).clip(lower=0), (rows["high"] - rows[name]).clip(lower=0)]
        axes.errorbar(rows[name], places, xerr=ends, fmt=mark, color=colour, markersize=4.5, capsize=2, label=label)
    axes.set_yticks(range(len(order)), order)
    axes.set(xlabel=TITLES[name], xscale="log", ylim=(-0.6, len(order) - 0.4))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, ncols=2)
    values = "; ".join(f"{row.method} {number(getattr(row, name), 4)}" for row in frame.itertuples())
    return Picture(
        figure,
        f"Dots with intervals of {TITLES[name]}: {values}.",
        "At the end of the search, mean over seeds with its 95 % interval: each method trains its archive, which differs in"
        " size, or a random part of it that is equally large for all whose archive is large enough.",
    )


@styled
def front_scatter(points: np.ndarray, fronts: Mapping[str, np.ndarray]) -> Picture:
    """Accuracy and complexity of all architectures, and some fronts among them.

    Args:
        points: error in [0, 1] and complexity in [0, 1] of all architectures, (n, 2).
        fronts: (m, 2) by name.

    Returns:
        The picture.
    """
    figure, axes = canvas(6.4, 3.8)
    every = {"color": GREY, "markersize": 2, "alpha": 0.4, "label": "all architectures", "rasterized": len(points) > 1000}
    axes.plot(points[:, 1], 100 * (1 - points[:, 0]), ".", **every)
    for (name, front), colour, mark in zip(fronts.items(), PALETTE, "osD^v", strict=False):
        axes.plot(front[:, 1], 100 * (1 - front[:, 0]), mark, color=colour, markersize=5, fillstyle="none", label=name)
    best = max(100 * (1 - front[:, 0].min()) for front in fronts.values())
    axes.set(xlabel="complexity, scaled to [0, 1] over the benchmark", ylabel="test accuracy, %", ylim=(best - 12, best + 1))
    axes.legend(loc="lower right")
    sizes = "; ".join(f"{name}: {len(front)} points" for name, front in fronts.items())
    return Picture(
        figure,
        f"Scatter of {len(points)} architectures by complexity and accuracy, with fronts. {sizes}.",
        f"Accuracy against complexity, the best 12 points of accuracy. {sizes}.",
    )


def front_table(frames: Mapping[str, pd.DataFrame], caption: str) -> Table:
    """Methods by indicators at the end of their searches, as `0.71 [0.68, 0.74]`.

    Args:
        frames: of `untrained.front_search.ends`, by indicator.
        caption: what is judged, and how often.

    Returns:
        The table.
    """
    first = next(iter(frames.values()))
    shown, order = first[["method"]].copy(), {}
    for name in ("seen", "trained", "front"):
        shown[name] = [f"{value:.1f}" for value in first[name]]
        order[name] = list(first[name])
    for name, frame in frames.items():
        digits = 2 if name == "best" else 4
        shown[name] = [with_interval(*row, digits=digits) for row in frame[[name, "low", "high"]].itertuples(index=False)]
        order[name] = list(frame[name])
    return Table(shown, caption, order)


def _colours(methods: Sequence[str]) -> list[str]:
    """One colour for what follows the same metrics, whatever chooses its parents."""
    kinds = list(dict.fromkeys(_metrics(method) for method in methods))
    return [PALETTE[kinds.index(_metrics(method)) % len(PALETTE)] for method in methods]


def _metrics(method: str) -> str:
    """Label without the algorithm's name: `MTF-PDNS` and `MTF-NSGA-II` are both `MTF`; a random one is its own."""
    return method if "random" in method else method.replace("NSGA-II", "").replace("PDNS", "").strip(" -")
