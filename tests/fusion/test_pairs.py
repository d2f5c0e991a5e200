import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.stats import rankdata
from sklearn.model_selection import KFold

from untrained.fusion.pairs import FOLDS, PENALTIES, PairRanking
from untrained.stats.correlation import krocc


def data(size: int, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(seed)
    x = pd.DataFrame(random.normal(size=(size, 4)), columns=["indicator a", "indicator b", "graph c", "graph d"])
    return x, x.to_numpy() @ [2.0, -1.0, 1.0, 0.0] + 0.3 * random.normal(size=size)


def test_weights_are_those_of_the_formula():
    """The penalised loss over all pairs, both ways round, minimised by a general routine."""
    x, y = data(12)
    fitted = PairRanking().fit(x, y)
    a, b = np.nonzero(y[:, None] > y[None])
    differences = x.to_numpy()[a] - x.to_numpy()[b]

    def loss(w: np.ndarray) -> float:
        return w @ w / 2 + fitted.penalty_ * 2 * np.log1p(np.exp(-differences @ w)).sum()

    assert fitted.weights_ == pytest.approx(minimize(loss, np.zeros(4), tol=1e-10).x, abs=1e-3)
    assert fitted.penalty_ in PENALTIES
    assert fitted.predict(x) == pytest.approx(x.to_numpy() @ fitted.weights_)


def test_it_ranks_and_only_order_counts():
    x, y = data(200)
    one, other = (PairRanking().fit(x[:60], labels).predict(x[60:]) for labels in (y[:60], np.exp(y[:60])))
    assert krocc(one, y[60:]) > 0.8
    assert np.array_equal(one, other)


def test_the_penalty_is_the_best_on_folds_of_the_labels():
    x, y = data(40)
    wide = np.hstack([x, np.random.default_rng(1).normal(size=(40, 30))])
    chosen = set()
    for seed, noise in enumerate((0.0, 2.0, 5.0, 20.0)):
        labels = rankdata(y + noise * np.random.default_rng(2).normal(size=40))
        one, means = PairRanking(seed), []
        for penalty in PENALTIES:
            folds = KFold(FOLDS, shuffle=True, random_state=seed).split(wide)
            found = [(one._weights(wide[train], labels[train], penalty), test) for train, test in folds]
            means.append(np.mean([krocc(wide[test] @ w, labels[test]) for w, test in found]))
        assert one.fit(pd.DataFrame(wide), labels).penalty_ == PENALTIES[int(np.argmax(means))]
        chosen.add(one.penalty_)
    assert len(chosen) > 1


def test_equal_accuracies_make_no_pair():
    x, _ = data(5)
    with pytest.raises(ValueError, match="5 labels without two different"):
        PairRanking().fit(x, np.ones(5))
