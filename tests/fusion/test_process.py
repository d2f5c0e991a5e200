import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal, rankdata

from untrained.fusion.process import LENGTHS, NOISES, PRIORS, RankProcess, matern
from untrained.stats.correlation import krocc


def data(size: int = 80, *, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(seed)
    x = pd.DataFrame(random.normal(size=(size, 3)), columns=["indicator a", "indicator b", "graph c"])
    return x, np.sin(2 * x["indicator a"].to_numpy()) + x["graph c"].to_numpy() ** 2


def test_prediction_is_the_textbook_formula():
    x, y = data(30)
    fitted = RankProcess().fit(x[:20], y[:20])
    values, target = x.to_numpy(), rankdata(y[:20]) / 20
    r = np.sqrt(((values[:, None] - values[None, :20]) ** 2).mean(axis=2)) / fitted.length_
    k = (1 + np.sqrt(3) * r) * np.exp(-np.sqrt(3) * r)
    solved = np.linalg.solve(k[:20] + fitted.noise_ * np.eye(20), target - target.mean())
    assert fitted.predict(x) == pytest.approx(target.mean() + k @ solved)


def test_the_setting_has_the_greatest_likelihood_of_the_grid():
    x, y = data(25)
    x = x.assign(**{"prior p": np.random.default_rng(1).normal(size=25)})
    fitted = RankProcess().fit(x, y)
    target = rankdata(y) / 25
    target = target - target.mean()
    values, prior = x.iloc[:, :3].to_numpy(), x["prior p"].to_numpy()
    r = np.sqrt(((values[:, None] - values[None]) ** 2).mean(axis=2))
    found = {}
    for length in LENGTHS:
        for slope in PRIORS:
            for noise in NOISES:
                a = matern(r / length) + slope * np.outer(prior, prior) + noise * np.eye(25)
                scale = target @ np.linalg.solve(a, target) / 25
                found[length, slope, noise] = multivariate_normal(cov=scale * a).logpdf(target)
    assert max(found, key=found.get) == (fitted.length_, fitted.prior_, fitted.noise_)


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
