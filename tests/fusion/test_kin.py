"""Kin: who counts as one, and what it says of architectures whose accuracy nobody has seen."""

import itertools

import numpy as np
import pandas as pd
import pytest

from untrained.benchmarks.nas_bench_201 import arch_str
from untrained.fusion import kin
from untrained.fusion.carried import Judged
from untrained.graph_features import IDENTITIES, ROLES, graph_features, path_features
from untrained.stats.correlation import krocc

CELLS = [
    arch_str((*pair, "none", "nor_conv_1x1", *rest))
    for pair in itertools.product(("none", "nor_conv_3x3", "nor_conv_1x1"), repeat=2)
    for rest in itertools.product(("skip_connect", "nor_conv_3x3", "avg_pool_3x3"), repeat=2)
]
TASKS = ["64-41414-{}_{}{}_{}{}{}".format(*code) for code in itertools.product("013", "03", "23", "3", "03", "13")]
VERTICES = [
    f"|{first}~0|{second}~0{'1' * chained}|output~2|"
    for first, second in itertools.product(("conv3x3", "conv1x1", "maxpool3x3"), repeat=2)
    for chained in (0, 1)
]
STAGES = ["64-1234-basic", "64-1244-basic", "64-1334-basic"]


def made(
    benchmark: str, archs: list[str], *, turned: bool = False, seed: int = 0, photographs: bool = True
) -> tuple[Judged, pd.DataFrame]:
    """Accuracy is the number of convolutions of 3 x 3, by any name, and a little noise; the indicator sees it less well."""
    random = np.random.default_rng(seed)
    graph, paths = graph_features(benchmark, archs), path_features(benchmark, archs)
    counts = graph[[name for name in graph if name.startswith("count ") and name.endswith("3x3") and "conv" in name]]
    truth = (-1 if turned else 1) * counts.sum(axis=1) + 0.1 * random.normal(size=len(archs))
    scores = pd.DataFrame({"noisy": counts.sum(axis=1) + 2 * random.normal(size=len(archs))}, pd.Index(archs))
    table = Judged(scores, truth.set_axis(scores.index), benchmark, "", photographs=photographs)
    return table, kin.describe(table, graph, paths)


def tables(**given: tuple[Judged, pd.DataFrame]) -> tuple[dict[str, Judged], dict[str, pd.DataFrame]]:
    return {key: table for key, (table, _) in given.items()}, {key: known for key, (_, known) in given.items()}


def test_operations_have_one_name_on_every_benchmark():
    plain = {"convolution 1x1", "convolution 3x3"}
    assert kin.operations(made("nas_bench_201", CELLS)[1]) == plain | {"pooling 3x3"}
    assert kin.operations(made("nas_bench_101", VERTICES)[1]) == plain | {"pooling 3x3"}
    assert kin.operations(made("transnas_bench_101", TASKS)[1]) == plain
    names = pd.Series(["path sep_conv_3x3, max_pool_3x3", "graph mean dil_conv_3x3"]).replace(kin.ALIKE, regex=True)
    assert names.tolist() == ["path sep_conv_3x3, pooling 3x3", "graph mean dil_conv_3x3"]


def test_kinds_of_pooling_are_one_column():
    index = pd.Index(["a"])
    table = Judged(pd.DataFrame({"noisy": [1.0]}, index), pd.Series([90.0], index), "", "")
    graph = pd.DataFrame({"count max_pool_3x3": [1.0], "count avg_pool_3x3": [2.0], "count conv": [4.0]}, index)
    found = kin.describe(table, graph, pd.DataFrame(index=index))
    assert found.loc["a"].to_dict() == {"graph count pooling 3x3": 3.0, "graph count conv": 4.0}


def test_identities_and_kinds_of_operations_tell_no_space_apart():
    """Written down in `kin` too: results are read without torch, which graphs need."""
    assert {*ROLES, "operation", *IDENTITIES} - {""} == kin.OF_NO_SPACE


def test_kin_are_other_benchmarks_on_photographs_with_the_same_operations():
    others, known = tables(
        cells=made("nas_bench_201", CELLS),
        vertices=made("nas_bench_101", VERTICES),
        rooms=made("transnas_bench_101", TASKS),
        stages=made("transnas_bench_101", STAGES),
        digits=made("nas_bench_digits", CELLS, photographs=False),
    )
    found = {key: kin.related(table, known[key], others, known) for key, table in others.items()}
    assert found == {
        "cells": ["vertices", "rooms"],
        "vertices": ["cells", "rooms"],
        "rooms": ["cells", "vertices"],
        "stages": [],
        "digits": [],
    }


@pytest.mark.parametrize(("benchmark", "archs"), [("nas_bench_101", VERTICES), ("transnas_bench_101", TASKS)])
def test_what_an_operation_is_worth_carries_over(benchmark, archs):
    mine, described = made("nas_bench_201", CELLS, seed=1)
    others, known = tables(source=made(benchmark, archs))
    score = mine.scores["noisy"]
    said = kin.said(mine, described, others, known)
    alone, found = (krocc(one, mine.accuracy) for one in (score, kin.joined(score, said, others)))
    assert found > alone + 0.1


def test_a_task_that_wants_the_opposite_is_not_heard():
    mine, described = made("nas_bench_201", CELLS, seed=1)
    others, known = tables(
        good=made("transnas_bench_101", TASKS), bad=made("transnas_bench_101", TASKS, turned=True, seed=2)
    )
    score = mine.scores["noisy"]
    said = kin.said(mine, described, others, known)
    assert list(said) == ["good", "bad"]
    assert kin.agreement(score, said)["bad"] == 0
    assert kin.joined(score, said, others).equals(kin.joined(score, said[["good"]], others))
    assert kin.joined(score, said[["bad"]], others).rank().equals(score.rank())


def test_a_benchmark_has_one_vote_however_many_its_data_sets():
    mine, described = made("nas_bench_201", CELLS, seed=1)
    others, known = tables(a=made("transnas_bench_101", TASKS), b=made("transnas_bench_101", TASKS))
    said = kin.said(mine, described, others, known)
    found = (kin.joined(mine.scores["noisy"], said[names], others) for names in (["a"], ["a", "b"]))
    assert next(found).equals(next(found))


def test_without_kin_the_score_keeps_its_order():
    mine, described = made("nas_bench_201", CELLS)
    said = kin.said(mine, described, {}, {})
    assert said.empty
    assert kin.joined(mine.scores["noisy"], said, {}).rank().equals(mine.scores["noisy"].rank())
