"""The one loop that spends a search's budget: it owns the oracle, counts distinct queries, and keeps the trajectory."""

import math
from collections.abc import Callable, Generator, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from untrained.registry import suggest

Asked = str | tuple[str, int]
"""An architecture, or an architecture and the fidelity at which it is to be trained."""

Search = Generator[Asked, float, str | None]
"""A search method at work: `value = yield architecture`; what it returns is its pick, None for the best it has seen."""

Oracle = Callable[[str, int], tuple[float, float]]
"""From an architecture and a fidelity to its validation value (higher is better) and the seconds of its training."""

Answers = MutableMapping[tuple[str, int], tuple[float, float]]
"""What an oracle has said, by architecture and fidelity."""

IDLE = 1000
"""Questions in a row that were all asked before, after which a method is taken to be going in circles."""


@dataclass(frozen=True)
class Space:
    """All that a search method sees: architectures, who is next to whom, and indicators that no training was paid for.

    Attributes:
        architectures: distinct strings.
        neighbours: architectures of this space that are one change away from one of them.
        features: indicators (n, k), higher is better, one row per architecture; NaN where an indicator has no value.
        names: of the k indicators.
        codes: integers (n, positions), the choice made at each position of an architecture, -1 for none; None if unknown.
        fidelities: epochs of the trainings on offer, ascending; the last one is meant where none is named.
    """

    architectures: Sequence[str]
    neighbours: Callable[[str], Sequence[str]]
    features: np.ndarray | None = None
    names: tuple[str, ...] = ()
    codes: np.ndarray | None = None
    fidelities: tuple[int, ...] = (1,)

    def __post_init__(self) -> None:
        """Refuse a space whose parts do not fit together.

        Raises:
            ValueError: which parts, and how they should look.
        """
        if len(self.position) != len(self.architectures) or not self.position:
            raise ValueError(f"Got {len(self.architectures)} architectures, {len(self.position)} of them distinct.")
        shape = (len(self.architectures), len(self.names))
        if (self.features is None and self.names) or (self.features is not None and self.features.shape != shape):
            got = None if self.features is None else self.features.shape
            raise ValueError(f"Got features of shape {got}, wanted {shape}: a row per architecture, a column per name.")
        if self.codes is not None and len(self.codes) != shape[0]:
            raise ValueError(f"Got codes of {len(self.codes)} architectures, wanted {shape[0]}.")
        if not self.fidelities or list(self.fidelities) != sorted(set(self.fidelities)):
            raise ValueError(f"Got fidelities {self.fidelities}, wanted one or more, ascending.")

    @cached_property
    def position(self) -> dict[str, int]:
        """Row of each architecture."""
        return {arch: row for row, arch in enumerate(self.architectures)}

    def indicator(self, name: str) -> np.ndarray:
        """One column of the features (n,), higher is better.

        Raises:
            KeyError: the space has no such indicator.
        """
        if name not in self.names:
            raise KeyError(f"This space has no indicator {name!r}. {suggest(name, self.names)}")
        return self.features[:, self.names.index(name)]

    def indicators(self, names: Sequence[str]) -> np.ndarray:
        """Some columns of the features, (n, len(names)), in that order."""
        return np.column_stack([self.indicator(name) for name in names])

    def random(self, rng: np.random.Generator) -> str:
        """One architecture, all equally likely."""
        return self.architectures[rng.integers(len(self.architectures))]

    def mutate(self, arch: str, rng: np.random.Generator) -> str:
        """A random neighbour; where there is none, a random architecture."""
        near = self.neighbours(arch)
        return near[rng.integers(len(near))] if len(near) else self.random(rng)


@dataclass(frozen=True)
class Budget:
    """What a search may spend.

    Attributes:
        queries: trainings at the highest fidelity; one at a lower fidelity costs its share of epochs.
        seconds: of training, as the oracle charges them.
    """

    queries: float = math.inf
    seconds: float = math.inf


@dataclass(frozen=True)
class Query:
    """One training that was paid for.

    Attributes:
        arch: architecture.
        fidelity: epochs.
        value: validation value.
        seconds: charged for it.
        question: number of the question that it answers first, from 1; questions asked again are counted, not paid.
    """

    arch: str
    fidelity: int
    value: float
    seconds: float
    question: int


