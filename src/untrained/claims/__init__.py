"""Published claims as functions: each reads result tables by name and returns a verdict, which may come out either way."""

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from untrained.registry import Registry, suggest

__all__ = ["VERDICTS", "Claim", "NotTestable", "Verdict", "claim", "get", "judge", "names", "needed", "table"]

VERDICTS = ("holds", "fails", "not testable here")


class NotTestable(Exception):  # noqa: N818 - it is a verdict, no error
    """The tables at hand do not decide the claim; the message says what is missing."""


@dataclass(frozen=True)
class Verdict:
    """What our tables say of a claim.

    Attributes:
        verdict: one of `VERDICTS`.
        ours: our value, a number or a few words.
        low: lower end of its interval.
        high: upper end.
        reason: how it came out, in one sentence; required where a claim is not testable.
    """

    verdict: str
    ours: str | float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"Unknown verdict {self.verdict!r}. {suggest(self.verdict, VERDICTS)}")
        numbers = [v for v in (self.ours, self.low, self.high) if isinstance(v, int | float)]
        if not all(math.isfinite(v) for v in numbers):
            raise ValueError(f"Got {self.ours!r} in [{self.low!r}, {self.high!r}]: a verdict holds finite numbers, or None.")
        if self.verdict == VERDICTS[2] and (self.ours is not None or not self.reason):
            raise ValueError("A claim that is not testable here has a reason and no value of ours.")
        if self.verdict != VERDICTS[2] and self.ours is None:
            raise ValueError(f"A claim that {self.verdict} has a value of ours.")
        if (self.low is None) != (self.high is None) or (len(numbers) == 3 and not self.low <= self.ours <= self.high):
            raise ValueError(f"Got {self.ours!r} in [{self.low!r}, {self.high!r}]: wanted both ends, around the value.")


@dataclass(frozen=True)
class Claim:
    """A registered claim.

    Attributes:
        function: from result tables, its parameters, to a verdict.
        id: name by which a page pastes its value.
        paper: key of the paper in references.bib.
        statement: exactly what is checked: benchmark, set, split, seeds.
        published: what the paper reports, or that no figure is accessible.
        stage: stage that makes its tables.
        notebook: executed notebook that shows them.
        tables: name of the result table behind each parameter of the function.
        requires: what a missing table waits for.
    """

    function: Callable[..., Verdict]
    id: str
    paper: str
    statement: str
    published: str
    stage: str
    notebook: str
    tables: Mapping[str, str]
    requires: str = ""

    def __call__(self, tables: Mapping[str, pd.DataFrame]) -> Verdict:
        """Verdict from tables by result name, such as `fusion/nas_bench_digits-splits`."""
        if missing := [name for name in self.tables.values() if name not in tables]:
            made = self.requires or f"stage {self.stage} makes it"
            return Verdict(VERDICTS[2], reason=f"There is no table {', '.join(missing)}: {made}.")
        try:
            return self.function(**{parameter: tables[name] for parameter, name in self.tables.items()})
        except NotTestable as reason:
            return Verdict(VERDICTS[2], reason=str(reason))


_CLAIMS: Registry[Claim] = Registry("claim", __name__, listing="untrained.claims.table()")
get = _CLAIMS.__getitem__


def claim(
    id: str,
    *,
    paper: str,
    statement: str,
    published: str,
    stage: str,
    notebook: str,
    tables: Mapping[str, str],
    requires: str = "",
) -> Callable[[Callable[..., Verdict]], Callable[..., Verdict]]:
    """Register a function of result tables as a claim; one function may be registered for several benchmarks.

    Args:
        id: unique name.
        paper: key of the paper.
        statement: exactly what is checked.
        published: what the paper reports.
        stage: stage that makes the tables.
        notebook: executed notebook that shows them.
        tables: name of the result table for each parameter of the function.
        requires: what a missing table waits for.

    Returns:
        The decorator.
    """

    def register(function: Callable[..., Verdict]) -> Callable[..., Verdict]:
        if set(tables) != (wanted := set(inspect.signature(function).parameters)):
            raise ValueError(f"Claim {id!r} names tables for {sorted(tables)}, its function takes {sorted(wanted)}.")
        _CLAIMS.add(id, Claim(function, id, paper, statement, published, stage, notebook, dict(tables), requires))
        return function

    return register


def names() -> list[str]:
    """All registered ids, sorted."""
    return list(_CLAIMS)


def needed() -> list[str]:
    """Names of all result tables that some claim reads."""
    return sorted({name for entry in _CLAIMS.values() for name in entry.tables.values()})


def judge(tables: Mapping[str, pd.DataFrame]) -> list[dict]:
    """Judge every claim.

    Args:
        tables: result tables by name; a missing one makes its claims not testable here.

    Returns:
        One record per claim, those that could be tested first: id, paper, statement, published, ours, low, high, verdict,
        reason, notebook, stage.
    """
    rows = []
    for entry in _CLAIMS.values():
        v = entry(tables)
        about = {"id": entry.id, "paper": entry.paper, "statement": entry.statement, "published": entry.published}
        found = {"ours": v.ours, "low": v.low, "high": v.high, "verdict": v.verdict, "reason": v.reason}
        rows.append({**about, **found, "notebook": entry.notebook, "stage": entry.stage})
    return sorted(rows, key=lambda row: row["verdict"] == VERDICTS[2])


def table() -> pd.DataFrame:
    """All claims without verdicts: id, paper, statement, published, stage, notebook."""
    columns = ["id", "paper", "statement", "published", "stage", "notebook"]
    return pd.DataFrame([{c: getattr(entry, c) for c in columns} for entry in _CLAIMS.values()], columns=columns)
