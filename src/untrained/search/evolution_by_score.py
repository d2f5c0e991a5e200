"""SWAP-NAS (peng2024swap): evolution that follows a score of untrained networks, steered to a size by a bell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from untrained.search import Search, Space, method
from untrained.search.genes import Genes, change_one, random_code, uniform_crossover

Code = tuple[int, ...]


@dataclass(frozen=True)
class Evolved:
    """What an evolution scored.

    Attributes:
        values: score by code, distinct codes in the order of their first scoring.
        asked: scorings, repeated ones included.
    """

    values: dict[Code, float]
    asked: int

    @property
    def best(self) -> Code:
        """The code with the highest score; the first of equals."""
        return max(self.values, key=self.values.get)


def regularised(scores: ArrayLike, thousands: ArrayLike, mu: float | None, sigma: float | None) -> np.ndarray:
    """Psi' = Psi exp(-(P - mu)^2 / sigma), P the number of parameters in thousands; Psi itself where mu is None.

    With mu above all sizes the bell rises with size; with mu among them it turns the order of larger networks round.

    >>> [round(float(regularised(1000, 1.0, 0.9, 0.9)), 3), round(float(regularised(1, 2.4, 1.2, 1.2)), 6)]
    [988.95, 0.301194]

    Args:
        scores: Psi.
        thousands: P.
        mu: size that is wanted, in thousands.
        sigma: width, in thousands squared: the square is divided by sigma, not by 2 sigma^2.

    Raises:
        ValueError: a bell without a width.
    """
    if mu is None:
        return np.asarray(scores, float)
    if sigma is None or sigma <= 0:
        raise ValueError(f"Got sigma = {sigma} with mu = {mu}: wanted a positive width, such as mu itself.")
    return np.asarray(scores, float) * np.exp(-((np.asarray(thousands, float) - mu) ** 2) / sigma)


def evolve_by_score(
    score: Callable[[Code], float],
    choices: Sequence[np.ndarray],
    rng: np.random.Generator,
    *,
    population: int = 50,
    cycles: int = 500,
    sample: int = 5,
    mutations: int = 3,
) -> Evolved:
    """Evolve codes: the best of some mutants of a good parent enters the population, the worst member leaves it.

    A cycle draws `sample` members; the parent is the best of them, or its crossover with the second best if that scores
    better; each mutant differs from the parent in one position.

    Differs from: the paper, whose population, cycles, sample, mutants and crossover are not established; these are ours.

    Args:
        score: of a code, higher is better; NaN ranks last. It is asked once for each code.
        choices: values of each position.
        rng: of all draws.
        population: members, at first random ones.
        cycles: after the random start.
        sample: members that compete to be the parent, at least two.
        mutations: mutants of a parent.
    """
    values: dict[Code, float] = {}
    asked = 0

    def scored(code: np.ndarray) -> tuple[float, Code]:
        nonlocal asked
        asked, key = asked + 1, tuple(map(int, code))
        if key not in values:
            values[key] = float(np.nan_to_num(score(key), nan=-np.inf, posinf=np.inf, neginf=-np.inf))
        return values[key], key

    members = [scored(random_code(choices, rng)) for _ in range(population)]
    for _ in range(cycles):
        drawn = sorted(
            (members[i] for i in rng.choice(population, size=min(sample, population), replace=False)), reverse=True
        )
        parent = drawn[0]
        if len(drawn) > 1:
            parent = max(parent, scored(uniform_crossover(np.array(parent[1]), np.array(drawn[1][1]), rng)))
        child = max(scored(change_one(np.array(parent[1]), choices, rng)) for _ in range(mutations))
        members.append(child)
        members.remove(min(members))
    return Evolved(values, asked)


@method(needs=("features", "codes"), cite="peng2024swap")
def swap_nas(
    space: Space,
    rng: np.random.Generator,
    *,
    indicator: str = "swap",
    mu: float | None = None,
    sigma: float | None = None,
    population: int = 50,
    cycles: int = 500,
    sample: int = 5,
    mutations: int = 3,
) -> Search:
    """Evolve by a score, steered to a size where mu is given, and pick the best-scored architecture without one training.

    Args:
        space: searched; a code that it does not have stands for a nearest one.
        rng: of all draws.
        indicator: the score.
        mu: size that is wanted, in thousands of the indicator `params`; None for the score alone.
        sigma: width of the bell.
        population: see `evolve_by_score`, as for the rest.
        cycles: after the random start.
        sample: competing members.
        mutations: of a parent.
    """
    thousands = np.nan if mu is None else space.indicator("params") / 1e3
    scores = regularised(space.indicator(indicator), thousands, mu, sigma)
    genes = Genes(space.codes)
    effort = {"population": population, "cycles": cycles, "sample": sample, "mutations": mutations}
    found = evolve_by_score(lambda code: scores[genes.row(code, rng)], genes.choices, rng, **effort)
    return space.architectures[genes.row(found.best, rng)]
    yield
