"""Bootstrap intervals: the vectorised metrics equal the plain ones on every resample; groups stay together."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from untrained.stats import METRICS, Interval, bootstrap, bootstrap_difference, krocc, plcc
from untrained.stats.intervals import draw_counts
from untrained.stats.resampled import RESAMPLED


@pytest.fixture
def sample():
    generator = np.random.default_rng(0)
    y = generator.normal(size=200)
    return np.round(y + generator.normal(size=200), 1), np.round(y, 1)


@pytest.mark.parametrize("metric", METRICS.values())
@settings(max_examples=30, deadline=None)
@given(st.data())
def test_resampled_equals_the_metric_on_the_drawn_values(metric, data):
    n = data.draw(st.integers(2, 12))
    p, y = (np.array(data.draw(st.lists(st.integers(0, 5), min_size=n, max_size=n)), float) for _ in "py")
    counts = next(draw_counts(n, n=8, seed=data.draw(st.integers(0, 99))))
    slow = [metric(*(np.repeat(a, k.astype(int)) for a in (p, y))) for k in counts.T]
    assert_allclose(RESAMPLED[metric](p, y, counts), slow, atol=1e-9)


@pytest.mark.parametrize("metric", METRICS.values())
def test_fast_and_generic_bootstrap_agree(metric, sample):
    fast = bootstrap(metric, *sample, n=50)
    slow = bootstrap(lambda p, y: metric(p, y), *sample, n=50)
    assert_allclose([fast.low, fast.high], [slow.low, slow.high], atol=1e-12)


def test_interval_holds_the_value_and_repeats_itself(sample):
    first, again, other = (bootstrap(krocc, *sample, seed=s) for s in (0, 0, 1))
    assert first == again != other
    assert first.low < first.value < first.high
    assert first.value == krocc(*sample)


def test_coverage_of_a_known_mean():
    generator = np.random.default_rng(1)
    hits = [bootstrap(np.mean, generator.normal(size=40), n=200, seed=k) for k in range(100)]
    assert 85 <= sum(i.low <= 0 <= i.high for i in hits) <= 100


def test_groups_are_drawn_whole():
    groups = ["a", "b", "a", "c", "b"]
    for counts in draw_counts(5, n=20, groups=groups):
        assert_array_equal(counts[0], counts[2])
        assert_array_equal(counts[1], counts[4])
    assert_array_equal(sum(c.shape[1] for c in draw_counts(5, n=20, groups=groups)), 20)


def test_duplicated_architectures_widen_the_interval_when_grouped(sample):
    p, y = (np.repeat(a, 3) for a in sample)
    apart, together = bootstrap(plcc, p, y), bootstrap(plcc, p, y, groups=np.repeat(np.arange(200), 3))
    assert together.high - together.low > 1.4 * (apart.high - apart.low)


def test_paired_difference_is_narrower_than_either(sample):
    p, y = sample
    twin = p + np.random.default_rng(2).normal(scale=0.05, size=len(p))
    difference, alone = bootstrap_difference(krocc, p, twin, y), bootstrap(krocc, p, y)
    assert_allclose(difference.value, krocc(p, y) - krocc(twin, y))
    assert difference.high - difference.low < 0.5 * (alone.high - alone.low)
    assert bootstrap_difference(krocc, p, p, y) == Interval(0, 0, 0)


def test_constant_score_has_no_interval():
    interval = bootstrap(krocc, np.ones(5), np.arange(5.0))
    assert all(np.isnan(v) for v in (interval.value, interval.low, interval.high))


def test_text_of_an_interval():
    assert str(Interval(0.714, 0.68, 0.744)) == "0.71 [0.68, 0.74]"
    assert f"{Interval(0.714, 0.68, 0.744):+.1f}" == "+0.7 [+0.7, +0.7]"


def test_unequal_lengths_are_refused():
    with pytest.raises(ValueError, match="one length"):
        bootstrap(plcc, [1, 2, 3], [1, 2])


def test_a_table_of_a_thousand_architectures_takes_seconds():
    generator = np.random.default_rng(0)
    p, y = generator.normal(size=(2, 1000))
    start = time.process_time()
    bootstrap(krocc, p, y, n=1000)
    assert time.process_time() - start < 3  # 0.2 s measured; eleven indicators in about 2 s
