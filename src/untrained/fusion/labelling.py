"""Which architectures to train first: spread over the space, without a look at any accuracy."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from untrained.fusion.process import PRIOR
from untrained.stats.splits import Split


def space_filling(design: pd.DataFrame, count: int, *, seed: int = 0) -> np.ndarray:
    """Places of architectures, each the farthest from those chosen before, in the distance that `RankProcess` uses.

    The first one is random. Key: `gonzalez1985clustering`.

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
    x = design.loc[:, ~design.columns.str.startswith(PRIOR)].to_numpy(float)
    chosen = [int(np.random.default_rng(seed).integers(len(x)))]
    nearest = ((x - x[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < count:
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, ((x - x[chosen[-1]]) ** 2).sum(axis=1))
    return np.sort(np.array(chosen))


def spread(design: pd.DataFrame, count: int, *, repeats: int = 10, seed: int = 0) -> Iterator[Split]:
    """Splits whose training part is `space_filling` from different first ones; all the rest is for testing."""
    for start in np.random.default_rng(seed).integers(2**31, size=repeats):
        train = space_filling(design, count, seed=int(start))
        yield train, np.setdiff1d(np.arange(len(design)), train, assume_unique=True)
