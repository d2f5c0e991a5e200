import numpy as np
import pytest

from untrained.stats.top import ndcg, regret


def test_ndcg_by_hand():
    assert ndcg([3, 2, 1], [3, 2, 1]) == pytest.approx(1)
    gain = 2 ** (np.array([3, 2, 1]) / 3) - 1
    discount = 1 / np.log2([2, 3, 4])
    assert ndcg([1, 2, 3], [3, 2, 1]) == pytest.approx((gain[::-1] @ discount) / (gain @ discount))
    assert ndcg([1, 2, 3], [3, 2, 1]) == pytest.approx(0.7534, abs=5e-5)


def test_ties_share_their_discounts_whatever_the_order():
    assert ndcg([1, 1, 0], [3, 2, 1]) == pytest.approx(ndcg([1, 1, 0], [2, 3, 1]))
    both = (ndcg([2, 1, 0], [3, 2, 1]) + ndcg([1, 2, 0], [3, 2, 1])) / 2
    assert ndcg([1, 1, 0], [3, 2, 1]) == pytest.approx(both)


def test_regret():
    y = [93.0, 95.0, 94.0, 90.0]
    assert regret([4, 1, 3, 2], y) == 2
    assert regret([4, 1, 3, 2], y, 2) == 1
    assert regret([4, 1, 3, 2], y, 9) == 0
    assert regret([0, 0, 0, 0], y) == 2
