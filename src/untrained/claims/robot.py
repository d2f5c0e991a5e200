"""The claims of RoBoT, and what the benchmarks that it is judged on tell apart. Source key: `he2024robot`.

All read the table of `untrained.searching.run`: our indicators are searched among the architectures that have them, so a
published accuracy of the whole space is compared only where at least all 9,445 unique cells are scored.
"""

from collections.abc import Callable

import pandas as pd

from untrained import published
from untrained.claims import NotTestable, Verdict, claim
from untrained.claims.benches import DIGITS, NAS_BENCH_201, TRANSNAS_MACRO, TRANSNAS_MICRO, Bench
from untrained.search.robot import METRICS
from untrained.stats.searches import ends, expected_places, lead, mean_interval

BUDGET = "20 queries"
UNIQUE = 9445
"""Cells of NAS-Bench-201 with different live edges: all functions of the space."""
LAYOUTS = 3255
"""Layouts of TransNAS-Bench-101 macro whose figures are circulated, of 3,256."""
TOLERANCE = {"cifar10": 0.1, "cifar100": 0.3, "imagenet16_120": 0.3}
"""Percentage points within which a published mean counts as met."""
BENCHES = (*NAS_BENCH_201, DIGITS)
SINGLES = tuple(f"{name}, best first" for name in METRICS)

Check = Callable[..., Verdict]


def searched(
    id: str, bench: Bench, statement: str, *, published: str, paper: str = "he2024robot", budget: str = BUDGET
) -> Callable[[Check], Check]:
    """Register a check of one benchmark's searches; the id ends in @benchmark.

    Args:
        id: of the claim.
        bench: whose searches.
        statement: what is checked.
        published: what the paper reports.
        paper: its key.
        budget: of each search.

    Returns:
        The decorator.
    """
    steered = "12-epoch validation accuracy of CIFAR-10" if bench.key.startswith("nas_bench_201") else "validation accuracy"
    steered = "the figure that judges" if bench.key.startswith("transnas") else steered
    return claim(
        f"{id}@{bench.key}",
        paper=paper,
        statement=f"{bench.title} (unique set, the scored architectures; {bench.truth}; searches of {budget} steered by"
        f" {steered}, mean over search seeds, 95 % intervals): {statement}.",
        published=published,
        stage=bench.stage("search"),
        notebook=f"18_search-{bench.key}",
        tables={"rows": f"search/{bench.key}"},
        requires=bench.requires,
    )


def on_benches(id: str, statement: str, *, published: str, paper: str = "he2024robot") -> Callable[[Check], Check]:
    """Register one check for every benchmark."""

    def register(function: Check) -> Check:
        for bench in BENCHES:
            searched(id, bench, statement, published=published, paper=paper)(function)
        return function

    return register


def scored(rows: pd.DataFrame, *methods: str, budget: str = BUDGET) -> pd.DataFrame:
    """Ends of searches on the scored set within one budget.

    Raises:
        NotTestable: a method was not run, or with one seed only.
    """
    found = ends(rows[(rows["set"] == "scored") & (rows["budget"] == budget)])
    if missing := [name for name in methods if name not in set(found["method"])]:
        raise NotTestable(f"The table of searches has no {', '.join(missing)} within {budget} on the scored set.")
    if found["seed"].nunique() < 2:
        raise NotTestable("One seed has no interval: wanted at least 2.")
    return found


def size(found: pd.DataFrame) -> str:
    """How many seeds and architectures, in words."""
    return f"{found['seed'].nunique()} seeds, {found['n'].iloc[0]:,} architectures"


def ahead(found: pd.DataFrame, first: str, second: str) -> Verdict:
    """Whether one method ends above another: the whole interval of the paired difference decides."""
    gap = lead(found, first, second)
    accuracy = found.groupby("method")["test_acc"].mean()
    reason = f"{first} {accuracy[first]:.2f} %, {second} {accuracy[second]:.2f} %; {size(found)}, paired by seed."
    return Verdict("holds" if gap.low > 0 else "fails", gap.value, gap.low, gap.high, reason)


