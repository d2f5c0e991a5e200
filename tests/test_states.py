"""The bench of training states: genotypes as they are drawn, networks whose every weight is read, rows as they are kept."""

from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from untrained import benchmarks, shards, states
from untrained.benchmarks import darts

SKIP_ALL = darts.arch_str(
    darts.Genotype((("sep_conv_3x3", 1), ("skip_connect", 1)) * 4, darts.JOINED, (("avg_pool_3x3", 1),) * 8, darts.JOINED)
)
"""Reads the newer input alone: the older one's preprocessing has no effect, in any cell."""


def test_drawn_genotypes_are_distinct_valid_and_prolonged():
    few, more = states.draw(5, seed=0), states.draw(9, seed=0)
    assert more[:5] == few and len(set(more)) == 9 and states.draw(5, seed=1) != few
    bench = benchmarks.get("darts")
    assert [bench.canonical(arch) for arch in more] == more


def test_a_drawn_node_reads_two_nodes_before_it():
    for arch in states.draw(20, seed=2):
        found = darts.parse(arch)
        for cell in (found.normal, found.reduce):
            assert all(name in states.DRAWN for name, _ in cell)
            sources = [{cell[k][1], cell[k + 1][1]} for k in range(0, 8, 2)]
            assert all(len(pair) == 2 and max(pair) < node for node, pair in enumerate(sources, start=2))


def test_weights_that_nothing_reads_are_constants():
    whole = benchmarks.get("darts").build(SKIP_ALL, "cifar10", **states.SKELETON)
    made = states.network(SKIP_ALL, seed=0)
    x = torch.randn(2, 1, 12, 12)
    assert_close(made.eval()(x), whole.eval()(x))
    gone = dict(whole.named_parameters()).keys() - dict(made.named_parameters()).keys()
    assert "body.stage1_cell0.before.conv.weight" in gone and not any(".last." in name for name in gone)
    assert all(g is not None for g in torch.autograd.grad(made(x).sum(), list(made.parameters()), allow_unused=True))
    assert set(made.state_dict()) == set(whole.state_dict())


def test_a_training_is_a_function_of_genotype_and_seed(monkeypatch):
    monkeypatch.setattr(states, "SCHEDULE", replace(states.SCHEDULE, epochs=1, state_epochs=(0, 1)))
    genotype = states.draw(1, seed=0)[0]
    one, two = states.measure([(genotype, 0)]), states.measure([(genotype, 0), (genotype, 1)])
    first = two[two["seed"] == 0]
    assert one.drop(columns="seconds").equals(first.drop(columns="seconds"))
    assert one["epoch"].tolist() == [0, 1] and one["batch_distinguish"].notna().all()
    assert (two["test_acc"].iloc[[1, 3]].diff().dropna() != 0).all()
    assert one["params"].nunique() == 1


def test_load_reads_what_was_written_and_says_what_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match="dvc pull"):
        states.load(tmp_path)
    rows = states.pd.DataFrame({"arch": ["a"], "seed": [0], "epoch": [0]})
    shards.write(rows, tmp_path / states.NAME / "states.parquet")
    assert states.load(tmp_path).equals(rows)


def test_key_follows_the_decisions(monkeypatch):
    before = states.key()
    monkeypatch.setitem(states.SKELETON, "width", 5)
    assert states.key() != before
