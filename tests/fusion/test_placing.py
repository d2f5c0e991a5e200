import numpy as np
import pandas as pd
import pytest

from untrained.fusion.candidates import ranks
from untrained.fusion.placing import POINTS, Population, points


@pytest.fixture
def scores() -> pd.DataFrame:
    random = np.random.default_rng(0)
    table = pd.DataFrame({"fine": random.normal(size=500), "coarse": random.integers(5, size=500).astype(float)})
    table.loc[:9, "coarse"] = np.nan
    return table


def test_place_in_its_own_population_is_the_rank(scores):
    found, wanted = Population.of(scores), ranks(scores)
    seen = scores["coarse"].notna()
    assert found.place("coarse", scores["coarse"][seen]) == pytest.approx(wanted["coarse"][seen])
    fine = found.place("fine", scores["fine"])
    assert np.abs(fine - wanted["fine"]).max() < 1 / POINTS
    assert fine[scores["fine"].argmax()] == pytest.approx(wanted["fine"].max())


def test_few_points_are_kept_with_both_ends(scores):
    values, places = points(scores["fine"])
    assert len(values) == len(places) == POINTS
    assert [values[0], values[-1]] == pytest.approx([scores["fine"].min(), scores["fine"].max()])
    assert places[0] == pytest.approx(0.5 / 500) and places[-1] == pytest.approx(499.5 / 500)
    assert np.all(np.diff(places) > 0)
    assert len(points(scores["coarse"])[0]) == 5


def test_nothing_is_told_apart_beyond_the_ends(scores):
    found = Population.of(scores)
    assert found.outside("fine", [-99.0, 0.0, 99.0, 0.1]) == 0.5
    low, high, missing, infinite = found.place("fine", [-99.0, 99.0, np.nan, np.inf])
    assert low == missing == infinite == pytest.approx(0.5 / 500)
    assert high == pytest.approx(499.5 / 500)


def test_a_column_without_values_has_no_points(scores):
    assert set(Population.of(scores.assign(none=np.nan)).points) == {"fine", "coarse"}
