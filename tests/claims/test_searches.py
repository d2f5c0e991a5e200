"""Claims about searches come out either way, and refuse tables that do not decide them."""

import numpy as np
import pandas as pd
import pytest

from untrained.claims import NotTestable, get, names
from untrained.claims.robot import SINGLES, UNIQUE

SEEDS = 6
OTHERS = ("RS", "REA", "HNAS grad_norm", "params, best first", *SINGLES)


def table(accuracies, *, n=400, budget="20 queries", spread=0.2, questions=range(1, 21), places=range(1, 41, 2)):
    """Searches of twenty queries each; `accuracies` by method, others end at 90."""
    rng = np.random.default_rng(0)
    rows = []
    for method in dict.fromkeys([*accuracies, "RoBoT", *OTHERS]):
        for seed in range(SEEDS):
            accuracy = accuracies.get(method, 90.0) + (spread * rng.random() if method in accuracies else 0)
            for i in range(20):
                rows.append((method, seed, i + 1, questions[i], places[i], f"{accuracy:.3f}", accuracy))
    columns = ["method", "seed", "query", "question", "place", "pick", "test_acc"]
    found = pd.DataFrame(rows, columns=columns).assign(set="scored", budget=budget, seconds=100.0, best=95.0, n=n)
    return found.assign(rank=(100 - found["test_acc"]).round().astype(int))


def verdict(id, rows):
    """Verdict of a claim on a table of searches."""
    entry = get(id)
    return entry({next(iter(entry.tables.values())): rows})


@pytest.mark.parametrize(
    ("id", "other"),
    [
        ("robot-beats-random", "RS"),
        ("robot-beats-hnas", "HNAS grad_norm"),
        ("robot-beats-size", "params, best first"),
        ("robot-beats-each-metric", "synflow, best first"),
    ],
)
def test_ahead_behind_and_level(id, other):
    assert verdict(f"{id}@nas_bench_digits", table({"RoBoT": 93.0, other: 91.0})).verdict == "holds"
    assert verdict(f"{id}@nas_bench_digits", table({"RoBoT": 91.0, other: 93.0})).verdict == "fails"
    level = verdict(f"{id}@nas_bench_digits", table({"RoBoT": 93.0, other: 93.0}, spread=0.0))
    assert (level.verdict, level.ours) == ("fails", 0.0)


def test_the_hardest_metric_decides():
    found = verdict("robot-beats-each-metric@nas_bench_digits", table({"RoBoT": 93.0, SINGLES[2]: 92.0, SINGLES[4]: 94.0}))
    assert found.verdict == "fails" and SINGLES[4] in found.reason


def test_one_architecture():
    assert verdict("robot-one-architecture@nas_bench_digits", table({"RoBoT": 93.0}, spread=0.0)).verdict == "holds"
    found = verdict("robot-one-architecture@nas_bench_digits", table({"RoBoT": 93.0}))
    assert (found.verdict, found.ours) == ("fails", SEEDS)


@pytest.mark.parametrize(("questions", "expected"), [([*range(1, 7), *range(21, 35)], "holds"), (range(1, 21), "fails")])
def test_explored(questions, expected):
    found = verdict("robot-explores-little@nas_bench_digits", table({"RoBoT": 93.0}, questions=list(questions)))
    assert found.verdict == expected and found.ours == sum(question <= 20 for question in questions)


@pytest.mark.parametrize(
    ("places", "expected"), [([3, 5, 7, 11, 13, 20, *range(21, 35)], "holds"), ([1, 2, 3, 4, *range(21, 37)], "fails")]
)
def test_expected_rank(places, expected):
    """Six hits of twenty: (20 + 1) / (6 + 1) = 3; four hits expect 4.2."""
    found = verdict("robot-expected-rank@nas_bench_digits", table({"RoBoT": 93.0}, places=places))
    assert found.verdict == expected and found.ours == places[0]


