"""The protocol: same splits for all, nothing learned from the test part, honest choice of the best single indicator."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from untrained.fusion import FusionIndicator, against_all, evaluate, labelled, weights
from untrained.stats import METRICS, krocc, linear_map, plcc, repeated_splits, rmse

OPTIONS = {"n_train": 40, "repeats": 4}


@pytest.fixture
def frame(table):
    return evaluate(*table, **OPTIONS)


def test_shape_of_the_table(frame, table):
    methods = ["fi@40", *table[0].columns, "best_single@40"]
    assert list(frame.columns) == ["split", "method", "kind", "metric", "value", "chosen", "n_train", "n_test", "n_invalid"]
    assert len(frame) == 4 * len(methods) * 4
    assert set(frame["method"]) == set(methods)
    assert set(frame["metric"]) == set(METRICS)
    assert (frame["n_train"] == 40).all()
    assert (frame["n_test"] == 80).all()
    assert frame["value"].notna().all()


def test_values_by_hand(frame, table):
    scores, accuracy = table
    train, test = next(repeated_splits(120, 40))
    y = accuracy.to_numpy()
    found = frame.query("split == 0").set_index(["method", "metric"])["value"]
    p = FusionIndicator().fit(scores.iloc[train], y[train]).predict(scores.iloc[test])
    assert_allclose(found["fi@40"], [metric(p, y[test]) for metric in METRICS.values()])
    s = -np.log(-scores["os"].to_numpy())
    line = linear_map(s[train], y[train])
    expected = [plcc(s[test], y[test]), rmse(line(s[test]), y[test]), krocc(s[test], y[test])]
    assert_allclose(found["os"][["plcc", "rmse", "krocc"]], expected, rtol=1e-6)


def test_same_again_with_the_same_seed(frame, table):
    pd.testing.assert_frame_equal(frame, evaluate(*table, **OPTIONS))
    assert not frame["value"].equals(evaluate(*table, **OPTIONS, seed=1)["value"])


def test_the_fit_never_sees_test_accuracies(table):
    scores, accuracy = table
    train, test = next(repeated_splits(120, 40))
    spoiled = accuracy.copy()
    spoiled.iloc[test] = -accuracy.iloc[test]
    before, after = (evaluate(scores, y, n_train=40, repeats=1) for y in (accuracy, spoiled))
    rows = before["method"].isin(["fi@40", "cj"]) & (before["metric"] != "rmse")
    assert_allclose(before["value"][rows], -after["value"][rows])
    assert list(before["chosen"]) == list(after["chosen"])


def test_a_known_direction_is_never_turned(table):
    scores, accuracy = table
    wrong = evaluate(scores.assign(nlr=-scores["nlr"]), accuracy, **OPTIONS)
    singles = wrong.query("method == 'nlr'").groupby("metric")["value"].mean()
    assert (singles[["plcc", "srocc", "krocc"]] < -0.2).all()
    assert_allclose(singles["rmse"], accuracy.std(), rtol=0.1)


def test_best_single_is_chosen_on_the_training_part(frame, table):
    scores, accuracy = table
    train, _ = next(repeated_splits(120, 40))
    taus = {name: krocc(scores[name].iloc[train], accuracy.iloc[train]) for name in ("cj", "os", "nlr", "cnntk")}
    row = frame.query("split == 0 and method == 'best_single@40' and metric == 'krocc'").iloc[0]
    assert row["chosen"] == max(taus, key=taus.get)
    same = frame.query("split == 0 and metric == 'krocc'").set_index("method")["value"]
    assert row["value"] == same[row["chosen"]]


def test_missing_values_are_counted_not_dropped(table):
    scores, accuracy = table
    holed = scores.copy()
    holed.iloc[::3, 0] = np.nan
    frame = evaluate(holed, accuracy, **OPTIONS).query("metric == 'krocc'")
    assert (frame["n_test"] == 80).all()
    assert frame.query("method == 'cj'")["n_invalid"].gt(15).all()
    assert frame.query("method == 'fi@40'")["n_invalid"].gt(15).all()
    assert frame.query("method == 'os'")["n_invalid"].eq(0).all()


def test_groups_stay_on_one_side(table):
    scores, accuracy = table
    frame = evaluate(scores, accuracy, **OPTIONS, groups=np.repeat(np.arange(40), 3))
    assert (frame["n_train"] == 39).all()
    assert set(frame["kind"]) == {"fused", "single", "chosen"}


def test_logistic_map_changes_plcc_and_rmse_only(frame, table):
    mapped = evaluate(*table, **OPTIONS, mapping="logistic5")
    same = (frame["value"] - mapped["value"]).abs() < 1e-12
    ranks = frame["metric"].isin(["srocc", "krocc"])
    assert same[ranks].all()
    assert not same[~ranks].all()


def test_several_methods_of_one_table(table):
    methods = {"fi": FusionIndicator(), "pair": FusionIndicator(("cj", "nlr"))}
    frame = evaluate(*table, methods, **OPTIONS)
    mean = frame.query("metric == 'krocc'").groupby("method")["value"].mean()
    assert mean["fi@40"] > mean["pair@40"] > mean["cj"]


def test_weights_over_splits(table):
    found = weights(*table, **OPTIONS)
    assert len(found) == 4 * 5
    assert found.groupby("indicator")["weight"].mean()[["cj", "os", "nlr", "cnntk"]].gt(0).all()


def test_comparison_with_every_single_one(frame):
    found = against_all(frame, "fi@40")
    krocc_rows = found.query("metric == 'krocc'").set_index("role")
    assert set(krocc_rows.index) == {"single", "chosen", "size", "oracle"}
    assert krocc_rows.loc["size", "against"] == "params"
    singles = krocc_rows.loc["single"]
    oracle = krocc_rows.loc["oracle"]
    assert oracle["mean"] == singles["mean"].min()
    assert krocc_rows.loc["chosen", "mean"] >= oracle["mean"]
    assert (found["se_corrected"] > found["se"]).all()
    assert_allclose(found["high"] - found["low"], 4 * found["se"])
    assert (found["mean"] > 0).all()


def test_errors(table):
    scores, accuracy = table
    with pytest.raises(ValueError, match="Unknown mapping 'logistic4'. Did you mean 'logistic5'"):
        evaluate(scores, accuracy, mapping="logistic4")
    with pytest.raises(ValueError, match="no indicator 'cnntk'"):
        evaluate(scores.drop(columns="cnntk"), accuracy, **OPTIONS)
    with pytest.raises(ValueError, match="1 of 120 architectures have no accuracy"):
        evaluate(scores, accuracy.iloc[1:], **OPTIONS)
    with pytest.raises(ValueError, match="n_train=200 of 120"):
        evaluate(scores, accuracy)
    with pytest.raises(ValueError, match="no method 'fi@4'. Did you mean 'fi@40'"):
        against_all(evaluate(scores, accuracy, n_train=40, repeats=2), "fi@4")


def test_the_number_of_labels_is_part_of_the_name():
    assert labelled("fi", 200) == "fi@200"
