"""Every method on the same splits: fit on the training architectures, judge on all the rest."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import clone

from untrained.fusion.fusion_indicator import DEFAULT_TRANSFORM, INDICATORS, FusionIndicator
from untrained.registry import suggest
from untrained.stats.correlation import METRICS, orientation
from untrained.stats.mapping import Map, linear_map, logistic5
from untrained.stats.splits import repeated_splits

MAPPINGS: dict[str, Callable[..., Map]] = {"linear": linear_map, "logistic5": logistic5}
"""Maps of a score to an accuracy before PLCC and RMSE; rank correlations are never mapped."""

COLUMNS = ["split", "method", "kind", "metric", "value", "chosen", "n_train", "n_test", "n_invalid"]


def evaluate(
    scores: pd.DataFrame,
    accuracy: pd.Series,
    methods: Mapping[str, FusionIndicator] | None = None,
    *,
    n_train: int = 200,
    repeats: int = 20,
    seed: int = 0,
    groups: Sequence[Hashable] | None = None,
    mapping: str = "linear",
    transform: Mapping[str, str] | str = DEFAULT_TRANSFORM,
    pool: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Held-out PLCC, RMSE, SROCC and KROCC of fused and single indicators over random splits.

    Kinds of method:

    - `fused`: every estimator of `methods`, fitted on the training part; named with its labels, as `fi@200`.
    - `single`: every column of the scores, `params` among them, with the transform that it has in the fusion. Its
    direction is known
      a priori: PLCC is that of the score itself, and the fitted line of RMSE has a slope >= 0.
    - `chosen`: `best_single@200`, the indicator of `pool` that is best on the training part, chosen per metric.

    With mapping `logistic5`, a labelled alternative, PLCC and RMSE of all methods follow a monotone five-parameter logistic
    fitted on the training part (PLCC of a flat map is that of the score itself).

    Args:
        scores: directed scores (higher is better), index arch, one column per indicator.
        accuracy: trained accuracy by arch, in percentage points.
        methods: estimators by name; default {"fi": FusionIndicator()}.
        n_train: labels, that is architectures in a training part.
        repeats: random splits.
        seed: seed of the splits.
        groups: labels of equal cells, which never fall on both sides.
        mapping: linear or logistic5.
        transform: transform of the single indicators.
        pool: candidates of `chosen`; by default all indicators that a method fuses.

    Returns:
        One row per split, method and metric, with `chosen` (the indicator that was taken) and `n_invalid` (test
        architectures ranked by the worst training value because their own score is missing).

    Raises:
        ValueError: on an unknown mapping or pool member.
    """
    if mapping not in MAPPINGS:
        raise ValueError(f"Unknown mapping {mapping!r}. {suggest(mapping, MAPPINGS)}")
    methods = {"fi": FusionIndicator()} if methods is None else dict(methods)
    pool = tuple(pool) if pool is not None else tuple(dict.fromkeys(name for m in methods.values() for name in m.indicators))
    for name in pool:
        if name not in scores.columns:
            raise ValueError(f"The scores have no indicator {name!r}. {suggest(name, scores.columns)}")
    protocol, y = _Protocol(methods, mapping, transform, pool, n_train), _aligned(accuracy, scores).to_numpy(float)
    rows: list[dict] = []
    for k, parts in enumerate(repeated_splits(len(scores), n_train, repeats=repeats, seed=seed, groups=groups)):
        sides = [_Part(scores.iloc[part], y[part]) for part in parts]
        sizes = {"n_train": len(sides[0].y), "n_test": len(sides[1].y)}
        rows += [{"split": k, **row, **sizes} for row in protocol.rows(*sides)]
    return pd.DataFrame(rows, columns=COLUMNS)


def weights(
    scores: pd.DataFrame,
    accuracy: pd.Series,
    method: FusionIndicator | None = None,
    *,
    n_train: int = 200,
    repeats: int = 20,
    seed: int = 0,
    groups: Sequence[Hashable] | None = None,
) -> pd.DataFrame:
    """Weights of one estimator over the splits of `evaluate`: columns split, indicator, weight, n_invalid, n_train.

    The intercept is the row `intercept`. With zscore scaling a weight is in percentage points per standard deviation.
    """
    method = FusionIndicator() if method is None else method
    accuracy = _aligned(accuracy, scores)
    rows = []
    for k, (train, _) in enumerate(repeated_splits(len(scores), n_train, repeats=repeats, seed=seed, groups=groups)):
        fitted = clone(method).fit(scores.iloc[train], accuracy.iloc[train])
        for name, value in {**fitted.weights_, "intercept": fitted.intercept_}.items():
            invalid = int(fitted.n_invalid_.get(name, 0))
            rows.append({"split": k, "indicator": name, "weight": value, "n_invalid": invalid, "n_train": len(train)})
    return pd.DataFrame(rows)


