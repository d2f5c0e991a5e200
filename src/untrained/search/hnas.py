"""HNAS: two constants of a bound on the test loss, tuned by validation queries (shu2022hnas)."""

import numpy as np
from bayes_opt.acquisition import ExpectedImprovement
from numpy.typing import ArrayLike

from untrained.registry import suggest
from untrained.search import Search, Space, method
from untrained.search.bayesian import Box
from untrained.search.robot import rounds

METRICS = {"grad_norm": abs, "snip": abs, "grasp": abs, "ntk_trace": lambda trace: np.sqrt(np.abs(trace))}
"""The four gradient metrics, and how M follows from our columns; the paper's M_trace is the root of the trace per sample."""

MISSING = 1e5
"""Condition number that stands for a missing one, as in the published code."""

WITHIN = 0.95
"""Share of the space whose M is below the largest target."""

EXPONENTS = (-4.0, 0.0)
"""Range of log10 mu."""


def objective(metric: ArrayLike, condition: ArrayLike, mu: float, nu: float, *, one_sided: bool = False) -> np.ndarray:
    """The bound mu |M^2 - nu^2| + kappa / (M + 1e-6), smaller is better.

    The published code's form; with `one_sided`, the paper's: only what exceeds the target costs, mu max(0, M^2 - nu^2).

    >>> round(float(objective(2.5**0.5, 4.0, mu=0.01, nu=2.0)), 6)
    2.544821
    """
    metric, condition = np.asarray(metric, float), np.asarray(condition, float)
    excess = metric**2 - nu**2
    return mu * (np.maximum(excess, 0) if one_sided else np.abs(excess)) + condition / (metric + 1e-6)


@method(needs=("cnntk_frozen",), cite="shu2022hnas")
def hnas(
    space: Space,
    rng: np.random.Generator,
    *,
    queries: float,
    indicator: str = "grad_norm",
    scale: float | None = None,
    one_sided: bool = False,
    pool: int = 2000,
) -> Search:
    """Bayesian optimisation over mu and nu; each proposal asks for the best architecture of its objective not asked yet.

    nu = scale x u with u in [0, 1], mu = 10^c with c in [-4, 0]. The first quarter of the queries, at most ten, has u evenly
    spaced and c = -2; then expected improvement proposes both. A missing M ranks last, a missing kappa counts as 1e5.

    Args:
        space: searched.
        rng: of all draws.
        queries: the budget, T.
        indicator: of `METRICS`; the condition number is cnntk_frozen.
        scale: largest target of M; by default one that 5 % of the space exceed, since outliers reach far beyond.
            5,000 in the published code, for its units of M.
        one_sided: the paper's form of the objective.
        pool: architectures drawn, with replacement, that each round adds to those compared.

    Raises:
        ValueError: an unknown metric.
    """
    if indicator not in METRICS:
        raise ValueError(f"Unknown metric {indicator!r}. {suggest(indicator, METRICS)}")
    m = METRICS[indicator](space.indicator(indicator))
    kappa = np.nan_to_num(np.abs(space.indicator("cnntk_frozen")), nan=MISSING)
    scale = float(np.nanquantile(m, WITHIN)) if scale is None else scale
    box = Box([(0.0, 1.0), EXPONENTS], ExpectedImprovement(xi=0.0), rng)
    count, compared = rounds(space, queries), np.zeros(len(m), bool)
    fixed = [(u, np.mean(EXPONENTS)) for u in np.linspace(0, 1, max(1, min(count // 4, 10)))]
    asked = np.zeros(len(m), bool)
    while not asked.all():
        compared[rng.integers(len(m), size=pool)] = True
        left = np.flatnonzero(compared & ~asked)
        if not len(left):
            continue
        u, c = point = np.array(fixed.pop(0)) if fixed else box.ask()
        costs = objective(m[left], kappa[left], 10**c, scale * u, one_sided=one_sided)
        row = left[np.argmin(np.nan_to_num(costs, nan=np.inf))]
        asked[row] = True
        box.tell(point, (yield space.architectures[row]))


def trace_norm(kernel: ArrayLike) -> float:
    """M_trace = sqrt(trace(Theta) / m) of an m x m kernel.

    >>> round(trace_norm([[1, 0], [0, 4]]), 6)
    1.581139
    """
    kernel = np.asarray(kernel, float)
    return float(np.sqrt(np.trace(kernel) / len(kernel)))
