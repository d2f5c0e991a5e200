import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import untrained
from untrained.fusion.candidates import ranks
from untrained.fusion.placing import Population
from untrained.fusion.released import Released, load
from untrained.fusion.reliability import TABLE, Reliability, stated
from untrained.registry import UnknownName

WEIGHTS = {"good": 0.6, "fair": 0.3, "poor": 0.1}


def table(shift: float = 0.0, n: int = 60) -> pd.DataFrame:
    random = np.random.default_rng(7)
    return pd.DataFrame(shift + random.normal(size=(n, 3)), [f"arch-{i}" for i in range(n)], list(WEIGHTS))


def row(among: str, tau: float = 0.5, benchmark: str = "one") -> Reliability:
    fixed = {"dataset": "images", "accuracy": "test_acc", "n": 60, "learned_from": ("two",), "labels": 0, "seed": 0}
    ends = {"tau": tau, "low": tau - 0.1, "high": tau + 0.1, "params": None}
    return Reliability(
        key=benchmark, benchmark=benchmark, among=among, split="no label", interval="resamples", **fixed, **ends
    )


@pytest.fixture
def one() -> Released:
    populations = {key: Population.of(table(shift), benchmark=key) for key, shift in (("here", 0.0), ("far", 50.0))}
    rows = (row(TABLE), row("here", 0.25))
    return Released("mine", WEIGHTS, dict.fromkeys(WEIGHTS, "higher"), {"two": {"labels": 3}}, populations, "", rows)


def test_value_is_the_log_of_a_weighted_geometric_mean_of_ranks(one):
    wanted = sum(WEIGHTS[name] * np.log(ranks(table())[name]) for name in WEIGHTS)
    assert one.predict(table()).to_numpy() == pytest.approx(wanted.to_numpy())
    assert one.predict(table(), among="here").to_numpy() == pytest.approx(wanted.to_numpy(), rel=1e-5)


def test_a_network_alone_is_placed_in_the_nearest_population(one):
    network = table().iloc[[4]]
    assert (one.chosen(network), one.chosen(network + 50), one.chosen(table())) == ("here", "far", TABLE)
    assert one.predict(network).iloc[0] == pytest.approx(one.predict(table(), among="here").iloc[4])
    assert replace(one, reference="far").chosen(table()) == "far"


def test_missing_indicators_are_left_out_with_their_weight(one):
    wanted = (0.6 * np.log(ranks(table())["good"]) + 0.3 * np.log(ranks(table())["fair"])) / 0.9
    for less in (table().drop(columns="poor"), table().assign(poor=np.nan)):
        found = one.fused(less)
        assert found["fused:mine"].to_numpy() == pytest.approx(wanted.to_numpy())
        assert found["reliability"].iloc[0].endswith("left out with 10% of the weight: poor")
    with pytest.raises(ValueError, match="holds 40% of the weight of 'mine'.*score good too"):
        one.predict(table().drop(columns="good"))


def test_a_missing_score_ranks_last(one):
    holed = table()
    holed.loc["arch-3", "good"] = np.nan
    for among in (TABLE, "here"):
        assert one.predict(holed, among=among)["arch-3"] < one.predict(table(), among=among)["arch-3"]


def test_the_sentence_says_among_whom_how_reliable_and_what_lies_beyond(one):
    assert one.fused(table())["reliability"].iloc[0] == (
        "ranks among these 60; tau 0.50 [0.40, 0.60], 60 architectures of one, no label (resamples)"
    )
    assert "places among 60 of far (100% of the weight beyond); tau 0.25" in one.sentence(table(), "far")


def test_long_tables_are_directed(one):
    wide = table().assign(other=1.0)
    long = wide.rename_axis("arch").reset_index().melt("arch", var_name="proxy").assign(seed=0, status="ok", reason="")
    assert untrained.fused(long, one)["fused:mine"].to_numpy() == pytest.approx(one.predict(wide).to_numpy())
    turned = replace(one, better={**one.better, "good": "lower"})
    assert untrained.fused(long, turned)["fused:mine"].to_numpy() == pytest.approx(
        one.predict(wide.assign(good=-wide["good"])).to_numpy()
    )
    with pytest.raises(TypeError, match="Got dict"):
        untrained.fused({}, one)


def test_json_there_and_back_is_the_same_to_the_byte(one, tmp_path):
    path = one.save(tmp_path)
    again = load("mine", tmp_path)
    assert path.read_text() == again.to_json() == load(path).to_json()
    assert again.reliability == one.reliability
    pd.testing.assert_frame_equal(untrained.fused(table(), "mine", folder=tmp_path), one.fused(table()))


def edited(text: str, **changes) -> str:
    return json.dumps(json.loads(text) | changes)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[:200], "JSONDecodeError"),
        (lambda text: edited(text, format=2), "format is 2, this version reads 1: update"),
        (lambda text: edited(text, weights={"good": 2.0}), "changed after it was written"),
        (lambda text: text.replace("0.6,", "NaN,", 1), "NaN in a JSON of finite numbers"),
        (lambda text: "{}", "KeyError: 'format'"),
        (lambda text: "[]", "no indicator to use"),
    ],
)
def test_damage_is_named_with_the_way_out(one, tmp_path, damage, message):
    path = one.save(tmp_path)
    path.write_text(damage(path.read_text()))
    with pytest.raises(ValueError, match=message) as error:
        load("mine", tmp_path)
    assert "dvc pull" in str(error.value) and "mine.json" in str(error.value)


def test_unknown_names(one, tmp_path):
    one.save(tmp_path)
    with pytest.raises(FileNotFoundError, match="No indicator 'mien'.*Did you mean 'mine'"):
        load("mien", tmp_path)
    with pytest.raises(FileNotFoundError, match="dvc repro model_card"):
        load("mine", tmp_path / "none")
    with pytest.raises(UnknownName, match="Did you mean 'here'"):
        one.predict(table(), among="hree")


def test_one_network_has_no_rank_among_itself(one):
    with pytest.raises(ValueError, match="place it among here, far"):
        one.predict(table().iloc[:1], among=TABLE)
    with pytest.raises(ValueError, match="with_population"):
        replace(one, populations={}).predict(table().iloc[:1])


@pytest.mark.parametrize("weights", [{}, {"good": float("nan")}, {"good": -1.0}])
def test_weights_are_positive_numbers(one, weights):
    with pytest.raises(ValueError, match="wanted are positive numbers"):
        replace(one, weights=weights)
    with pytest.raises(ValueError, match="higher or lower is better for good"):
        replace(one, better={})


def test_a_population_of_ones_own(one):
    mine = one.with_population("mine", Population.of(table(9.0)))
    assert mine.chosen(table().iloc[:1]) == "mine"
    with pytest.raises(ValueError, match="'mine' has no scores of poor"):
        one.with_population("mine", Population.of(table().drop(columns="poor")))


def test_data_sets_of_one_benchmark_count_once():
    rows = [row(TABLE, 0.1, "a"), row(TABLE, 0.3, "a"), row(TABLE, 0.6, "b"), row("p", 0.9, "b")]
    assert stated(rows, table=True) == "tau 0.40, from 0.20 to 0.60 on 2 unseen benchmarks"
    assert "0.90 [0.80, 1.00]" in stated(rows, table=False)
    assert stated([], table=True) == "never judged in this way"
