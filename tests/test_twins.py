"""Twins by their definition: with the right weights on the right edges they compute the same, and no others do."""

import itertools

import numpy as np
import pandas as pd
import pytest
import torch

from untrained.benchmarks.cells import Cell, CellBlock, ReLUConvBN
from untrained.benchmarks.nas_bench_201 import CellSpace, parse
from untrained.graph_features import graph_features, path_features
from untrained.twins import families, function, twins

SERIES = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|"
DIRECT = "|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|"


@torch.no_grad()
def same_somehow(one: Cell, other: Cell) -> bool:
    """Whether any way to give the convolutions of one cell to the other makes both the same function."""
    blocks = [CellBlock(cell, 3).double() for cell in (one, other)]
    torch.manual_seed(0)
    x = torch.randn(4, 3, 5, 5, dtype=torch.float64)
    ours, theirs = ([layer for layer in block.modules() if isinstance(layer, ReLUConvBN)] for block in blocks)
    if sorted(layer.conv.weight.shape for layer in ours) != sorted(layer.conv.weight.shape for layer in theirs):
        return False
    wanted = blocks[0](x)
    for order in itertools.permutations(theirs):
        if all(a.conv.weight.shape == b.conv.weight.shape for a, b in zip(ours, order, strict=True)):
            for a, b in zip(ours, order, strict=True):
                b.load_state_dict(a.state_dict())
            if float((blocks[1](x) - wanted).abs().max()) < 1e-9:
                return True
    return False


def test_twins_compute_the_same_and_others_do_not():
    generator = np.random.default_rng(0)
    several = [cells for cells in families().values() if len(cells) > 1]
    for place in generator.permutation(len(several))[:60]:
        one, other = (several[place][i] for i in generator.permutation(len(several[place]))[:2])
        assert same_somehow(one, other), (one, other)
    by_operations: dict[tuple, list[Cell]] = {}
    for cells in families().values():
        by_operations.setdefault(tuple(sorted(cells[0])), []).append(cells[0])
    alike = [cells for cells in by_operations.values() if len(cells) > 1]
    for place in generator.permutation(len(alike))[:60]:
        one, other = (alike[place][i] for i in generator.permutation(len(alike[place]))[:2])
        assert not same_somehow(one, other), (one, other)


def test_the_space_has_5044_functions():
    """The number that an independent enumeration gives, dead operations removed and pooling taken as linear."""
    assert len(families()) == 5044
    assert sum(map(len, families().values())) == len(CellSpace().unique()) == 9445


def test_a_convolution_used_twice_is_not_two():
    shared = ("nor_conv_3x3", "none", "skip_connect", "none", "skip_connect", "skip_connect")
    apart = ("nor_conv_3x3", "nor_conv_3x3", "none", "none", "skip_connect", "skip_connect")
    assert function(shared) == "0=3x3(1x)|2#0"
    assert function(apart) == "0=3x3(1x);1=3x3(1x)|1#0+1#1"


def test_pooling_is_linear():
    first = ("nor_conv_1x1", "none", "none", "none", "avg_pool_3x3", "none")
    then = ("nor_conv_1x1", "skip_connect", "skip_connect", "none", "none", "avg_pool_3x3")
    assert function(first) == "0=1x1(1x)|1pool #0"
    assert function(then) == "0=1x1(1x)|1pool #0+1pool x"


def test_twins_share_a_name_and_all_features():
    names = twins("nas_bench_201", [SERIES, DIRECT])
    assert names.nunique() == 1
    others = [*CellSpace().unique()[::50]]
    for features in (graph_features, path_features):
        table = features("nas_bench_201", [SERIES, DIRECT, *others])
        assert table.iloc[0].equals(table.iloc[1].rename(SERIES))
    groups = twins("nas_bench_201", CellSpace().unique())
    for features in (graph_features, path_features):
        assert features("nas_bench_201", list(groups.index)).groupby(groups).nunique().to_numpy().max() == 1


def test_elsewhere_nobody_has_one():
    archs = ["64-41414-1_11_111", "64-1234-basic"]
    assert twins("transnas_bench_101", archs).tolist() == archs
    assert twins("nas_bench_201", []).empty
    with pytest.raises(ValueError, match="Not a NAS-Bench-201 cell"):
        twins("nas_bench_201", [SERIES[:-1]])
    assert parse(SERIES)[0] == "nor_conv_3x3"
    assert pd.Series(families()).map(len).max() == 54
