"""Where search meets benchmarks: spaces and oracles from tables, methods by seeds in shards, and the judge at the end."""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from untrained import benchmarks, search, shards
from untrained.search import Budget, Space, Trajectory, loop

COLUMNS = ("set", "method", "budget", "seed", "query", "arch", "fidelity", "value", "seconds", "question", "pick")
JUDGED = ("place", "test_acc", "rank", "best", "n")
SETS = ("full", "scored")
"""All architectures of a table, or those with indicators; what needs an indicator searches the second only."""


@dataclass(frozen=True)
class Training:
    """One kind of training that a search may ask for.

    Attributes:
        epochs: how long.
        column: of the table, its validation value; of the recorded states where `states` is set.
        dataset: whose table; that of the judged data set by default.
        seconds: column of its cost, or none.
        times: what that column is multiplied with.
        states: read the states after `epochs` epochs, mean over training seeds, and the seconds until then.
    """

    epochs: int
    column: str = "valid_acc"
    dataset: str | None = None
    seconds: str | None = None
    times: float = 1.0
    states: bool = False

    def read(self, bench: benchmarks.Benchmark, dataset: str) -> pd.DataFrame:
        """Value and seconds by architecture; seconds 0 where no cost is known."""
        if self.states:
            states = bench.states()
            runs = states[states["epoch"] <= self.epochs].groupby(["arch", "seed"], sort=False)
            found = pd.DataFrame({"value": runs[self.column].last(), "seconds": runs["seconds"].sum()})
            return found.groupby("arch", sort=False).mean()
        table = bench.table(self.dataset or dataset)
        seconds = self.times * table[self.seconds] if self.seconds else 0.0
        return pd.DataFrame({"value": table[self.column], "seconds": seconds})


@dataclass(frozen=True)
class Trained:
    """The oracle: value and seconds by fidelity and architecture. It holds no test accuracy."""

    answers: Mapping[int, Mapping[str, tuple[float, float]]]

    def __call__(self, arch: str, fidelity: int) -> tuple[float, float]:
        """Validation value and seconds."""
        return self.answers[fidelity][arch]


@dataclass(frozen=True)
class Near:
    """Neighbours within some architectures: as many as the benchmark names, those one change away first, then the nearest.

    Attributes:
        bench: tells who is one change away.
        archs: those that count.
        rows: position of each of them.
        codes: of all of them; distance is the number of positions that differ.
        canonical: whether only canonical forms count.
    """

    bench: benchmarks.Benchmark
    archs: tuple[str, ...]
    rows: Mapping[str, int]
    codes: np.ndarray
    canonical: bool
    known: dict[str, list[str]] = field(default_factory=dict, compare=False)

    def __call__(self, arch: str) -> list[str]:
        """Neighbours, the nearest first."""
        if arch not in self.known:
            near = self.bench.neighbours(arch)
            near = {self.bench.canonical(other) for other in near} - {arch} if self.canonical else near
            found = sorted(self.rows[other] for other in near if other in self.rows)
            if len(found) < len(near):
                distance = (self.codes != self.codes[self.rows[arch]]).sum(axis=1)
                distance[found] = -1
                order = np.argsort(distance, kind="stable")
                found = order[order != self.rows[arch]][: len(near)]
            self.known[arch] = [self.archs[row] for row in found]
        return self.known[arch]


def codes(archs: Sequence[str]) -> np.ndarray:
    """The choice at each position as an integer (n, positions): a string's words, its characters where it has few.

    >>> codes(["|a~0|+|b~0|a~1|", "|b~0|+|b~0|a~1|"])[:, 0].tolist(), codes(["01", "2"]).tolist()
    ([0, 1], [[0, 0], [1, -1]])
    """
    split = [re.findall(r"\w+", arch) for arch in archs]
    if max(map(len, split)) <= 3:
        split = [list(arch) for arch in archs]
    width = max(map(len, split))
    words = pd.DataFrame([[*parts, *[None] * (width - len(parts))] for parts in split], dtype=object)
    return words.apply(lambda column: pd.factorize(column, sort=True)[0]).to_numpy()


@dataclass(frozen=True)
class Task:
    """One search problem: what a method may see, the oracle, and apart from both the truth for the judge.

    Attributes:
        name: of `SETS`.
        space: handed to methods.
        oracle: asked by the loop.
        truth: judged accuracy, index arch; read after the end only.
    """

    name: str
    space: Space
    oracle: Trained
    truth: pd.Series


def task(
    bench: benchmarks.Benchmark,
    dataset: str,
    trainings: Sequence[Training],
    *,
    scores: pd.DataFrame | None = None,
    accuracy: str = "test_acc",
) -> Task:
    """The problem of finding the best architecture of a table.

    Args:
        bench: the benchmark.
        dataset: whose accuracies judge.
        trainings: on offer, by rising epochs.
        scores: wide and directed, index arch: only these architectures are searched, with these indicators.
        accuracy: column that judges.

    Raises:
        ValueError: no architecture has all values.
    """
    truth = bench.table(dataset)[accuracy]
    offers = {training.epochs: training.read(bench, dataset) for training in trainings}
    kept = truth.dropna().index if scores is None else scores.index.intersection(truth.dropna().index)
    for offer in offers.values():
        kept = kept.intersection(offer["value"].dropna().index)
    if not len(kept):
        raise ValueError(f"No architecture of {bench.name} {dataset} has {accuracy!r} and all of {list(trainings)}.")
    archs = tuple(kept)
    answers = {
        epochs: dict(zip(archs, offer.loc[kept, ["value", "seconds"]].itertuples(index=False, name=None), strict=True))
        for epochs, offer in offers.items()
    }
    coded = codes(archs)
    near = Near(bench, archs, {arch: row for row, arch in enumerate(archs)}, coded, scores is not None)
    seen = (None, ()) if scores is None else (scores.loc[kept].to_numpy(float), tuple(scores.columns))
    space = Space(archs, near, *seen, coded, tuple(sorted(offers)))
    return Task("full" if scores is None else "scored", space, Trained(answers), truth.loc[kept])


