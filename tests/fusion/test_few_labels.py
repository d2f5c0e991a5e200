import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata
from sklearn.ensemble import ExtraTreesRegressor

from untrained.fusion import few_labels
from untrained.fusion.candidates import design
from untrained.fusion.labelling import CHOICES, by_committee, by_doubt, drawn, labelled, space_filling
from untrained.fusion.networks import EPOCHS, networks
from untrained.fusion.process import distance, matern, normal_scores
from untrained.stats.correlation import krocc, srocc
from untrained.stats.splits import repeated_splits


@pytest.fixture
def made() -> tuple[pd.DataFrame, pd.Series]:
    """A truth that bends over one indicator and jumps with one feature of the graph, and a prior that sees it."""
    random = np.random.default_rng(0)
    index = [f"arch-{i:03d}" for i in range(160)]
    scores = pd.DataFrame(random.normal(size=(160, 3)), index=index, columns=["a", "b", "params"])
    graph = pd.DataFrame({"conv": random.integers(3, size=160).astype(float)}, index=index)
    truth = pd.Series(90 + scores["b"] / 2 - scores["a"] ** 2 + graph["conv"], index=index)
    prior = pd.DataFrame({"free": truth + random.normal(size=160)})
    paths = pd.DataFrame({"conv, pool": (np.arange(160) % 3 == 0).astype(float)}, index=index)
    return design(scores, graph, prior, paths), truth


def test_every_learner_ranks_and_reads_only_its_columns(made):
    table, truth = made
    changed = table.assign(**{name: 0.0 for name in table if name.startswith(("graph ", "prior "))})
    for name, learner in few_labels.learners(trees=20).items():
        fitted = learner.fit(table[:80], truth[:80])
        assert krocc(fitted.predict(table[80:]), truth[80:]) > (0.5 if "process" in name or name == "trees" else 0.1)
        assert (name == "linear") == np.array_equal(fitted.predict(table[80:]), fitted.predict(changed[80:]))
        elsewhere = table.assign(**{name: 1 - table[name] for name in table if name.startswith("path ")})
        same = np.array_equal(fitted.predict(table[80:]), fitted.predict(elsewhere[80:]))
        assert same == (name in ("linear", "pairs", "boosting"))
    plain = few_labels.learners(trees=20)["process"].fit(table[:80], truth[:80])
    without = table.assign(**{"prior free": 0.0})
    assert np.array_equal(plain.predict(table[80:]), plain.predict(without[80:]))


def test_paths_of_which_few_labels_tell_are_not_read(made):
    table, truth = made
    for having, read in ((few_labels.TOLD - 1, False), (few_labels.TOLD, True), (80 - few_labels.TOLD + 1, False)):
        found = table.assign(**{"path conv, pool": [1.0] * having + [-1.0] * (160 - having)})
        for name in ("trees", "process"):
            fitted = few_labels.learners(trees=10)[name].fit(found[:80], truth[:80])
            other = found[80:].assign(**{"path conv, pool": 1.0})
            assert np.array_equal(fitted.predict(found[80:]), fitted.predict(other)) != read


def test_the_strongest_is_the_mean_of_three(made):
    table, truth = made
    found = {n: e.fit(table[:60], truth[:60]).predict(table[60:]) for n, e in few_labels.learners(trees=10).items()}
    three = sum(found[name] for name in ("trees", "process, prior", "networks"))
    assert found[few_labels.STRONGEST] == pytest.approx(three / 3)


def test_networks_are_trained_for_as_many_epochs_and_differ(made):
    table, truth = made
    fitted = networks().fit(table[:60], normal_scores(truth[:60]))
    assert {member.n_iter_ for member in fitted.estimators_} == {EPOCHS}
    one, other = (member.predict(table[60:]) for member in fitted.estimators_[:2])
    assert 0.5 < krocc(one, other) < 1


def test_only_order_counts_and_equal_seeds_give_equal_numbers(made):
    table, truth = made
    for name, learner in few_labels.learners(trees=10).items():
        one, other = (learner.fit(table[:60], y).predict(table[60:]) for y in (truth[:60], np.exp(truth[:60] / 10)))
        assert one == pytest.approx(other), name


