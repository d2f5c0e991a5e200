"""The Fusion Indicator's claims come out either way: tables in which they hold, fail, and cannot be decided."""

import numpy as np
import pandas as pd
import pytest

from untrained.claims import get, judge
from untrained.stats import METRICS

NAME = "fusion/nas_bench_digits-splits"
GOOD = {"fi@200": 0.9, "cj": 0.5, "os": 0.4, "nlr": 0.6, "cnntk": 0.3, "params": 0.55}


def splits(means: dict, *, noise: float = 0.01, repeats: int = 20) -> pd.DataFrame:
    """A table of `evaluate` with given means; a value may be one number, or one per metric (rmse as 1 - value)."""
    generator = np.random.default_rng(0)
    rows = []
    for method, mean in means.items():
        for metric in METRICS:
            level = mean[metric] if isinstance(mean, dict) else mean
            for k in range(repeats):
                value = level + noise * generator.normal()
                value = 1 - value if metric == "rmse" else value
                kind = "fused" if "@" in method else "single"
                rows.append({"split": k, "method": method, "kind": kind, "metric": metric, "value": value})
    return pd.DataFrame(rows).assign(chosen="", n_train=200, n_test=800, n_invalid=0)


def verdict(id: str, table: pd.DataFrame) -> object:
    return get(id)({NAME: table})


def per_metric(**values: float) -> dict:
    return {metric: values.get(metric, 0.5) for metric in METRICS}


def test_no_single_best_holds_where_the_winners_differ():
    found = verdict("fi-no-single-best", splits(GOOD | {"cj": per_metric(plcc=0.9), "nlr": per_metric(krocc=0.9, plcc=0.6)}))
    assert found.verdict == "holds"
    assert "plcc cj" in found.ours
    assert "krocc nlr" in found.ours


def test_no_single_best_fails_where_one_wins_all():
    found = verdict("fi-no-single-best", splits(GOOD))
    assert found.verdict == "fails"
    assert "nlr is best" in found.reason


def test_no_single_best_fails_where_the_winners_differ_by_noise_only():
    near = {
        "cj": per_metric(plcc=0.601, rmse=0.6, srocc=0.6, krocc=0.6),
        "nlr": per_metric(plcc=0.6, rmse=0.601, srocc=0.6, krocc=0.6),
    }
    assert verdict("fi-no-single-best", splits(GOOD | near, noise=0.05)).verdict == "fails"


def test_fused_beats_every_single_or_not():
    found = verdict("fi-beats-every-single", splits(GOOD))
    assert found.verdict == "holds"
    assert found.low > 0
    assert found.ours == pytest.approx(0.3, abs=0.01)
    assert "against nlr" in found.reason
    assert verdict("fi-beats-every-single", splits(GOOD | {"fi@200": 0.5})).verdict == "fails"
    small = splits(GOOD | {"fi@200": 0.601}, noise=0.05)
    assert verdict("fi-beats-every-single", small).verdict == "fails"


def test_all_metrics_or_not():
    found = verdict("fi-beats-every-single-in-all-metrics", splits(GOOD))
    assert (found.verdict, found.ours) == ("holds", "4 of 4 metrics")
    weak = splits(GOOD | {"fi@200": per_metric(plcc=0.9, srocc=0.9, krocc=0.9, rmse=0.45)})
    found = verdict("fi-beats-every-single-in-all-metrics", weak)
    assert (found.verdict, found.ours) == ("fails", "3 of 4 metrics")
    assert found.reason == "Not beaten: cj, nlr in rmse."


def test_all_metrics_tells_what_the_corrected_error_leaves():
    close = splits(GOOD | {"fi@200": 0.63}, noise=0.02)
    found = verdict("fi-beats-every-single-in-all-metrics", close)
    assert found.verdict == "holds"
    assert "nlr in krocc" in found.reason


def test_size_is_beaten_or_not():
    assert verdict("fi-beats-size", splits(GOOD)).verdict == "holds"
    found = verdict("fi-beats-size", splits(GOOD | {"params": 0.95}))
    assert found.verdict == "fails"
    assert found.high < 0


@pytest.mark.parametrize(
    ("id", "table", "reason"),
    [
        ("fi-beats-size", splits({k: v for k, v in GOOD.items() if k != "params"}), "no row of params"),
        ("fi-no-single-best", splits({k: v for k, v in GOOD.items() if k != "os"}), "no row of os"),
        ("fi-beats-every-single", splits({k: v for k, v in GOOD.items() if k != "fi@200"}), "0 methods named fi@labels"),
        ("fi-beats-every-single", splits(GOOD | {"fi@50": 0.8}), "2 methods named"),
        ("fi-beats-every-single", splits(GOOD, repeats=1), "One split"),
        ("fi-no-single-best", splits(GOOD).query("metric != 'plcc'"), "has no plcc"),
        ("fi-no-single-best", splits(GOOD | {"cj": float("nan")}), "cj is undefined"),
    ],
)
def test_what_a_table_lacks_is_said(id, table, reason):
    found = verdict(id, table)
    assert found.verdict == "not testable here"
    assert reason in found.reason


def test_a_method_that_never_varies_over_splits():
    found = verdict("fi-beats-every-single", splits(GOOD, noise=0))
    assert (found.verdict, found.low, found.high) == ("holds", found.ours, found.ours)


def test_size_is_no_claim_of_the_paper():
    assert "not a claim of the paper" in get("fi-beats-size").published


def test_what_is_no_benchmark_of_the_paper_is_a_control():
    assert get("fi-no-single-best").published.endswith("this benchmark is a control")
    assert "control" not in get("fi-no-single-best@nas_bench_101-cifar10").published


def test_claims_that_could_be_tested_come_first():
    verdicts = [row["verdict"] for row in judge({NAME: splits(GOOD)})]
    assert "not testable here" not in verdicts[:4]
    assert set(verdicts[4:]) == {"not testable here"}


@pytest.mark.parametrize("dataset", ["cifar10", "cifar100", "imagenet16_120"])
def test_other_benchmarks_come_to_life_with_their_table(dataset):
    rows = {row["id"]: row for row in judge({f"fusion/nas_bench_201-{dataset}-splits": splits(GOOD)})}
    found = rows[f"fi-beats-every-single@nas_bench_201-{dataset}"]
    assert (found["verdict"], found["stage"]) == ("holds", f"fuse_public@nas_bench_201-{dataset}")
    assert found["notebook"] == f"05_fuse-nas_bench_201-{dataset}"
    assert rows["fi-beats-every-single@nas_bench_101-cifar10"]["verdict"] == "not testable here"
    assert rows["fi-beats-every-single"]["verdict"] == "not testable here"
