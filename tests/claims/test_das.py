"""The claims of DAS come out either way, on hand-made tables of its stages."""

import pandas as pd
import pytest

from untrained.claims import get

DARTS, FIRST = "darts-cifar10", "nas_bench_201-cifar10"


def factors(benchmarks: dict, *, width: float = 0.1) -> pd.DataFrame:
    """The table of the carried rules: key to {rule: factor}; NASWOT's tau is 0.4 everywhere."""
    rows = []
    for key, rules in benchmarks.items():
        for rule, value in {"R0": 1.0, "R6'": 1.0, **rules}.items():
            common = {"key": key, "benchmark": key.split("-")[0], "rule": rule, "n": 300, "set": "unique", "weight": 0.25}
            rows.append(common | {"quantity": "factor", "value": value, "low": value - width, "high": value + width})
            rows.append(common | {"quantity": "tau", "value": 0.4 * value, "low": 0.0, "high": 1.0})
    return pd.DataFrame(rows)


def page(rule: str, quantity: str, value: float, low: float = float("nan"), high: float = float("nan")) -> pd.DataFrame:
    row = {
        "rule": rule,
        "quantity": quantity,
        "value": value,
        "low": low,
        "high": high,
        "n": 400,
        "groups": 7,
        "set": "unique",
    }
    return pd.DataFrame([row])


@pytest.mark.parametrize(("id", "rule"), [("das-carried", "R3 carried"), ("das-zscores", "R5")])
@pytest.mark.parametrize(
    ("value", "verdict"), [(1.3, "holds"), (1.11, "holds"), (1.05, "fails"), (0.8, "fails"), (1.6, "holds"), (1.8, "fails")]
)
def test_a_factor_is_above_1_and_meets_the_band(id, rule, value, verdict):
    found = get(f"{id}@{DARTS}")({"das": factors({DARTS: {rule: value}})})
    assert (found.verdict, found.ours) == (verdict, value)
    assert found.reason.startswith(f"Tau {0.4 * value:.3f} against NASWOT's 0.400, 300 architectures")
    assert ("lambda 0.25 from NAS-Bench-Digits" in found.reason) == (rule == "R3 carried")


def test_a_wide_interval_and_a_missing_benchmark_decide_nothing():
    found = get(f"das-zscores@{DARTS}")({"das": factors({DARTS: {"R5": 1.3}}, width=0.6)})
    assert found.verdict == "not testable here"
    assert "1.20 wide with 300 architectures" in found.reason
    found = get(f"das-zscores@{DARTS}")({"das": factors({FIRST: {"R5": 1.3}})})
    assert "The table has no darts-cifar10" in found.reason


def test_what_the_paper_does_not_claim_is_said():
    assert get(f"das-zscores@{FIRST}").published.endswith("not claimed for this benchmark")
    assert get(f"das-zscores@{DARTS}").published.endswith("in the abstract")


def test_some_rule_beats_naswot_in_the_majority_and_clearly_once():
    id = get("das-some-rule-beats-naswot")
    spaces = {
        DARTS: {"R4": 1.5, "R5": 1.01},
        "nas_bench_101-cifar10": {"R4": 1.02, "R5": 0.9},
        FIRST: {"R4": 0.9, "R5": 0.9},
    }
    found = id({"das": factors(spaces)})
    assert (found.verdict, found.ours) == ("holds", "R4: 2 of 3")
    assert "R4 2; R5 1; in the majority and clearly somewhere: R4" in found.reason
    found = id({"das": factors(spaces, width=0.6)})
    assert (found.verdict, found.ours) == ("fails", "R4: 2 of 3")
    assert id({"das": factors(spaces | {DARTS: {"R4": 0.9, "R5": 1.5}})}).verdict == "fails"


def test_data_sets_of_one_space_count_once_and_the_choosing_space_not_at_all():
    id = get("das-some-rule-beats-naswot")
    more = {f"nas_bench_201-{name}": {"R5": 1.5} for name in ("cifar10", "cifar100", "imagenet16_120")}
    found = id({"das": factors(more | {DARTS: {"R5": 0.9}, "nds-darts_in": {"R5": 0.9}})})
    assert (found.verdict, found.ours) == ("fails", "R5: 1 of 3")
    mixed = {f"nas_bench_201-{name}": {"R5": factor} for name, factor in (("cifar10", 1.5), ("cifar100", 0.9), ("c", 0.9))}
    assert id({"das": factors(mixed | {DARTS: {"R5": 1.5}})}).ours == "R5: 1 of 2"
    found = id({"das": factors({"nas_bench_digits": {"R5": 1.5}, DARTS: {"R5": 1.5}})})
    assert found.verdict == "not testable here"
    assert "1 search space(s)" in found.reason


def test_identity_and_what_codes_tell_beyond_units():
    for value, verdict in ((1e-9, "holds"), (1e-8, "fails")):
        assert get(f"das-identity@{DARTS}")({f"das/{DARTS}": page("R0", "identity", value)}).verdict == verdict
    id = get(f"das-distinguish-beyond-units@{FIRST}")
    found = id({f"das/{FIRST}": page("R1", "within", 0.2, 0.1, 0.3)})
    assert (found.verdict, found.ours, found.low) == ("holds", 0.2, 0.1)
    assert found.reason == "7 groups with 400 architectures."
    assert id({f"das/{FIRST}": page("R1", "within", 0.2, -0.1, 0.3)}).verdict == "fails"
    assert "0 values of R1 (within)" in id({f"das/{FIRST}": page("R1", "tau", 0.2, 0.1, 0.3)}).reason
