"""Fronts of error and complexity: what none dominates, and how good an approximation of it is."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike
from pymoo.indicators.hv import HV
from pymoo.indicators.igd import IGD
from pymoo.indicators.igd_plus import IGDPlus

REFERENCE = (1.05, 1.05)
"""Reference point of the hypervolume (vo2024pdns)."""


def plane(accuracy: ArrayLike, complexity: ArrayLike) -> np.ndarray:
    """Points (n, 2), smaller is better: error in [0, 1] of an accuracy in percent, complexity scaled to [0, 1] over all.

    >>> plane([90, 50], [20, 10]).round(3).tolist()
    [[0.1, 1.0], [0.5, 0.0]]
    """
    complexity = np.asarray(complexity, float)
    spread = np.ptp(complexity)
    return np.column_stack([1 - np.asarray(accuracy, float) / 100, (complexity - complexity.min()) / (spread or 1.0)])


def front(points: ArrayLike) -> np.ndarray:
    """Distinct points (m, 2) that no other dominates, by the first coordinate.

    >>> front([[0.5, 0.5], [0, 1], [1, 0], [0.5, 0.6], [0, 1]]).tolist()
    [[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]]
    """
    points = np.unique(np.asarray(points, float), axis=0)
    lowest = np.minimum.accumulate(np.concatenate([[np.inf], points[:-1, 1]]))
    return points[points[:, 1] < lowest]


def quality(points: ArrayLike, true_front: ArrayLike, *, reference: tuple[float, float] = REFERENCE) -> Mapping[str, float]:
    """Indicators of an approximation; dominated and repeated points change none of them.

    `hv`: area that is dominated, up to the reference point; larger is better.
    `igd`: mean over the true front of the distance to the nearest point; smaller is better.
    `igd_plus`: the same, counting only by how much a point is worse in each coordinate.

    >>> found = quality([[0.5, 0.5]], [[0, 1], [1, 0]])
    >>> [round(found[name], 6) for name in ("hv", "igd", "igd_plus")]
    [0.3025, 0.707107, 0.5]
    """
    points, true_front = front(points), np.asarray(true_front, float)
    return {
        "hv": float(HV(ref_point=np.array(reference))(points)),
        "igd": float(IGD(true_front)(points)),
        "igd_plus": float(IGDPlus(true_front)(points)),
    }
