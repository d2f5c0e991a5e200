"""GradSign's sum against published figures and against size, on hand-made tables."""

import pytest
from claims.tables import correlations

from untrained.claims import get

WHERE = "nas_bench_201-cifar10"


def judged(id: str, metric: str = "krocc", **values: float) -> object:
    return get(f"{id}@{WHERE}")({f"gradsign/{WHERE}": correlations(values, metric=metric)})


@pytest.mark.parametrize(("ours", "wanted"), [(0.618, "holds"), (0.57, "holds"), (0.567, "fails"), (0.67, "fails")])
def test_the_interval_reaches_the_band_or_not(ours, wanted):  # 0.618 - 0.03 = 0.588, half a width of 0.02
    found = judged("gradsign-sum-krocc", gradsign_sum=ours, gradsign=-0.3)
    assert found.verdict == wanted
    assert "The mean over weights has -0.300" in found.reason


def test_rank_correlation_of_the_other_source():
    assert judged("gradsign-sum-srocc", "srocc", gradsign_sum=0.77, gradsign=-0.4).verdict == "holds"
    assert judged("gradsign-sum-srocc", "srocc", gradsign_sum=0.5, gradsign=-0.4).verdict == "fails"


@pytest.mark.parametrize(("size", "wanted"), [(0.57, "holds"), (0.59, "fails")])
def test_ahead_of_the_number_of_weights_or_not(size, wanted):
    assert judged("gradsign-sum-beats-size", gradsign_sum=0.6, weights=size).verdict == wanted
