"""Is an indicator more than size? What is left of its rank correlation among architectures of equal or close size.

m is an indicator, y the accuracy, s the size (#Param), vectors of one length n; a group holds architectures of one size.
Key of the protocol: `yang2023revisiting`; the partial correlation and the bins of close sizes are additions to it.
"""

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from untrained.stats.correlation import krocc, pair, srocc
from untrained.stats.intervals import draw_counts
from untrained.stats.resampled import krocc_resampled, srocc_resampled

PAIRED = 3000
"""Up to so many architectures all pairs are held at once; beyond, resamples are sorted."""


def in_groups(m: ArrayLike, y: ArrayLike, groups: ArrayLike) -> pd.DataFrame:
    """Kendall's tau-b of m with y inside every group: columns group, n, value.

    Undefined in a group of one, or where m or y is constant: nan.
    """
    m, y = pair(m, y)
    parts = [(label, places) for label, places in _places(groups)]
    found = [krocc(m[p], y[p]) if len(p) > 1 else np.nan for _, p in parts]
    return pd.DataFrame({"group": [label for label, _ in parts], "n": [len(p) for _, p in parts], "value": found})


def within(m: ArrayLike, y: ArrayLike, groups: ArrayLike) -> float:
    """Mean over groups of the tau-b inside them, weighted by their sizes: sum_g n_g tau_g / sum_g n_g.

    Groups without a tau are left out; nan where no group has one.

    >>> within([1, 2, 1, 2], [5, 6, 9, 8], ["a", "a", "b", "b"])
    0.0
    """
    found = in_groups(m, y, groups).dropna()
    return float(np.average(found["value"], weights=found["n"])) if len(found) else float("nan")


def partial_srocc(m: ArrayLike, y: ArrayLike, s: ArrayLike) -> float:
    """Spearman's correlation of m and y given s: (r_my - r_ms r_ys) / sqrt((1 - r_ms^2)(1 - r_ys^2)).

    Undefined when s orders m or y as they stand, or one is constant: nan.

    >>> round(partial_srocc([1, 2, 3, 4], [2, 1, 4, 3], [1, 1, 2, 2]), 6)
    -1.0
    """
    return float(_partial(*(np.array(srocc(a, b)) for a, b in ((m, y), (m, s), (y, s)))))