@on_benches(
    "robot-one-architecture",
    "all seeds of RoBoT end at one architecture",
    published="94.36 ± 0.00, 73.51 ± 0.00 and 46.34 ± 0.00 over 10 seeds, Table 2: one architecture",
)
def one_architecture(rows: pd.DataFrame) -> Verdict:
    """Count the architectures."""
    found = scored(rows, "RoBoT").query("method == 'RoBoT'")
    ranks = found.groupby("pick")["rank"].agg(["first", "size"]).sort_values("size", ascending=False)
    text = ", ".join(f"rank {row['first']} in {row['size']}" for _, row in ranks.iterrows())
    return Verdict("holds" if len(ranks) == 1 else "fails", float(len(ranks)), reason=f"{size(found)}: {text} seeds.")


@on_benches(
    "robot-beats-random",
    "RoBoT ends above random search, by more than the 95 % interval of the paired difference",
    published="94.36 against 93.70, 73.51 against 71.04, 46.34 against 44.57, Table 2, random search at 12,000 s",
)
def beats_random(rows: pd.DataFrame) -> Verdict:
    """Paired by seed."""
    return ahead(scored(rows, "RoBoT", "RS"), "RoBoT", "RS")


@on_benches(
    "robot-beats-hnas",
    "RoBoT ends above HNAS with the gradient norm, by more than the 95 % interval of the paired difference",
    published="94.36 against 94.04, 73.51 against 71.75, 46.34 against 45.91, Table 2",
)
def beats_hnas(rows: pd.DataFrame) -> Verdict:
    """Paired by seed."""
    return ahead(scored(rows, "RoBoT", "HNAS grad_norm"), "RoBoT", "HNAS grad_norm")


@on_benches(
    "robot-beats-each-metric",
    "RoBoT ends above every one of its six metrics followed alone with the same queries; the value is the difference to the"
    " hardest one",
    published="94.36, 73.51 and 46.34, equal to the best of the six metrics in Table 2, which says so",
)
def beats_each_metric(rows: pd.DataFrame) -> Verdict:
    """The best single metric decides."""
    found = scored(rows, "RoBoT", *SINGLES)
    best = found[found["method"].isin(SINGLES)].groupby("method")["test_acc"].mean().idxmax()
    return ahead(found, "RoBoT", best)


@on_benches(
    "robot-beats-size",
    "RoBoT ends above the same queries spent on the largest networks, best first by the number of parameters",
    published="not a claim of the paper: the control that a search needs",
)
def beats_size(rows: pd.DataFrame) -> Verdict:
    """Paired by seed."""
    return ahead(scored(rows, "RoBoT", "params, best first"), "RoBoT", "params, best first")


@on_benches(
    "robot-explores-little",
    "of the first 20 proposals of weights at most half select a new architecture, so that most of the budget is left to the"
    " greedy phase",
    published="about 6 distinct ones of 20, read off a figure",
)
def explores_little(rows: pd.DataFrame) -> Verdict:
    """Distinct queries among the first questions, mean over seeds."""
    found = scored(rows, "RoBoT").query("method == 'RoBoT'")
    explored = mean_interval(found["explored"])
    text = f"Distinct architectures among the first 20 proposals; {size(found)}."
    verdict = "holds" if explored.high <= 10 else "fails"
    return Verdict(verdict, explored.value, explored.low, explored.high, text)


