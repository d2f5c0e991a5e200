"""The notebook of recurrent cells, on a small mirror in the published form: runs of some ids, and one log."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import official
import pandas as pd
import pytest

from untrained import scores
from untrained.readers.nas_bench_nlp import LOGS, LOSSES
from untrained.sequence import recipes

ROOT = Path(__file__).parents[2]
IDS = [1000000, 1000001, 1000002, *range(1000003, 1000019), *range(1002003, 1002019), *range(1006003, 1006009)]
METRICS = sorted({name for one in ("hidden_covariance", "null_directions") for name in (f"{one}_1", f"{one}_2", f"{one}_3")})
OTHERS = ["activation_distance", "hidden_saliency", "jacobian_cosine", "jacobian_covariance", "params"]


def mirror(folder):
    """Losses of some ids, a log, and a manifest beside them."""
    losses, logs = folder / "mirror" / LOSSES, folder / "mirror" / LOGS
    losses.parent.mkdir(parents=True)
    lines = [f"log_stats_model_{i}_a_b.json,{4.5 + i % 2000 % 7 / 10 + i % 3 / 1000},1,1,1,1" for i in IDS]
    losses.write_text("\n".join(["log name,loss,perplexity,bits per word,trainable paramters,total paramters", *lines]))
    log = {"recepie": recipes.published(1000000), "recepie_id": 1000000, "num_params": 1, "status": "OK"}
    with zipfile.ZipFile(logs, "w") as archive:
        archive.writestr("a.json", json.dumps(log | {"test_losses": [5.0], "val_losses": [5.0]}))
    official.manifest(folder / "data", folder / "mirror")
    return folder / "mirror"


def run(folder, where, **parameters):
    words = [word for key, value in parameters.items() for word in ("-p", key, json.dumps(value))]
    command = [sys.executable, "-m", "untrained.notebooks", str(ROOT / "notebooks/19_recurrent.py"), "out.ipynb", *words]
    settings = os.environ | {"UNTRAINED_MIRROR": str(where)}
    return subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True)


@pytest.mark.notebooks
def test_notebook_scores_reads_again_and_compares(tmp_path):
    where = mirror(tmp_path)
    small = {"inputs": "uniform", "batch": 5, "skeleton": {"embedding": 6, "hidden": 8}}
    common = {"metrics": [*METRICS, *OTHERS], "bootstrap": 20, "data": "data", "workers": 1, "scores": "scores.parquet"}
    done = run(tmp_path, where, setting=small, out="first.parquet", **common)
    assert done.returncode == 0, done.stderr[-3000:]
    assert scores.read(tmp_path / "scores.parquet")["arch"].nunique() > 15
    again = run(tmp_path, where, stored="scores.parquet", full_width="scores.parquet", out="second.parquet", **common)
    assert again.returncode == 0, again.stderr[-3000:]
    one, two = (pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("first", "second"))
    pd.testing.assert_frame_equal(one, two)
    assert {"full", "unique", "comparable"} <= set(one["set"])
