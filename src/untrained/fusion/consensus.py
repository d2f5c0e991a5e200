"""Fusion without labels by what rankers agree on: each counts by its estimated reliability, near copies count once.

If rankers err independently given the truth, the correlation of rankers i and j is r_i r_j, with r_i that of ranker i with
the truth: off the diagonal a matrix of rank one, whose leading eigenvector is r up to scale. Key: `parisi2014ranking`.
"""

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from untrained.fusion.candidates import ranks

COPIES = 0.2
"""Indicators closer than this (1 - Spearman's correlation, average linkage) count as one ranker."""


def reliabilities(correlation: pd.DataFrame, *, steps: int = 200) -> pd.Series:
    """r_i >= 0 with r_i r_j nearest to the correlations off the diagonal; the diagonal is replaced by r_i^2 in turns.

    Rankers of a negative r, against the majority, get 0.

    Args:
        correlation: of rankers, symmetric.
        steps: turns at most.

    >>> truth = np.array([0.9, 0.5, 0.3])
    >>> reliabilities(pd.DataFrame(np.outer(truth, truth))).round(3).tolist()
    [0.9, 0.5, 0.3]
    """
    matrix = correlation.to_numpy(float).copy()
    np.fill_diagonal(matrix, 0.5)
    r = np.zeros(len(matrix))
    for _ in range(steps):
        values, vectors = np.linalg.eigh(matrix)
        vector = vectors[:, -1] * (np.sign(vectors[:, -1].sum()) or 1.0)
        found = np.clip(vector * np.sqrt(max(values[-1], 0.0)), -1.0, 1.0)
        np.fill_diagonal(matrix, found**2)
        if np.abs(found - r).max() < 1e-9:
            break
        r = found
    return pd.Series(np.clip(found, 0.0, None), index=correlation.index)


def groups_of_copies(correlation: pd.DataFrame, distance: float = COPIES) -> np.ndarray:
    """Number of the group of every indicator: average linkage of 1 - correlation, cut at a distance."""
    if len(correlation) < 2:
        return np.ones(len(correlation), int)
    apart = np.clip(1.0 - correlation.to_numpy(float), 0.0, 2.0)
    np.fill_diagonal(apart, 0.0)
    return fcluster(linkage(squareform((apart + apart.T) / 2, checks=False), "average"), distance, "distance")


def consensus(scores: pd.DataFrame, *, distance: float = COPIES) -> pd.Series:
    """sum_g r_g ln(m_g): m_g the rank of the mean rank in a group of near copies, r_g its estimated reliability.

    Like `log_rank`, a bad place in a reliable group weighs more than a good one; unlike it, no indicator is picked by hand.

    Args:
        scores: a wide table of the candidates, directed.
        distance: of near copies.

    Returns:
        One value per candidate, higher is better; 0 would be best in every group.
    """
    found = ranks(scores)
    labels = groups_of_copies(found.corr(), distance)
    means = found.T.groupby(labels).mean().T
    merged = ranks(means)
    return np.log(merged) @ reliabilities(merged.corr())
