"""Pictures of what indicators cost."""

import pandas as pd

from untrained.report.style import BLUE, Picture, canvas, styled


@styled
def cost_bars(
    frame: pd.DataFrame, *, name: str = "proxy", seconds: str = "seconds", low: str = "low", high: str = "high"
) -> Picture:
    """Seconds per architecture of every indicator, on a logarithmic axis.

    Args:
        frame: one row per indicator, with seconds and, where known, the ends of their range.
        name: column of names.
        seconds: column of seconds per architecture.
        low: column of the lower end.
        high: column of the upper end.

    Returns:
        The picture.
    """
    frame = frame[frame[seconds] > 0].sort_values(seconds, ascending=False)
    figure, axes = canvas(6.4, 0.6 + 0.27 * len(frame))
    error = None
    if {low, high} <= set(frame.columns):
        error = [(frame[seconds] - frame[low]).clip(lower=0), (frame[high] - frame[seconds]).clip(lower=0)]
    place = range(len(frame))
    axes.barh(place, frame[seconds], xerr=error, color=BLUE, height=0.65, ecolor="#222222", capsize=2)
    axes.set_yticks(place, frame[name])
    axes.grid(visible=False, axis="y")
    axes.set(xscale="log", xlabel="seconds per architecture")
    for i, value, end in zip(place, frame[seconds], frame[high] if error else frame[seconds], strict=True):
        axes.annotate(f"{value:.2g} s", (max(value, end), i), (6, 0), textcoords="offset points", va="center")
    axes.margins(x=0.15)
    slow, fast = frame.iloc[0], frame.iloc[-1]
    alt = (
        f"Bars of seconds per architecture for {len(frame)} indicators, from {fast[name]} ({fast[seconds]:.2g} s) to"
        f" {slow[name]} ({slow[seconds]:.2g} s)."
    )
    return Picture(figure, alt, "Cost of each indicator on one machine, seconds per architecture (logarithmic axis).")
