"""T iterations on a few images: what they see, where they start, and how rows become states."""

from dataclasses import replace

import pandas as pd
import torch

from untrained import benchmarks, fast_training
from untrained.fast_training import FastTraining

CELL = "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|nor_conv_1x1~1|none~2|"
JOB = FastTraining(images_per_class=2)


def test_rows_depend_on_their_unit_alone():
    both = JOB([(CELL, 0, 0), (CELL, 0, 3)]).drop(columns="seconds")
    assert JOB([(CELL, 0, 3)]).drop(columns="seconds").iloc[0].equals(both.iloc[1].rename(0))
    assert both["batch_distinguish"].nunique() == 2 and both["batch_n_units"].nunique() == 1
    assert both["train_loss"].iloc[1] < both["train_loss"].iloc[0]


def test_no_iteration_leaves_the_scored_weights():
    network = benchmarks.get("nas_bench_digits").build(CELL, "digits", seed=0)
    before = [p.detach().clone() for p in network.parameters()]
    assert JOB._train(network, *JOB._subset(0), 0, 0) == 0
    assert all(torch.equal(a, b) for a, b in zip(before, network.parameters(), strict=True))


def test_the_last_step_is_the_smallest(monkeypatch):
    seen = []
    step = torch.optim.SGD.step
    monkeypatch.setattr(
        torch.optim.SGD, "step", lambda self, *a: (seen.append(self.param_groups[0]["lr"]), step(self, *a))[1]
    )
    network = benchmarks.get("nas_bench_digits").build(CELL, "digits", seed=0)
    JOB._train(network, *JOB._subset(0), 4, 0)
    assert seen[0] == 0.1 and seen == sorted(seen, reverse=True) and abs(seen[2] - 0.05) < 1e-9


def test_an_iteration_sees_a_minibatch_that_is_the_same_for_every_architecture():
    job, seen = replace(JOB, batch=8), []
    for cell in (CELL, CELL.replace("nor_conv_3x3", "nor_conv_1x1")):
        network = benchmarks.get("nas_bench_digits").build(cell, "digits", seed=0)
        network.register_forward_pre_hook(lambda _, given: seen.append(given[0].flatten(1).clone()))
        job._train(network, *job._subset(0), 2, 0)
    assert [len(batch.unique(dim=0)) for batch in seen] == [8] * 4
    assert torch.equal(seen[0], seen[2]) and torch.equal(seen[1], seen[3]) and not torch.equal(seen[0], seen[1])


def test_subset_is_balanced_and_drawn_by_seed():
    _, targets = JOB._subset(0)
    assert targets.bincount().tolist() == [2] * 10
    assert not torch.equal(JOB._subset(0)[0], JOB._subset(1)[0])


def test_seconds_of_states_add_up():
    rows = pd.DataFrame({"arch": ["a", "a", "b"], "seed": 0, "iterations": [100, 50, 50], "seconds": [3.0, 1.0, 4.0]})
    found = fast_training.as_states(rows)
    assert found.groupby("arch")["seconds"].sum().to_dict() == {"a": 3.0, "b": 4.0}
    assert found["epoch"].tolist() == [50, 50, 100]


def test_key_follows_the_schedule():
    assert JOB.key != replace(JOB, batch=64).key