def test_no_fit_sees_a_test_accuracy(made):
    table, truth = made
    splits = list(repeated_splits(len(table), 40, repeats=2))
    methods = {"trees": few_labels.learners(trees=10)["trees"]}
    seen = few_labels.judge(table, truth, methods, splits[:1])
    hidden = truth.copy()
    hidden.iloc[splits[0][1]] = hidden.iloc[splits[0][1]].to_numpy()[::-1]
    train, test = splits[0]
    fitted = few_labels.learners(trees=10)["trees"].fit(table.iloc[train], hidden.iloc[train])
    expected = krocc(fitted.predict(table.iloc[test]), truth.iloc[test])
    assert seen.query("metric == 'krocc'")["value"].item() == pytest.approx(expected)


def test_the_table_of_a_curve(made):
    table, truth = made
    fixed = pd.DataFrame({"free": truth.to_numpy()}, index=table.index)
    fixed.iloc[0, 0] = np.nan
    sizes = np.repeat([0, 1], 80)
    methods = {"linear": few_labels.learners()["linear"]}
    rows = few_labels.learning_curve(table, truth, methods, labels=[20, 40], draws=3, fixed=fixed, sizes=sizes)
    assert set(rows["metric"]) == {"krocc", "srocc", "ndcg", "regret", "within"}
    assert len(rows) == 2 * 2 * 3 * 5
    assert rows.query("method == 'free' and metric == 'srocc'")["value"].min() > 0.98
    assert set(rows.query("method == 'free'")["labels"]) == {0}
    assert rows.query("method == 'linear'").groupby("asked")["n_test"].first().to_dict() == {20: 140, 40: 120}


def test_the_number_of_labels_leaves_enough_to_judge_on():
    assert few_labels.possible([20, 100, 300], 200) == [20, 100]
    assert few_labels.possible([10], 40, 10) == [10]


def test_small_to_large():
    size = pd.Series(np.arange(40.0)[::-1])
    for (small, kept), (mixed, same) in few_labels.small_to_large(size, 10, repeats=3):
        assert size.iloc[small].max() < 20 <= size.iloc[kept].min()
        assert np.array_equal(kept, same)
        assert (len(small), len(mixed), len(kept)) == (10, 10, 10)
        assert not set(mixed) & set(kept)
    with pytest.raises(ValueError, match="the smaller half has 20"):
        next(few_labels.small_to_large(size, 21))


def test_labels_that_fill_the_space_cover_every_corner():
    random = np.random.default_rng(0)
    corners = np.repeat([[0, 0], [0, 9], [9, 0], [9, 9]], [97, 1, 1, 1], axis=0) + 0.1 * random.normal(size=(100, 2))
    table = pd.DataFrame(corners, columns=["indicator a", "graph b"]).assign(**{"prior p": 100 * random.normal(size=100)})
    for seed in range(3):
        assert {97, 98, 99} <= set(space_filling(table, 4, seed=seed).tolist())
    assert len(set(space_filling(table, 100).tolist())) == 100
    with pytest.raises(ValueError, match="wanted 1 to 100"):
        space_filling(table, 101)


def test_every_choice_is_judged_on_architectures_that_none_may_label(made):
    table, truth = made
    parts = {name: list(labelled(table, truth, 10, choose, repeats=2)) for name, choose in CHOICES.items()}
    for name, splits in parts.items():
        for (train, test), (_, same) in zip(splits, parts["random"], strict=True):
            assert np.array_equal(test, same), name
            assert (len(set(train.tolist())), len(test)) == (10, 53)
            assert not set(train) & set(test)
    assert not np.array_equal(parts["committee"][0][0], parts["space filling"][0][0])


def test_labels_are_chosen_out_of_those_offered(made):
    table, truth = made
    for choose in CHOICES.values():
        (train, test), (all_of, same) = (
            next(labelled(table, truth, 10, choose, offered=offered, repeats=1)) for offered in (10, None)
        )
        assert np.array_equal(test, same) and len(train) == 10 and not np.array_equal(train, all_of)
    with pytest.raises(ValueError, match="Got count=11, but 10 architectures are offered"):
        next(labelled(table, truth, 11, CHOICES["random"], offered=10))


