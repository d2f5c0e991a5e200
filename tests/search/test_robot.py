"""RoBoT: the worked examples of its specification, its theory by enumeration, and what its scaling does."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from search.words import ARCHS, oracle, part, space

from untrained import search
from untrained.search import Budget, Space
from untrained.search.robot import METRICS, expected_best_rank, min_max, precision_at, top

PAIR = np.array([[0.0, 1.0], [0.5, 0.6], [1.0, 0.0]])
SPACE = space()


@pytest.mark.parametrize(("weights", "row"), [((1, 1), 1), ((1, 0), 2), ((-1, 0), 0)])
def test_weights_select(weights, row):
    assert top(PAIR, weights) == row


@pytest.mark.parametrize("seed", range(5))
def test_selection_ignores_the_length_of_weights_and_never_takes_the_worst_in_all(seed):
    rng = np.random.default_rng(seed)
    columns, weights = rng.random((30, 4)), rng.uniform(-1, 1, 4)
    assert top(columns, weights) == top(columns, 17.5 * weights)
    columns[7] = 0
    assert top(columns, np.abs(weights)) != 7


def test_precision_of_two_rankings():
    """Rankings a, b, c, d, e and b, c, d, e, a."""
    first, second = [5, 4, 3, 2, 1], [1, 5, 4, 3, 2]
    assert precision_at(3, first, second) == pytest.approx(2 / 3)
    assert precision_at(5, first, second) == 1
    assert precision_at(3, np.exp(first), second) == precision_at(3, first, second)
    assert precision_at(1, first, second) == 0


def test_missing_score_ranks_last():
    assert precision_at(2, [np.nan, 2, 1], [3, 2, 1]) == 0.5


@pytest.mark.parametrize("count", [0, 4])
def test_precision_beyond_the_pool_is_refused(count):
    with pytest.raises(ValueError, match=f"T = {count}"):
        precision_at(count, [1, 2, 3], [1, 2, 3])


@pytest.mark.parametrize(
    ("count", "hits", "rank"), [(4, 2, Fraction(5, 3)), (10, 3, Fraction(11, 4)), (20, 5, Fraction(7, 2))]
)
def test_expected_best_rank_is_that_of_enumeration(count, hits, rank):
    subsets = list(itertools.combinations(range(1, count + 1), hits))
    assert Fraction(sum(min(subset) for subset in subsets), len(subsets)) == rank
    assert expected_best_rank(count, hits / count) == pytest.approx(float(rank))


def test_expected_rank_without_a_hit_is_refused():
    with pytest.raises(ValueError, match="without a hit"):
        expected_best_rank(10, 0.0)


def test_scaling_is_by_column_and_one_outlier_decides():
    heavy = np.array([[1.0], [2.0], [3.0], [1e9]])
    assert min_max(heavy)[:3].max() < 1e-8 and min_max(heavy)[3] == 1
    assert min_max(np.full((3, 2), np.nan)).tolist() == [[0, 0]] * 3


@pytest.mark.parametrize("scaling", ["min_max", "rank"])
def test_budget_of_the_whole_space_finds_the_optimum(scaling):
    small = part(SPACE, 25)
    run = search.run("robot", small, oracle, Budget(queries=25), 0, scaling=scaling)
    assert run.pick == max(small.architectures, key=lambda arch: oracle(arch, 200)[0])
    assert len(run.queries) == 25


def test_exploration_repeats_itself_and_the_rest_goes_down_one_ranking():
    """Some of the first T questions select what was selected before; the others follow a weighted sum's order."""
    run = search.run("robot", SPACE, oracle, Budget(queries=20), 1)
    explored = [query for query in run.queries if query.question <= 20]
    assert 1 < len(explored) < 20 == len(run.queries)
    greedy = [SPACE.position[query.arch] for query in run.queries[len(explored) :]]
    seen = {SPACE.position[query.arch] for query in explored}
    columns = min_max(SPACE.indicators(METRICS))
    rest = [row for row in range(len(ARCHS)) if row not in seen and row not in greedy]
    gaps = columns[greedy[:-1]] - columns[greedy[1:]]
    below = columns[greedy[-1]] - columns[rest]
    assert _separable(np.vstack([gaps, below]))


def _separable(rows):
    """Whether some w has rows @ w >= 0 and is not 0."""
    from scipy.optimize import linprog

    found = linprog(-rows.sum(0), A_ub=-rows, b_ub=np.zeros(len(rows)), bounds=[(-1, 1)] * rows.shape[1])
    return found.status == 0 and -found.fun > 1e-9


def test_one_metric_that_knows_all_finds_the_optimum_at_once():
    values = np.array([oracle(arch, 200)[0] for arch in ARCHS])
    known = Space(ARCHS, SPACE.neighbours, values[:, None], ("oracle",), SPACE.codes, (200,))
    run = search.run("robot", known, oracle, Budget(queries=5), 0, indicators=("oracle",))
    assert run.pick == ARCHS[int(values.argmax())]


def test_unknown_scaling_is_refused():
    with pytest.raises(ValueError, match="Did you mean 'min_max'"):
        search.run("robot", SPACE, oracle, Budget(queries=5), 0, scaling="minmax")
