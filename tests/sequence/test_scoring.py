"""Recipes through shards into the scores table."""

import pytest
import torch
from pandas.testing import assert_frame_equal

from untrained import benchmarks, scores, shards
from untrained.sequence import metrics, recipes, scoring
from untrained.setting import Setting

ARCHS = [recipes.recipe_str(recipes.shorthand(text)) for text in recipes.HAND_MADE.values()]
DEAD = recipes.recipe_str(recipes.shorthand("a=linear x h_prev_0; zero=prod h_prev_0 h_prev_0; h_new_0=prod zero a"))
SMALL = {"embedding": 8, "hidden": 12, "vocabulary": 10_000}
SETTING = Setting(dataset="ptb", inputs="uniform", batch=4, init=None, skeleton=SMALL)
NLP = "nas_bench_nlp"
NAMES = ["hidden_covariance_1", "null_directions_1", "jacobian_cosine", "params"]


def run(folder, archs=(*ARCHS, DEAD), **more):
    return scores.read(
        scoring.score_sequences(NLP, SETTING, NAMES, architectures=archs, folder=folder, workers=1, shard_size=2, **more)
    )


def test_rows_are_those_of_single_networks_and_say_why_there_is_none(tmp_path):
    found = run(tmp_path)
    bench = benchmarks.get("nas_bench_nlp")
    assert found.attrs["benchmark"] == "nas_bench_nlp"
    assert found.attrs["better"] == {name: metrics.get(name).better for name in NAMES}
    tokens = torch.from_numpy(bench.images("ptb", 4, inputs="uniform")[0].T)
    for arch in (ARCHS[1], DEAD):
        alone = scoring.score(NLP, bench.build(arch, "ptb", **SMALL), tokens, NAMES, arch=bench.canonical(arch))
        mine = found[found["arch"] == bench.canonical(arch)].reset_index(drop=True)
        assert_frame_equal(mine.drop(columns="seconds"), alone.drop(columns="seconds"), rtol=1e-6)
    dead = found[found["arch"] == bench.canonical(DEAD)].set_index("proxy")
    assert dead["status"].to_dict() == dict(zip(NAMES, ["undefined", "undefined", "undefined", "ok"], strict=True))
    assert "12 of 12 hidden units of layer 1 are constant" in dead.loc["hidden_covariance_1", "reason"]


def test_a_killed_run_goes_on_and_equal_forms_are_computed_once(tmp_path, monkeypatch):
    run(tmp_path, archs=ARCHS[:2], timings=False)
    calls = []
    monkeypatch.setattr(scoring, "score", lambda *args, **more: calls.append(more["arch"]) or alone(*args, **more))
    found = run(tmp_path, archs=[*ARCHS, *ARCHS], timings=False)
    assert len(calls) == 1
    assert found["arch"].nunique() == 3
    assert found["seconds"].isna().all()


alone = scoring.score


def test_seconds_are_those_of_the_metric_and_its_passes(tmp_path):
    found = run(tmp_path, archs=ARCHS[:1]).set_index("proxy")["seconds"]
    assert 0 <= found["params"] < found["hidden_covariance_1"]
    assert found["jacobian_cosine"] > 0


def test_two_runs_write_the_same_bytes(tmp_path):
    for place in ("a", "b"):
        run(tmp_path / place, archs=ARCHS[:2], timings=False)
    one, two = (next((tmp_path / place).glob("*.parquet")).read_bytes() for place in ("a", "b"))
    assert one == two


def test_seeds_are_weights_of_their_own(tmp_path):
    found = run(tmp_path, archs=ARCHS[:1], seeds=(0, 1))
    values = found[found["proxy"] == "hidden_covariance_1"]["value"]
    assert len(set(values)) == len(values) == 2


def test_an_unknown_metric_is_refused_before_anything_runs(tmp_path):
    with pytest.raises(KeyError, match="Did you mean 'params'"):
        scoring.score_sequences(NLP, SETTING, ["param"], architectures=ARCHS, folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_benchmark_of_images_is_refused(tmp_path):
    with pytest.raises(KeyError, match="'nas_bench_201' is no benchmark of sequence models"):
        scoring.score_sequences("nas_bench_201", SETTING, NAMES, architectures=ARCHS, folder=tmp_path)


def test_encoders_go_the_same_way(tmp_path):
    names = ["head_confidence", "synaptic_saliency", "synaptic_saliency_ones", "params"]
    archs = ["128 | SDP*2:512x1 | DCT*2:512x1", "128 | K5*2:512x1 | SDP*4:512x1"]
    setting = Setting(dataset="glue", inputs="uniform", batch=1, init=None, skeleton={"widths": "configured"})
    path = scoring.score_sequences("bert", setting, names, architectures=[*archs, *archs], folder=tmp_path, workers=1)
    found = scores.read(path)
    assert list(dict.fromkeys(found["arch"])) == archs
    assert found["status"].eq("ok").all()
    assert found.attrs["benchmark"] == "bert" and found.attrs["setting"]["skeleton"] == {"widths": "configured"}
    wide = scores.wide(found)
    assert (wide["synaptic_saliency_ones"] < 1e-6 * wide["synaptic_saliency"]).all()
    bench = benchmarks.get("bert")
    tokens = torch.from_numpy(bench.images("glue", 1, inputs="uniform")[0])
    with shards.one_thread():
        alone = scoring.score("bert", bench.build(archs[0], "glue", widths="configured"), tokens, names, arch=archs[0])
    assert_frame_equal(found.iloc[:4].drop(columns="seconds"), alone.drop(columns="seconds"), rtol=1e-4)
