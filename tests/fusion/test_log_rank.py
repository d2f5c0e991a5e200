from math import log

import numpy as np
import pandas as pd
import pytest

from untrained.fusion.log_rank import log_rank


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