def run(
    tasks: Sequence[Task],
    methods: Mapping[str, Mapping[str, Any]],
    budgets: Mapping[str, Mapping[str, float]],
    seeds: Sequence[int],
    *,
    folder: Path | str,
    workers: int = 1,
) -> pd.DataFrame:
    """All methods on all tasks that they can search, within every budget, for every seed; finished shards are kept.

    Args:
        tasks: problems.
        methods: options by label, with the registered name under `method`, and under `budgets` the labels of some of the
            budgets where not all are meant.
        budgets: of `loop.Budget`, by label.
        seeds: one search each.
        folder: of the shards.
        workers: processes.

    Returns:
        One row per distinct query (one with query 0 for a search without any): `COLUMNS`, then `JUDGED`: the place of the
        value among those of all architectures, the test accuracy and the rank of `pick`, which is what the search would have
        returned there, the best accuracy and the number of architectures. A search's own pick is that of its last row.
    """
    by_name = {task.name: task for task in tasks}
    prints, plan = {name: _fingerprint(task) for name, task in by_name.items()}, []
    for label, given in methods.items():
        units = [
            (name, label, budget, int(seed))
            for name, task in by_name.items()
            if not search.get(given["method"]).lacks(task.space, **options(given))
            for budget in given.get("budgets", budgets)
            for seed in seeds
        ]
        key = shards.digest(_code(given["method"]), prints, options(given), {name: dict(b) for name, b in budgets.items()})
        plan += shards.plan(units, folder=Path(folder), key=key, size=len(seeds))
    job = partial(_searches, by_name, methods, budgets)
    paths = shards.run(job, plan, workers=workers, label="searches")
    found = pd.concat([shards.read(path)[0] for path in paths], ignore_index=True)
    return pd.concat([judge(part, by_name[name]) for name, part in found.groupby("set", sort=False)], ignore_index=True)


def judge(rows: pd.DataFrame, task: Task) -> pd.DataFrame:
    """Places of the values asked, test accuracy and rank of the picks, 1 = best; all searches have ended by now."""
    place = pd.Series(np.nan, rows.index)
    for fidelity, part in rows[rows["fidelity"] > 0].groupby("fidelity"):
        values = np.sort([value for value, _ in task.oracle.answers[fidelity].values()])
        place[part.index] = 1 + len(values) - np.searchsorted(values, part["value"], side="right")
    truth, picks = task.truth, rows["pick"]
    ranks = truth.rank(ascending=False, method="min").astype(int)
    found = {"test_acc": truth.loc[picks].to_numpy(), "rank": ranks.loc[picks].to_numpy()}
    return rows.assign(place=place, **found, best=truth.max(), n=len(truth))


def _searches(
    tasks: Mapping[str, Task],
    methods: Mapping[str, Mapping[str, Any]],
    budgets: Mapping[str, Mapping[str, float]],
    units: Sequence[tuple[str, str, str, int]],
) -> pd.DataFrame:
    """Rows of one shard, not judged yet."""
    rows = []
    for name, label, budget, seed in units:
        given, task = methods[label], tasks[name]
        found = search.run(given["method"], task.space, task.oracle, Budget(**budgets[budget]), seed, **options(given))
        rows += [(name, label, budget, seed, *row) for row in _rows(found)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(found: Trajectory) -> list[tuple]:
    if not found.queries:
        return [(0, found.pick, 0, np.nan, 0.0, 0, found.pick)]
    return [
        (i, query.arch, query.fidelity, query.value, query.seconds, query.question, pick)
        for i, (query, pick) in enumerate(zip(found.queries, found.picks(), strict=True), start=1)
    ]


def options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Options of a method; lists become tuples."""
    return {name: tuple(v) if isinstance(v, list) else v for name, v in given.items() if name not in ("method", "budgets")}


def _code(name: str) -> str:
    """Digest of a method's file, and of those files of the package that it takes something from."""
    file = sys.modules[search.get(name).function.__module__]
    taken = {getattr(entry, "__module__", None) or "" for entry in vars(file).values()}
    used = {module for module in taken if module.startswith(search.__name__)} | {file.__name__, loop.__name__}
    return shards.source_digest(*(sys.modules[module] for module in sorted(used)))


def _fingerprint(task: Task) -> str:
    """Digest of all that a search of the task may see or be told."""
    answers = {str(fidelity): list(values.values()) for fidelity, values in task.oracle.answers.items()}
    features = [] if task.space.features is None else task.space.features.tolist()
    return shards.digest(task.space.architectures, task.space.names, features, answers)