def test_no_hit_is_not_testable():
    found = verdict("robot-expected-rank@nas_bench_digits", table({"RoBoT": 93.0}, places=range(21, 41)))
    assert found.verdict == "not testable here" and "No query of any" in found.reason


@pytest.mark.parametrize("id", ["robot-accuracy@nas_bench_201-cifar10", "hnas-accuracy@nas_bench_201-cifar10"])
def test_accuracy_of_the_whole_space_only(id):
    part = verdict(id, table({"RoBoT": 94.3, "HNAS grad_norm": 94.0}))
    assert part.verdict == "not testable here" and "400 are scored" in part.reason
    assert verdict(id, table({"RoBoT": 94.3, "HNAS grad_norm": 94.0}, n=UNIQUE, spread=0.0)).verdict == "holds"
    assert verdict(id, table({"RoBoT": 93.0, "HNAS grad_norm": 93.0}, n=UNIQUE, spread=0.0)).verdict == "fails"


def test_hnas_against_random():
    id = "hnas-grad-norm-beats-random@nas_bench_digits"
    assert verdict(id, table({"HNAS grad_norm": 93.0, "RS": 92.0})).verdict == "holds"
    assert verdict(id, table({"HNAS grad_norm": 92.0, "RS": 93.0})).verdict == "fails"


def test_hnas_with_other_targets_reads_its_own_searches():
    rows = table({"HNAS grad_norm": 91.0, "HNAS grad_norm, to the median": 94.0, "RS": 93.0}, n=UNIQUE, spread=0.0)
    for id, wanted in (
        ("hnas-accuracy", "fails"),
        ("hnas-accuracy-to-the-median", "holds"),
        ("hnas-grad-norm-beats-random", "fails"),
        ("hnas-grad-norm-to-the-median-beats-random", "holds"),
    ):
        assert verdict(f"{id}@nas_bench_201-cifar10", rows).verdict == wanted


def test_rank_on_tasks_is_lower_is_better():
    id = "robot-rank-beats-evolution@transnas_bench_101-micro-jigsaw"
    assert verdict(id, table({"RoBoT": 93.0, "REA": 90.0}, budget="100 queries")).verdict == "holds"
    assert verdict(id, table({"RoBoT": 90.0, "REA": 93.0}, budget="100 queries")).verdict == "fails"


def test_rank_among_all_layouts():
    id = "robot-rank@transnas_bench_101-macro-class_scene"  # published: 1
    some = table({"RoBoT": 99.0}, budget="100 queries", spread=0.0)
    assert "published figure is for the whole space (3,255" in verdict(id, some).reason
    assert verdict(id, some.assign(n=3255)).verdict == "holds"
    assert verdict(id, table({"RoBoT": 90.0}, budget="100 queries", n=3255)).verdict == "fails"


def test_missing_method_and_single_seed():
    rows = table({"RoBoT": 93.0})
    found = verdict("robot-beats-random@nas_bench_digits", rows[rows["method"] != "RS"])
    assert found.verdict == "not testable here" and "no RS within 20 queries" in found.reason
    found = verdict("robot-beats-random@nas_bench_digits", rows[rows["seed"] == 0])
    assert found.verdict == "not testable here" and "One seed" in found.reason


def test_every_claim_of_both_papers_can_be_judged():
    hnas = [f"HNAS {m}" for m in ("grad_norm", "snip", "grasp", "ntk_trace", "grad_norm, to the median")]
    full = table({"RoBoT": 93.0, **dict.fromkeys(hnas, 92.0)}, n=UNIQUE)
    full = pd.concat([full, full.assign(budget="100 queries")])
    ids = [id for id in names() if get(id).paper in ("he2024robot", "shu2022hnas") and "search" in str(get(id).tables)]
    assert len(ids) > 40
    for id in ids:
        assert verdict(id, full).verdict in ("holds", "fails"), id
    with pytest.raises(NotTestable):
        get(ids[0]).function(full.assign(set="full"))