@on_benches(
    "robot-expected-rank",
    "the best place that the queries of RoBoT reach, in the searched value, is the expected (T + 1) / (k + 1) with k of the"
    " T queries among the T best: the 95 % interval of the mean holds it",
    published="expected rank (T + 1) / (rho T + 1) of the greedy phase, from equally likely places",
)
def expected_rank(rows: pd.DataFrame) -> Verdict:
    """Mean best place over seeds with a hit."""
    found = scored(rows, "RoBoT").query("method == 'RoBoT'")
    row = expected_places(found).iloc[0]
    if row["missed"] == row["seeds"]:
        raise NotTestable(f"No query of any of {row['seeds']} seeds is among the best: the formula says nothing.")
    reason = f"Expected {row['expected']:.2f}, {row['hits']:.1f} hits of {row['queries']:.0f} queries; {size(found)}."
    verdict = "holds" if row["low"] <= row["expected"] <= row["high"] else "fails"
    return Verdict(verdict, row["place"], row["low"], row["high"], reason)


def _accuracy(bench: Bench) -> None:
    dataset = bench.key.removeprefix("nas_bench_201-")
    figure = published.searches("nas_bench_201", dataset).loc["RoBoT"]
    near = TOLERANCE[dataset]

    @searched(
        "robot-accuracy",
        bench,
        f"the mean test accuracy of RoBoT is within {near} points of the published one",
        published=f"{figure['test_acc']:.2f}, Table 2, among all 15,625 strings",
    )
    def accuracy(rows: pd.DataFrame) -> Verdict:
        """The mean against the published one."""
        found = scored(rows, "RoBoT").query("method == 'RoBoT'")
        whole(found)
        value = mean_interval(found["test_acc"])
        verdict = "holds" if abs(value.value - figure["test_acc"]) <= near else "fails"
        return Verdict(verdict, value.value, value.low, value.high, f"{size(found)}.")


def whole(found: pd.DataFrame, space: int = UNIQUE) -> None:
    """Refuse a part of a space where a figure of the whole is compared; by default NAS-Bench-201.

    Raises:
        NotTestable: fewer architectures than the space has functions.
    """
    if (n := int(found["n"].iloc[0])) < space:
        raise NotTestable(f"{n:,} are scored, the published figure is for the whole space ({space:,} different functions).")


for _bench in NAS_BENCH_201:
    _accuracy(_bench)


def _rank(space: str, task: str, bench: Bench) -> None:
    figures = published.searches("transnas_bench_101", f"{space}-{task}")["rank"]
    among = {"micro": "4,096", "macro": "3,256"}[space]

    @searched(
        "robot-rank-beats-evolution",
        bench,
        "the mean rank of what RoBoT returns is no worse than that of regularised evolution",
        published=f"rank {figures['RoBoT']:.0f} against {figures['REA']:.0f} of {among}, Table 3",
        budget="100 queries",
    )
    def against(rows: pd.DataFrame) -> Verdict:
        """Paired by seed; a smaller rank is better."""
        found = scored(rows, "RoBoT", "REA", budget="100 queries")
        gap = lead(found, "RoBoT", "REA", column="rank")
        ranks = found.groupby("method")["rank"].mean()
        reason = f"Rank {ranks['RoBoT']:.1f} against {ranks['REA']:.1f}; {size(found)}, paired by seed."
        return Verdict("holds" if gap.value <= 0 else "fails", gap.value, gap.low, gap.high, reason)

    if space == "macro":

        @searched(
            "robot-rank",
            bench,
            "the mean rank of what RoBoT returns is no worse than the published one, by the lower end of the interval",
            published=f"rank {figures['RoBoT']:.0f} of {among}, Table 3",
            budget="100 queries",
        )
        def rank(rows: pd.DataFrame) -> Verdict:
            """Ranks in the whole space."""
            found = scored(rows, "RoBoT", budget="100 queries").query("method == 'RoBoT'")
            whole(found, LAYOUTS)
            value = mean_interval(found["rank"])
            verdict = "holds" if value.low <= figures["RoBoT"] + 0.5 else "fails"  # printed without decimals
            return Verdict(verdict, value.value, value.low, value.high, f"{size(found)}.")


for _space, _benches in {"micro": TRANSNAS_MICRO, "macro": TRANSNAS_MACRO}.items():
    for _task, _bench in _benches.items():
        _rank(_space, _task, _bench)
