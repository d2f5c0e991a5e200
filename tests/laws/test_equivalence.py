"""Which proxies see more than the function: those below change with parts that no path uses, all others do not.

Not by more than round-off: a sum over more terms is added up in other groups, even if the terms that join are zeros.

A pair is a cell as written and its canonical form: one function of the input, with the same weights in what is live.
"""

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
import torch

import untrained
from untrained import benchmarks, proxies
from untrained.scoring import score_benchmark
from untrained.setting import Setting

BENCH = benchmarks.get("nas_bench_digits", "nowhere")
TINY = {"batch": 16, "samples": 200, "chunk": 64, "repeats": 1, "draws": 2}
OPTIONS = {name: {k: v for k, v in TINY.items() if k in proxies.get(name).parameters} for name in proxies.names()}
SETTING = Setting(batch=16, precision="float64", options=OPTIONS)

WEIGHTS = {"params", "flops", "l2_norm", "gradsign", "vkdnw_dim", "vkdnw", "vkdnw_entropy", "swap_reg"}
"""They count, list or average over weights, dead ones among them."""
NORMS = {"zen"}
"""It adds a term for every batch normalisation."""
UNITS = {"n_activations", "naswot", "distinguish", "distinguish_layers", "wrcor"}
"""They read every ReLU unit."""
NEW_CODES = {"swap", "nlr"}
"""They count distinct codes: a dead ReLU adds to them where it reads what no live one reads."""
MAPS = {"meco"}
"""It reads the map of every module, pooling too."""

ALIVE = "nor_conv_3x3~0|none~1|none~2|"
DEAD = {
    "a pooling that leads nowhere": (f"|avg_pool_3x3~0|+|none~0|none~1|+|{ALIVE}", MAPS),
    "a skip that leads nowhere": (f"|none~0|+|skip_connect~0|none~1|+|{ALIVE}", set()),
    "a convolution that leads nowhere": (f"|nor_conv_3x3~0|+|none~0|none~1|+|{ALIVE}", WEIGHTS | NORMS | UNITS | MAPS),
    "two convolutions that lead nowhere": (
        f"|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|{ALIVE}",
        WEIGHTS | NORMS | UNITS | NEW_CODES | MAPS,
    ),
    "a convolution that nothing feeds": (
        "|none~0|+|none~0|nor_conv_3x3~1|+|nor_conv_3x3~0|none~1|skip_connect~2|",
        WEIGHTS | NORMS | UNITS - {"wrcor"},
    ),
}


def table(arch):
    """All proxies of the network built from a string as it is written."""
    inputs = torch.from_numpy(np.random.default_rng(0).normal(size=(64, 1, 12, 12)))
    network = BENCH.build(arch, "digits").double()
    variants = BENCH.variants(arch, "digits")
    return untrained.score(network, inputs, torch.arange(64) % 10, setting=SETTING, variants=variants).set_index("proxy")


@lru_cache
def changed(arch):
    """Proxies whose value or status is not that of the canonical form."""
    one, two = table(arch), table(BENCH.canonical(arch))
    same = np.isclose(one["value"], two["value"], rtol=1e-13, atol=0.0, equal_nan=True)
    return set(one.index[~same | (one["status"] != two["status"])])


@pytest.mark.parametrize("what", DEAD)
def test_exactly_these_proxies_change_with(what):
    arch, expected = DEAD[what]
    assert BENCH.canonical(arch) != arch
    assert changed(arch) == expected


def test_all_that_see_dead_parts():
    assert set().union(*(changed(arch) for arch, _ in DEAD.values())) == WEIGHTS | NORMS | UNITS | NEW_CODES | MAPS


def test_the_same_path_through_another_node_is_another_form():
    """Weights belong to places: relabelled cells are equally large, and different functions."""
    one = "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|nor_conv_1x1~1|none~2|"
    two = "|none~0|+|nor_conv_3x3~0|none~1|+|none~0|none~1|nor_conv_1x1~2|"
    assert (BENCH.canonical(one), BENCH.canonical(two)) == (one, two)
    left, right = (table(arch)["value"] for arch in (one, two))
    assert (left[["params", "flops", "n_activations"]] == right[["params", "flops", "n_activations"]]).all()
    assert left["grad_norm"] != right["grad_norm"]


def test_a_benchmark_is_scored_on_canonical_networks(tmp_path):
    arch, _ = DEAD["a convolution that leads nowhere"]
    class_of = {"architectures": [arch, BENCH.canonical(arch)], "folder": tmp_path, "workers": 1}
    found = pd.read_parquet(score_benchmark("nas_bench_digits", "digits", Setting(inputs="digits"), ["params"], **class_of))
    size = sum(p.numel() for p in BENCH.build(BENCH.canonical(arch), "digits").parameters())
    assert found[["arch", "value"]].to_numpy().tolist() == [[BENCH.canonical(arch), size]]
