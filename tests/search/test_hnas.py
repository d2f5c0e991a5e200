"""HNAS: the worked examples and invariants of its specification."""

import numpy as np
import pytest
from search.words import ARCHS, oracle, space

from untrained import search
from untrained.search import Budget, Space
from untrained.search.hnas import METRICS, objective, trace_norm

SPACE = space()
X = np.array([[1.0, 0.0], [0.0, 2.0]])


def kernel(x):
    """Tangent kernel of f(x) = w.x."""
    return x @ x.T


def test_linear_model():
    m, theta = trace_norm(kernel(X)), kernel(X)
    eigenvalues = np.linalg.eigvalsh(theta)
    kappa = eigenvalues[-1] / eigenvalues[0]
    assert theta.tolist() == [[1, 0], [0, 4]] and np.trace(theta) == 5
    assert (m, kappa) == (pytest.approx(1.581139, abs=1e-6), pytest.approx(4))
    assert kappa / m == pytest.approx(2.529822, abs=1e-6)
    assert objective(m, kappa, mu=0.01, nu=2.0) == pytest.approx(2.544821, abs=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_gradient_is_bounded_by_error_and_trace(seed):
    """M_grad <= sqrt(mean (f_i - y_i)^2) M_trace for the squared loss of a linear model."""
    rng = np.random.default_rng(seed)
    x, y, w = rng.standard_normal((8, 5)), rng.standard_normal(8), rng.standard_normal(5)
    x, y, w = (X, np.zeros(2), np.ones(2)) if seed == 0 else (x, y, w)
    error = x @ w - y
    gradient = np.linalg.norm(x.T @ error / len(y))
    bound = np.sqrt(np.mean(error**2)) * trace_norm(kernel(x))
    assert gradient <= bound + 1e-12
    if seed == 0:
        assert (gradient, bound) == (pytest.approx(2.061553, abs=1e-6), pytest.approx(2.5))


def test_scale_of_the_output_and_order_of_samples():
    assert trace_norm(kernel(-3 * X)) == pytest.approx(3 * trace_norm(kernel(X)))
    assert trace_norm(kernel(X[::-1])) == trace_norm(kernel(X))


def test_objective_is_least_at_its_target_where_the_condition_is_in_proportion():
    m = np.linspace(0.5, 4, 36)
    assert m[objective(m, m + 1e-6, mu=0.1, nu=2.0).argmin()] == pytest.approx(2.0)
    one_sided = objective(m, m + 1e-6, mu=0.1, nu=2.0, one_sided=True)
    assert np.allclose(one_sided[m < 2], 1) and (one_sided[m > 2.05] > 1).all()


@pytest.mark.parametrize("metric", METRICS)
def test_each_query_is_the_best_of_some_target(metric):
    """The first queries have u = 0, 1/4, .. 1 and mu = 0.01: every one is the minimiser among those not asked yet."""
    run = search.run("hnas", SPACE, oracle, Budget(queries=20), 0, indicator=metric, pool=20000)
    m = METRICS[metric](SPACE.indicator(metric))
    kappa = np.nan_to_num(np.abs(SPACE.indicator("cnntk_frozen")), nan=1e5)
    left = np.full(len(ARCHS), True)
    for query, u in zip(run.queries, np.linspace(0, 1, 5), strict=False):
        costs = np.where(left, np.nan_to_num(objective(m, kappa, 0.01, u * np.nanquantile(m, 0.95)), nan=np.inf), np.inf)
        row = int(costs.argmin())
        assert query.arch == ARCHS[row]
        left[row] = False
    assert len(run.queries) == 20 == len({query.arch for query in run.queries})


def test_missing_condition_number_counts_as_a_large_one():
    columns = np.array([[1.0, -2.0], [1.0, np.nan], [1.0, -3.0]])
    three = Space(("a", "b", "c"), lambda arch: [], columns, ("snip", "cnntk_frozen"))
    run = search.run("hnas", three, lambda arch, fidelity: (0.0, 1.0), Budget(queries=3), 0, indicator="snip")
    assert [query.arch for query in run.queries] == ["a", "c", "b"]


def test_constant_target_changes_the_order():
    """Scale decides what the search looks for: a target of 0 asks for small M first, the largest M for large ones."""
    columns = np.column_stack([np.arange(1.0, 101), -np.ones(100)])
    line = Space(tuple(map(str, range(100))), lambda arch: [], columns, ("snip", "cnntk_frozen"))
    run = search.run("hnas", line, lambda arch, fidelity: (0.0, 1.0), Budget(queries=8), 0, indicator="snip", pool=10000)
    first, second = (line.position[query.arch] for query in run.queries[:2])
    assert first < 15 and second > 90


def test_unknown_metric_is_refused():
    with pytest.raises(ValueError, match="Unknown metric 'params'"):
        search.run("hnas", SPACE, oracle, Budget(queries=5), 0, indicator="params")
