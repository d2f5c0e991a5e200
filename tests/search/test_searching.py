"""Spaces and oracles from a benchmark's tables, searches in shards, and a judge who comes last."""

import pickle
import struct

import numpy as np
import pandas as pd
import pytest
from search.words import ARCHS, neighbours, truth

from untrained import searching
from untrained.searching import Training

METHODS = {
    "random": {"method": "random_search"},
    "local": {"method": "local_search"},
    "robot": {"method": "robot", "indicators": ["one", "two"]},
    "argmax": {"method": "best_of_sample", "indicator": "two", "sample": 30},
}
TRAININGS = [Training(12, "valid_acc_short", "first", "seconds_short"), Training(200, seconds="seconds_short", times=5.0)]
SECRET = 7.0 / 11


class Words:
    """A benchmark of four-letter words; on the second data set letters count otherwise."""

    name = "words"

    def __init__(self, test: float = SECRET):
        self.test = test

    def table(self, dataset):
        rng = np.random.default_rng(len(dataset))
        quality = np.array([truth(arch) for arch in ARCHS])
        table = pd.DataFrame({"valid_acc": quality + rng.random(256), "test_acc": quality * self.test}, index=list(ARCHS))
        table["valid_acc_short"] = quality + 3 * rng.random(256) if dataset == "first" else np.nan
        table["seconds_short"] = 10.0
        return table

    def neighbours(self, arch):
        return neighbours(arch)

    def canonical(self, arch):
        return arch


@pytest.fixture
def scores():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"one": rng.random(60), "two": rng.random(60)}, index=list(rng.permutation(ARCHS)[:60]))
    return table.mask(rng.random(table.shape) < 0.1)


@pytest.fixture
def tasks(scores):
    return [searching.task(Words(), "second", TRAININGS), searching.task(Words(), "second", TRAININGS, scores=scores)]


def go(tasks, folder, **changes):
    given = {"methods": METHODS, "budgets": {"5": {"queries": 5}}, "seeds": [0, 1, 2]} | changes
    return searching.run(tasks, given["methods"], given["budgets"], given["seeds"], folder=folder)


def test_values_are_those_of_the_tables(tasks):
    first, second = Words().table("first"), Words().table("second")
    full, scored = tasks
    assert full.space.fidelities == (12, 200) and len(full.space.architectures) == 256 and full.space.features is None
    assert full.oracle("abcd", 12) == (first.loc["abcd", "valid_acc_short"], 10.0)
    assert full.oracle("abcd", 200) == (second.loc["abcd", "valid_acc"], 50.0)
    assert len(scored.space.architectures) == 60 and scored.space.names == ("one", "two")


def test_indicators_stay_with_their_architectures(tasks, scores):
    space = tasks[1].space
    for arch in space.architectures[::7]:
        np.testing.assert_equal(space.features[space.position[arch]], scores.loc[arch].to_numpy())


def test_neighbours_are_of_the_space_and_the_nearest_there_are(tasks):
    full, scored = (task.space for task in tasks)
    for arch in scored.architectures:
        assert sorted(full.neighbours(arch)) == sorted(neighbours(arch))
        near = scored.neighbours(arch)
        distance = {other: sum(a != b for a, b in zip(arch, other, strict=True)) for other in scored.architectures}
        others = sorted(value for other, value in distance.items() if other != arch)
        assert sorted(distance[other] for other in near) == others[: len(neighbours(arch))]
        assert len(set(near) - {arch}) == len(near) == 12


def test_test_accuracies_are_out_of_reach(tasks):
    """No number of the truth is among all the bytes of what a method or the loop may see."""
    for task in tasks:
        seen = pickle.dumps((task.space.features, task.space.codes, task.oracle))
        values = [value for value in task.truth if value]
        assert not [value for value in values if struct.pack(">d", value) in seen or struct.pack("<d", value) in seen]
        told = task.oracle.answers[200][task.space.architectures[0]][0]
        assert struct.pack(">d", told) in seen


