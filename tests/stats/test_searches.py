"""Ends, means and curves of searches, on a table made by hand."""

import numpy as np
import pandas as pd
import pytest

from untrained.stats.searches import anytime, ends, expected_places, lead, mean_interval, means


def search(method, seed, values, accuracies, *, questions=None, seconds=10.0):
    """Rows of one search among ten architectures whose values are 1..10."""
    best = np.maximum.accumulate(values)
    rows = [
        {
            "set": "full", "method": method, "budget": "b", "seed": seed, "query": i, "arch": str(value), "fidelity": 1,
            "value": value, "seconds": seconds, "question": (questions or range(1, 99))[i - 1], "pick": str(top),
            "place": 11 - value, "test_acc": accuracy, "rank": 100 - accuracy, "best": 99.0, "n": 10,
        }
        for i, (value, top, accuracy) in enumerate(zip(values, best, accuracies, strict=True), start=1)
    ]  # fmt: skip
    return pd.DataFrame(rows)


ROWS = pd.concat(
    [
        search("a", 0, [3, 9, 10], [90.0, 95, 96], questions=[1, 2, 5]),
        search("a", 1, [1, 2, 8], [80.0, 81, 94], questions=[1, 4, 6]),
        search("b", 0, [5], [92.0]),
        search("b", 1, [6], [93.0]),
    ],
    ignore_index=True,
)


def test_ends():
    found = ends(ROWS).set_index(["method", "seed"])
    assert found["test_acc"].tolist() == [96, 94, 92, 93] and found["pick"].tolist() == ["10", "8", "5", "6"]
    assert found["queries"].tolist() == [3, 3, 1, 1] and found["seconds"].tolist() == [30, 30, 10, 10]
    assert found["explored"].tolist() == [2, 1, 1, 1]
    assert found["hits"].tolist() == [2, 1, 0, 0] and found["place"].tolist() == [1, 3, 6, 5]
    assert found["regret"].tolist() == [3, 5, 7, 6]


def test_search_without_a_query_has_an_end():
    row = ROWS.iloc[[0]].assign(query=0, question=0, place=np.nan, seconds=0.0)
    found = ends(row).iloc[0]
    assert (found["queries"], found["explored"], found["hits"], found["test_acc"]) == (0, 0, 0, 90.0)


def test_means():
    found = means(ends(ROWS)).set_index("method")
    assert found.loc["a", "test_acc"] == 95 and found.loc["a", "sd"] == pytest.approx(2**0.5)
    assert 94 <= found.loc["a", "low"] <= 95 <= found.loc["a", "high"] <= 96
    assert found.loc["b", "rank"] == 7.5 and found.loc["b", "seeds"] == 2
    assert means(ends(ROWS[ROWS["seed"] == 0]))["sd"].tolist() == [0, 0]


def test_lead_is_paired_by_seed():
    found = lead(ends(ROWS), "a", "b")
    assert found.value == 2.5 and (found.low, found.high) == (1, 4)
    with pytest.raises(KeyError):
        lead(ends(ROWS), "a", "c")


def test_anytime_by_queries_and_by_seconds():
    by_query = anytime(ROWS, [0, 1, 2, 3, 4]).query("method == 'a'").set_index("at")["value"]
    assert by_query.to_dict() == {1: 85, 2: 88, 3: 95}
    by_second = anytime(ROWS, [5, 10, 19, 20, 30], over="seconds").query("method == 'a'").set_index("at")["value"]
    assert by_second.to_dict() == {10: 85, 19: 85, 20: 88, 30: 95}
    assert anytime(ROWS, [1, 2]).query("method == 'b'")["at"].tolist() == [1]


def test_interval_of_equal_values_is_a_point():
    assert (mean_interval([2.0] * 5).low, mean_interval([2.0] * 5).high) == (2, 2)


def test_expected_places_leave_out_searches_without_a_hit():
    found = expected_places(ends(ROWS)).set_index("method")
    assert found.loc["a", "expected"] == pytest.approx((4 / 3 + 4 / 2) / 2) and found.loc["a", "place"] == 2
    assert (found["missed"].tolist(), found.loc["b", "seeds"]) == ([0, 2], 2) and np.isnan(found.loc["b", "expected"])


def test_formula_is_right_where_its_assumption_holds():
    """Ten queries, three of them at random among the ten best places, the others beyond: mean best place 11 / 4."""
    rng = np.random.default_rng(0)
    rows = []
    for seed in range(3000):
        places = [*rng.choice(np.arange(1, 11), 3, replace=False), *rng.choice(np.arange(11, 101), 7, replace=False)]
        rows.append({"set": "full", "method": "a", "budget": "10", "seed": seed, "queries": 10, "explored": 5, "n": 100})
        rows[-1] |= {"hits": sum(place <= 10 for place in places), "place": min(places)}
    found = expected_places(pd.DataFrame(rows)).iloc[0]
    assert found["expected"] == pytest.approx(2.75) and found["low"] <= 2.75 <= found["high"]
