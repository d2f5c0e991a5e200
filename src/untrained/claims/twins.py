"""Cells that are one function under other names should train alike; reads the tables of notebook 39. Not of a paper."""

import pandas as pd

from untrained.claims import NotTestable, Verdict, claim
from untrained.claims.benches import NAS_BENCH_201, Bench

TWINS, COPIES = "forms of one function", "strings of one form"


def _register(bench: Bench) -> None:
    @claim(
        f"twins-train-alike@{bench.key}",
        paper="untrained2026digits",
        statement=f"{bench.title} (unique set, all 9,445 cells; {bench.truth}): cells that are one function but for the"
        " names of their weights deviate from their mean by no more than strings of one cell from theirs: the lower end"
        " of the 95 % interval of the first standard deviation does not exceed the upper end of the second.",
        published="not a claim of a paper: it is what this project relies on where it gives twins one row",
        stage="twins",
        notebook="39_twins",
        tables={"spread": "twins/spread"},
        requires=bench.requires,
    )
    def alike(spread: pd.DataFrame) -> Verdict:
        """Both deviations of a data set."""
        rows = spread[spread["key"] == bench.key].set_index("kind")
        if lost := [kind for kind in (TWINS, COPIES) if kind not in rows.index]:
            raise NotTestable(f"The table has no deviation of {', '.join(lost)}.")
        ours, theirs = rows.loc[TWINS], rows.loc[COPIES]
        text = (
            f"{theirs['value']:.3f} [{theirs['low']:.3f}, {theirs['high']:.3f}] points among the copies of"
            f" {theirs['groups']:.0f} cells; {ours['groups']:.0f} functions have twins."
        )
        holds = ours["low"] <= theirs["high"]
        return Verdict("holds" if holds else "fails", ours["value"], ours["low"], ours["high"], text)


for _bench in NAS_BENCH_201:
    _register(_bench)