@dataclass(frozen=True)
class Trajectory:
    """A finished search: only now may a test accuracy be looked up.

    Attributes:
        method: registered name.
        seed: of all its draws.
        queries: distinct ones, in order.
        pick: the architecture it returns.
        asked: questions, those asked before included.
        ended: `finished`, `out of budget`, or `in circles`.
    """

    method: str
    seed: int
    queries: tuple[Query, ...]
    pick: str
    asked: int
    ended: str

    def picks(self) -> list[str]:
        """What the search would have returned after each query: the best seen so far; the pick itself at the end."""
        best, found = [], None
        for query in self.queries:
            found = query if found is None or _merit(query) > _merit(found) else found
            best.append(found.arch)
        return [*best[:-1], self.pick] if best else []


def _merit(query: Query) -> tuple[int, float]:
    """A longer training says more than a shorter one, whatever the values."""
    return query.fidelity, query.value


def best_seen(queries: Sequence[Query]) -> str:
    """The architecture with the best value at the highest fidelity queried; the first of equals.

    Raises:
        ValueError: nothing was queried.
    """
    if not queries:
        raise ValueError("The budget did not pay for one query, and the method made no pick of its own: raise the budget.")
    return max(queries, key=_merit).arch


def spend(
    search: Search, space: Space, oracle: Oracle, budget: Budget, *, answers: Answers | None = None
) -> tuple[tuple[Query, ...], str, int, str]:
    """Answer a search until it returns, or asks for what the budget does not pay.

    A question asked before is answered again at no cost. A training that would run past the seconds left tells nothing.

    Args:
        search: a method at work.
        space: in which it searches.
        oracle: tells validation values, never test accuracies.
        budget: never exceeded.
        answers: what the oracle said in earlier, interrupted runs; new answers are added, so that a run resumes. They are
            charged as if the oracle were asked again.

    Returns:
        The distinct queries, the pick, the number of questions, and how it ended.

    Raises:
        ValueError: the method asks for what is not in the space, or the oracle has no finite value.
    """
    answers = {} if answers is None else answers
    told: dict[tuple[str, int], Query] = {}
    epochs, seconds, asked, idle, value, ended = 0, 0.0, 0, 0, None, "out of budget"
    limit = budget.queries * space.fidelities[-1]
    try:
        while idle < IDLE:
            key = _valid(search.send(value), space)
            asked, idle = asked + 1, idle + 1
            if key not in told:
                if epochs + key[1] > limit:
                    break
                query = Query(*key, *_ask(oracle, key, answers), asked)
                if seconds + query.seconds > budget.seconds:
                    break
                told[key], idle = query, 0
                epochs, seconds = epochs + query.fidelity, seconds + query.seconds
            value = told[key].value
        else:
            ended = "in circles"
        pick = None
    except StopIteration as end:
        pick, ended = end.value, "finished"
    finally:
        search.close()
    queries = tuple(told.values())
    return queries, best_seen(queries) if pick is None else _valid(pick, space)[0], asked, ended


def _valid(asked: Asked, space: Space) -> tuple[str, int]:
    """Architecture and fidelity, both of the space."""
    arch, fidelity = (asked, space.fidelities[-1]) if isinstance(asked, str) else asked
    if arch not in space.position:
        raise ValueError(f"The method asks for {arch!r}, which is none of the {len(space.position)} architectures.")
    if fidelity not in space.fidelities:
        raise ValueError(f"The method asks for {fidelity!r} epochs of {arch!r}; on offer: {space.fidelities}.")
    return arch, fidelity


def _ask(oracle: Oracle, key: tuple[str, int], answers: Answers) -> tuple[float, float]:
    if key not in answers:
        answers[key] = tuple(map(float, oracle(*key)))
    value, seconds = answers[key]
    if not math.isfinite(value):
        raise ValueError(f"The oracle says {value} for {key[0]!r}: leave architectures without a value out of the space.")
    return value, seconds
