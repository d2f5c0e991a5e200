"""Pictures and tables over benchmarks, from one to twenty, and of errors against published code."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest

from untrained.report import figures, tables

SMALL = pd.DataFrame(
    [
        ("snip", "one", 0.6, 0.5, 0.7),
        ("params", "one", 0.4, 0.3, 0.5),
        ("os", "one", -0.2, -0.3, -0.1),
        ("cj", "one", 0.1, -0.1, 0.3),
        ("snip", "two", 0.5, 0.45, 0.55),
        ("params", "two", 0.52, 0.47, 0.57),
        ("cj", "two", -0.3, -0.4, -0.2),
    ],
    columns=["proxy", "benchmark", "value", "low", "high"],
).assign(metric="krocc", ceiling=[0.8] * 4 + [None] * 3)
ERRORS = pd.DataFrame(
    [
        ("a", "small", "float64", "X", 8, 1e-9, 1e-6, True),
        ("a", "small", "float32", "X", 8, 1e-5, 1e-4, True),
        ("a", "full", "float32", "X, Y", 2, 1e-3, 1e-4, False),
        ("b", "small", "float64", "Y", 8, 1e-7, 1e-6, True),
    ],
    columns=["proxy", "config", "precision", "peers", "networks", "within", "asked", "hold"],
)


def many(count: int) -> pd.DataFrame:
    """Thirty indicators on some number of benchmarks, a few of them not scored."""
    random = np.random.default_rng(0)
    frame = pd.MultiIndex.from_product(
        [
            [*(f"p{i}" for i in range(25)), "cj", "os", "nlr", "cnntk", "params"],
            [f"a_benchmark task{i}" for i in range(count)],
        ],
        names=["proxy", "benchmark"],
    ).to_frame(index=False)
    value = random.uniform(-0.9, 0.9, len(frame))
    frame = frame.assign(value=value, low=value - 0.1, high=value + 0.1, ceiling=np.nan)
    return frame[(random.random(len(frame)) > 0.1) | (frame["proxy"] == "params")].reset_index(drop=True)


def words(picture) -> list[str]:
    """All text that the figure draws."""
    return [text.get_text() for axes in picture.figure.axes for text in (*axes.texts, *axes.get_yticklabels())]


@pytest.mark.parametrize("count", [1, 2, 20])
def test_any_number_of_benchmarks(count):
    frame = many(count)
    kinds = [figures.indicator_heat, figures.rank_lines, *([figures.benchmark_agreement] if count > 1 else [])]
    for picture in (draw(frame) for draw in kinds):
        assert ElementTree.fromstring(picture.svg()).tag.endswith("svg")
        assert "nan" not in picture.alt + picture.caption
        assert picture.figure.get_figwidth() < 12


def test_mean_ranks_order_the_rows_and_missing_scores_have_none():
    values, ranks = tables.ranked(SMALL)
    assert list(values.index) == ["params", "snip", "cj", "os"]
    assert ranks["one"].to_dict() == {"params": 2, "snip": 1, "cj": 3, "os": 4}
    assert np.isnan(ranks.loc["os", "two"]) and ranks.loc["cj", "two"] == 3
    equal = tables.ranked(SMALL.assign(value=0.5))[1]
    assert set(equal["one"]) == {2.5}


def test_the_map_marks_size_frames_the_best_and_greys_what_may_be_zero():
    picture = figures.indicator_heat(SMALL)
    assert "\N{BLACK DIAMOND}  params" in words(picture) and "two trainings" in words(picture)
    assert {"0.60", "\N{MINUS SIGN}0.20", "0.80"} <= set(words(picture))
    colours = {text.get_text(): text.get_color() for text in picture.figure.axes[0].texts}
    assert colours["0.10"] == "#777777" != colours["\N{MINUS SIGN}0.20"]
    frames = sorted(patch.get_xy() for patch in picture.figure.axes[0].patches)
    assert frames == [(0, 1), (1, 0)]  # snip leads the first, params the second
    assert "one: snip 0.60; two: params 0.52" in picture.alt
    assert "two trainings" not in words(figures.indicator_heat(SMALL.assign(ceiling=None)))


def test_lines_say_every_rank_and_name_the_best():
    picture = figures.rank_lines(SMALL, follow=["cj", "os", "nlr"])
    assert "params: 2, 1; cj: 3, 3; os: 4." in picture.alt
    assert "params has the best mean rank" in picture.caption
    assert "params, best mean rank" in words(picture)


def test_agreement_by_hand():
    frame = SMALL[SMALL["proxy"] != "os"]
    assert "Most alike: one and two (0.50)" in figures.benchmark_agreement(frame).alt
    with pytest.raises(ValueError, match="Got one benchmark, one"):
        figures.benchmark_agreement(SMALL[SMALL["benchmark"] == "one"])


def test_a_metric_without_a_sign_is_refused():
    with pytest.raises(ValueError, match="Got metric 'rmse'"):
        figures.indicator_heat(SMALL, metric="rmse")


def test_rank_table():
    table = tables.rank_table(SMALL)
    row = table.frame.set_index("proxy").loc["os"]
    assert row.to_dict() == {"mean": "4.0", "best": "4", "worst": "4", "scored on": "1", "one": "4", "two": "–"}
    assert table.order["two"][-1] == 1e308
    assert table._repr_html_() == tables.rank_table(SMALL)._repr_html_()


def test_leaders_and_what_separates_them():
    one, two = tables.leaders_table(SMALL).frame.to_dict("records")
    assert (one["best"], one["value"], one["runner-up"], one["separate"]) == ("snip", "0.60 [0.50, 0.70]", "params", "yes")
    assert (one["above it"], one["two trainings"]) == ("no", "0.80")
    assert (two["best"], two["separate"], two["above it"], two["two trainings"]) == ("params", "no", "no", "–")
    higher = SMALL.assign(low=SMALL["low"].where(SMALL["proxy"] != "snip", 0.51))
    assert tables.leaders_table(higher).frame["above it"][0] == "yes"
    assert tables.leaders_table(SMALL[SMALL["proxy"] != "params"].assign(ceiling=None)).frame["above it"][0] == "–"


def test_errors_against_published_code():
    picture = figures.reference_dots(ERRORS)
    assert "float64 at most 10^\N{MINUS SIGN}7; float32 at most 10^\N{MINUS SIGN}3" in picture.alt
    rows = tables.reference_table(ERRORS).frame.set_index("proxy")
    assert rows.loc["a", ["small, float64", "full, float32", "networks", "holds", "published code"]].tolist() == [
        "1e-9", "1e-3", "8 small, 2 full", "no", "X, Y",
    ]  # fmt: skip
    assert rows.loc["b", "holds"] == "yes"
    assert not re.search("nan", picture.alt + tables.reference_table(ERRORS)._repr_html_())


def test_digits_of_a_machine_do_not_show():
    assert {tables.decade(error) for error in (0.0, 5e-17, 3e-13, 1e-9)} == {1e-9}
    assert [tables.decade(error) for error in (1.1e-9, 1e-8, 2.0)] == [1e-8, 1e-8, 10.0]
    assert np.isnan(tables.decade(float("nan")))
