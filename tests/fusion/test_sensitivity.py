"""Sensitivity: one choice at a time, one tidy table."""

import numpy as np
from numpy.testing import assert_allclose

from untrained.fusion import FusionIndicator, evaluate, sensitivity
from untrained.fusion.sensitivity import LEVELS


def test_every_level_has_its_rows(table):
    found = sensitivity(*table, n_train=40, repeats=2)
    assert set(found["metric"]) == {"plcc", "rmse", "srocc", "krocc"}
    assert found["value"].notna().all()
    levels = found.groupby("choice")["level"].unique().map(set).to_dict()
    assert levels["n_train"] == {"20", "50", "100"}  # 200 and 500 leave nothing to test on
    assert levels["transform"] == {"none", "ln", "rank"}
    assert set(levels) == {"default", *LEVELS}


def test_default_row_is_the_protocol(table):
    scores, accuracy = table
    found = sensitivity(scores, accuracy, n_train=40, repeats=3, choices=("scaling",)).set_index(
        ["choice", "level", "metric"]
    )
    plain = evaluate(scores, accuracy, n_train=40, repeats=3).query("method == 'fi@40'").groupby("metric")["value"].mean()
    for level in (("default", "default"), ("scaling", "none"), ("scaling", "zscore")):
        assert_allclose(found.sort_index().loc[level, "value"][plain.index], plain, rtol=1e-9)


def test_a_transform_that_cannot_be_is_a_row_with_its_reason(table):
    scores, accuracy = table
    found = sensitivity(scores.assign(nlr=scores["nlr"] - 300), accuracy, n_train=40, repeats=2, choices=("transform",))
    refused = found.query("level == 'ln'")
    assert refused["reason"].str.contains("both signs").all()
    assert refused["value"].isna().all()
    assert (found.query("level != 'ln'")["reason"] == "").all()


def test_the_estimator_passed_in_is_left_alone(table):
    method = FusionIndicator(("cj", "nlr"))
    sensitivity(*table, method, n_train=40, repeats=2, choices=("intercept",))
    assert method.get_params() == FusionIndicator(("cj", "nlr")).get_params()
    assert not hasattr(method, "weights_")
    assert np.isfinite(method.alpha)
