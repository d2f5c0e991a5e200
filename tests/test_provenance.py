"""Hashes and commits behind a result, and a release that stays as it is while neither data nor code changes."""

import json
import subprocess

import pytest
import yaml

from untrained import provenance
from untrained.provenance import attach, commit, release, stages

LOCK = {
    "stages": {
        "fuse@a": {
            "cmd": "x",
            "deps": [{"path": "results/a.parquet", "md5": "d" * 32}, {"path": "src/fusion.py", "md5": "c" * 32}],
            "params": {"params.yaml": {"fuse": {"n_train": 200}}},
            "outs": [{"path": "results/notebooks/05-a.ipynb", "md5": "e" * 32}],
        }
    }
}


def git(*words, cwd):
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", *words], cwd=cwd, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path):
    """One stage, reproduced and committed."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "fusion.py").write_text("a = 1\n")
    (tmp_path / "dvc.lock").write_text(yaml.safe_dump(LOCK))
    git("init", "-q", cwd=tmp_path)
    git("add", "-A", cwd=tmp_path)
    git("commit", "-qm", "first", cwd=tmp_path)
    return tmp_path


def test_one_data_dependency_is_named_by_its_own_md5(repository):
    entry = stages(repository)["fuse@a"]
    assert entry.data_hash == "d" * 10 and len(entry.code_hash) == 10
    assert entry.commit == commit(["src/fusion.py"], repository) and len(entry.commit) == 10


def test_parameters_are_part_of_the_code(repository):
    before = stages(repository)["fuse@a"].code_hash
    (repository / "dvc.lock").write_text(yaml.safe_dump(LOCK).replace("200", "100"))
    assert stages(repository)["fuse@a"].code_hash != before


def test_changed_code_is_marked(repository):
    (repository / "src" / "fusion.py").write_text("a = 2\n")
    assert stages(repository)["fuse@a"].commit.endswith("+")


def test_released_commit_stays_while_hashes_stay(repository):
    rows = [{"id": "x", "stage": "fuse@a", "ours": 0.123456789, "low": float("nan")}]
    file = release(rows, repository / "results" / "claims.json", repository)
    first = file.read_bytes()
    git("commit", "-qm", "later", "--allow-empty", cwd=repository)
    (repository / "src" / "fusion.py").write_text("a = 1\n\n")
    git("commit", "-qam", "touched", cwd=repository)
    assert release(rows, file, repository).read_bytes() == first
    assert json.loads(first)[0]["ours"] == 0.123457 and json.loads(first)[0]["low"] is None


def test_released_commit_moves_with_the_data(repository):
    earlier = [
        {"stage": "fuse@a", "data_hash": "0" * 10, "code_hash": stages(repository)["fuse@a"].code_hash, "commit": "old"}
    ]
    assert attach([{"stage": "fuse@a"}], earlier, repository)[0]["commit"] == commit(["src/fusion.py"], repository)


def test_a_mark_of_uncommitted_code_is_not_kept(repository):
    entry = stages(repository)["fuse@a"]
    earlier = [{"stage": "fuse@a", "data_hash": entry.data_hash, "code_hash": entry.code_hash, "commit": "abc+"}]
    assert attach([{"stage": "fuse@a"}], earlier, repository)[0]["commit"] == entry.commit


def test_outside_a_repository_and_before_any_stage_has_run(tmp_path):
    found = attach([{"stage": "fuse@a"}], [], tmp_path)
    assert found == [{"stage": "fuse@a", "data_hash": "", "code_hash": "", "commit": ""}]


def test_pages(repository):
    assert provenance.pages(repository) == [{"page": "05-a", "stage": "fuse@a"}]
