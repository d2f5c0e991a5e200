"""What MTF-PDNS says of its fronts, and what it gains over what it is compared with. Source key: `vo2024pdns`.

All read the table of `untrained.front_search.run`, kept by notebook 21. The paper's own tables are not accessible to us; the
values that stand for them were measured by this project on a public table of metrics, as the statements say.
"""

from collections.abc import Callable

import pandas as pd
from scipy.stats import ranksums

from untrained import front_search
from untrained.claims import NotTestable, Verdict, claim
from untrained.claims.benches import DIGITS, NAS_BENCH_201

ABSTRACT = "stated in the abstract for NAS-Bench-101 and NAS-Bench-201; no table of the paper is accessible to us"
SINGLE = ("PDNS synflow", "NSGA-II synflow")
LEVEL = 0.01
"""Of the one-sided rank-sum tests."""
BENCHES = (DIGITS, NAS_BENCH_201[0])


def on_every_bench(id: str, statement: str, published: str = ABSTRACT) -> Callable:
    """Register one check for every benchmark whose fronts are searched; the id of all but the first ends in @benchmark."""

    def register(function: Callable[..., Verdict]) -> Callable[..., Verdict]:
        for bench in BENCHES:
            claim(
                id if bench is DIGITS else f"{id}@{bench.key}",
                paper="vo2024pdns",
                statement=f"{bench.title} (scored unique architectures; test error and #Param): {statement}.",
                published=published if bench.public else f"{published}; this benchmark is a control",
                stage=bench.stage("fronts"),
                notebook=f"21_fronts-{bench.key}",
                tables={"searches": f"fronts/{bench.key}"},
                requires=bench.requires,
            )(function)
        return function

    return register


@on_every_bench(
    "pdns-many-beat-one",
    "the archives of MTF-PDNS and MTF-NSGA-II (synflow, jacob_cov, snip) have a lower IGD+ than those of both algorithms"
    f" with synflow alone, rank-sum test at {LEVEL:g} over seeds; the value is that of the closest pair",
)
def many_beat_one(searches: pd.DataFrame) -> Verdict:
    """The hardest of the four pairs decides."""
    return _ahead(searches, ("MTF-PDNS", "MTF-NSGA-II"), SINGLE, paid=0)


@on_every_bench(
    "pdns-many-beat-every-one",
    "the archives of MTF-PDNS and MTF-NSGA-II have a lower IGD+ than those of both algorithms with any of the three metrics"
    f" alone, rank-sum test at {LEVEL:g} over seeds; the value is that of the closest pair",
)
def many_beat_every_one(searches: pd.DataFrame) -> Verdict:
    """The hardest of all pairs decides."""
    single = sorted({name for name in searches["method"] if name.startswith(("PDNS ", "NSGA-II ")) and "short" not in name})
    return _ahead(searches, ("MTF-PDNS", "MTF-NSGA-II"), tuple(single) or SINGLE, paid=0)


@on_every_bench(
    "pdns-many-beat-one-at-equal-price",
    "MTF-PDNS and MTF-NSGA-II have a lower IGD+ than both algorithms with synflow alone where each trains at most as many"
    f" random members of its archive as the table pays for, rank-sum test at {LEVEL:g} over seeds",
    published="not a claim of the paper: archives of several metrics are larger, and every member of them is trained",
)
def many_beat_one_at_equal_price(searches: pd.DataFrame) -> Verdict:
    """The hardest of the four pairs decides, with equal numbers of trainings."""
    paid = sorted(set(searches["paid"]) - {0})
    if not paid:
        raise NotTestable("The table has no rows with a limited number of final trainings.")
    return _ahead(searches, ("MTF-PDNS", "MTF-NSGA-II"), SINGLE, paid=paid[0])


@on_every_bench(
    "pdns-beats-objectives",
    "the archive of MTF-PDNS has a lower IGD+ than that of NSGA-II on the same metrics, rank-sum test at"
    f" {LEVEL:g} over seeds",
)
def beats_objectives(searches: pd.DataFrame) -> Verdict:
    """Novelty against rank and crowding."""
    return _ahead(searches, ("MTF-PDNS",), ("MTF-NSGA-II",), paid=0)


