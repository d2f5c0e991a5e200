"""Rows of one scores table: from finished shards, from an earlier table that still holds, or computed."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from sys import modules
from typing import Any

import pandas as pd

from untrained import codes, copying, earlier, gram, images, initialise, passes, probe, recording, second_order, shards
from untrained import proxies as registered
from untrained.benchmarks import Benchmark, cells


@dataclass(frozen=True)
class Run:
    """What computes the rows of one table: a job without proxies yet, and where and by whom its shards are computed."""

    job: Any
    home: Path
    size: int
    workers: int
    client: Any
    costs: Mapping[str, float]

    def rows(self, units: Sequence[tuple[str, int]], names: Sequence[str]) -> list[pd.DataFrame]:
        """Rows of the proxies for the units, from finished shards or computed."""
        found = []
        for group in _groups(list(names), self.home):
            pieces = shards.plan(units, folder=self.home, key=_key(group), size=self.size)
            label = f"{self.job.benchmark} {self.job.setting.dataset}: {len(group)} proxies"
            job = replace(self.job, proxies=group)
            found += shards.run(
                job,
                pieces,
                workers=self.workers,
                client=self.client,
                label=label,
                cost=lambda unit: self.costs.get(unit[0], 0),
            )
        return [shards.read(path)[0] for path in found]

    def unless_held(
        self, before: pd.DataFrame | None, units: Sequence[tuple[str, int]], names: Sequence[str], *, recheck: int
    ) -> list[pd.DataFrame]:
        """The same, with what an earlier table holds and a sample confirms taken from there."""
        if before is None:
            return self.rows(units, names)
        same = earlier.same_setting(before, self.job.setting, names, benchmark=self.job.benchmark)
        code = shards.digest(self.home.name, _key(names))
        held = earlier.keep(before, units, same, lambda *what: pd.concat(self.rows(*what)), count=recheck, code=code)
        todo = earlier.lacking(held, units, names)
        return [held, *(piece for missing, those in todo.items() for piece in self.rows(those, missing))]


def core(bench: Benchmark) -> str:
    """Digest of the code that decides a score besides the proxy's own: passes, weights, images, networks."""
    own = [modules[kind.__module__] for kind in type(bench).__mro__ if kind is not object]
    return shards.source_digest(
        initialise, images, codes, copying, gram, recording, passes, second_order, probe, cells, *own
    )


def _key(names: Sequence[str]) -> str:
    """Folder of a set of proxies: their names and the code of the files they stand in."""
    return shards.digest(
        sorted(names), shards.source_digest(*(modules[registered.get(name).function.__module__] for name in names))
    )


def _groups(names: Sequence[str], home: Path) -> list[tuple[str, ...]]:
    """Sets of proxies that share shards: those begun before and still valid, then all others together.

    So a killed run goes on where it was, and a proxy added to a finished table is computed alone.
    """
    left, groups = set(names), []
    for note in sorted(home.glob("*/proxies.json")):
        begun = json.loads(note.read_text())
        if set(begun) <= left and note.parent.name == _key(begun):
            groups.append(tuple(begun))
            left -= set(begun)
    if left:
        rest = tuple(name for name in names if name in left)
        groups.append(rest)
        note = home / _key(rest) / "proxies.json"
        note.parent.mkdir(parents=True, exist_ok=True)
        note.with_suffix(f".{os.getpid()}").write_text(json.dumps(rest))
        note.with_suffix(f".{os.getpid()}").replace(note)  # whole or not at all
    return groups
