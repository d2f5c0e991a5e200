"""Pictures of DAS: every rule on one benchmark, and factors over NASWOT on all of them."""

import numpy as np
import pandas as pd

from untrained.report.style import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION, Picture, canvas, number, styled

BAND = (1.04, 1.56)
"""The improvement factors that the paper reports, over all its benchmarks."""
LOOKS = ((BLUE, "o"), (ORANGE, "D"), (GREEN, "s"), (PURPLE, "^"), (VERMILION, "v"), (SKY, "P"))


@styled
def rule_dots(frame: pd.DataFrame) -> Picture:
    """Kendall's tau-b of every rule with accuracy, beside NASWOT's.

    Args:
        frame: of a DAS stage, one set: rule, quantity, value, low, high.

    Returns:
        The picture.
    """
    rows = frame[frame["quantity"] == "tau"].set_index("rule")[::-1]
    figure, axes = canvas(6.2, 0.9 + 0.25 * len(rows))
    wot = rows.loc["R0", "value"]
    for place, (name, row) in enumerate(rows.iterrows()):
        colour = ORANGE if name == "R0" else BLUE
        ends = np.clip([[row["value"] - row["low"]], [row["high"] - row["value"]]], 0, None)
        axes.errorbar(
            row["value"], place, xerr=ends, fmt="D" if name == "R0" else "o", color=colour, markersize=5, capsize=2
        )
    axes.axvline(wot, color=ORANGE, linestyle="--", linewidth=1.1, zorder=0)
    axes.axvline(0, color=GREY, linewidth=0.8, zorder=0)
    axes.set_yticks(range(len(rows)), rows.index)
    axes.set(xlabel="Kendall's τ-b with accuracy", ylim=(-0.7, len(rows) - 0.3))
    values = "; ".join(f"{name} {number(row['value'], 3)}" for name, row in rows[::-1].iterrows())
    caption = (
        "Rules on D and A = ln N_A. R0: B A + D, which is NASWOT (dashed); R1: D; R2: A; R3(λ): D / B + λ A; R4: sum of"
        " ranks; R5: sum of z-scores; R6: N_A (−1 / D); R6': N_A exp(D / B); R7: fitted to labels, judged on the others; R8:"
        " mean of D over layers. Bootstrap intervals; of R7: 95 % of the splits."
    )
    return Picture(figure, f"Kendall's tau-b with accuracy of each rule. {values}.", caption)


@styled
def factor_dots(frame: pd.DataFrame, *, band: tuple[float, float] = BAND) -> Picture:
    """Improvement factor over NASWOT of some rules on every benchmark, and the published band.

    Args:
        frame: rule, benchmark, value, low, high.
        band: published factors.

    Returns:
        The picture.
    """
    benchmarks, rules = (list(dict.fromkeys(frame[name])) for name in ("benchmark", "rule"))
    figure, axes = canvas(7.2, 1.3 + 0.2 * len(benchmarks) * (len(rules) + 1))
    axes.axvspan(*band, color="#EEEEEE", zorder=0, label=f"published, {band[0]:g} to {band[1]:g}")
    axes.axvline(1, color=GREY, linewidth=1)
    reach = [0.6, 1.7]
    for index, (rule, (colour, mark)) in enumerate(zip(rules, LOOKS * len(rules), strict=False)):
        rows = frame[frame["rule"] == rule].set_index("benchmark").reindex(benchmarks)
        place = np.arange(len(benchmarks)) + (index - (len(rules) - 1) / 2) / (len(rules) + 1)
        ends = np.clip([rows["value"] - rows["low"], rows["high"] - rows["value"]], 0, None)
        axes.errorbar(rows["value"], place, xerr=ends, fmt=mark, color=colour, markersize=5, capsize=2, label=rule)
        reach = [min(reach[0], max(rows["low"].min(), -1)), max(reach[1], min(rows["high"].max(), 4))]
    axes.set_yticks(range(len(benchmarks)), benchmarks)
    axes.set(
        xlabel="Kendall's τ-b over that of NASWOT", ylim=(len(benchmarks) - 0.5, -0.5), xlim=(reach[0] - 0.1, reach[1] + 0.1)
    )
    figure.legend(loc="outside upper center", ncols=min(4, len(rules) + 1))
    found = (
        f"{name}: "
        + ", ".join(f"{row['rule']} {number(row['value'])}" for _, row in frame[frame["benchmark"] == name].iterrows())
        for name in benchmarks
    )
    alt = f"Factors over NASWOT on {len(benchmarks)} benchmarks. {'; '.join(found)}."
    caption = (
        f"Kendall's τ-b of each rule divided by that of NASWOT, with bootstrap intervals; 1: no change. Grey: {band[0]:g} to"
        f" {band[1]:g}, which the paper reports over its benchmarks, and which we read as this ratio."
    )
    return Picture(figure, alt, caption)