def control(
    scores: pd.DataFrame,
    accuracy: pd.Series,
    groups: ArrayLike,
    *,
    size: str = "params",
    n: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    together: Sequence[Hashable] | None = None,
    asked: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Every indicator against accuracy, against size, and against accuracy at equal size, with bootstrap intervals.

    Quantities: `overall` (m with y), `entanglement` (m with s), both in krocc and srocc; `within` (krocc inside the groups,
    size-weighted mean); `partial` (srocc of m and y given s); `lost` (krocc, overall less within, on the same resamples);
    `group` (krocc of each single group, without interval). A missing score counts as the worst of its column; indicators
    without any score are left out. Architectures keep their groups when resampled.

    Args:
        scores: directed (higher is better), index arch.
        accuracy: percent, by arch.
        groups: label of equal or close size of each row.
        size: the column that is size.
        n: resamples.
        level: coverage of the intervals.
        seed: of the bootstrap.
        together: labels of equal cells, resampled together.
        asked: of `untrained.scores.asked`: an indicator is judged on the architectures it was computed for; all by default.

    Returns:
        Columns proxy, quantity, metric, group, value, low, high, se (standard deviation over resamples), n (architectures
        behind the value), missing, groups (with a tau, of `within`).
    """
    y, s = accuracy.loc[scores.index].to_numpy(float), scores[size].to_numpy(float)
    labels, cells = np.asarray(groups), None if together is None else np.asarray(together)
    judged, judges, rows = _judged(scores, asked), {}, []
    for name, column in scores.items():
        used = judged[name].to_numpy()
        if (key := used.tobytes()) not in judges:
            draws = list(draw_counts(used.sum(), n=n, seed=seed, groups=None if cells is None else cells[used]))
            judges[key] = _Judge(y[used], s[used], labels[used], draws, level)
        values = column.to_numpy(float)[used]
        missing = int(np.isnan(values).sum())
        if missing < len(values):
            m = np.where(np.isfinite(values), values, np.nanmin(values))
            rows += [{"proxy": name, **row, "missing": missing} for row in judges[key].rows(m)]
    columns = ["proxy", "quantity", "metric", "group", "value", "low", "high", "se", "n", "missing", "groups"]
    return pd.DataFrame(rows, columns=columns)


def search_in_groups(
    scores: pd.DataFrame,
    accuracy: pd.Series,
    groups: ArrayLike,
    *,
    sample: int = 100,
    repetitions: int = 100,
    seed: int = 0,
    asked: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Draw `sample` architectures, keep the one with the best score: among all, and inside every group.

    Inside groups a repetition's accuracy is the mean over groups weighted by their sizes; a group of fewer than `sample` is
    drawn whole. The pick `random` takes the first one drawn, `best` the most accurate; ties go to the one drawn first.

    Args:
        scores: directed, index arch; missing scores are never picked before others.
        accuracy: percent, by arch.
        groups: label of each row.
        sample: N.
        repetitions: number of searches.
        seed: of the samples.
        asked: of `untrained.scores.asked`: indicators that were not computed for all architectures do not search.

    Returns:
        Columns proxy, quantity (`search` or `search_within`), value (mean accuracy), low, high (central 95 % of the
        repetitions), n (architectures drawn).
    """
    y = accuracy.loc[scores.index].to_numpy(float)
    scores = scores.loc[:, _judged(scores, asked).all()]
    values = np.nan_to_num(scores.to_numpy(float), nan=-np.inf, neginf=-np.inf, posinf=-np.inf)
    columns = np.column_stack([values, np.zeros(len(y)), y])
    names, parts = [*scores.columns, "random", "best"], [places for _, places in _places(groups)]
    generator = np.random.default_rng([seed, 1])
    found = {"search": [], "search_within": []}
    for _ in range(repetitions):
        found["search"].append(_picked(columns, y, np.arange(len(y)), sample, generator))
        inside = [_picked(columns, y, part, sample, generator) for part in parts]
        found["search_within"].append(np.average(inside, axis=0, weights=[len(part) for part in parts]))
    drawn = {"search": min(sample, len(y)), "search_within": sum(min(sample, len(part)) for part in parts)}
    tables = []
    for quantity, runs in found.items():
        low, high = np.quantile(runs, [0.025, 0.975], axis=0)
        about = {"proxy": names, "quantity": quantity, "value": np.mean(runs, axis=0), "low": low, "high": high}
        tables.append(pd.DataFrame(about | {"n": drawn[quantity]}))
    return pd.concat(tables, ignore_index=True)


def _judged(scores: pd.DataFrame, asked: pd.DataFrame | None) -> pd.DataFrame:
    """Where an indicator was computed, with or without a value."""
    if asked is None:
        return pd.DataFrame(True, scores.index, scores.columns)
    return scores.notna() | asked.reindex(index=scores.index, columns=scores.columns, fill_value=False)


def _picked(
    columns: np.ndarray, y: np.ndarray, places: np.ndarray, sample: int, generator: np.random.Generator
) -> np.ndarray:
    order = generator.permutation(places)[:sample]
    return y[order[columns[order].argmax(axis=0)]]


class _Judge:
    """What all indicators of one table share: accuracy, size and groups, each with its resamples."""

    def __init__(self, y: np.ndarray, s: np.ndarray, groups: np.ndarray, chunks: list[np.ndarray], level: float) -> None:
        self.y, self.s, self.groups, self.chunks, self.level = y, s, groups, chunks, level
        self.accuracy, self.size = _Truth(y, chunks), _Truth(s, chunks)
        self.parts = [(p, _Truth(y[p], [counts[p] for counts in chunks])) for _, p in _places(groups) if len(p) > 1]
        self.drawn = [np.concatenate([counts[p].sum(0) for counts in chunks]) for p, _ in self.parts]
        self.size_rho = self._rho(y, s)

    def rows(self, m: np.ndarray) -> list[dict]:
        """All rows of one indicator without missing scores."""
        y, s = self.y, self.s
        tau, inside, rho, size_rho = self.accuracy.tau(m), self._within(m), self._rho(m, y), self._rho(m, s)
        alone, rest = in_groups(m, y, self.groups), within(m, y, self.groups)
        told = {"n": int(alone.dropna()["n"].sum()), "groups": int(alone["value"].notna().sum())}
        rows = [
            self._row("overall", "krocc", krocc(m, y), tau),
            self._row("overall", "srocc", srocc(m, y), rho),
            self._row("entanglement", "krocc", krocc(m, s), self.size.tau(m)),
            self._row("entanglement", "srocc", srocc(m, s), size_rho),
            self._row("within", "krocc", rest, inside) | told,
            self._row("partial", "srocc", partial_srocc(m, y, s), _partial(rho, size_rho, self.size_rho)),
            self._row("lost", "krocc", krocc(m, y) - rest, tau - inside) | told,
        ]
        groups = alone.assign(group=alone["group"].astype(str)).to_dict("records")
        return rows + [{"quantity": "group", "metric": "krocc", **group} for group in groups]

    def _rho(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.concatenate([srocc_resampled(a, b, counts) for counts in self.chunks])

    def _within(self, m: np.ndarray) -> np.ndarray:
        """`within` of each resample: groups are weighted by how many of their members were drawn."""
        total, weight = 0.0, 0.0
        for (places, truth), drawn in zip(self.parts, self.drawn, strict=True):
            tau = truth.tau(m[places])
            told = drawn * ~np.isnan(tau)
            total, weight = total + told * np.nan_to_num(tau), weight + told
        with np.errstate(invalid="ignore"):
            return np.asarray(total / weight if self.parts else np.full_like(self.size_rho, np.nan))

    def _row(self, quantity: str, metric: str, value: float, resampled: np.ndarray) -> dict:
        row = {"quantity": quantity, "metric": metric, "group": "", "value": value, "n": len(self.y)}
        if np.isnan(value) or np.isnan(resampled).all():
            return row
        low, high = np.nanquantile(resampled, [(1 - self.level) / 2, (1 + self.level) / 2])
        return row | {"low": float(low), "high": float(high), "se": float(np.nanstd(resampled, ddof=1))}


class _Truth:
    """A vector with which many others are compared, resample by resample, over all pairs of its architectures.

    With O_ij = sign(m_i - m_j), P_ij = sign(y_i - y_j) and c a resample's counts, tau-b is
    c' (O * P) c / sqrt(c' |O| c  c' |P| c): few products of matrices, ten times as fast as sorting below a thousand or so.
    """

    def __init__(self, y: np.ndarray, chunks: list[np.ndarray]) -> None:
        self.y, self.chunks = y, chunks
        if len(y) <= PAIRED:
            self.order = _order(y)
            self.untied = self._over_pairs(np.abs(self.order))

    def tau(self, m: np.ndarray) -> np.ndarray:
        """`krocc` of each resample; nan where a resample is constant."""
        if len(m) > PAIRED:
            return np.concatenate([krocc_resampled(m, self.y, counts) for counts in self.chunks])
        order = _order(m)
        with np.errstate(invalid="ignore"):
            return self._over_pairs(order * self.order) / np.sqrt(self._over_pairs(np.abs(order)) * self.untied)

    def _over_pairs(self, matrix: np.ndarray) -> np.ndarray:
        """Quadratic form c' matrix c; exact, since sums of a row stay below 2^24."""
        return np.concatenate([np.einsum("nr,nr->r", matrix @ c.astype(np.float32), c) for c in self.chunks])


def _order(values: np.ndarray) -> np.ndarray:
    return np.sign(values[:, None] - values).astype(np.float32)


def _partial(my: np.ndarray, ms: np.ndarray, ys: np.ndarray) -> np.ndarray:
    rest = (1 - ms**2) * (1 - ys**2)
    return np.divide(my - ms * ys, np.sqrt(rest), out=np.full(np.shape(my), np.nan), where=rest > 1e-12)


def _places(groups: ArrayLike) -> list[tuple[Hashable, np.ndarray]]:
    """Labels and members of the groups, in the order of the labels."""
    labels, codes = np.unique(np.asarray(groups), return_inverse=True)
    return [(label, np.flatnonzero(codes == code)) for code, label in enumerate(labels.tolist())]
