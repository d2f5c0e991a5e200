"""The table of correlations: which architectures each column is judged on."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from untrained.stats import krocc
from untrained.stats.table import correlations

ARCHS = [f"a{i}" for i in range(8)]
ACCURACY = pd.Series([90.0, 91.0, 92.0, 93.0, 94.0, 95.0, 96.0, 97.0], ARCHS)
SCORES = pd.DataFrame({"whole": [1.0, 2, 3, 4, 5, 6, 8, 7], "dear": [1.0, 2, np.nan, 4, *[np.nan] * 4]}, ARCHS)
ASKED = pd.DataFrame({"whole": True, "dear": [True] * 4 + [False] * 4}, ARCHS)


def tau(column="dear", scores=SCORES, **given):
    rows = correlations(scores, ACCURACY, n=20, **given).query("metric == 'krocc' and proxy == @column")
    return rows[["value", "n", "missing"]].to_numpy().tolist()[0]


def test_a_missing_score_ranks_last_or_is_left_out():
    assert tau() == [krocc([1, 2, 1, 4, 1, 1, 1, 1], ACCURACY), 8, 5]
    assert tau(invalid="drop") == [1, 3, 5]


def test_what_was_never_asked_for_has_no_rank_and_is_not_missing():
    assert tau(asked=ASKED) == [krocc([1, 2, 1, 4], ACCURACY[:4]), 4, 1]
    assert tau(asked=ASKED, invalid="drop") == [1, 3, 1]


@pytest.mark.parametrize("invalid", ["worst", "drop"])
def test_a_limited_column_is_judged_as_on_the_table_of_its_own_architectures(invalid):
    """Intervals and root mean square error too; the other columns stay as they were."""
    limited = correlations(SCORES, ACCURACY, invalid=invalid, n=20, asked=ASKED, groups=list("aabbccdd"))
    own = correlations(SCORES[:4], ACCURACY, invalid=invalid, n=20, groups=list("aabb"))
    plain = correlations(SCORES, ACCURACY, invalid=invalid, n=20, groups=list("aabbccdd"))
    for name, expected in (("dear", own), ("whole", plain)):
        rows = (frame[frame["proxy"] == name].reset_index(drop=True) for frame in (limited, expected))
        assert_frame_equal(*rows, check_exact=True)


def test_columns_that_the_scoring_does_not_know_count_where_they_have_a_value():
    scores = SCORES.assign(sums=[1.0, 2, 3, 4, *[np.nan] * 4])
    assert tau("sums", scores, asked=ASKED) == [1, 4, 0]
    assert tau("sums", scores) == [krocc([1, 2, 3, 4, 1, 1, 1, 1], ACCURACY), 8, 4]
