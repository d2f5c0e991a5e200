"""Searches for a front of accuracy and complexity that train nothing until the end: by novelty, and by NSGA-II."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.problem import Problem
from pymoo.core.repair import Repair
from pymoo.operators.crossover.pntx import TwoPointCrossover
from pymoo.operators.mutation.pm import PM

from untrained.search import Search, Space, method
from untrained.search.genes import Genes, mutate, two_point_crossover

METRICS = ("synflow", "jacob_cov", "snip")
"""The three metrics of the paper."""
RATE = 1 / 6
"""Chance that a gene mutates, on every benchmark of the paper."""


@dataclass(frozen=True)
class Stage:
    """Where a search stands after a generation.

    Attributes:
        seen: distinct architectures described so far.
        archive: rows of those that none of them dominates, ascending.
    """

    seen: int
    archive: tuple[int, ...]


def descriptors(indicators: np.ndarray, complexity: np.ndarray) -> np.ndarray:
    """Rows phi (n, k + 1) to be minimised: minus each indicator, then the complexity; missing values are the worst.

    >>> descriptors(np.array([[3.0], [np.nan], [1]]), np.array([10, 20, 30])).tolist()
    [[-3.0, 10.0], [-1.0, 20.0], [-1.0, 30.0]]
    """
    phi = np.column_stack([-np.asarray(indicators, float), complexity])
    worst = np.max(phi, axis=0, where=np.isfinite(phi), initial=-np.inf)
    return np.where(np.isfinite(phi), phi, np.where(np.isfinite(worst), worst, 0.0))


def undominated(phi: np.ndarray) -> np.ndarray:
    """Which rows (n,) of phi (n, k) no other dominates: a dominates b iff a <= b everywhere and a < b somewhere.

    >>> undominated(np.array([[0, 1], [1, 0], [1, 1], [0, 1]])).tolist()
    [True, True, False, True]
    """
    no_worse = (phi[:, None] <= phi[None]).all(axis=2)
    return ~(no_worse & (phi[:, None] < phi[None]).any(axis=2)).any(axis=0)


def novelty(pool: np.ndarray, archive: np.ndarray, member: np.ndarray) -> np.ndarray:
    """Mean distance eta (m,) to the archive, with a plus for its members and a minus for all others.

    So of members the remote ones are better, and of the others those close to the archive. Distances are Euclidean, after
    each component was scaled to [0, 1] over pool and archive; a constant one is 0. A member's distance to itself counts.

    >>> archive = np.array([[0.0, 1], [1, 0]])
    >>> novelty(np.array([[0.0, 1], [1, 1]]), archive, np.array([True, False])).round(6).tolist()
    [0.707107, -1.0]

    Args:
        pool: phi (m, k).
        archive: phi (a, k).
        member: whether a row of the pool is in the archive, (m,).
    """
    low = np.minimum(pool.min(axis=0), archive.min(axis=0))
    spread = np.maximum(pool.max(axis=0), archive.max(axis=0)) - low
    scale = np.where(spread > 0, spread, 1.0)
    distance = np.linalg.norm(((pool - low) / scale)[:, None] - ((archive - low) / scale)[None], axis=2).mean(axis=1)
    return np.where(member, distance, -distance)


class Archive:
    """All rows seen, and those that none of them dominates; unbounded, and free of the order in which they came.

    Args:
        phi: descriptors (n, k) of all rows.
    """

    def __init__(self, phi: np.ndarray) -> None:
        self._phi, self._seen, self.rows = phi, set(), np.empty(0, int)

    def add(self, rows: Iterable[int]) -> Stage:
        """Look at rows; one seen before changes nothing."""
        self._seen.update(map(int, rows))
        joined = np.union1d(self.rows, np.fromiter(map(int, rows), int))
        self.rows = joined[undominated(self._phi[joined])]
        return Stage(len(self._seen), tuple(self.rows.tolist()))


def pareto_novelty(
    codes: np.ndarray, phi: np.ndarray, rng: np.random.Generator, *, population: int = 20, generations: int = 50
) -> Iterator[Stage]:
    """Pareto-dominance-based novelty search: one stage for the random start, and one for each generation.

    Parents are paired at random; two-point crossover on every pair, then mutation of each gene; of parents and children
    the more novel of random pairs live on.

    Args:
        codes: integers (n, positions).
        phi: descriptors (n, k), to be minimised.
        rng: of all draws.
        population: parents.
        generations: after the random start.

    Yields:
        Where the search stands.

    Raises:
        ValueError: an odd population cannot be paired.
    """
    if population % 2:
        raise ValueError(f"Got a population of {population}, which cannot be paired: wanted an even one.")
    genes, archive = Genes(codes), Archive(phi)
    parents = rng.integers(len(codes), size=population)
    yield archive.add(parents)
    for _ in range(generations):
        pairs = rng.permutation(parents).reshape(-1, 2)
        born = [child for one, two in genes.codes[pairs] for child in two_point_crossover(one, two, rng)]
        children = genes.rows([mutate(code, genes.choices, rng, rate=RATE) for code in born], rng)
        stage = archive.add(children)
        pool = rng.permutation(np.concatenate([parents, children]))
        eta = novelty(phi[pool], phi[archive.rows], np.isin(pool, archive.rows))
        rivals = pool.reshape(-1, 2)
        parents = rivals[np.arange(population), eta.reshape(-1, 2).argmax(axis=1)]
        yield stage


class _Lookup(Repair):
    """Numbers rounded to codes, and those to architectures of the space."""

    def __init__(self, genes: Genes, rng: np.random.Generator) -> None:
        super().__init__()
        self.genes, self.rng = genes, rng

    def _do(self, problem: Problem, x: np.ndarray, **given: object) -> np.ndarray:
        return self.genes.codes[self.genes.rows(np.round(x), self.rng)].astype(float)


def nsga2(
    codes: np.ndarray, phi: np.ndarray, rng: np.random.Generator, *, population: int = 20, generations: int = 50
) -> Iterator[Stage]:
    """NSGA-II on the same descriptors, with the same archive beside it; arguments and stages as for `pareto_novelty`.

    Two-point crossover with probability 1, polynomial mutation of each gene with probability 1/6 and eta 1, rounded;
    no duplicates in a generation.

    Yields:
        Where the search stands.
    """
    genes, archive = Genes(codes), Archive(phi)
    low, high = genes.codes.min(axis=0), genes.codes.max(axis=0)
    problem = Problem(n_var=len(low), n_obj=phi.shape[1], xl=low, xu=high)
    start = genes.codes[rng.choice(len(codes), size=min(population, len(codes)), replace=False)].astype(float)
    algorithm = NSGA2(
        pop_size=population,
        sampling=start,
        crossover=TwoPointCrossover(prob=1.0),
        mutation=PM(prob=1.0, prob_var=RATE, eta=1.0),
        repair=_Lookup(genes, rng),
        n_max_iterations=20,  # attempts to fill a generation with children that the population does not have
    )
    algorithm.setup(problem, seed=int(rng.integers(2**31)), termination=("n_gen", generations + 1))
    while algorithm.has_next():
        asked = algorithm.ask()
        if asked is None or len(asked) == 0:  # every architecture within reach is in the population
            return
        rows = genes.rows(asked.get("X"), rng)
        asked.set("F", phi[rows].astype(float))
        algorithm.tell(infills=asked)
        yield archive.add(rows)


@method(needs=("features", "codes"), cite="vo2024pdns")
def mtf_pdns(
    space: Space,
    rng: np.random.Generator,
    *,
    indicators: tuple[str, ...] = METRICS,
    complexity: str = "flops",
    population: int = 20,
    generations: int = 50,
) -> Search:
    """Evolve by novelty on free metrics and complexity; then train the architectures of the archive, in random order.

    Args:
        space: searched.
        rng: of all draws.
        indicators: the metrics; one of them for the paper's single-metric variants.
        complexity: indicator of which less is better.
        population: of each generation.
        generations: after the random start.
    """
    phi = descriptors(space.indicators(indicators), space.indicator(complexity))
    yield from _train(space, pareto_novelty(space.codes, phi, rng, population=population, generations=generations), rng)


@method(needs=("features", "codes"), cite="deb2002nsga2")
def mtf_moenas(
    space: Space,
    rng: np.random.Generator,
    *,
    indicators: tuple[str, ...] = METRICS,
    complexity: str = "flops",
    population: int = 20,
    generations: int = 50,
) -> Search:
    """NSGA-II on free metrics and complexity; then train the architectures of the archive; options as for `mtf_pdns`."""
    phi = descriptors(space.indicators(indicators), space.indicator(complexity))
    yield from _train(space, nsga2(space.codes, phi, rng, population=population, generations=generations), rng)


def _train(space: Space, stages: Iterator[Stage], rng: np.random.Generator) -> Search:
    """Ask for the members of the last archive."""
    *_, last = stages
    for row in rng.permutation(last.archive):
        yield space.architectures[row]
