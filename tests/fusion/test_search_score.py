"""Search by score: candidates exclude the fit, samples are shared, the winner's true accuracy is reported."""

import numpy as np
import pandas as pd

from untrained.fusion import search_by_score
from untrained.stats import repeated_splits


def test_search(table):
    scores, accuracy = table
    found = search_by_score(scores, accuracy, n_train=40, sizes=(5, 20, 1000), repetitions=20)
    assert set(found["method"]) == {"fi@40", *scores.columns, "random"}
    assert len(found) == 20 * 3 * 7
    assert (found["accuracy"] == accuracy.loc[found["arch"]].to_numpy()).all()
    assert (found["accuracy"] <= found["best"]).all()
    assert found.groupby("sample")["drawn"].unique().str[0].to_dict() == {5: 5, 20: 20, 1000: 80}
    mean = found.query("sample == 20").groupby("method")["accuracy"].mean()
    assert mean["fi@40"] > mean["random"] + 2


def test_fitted_architectures_are_never_candidates(table):
    scores, accuracy = table
    found = search_by_score(scores, accuracy, n_train=40, sizes=(1000,), repetitions=10)
    for k, (train, _) in enumerate(repeated_splits(120, 40, repeats=10)):
        assert not set(found["arch"][found["repetition"] == k]) & set(scores.index[train])


def test_a_perfect_score_finds_the_best_of_the_sample(table):
    scores, accuracy = table
    found = search_by_score(scores.assign(truth=accuracy), accuracy, n_train=40, sizes=(10,), repetitions=10).query(
        "method == 'truth'"
    )
    assert (found["accuracy"] == found["best"]).all()


def test_missing_scores_never_win(table):
    scores, accuracy = table
    holed = scores.copy()
    holed.loc[holed["nlr"] > holed["nlr"].median(), "nlr"] = np.nan
    found = search_by_score(holed, accuracy, n_train=40, sizes=(50,), repetitions=5).query("method == 'nlr'")
    assert holed.loc[found["arch"], "nlr"].notna().all()


def test_repeatable(table):
    first, again = (search_by_score(*table, n_train=40, sizes=(10,), repetitions=3) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
