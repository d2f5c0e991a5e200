"""The strongest fusion: what this project set itself, and the published fused scores beside it."""

from collections.abc import Callable, Iterable

import pandas as pd

from untrained.claims import NotTestable, Verdict, claim
from untrained.claims.benches import DARTS, DIGITS, EVERY_CELL, NAS_BENCH_101, NAS_BENCH_201, TRANSNAS_MICRO, Bench
from untrained.claims.figures import TITLES
from untrained.fusion.carried import EVERY
from untrained.fusion.few_labels import STRONGEST
from untrained.fusion.kin import IN_USE
from untrained.fusion.labelling import BEST, RANDOM, drawn
from untrained.fusion.targets import NB201, PUBLISHED, TARGETS, Figure

BENCHES = {bench.key: bench for bench in (DIGITS, *NAS_BENCH_201, NAS_BENCH_101, DARTS, TRANSNAS_MICRO["autoencoder"])}
MOST = 1000
"""Labels that stand for published fits of 1,024."""
HOW = "at least 10 random draws and the central 95 % of them, equal cells on one side, judged on all other architectures"
CHOSEN = "at least 10 draws and the central 95 % of them, judged on a random third that nobody may label"
NO_LABEL = (
    "the mean rank in all fusions and in what benchmarks with the same operations say, which have seen no accuracy of this"
    " benchmark (95 % bootstrap interval)"
)


def _register(id: str, bench: Bench, statement: str, published: str, *, paper: str, whole: bool = False) -> Callable:
    cells = f"unique set, all 9,445 cells, {len(EVERY_CELL)} indicators" if whole else bench.named("unique")
    return claim(
        f"{id}@{bench.key}",
        paper=paper,
        statement=f"{bench.title} ({cells}; {bench.truth}): {statement}.",
        published=published,
        stage="strongest_whole" if whole else bench.stage("strongest"),
        notebook="36_every_cell" if whole else f"25_strongest-{bench.key}",
        tables={"rows": f"strongest/{bench.key}{'-whole' * whole}"},
        requires=bench.requires,
    )


def measured(rows: pd.DataFrame, labels: int, metric: str, choice: str = RANDOM) -> tuple[float, float, float, str]:
    """Value, interval and a few words: without labels the fusion in use, with labels the strongest learner.

    Args:
        rows: table of a benchmark.
        labels: how many.
        metric: `krocc` or `srocc`.
        choice: of what to label.

    Raises:
        NotTestable: nothing was measured with so many labels, or on fewer than 10 draws.
    """
    found = rows[rows["metric"] == metric]
    if labels == 0:
        one = found[(found["part"] == "free") & (found["role"] == "in use")]
        if len(one) != 1:
            raise NotTestable(f"The table has {len(one)} label-free scores in use, wanted 1.")
        value, low, high = map(float, one[["value", "low", "high"]].iloc[0])
        return value, low, high, f"{one['method'].iloc[0]}; {one['n'].iloc[0]:,.0f} architectures, bootstrap interval."
    found = drawn(found, choice)
    found = found[(found["method"] == STRONGEST) & (found["asked"] == labels)]
    if len(found) < 10:
        raise NotTestable(f"There are {len(found)} draws with {labels:,} labels, wanted 10: score more architectures.")
    values = found["value"].astype(float)
    ends = min(values.quantile(0.025), values.mean()), max(values.quantile(0.975), values.mean())
    words = f"{STRONGEST}; mean of {len(values)} draws, judged on {found['n_test'].min():,.0f} architectures, central 95 %."
    return float(values.mean()), float(ends[0]), float(ends[1]), words


def reaches(figure: Figure, choice: str = RANDOM) -> Callable[[pd.DataFrame], Verdict]:
    """Whether the mean is as high as a figure, with labels chosen in one way."""

    def function(rows: pd.DataFrame) -> Verdict:
        """Compare the mean with the figure."""
        value, low, high, words = measured(rows, min(figure.labels, MOST), figure.metric, choice)
        gap = value - figure.value
        return Verdict("holds" if gap >= 0 else "fails", value, low, high, f"{gap:+.3f} against it: {words}")

    return function


def _standing(figure: Figure) -> str:
    """A target beside the best published fused score with as many labels or fewer."""
    near = [one for one in PUBLISHED if one.key == figure.key and min(one.labels, MOST) <= figure.labels]
    best = max(near, key=lambda one: one.value)
    words = "above" if figure.value > best.value else "equal to" if figure.value == best.value else "below"
    return f"{words} {best.value:.3g} of {best.method}, the best published fused score with as many labels or fewer"


def _target(figure: Figure, *, whole: bool) -> None:
    """Register a target: with labels drawn at random and chosen, or without a label."""
    end = "-every-cell" * (whole and figure.labels < MOST)
    value, count = f"{TITLES[figure.metric]} of {figure.value:.2f}", f"{figure.labels:,} labels"
    ways = {"": (RANDOM, f"{count} ({HOW})" if figure.labels else NO_LABEL)}
    ways |= {"-chosen": (BEST, f"{count}, chosen as one goes ({CHOSEN})")} if figure.labels else {}
    for way, (choice, words) in ways.items():
        _register(
            f"strongest-target-{figure.labels}{way}{end}",
            BENCHES[figure.key],
            f"{value} with {words}",
            f"not a claim of a paper: {figure.value:.2f} is what this project set itself, {_standing(figure)}",
            paper="untrained2026digits",
            whole=whole,
        )(reaches(figure, choice))


