import numpy as np
import pandas as pd
import pytest

from untrained.fusion.carried import Carried, Judged, Stable
from untrained.fusion.releasing import Source, cost_front, fewer, held_out, on_held_out, on_unseen, release, unseen
from untrained.fusion.reliability import TABLE
from untrained.stats.correlation import krocc

NOISE = {"good": 0.3, "fair": 1.0, "poor": 4.0}


def source(benchmark: str, *, seed: int = 0, flipped: bool = False) -> Source:
    """Accuracy that three columns see through more and more noise, or turned round; #Param tells nothing."""
    random = np.random.default_rng(seed)
    truth = random.normal(size=120)
    scores = pd.DataFrame({name: truth + sd * random.normal(size=120) for name, sd in NOISE.items()})
    scores["params"] = random.normal(size=120)
    better = {name: "higher" for name in scores}
    table = Judged(scores, pd.Series(-truth if flipped else truth), benchmark, benchmark)
    return Source(table, "images", "test_acc", {"batch": 8}, better)


@pytest.fixture
def sources() -> dict[str, Source]:
    return {"a1": source("a"), "a2": source("a"), "b": source("b", seed=1), "c": source("c", seed=2)}


def test_weights_of_one_benchmark_are_fitted_to_one_another(sources):
    found = release("a", {"a1": sources["a1"]}, reference="a1")
    wanted = Carried().fit({"a1": sources["a1"].table}).weights_
    assert found.weights["good"] == pytest.approx(wanted["good"] / wanted.sum(), rel=1e-5)


def test_released_weights_are_those_of_stable(sources):
    found = release("label_free", sources)
    wanted = Stable().fit({key: one.table for key, one in sources.items()}).weights_
    wanted = wanted[wanted > 0].sort_values(ascending=False) / wanted.sum()
    assert list(found.weights) == list(wanted.index) and list(found.weights)[0] == "good"
    assert list(found.weights.values()) == pytest.approx(wanted.to_list(), rel=1e-5)
    assert list(found.populations) == ["a1", "b", "c"]
    assert found.populations["b"].setting == {"batch": 8}
    assert found.learned_from["a1"] == found.learned_from["a2"]
    assert found.learned_from["a1"]["labels"] == 120
    assert found.to_json() == release("label_free", sources).to_json()


def test_digests_follow_scores_and_accuracies(sources):
    before = release("x", sources).learned_from["b"]
    sources["b"].table.accuracy.iloc[0] += 1
    after = release("x", sources).learned_from["b"]
    assert before["scores"] == after["scores"] and before["accuracies"] != after["accuracies"]


def test_a_benchmark_is_left_out_with_all_its_data_sets(sources):
    folds = [(set(fold.learned), set(fold.judged)) for fold in unseen(sources)]
    assert folds == [({"b", "c"}, {"a1", "a2"}), ({"a1", "a2", "c"}, {"b"}), ({"a1", "a2", "b"}, {"c"})]
    assert list(unseen({"a1": sources["a1"], "a2": sources["a2"]})) == []


def test_reliability_without_labels_is_blind_to_the_judged(sources):
    rows = {(row.key, row.among == TABLE): row for row in on_unseen(sources, n=50)}
    turned = on_unseen({**sources, "b": source("b", seed=1, flipped=True)}, n=50)
    again = {(row.key, row.among == TABLE): row for row in turned}
    assert again["b", True].tau == -rows["b", True].tau and again["b", True].among == TABLE
    assert rows["b", True].tau > 0.6 and rows["b", True].low < rows["b", True].tau < rows["b", True].high
    assert rows["b", False].among in {"a1", "c"} and rows["b", True].labels == 0
    assert rows["b", True].learned_from == ("a1", "a2", "c")
    assert abs(rows["b", True].params) < 0.2


def test_records_say_whose_accuracies_they_are(sources):
    rows = [*on_unseen({"a1": sources["a1"], "b": sources["b"]}, n=5), *on_held_out("b", sources["b"], draws=2)]
    whose = [(row.key, row.benchmark, row.dataset, row.accuracy) for row in rows[::2]]
    assert whose == [(key, key[0], "images", "test_acc") for key in ("a1", "b", "b")]
    learned = release("x", sources).learned_from["b"]
    assert [learned[name] for name in ("benchmark", "dataset", "accuracy")] == ["b", "images", "test_acc"]


def test_held_out_parts_share_nothing(sources):
    for fold in held_out("b", sources["b"], draws=3):
        train, test = (part["b"].table.scores.index for part in (fold.learned, fold.judged))
        assert len(train) == len(test) == 60 and not set(train) & set(test)


def test_reliability_with_labels(sources):
    among, table = on_held_out("b", sources["b"], draws=3)
    assert (among.among, table.among, among.labels, among.n) == ("b", TABLE, 60, 60)
    assert among.low <= among.tau <= among.high and among.tau > 0.6
    noise = source("b", seed=1)
    noise.table.accuracy[:] = np.random.default_rng(5).permutation(noise.table.accuracy)
    assert abs(on_held_out("b", noise, draws=3)[0].tau) < 0.25


def test_the_least_weight_goes_first(sources):
    sizes = [list(found.weights) for found in fewer(sources)]
    assert sizes[-1] == ["good"]
    assert all(set(small) < set(large) for large, small in zip(sizes, sizes[1:], strict=False))


def test_front_of_cost(sources):
    front = cost_front(list(unseen(sources)), {"good": 2.0, "fair": 1.0, "poor": 1.0, "params": 0.5})
    assert front["count"].tolist() == list(range(1, len(front) + 1))
    assert front["parts"].iloc[0] == "good" and front["seconds"].iloc[0] == 2.0
    one = {"good": sources["b"].table.scores["good"], "y": sources["b"].table.accuracy}
    by_hand = [krocc(sources[k].table.scores["good"], sources[k].table.accuracy) for k in ("a1", "c")] + [
        krocc(*one.values())
    ]
    assert front["value"].iloc[0] == pytest.approx(np.mean(by_hand))
    assert front["seconds"].is_monotonic_increasing
    assert (front["low"] <= front["value"]).all() and (front["value"] <= front["high"]).all()
    assert len(cost_front(list(held_out("b", sources["b"], draws=2)), {})) >= 1
