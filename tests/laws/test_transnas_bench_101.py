"""What holds for TransNAS-Bench-101: its two search spaces and their encoders."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import batch_norm, conv2d, relu
from torch.testing import assert_close

from untrained import benchmarks, downloads, images
from untrained.benchmarks.cells import OPERATIONS, live
from untrained.benchmarks.encoders import ShiftedReduction
from untrained.benchmarks.transnas_bench_101 import TASKS, UNPUBLISHED, allowed, cell_str, layouts, parse_cell, parse_layout
from untrained.initialise import draw

BENCH = benchmarks.get("transnas_bench_101", "nowhere")
cells = st.tuples(*[st.sampled_from(OPERATIONS[:4])] * 6)
macros = st.sampled_from(BENCH.architectures("macro-jigsaw"))
archs = cells.map(cell_str) | macros
THIN = {"width": 4}
few = settings(max_examples=10, deadline=None)


def thin(arch, **changes):
    """The architecture's network for some task, four channels wide."""
    task = "macro-room_layout" if arch.endswith("basic") else "micro-room_layout"
    return BENCH.build(arch, task, **THIN | changes)


def convolution(inputs, outputs, kernel):
    """Parameters of a convolution without bias and the normalisation behind it."""
    return inputs * outputs * kernel**2 + 2 * outputs


def cell_size(cell):
    """Parameters of a cell network for 75 classes, written out; a strided skip is as large as a strided conv1x1."""
    total = convolution(3, 32, 3) + convolution(32, 64, 3) + 512 * 75 + 75
    for inputs, outputs, times in ((64, 128, 1), (128, 128, 3), (128, 256, 1), (256, 256, 3), (256, 512, 1), (512, 512, 1)):
        for edge, name in enumerate(cell):
            width = inputs if edge in (0, 1, 3) else outputs
            if name.startswith("nor_conv"):
                total += times * convolution(width, outputs, int(name[-1]))
            elif name == "skip_connect" and width != outputs:
                total += times * convolution(width, outputs, 1)
    return total


def layout_size(layout):
    """Parameters of a layout for 75 classes."""
    total, width = convolution(3, 32, 3) + convolution(32, 64, 3), 64
    for code in layout:
        inputs, width = width, 2 * width if code in "24" else width
        total += convolution(inputs, width, 3) + 3 * convolution(width, width, 3)
        total += convolution(inputs, width, 1) if code != "1" else 0
    return total + width * 75 + 75


def params(network):
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize("arch", ["64-41414-0_00_000", "64-41414-1_11_111", "64-41414-2_13_021", "64-41414-0_10_130"])
def test_size_of_a_cell_network(arch):
    assert params(BENCH.build(arch, "micro-class_object")) == cell_size(parse_cell(arch))


@pytest.mark.parametrize("arch", ["64-1114-basic", "64-2311-basic", "64-131312-basic"])
def test_size_of_a_layout(arch):
    assert params(BENCH.build(arch, "macro-class_object")) == layout_size(parse_layout(arch))


def test_the_spaces_have_their_published_sizes_and_2128_cells_differ():
    micro, macro = (BENCH.architectures(f"{space}-normal") for space in ("micro", "macro"))
    assert len(micro) == len(set(micro)) == 4096
    assert len({BENCH.canonical(arch) for arch in micro}) == 2128
    assert len(layouts()) == len(set(layouts())) == 3256
    assert BENCH.architectures() == [*micro, *macro]
    assert {f"64-{layout}-basic" for layout in layouts()} - set(macro) == {UNPUBLISHED}
    assert min(layouts(), key=len) == "1114"


def test_the_tables_have_the_architectures():
    if not downloads.available(BENCH.name):
        pytest.skip("no copy of the originals at hand: set UNTRAINED_MIRROR")
    bench = benchmarks.get(BENCH.name)
    for dataset in bench.datasets:
        table = bench.table(dataset)
        assert set(table.index) == set(bench.architectures(dataset))
        assert table["test_acc"].notna().all()
    # the paper's best scene classifiers, cell and layout
    best = {dataset: round(bench.table(dataset)["test_acc"].max(), 2) for dataset in bench.datasets}
    assert (best["micro-class_scene"], best["macro-class_scene"]) == (54.94, 57.48)


