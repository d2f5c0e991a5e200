"""Features of graphs, counted by hand in every kind of space."""

import math

import numpy as np
import pytest

from untrained.benchmarks import darts, nas_bench_201
from untrained.graph_features import GRAPHS, graph_features, path_features

CELL = "|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|skip_connect~0|none~1|nor_conv_3x3~2|"
SKIP = "|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"
DEAD = "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"
EMPTY = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"


def test_a_cell_by_hand():
    row = graph_features("nas_bench_201", [CELL, SKIP, EMPTY]).loc[CELL]
    assert (row["count conv"], row["count nor_conv_3x3"], row["count skip"]) == (3, 2, 1)
    assert (row["longest conv"], row["mean conv"], row["mean nor_conv_3x3"]) == (3, 1.5, 1)
    assert (row["longest operation"], row["shortest operation"]) == (3, 1)
    assert (row["into output"], row["out of input"]) == (2, 2)
    assert row["paths"] == pytest.approx(math.log(3))
    assert (row["edge 0-1 nor_conv_3x3"], row["edge 0-3 skip_connect"]) == (1, 1)


def test_a_cell_without_a_path_has_nothing():
    assert not graph_features("nas_bench_201", [CELL, EMPTY]).loc[EMPTY].any()


def test_equal_functions_have_equal_features():
    assert nas_bench_201.CellSpace().canonical(DEAD) == SKIP
    table = graph_features("nas_bench_201", [DEAD, SKIP, CELL])
    assert table.loc[DEAD].equals(table.loc[SKIP].rename(DEAD))


def test_operations_on_vertices_count_and_wires_do_not():
    archs = ["|conv3x3~0|maxpool3x3~01|output~12|", "|output~0|"]
    table = graph_features("nas_bench_101", archs)
    row = table.loc[archs[0]]
    assert (row["count conv"], row["count pool"], row["count operation"]) == (1, 1, 2)
    assert row["paths"] == pytest.approx(math.log(4))
    assert (row["longest operation"], row["shortest operation"], row["into output"]) == (2, 1, 2)
    assert row["mean conv3x3"] == pytest.approx(2 / 3)
    assert table.loc[archs[1], "count operation"] == 0


def genotype(first: str, second: str) -> str:
    edges = [((first, 0), (second, 1)), *[(("none", 0), ("none", 0))] * 3]
    cell = tuple(edge for pair in edges for edge in pair)
    return darts.arch_str(darts.Genotype(cell, darts.JOINED, cell, darts.JOINED))


def test_a_cell_of_two_inputs():
    archs = [genotype("sep_conv_3x3", "skip_connect"), genotype("none", "none")]
    row = graph_features("darts", archs).loc[archs[0]]
    assert (row["count conv"], row["count skip"], row["into output"]) == (1, 1, 1)
    assert row["paths"] == pytest.approx(math.log(3))
    assert not row.index.str.startswith("reduction").any()
    one = darts.parse(archs[0])
    mixed = darts.arch_str(one._replace(reduce=darts.parse(archs[1]).reduce))
    table = graph_features("darts", [archs[0], mixed])
    assert table.loc[mixed, "reduction count conv"] == 0
    assert table.loc[archs[0], "reduction count conv"] == 1


def test_chains():
    table = graph_features("nas_bench_macro", ["02012100", "00000000"])
    assert table.loc["02012100", "count conv"] == 4
    assert table.loc["02012100", "longest conv"] == 4
    assert table.loc["00000000", "count skip"] == 8
    assert (
        graph_features("transnas_bench_101", ["64-1234-basic", "64-1244-basic"]).loc["64-1234-basic", "count block_3"] == 1
    )


def test_finite_and_varying_everywhere():
    archs = nas_bench_201.CellSpace().unique()[::97]
    table = graph_features("nas_bench_201", archs)
    assert list(table.index) == archs
    assert np.isfinite(table.to_numpy()).all()
    assert (table.nunique() > 1).all()


def test_paths_by_hand():
    """Two paths of CELL: 3x3, 1x1, 3x3 over the inner nodes, and the skip, of which nothing is left, as of SKIP's."""
    table = path_features("nas_bench_201", [CELL, SKIP, EMPTY])
    assert table.to_dict("list") == {"": [1, 1, 0], "nor_conv_3x3, nor_conv_1x1, nor_conv_3x3": [1, 0, 0]}
    archs = ["|conv3x3~0|maxpool3x3~01|output~12|", "|output~0|"]
    found = path_features("nas_bench_101", archs).loc[archs[0]]
    assert found.to_dict() == {"": 0, "conv3x3": 1, "conv3x3, maxpool3x3": 1, "maxpool3x3": 1}
    one = genotype("sep_conv_3x3", "skip_connect")
    mixed = darts.arch_str(darts.parse(one)._replace(reduce=darts.parse(genotype("none", "none")).reduce))
    assert path_features("darts", [one, mixed]).to_dict("list") == {
        "reduction ": [1, 0], "reduction sep_conv_3x3": [1, 0]
    }  # fmt: skip


def test_equal_paths_have_equal_columns_and_rare_ones_none():
    assert path_features("nas_bench_201", [DEAD, SKIP, CELL]).iloc[:2].nunique().eq(1).all()
    archs = nas_bench_201.CellSpace().unique()[::97]
    for share in (0.01, 0.2):
        table = path_features("nas_bench_201", archs, share=share)
        assert set(np.unique(table)) == {0, 1}
        assert table.mean().between(share, 1 - share).all()
    assert path_features("nas_bench_macro", ["02012100", *["00000000"] * 199]).empty


def test_an_unknown_benchmark_is_refused():
    for features in (graph_features, path_features):
        with pytest.raises(ValueError, match="Did you mean 'nas_bench_201'"):
            features("nas_bench_21", [CELL])
    assert "nas_bench_nlp" not in GRAPHS
