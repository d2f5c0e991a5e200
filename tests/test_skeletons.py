"""Agreement of two sizes: worked cases, what is ranked together, and what a training without values counts as."""

import numpy as np
import pandas as pd
import pytest

from untrained import skeletons

CELLS = [f"|nor_conv_1x1~{i}|" for i in range(6)]
COS = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]


def measured(cos: list[float], arch: list[str] | None = None) -> pd.DataFrame:
    """Rows of one seed; the features turn as the classifier does, the loss rises from cell to cell."""
    table = pd.DataFrame({"arch": arch or CELLS[: len(cos)], "cos_fc": cos, "loss": np.arange(1.0, 1 + len(cos))})
    return table.assign(cos_features=table["cos_fc"], cos_all=table["cos_fc"], params=1)


def of(table: pd.DataFrame, *keys: str) -> pd.Series:
    """The row of a name and a metric or size."""
    return table.set_index(list(table.columns[:2])).loc[keys]


def test_worked_cases():
    found = skeletons.agreement(measured(COS), measured(COS[::-1]), n=20)
    assert of(found, "cos_fc", "krocc")["value"] == pytest.approx(-1)
    assert of(found, "cos_features", "srocc")["value"] == pytest.approx(-1)
    assert of(found, "loss", "krocc")["value"] == pytest.approx(1) and found["n"].eq(6).all()
    swapped = skeletons.agreement(measured(COS), measured([0.8, 0.9, *COS[2:]]), n=20)
    assert of(swapped, "cos_fc", "krocc")["value"] == pytest.approx(13 / 15)
    assert of(swapped, "cos_fc", "srocc")["value"] == pytest.approx(1 - 6 * 2 / (6 * 35))
    assert set(found["name"]) == set(skeletons.VALUES)


def test_higher_is_better_and_trivial_networks_are_last_in_the_sum_alone():
    found = skeletons.values(measured([0.96, *COS[1:]]))
    assert found["loss"].tolist() == [-1, -2, -3, -4, -5, -6] and found["cos_fc"].iloc[0] == 0.96
    assert found["angle_loss"].tolist() == [0, 10, 8, 6, 4, 2]


def test_only_what_both_hold_is_ranked_together_whatever_its_order():
    more, fewer = measured([0.4, 0.8, 0.6, 0.5]), measured([0.4, 0.8, 0.6]).iloc[::-1]  # the fourth would make a tie
    alone = skeletons.agreement(fewer.iloc[::-1], fewer, n=20)
    pd.testing.assert_frame_equal(skeletons.agreement(more, fewer, n=20), alone)
    assert alone["n"].eq(3).all() and alone["value"].to_numpy() == pytest.approx(1)
    with pytest.raises(ValueError, match="No architecture stands in both"):
        skeletons.agreement(more, measured([0.5], arch=["|none~0|"]))


def test_a_training_that_diverged_counts_as_the_worst():
    lost = measured([0.9, np.nan, *COS[2:]])
    found = skeletons.agreement(measured(COS), lost, n=20)
    assert of(found, "cos_fc", "krocc")["missing"] == 1 and of(found, "loss", "krocc")["missing"] == 0
    assert of(found, "cos_fc", "krocc")["value"] == pytest.approx((11 - 3) / np.sqrt(15 * 14))


def test_what_the_larger_size_gains():
    truth = pd.Series(range(6, 0, -1), index=CELLS, dtype=float).sample(frac=1, random_state=0)
    found = skeletons.against(truth, measured([0.8, 0.9, *COS[2:]]), measured(COS), n=50)
    told = {size: of(found, "cos_fc", size)["value"] for size in ("small", "large", "gain")}
    assert told["large"] == pytest.approx(1) and told["gain"] == pytest.approx(1 - 13 / 15)
    assert told["gain"] == pytest.approx(told["large"] - told["small"])
    rho = skeletons.against(truth, measured(COS[::-1]), measured(COS), metric="srocc", n=20)
    assert of(rho, "cos_fc", "gain")["value"] == pytest.approx(2) and of(rho, "loss", "gain")["value"] == 0
