"""The Fusion Indicator on sequence models, in tables that decide either way or not at all."""

import numpy as np
import pandas as pd
import pytest

from untrained.claims import get
from untrained.claims.sequence_fusion import PLACES
from untrained.stats.correlation import METRICS, orientation

every_place = pytest.mark.parametrize("place", PLACES, ids=lambda place: place.key)


def splits(place, lead, *, size="params", without=()):
    """A table of splits: the fusion ahead of all others by `lead`, give or take."""
    noise = np.random.default_rng(0).normal(0, 0.001, 6)
    rows = []
    for metric in METRICS:
        methods = {"fi@100": lead * orientation(metric)} | dict.fromkeys([*place.fused, size], 0.0)
        for name, ahead in methods.items():
            kind = "fused" if name == "fi@100" else "single"
            for k in range(6):
                row = {
                    "split": k,
                    "method": name,
                    "kind": kind,
                    "metric": metric,
                    "value": 0.5 + ahead + noise[k - len(name) % 6],
                }
                rows.append(row | {"n_train": 100, "n_test": 300})
    table = pd.DataFrame(rows)
    return table[~table["method"].isin(without)]


def judged(id, place, table):
    return get(f"{id}@{place.key}")({f"sequence/{place.key}-splits": table})


@every_place
@pytest.mark.parametrize(("lead", "verdict"), [(0.1, "holds"), (0.0, "fails"), (-0.1, "fails")])
def test_parts_are_beaten_in_every_metric_or_named(place, lead, verdict):
    found = judged("fi-beats-every-part", place, splits(place, lead))
    assert found.verdict == verdict
    assert found.ours == ("4 of 4 metrics" if lead > 0 else found.ours)
    assert ("none" in found.reason) == (lead > 0)
    lacking = judged("fi-beats-every-part", place, splits(place, lead, without=place.fused[:1]))
    assert (lacking.verdict, place.fused[0] in lacking.reason) == ("not testable here", True)


@every_place
@pytest.mark.parametrize(("lead", "verdict"), [(0.1, "holds"), (-0.1, "fails")])
def test_size_is_beaten_by_two_standard_errors(place, lead, verdict):
    found = judged("fi-beats-params", place, splits(place, lead))
    assert found.verdict == verdict
    assert found.ours == pytest.approx(lead, abs=0.01)
    assert "6 splits of 100 and 300 architectures" in found.reason
    assert judged("fi-beats-params", place, splits(place, lead, without=["params"])).verdict == "not testable here"
    assert judged("fi-beats-params", place, splits(place, lead, without=["fi@100"])).verdict == "not testable here"


@pytest.mark.parametrize(("lead", "verdict"), [(0.1, "holds"), (-0.1, "fails")])
def test_depth_and_width(lead, verdict):
    place = PLACES[1]
    assert judged("fi-beats-depth-and-width", place, splits(place, lead, size="depth_and_width")).verdict == verdict
