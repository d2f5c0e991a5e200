"""Maps from a score to an accuracy, fitted before PLCC and RMSE as image-quality work does; monotone, never decreasing.

The sign of a score is known a priori and never fitted: a score that runs the wrong way maps to a constant.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import least_squares
from scipy.special import expit

from untrained.stats.correlation import pair

Map = Callable[[ArrayLike], np.ndarray]


@dataclass(frozen=True)
class Line:
    """q(s) = slope s + intercept."""

    slope: float
    intercept: float

    def __call__(self, s: ArrayLike) -> np.ndarray:
        """The accuracies of scores s."""
        return self.slope * np.asarray(s, float) + self.intercept


@dataclass(frozen=True)
class Logistic5:
    """q(s) = b1 (1/2 - 1/(1 + exp(b2 (s - b3)))) + b4 s + b5; at s = b3 it is b4 b3 + b5.

    >>> float(Logistic5(b1=20, b2=3, b3=0.5, b4=2, b5=80)(0.5))
    81.0
    """

    b1: float
    b2: float
    b3: float
    b4: float
    b5: float

    def __call__(self, s: ArrayLike) -> np.ndarray:
        """The accuracies of scores s."""
        s = np.asarray(s, float)
        return self.b1 * (0.5 - expit(-self.b2 * (s - self.b3))) + self.b4 * s + self.b5


def linear_map(p_train: ArrayLike, y_train: ArrayLike) -> Line:
    """Least-squares line with slope >= 0; flat at the mean of y where the best slope is negative or p is constant.

    >>> linear_map([0, 1, 2], [1, 3, 2])
    Line(slope=0.5, intercept=1.5)
    """
    p, y = pair(p_train, y_train)
    centred = p - p.mean()
    spread = float(centred @ centred)
    slope = max(float(centred @ (y - y.mean())) / spread, 0.0) if spread > 0 else 0.0
    return Line(slope, float(y.mean() - slope * p.mean()))


def logistic5(p_train: ArrayLike, y_train: ArrayLike) -> Logistic5:
    """Least-squares fit of the five-parameter logistic of image-quality work, with b1, b2, b4 >= 0, hence monotone.

    Conventions: the scores are standardised by median and central spread for the fit and the parameters are given back for
    raw scores; two starts; the line is one of the candidates, so the fit is never worse than `linear_map` on the training
    part.

    Args:
        p_train: directed scores (higher is better) of the training architectures.
        y_train: their accuracies.

    Returns:
        The fitted map, a callable.
    """
    p, y = pair(p_train, y_train)
    line = linear_map(p, y)
    best, cost = Logistic5(0.0, 1.0, float(np.median(p)), line.slope, line.intercept), np.sum((line(p) - y) ** 2)
    centre, scale = float(np.median(p)), _scale(p)
    if scale == 0:
        return best
    s = np.clip((p - centre) / scale, -1e6, 1e6)
    for steepness, middle in ((1.0, 0.0), (5.0, float(np.quantile(s, 0.25)))):
        b = _fit(s, y, steepness, middle)
        found = Logistic5(b[0], b[1] / scale, b[2] * scale + centre, b[3] / scale, b[4] - b[3] * centre / scale)
        found_cost = np.sum((found(p) - y) ** 2)
        if found_cost < cost * (1 - 1e-9):
            best, cost = found, found_cost
    return best


def _scale(p: np.ndarray) -> float:
    """Half the central 80 %, or the standard deviation where that is 0."""
    low, high = np.quantile(p, [0.1, 0.9])
    return float(high - low) / 2 or float(p.std())


def _fit(s: np.ndarray, y: np.ndarray, steepness: float, middle: float) -> list[float]:
    def model(b: np.ndarray) -> np.ndarray:
        return b[0] * (0.5 - expit(-b[1] * (s - b[2]))) + b[3] * s + b[4]

    def jacobian(b: np.ndarray) -> np.ndarray:
        step = expit(b[1] * (s - b[2]))
        bend = b[0] * step * (1 - step)
        return np.stack([step - 0.5, bend * (s - b[2]), -bend * b[1], s, np.ones_like(s)], axis=1)

    # Steepness and middle stay where the data can tell them apart from a step or a line.
    lower, upper = [0, 1e-3, s.min(), 0, -np.inf], [np.inf, 1e3, s.max(), np.inf, np.inf]
    start = [max(float(np.ptp(y)), 1e-6), steepness, np.clip(middle, s.min(), s.max()), 1e-6, float(y.mean())]
    fit = least_squares(lambda b: model(b) - y, start, jac=jacobian, bounds=(lower, upper), x_scale="jac", max_nfev=100)
    return [float(b) for b in fit.x]
