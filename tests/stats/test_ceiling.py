"""The ceiling: what two measurements of one truth agree on."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from untrained.stats import agreement, krocc, plcc, seed_ceiling, spearman_brown


def test_spearman_brown_by_hand():
    assert_allclose([spearman_brown(0.7), spearman_brown(0.7, 3), spearman_brown(0.5, 1)], [1.4 / 1.7, 2.1 / 2.4, 0.5])


def test_ceiling_of_known_noise():
    generator = np.random.default_rng(0)
    truth = generator.normal(size=20_000)
    seeds = pd.DataFrame({f"test_acc_{k}": truth + 0.5 * generator.normal(size=20_000) for k in range(3)})
    ceiling = seed_ceiling(seeds, metric="plcc")
    assert_allclose(ceiling["between_seeds"], 1 / 1.25, atol=0.01)
    assert_allclose(ceiling["reliability"], 1 / (1 + 0.25 / 3), atol=0.01)
    assert_allclose(ceiling["ceiling"], plcc(truth, seeds.mean(axis=1)), atol=0.01)


def test_equal_seeds_reach_one():
    assert seed_ceiling(pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [1.0, 2.0, 3.0]}))["ceiling"] == pytest.approx(1)


def test_one_seed_has_no_ceiling():
    with pytest.raises(ValueError, match="Got 1 training seed"):
        seed_ceiling(pd.DataFrame({"test_acc_0": [1.0, 2.0]}))


def test_agreement_is_a_bootstrapped_tau():
    first, second = np.arange(30.0), np.arange(30.0)[::-1] % 7
    interval = agreement(first, second, n=100)
    assert interval.value == krocc(first, second)
    assert interval.low <= interval.value <= interval.high
