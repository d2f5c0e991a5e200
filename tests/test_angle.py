"""The rule for trivial networks, sums of ranks, and searches by them: the worked examples and their laws."""

import numpy as np
import pandas as pd
import pytest

from untrained import angle

CONV = "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|"
SKIP = "|skip_connect~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"
POOL = "|avg_pool_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|"


def measured(**columns) -> pd.DataFrame:
    """Rows as `Measurement` gives them; cosines of other layers are half of the classifier's."""
    table = pd.DataFrame(columns)
    table["arch"] = columns.get("arch", [f"|nor_conv_1x1~{i}|" for i in range(len(table))])
    return table.assign(cos_features=table["cos_fc"] / 2, cos_all=table["cos_fc"] / 4)


def test_worked_example_of_rank_sums():
    found = pd.DataFrame({"angle": [0.90, 0.70, 0.80, 0], "loss": [-1.2, -0.9, -2, -100], "params": [3, 1, 4, 2]})
    sums = angle.rank_sums(found)
    assert sums["angle_loss"].tolist() == [5, 4, 3, 0]
    assert sums["angle_loss_param"].tolist() == [5, 2, 4, 1] and sums["angle_loss_param"].idxmax() == 0


def test_ties_share_their_mean_rank():
    found = pd.DataFrame({"angle": [0.5, 0.5, 0.7], "loss": [-1.0, -1.0, -2.0], "params": [9, 9, 9]})
    assert angle.rank_sums(found)["angle_loss"].tolist() == [2.0, 2.0, 2.0]
    assert angle.rank_sums(found)["angle_loss_param"].tolist() == [2.0, 2.0, 2.0]


def test_a_training_without_values_ranks_last():
    found = pd.DataFrame({"angle": [np.nan, 0.0, 0.7], "loss": [np.nan, -100.0, -2.0], "params": [1, 1, 1]})
    assert angle.rank_sums(found)["angle_loss"].tolist() == [0, 2, 4]


def test_trivial_networks():
    found = angle.scores(
        measured(arch=[CONV, SKIP, POOL], cos_fc=[0.9499, 0.5, 0.95], loss=[1.0, 2.0, 3.0], params=[1, 2, 3])
    )
    assert found["angle"].tolist() == [0.9499, 0, 0]
    assert found["loss"].tolist() == [-1, -100, -100]


def test_pooling_is_no_lack_of_weights():
    assert [angle.weightless(arch) for arch in (CONV, SKIP, POOL)] == [False, True, False]
    assert not angle.weightless("Genotype(normal=[('skip_connect', 0)])")


def test_other_layers_keep_the_rule_of_the_classifier():
    rows = measured(arch=[CONV, POOL], cos_fc=[0.8, 0.96], loss=[1.0, 1.0], params=[1, 1])
    assert angle.scores(rows, layer="features")["angle"].tolist() == [0.4, 0]
    assert angle.scores(rows, layer="all")["angle"].tolist() == [0.2, 0]
    with pytest.raises(ValueError, match="Unknown layer 'feature'. Did you mean 'features'"):
        angle.scores(rows, layer="feature")


def test_one_row_per_architecture():
    rows = measured(arch=[CONV, CONV], cos_fc=[0.8, 0.9], loss=[1.0, 1.0], params=[1, 1])
    with pytest.raises(ValueError, match="nor_conv_3x3.* stands twice"):
        angle.scores(rows)


def test_indicators_rank_with_the_full_networks_size():
    rows = measured(cos_fc=[0.5, 0.5, 0.5], loss=[1.0, 1.0, 1.0], params=[1, 2, 3])
    full = pd.Series([30, 20, 10], index=rows["arch"])
    found = angle.indicators(rows, full)
    assert found["angle_loss_param"].tolist() == [3, 2, 1] and found["params"].tolist() == [30, 20, 10]


def table(count: int = 30) -> tuple[pd.DataFrame, pd.Series]:
    """Made-up scores, and accuracies that rise with the angle."""
    generator = np.random.default_rng(0)
    index = [f"a{i}" for i in range(count)]
    found = pd.DataFrame({name: generator.normal(size=count) for name in ("angle", "loss", "params")}, index=index)
    return found, found["angle"].rank() + 60


def test_search_keeps_the_best_of_what_it_drew():
    found, accuracy = table()
    picks = angle.search(found, accuracy, sample=10, seeds=[1, 2])
    for _, part in picks.groupby("seed"):
        by = part.set_index("pick")
        assert by.loc["angle", "accuracy"] == by.loc["best", "accuracy"]  # the angle orders them here
        assert by.loc["random", "accuracy"] <= by.loc["best", "accuracy"]
    whole = angle.search(found, accuracy, sample=30, seeds=[5]).set_index("pick")
    assert whole.loc["loss", "arch"] == found["loss"].idxmax()


def test_search_sees_no_accuracy():
    found, accuracy = table()
    one, two = (angle.search(found, a, sample=10, seeds=[3]).set_index("pick")["arch"] for a in (accuracy, -accuracy))
    assert one.drop("best").equals(two.drop("best")) and one["best"] != two["best"]


def test_search_wants_enough_architectures():
    with pytest.raises(ValueError, match="Got 30 architectures for samples of 31"):
        angle.search(*table(), sample=31)
