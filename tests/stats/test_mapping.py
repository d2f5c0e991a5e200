"""Maps from scores to accuracies."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from untrained.stats import Logistic5, linear_map, logistic5, rmse


def test_logistic_at_its_middle():
    q = Logistic5(b1=7.0, b2=2.0, b3=1.5, b4=0.3, b5=90.0)
    assert_allclose(q(1.5), 0.3 * 1.5 + 90)


def test_logistic_equals_its_formula():
    q, s = Logistic5(b1=7.0, b2=2.0, b3=1.5, b4=0.3, b5=90.0), np.linspace(-3, 3, 9)
    assert_allclose(q(s), 7 * (0.5 - 1 / (1 + np.exp(2 * (s - 1.5)))) + 0.3 * s + 90)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e9])
def test_logistic_is_recovered_in_any_unit(unit):
    truth, s = Logistic5(b1=30, b2=2, b3=0.5, b4=1, b5=80), np.linspace(-4, 4, 200)
    fit = logistic5(s * unit + 3 * unit, truth(s))
    assert rmse(fit(s * unit + 3 * unit), truth(s)) < 1e-3


@pytest.mark.parametrize("seed", range(5))
def test_logistic_is_monotone_and_never_worse_than_the_line(seed):
    generator = np.random.default_rng(seed)
    s = generator.standard_cauchy(80)
    y = 90 + np.tanh(s) + generator.normal(size=80)
    fit, line = logistic5(s, y), linear_map(s, y)
    assert rmse(fit(s), y) <= rmse(line(s), y) + 1e-9
    assert (np.diff(fit(np.sort(s))) >= -1e-9).all()


def test_a_wrong_sign_gives_a_flat_map():
    s, y = np.arange(10.0), -np.arange(10.0)
    assert linear_map(s, y).slope == 0
    assert_allclose(np.ptp(logistic5(s, y)(s)), 0, atol=0.1)
    assert_allclose(linear_map(s, y)(s), y.mean())


def test_a_constant_score_maps_to_the_mean():
    y = np.array([1.0, 2.0, 6.0])
    for fit in (linear_map, logistic5):
        assert_allclose(fit([5, 5, 5], y)([5, 7]), [3, 3])


def test_an_extreme_score_does_not_break_the_fit():
    s = np.append(np.linspace(0, 1, 60), -1e12)
    y = np.append(np.linspace(80, 90, 60), 10)
    fit = logistic5(s, y)
    assert np.isfinite(fit(s)).all()
    assert rmse(fit(s), y) < 5
