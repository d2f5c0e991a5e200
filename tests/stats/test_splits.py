"""Splits: disjoint, complete, repeatable, and never through a group."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from untrained.stats import repeated_splits


@given(st.integers(3, 60), st.data())
def test_every_architecture_is_on_exactly_one_side(n, data):
    n_train = data.draw(st.integers(1, n - 2))
    for train, test in repeated_splits(n, n_train, repeats=3):
        assert len(train) == n_train
        assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(n))


@given(st.lists(st.integers(0, 8), min_size=12, max_size=40), st.integers(0, 5))
def test_groups_stay_whole(groups, seed):
    for train, test in repeated_splits(len(groups), 10, repeats=3, seed=seed, groups=groups) if _fits(groups) else ():
        assert not {groups[i] for i in train} & {groups[i] for i in test}
        assert len(train) <= 10


def _fits(groups):
    return min(groups.count(g) for g in set(groups)) <= 10


def test_seeds_repeat_and_splits_differ():
    first, again = (list(repeated_splits(50, 20, repeats=2, seed=3)) for _ in range(2))
    assert_array_equal(first[0][0], again[0][0])
    assert not np.array_equal(first[0][0], first[1][0])
    assert not np.array_equal(first[0][0], next(repeated_splits(50, 20, seed=4))[0])


def test_more_labels_keep_the_old_ones():
    small, large = next(repeated_splits(50, 10))[0], next(repeated_splits(50, 30))[0]
    assert set(small) < set(large)


def test_strings_are_groups_too():
    train, _ = next(repeated_splits(6, 2, groups=["a", "b", "c", "a", "b", "c"]))
    assert len(train) == 2
    assert train[1] - train[0] == 3


@pytest.mark.parametrize("n_train", [0, 9, 10])
def test_too_few_or_too_many_for_training(n_train):
    with pytest.raises(ValueError, match=rf"n_train={n_train} of 10 architectures, wanted 1 to 8"):
        list(repeated_splits(10, n_train))


def test_wrong_group_labels():
    with pytest.raises(ValueError, match="Got 2 group labels for 10"):
        list(repeated_splits(10, 5, groups=[0, 1]))
    with pytest.raises(ValueError, match="No group has at most"):
        list(repeated_splits(10, 2, groups=[0] * 5 + [1] * 5))
