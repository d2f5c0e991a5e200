from math import log

import numpy as np
import pandas as pd
import pytest

from untrained.fusion.log_rank import AZ_NAS, log_rank, with_aggregates


def test_ranks_by_hand():
    table = pd.DataFrame({"a": [3.0, 1.0, 2.0, 2.0], "b": [np.nan, 5.0, np.nan, 7.0]}, index=list("wxyz"))
    expected = [log(4 / 4) + log(1.5 / 4), log(1 / 4) + log(3 / 4), log(2.5 / 4) + log(1.5 / 4), log(2.5 / 4) + log(4 / 4)]
    assert log_rank(table, ["a", "b"]).tolist() == pytest.approx(expected)
    assert list(log_rank(table, ["a"]).index) == list("wxyz")


def test_only_order_counts():
    table = pd.DataFrame(
        np.random.default_rng(0).normal(size=(9, 4)), columns=["expressivity", "progressivity", "trainability", "flops"]
    )
    assert log_rank(table).tolist() == pytest.approx(log_rank(np.exp(3 * table)).tolist())


def test_a_missing_column_is_named():
    with pytest.raises(KeyError, match="flops"):
        log_rank(pd.DataFrame({"flop": [1.0]}), ["flops"])


def test_candidates_of_an_aggregate_are_those_whose_every_part_was_asked_for():
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(9, 4)), columns=list(AZ_NAS))
    table.loc[[1, 6, 7, 8], "progressivity"] = np.nan
    asked = pd.DataFrame(True, table.index, table.columns)
    asked.loc[6:, "progressivity"] = False
    found = with_aggregates(table, asked)["az_nas"]
    assert found[:6].tolist() == log_rank(table[:6]).tolist()
    assert found[6:].isna().all()
    assert with_aggregates(table)["az_nas"].equals(log_rank(table).rename("az_nas"))
    assert "vkdnw_agg" not in with_aggregates(table)
