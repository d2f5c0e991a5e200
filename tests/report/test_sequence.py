"""Pictures of metrics on sequence models."""

import numpy as np
import pandas as pd
import pytest

from untrained.report.figures.sequence import covariance_scatters, group_scatters, released_dots, size_dots

INDEX = [f"recipe {i}" for i in range(6)]
SCORES = pd.DataFrame(
    {
        "hidden_covariance_1": [-1e3, -2e3, -1e5, -1e6, -1e7, np.nan],
        "hidden_covariance_2": -np.arange(1e3, 7e3, 1e3),
        "params": 1.0,
    },
    index=INDEX,
)
LOSS = pd.Series([4.5, 4.6, 4.7, 4.8, 5.0, 6.0], index=INDEX)
STATES = pd.Series([1.0, 2.0, 1.0, 3.0, 1.0, 2.0], index=INDEX)


def test_one_panel_per_layer_and_the_direction_is_said():
    picture = covariance_scatters(SCORES, LOSS, STATES)
    assert len(picture.figure.axes) == 2
    assert "layer 1 1.00, layer 2 1.00" in picture.alt
    assert [text.get_text() for text in picture.figure.axes[0].get_legend().get_texts()] == [
        "1 state",
        "2 states",
        "3 states",
    ]
    assert sum(len(points.get_offsets()) for points in picture.figure.axes[0].collections) == 5
    assert picture.figure.axes[0].xaxis_inverted()
    assert picture.svg() == covariance_scatters(SCORES, LOSS, STATES).svg()


def test_released_values_stand_beside_ours_where_there_are_any():
    frame = pd.DataFrame(
        [("a", 0.4, 0.3, 0.5, 0.37), ("params", 0.0, -0.1, 0.1, 0.01), ("b", 0.2, 0.1, 0.3, np.nan)],
        columns=["proxy", "value", "low", "high", "released"],
    )
    picture = released_dots(frame)
    assert picture.alt.startswith("Dots with intervals, from best to worst: a 0.40 [0.30, 0.50], released 0.37; b 0.20")
    assert "b 0.20 [0.10, 0.30];" in picture.alt
    (diamonds,) = [points for points in picture.figure.axes[0].collections if points.get_label() == "released"]
    assert diamonds.get_offsets().tolist() == [[pytest.approx(0.01), 0], [pytest.approx(0.37), 2]]
    assert "with the GLUE score" in released_dots(frame, truth="the GLUE score").caption


def test_groups_have_colours_and_a_tau_each():
    groups = pd.Series(["a", "a", "a", "b", "b", "b"], INDEX)
    picture = group_scatters(SCORES[["hidden_covariance_2", "params"]], -LOSS, groups, label="score")
    assert "hidden_covariance_2 1.00 over all, 1.00, 1.00 in the groups" in picture.alt
    assert "params nan over all, constant in the groups" in picture.alt
    assert [text.get_text() for text in picture.figure.legends[0].get_texts()] == ["a", "b"]


def test_what_is_left_inside_groups_is_coloured_by_its_interval():
    rows = [("a", 0.5, 0.2, 0.1, 0.3), ("b", 0.4, 0.0, -0.1, 0.1), ("c", 0.3, -0.2, -0.3, -0.1)]
    frame = pd.DataFrame(
        [
            {"proxy": name, "quantity": quantity, "metric": "krocc", "value": value, "low": low, "high": high}
            for name, whole, inside, low, high in [*rows, ("size", 0.6, np.nan, np.nan, np.nan)]
            for quantity, value in (("overall", whole), ("within", inside))
        ]
    )
    picture = size_dots(frame, truth="the score", held="equal size")
    minus = "\N{MINUS SIGN}"
    assert "Above 0 inside groups: a 0.50 to 0.20. Not told from 0: b 0.40 to 0.00." in picture.alt
    assert f"Below 0: c 0.30 to {minus}0.20." in picture.alt
    assert "equal size" in picture.caption and "size 0.60" not in picture.alt
