import copy
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal, norm

from untrained.fusion.process import LENGTHS, NOISES, PRIORS, RankProcess, normal_scores
from untrained.stats.correlation import krocc


def data(size: int = 80, *, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(seed)
    x = pd.DataFrame(random.normal(size=(size, 3)), columns=["indicator a", "indicator b", "graph c"])
    return x, np.sin(2 * x["indicator a"].to_numpy()) + x["graph c"].to_numpy() ** 2


def kernel(a: pd.DataFrame, b: pd.DataFrame, fitted: RankProcess) -> np.ndarray:
    """The formula, one column after the other."""
    columns = [name for name in a if not name.startswith("prior ")]
    scale = np.array([fitted.scales_[name.split()[0]] for name in columns])
    squares = ((a[columns].to_numpy()[:, None] - b[columns].to_numpy()[None]) ** 2 * scale).mean(axis=2)
    r = np.sqrt(squares) / fitted.length_
    prior = sum(np.outer(a[name], b[name]) for name in a if name.startswith("prior "))
    return (1 + np.sqrt(3) * r) * np.exp(-np.sqrt(3) * r) + fitted.prior_ * prior


def test_prediction_is_the_textbook_formula():
    x, y = data(30)
    x, y = x.assign(**{"prior p": np.random.default_rng(1).normal(size=30)}), x["graph c"].to_numpy()
    fitted = RankProcess().fit(x[:20], y[:20])
    assert len(set(fitted.scales_.values())) > 1
    target = normal_scores(y[:20])
    solved = np.linalg.solve(kernel(x[:20], x[:20], fitted) + fitted.noise_ * np.eye(20), target - target.mean())
    assert fitted.predict(x) == pytest.approx(target.mean() + kernel(x, x[:20], fitted) @ solved)


def evidence(x: pd.DataFrame, y: np.ndarray, fitted: RankProcess) -> float:
    """ln of the marginal likelihood at its best variance, and of the density of the logarithms of the scales."""
    target = normal_scores(y)
    target = target - target.mean()
    a = kernel(x, x, fitted) + fitted.noise_ * np.eye(len(y))
    variance = target @ np.linalg.solve(a, target) / len(y)
    return multivariate_normal(cov=variance * a).logpdf(target) + norm.logpdf(np.log(list(fitted.scales_.values()))).sum()


def changed(fitted: RankProcess, **setting) -> RankProcess:
    found = copy.copy(fitted)
    vars(found).update(setting)
    return found


@pytest.mark.parametrize("kinds", [1, 2])
def test_no_setting_of_the_grids_is_more_likely(kinds):
    x, y = data(25)
    x, y = x.assign(**{"prior p": np.random.default_rng(1).normal(size=25)}), x["graph c"].to_numpy()
    x = x if kinds == 2 else x.drop(columns="graph c")
    fitted = RankProcess().fit(x, y)
    best = evidence(x, y, fitted) + 1e-9
    alike = dict.fromkeys(fitted.scales_, 1.0)
    assert (fitted.scales_ == alike) == (kinds == 1)
    for slope, noise in product(PRIORS, NOISES):
        assert evidence(x, y, changed(fitted, prior_=slope, noise_=noise)) <= best
        for length in LENGTHS:
            assert evidence(x, y, changed(fitted, scales_=alike, length_=length, prior_=slope, noise_=noise)) <= best


def test_a_kind_that_says_nothing_is_made_to_count_less():
    random = np.random.default_rng(0)
    x = pd.DataFrame(random.normal(size=(200, 6)), columns=["indicator a", *(f"path {i}" for i in range(5))])
    y = np.sin(2 * x["indicator a"].to_numpy())
    fitted = RankProcess().fit(x[:100], y[:100])
    assert fitted.scales_["path"] < 1 < fitted.scales_["indicator"]
    alike = x.rename(columns=lambda name: f"indicator {name}")
    without = krocc(RankProcess().fit(alike[:100], y[:100]).predict(alike[100:]), y[100:])
    assert krocc(fitted.predict(x[100:]), y[100:]) > without + 0.05


def test_only_the_order_of_labels_counts():
    x, y = data()
    one, other = (RankProcess().fit(x[:40], labels).predict(x[40:]) for labels in (y[:40], np.exp(5 * y[:40])))
    assert one == pytest.approx(other)


def test_a_good_prior_helps_and_a_bad_one_does_no_harm():
    x, y = data(300)
    random = np.random.default_rng(1)
    good, bad = y + 0.3 * random.normal(size=300), random.normal(size=300)
    plain = krocc(RankProcess().fit(x[:20], y[:20]).predict(x[20:]), y[20:])
    helped = x.assign(**{"prior p": (good - good.mean()) / good.std()})
    assert krocc(RankProcess().fit(helped[:20], y[:20]).predict(helped[20:]), y[20:]) > plain + 0.1
    misled = x.assign(**{"prior p": bad})
    fitted = RankProcess().fit(misled[:20], y[:20])
    assert krocc(fitted.predict(misled[20:]), y[20:]) > plain - 0.05


def test_labels_are_checked():
    x, y = data(5)
    for labels in (y[:4], y[:1]):
        with pytest.raises(ValueError, match="wanted 2 or more, one each"):
            RankProcess().fit(x[: max(len(labels), 1)] if len(labels) == 1 else x, labels)


def test_normal_scores_are_those_of_the_order():
    y = np.array([3.0, 1.0, 1.0, 7.0])
    assert normal_scores(y) == pytest.approx(norm.ppf([0.625, 0.25, 0.25, 0.875]))
    assert normal_scores(y[:, None])[:, 0] == pytest.approx(normal_scores(y))
