"""Pictures of searches: where they end, and what they have after each query or second."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from untrained.report.style import BLUE, GREY, ORANGE, PALETTE, Picture, canvas, number, panels, short, styled

SETS = {"full": (BLUE, "o", "all architectures"), "scored": (ORANGE, "D", "scored architectures")}
"""Colour, mark and words of each set that is searched."""
STYLES = ("-", "--", ":")
AXES = {"query": "distinct queries", "seconds": "charged seconds of training"}
TITLES = {"test_acc": "test accuracy (%)", "rank": "rank of the pick"}


@styled
def search_ends(frame: pd.DataFrame, published: pd.DataFrame | None = None) -> Picture:
    """Mean test accuracy of the picks of every method on each set, with 95 % intervals, beside published means.

    Args:
        frame: of `untrained.stats.searches.means`, one budget.
        published: test_acc by method.

    Returns:
        The picture.
    """
    order = frame.groupby("method")["regret"].mean().sort_values(ascending=False).index
    figure, axes = canvas(6.4, 1.3 + 0.24 * len(order))
    for set_, (colour, mark, words) in SETS.items():
        part = frame[frame["set"] == set_].set_index("method")
        if part.empty:
            continue
        at = [order.get_loc(method) + (0.12 if set_ == "full" else -0.12) for method in part.index]
        spread = [part["test_acc"] - part["low"], part["high"] - part["test_acc"]]
        label = f"{words} ({part['n'].iloc[0]:,})"
        axes.errorbar(part["test_acc"], at, xerr=spread, fmt=mark, color=colour, markersize=4.5, capsize=2, label=label)
        best = (part["test_acc"] + part["regret"]).iloc[0]
        axes.axvline(best, color=colour, linewidth=1, linestyle="--", zorder=1)
    if published is not None and len(there := published["test_acc"].dropna().loc[lambda p: p.index.isin(order)]):
        rows = [order.get_loc(m) for m in there.index]
        axes.scatter(there, rows, marker="x", color=GREY, s=28, zorder=3, label="published")
    axes.set_yticks(range(len(order)), order)
    axes.set(xlabel=TITLES["test_acc"], ylim=(-0.7, len(order) - 0.3))
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=3)
    seeds = int(frame["seeds"].max())
    ends = "; ".join(f"{r.method} {number(r.test_acc)} on {r.set}" for r in frame.itertuples())
    alt = f"Dots of the mean test accuracy of picks over {seeds} seeds: {ends}."
    caption = (
        f"Test accuracy of what each search returns, mean over {seeds} seeds with 95 % intervals; dashed: the best"
        " architecture of the set. Crosses: published, on all architectures."
    )
    return Picture(figure, alt, caption)


@styled
def anytime_lines(frames: Mapping[str, pd.DataFrame], *, column: str = "test_acc") -> Picture:
    """What searches would have returned if they had been stopped, over queries and over seconds, one panel each.

    Args:
        frames: of `untrained.stats.searches.anytime`, by `over`; one set and one budget.
        column: `test_acc` or `rank`.

    Returns:
        The picture.
    """
    figure, axes = panels(len(frames), columns=2, width=3.6, height=3.6)
    methods = list(dict.fromkeys(method for frame in frames.values() for method in frame["method"]))
    looks = {m: (PALETTE[i % len(PALETTE)], STYLES[i // len(PALETTE) % len(STYLES)]) for i, m in enumerate(methods)}
    for ax, (over, frame) in zip(axes, frames.items(), strict=True):
        for method, part in frame.groupby("method", sort=False):
            colour, line = looks[method]
            ax.plot(part["at"], part["value"], color=colour, linestyle=line, linewidth=1.6, label=method)
            low = part["low"].clip(lower=1) if column == "rank" else part["low"]
            ax.fill_between(part["at"], low, part["high"], color=colour, alpha=0.12, linewidth=0)
        ax.set(xlabel=AXES[over], ylabel=TITLES[column] if ax is axes[0] else "")
        if column == "rank":
            ax.set_yscale("log")
            ax.set_ylim(frame["value"].max() * 1.2, 0.9)
        else:
            low = frame["value"].quantile(0.1)
            ax.set_ylim(low, frame["value"].max() + 0.1 * (frame["value"].max() - low))
        if over == "query":
            ax.set_xscale("log")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    last = next(iter(frames.values())).groupby("method", sort=False).last()
    words = "; ".join(f"{name} {number(row['value'])} at {short(row['at'])}" for name, row in last.iterrows())
    alt = (
        f"Curves of {TITLES[column]} of {len(methods)} searches over {' and over '.join(AXES[o] for o in frames)}: {words}."
    )
    caption = (
        "What each search would return if it were stopped, judged after its end; mean over seeds and two standard errors."
        " A point that some seed has not reached is left out."
    )
    return Picture(figure, alt, caption)


@styled
def lead_dots(frame: pd.DataFrame, *, control: str) -> Picture:
    """By how much of the searched set each method's pick ranks above that of a control, one panel per problem.

    Args:
        frame: columns key, method, value, low, high, in percent of the set.
        control: the method that all are compared with.

    Returns:
        The picture.
    """
    keys = list(frame["key"].unique())
    order = frame.groupby("method")["value"].mean().sort_values().index
    figure, axes = panels(len(keys), columns=3, width=2.5, height=1.0 + 0.19 * len(order))
    for i, (ax, key) in enumerate(zip(axes, keys, strict=True)):
        part = frame[frame["key"] == key].set_index("method").reindex(order)
        spread = [part["value"] - part["low"], part["high"] - part["value"]]
        colours = [
            BLUE if low > 0 else ORANGE if high < 0 else GREY for low, high in zip(part["low"], part["high"], strict=True)
        ]
        ax.errorbar(part["value"], range(len(order)), xerr=spread, fmt="none", ecolor=colours, capsize=0, linewidth=1.2)
        ax.scatter(part["value"], range(len(order)), c=colours, s=16, zorder=3)
        ax.axvline(0, color=GREY, linewidth=1, linestyle="--", zorder=1)
        ax.set_yticks(range(len(order)), order if i % 3 == 0 else [""] * len(order))
        ax.set_title(key.replace("nas_bench_", "").replace("transnas_bench_101-", ""), fontsize=8.5)
    figure.supxlabel(f"ahead of '{control}', percent of the searched set", fontsize=9)
    best = frame.loc[frame.groupby("key", sort=False)["value"].idxmax()]
    words = "; ".join(f"{r.key}: {r.method} {number(r.value)}" for r in best.itertuples())
    alt = f"Dots with intervals of {len(order)} methods on {len(keys)} searched problems. Furthest ahead: {words}."
    caption = (
        f"Rank of the pick against that of '{control}' with as many queries, in percent of the searched set, mean over seeds"
        " with 95 % intervals; right of the line is better. Blue: clearly better, orange: clearly worse."
    )
    return Picture(figure, alt, caption)


@styled
def precision_dots(frame: pd.DataFrame) -> Picture:
    """Precision@T of every indicator over T.

    Args:
        frame: columns indicator, T, precision.

    Returns:
        The picture.
    """
    counts = sorted(frame["T"].unique())
    wide = frame.pivot(index="indicator", columns="T", values="precision")
    order = wide.sort_values(counts).index.tolist()
    figure, axes = canvas(6.4, 1.2 + 0.2 * len(order))
    for i, count in enumerate(counts):
        height = np.arange(len(order)) + 0.2 * (i - (len(counts) - 1) / 2)
        axes.plot(wide.loc[order, count], height, "oDs^v"[i % 5], color=PALETTE[i], markersize=4, label=f"T = {count}")
    axes.set_yticks(range(len(order)), order)
    axes.set(xlabel="Precision@T", xlim=(-0.03, 1.03), ylim=(-0.7, len(order) - 0.3))
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=len(counts))
    best = frame.loc[frame["T"] == counts[0]].nlargest(3, "precision")
    words = ", ".join(f"{r.indicator} {number(r.precision)}" for r in best.itertuples())
    alt = (
        f"Dots of the share of the T best-scored architectures among the T best, for {len(order)} indicators; best: {words}."
    )
    return Picture(figure, alt, "Precision@T: the share of the T best-scored architectures that are among the T best.")
