"""What holds for every cell of NAS-Bench-101, and what its authors published about some."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn import functional as F
from torch.testing import assert_close

from untrained import benchmarks, images, scoring
from untrained.benchmarks.graphs import EDGES, OPERATIONS, VERTICES, Graph, of_matrix, parse
from untrained.benchmarks.nas_bench_101 import vertex_channels
from untrained.initialise import draw

BENCH = benchmarks.get("nas_bench_101", "nowhere")
SMALL = {"width": 16, "cells": 1, "stages": 2}
FIRST = "|conv3x3~0|maxpool3x3~1|conv3x3~2|conv3x3~0|conv1x1~034|output~25|"
"""The first cell of the official file."""
INCEPTION = "|conv1x1~0|conv3x3~0|conv3x3~0|conv3x3~3|maxpool3x3~0|output~1245|"
"""The Inception-like cell of the official read-me, in the order of its vertices there."""


@st.composite
def graphs(draw_from):
    """Cells of the space, dead vertices included."""
    last = draw_from(st.integers(1, VERTICES - 1))
    sources = [draw_from(st.sets(st.integers(0, v - 1), min_size=v == last, max_size=3)) for v in range(1, last + 1)]
    operations = draw_from(st.lists(st.sampled_from(OPERATIONS), min_size=last - 1, max_size=last - 1))
    graph = Graph(tuple(operations), tuple(tuple(sorted(found)) for found in sources))
    try:
        graph.pruned()
    except ValueError:
        assume(False)
    return graph


def relabelled(graph, randomness):
    """An isomorphic graph: vertices in another order that keeps edges pointing upwards."""
    order, left = [0], set(range(1, len(graph.sources)))
    while left:
        free = [vertex for vertex in left if set(graph.sources[vertex - 1]) <= set(order)]
        order.append(randomness.choice(free))
        left.remove(order[-1])
    return graph.part([*order, len(graph.sources)])


def inputs(count=2, side=8, channels=3):
    return torch.from_numpy(np.float32(np.random.default_rng(0).normal(size=(count, channels, side, side))))


@given(graphs())
def test_strings_round_trip_and_canonical_is_idempotent(graph):
    assert parse(str(graph)) == graph
    once = BENCH.canonical(str(graph))
    assert BENCH.canonical(once) == once
    assert parse(once).pruned() == parse(once)


@given(graphs(), st.randoms(use_true_random=False))
def test_isomorphic_cells_share_form_and_hash(graph, randomness):
    other = relabelled(graph, randomness)
    assert BENCH.canonical(str(other)) == BENCH.canonical(str(graph))
    assert BENCH.module_hash(str(other)) == BENCH.module_hash(str(graph)) == BENCH.module_hash(BENCH.canonical(str(graph)))


@given(graphs(), st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_isomorphic_cells_are_bitwise_the_same_function(graph, randomness):
    other = relabelled(graph, randomness)
    one, two = (BENCH.build(str(g), "cifar10", seed=1, **SMALL)(inputs()) for g in (graph, other))
    assert_close(one, two, rtol=0, atol=0)


def test_counting_upwards_gives_the_published_numbers_and_the_canonical_forms():
    """All graphs of up to 5 vertices, adjacency bits first, then operations: 1 + 6 + 84 + 2441 classes, as published."""
    first = {}
    for vertices in range(2, 6):
        pairs = [(s, v) for v in range(1, vertices) for s in range(v)]
        for bits in range(1 << len(pairs)):
            edges = [pair for place, pair in enumerate(pairs) if bits >> place & 1]
            sources = tuple(tuple(s for s, v in edges if v == vertex) for vertex in range(1, vertices))
            whole = all(sources) and {s for s, _ in edges} == set(range(vertices - 1)) and len(edges) <= EDGES
            for operations in itertools.product(OPERATIONS, repeat=vertices - 2) if whole else ():
                graph = Graph(operations, sources)
                first.setdefault(str(graph.canonical()), str(graph))
    assert len(first) == 1 + 6 + 84 + 2441
    assert all(canonical == earliest for canonical, earliest in first.items())
    assert len({BENCH.module_hash(arch) for arch in first}) == len(first)


@pytest.mark.slow
def test_the_whole_space_has_423624_cells():
    """In numbers of vertices 2 to 7, as published; each its own canonical form."""
    found = BENCH.unique()
    sizes = Counter(arch.count("~") for arch in found)
    assert [sizes[edges] for edges in range(1, 7)] == [1, 6, 84, 2441, 62010, 359082]
    assert len(set(found)) == len(found) == 423624
    assert all(BENCH.canonical(arch) == arch for arch in found[::1000])
    assert {FIRST, BENCH.canonical(INCEPTION)} <= set(found)


@pytest.mark.parametrize(
    ("arch", "module_hash", "params"),
    [
        (FIRST, "00005c142e6f48ac74fdcf73e3439874", 8555530),
        (INCEPTION, "28cfc7874f6d200472e1a9dcd8650aa0", 2694282),
        ("|conv3x3~0|conv3x3~01|conv3x3~02|conv3x3~03|conv3x3~4|output~5|", None, 49979274),  # the largest of all
    ],
)
def test_official_hash_and_size(arch, module_hash, params):
    assert module_hash in (None, BENCH.module_hash(arch))
    assert sum(p.numel() for p in BENCH.build(arch, "cifar10").parameters()) == params


@pytest.mark.parametrize(
    ("cell", "outputs", "channels"),
    [  # the examples of the authors' own tests
        ("|conv3x3~0|conv3x3~1|output~2|", 16, [16, 16, 16]),
        ("|output~0|", 5, [5]),
        ("|conv3x3~0|conv3x3~0|conv3x3~12|output~3|", 16, [16, 16, 16, 16]),
        ("|conv3x3~0|conv3x3~0|output~12|", 15, [8, 7, 15]),
        ("|conv3x3~0|conv3x3~0|conv3x3~0|output~123|", 8, [3, 3, 2, 8]),
        ("|conv3x3~0|conv3x3~1|conv3x3~1|output~23|", 9, [5, 5, 4, 9]),
        ("|conv3x3~0|conv3x3~1|conv3x3~02|output~13|", 15, [8, 7, 7, 15]),
    ],
)
def test_official_channels(cell, outputs, channels):
    assert vertex_channels(parse(cell).sources, outputs) == channels


def test_too_thin_a_network_is_refused():
    with pytest.raises(ValueError, match="3 channels for 4 vertices that feed the output"):
        BENCH.build(INCEPTION, "cifar10", width=3)


def test_a_cell_is_what_its_formula_says():
    """Projections added, one channel cut, outputs concatenated, the input projected onto the sum: written out in full."""
    arch = "|conv1x1~0|conv3x3~01|maxpool3x3~02|output~0123|"
    assert BENCH.canonical(arch) == arch
    network = BENCH.build(arch, "cifar10", **SMALL)
    cell, x = network.body.stage1.cell0, inputs(channels=16)

    def conv(name, x):
        weight = dict(cell.named_parameters())[f"vertices.{name}.conv.weight"]
        y = F.conv2d(x, weight, padding=weight.shape[-1] // 2)
        return F.relu(F.batch_norm(y, None, None, training=True, eps=1e-5))

    one = conv("vertex1.conv1x1", conv("vertex1.projection", x))
    two = conv("vertex2.conv3x3", one[:, :5] + conv("vertex2.projection", x))
    three = F.max_pool2d(two + conv("vertex3.projection", x), 3, stride=1, padding=1)
    assert [value.shape[1] for value in (one, two, three)] == [6, 5, 5]
    assert_close(cell(x), torch.cat([one, two, three], 1) + conv("output.projection", x))
    x = inputs()
    features = network.body.stage2(F.max_pool2d(network.body.stage1(network.stem(x)), 2, stride=2))
    assert_close(network.features(x), features)
    assert_close(network(x), network.classifier(features.mean((2, 3))))


@given(graphs(), st.integers(0, 9))
@settings(max_examples=10, deadline=None)
def test_building_twice_gives_the_same_weights_and_touches_no_random_state(graph, seed):
    before = torch.get_rng_state()
    one, two = (BENCH.build(str(graph), "cifar10", seed=seed, **SMALL).state_dict() for _ in range(2))
    assert_close(one, two, rtol=0, atol=0)
    assert_close(torch.get_rng_state(), before, rtol=0, atol=0)
    assert all(torch.isfinite(tensor).all() for tensor in one.values())


def test_normalisation_is_the_authors():
    """Momentum 0.997 of the old statistics, epsilon 1e-5; no convolution has a bias."""
    modules = list(BENCH.build(FIRST, "cifar10", **SMALL).modules())
    norms = [layer for layer in modules if isinstance(layer, torch.nn.BatchNorm2d)]
    assert {(round(layer.momentum, 9), layer.eps) for layer in norms} == {(0.003, 1e-5)}
    assert all(layer.bias is None for layer in modules if isinstance(layer, torch.nn.Conv2d))


def test_weights_are_keyed_by_the_documented_position():
    weights = dict(BENCH.build(FIRST, "cifar10", seed=3, **SMALL).named_parameters())
    for name, position in (
        ("stem.conv.weight", "stem.conv.weight"),
        ("body.stage2.cell0.vertices.vertex5.conv1x1.conv.weight", "stage2.cell0.vertex5.conv1x1.weight"),
        ("body.stage1.cell0.vertices.vertex4.projection.conv.weight", "stage1.cell0.vertex4.projection.weight"),
        ("classifier.weight", "classifier.weight"),
    ):
        shape = tuple(weights[name].shape)
        wanted = torch.from_numpy(draw(position, shape, seed=3) * (2 / math.prod(shape[1:])) ** 0.5).float()
        assert_close(weights[name].detach(), wanted, rtol=0, atol=0)


@given(graphs())
@settings(max_examples=25, deadline=None)
def test_neighbours_are_other_cells_of_the_space(graph):
    near = BENCH.neighbours(str(graph))
    assert near == sorted(set(near))
    assert BENCH.canonical(str(graph)) not in near
    assert all(BENCH.canonical(other) == other for other in near)
    own = graph.canonical()
    for other in map(parse, near):
        grown = len(other.sources) - len(own.sources)
        assert grown <= 1
        assert other.edges - own.edges <= 1 + max(grown, 0)
        if len(other.sources) == len(own.sources):
            assert BENCH.canonical(str(graph)) in BENCH.neighbours(str(other))


def test_neighbours_of_the_smallest_cells_written_out():
    assert BENCH.neighbours("|output~0|") == [f"|{name}~0|output~01|" for name in sorted(OPERATIONS)]
    near = BENCH.neighbours("|conv3x3~0|output~01|")
    assert {"|output~0|", "|conv1x1~0|output~01|", "|maxpool3x3~0|output~01|", "|conv3x3~0|output~1|"} <= set(near)
    assert all(f"|conv3x3~0|{name}~1|output~012|" in near for name in OPERATIONS)  # between 1 and the output
    assert f"|{OPERATIONS[1]}~0|conv3x3~01|output~02|" in near  # between the input and 1
    assert len(near) == 4 + 9


def test_a_walk_reaches_the_largest_cells():
    arch = "|output~0|"
    for _ in range(7):
        arch = max(BENCH.neighbours(arch), key=lambda other: (len(parse(other).sources), -parse(other).edges))
    assert len(parse(arch).sources) == VERTICES - 1


@pytest.mark.parametrize(
    ("arch", "message"),
    [
        ("|conv3x4~0|output~1|", "Unknown operation 'conv3x4'.*Did you mean 'conv3x3'"),
        ("|conv3x3~0|output~2|", "The form is|numbers of earlier vertices"),
        ("|conv3x3~0|output~10|", "numbers of earlier vertices, increasing"),
        ("|conv3x3~0|output~1", "Not a NAS-Bench-101 cell"),
        ("|conv3x3~x|output~1|", "Not a NAS-Bench-101 cell"),
        ("|conv3x3~0|conv1x1~1|", "Not a NAS-Bench-101 cell"),
        ("", "Not a NAS-Bench-101 cell: ''"),
        ("|conv3x3~0|output~|", "No path leads from the input to the output"),
        (
            "|conv3x3~0|conv3x3~01|conv3x3~012|conv3x3~0|output~1234|",
            "has 6 vertices and 11 edges.*at most 7 .*9 edges",
        ),
        ("|conv3x3~0|conv3x3~1|conv3x3~2|conv3x3~3|conv3x3~4|conv3x3~5|output~6|", "has 8 vertices and 7 edges"),
    ],
)
def test_a_wrong_string_is_refused_with_the_reason(arch, message):
    with pytest.raises(ValueError, match=message):
        BENCH.canonical(arch)


def test_a_matrix_with_an_edge_downwards_is_refused():
    with pytest.raises(ValueError, match="not strictly upper triangular"):
        of_matrix([[0, 1], [1, 0]], ["input", "output"])


@given(graphs())
@settings(max_examples=10, deadline=None)
def test_variants(graph):
    variants = BENCH.variants(str(graph), "cifar10")
    feeding = sum(vertex > 0 for vertex in graph.canonical().sources[-1])
    assert variants["reduced"]()(inputs(5, 3, 1)).shape == (5, max(feeding, 1), 3, 3)


def test_one_output():
    network = BENCH.variants("|output~0|", "cifar10")["one_output"]()
    assert network(inputs(2)).shape == (2, 1)


def test_images_are_those_of_cifar10(monkeypatch):
    made = np.zeros((5, 3, 32, 32), np.float32), np.arange(5)
    monkeypatch.setattr(images, "cifar10", lambda count, data: {(5, BENCH.data): made}[count, data])
    assert BENCH.images("cifar10", 5) is made


def test_proxies_find_what_they_need():
    network = BENCH.build(FIRST, "cifar10", **SMALL)
    assert network.blocks() == ["stem", "body.stage1.cell0", "body.stage2.cell0"]
    found = scoring.score(
        network,
        inputs(8, 16),
        torch.arange(8) % 10,
        proxies=["naswot", "synflow", "zen", "expressivity", "trainability", "nlr", "params"],
        variants=BENCH.variants(FIRST, "cifar10"),
    )
    assert (found["status"] == "ok").all(), found
