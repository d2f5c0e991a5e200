"""Evolution, local steps and random order on spaces whose answers are known by hand."""

import itertools

import numpy as np
import pytest
from search.words import ARCHS, neighbours, oracle, space, truth

from untrained import search
from untrained.search import Budget, Space

LINE = tuple(f"{i:02d}" for i in range(30))


def near(arch):
    """The one or two next numbers."""
    return [LINE[i] for i in (int(arch) - 1, int(arch) + 1) if 0 <= i < len(LINE)]


def height(arch, fidelity):
    """Highest at 21."""
    return -abs(int(arch) - 21.0), 1.0


def test_random_search_asks_for_everything_once_in_an_order_of_its_own():
    runs = [search.run("random_search", space(), oracle, Budget(queries=256), seed) for seed in (0, 1)]
    orders = [[query.arch for query in run.queries] for run in runs]
    assert all(sorted(order) == list(ARCHS) for order in orders) and orders[0] != orders[1]


@pytest.mark.parametrize("seed", range(5))
def test_local_search_climbs_a_line_to_its_top(seed):
    """From any start every step goes up, and at most one query per step is wasted before the top is known."""
    run = search.run("local_search", Space(LINE, near), height, Budget(queries=45), seed)
    start = int(run.queries[0].arch)
    distance = abs(start - 21)
    top = next(i for i, query in enumerate(run.queries) if query.arch == "21")
    assert run.pick == "21" and top <= 2 * distance
    assert all(abs(int(query.arch) - start) <= distance + 1 for query in run.queries[: top + 1])


def test_local_search_starts_again_at_a_peak():
    flat = Space(LINE, near)
    run = search.run("local_search", flat, lambda arch, fidelity: (1.0, 1.0), Budget(queries=30), 0)
    assert len(run.queries) == 30


def test_evolution_mutates_members_that_are_still_alive():
    """Every child is one letter away from one of the ten architectures asked just before it, new or not."""
    asked = []
    method = search.get("regularised_evolution").function(space(), np.random.default_rng(0))
    arch = next(method)
    for _ in range(300):
        asked.append(arch)
        arch = method.send(truth(arch))
    for i in range(10, len(asked)):
        assert any(asked[i] in neighbours(parent) for parent in asked[i - 10 : i])
    far = [i for i in range(10, 300) if not any(asked[i] in neighbours(parent) for parent in asked[i - 5 : i])]
    assert far, "children come from members older than five questions too"


def test_evolution_beats_random_search_on_a_space_with_structure():
    """Mean quality after 40 queries over 20 seeds: two standard errors apart."""
    found = {}
    for name in ("random_search", "regularised_evolution", "local_search"):
        runs = [search.run(name, space(), oracle, Budget(queries=40), seed) for seed in range(20)]
        found[name] = np.array([truth(run.pick) for run in runs])
    for name in ("regularised_evolution", "local_search"):
        lead = found[name] - found["random_search"]
        assert lead.mean() > 2 * lead.std() / np.sqrt(len(lead))


def test_mutation_stays_in_the_space_and_falls_back_on_a_random_one():
    lonely = Space(LINE, lambda arch: [])
    rng = np.random.default_rng(0)
    assert {lonely.mutate("03", rng) for _ in range(400)} == set(LINE)
    assert {Space(LINE, near).mutate("03", rng) for _ in range(50)} == {"02", "04"}


def test_picks_are_the_best_so_far():
    run = search.run("random_search", space(), oracle, Budget(queries=20), 2)
    best = [max(run.queries[: i + 1], key=lambda query: query.value).arch for i in range(20)]
    assert run.picks() == best
    assert all(a == b or truth(b) >= truth(a) - 1 for a, b in itertools.pairwise(best))
