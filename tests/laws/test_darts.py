"""Laws of the DARTS genotypes, and published sizes."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from untrained import benchmarks, downloads
from untrained.benchmarks.darts import JOINED, OPERATIONS, arch_str, parse
from untrained.benchmarks.genotypes import Genotype

DARTS = benchmarks.get("darts")


def read(text):
    """Edges of a cell from `operation source` pairs; s, d and m are the operations of 3 x 3, k is the skip."""
    names = {"s": "sep_conv_3x3", "S": "sep_conv_5x5", "d": "dil_conv_3x3", "D": "dil_conv_5x5", "m": "max_pool_3x3",
             "a": "avg_pool_3x3", "k": "skip_connect", "n": "none"}  # fmt: skip
    return tuple((names[word[0]], int(word[1])) for word in text.split())


def string(normal, reduce):
    return arch_str(Genotype(read(normal), JOINED, read(reduce), JOINED))


SECOND_ORDER = string("s0 s1 s0 s1 s1 k0 k0 d2", "m0 m1 k2 m1 m0 k2 k2 m1")
PROGRESSIVE = string("k0 d1 k0 s1 s1 s3 s0 D4", "a0 S1 s0 D2 m0 d1 d1 D3")
MIXED = string("n1 s1 k0 n2 n0 n3 a0 m3", "D0 D0 k1 k1 n2 n0 s4 d0")


@st.composite
def genotypes(draw):
    cell = st.tuples(*[st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 1 + place // 2)) for place in range(8)])
    normal = draw(cell)
    return arch_str(Genotype(normal, JOINED, draw(st.one_of(st.just(normal), cell)), JOINED))


def images(size=16):
    return torch.randn(4, 3, size, size, generator=torch.Generator().manual_seed(0))


def size(network):
    return sum(parameter.numel() for parameter in network.parameters())


@given(genotypes())
def test_strings_round_trip_and_canonical_is_idempotent(arch):
    assert arch_str(parse(arch)) == arch
    assert DARTS.canonical(DARTS.canonical(arch)) == DARTS.canonical(arch)


@given(genotypes())
@settings(max_examples=15, deadline=None)
def test_equal_canonical_forms_are_bitwise_the_same_function(arch):
    one, two = (DARTS.build(a, "cifar10", seed=1, width=4, cells=3)(images()) for a in (arch, DARTS.canonical(arch)))
    assert torch.isfinite(one).all()
    assert_close(one, two, rtol=0, atol=0)


def test_order_and_sources_of_none_do_not_count():
    turned = string("s1 n0 n0 k0 n2 n1 m3 a0", "D0 D0 k1 k1 n0 n1 d0 s4")
    assert turned != MIXED
    assert DARTS.canonical(turned) == DARTS.canonical(MIXED)
    assert DARTS.canonical(SECOND_ORDER) != DARTS.canonical(PROGRESSIVE)


@pytest.mark.parametrize(("arch", "params"), [(SECOND_ORDER, 3_349_342), (PROGRESSIVE, 3_433_798)])
def test_published_sizes(arch, params):
    """CIFAR-10 at 36 channels and 20 cells, auxiliary head left out: the 3.3 M of DARTS and the 3.4 M of P-DARTS."""
    assert size(DARTS.build(arch, "cifar10", width=36, cells=20)) == params


def test_size_by_hand():
    """One reduction cell of 2 C = 6 channels on the bare image, as the code of SWAP scores it; skips are halved too."""
    c = 6
    inputs, halved = 2 * (3 * c + 2 * c), c * c + 2 * c
    separable, dilated = 2 * (9 * c + c * c + 2 * c), 25 * c + c * c + 2 * c
    network = DARTS.build(
        string("n0 n0 n0 n0 n0 n0 n0 n0", "s0 k1 D0 m1 n0 n0 k2 a0"), "cifar10", width=3, cells=1, stem="none"
    )
    assert size(network) == inputs + separable + halved + dilated + 4 * c * 10 + 10
    assert network.features(images()).shape == (4, 4 * c, 8, 8)


@given(genotypes())
@settings(max_examples=20)
def test_neighbours_are_distinct_genotypes_one_change_away(arch):
    near = DARTS.neighbours(arch)
    found = parse(arch)
    tied = found.normal == found.reduce
    # eight edges with seven other operations; 1, 2, 3 and 4 other sources for the two edges of each node
    assert len({*near, arch}) - 1 == len(near) == (1 if tied else 2) * (8 * 7 + 2 * (1 + 2 + 3 + 4))
    for other in map(parse, near):
        changes = [sum(a != b for a, b in zip(found[kind], other[kind], strict=True)) for kind in (0, 2)]
        assert changes == [1, 1] if tied else sorted(changes) == [0, 1]


def test_building_twice_gives_the_same_weights_and_touches_no_random_state():
    before = torch.get_rng_state()
    one, two = (DARTS.build(PROGRESSIVE, "cifar10", seed=5, width=4).state_dict() for _ in range(2))
    assert_close(one, two, rtol=0, atol=0)
    assert_close(torch.get_rng_state(), before, rtol=0, atol=0)


def test_a_shared_edge_has_the_same_weights_in_every_genotype():
    one, two = (
        {network.position(name.removesuffix(".weight")): weight for name, weight in network.named_parameters()}
        for network in (DARTS.build(arch, "cifar10", seed=3, width=4) for arch in (SECOND_ORDER, PROGRESSIVE))
    )
    edges = {name for name in one.keys() & two.keys() if "edge" in name and one[name].ndim == 4}
    assert {name.split(".")[2] for name in edges} == {"edge1-3", "edge1-4"}
    for name in edges:
        assert_close(one[name], two[name], rtol=0, atol=0)


def test_a_node_of_nones_is_0_and_stays_connected():
    arch = string("n0 n1 k1 k2 n0 n0 n0 n0", "n0 n1 n0 n0 n0 n0 n0 n0")
    network = DARTS.build(arch, "cifar10", width=4, cells=3)
    inputs = images().requires_grad_()
    features = network.features(inputs)
    assert features.shape == (4, 64, 4, 4)
    assert not features.any()
    (gradient,) = torch.autograd.grad(features.sum(), inputs)
    assert not gradient.any()
    before = network.stem(inputs)
    last = network.body["stage1_cell0"](before, before)
    assert network.body["reduction1"](last, before).shape[2:] == (8, 8)


@pytest.mark.parametrize("side", [8, 9])
def test_factorized_reduction_reads_even_and_odd_pixels(side):
    """conv_a reads pixels (2i, 2j), conv_b pixels (2i + 1, 2j + 1), 0 beyond the edge."""
    reduce = DARTS.build(string("k0 " * 8, "k0 " * 8), "cifar10", width=4, cells=3).body["reduction2"].before.eval()
    x = torch.rand(2, reduce.conv_a.in_channels, side, side)
    even, odd = x[:, :, ::2, ::2], torch.zeros(2, x.shape[1], -(-side // 2), -(-side // 2))
    odd[:, :, : side // 2, : side // 2] = x[:, :, 1::2, 1::2]
    parts = [
        torch.einsum("oi,nihw->nohw", conv.weight[:, :, 0, 0], part)
        for conv, part in ((reduce.conv_a, even), (reduce.conv_b, odd))
    ]
    assert_close(reduce(x), torch.cat(parts, 1) / (1 + 1e-5) ** 0.5)


def test_variants_and_blocks():
    variants = DARTS.variants(SECOND_ORDER, "cifar10")
    assert variants["one_output"]()(images()).shape == (4, 1)
    assert DARTS.variants(SECOND_ORDER, "cifar10", width=4)["one_output"]().stem.conv.weight.shape[0] == 3 * 4
    thin = variants["reduced"]()
    assert thin(torch.randn(5, 1, 3, 3)).shape == (5, 8, 2, 2)
    assert thin.stage1_cell0.before.conv.weight.shape == (1, 1, 1, 1)
    network = DARTS.build(SECOND_ORDER, "cifar10")
    assert network.blocks()[:3] == ["stem", "body.stage1_cell0", "body.stage1_cell1"]
    assert len(network.blocks()) == 1 + 8
    assert DARTS.build(SECOND_ORDER, "cifar10", stem="imagenet").blocks()[:2] == ["stem", "stem2"]


@pytest.mark.parametrize(
    ("arch", "message"),
    [
        ("", "The form is"),
        ("print(1)", "The form is"),
        ("Genotype(normal=[('skip_connect', 0)])", "The form is"),
        (SECOND_ORDER.replace("[2, 3, 4, 5]", "range(2, 6)"), "The form is"),
        (SECOND_ORDER.replace("[2, 3, 4, 5]", "[2, 3]"), "The form is"),
        (SECOND_ORDER.replace(", ", ","), "The form is"),
        (SECOND_ORDER.replace("dil_conv_3x3", "dil_conv3x3"), "'dil_conv3x3'. Did you mean 'dil_conv_3x3'"),
        (SECOND_ORDER.replace("('sep_conv_3x3', 0), ", "('sep_conv_3x3', 3), ", 1), "reads node 3; node 2 may read 0 to 1"),
        (SECOND_ORDER.replace("('sep_conv_3x3', 0), ", "", 1), "A cell has 8 edges"),
    ],
)
def test_a_wrong_string_is_refused_with_the_reason(arch, message):
    with pytest.raises(ValueError, match=message):
        DARTS.canonical(arch)


@pytest.mark.skipif(not downloads.available("darts"), reason="no copy of the originals at hand: set UNTRAINED_MIRROR")
def test_the_table_holds_a_thousand_genotypes_of_the_space():
    table = DARTS.table("cifar10")
    assert len(set(map(DARTS.canonical, table.index))) == len(table) == 1000
    assert table["valid_acc"].between(10, 87).all()
    assert all(parse(arch).normal == parse(arch).reduce for arch in table.index)
