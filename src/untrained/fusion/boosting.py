"""Few labels: boosted trees that may only rise with an indicator, whatever they do with the graph.

Key: `friedman2001greedy`.
"""

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.utils.validation import check_is_fitted

RISING = "indicator "
"""First word of the columns in which the prediction never falls: their direction is known, higher is better."""
LEAF = 5
"""Training architectures in a leaf at least."""


class MonotoneBoosting(RegressorMixin, BaseEstimator):
    """Least squares on accuracies by shallow boosted trees, monotone in the columns named `indicator ...`.

    An indicator that runs against its direction on these labels is left unused instead of turned round. Settings are those
    of small tables: few leaves, a small step, no early stopping, which would take labels away.

    Args:
        steps: trees.
        rate: of learning.
        depth: of a tree at most.

    Example:
        >>> x = pd.DataFrame({"indicator a": np.linspace(-1, 1, 40)})
        >>> found = MonotoneBoosting().fit(x, x["indicator a"] + np.tile([0.0, 0.3], 20)).predict(x)
        >>> bool((np.diff(found) >= 0).all())
        True
    """

    def __init__(self, steps: int = 100, rate: float = 0.1, depth: int = 3):
        self.steps, self.rate, self.depth = steps, rate, depth

    def fit(self, design: pd.DataFrame, accuracy: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit on training rows.

        Args:
            design: of `untrained.fusion.candidates.design`, training rows.
            accuracy: their accuracies, or ranks of them.
            sample_weight: of the rows; equal by default.
        """
        rises = np.char.startswith(np.asarray(design.columns, str), RISING).astype(int)
        self.trees_ = HistGradientBoostingRegressor(
            max_iter=self.steps,
            learning_rate=self.rate,
            max_depth=self.depth,
            min_samples_leaf=LEAF,
            l2_regularization=1.0,
            max_features=0.5,
            monotonic_cst=rises,
            early_stopping=False,
            random_state=0,
        ).fit(design.to_numpy(float), np.asarray(accuracy, float), sample_weight=sample_weight)
        return self

    def predict(self, design: pd.DataFrame) -> np.ndarray:
        """Predicted accuracy, or rank, of every row."""
        check_is_fitted(self)
        return self.trees_.predict(design.to_numpy(float))
