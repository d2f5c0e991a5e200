"""The pages of sequence models, on small mirrors in the published form: runs of some ids and one log; some encoders."""

import json
import zipfile
from itertools import islice

import official
import pages
import pandas as pd
import pytest

from untrained import scores
from untrained.readers import bert as bert_reader
from untrained.readers.nas_bench_nlp import LOGS, LOSSES
from untrained.sequence import encoders, recipes

IDS = [1000000, 1000001, 1000002, *range(1000003, 1000019), *range(1002003, 1002019), *range(1006003, 1006009)]
METRICS = sorted({name for one in ("hidden_covariance", "null_directions") for name in (f"{one}_1", f"{one}_2", f"{one}_3")})
OTHERS = ["activation_distance", "hidden_saliency", "jacobian_cosine", "jacobian_covariance", "params", "synaptic_saliency"]


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


def encoder_mirror(folder, count=24):
    """Records of the first encoders, with made-up scores; the first one twice."""
    path = folder / "mirror" / bert_reader.RECORDS
    path.parent.mkdir(parents=True)
    records = []
    for i, config in enumerate([*islice(encoders.sampled(), count), next(encoders.sampled())]):
        layers = [
            {
                "operation_type": encoders.KINDS[layer.kind],
                "operation_parameter": int(layer.kind[1:]) if layer.kind.startswith("K") else layer.kind,
                "num_operation_heads": layer.heads, "feed_forward_dimension": layer.dimension,
                "num_feed_forward": layer.count,
            }
            for layer in config.layers
        ]  # fmt: skip
        glue = 60 + 2 * len(config.layers) + config.hidden / 100 + i % 5 / 3
        hparams = {"model_hparam_overrides": {"hidden_size": config.hidden, "nas_config": {"encoder_layers": layers}}}
        found = dict.fromkeys(bert_reader.TASKS, glue) | {"glue": glue}
        records.append({"id": i, "time_to_train": 1000 + i, "scores": found, "hparams": hparams})
    path.write_text(json.dumps(records))
    official.manifest(folder / "data", folder / "mirror")
    return folder / "mirror"


def run(folder, page, where, **parameters):
    pages.run(page, parameters, folder, UNTRAINED_MIRROR=str(where))


@pytest.mark.notebooks
def test_recurrent_cells_are_scored_judged_and_fused(tmp_path):
    where = mirror(tmp_path)
    small = {"inputs": "uniform", "batch": 5, "skeleton": {"embedding": 6, "hidden": 8}}
    scored = {"setting": small, "metrics": [*METRICS, *OTHERS], "workers": 1, "out": "scores.parquet", "data": "data"}
    run(tmp_path, "31_score_sequence", where, **scored)
    assert scores.read(tmp_path / "scores.parquet")["arch"].nunique() > 15
    common = {"scores": "scores.parquet", "bootstrap": 20, "data": "data", "repeats": 2, "bins": 3}
    run(tmp_path, "19_recurrent", where, out="first", **common)
    run(tmp_path, "19_recurrent", where, out="second", full_width="scores.parquet", **common)
    for table in ("", "-control", "-splits"):
        one, two = (pd.read_parquet(tmp_path / f"{name}{table}.parquet") for name in ("first", "second"))
        pd.testing.assert_frame_equal(one, two)
    assert {"full", "unique", "comparable"} <= set(pd.read_parquet(tmp_path / "first.parquet")["set"])


@pytest.mark.notebooks
def test_encoders_are_scored_judged_and_fused(tmp_path):
    where = encoder_mirror(tmp_path)
    for widths in encoders.WIDTHS:
        setting = {"inputs": "uniform", "batch": 1, "skeleton": {"widths": widths}}
        common = {"benchmark": "bert", "dataset": "glue", "workers": 1, "data": "data", "out": f"{widths}.parquet"}
        metrics = ["head_confidence", "head_confidence_mean", "jacobian_covariance", "activation_distance", "params"]
        metrics += ["synaptic_saliency", "synaptic_saliency_ones"]
        run(tmp_path, "31_score_sequence", where, setting=setting, metrics=metrics, **common)
    common = {"scores": "released.parquet", "bootstrap": 20, "data": "data", "repeats": 2, "out": "encoders"}
    run(tmp_path, "26_encoders", where, configured="configured.parquet", larger="released.parquet", **common)
    found = pd.read_parquet(tmp_path / "encoders.parquet")
    assert {"unique", "in configured widths", "on more documents", "ones over signs"} == set(found["set"])
    assert found.query("metric == 'ratio'")["value"].max() < 1e-6
    assert {"within", "partial"} <= set(pd.read_parquet(tmp_path / "encoders-control.parquet")["quantity"])
    assert "depth_and_width" in set(pd.read_parquet(tmp_path / "encoders-splits.parquet")["method"])
