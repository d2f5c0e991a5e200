"""Published correlations, each registered as a claim: does the figure agree with our table?

A figure agrees when it lies within a band around our 95 % interval. The interval carries our sample of architectures; the
rounding of the figure is added; the band is for what else may differ (weights, minibatch): 0.03 unless the source of the
figure says otherwise, 0.01 for counts, which have nothing random, and 0.10 on NAS-Bench-101, whose stem is thinner here.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from untrained.claims import NotTestable, Verdict, claim
from untrained.claims.benches import NAS_BENCH_101, NAS_BENCH_201, PAPERS, SETS, Bench, answering

BAND, COUNT_BAND, STEM_BAND = 0.03, 0.01, 0.10
COUNTS = ("params", "flops", "vkdnw_dim")
WIDEST = 0.3
"""Of an interval that may decide anything."""
TITLES = {"krocc": "Kendall's tau (KROCC)", "srocc": "Spearman's rho (SROCC)"}


@dataclass(frozen=True)
class Source:
    """Where figures were published, and how they were measured there.

    Attributes:
        paper: key in references.bib.
        set: `full` or `unique`.
        note: batch, inputs, number of networks, where it is printed.
        digits: decimals that are printed.
        absolute: the sign was dropped.
        independent: no figure of the paper, but computed by this project from score tables that its authors published.
    """

    paper: str
    set: str
    note: str
    digits: int = 3
    absolute: bool = False
    independent: bool = False

    def __post_init__(self) -> None:
        if self.set not in SETS:
            raise ValueError(f"Got the set {self.set!r}, wanted one of {', '.join(SETS)}.")

    def text(self, figure: float) -> str:
        """A figure as a claim shows it."""
        value = f"{figure:.{self.digits}f}" + (" (absolute value)" if self.absolute else "")
        return (
            f"independent measurement, no figure of the paper: {value}; {self.note}"
            if self.independent
            else f"{value}; {self.note}"
        )


@dataclass(frozen=True)
class Row:
    """One row of a correlation table: a directed value, its interval, and how many architectures are behind it."""

    value: float
    low: float
    high: float
    n: int
    missing: int

    def size(self) -> str:
        """The architectures, in words."""
        return f"{self.n:,} architectures" + (f", {self.missing:,} without a score ranked last" if self.missing else "")

    def meets(self, low: float, high: float) -> bool:
        """Whether the interval of the value and another one share a point."""
        return self.low <= high and low <= self.high

    def without_sign(self) -> "Row":
        """The same for the absolute value."""
        low, high = sorted((abs(self.low), abs(self.high)))
        return Row(abs(self.value), 0.0 if self.low <= 0 <= self.high else low, high, self.n, self.missing)


def row(correlations: pd.DataFrame, proxy: str, metric: str, set: str) -> Row:
    """A proxy's correlation on a set, missing scores ranked last.

    Args:
        correlations: table of a benchmark.
        proxy: its name.
        metric: `krocc` or `srocc`.
        set: `full` or `unique`.

    Raises:
        NotTestable: there is no such row, or it decides nothing.
    """
    found = correlations[correlations["invalid"] == "worst"]
    if set not in (sets := list(dict.fromkeys(found["set"]))):
        raise NotTestable(f"The table has no {set} set, only {', '.join(sets) or 'none'}.")
    found = found[(found["proxy"] == proxy) & (found["metric"] == metric) & (found["set"] == set)]
    if len(found) != 1:
        raise NotTestable(f"The table has {len(found)} rows of {proxy} in {metric} on the {set} set, wanted 1.")
    one = found.iloc[0]
    value, low, high = map(float, one[["value", "low", "high"]].astype(float))
    if math.isnan(value + low + high):
        raise NotTestable(f"{proxy} has no correlation here: all its scores are equal or undefined.")
    ours = Row(value, min(low, value), max(high, value), int(one["n"]), int(one["missing"]))
    if 2 * ours.missing > ours.n:
        raise NotTestable(
            f"{proxy} has a score for {ours.n - ours.missing:,} of {ours.n:,} architectures: wanted half of them."
        )
    if high - low > WIDEST:
        raise NotTestable(f"The interval of {proxy} is {high - low:.2f} wide with {ours.size()}: score more of them.")
    return ours


def publish(
    source: Source,
    proxy: str,
    metric: str,
    *figures: float,
    benches: Sequence[Bench] = PAPERS,
    band: float | None = None,
    within: tuple[float, float] | None = None,
) -> None:
    """Register the figures of one proxy, one claim per benchmark.

    Args:
        source: where they are printed.
        proxy: our name of the proxy.
        metric: `krocc` or `srocc`.
        *figures: directed (higher is better), in the order of the benchmarks; fewer leave the last ones out.
        benches: the benchmarks.
        band: around our interval; None: that of this module.
        within: an interval that ours must meet instead, where the reproduction was given one.
    """
    for bench, figure in zip(benches, figures, strict=False):
        _publish(source, proxy, metric, figure, bench, _band(bench, proxy) if band is None else band, within)


def _band(bench: Bench, proxy: str) -> float:
    if proxy in COUNTS:
        return COUNT_BAND if bench in NAS_BENCH_201 else BAND
    return STEM_BAND if bench is NAS_BENCH_101 else BAND


def _publish(
    source: Source, proxy: str, metric: str, figure: float, bench: Bench, band: float, within: tuple[float, float] | None
) -> None:
    id, bench = bench.key, answering(bench, [proxy])
    set = bench.set_of(source.set)
    page = bench.page(set)
    rounding = 0.5 * 10.0**-source.digits
    low, high = within or (figure - band - rounding, figure + band + rounding)
    asked = f"meets {low:g} to {high:g}" if within else f"comes within {band:g} of the published figure"
    about = f"{'the absolute value of ' if source.absolute else ''}{TITLES[metric]} of `{proxy}`"

    @claim(
        f"{source.paper}-{proxy}-{metric}-{set}@{id}",
        paper=source.paper,
        statement=f"{bench.title} ({page.cells}; {bench.truth}): the 95 % interval of {about} {asked}.",
        published=source.text(figure),
        stage=page.stage,
        notebook=page.notebook,
        tables={"correlations": page.table},
        requires=bench.requires,
    )
    def agrees(correlations: pd.DataFrame) -> Verdict:
        """A published correlation against ours."""
        ours = row(correlations, proxy, metric, set)
        ours = ours.without_sign() if source.absolute else ours
        text = f"Ours minus published is {ours.value - figure:+.3f}, with {ours.size()}; ours with {bench.differs}."
        return Verdict("holds" if ours.meets(low, high) else "fails", ours.value, ours.low, ours.high, text)


def ahead(id: str, bench: Bench, better: str, worse: str, metric: str, *, set: str, paper: str, published: str) -> None:
    """Register that one indicator ranks better than another on a benchmark.

    Args:
        id: name of the claim, before @benchmark.
        bench: the benchmark.
        better: the indicator that is said to be ahead.
        worse: the other one.
        metric: `krocc` or `srocc`.
        set: `full` or `unique`, as published.
        paper: key of the paper.
        published: what it reports.
    """
    name, bench = f"{id}@{bench.key}", answering(bench, [better, worse])
    ours = bench.set_of(set)
    page = bench.page(ours)

    @claim(
        name,
        paper=paper,
        statement=f"{bench.title} ({page.cells}; {bench.truth}): the whole 95 % interval of {TITLES[metric]} of "
        f"`{better}` lies above the value of `{worse}`.",
        published=published,
        stage=page.stage,
        notebook=page.notebook,
        tables={"correlations": page.table},
        requires=bench.requires,
    )
    def is_ahead(correlations: pd.DataFrame) -> Verdict:
        """One indicator's interval against another's value."""
        first, second = (row(correlations, name, metric, ours) for name in (better, worse))
        holds = first.low > second.value
        how = "Ahead" if holds else "Not ahead" if first.value <= second.value else "Ahead, but by less than the interval"
        values = f"{better} {first.value:.3f}, {worse} {second.value:.3f}, with {first.size()}"
        text = f"{how}: {values}; ours with {bench.differs}."
        return Verdict("holds" if holds else "fails", first.value, first.low, first.high, text)
