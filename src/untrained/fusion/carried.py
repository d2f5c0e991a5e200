"""Fusion that has seen other benchmarks only: learned on their labels, applied unchanged; and the choice among such scores.

The honest test of a learned fusion without labels: everything of the judged benchmark but its accuracies is used, and no
accuracy of any of its data sets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
from scipy.optimize import nnls
from scipy.stats import rankdata
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from untrained.fusion.candidates import over_twins, ranks
from untrained.fusion.consensus import consensus
from untrained.fusion.log_rank import AZ_NAS, VKDNW_AGG, log_rank
from untrained.stats.correlation import krocc


@dataclass(frozen=True)
class Judged:
    """A table of scores with its accuracies.

    Attributes:
        scores: wide, directed, index arch.
        accuracy: by arch, of the same rows.
        benchmark: whose it is; data sets of one benchmark are never source and target of one another.
        space: of architectures; benchmarks may share it.
        twins: a name of every architecture, equal for twins (`untrained.twins`); None: nobody has one.
        photographs: whether accuracies are of them.
    """

    scores: pd.DataFrame
    accuracy: pd.Series
    benchmark: str
    space: str
    twins: pd.Series | None = None
    photographs: bool = True


class Carried(BaseEstimator):
    """sum_j w_j ln(m_j) with w >= 0, least squares on the ranks of accuracy of other benchmarks; m_j as in `ranks`.

    Every benchmark counts equally, and so does every data set of one. Only indicators that all of them have are used: a
    weight of 0 means that an indicator adds nothing to the others, or would count against its direction.

    Attributes:
        weights_: by indicator.

    Example:
        >>> scores = pd.DataFrame({"good": [1.0, 2.0, 3.0, 4.0], "bad": [4.0, 3.0, 2.0, 1.0]})
        >>> table = Judged(scores, pd.Series([10.0, 20.0, 30.0, 40.0]), "one", "one")
        >>> Carried().fit({"one": table}).predict(scores).rank().tolist()
        [1.0, 2.0, 3.0, 4.0]
    """

    def fit(self, tables: Mapping[str, Judged], y: None = None) -> Self:
        """Learn the weights.

        Args:
            tables: by key; more of one benchmark share its weight.
            y: there for the convention only, the tables hold the accuracies.
        """
        found = logs_of(tables)
        common = next(iter(found.values())).columns
        share = pd.Series([table.benchmark for table in tables.values()]).value_counts()
        rows, targets = [], []
        for key, table in tables.items():
            weight = 1 / np.sqrt(len(table.scores) * share[table.benchmark])
            x, y = found[key].to_numpy(), rankdata(table.accuracy) / len(table.accuracy)
            rows.append(weight * (x - x.mean(axis=0)))
            targets.append(weight * (y - y.mean()))
        self.weights_ = pd.Series(nnls(np.vstack(rows), np.concatenate(targets))[0], index=common)
        return self

    def predict(self, scores: pd.DataFrame) -> pd.Series:
        """One value per candidate, higher is better; an indicator that is missing here counts nothing."""
        check_is_fitted(self)
        return _weighted(scores, self.weights_)


DEVIATIONS = 2.0
"""Standard deviations between benchmarks that an indicator has to stand above zero by."""


class Stable(BaseEstimator):
    """sum_j w_j ln(m_j) with w_j = max(mean_b c_jb - 2 sd_b c_jb, 0): what j is likely to keep on a benchmark not seen.

    c_jb: Pearson's correlation of ln(m_j) with the rank of accuracy on benchmark b, mean over its data sets. Unlike
    `Carried`, each indicator is weighed alone: a fit of weights to one another tells the benchmarks apart that it has seen.
    Where nothing stands so far above zero, w_j = max(mean_b c_jb, 0); a single benchmark has no deviation.

    Attributes:
        weights_: by indicator.

    Example:
        >>> scores = pd.DataFrame({"good": [1.0, 2.0, 3.0, 4.0], "bad": [4.0, 3.0, 2.0, 1.0]})
        >>> table = Judged(scores, pd.Series([10.0, 20.0, 30.0, 40.0]), "one", "one")
        >>> Stable().fit({"one": table}).weights_.round(2).to_dict()
        {'bad': 0.0, 'good': 0.96}
    """

    def fit(self, tables: Mapping[str, Judged], y: None = None) -> Self:
        """Learn the weights.

        Args:
            tables: by key; more of one benchmark share its weight.
            y: there for the convention only, the tables hold the accuracies.
        """
        means = correlations(tables)
        least = (means.mean() - DEVIATIONS * means.std().fillna(0.0)).clip(lower=0.0)
        self.weights_ = least if least.any() else means.mean().clip(lower=0.0)
        return self

    def predict(self, scores: pd.DataFrame) -> pd.Series:
        """One value per candidate, higher is better; an indicator that is missing here counts nothing."""
        check_is_fitted(self)
        return _weighted(scores, self.weights_)


def logs_of(tables: Mapping[str, Judged]) -> dict[str, pd.DataFrame]:
    """ln(m_j) of the indicators that all tables have, in one order.

    Args:
        tables: by key.

    Raises:
        ValueError: no table, or no indicator that all tables have.
    """
    if not tables:
        raise ValueError("There is no other benchmark to learn from: score one, or use `consensus`, which needs none.")
    found = {key: ranks(table.scores) for key, table in tables.items()}
    common = sorted(set.intersection(*(set(table) for table in found.values())))
    if not common:
        raise ValueError(f"No indicator has values on all of {', '.join(tables)}.")
    return {key: np.log(table[common]) for key, table in found.items()}


def correlations(tables: Mapping[str, Judged]) -> pd.DataFrame:
    """c_jb of `Stable`: one row per benchmark b, the mean over its data sets; one column per indicator j that all have.

    Args:
        tables: by key.
    """
    logs = logs_of(tables)
    places = {key: table.accuracy.rank().loc[table.scores.index] for key, table in tables.items()}
    found = pd.DataFrame({key: logs[key].corrwith(places[key]) for key in tables}).T
    return found.groupby({key: table.benchmark for key, table in tables.items()}).mean()


def _weighted(scores: pd.DataFrame, weights: pd.Series) -> pd.Series:
    found = ranks(scores)
    used = [name for name in weights.index[weights > 0] if name in found]
    return np.log(found[used]) @ weights[used]


class Named(NamedTuple):
    """A log-rank sum of indicators that were picked by hand.

    Attributes:
        parts: the indicators.
        labels_of: the benchmark whose accuracies picked them; there the sum is not free of labels. Empty: none.
    """

    parts: tuple[str, ...]
    labels_of: str = ""


NAMED = {
    "az_nas": Named(AZ_NAS),
    "vkdnw_agg": Named(VKDNW_AGG),
    "params and jacob_cov": Named(("params", "jacob_cov"), "nas_bench_201"),
}
"""The sums by name."""


EVERY = "mean of all fusions"
"""The label-free score in use. Which of the fusions is best cannot be known without labels, and a pick by a few other
benchmarks swings with each one that joins them."""


def without_labels(
    scores: pd.DataFrame,
    others: Mapping[str, Judged],
    *,
    benchmark: str = "",
    space: str = "",
    twins: pd.Series | None = None,
) -> pd.DataFrame:
    """Every score of the candidates that needs none of their labels: single indicators, aggregates, carried fusions.

    Single indicators and the sums that others have named are as published; the rest reads means over twins.

    Args:
        scores: wide, directed.
        others: tables of other benchmarks; `carried` learns from all, `carried, other spaces` from those of another space.
        benchmark: of the candidates; a named sum that its accuracies picked is left out.
        space: of the candidates.
        twins: a name of every candidate, equal for twins.

    Returns:
        One column per score, index as the scores; an aggregate of named indicators only where all of them are there. The
        last one, `EVERY`, is the mean rank in all columns that are no single indicator, each with equal weight.
    """
    given = over_twins(scores, twins)
    found = {name: scores[name] for name in given}
    found |= {"consensus": consensus(given), "log rank of all": log_rank(given, list(given))}
    named = {name: one.parts for name, one in NAMED.items() if one.labels_of not in {benchmark, space} - {""}}
    found |= {name: log_rank(scores, parts) for name, parts in named.items() if set(parts) <= set(found)}
    far = {key: table for key, table in others.items() if table.space != space}
    for name, tables in (("carried", dict(others)), ("carried, other spaces", far)):
        if tables:
            found[name] = Carried().fit(tables).predict(given)
            found[f"consensus and {name}"] = log_rank(pd.DataFrame(found), ["consensus", name])
    if others:
        found["stable"] = Stable().fit(others).predict(given)
        found["consensus and stable"] = log_rank(pd.DataFrame(found), ["consensus", "stable"])
    table = pd.DataFrame(found)
    fusions = table.drop(columns=scores.columns, errors="ignore")
    return table.assign(**{EVERY: over_twins(fusions, twins).mean(axis=1)})


def chosen_elsewhere(others: Mapping[str, Judged]) -> pd.Series:
    """Mean tau of every label-free score over other benchmarks, best first: what one would have chosen without labels.

    On each of them a carried fusion has learned from the rest, never from a data set of the same benchmark. Scores that are
    missing on some benchmark are not candidates; a named sum is missing where accuracies picked it.

    Args:
        others: tables of other benchmarks.
    """
    taus = []
    for key, table in others.items():
        rest = {name: other for name, other in others.items() if other.benchmark != table.benchmark}
        about = {"benchmark": table.benchmark, "space": table.space, "twins": table.twins}
        found = without_labels(table.scores, rest, **about)
        worst = found.fillna(found.min())
        taus.append({"benchmark": table.benchmark, "key": key} | {n: krocc(worst[n], table.accuracy) for n in worst})
    if not taus:
        return pd.Series(dtype=float)
    means = pd.DataFrame(taus).drop(columns="key").groupby("benchmark").mean()
    return means.dropna(axis=1).mean().sort_values(ascending=False, kind="stable")
