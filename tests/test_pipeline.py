"""What must hold of the stages as a whole."""

from pathlib import Path

import pytest
from dvc.repo import Repo

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def stages() -> list:
    return [stage for stage in Repo(ROOT).index.stages if stage.path_in_repo == "dvc.yaml"]


def paths(parts: list) -> set[Path]:
    return {Path(part.def_path) for part in parts}


def recomputed(stages: list) -> set[Path]:
    """Outputs that the store does not hold: a clone makes them, and its last bits may be its own."""
    return paths([out for stage in stages for out in stage.outs if out.use_cache and not out.can_push])


def test_what_needs_originals_reads_nothing_that_a_clone_recomputes(stages):
    """Else a clone on another processor would want to run it, without the originals."""
    made = recomputed(stages)
    assert Path("results/scores/nas_bench_digits-digits.parquet") in made
    for stage in stages:
        read = paths(stage.deps)
        if any(path.parts[0] == "receipts" for path in read):
            both = {path for path in read if any(path == out or path in out.parents or out in path.parents for out in made)}
            assert not both, f"{stage.addressing} reads {both}: release it in data/, or give the stage no originals"


def test_the_store_holds_what_a_clone_cannot_make(stages):
    for stage in stages:
        if any(path.parts[0] == "receipts" for path in paths(stage.deps)):
            kept = [out for out in stage.outs if out.use_cache]
            assert all(out.can_push for out in kept), f"{stage.addressing}: a clone without originals has no {kept}"


def test_no_stage_writes_below_data(stages):
    assert not [out for out in paths([out for stage in stages for out in stage.outs]) if out.parts[0] == "data"]
