"""Novelty search and NSGA-II: the sign rule, the archive, the operators' bookkeeping, fronts known by hand."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from search.words import ARCHS, METRICS, neighbours, oracle, space

from untrained import search
from untrained.search import Budget, Space
from untrained.search.novelty import Archive, descriptors, novelty, nsga2, pareto_novelty, undominated
from untrained.stats import fronts

vectors = st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=12).map(np.array)
CODES = np.array(list(itertools.product(range(4), repeat=4)))
GRID = np.column_stack([CODES.sum(axis=1), -CODES[:, 0] + 0.25 * CODES[:, 1]]).astype(float)
"""Two objectives in conflict, with many ties."""


def dominates(a, b):
    return bool((a <= b).all() and (a < b).any())


@given(vectors)
@settings(deadline=None)
def test_dominance_is_a_strict_order(phi):
    for a, b, c in itertools.product(phi[:6], repeat=3):
        assert not dominates(a, a)
        assert not (dominates(a, b) and dominates(b, a))
        assert not (dominates(a, b) and dominates(b, c)) or dominates(a, c)


@given(vectors, st.randoms())
@settings(deadline=None)
def test_archive_holds_what_nothing_seen_dominates_in_whatever_order_it_came(phi, random):
    """Equal descriptors of two architectures stay both; the same architecture again changes nothing."""
    slow = [i for i, a in enumerate(phi) if not any(dominates(b, a) for b in phi)]
    assert np.flatnonzero(undominated(phi)).tolist() == slow
    order = list(range(len(phi)))
    random.shuffle(order)
    archive = Archive(phi)
    for row in [*order, *order]:
        stage = archive.add([row])
        assert not any(dominates(phi[a], phi[b]) for a, b in itertools.permutations(stage.archive, 2))
    assert stage.archive == tuple(slow) and stage.seen == len(phi)


def test_novelty_rewards_remote_members_and_outsiders_that_are_close():
    archive = np.array([[0.0, 1], [1, 0]])
    eta = novelty(np.array([[0.0, 1], [1, 1]]), archive, np.array([True, False]))
    np.testing.assert_allclose(eta, [2**0.5 / 2, -1.0], atol=1e-12)
    near, far = novelty(np.array([[0.5, 0.75], [3, 3]]), archive, np.array([False, False]))
    assert far < near < 0


def test_novelty_is_free_of_units_and_of_constant_components():
    rng = np.random.default_rng(0)
    pool, archive, member = rng.random((6, 3)), rng.random((4, 3)), np.arange(6) < 3
    plain = novelty(pool, archive, member)
    scaled = novelty(pool * [1e9, 1, 1e-9] + [5, 0, 0], archive * [1e9, 1, 1e-9] + [5, 0, 0], member)
    np.testing.assert_allclose(scaled, plain, rtol=1e-9)
    constant = [np.column_stack([part, np.full(len(part), 7.0)]) for part in (pool, archive)]
    np.testing.assert_allclose(novelty(*constant, member), plain)


def test_descriptors_are_minimised_and_a_missing_value_is_the_worst():
    features = np.array([[3.0, np.nan], [np.nan, np.nan], [1, np.nan]])
    found = descriptors(features, np.array([10, np.nan, 30]))
    assert found.tolist() == [[-3, 0, 10], [-1, 0, 30], [-1, 0, 30]]


@pytest.mark.parametrize("evolve", [pareto_novelty, nsga2])
def test_stages_keep_the_books(evolve):
    """Never more described than drawn, the archive always of what was seen, and no random state but the generator's."""
    stages = list(evolve(CODES, GRID, np.random.default_rng(3), population=10, generations=12))
    assert len(stages) == 13 and 5 <= stages[0].seen <= 10
    assert all(a.seen <= b.seen <= a.seen + 10 for a, b in itertools.pairwise(stages))
    np.random.seed(9)
    assert list(evolve(CODES, GRID, np.random.default_rng(3), population=10, generations=12)) == stages
    assert list(evolve(CODES, GRID, np.random.default_rng(4), population=10, generations=12)) != stages


@pytest.mark.parametrize("evolve", [pareto_novelty, nsga2])
def test_both_find_the_front_of_a_small_space_sooner_than_random_draws(evolve):
    points = (GRID - GRID.min(axis=0)) / np.ptp(GRID, axis=0)
    true = fronts.front(points)
    found, drawn = [], []
    for seed in range(10):
        *_, last = evolve(CODES, GRID, np.random.default_rng(seed), population=10, generations=12)
        found.append(fronts.quality(points[list(last.archive)], true)["igd"])
        rows = np.random.default_rng(seed).choice(len(CODES), size=last.seen, replace=False)
        drawn.append(fronts.quality(points[rows], true)["igd"])
    assert np.mean(found) < 0.6 * np.mean(drawn)


def test_odd_population_is_refused():
    with pytest.raises(ValueError, match="population of 7"):
        next(pareto_novelty(CODES, GRID, np.random.default_rng(0), population=7))


@pytest.mark.parametrize("name", ["mtf_pdns", "mtf_moenas"])
def test_what_is_trained_is_an_archive(name):
    """A budget for everything pays for the archive and nothing else, and a part of it for a part of that."""
    options = {"indicators": ("synflow",), "complexity": "params", "generations": 5}
    whole = search.run(name, space(), oracle, Budget(queries=300), 2, **options)
    phi = descriptors(space().indicators(("synflow",)), space().indicator("params"))
    rows = [ARCHS.index(query.arch) for query in whole.queries]
    assert whole.ended == "finished" and undominated(phi[rows]).all() and len(rows) < 100
    part = search.run(name, space(), oracle, Budget(queries=3), 2, **options)
    assert part.queries == whole.queries[:3]


def test_unknown_complexity_is_named():
    with pytest.raises(KeyError, match="'flop'.*'flops'"):
        search.run("mtf_pdns", space(), oracle, Budget(queries=3), 0, complexity="flop")


def test_nsga2_ends_where_nothing_new_is_in_reach():
    """Four architectures and a population of twenty: no new child exists."""
    tiny = Space(ARCHS[:4], neighbours, np.arange(4.0)[:, None] * np.ones(len(METRICS)), METRICS, CODES[:4])
    run = search.run("mtf_moenas", tiny, oracle, Budget(queries=9), 0)
    assert 1 <= len(run.queries) <= 4
