import numpy as np
import pandas as pd
import pytest

from untrained.fusion.boosting import MonotoneBoosting
from untrained.stats.correlation import krocc


@pytest.fixture
def made() -> tuple[pd.DataFrame, np.ndarray]:
    """One indicator that rises with a bend, one that runs against its direction, and a graph feature that falls."""
    random = np.random.default_rng(0)
    x = pd.DataFrame(random.normal(size=(300, 3)), columns=["indicator rises", "indicator falls", "graph falls"])
    y = np.exp(x["indicator rises"]) - x["indicator falls"] - x["graph falls"]
    return x, y.to_numpy()


def test_it_rises_with_indicators_and_does_what_it_likes_with_the_graph(made):
    x, y = made
    fitted = MonotoneBoosting().fit(x[:200], y[:200])
    line = np.linspace(-2, 2, 50)
    for name in x:
        found = fitted.predict(pd.DataFrame(0.0, range(50), x.columns).assign(**{name: line}))
        assert found[0] > found[-1] if name == "graph falls" else (np.diff(found) >= 0).all(), name
        assert (name == "indicator falls") == (np.ptp(found) == 0), name
    assert krocc(fitted.predict(x[200:]), y[200:]) > 0.4


def test_few_labels_are_enough_for_a_split_and_weights_count(made):
    x, y = made
    assert np.ptp(MonotoneBoosting().fit(x[:12], y[:12]).predict(x)) > 0
    heavy = np.where(np.arange(200) < 100, 1.0, 0.0)
    weighted = MonotoneBoosting(steps=20).fit(x[:200], y[:200], sample_weight=heavy).predict(x[200:])
    assert not np.array_equal(weighted, MonotoneBoosting(steps=20).fit(x[:200], y[:200]).predict(x[200:]))


def test_equal_settings_give_equal_numbers(made):
    x, y = made
    one, other = (MonotoneBoosting(steps=10).fit(x[:50], y[:50]).predict(x) for _ in range(2))
    assert np.array_equal(one, other)
