"""Bayesian optimisation: of the numbers that steer another search, in a box; and of architectures by their indicators."""

import warnings
from collections.abc import Sequence

import numpy as np
from bayes_opt import BayesianOptimization
from bayes_opt.acquisition import AcquisitionFunction, ExpectedImprovement
from scipy.stats import rankdata
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from untrained.search import Search, Space, method


class Box:
    """Ask for a point of a box, tell its value: a Gaussian process with a Matern 5/2 kernel and an acquisition function.

    The first point is random, every other one the best of random candidates by the acquisition function.

    Differs from: the library's defaults, 10,000 candidates of which ten are refined by gradient ascent, and five restarts
    of the kernel's length; candidates alone and one fit cost a thirtieth of the time.

    Args:
        bounds: low and high end of each coordinate.
        acquisition: of `bayes_opt`.
        rng: of all draws.
        candidates: random points that a proposal is chosen from.
    """

    def __init__(
        self,
        bounds: Sequence[tuple[float, float]],
        acquisition: AcquisitionFunction,
        rng: np.random.Generator,
        *,
        candidates: int = 2000,
    ) -> None:
        self._random = np.random.RandomState(int(rng.integers(2**31)))
        named = {f"x{i:03d}": ends for i, ends in enumerate(bounds)}
        self._optimiser = BayesianOptimization(None, named, acquisition, random_state=self._random, verbose=0)
        self._optimiser.set_gp_params(n_restarts_optimizer=0)
        self._acquisition, self._candidates = acquisition, candidates

    def ask(self) -> np.ndarray:
        """A point, one number per coordinate."""
        target = self._optimiser.space
        if len(target) == 0:
            return target.random_sample(1, random_state=self._random)[0]
        return self._acquisition.suggest(
            self._optimiser._gp, target, n_random=self._candidates, n_smart=0, random_state=self._random
        )

    def tell(self, point: np.ndarray, value: float) -> None:
        """The value of a point; a point told before is left as it is."""
        if point not in self._optimiser.space:
            self._optimiser.register(np.asarray(point, float), value)


@method(needs=("features",), cite="snoek2012practical")
def bayesian_optimisation(
    space: Space,
    rng: np.random.Generator,
    *,
    indicators: tuple[str, ...] | None = None,
    start: int = 10,
    candidates: int = 1000,
) -> Search:
    """A Gaussian process from indicators to validation value proposes the architecture of largest expected improvement.

    Inputs are the normal scores of the indicators' ranks, so that no outlier and no unit matters; a missing one ranks last.

    Args:
        space: searched.
        rng: of all draws.
        indicators: the process's inputs; all of the space by default.
        start: random architectures before the first proposal.
        candidates: random architectures that a proposal is chosen from, besides the neighbours of the best.
    """
    inputs = normal_scores(space.features if indicators is None else space.indicators(indicators))
    left, rows, values = set(range(len(inputs))), [], []
    while left:
        if len(rows) < start:
            row = int(rng.choice(sorted(left)))
        else:
            pool = rng.permutation(sorted(left))[:candidates]
            near = space.neighbours(space.architectures[rows[int(np.argmax(values))]])
            pool = np.union1d(pool, [space.position[arch] for arch in near if space.position[arch] in left]).astype(int)
            row = int(pool[np.argmax(_expected_improvement(inputs[rows], np.array(values), inputs[pool]))])
        left.remove(row)
        values.append((yield space.architectures[row]))
        rows.append(row)


def normal_scores(features: np.ndarray) -> np.ndarray:
    """Ranks of each column put on a scale of mean 0 and deviation 1, (n, k); a missing value ranks last.

    >>> normal_scores(np.array([[1.0], [100.0], [np.nan]])).round(3).ravel().tolist()
    [0.0, 1.225, -1.225]
    """
    ranks = rankdata(np.where(np.isfinite(features), features, -np.inf), axis=0)
    spread = ranks.std(axis=0)
    return (ranks - ranks.mean(axis=0)) / np.where(spread > 0, spread, 1)


def _expected_improvement(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Of a Gaussian process fitted to (x, y), at other points."""
    kernel = ConstantKernel(1.0) * Matern(np.sqrt(x.shape[1]), (1e-1, 1e2), nu=2.5) + WhiteKernel(1e-2, (1e-6, 1e1))
    process = GaussianProcessRegressor(kernel, normalize_y=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a length at the end of its range is no news
        mean, deviation = process.fit(x, y).predict(at, return_std=True)
    acquisition = ExpectedImprovement(xi=0.0)
    acquisition.y_max = y.max()
    return acquisition.base_acq(mean, np.maximum(deviation, 1e-12))
