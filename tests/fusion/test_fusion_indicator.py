"""The Fusion Indicator: verified facts of its definition, conventions of scikit-learn, invalid values, errors."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone, is_regressor
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from untrained.fusion import FusionIndicator
from untrained.stats import plcc, rmse


def test_the_least_squares_example():
    scores = pd.DataFrame({"x": [0.0, 1.0, 2.0]})
    fused = FusionIndicator(("x",), scaling="none").fit(scores, [1, 3, 2])
    assert_allclose([fused.weights_["x"], fused.intercept_], [0.5, 1.5])
    assert_allclose(rmse(fused.predict(scores), [1, 3, 2]), 0.70710678, rtol=1e-7)


@pytest.mark.parametrize("transform", ["none", "ln", "rank", {"os": "ln", "cnntk": "ln"}])
def test_affine_scaling_does_not_matter_with_an_intercept(table, transform):
    scores, accuracy = table
    kinds = [
        FusionIndicator(transform=transform, scaling=s).fit(scores, accuracy).predict(scores)
        for s in ("none", "minmax", "zscore")
    ]
    assert_allclose(kinds[1], kinds[0], atol=1e-9)
    assert_allclose(kinds[2], kinds[0], atol=1e-9)


@pytest.mark.parametrize("changed", [{"intercept": False}, {"solver": "ridge", "alpha": 100.0}])
def test_scaling_matters_without_intercept_or_with_a_penalty(table, changed):
    scores, accuracy = table
    one, other = (FusionIndicator(scaling=s, **changed).fit(scores, accuracy).predict(scores) for s in ("minmax", "zscore"))
    assert np.abs(one - other).max() > 1e-3


def test_in_sample_identities(table):
    scores, accuracy = table
    fused = FusionIndicator().fit(scores, accuracy)
    p, y = fused.predict(scores), accuracy.to_numpy()
    assert_allclose(plcc(p, y) ** 2, fused.score(scores, accuracy), rtol=1e-9)
    assert_allclose(rmse(p, y), y.std() * np.sqrt(1 - plcc(p, y) ** 2), rtol=1e-9)
    for name in fused.indicators:
        assert FusionIndicator((name,)).fit(scores, accuracy).score(scores, accuracy) <= fused.score(scores, accuracy)


def test_transforms_keep_higher_better(table):
    scores, accuracy = table
    for kind in ("none", "ln", "rank"):
        design = FusionIndicator(transform=kind).fit(scores, accuracy).design(scores)
        for name in design:
            order = np.argsort(scores[name].to_numpy())
            assert (np.diff(design[name].to_numpy()[order]) >= 0).all(), (kind, name)


def test_ln_of_a_directed_column():
    scores = pd.DataFrame({"os": [-1e-3, -1.0, -0.0]})
    fused = FusionIndicator(("os",), scaling="none").fit(scores, [3.0, 1.0, 2.0])
    assert_allclose(fused.design(scores)["os"], [-np.log(1e-3 + 1e-12), 0, -np.log(1e-12)], atol=1e-9)


def test_rank_is_the_training_mid_rank_interpolated_and_clipped():
    train, test = pd.DataFrame({"x": [1.0, 2.0, 2.0, 4.0]}), pd.DataFrame({"x": [0.0, 1.5, 2.0, 3.0, 9.0]})
    fused = FusionIndicator(("x",), transform="rank", scaling="none").fit(train, [1, 2, 3, 4])
    assert_allclose(fused.design(test)["x"] * 4, [1, 1.75, 2.5, 3.25, 4])


def test_gradient_descent_finds_the_least_squares_optimum(table):
    scores, accuracy = table
    closed, descent = (FusionIndicator(solver=s).fit(scores, accuracy) for s in ("least_squares", "gradient"))
    assert_allclose(descent.weights_, closed.weights_, atol=1e-7)
    assert_allclose(descent.intercept_, closed.intercept_)


def test_gradient_descent_says_when_it_fails(table):
    scores, accuracy = table
    with pytest.warns(ConvergenceWarning, match="scaling='zscore'"):
        FusionIndicator(solver="gradient", scaling="none").fit(scores.assign(nlr=scores["nlr"] * 1e4), accuracy)


def test_nonnegative_weights_never_count_against_a_direction(table):
    scores, accuracy = table
    wrong = scores.assign(cj=-scores["cj"])
    assert FusionIndicator().fit(wrong, accuracy).weights_["cj"] < 0
    assert FusionIndicator(solver="nonnegative").fit(wrong, accuracy).weights_["cj"] == 0


def test_ridge_shrinks_but_keeps_the_mean(table):
    scores, accuracy = table
    plain, shrunk = (FusionIndicator(solver="ridge", alpha=a).fit(scores, accuracy) for a in (0.0, 1e4))
    assert_allclose(plain.weights_, FusionIndicator().fit(scores, accuracy).weights_)
    assert np.abs(shrunk.weights_).max() < 0.1 * np.abs(plain.weights_).max()
    assert_allclose(shrunk.predict(scores).mean(), accuracy.mean())


def test_invalid_values_take_the_worst_training_value_and_are_counted(table):
    scores, accuracy = table
    train, holes = scores.iloc[:60].copy(), scores.iloc[60:].copy()
    train.iloc[0, 0], train.iloc[1, 0], train.iloc[2, 1] = np.nan, np.inf, -np.inf
    holes.iloc[0] = np.nan
    fused = FusionIndicator().fit(train, accuracy)
    assert fused.n_invalid_.to_dict() == {"cj": 2, "os": 1, "nlr": 0, "cnntk": 0}
    worst = train.replace([np.inf, -np.inf], np.nan).min()
    assert_array_equal(fused.fill(holes).iloc[0], worst[list(fused.indicators)])
    assert fused.predict(holes)[0] == fused.predict(pd.DataFrame([worst]))[0]


def test_invalid_values_can_be_refused(table):
    scores, accuracy = table
    scores.iloc[3, 0] = np.nan
    with pytest.raises(ValueError, match="1 of 'cj'"):
        FusionIndicator(invalid="raise").fit(scores, accuracy)


def test_scikit_learn_conventions(table):
    scores, accuracy = table
    fused = FusionIndicator(("cj", "nlr"), transform="rank", solver="ridge", alpha=2.0)
    twin = clone(fused)
    assert twin.get_params() == fused.get_params()
    assert is_regressor(fused)
    with pytest.raises(NotFittedError):
        fused.predict(scores)
    assert fused.fit(scores, accuracy) is fused
    assert fused.n_features_in_ == 2
    assert list(fused.feature_names_in_) == ["cj", "nlr"]
    assert_array_equal(pickle.loads(pickle.dumps(fused)).predict(scores), fused.predict(scores))
    assert_array_equal(twin.set_params(alpha=2.0).fit(scores, accuracy).predict(scores), fused.predict(scores))
    assert clone(FusionIndicator()).transform == FusionIndicator().transform


def test_prediction_needs_neither_order_nor_company(table):
    scores, accuracy = table
    fused = FusionIndicator().fit(scores, accuracy)
    assert_allclose(fused.predict(scores.iloc[::-1])[::-1], fused.predict(scores))
    assert_allclose(fused.predict(scores.iloc[[7]]), fused.predict(scores)[[7]])
    assert_allclose(fused.predict(scores[scores.columns[::-1]]), fused.predict(scores))


def test_accuracies_are_aligned_by_architecture(table):
    scores, accuracy = table
    shuffled = accuracy.sample(frac=1, random_state=0)
    assert_allclose(
        FusionIndicator().fit(scores, shuffled).predict(scores), FusionIndicator().fit(scores, accuracy).predict(scores)
    )
    with pytest.raises(ValueError, match="1 of 120 architectures have no accuracy, the first is 'arch-004'"):
        FusionIndicator().fit(scores, accuracy.drop("arch-004"))


def test_a_constant_indicator_gets_no_weight(table):
    scores, accuracy = table
    fused = FusionIndicator().fit(scores.assign(cj=-256.0), accuracy)
    assert fused.weights_["cj"] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"indicators": ("cjj", "os")}, "no indicator 'cjj'. Did you mean 'cj'"),
        ({"indicators": "cj"}, "wanted a sequence"),
        ({"indicators": ("cj", "cj")}, "wanted a sequence of distinct"),
        ({"transform": "log"}, "Unknown transform 'log'"),
        ({"transform": {"oss": "ln"}}, "transform names 'oss', which is not fused. Did you mean 'os'"),
        ({"scaling": "z-score"}, "Unknown scaling 'z-score'. Did you mean 'zscore'"),
        ({"solver": "least_square"}, "Did you mean 'least_squares'"),
        ({"invalid": "drop"}, "Unknown invalid policy 'drop'"),
    ],
)
def test_errors_name_the_fix(table, changed, message):
    scores, accuracy = table
    with pytest.raises(ValueError, match=message):
        FusionIndicator(**changed).fit(scores, accuracy)


def test_bad_data_is_refused(table):
    scores, accuracy = table
    with pytest.raises(ValueError, match="Got 4 labels for 5 weights"):
        FusionIndicator().fit(scores.iloc[:4], accuracy.iloc[:4])
    with pytest.raises(ValueError, match="1 of 120 accuracies are NaN"):
        FusionIndicator().fit(scores, accuracy.where(accuracy.index != "arch-009"))
    with pytest.raises(ValueError, match="shape \\(2,\\) for 120"):
        FusionIndicator().fit(scores, [1, 2])
    with pytest.raises(ValueError, match="valid value of 'cj'"):
        FusionIndicator().fit(scores.assign(cj=np.nan), accuracy)
    with pytest.raises(ValueError, match="'nlr' has values of both signs"):
        FusionIndicator(transform="ln").fit(scores.assign(nlr=np.linspace(-1, 1, 120)), accuracy)
    with pytest.raises(TypeError, match="Got ndarray, wanted a DataFrame"):
        FusionIndicator().fit(scores.to_numpy(), accuracy)
