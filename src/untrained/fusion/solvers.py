"""The weights of the fused sum: w minimising (1/n) sum (Z w + b_0 - y)^2, in four ways."""

import warnings
from collections.abc import Callable

import numpy as np
from scipy.optimize import nnls
from sklearn.exceptions import ConvergenceWarning

Solver = Callable[[np.ndarray, np.ndarray, float], np.ndarray]


def least_squares(z: np.ndarray, y: np.ndarray, alpha: float) -> np.ndarray:
    """Closed form; of equally good weights those of least norm. `alpha` is unused."""
    return np.linalg.lstsq(z, y, rcond=None)[0]


def ridge(z: np.ndarray, y: np.ndarray, alpha: float) -> np.ndarray:
    """Minimises ||z w - y||^2 + alpha ||w||^2."""
    return np.linalg.solve(z.T @ z + alpha * np.eye(z.shape[1]), z.T @ y)


def nonnegative(z: np.ndarray, y: np.ndarray, alpha: float) -> np.ndarray:
    """Least squares with w >= 0: no indicator may count against its known direction. `alpha` is unused."""
    return nnls(z, y)[0]


def gradient(z: np.ndarray, y: np.ndarray, alpha: float) -> np.ndarray:
    """Full-batch gradient descent on the mean squared error from w = 0, at step 1 / curvature. `alpha` is unused.

    It stops when the gradient is 1e-10 of the first one; it has the same optimum as `least_squares`.
    """
    n = len(y)
    hessian, slope = z.T @ z / n, z.T @ y / n
    curvature = np.linalg.eigvalsh(hessian)[-1]
    weights = np.zeros(z.shape[1])
    if curvature == 0:
        return weights
    target = 1e-10 * np.linalg.norm(slope)
    for _ in range(200_000):
        residual = slope - hessian @ weights
        if np.linalg.norm(residual) <= target:
            return weights
        weights += residual / curvature
    message = "Gradient descent did not converge in 200,000 steps: columns collinear or unscaled; try scaling='zscore'."
    warnings.warn(message, ConvergenceWarning, stacklevel=2)
    return weights


SOLVERS: dict[str, Solver] = {f.__name__: f for f in (least_squares, ridge, nonnegative, gradient)}
"""The solvers by name."""


def solve(z: np.ndarray, y: np.ndarray, *, solver: str, intercept: bool, alpha: float) -> tuple[np.ndarray, float]:
    """Weights and intercept; the intercept is never shrunk or constrained.

    Args:
        z: scaled columns (architectures, indicators).
        y: accuracies.
        solver: name in `SOLVERS`.
        intercept: whether b_0 is free; otherwise it is 0.
        alpha: penalty of `ridge`.

    Returns:
        w and b_0.
    """
    if not intercept:
        return SOLVERS[solver](z, y, alpha), 0.0
    z_mean, y_mean = z.mean(0), y.mean()
    weights = SOLVERS[solver](z - z_mean, y - y_mean, alpha)
    return weights, float(y_mean - z_mean @ weights)
