"""Searches that follow one indicator, or a fusion of some whose labels are paid for."""

import numpy as np

from untrained.search import Search, Space, method


@method(needs=("features",), cite="abdelfattah2021zerocost")
def indicator_order(space: Space, rng: np.random.Generator, *, indicator: str = "params") -> Search:
    """Query the architectures with the highest score, best first; of equals a random one; missing scores last."""
    for row in _descending(space.indicator(indicator), rng):
        yield space.architectures[row]


@method(needs=("features",), cite="mellor2021nwot")
def best_of_sample(space: Space, rng: np.random.Generator, *, indicator: str = "naswot", sample: int = 1000) -> Search:
    """The architecture with the highest score in a random sample, without one query.

    Args:
        space: searched.
        rng: of all draws.
        indicator: the score.
        sample: architectures drawn, none twice; all where there are fewer.
    """
    drawn = rng.permutation(len(space.architectures))[:sample]
    return space.architectures[drawn[_descending(space.indicator(indicator)[drawn], rng)[0]]]
    yield


@method(needs=("cj", "os", "nlr", "cnntk"), cite="tran2021fusion")
def fusion_indicator(
    space: Space,
    rng: np.random.Generator,
    *,
    queries: float,
    indicators: tuple[str, ...] = ("cj", "os", "nlr", "cnntk"),
    logarithm: tuple[str, ...] = ("os", "cnntk"),
    share: float = 0.5,
) -> Search:
    """Query random architectures as labels, fit a weighted sum of indicators to them, then query the best of its ranking.

    FI = b_0 + sum_i b_i z_i by least squares on the labels; os and cnntk by the logarithm of their magnitude.

    Args:
        space: searched.
        rng: of all draws.
        queries: the budget, labels included.
        indicators: summed.
        logarithm: those that span decades.
        share: of the queries that are labels, at least one more than there are indicators.
    """
    columns = space.indicators(indicators)
    for i in (i for i, name in enumerate(indicators) if name in logarithm):
        column = columns[:, i]
        columns[:, i] = np.sign(np.nansum(column)) * np.log(np.abs(column) + 1e-12)
    columns = np.where(np.isfinite(columns), columns, np.nanmin(np.where(np.isfinite(columns), columns, np.nan), axis=0))
    design = np.column_stack([columns, np.ones(len(columns))])
    order, values = rng.permutation(len(columns)), []
    labels = order[: int(max(share * min(queries, len(order)), design.shape[1]))]
    for row in labels:
        values.append((yield space.architectures[row]))
    weights = np.linalg.lstsq(design[labels], np.array(values), rcond=None)[0]
    for row in _descending(design @ weights, rng):
        yield space.architectures[row]


def _descending(scores: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Rows from the highest score to the lowest, equals in random order, missing ones last."""
    keys = np.where(np.isfinite(scores), scores, -np.inf)
    return np.lexsort((rng.random(len(keys)), -keys))
