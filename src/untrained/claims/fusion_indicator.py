"""The claims of the Fusion Indicator paper, and its comparison with network size. Source key: `tran2021fusion`.

All read the table of `untrained.fusion.evaluate`. A difference counts when it is larger than twice its plain standard
error over splits, as the paper's statement is read here; the Nadeau-Bengio corrected error, which allows for overlapping
splits, is given in the reason.
"""

from collections.abc import Callable

import pandas as pd

from untrained.claims import NotTestable, Verdict, claim
from untrained.claims.benches import DIGITS, PAPERS
from untrained.fusion.comparison import against_all, best_by_mean
from untrained.fusion.fusion_indicator import INDICATORS
from untrained.stats.correlation import METRICS, orientation

ABSTRACT = "stated in the abstract for NAS-Bench-101 and NAS-Bench-201; no figure of the paper is accessible to us"
BENCHES = (DIGITS, *PAPERS)
HOW = "random splits, equal cells on one side"


def on_every_bench(
    id: str, statement: str, *, published: str = ABSTRACT
) -> Callable[[Callable[..., Verdict]], Callable[..., Verdict]]:
    """Register one check for every benchmark; the id of all but the first ends in @benchmark."""

    def register(function: Callable[..., Verdict]) -> Callable[..., Verdict]:
        for bench in BENCHES:
            control = "" if bench.public or published != ABSTRACT else "; this benchmark is a control"
            claim(
                id if bench is BENCHES[0] else f"{id}@{bench.key}",
                paper="tran2021fusion",
                statement=f"{bench.title} ({bench.named('unique')}; {bench.truth}; {HOW}): {statement}.",
                published=published + control,
                stage=bench.stage("fuse"),
                notebook=f"05_fuse-{bench.key}",
                tables={"splits": f"fusion/{bench.key}-splits"},
                requires=bench.requires,
            )(function)
        return function

    return register


@on_every_bench(
    "fi-no-single-best",
    "none of CJ, OS, NLR and CNNTK is the best single indicator in all of PLCC, RMSE, SROCC and KROCC; one that is within"
    " twice the standard error of the best counts as best",
)
def no_single_best(splits: pd.DataFrame) -> Verdict:
    """Look for an indicator that no other beats clearly, in any metric."""
    _check(splits)
    winners, beaten = {}, {name: [] for name in INDICATORS}
    for metric in METRICS:
        values = _values(splits, metric)
        winners[metric] = best_by_mean(values, metric, INDICATORS)
        for name in INDICATORS:
            lead = orientation(metric) * (values[winners[metric]] - values[name])
            if not lead.mean() <= 2 * lead.sem():
                beaten[name].append(metric)
    best_everywhere = [name for name, metrics in beaten.items() if not metrics]
    ours = ", ".join(f"{metric} {name}" for metric, name in winners.items())
    if best_everywhere:
        return Verdict(
            "fails",
            ours,
            reason=f"{' and '.join(best_everywhere)} is best, or within two standard errors of it, in all four.",
        )
    where = "; ".join(f"{name} is beaten in {', '.join(metrics)}" for name, metrics in beaten.items())
    return Verdict("holds", ours, reason=f"By more than two standard errors, {where}.")


@on_every_bench(
    "fi-beats-every-single",
    "the fused indicator has a higher KROCC than each of CJ, OS, NLR and CNNTK, by more than twice the standard error of the"
    " paired difference over splits; the value is the difference to the hardest one",
)
def beats_every_single(splits: pd.DataFrame) -> Verdict:
    """The hardest opponent decides: the one with the smallest lower end."""
    rows = _differences(splits).query("metric == 'krocc' and against in @INDICATORS")
    return _difference_verdict(rows.sort_values("low").iloc[0])


@on_every_bench(
    "fi-beats-every-single-in-all-metrics",
    "in each of PLCC, RMSE, SROCC and KROCC the fused indicator is better than each of CJ, OS, NLR and CNNTK, by more than"
    " twice the standard error of the paired difference over splits",
)
def beats_every_single_in_all_metrics(splits: pd.DataFrame) -> Verdict:
    """Count the metrics in which no opponent is left."""
    rows = _differences(splits).query("against in @INDICATORS")
    unbeaten = rows[rows["low"] <= 0].groupby("metric", sort=False)["against"].agg(", ".join).to_dict()
    ours = f"{len(METRICS) - len(unbeaten)} of {len(METRICS)} metrics"
    if unbeaten:
        return Verdict(
            "fails", ours, reason="Not beaten: " + "; ".join(f"{names} in {m}" for m, names in unbeaten.items()) + "."
        )
    corrected = rows[rows["mean"] <= 2 * rows["se_corrected"]].groupby("metric", sort=False)["against"].agg(", ".join)
    strict = "; ".join(f"{names} in {m}" for m, names in corrected.items()) or "none"
    return Verdict("holds", ours, reason=f"Not beaten by twice the corrected standard error: {strict}.")


@on_every_bench(
    "fi-beats-size",
    "the fused indicator has a higher KROCC than the number of parameters, by more than twice the standard error of the"
    " paired difference over splits",
    published="not a claim of the paper: the control that every indicator needs",
)
def beats_size(splits: pd.DataFrame) -> Verdict:
    """The paired difference to `params`."""
    rows = _differences(splits).query("metric == 'krocc' and against == 'params'")
    if rows.empty:
        raise NotTestable("The table of splits has no row of params.")
    return _difference_verdict(rows.iloc[0])


def _difference_verdict(row: pd.Series) -> Verdict:
    if not pd.notna(row["low"]):
        raise NotTestable(f"{row['against']} has a KROCC on fewer than two splits.")
    multiple = abs(row["mean"]) / row["se_corrected"] if row["se_corrected"] else float("inf")
    reason = (
        f"{row['method']} against {row['against']}, {row['splits']} splits of {row['n_train']} and {row['n_test']}"
        f" architectures; interval of two standard errors; the difference is {multiple:.1f} corrected standard errors."
    )
    return Verdict("holds" if row["low"] > 0 else "fails", *(float(row[name]) for name in ("mean", "low", "high")), reason)


def _differences(splits: pd.DataFrame) -> pd.DataFrame:
    """Differences between the fused indicator and all others."""
    fused = sorted({name for name in _check(splits) if name.startswith("fi@")})
    if len(fused) != 1:
        raise NotTestable(f"The table of splits has {len(fused)} methods named fi@labels, wanted 1.")
    rows = against_all(splits, fused[0])
    return rows[rows["role"].isin(["single", "size"])]


def _check(splits: pd.DataFrame) -> set[str]:
    """Methods of the table, if it has all that the checks need."""
    methods = set(splits["method"])
    if missing := [name for name in INDICATORS if name not in methods]:
        raise NotTestable(f"The table of splits has no row of {', '.join(missing)}.")
    if missing := [name for name in METRICS if name not in set(splits["metric"])]:
        raise NotTestable(f"The table of splits has no {', '.join(missing)}.")
    if splits["split"].nunique() < 2:
        raise NotTestable("One split has no standard error: wanted at least 2.")
    for name in INDICATORS:
        if splits.loc[splits["method"] == name, "value"].isna().any():
            raise NotTestable(f"{name} is undefined on some split: its training part holds one value only.")
    return methods


def _values(splits: pd.DataFrame, metric: str) -> pd.DataFrame:
    return splits[splits["metric"] == metric].pivot(index="split", columns="method", values="value")
