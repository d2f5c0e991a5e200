"""SWAP-NAS: the bell, the bookkeeping of the evolution, and that the size asked for is the size found."""

import numpy as np
import pytest
from search.words import METRICS, oracle, space

from untrained import search
from untrained.search import Budget, Space
from untrained.search.evolution_by_score import evolve_by_score, regularised

CHOICES = [np.arange(4)] * 6


def test_bell_of_the_paper():
    assert float(regularised(1000, 1.0, 0.9, 0.9)) == pytest.approx(988.950, abs=1e-3)
    assert float(regularised(1, 2.4, 1.2, 1.2)) == pytest.approx(0.301194, abs=1e-6)
    sizes = np.linspace(0.5, 2.4, 9)
    assert (np.diff(regularised(1, sizes, 2.5, 2.5)) > 0).all(), "mu above all sizes: a function of size that rises"
    assert (np.diff(regularised(1, sizes[sizes > 0.9], 0.9, 0.9)) < 0).all(), "above mu it falls"
    assert regularised([3, np.nan], 1.0, None, None).tolist()[0] == 3


@pytest.mark.parametrize("sigma", [None, 0, -1.0])
def test_bell_without_width_is_refused(sigma):
    with pytest.raises(ValueError, match=f"sigma = {sigma}"):
        regularised(1, 1, 0.9, sigma)


def test_evolution_asks_once_for_each_code_and_finds_the_top():
    calls = []
    found = evolve_by_score(lambda code: calls.append(code) or sum(code), CHOICES, np.random.default_rng(0), cycles=150)
    assert calls == list(found.values) and len(calls) < found.asked == 50 + 150 * 4
    assert found.best == (3,) * 6


def test_children_differ_from_their_parent_in_one_place():
    """Every code is a random one of the start, or of parents scored before it: crossed, or one change away."""
    found = list(evolve_by_score(sum, CHOICES, np.random.default_rng(1), population=6, cycles=40).values)
    for i, code in enumerate(found[6:], start=6):
        before = np.array(found[:i])
        near = ((before != code).sum(axis=1) == 1).any()
        crossed = any(((a == code) | (b == code)).all() for a in before for b in before)
        assert near or crossed


def test_missing_scores_never_win():
    found = evolve_by_score(lambda code: np.nan if code[0] == 3 else code[0], CHOICES, np.random.default_rng(0), cycles=50)
    assert found.best[0] == 2


def test_worst_member_leaves():
    """With a population of two every cycle ends with the two best seen of members and child: values never fall."""
    found = evolve_by_score(sum, CHOICES, np.random.default_rng(2), population=2, sample=2, cycles=200, mutations=1)
    assert found.best == (3,) * 6


@pytest.mark.parametrize("mu", [0.2, 0.5, 0.9])
def test_size_asked_for_is_the_size_found(mu):
    """A score without any information: the bell alone decides, and the pick has the size nearest to mu."""
    rng = np.random.default_rng(0)
    sizes = rng.permutation(np.linspace(0, 1000, 256))
    features = np.column_stack([np.ones(256), sizes])
    given = Space(space().architectures, space().neighbours, features, ("swap", "params"), space().codes)
    run = search.run("swap_nas", given, oracle, Budget(queries=5), 0, mu=mu, sigma=mu, cycles=300)
    assert not run.queries
    assert abs(sizes[given.position[run.pick]] / 1e3 - mu) == pytest.approx(np.abs(sizes / 1e3 - mu).min(), abs=0.02)


def test_pick_without_a_bell_is_the_best_score():
    swap = space().features[:, METRICS.index("swap")]
    run = search.run("swap_nas", space(), oracle, Budget(queries=5), 0)
    assert swap[space().position[run.pick]] == np.nanmax(swap)


def test_best_of_the_mutants_is_the_child():
    """One member and enough mutants to meet every neighbour: each cycle climbs one step, so six steps reach the top."""
    found = evolve_by_score(
        sum, [np.arange(2)] * 6, np.random.default_rng(0), population=1, sample=1, cycles=6, mutations=200
    )
    assert found.best == (1,) * 6