@given(archs)
def test_canonical_is_idempotent_and_keeps_live_edges(arch):
    canonical = BENCH.canonical(arch)
    assert BENCH.canonical(canonical) == canonical
    if arch.endswith("basic"):
        assert canonical == arch
    else:
        assert parse_cell(canonical) == live(parse_cell(arch))


@given(cells.map(cell_str))
@few
def test_equal_live_cells_are_bitwise_the_same_function(arch):
    inputs = torch.from_numpy(np.float32(np.random.default_rng(0).normal(size=(4, 3, 32, 32))))
    one, two = (thin(a, seed=1)(inputs) for a in (arch, BENCH.canonical(arch)))
    assert_close(one, two, rtol=0, atol=0)
    assert torch.isfinite(one).all()


@given(archs, st.sampled_from([16, 33, 64]))
@few
def test_each_module_changes_channels_and_resolution_as_its_code_says(arch, side):
    network, x = thin(arch), torch.zeros(2, 3, side, side)
    layout = parse_layout(arch) if arch.endswith("basic") else "41414"
    channels, side = 4, math.ceil(math.ceil(side / 2) / 2)
    x = network.stem(x)
    for module, code in zip(network.body, layout, strict=True):
        channels, side = channels * (2 if code in "24" else 1), math.ceil(side / 2) if code in "34" else side
        x = module(x)
        assert x.shape == (2, channels, side, side)
    assert network.classifier(x.mean((2, 3))).shape == (2, TASKS["room_layout"])


def test_a_strided_skip_reads_two_pixels_of_each_square():
    torch.manual_seed(0)
    skip, x = ShiftedReduction(3, 4, 2), torch.randn(5, 3, 6, 6)
    even, odd = relu(x)[:, :, ::2, ::2], relu(x)[:, :, 1::2, 1::2]
    wanted = batch_norm(
        torch.cat([conv2d(even, skip.conv_a.weight), conv2d(odd, skip.conv_b.weight)], 1), None, None, training=True
    )
    assert_close(skip(x), wanted)


def test_a_cell_without_input_gives_zeros_and_true_zero_gradients():
    x = torch.randn(2, 3, 32, 32).requires_grad_()
    features = thin("64-41414-0_00_000").features(x)
    assert features.shape == (2, 32, 1, 1)
    assert not features.any()
    (gradient,) = torch.autograd.grad(features.sum(), x)
    assert not gradient.any()


@given(archs)
@few
def test_neighbours_are_mutual_and_one_change_away(arch):
    near = BENCH.neighbours(arch)
    assert len(set(near)) == len(near) > 0
    assert arch not in near
    assert set(near) <= set(BENCH.architectures("macro-normal" if arch.endswith("basic") else "micro-normal"))
    assert all(arch in BENCH.neighbours(other) for other in near)


def test_neighbours_of_a_cell_and_of_a_layout():
    assert len(BENCH.neighbours("64-41414-0_00_000")) == 18
    changed = {f"64-{layout}-basic" for layout in ("1113", "1112", "3114", "2114")}
    near = set(BENCH.neighbours("64-1114-basic"))
    assert changed & near == {"64-3114-basic", "64-2114-basic"}  # 1113 and 1112 lack a change of channels or resolution
    assert {"64-11114-basic", "64-11143-basic"} <= near
    assert "64-1114-basic" in BENCH.neighbours("64-11114-basic")


@given(archs, st.integers(0, 9))
@few
def test_building_twice_gives_the_same_weights_and_touches_no_random_state(arch, seed):
    before = torch.get_rng_state()
    one, two = (thin(arch, seed=seed).state_dict() for _ in range(2))
    assert_close(one, two, rtol=0, atol=0)
    assert_close(torch.get_rng_state(), before, rtol=0, atol=0)


@given(cells, cells)
@few
def test_a_shared_edge_has_the_same_weights_in_every_cell(one, two):
    left, right = (thin(cell_str(cell), seed=3) for cell in (one, two))
    left, right = ({n.position(k): v for k, v in n.named_parameters()} for n in (left, right))
    shared = left.keys() & right.keys()
    assert any(a == b != "none" for a, b in zip(one, two, strict=True) if a != "skip_connect") <= any(
        "edge" in k for k in shared
    )
    for name in shared:
        assert_close(left[name], right[name], rtol=0, atol=0)


