"""A supernet with one operation per edge is the network of that cell; with more it adds them up."""

import torch
from torch.nn import functional

from untrained.benchmarks.cells import EDGES, CellNetwork, ThinCell
from untrained.benchmarks.supernet import SuperCell, SuperNetwork, ThinSuperCell
from untrained.initialise import filled

CELL = ("nor_conv_3x3", "skip_connect", "none", "avg_pool_3x3", "nor_conv_1x1", "nor_conv_3x3")
SIZE = {"width": 4, "cells": 2, "stages": 2, "classes": 3}
X = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def test_one_operation_per_edge_is_the_plain_network_to_the_bit():
    """Weights are keyed by position, so both draw the same."""
    sets = [(name,) for name in CELL]
    plain, wide = filled(lambda: CellNetwork(CELL, **SIZE), seed=3), filled(lambda: SuperNetwork(sets, **SIZE), seed=3)
    assert plain.state_dict().keys() == wide.state_dict().keys()
    assert torch.equal(plain(X), wide(X))
    thin = [filled(make, seed=3)(X[:, :1]) for make in (lambda: ThinCell(CELL), lambda: ThinSuperCell(sets))]
    assert torch.equal(*thin)


def test_operations_of_an_edge_are_added():
    sets = [("none",)] * 3 + [("skip_connect", "avg_pool_3x3", "none")] + [("none",)] * 2
    pooled = functional.avg_pool2d(X, 3, 1, 1, count_include_pad=False)
    torch.testing.assert_close(SuperCell(sets, 3)(X), X + pooled)
    assert torch.equal(SuperCell([("none",)] * len(EDGES), 3)(X), X * 0)


def test_a_removed_operation_leaves_the_weights_of_the_others():
    whole = filled(lambda: SuperNetwork([("nor_conv_3x3", "nor_conv_1x1")] * 6, **SIZE)).state_dict()
    less = filled(lambda: SuperNetwork([("nor_conv_3x3",)] + [("nor_conv_3x3", "nor_conv_1x1")] * 5, **SIZE)).state_dict()
    assert less.keys() < whole.keys() and all(torch.equal(less[name], whole[name]) for name in less)
