"""Few labels: a Gaussian process on the order of accuracies, with a prior score whose weight the labels themselves decide.

Key: `rasmussen2006gaussian`.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.linalg import cho_factor, cho_solve
from scipy.special import ndtri
from scipy.stats import rankdata
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

LENGTHS = (0.5, 1.0, 2.0, 4.0)
"""Length scales, in root mean squared distances of standardised columns."""
NOISES = (0.03, 0.1, 0.3, 1.0)
"""Variance of the noise over that of the function."""
PRIORS = (0.0, 0.3, 1.0, 3.0)
"""Variance of the slope of the prior score; at 0 the prior is ignored."""
SCALES = (1 / 16, 1 / 4, 4.0, 16.0)
"""Factors tried on the squared differences of one kind of columns, beside 1."""
PRIOR = "prior "
"""First word of the columns that enter linearly."""


class RankProcess(RegressorMixin, BaseEstimator):
    """Gaussian process on `normal_scores` of accuracy: k(a, b) = m(|x_a - x_b| / l) + v p_a p_b, and noise.

    m(r) = (1 + sqrt(3) r) exp(-sqrt(3) r), the Matern kernel of order 3/2; |x|^2 = mean over the columns of s_c x_c^2, with
    one s for all columns of a kind, the first word of their names; p the columns named `prior ...`: scores that other
    benchmarks or no label at all have made. Length l, noise, v and the s are found by the marginal likelihood of the
    training labels, with a standard normal prior on every ln s: nothing is tuned by hand or by accuracy held out. First l,
    noise and v over the whole of small grids with s = 1, then the s one kind after the other, then noise and v again. The
    variance of the whole is eliminated in closed form.

    Attributes:
        length_: l.
        noise_: variance of the noise.
        prior_: v.
        scales_: s by kind of columns, in the order of their names; all 1 where there is one kind.
        likelihood_: ln of the marginal likelihood and of the density of the s, up to a constant.

    Example:
        >>> x = pd.DataFrame({"indicator a": np.linspace(-1, 1, 9)})
        >>> RankProcess().fit(x, x["indicator a"] ** 3).predict(x).argsort().tolist()
        [0, 1, 2, 3, 4, 5, 6, 7, 8]
    """

    def fit(self, design: pd.DataFrame, accuracy: ArrayLike) -> Self:
        """Choose l, noise, v and the s, and solve for the weights of the training architectures.

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
        target = normal_scores(y)
        self.mean_ = target.mean()
        parts, p = self._split(design)
        apart = {kind: _squares(x, x) for kind, x in parts.items()}
        prior, slopes = p @ p.T, PRIORS if p.shape[1] else (0.0,)
        self.likelihood_ = -np.inf

        def climb(scales: Iterable[dict[str, float]], *grid: Sequence[float]) -> None:
            """Keep the best of all settings tried so far; the grid is of l, v and noise."""
            lengths, slopes, noises = grid
            for made, length, slope in product(scales, lengths, slopes):
                kernel = matern(_apart(apart, made) / length) + slope * prior
                density = -sum(np.log(s) ** 2 for s in made.values()) / 2
                for noise in noises:
                    likelihood, weights = _solve(kernel, noise, target - self.mean_)
                    if likelihood + density > self.likelihood_:
                        self.scales_, self.length_, self.prior_, self.noise_ = made, length, slope, noise
                        self.likelihood_, self.weights_ = float(likelihood + density), weights

        climb([dict.fromkeys(apart, 1.0)], LENGTHS, slopes, NOISES)
        if len(apart) > 1:
            for kind in apart:
                tried = [self.scales_ | {kind: s} for s in SCALES]
                climb(tried, [self.length_], [self.prior_], [self.noise_])
            climb([self.scales_], [self.length_], slopes, NOISES)
        self.x_, self.p_ = parts, p
        return self

    def predict(self, design: pd.DataFrame) -> np.ndarray:
        """Expected normal score of every row."""
        check_is_fitted(self)
        parts, p = self._split(design[self.columns_])
        apart = {kind: _squares(x, self.x_[kind]) for kind, x in parts.items()}
        kernel = matern(_apart(apart, self.scales_) / self.length_) + self.prior_ * p @ self.p_.T
        return self.mean_ + kernel @ self.weights_

    def _split(self, design: pd.DataFrame) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Columns by kind, divided by the root of the number of all of them, and those of the prior."""
        linear = design.columns.str.startswith(PRIOR)
        rest = design.loc[:, ~linear] / np.sqrt(max((~linear).sum(), 1))
        kinds = rest.columns.str.split(n=1).str[0]
        parts = {kind: rest.loc[:, kinds == kind].to_numpy(float) for kind in sorted(set(kinds))}
        return parts, design.loc[:, linear].to_numpy(float)


def normal_scores(y: ArrayLike) -> np.ndarray:
    """Phi^-1((rank - 1/2) / n): the order of y, spread as n draws from a standard normal; ties share their mean rank.

    The best and the worst lie apart, as they do in accuracy, and the middle is dense: there the order is noise.

    Args:
        y: (n,) or (n, 1).

    >>> normal_scores([30.0, 10.0, 20.0]).round(3).tolist()
    [0.967, -0.967, 0.0]
    """
    return ndtri((rankdata(y, axis=0) - 0.5) / len(y))


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
    return np.sqrt(_squares(a, b) / max(a.shape[1], 1))


def _squares(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Sum of squared differences over the columns, between the rows of a and those of b."""
    return np.maximum((a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2 * a @ b.T, 0.0)


def _apart(squares: Mapping[str, np.ndarray], scales: Mapping[str, float]) -> np.ndarray:
    return np.sqrt(sum(scales[kind] * found for kind, found in squares.items()))


def _solve(kernel: np.ndarray, noise: float, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Profile likelihood -n/2 ln(y' A^-1 y / n) - ln det(A) / 2 with A = kernel + noise, and A^-1 y."""
    factor = cho_factor(kernel + noise * np.eye(len(y)), lower=True)
    weights = cho_solve(factor, y)
    variance = max(y @ weights / len(y), 1e-300)
    return -0.5 * len(y) * np.log(variance) - np.log(np.diag(factor[0])).sum(), weights
