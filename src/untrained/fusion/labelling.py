"""Which architectures to train first: spread over the space, where learners disagree, or where a label tells most."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.ensemble import ExtraTreesRegressor

from untrained.fusion.process import distance, matern
from untrained.stats.splits import Split

Train = Callable[[np.ndarray], np.ndarray]
"""Accuracies of the architectures at some places: the one way by which a choice sees any, and each is paid for."""
Choice = Callable[[pd.DataFrame, int, Train, int], np.ndarray]
"""Places to label of a design: how many, what trains them, seed."""


def space_filling(design: pd.DataFrame, count: int, *, seed: int = 0) -> np.ndarray:
    """Places of architectures, each the farthest from those chosen before.

    The distance is that of `RankProcess` with equal scales, over indicators and graph features. The first one is random.
    Key: `gonzalez1985clustering`.

    Args:
        design: of `untrained.fusion.candidates.design`.
        count: how many.
        seed: of the first one.

    Raises:
        ValueError: more are asked than there are.

    >>> sorted(space_filling(pd.DataFrame({"indicator a": [0.0, 0.1, 0.2, 5.0]}), 2).tolist())[1]
    3
    """
    if not 1 <= count <= len(design):
        raise ValueError(f"Got count={count}, wanted 1 to {len(design)} architectures.")
    first = int(np.random.default_rng(seed).integers(len(design)))
    return np.sort(_farthest(_columns(design), [first], count))


def by_committee(
    design: pd.DataFrame, count: int, train: Train, *, rounds: int = 5, trees: int = 50, seed: int = 0
) -> np.ndarray:
    """Places of architectures, in rounds: first some that fill the space, then those on which a forest disagrees most.

    The committee is the trees of an extremely randomised forest on the ranks of the accuracies bought so far; of the three
    times as many architectures as a round buys, with the largest variance over trees, those farthest from all that are
    labelled are bought: a batch of the most disputed alone would hold near copies. Key: `seung1992query`.

    Args:
        design: of `untrained.fusion.candidates.design`.
        count: labels to buy.
        train: gives accuracies of places; it is asked once for each.
        rounds: of buying, at least two.
        trees: of the committee.
        seed: of the first architecture and of the trees.

    Raises:
        ValueError: fewer than two labels in a round, or more are asked than there are.
    """
    if not 2 * rounds <= count <= len(design) or rounds < 2:
        raise ValueError(
            f"Got count={count} in rounds={rounds}, wanted 2 rounds or more, and {2 * rounds} to {len(design)}."
        )
    x, step = _columns(design), count // rounds
    chosen = list(space_filling(design, count - (rounds - 1) * step, seed=seed))
    labels = list(train(np.array(chosen)))
    while len(chosen) < count:
        spread_of = _disagreement(x, chosen, labels, trees=trees, seed=seed)
        spread_of[chosen] = -1.0
        disputed = np.argsort(-spread_of, kind="stable")[: min(3 * step, len(x) - len(chosen))]
        bought = _farthest(x, chosen, len(chosen) + step, among=disputed)[len(chosen) :]
        chosen, labels = [*chosen, *bought], [*labels, *train(bought)]
    return np.sort(np.array(chosen))


def by_doubt(
    design: pd.DataFrame,
    count: int,
    train: Train,
    *,
    rounds: int = 10,
    blind: float = 0.3,
    trees: int = 50,
    length: float = 2.0,
    noise: float = 0.1,
    seed: int = 0,
) -> np.ndarray:
    """Places of architectures whose labels leave the least doubt about all others, in rounds.

    Each is the j of the largest sum_i w_i S_ij^2 / (S_jj + noise), by which its label lowers the weighted variance of a
    Gaussian process: S its covariance given all chosen before, by `matern` of the same distance; w_i the variance over
    the trees of a forest fitted to what was bought so far, and 1 in the first round. A choice costs products of a matrix
    and a vector. Key: `cohn1996active`.

    Args:
        design: of `untrained.fusion.candidates.design`.
        count: labels to buy.
        train: gives accuracies of places; it is asked once for each.
        rounds: of buying after the first.
        blind: share of the labels that the first round buys, two at least.
        trees: of the forest.
        length: of the kernel.
        noise: variance of a label over that of the function.
        seed: of the trees, and of the tenth of all places out of which the first one is the best.

    Raises:
        ValueError: fewer than two labels, or more than there are architectures.
    """
    if not 2 <= count <= len(design):
        raise ValueError(f"Got count={count}, wanted 2 to {len(design)} architectures.")
    x, generator = _columns(design), np.random.default_rng(seed)
    kernel, weights = matern(distance(x, x) / length), np.ones(len(x))
    told = np.zeros((len(x), count))  # S is the kernel less told told^T: it is never held, nor squared for every label
    variance, gains = kernel.diagonal().copy(), weights @ kernel**2
    offered = generator.permutation(len(x))[: max(len(x) // 10, 1)]
    chosen, labels, bought = [], [], 0
    steps = np.linspace(max(2, round(blind * count)), count, rounds + 1).round().astype(int)
    for step in steps:
        while len(chosen) < step:
            gain = gains / (variance + noise)
            gain[chosen] = -1.0
            best = int(gain.argmax()) if chosen else int(offered[gain[offered].argmax()])
            before = told[:, : len(chosen)]
            column = kernel[best] - before @ before[best]
            share, heavy = column / (column[best] + noise), weights * column
            gains = gains - 2 * share * (kernel @ heavy - before @ (heavy @ before)) + share**2 * (heavy @ column)
            variance = variance - share * column
            told[:, len(chosen)] = column / np.sqrt(column[best] + noise)
            chosen.append(best)
        if bought < step < count:
            labels += list(train(np.array(chosen[bought:])))
            bought = step
            weights = _disagreement(x, chosen, labels, trees=trees, seed=seed)
            gains = weights @ (kernel - told @ told.T) ** 2
    return np.sort(np.array(chosen))


CHOICES: dict[str, Choice] = {
    "random": lambda design, count, train, seed: np.random.default_rng(seed).permutation(len(design))[:count],
    "space filling": lambda design, count, train, seed: space_filling(design, count, seed=seed),
    "committee": lambda design, count, train, seed: by_committee(design, count, train, seed=seed),
    "doubt": lambda design, count, train, seed: by_doubt(design, count, train, seed=seed),
}
"""Ways to choose what to train, by name."""

RANDOM, BEST = "random", "doubt"
"""The way that needs no choice, and the one that stands for chosen labels beside published figures."""
UNRELATED = "random, no twin labelled"
"""Not a choice: random labels, judged by `unrelated`."""


def labelled(
    design: pd.DataFrame,
    accuracy: pd.Series,
    count: int,
    choose: Choice,
    *,
    tested: float = 1 / 3,
    offered: int | None = None,
    repeats: int = 10,
    seed: int = 0,
) -> Iterator[Split]:
    """Splits with the same test parts for every choice: a random share of the architectures, which none may label.

    Args:
        design: of `untrained.fusion.candidates.design`.
        accuracy: of the same rows; a choice sees those it buys.
        count: labels.
        choose: one of `CHOICES`.
        tested: that share.
        offered: architectures to choose out of, a random part of the others, whose number the time grows with; None: all.
        repeats: draws.
        seed: of all draws.

    Raises:
        ValueError: more labels than are offered.
    """
    y = accuracy.loc[design.index].to_numpy(float)
    held = round(tested * len(design))
    if count > (most := min(len(design) - held, offered or len(design))):
        raise ValueError(f"Got count={count}, but {most} architectures are offered: ask for fewer labels or offer more.")
    for k in range(repeats):
        order = np.random.default_rng([seed, k]).permutation(len(design))
        test, pool = np.sort(order[:held]), np.sort(order[held:][:offered])
        found = choose(design.iloc[pool], count, lambda places, pool=pool: y[pool[places]], k)
        yield np.sort(pool[found]), test


def unrelated(splits: Iterable[Split], twins: pd.Series) -> Iterator[Split]:
    """The same splits, judged on those architectures only of which no twin is labelled.

    Args:
        splits: places to label, places to judge on.
        twins: a name of every architecture, equal for twins, in the order of the places.

    >>> both = np.array([0]), np.array([1, 2])
    >>> [test.tolist() for _, test in unrelated([both], pd.Series(["t", "t", "u"]))]
    [[2]]
    """
    names = twins.to_numpy()
    for train, test in splits:
        yield train, test[~np.isin(names[test], names[train])]


def drawn(results: pd.DataFrame, choice: str = RANDOM) -> pd.DataFrame:
    """Rows of a benchmark's results with labels chosen in one way: the learning curve, or those judged on one third.

    Args:
        results: with columns part, and trained (the way) where the part is `trained`.
        choice: one of `CHOICES`.
    """
    if choice == RANDOM:
        return results[results["part"] == "curve"]
    return results[results["trained"] == choice] if "trained" in results else results[:0]


def _columns(design: pd.DataFrame) -> np.ndarray:
    """Indicators and graph features; rare paths would make near copies look far apart."""
    return design.loc[:, design.columns.str.startswith(("indicator ", "graph "))].to_numpy(float)


def _disagreement(x: np.ndarray, chosen: list[int], labels: list[float], *, trees: int, seed: int) -> np.ndarray:
    """Variance over the trees of an extremely randomised forest, fitted to the ranks of the labels bought, at all places."""
    forest = ExtraTreesRegressor(trees, max_features=0.5, random_state=seed, n_jobs=1)
    forest.fit(x[chosen], rankdata(labels) / len(labels))
    return np.var([tree.predict(x) for tree in forest.estimators_], axis=0)


def _farthest(x: np.ndarray, chosen: list[int], count: int, *, among: np.ndarray | None = None) -> np.ndarray:
    """The chosen, and then the farthest from all before, out of all or of some places, up to a count."""
    allowed = np.full(len(x), -np.inf)
    allowed[slice(None) if among is None else among] = 0.0
    nearest = np.min([((x - x[place]) ** 2).sum(axis=1) for place in chosen], axis=0)
    found = list(chosen)
    while len(found) < count:
        allowed[found[-1]] = -np.inf
        found.append(int((nearest + allowed).argmax()))
        nearest = np.minimum(nearest, ((x - x[found[-1]]) ** 2).sum(axis=1))
    return np.array(found)
