"""Learners for few labels, and the protocol that judges them beside what needs none, on the same draws."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.ensemble import ExtraTreesRegressor, VotingRegressor
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from untrained.fusion.boosting import MonotoneBoosting
from untrained.fusion.networks import networks
from untrained.fusion.pairs import PairRanking
from untrained.fusion.process import RankProcess, normal_scores
from untrained.stats.control import within
from untrained.stats.correlation import krocc, srocc
from untrained.stats.splits import Split, repeated_splits
from untrained.stats.top import ndcg, regret

PICKS = 10
"""How many of the highest predictions the regret looks at."""
TESTED = 100
"""Architectures that a test part holds at least; with fewer, a rank correlation says little."""
TOLD = 5
"""Labelled architectures that must have a path, and that must lack it, for a learner to read its column."""
LOUDER = 3.0
"""Factor on the prior for networks, to which it is one column of many; 1 and 3 are alike on the embedded bench."""
STRONGEST = "trees + process + networks"
"""The learner whose figures stand beside the published ones."""


def learners(*, trees: int = 100, seed: int = 0) -> dict[str, RegressorMixin]:
    """The learners by name; each fits on rows of `design` and `normal_scores` of accuracies: only their order counts.

    `linear`: ridge on the ranks of the indicators alone, its penalty by leave-one-out: every weighted sum there is.
    `pairs`: `PairRanking` on indicators and graph features, as linear. `boosting`: `MonotoneBoosting` on the same. `trees`:
    extremely randomised trees on these and on the paths of which `TOLD` labels or more tell, either way
    (geurts2006extremely). `process`: `RankProcess` on what the trees read. `process, prior`: with the prior score.
    `networks`: the mean of small neural networks on all that, the prior `LOUDER` than another column. `trees + process +
    networks`: the mean of the predictions of the trees, of the process with prior and of the networks.

    Args:
        trees: of the forest.
        seed: of the trees and of the networks.
    """
    forest = ExtraTreesRegressor(trees, max_features=0.5, random_state=seed, n_jobs=1)
    both, all_three = ("indicator", "graph"), ("indicator", "graph", "path")
    found = {
        "linear": _reads(RidgeCV(np.logspace(-1, 4, 11)), "indicator"),
        "pairs": _reads(PairRanking(seed=seed), *both),
        "boosting": _reads(MonotoneBoosting(), *both),
        "trees": _reads(forest, *all_three),
        "process": _reads(RankProcess(), *all_three),
        "networks": _reads(networks(seed=seed), *all_three, "prior", louder=LOUDER),
        "process, prior": _reads(RankProcess(), *all_three, "prior"),
    }
    found[STRONGEST] = VotingRegressor([(name, found[name]) for name in ("trees", "process, prior", "networks")])
    return {
        name: TransformedTargetRegressor(e, func=normal_scores, inverse_func=_same, check_inverse=False)
        for name, e in found.items()
    }


def _reads(estimator: BaseEstimator, *words: str, louder: float = 1.0) -> BaseEstimator:
    """The estimator on the columns whose names begin with one of the words; those of the last one times a factor."""
    plain, last = (partial(_columns, part) for part in (words[:-1], words[-1:]))
    factor = FunctionTransformer(partial(np.multiply, louder), feature_names_out="one-to-one")
    columns = make_column_transformer(("passthrough", plain), (factor, last), verbose_feature_names_out=False)
    return make_pipeline(columns.set_output(transform="pandas"), estimator)


def _columns(words: Sequence[str], labelled: pd.DataFrame) -> list[str]:
    """Columns to read: of paths, those that `TOLD` labelled architectures have and as many have not."""
    found = labelled.loc[:, [name.split(" ", 1)[0] in words for name in labelled]]
    having = (found == found.max()).sum()
    told = np.minimum(having, len(found) - having) >= TOLD
    return list(found.columns[told | ~found.columns.str.startswith("path ")])


def _same(y: np.ndarray) -> np.ndarray:
    return y


def judge(
    design: pd.DataFrame,
    accuracy: pd.Series,
    methods: Mapping[str, RegressorMixin],
    splits: Iterable[Split],
    *,
    fixed: pd.DataFrame | None = None,
    sizes: Sequence[Hashable] | None = None,
) -> pd.DataFrame:
    """Fit every method on each training part and judge it on the test part, beside scores that need no label.

    Metrics: krocc, srocc, ndcg, `regret` (best accuracy less the best among the `PICKS` highest predictions), and `within`
    (krocc at equal size, mean over groups weighted by their sizes).

    Args:
        design: of `untrained.fusion.candidates.design`, all candidates.
        accuracy: by arch, of the same rows.
        methods: estimators by name.
        splits: pairs of training and test places.
        fixed: label-free scores, one column each, judged on the same test parts.
        sizes: label of equal or close size of every candidate.

    Returns:
        Columns method, labels (0 for a fixed score), draw, metric, value, n_train, n_test.
    """
    y = accuracy.loc[design.index].to_numpy(float)
    ready = {} if fixed is None else {name: fixed[name].fillna(fixed[name].min()).to_numpy(float) for name in fixed}
    rows = []
    for draw, (train, test) in enumerate(splits):
        found = {(name, 0): values[test] for name, values in ready.items()}
        for name, method in methods.items():
            found[name, len(train)] = clone(method).fit(design.iloc[train], y[train]).predict(design.iloc[test])
        about = {"draw": draw, "n_train": len(train), "n_test": len(test)}
        groups = None if sizes is None else np.asarray(sizes)[test]
        for (name, labels), p in found.items():
            rows += [{"method": name, "labels": labels, **about, **row} for row in _metrics(p, y[test], groups)]
    return pd.DataFrame(rows)


def _metrics(p: np.ndarray, y: np.ndarray, groups: np.ndarray | None) -> Iterator[dict]:
    found = {"krocc": krocc(p, y), "srocc": srocc(p, y), "ndcg": ndcg(p, y), "regret": regret(p, y, PICKS)}
    if groups is not None:
        found["within"] = within(p, y, groups)
    yield from ({"metric": name, "value": value} for name, value in found.items())


def possible(labels: Sequence[int], size: int, tested: int = TESTED) -> list[int]:
    """The numbers of labels that leave so many architectures to judge on.

    >>> possible([20, 100, 300, 1000], 400)
    [20, 100, 300]
    """
    return [n for n in labels if n + tested <= size]


def learning_curve(
    design: pd.DataFrame,
    accuracy: pd.Series,
    methods: Mapping[str, RegressorMixin],
    *,
    labels: Sequence[int],
    draws: int = 10,
    seed: int = 0,
    groups: Sequence[Hashable] | None = None,
    fixed: pd.DataFrame | None = None,
    sizes: Sequence[Hashable] | None = None,
) -> pd.DataFrame:
    """`judge` for every number of labels on random draws; equal cells on one side. The column `asked` is that number."""
    pieces = []
    for n in labels:
        splits = repeated_splits(len(design), n, repeats=draws, seed=seed, groups=groups)
        pieces.append(judge(design, accuracy, methods, splits, fixed=fixed, sizes=sizes).assign(asked=n))
    return pd.concat(pieces, ignore_index=True)


def small_to_large(size: pd.Series, n_train: int, *, repeats: int = 10, seed: int = 0) -> Iterator[tuple[Split, Split]]:
    """Two splits with one test part, the larger half: labels from the smaller half, and as many from everywhere else.

    Args:
        size: #Param of every candidate.
        n_train: labels.
        repeats: draws.
        seed: of all draws.

    Yields:
        Split that shifts, split that does not.
    """
    order = np.argsort(size.to_numpy(float), kind="stable")
    small, large = np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])
    if n_train > len(small):
        raise ValueError(f"Got n_train={n_train}, the smaller half has {len(small)}: label fewer.")
    for k in range(repeats):
        generator = np.random.default_rng([seed, k])
        kept = np.sort(generator.permutation(large)[: len(large) // 2])
        rest = np.setdiff1d(np.arange(len(order)), kept, assume_unique=True)
        shifted, mixed = (np.sort(generator.permutation(part)[:n_train]) for part in (small, rest))
        yield (shifted, kept), (mixed, kept)
