"""Paired comparison over splits."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats as scipy_stats

from untrained.stats import compare_over_splits

A, B = [0.5, 0.6, 0.7, 0.6], [0.4, 0.6, 0.5, 0.5]


def test_values_by_hand():
    c = compare_over_splits(A, B, n_train=200, n_test=100)
    assert_allclose([c.mean, c.sd, c.se], [0.1, np.sqrt(0.02 / 3), np.sqrt(0.02 / 3) / 2])
    assert_allclose(c.se_corrected, c.sd * np.sqrt(1 / 4 + 0.5))
    assert (c.splits, c.wins) == (4, 0.75)


def test_plain_p_value_is_the_paired_t_test():
    c = compare_over_splits(A, B, n_train=200, n_test=100)
    assert_allclose(c.p_value(corrected=False), scipy_stats.ttest_rel(A, B).pvalue)
    assert c.p_value() > c.p_value(corrected=False)


def test_lower_is_better_turns_the_sign():
    up = compare_over_splits(A, B, n_train=2, n_test=2)
    down = compare_over_splits(A, B, n_train=2, n_test=2, lower_is_better=True)
    assert_allclose(up.mean, -down.mean)
    assert_allclose(up.mean, -compare_over_splits(B, A, n_train=2, n_test=2).mean)


def test_exceeds_its_standard_error():
    c = compare_over_splits(A, B, n_train=200, n_test=100)
    assert c.exceeds(2)
    assert not c.exceeds(2, corrected=True)
    assert not compare_over_splits(B, A, n_train=200, n_test=100).exceeds(0)


def test_equal_methods_do_not_differ():
    c = compare_over_splits(A, A, n_train=2, n_test=2)
    assert c.p_value() == 1
    assert not c.exceeds(2)


def test_missing_value_is_refused():
    with pytest.raises(ValueError, match="1 NaN of 2"):
        compare_over_splits([1, float("nan")], [1, 2], n_train=2, n_test=2)
