"""Pictures of what is left of an indicator when size tells nothing."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from untrained.report.style import BLUE, GREY, ORANGE, VERMILION, Picture, number, panels, styled

MORE, NONE, AGAINST = "more than size", "not told from size", "against its direction"
COLOURS = {MORE: BLUE, NONE: GREY, AGAINST: VERMILION}


def kept(frame: pd.DataFrame, *, size: str = "params") -> float:
    """Kendall's tau-b of size itself inside groups: 0 where #Param is equal, more where groups are only close.

    Args:
        frame: of `untrained.stats.control.control`, one set of architectures.
        size: the column that is size.
    """
    found = frame.query("quantity == 'within' and metric == 'krocc' and proxy == @size")["value"]
    return max(0.0, float(found.fillna(0).sum()))


def beyond_size(frame: pd.DataFrame, *, size: str = "params") -> pd.Series:
    """What the interval of `within` says of each indicator but size; those without a tau inside any group are left out.

    More than size is an interval above what size itself keeps there.

    Args:
        frame: of `untrained.stats.control.control`, one set of architectures.
        size: the column that is size.
    """
    inside = frame[frame["quantity"] == "within"].set_index("proxy").dropna(subset=["value"]).drop(size, errors="ignore")
    words = np.select([inside["low"] > kept(frame, size=size), inside["high"] < 0], [MORE, AGAINST], NONE)
    return pd.Series(words, inside.index)


@styled
def control_dots(frame: pd.DataFrame, *, size: str = "params") -> Picture:
    """Every indicator over all architectures and at equal size, and how much of size it is.

    Args:
        frame: of `untrained.stats.control.control`, one set of architectures.
        size: the column that is size.

    Returns:
        The picture.
    """
    rows = {
        q: frame.query("quantity == @q and metric == 'krocc'").set_index("proxy")
        for q in ("overall", "within", "entanglement")
    }
    verdicts = beyond_size(frame, size=size)
    order = rows["within"]["value"].fillna(-2).sort_values(kind="stable").index
    figure, (left, right) = panels(2, columns=2, width=4.2, height=1.5 + 0.215 * len(order))
    figure.get_layout_engine().set(wspace=0.03)
    left.get_gridspec().set_width_ratios([2.2, 1])
    for place, name in enumerate(order):
        whole, inside, tied = (rows[q].loc[name] for q in ("overall", "within", "entanglement"))
        colour = COLOURS[verdicts[name]] if name in verdicts.index else ORANGE
        left.plot(whole["value"], place, "o", markerfacecolor="white", markeredgecolor=colour, markersize=5.5, zorder=3)
        if np.isfinite(inside["value"]):
            left.plot(
                [whole["value"], inside["value"]], [place, place], color=colour, linewidth=0.9, linestyle=":", zorder=1
            )
            ends = np.clip([[inside["value"] - inside["low"]], [inside["high"] - inside["value"]]], 0, None)
            left.errorbar(inside["value"], place, xerr=ends, fmt="o", color=colour, markersize=5, capsize=2, zorder=4)
        right.plot([0, tied["value"]], [place, place], color=colour, linewidth=3.2, solid_capstyle="butt")
    _dress(left, right, list(order), {"--": float(rows["overall"].loc[size, "value"]), ":": kept(frame, size=size)})
    return Picture(figure, *_words(rows, verdicts, kept(frame, size=size)))


def _dress(left: Axes, right: Axes, names: list[str], size: dict[str, float]) -> None:
    for axes in (left, right):
        axes.axvline(0, color=GREY, linewidth=0.8, zorder=0)
        axes.set_ylim(-0.7, len(names) - 0.3)
        axes.set_yticks(range(len(names)), names if axes is left else [""] * len(names))
        axes.tick_params(axis="y", length=0)
    for style, tau in size.items():
        left.axvline(tau, color=ORANGE, linewidth=1.1, linestyle=style, zorder=0)
    left.set_xlabel("Kendall's τ-b with accuracy")
    right.set(xlabel="Kendall's τ-b with #Param", xlim=(-1.05, 1.05))
    marks = [
        Line2D(
            [], [], marker="o", linestyle="", markerfacecolor="white", markeredgecolor="#222222", label="all architectures"
        ),
        *(Line2D([], [], marker="o", color=colour, label=f"equal size: {word}") for word, colour in COLOURS.items()),
        Line2D([], [], color=ORANGE, linestyle="--", label="size itself"),
        Line2D([], [], color=ORANGE, linestyle=":", label="size itself at equal size"),
    ]
    left.figure.legend(handles=marks, loc="outside upper center", ncols=3, handletextpad=0.3, columnspacing=1.2)


def _words(rows: dict[str, pd.DataFrame], verdicts: pd.Series, kept: float) -> tuple[str, str]:
    """Alternative text and caption."""
    found = []
    for word in COLOURS:
        names = verdicts.index[verdicts == word]
        cells = (f"{n} {number(rows['overall'].loc[n, 'value'])} to {number(rows['within'].loc[n, 'value'])}" for n in names)
        found.append(f"{word[0].upper()}{word[1:]} ({len(names)}): {', '.join(cells) or 'none'}.")
    constant = [name for name in rows["overall"].index if name not in verdicts.index]
    alt = f"Kendall's tau-b with accuracy over all architectures, then at equal size. {' '.join(found)}"
    caption = (
        "Kendall's τ-b with accuracy over all architectures (open) and inside groups of equal or close #Param (filled: mean"
        f" weighted by group size, bootstrap interval). Blue: above what size itself keeps inside groups ({kept:.2f}), so"
        " more than size; grey: the interval reaches it; red: below 0; orange: size itself, or no value inside groups"
        f" ({', '.join(constant) or 'none'}). Right: τ-b with #Param."
    )
    return alt, caption
