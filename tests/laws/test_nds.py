"""Laws of the NDS networks, and their official sizes."""

import json
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.testing import assert_close

from untrained import benchmarks, downloads
from untrained.benchmarks.nds import BLOCKS, OPERATIONS, Cells, Stages, joined, parse
from untrained.initialise import draw
from untrained.readers.nds import arch_str

NDS = benchmarks.get("nds")


def cell_string(space, normal, reduce, *, depth=3, width=4):
    kinds = {"normal": normal, "reduce": reduce}
    genotype = {f"{kind}_concat": list(joined(edges, space)) for kind, edges in kinds.items()} | kinds
    return arch_str({"genotype": genotype, "depth": depth, "width": width}, space)


def stage_string(space, ds, ws, ss, **more):
    net = {"block_type": BLOCKS[space], "bot_muls": [], "num_gs": [], "ds": ds, "ws": ws, "ss": ss}
    return arch_str(net | more, space)


@st.composite
def edges(draw_, space):
    nodes = 4 if space == "darts" else 5
    sources = [draw_(st.integers(0, 1 + place // 2)) for place in range(2 * nodes)]
    return [(draw_(st.sampled_from(OPERATIONS[space].split())), source) for source in sources]


@st.composite
def strings(draw_):
    space = draw_(st.sampled_from([*OPERATIONS, *BLOCKS]))
    if space in OPERATIONS:
        return cell_string(space, draw_(edges(space)), draw_(edges(space)), depth=draw_(st.integers(1, 4)))
    ws = draw_(st.lists(st.sampled_from([16, 32]), min_size=2, max_size=2))
    more = {"bot_muls": [1.0, 0.5, 1.0], "num_gs": [1, 4, 2]} if BLOCKS[space] == "res_bottleneck_block" else {}
    return stage_string(space, [1, draw_(st.integers(1, 2)), 1], [8, *ws], [draw_(st.sampled_from([1, 4, 8])), 1, 2], **more)


BOTTLENECK = stage_string("resnext_a", [1, 2, 1], [8, 16, 32], [8, 1, 2], bot_muls=[1.0, 0.5, 0.25], num_gs=[1, 2, 4])
PLAIN = stage_string("vanilla", [1, 1, 2], [4, 4, 6], [1, 1, 2])
RESIDUAL = stage_string("resnet", [1, 1, 2], [4, 4, 6], [4, 1, 2])
ENAS = [("sep_conv_3x3", 0), ("skip_connect", 1)] * 5


def images(size=32, count=2):
    return torch.from_numpy(np.random.default_rng(0).normal(size=(count, 3, size, size))).float()


def size(network):
    return sum(parameter.numel() for parameter in network.parameters())


@given(strings())
@settings(max_examples=60)
def test_strings_round_trip_and_canonical_is_idempotent(arch):
    space, net = parse(arch)
    fields = net._asdict() | ({"genotype": net.genotype._asdict()} if isinstance(net, Cells) else {})
    assert arch_str(fields, space) == arch
    assert NDS.canonical(NDS.canonical(arch)) == NDS.canonical(arch)


@given(strings())
@settings(max_examples=15, deadline=None)
def test_equal_canonical_forms_are_bitwise_the_same_function(arch):
    one, two = (NDS.build(a, "darts", seed=1, stem="cifar")(images(8)) for a in (arch, NDS.canonical(arch)))
    assert torch.isfinite(one).all()
    assert_close(one, two, rtol=0, atol=0)


def test_the_order_of_a_nodes_edges_changes_the_string_and_nothing_else():
    turned = [edge for one, two in zip(ENAS[::2], ENAS[1::2], strict=True) for edge in (two, one)]
    one, two = (cell_string("enas", cell, cell) for cell in (ENAS, turned))
    assert one != two
    assert NDS.canonical(one) == NDS.canonical(two)
    assert_close(*(NDS.build(arch, "enas")(images()) for arch in (one, two)), rtol=0, atol=0)


def test_a_repeated_edge_has_weights_of_its_own():
    twice = [("sep_conv_3x3", 0), ("sep_conv_3x3", 0), *ENAS[2:]]
    network = NDS.build(cell_string("enas", twice, twice), "enas")
    both = network.body["stage1_cell0"].edges["edge0-2"]
    assert list(both) == ["sep_conv_3x3", "sep_conv_3x3_again"]
    first, second = (module.first.pointwise.weight for module in both.values())
    assert not torch.equal(first, second)


@given(strings())
@settings(max_examples=10, deadline=None)
def test_building_twice_gives_the_same_weights_and_touches_no_random_state(arch):
    before = torch.get_rng_state()
    one, two = (NDS.build(arch, "enas_in", seed=2, classes=3).state_dict() for _ in range(2))
    assert_close(one, two, rtol=0, atol=0)
    assert_close(torch.get_rng_state(), before, rtol=0, atol=0)
    assert all(torch.isfinite(tensor).all() for tensor in one.values())


@given(strings())
@settings(max_examples=30, deadline=None)
def test_neighbours_are_distinct_networks_of_the_space_one_change_away(arch):
    near = NDS.neighbours(arch)
    assert near
    assert len({*near, arch}) == len(near) + 1
    space, net = parse(arch)
    for other_space, other in map(parse, near[:: max(1, len(near) // 12)]):
        assert other_space == space
        if isinstance(net, Stages):
            assert (
                sum(a != b for one, two in zip(net[1:], other[1:], strict=True) for a, b in zip(one, two, strict=True)) == 1
            )
        else:
            pairs = [(getattr(net.genotype, kind), getattr(other.genotype, kind)) for kind in ("normal", "reduce")]
            assert sum(a != b for one, two in pairs for a, b in zip(one, two, strict=True)) == 1


def test_a_neighbour_is_the_next_rung():
    near = {parse(arch)[1].ws for arch in NDS.neighbours(RESIDUAL)}
    assert near == {(4, 4, 6), (4, 16, 6), (4, 4, 16)}
    assert all(parse(arch)[1].num_gs[2] != 8 for arch in NDS.neighbours(BOTTLENECK))


def test_sizes_of_staged_networks_by_hand():
    """Convolutions without bias, two numbers per normalised channel, a linear head with bias."""
    conv = lambda inputs, outputs, kernel, groups=1: inputs * outputs * kernel**2 // groups + 2 * outputs
    head = 6 * 10 + 10
    plain = conv(3, 4, 3) + 2 * conv(4, 4, 3) + conv(4, 6, 3) + 3 * conv(6, 6, 3) + head
    assert size(NDS.build(PLAIN, "vanilla")) == plain
    residual = plain - conv(3, 4, 3) + conv(3, 4, 7) + conv(4, 6, 1)
    assert size(NDS.build(RESIDUAL, "resnet_lr_wd_in", classes=10)) == residual
    stem = conv(3, 4, 3) + conv(4, 8, 3) + conv(8, 8, 3)
    first = conv(8, 8, 1) + conv(8, 8, 3, 2) + conv(8, 16, 1) + conv(8, 16, 1)
    again = conv(16, 8, 1) + conv(8, 8, 3, 2) + conv(8, 16, 1)
    last = conv(16, 8, 1) + conv(8, 8, 3, 4) + conv(8, 32, 1) + conv(16, 32, 1)
    assert size(NDS.build(BOTTLENECK, "resnext_a_in")) == stem + first + again + last + 32 * 1000 + 1000


def test_blocks_by_their_formula():
    """relu(x + f(x)), relu(proj(x) + f(x)) and f(x); a convolution without ReLU ends f in residual blocks only."""
    kept, projected = NDS.build(RESIDUAL, "resnet_lr_wd_in").body.eval().children()
    x = torch.randn(2, 4, 6, 6)
    block = kept.block0
    inner = block.f.b.norm(block.f.b.conv(block.f.a(x)))
    assert_close(block(x), torch.relu(x + inner))
    block = projected.block0
    inner = block.f.b.norm(block.f.b.conv(block.f.a(x)))
    assert_close(block(x), torch.relu(block.shortcut.norm(block.shortcut.conv(x)) + inner))
    plain = NDS.build(PLAIN, "vanilla").body.stage1.block0.eval()
    assert_close(plain(x), torch.relu(plain.f.b.norm(plain.f.b.conv(torch.relu(plain.f.a.norm(plain.f.a.conv(x)))))))


def test_size_of_a_cell_network_by_hand():
    """Depth 1 is one reduction cell, of double width C; node k + 2 of ENAS here reads only the two inputs."""
    arch = cell_string("enas", ENAS, ENAS, depth=1, width=4)
    c, stem = 8, 3 * 12 * 9 + 2 * 12
    inputs = 2 * (12 * c + 2 * c)
    separable, halved = 2 * (9 * c + c * c + 2 * c), c * c + 2 * c
    assert size(NDS.build(arch, "enas")) == stem + inputs + 5 * (separable + halved) + 5 * c * 10 + 10


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("conv_1x1", 64 + 16), ("conv_3x3", 9 * 64 + 16), ("conv_3x1_1x3", 6 * 64 + 16), ("conv_7x1_1x7", 14 * 64 + 16),
        ("sep_conv_7x7", 2 * (49 * 8 + 64 + 16)), ("dil_conv_3x3", 9 * 8 + 64 + 16), ("max_pool_7x7", 0),
    ],
)  # fmt: skip
def test_size_of_an_operation(name, weights):
    with_it, without = ([(op, 0), *[("skip_connect", 0)] * 9] for op in (name, "avg_pool_3x3"))
    one, two = (size(NDS.build(cell_string("nasnet", cell, cell, depth=1), "nasnet")) for cell in (with_it, without))
    assert one - two == weights


def test_dilated_and_large_kernels_keep_the_resolution():
    for space in OPERATIONS:
        for name in OPERATIONS[space].split():
            cell = [(name, place // 2) for place in range(8 if space == "darts" else 10)]
            network = NDS.build(cell_string(space, cell, cell, depth=3), "enas")
            stem = network.stem(images(7))
            assert network.body["stage1_cell0"](stem, stem).shape[2:] == (7, 7), name
            assert network.features(images(7)).shape[2:] == (2, 2), name


@pytest.mark.parametrize(("dataset", "stride"), [("enas", 4), ("enas_in", 32)])
def test_stems_and_reductions(dataset, stride):
    network = NDS.build(cell_string("enas", ENAS, ENAS, depth=6), dataset)
    assert network.features(images(64)).shape[2:] == (64 // stride, 64 // stride)
    assert [name for name in network.body if name.startswith("reduction")] == ["reduction1", "reduction2"]
    assert list(network.body).index("reduction1") == 2
    assert network(images(32)).shape == (2, 1000 if dataset.endswith("_in") else 10)


@pytest.mark.parametrize("arch", [BOTTLENECK, PLAIN, RESIDUAL, cell_string("enas", ENAS, ENAS, depth=4)])
@pytest.mark.parametrize("stem", ["cifar", "imagenet"])
def test_blocks_follow_each_other(arch, stem):
    network, seen = NDS.build(arch, "enas_in", stem=stem), {}
    for name in network.blocks():
        network.get_submodule(name).register_forward_hook(
            lambda _, given, made, name=name: seen.update({name: (given[0], made)})
        )
    features = network.features(images(64))
    assert list(seen) == network.blocks()
    assert all(seen[one][1] is seen[two][0] for one, two in pairwise(network.blocks()))
    assert seen[network.blocks()[-1]][1] is features
    assert_close(network(images(64)), network.classifier(network.features(images(64)).mean((2, 3))))


@pytest.mark.parametrize("arch", [BOTTLENECK, PLAIN, cell_string("enas", ENAS, ENAS, depth=2)])
def test_variants(arch):
    variants = NDS.variants(arch, "enas_in")
    assert variants["one_output"]()(images(64)).shape == (2, 1)
    plain = NDS.variants(arch, "enas_in", stem="cifar")["one_output"]()
    assert plain.blocks()[0] == "stem"
    assert plain.stem(images(64)).shape[2:] == (64, 64)
    thin = variants["reduced"]()
    found = thin(torch.randn(5, 1, 3, 3))
    assert torch.isfinite(found).all()
    assert any(isinstance(module, nn.ReLU) for module in thin.modules())
    assert all(conv.in_channels == 1 for name, conv in thin.named_modules() if name.endswith(("0.last.conv", "f.a.conv")))


def test_weights_are_keyed_by_the_documented_position():
    network = NDS.build(cell_string("enas", ENAS, ENAS, depth=6), "enas_in", seed=3)
    weights = dict(network.named_parameters())
    names = {
        "body.stage2_cell0.edges.edge0-3.sep_conv_3x3.first.depthwise": "stage2.cell0.edge0-3.sep_conv_3x3.first.depthwise",
        "body.reduction1.last.conv": "reduction1.last",
        "stem.conv_a": "stem.conv_a",
        "classifier": "classifier",
    }
    for name, position in names.items():
        weight = weights[f"{name}.weight"].detach()
        wanted = draw(f"{position}.weight", tuple(weight.shape), seed=3) * (2 / weight[0].numel()) ** 0.5
        assert_close(weight, torch.from_numpy(wanted).float(), rtol=0, atol=0)
    staged = NDS.build(BOTTLENECK, "resnext_a_in")
    assert staged.position("body.stage1.block0.f.b.conv") == "stage1.block0.b"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda net: net | {"space": "dart"}, "Unknown space 'dart'. Did you mean 'darts'"),
        (lambda net: net | {"space": ["darts"]}, "Unknown space"),
        (lambda net: net | {"depth": 0}, "depth 0"),
        (lambda net: net | {"width": 5}, "wanted are a positive depth and an even width"),
        (lambda net: net | {"color": 1}, "fields or order differ"),
        (lambda net: net["genotype"].update(normal_concat=[5]) or net, r"normal_concat is \[5\], the cell's edges ask for"),
        (lambda net: net["genotype"]["reduce"].__setitem__(0, ["sepconv_3x3", 0]) or net, "Did you mean 'sep_conv_3x3'"),
        (
            lambda net: net["genotype"]["reduce"].__setitem__(0, ["skip_connect", 2]) or net,
            "reads node 2; node 2 may read 0 to 1",
        ),
        (lambda net: net["genotype"]["reduce"].pop() and net, "A cell has 10 edges"),
    ],
)
def test_a_wrong_cell_string_is_refused_with_the_reason(change, message):
    net = change(json.loads(cell_string("enas", ENAS, ENAS)))
    with pytest.raises(ValueError, match=message):
        NDS.canonical(json.dumps(net, sort_keys=True, separators=(",", ":")))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ds": [2, 2, 1]}, "entry 0 is the stem"),
        ({"ds": [1, 2]}, "fields have"),
        ({"ws": [8, 0, 32]}, "not positive"),
        ({"num_gs": [1, 3, 4]}, "3 groups do not divide a bottleneck of 16 x 0.5"),
        ({"block_type": "res_basic_block"}, "wanted is 'res_bottleneck_block'"),
    ],
)
def test_a_wrong_stage_string_is_refused_with_the_reason(change, message):
    net = json.dumps(json.loads(BOTTLENECK) | change, sort_keys=True, separators=(",", ":"))
    with pytest.raises(ValueError, match=message):
        NDS.canonical(net)


@pytest.mark.parametrize("arch", ["", "[]", "3", '{"depth":6}', BOTTLENECK.replace(",", ", ")])
def test_what_is_no_normal_form_is_refused(arch):
    with pytest.raises(ValueError, match=r"Not an? (NDS )?network"):
        NDS.build(arch, "resnext_a_in")


def test_unknown_stem_and_dataset_are_suggested():
    with pytest.raises(ValueError, match="Unknown stem 'imagnet'. Did you mean 'imagenet'"):
        NDS.build(BOTTLENECK, "resnext_a_in", stem="imagnet")
    with pytest.raises(ValueError, match="Unknown stem 'imagnet'. Did you mean 'imagenet'"):
        NDS.build(cell_string("enas", ENAS, ENAS), "enas", stem="imagnet")
    with pytest.raises(ValueError, match="'resnext_c_in'. Did you mean 'resnext"):
        NDS.table("resnext_c_in")


def operations_of(network, side):
    """Multiply-accumulates, biases and 5 for each normalised value of one image: the count of the staged sets."""
    total = []
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(lambda layer, _, made: total.append(made[0].numel() * layer.weight[0].numel()))
        elif isinstance(module, nn.BatchNorm2d):
            module.register_forward_hook(lambda layer, _, made: total.append(5 * made[0].numel()))
        elif isinstance(module, nn.Linear):
            module.register_forward_hook(lambda layer, _, made: total.append(layer.weight.numel() + layer.bias.numel()))
    network.to("meta")(torch.empty(2, 3, side, side, device="meta"))
    return sum(total)


@pytest.mark.skipif(not downloads.available("nds"), reason="no copy of the originals at hand: set UNTRAINED_MIRROR")
@pytest.mark.parametrize("dataset", [name for name in NDS.datasets if name.endswith("_in")])
def test_recorded_sizes(dataset):
    table = NDS.table(dataset)
    for arch, params in table["params"].iloc[:: max(1, len(table) // 3)].items():
        assert size(NDS.build(arch, dataset)) == params


@pytest.mark.skipif(not downloads.available("nds"), reason="no copy of the originals at hand: set UNTRAINED_MIRROR")
@pytest.mark.parametrize(
    "dataset",
    ["resnext_a_in", "resnext_b_in", "resnet_lr_wd_in", "vanilla_lr_wd_in", "resnet_reruns", "vanilla_reruns"],
)
def test_recorded_operations_of_staged_networks(dataset):
    table = NDS.table(dataset).nsmallest(3, "params")
    for arch, flops in table["flops"].items():
        assert operations_of(NDS.build(arch, dataset), 224 if dataset.endswith("_in") else 32) == flops
