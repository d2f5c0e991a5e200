"""Searches for a front of accuracy and complexity, many times over, judged by test accuracy after the end of each."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from untrained import benchmarks
from untrained.search.novelty import Archive, Stage, descriptors, nsga2, pareto_novelty
from untrained.stats import fronts
from untrained.stats.searches import mean_interval

COLUMNS = ("method", "seed", "generation", "seen", "judged", "paid", "trained", "front", *("hv", "igd", "igd_plus"), "best")
Evolve = Callable[..., Iterator[Stage]]


def random_archive(
    codes: np.ndarray, phi: np.ndarray, rng: np.random.Generator, *, population: int = 20, generations: int = 50
) -> Iterator[Stage]:
    """The control: random architectures instead of children, with the same archive; arguments as for `pareto_novelty`.

    Yields:
        Where the search stands.
    """
    archive = Archive(phi)
    for _ in range(generations + 1):
        yield archive.add(rng.integers(len(codes), size=population))


EVOLVE: Mapping[str, Evolve] = {"PDNS": pareto_novelty, "NSGA-II": nsga2, "random": random_archive}
"""How parents are chosen: by novelty, by rank and crowding, not at all."""


def complexity(table: pd.DataFrame, scores: pd.DataFrame | None = None, *, column: str = "params") -> pd.Series:
    """Complexity by architecture: of the table, or where that has none of the scores.

    Raises:
        ValueError: neither knows it.
    """
    known = table[column] if column in table else pd.Series(np.nan, table.index)
    if scores is not None and column in scores:
        known = known.combine_first(scores[column]).loc[table.index]
    if known.isna().all():
        raise ValueError(f"Neither the table nor the scores have a column {column!r} with values: name another complexity.")
    return known


def variants(columns: pd.DataFrame, size: np.ndarray, *, random: bool = True) -> dict[str, tuple[str, np.ndarray]]:
    """Methods of `run`: all columns at once (MTF), the random control, and each column by itself if there are several.

    Args:
        columns: metrics (n, k), higher is better.
        size: complexity (n,).
        random: with the control.
    """
    groups = {"MTF": list(columns)} if columns.shape[1] > 1 else {}
    groups |= {name: [name] for name in columns}
    found = {}
    for name, metrics in groups.items():
        phi = descriptors(columns[metrics].to_numpy(float), size)
        kinds = ["PDNS", "NSGA-II", *(["random"] if random and name == next(iter(groups)) else [])]
        found |= {f"{name}-{kind}" if name == "MTF" else f"{kind} {name}": (kind, phi) for kind in kinds}
    return found


def planes(
    bench: benchmarks.Benchmark, datasets: Sequence[str], size: pd.Series, *, accuracy: str = "test_acc"
) -> dict[str, np.ndarray]:
    """Error and complexity of every architecture in each data set, (n, 2), in the order of `size`."""
    found = {}
    for dataset in datasets:
        truth = bench.table(dataset)[accuracy].reindex(size.index)
        found[dataset] = fronts.plane(truth, size)
    return found


def run(
    methods: Mapping[str, tuple[str, np.ndarray]],
    codes: np.ndarray,
    judged: Mapping[str, np.ndarray],
    seeds: Sequence[int],
    *,
    paid: Sequence[int] = (20,),
    population: int = 20,
    generations: int = 50,
) -> pd.DataFrame:
    """All methods for all seeds.

    Args:
        methods: by label, name in `EVOLVE` and descriptors phi (n, k).
        codes: integers (n, positions).
        judged: error and complexity (n, 2) by data set.
        seeds: one search each.
        paid: numbers of final trainings, random ones of the last archive, besides all of it.
        population: of each generation.
        generations: after the random start.

    Returns:
        One row per method, seed, generation and data set, and for the last generation one more for each of `paid`:
        `COLUMNS`. `seen` counts distinct architectures described, `trained` those of the archive that are judged, `front`
        those of them that none of them dominates; `paid` is 0 where all are; `best` is the highest accuracy in percent.
    """
    true = {name: fronts.front(points) for name, points in judged.items()}
    rows = []
    for label, (kind, phi) in methods.items():
        for seed in seeds:
            rng = np.random.default_rng([seed, *map(ord, label)])
            for generation, stage in enumerate(
                EVOLVE[kind](codes, phi, rng, population=population, generations=generations)
            ):
                about = (label, seed, generation, stage.seen)
                for name, points in judged.items():
                    rows.append((*about, name, 0, *_judge(points[list(stage.archive)], true[name])))
            drawn = rng.permutation(stage.archive)
            rows += [
                (*about, name, count, *_judge(points[drawn[:count]], true[name]))
                for count in paid
                for name, points in judged.items()
            ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def last(table: pd.DataFrame, *, paid: int = 0) -> pd.DataFrame:
    """The rows of every search's last generation."""
    rows = table[table["paid"] == paid]
    return rows[rows["generation"] == rows.groupby(["method", "seed"])["generation"].transform("max")]


def ends(table: pd.DataFrame, name: str, *, n: int = 1000) -> pd.DataFrame:
    """Mean over seeds of one column at the end, with its 95 % interval: method, <name>, low, high, sd, seen, trained, front.

    Args:
        table: of `last`, one judged data set.
        name: an indicator, or `best`.
        n: bootstrap resamples of seeds.
    """
    records = []
    for method, part in table.groupby("method", sort=False):
        found = mean_interval(part[name], n=n)
        record = {"method": method, name: found.value, "low": found.low, "high": found.high, "sd": part[name].std(ddof=1)}
        records.append(record | part[["seen", "trained", "front"]].mean().to_dict())
    return pd.DataFrame(records)


def leads(table: pd.DataFrame, method: str, *, name: str = "igd_plus", n: int = 1000) -> pd.DataFrame:
    """By how much a method is better than each other one, mean over seeds: against, lead, low, high.

    Args:
        table: of `last`, one judged data set.
        method: the one that leads or not.
        name: an indicator; smaller is better but for HV.
        n: bootstrap resamples of seeds.
    """
    wide = table.pivot(index="seed", columns="method", values=name)
    records = []
    for other in (label for label in dict.fromkeys(table["method"]) if label != method):
        found = mean_interval((wide[other] - wide[method]) * (-1 if name == "hv" else 1), n=n)
        records.append({"against": other, "lead": found.value, "low": found.low, "high": found.high})
    return pd.DataFrame(records)


def _judge(points: np.ndarray, true_front: np.ndarray) -> tuple:
    """Trained, front, the three indicators, and the highest accuracy."""
    quality = fronts.quality(points, true_front)
    kept = len(fronts.front(points))
    return len(points), kept, quality["hv"], quality["igd"], quality["igd_plus"], 100 * (1 - points[:, 0].min())
