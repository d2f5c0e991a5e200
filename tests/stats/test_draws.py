import numpy as np
import pandas as pd
import pytest

from untrained.stats.draws import over_draws, paired


def test_mean_and_range():
    rows = pd.DataFrame({"method": "a", "draw": range(101), "value": np.arange(101.0)})
    found = over_draws(rows, ["method"]).iloc[0]
    assert (found["value"], found["low"], found["high"], found["draws"]) == (50, 2.5, 97.5, 101)
    assert found["sd"] == pytest.approx(rows["value"].std())


def test_pairs_are_of_one_draw():
    rows = pd.DataFrame({"draw": [0, 1, 2, 0, 1, 2], "method": list("aaabbb"), "value": [1.0, 2, 3, 0.5, 1.5, 3.5]})
    found = paired(rows, "a", "b")
    assert found["mean"] == pytest.approx(0.5 / 3)
    assert found["wins"] == pytest.approx(2 / 3)
    error = 2 * np.std([0.5, 0.5, -0.5], ddof=1) / np.sqrt(3)
    assert (found["low"], found["high"]) == pytest.approx((0.5 / 3 - error, 0.5 / 3 + error))
