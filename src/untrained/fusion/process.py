"""Few labels: a Gaussian process on ranks, with a prior score whose weight the labels themselves decide.

Key: `rasmussen2006gaussian`.
"""

from itertools import product
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.linalg import cho_factor, cho_solve
from scipy.stats import rankdata
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

LENGTHS = (0.5, 1.0, 2.0, 4.0)
"""Length scales, in root mean squared distances of standardised columns."""
NOISES = (0.03, 0.1, 0.3, 1.0)
"""Variance of the noise over that of the function."""
PRIORS = (0.0, 0.3, 1.0, 3.0)
"""Variance of the slope of the prior score; at 0 the prior is ignored."""
PRIOR = "prior "
"""First word of the columns that enter linearly."""


class RankProcess(RegressorMixin, BaseEstimator):
    """Gaussian process on the rank of accuracy: k(a, b) = m(|x_a - x_b| / l) + v p_a p_b, and noise.

    m(r) = (1 + sqrt(3) r) exp(-sqrt(3) r), the Matern kernel of order 3/2; |.| the root mean squared difference over the
    columns x; p the columns named `prior ...`: scores that other benchmarks or no label at all have made. Length l, noise
    and v are those of the greatest marginal likelihood of the training labels, over small grids: nothing is tuned by hand
    or by accuracy held out. The variance of the whole is eliminated in closed form.

    Attributes:
        length_: l.
        noise_: variance of the noise.
        prior_: v.
        likelihood_: ln of the marginal likelihood, up to a constant.

    Example:
        >>> x = pd.DataFrame({"indicator a": np.linspace(-1, 1, 9)})
        >>> RankProcess().fit(x, x["indicator a"] ** 3).predict(x).argsort().tolist()
        [0, 1, 2, 3, 4, 5, 6, 7, 8]
    """

    def fit(self, design: pd.DataFrame, accuracy: ArrayLike) -> Self:
        """Choose l, noise and v, and solve for the weights of the training architectures.

        Args:
            design: of `untrained.fusion.candidates.design`, training rows.
            accuracy: their accuracies; only their order counts.

        Raises:
            ValueError: fewer than two labels, or not one for each row.
        """
        y = np.asarray(accuracy, float)
        if y.shape != (len(design),) or len(y) < 2:
            raise ValueError(
                f"Got accuracies of shape {y.shape} for {len(design)} architectures, wanted 2 or more, one each."
            )
        self.columns_ = list(design.columns)
        self.x_, self.p_ = self._split(design)
        target = rankdata(y) / len(y)
        self.mean_ = target.mean()
        apart, prior = distance(self.x_, self.x_), self.p_ @ self.p_.T
        slopes = PRIORS if self.p_.shape[1] else (0.0,)
        best = -np.inf
        for length, slope in product(LENGTHS, slopes):
            kernel = matern(apart / length) + slope * prior
            for noise in NOISES:
                likelihood, weights = _solve(kernel, noise, target - self.mean_)
                if likelihood > best:
                    best, self.length_, self.prior_, self.noise_ = likelihood, length, slope, noise
                    self.weights_ = weights
        self.likelihood_ = float(best)
        return self

    def predict(self, design: pd.DataFrame) -> np.ndarray:
        """Expected rank, near (0, 1], of every row."""
        check_is_fitted(self)
        x, p = self._split(design[self.columns_])
        kernel = matern(distance(x, self.x_) / self.length_) + self.prior_ * p @ self.p_.T
        return self.mean_ + kernel @ self.weights_

    @staticmethod
    def _split(design: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        linear = design.columns.str.startswith(PRIOR)
        return design.loc[:, ~linear].to_numpy(float), design.loc[:, linear].to_numpy(float)


def matern(r: np.ndarray) -> np.ndarray:
    """(1 + sqrt(3) r) exp(-sqrt(3) r).

    >>> matern(np.array([0.0, 1.0])).round(4).tolist()
    [1.0, 0.4834]
    """
    return (1 + np.sqrt(3) * r) * np.exp(-np.sqrt(3) * r)


def distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Root mean squared difference over the columns, between the rows of a and those of b.

    >>> distance(np.array([[0.0, 0.0]]), np.array([[3.0, 3.0], [0.0, 0.0]])).tolist()
    [[3.0, 0.0]]
    """
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2 * a @ b.T
    return np.sqrt(np.maximum(squares, 0.0) / max(a.shape[1], 1))


def _solve(kernel: np.ndarray, noise: float, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Profile likelihood -n/2 ln(y' A^-1 y / n) - ln det(A) / 2 with A = kernel + noise, and A^-1 y."""
    factor = cho_factor(kernel + noise * np.eye(len(y)), lower=True)
    weights = cho_solve(factor, y)
    variance = max(y @ weights / len(y), 1e-300)
    return -0.5 * len(y) * np.log(variance) - np.log(np.diag(factor[0])).sum(), weights
