"""Few labels: a linear ranking learned from which of two architectures is the better one.

Key: `joachims2002optimizing`.
"""

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import rankdata
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.utils.validation import check_is_fitted

from untrained.stats.correlation import krocc

PENALTIES = (1e-3, 1e-2, 1e-1)
"""Inverse strengths of the penalty on w, in the loss summed over pairs."""
FOLDS = 3
MOST_PAIRS = 1000
"""Pairs that a fit sees at most, drawn at random: n labels make n (n - 1) / 2."""


class PairRanking(RegressorMixin, BaseEstimator):
    """P(a better than b) = 1 / (1 + exp(-w (x_a - x_b))): logistic regression on differences, predictions are w x.

    Ties make no pair. The penalty on w is the one with the highest mean tau on folds of the training architectures.

    Args:
        seed: of the folds and of the pairs, where there are too many.

    Attributes:
        weights_: w.
        penalty_: inverse strength of the penalty.

    Example:
        >>> x = pd.DataFrame({"indicator a": np.linspace(-1, 1, 20)})
        >>> PairRanking().fit(x, np.exp(x["indicator a"])).predict(x).argsort().tolist() == list(range(20))
        True
    """

    def __init__(self, seed: int = 0):
        self.seed = seed

    def fit(self, design: pd.DataFrame, accuracy: ArrayLike) -> Self:
        """Choose the penalty and fit on pairs of all training architectures.

        Args:
            design: of `untrained.fusion.candidates.design`, training rows.
            accuracy: their accuracies; only their order counts.

        Raises:
            ValueError: no two different accuracies.
        """
        x, y = np.asarray(design, float), rankdata(accuracy)
        if len(np.unique(y)) < 2:
            raise ValueError(f"Got {len(y)} labels without two different ones: label more architectures.")
        folds = list(KFold(min(FOLDS, len(y)), shuffle=True, random_state=self.seed).split(x))
        means = {c: np.mean([self._held_out(x, y, c, *fold) for fold in folds]) for c in PENALTIES}
        self.penalty_ = max(means, key=means.get)
        self.weights_ = self._weights(x, y, self.penalty_)
        return self

    def predict(self, design: pd.DataFrame) -> np.ndarray:
        """Value w x of every row: higher is better, without a unit."""
        check_is_fitted(self)
        return np.asarray(design, float) @ self.weights_

    def _held_out(self, x: np.ndarray, y: np.ndarray, penalty: float, train: np.ndarray, test: np.ndarray) -> float:
        if len(np.unique(y[train])) < 2 or len(np.unique(y[test])) < 2:
            return 0.0
        return krocc(x[test] @ self._weights(x[train], y[train], penalty), y[test])

    def _weights(self, x: np.ndarray, y: np.ndarray, penalty: float) -> np.ndarray:
        a, b = np.nonzero(y[:, None] > y[None])
        kept = np.random.default_rng(self.seed).permutation(len(a))[:MOST_PAIRS]
        differences = x[a[kept]] - x[b[kept]]
        both, better = np.vstack([differences, -differences]), np.repeat([1, 0], len(kept))
        return LogisticRegression(C=penalty, fit_intercept=False, max_iter=200).fit(both, better).coef_[0]
