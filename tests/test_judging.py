"""Scores beside accuracies: what was not asked for everywhere, or has no accuracy, is left out."""

import json
from pathlib import Path

import pandas as pd
import pytest

from untrained import benchmarks, judging, shards
from untrained.fusion.carried import Judged

ROOT = Path(__file__).parents[1]


@pytest.fixture
def archs() -> list[str]:
    """Some trained cells of the embedded benchmark."""
    try:
        return list(benchmarks.get("nas_bench_digits", ROOT / "data").table("digits").index[:6])
    except FileNotFoundError as error:
        pytest.skip(f"the embedded benchmark is not here: {error}")


def test_scores_beside_accuracies(tmp_path, archs):
    unknown = "|none~0|+|none~0|none~1|+|none~0|none~1|nor_conv_1x1~2|"
    asked = [(arch, name) for arch in [*archs, unknown] for name in ("up", "down")] + [(archs[0], "few")]
    rows = pd.DataFrame([{"arch": a, "seed": 0, "proxy": n, "value": float(i)} for i, (a, n) in enumerate(asked)])
    rows = rows.assign(status="ok", reason="", seconds=float("nan"))
    better = {"up": "higher", "down": "lower", "few": "higher"}
    path = shards.write(rows, tmp_path / "scores.parquet", {"better": json.dumps(better)})
    found = judging.read(path, "nas_bench_digits", "digits", data=ROOT / "data")
    assert list(found.scores.index) == list(found.accuracy.index) == archs
    assert set(found.scores) == {"up", "down"}
    assert found.scores["down"].tolist() == [-1.0, -3.0, -5.0, -7.0, -9.0, -11.0]
    assert (found.benchmark, found.space, found.photographs) == ("nas_bench_digits", "cells", False)


def test_families_are_files():
    found = judging.families(["snip", "synflow", "grad_norm", "zen", "synflow_bn"])
    assert found == {"gradient": ["snip", "grad_norm"], "paths": ["synflow", "synflow_bn"]}


def test_columns_for_kin(archs):
    scores = pd.DataFrame({"snip": range(6)}, pd.Index(archs, name="arch"), dtype=float)
    table = Judged(scores, scores["snip"], "nas_bench_digits", "cells")
    found = judging.described(table)
    assert {name.split(" ")[0] for name in found} == {"indicator", "graph", "path"}
    assert list(found.index) == archs
    assert set(benchmarks.names()) >= judging.NO_PHOTOGRAPHS
