"""A fusion to use: weights, populations that a network is placed among, and how far it can be trusted; kept as JSON.

The JSON is versioned by the number of its format, names what the weights were learned from by digests, and holds its own.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from untrained import scores as score_tables
from untrained.fusion.candidates import ranks
from untrained.fusion.placing import Population
from untrained.fusion.reliability import TABLE, Reliability, stated
from untrained.registry import UnknownName, suggest
from untrained.shards import digest

FORMAT = 1
"""Of the JSON; whatever changes the meaning of a field raises it."""
LEAST = 0.5
"""Share of the weight that must be at hand; with less it is not the indicator that was judged."""
ROW = re.compile(r"\[[^\[\]{}]*\]")
"""A list of plain values in JSON, kept on one line."""
FOLDER = "results/indicators"
"""Where the pipeline keeps them."""


@dataclass(frozen=True)
class Released:
    """sum_j w_j ln(m_j) / sum_j w_j over the indicators at hand: the log of a weighted geometric mean of places, below 0.

    Attributes:
        name: of the indicator.
        weights: by indicator, positive.
        better: `higher` or `lower`, by indicator: how its raw score is read.
        learned_from: by key of a table: its benchmark, dataset, accuracy, number of labels, and digests.
        populations: by key.
        reference: key of the population to use where none is named; empty: the candidates themselves, or for a network
            alone the `nearest`.
        reliability: where it was judged and how well it did.

    Example:
        >>> table = pd.DataFrame({"params": [1.0, 2.0, 3.0]}, index=["small", "medium", "large"])
        >>> one = Released("size", {"params": 1.0}, {"params": "higher"}, {}, {"three": Population.of(table)})
        >>> one.predict(table).round(4).to_dict()
        {'small': -1.7918, 'medium': -0.6931, 'large': -0.1823}
    """

    name: str
    weights: Mapping[str, float]
    better: Mapping[str, str]
    learned_from: Mapping[str, Mapping[str, Any]]
    populations: Mapping[str, Population]
    reference: str = ""
    reliability: tuple[Reliability, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no order can be made of.

        Raises:
            ValueError: no weight, or one that is no positive number; an indicator without a direction.
        """
        wrong = {name: w for name, w in self.weights.items() if not (math.isfinite(w) and w > 0)}
        if wrong or not self.weights:
            raise ValueError(
                f"The weights of {self.name!r} are {wrong or 'none'}; wanted are positive numbers: fit it again."
            )
        if lost := [name for name in self.weights if self.better.get(name) not in {"higher", "lower"}]:
            raise ValueError(f"{self.name!r} does not say whether higher or lower is better for {', '.join(lost)}.")

    def predict(self, scores: pd.DataFrame, *, among: str | None = None) -> pd.Series:
        """One value per row, higher is better.

        Conventions: a column that is missing or empty is left out with its weight; a row that misses a score that others
        have is placed with the worst in it.

        Args:
            scores: wide, directed.
            among: `table` or the key of a population; by default the `reference`.

        Raises:
            ValueError: less than half of the weight at hand; one row among itself.
            UnknownName: no such population.
        """
        used, key = self.used(scores), self.chosen(scores, among)
        if key == TABLE:
            places = ranks(scores[used]).reindex(columns=used, fill_value=0.5).to_numpy()
        else:
            places = np.stack([self.populations[key].place(name, scores[name]) for name in used], axis=1)
        weights = np.array([self.weights[name] for name in used])
        return pd.Series(np.log(places) @ weights / weights.sum(), scores.index, name=f"fused:{self.name}")

    def used(self, scores: pd.DataFrame) -> list[str]:
        """Indicators that the table has values of.

        Raises:
            ValueError: they hold less than half of the weight.
        """
        found = [name for name in self.weights if name in scores and np.isfinite(scores[name].to_numpy(float)).any()]
        if (share := self._share(found)) < LEAST:
            lost = ", ".join(name for name in self.weights if name not in found)
            raise ValueError(
                f"The table holds {share:.0%} of the weight of {self.name!r}, wanted is half: score {lost} too."
            )
        return found

    def chosen(self, scores: pd.DataFrame, among: str | None = None) -> str:
        """The key that `among` stands for."""
        key = among or self.reference or (TABLE if len(scores) > 1 else self.nearest(scores))
        if key != TABLE and key not in self.populations:
            raise UnknownName(f"Unknown population {key!r} of {self.name!r}. {suggest(key, [TABLE, *self.populations])}")
        if key == TABLE and len(scores) < 2:
            raise ValueError(f"A network alone has no rank: place it among {', '.join(self.populations)}.")
        return key

    def nearest(self, scores: pd.DataFrame) -> str:
        """The population that the least weight lies outside of, the first of equals: a choice that sees no accuracy."""
        if not self.populations:
            raise ValueError(f"{self.name!r} has no population to place a network among: add one by `with_population`.")
        return min(self.populations, key=lambda key: self.outside(scores, key))

    def outside(self, scores: pd.DataFrame, key: str) -> float:
        """Mean share of the weight for which scores lie beyond all of a population."""
        used = self.used(scores)
        shares = {name: self.populations[key].outside(name, scores[name]) for name in used}
        return sum(self.weights[name] * share for name, share in shares.items()) / sum(self.weights[name] for name in used)

    def with_population(self, key: str, population: Population) -> Self:
        """The same weights, with a population of one's own as reference.

        Args:
            key: its name.
            population: it has points of every indicator that it is asked for.

        Raises:
            ValueError: an indicator without points.
        """
        if lost := [name for name in self.weights if name not in population.points]:
            raise ValueError(f"The population {key!r} has no scores of {', '.join(lost)}: score them too.")
        return replace(self, populations={**self.populations, key: population}, reference=key)

    def fused(self, scores: pd.DataFrame, *, among: str | None = None) -> pd.DataFrame:
        """The values of `predict` beside one sentence: among whom, how reliable there, what is left out.

        Args:
            scores: wide and directed as `untrained.scores.wide` gives it, or long as `untrained.score` does.
            among: as in `predict`.
        """
        table = self.wide(scores)
        key = self.chosen(table, among)
        return self.predict(table, among=key).to_frame().assign(reliability=self.sentence(table, key))

    def wide(self, scores: pd.DataFrame) -> pd.DataFrame:
        """One row per architecture, higher is better; a wide table is taken to be directed.

        Raises:
            TypeError: no table.
        """
        if not isinstance(scores, pd.DataFrame):
            raise TypeError(f"Got {type(scores).__name__}, wanted a DataFrame as untrained.scores.wide gives it.")
        if not set(score_tables.KEYS) <= set(scores):
            return scores
        rows = scores[scores["proxy"].isin(list(self.weights))].copy()
        rows.attrs = {"better": dict(self.better)}
        return score_tables.wide(rows).reindex(pd.unique(scores["arch"]))

    def sentence(self, scores: pd.DataFrame, key: str) -> str:
        """What a value says and what it does not.

        Args:
            scores: wide.
            key: `table` or a population.
        """
        used = self.used(scores)
        lost = [name for name in self.weights if name not in used]
        whom = f"ranks among these {len(scores)}"
        if key != TABLE:
            beyond = self.outside(scores, key)
            whom = f"places among {self.populations[key].n} of {key}" + (
                f" ({beyond:.0%} of the weight beyond)" if beyond else ""
            )
        left = [f"left out with {self._share(lost):.0%} of the weight: {', '.join(lost)}"] if lost else []
        return "; ".join([whom, self.stated(key), *left])

    def stated(self, key: str) -> str:
        """The reliability of ranks among the candidates (`table`), or of places in a population, in one clause."""
        return stated(self.reliability, table=key == TABLE)

    def _share(self, names: Sequence[str]) -> float:
        return sum(self.weights[name] for name in names) / sum(self.weights.values())

    def to_json(self) -> str:
        """All of it; equal contents give equal bytes."""
        contents = {"format": FORMAT, **asdict(self)}
        text = json.dumps(contents | {"digest": digest(contents)}, indent=1, allow_nan=False)
        return ROW.sub(lambda row: " ".join(row.group().split()), text) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What `to_json` wrote.

        Raises:
            ValueError: another format, damage, NaN; the message says what to do.
        """
        again = "fetch it again by `dvc pull`, or make it by `dvc repro model_card`"
        try:
            contents = json.loads(text, parse_constant=_refuse)
            if (found := contents.pop("format")) != FORMAT:
                raise ValueError(f"its format is {found!r}, this version reads {FORMAT}: update `untrained`")
            if (kept := contents.pop("digest")) != digest({"format": FORMAT, **contents}):
                raise ValueError(f"its digest is not {kept}: it was changed after it was written")
            populations = {key: Population(**about) for key, about in contents.pop("populations").items()}
            rows = tuple(
                Reliability(**{**row, "learned_from": tuple(row["learned_from"])}) for row in contents.pop("reliability")
            )
            return cls(**contents, populations=populations, reliability=rows)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"This is no indicator to use ({type(error).__name__}: {error}); {again}.") from error

    def save(self, folder: Path | str = FOLDER) -> Path:
        """Write `folder/name.json`."""
        path = Path(folder) / f"{self.name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.to_json())
        return path


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} in a JSON of finite numbers")


def load(name: Path | str = "label_free", folder: Path | str = FOLDER) -> Released:
    """A kept indicator.

    Args:
        name: of one in the folder, or a file.
        folder: of the pipeline's indicators.

    Raises:
        FileNotFoundError: no such indicator, with the nearest name.
        ValueError: one that cannot be read.
    """
    path = Path(name) if Path(name).suffix == ".json" else Path(folder) / f"{name}.json"
    if not path.exists():
        known = [file.stem for file in path.parent.glob("*.json")]
        hint = suggest(path.stem, known) if known else "Fetch them by `dvc pull`, or make them by `dvc repro model_card`."
        raise FileNotFoundError(f"No indicator {path.stem!r} in {path.parent}. {hint}")
    try:
        return Released.from_json(path.read_text())
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def fused(
    scores: pd.DataFrame,
    indicator: Released | Path | str = "label_free",
    *,
    among: str | None = None,
    folder: Path | str = FOLDER,
) -> pd.DataFrame:
    """Fuse a table of scores in one line: one value per architecture, higher is better, and how far to trust it.

    Args:
        scores: wide and directed as `untrained.scores.wide` gives it, or long as `untrained.score` does.
        indicator: itself, its name in the folder, or its file.
        among: `table`: ranks among these architectures; a key of the indicator's populations: places among those.
        folder: of the pipeline's indicators.

    Returns:
        Columns `fused:<name>` and reliability, index arch.

    Example:
        >>> table = pd.DataFrame({"params": [1.0, 2.0]}, index=["small", "large"])
        >>> size = Released("size", {"params": 1.0}, {"params": "higher"}, {}, {})
        >>> fused(table, size)["fused:size"].round(4).to_dict()
        {'small': -1.3863, 'large': -0.2877}
    """
    released = indicator if isinstance(indicator, Released) else load(indicator, folder)
    return released.fused(scores, among=among)
