"""The claims of "Revisiting Training-free NAS Metrics" on size: #Param ranks well, and is most of what others say.

Source key: `yang2023revisiting`. Its tables are not accessible to us; #Param's correlations are those of `li2023zico`.
"""

import pandas as pd

from untrained.claims import NotTestable, Verdict, claim
from untrained.claims.benches import DIGITS, NAS_BENCH_101, NAS_BENCH_201, PAPERS, Bench, answering

FOUR = ("synflow", "naswot", "snip", "grad_norm")
"""Indicators of the time that any reading of the paper includes."""
ABSTRACT = "in the abstract, for NAS-Bench-101 and NAS-Bench-201; the paper's tables are not accessible to us"
CONTROL = f"{ABSTRACT}; this benchmark is a control"


def _register(id: str, bench: Bench, statement: str, published: str) -> dict:
    name, bench = f"{id}@{bench.key}", answering(bench, ["params", *FOUR])
    return {
        "id": name,
        "paper": "yang2023revisiting",
        "statement": f"{bench.title} ({statement}",
        "published": published,
        "stage": bench.stage("control"),
        "notebook": f"13_control-{bench.key}",
        "tables": {"control": f"control/{bench.key}"},
        "requires": bench.requires,
    }


def on_every_bench(id: str, statement: str) -> object:
    """Register one check for every benchmark that the paper names, and for the embedded one."""

    def register(function: object) -> object:
        for bench in (DIGITS, *PAPERS):
            where = f"{answering(bench, FOUR).named('unique')}; {bench.truth}): {statement}."
            claim(**_register(id, bench, where, ABSTRACT if bench.public else CONTROL))(function)
        return function

    return register


def _size_alone(bench: Bench, published: float, band: float) -> None:
    figure = f"{published:.2f}, Table 1 and Figure 3 of ZiCo's paper; of this paper: that it is surprisingly effective"
    where = (
        f"all strings of the table, without a table's #Param the scored ones; {bench.truth}): Kendall's tau (KROCC) of the"
        f" number of parameters is within {band:g} of {published:.2f}; of a sample, its 95 % interval reaches that band."
    )

    @claim(**_register("size-alone", bench, where, figure))
    def size_alone(control: pd.DataFrame) -> Verdict:
        """The number of parameters against accuracy, on as much of the benchmark as there is."""
        whole = "table" in set(control["set"])
        one = _row(control, "params", "overall", "table" if whole else "unique")
        ends = (one["value"], one["value"]) if whole else (one["low"], one["high"])
        holds = ends[0] <= published + band and published - band <= ends[1]
        text = f"{one['n']:,.0f} {'strings of the table' if whole else 'scored architectures'}."
        return Verdict("holds" if holds else "fails", one["value"], one["low"], one["high"], text)


for bench, published in zip(NAS_BENCH_201, (0.57, 0.55, 0.52), strict=True):
    _size_alone(bench, published, 0.03)
_size_alone(NAS_BENCH_101, 0.31, 0.05)


@on_every_bench(
    "entangled-with-size",
    "each of synflow, naswot, snip and grad_norm correlates with #Param (the 95 % interval of Kendall's tau lies above 0),"
    " and its tau with accuracy inside groups of equal or close #Param is below its tau over all by more than two bootstrap"
    " standard errors",
)
def entangled_with_size(control: pd.DataFrame) -> Verdict:
    """Correlation with size, and what is lost without it, for each of the four."""
    found, texts = [], []
    for name in FOUR:
        tied, lost = (_row(control, name, quantity) for quantity in ("entanglement", "lost"))
        found.append(tied["low"] > 0 and lost["value"] > 2 * lost["se"])
        texts.append(f"{name} {tied['value']:.2f} with size, loses {lost['value']:.2f} (standard error {lost['se']:.2f})")
    return Verdict(
        "holds" if all(found) else "fails", f"{sum(found)} of {len(FOUR)} indicators", reason="; ".join(texts) + "."
    )


@on_every_bench(
    "little-left-without-size",
    "inside groups of equal or close #Param the mean Kendall's tau of synflow, naswot, snip and grad_norm is less than half"
    " of their mean tau over all architectures; the value is the share that is left",
)
def little_left_without_size(control: pd.DataFrame) -> Verdict:
    """The four together: "drops dramatically when the #Param information is not available"."""
    overall, within = ([_row(control, name, quantity)["value"] for name in FOUR] for quantity in ("overall", "within"))
    if sum(overall) <= 0:
        raise NotTestable(f"The four have a mean tau of {sum(overall) / len(FOUR):.2f} over all: there is nothing to lose.")
    share = sum(within) / sum(overall)
    each = "; ".join(f"{name} {a:.2f} to {b:.2f}" for name, a, b in zip(FOUR, overall, within, strict=True))
    return Verdict("holds" if share < 0.5 else "fails", float(share), reason=f"{each}.")


def _row(control: pd.DataFrame, proxy: str, quantity: str, set: str = "unique") -> pd.Series:
    """A quantity in Kendall's tau.

    Raises:
        NotTestable: the table has none.
    """
    found = control[(control["proxy"] == proxy) & (control["quantity"] == quantity) & (control["metric"] == "krocc")]
    found = found[(found["set"] == set) & found["low"].notna()]
    if len(found) != 1:
        raise NotTestable(f"The table has {len(found)} values of {proxy} ({quantity}) on the {set} set, wanted 1.")
    if 2 * found["missing"].iloc[0] > found["n"].iloc[0]:
        raise NotTestable(f"{proxy} has a score for less than half of the architectures.")
    return found.iloc[0]
