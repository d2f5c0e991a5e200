"""Fusion carried over between spaces with the same operations: what others have measured of a kernel, a pooling, a path.

What an indicator is worth carries over to any space; what an operation is worth, only to spaces that have it. No accuracy of
the candidates is used, nor of any data set of their benchmark.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from untrained.fusion.candidates import WEIGHTS, over_twins, ranks
from untrained.fusion.carried import Judged
from untrained.fusion.process import RankProcess
from untrained.stats.correlation import krocc

IN_USE = "all fusions and kin"
"""The label-free score in use where graphs are known."""
ALIKE = {
    r"\b(nor_)?conv_?1x1\b": "convolution 1x1",
    r"\b(nor_)?conv_?3x3\b": "convolution 3x3",
    r"\b(max|avg)_?pool_?3x3\b": "pooling 3x3",
}
"""Operations that benchmarks name differently: patterns in names of columns."""
OF_NO_SPACE = frozenset({"conv", "pool", "skip", "operation", "skip_connect", "identity"})
"""What `count` columns are of beside operations that tell spaces apart: kinds of operations, and identities."""


def describe(table: Judged, graph: pd.DataFrame, paths: pd.DataFrame) -> pd.DataFrame:
    """What a benchmark's kin read of its architectures: ranks of indicators, features of graphs and paths; no accuracy.

    Unlike the columns of `design` features keep their units: three convolutions are three wherever they stand.

    Args:
        table: of scores; its accuracies are not read.
        graph: of `untrained.graph_features.graph_features`, the same index.
        paths: of `untrained.graph_features.path_features`, the same index.

    Returns:
        Columns named `indicator ...`, `graph ...`, `path ...`; of those that differ in the kind of a pooling alone, the sum.
    """
    kinds = {"indicator": over_twins(table.scores, table.twins), "graph": graph, "path": paths}
    found = pd.concat([columns.add_prefix(f"{kind} ") for kind, columns in kinds.items()], axis=1)
    names = found.columns.to_series().replace(ALIKE, regex=True)
    return found.T.groupby(names.to_numpy(), sort=False).sum().T


def operations(described: pd.DataFrame) -> set[str]:
    """Operations of a space, by any benchmark's name for them; identities are everywhere and tell none apart.

    Args:
        described: of `describe`.

    >>> sorted(operations(pd.DataFrame(columns=["indicator snip", "graph count conv", "graph count pooling 3x3"])))
    ['pooling 3x3']
    """
    found = (name.partition("count ")[2] for name in described if name.startswith("graph "))
    return set(found) - OF_NO_SPACE - {""}


def related(table: Judged, mine: pd.DataFrame, others: Mapping[str, Judged], known: Mapping[str, pd.DataFrame]) -> list[str]:
    """Keys of the kin: data sets of other benchmarks on photographs, where one space has all operations of the other.

    Accuracy on other images, small digits say, tells little of photographs, and learns little from it.

    Args:
        table: of the candidates; its accuracies are not read.
        mine: of `describe`, the candidates.
        others: tables of other benchmarks.
        known: of `describe`, by the same keys.
    """
    own = operations(mine)
    return [
        key
        for key, other in others.items()
        if other.benchmark != table.benchmark
        and other.photographs
        and table.photographs
        and (shared := own & (theirs := operations(known[key])))
        and shared in (own, theirs)
    ]


def learned(source: pd.DataFrame, accuracy: pd.Series, mine: pd.DataFrame) -> pd.Series:
    """What a `RankProcess` that knows one data set says of the candidates; it reads the columns that both have.

    Args:
        source: of `describe`, the architectures that were trained.
        accuracy: of theirs, by arch.
        mine: of `describe`, the candidates.

    Returns:
        Expected normal scores among the trained ones, index arch.
    """
    common = [name for name in mine if name in source and source[name].nunique() > 1]
    kinds = pd.Series([name.split(" ", 1)[0] for name in common])
    counts = kinds.value_counts()
    factors = {kind: np.sqrt(WEIGHTS.get(kind, 1.0) * counts.get("indicator", n) / n) for kind, n in counts.items()}
    centre, spread = source[common].mean(), source[common].std(ddof=0) / kinds.map(factors).to_numpy()
    made = RankProcess().fit((source[common] - centre) / spread, accuracy.loc[source.index])
    return pd.Series(made.predict((mine[common] - centre) / spread), mine.index)


def said(table: Judged, mine: pd.DataFrame, others: Mapping[str, Judged], known: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Ranks of the candidates by each data set of the kin: one column per key, none where a benchmark has no kin.

    Args:
        table: of the candidates; its accuracies are not read.
        mine: of `describe`, the candidates.
        others: tables of other benchmarks.
        known: of `describe`, by the same keys.
    """
    keys = related(table, mine, others, known)
    return pd.DataFrame({key: learned(known[key], others[key].accuracy, mine) for key in keys}, mine.index).rank()


def agreement(score: pd.Series, said: pd.DataFrame) -> pd.Series:
    """max(tau, 0) of every column with a label-free score: how far a data set wants what the indicators want.

    Args:
        score: of the candidates, higher is better.
        said: of the function of that name.
    """
    return pd.Series({key: max(krocc(said[key], score.loc[said.index]), 0.0) for key in said}, dtype=float)


def joined(score: pd.Series, said: pd.DataFrame, others: Mapping[str, Judged]) -> pd.Series:
    """Mean rank in a label-free score and in what each kin benchmark says of the candidates, one vote each.

    A benchmark's vote is the mean rank over its data sets, weighed by `agreement`: a task that wants other networks than the
    indicators do counts little, and no label is needed to see it.

    Args:
        score: of the candidates, higher is better; it has seen no label of theirs.
        said: of the function of that name.
        others: tables of other benchmarks.

    Returns:
        In (0, 1), index arch; the ranks of the score where a benchmark has no kin, or none that agrees at all.
    """
    weights = agreement(score, said)
    heard = weights.index[weights > 0]
    votes = (said[heard] * weights[heard]).T.groupby([others[key].benchmark for key in heard]).sum().T
    return ranks(votes.assign(score=score)).mean(axis=1)
