import inspect
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from networks import CASES, minibatch

import untrained
from untrained import scores, scoring
from untrained.fusion.placing import Population
from untrained.fusion.released import Released
from untrained.registry import UnknownName

NAMES = ["params", "naswot"]


@pytest.fixture
def one() -> Released:
    table = pd.DataFrame({"params": [1.0, 1e3, 1e9], "naswot": [-1e6, 0.0, 1e6]})
    setting = {"batch": 999, "init": None, "inputs": "given", "options": {"naswot": {"a": 1}, "zen": {}}}
    population = Population.of(table, setting=setting)
    better = dict.fromkeys(NAMES, "higher")
    return Released("mine", {"params": 0.75, "naswot": 0.25}, better, {}, {"three": population})


def measured(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns="seconds")


def test_without_a_fusion_nothing_changes():
    network, (inputs, targets) = CASES["mlp"].network(), minibatch()
    plain = scoring.score(network, inputs, targets, proxies=NAMES, arch="a")
    pd.testing.assert_frame_equal(
        measured(untrained.score(network, inputs, targets, proxies=NAMES, arch="a")), measured(plain)
    )
    ours, theirs = (inspect.signature(one).parameters for one in (untrained.score, scoring.score))
    assert list(ours)[: len(theirs)] == list(theirs) and ours["fused"].default is None


def test_one_more_row_holds_the_fusion_and_its_reliability(one):
    network, (inputs, targets) = CASES["mlp"].network(), minibatch()
    table = scores.check(untrained.score(network, inputs, targets, proxies=["params"], fused=one))
    assert table["proxy"].tolist() == ["params", "naswot", "fused:mine"]
    wide, last = table.set_index("proxy")["value"], table.iloc[-1]
    places = [one.populations["three"].place(name, wide[name]) for name in NAMES]
    assert last["value"] == pytest.approx(0.75 * np.log(places[0]) + 0.25 * np.log(places[1]))
    assert last["reason"] == (
        f"places among 3 of three; never judged in this way; measured with batch {len(inputs)} not 999, "
        "other options of naswot"
    )
    assert last["seconds"] == pytest.approx(table["seconds"].iloc[:-1].sum())


def test_a_lower_score_may_be_better(one):
    network, (inputs, targets) = CASES["mlp"].network(), minibatch()
    turned = replace(one, better={"params": "higher", "naswot": "lower"})
    found = [untrained.score(network, inputs, targets, proxies=[], fused=how).iloc[-1]["value"] for how in (one, turned)]
    assert found[0] > found[1]


def test_too_little_to_fuse_is_undefined_with_what_to_score(one):
    network, (inputs, targets) = CASES["gelu"].network(), minibatch()
    row = untrained.score(network, inputs, targets, proxies=[], fused=one).iloc[-1]
    assert row["status"] == "ok" and "left out with 25% of the weight: naswot" in row["reason"]
    heavy = replace(one, weights={"params": 0.25, "naswot": 0.75})
    table = scores.check(untrained.score(network, inputs, targets, proxies=[], fused=heavy))
    assert table.iloc[-1]["status"] == "undefined" and "score naswot too" in table.iloc[-1]["reason"]


def test_kept_indicators_are_found_by_file_and_populations_by_name(one, tmp_path):
    network, (inputs, targets) = CASES["mlp"].network(), minibatch()
    path = one.save(tmp_path)
    found = untrained.score(network, inputs, targets, proxies=[], fused=path, among="three")
    assert found.iloc[-1]["proxy"] == "fused:mine"
    with pytest.raises(UnknownName, match="Did you mean 'three'"):
        untrained.score(network, inputs, targets, proxies=[], fused=one, among="thre")


def test_the_table_of_several_networks_is_fused_in_one_line(one):
    inputs, targets = minibatch()
    tables = [
        untrained.score(CASES[name].network(), inputs, targets, proxies=NAMES, arch=name) for name in ("mlp", "residual")
    ]
    found = untrained.fused(pd.concat(tables), one)
    assert list(found.index) == ["mlp", "residual"] and list(found) == ["fused:mine", "reliability"]
