"""The claims on size come out either way, on hand-made tables of the control."""

import pandas as pd
import pytest

from untrained.claims import get
from untrained.claims.size_control import FOUR

KEY = "nas_bench_201-cifar10"
COPY = {"overall": 0.5, "entanglement": 0.6, "within": 0.02, "lost": 0.48}
SEES = {"overall": 0.5, "entanglement": 0.1, "within": 0.49, "lost": 0.01}


def control(indicators: dict, *, params: float = 0.61, table: float | None = 0.577, missing: int = 0) -> pd.DataFrame:
    """A table of the control's stage: every value with an interval of 0.04 around it and a standard error of 0.02."""
    rows = [{"proxy": "params", "quantity": "overall", "value": params, "set": "unique", "n": 400}]
    for name, values in indicators.items():
        rows += [{"proxy": name, "quantity": q, "value": v, "set": "unique", "n": 400} for q, v in values.items()]
    if table is not None:
        rows.append({"proxy": "params", "quantity": "overall", "value": table, "set": "table", "n": 15_625})
    frame = pd.DataFrame(rows).assign(metric="krocc", se=0.02, missing=missing)
    return frame.assign(low=frame["value"] - 0.02, high=frame["value"] + 0.02)


def judged(id: str, frame: pd.DataFrame, key: str = KEY) -> object:
    one = get(f"{id}@{key}")
    return one(dict.fromkeys(one.tables.values(), frame))


def test_size_alone_is_that_of_the_whole_table():
    found = judged("size-alone", control({}, params=0.9))
    assert (found.verdict, found.ours) == ("holds", 0.577)
    assert found.reason == "15,625 strings of the table."
    assert judged("size-alone", control({}, table=0.605)).verdict == "fails"
    assert judged("size-alone", control({}, table=0.535)).verdict == "fails"


def test_of_a_sample_the_interval_decides():
    key = "nas_bench_101-cifar10"
    for value, verdict in ((0.37, "holds"), (0.39, "fails"), (0.25, "holds"), (0.23, "fails")):
        found = judged("size-alone", control({}, params=value, table=None), key)
        assert found.verdict == verdict
    assert found.reason == "400 scored architectures."


def test_entangled_or_not():
    found = judged("entangled-with-size", control(dict.fromkeys(FOUR, COPY)))
    assert (found.verdict, found.ours) == ("holds", "4 of 4 indicators")
    assert "naswot 0.60 with size, loses 0.48 (standard error 0.02)" in found.reason
    found = judged("entangled-with-size", control(dict.fromkeys(FOUR, COPY) | {"snip": SEES}))
    assert (found.verdict, found.ours) == ("fails", "3 of 4 indicators")
    free = dict.fromkeys(FOUR, COPY) | {"snip": COPY | {"entanglement": 0.01}}
    assert judged("entangled-with-size", control(free)).verdict == "fails"


def test_what_is_left_without_size():
    found = judged("little-left-without-size", control(dict.fromkeys(FOUR, COPY)))
    assert (found.verdict, found.ours) == ("holds", pytest.approx(0.04))
    found = judged("little-left-without-size", control(dict.fromkeys(FOUR, SEES)))
    assert (found.verdict, found.ours) == ("fails", pytest.approx(0.98))
    two = dict.fromkeys(FOUR[:2], COPY) | dict.fromkeys(FOUR[2:], SEES)
    assert judged("little-left-without-size", control(two)).verdict == "fails"


def test_where_nothing_ranks_there_is_nothing_to_lose():
    found = judged("little-left-without-size", control(dict.fromkeys(FOUR, COPY | {"overall": -0.1})))
    assert found.verdict == "not testable here"
    assert "mean tau of -0.10" in found.reason


@pytest.mark.parametrize("id", ["entangled-with-size", "little-left-without-size"])
def test_all_four_are_needed_with_scores(id):
    found = judged(id, control({name: COPY for name in FOUR if name != "snip"}))
    assert found.verdict == "not testable here"
    assert "0 values of snip" in found.reason
    found = judged(id, control(dict.fromkeys(FOUR, COPY), missing=300))
    assert "a score for less than half" in found.reason


def test_what_is_no_benchmark_of_the_paper_is_a_control():
    assert get("entangled-with-size@nas_bench_digits").published.endswith("a control")
    assert get("entangled-with-size@nas_bench_digits").stage == "control@nas_bench_digits"
    assert get(f"entangled-with-size@{KEY}").stage == f"control_public@{KEY}-whole"  # where every cell is scored
