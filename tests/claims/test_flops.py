"""FLOPs by two counts against a published figure, on hand-made tables; and convolutions order cells as #Param does."""

import itertools

import pytest
import torch
from claims.tables import correlations

import untrained
from untrained import benchmarks
from untrained.benchmarks.nas_bench_201 import arch_str
from untrained.claims import get

WHERE = "nas_bench_201-cifar10"


def judged(id: str, **values: float) -> object:
    return get(f"{id}@{WHERE}")({f"flops/{WHERE}": correlations(values)})


@pytest.mark.parametrize(  # 0.54, a band of 0.01, a rounding of 0.005, half a width of 0.02
    ("ours", "wanted"), [(0.574, "holds"), (0.576, "fails"), (0.506, "holds"), (0.504, "fails")]
)
@pytest.mark.parametrize(("id", "count"), [("flops", "flops"), ("flops-of-every-layer", "every_layer")])
def test_each_count_is_judged_by_its_own_row(id, count, ours, wanted):
    other = "every_layer" if count == "flops" else "flops"
    found = judged(f"li2023zico-{id}-krocc-full", **{count: ours, other: 0.1, "params": 0.6})
    assert (found.verdict, found.ours) == (wanted, ours)
    assert "#Param has 0.600" in found.reason


def test_convolutions_order_cells_as_parameters_do():
    bench, inputs, found = benchmarks.get("nas_bench_201", "data"), torch.zeros(1, 3, 32, 32), {}
    for conv3, conv1 in itertools.product(range(7), repeat=2):
        if conv3 + conv1 <= 6:
            cell = ["nor_conv_3x3"] * conv3 + ["nor_conv_1x1"] * conv1 + ["skip_connect"] * (6 - conv3 - conv1)
            table = untrained.score(bench.build(arch_str(cell), "cifar10", cells=1), inputs, proxies=["flops", "params"])
            found[conv3, conv1] = table.set_index("proxy")["value"]
    for name in ("flops", "params"):
        assert sorted(found, key=lambda cell: found[cell][name]) == sorted(found)
