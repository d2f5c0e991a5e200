"""The claims on recurrent cells, in tables that decide either way or not at all."""

import pandas as pd
import pytest
from claims.tables import correlations

from untrained.claims import get, names
from untrained.claims.recurrent import DIFFERENCES, RELEASED

TABLE = "sequence/recurrent"


def judged(id, rows, **changes):
    return get(id)({TABLE: correlations(rows, **changes)})


@pytest.mark.parametrize("metric", RELEASED)
@pytest.mark.parametrize("proxy", RELEASED["krocc"])
def test_a_figure_holds_within_the_band_and_fails_beyond(metric, proxy):
    figure = RELEASED[metric][proxy]
    id = f"recurrent-{proxy}-{metric}"
    for shift, verdict in ((0, "holds"), (0.06, "holds"), (-0.06, "holds"), (0.08, "fails"), (-0.08, "fails")):
        found = judged(id, {proxy: figure + shift}, metric=metric, sets=("full", "comparable"))
        assert found.verdict == verdict
        assert f"{shift:+.3f}" in found.reason
    assert judged(id, {proxy: figure}, metric=metric, sets=("unique",)).verdict == "not testable here"


@pytest.mark.parametrize("id", DIFFERENCES)
def test_a_difference_needs_its_whole_interval(id):
    better, worse, _ = DIFFERENCES[id]
    pair = f"{better} - {worse}"
    for found, verdict, word in (
        ((0.1, 0.01, 0.2), "holds", "is ahead"),
        ((0.1, -0.01, 0.2), "fails", "not told apart"),
        ((-0.1, -0.2, -0.01), "fails", "is behind"),
    ):
        ours = judged(id, {pair: found}).verdict, judged(id, {pair: found}).reason
        assert ours[0] == verdict
        assert word in ours[1]
    assert judged(id, {f"{worse} - {better}": 0.1}).verdict == "not testable here"


def test_half_of_the_signal_is_the_number_of_null_directions():
    whole = correlations({"hidden_covariance_1": 0.4}, sets=("comparable",))
    for left, verdict in ((0.2, "holds"), (0.21, "fails")):
        part = correlations({"hidden_covariance_1": left}, sets=("no null direction",), n=300)
        found = get("recurrent-half-is-rank")({TABLE: pd.concat([whole, part])})
        assert found.verdict == verdict
        assert "over the 300 without" in found.reason
    assert get("recurrent-half-is-rank")({TABLE: whole}).verdict == "not testable here"


def test_all_are_registered():
    mine = [name for name in names() if name.startswith("recurrent-")]
    assert len(mine) == 2 * len(RELEASED["krocc"]) + len(DIFFERENCES) + 1
    assert {get(name).tables["correlations"] for name in mine} == {TABLE}
