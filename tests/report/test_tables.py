"""Tables: text with intervals, sorted by number, the same bytes twice, nothing from the network."""

import re

import pandas as pd
import pytest

from untrained.claims import judge
from untrained.fusion import against_all
from untrained.report import Table, tables

MADE = {
    "claims": lambda i: tables.claims_table(judge({"fusion/nas_bench_digits-splits": i["splits"]})),
    "correlation": lambda i: tables.correlation_table(i["correlations"]),
    "fusion": lambda i: tables.fusion_table(i["splits"]),
    "comparison": lambda i: tables.comparison_table(against_all(i["splits"], "fi@15")),
}


@pytest.mark.parametrize("name", MADE)
def test_shows_itself_twice_the_same(name, inputs):
    first, again = (MADE[name](inputs)._repr_html_() for _ in range(2))
    assert first == again
    assert not re.search(r'(src|href)="?https?://(?!itables)', first)
    assert "orderData" in first


def test_correlation_table(inputs):
    table = MADE["correlation"](inputs)
    assert list(table.frame.columns) == ["proxy", "set", "plcc", "krocc", "n", "coverage"]
    assert table.frame.set_index("proxy").loc["nlr", "krocc"] == "0.60 [0.50, 0.70]"
    assert table.order["krocc"] == [0.41, 0.6, -0.2]


def test_a_ceiling_that_differs_between_metrics_is_no_column(inputs):
    frame = inputs["correlations"].assign(ceiling=lambda f: f["metric"].map({"krocc": 0.7}))
    assert "ceiling" not in tables.correlation_table(frame).frame


def test_fusion_table(inputs):
    table = MADE["fusion"](inputs)
    assert list(table.frame.columns[:6]) == ["method", "kind", "plcc", "rmse", "srocc", "krocc"]
    assert re.fullmatch(r"\d\.\d{3} ± \d\.\d{3}", table.frame.set_index("method").loc["fi@15", "rmse"])


def test_comparison_table(inputs):
    table = MADE["comparison"](inputs)
    assert table.caption.startswith("fi@15 against the others")
    assert set(table.frame["role"]) == {"single", "chosen", "oracle", "size"}


def test_claims_table_escapes_and_marks(inputs):
    row = {"id": "x", "statement": "a < b", "published": "-", "ours": 0.5, "low": 0.4, "high": 0.6, "verdict": "holds"}
    rows = [*judge({}), {**row, "reason": ""}]
    table = tables.claims_table(rows)
    assert "a &lt; b" in table.frame["What is checked"].iloc[-1]
    assert table.frame["Ours"].iloc[-1] == "0.500 [0.400, 0.600]"
    assert table.order["Ours"][-1] == 0.5


def test_text_sorts_by_its_number():
    shown = Table(pd.DataFrame({"tau": ["0.9 [0, 1]", "–"]}), "x", {"tau": [0.9, -1e308]})._repr_html_()
    definition = shown.replace(" ", "")
    assert '"orderData":[1]' in definition
    assert '"visible":false' in definition


def test_the_columns_of_a_pivot_leave_no_empty_head():
    long = pd.DataFrame({"arch": ["x", "y"], "metric": ["tau", "tau"], "value": [0.25, 0.75]})
    wide = long.pivot(index="arch", columns="metric", values="value")
    shown = Table(wide.reset_index(), "x", {"tau": [1.0, 2.0]})._repr_html_()
    assert re.findall(r"<th>(.*?)</th>", shown) == ["arch", "tau", "tau (number)"]
    assert "[[null" not in shown
    assert wide.columns.name == "metric"
    assert "<th>tau</th>" in Table(long.pivot(index="arch", columns="metric"), "two rows of heads")._repr_html_()


def test_equal_tables_with_other_captions_have_other_ids():
    frame = pd.DataFrame({"a": [1]})
    first, second = (re.search(r'id="(table-\w+)"', Table(frame, c)._repr_html_()).group(1) for c in "xy")
    assert first != second
