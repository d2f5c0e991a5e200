"""Pruning on networks that are built: what is measured is a supernet, and the books are kept."""

from dataclasses import replace
from functools import partial

import pytest
import torch

from untrained import scoring, shards, supernet_search
from untrained.benchmarks.cells import OPERATIONS, CellNetwork, ThinCell
from untrained.benchmarks.nas_bench_201 import parse
from untrained.initialise import filled
from untrained.setting import Setting

SKELETON = {"width": 2, "cells": 1, "stages": 2, "classes": 3, "channels": 3}
OPTIONS = {"cnntk": {"batch": 4, "repeats": 1}, "nlr": {"samples": 60, "repeats": 1}}
INPUTS = torch.randn(6, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def scorer(seed=0):
    return supernet_search.supernet_scorer(INPUTS, seed=seed, skeleton=SKELETON, options=OPTIONS)


def test_supernet_of_single_operators_scores_as_the_network_of_the_cell():
    cell = ("nor_conv_3x3", "skip_connect", "nor_conv_1x1", "avg_pool_3x3", "none", "nor_conv_3x3")
    network = filled(partial(CellNetwork, cell, **SKELETON), seed=2)
    setting = Setting(seed=2, batch=6, init=None, options=OPTIONS)
    thin = {"reduced": lambda: filled(partial(ThinCell, cell))}
    rows = scoring.score(network, INPUTS, proxies=["cnntk", "nlr"], setting=setting, variants=thin)
    sets = tuple((OPERATIONS.index(name),) for name in cell)
    assert scorer(2)(sets) == tuple(rows["value"]) and scorer(1)(sets) != tuple(rows["value"])


def test_missing_operators_change_both_scores():
    full = tuple(tuple(range(5)) for _ in range(6))
    less = ((0,), (0,), (0,), (4,), (0,), (0,))
    (condition, regions), (other, fewer) = scorer()(full), scorer()(less)
    assert condition != other and 1 <= fewer < regions <= 60


def test_books_of_a_run():
    """Operators of a high place are good: what is left is the last of each edge."""
    found = supernet_search.run(lambda seed: lambda sets: (100.0 - sum(map(sum, sets)), 1.0), [0, 1])
    last = found[found["round"] == 4]
    assert len(found) == 2 * 5 * 6 and (last["operators"] == OPERATIONS[4]).all() and (found["scored"] == 84).all()
    assert parse(found["arch"].iloc[0]) == (OPERATIONS[4],) * 6
    start = found[found["round"] == 0]
    assert (start["operators"] == " ".join(OPERATIONS)).all() and set(start["edge"]) == {
        "0-1",
        "0-2",
        "1-2",
        "0-3",
        "1-3",
        "2-3",
    }


@pytest.mark.parametrize("nothing", [((0,),) * 6])
def test_supernet_without_an_operator_has_no_condition_number(nothing):
    condition, regions = scorer()(nothing)
    assert condition != condition and regions == 1


def test_pruning_goes_on_from_finished_seeds(tmp_path, monkeypatch):
    """A supernet takes a fifth of a second: one is scored for each pruning, the others go by their operators' places."""
    begun, real = [], supernet_search.supernet_scorer

    def scorer_of(inputs, *, seed, **how):
        begun.append((seed, real(inputs, seed=seed, **how)(((3,),) * 6)[1] > 1))
        return lambda sets: (100.0 - sum(map(sum, sets)), 1.0)

    monkeypatch.setattr(supernet_search, "supernet_scorer", scorer_of)
    job = supernet_search.Pruning("nas_bench_digits", "digits", 4, {"width": 2, "cells": 1}, OPTIONS)
    (path,) = shards.run(job, shards.plan([0], folder=tmp_path, key=job.key, size=1))
    made = path.stat().st_mtime_ns
    rows = [shards.read(one)[0] for one in shards.run(job, shards.plan([0, 1], folder=tmp_path, key=job.key, size=1))]
    assert path.stat().st_mtime_ns == made and begun == [(0, True), (1, True)]
    assert [set(one["seed"]) for one in rows] == [{0}, {1}]
    changes = ({}, {"batch": 5}, {"skeleton": {"width": 3}}, {"options": {}})
    assert len({replace(job, **change).key for change in changes}) == 4
    assert replace(job, data="elsewhere").key == job.key