def test_trajectories_do_not_depend_on_test_accuracies(scores, tmp_path):
    found = []
    for test in (SECRET, -3.0):
        task = searching.task(Words(test), "second", TRAININGS, scores=scores)
        found.append(go([task], tmp_path / str(test)))
    searched = list(searching.COLUMNS)
    pd.testing.assert_frame_equal(found[0][searched], found[1][searched])
    assert not np.allclose(found[0]["test_acc"], found[1]["test_acc"])


def test_rows(tasks, tmp_path):
    found = go(tasks, tmp_path)
    assert list(found) == [*searching.COLUMNS, *searching.JUDGED]
    assert set(found[found["set"] == "full"]["method"]) == {"random", "local"}
    assert set(found[found["set"] == "scored"]["method"]) == set(METHODS)
    argmax = found[found["method"] == "argmax"]
    assert (argmax["query"] == 0).all() and len(argmax) == 3 and argmax["value"].isna().all()
    rest = found[found["method"] != "argmax"]
    assert rest.groupby(["set", "method", "seed"]).size().eq(5).all()
    assert (rest["seconds"] == 50).all() and (rest["fidelity"] == 200).all()


def test_judge_knows_the_rank(tasks, tmp_path):
    found = go(tasks, tmp_path)
    for task in tasks:
        table = Words().table("second").loc[list(task.space.architectures), "test_acc"]
        part = found[found["set"] == task.name]
        assert (part["test_acc"].to_numpy() == table[part["pick"]].to_numpy()).all()
        assert all(rank == 1 + (table > value).sum() for rank, value in zip(part["rank"], part["test_acc"], strict=True))
        assert (part["best"] == table.max()).all() and (part["n"] == len(table)).all()
        told = [task.oracle(arch, 200)[0] for arch in task.space.architectures]
        asked = part[part["query"] > 0]
        assert [1 + sum(other > value for other in told) for value in asked["value"]] == asked["place"].tolist()
        assert part.loc[part["query"] == 0, "place"].isna().all()


def test_finished_searches_are_not_run_again(tasks, tmp_path, monkeypatch):
    first = go(tasks, tmp_path)
    monkeypatch.setattr(searching.search, "run", None)
    pd.testing.assert_frame_equal(go(tasks, tmp_path), first)
    with pytest.raises(TypeError):
        go(tasks, tmp_path, seeds=[0, 1, 2, 3])


def test_method_with_budgets_of_its_own(tasks, tmp_path):
    methods = {"random": METHODS["random"], "local": METHODS["local"] | {"budgets": ["2"]}}
    found = go(tasks[:1], tmp_path, methods=methods, budgets={"2": {"queries": 2}, "5": {"seconds": 250.0}})
    assert found.groupby("method")["budget"].unique().map(list).to_dict() == {"random": ["2", "5"], "local": ["2"]}
    assert found[found["seed"] == 0].groupby(["method", "budget"]).size().to_dict() == {
        ("local", "2"): 2,
        ("random", "2"): 2,
        ("random", "5"): 5,
    }


def test_other_answers_are_another_search(tasks, tmp_path):
    first = go(tasks[:1], tmp_path)
    other = [searching.task(Words(), "first", TRAININGS)]
    assert not go(other, tmp_path)["value"].equals(first["value"])


def test_nothing_left_is_an_error():
    with pytest.raises(ValueError, match="No architecture of words second"):
        searching.task(Words(), "second", [Training(12, "valid_acc_short")])


def test_states_are_read_at_their_epoch():
    class Recorded(Words):
        def states(self):
            rows = [(arch, seed, epoch, epoch + seed, 2.0) for arch in "ab" for seed in (0, 1) for epoch in range(6)]
            return pd.DataFrame(rows, columns=["arch", "seed", "epoch", "valid_acc", "seconds"])

    found = Training(3, states=True).read(Recorded(), "first")
    assert found.loc["a"].tolist() == [3.5, 8.0]
