"""Label-free fusions that were tried beside the ones in use: kept, so that their figures can be made again.

Each is learned on other benchmarks, or on no accuracy at all, and applied unchanged.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.optimize import nnls
from scipy.stats import rankdata
from sklearn.base import RegressorMixin
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.model_selection import KFold, cross_val_predict

from untrained.fusion.boosting import MonotoneBoosting
from untrained.fusion.candidates import ranks
from untrained.fusion.carried import Judged, Stable, correlations, logs_of
from untrained.fusion.consensus import consensus

GENERIC = ("count", "longest", "mean", "shortest"), ("conv", "operation", "pool", "skip")
"""Graph features that benchmarks share, in two words: what is counted, of which kind of operation."""
Rows = dict[str, tuple[pd.DataFrame, np.ndarray, float]]


def tried(
    scores: pd.DataFrame,
    graph: pd.DataFrame,
    others: Mapping[str, Judged],
    graphs: Mapping[str, pd.DataFrame],
    *,
    trees: int = 60,
    seed: int = 0,
) -> pd.DataFrame:
    """One column per fusion, higher is better; without other benchmarks only the one that needs none.

    Args:
        scores: wide, directed.
        graph: graph features of the same architectures.
        others: tables of other benchmarks.
        graphs: graph features of theirs, by the same keys.
        trees: of the forests.
        seed: of the forests.
    """
    forest = ExtraTreesRegressor(trees, max_features=0.3, min_samples_leaf=50, random_state=seed, n_jobs=1)
    found = {"consensus, smoothed over graphs": _smoothed(consensus(scores), graph, trees, seed)}
    if others:
        plain, wide = _rows(others), _rows(others, graphs)
        own, shared = ranks(scores), _generic(graph)
        found |= {
            "trees, carried": _learned(forest, plain, own),
            "trees on graphs too, carried": _learned(forest, wide, own.join(shared)),
            "monotone trees, carried": _learned(MonotoneBoosting(steps=50), plain, own),
        }
        found |= {name: np.log(own) @ w.reindex(own.columns).fillna(0.0) for name, w in _weights(others, scores).items()}
        stable = Stable().fit(others).weights_
        kept = [name for name in stable.index[stable > 0] if name in own]
        found["consensus of the stable"] = consensus(scores[kept]) if len(kept) > 1 else consensus(scores)
    return pd.DataFrame({name: pd.Series(np.asarray(values), scores.index) for name, values in found.items()})


def _generic(graph: pd.DataFrame) -> pd.DataFrame:
    """Ranks of the graph features whose names say the same on every benchmark."""
    names = [" ".join((what, kind)) for what in GENERIC[0] for kind in GENERIC[1]]
    return ranks(graph[[name for name in ("paths", *names) if name in graph]]).add_prefix("graph ")


def _rows(others: Mapping[str, Judged], graphs: Mapping[str, pd.DataFrame] | None = None) -> Rows:
    """Columns that all have, the ranks of accuracy, and the weight of a row, by key: every benchmark counts equally."""
    found = {key: np.exp(table) for key, table in logs_of(others).items()}
    if graphs is not None:
        found = {key: table.join(_generic(graphs[key])) for key, table in found.items()}
    share = pd.Series([table.benchmark for table in others.values()]).value_counts()
    common = sorted(set.intersection(*(set(table) for table in found.values())))
    return {
        key: (found[key][common], rankdata(t.accuracy) / len(t.accuracy), 1 / len(t.accuracy) / share[t.benchmark])
        for key, t in others.items()
    }


def _learned(learner: RegressorMixin, rows: Rows, mine: pd.DataFrame) -> np.ndarray:
    """Fit on the columns that the candidates have too; indicators are named as `MonotoneBoosting` wants them."""
    common = [name for name in next(iter(rows.values()))[0] if name in mine]
    names = [name if name.startswith("graph ") else f"indicator {name}" for name in common]
    x = pd.concat([table[common] for table, _, _ in rows.values()]).set_axis(names, axis=1)
    y = np.concatenate([target for _, target, _ in rows.values()])
    weights = np.concatenate([np.full(len(target), weight) for _, target, weight in rows.values()])
    return learner.fit(x, y, sample_weight=weights / weights.mean()).predict(mine[common].set_axis(names, axis=1))


def _weights(others: Mapping[str, Judged], scores: pd.DataFrame) -> dict[str, pd.Series]:
    """Weights of ln(m_j) by other rules than `Carried` and `Stable`.

    `towards equal`: those of `Carried`, drawn to one weight for all by a penalty of the size of the data. `worst case`: the
    least correlation of an indicator on any benchmark. `own redundancy`: (S + I)^-1 c with w >= 0, S the correlations of
    the indicators among the candidates themselves and c their mean correlations with accuracy elsewhere.
    """
    means, own = correlations(others), np.log(ranks(scores))
    names = [name for name in means if name in own]
    means, own = means[names], own[names]
    root = np.linalg.cholesky(own.corr().to_numpy() + np.eye(len(names)))
    solved = nnls(root.T, np.linalg.solve(root, means.mean().to_numpy()))[0]
    return {
        "worst case": means.min().clip(lower=0.0),
        "own redundancy": pd.Series(solved, names) / own.std(),
        "towards equal": _towards_equal(_rows(others), names),
    }


def _towards_equal(rows: Rows, names: list[str]) -> pd.Series:
    """The least of |A w - b|^2 + tr(A'A) / p |w - w0|^2 with w >= 0, w0 the equal weights nearest to the data."""
    centred = [(np.log(x[names]).to_numpy(), y, np.sqrt(weight)) for x, y, weight in rows.values()]
    a = np.vstack([weight * (x - x.mean(axis=0)) for x, _, weight in centred])
    b = np.concatenate([weight * (y - y.mean()) for _, y, weight in centred])
    total = a.sum(axis=1)
    equal = np.full(len(names), max(total @ b / (total @ total), 0.0))
    penalty = np.sqrt((a**2).sum() / len(names))
    return pd.Series(nnls(np.vstack([a, penalty * np.eye(len(names))]), np.append(b, penalty * equal))[0], names)


def _smoothed(score: pd.Series, graph: pd.DataFrame, trees: int, seed: int) -> np.ndarray:
    """What trees on graph features predict of the rank of a score, of architectures that they have not seen; and the score.

    A score of untrained networks is noisy by their random weights; what neighbours in the space of graphs have in common
    is not.
    """
    places = score.rank() / len(score)
    forest = ExtraTreesRegressor(trees, max_features=0.5, min_samples_leaf=3, random_state=seed, n_jobs=1)
    folds = KFold(10, shuffle=True, random_state=seed)
    return (places + rankdata(cross_val_predict(forest, graph, places, cv=folds)) / len(score)).to_numpy()
