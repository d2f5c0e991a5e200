"""What holds for every registered benchmark, and the known numbers of the NAS-Bench-201 cells."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from torch.testing import assert_close

from untrained import benchmarks, downloads
from untrained.benchmarks.cells import EDGES, OPERATIONS, CellNetwork, live
from untrained.benchmarks.nas_bench_201 import CellSpace, arch_str, parse
from untrained.codes import record
from untrained.initialise import draw

DIGITS = benchmarks.get("nas_bench_digits", "nowhere")
OFFICIAL = {"width": 16, "cells": 5, "stages": 3, "channels": 3}
cells = st.tuples(*[st.sampled_from(OPERATIONS)] * len(EDGES))

every_cell_benchmark = pytest.mark.parametrize(
    "bench", [b for b in (benchmarks.get(n, "nowhere") for n in benchmarks.names()) if isinstance(b, CellSpace)]
)
every_benchmark = pytest.mark.parametrize("name", benchmarks.names())


def weights(network):
    return {network.position(name): tensor for name, tensor in network.state_dict().items() if name.endswith("weight")}


@every_benchmark
def test_the_protocol_is_kept(name):
    bench = benchmarks.get(name, "nowhere")
    assert isinstance(bench, benchmarks.Benchmark)
    assert bench.name == name
    assert bench.datasets
    assert bench.cite


@given(cells)
def test_canonical_is_idempotent_and_round_trips(cell):
    arch = arch_str(cell)
    assert parse(arch) == cell
    assert DIGITS.canonical(DIGITS.canonical(arch)) == DIGITS.canonical(arch)
    assert live(live(cell)) == live(cell)


def test_exactly_9445_functions_among_15625_strings():
    space = CellSpace()
    everything = space.architectures()
    assert len(everything) == len(set(everything)) == 15625
    assert len(space.unique()) == 9445
    assert set(space.unique()) == {space.canonical(arch) for arch in everything}


@given(cells)
def test_neighbours_are_24_distinct_cells_one_edge_away(cell):
    near = DIGITS.neighbours(arch_str(cell))
    assert len(set(near)) == len(near) == 24
    for other in map(parse, near):
        assert sum(a != b for a, b in zip(cell, other, strict=True)) == 1


@given(cells, st.integers(0, 9))
@settings(max_examples=10, deadline=None)
def test_building_twice_gives_the_same_weights_and_touches_no_random_state(cell, seed):
    before = torch.get_rng_state()
    one, two = (DIGITS.build(arch_str(cell), "digits", seed=seed).state_dict() for _ in range(2))
    assert_close(one, two, rtol=0, atol=0)
    assert_close(torch.get_rng_state(), before, rtol=0, atol=0)
    assert all(torch.isfinite(tensor).all() for tensor in one.values())


@given(cells, cells)
@settings(max_examples=10, deadline=None)
def test_a_shared_edge_has_the_same_weights_in_every_cell(one, two):
    left, right = (weights(DIGITS.build(arch_str(cell), "digits", seed=3)) for cell in (one, two))
    shared = left.keys() & right.keys()
    convolutions = {"nor_conv_1x1", "nor_conv_3x3"}
    assert any(a == b and a in convolutions for a, b in zip(one, two, strict=True)) == any("edge" in name for name in shared)
    for name in shared:
        assert_close(left[name], right[name], rtol=0, atol=0)


def test_seeds_and_positions_differ():
    network = weights(DIGITS.build(arch_str(("nor_conv_3x3",) * 6), "digits", seed=0))
    other = weights(DIGITS.build(arch_str(("nor_conv_3x3",) * 6), "digits", seed=1))
    drawn = [tensor for name, tensor in network.items() if tensor.ndim > 1]
    assert len({tuple(tensor.flatten()[:9].tolist()) for tensor in drawn}) == len(drawn)
    assert not torch.equal(network["stem.conv.weight"], other["stem.conv.weight"])


@given(cells)
@settings(max_examples=10, deadline=None)
def test_equal_live_cells_are_bitwise_the_same_function(cell):
    arch, inputs = arch_str(cell), torch.from_numpy(np.float32(np.random.default_rng(0).normal(size=(4, 1, 12, 12))))
    one, two = (DIGITS.build(a, "digits", seed=1)(inputs) for a in (arch, DIGITS.canonical(arch)))
    assert_close(one, two, rtol=0, atol=0)


@every_cell_benchmark
@pytest.mark.parametrize(("n3", "n1"), [(0, 0), (6, 0), (0, 6), (2, 1)])
def test_official_size_and_units(bench, n3, n1):
    """#Param = 73306 + 243040 n3 + 28000 n1;  N_A = 40960 + 143360 (n3 + n1) ReLU units at 32 x 32 pixels."""
    cell = ("nor_conv_3x3",) * n3 + ("nor_conv_1x1",) * n1 + ("skip_connect",) * (6 - n3 - n1)
    network = bench.build(arch_str(cell), bench.datasets[0], **OFFICIAL, classes=10).eval()
    assert sum(p.numel() for p in network.parameters()) == 73306 + 243040 * n3 + 28000 * n1
    codes = record(network, torch.zeros(1, 3, 32, 32))
    assert sum(code.shape[1] for code in codes) == 40960 + 143360 * (n3 + n1)


