"""One look for every figure, and a picture that shows itself with its alternative text and caption.

Equal inputs give equal bytes: the ids of an SVG are salted with a constant, dates are left out, text is drawn as paths.
The background is opaque, so a picture can be read on light and dark pages alike; `DARK_CSS` lets a page with a dark theme
darken it.
"""

import base64
import functools
import html
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import ParamSpec, TypeVar

import matplotlib as mpl
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from untrained.report.lean import lean

P = ParamSpec("P")
R = TypeVar("R")

BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION, YELLOW, GREY = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#AA5F92",
    "#56B4E9",
    "#D55E00",
    "#C9B800",
    "#6B6B6B",
)
PALETTE = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION, YELLOW, GREY)
"""Colours that stay apart for colour-blind readers (after Okabe and Ito), dark enough for lines on white."""

RC: Mapping[str, object] = MappingProxyType(
    {
        **sns.axes_style("whitegrid"),
        "axes.edgecolor": "#444444",
        "axes.prop_cycle": mpl.cycler(color=PALETTE),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlesize": 10,
        "axes.labelsize": 10,
        "figure.facecolor": "white",
        "font.family": ["DejaVu Sans"],
        "font.size": 9,
        "grid.color": "#DDDDDD",
        "grid.linewidth": 0.6,
        "legend.frameon": False,
        "savefig.facecolor": "white",
        "svg.fonttype": "path",
        "svg.hashsalt": "untrained",
    }
)
"""Settings under which every figure is drawn and saved."""

DARK_CSS = "html[data-theme='dark'] img.picture { filter: invert(.92) hue-rotate(180deg); }"
"""Rule for a page whose dark theme is switched by data-theme: lightness turns round, hues stay."""


@dataclass(frozen=True)
class Picture:
    """A figure with the text that stands for it and the text under it; the last expression of a cell shows it.

    Attributes:
        figure: the drawing.
        alt: what a reader who cannot see it needs to know.
        caption: what a reader who sees it needs to know.
    """

    figure: Figure
    alt: str
    caption: str

    def __post_init__(self) -> None:
        for name in ("alt", "caption"):
            if not getattr(self, name).strip():
                raise ValueError(f"A picture needs its {name}: say what it shows.")

    def svg(self) -> bytes:
        """The drawing as SVG, the same bytes for the same figure."""
        buffer = io.StringIO()
        with mpl.rc_context(dict(RC)):
            self.figure.savefig(buffer, format="svg", dpi=150, metadata={"Date": None, "Creator": None})
        return lean(buffer.getvalue()).encode()

    def save(self, path: Path) -> Path:
        """Write the SVG to a file and return its path."""
        path = Path(path)
        path.write_bytes(self.svg())
        return path

    def _repr_html_(self) -> str:
        width = round(self.figure.get_figwidth() * 96)
        data = base64.b64encode(self.svg()).decode()
        image = (
            f'<img class="picture dark-light" style="max-width:100%;height:auto" width="{width}"'
            f' src="data:image/svg+xml;base64,{data}" alt="{html.escape(self.alt)}">'
        )
        return f'<figure class="picture">{image}<figcaption>{html.escape(self.caption)}</figcaption></figure>'

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> tuple[dict, dict]:
        about = {"alt": self.alt, "caption": self.caption}
        return {"text/html": self._repr_html_(), "text/plain": f"Picture: {self.alt}"}, {"text/html": about}


def styled(function: Callable[P, R]) -> Callable[P, R]:
    """Draw under the common settings, whatever the notebook has set."""

    @functools.wraps(function)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
        with mpl.rc_context(dict(RC)):
            return function(*args, **kwargs)

    return drawn


def canvas(width: float = 6.4, height: float = 4.0) -> tuple[Figure, Axes]:
    """A figure with one pair of axes, outside pyplot: nothing is shown twice and nothing stays in memory.

    Args:
        width: in inches.
        height: in inches.

    Returns:
        The figure and its axes.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def panels(count: int, *, columns: int = 4, width: float = 2.4, height: float = 2.3) -> tuple[Figure, list[Axes]]:
    """A figure with a row-wise grid of axes.

    Args:
        count: number of axes.
        columns: most of them in one row.
        width: of one, in inches.
        height: of one, in inches.

    Returns:
        The figure and its axes.
    """
    across = min(count, columns)
    down = -(-count // across)
    figure = Figure(figsize=(width * across, height * down), layout="constrained")
    axes = list(figure.subplots(down, across, squeeze=False).flat)
    for spare in axes[count:]:
        spare.set_axis_off()
    return figure, axes[:count]


def short(value: float) -> str:
    """Three significant digits, with a power of ten only where it is needed.

    >>> short(2319.6), short(0.000431), short(3e9), short(9.0)
    ('2,320', '4.31 × 10^−4', '3 × 10^9', '9')
    """
    if value and not 1e-3 <= abs(value) < 1e6:
        digits, power = f"{value:.2e}".split("e")
        return f"{float(digits):g} × 10^{int(power)}".replace("-", "\N{MINUS SIGN}")
    return f"{float(f'{value:.3g}'):,g}" if abs(value) < 1000 else f"{float(f'{value:.3g}'):,.0f}"


def number(value: float, digits: int = 2) -> str:
    """A number for a label, with a true minus sign.

    >>> number(-0.314)
    '\N{MINUS SIGN}0.31'
    """
    return f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")
