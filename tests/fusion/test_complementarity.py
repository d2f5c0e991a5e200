import numpy as np
import pandas as pd
import pytest

from untrained.fusion import complementarity, targets
from untrained.stats.correlation import krocc


def test_pairs_gain_what_their_log_ranks_say():
    random = np.random.default_rng(0)
    truth = pd.Series(random.normal(size=200))
    seen = {name: truth + random.normal(size=200) for name in ("a", "b")}
    scores = pd.DataFrame(seen).assign(copy=lambda table: np.exp(table["a"]))
    gains = complementarity.pair_gains(scores, truth)
    assert gains.loc["a", "copy"] == pytest.approx(0)
    assert gains.loc["a", "b"] == gains.loc["b", "a"] > 0.05
    assert gains.loc["a", "a"] == pytest.approx(krocc(scores["a"], truth))
    assert list(complementarity.pair_gains(scores, truth, ["b", "gone", "a"])) == ["b", "a"]


def test_the_cheapest_come_first_and_what_has_no_price_stays_out():
    sets = list(complementarity.cheapest_first({"dear": 9.0, "cheap": 1.0, "fair": 2.0}, ["fair", "dear", "cheap", "new"]))
    assert sets == [(["cheap"], 1.0), (["cheap", "fair"], 3.0), (["cheap", "fair", "dear"], 12.0)]


def test_the_smallest_set_that_keeps_enough():
    front = pd.DataFrame({"count": [3, 1, 2, 4], "value": [0.80, 0.5, 0.795, 0.8]})
    assert complementarity.smallest(front)["count"] == 2
    assert complementarity.smallest(front, 0.999)["count"] == 3


def test_what_is_taken_away_is_gone():
    columns = ["indicator params", "indicator snip", "indicator zen", "graph paths", "prior free", "path conv, pool"]
    found = complementarity.ablations(columns, {"gradient": ["snip", "plain"], "absent": ["nlr", "swap"]})
    assert found["nothing"] == columns
    assert found["size"] == columns[1:]
    assert found["paths"] == columns[:5]
    assert found["graph features"] == [*columns[:3], columns[4]]
    assert found["size and graph features"] == [*columns[1:3], columns[4]]
    assert found["indicators"] == ["graph paths", "path conv, pool"]
    assert found["prior"] == [*columns[:4], columns[5]]
    assert "indicator snip" not in found["family gradient"]
    assert "family absent" not in found


def test_targets_lie_above_what_was_published():
    for target in targets.TARGETS:
        rivals = [p for p in targets.PUBLISHED if (p.key, p.metric) == (target.key, target.metric)]
        rivals = [p for p in rivals if p.labels <= target.labels or (target.labels == 1000 and p.labels == 1024)]
        assert all(target.value >= p.value for p in rivals if p.labels == target.labels or target.labels == 1000)
