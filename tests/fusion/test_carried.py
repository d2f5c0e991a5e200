import numpy as np
import pandas as pd
import pytest

from untrained.fusion.carried import EVERY, Carried, Judged, Stable, chosen_elsewhere, logs_of, without_labels
from untrained.stats.correlation import krocc


def table(benchmark: str, *, good: str = "good", space: str = "", seed: int = 0) -> Judged:
    """Accuracy that one column sees through a little noise, others through much, one turned round."""
    random = np.random.default_rng(seed)
    truth = random.normal(size=200)
    noise = {"good": 3.0, "fair": 3.0, "poor": 4.0} | {good: 0.3}
    scores = pd.DataFrame({name: truth + s * random.normal(size=200) for name, s in noise.items()})
    scores["turned"] = -truth
    return Judged(scores, pd.Series(90 + truth), benchmark, space or benchmark)


def test_weights_are_of_what_helps_and_never_negative():
    weights = Carried().fit({"a": table("a"), "b": table("b", seed=1)}).weights_
    assert weights.idxmax() == "good"
    assert weights["turned"] == 0
    assert (weights >= 0).all()


def test_benchmarks_count_equally_whatever_their_data_sets():
    one, other = table("a"), table("b", good="fair", seed=1)
    many = {"a1": one, "a2": one, "a3": one, "b": other}
    assert Carried().fit(many).weights_.to_numpy() == pytest.approx(
        Carried().fit({"a": one, "b": other}).weights_.to_numpy()
    )


def test_carried_is_applied_unchanged():
    fitted = Carried().fit({"a": table("a")})
    new = table("c", seed=2)
    assert krocc(fitted.predict(new.scores), new.accuracy) > 0.7
    assert krocc(fitted.predict(new.scores.drop(columns="poor")), new.accuracy) > 0.7


def test_nothing_to_learn_from_is_an_error():
    with pytest.raises(ValueError, match="no other benchmark"):
        Carried().fit({})
    with pytest.raises(ValueError, match="No indicator has values on all of a, b"):
        other = table("b")
        Carried().fit({"a": table("a"), "b": Judged(other.scores.add_prefix("x"), other.accuracy, "b", "b")})


def test_the_judged_accuracies_change_nothing():
    others = {"a": table("a"), "b": table("b", seed=1, space="shared")}
    mine = table("c", seed=2)
    found = without_labels(mine.scores, others, space="shared")
    assert {"consensus", "log rank of all", "carried", "carried, other spaces", "good"} <= set(found)
    assert "az_nas" not in found
    fusions = found.drop(columns=[EVERY, *mine.scores])
    assert len(fusions.columns) == 8
    assert found[EVERY].to_numpy() == pytest.approx(((fusions.rank() - 0.5) / len(fusions)).mean(axis=1).to_numpy())
    far = Carried().fit({"a": others["a"]}).predict(mine.scores)
    assert found["carried, other spaces"].equals(far.rename("carried, other spaces"))
    assert "carried" not in without_labels(mine.scores, {})


def test_fusions_read_means_over_twins_and_single_indicators_do_not():
    others, mine = {"a": table("a")}, table("c", seed=2)
    twins = pd.Series(np.arange(200) // 2)
    found = without_labels(mine.scores, others, twins=twins)
    pairs = found.groupby(twins).nunique()
    assert (pairs[["consensus", "log rank of all", "carried", "stable", EVERY]] == 1).all(axis=None)
    assert (pairs["good"] == 2).all()
    assert found[list(mine.scores)].equals(mine.scores)


def test_a_pair_that_accuracies_picked_is_no_label_free_score_of_that_benchmark():
    def named(benchmark: str, seed: int) -> Judged:
        made = table(benchmark, seed=seed)
        return Judged(made.scores.rename(columns={"good": "params", "fair": "jacob_cov"}), *_rest(made))

    name, mine = "params and jacob_cov", named("nas_bench_201", 0)
    assert name in without_labels(mine.scores, {}, benchmark="darts")
    assert name not in without_labels(mine.scores, {}, benchmark="nas_bench_201")
    assert name not in without_labels(mine.scores, {}, space="nas_bench_201")
    others = {"a": named("a", 1), "b": named("b", 2)}
    assert name in chosen_elsewhere(others)
    assert name not in chosen_elsewhere(others | {"c": mine})


def test_the_choice_is_made_on_other_benchmarks():
    means = chosen_elsewhere({"a": table("a"), "b": table("b", seed=1), "c": table("c", good="fair", seed=2)})
    fusions = {"carried", "consensus", "consensus and carried", "stable", "consensus and stable", EVERY}
    assert means.index[0] in fusions | {"good"}
    assert means["good"] > means["poor"]
    assert means["turned"] == pytest.approx(-1)
    assert chosen_elsewhere({}).empty


def test_a_carried_fusion_never_learns_from_its_own_benchmark():
    """Where it counts, only the task `fair` could have told: two data sets of one benchmark, and one of another."""
    tasks = {"b1": table("b", good="fair", seed=1), "b2": table("b", good="fair", seed=3), "a": table("a", seed=2)}
    honest = chosen_elsewhere(tasks)["carried"]
    foreign = Carried().fit({"a": tasks["a"]})
    on_b = np.mean([krocc(foreign.predict(tasks[k].scores), tasks[k].accuracy) for k in ("b1", "b2")])
    on_a = Carried().fit({k: tasks[k] for k in ("b1", "b2")}).predict(tasks["a"].scores)
    assert honest == pytest.approx(np.mean([on_b, krocc(on_a, tasks["a"].accuracy)]))


def test_stable_weights_are_two_deviations_below_the_mean_over_benchmarks():
    """Two tasks of one benchmark count once; what helps on one benchmark and hurts on another gets nothing."""
    changing = {"a": table("a"), "b1": table("b", seed=1), "b2": table("b", seed=2), "c": table("c", seed=3)}
    changing["a"] = Judged(changing["a"].scores.assign(fair=-changing["a"].scores["fair"]), *_rest(changing["a"]))
    weights = Stable().fit(changing).weights_
    logs = logs_of(changing)["a"]
    assert list(logs) == sorted(["fair", "good", "poor", "turned"])
    each = {}
    for key, one in changing.items():
        ranked = (one.scores["good"].rank() - 0.5) / 200
        each[key] = np.corrcoef(np.log(ranked), one.accuracy.rank())[0, 1]
    values = np.array([each["a"], (each["b1"] + each["b2"]) / 2, each["c"]])
    assert weights["good"] == pytest.approx(values.mean() - 2 * values.std(ddof=1))
    assert weights["fair"] == weights["turned"] == 0
    found = Stable().fit(changing).predict(changing["c"].scores[["good"]])
    assert krocc(found, changing["c"].accuracy) == pytest.approx(krocc(changing["c"].scores["good"], changing["c"].accuracy))


def test_where_nothing_is_stable_the_positive_means_count():
    one, other = table("a"), table("b", seed=1)
    keep = ["fair"]
    turned = Judged(-0.5 * other.scores[keep] + 0.1 * other.accuracy.to_numpy()[:, None], *_rest(other))
    pair = {"a": Judged(one.scores[keep], *_rest(one)), "b": turned}
    means = Stable().fit(pair).weights_
    assert means["fair"] > 0
    assert Stable().fit({"a": pair["a"]}).weights_["fair"] > means["fair"]


def _rest(one: Judged) -> tuple:
    return one.accuracy, one.benchmark, one.space
