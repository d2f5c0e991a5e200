"""A lean drawing draws the same elements at the same places, stays as it is, and is much smaller than matplotlib's."""

import io
import re
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex

from untrained.report.lean import REFERENCE, lean
from untrained.report.style import RC, canvas


@pytest.fixture(scope="module")
def raw() -> str:
    """An SVG of matplotlib with text, subscripts, clipped lines, points of several kinds and an image."""
    with mpl.rc_context(dict(RC)):
        figure, axes = canvas()
        places = np.linspace(0, 1, 30)
        axes.plot(places, places**2, "o-", markerfacecolor="white", alpha=0.37123, label="$x_1^2$")
        axes.scatter(places, 1 - places, c="#aabbcc", label="fallend, 10 mal")
        axes.imshow(np.random.default_rng(0).random((9, 9, 4)), extent=(0.2, 0.4, 0.2, 0.4))
        axes.legend()
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg")
    return buffer.getvalue()


def drawn(svg: str) -> list:
    """Each `use` in its order: the first point of what it draws, the place, and the colour of the fill."""
    rules = dict(re.findall(r"\.(\w+){(.*?)}", svg))
    every = [{name.split("}")[-1]: text for name, text in one.attrib.items()} for one in ElementTree.fromstring(svg).iter()]
    data = {one["id"]: one.get("d", "") for one in every if "id" in one}
    uses = []
    for one in every:
        if one.get("href", "").startswith("#"):
            start = re.findall(r"-?[\d.]+", data[one["href"][1:]])[:2]
            place = re.findall(r"-?[\d.]+", one.get("transform", "")) or [one.get("x", 0), one.get("y", 0)]
            style = one.get("style", rules.get(one.get("class"), ""))
            fill = [to_hex(colour) for colour in re.findall(r"fill: ?(#\w+)", style)]
            uses.append(([round(float(number), 2) for number in [*start, *place]], fill))
    return uses


def test_every_use_draws_the_same_at_the_same_place(raw):
    assert len(drawn(raw)) > 100
    for (before, fill), (after, same) in zip(drawn(raw), drawn(lean(raw)), strict=True):
        np.testing.assert_allclose(after, before, atol=0.0101)
        assert same == fill


def test_what_is_lean_stays(raw):
    once = lean(raw)
    assert lean(once) == once


def test_each_name_is_defined_once_and_referred_to(raw):
    names = re.findall(r' id="([^"]+)', lean(raw))
    assert len(set(names)) == len(names) > 20
    assert set(names) == set(re.findall(REFERENCE, lean(raw)))


def test_each_class_is_defined_once(raw):
    rules = re.findall(r"\.(\w+){", lean(raw))
    assert len(set(rules)) == len(rules) > 5
    assert set(rules) == set(re.findall(r'class="(\w+)"', lean(raw)))
    assert "opacity:.37" in lean(raw) and re.search(r"clip-path:url\(#\w+\)", lean(raw)) and "*{stroke-linejoin" in lean(raw)


def test_takes_less_than_half(raw):
    assert len(lean(raw)) < 0.5 * len(raw)