@pytest.mark.parametrize(
    ("arch", "message"),
    [
        ("|nor_conv3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|", "'nor_conv3x3'.*Did you mean 'nor_conv_3x3'"),
        ("|none~0|+|none~0|none~1|", "The form is"),
        ("|none~0|+|none~1|none~0|+|none~0|none~1|none~2|", "The form is"),
        ("", "Unknown operation ''"),
    ],
)
def test_a_wrong_string_is_refused_with_the_reason(arch, message):
    with pytest.raises(ValueError, match=message):
        DIGITS.canonical(arch)


def test_an_unknown_benchmark_is_suggested():
    with pytest.raises(KeyError, match="Did you mean 'nas_bench_digits'"):
        benchmarks.get("nas_bench_digit")


def test_samples_nest_and_start_with_the_extremes():
    long = DIGITS.sample(40, seed=0)
    assert DIGITS.sample(20, seed=0) == long[:20]
    assert [set(parse(arch)) for arch in long[:4]] == [{"skip_connect"}, {"nor_conv_3x3"}, {"avg_pool_3x3"}, {"none"}]
    assert len({DIGITS.canonical(arch) for arch in long}) == 40
    assert DIGITS.sample(40, seed=1)[4:] != long[4:]


def test_images_of_a_probe_are_the_first_training_images():
    inputs, targets = DIGITS.images("digits", 300)
    assert inputs.shape == (300, 1, 12, 12)
    assert_frame_equal(*(as_frame(DIGITS.images("digits", count)[0][:5]) for count in (5, 300)))
    assert set(targets) == set(range(10))
    with pytest.raises(ValueError, match="9999 training images asked, 2000 are there"):
        DIGITS.images("digits", 9999)


def as_frame(images):
    return pd.DataFrame(images.reshape(len(images), -1))


def test_weights_are_keyed_by_the_documented_position():
    cell = "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|nor_conv_1x1~1|none~2|"
    network = benchmarks.get("nas_bench_digits").build(cell, "digits", seed=3)
    weights = dict(network.named_parameters())
    for name, position in (
        ("body.stage2.cell0.edges.edge0-1.nor_conv_3x3.conv.weight", "stage2.cell0.edge0-1.nor_conv_3x3.weight"),
        ("body.reduction1.conv_a.conv.weight", "reduction1.conv_a.weight"),
        ("body.reduction1.shortcut.weight", "reduction1.shortcut.weight"),
        ("stem.conv.weight", "stem.conv.weight"),
        ("classifier.weight", "classifier.weight"),
    ):
        shape = tuple(weights[name].shape)
        wanted = torch.from_numpy(draw(position, shape, seed=3) * (2 / math.prod(shape[1:])) ** 0.5).float()
        assert_close(weights[name].detach(), wanted, rtol=0, atol=0)


