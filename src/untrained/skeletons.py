"""Does a light training of small networks rank cells as that of larger ones does?

Reference of the metric: yang2023revisiting, which trains networks of the benchmark's own size.
"""

from collections.abc import Mapping

import pandas as pd

from untrained import angle
from untrained.fusion.das import ranked_last
from untrained.stats.correlation import METRICS
from untrained.stats.intervals import Interval, bootstrap, bootstrap_difference

VALUES = ("cos_fc", "cos_features", "loss", "angle_loss")
"""The measured cosines and loss as they are, and the rank sum of angle and loss under the rule for trivial networks."""
RANKS = ("krocc", "srocc")
"""Names in `stats.METRICS` of the rank correlations."""


def values(measured: pd.DataFrame) -> pd.DataFrame:
    """What a light training says of each architecture; higher is better, the loss is turned.

    The rank sum depends on what is ranked together, so hand in the architectures that are compared and no others.

    Args:
        measured: rows of `light_training.Measurement`, one per architecture.

    Returns:
        The columns of `VALUES`, indexed by arch; missing where a training diverged, worst of all in the rank sum.
    """
    rows = measured.set_index("arch")
    sums = angle.rank_sums(angle.scores(measured))
    return rows[["cos_fc", "cos_features"]].assign(loss=-rows["loss"], angle_loss=sums["angle_loss"])


def agreement(first: pd.DataFrame, second: pd.DataFrame, *, n: int = 1000, seed: int = 0) -> pd.DataFrame:
    """Kendall's tau-b and Spearman's rho between two measurements of the same architectures, with bootstrap intervals.

    Args:
        first: rows of `light_training.Measurement` of one seed.
        second: the same at another size, or of another seed; the architectures that both hold are compared.
        n: resamples of architectures.
        seed: of the resamples.

    Returns:
        One row per entry of `VALUES` and of `RANKS`: name, metric, value, low, high, n, missing (trainings that diverged at
        either size; they count as the worst).

    Raises:
        ValueError: no architecture stands in both.
    """
    one, two = _common({"first": first, "second": second}).values()
    rows = []
    for name in VALUES:
        pair = [ranked_last(table[name]) for table in (one, two)]
        missing = int((one[name].isna() | two[name].isna()).sum())
        for metric in RANKS:
            found = bootstrap(METRICS[metric], *pair, n=n, seed=seed)
            rows.append({"name": name, "metric": metric, **_ends(found), "n": len(one), "missing": missing})
    return pd.DataFrame(rows)


def against(
    truth: pd.Series, small: pd.DataFrame, large: pd.DataFrame, *, metric: str = "krocc", n: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """Rank correlation with the final accuracy at both sizes, and what the larger one gains, on the same resamples.

    Args:
        truth: final accuracy by arch.
        small: rows of `light_training.Measurement` of one seed.
        large: the same at a larger size.
        metric: one of `RANKS`.
        n: resamples of architectures.
        seed: of the resamples.

    Returns:
        Three rows per entry of `VALUES`: name, size (`small`, `large`, `gain`), metric, value, low, high, n.
    """
    sizes = _common({"small": small, "large": large})
    y = truth.loc[sizes["small"].index].to_numpy(float)
    statistic, rows = METRICS[metric], []
    for name in VALUES:
        a, b = (ranked_last(table[name]) for table in sizes.values())
        found = {size: bootstrap(statistic, x, y, n=n, seed=seed) for size, x in (("small", a), ("large", b))}
        found["gain"] = bootstrap_difference(statistic, b, a, y, n=n, seed=seed)
        rows += [{"name": name, "size": size, "metric": metric, **_ends(told), "n": len(y)} for size, told in found.items()]
    return pd.DataFrame(rows)


def _common(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """`values` of the architectures that all tables hold, in one order."""
    shared = set.intersection(*(set(table["arch"]) for table in tables.values()))
    if not shared:
        raise ValueError(
            f"No architecture stands in both tables ({', '.join(tables)}): measure the same cells at both sizes."
        )
    order = [arch for arch in next(iter(tables.values()))["arch"] if arch in shared]
    return {name: values(table[table["arch"].isin(shared)]).loc[order] for name, table in tables.items()}


def _ends(found: Interval) -> dict[str, float]:
    return {"value": found.value, "low": found.low, "high": found.high}
