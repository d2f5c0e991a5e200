"""Tables and sentences of indicators that are kept."""

import pandas as pd

from untrained.fusion.placing import Population
from untrained.fusion.released import Released
from untrained.fusion.reliability import TABLE, Reliability
from untrained.report import model_card as card


def row(key: str, tau: float, params: float | None, among: str = TABLE) -> Reliability:
    about = {"benchmark": key[0], "dataset": "images", "accuracy": "test_acc", "n": 90, "learned_from": ("z",), "labels": 0}
    ends = {"tau": tau, "low": tau - 0.1, "high": tau + 0.1, "params": params}
    return Reliability(key=key, among=among, split="no label", interval="resamples", seed=3, **about, **ends)


def front(values: list[float], seconds: float | None = 0.5) -> pd.DataFrame:
    rows = [
        {"count": k, "value": v, "low": v - 0.1, "high": v + 0.1, "seconds": seconds and k * seconds, "parts": "abc"[:k]}
        for k, v in enumerate(values, 1)
    ]
    return pd.DataFrame(rows)


def test_weights_side_by_side():
    one = Released("one", {"a": 0.25, "b": 0.75}, {"a": "higher", "b": "lower"}, {}, {"p": Population.of(pd.DataFrame())})
    two = Released("two", {"b": 1.0}, {"b": "lower"}, {}, {})
    shown = card.weight_table([one, two]).frame
    assert shown.to_dict("list") == {"indicator": ["b", "a"], "one": ["0.75", "0.25"], "two": ["1.00", "–"]}


def test_a_reliability_says_all_that_it_depends_on():
    table = card.reliability_table([row("a1", 0.5, 0.4), row("b", 0.6, None, among="a1")])
    first, second = table.frame.to_dict("records")
    assert first["τ-b"] == "0.500 [0.400, 0.600]" and first["τ-b of #Param"] == "0.400"
    assert second["ranks"] == "among a1" and second["τ-b of #Param"] == "–"
    assert {
        "architectures": 90,
        "seed": 3,
        "interval": "resamples",
        "set, split": "unique, no label",
    }.items() <= first.items()
    assert table.order == {"τ-b": [0.5, 0.6]}


def test_the_smallest_subset_is_marked():
    table = card.front_table({"x": front([0.3, 0.597, 0.6]), "y": front([0.5], None)})
    assert table.frame["subset"].tolist() == ["", "smallest with 99 %", "all", "all"]
    assert table.frame["seconds"].tolist() == ["0.500", "1.000", "1.500", "–"]
    assert card.smallest_subset(front([0.3, 0.597, 0.6])) == "2 of 3 (ab): tau 0.597 of 0.600, 1.00 of 1.50 s"
    assert card.smallest_subset(front([0.5], None)) == "1 of 1 (a): tau 0.500 of 0.500"


def test_beside_size_benchmarks_count_once():
    rows = [row("a1", 0.2, 0.1), row("a2", 0.4, 0.5), row("b", 0.7, 0.5), row("c", 0.9, None)]
    assert card.against_size(rows) == (
        "mean over benchmarks 0.50, that of the number of parameters 0.40; above it on 2 of 3 tables (a1, b)"
    )
    assert card.against_size([rows[-1]]) == "the number of parameters was not scored"
