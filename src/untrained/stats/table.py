"""Every indicator against accuracy, in one tidy table."""

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import pandas as pd

from untrained.registry import suggest
from untrained.stats.correlation import METRICS
from untrained.stats.intervals import bootstrap
from untrained.stats.mapping import linear_map

POLICIES = ("worst", "drop")


def correlations(
    scores: pd.DataFrame,
    accuracy: pd.Series,
    *,
    invalid: str = "worst",
    n: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    groups: Sequence[Hashable] | None = None,
    asked: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """PLCC, SROCC, KROCC and RMSE of each column with accuracy, with bootstrap intervals over architectures.

    RMSE is that of the least-squares line through the same architectures: the best any affine use of the score could do.

    Args:
        scores: directed (higher is better), index arch, NaN where a proxy has no value.
        accuracy: percent, by arch.
        invalid: `worst`: a missing score gets the column's worst value; `drop`: its architecture is left out.
        n: bootstrap resamples.
        level: coverage of the intervals.
        seed: of the bootstrap.
        groups: labels of equal cells, resampled together.
        asked: of `untrained.scores.asked`: a missing score that was never asked for is not ranked; its architecture is left
            out for that column, whatever the policy. All were asked for by default.

    Returns:
        Columns proxy, metric, value, low, high, n (architectures used), missing (of those asked for), invalid.

    Raises:
        ValueError: an unknown policy, or architectures without an accuracy.
    """
    if invalid not in POLICIES:
        raise ValueError(f"Unknown policy {invalid!r} for missing scores. {suggest(invalid, POLICIES)}")
    if lost := sorted(set(scores.index) - set(accuracy.index)):
        raise ValueError(f"{len(lost)} architectures have no accuracy, the first {lost[0]!r}: score those of the table.")
    truth = accuracy.loc[scores.index].to_numpy(float)
    judged = scores.notna()
    judged |= True if asked is None else asked.reindex(index=scores.index, columns=scores.columns, fill_value=False)
    rows = []
    for name, column in scores.items():
        values, missing = column.to_numpy(float), int(column[judged[name]].isna().sum())
        kept = np.isfinite(values) if invalid == "drop" else judged[name].to_numpy()
        values = np.where(np.isfinite(values), values, np.nanmin(values))[kept]
        together = None if groups is None else [group for group, used in zip(groups, kept, strict=True) if used]
        for metric, function in METRICS.items():
            given = linear_map(values, truth[kept])(values) if metric == "rmse" else values
            found = bootstrap(function, given, truth[kept], n=n, level=level, seed=seed, groups=together)
            rows.append({"proxy": name, "metric": metric, "value": found.value, "low": found.low, "high": found.high})
            rows[-1] |= {"n": int(kept.sum()), "missing": missing, "invalid": invalid}
    return pd.DataFrame(rows)


def leaders(table: pd.DataFrame, orientation: Mapping[str, int] | None = None) -> pd.DataFrame:
    """The best indicator of each metric, and whether the runner-up's interval reaches its value.

    Args:
        table: from `correlations`.
        orientation: metric to +1 (high is good) or -1; RMSE is -1 by default.
    """
    signs = orientation or {metric: -1 if metric == "rmse" else 1 for metric in METRICS}
    rows = []
    for metric, part in table.groupby("metric", sort=False):
        ranked = part.assign(key=part["value"] * signs[metric]).sort_values("key", ascending=False)
        first, second = ranked.iloc[0], ranked.iloc[1]
        reach = second["high"] >= first["value"] if signs[metric] > 0 else second["low"] <= first["value"]
        rows.append(
            {
                "metric": metric,
                "best": first["proxy"],
                "value": first["value"],
                "second": second["proxy"],
                "close": bool(reach),
            }
        )
    return pd.DataFrame(rows)
