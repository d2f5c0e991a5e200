"""Training on a handful of images: what is recorded, that it repeats to the bit, and that it learns."""

import copy
from math import log

import numpy as np
import pytest
import torch
from networks import CASES, CLASSES, cell
from pandas.testing import assert_frame_equal
from torch.testing import assert_close

from untrained import training
from untrained.images import Images
from untrained.initialise import draw, fill

SCHEDULE = training.Schedule(epochs=2, batch=8, state_epochs=(0, 2), state_batch=8)


def part(name, count):
    """Images whose mean brightness gives the class away."""
    targets = np.arange(count) % CLASSES
    inputs = draw(f"tests.{name}", (count, 1, 6, 6), seed=0) + 2 * (targets - 1)[:, None, None, None]
    return Images(inputs.astype(np.float32), targets)


PARTS = {"train": part("train", 44), "valid": part("valid", 12), "test": part("test", 12)}


def train(seed=0, schedule=SCHEDULE, parts=PARTS):
    return training.train(fill(cell(), seed=0), parts, schedule, seed=seed)


@pytest.fixture(scope="module")
def states():
    return train()


def test_one_row_per_epoch_and_statistics_where_asked(states):
    assert states.epoch.tolist() == [0, 1, 2]
    assert np.isfinite(states.filter(regex="_(loss|acc)$")).all(axis=None)
    assert states.filter(regex="^(batch|running)_").notna().all(axis=1).tolist() == [True, False, True]
    assert states.filter(regex="^(batch|running)_").shape[1] == 10
    assert states.seconds[0] == 0
    assert (states.seconds[1:] > 0).all()
    assert states.filter(regex="_acc$").stack().between(0, 100).all()


def test_it_repeats_to_the_bit_and_the_seed_orders_the_batches(states):
    assert_frame_equal(train().drop(columns="seconds"), states.drop(columns="seconds"), check_exact=True)
    other = train(seed=1)
    assert other.train_loss[0] == states.train_loss[0]
    assert other.train_loss[2] != states.train_loss[2]


def test_it_learns():
    last = train(schedule=training.Schedule(epochs=5, batch=8, state_epochs=())).iloc[-1]
    assert last.train_loss < log(CLASSES)
    assert last.test_acc > 60


def test_the_learning_rate_ends_near_zero(states):
    assert states.learning_rate[2] < states.learning_rate[1] < SCHEDULE.learning_rate + 1e-9
    assert np.isnan(states.learning_rate[0])


def test_epoch_0_is_the_untrained_network(states):
    network = fill(cell(), seed=0)
    loss, acc = training.evaluate(network, *(torch.from_numpy(a) for a in (PARTS["test"].inputs, PARTS["test"].targets)))
    assert_close([states.test_loss[0], states.test_acc[0]], [loss, acc], rtol=1e-6, atol=0)


def test_looking_at_the_state_changes_nothing():
    network = CASES["cell"].network().train()
    before = copy.deepcopy(network.state_dict())
    found = training.state(network, *(torch.from_numpy(a) for a in (PARTS["valid"].inputs, PARTS["valid"].targets)))
    assert_close(network.state_dict(), before, rtol=0, atol=0)
    assert network.training
    parameters = torch.cat([p.detach().flatten() for p in network.parameters()])
    assert_close(found["parameter_norm"], float(parameters.norm()), rtol=1e-6, atol=0)


def test_a_diverged_loss_says_what_to_do():
    wild = {**PARTS, "train": Images(PARTS["train"].inputs * np.float32("inf"), PARTS["train"].targets)}
    with pytest.raises(FloatingPointError, match="not finite in epoch 1, seed 0: lower learning_rate"):
        train(parts=wild, schedule=training.Schedule(epochs=1, batch=8, state_epochs=()))
