"""Fronts and their indicators: areas and distances known by hand, and what may not change them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from untrained.stats.fronts import front, plane, quality

points = st.lists(st.tuples(*[st.integers(0, 10).map(lambda v: v / 10)] * 2), min_size=1, max_size=20)
ENDS = [[0, 1], [1, 0]]


def test_hypervolume_known_by_hand():
    """(1.05 - 0)(1.05 - 1) twice, less the square counted twice; the middle point adds 0.5 x 0.5."""
    assert quality(ENDS, ENDS)["hv"] == pytest.approx(0.1025)
    assert quality([*ENDS, [0.5, 0.5]], ENDS)["hv"] == pytest.approx(0.3525)
    assert quality([*ENDS, [0.5, 0.5], [0.6, 0.7]], ENDS)["hv"] == pytest.approx(0.3525)
    assert quality([[1.05, 0], [2, 2]], ENDS)["hv"] == 0


def test_distances_known_by_hand():
    found = quality([[0.5, 0.5]], ENDS)
    assert found["igd"] == pytest.approx(0.5**0.5) and found["igd_plus"] == pytest.approx(0.5)
    assert quality(ENDS, ENDS)["igd"] == quality(ENDS, ENDS)["igd_plus"] == 0


@given(points)
@settings(deadline=None)
def test_front_is_what_none_dominates_and_changes_no_indicator(found):
    kept = front(found)
    slow = {a for a in found if not any(b != a and b[0] <= a[0] and b[1] <= a[1] for b in found)}
    assert set(map(tuple, kept)) == slow and len(kept) == len(slow)
    assert (np.diff(kept[:, 0]) > 0).all() and (np.diff(kept[:, 1]) < 0).all()
    both = [quality(part, ENDS) for part in (kept, [*found, *found])]
    assert both[0] == pytest.approx(both[1])


@given(points, points)
@settings(deadline=None)
def test_more_points_are_never_worse(some, more):
    less, all_ = quality(some, ENDS), quality([*some, *more], ENDS)
    assert all_["hv"] >= less["hv"] - 1e-12 and all_["igd_plus"] <= less["igd_plus"] + 1e-12


def test_plane_scales_over_what_it_is_given():
    assert plane([94, 10], [3.0, 3.0]).tolist() == [[1 - 0.94, 0], [1 - 0.1, 0]]
