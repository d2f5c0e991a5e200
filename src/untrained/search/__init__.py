"""Search methods: one generator each, `value = yield architecture`, found by importing this folder; one loop runs them."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from untrained.registry import Registry, suggest
from untrained.search.loop import Answers, Budget, Oracle, Query, Search, Space, Trajectory, spend

__all__ = ["Budget", "Method", "Oracle", "Query", "Search", "Space", "Trajectory", "get", "method", "names", "run", "table"]

PARTS = ("features", "codes", "fidelities")
"""What a space may have besides architectures and neighbours."""


@dataclass(frozen=True)
class Method:
    """A registered search method.

    Attributes:
        function: from a space and a random generator to a search at work; its keyword parameters are its options, of which
            `indicator` and `indicators` name columns of the features, and `queries` is given the budget.
        needs: of `PARTS`, or names of indicators.
        cite: key of the source in references.bib.
    """

    function: Callable[..., Search]
    needs: tuple[str, ...]
    cite: str

    @property
    def name(self) -> str:
        """Name of the function."""
        return self.function.__name__

    @property
    def summary(self) -> str:
        """First line of the docstring."""
        return (inspect.getdoc(self.function) or "").split("\n")[0]

    @property
    def options(self) -> dict[str, Any]:
        """Keyword parameters and their defaults."""
        parameters = inspect.signature(self.function).parameters
        return {name: p.default for name, p in parameters.items() if p.kind is p.KEYWORD_ONLY and name != "queries"}

    def columns(self, space: Space, **options: Any) -> list[str]:
        """Indicators of the space that the method reads, with some of its options changed."""
        given = self.options | options
        if "indicators" in given and given["indicators"] is None:
            return list(space.names)
        named = [*filter(None, (given.get("indicator"),)), *given.get("indicators", ())]
        return list(dict.fromkeys([*named, *(need for need in self.needs if need not in PARTS)]))

    def lacks(self, space: Space, **options: Any) -> str:
        """Why the method cannot search a space, or nothing."""
        there = {
            "features": space.features is not None,
            "codes": space.codes is not None,
            "fidelities": len(space.fidelities) > 1,
        }
        missing = [part for part in self.needs if not there.get(part, True)]
        missing += [name for name in self.columns(space, **options) if name not in space.names]
        return f"the space has no {', '.join(missing)}" if missing else ""

    def start(self, space: Space, rng: np.random.Generator, budget: Budget, options: dict[str, Any]) -> Search:
        """The search at work.

        Raises:
            ValueError: an unknown option, or a space that lacks what the method needs.
        """
        for name in options:
            if name not in self.options:
                raise ValueError(f"Method {self.name!r} has no option {name!r}. {suggest(name, self.options)}")
        if reason := self.lacks(space, **options):
            raise ValueError(f"Method {self.name!r} cannot search here: {reason}.")
        takes = {"queries": budget.queries} if "queries" in inspect.signature(self.function).parameters else {}
        return self.function(space, rng, **takes, **options)


_METHODS: Registry[Method] = Registry("search method", __name__, listing="untrained.search.table()")
get = _METHODS.__getitem__


def method(*, needs: tuple[str, ...] = (), cite: str) -> Callable[[Callable[..., Search]], Callable[..., Search]]:
    """Register a generator function of (space, rng, *, options) as a search method; its name is the function's name.

    Args:
        needs: parts of a space (`features`, `codes`, `fidelities`), or indicators besides those that its options name.
        cite: key of the source.

    Returns:
        The decorator, which leaves the function as it is.
    """

    def register(function: Callable[..., Search]) -> Callable[..., Search]:
        _METHODS.add(function.__name__, Method(function, tuple(needs), cite))
        return function

    return register


def run(
    name: str,
    space: Space,
    oracle: Oracle,
    budget: Budget,
    seed: int,
    *,
    answers: Answers | None = None,
    **options: Any,
) -> Trajectory:
    """One search: the same seed gives the same trajectory, whatever ran before.

    Args:
        name: registered method.
        space: what the method sees.
        oracle: validation value and seconds of (architecture, fidelity).
        budget: never exceeded.
        seed: of all the method's draws.
        answers: of an earlier, interrupted run; see `loop.spend`.
        **options: of the method.
    """
    search = get(name).start(space, np.random.default_rng(seed), budget, options)
    return Trajectory(name, seed, *spend(search, space, oracle, budget, answers=answers))


def names() -> list[str]:
    """All registered names, sorted."""
    return list(_METHODS)


def table() -> list[dict[str, Any]]:
    """All methods: name, needs, options, cite, summary."""
    return [
        {"name": m.name, "needs": m.needs, "options": m.options, "cite": m.cite, "summary": m.summary}
        for m in _METHODS.values()
    ]
