"""The claims of HNAS. Source key: `shu2022hnas`.

Our M follow our conventions: weights drawn anew, smaller minibatches, the sum of a sample's logits in the kernel, and
targets of M up to what 5 % of the searched architectures exceed.
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


def _beats_random(metric: str, bench: Bench) -> None:
    name = f"HNAS {metric}"
    dataset = bench.key.rsplit("-", 1)[-1]
    figures = published.searches("nas_bench_201", dataset)["test_acc"] if bench.public else None
    told = "no figure for this benchmark" if figures is None else f"{figures[name]:.2f} against {figures['RS']:.2f}"

    @searched(
        f"hnas-{metric.replace('_', '-')}-beats-random",
        bench,
        f"HNAS with {metric} ends above random search, by more than the 95 % interval of the paired difference",
        published=told if figures is None else f"{told}, where random search has 12,000 s, four times as much",
        paper=PAPER,
    )
    def beats_random(rows: pd.DataFrame) -> Verdict:
        """Paired by seed."""
        return ahead(scored(rows, name, "RS"), name, "RS")


def _accuracy(bench: Bench) -> None:
    dataset = bench.key.rsplit("-", 1)[-1]
    low, high = WINDOWS[dataset]
    figure = published.searches("nas_bench_201", dataset).loc["HNAS grad_norm"]

    @searched(
        "hnas-accuracy",
        bench,
        f"the mean test accuracy of HNAS with grad_norm is between {low} and {high}",
        published=f"{figure['test_acc']:.2f} ± {figure['sd']:.2f}, among all 15,625 strings",
        paper=PAPER,
    )
    def accuracy(rows: pd.DataFrame) -> Verdict:
        """The mean against the window."""
        found = scored(rows, "HNAS grad_norm").query("method == 'HNAS grad_norm'")
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