@on_every_bench(
    "pdns-beats-random",
    "the archive of MTF-PDNS has a lower IGD+ than one of as many random draws, kept by the same rule; rank-sum test at"
    f" {LEVEL:g} over seeds",
    published="not a claim of the paper: the control that every search needs",
)
def beats_random(searches: pd.DataFrame) -> Verdict:
    """Novelty against nothing."""
    return _ahead(searches, ("MTF-PDNS",), ("MTF-random",), paid=0)


def _ahead(searches: pd.DataFrame, first: tuple[str, ...], second: tuple[str, ...], *, paid: int) -> Verdict:
    """Whether every one of some methods has a lower IGD+ than every one of others; the value is that of the closest pair."""
    table = _last(searches, "scored", paid)
    if missing := sorted({*first, *second} - set(table["method"])):
        raise NotTestable(f"The table has no {', '.join(missing)}.")
    values = {name: part["igd_plus"].to_numpy() for name, part in table.groupby("method")}
    if min(map(len, values.values())) < 2:
        raise NotTestable("One seed has no interval: wanted at least 2.")
    pairs = {(a, b): float(ranksums(values[b], values[a], alternative="greater").pvalue) for a in first for b in second}
    a, b = max(pairs, key=pairs.get)
    lead = front_search.leads(table, a).set_index("against").loc[b]
    trained = table.groupby("method")["trained"].mean()
    reason = (
        f"The closest pair is {a} against {b}: p = {pairs[a, b]:.2g}, {trained[a]:.0f} and {trained[b]:.0f} final trainings;"
        f" {table['n'].iloc[0]} architectures, {table['seed'].nunique()} seeds, bootstrap interval over seeds."
    )
    return Verdict(
        "holds" if pairs[a, b] < LEVEL else "fails", *(float(lead[name]) for name in ("lead", "low", "high")), reason
    )


def _last(searches: pd.DataFrame, space: str, paid: int) -> pd.DataFrame:
    """Ends of the searches of one space, judged on the first data set."""
    rows = searches[searches["space"] == space]
    if rows.empty:
        raise NotTestable(f"The table has no searches of the {space} space.")
    return front_search.last(rows[rows["judged"] == rows["judged"].iloc[0]], paid=paid)


def _measured(id: str, method: str, kind: str, hv: float, spread: float, within: float) -> None:
    """Register a check of an HV that was measured before, on all strings, led by the short training."""
    bench = NAS_BENCH_201[0]

    @claim(
        f"{id}@{bench.key}",
        paper="vo2024pdns",
        statement=f"{bench.title} (full set: all 15,625 strings; 200-epoch test error and #Param; population 20, 50"
        f" generations): the archive of {kind} led by 12-epoch validation accuracy has a mean HV over seeds within"
        f" {within:g} of {hv:g}.",
        published=f"HV {hv:.4f}, standard deviation {spread:.4f} over 8 seeds, measured by this project on the same table"
        " before (with FLOPs, which order cells as #Param does); no table of the paper is accessible to us",
        stage=bench.stage("fronts"),
        notebook=f"21_fronts-{bench.key}",
        tables={"searches": f"fronts/{bench.key}"},
        requires=bench.requires,
    )
    def measured(searches: pd.DataFrame) -> Verdict:
        """The mean over seeds, with its bootstrap interval; the distance of the mean decides."""
        table = _last(searches, "full", 0)
        found = front_search.ends(table[table["method"] == method], "hv")
        if found.empty:
            raise NotTestable(f"The table has no {method}.")
        row = found.iloc[0]
        verdict = "holds" if abs(row["hv"] - hv) <= within else "fails"
        reason = (
            f"{table['seed'].nunique()} seeds, standard deviation {row['sd']:.4f}, {row['trained']:.0f} final trainings."
        )
        return Verdict(verdict, float(row["hv"]), float(row["low"]), float(row["high"]), reason)


_measured("pdns-short-training-hv", "PDNS short training", "novelty search", 1.0336, 0.0013, 0.003)
_measured("nsga2-short-training-hv", "NSGA-II short training", "NSGA-II", 1.0331, 0.0016, 0.003)