def labelled(name: str, n_train: int) -> str:
    """Name of a method that used labels.

    >>> labelled("fi", 200)
    'fi@200'
    """
    return f"{name}@{n_train}"


@dataclass(frozen=True)
class _Part:
    """Directed scores and accuracies of one side of a split."""

    scores: pd.DataFrame
    y: np.ndarray

    def invalid(self, names: Sequence[str]) -> int:
        """Architectures with a missing or infinite value in any of the columns."""
        return int(np.logical_or.reduce([~np.isfinite(self.scores[name].to_numpy(float)) for name in names]).sum())


@dataclass(frozen=True)
class _Protocol:
    """What is done on every split."""

    methods: Mapping[str, FusionIndicator]
    mapping: str
    transform: Mapping[str, str] | str
    pool: tuple[str, ...]
    n_train: int

    def rows(self, train: _Part, test: _Part) -> Iterator[dict]:
        """All rows of one split."""
        for name, method in self.methods.items():
            values, invalid = self._fused(method, train, test), test.invalid(method.indicators)
            yield from _rows(labelled(name, self.n_train), "fused", values, invalid=invalid)
        singles = {name: self._single(name, train, test) for name in train.scores.columns}
        for name, (_, on_test) in singles.items():
            yield from _rows(name, "single", on_test, invalid=test.invalid([name]))
        for metric in METRICS:
            on_train = {name: orientation(metric) * singles[name][0][metric] for name in self.pool}
            best = max(self.pool, key=lambda name, values=on_train: np.nan_to_num(values[name], nan=-np.inf))
            values = {metric: singles[best][1][metric]}
            yield from _rows(labelled("best_single", self.n_train), "chosen", values, chosen=best)

    def _fused(self, method: FusionIndicator, train: _Part, test: _Part) -> dict[str, float]:
        """Metrics on the test part; the fusion predicts accuracy, so `linear` maps nothing."""
        fitted = clone(method).fit(train.scores, train.y)
        p = fitted.predict(test.scores)
        fit = None if self.mapping == "linear" else MAPPINGS[self.mapping](fitted.predict(train.scores), train.y)
        return _metrics(p, p, test.y, fit)

    def _single(self, name: str, train: _Part, test: _Part) -> tuple[dict[str, float], dict[str, float]]:
        """Metrics on the training part and on the test part; ranks are taken before the transform, which may clip."""
        fitted = FusionIndicator((name,), _transform_of(name, self.transform), scaling="none").fit(train.scores, train.y)
        z, ranked = ([f(part.scores)[name].to_numpy() for part in (train, test)] for f in (fitted.design, fitted.fill))
        fit = MAPPINGS[self.mapping](z[0], train.y)
        return _metrics(z[0], ranked[0], train.y, fit), _metrics(z[1], ranked[1], test.y, fit)


def _metrics(p: np.ndarray, ranked: np.ndarray, y: np.ndarray, fit: Map | None) -> dict[str, float]:
    """The four metrics; only a bent map changes PLCC, since a line of positive slope does not."""
    mapped = p if fit is None else fit(p)
    bent = fit is not None and not hasattr(fit, "slope") and np.ptp(mapped) > 1e-9 * max(1.0, np.abs(mapped).max())
    arguments = {"plcc": mapped if bent else p, "rmse": mapped}
    return {name: metric(arguments.get(name, ranked), y) for name, metric in METRICS.items()}


def _rows(method: str, kind: str, values: dict[str, float], *, chosen: str = "", invalid: int = 0) -> Iterator[dict]:
    for metric, value in values.items():
        yield {"method": method, "kind": kind, "metric": metric, "value": value, "chosen": chosen, "n_invalid": invalid}


def _transform_of(name: str, transform: Mapping[str, str] | str) -> str:
    """Transform of one column; one name for all concerns the fused indicators only, the others stay as they are."""
    if isinstance(transform, str):
        return transform if name in INDICATORS else "none"
    return transform.get(name, "none")


def _aligned(accuracy: pd.Series, scores: pd.DataFrame) -> pd.Series:
    if missing := [arch for arch in scores.index if arch not in accuracy.index]:
        raise ValueError(f"{len(missing)} of {len(scores)} architectures have no accuracy, the first is {missing[0]!r}.")
    if count := int((aligned := accuracy.loc[scores.index]).isna().sum()):
        raise ValueError(f"{count} of {len(scores)} accuracies are NaN: drop these architectures.")
    return aligned
