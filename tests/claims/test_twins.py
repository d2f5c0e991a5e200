"""Twins beside copies, on hand-made tables."""

import pandas as pd
import pytest

from untrained.claims import get

ID, KEY = "twins-train-alike@nas_bench_201-cifar10", "nas_bench_201-cifar10"


def spread(low: float, key: str = KEY) -> pd.DataFrame:
    rows = [("forms of one function", low + 0.02, low, low + 0.04, 1200), ("strings of one form", 0.25, 0.2, 0.3, 165)]
    return pd.DataFrame([dict(zip(("kind", "value", "low", "high", "groups"), row, strict=True), key=key) for row in rows])


@pytest.mark.parametrize(("low", "wanted"), [(0.1, "holds"), (0.29, "holds"), (0.31, "fails")])
def test_twins_may_deviate_as_copies_do(low, wanted):
    found = get(ID)({"twins/spread": spread(low)})
    assert (found.verdict, found.ours) == (wanted, low + 0.02)
    assert "0.250 [0.200, 0.300] points among the copies of 165 cells" in found.reason


def test_another_data_set_decides_nothing():
    found = get(ID)({"twins/spread": spread(0.1, "nas_bench_201-cifar100")})
    assert found.verdict == "not testable here"
    assert "forms of one function, strings of one form" in found.reason
