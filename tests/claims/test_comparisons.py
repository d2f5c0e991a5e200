"""One indicator against another, and the winners of two benchmarks, in tables that decide either way or not at all."""

import pytest
from claims.tables import correlations

from untrained.claims import get

FOUR = {"cj": 0.5, "os": 0.2, "nlr": 0.4, "cnntk": 0.3}
FIRST, SECOND = "correlations/nas_bench_201-cifar10", "correlations/nas_bench_101-cifar10"
SIZE = "zico-beats-size@nas_bench_101-cifar10"


def against(id: str, **values: float) -> object:
    return get(id)({get(id).tables["correlations"]: correlations(values)})


def across(first: dict, second: dict, id: str = "fi-no-single-best-across") -> object:
    return get(id)({FIRST: correlations(first), SECOND: correlations(second)})


def test_ahead_of_size_behind_it_and_too_close():
    found = against(SIZE, zico=0.46, params=0.31)
    assert (found.verdict, found.ours) == ("holds", 0.46)
    assert found.reason.startswith("Ahead: zico 0.460, params 0.310, with 640 architectures; ours with")
    found = against(SIZE, zico=0.32, params=0.31)
    assert found.verdict == "fails"
    assert "by less than the interval" in found.reason
    found = against(SIZE, zico=0.30, params=0.31)
    assert found.verdict == "fails"
    assert found.reason.startswith("Not ahead")


@pytest.mark.parametrize("left_out", ["zico", "params"])
def test_both_indicators_are_needed(left_out):
    found = against(SIZE, **{name: 0.4 for name in ("zico", "params") if name != left_out})
    assert found.verdict == "not testable here"
    assert f"0 rows of {left_out}" in found.reason


def test_aggregates_are_columns_of_the_table():
    id = "vkdnw_agg-beats-az_nas@nas_bench_201-cifar10"
    assert against(id, vkdnw_agg=0.75, az_nas=0.71).verdict == "holds"
    assert against(id, vkdnw_agg=0.71, az_nas=0.75).verdict == "fails"
    assert "0 rows of vkdnw_agg" in against(id, az_nas=0.75).reason


def test_two_benchmarks_with_two_winners():
    found = across(FOUR, FOUR | {"nlr": 0.6})
    assert (found.verdict, found.ours) == ("holds", "cj 0.50, then nlr 0.60")


def test_two_benchmarks_with_one_winner():
    found = across(FOUR, FOUR)
    assert found.verdict == "fails"
    assert found.reason.startswith("Best on both, or reaching it: cj; 640 architectures")


def test_winners_that_differ_within_their_intervals_do_not_differ():
    found = across(FOUR, FOUR | {"nlr": 0.51})
    assert found.verdict == "fails"
    assert "reaching it: cj;" in found.reason


def test_both_tables_and_all_four_are_needed():
    found = get("fi-no-single-best-across")({FIRST: correlations(FOUR)})
    assert SECOND in found.reason
    assert "0 rows of os" in across(FOUR, {name: 0.3 for name in FOUR if name != "os"}).reason


def test_only_the_four_count_unless_all_are_asked():
    first, second = FOUR | {"zen": 0.9}, FOUR | {"nlr": 0.6, "zen": 0.9}
    assert across(first, second).verdict == "holds"
    found = across(first, second, "no-proxy-best-across")
    assert found.verdict == "fails"
    assert "reaching it: zen" in found.reason


def test_among_all_those_that_cannot_tell_are_left_out():
    wide = FOUR | {"zen": (0.9, 0.5, 0.95)}
    assert across(wide, FOUR | {"nlr": 0.6, "zen": 0.9}, "no-proxy-best-across").verdict == "holds"
    found = across({"zen": 0.5}, {"zico": 0.5}, "no-proxy-best-across")
    assert found.reason == "The two tables share no indicator that either decides."


def test_the_controls_say_so():
    for where in ("101", "201"):
        assert "a control" in get(f"fi-no-single-best-across@nas_bench_digits-{where}").published
    assert "in the abstract" in get("fi-no-single-best-across").published


def test_the_embedded_benchmark_meets_a_public_one():
    tables = {"correlations/nas_bench_digits": correlations(FOUR, sets=("unique",)), FIRST: correlations(FOUR | {"os": 0.7})}
    assert get("fi-no-single-best-across@nas_bench_digits-201")(tables).ours == "cj 0.50, then os 0.70"
