"""Claims of the angle metric and of fast training on made-up tables: each comes out either way."""

import pandas as pd
import pytest

from untrained import claims

FREE = [f"free{i}" for i in range(5)]
LEAST, WITHIN, ORDER, SEARCH = (
    f"{name}@nas_bench_201-cifar10"
    for name in ("angle-least-entangled", "angle-best-within", "angle-picks-in-order", "angle-param-search")
)
HELPS, BEATS, ADDS = (f"das-{name}@darts_digits" for name in ("training-helps-d", "beats-accuracy", "adds-to-accuracy"))


def control(ours: float, free: float, quantity: str, free_count: int = 5) -> pd.DataFrame:
    """Values of the light training and of five training-free indicators, each within 0.05."""
    rows = (
        [(name, ours) for name in ("angle", "angle_loss")] + [(name, free) for name in FREE[:free_count]] + [("params", 1.0)]
    )
    table = pd.DataFrame(rows, columns=["proxy", "value"]).assign(metric="krocc", quantity=quantity, n=100, groups=9)
    return table.assign(low=table["value"] - 0.05, high=table["value"] + 0.05)


def judged(id: str, table: pd.DataFrame) -> claims.Verdict:
    entry = claims.get(id)
    return entry({name: table for name in entry.tables.values()})


@pytest.mark.parametrize(("ours", "verdict"), [(-0.1, "holds"), (0.5, "fails"), (-0.5, "fails")])
def test_least_entangled(ours, verdict):
    found = judged(LEAST, control(ours, -0.3, "entanglement"))
    assert found.verdict == verdict and found.ours == ours


def test_least_entangled_is_close_to_undecided():
    found = judged(LEAST, control(0.28, 0.3, "entanglement"))
    assert found.verdict == "not testable here" and "reaches the value that decides" in found.reason


@pytest.mark.parametrize(("ours", "verdict"), [(0.5, "holds"), (0.1, "fails")])
def test_best_within(ours, verdict):
    assert judged(WITHIN, control(ours, 0.3, "within")).verdict == verdict


def test_size_is_no_opponent_and_few_opponents_decide_nothing():
    assert "wanted at least 5" in judged(WITHIN, control(0.5, 0.3, "within", free_count=4)).reason


def picks(means: dict[str, float], seeds: int = 10) -> pd.DataFrame:
    """Searches whose picks scatter a little around their means."""
    rows = [
        {"seed": seed, "pick": pick, "accuracy": mean + 0.1 * (seed % 2 - 0.5), "sample": 50}
        for pick, mean in means.items()
        for seed in range(seeds)
    ]
    return pd.DataFrame(rows)


MEANS = {
    "loss": 90.0,
    "angle_loss": 91.0,
    "angle": 92.0,
    "angle_loss_param": 94.0,
    "params": 93.0,
    "random": 80.0,
    "best": 95.0,
}


def test_picks_in_order():
    assert judged(ORDER, picks(MEANS)).verdict == "holds"
    assert judged(ORDER, picks(MEANS | {"angle": 90.5})).verdict == "fails"
    assert "no pick of loss" in judged(ORDER, picks({k: v for k, v in MEANS.items() if k != "loss"})).reason


def test_param_search():
    found = judged(SEARCH, picks(MEANS))
    assert found.verdict == "holds" and found.low < found.ours < found.high
    assert judged(SEARCH, picks(MEANS | {"angle_loss_param": 93.4})).verdict == "fails"
    assert "wanted 10" in judged(SEARCH, picks(MEANS, seeds=3)).reason


def states(gain: float, last: float = 1.0, d: float = 0.5) -> pd.DataFrame:
    """Judged states of epochs 1 and 2, the last one not to count."""
    rows = [("D", "gain", 1, gain), ("D", "gain", 2, last), ("D", "tau", 1, d), ("valid_acc", "tau", 1, 0.3)]
    table = pd.DataFrame(rows, columns=["score", "quantity", "epoch", "value"]).assign(n=60)
    return table.assign(low=table["value"] - 0.05, high=table["value"] + 0.05)


@pytest.mark.parametrize(("gain", "verdict"), [(0.1, "holds"), (0.04, "fails"), (-0.2, "fails")])
def test_training_helps_before_the_end(gain, verdict):
    assert judged(HELPS, states(gain)).verdict == verdict


@pytest.mark.parametrize(("d", "verdict"), [(0.4, "holds"), (0.33, "fails"), (0.1, "fails")])
def test_beats_the_accuracy_of_the_epoch(d, verdict):
    assert judged(BEATS, states(0.1, d=d)).verdict == verdict


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.01, 0.2, "holds"), (-0.01, 0.2, "fails"), (-0.3, 0.4, "not testable here"), (0.01, 0.5, "holds")],
)
def test_adds_to_the_accuracy(low, high, verdict):
    about = {"method": "accuracy and D", "alone": 0.3, "splits": 20, "n_train": 20, "n_test": 40}
    table = pd.DataFrame(
        [
            about | {"epoch": 1, "value": 0.05, "low": low, "high": high},
            about | {"epoch": 2, "value": 1, "low": 1, "high": 1},
        ]
    )
    assert judged(ADDS, table).verdict == verdict
    assert "no fitted sum" in judged(ADDS, table.assign(method="other")).reason
