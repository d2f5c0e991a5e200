"""Correlations on all strings from scores of a part of them: exact where all is scored, right on average where not."""

import numpy as np
import pandas as pd
import pytest

from untrained import fusion, stats
from untrained.full_set import copied, estimates, weights


@pytest.fixture(scope="module")
def space() -> pd.DataFrame:
    """A space of 4 forms with 150 copies each, 30 with 10, and 600 without; x is of a form, accuracy of a string."""
    generator = np.random.default_rng(0)
    forms = [f"f{k}" for k, copies in enumerate([150] * 4 + [10] * 30 + [1] * 600) for _ in range(copies)]
    table = pd.DataFrame({"form": forms}, index=[f"s{i}" for i in range(len(forms))])
    of_form = pd.DataFrame(generator.normal(size=(634, 2)), [f"f{k}" for k in range(634)], ["a", "b"])
    table[["a", "b"]] = of_form.loc[forms].to_numpy()
    table["accuracy"] = table["a"] + generator.normal(size=len(table))
    return table


def judged(space: pd.DataFrame, kept: pd.Series, **how: object) -> pd.DataFrame:
    part = space[kept]
    asked = pd.DataFrame(True, index=sorted(set(part["form"])), columns=["a", "b"])
    return estimates(part[["a", "b"]], part["accuracy"], part["form"], space["form"], asked=asked, **how)


def test_with_all_scored_it_is_the_correlation(space):
    found = judged(space, space["a"].notna(), n=20, sums={"both": ("a", "b")}).set_index(["proxy", "metric"])
    values = {name: space[name] for name in ("a", "b")} | {"both": fusion.log_rank.log_rank(space, ["a", "b"])}
    for name, x in values.items():
        for metric in ("plcc", "srocc", "krocc"):
            assert found.loc[(name, metric), "value"] == pytest.approx(stats.METRICS[metric](x, space["accuracy"]))
    slope = np.polyfit(space["a"], space["accuracy"], 1)
    assert found.loc[("a", "rmse"), "value"] == pytest.approx(
        stats.METRICS["rmse"](np.polyval(slope, space["a"]), space["accuracy"])
    )
    assert (found["n"] == len(space)).all()
    assert (found["forms"] == 634).all()


def test_scores_of_any_magnitude_keep_their_order(space):
    wide = space.assign(a=np.exp(20 * space["a"]))
    plain, found = (judged(table, table["a"].notna(), n=1).set_index(["proxy", "metric"]) for table in (space, wide))
    assert np.ptp(np.log10(wide["a"])) > 30
    for metric in ("srocc", "krocc"):
        assert found.loc[("a", metric), "value"] == plain.loc[("a", metric), "value"]


def test_a_sample_is_right_on_average_and_its_interval_as_wide_as_it_errs(space):
    truth = stats.METRICS["krocc"](space["a"], space["accuracy"])
    alone = sorted(set(space["form"]) - set(copied(space["form"])))
    found = []
    for seed in range(40):
        drawn = set(np.random.default_rng(seed).permutation(alone)[:150]) | set(copied(space["form"]))
        rows = judged(space, space["form"].isin(drawn), n=100, seed=seed)
        found.append(rows.set_index(["proxy", "metric"]).loc[("a", "krocc")])
    table = pd.DataFrame(found)
    errors = table["value"] - truth
    assert abs(errors.mean()) < 3 * errors.std() / np.sqrt(len(errors))
    assert ((table["low"] <= truth) & (truth <= table["high"])).mean() >= 0.85
    width = (table["high"] - table["low"]).mean()
    assert 2 * errors.std() < width < 8 * errors.std()


def test_a_sample_of_forms_alone_errs_more(space):
    """What the page is for: with the forms of many copies left to chance, the same correlation swings."""
    truth = stats.METRICS["krocc"](space["a"], space["accuracy"])
    forms, ours, theirs = sorted(set(space["form"])), [], []
    for seed in range(20):
        drawn = set(np.random.default_rng(seed).permutation(forms)[:150])
        part = space[space["form"].isin(drawn)]
        theirs.append(stats.METRICS["krocc"](part["a"], part["accuracy"]) - truth)
        kept = space["form"].isin(drawn | set(copied(space["form"])))
        ours.append(judged(space, kept, n=1).query("proxy == 'a' and metric == 'krocc'")["value"].item() - truth)
    assert np.std(theirs) > 3 * np.std(ours)


def test_a_missing_score_ranks_last_and_a_smaller_sample_is_one_of_its_own(space):
    part = space.assign(b=space["b"].where(space["form"] != "f0"))
    asked = pd.DataFrame(True, index=sorted(set(part["form"])), columns=["a", "b"])
    asked.loc[sorted(set(space["form"]) - set(copied(space["form"])))[100:], "b"] = False
    found = estimates(part[["a", "b"]], part["accuracy"], part["form"], space["form"], asked=asked, n=5)
    one = found.query("proxy == 'b' and metric == 'srocc'").iloc[0]
    assert (one["missing"], one["forms"], one["n"]) == (150, 134, 1000)
    assert set(found.loc[found["proxy"] == "a", "forms"]) == {634}
    kept = part[part["form"].map(asked["b"]).to_numpy(bool)]
    w = weights(kept["form"], space["form"])
    assert w.sum() == pytest.approx(len(space))
    drawn = kept.iloc[np.repeat(np.arange(len(kept)), w.round().astype(int))]
    last = drawn["b"].fillna(part["b"].min() - 1)
    assert one["value"] == pytest.approx(stats.METRICS["srocc"](last, drawn["accuracy"]), abs=1e-3)


def test_a_form_with_copies_that_has_no_score_is_named(space):
    with pytest.raises(ValueError, match="1 forms with copies have no score, the first 'f3': score all of them"):
        judged(space, space["form"] != "f3")
    with pytest.raises(ValueError, match="No form without copies has a score"):
        judged(space, space["form"].isin(copied(space["form"])))
