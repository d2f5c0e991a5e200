"""What the reproduction report says of an output that is equal, near, far or missing, and of a verdict that changed."""

import hashlib
import json
import subprocess

import pandas as pd
import pytest
import yaml

from untrained import verify

TABLE = pd.DataFrame({"proxy": ["cj", "cj", "os"], "value": [1.0, 3.0, 5.0], "seconds": [1.0, 2.0, 3.0]})
PATH = "results/scores/a.parquet"


def git(*words, cwd):
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", *words], cwd=cwd, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path):
    """One table, one summary and its dvc.lock, committed."""
    file = tmp_path / PATH
    file.parent.mkdir(parents=True)
    TABLE.to_parquet(file)
    md5 = hashlib.md5(file.read_bytes()).hexdigest()
    lock = {"stages": {"score": {"outs": [{"path": PATH, "md5": md5}, {"path": "results/gone.ipynb", "md5": "0" * 32}]}}}
    (tmp_path / "dvc.lock").write_text(yaml.safe_dump(lock))
    (tmp_path / verify.SUMMARY).write_text(json.dumps(verify.summarise(tmp_path)))
    git("init", "-q", cwd=tmp_path)
    git("add", "-A", cwd=tmp_path)
    git("commit", "-qm", "x", cwd=tmp_path)
    return tmp_path


def test_summary_is_by_group_and_leaves_clock_time_out(repository):
    found = verify.summarise(repository)["results/scores/a"]
    assert found["cj"] == {"rows": 2, "value mean": 2.0, "value sd": 1.0}
    assert found["os"] == {"rows": 1, "value mean": 5.0, "value sd": 0.0}


@pytest.mark.parametrize(("factor", "state"), [(1.0, "bit-identical"), (1 + 1e-7, "within tolerance"), (1.01, "differs")])
def test_states(repository, factor, state):
    TABLE.assign(value=TABLE["value"] * factor).to_parquet(repository / PATH)
    assert dict(verify.outputs(repository)) == {PATH: state, "results/gone.ipynb": "missing"}


def test_a_lost_row_differs(repository):
    TABLE.iloc[:2].to_parquet(repository / PATH)
    assert dict(verify.outputs(repository))[PATH] == "differs"


def test_verdicts_that_changed_vanished_or_are_new_are_broken():
    found = [{"id": "a", "verdict": "holds"}, {"id": "b", "verdict": "fails"}, {"id": "d", "verdict": "holds"}]
    wanted = [{"id": "a", "verdict": "holds"}, {"id": "b", "verdict": "holds"}, {"id": "c", "verdict": "holds"}]
    broken = {row["id"]: row["broken"] for row in verify.verdicts(found, wanted)}
    assert broken == {"a": False, "b": True, "c": True, "d": True}


def test_report_ends_well_only_without_a_broken_claim(repository, monkeypatch):
    claim = {"id": "a", "published": "p", "ours": 0.5, "low": 0.4, "high": 0.6, "verdict": "holds"}
    (repository / verify.CLAIMS).write_text(json.dumps([claim]))
    git("add", "-A", cwd=repository)
    git("commit", "-qm", "claims", cwd=repository)
    monkeypatch.setattr(verify, "judged", lambda root: [claim])
    text, whole = verify.report(repository)
    assert whole and "0.5 [0.4, 0.6]" in text and "1 claims: 0 broken" in text
    monkeypatch.setattr(verify, "judged", lambda root: [claim | {"verdict": "fails"}])
    text, whole = verify.report(repository)
    assert not whole and "BROKEN" in text


@pytest.mark.parametrize(
    ("found", "wanted", "agree"),
    [
        (1, 1.0005, True),
        (1, 1.01, False),
        (1e6, 1e6 + 500, True),
        ({"a": 1}, {}, False),
        (True, 1.0005, False),
        (None, 0, False),
    ],
)
def test_close(found, wanted, agree):
    assert verify.close(found, wanted) is agree
