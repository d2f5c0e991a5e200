"""FLOPs of all strings of NAS-Bench-201, dead edges too, by two counts. Source key: `li2023zico`.

The registered `flops` counts multiply-accumulates of live convolutions. On strings that orders as #Param does, yet papers
print two figures: their count has other layers in it. All here read the tables of notebook 37.
"""

import pandas as pd

from untrained.claims import Verdict, claim
from untrained.claims.benches import NAS_BENCH_201, Bench
from untrained.claims.figures import COUNT_BAND, TITLES, row

FIGURES = (0.54, 0.51, 0.49)
ROUNDING = 0.005
COUNTS = {
    "flops": "multiply-accumulates of convolutions",
    "every_layer": "operations of every layer, batch normalisation, ReLU and average pooling too",
}


def _register(count: str, bench: Bench, figure: float) -> None:
    id = "flops" if count == "flops" else "flops-of-every-layer"

    @claim(
        f"li2023zico-{id}-krocc-full@{bench.key}",
        paper="li2023zico",
        statement=f"{bench.title} (full set, all 15,625 strings; {bench.truth}): the 95 % interval of {TITLES['krocc']} of"
        f" FLOPs, {COUNTS[count]}, comes within {COUNT_BAND:g} of the published figure.",
        published=f"{figure:.2f}; Tables 1 and 3, all 15,625 networks, what is counted is not stated",
        stage="flops",
        notebook="37_flops",
        tables={"table": f"flops/{bench.key}"},
        requires=bench.requires,
    )
    def agrees(table: pd.DataFrame) -> Verdict:
        """One count against the published figure."""
        ours, size = (row(table, name, "krocc", "full") for name in (count, "params"))
        holds = ours.meets(figure - COUNT_BAND - ROUNDING, figure + COUNT_BAND + ROUNDING)
        text = f"#Param has {size.value:.3f}; {ours.size()}, edges counted as the strings are written, nothing is random."
        return Verdict("holds" if holds else "fails", ours.value, ours.low, ours.high, text)


for _bench, _figure in zip(NAS_BENCH_201, FIGURES, strict=True):
    for _count in COUNTS:
        _register(_count, _bench, _figure)
