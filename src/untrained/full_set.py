"""Correlations on all strings of a space, from the scores of every form with copies and of a uniform sample of the others.

Strings of one function share a form and a score. A uniform sample of forms holds the few with hundreds of copies, or lacks
them, by chance, and its correlation on strings swings with that. Here forms with copies are all scored and count as they
are, and each sampled form without a copy stands for as many as were not drawn. Key: `horvitz1952generalization`.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from untrained.stats.correlation import METRICS
from untrained.stats.intervals import draw_counts
from untrained.stats.resampled import RESAMPLED


def copied(forms: pd.Series) -> list[str]:
    """Forms that more than one string of the space has, sorted.

    Args:
        forms: form of every string of the space.
    """
    count = forms.value_counts()
    return sorted(count.index[count > 1])


def weights(forms: pd.Series, space: pd.Series) -> pd.Series:
    """How many strings of the space each scored string stands for: 1, or (forms without copies) / (those scored).

    Args:
        forms: form of every scored string, index string.
        space: form of every string of the space.

    Raises:
        ValueError: a form with copies has no score, or no form without copies has one where there are some.

    >>> space = pd.Series(["a", "a", "b", "c"])
    >>> weights(space[:3], space).tolist()
    [1.0, 1.0, 2.0]
    """
    several = set(copied(space))
    if lacking := sorted(several - set(forms)):
        raise ValueError(f"{len(lacking)} forms with copies have no score, the first {lacking[0]!r}: score all of them.")
    alone, total = ~forms.isin(several), (~space.isin(several)).sum()
    if total and not alone.any():
        raise ValueError("No form without copies has a score: score a uniform sample of them.")
    return alone.map({True: total / max(alone.sum(), 1), False: 1.0})


def log_rank(scores: pd.DataFrame, w: pd.Series) -> pd.Series:
    """`untrained.fusion.log_rank.log_rank` among all strings of the space: sum over columns of ln(rank / N), rank 1 = worst.

    Args:
        scores: directed, one row per scored string; a missing score ranks last.
        w: of `weights`, the same index.
    """
    total = pd.Series(0.0, scores.index)
    for column in scores:
        values = scores[column].astype(float).fillna(-np.inf)
        mass = w.groupby(values).sum()
        total += np.log(values.map(mass.cumsum() - mass / 2 + 0.5) / w.sum())
    return total


def estimates(
    scores: pd.DataFrame,
    accuracy: pd.Series,
    forms: pd.Series,
    space: pd.Series,
    *,
    asked: pd.DataFrame,
    sums: Mapping[str, Sequence[str]] | None = None,
    n: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """PLCC, SROCC, KROCC and RMSE of each column with accuracy on all strings of the space, from those that are scored.

    The intervals hold what the sample of forms without copies leaves open: these are resampled, the others are not. No
    correction is made for having drawn without replacement, so that they are a little too wide.

    Args:
        scores: directed, index string, equal for strings of one form; NaN where a proxy has no value: it ranks last.
        accuracy: percent, by string.
        forms: form of each string of the scores.
        space: form of every string of the space.
        asked: whether a column was computed, index form; a column may have a smaller sample than others.
        sums: parts of sums of log ranks, by the name of the column that is added; they need all their parts.
        n: resamples.
        level: coverage of the intervals.
        seed: of the resamples.

    Returns:
        Columns proxy, metric, value, low, high, n (strings scored), forms (scored), missing, invalid.

    Raises:
        ValueError: of `weights`.
    """
    rows, several = [], copied(space)
    parts = {name: (name,) for name in scores} | {k: v for k, v in (sums or {}).items() if set(v) <= set(scores)}
    for name, columns in parts.items():
        kept = forms.map(asked[list(columns)].all(axis=1)).to_numpy(bool)
        found, of, y = scores.loc[kept, list(columns)], forms[kept], accuracy[kept].to_numpy(float)
        w = weights(of, space)
        values = (found[name] if name in scores else log_rank(found, w)).astype(float).replace([np.inf, -np.inf], np.nan)
        x, stand = values.fillna(values.min()).to_numpy(), w.to_numpy()
        drawn = list(_resamples(stand, ~of.isin(several).to_numpy(), n, seed))
        about = {"proxy": name, "n": len(y), "forms": of.nunique(), "missing": int(found.isna().any(axis=1).sum())}
        for metric, function in METRICS.items():
            given, statistic = _line(x, y, stand) if metric == "rmse" else x, RESAMPLED[function]
            value = float(statistic(given, y, stand[:, None])[0])
            draws = np.concatenate([statistic(given, y, part) for part in drawn])
            low, high = np.nanquantile(draws, [(1 - level) / 2, (1 + level) / 2]) if not np.isnan(value) else (value, value)
            rows.append(about | {"metric": metric, "value": value, "low": low, "high": high, "invalid": "worst"})
    return pd.DataFrame(rows)


def _resamples(w: np.ndarray, alone: np.ndarray, n: int, seed: int) -> Iterator[np.ndarray]:
    """Weights of resamples in chunks, (strings, resamples): forms without copies are drawn anew, with replacement."""
    if not alone.any():
        yield np.repeat(w[:, None], n, axis=1)
        return
    for counts in draw_counts(int(alone.sum()), n=n, seed=seed):
        for start in range(0, counts.shape[1], 100):
            part = counts[:, start : start + 100]
            found = np.repeat(w[:, None], part.shape[1], axis=1)
            found[alone] *= part
            yield found


def _line(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Values of the weighted least-squares line of y on x."""
    x, mean = x - np.average(x, weights=w), np.average(y, weights=w)
    spread = np.sqrt(np.average(x**2, weights=w))
    return mean + (x / spread * np.average(x / spread * y, weights=w) if spread > 0 else 0 * x)
