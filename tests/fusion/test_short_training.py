"""A little training: what it adds to D, and to the validation accuracy that it pays for as well."""

import numpy as np
import pandas as pd
import pytest

from untrained.fusion.short_training import short_training


def states(count: int = 120) -> pd.DataFrame:
    """Two training seeds, epochs 0 to 3: D sees more with each epoch, the validation accuracy all of it after one."""
    random = np.random.default_rng(0)
    quality, rows = random.normal(size=count), []
    for epoch in range(4):
        for seed in range(2):
            noise = random.normal(size=(2, count))
            d = -60 + epoch * quality + noise[0]
            valid = 50 + (10 * quality if epoch else 0) + noise[1]
            rows += [
                {"arch": f"a{i}", "seed": seed, "epoch": epoch, "batch_distinguish": d[i], "valid_acc": valid[i],
                 "batch_n_units": 100.0 * (1 + i % 3), "test_acc": 60 + epoch * quality[i]}
                for i in range(count)
            ]  # fmt: skip
    return pd.DataFrame(rows)


def value(table: pd.DataFrame, rule: str, epoch: int, quantity: str) -> pd.Series:
    return table.query("rule == @rule and epoch == @epoch and quantity == @quantity").iloc[0]


def test_training_helps_d_and_the_validation_accuracy_more():
    table = short_training(states(), n=100)
    assert sorted(set(table["epoch"])) == [0, 1, 2]
    assert value(table, "R1", 0, "gain").value == 0
    assert value(table, "R1", 2, "gain").low > 0.3
    assert value(table, "R1", 1, "over_valid").high < 0
    assert value(table, "valid_acc", 1, "over_valid").value == 0
    assert value(table, "valid_acc", 1, "tau").value > 0.9
    gain = value(table, "R1", 2, "tau").value - value(table, "R1", 0, "tau").value
    assert value(table, "R1", 2, "gain").value == pytest.approx(gain)


def test_the_truth_is_the_last_epoch_and_seeds_are_averaged():
    one = states()
    shifted = one.assign(test_acc=one["test_acc"].where(one["epoch"] == 3, 0.0))
    pd.testing.assert_frame_equal(short_training(one, n=10), short_training(shifted, n=10))
    single = short_training(one[one["seed"] == 0], n=10)
    assert value(single, "R1", 2, "tau").value < value(short_training(one, n=10), "R1", 2, "tau").value


def test_naswot_counts_the_units_b_times():
    one = states()
    alone = short_training(one.assign(batch_distinguish=-60.0, batch_n_units=100.0 + one["test_acc"]), n=5)
    assert value(alone, "R0", 2, "tau").value == pytest.approx(1)


def test_networks_with_equal_codes_rank_last():
    one = states()
    best = one.loc[one["epoch"] == 3].set_index("arch")["test_acc"].idxmax()
    broken = one.assign(batch_distinguish=one["batch_distinguish"].where(one["arch"] != best, -np.inf))
    found, whole = (value(short_training(table, n=5), "R1", 2, "tau").value for table in (broken, one))
    assert found < whole
