"""The fused indicator against every single one, metric by metric, on the same splits."""

from collections.abc import Sequence

import pandas as pd

from untrained.fusion.fusion_indicator import INDICATORS
from untrained.registry import suggest
from untrained.stats.comparison import compare_over_splits
from untrained.stats.correlation import orientation


def against_all(frame: pd.DataFrame, method: str, *, pool: Sequence[str] = INDICATORS) -> pd.DataFrame:
    """Paired comparison of one method with all others of a table of `evaluate`.

    Roles: `single`; `chosen` (best single on each training part); `oracle` (the single of `pool` whose mean over the test
    parts is best: a choice that has seen the test accuracies); `size` (#Param); `fused`.

    Args:
        frame: result of `evaluate`.
        method: the method that is compared, such as `fi@200`.
        pool: candidates of the oracle.

    Returns:
        One row per metric and opponent: metric, method, against, role, mean (positive where `method` is better), low and
        high (mean -+ 2 standard errors), se, se_corrected (Nadeau-Bengio), p (corrected resampled t), wins, n_train,
        n_test, splits.

    Raises:
        ValueError: on a method that the table does not have.
    """
    if method not in set(frame["method"]):
        raise ValueError(f"The table has no method {method!r}. {suggest(method, frame['method'].unique())}")
    rows = []
    for metric, part in frame.groupby("metric", sort=False):
        values = part.pivot(index="split", columns="method", values="value")
        size = part.drop_duplicates("method").set_index("method")
        roles = [(other, other, _role(other, size.loc[other, "kind"])) for other in values.columns if other != method]
        if oracle := best_by_mean(values, metric, pool):
            roles.append((oracle, f"oracle ({oracle})", "oracle"))
        for other, shown, role in roles:
            n_train, n_test = int(size.loc[method, "n_train"]), int(size.loc[method, "n_test"])
            rows.append({"metric": metric, "method": method, "against": shown, "role": role})
            rows[-1] |= difference(values[method], values[other], metric, n_train=n_train, n_test=n_test)
    return pd.DataFrame(rows)


def best_by_mean(values: pd.DataFrame, metric: str, pool: Sequence[str]) -> str | None:
    """The column of `pool` with the best mean over splits; None if the table has none of them.

    Args:
        values: one row per split, one column per method.
        metric: decides whether high or low is best.
        pool: candidates.

    Returns:
        Name of the best one.
    """
    means = orientation(metric) * values[[name for name in pool if name in values.columns]].mean()
    return None if means.dropna().empty else str(means.idxmax())


def difference(a: pd.Series, b: pd.Series, metric: str, *, n_train: int, n_test: int) -> dict[str, float]:
    """Paired difference of two methods over the splits on which both have a value; nan with fewer than two such splits.

    Args:
        a: values of the first method, index split.
        b: values of the second.
        metric: decides the direction: positive where the first is better.
        n_train: architectures in a training part.
        n_test: architectures in a test part.

    Returns:
        mean, low and high (mean -+ 2 standard errors), se, se_corrected, p, wins, splits, n_train, n_test.
    """
    both = pd.concat([a, b], axis=1).dropna()
    sizes = {"splits": len(both), "n_train": n_train, "n_test": n_test}
    if len(both) < 2:
        return dict.fromkeys(("mean", "low", "high", "se", "se_corrected", "p", "wins"), float("nan")) | sizes
    lower = orientation(metric) < 0
    c = compare_over_splits(both.iloc[:, 0], both.iloc[:, 1], n_train=n_train, n_test=n_test, lower_is_better=lower)
    interval = {"mean": c.mean, "low": c.mean - 2 * c.se, "high": c.mean + 2 * c.se}
    return {**interval, "se": c.se, "se_corrected": c.se_corrected, "p": c.p_value(), "wins": c.wins, **sizes}


def _role(name: str, kind: str) -> str:
    return "size" if name == "params" else kind
