"""TE-NAS (chen2021tenas): operators of a supernet are pruned by what their removal does to its trainability and regions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from untrained.search import Search, Space, method
from untrained.search.genes import Genes

Sets = tuple[tuple[int, ...], ...]
"""The operators that are left at each position."""


@dataclass(frozen=True)
class Pruned:
    """A finished pruning.

    Attributes:
        rounds: operators left at the start and after each round; one per position at the end.
        scored: supernets that were measured.
    """

    rounds: tuple[Sets, ...]
    scored: int

    @property
    def code(self) -> tuple[int, ...]:
        """The operator that is left at each position."""
        return tuple(operators[0] for operators in self.rounds[-1])


def importance(condition: Sequence[float], regions: Sequence[float]) -> np.ndarray:
    """Sum of two ranks, by what a supernet is without an operator: a high condition number and few regions mark a loss.

    A missing condition number counts as infinite, a missing number of regions as none: without it nothing is left.

    >>> importance([10.0, 30.0, np.nan], [500, 400, 450]).tolist()
    [2.0, 5.0, 5.0]

    Args:
        condition: of the NTK of each supernet less one operator.
        regions: number of linear regions of each.
    """
    condition = np.nan_to_num(np.asarray(condition, float), nan=np.inf, posinf=np.inf)
    regions = np.nan_to_num(np.asarray(regions, float), nan=0.0)
    return rankdata(condition) + rankdata(-regions)


def prune(score: Callable[[Sets], tuple[float, float]], choices: Sequence[np.ndarray], rng: np.random.Generator) -> Pruned:
    """In each round every position that has a choice loses its least important operator, until one is left.

    Ranks are taken over all operators of all positions, so a round measures one supernet for each. The supernet they are
    removed from is the same for all: what it scores itself cannot change a rank.

    Args:
        score: condition number and number of linear regions of a supernet.
        choices: operators of each position.
        rng: decides between operators of equal importance.
    """
    sets: Sets = tuple(tuple(map(int, values)) for values in choices)
    rounds, scored = [sets], 0
    while any(len(operators) > 1 for operators in sets):
        removals = [
            (place, operator) for place, operators in enumerate(sets) if len(operators) > 1 for operator in operators
        ]
        loss = importance(*zip(*(score(without(sets, *removal)) for removal in removals), strict=True))
        scored += len(removals)
        order = np.lexsort((rng.random(len(removals)), loss))
        least = {}
        for i in order:
            least.setdefault(*removals[i])
        for removal in least.items():
            sets = without(sets, *removal)
        rounds.append(sets)
    return Pruned(tuple(rounds), scored)


def without(sets: Sets, place: int, operator: int) -> Sets:
    """The sets less one operator of one position.

    >>> without(((0, 1), (0, 1)), 1, 0)
    ((0, 1), (1,))
    """
    kept = tuple(other for other in sets[place] if other != operator)
    return (*sets[:place], kept, *sets[place + 1 :])


@method(needs=("codes", "cnntk", "nlr"), cite="chen2021tenas")
def te_nas(space: Space, rng: np.random.Generator) -> Search:
    """Prune operators by ranks of condition number and regions, and pick what is left, without one training.

    A set of operators scores the medians over the space's architectures that use no others; where none does, over those
    that use the fewest others.

    Differs from: the paper, which measures one supernet of all operators; `prune` takes that score where networks can be
    built.
    """
    genes = Genes(space.codes)
    condition, regions = -space.indicator("cnntk"), space.indicator("nlr")

    def medians(sets: Sets) -> tuple[float, float]:
        others = sum(~np.isin(genes.codes[:, place], operators) for place, operators in enumerate(sets))
        rows = others == others.min()
        return tuple(float(np.nanmedian(v[rows])) if np.isfinite(v[rows]).any() else np.nan for v in (condition, regions))

    return space.architectures[genes.row(prune(medians, genes.choices, rng).code, rng)]
    yield
