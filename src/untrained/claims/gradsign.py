"""GradSign's published figures, read as the sum over weights that its paper defines. Source key: `zhang2022gradsign`.

The registered `gradsign` is the mean over weights, as implementations that others compare with take it: its figures are
judged beside those of other indicators. All here read the tables of notebook 35.
"""

import pandas as pd

from untrained.claims import Verdict, claim
from untrained.claims.benches import NAS_BENCH_201, Bench
from untrained.claims.figures import BAND, TITLES, row

FIGURES = {
    "li2023zico": ("srocc", (0.77, 0.79, 0.78), "Table 3 of ZiCo's paper, all 15,625 networks"),
    "lee2024aznas": ("krocc", (0.618, 0.594, 0.575), "Table 1 of AZ-NAS's paper, all 15,625 networks"),
}


def _register(id: str, bench: Bench, statement: str, published: str) -> dict:
    where = f"{bench.title} ({bench.named('full')}; {bench.truth})"
    return {
        "id": f"{id}@{bench.key}",
        "paper": "zhang2022gradsign",
        "statement": f"{where}: {statement}.",
        "published": published,
        "stage": "gradsign",
        "notebook": "35_gradsign",
        "tables": {"table": f"gradsign/{bench.key}"},
        "requires": bench.requires,
    }


def _sum(source: str, bench: Bench, figure: float) -> None:
    metric, _, where = FIGURES[source]
    near = f"the 95 % interval of {TITLES[metric]} of GradSign's sum over weights comes within {BAND:g} of what is published"

    @claim(**_register(f"gradsign-sum-{metric}", bench, near, f"{figure:g}; {where}"))
    def agrees(table: pd.DataFrame) -> Verdict:
        """The sum against the published figure."""
        ours, mean = (row(table, proxy, metric, "full") for proxy in ("gradsign_sum", "gradsign"))
        holds = ours.meets(figure - BAND, figure + BAND)
        text = f"The mean over weights has {mean.value:.3f}; {ours.size()}; ours with {bench.differs}."
        return Verdict("holds" if holds else "fails", ours.value, ours.low, ours.high, text)


def _size(bench: Bench) -> None:
    statement = (
        f"the whole 95 % interval of {TITLES['krocc']} of GradSign's sum over weights lies above the value of the number of"
        " those weights"
    )

    @claim(**_register("gradsign-sum-beats-size", bench, statement, "not a claim of the paper: the control of every sum"))
    def beats_size(table: pd.DataFrame) -> Verdict:
        """The sum against what it sums over."""
        ours, size = (row(table, proxy, "krocc", "full") for proxy in ("gradsign_sum", "weights"))
        text = f"The number of weights has {size.value:.3f}; {ours.size()}."
        return Verdict("holds" if ours.low > size.value else "fails", ours.value, ours.low, ours.high, text)


for _place, _bench in enumerate(NAS_BENCH_201):
    for _source, (_, _figures, _) in FIGURES.items():
        _sum(_source, _bench, _figures[_place])
    _size(_bench)
