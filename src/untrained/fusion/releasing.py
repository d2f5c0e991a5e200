"""Make an indicator to use, and judge it where its weights have seen no accuracy: on other benchmarks, or held out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from untrained.fusion.candidates import ranks
from untrained.fusion.carried import Carried, Judged, Stable
from untrained.fusion.placing import Population, significant
from untrained.fusion.released import Released
from untrained.fusion.reliability import TABLE, Reliability
from untrained.shards import digest
from untrained.stats.correlation import krocc
from untrained.stats.intervals import bootstrap
from untrained.stats.splits import repeated_splits


@dataclass(frozen=True)
class Source:
    """A table of scores with its accuracies, and what they are.

    Attributes:
        table: scores and accuracies.
        dataset: whose accuracies.
        accuracy: column of the benchmark's table.
        setting: how the scores were measured.
        better: direction by indicator.
    """

    table: Judged
    dataset: str
    accuracy: str
    setting: Mapping[str, Any]
    better: Mapping[str, str]

    def only(self, rows: Sequence[int] | np.ndarray | None = None, names: Sequence[str] | None = None) -> "Source":
        """Some architectures, some indicators."""
        scores = self.table.scores if rows is None else self.table.scores.iloc[rows]
        columns = list(scores) if names is None else [name for name in names if name in scores]
        table = Judged(scores[columns], self.table.accuracy.loc[scores.index], self.table.benchmark, self.table.space)
        return Source(table, self.dataset, self.accuracy, self.setting, self.better)

    def about(self) -> dict[str, str]:
        """What a record says of it: whose accuracies they are."""
        return {"benchmark": self.table.benchmark, "dataset": self.dataset, "accuracy": self.accuracy}

    def population(self, names: Sequence[str]) -> Population:
        """Its architectures in some of the indicators."""
        scores = self.table.scores[[name for name in names if name in self.table.scores]]
        return Population.of(scores, benchmark=self.table.benchmark, dataset=self.dataset, setting=self.setting)


def release(name: str, sources: Mapping[str, Source], *, reference: str = "") -> Released:
    """An indicator learned from all the sources: of the form of `Stable` from several benchmarks, of `Carried` from one.

    Sources that share their scores give one population, under the key of the first.

    Args:
        name: its name.
        sources: by key.
        reference: key of its own population, for one that knows the labels of what it will be used on.
    """
    found = _learned(name, sources, reference=reference)
    return replace(found, learned_from={key: _digested(source) for key, source in sources.items()})


def _learned(
    name: str,
    sources: Mapping[str, Source],
    *,
    reference: str = "",
    names: Sequence[str] | None = None,
    placed: bool = True,
) -> Released:
    """As `release`, of some indicators only, without the digests of the sources, and with or without their populations."""
    kept = {key: source.only(names=names) for key, source in sources.items()}
    tables = {key: source.table for key, source in kept.items()}
    method = Stable() if len({table.benchmark for table in tables.values()}) > 1 else Carried()
    weights = method.fit(tables).weights_
    used = weights[weights > 0].sort_values(ascending=False, kind="stable")
    populations: dict[str, Population] = {}
    for key, source in kept.items() if placed else ():
        found = source.population(list(used.index))
        if found.points not in [other.points for other in populations.values()]:
            populations[key] = found
    better = next(iter(kept.values())).better
    return Released(
        name,
        dict(zip(used.index, significant(used / used.sum(), 6), strict=True)),
        {part: better[part] for part in used.index},
        {},
        populations,
        reference,
    )


def _digested(source: Source) -> dict[str, Any]:
    table = source.table
    contents = [
        [significant(table.scores[name].fillna(-np.inf), 6) for name in sorted(table.scores)],
        list(table.scores.index),
    ]
    digests = {"scores": digest(contents), "accuracies": digest(significant(table.accuracy, 6))}
    return source.about() | {"labels": len(table.scores)} | digests


@dataclass(frozen=True)
class Fold:
    """What is learned from and what is judged on; the two share no architecture, without labels no benchmark."""

    learned: Mapping[str, Source]
    judged: Mapping[str, Source]
    among: str


def unseen(sources: Mapping[str, Source]) -> Iterator[Fold]:
    """Every benchmark left out once, with all its data sets."""
    for benchmark in dict.fromkeys(source.table.benchmark for source in sources.values()):
        parts = {key: source for key, source in sources.items() if source.table.benchmark == benchmark}
        if rest := {key: source for key, source in sources.items() if key not in parts}:
            yield Fold(rest, parts, TABLE)


def held_out(key: str, source: Source, *, share: float = 0.5, draws: int = 10, seed: int = 0) -> Iterator[Fold]:
    """Random halves of one benchmark's architectures, each function on one side; placed among those learned from.

    Args:
        key: of the source.
        source: one row per canonical form.
        share: learned from.
        draws: number of splits.
        seed: of the splits.
    """
    size = len(source.table.scores)
    groups = list(source.table.scores.index)
    for train, test in repeated_splits(size, round(share * size), repeats=draws, seed=seed, groups=groups):
        yield Fold({key: source.only(train)}, {key: source.only(test)}, key)


def on_unseen(sources: Mapping[str, Source], *, n: int = 1000, seed: int = 0) -> list[Reliability]:
    """Reliability without labels: ranks among the candidates, and places among the `nearest` other population.

    Args:
        sources: by key.
        n: resamples of architectures.
        seed: of the resamples.
    """
    rows = []
    for fold in unseen(sources):
        found = _learned("unseen", fold.learned)
        for key, source in fold.judged.items():
            scores, truth = source.table.scores, source.table.accuracy
            alone = krocc(_size(scores), truth)
            for among in (TABLE, found.nearest(scores)):
                ends = bootstrap(krocc, found.predict(scores, among=among), truth, n=n, seed=seed)
                rows.append(
                    Reliability(
                        key=key,
                        **source.about(),
                        among=among,
                        n=len(truth),
                        learned_from=tuple(fold.learned),
                        labels=0,
                        split="no label of this benchmark",
                        interval=f"95 % of {n} resamples of architectures",
                        seed=seed,
                        **_ends(ends.value, ends.low, ends.high, alone),
                    )
                )
    return rows


def on_held_out(key: str, source: Source, *, share: float = 0.5, draws: int = 10, seed: int = 0) -> list[Reliability]:
    """Reliability with labels: mean over draws of tau on what was held out, placed among the rest, or ranked among itself.

    Args:
        key: of the source.
        source: one row per canonical form.
        share: learned from.
        draws: number of splits.
        seed: of the splits.
    """
    rows = []
    for fold in held_out(key, source, share=share, draws=draws, seed=seed):
        table, found = fold.judged[key].table, _learned(key, fold.learned, reference=key)
        taus = {among: krocc(found.predict(table.scores, among=among), table.accuracy) for among in (key, TABLE)}
        sizes = {"labels": len(fold.learned[key].table.scores), "n": len(table.scores)}
        rows.append(taus | sizes | {"params": krocc(_size(table.scores), table.accuracy)})
    found = pd.DataFrame(rows)
    return [
        Reliability(
            key=key,
            **source.about(),
            among=among,
            n=int(found["n"].min()),
            learned_from=(key,),
            labels=int(found["labels"].max()),
            split=f"held out, {draws} draws",
            interval="central 95 % of the draws",
            seed=seed,
            **_ends(found[among].mean(), *found[among].quantile([0.025, 0.975]), found["params"].mean()),
        )
        for among in (key, TABLE)
    ]


def _size(scores: pd.DataFrame) -> pd.Series:
    """#Param, or a constant where it was not scored: a tau of nan."""
    return ranks(scores[["params"]])["params"] if "params" in scores else pd.Series(0.0, scores.index)


