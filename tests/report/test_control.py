"""Pictures and tables of the control for size and of DAS."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest

from untrained.fusion import das
from untrained.report import size_tables
from untrained.report.figures import control as figures
from untrained.report.figures import distinguish
from untrained.stats.control import control
from untrained.stats.size_groups import grouped


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """The control of indicators that copy size, see beyond it, mislead at equal size, and are constant in groups."""
    random = np.random.default_rng(0)
    size, noise = np.repeat([1.0, 2.0, 3.0], 30), random.normal(size=90)
    columns = {"params": size, "copy": size + 0.01 * random.normal(size=90), "sees": noise, "misleads": 9 * size - noise}
    scores = pd.DataFrame(columns, index=[f"a{i}" for i in range(90)])
    return control(scores, pd.Series(2 * size + noise, index=scores.index), size, n=100)


def rules() -> pd.DataFrame:
    rows = [
        {"rule": rule, "benchmark": where, "quantity": q, "value": v, "low": v - 0.1, "high": v + 0.1}
        for where, shift in (("one", 0.0), ("two", -0.3))
        for rule, v in (("R0", 1.0), ("R1", 0.8 + shift), ("R5", 1.4 + shift))
        for q in ("tau", "factor", "difference")
    ]
    return pd.DataFrame(rows)


def test_the_verdict_on_every_indicator(table):
    found = figures.beyond_size(table)
    assert found.to_dict() == {"copy": figures.NONE, "sees": figures.MORE, "misleads": figures.AGAINST}


def test_where_groups_are_close_more_than_size_is_more_than_size_keeps():
    random = np.random.default_rng(0)
    size = pd.Series(random.normal(size=400), index=[f"a{i}" for i in range(400)])
    noise = random.normal(size=400)
    scores = pd.DataFrame({"params": size, "copy": size + 0.01 * noise, "sees": size + 3 * noise})
    found = control(scores, size + noise, grouped(list(size.index), size, "quantile", bins=4), n=100)
    assert 0.1 < figures.kept(found) < 0.5
    assert found.query("proxy == 'copy' and quantity == 'within'")["low"].item() > 0
    assert figures.beyond_size(found).to_dict() == {"copy": figures.NONE, "sees": figures.MORE}
    picture = figures.control_dots(found)
    assert f"({figures.kept(found):.2f}), so more than size" in picture.caption and "groups (params)" in picture.caption


def test_the_picture_says_what_it_shows(table):
    picture = figures.control_dots(table)
    assert ElementTree.fromstring(picture.svg()).tag.endswith("svg")
    assert "More than size (1): sees" in picture.alt
    assert "Against its direction (1): misleads" in picture.alt
    assert "(0.00), so more than size" in picture.caption and "no value inside groups (params)" in picture.caption
    left, right = picture.figure.axes
    names = [label.get_text() for label in left.get_yticklabels()]
    assert names == ["params", "misleads", "copy", "sees"]
    assert {label.get_text() for label in right.get_yticklabels()} == {""}


def test_the_table_is_ordered_by_what_is_left(table):
    shown = size_tables.control_table(table)
    assert list(shown.frame["proxy"]) == ["sees", "copy", "misleads", "params"]
    assert shown.frame["at equal size"].iloc[0].startswith("1.00 [1.00, 1.00]")
    assert shown.frame["at equal size"].iloc[-1] == "–"
    assert shown.frame[["groups", "n in them"]].to_numpy().tolist() == [[3, 90]] * 3 + [[0, 0]]
    assert shown.order["at equal size"][0] == 1
    assert "<table" in shown._repr_html_()


def test_every_group_is_listed_in_order(table):
    shown = size_tables.group_table(table, ["copy", "sees"]).frame
    assert list(shown.columns) == ["group", "n", "copy", "sees"]
    assert shown["group"].tolist() == ["1.0", "2.0", "3.0"]
    assert shown["n"].tolist() == [30] * 3
    assert shown["sees"].tolist() == ["1.00"] * 3


def test_rules_and_factors():
    picture = distinguish.rule_dots(rules().query("benchmark == 'one'"))
    assert "R0 1.000; R1 0.800; R5 1.400" in picture.alt
    picture = distinguish.factor_dots(rules().query("quantity == 'factor'"))
    assert "two: R0 1.00, R1 0.50, R5 1.10" in picture.alt
    assert "1.04 to 1.56" in picture.caption
    for made in (picture, distinguish.factor_dots(rules().query("quantity == 'factor' and benchmark == 'one'"))):
        assert ElementTree.fromstring(made.svg()).tag.endswith("svg")


def test_tables_of_rules():
    shown = size_tables.factor_table(rules().query("quantity == 'factor'")).frame
    assert shown.iloc[1].to_dict() == {
        "benchmark": "two",
        "R0": "1.00 [0.90, 1.10]",
        "R1": "0.50 [0.40, 0.60]",
        "R5": "1.10 [1.00, 1.20]",
    }
    one = size_tables.rule_table(rules().query("benchmark == 'one'"))
    assert list(one.frame["rule"]) == ["R0", "R1", "R5"]
    assert one.frame["at equal N_A"].tolist() == ["–"] * 3


def test_the_rate_of_one_benchmark_is_carried_to_all():
    frame = rules().assign(set="unique", chosen=False).rename(columns={"benchmark": "key"})
    weighted = [
        frame[frame["rule"] == "R1"].assign(rule=das.weighted_rule(w), chosen=frame["key"].eq(k))
        for w, k in ((0.5, "one"), (2, "two"))
    ]
    results = pd.concat([frame, *weighted, frame[frame["rule"] == "R5"].assign(rule="R7@100")], ignore_index=True)
    for source, weight in (("one", 0.5), ("two", 2)):
        found = das.carried(results, source)
        assert set(found["rule"]) == {"R0", "R1", "R5", das.CARRIED}
        carried = found[found["rule"] == das.CARRIED]
        assert (set(carried["key"]), set(carried["weight"])) == ({"one", "two"}, {weight})
    with pytest.raises(ValueError, match="Did you mean 'one'"):
        das.carried(results, "onne")
