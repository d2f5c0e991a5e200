"""What holds for NAS-Bench-Macro: its strings, and networks whose sizes are those of the table."""

import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import batch_norm, conv2d, relu
from torch.testing import assert_close

from untrained import benchmarks, downloads
from untrained.benchmarks.nas_bench_macro import BLOCKS, HEAD, STAGES, ChainNetwork, InvertedResidual, parse
from untrained.initialise import draw
from untrained.readers.nas_bench_macro import FILE, read

BENCH = benchmarks.get("nas_bench_macro", "nowhere")
archs = st.text("012", min_size=8, max_size=8)
THIN = {"width": 4}
few = settings(max_examples=10, deadline=None)


def size(arch):
    """Parameters and multiply-accumulates written out layer by layer, on 32 x 32 pixels."""
    params, macs, channels, side = 3 * 9 * 32 + 2 * 32, 3 * 9 * 32 * 32**2, 32, 32
    for codes in (arch[:2], arch[2:5], arch[5:]):
        for index, code in enumerate(codes):
            outputs, after = (2 * channels, side // 2) if index == 0 else (channels, side)
            if code == "0" and index == 0:
                params, macs = params + channels * outputs + 2 * outputs, macs + channels * outputs * after**2
            elif code != "0":
                _, expansion, kernel = BLOCKS[code]
                hidden = expansion * channels
                expand, depthwise, project = channels * hidden, kernel**2 * hidden, hidden * outputs
                params += expand + depthwise + project + 4 * hidden + 2 * outputs
                macs += expand * side**2 + (depthwise + project) * after**2
            channels, side = outputs, after
    head = channels * HEAD
    return params + head + 2 * HEAD + HEAD * 10 + 10, macs + head * side**2 + HEAD * 10


def measured(network):
    """Parameters and multiply-accumulates of a network from its own layers' outputs."""
    macs = []
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(lambda layer, _, y: macs.append(layer.weight.numel() * y[0, 0].numel()))
    network.eval()(torch.zeros(1, 3, 32, 32))
    return sum(p.numel() for p in network.parameters()), sum(macs) + network.classifier.weight.numel()


@pytest.mark.parametrize(
    ("arch", "params", "macs"),
    [("00000000", 387882, 7713280), ("22222222", 2932586, 105660928), ("02012100", 890666, 47327744)],
)
def test_sizes_are_the_published_ones(arch, params, macs):
    assert measured(BENCH.build(arch, "cifar10")) == size(arch) == (params, macs)


@given(archs)
@few
def test_sizes_follow_from_the_layers(arch):
    assert measured(BENCH.build(arch, "cifar10")) == size(arch)


def test_every_size_of_the_table_is_that_of_the_layers():
    if not downloads.available(BENCH.name):
        pytest.skip("no copy of the originals at hand: set UNTRAINED_MIRROR")
    table = benchmarks.get(BENCH.name).table("cifar10")
    assert sorted(table.index) == BENCH.architectures()
    sizes = np.array([size(arch) for arch in table.index])
    assert (sizes == table[["params", "flops"]].to_numpy()).all()
    runs = table.groupby(BENCH.canonical)[["test_acc_0", "test_acc_1", "test_acc_2"]].nunique()
    assert len(runs) == 3969
    assert (runs == 1).all(axis=None)  # strings of one function share one training


@pytest.mark.parametrize(("outputs", "stride"), [(4, 1), (6, 1), (4, 2)])
def test_an_inverted_residual_block_is_its_formula(outputs, stride):
    torch.manual_seed(0)
    block, x = InvertedResidual(4, outputs, stride, expansion=3, kernel=5), torch.randn(6, 4, 8, 8)
    hidden = relu(normalised(conv2d(x, block.expand.weight)))
    hidden = relu(normalised(conv2d(hidden, block.depthwise.weight, stride=stride, padding=2, groups=12)))
    wanted = normalised(conv2d(hidden, block.project.weight))
    assert_close(block(x), wanted + x if (outputs, stride) == (4, 1) else wanted)


def normalised(x):
    return batch_norm(x, None, None, training=True)


def test_exactly_3969_functions_among_6561_strings():
    everything = BENCH.architectures()
    assert len(everything) == len(set(everything)) == 6561
    assert len(BENCH.unique()) == 3969


@given(archs)
def test_canonical_is_idempotent_and_moves_identities_only_within_a_stage(arch):
    canonical = BENCH.canonical(arch)
    assert BENCH.canonical(canonical) == canonical
    assert "".join(parse(arch)) == arch
    for codes, form, length in zip(parse(arch), parse(canonical), STAGES, strict=True):
        assert len(codes) == len(form) == length
        assert (codes[0], codes[1:].replace("0", "")) == (form[0], form[1:].rstrip("0"))


@given(archs)
@few
def test_strings_of_one_form_are_bitwise_the_same_function(arch):
    inputs = torch.from_numpy(np.float32(np.random.default_rng(0).normal(size=(4, 3, 16, 16))))
    one, two = (BENCH.build(a, "cifar10", seed=1, **THIN)(inputs) for a in (arch, BENCH.canonical(arch)))
    assert_close(one, two, rtol=0, atol=0)


@given(archs)
def test_neighbours_are_16_distinct_strings_one_layer_away(arch):
    near = BENCH.neighbours(arch)
    assert len(set(near)) == len(near) == 16
    assert all(sum(a != b for a, b in zip(arch, other, strict=True)) == 1 for other in near)


@given(archs, archs)
@few
def test_a_shared_layer_has_the_same_weights_in_every_network(one, two):
    left, right = (BENCH.build(arch, "cifar10", seed=3, **THIN) for arch in (one, two))
    left, right = ({n.position(k): v for k, v in n.named_parameters()} for n in (left, right))
    shared = left.keys() & right.keys()
    assert ("stage1.layer0-mb3_k3.expand.weight" in shared) == (one[0] == two[0] == "1")
    for name in shared:
        assert_close(left[name], right[name], rtol=0, atol=0)


@given(archs, st.integers(0, 9))
@few
def test_building_twice_gives_the_same_weights_and_touches_no_random_state(arch, seed):
    before = torch.get_rng_state()
    one, two = (BENCH.build(arch, "cifar10", seed=seed, **THIN).state_dict() for _ in range(2))
    assert_close(one, two, rtol=0, atol=0)
    assert_close(torch.get_rng_state(), before, rtol=0, atol=0)


def test_weights_are_keyed_by_the_documented_position():
    weights = dict(BENCH.build("10200001", "cifar10", seed=3).named_parameters())
    for name, position in (
        ("body.stage1.layer0-mb3_k3.depthwise.weight", "stage1.layer0-mb3_k3.depthwise.weight"),
        ("body.stage2.layer0-mb6_k5.expand.weight", "stage2.layer0-mb6_k5.expand.weight"),
        ("body.stage3.layer0-downsampling.conv.weight", "stage3.layer0-downsampling.conv.weight"),
        ("body.stage3.layer1-mb3_k3.project.weight", "stage3.layer1-mb3_k3.project.weight"),
        ("stem.conv.weight", "stem.conv.weight"),
        ("conv.weight", "conv.weight"),
    ):
        shape = tuple(weights[name].shape)
        wanted = torch.from_numpy(draw(position, shape, seed=3) * (2 / math.prod(shape[1:])) ** 0.5).float()
        assert_close(weights[name].detach(), wanted, rtol=0, atol=0)


def test_blocks_follow_each_other_from_the_stem_to_the_head():
    network, inputs = BENCH.build("01020012", "cifar10", **THIN).eval(), torch.ones(2, 3, 16, 16)
    x = inputs
    for name in network.blocks():
        x = network.get_submodule(name)(x)
    assert_close(network.relu(network.norm(network.conv(x))), network.features(inputs))
    assert_close(network.classifier(network.features(inputs).mean((2, 3))), network(inputs))


def test_variants_have_one_output_or_one_channel():
    variants = BENCH.variants("02012100", "cifar10")
    assert variants["one_output"]()(torch.zeros(2, 3, 32, 32)).shape == (2, 1)
    thin = variants["reduced"]()
    assert thin(torch.zeros(5, 1, 3, 3)).shape == (5, 8, 1, 1)
    assert [name for name in thin.state_dict() if name.startswith("body.stage1.layer1")] != []


def test_the_table_is_that_of_the_reader(tmp_path, monkeypatch):
    path = tmp_path / "macro.json"
    path.write_text(json.dumps({"11111111": {"test_acc": [1.0, 2.0, 3.0], "params": 4, "flops": 5}}))
    monkeypatch.setattr(downloads, "table", lambda name, data: read({FILE: path}))
    assert BENCH.table("cifar10").to_dict("index") == {
        "11111111": {"test_acc": 2.0, "test_acc_0": 1.0, "test_acc_1": 2.0, "test_acc_2": 3.0, "params": 4, "flops": 5}
    }


@pytest.mark.parametrize("arch", ["0201210", "020121000", "02012103", "", "0201210a"])
def test_a_wrong_string_is_refused(arch):
    with pytest.raises(ValueError, match=f"{arch!r}. The form is eight of 0, 1, 2"):
        ChainNetwork(arch)
