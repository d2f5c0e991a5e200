"""The Fusion Indicator: a learned weighted sum of indicators of an untrained network. Source key: `tran2021fusion`."""

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from untrained.fusion.solvers import SOLVERS, solve
from untrained.fusion.transforms import SCALINGS, TRANSFORMS, scale
from untrained.registry import suggest

INDICATORS = ("cj", "os", "nlr", "cnntk")
"""The four indicators that the paper fuses."""

DEFAULT_TRANSFORM: dict[str, str] = {"os": "ln", "cnntk": "ln"}
"""Indicators that span many decades; all others enter as they are."""


class FusionIndicator(RegressorMixin, BaseEstimator):
    """FI(a) = b_0 + sum_j w_j z_j(a), with w minimising (1/n_train) sum_a (FI(a) - y_a)^2 over training architectures.

    z_j is indicator j after transform and scaling, both learned from the training architectures; y_a is the trained
    accuracy in percentage points, so FI predicts accuracy and needs no map. Key: `tran2021fusion` (eq. of the weighted
    sum; the paper's transform, scaling, split and number of labels are not known to us, hence parameters).

    Conventions: scores come directed (higher is better), as `untrained.scores.wide` gives them. `ln` of a column x is
    sign(x) ln(|x| + 1e-12); `rank` is the mid-rank among the training values, interpolated. Missing and infinite values
    take the worst training value of their column and are counted. With an intercept and plain least squares the
    predictions do not depend on `scaling`.

    Args:
        indicators: columns to fuse.
        transform: {column: none | ln | rank} for the columns that are not left as they are, or one name for all columns.
        scaling: zscore, minmax, or none; learned from the training architectures.
        intercept: whether b_0 is free.
        solver: least_squares, ridge, nonnegative, or gradient.
        alpha: penalty of `ridge`.
        invalid: worst (the worst training value stands in) or raise.

    Attributes:
        weights_: w_j of the scaled columns, a Series by indicator.
        intercept_: b_0.
        n_invalid_: missing or infinite training values, a Series by indicator.
        worst_: worst valid training value, a Series by indicator.
        n_train_: number of labels used.

    Example:
        >>> scores = pd.DataFrame({"nlr": [0.0, 1.0, 2.0], "os": [-1.0, -1.0, -1.0]})
        >>> fused = FusionIndicator(("nlr",)).fit(scores, [1, 3, 2])
        >>> fused.predict(scores).round(6)
        array([1.5, 2. , 2.5])
    """

    def __init__(
        self,
        indicators: Sequence[str] = INDICATORS,
        transform: Mapping[str, str] | str = DEFAULT_TRANSFORM,
        scaling: str = "zscore",
        intercept: bool = True,
        solver: str = "least_squares",
        alpha: float = 1.0,
        invalid: str = "worst",
    ) -> None:
        self.indicators = indicators
        self.transform = transform
        self.scaling = scaling
        self.intercept = intercept
        self.solver = solver
        self.alpha = alpha
        self.invalid = invalid

    def fit(self, scores: pd.DataFrame, accuracy: pd.Series | ArrayLike) -> Self:
        """Learn worst values, transforms, scaling and weights.

        Args:
            scores: directed scores of the training architectures, one column per indicator.
            accuracy: their accuracies, in percentage points; a Series is aligned to the index of the scores.

        Returns:
            The estimator itself.

        Raises:
            ValueError: on fewer labels than weights and on a column without any valid value.
        """
        self._check_parameters()
        raw, y = self._raw(scores), _labels(accuracy, scores.index)
        free = len(self.indicators) + bool(self.intercept)
        if len(y) < free:
            raise ValueError(f"Got {len(y)} labels for {free} weights: label at least {free} or fuse fewer indicators.")
        missing = np.isnan(raw)
        self.n_invalid_ = pd.Series(missing.sum(axis=0), index=list(self.indicators))
        if empty := [name for name, none in zip(self.indicators, missing.all(axis=0), strict=True) if none]:
            raise ValueError(f"No training architecture has a valid value of {', '.join(map(repr, empty))}: do not fuse it.")
        self.worst_ = pd.Series(np.nanmin(raw, axis=0), index=list(self.indicators))
        filled = self._filled(raw)
        self.transforms_ = {
            name: TRANSFORMS[self._kind(name)].fit(filled[:, j], name) for j, name in enumerate(self.indicators)
        }
        self.shift_, self.spread_ = scale(self._transformed(raw), self.scaling)
        z = (self._transformed(raw) - self.shift_) / self.spread_
        weights, self.intercept_ = solve(z, y, solver=self.solver, intercept=self.intercept, alpha=self.alpha)
        self.weights_ = pd.Series(weights, index=list(self.indicators), name="weight")
        self.feature_names_in_ = np.array(list(self.indicators), dtype=object)
        self.n_features_in_, self.n_train_ = len(self.indicators), len(y)
        return self

    def predict(self, scores: pd.DataFrame) -> np.ndarray:
        """Predicted accuracy, in percentage points, one value per row.

        Args:
            scores: directed scores, one column per indicator; other columns are ignored.

        Returns:
            FI of every architecture.
        """
        return self.design(scores).to_numpy() @ self.weights_.to_numpy() + self.intercept_

    def design(self, scores: pd.DataFrame) -> pd.DataFrame:
        """The columns z_j: filled, transformed and scaled as learned.

        Args:
            scores: directed scores, one column per indicator.

        Returns:
            z, indexed as the scores.
        """
        check_is_fitted(self)
        z = (self._transformed(self._raw(scores)) - self.shift_) / self.spread_
        return pd.DataFrame(z, index=scores.index, columns=list(self.indicators))

    def fill(self, scores: pd.DataFrame) -> pd.DataFrame:
        """The indicators' own values, with the worst training value in place of missing and infinite ones."""
        check_is_fitted(self)
        return pd.DataFrame(self._filled(self._raw(scores)), index=scores.index, columns=list(self.indicators))

    def _raw(self, scores: pd.DataFrame) -> np.ndarray:
        """The fused columns in float64, infinite values made NaN."""
        if not isinstance(scores, pd.DataFrame):
            raise TypeError(f"Got {type(scores).__name__}, wanted a DataFrame as untrained.scores.wide gives it.")
        for name in self.indicators:
            if name not in scores.columns:
                raise ValueError(f"The scores have no indicator {name!r}. {suggest(name, scores.columns)}")
        raw = np.stack([scores[name].to_numpy(float) for name in self.indicators], axis=1)
        raw = np.where(np.isfinite(raw), raw, np.nan)
        if self.invalid == "raise" and (counts := np.isnan(raw).sum(axis=0)).any():
            found = ", ".join(f"{n} of {name!r}" for name, n in zip(self.indicators, counts, strict=True) if n)
            raise ValueError(f"Missing or infinite values ({found}): drop these architectures or use invalid='worst'.")
        return raw

    def _filled(self, raw: np.ndarray) -> np.ndarray:
        return np.where(np.isnan(raw), self.worst_.to_numpy(), raw)

    def _transformed(self, raw: np.ndarray) -> np.ndarray:
        filled = self._filled(raw)
        return np.stack([self.transforms_[name](filled[:, j]) for j, name in enumerate(self.indicators)], axis=1)

    def _kind(self, name: str) -> str:
        return self.transform if isinstance(self.transform, str) else self.transform.get(name, "none")

    def _check_parameters(self) -> None:
        if isinstance(self.indicators, str) or not len(self.indicators) or len(set(self.indicators)) < len(self.indicators):
            raise ValueError(f"Got indicators={self.indicators!r}, wanted a sequence of distinct column names.")
        per_column = {} if isinstance(self.transform, str) else dict(self.transform)
        for name in set(per_column) - set(self.indicators) - set(INDICATORS):
            raise ValueError(f"The transform names {name!r}, which is not fused. {suggest(name, self.indicators)}")
        kinds = [self.transform] if isinstance(self.transform, str) else per_column.values()
        for what, value, known in (
            *(("transform", kind, TRANSFORMS) for kind in kinds),
            ("scaling", self.scaling, SCALINGS),
            ("solver", self.solver, SOLVERS),
            ("invalid policy", self.invalid, ("worst", "raise")),
        ):
            if value not in known:
                raise ValueError(f"Unknown {what} {value!r}. {suggest(value, known)}")


def _labels(accuracy: pd.Series | ArrayLike, index: pd.Index) -> np.ndarray:
    """Accuracies in the order of the scores."""
    if isinstance(accuracy, pd.Series) and not accuracy.index.equals(index):
        if missing := [arch for arch in index if arch not in accuracy.index]:
            raise ValueError(f"{len(missing)} of {len(index)} architectures have no accuracy, the first is {missing[0]!r}.")
        accuracy = accuracy.loc[index]
    y = np.asarray(accuracy, float)
    if y.shape != (len(index),):
        raise ValueError(f"Got accuracies of shape {y.shape} for {len(index)} architectures, wanted one each.")
    if not np.isfinite(y).all():
        raise ValueError(f"{np.sum(~np.isfinite(y))} of {len(y)} accuracies are NaN or infinite: drop these architectures.")
    return y