def test_a_committee_sees_what_it_buys_and_buys_where_it_disagrees():
    """On the one half accuracy is flat, on the other it jumps about: that is where labels go."""
    random = np.random.default_rng(0)
    x = np.sort(random.uniform(-1, 1, size=200))
    y = np.where(x < 0, 0.0, random.normal(size=200))
    table, bought = pd.DataFrame({"indicator x": x, "prior p": random.normal(size=200)}), []

    def train(places: np.ndarray) -> np.ndarray:
        bought.extend(places.tolist())
        return y[places]

    chosen = by_committee(table, 40, train, rounds=5)
    assert sorted(bought) == chosen.tolist() and len(set(bought)) == 40
    assert (x[bought[8:]] > 0).mean() > 0.7
    assert np.array_equal(chosen, by_committee(table, 40, lambda places: y[places], rounds=5))
    assert len(by_committee(table, 200, lambda places: y[places], rounds=2)) == 200
    with pytest.raises(ValueError, match="Got count=9 in rounds=5"):
        by_committee(table, 9, train)


def test_doubt_sees_what_it_buys_and_buys_where_the_truth_is_rough():
    """One half is flat and the other jumps about; without accuracies both halves are the same."""
    random = np.random.default_rng(0)
    x = np.sort(random.uniform(-1, 1, size=200))
    y = np.where(x < 0, 0.0, random.normal(size=200))
    table, bought = pd.DataFrame({"indicator x": x, "prior p": random.normal(size=200)}), []

    def train(places):
        bought.extend(places.tolist())
        return y[places]

    chosen = by_doubt(table, 40, train)
    assert len(set(bought)) == len(bought) < 40 and set(bought) <= set(chosen.tolist()) and len(set(chosen)) == 40
    assert (x[chosen] > 0).mean() > 0.65
    flat = by_doubt(table, 40, lambda places: np.arange(len(places)) % 2)
    assert 0.35 < (x[flat] > 0).mean() < 0.65
    assert np.array_equal(chosen, by_doubt(table, 40, lambda places: y[places]))
    assert len(by_doubt(table, 200, lambda places: y[places], rounds=2)) == 200
    with pytest.raises(ValueError, match="Got count=1, wanted 2 to 200"):
        by_doubt(table, 1, train)


def test_doubt_is_the_largest_fall_of_weighted_variance(made):
    """The slow definition: the covariance given every label, in full."""
    table, truth = made
    x, y = table.loc[:, table.columns.str.startswith(("indicator ", "graph "))].to_numpy(), truth.to_numpy()
    prior = matern(distance(x, x) / 2.0)
    seen = by_doubt(table, 20, lambda places: y[places], rounds=1, trees=10).tolist()
    first = by_doubt(table, 6, lambda places: y[places], rounds=1, blind=1.0, trees=10).tolist()
    forest = ExtraTreesRegressor(10, max_features=0.5, random_state=0).fit(x[first], rankdata(y[first]))
    weights = np.var([tree.predict(x) for tree in forest.estimators_], axis=0)

    def left(chosen: list[int]) -> np.ndarray:
        cross = prior[chosen]
        return prior.diagonal() - (cross * np.linalg.solve(cross[:, chosen] + 0.1 * np.eye(len(chosen)), cross)).sum(axis=0)

    chosen = first
    while len(chosen) < 20:
        others = [place for place in range(len(x)) if place not in chosen]
        chosen = [*chosen, min(others, key=lambda place: weights @ left([*chosen, place]))]
    assert sorted(chosen) == seen


def test_first_two_choices_are_one_in_each_cloud():
    """Near the middles of two clouds, where a label tells most about the others of its cloud, and nothing of the other."""
    random = np.random.default_rng(1)
    x = np.concatenate([random.normal(-3, 0.2, 30), random.normal(3, 0.2, 70)])
    table = pd.DataFrame({"indicator x": x})
    chosen = x[by_doubt(table, 2, lambda places: np.zeros(len(places)))]
    assert chosen.min() == pytest.approx(-3, abs=0.3) and chosen.max() == pytest.approx(3, abs=0.3)


def test_rows_by_how_labels_were_chosen():
    rows = pd.DataFrame({"part": ["curve", "trained", "trained"], "trained": [None, "doubt", "random"]})
    assert drawn(rows).index.tolist() == [0] and drawn(rows, "doubt").index.tolist() == [1]
    assert drawn(rows[["part"]], "doubt").empty


def test_metrics_are_those_of_the_package(made):
    table, truth = made
    rows = few_labels.judge(table, truth, {}, [(np.arange(5), np.arange(5, 160))], fixed=table[["prior free"]])
    found = rows.set_index("metric")["value"]
    assert found["srocc"] == pytest.approx(srocc(table["prior free"].iloc[5:], truth.iloc[5:]))
