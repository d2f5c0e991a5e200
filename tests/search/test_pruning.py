"""TE-NAS: importance by ranks, one operator per position and round, and what is left at the end."""

import itertools

import numpy as np
import pytest
from search.words import METRICS, oracle, space, truth

from untrained import search
from untrained.search import Budget, Space
from untrained.search.pruning import importance, prune, without

CHOICES = [np.arange(5)] * 6


def best_left(sets):
    """A supernet is as good as its operators: high numbers are good at even positions, low ones at odd."""
    value = sum(sum(o if place % 2 == 0 else 4 - o for o in operators) for place, operators in enumerate(sets))
    return 100.0 - value, float(value)


def test_importance_adds_the_ranks_of_what_a_removal_costs():
    assert importance([10.0, 30, 20], [500, 400, 450]).tolist() == [2, 6, 4]
    assert importance([10.0, 30, 20], [400, 500, 450]).tolist() == [4, 4, 4], "the two ranks weigh the same"
    assert importance([np.nan, 1e5], [3, np.nan]).tolist() == [3, 3]
    assert importance([1e3, 1e9], [5, 5]).tolist() == [2.5, 3.5], "ties share their rank, and magnitudes do not count"


def test_a_round_takes_one_operator_from_each_position_and_measures_a_supernet_for_each_candidate():
    asked = []
    found = prune(lambda sets: asked.append(sets) or best_left(sets), CHOICES, np.random.default_rng(0))
    assert [sum(map(len, sets)) for sets in found.rounds] == [30, 24, 18, 12, 6]
    assert all(len(operators) == 5 - i for i, sets in enumerate(found.rounds) for operators in sets)
    for before, after in itertools.pairwise(found.rounds):
        assert all(set(b) > set(a) for b, a in zip(before, after, strict=True))
    assert found.scored == len(asked) == 30 + 24 + 18 + 12
    assert asked[0] == without(found.rounds[0], 0, 0)


def test_what_is_left_is_the_best_where_operators_do_not_interact():
    assert prune(best_left, CHOICES, np.random.default_rng(0)).code == (4, 0, 4, 0, 4, 0)


def test_a_measure_that_tells_nothing_leaves_it_to_chance():
    codes = {prune(lambda sets: (1.0, 1.0), CHOICES[:2], np.random.default_rng(seed)).code for seed in range(200)}
    assert len(codes) == 25


def test_position_without_a_choice_is_left_alone():
    assert prune(best_left, [np.array([2]), np.array([1, 3])], np.random.default_rng(0)).code == (2, 1)


def test_medians_of_a_space_lead_to_what_both_metrics_praise():
    features = np.array([[truth(arch), truth(arch)] for arch in space().architectures])  # directed: higher is better
    given = Space(space().architectures, space().neighbours, features, ("cnntk", "nlr"), space().codes)
    run = search.run("te_nas", given, oracle, Budget(queries=1), 0)
    assert run.pick == "dddd" and not run.queries


@pytest.mark.parametrize("count", [40, 200])
def test_space_with_holes_is_searched(count):
    rows = np.random.default_rng(0).permutation(256)[:count]
    whole = space()
    archs = tuple(whole.architectures[row] for row in rows)
    part = Space(archs, whole.neighbours, whole.features[rows], METRICS, whole.codes[rows])
    assert search.run("te_nas", part, oracle, Budget(queries=1), 0).pick in archs
