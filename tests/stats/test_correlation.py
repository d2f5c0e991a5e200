"""The four metrics: values known by hand, laws, and SciPy as an independent definition."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats as scipy_stats

from untrained.stats import METRICS, krocc, linear_map, plcc, rmse, srocc

CORRELATIONS = [plcc, srocc, krocc]
values = st.lists(st.integers(-50, 50), min_size=3, max_size=40)


@st.composite
def pairs(draw):
    p = draw(values)
    y = draw(st.lists(st.integers(-50, 50), min_size=len(p), max_size=len(p)))
    assume(len(set(p)) > 1 and len(set(y)) > 1)
    return np.array(p, float), np.array(y, float)


def test_least_squares_example():
    x, y = [0, 1, 2], [1, 3, 2]
    line = linear_map(x, y)
    assert (line.slope, line.intercept) == (0.5, 1.5)
    assert_allclose([rmse(line(x), y), plcc(x, y), srocc(x, y), krocc(x, y)], [0.70710678, 0.5, 0.5, 1 / 3], rtol=1e-7)


def test_accuracy_example():
    p, y = (90, 92, 94, 91), (91, 92, 93, 90)
    assert_allclose([plcc(p, y), rmse(p, y), srocc(p, y), krocc(p, y)], [0.83152184, 0.86602540, 0.8, 2 / 3], rtol=1e-7)


def test_ties_example():
    p, y = (1, 2, 2, 3, 4), (1, 3, 2, 2, 5)
    assert_allclose([krocc(p, y), srocc(p, y)], [2 / 3, 0.76315789], rtol=1e-7)


@given(pairs())
def test_tau_b_equals_its_definition_and_scipy(pair):
    p, y = pair
    a, b = np.sign(np.subtract.outer(p, p)), np.sign(np.subtract.outer(y, y))
    slow = (a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum())
    assert_allclose(krocc(p, y), slow, atol=1e-12)
    assert_allclose(krocc(p, y), scipy_stats.kendalltau(p, y).statistic, atol=1e-12)
    assert_allclose(srocc(p, y), scipy_stats.spearmanr(p, y).statistic, atol=1e-12)
    assert_allclose(plcc(p, y), scipy_stats.pearsonr(p, y).statistic, atol=1e-9)


@given(pairs())
def test_correlations_are_symmetric_bounded_and_odd(pair):
    p, y = pair
    for metric in CORRELATIONS:
        assert_allclose(metric(p, y), metric(y, p), atol=1e-12)
        assert_allclose(metric(-p, y), -metric(p, y), atol=1e-12)
        assert -1 <= metric(p, y) <= 1
        assert_allclose(metric(p, p), 1)


@given(pairs())
def test_ranks_ignore_monotone_maps_and_plcc_ignores_affine_ones(pair):
    p, y = pair
    for metric in (srocc, krocc):
        assert_allclose(metric(p**3 + p, np.exp(y / 10)), metric(p, y), atol=1e-12)
    assert_allclose(plcc(3 * p - 7, y), plcc(p, y), atol=1e-9)


@given(pairs(), st.randoms(use_true_random=False))
def test_order_of_architectures_is_irrelevant(pair, random):
    p, y = pair
    order = list(range(len(p)))
    random.shuffle(order)
    for metric in METRICS.values():
        assert_allclose(metric(p[order], y[order]), metric(p, y), atol=1e-12)


@pytest.mark.parametrize("metric", CORRELATIONS)
def test_constant_input_is_undefined(metric):
    assert np.isnan(metric([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]))
    assert np.isnan(metric([1.0, 2.0, 3.0], [0.1, 0.1, 0.1]))


@pytest.mark.parametrize("metric", METRICS.values())
def test_bad_input_is_refused(metric):
    with pytest.raises(ValueError, match="second argument has 1 NaN of 3"):
        metric([1, 2, 3], [1, float("nan"), 2])
    with pytest.raises(ValueError, match=r"shapes \(3,\) and \(2,\)"):
        metric([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match="Got 1 value"):
        metric([1], [1])


def test_huge_and_tiny_scores_stay_finite():
    assert_allclose(plcc(np.array([1.0, 2.0, 3.0]) * 1e300, [1, 2, 3]), 1)
    assert_allclose(plcc(np.array([1.0, 2.0, 3.0]) * 1e-300, [1, 2, 3]), 1)