for _figure in TARGETS:
    if _figure.labels < MOST:
        _target(_figure, whole=False)
    if _figure.key in NB201:
        _target(_figure, whole=True)

for _figure in PUBLISHED:
    _bench = BENCHES[_figure.key]
    _name = "".join(c for c in _figure.method.lower().replace(" ", "-") if c.isalnum() or c == "-")
    _with = f"with {min(_figure.labels, MOST):,} labels ({HOW})" if _figure.labels else f"by {NO_LABEL}"
    _register(
        f"strongest-beats-{_name}-{_figure.labels}",
        _bench,
        f"{TITLES[_figure.metric]} is at least the published {_figure.value:.3g} of {_figure.method}, {_with}",
        f"{_figure.value:.3g} with {_figure.labels:,} labels"
        + ("" if _figure.labels >= MOST else "; its architectures are not those of our sample"),
        paper=_figure.paper,
        whole=_figure.labels >= MOST,
    )(reaches(_figure))


def _on_each(id: str, statement: str, benches: Iterable[Bench] = BENCHES.values()) -> Callable:
    def register(function: Callable[[pd.DataFrame], Verdict]) -> Callable[[pd.DataFrame], Verdict]:
        for bench in benches:
            paper = "untrained2026digits"
            _register(id, bench, statement, "not a claim of a paper: a control of our own", paper=paper)(function)
        return function

    return register


@_on_each(
    "strongest-free-beats-single",
    "without labels, the score in use has a higher KROCC, by its whole 95 % interval, than the single indicator"
    " chosen on the other benchmarks; with none at hand, than #Param",
)
def free_beats_single(rows: pd.DataFrame) -> Verdict:
    """The whole interval of the fusion has to lie above the value of the single one."""
    value, low, high, words = measured(rows, 0, "krocc")
    singles = rows[(rows["part"] == "free") & (rows["metric"] == "krocc")]
    one = singles[singles["role"] == "single chosen elsewhere"]
    if len(one) != 1:
        raise NotTestable(f"The table has {len(one)} single indicators that were chosen elsewhere, wanted 1.")
    name, single = one["method"].iloc[0], float(one["value"].iloc[0])
    return Verdict("holds" if low > single else "fails", value, low, high, f"{name} has {single:.3f}: {words}")


@_on_each(
    "strongest-kin-help",
    "without labels, the mean rank in all fusions and in what benchmarks with the same operations say has a higher KROCC, by"
    " its whole 95 % interval, than the mean rank in the fusions alone",
    [*NAS_BENCH_201, NAS_BENCH_101, DARTS, TRANSNAS_MICRO["autoencoder"]],
)
def kin_help(rows: pd.DataFrame) -> Verdict:
    """The whole interval has to lie above the value without kin."""
    found = rows[(rows["part"] == "free") & (rows["metric"] == "krocc")].set_index("method")
    if lost := [name for name in (IN_USE, EVERY) if name not in found.index]:
        raise NotTestable(f"The table has no row of {', '.join(lost)}.")
    value, low, high = map(float, found.loc[IN_USE, ["value", "low", "high"]])
    alone = float(found.loc[EVERY, "value"])
    return Verdict("holds" if low > alone else "fails", value, low, high, f"The fusions alone have {alone:.3f}.")


@_on_each(
    "strongest-20-beats-linear-100",
    f"with 20 labels the mean KROCC of {STRONGEST} is at least that of a ridge on all indicators with 100 ({HOW})",
)
def twenty_beat_a_hundred(rows: pd.DataFrame) -> Verdict:
    """Means over the same number of draws."""
    value, low, high, words = measured(rows, 20, "krocc")
    found = rows[(rows["part"] == "curve") & (rows["metric"] == "krocc") & (rows["method"] == "linear")]
    linear = found.loc[found["asked"] == 100, "value"]
    if linear.empty:
        raise NotTestable("There is no linear fusion with 100 labels: score more architectures.")
    reason = f"The ridge with 100 labels has {linear.mean():.3f}: {words}"
    return Verdict("holds" if value >= linear.mean() else "fails", value, low, high, reason)


@_on_each(
    "strongest-beats-size-at-equal-size",
    f"with 100 labels {STRONGEST} has a KROCC above 0 at equal or close #Param in every draw ({HOW})",
)
def sees_beyond_size(rows: pd.DataFrame) -> Verdict:
    """The least of the draws decides."""
    value, low, high, words = measured(rows, 100, "within")
    found = rows[(rows["part"] == "curve") & (rows["metric"] == "within") & (rows["method"] == STRONGEST)]
    least = float(found.loc[found["asked"] == 100, "value"].min())
    return Verdict("holds" if least > 0 else "fails", value, low, high, f"Least of the draws {least:.3f}: {words}")
