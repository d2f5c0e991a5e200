"""The claims of HNAS. Source key: `shu2022hnas`.

Our M follow our conventions: weights drawn anew, smaller minibatches, the sum of a sample's logits in the kernel. Targets of
M end where 5 % of the searched architectures exceed them: the published end is a number in units that are not ours. What
depends on that end is judged with another one beside it, the median of M, which needs no label either.
"""

import pandas as pd

from untrained import published
from untrained.claims import Verdict
from untrained.claims.benches import DIGITS, NAS_BENCH_201, Bench
from untrained.claims.robot import ahead, scored, searched, size, whole
from untrained.search.hnas import METRICS
from untrained.stats.searches import mean_interval

PAPER = "shu2022hnas"
WINDOWS = {"cifar10": (93.7, 94.3), "cifar100": (70.7, 73.0), "imagenet16_120": (45.0, 46.8)}
"""Mean test accuracies that count as the published ones: the range of the four metrics and their deviations."""
MEDIAN = ", to the median"
"""Ends the names of methods whose targets of M end at its median."""
ENDS = {"": ("", ""), MEDIAN: ("-to-the-median", ", targets of M up to its median,")}
"""What claims on such methods have in their ids and statements."""


def _beats_random(metric: str, bench: Bench, end: str = "") -> None:
    name, (kind, words) = f"HNAS {metric}", ENDS[end]
    dataset = bench.key.rsplit("-", 1)[-1]
    figures = published.searches("nas_bench_201", dataset)["test_acc"] if bench.public else None
    told = "no figure for this benchmark" if figures is None else f"{figures[name]:.2f} against {figures['RS']:.2f}"

    @searched(
        f"hnas-{metric.replace('_', '-')}{kind}-beats-random",
        bench,
        f"HNAS with {metric}{words} ends above random search, by more than the 95 % interval of the paired difference",
        published=told if figures is None else f"{told}, where random search has 12,000 s, four times as much",
        paper=PAPER,
    )
    def beats_random(rows: pd.DataFrame) -> Verdict:
        """Paired by seed."""
        return ahead(scored(rows, name + end, "RS"), name + end, "RS")


def _accuracy(bench: Bench, end: str = "") -> None:
    dataset, (kind, words) = bench.key.rsplit("-", 1)[-1], ENDS[end]
    low, high = WINDOWS[dataset]
    figure = published.searches("nas_bench_201", dataset).loc["HNAS grad_norm"]

    @searched(
        f"hnas-accuracy{kind}",
        bench,
        f"the mean test accuracy of HNAS with grad_norm{words} is between {low} and {high}",
        published=f"{figure['test_acc']:.2f} ± {figure['sd']:.2f}, among all 15,625 strings",
        paper=PAPER,
    )
    def accuracy(rows: pd.DataFrame) -> Verdict:
        """The mean against the window."""
        found = scored(rows, name := f"HNAS grad_norm{end}")
        found = found[found["method"] == name]
        whole(found)
        value = mean_interval(found["test_acc"])
        return Verdict(
            "holds" if low <= value.value <= high else "fails", value.value, value.low, value.high, f"{size(found)}."
        )


for _bench in (*NAS_BENCH_201, DIGITS):
    for _metric in METRICS:
        _beats_random(_metric, _bench)
for _bench in NAS_BENCH_201:
    _accuracy(_bench)
    _accuracy(_bench, MEDIAN)
    _beats_random("grad_norm", _bench, MEDIAN)
