"""One interactive scatter: plain SVG and a few lines of script, no library and no network.

The mouse or the arrow keys choose the nearest or next point; its text is shown below the plot and read out by screen
readers.
"""

import hashlib
import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from string import Template

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from untrained.report.style import BLUE

MOST = 1200
"""Points of a page: each carries its name."""
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 680, 420, 62, 50, 12, 14

PAGE = Template("""<figure class="interactive" id="$key">
<svg viewBox="0 0 $width $height" role="application" tabindex="0" aria-label="$alt" style="width:100%;max-width:${width}px">
<g stroke="currentColor" stroke-opacity="0.15">$grid</g>
<g fill="currentColor" font-size="12" font-family="sans-serif">$labels</g>
<g class="points" fill="$colour" fill-opacity="0.55">$points</g>
<circle class="ring" r="7" fill="none" stroke="currentColor" stroke-width="2" visibility="hidden"/>
</svg>
<p class="chosen" aria-live="polite" style="min-height:3em;overflow-wrap:anywhere"><em>$hint</em></p>
<figcaption>$caption</figcaption>
<script>
(() => {
  const root = document.getElementById("$key"), svg = root.querySelector("svg"), ring = root.querySelector(".ring");
  const chosen = root.querySelector(".chosen"), data = $data;
  let at = -1;
  const show = (i) => {
    at = i; const [x, y, text] = data[i];
    ring.setAttribute("cx", x); ring.setAttribute("cy", y); ring.setAttribute("visibility", "visible");
    chosen.textContent = text;
  };
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect(), scale = $width / box.width;
    const x = (event.clientX - box.left) * scale, y = (event.clientY - box.top) * scale;
    let best = 0, least = Infinity;
    data.forEach(([a, b], i) => { const d = (a - x) ** 2 + (b - y) ** 2; if (d < least) { least = d; best = i; } });
    if (least < 400) show(best);
  });
  svg.addEventListener("keydown", (event) => {
    const step = {ArrowRight: 1, ArrowLeft: -1, PageDown: 25, PageUp: -25}[event.key];
    if (step === undefined) return;
    event.preventDefault();
    show(Math.min(data.length - 1, Math.max(0, at + step)));
  });
})();
</script>
</figure>""")


@dataclass(frozen=True, repr=False)
class Interactive:
    """A piece of a page; the last expression of a cell shows it.

    Attributes:
        page: HTML with its own script.
        alt: what a reader who cannot see it needs to know.
        caption: the text under it.
    """

    page: str
    alt: str
    caption: str

    def __repr__(self) -> str:
        return f"Interactive: {self.alt}"

    def _repr_html_(self) -> str:
        return self.page


def scatter(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    names: Sequence[str] | None = None,
    x_label: str | None = None,
    y_label: str | None = None,
    caption: str | None = None,
) -> Interactive:
    """Scatter of two columns; hovering, or the arrow keys, show the architecture.

    Args:
        frame: one row per architecture; rows with a missing or infinite value are left out and counted in the caption, and
            of more than `MOST` rows a uniform sample is drawn.
        x: column of the horizontal axis.
        y: column of the vertical axis.
        names: text of each point; by default the index.
        x_label: label of the horizontal axis.
        y_label: label of the vertical axis.
        caption: text under the plot.

    Returns:
        The plot.

    Raises:
        ValueError: if no row has both values.
    """
    x_label, y_label = x_label or x, y_label or y
    names = list(frame.index if names is None else names)
    points = pd.DataFrame({"x": frame[x].to_numpy(float), "y": frame[y].to_numpy(float), "name": names})
    points = points[np.isfinite(points["x"]) & np.isfinite(points["y"])].sort_values(["x", "y", "name"], kind="stable")
    if points.empty:
        raise ValueError(f"No row has both {x!r} and {y!r}: choose other columns.")
    left_out = len(frame) - len(points)
    caption = (caption or f"{y_label} against {x_label}, {len(points)} architectures.") + (
        f" {left_out} without a value are left out." if left_out else ""
    )
    if len(points) > MOST:
        drawn = np.random.default_rng(0).choice(len(points), MOST, replace=False)
        points, caption = points.iloc[np.sort(drawn)], f"{caption} A uniform sample of {MOST:,} is drawn."
    alt = f"Scatter plot of {y_label} against {x_label}, {len(points)} architectures. Arrow keys go from point to point."
    horizontal, vertical = _axis(points["x"], LEFT, WIDTH - RIGHT), _axis(points["y"], HEIGHT - BOTTOM, TOP)
    places = [
        (round(horizontal.place(a), 1), round(vertical.place(b), 1), f"{name}  ({x_label} {a:.5g}, {y_label} {b:.5g})")
        for a, b, name in points.itertuples(index=False)
    ]
    data = json.dumps(places, ensure_ascii=False).replace("<", "\\u003c")
    page = PAGE.substitute(
        key="scatter-" + hashlib.sha256((data + caption).encode()).hexdigest()[:10],
        width=WIDTH,
        height=HEIGHT,
        alt=html.escape(alt),
        caption=html.escape(caption),
        colour=BLUE,
        grid=_grid(horizontal, vertical),
        labels=_labels(horizontal, vertical, x_label, y_label),
        points="".join(f'<circle cx="{a}" cy="{b}" r="3.5"/>' for a, b, _ in places),
        hint="Point at a dot, or focus the plot and use the arrow keys.",
        data=data,
    )
    return Interactive(page, alt, caption)


@dataclass(frozen=True)
class _Axis:
    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Coordinate of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Round values inside the axis."""
        return [float(t) for t in MaxNLocator(6).tick_values(self.low, self.high) if self.low <= t <= self.high]


def _axis(values: pd.Series, start: float, end: float) -> _Axis:
    low, high = float(values.min()), float(values.max())
    margin = 0.04 * (high - low) or max(abs(high), 1.0) * 0.5
    return _Axis(low - margin, high + margin, start, end)


def _grid(horizontal: _Axis, vertical: _Axis) -> str:
    bottom, top = vertical.start, vertical.end
    lines = [f'<path d="M{horizontal.place(t):.1f} {bottom}V{top}"/>' for t in horizontal.ticks()]
    return "".join(lines + [f'<path d="M{LEFT} {vertical.place(t):.1f}H{WIDTH - RIGHT}"/>' for t in vertical.ticks()])


def _labels(horizontal: _Axis, vertical: _Axis, x_label: str, y_label: str) -> str:
    below = HEIGHT - BOTTOM + 17
    parts = [
        f'<text x="{horizontal.place(t):.1f}" y="{below}" text-anchor="middle">{t:g}</text>' for t in horizontal.ticks()
    ]
    parts += [
        f'<text x="{LEFT - 7}" y="{vertical.place(t) + 4:.1f}" text-anchor="end">{t:g}</text>' for t in vertical.ticks()
    ]
    middle, half = (LEFT + WIDTH - RIGHT) / 2, (TOP + HEIGHT - BOTTOM) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">{html.escape(x_label)}</text>')
    parts.append(f'<text transform="translate(14 {half}) rotate(-90)" text-anchor="middle">{html.escape(y_label)}</text>')
    return "".join(parts)