# -- a random order of a table -------------------------------------------------------------------------------------------


class Small(CellSpace):
    """Seven rows of five functions."""

    name, datasets, cite, skeleton = "small", ("d",), "none", OFFICIAL

    def table(self, dataset):
        first = [(name, *["none"] * 2, "skip_connect", *["none"] * 2) for name in OPERATIONS]  # one function of five
        last = [("none",) * 3 + (name, "none", "none") for name in OPERATIONS if name != "skip_connect"]
        return pd.DataFrame(index=[arch_str(cell) for cell in first[:3] + last])

    def images(self, dataset, count):
        raise NotImplementedError


def test_any_beginning_of_the_order_is_a_sample_of_the_forms():
    small = Small()
    forms = {small.canonical(arch) for arch in small.table("d").index}
    assert len(forms) == 5 < len(small.table("d")) == 7
    whole = benchmarks.sample(small, "d")
    assert set(whole) == forms
    assert len(whole) == 5
    assert [benchmarks.sample(small, "d", count) for count in range(6)] == [whole[:count] for count in range(6)]
    assert benchmarks.sample(small, "d", seed=0) == whole != benchmarks.sample(small, "d", seed=1)


def test_every_form_is_as_likely_at_every_place():
    """However many strings it has: 1,000 orders, binomial deviation 12.6."""
    orders = pd.DataFrame([benchmarks.sample(Small(), "d", seed=seed) for seed in range(1000)])
    counts = orders.apply(lambda place: place.value_counts())
    assert counts.shape == (5, 5)
    assert counts.sub(200).abs().to_numpy().max() < 4 * 12.6


def test_another_benchmark_has_another_order():
    class Other(Small):
        name = "other"

    orders = [[benchmarks.sample(bench, "d", seed=seed) for seed in range(5)] for bench in (Small(), Other())]
    assert orders[0] != orders[1]


# -- the published table of NAS-Bench-201 --------------------------------------------------------------------------------

NB201 = benchmarks.get("nas_bench_201")
DATASETS = {"cifar10": (10, 94.37), "cifar100": (100, 73.51), "imagenet16_120": (120, 47.31)}
published = pytest.mark.skipif(
    not downloads.available("nas_bench_201"), reason="no copy of the originals at hand: set UNTRAINED_MIRROR"
)


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_published_skeleton_has_the_classes_of_the_data_set(dataset):
    network = NB201.build(NB201.architectures()[0], dataset)
    assert network.classifier.out_features == DATASETS[dataset][0]
    assert len(network.blocks()) == 1 + 3 * 5 + 2
    assert NB201.variants(NB201.architectures()[0], dataset)["one_output"]().classifier.out_features == 1


@published
@pytest.mark.parametrize("dataset", DATASETS)
def test_sizes_of_the_table_are_those_of_the_networks_built(dataset):
    """Of its own string each: a dead convolution counts."""
    table = NB201.table(dataset)
    for arch in np.random.default_rng(DATASETS[dataset][0]).choice(table.index.to_numpy(), 20, replace=False):
        with torch.device("meta"):
            network = CellNetwork(parse(str(arch)), **NB201.skeleton_of(dataset))
        assert sum(p.numel() for p in network.parameters()) == table.params[arch], arch


@published
@pytest.mark.parametrize("dataset", DATASETS)
def test_the_table_covers_the_space_and_its_best_are_as_published(dataset):
    table = NB201.table(dataset)
    assert sorted(table.index) == sorted(NB201.architectures())
    assert round(float(table.test_acc.max()), 2) == DATASETS[dataset][1]
    forms = table.index.map(NB201.canonical)
    assert forms.nunique() == 9445
    assert set(forms) <= set(table.index)  # every form is a string of its own
