"""The claims on encoders, in tables that decide either way or not at all."""

import pandas as pd
import pytest
from claims.tables import correlations

from untrained.claims import get, names
from untrained.claims.encoders import APART, BAND, BASELINES, RELEASED

TABLE = "sequence/encoders"


def judged(id, rows, **changes):
    return get(id)({TABLE: correlations(rows, sets=("unique",), **changes)})


@pytest.mark.parametrize("proxy", RELEASED)
def test_a_figure_holds_within_the_band_and_fails_beyond(proxy):
    figure, id = RELEASED[proxy], f"encoders-{proxy}-krocc"
    band = 0.01 if proxy == "params" else BAND
    for shift, verdict in ((0, "holds"), (band, "holds"), (-band, "holds"), (band + 0.03, "fails"), (-band - 0.03, "fails")):
        found = judged(id, {proxy: figure + shift})
        assert found.verdict == verdict
        assert f"{shift:+.3f}" in found.reason
    assert judged(id, {"other": figure}).verdict == "not testable here"


@pytest.mark.parametrize("id", APART)
def test_intervals_must_not_touch(id):
    better, worse, _ = APART[id]
    assert judged(id, {better: 0.5, worse: 0.4}).verdict == "holds"
    assert judged(id, {better: 0.43, worse: 0.4}).verdict == "fails"
    assert judged(id, {better: 0.3, worse: 0.4}).verdict == "fails"
    assert judged(id, {better: 0.3}).verdict == "not testable here"


def test_a_gradient_of_rounding_fails():
    id = "encoders-gradients-above-rounding"
    for value, verdict in ((1e-9, "fails"), (1e-3, "holds")):
        found = judged(id, {"synaptic_saliency": (value, value / 2, value * 2)}, metric="ratio", invalid="worst")
        assert found.verdict == "not testable here"  # two rows: the made table repeats them for the other policy
        table = correlations({"synaptic_saliency": (value, value, value)}, metric="ratio", sets=("ones over signs",))
        found = get(id)({TABLE: table[table["invalid"] == "worst"]})
        assert found.verdict == verdict
        assert f"{value:.1e}" in found.reason


@pytest.mark.parametrize(("low", "verdict"), [(0.01, "holds"), (-0.01, "fails")])
def test_confidence_inside_groups(low, verdict):
    rows = [("within", 0.05, low, 0.1), ("overall", 0.3, 0.2, 0.4)]
    table = pd.DataFrame(rows, columns=["quantity", "value", "low", "high"])
    table = table.assign(proxy="head_confidence_mean", n=480, groups=4.0)
    found = get("encoders-confidence-within-size")({"sequence/encoders-control": table})
    assert (found.verdict, found.ours, found.low) == (verdict, 0.05, low)
    assert "4 groups with 480 encoders" in found.reason
    other = get("encoders-confidence-within-size")({"sequence/encoders-control": table[table["quantity"] == "overall"]})
    assert other.verdict == "not testable here"


def test_all_are_registered():
    mine = [name for name in names() if name.startswith("encoders-")]
    assert len(mine) == len(RELEASED) + len(APART) + 2
    assert set(BASELINES) >= {"depth_and_width", "params_trained"}
