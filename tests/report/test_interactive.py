"""The interactive scatter: names escaped, coordinates right, no network, the same bytes twice."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from untrained.report import interactive

FRAME = pd.DataFrame(
    {"a": [1.0, 3.0, 2.0, np.nan], "b": [10.0, 30.0, 20.0, 5.0]}, index=["|x~0|", "</script>", "y & z", "w"]
)


def data(page):
    return json.loads(re.search(r"data = (\[.*\]);", page).group(1))


def test_points_are_sorted_placed_and_named():
    plot = interactive.scatter(FRAME, x="a", y="b", y_label="accuracy, %")
    points = data(plot.page)
    assert [text for *_, text in points] == [
        "|x~0|  (a 1, accuracy, % 10)",
        "y & z  (a 2, accuracy, % 20)",
        "</script>  (a 3, accuracy, % 30)",
    ]
    across, down = [p[0] for p in points], [p[1] for p in points]
    assert across == sorted(across)
    assert down == sorted(down, reverse=True)
    assert across[1] - across[0] == pytest.approx(across[2] - across[1], abs=0.2)
    assert plot.page.count("<circle cx=") == 3
    assert "1 without a value are left out" in plot.caption


def test_names_cannot_break_out_of_the_script():
    page = interactive.scatter(FRAME, x="a", y="b")._repr_html_()
    assert page.count("</script>") == 1


def test_page_is_accessible_and_needs_no_network():
    page = interactive.scatter(FRAME, x="a", y="b").page
    assert 'aria-label="Scatter plot of b against a, 3 architectures.' in page
    assert 'tabindex="0"' in page
    assert 'aria-live="polite"' in page
    assert "http" not in page


def test_same_bytes_twice_and_another_id_for_other_data():
    first, again = (interactive.scatter(FRAME, x="a", y="b").page for _ in range(2))
    other = interactive.scatter(FRAME, x="b", y="a").page
    assert first == again
    assert re.search(r'id="([\w-]+)"', first).group(1) != re.search(r'id="([\w-]+)"', other).group(1)


def test_constant_columns_are_drawn():
    points = data(interactive.scatter(pd.DataFrame({"a": [1.0, 1.0], "b": [0.0, 0.0]}), x="a", y="b").page)
    assert all(np.isfinite(p[:2]).all() for p in points)


def test_of_many_points_a_sample_is_drawn_and_said():
    many = pd.DataFrame({"a": range(2500), "b": range(2500)}, index=map(str, range(2500)))
    page = interactive.scatter(many, x="a", y="b").page
    assert len(data(page)) == interactive.MOST
    assert "2500 architectures. A uniform sample of 1,200 is drawn." in page
    assert len(data(interactive.scatter(many.iloc[:1200], x="a", y="b").page)) == 1200


def test_nothing_to_draw():
    with pytest.raises(ValueError, match="No row has both 'a' and 'b'"):
        interactive.scatter(FRAME.iloc[3:], x="a", y="b")
