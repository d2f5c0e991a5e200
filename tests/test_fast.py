"""Scores of recorded states: what is read, and that gains and additions are found where they are and only there."""

import numpy as np
import pandas as pd
import pytest

from untrained import fast

EPOCHS = (0, 1, 2)


def recorded(adds: float = 0.0, count: int = 120) -> tuple[pd.DataFrame, pd.Series]:
    """States whose D learns the truth by epoch 1 and whose accuracy is the truth with noise; D's own part is `adds`."""
    generator = np.random.default_rng(0)
    seen, hidden = generator.normal(size=(2, count))
    arch = [f"a{i:03d}" for i in range(count)]
    rows = []
    for epoch in EPOCHS:
        noise = generator.normal(size=(2, count))
        units = 1000.0 + 100 * (np.arange(count) % 4)
        distinguish = -50 + (seen + adds * hidden if epoch else noise[1])
        values = {"valid_acc": 50 + seen, "valid_loss": 3 - seen, "train_loss": 3 - seen, "seconds": float(epoch > 0)}
        for mode in ("batch", "running"):
            values |= {f"{mode}_n_units": units, f"{mode}_distinguish": distinguish}
        rows.append(pd.DataFrame({"arch": arch, "seed": 0, "epoch": epoch, **values}))
    return pd.concat(rows, ignore_index=True), pd.Series(70 + seen + adds * hidden, index=arch)


def test_what_is_read_after_an_epoch():
    states, _ = recorded()
    states.loc[0, "batch_distinguish"] = -np.inf
    found = fast.after(states, 0)
    assert np.isnan(found["D"].iloc[0])
    np.testing.assert_allclose(found["WOT"], 64 * np.log(found["n_activations"]) + found["distinguish"])
    assert (found["valid_loss"] < 0).all() and found["spent"].eq(0).all() and fast.after(states, 2)["spent"].eq(2).all()


def test_worked_example_of_the_atoms():
    states, _ = recorded(count=1)
    states = states.assign(batch_n_units=4.0, batch_distinguish=-0.693147181)
    assert fast.after(states, 0, batch=3)["WOT"].iloc[0] == pytest.approx(np.log(32))


def test_an_epoch_without_codes_is_refused():
    states, _ = recorded()
    states.loc[states["epoch"] == 1, "batch_n_units"] = np.nan
    with pytest.raises(ValueError, match=r"No activation codes of epoch 1 and seed 0; there are some of epochs \[0, 2\]"):
        fast.after(states, 1)
    with pytest.raises(ValueError, match="seed 3"):
        fast.after(states, 0, seed=3)


def test_gain_over_no_training():
    judged = fast.judge(*recorded(), EPOCHS, n=50)
    rows = judged.set_index(["score", "quantity", "epoch"])
    assert rows.loc[("D", "tau", 1), "value"] == pytest.approx(1)
    assert rows.loc[("D", "gain", 1), "low"] > 0.5
    assert rows.loc[("A", "gain", 2), ["value", "low", "high"]].eq(0).all()
    assert ("D", "gain", 0) not in rows.index and ("valid_acc", "beyond", 1) not in rows.index
    np.testing.assert_allclose(
        rows.loc[("D", "gain", 1), "value"], rows.loc[("D", "tau", 1), "value"] - rows.loc[("D", "tau", 0), "value"]
    )


def test_what_lies_beyond_the_accuracy():
    more = fast.judge(*recorded(adds=1.0), [0, 1], n=50).set_index(["score", "quantity", "epoch"])
    assert more.loc[("D", "beyond", 1), "low"] > 0.9
    assert abs(more.loc[("A", "beyond", 1), "value"]) < 0.3


def test_a_score_adds_where_it_knows_more():
    added = fast.added(*recorded(adds=1.0), [1], n_train=40, repeats=5).set_index("method")
    assert added.loc["accuracy and D", "low"] > 0.2
    assert added.loc["accuracy and D", ["n_train", "n_test", "splits"]].tolist() == [40, 80, 5]
    same = fast.added(*recorded(), [1], n_train=40, repeats=5).set_index("method")
    assert same.loc["accuracy and D", "alone"] == pytest.approx(1) and same.loc["accuracy and D", "value"] <= 1e-9


def test_a_missing_score_counts_as_the_worst():
    states, truth = recorded()
    states.loc[states["epoch"].eq(1) & states["arch"].eq(truth.idxmax()), "batch_distinguish"] = -np.inf
    row = fast.judge(states, truth, [0, 1], n=20).set_index(["score", "quantity", "epoch"]).loc[("D", "tau", 1)]
    assert row["missing"] == 1 and row["value"] < 1
