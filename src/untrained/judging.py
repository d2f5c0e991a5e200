"""Scores beside accuracies, for the pages that fuse over benchmarks; and the families of the indicators."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from untrained import benchmarks, proxies
from untrained import scores as score_tables
from untrained.fusion import kin
from untrained.fusion.carried import Judged
from untrained.graph_features import graph_features, path_features
from untrained.twins import twins

SPACES = {"nas_bench_201": "cells", "nas_bench_digits": "cells", "transnas_bench_101": "cells", "nds": "darts"}
"""Search spaces that benchmarks share, wholly or in part; any other benchmark is a space of its own."""
NO_PHOTOGRAPHS = {"nas_bench_digits"}
"""Benchmarks whose accuracies are of other images."""


def read(
    scores: Path | str, benchmark: str, dataset: str, *, accuracy: str = "test_acc", data: Path | str = "data"
) -> Judged:
    """A published table of scores with the accuracies of its architectures.

    Indicators that were computed for a part of the architectures only are left out, and so are architectures without an
    accuracy.

    Args:
        scores: file.
        benchmark: name.
        dataset: whose accuracies.
        accuracy: column of the benchmark's table.
        data: folder.
    """
    found = score_tables.read(scores)
    asked = score_tables.asked(found)
    wide = score_tables.wide(found).loc[:, asked.all()]
    truth = benchmarks.by_form(benchmarks.get(benchmark, data), dataset)[accuracy].reindex(wide.index).dropna()
    kept = wide.loc[truth.index]
    same, photographs = twins(benchmark, list(kept.index)), benchmark not in NO_PHOTOGRAPHS
    return Judged(kept, truth, benchmark, space(benchmark, dataset), same, photographs)


def described(table: Judged) -> pd.DataFrame:
    """`kin.describe` of a table, with the features of its graphs and of their paths."""
    archs = list(table.scores.index)
    return kin.describe(table, graph_features(table.benchmark, archs), path_features(table.benchmark, archs))


def space(benchmark: str, dataset: str) -> str:
    """Search space of a data set, the same for benchmarks that share architectures.

    >>> space("transnas_bench_101", "micro-jigsaw"), space("transnas_bench_101", "macro-jigsaw")
    ('cells', 'layouts')
    """
    return "layouts" if dataset.startswith("macro-") else SPACES.get(benchmark, benchmark)


def families(names: Sequence[str]) -> dict[str, list[str]]:
    """Indicators by the file that defines them, families of two or more.

    >>> families(["snip", "grad_norm", "params"])
    {'gradient': ['snip', 'grad_norm']}
    """
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(proxies.get(name).function.__module__.rpartition(".")[2], []).append(name)
    return {family: members for family, members in found.items() if len(members) > 1}