def _ends(tau: float, low: float, high: float, params: float) -> dict[str, float | None]:
    """Four decimals: more are those of the machine."""
    ends = {"tau": tau, "low": low, "high": high, "params": params}
    return {name: round(float(value), 4) if np.isfinite(value) else None for name, value in ends.items()}


def fewer(sources: Mapping[str, Source], *, placed: bool = False) -> Iterator[Released]:
    """The indicator of the sources, then the same with the part of the least weight taken away and the rest fitted again.

    Args:
        sources: what is learned from; no other accuracy is looked at.
        placed: whether each keeps the populations of the sources.
    """
    found = _learned("fewer", sources, placed=placed)
    while len(found.weights) > 1:
        yield found
        found = _learned("fewer", sources, names=list(found.weights)[:-1], placed=placed)
    yield found


def cost_front(folds: Sequence[Fold], seconds: Mapping[str, float]) -> pd.DataFrame:
    """Tau and price over the number of indicators: each fold takes its own away, by what it learned from.

    Args:
        folds: of `unseen` or `held_out`.
        seconds: CPU seconds per architecture of an indicator alone with its passes; their sum is an upper bound, since a set
            shares passes.

    Returns:
        Columns count, value (mean over benchmarks or draws), low, high (lowest and highest of them), seconds, parts (those
        that most folds keep); fewest first.
    """
    rows = []
    for number, fold in enumerate(folds):
        sizes = {len(found.weights): found for found in fewer(fold.learned, placed=fold.among != TABLE)}
        for count in range(1, max(sizes) + 1):
            found = sizes[min(size for size in sizes if size >= count)]
            taus = []
            for source in fold.judged.values():
                scores = source.table.scores
                taus.append(krocc(found.predict(scores, among=fold.among), source.table.accuracy))
            price = sum(seconds.get(name, np.nan) for name in found.weights)
            rows.append(
                {"fold": number, "count": count, "tau": np.mean(taus), "seconds": price, "parts": list(found.weights)}
            )
    return _over_folds(pd.DataFrame(rows))


def _over_folds(rows: pd.DataFrame) -> pd.DataFrame:
    most, found = int(rows["count"].max()), []
    for count in range(1, most + 1):
        last = rows[rows["count"] <= count].groupby("fold").last()
        kept = last["parts"].explode().value_counts()
        found.append({"count": count, "value": last["tau"].mean(), "low": last["tau"].min(), "high": last["tau"].max()})
        names = sorted(kept.index, key=lambda name: (-kept[name], name))[:count]
        found[-1] |= {"seconds": last["seconds"].mean(), "parts": ", ".join(names)}
    return pd.DataFrame(found)
