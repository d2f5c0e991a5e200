"""Search by score: sample N architectures, keep the one with the best score, report its true accuracy."""

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
from sklearn.base import clone

from untrained.fusion.fusion_indicator import FusionIndicator
from untrained.fusion.protocol import labelled
from untrained.stats.splits import repeated_splits


def search_by_score(
    scores: pd.DataFrame,
    accuracy: pd.Series,
    method: FusionIndicator | None = None,
    *,
    name: str = "fi",
    n_train: int = 200,
    sizes: Sequence[int] = (10, 100, 1000),
    repetitions: int = 500,
    seed: int = 0,
    groups: Sequence[Hashable] | None = None,
) -> pd.DataFrame:
    """Repeat: fit on n_train random architectures, sample N of the others, return the arg max of FI.

    The architectures of the fit are never candidates. Every single indicator and a random pick search the same sample;
    ties go to the one sampled first. `drawn` is the size of the sample: fewer than N where N candidates do not exist.
    Protocol: `mellor2021neural`, 500 repetitions.

    Args:
        scores: directed scores, index arch.
        accuracy: true accuracy by arch, in percentage points.
        method: estimator; default FusionIndicator().
        name: its name; the labels it used are appended.
        n_train: labels, drawn anew in each repetition.
        sizes: values of N.
        repetitions: number of searches.
        seed: seed of fits and samples.
        groups: labels of equal cells, which are never both fitted on and candidates.

    Returns:
        One row per repetition, N and method: repetition, sample (N), drawn, method, arch, accuracy, best (best accuracy of
        the sample).
    """
    method = FusionIndicator() if method is None else method
    truth = accuracy.loc[scores.index].to_numpy(float)
    archs = scores.index.to_numpy()
    singles = scores.astype(float).replace(np.inf, np.nan).fillna(-np.inf).to_numpy()
    rows = []
    for k, (train, test) in enumerate(repeated_splits(len(scores), n_train, repeats=repetitions, seed=seed, groups=groups)):
        order = np.random.default_rng([seed, k, 1]).permutation(test)
        fused = clone(method).fit(scores.iloc[train], truth[train]).predict(scores.iloc[order])
        columns = np.column_stack([fused, singles[order], np.zeros(len(order))])
        for size in sizes:
            found = order[columns[:size].argmax(axis=0)]
            for label, winner in zip((labelled(name, n_train), *scores.columns, "random"), found, strict=True):
                drawn = min(size, len(order))
                rows.append((k, size, drawn, label, archs[winner], truth[winner], truth[order[:size]].max()))
    return pd.DataFrame(rows, columns=["repetition", "sample", "drawn", "method", "arch", "accuracy", "best"])