def test_weights_are_keyed_by_the_documented_position():
    cell = dict(thin("64-41414-1_03_020", seed=3).named_parameters())
    block = dict(thin("64-1234-basic", seed=3).named_parameters())
    for weights, name, position in (
        (
            cell,
            "body.module1.block0.edges.edge0-1.skip_connect.conv_b.weight",
            "module1.block0.edge0-1.skip_connect.conv_b.weight",
        ),
        (cell, "body.module2.block1.edges.edge1-2.nor_conv_3x3.conv.weight", "module2.block1.edge1-2.nor_conv_3x3.weight"),
        (cell, "stem.conv_b.conv.weight", "stem.conv_b.weight"),
        (block, "body.module4.block0.shortcut.conv.weight", "module4.block0.shortcut.weight"),
        (block, "body.module1.block1.conv_a.conv.weight", "module1.block1.conv_a.weight"),
        (block, "classifier.weight", "classifier.weight"),
    ):
        shape = tuple(weights[name].shape)
        wanted = torch.from_numpy(draw(position, shape, seed=3) * (2 / math.prod(shape[1:])) ** 0.5).float()
        assert_close(weights[name].detach(), wanted, rtol=0, atol=0)


@given(archs)
@few
def test_blocks_follow_each_other_and_every_relu_is_a_module(arch):
    network, inputs = thin(arch).eval(), torch.ones(2, 3, 32, 32)
    x = inputs
    for name in network.blocks():
        x = network.get_submodule(name)(x)
    assert_close(x, network.features(inputs))
    assert len(network.blocks()) == 1 + 2 * len(network.body)
    convolutions = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    relus = [layer for layer in network.modules() if isinstance(layer, nn.ReLU)]
    skips = [layer for layer in network.modules() if isinstance(layer, ShiftedReduction)]
    shortcuts = [name for name, _ in network.named_modules() if name.endswith("shortcut.conv")]
    assert len(relus) == len(convolutions) - 1 - len(skips) - len(shortcuts)


def test_variants_have_one_output_or_one_channel():
    for arch, dataset, shape in (
        ("64-41414-3_21_013", "micro-jigsaw", (5, 1, 3, 3)),
        ("64-1234-basic", "macro-jigsaw", (5, 4, 1, 1)),
    ):
        variants = BENCH.variants(arch, dataset)
        assert variants["one_output"]()(torch.zeros(2, 3, 32, 32)).shape == (2, 1)
        assert variants["reduced"]()(torch.zeros(5, 1, 3, 3)).shape == shape


@pytest.mark.parametrize("dataset", BENCH.datasets)
def test_the_head_has_the_outputs_of_the_task_and_as_many_labels(dataset, monkeypatch):
    asked, nothing = [], (np.zeros(0), np.zeros(0))
    monkeypatch.setattr(images, "imagenet_sample", lambda *args, **named: asked.append((args, named)) or nothing)
    arch = "64-1114-basic" if dataset.startswith("macro") else "64-41414-0_00_001"
    outputs = BENCH.build(arch, dataset, **THIN).classifier.out_features
    BENCH.images(dataset, 8, 32)
    assert asked == [((8, 32), {"classes": outputs, "data": BENCH.data})]


@pytest.mark.parametrize(
    "arch",
    ["64-41414-0_00_004", "64-41414-0_00_00", "64-41414-00_0_000", "64-41415-0_00_000", "64-111-basic", "64-1111-basic",
     "64-2222411-basic", "64-222241-basic", "64-3333-basic", "64-1235-basic", "16-1234-basic", "64-1234", ""],
)  # fmt: skip
def test_a_wrong_string_is_refused(arch):
    with pytest.raises(ValueError, match=f"Not a (cell|layout) of TransNAS-Bench-101: {arch!r}. The form is '64-"):
        BENCH.canonical(arch)


def test_the_limits_of_a_layout():
    assert [layout for layout in ("1114", "3332", "333324", "333334", "222414", "113444") if allowed(layout)] == [
        "1114", "3332", "113444",
    ]  # fmt: skip
    assert sum(map(allowed, map("".join, itertools.product("1234", repeat=4)))) == 210


def test_a_space_and_its_data_sets_go_together():
    with pytest.raises(ValueError, match="'64-1234-basic' is no micro architecture, but the data set is 'micro-jigsaw'"):
        BENCH.build("64-1234-basic", "micro-jigsaw")
    with pytest.raises(ValueError, match="Unknown data set 'micro-jigsa'. Did you mean 'micro-jigsaw'"):
        BENCH.build("64-41414-0_00_000", "micro-jigsa")
