"""Random splits into training and test architectures, with equal cells kept together."""

from collections.abc import Hashable, Iterator, Sequence

import numpy as np
import pandas as pd

Split = tuple[np.ndarray, np.ndarray]


def repeated_splits(
    n: int, n_train: int, *, repeats: int = 20, seed: int = 0, groups: Sequence[Hashable] | np.ndarray | None = None
) -> Iterator[Split]:
    """Yield (train, test) index arrays of `repeats` random splits; everything that is not for training is for testing.

    Split k depends on (seed, k) alone, so for one k a smaller training set is a part of a larger one when no groups are
    given. With groups, whole groups are drawn in random order and one that would overshoot is left for testing: the
    training part has n_train members, or a few fewer where no group fits.

    Args:
        n: number of architectures.
        n_train: number of architectures to train on.
        repeats: number of splits.
        seed: seed of all splits.
        groups: one label per architecture; equal labels never fall on both sides.

    Yields:
        Sorted indices of the training part and of the test part.

    Raises:
        ValueError: if n_train leaves no two architectures to test on, or groups has another length.

    >>> [(len(train), len(test)) for train, test in repeated_splits(10, 4, repeats=2)]
    [(4, 6), (4, 6)]
    """
    if not 1 <= n_train <= n - 2:
        raise ValueError(f"Got n_train={n_train} of {n} architectures, wanted 1 to {n - 2}: a test part needs at least 2.")
    if groups is not None and len(groups) != n:
        raise ValueError(f"Got {len(groups)} group labels for {n} architectures, wanted one each.")
    members = _members(groups) if groups is not None else [np.array([i]) for i in range(n)]
    for k in range(repeats):
        train = _draw(members, n_train, np.random.default_rng([seed, k]))
        yield train, np.setdiff1d(np.arange(n), train, assume_unique=True)


def _members(groups: Sequence[Hashable] | np.ndarray) -> list[np.ndarray]:
    codes = pd.factorize(np.asarray(groups, object) if not isinstance(groups, np.ndarray) else groups)[0]
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)


def _draw(members: list[np.ndarray], n_train: int, generator: np.random.Generator) -> np.ndarray:
    chosen, size = [], 0
    for i in generator.permutation(len(members)):
        if size + len(members[i]) <= n_train:
            chosen.append(members[i])
            size += len(members[i])
        if size == n_train:
            break
    if not chosen:
        raise ValueError(f"No group has at most n_train={n_train} members: raise n_train.")
    return np.sort(np.concatenate(chosen))
