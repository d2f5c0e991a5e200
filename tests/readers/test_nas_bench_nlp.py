"""The readers of NAS-Bench-NLP, on small files with the faults of the published ones."""

import json
import zipfile

import numpy as np
import pytest

from untrained.readers import nas_bench_nlp as reader
from untrained.readers import sources
from untrained.sequence import recipes

HEADER = "log name,loss,perplexity,bits per word,trainable paramters,total paramters"
PLAIN, GATED = (recipes.recipe_str(recipes.shorthand(recipes.HAND_MADE[i])) for i in (1000000, 1000002))


def line(identity, loss, params, stamp="2020-04-20_03-28-25_999925404"):
    return f"log_stats_model_{identity}_{stamp}.json,{loss},1.0,1.0,{params},{params}"


def log(identity, arch, *, losses=(6.0, 5.5), status="OK"):
    return {
        "recepie": arch, "recepie_id": identity, "num_params": 7, "status": status,
        "val_losses": [loss + 0.1 for loss in losses], "test_losses": list(losses),
    }  # fmt: skip


@pytest.fixture
def known(monkeypatch):
    """Three ids of one recipe, one of another; no seeds are drawn."""
    monkeypatch.setattr(recipes, "published", {1: PLAIN, 2: PLAIN, 3: PLAIN, 4: GATED}.__getitem__)


@pytest.fixture
def files(tmp_path):
    losses, logs = tmp_path / "losses.csv", tmp_path / "logs.zip"
    lines = [
        HEADER, line(1, 5.0, 100), "logs.zip,nan,nan,nan,nan,nan", HEADER, line(3, 5.5, 100), line(1, 9.0, 100),
        line(1, 9.0, 100, stamp="another"), line(2, "nan", 100) + HEADER, line(4, "nan", 200),
    ]  # fmt: skip
    losses.write_text("\ufeff" + "\n".join(lines), encoding="utf-8")
    with zipfile.ZipFile(logs, "w") as archive:
        archive.writestr("a.json", json.dumps(log(4, GATED)))
        archive.writestr("b.json", json.dumps(log(1, PLAIN, losses=(), status="loss is nan!")))
    return {reader.LOSSES: losses, reader.LOGS: logs}


def test_runs_of_one_recipe_are_one_row_with_noise(known, files):
    table = reader.read(files).set_index(["dataset", "recipe_id"])
    assert list(table.index) == [("ptb", 1), ("wikitext-2", 4)]
    row = table.loc[("ptb", 1)]
    assert (row.arch, row.runs, row.states, row.params) == (PLAIN, 3, 1, 100)
    assert (row.test_loss, row.test_loss_0, row.test_loss_1) == (5.25, 5.0, 5.5)
    other = table.loc[("wikitext-2", 4)]
    assert (other.arch, other.test_loss, other.params) == (GATED, 5.5, 7)
    assert other.valid_loss == pytest.approx(5.6)
    assert sources("nas_bench_nlp")[0].read is reader.read


def test_every_run_is_listed_once_under_its_first_line(known, files):
    runs = reader.runs(files[reader.LOSSES]).set_index("recipe_id")
    assert list(runs.index) == [1, 3, 2, 4]
    np.testing.assert_array_equal(runs["test_loss"], [5.0, 5.5, np.nan, np.nan])
    assert list(runs["params"]) == [100, 100, 100, 200]


def test_an_unknown_id_is_refused(tmp_path):
    (tmp_path / "losses.csv").write_text(f"{HEADER}\n{line(2000005, 5.0, 1)}\n")
    with pytest.raises(ValueError, match="three-run set has the id 2000005. Fetch it anew"):
        reader.runs(tmp_path / "losses.csv")


def test_a_log_without_its_fields_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "logs.zip", "w") as archive:
        archive.writestr("a.json", json.dumps({key: 1 for key in log(1, PLAIN) if key != "num_params"}))
    with pytest.raises(ValueError, match="a.json has no 'num_params'"):
        reader.logs(tmp_path / "logs.zip")


def test_released_metrics_are_read_despite_mark_and_blanks(tmp_path):
    names = ["log name", "loss", " Layer 1 Hidden Covariance", *list(reader.RELEASED)[1:]]
    numbers = ",".join(str(i) for i in range(len(names) - 1))
    (tmp_path / "results.csv").write_text(",".join(names) + f"\nlog_stats_model_17_x.json,{numbers}\n", encoding="utf-8-sig")
    row = reader.released(tmp_path / "results.csv").iloc[0]
    assert (row.recipe_id, row.test_loss, row.hidden_covariance_1, row.hidden_covariance_2) == (17, 0, 1, 2)
