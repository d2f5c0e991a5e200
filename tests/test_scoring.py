"""From architectures to the table: what users see of every fault, and that no road to the table changes a bit of it."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from networks import CASES, CLASSES, COUNT, minibatch
from pandas.testing import assert_frame_equal
from torch import nn

import untrained
from untrained import benchmarks, passes, proxies, recording, scores, scoring, shards
from untrained.registry import UnknownName
from untrained.setting import Setting

DIGITS = benchmarks.get("nas_bench_digits", "nowhere")
ARCHS = DIGITS.sample(6, seed=0)
NONE = ARCHS[3]
TINY = {"batch": 16, "samples": 64, "chunk": 32, "repeats": 2, "draws": 2}
OPTIONS = {name: {k: v for k, v in TINY.items() if k in proxies.get(name).parameters} for name in proxies.names()}
SETTING = Setting(batch=16, options=OPTIONS)
NAMES = ("grad_norm", "naswot", "os")


def run(folder, names=NAMES, *, setting=SETTING, archs=ARCHS, **changes):
    plain = {"folder": folder, "architectures": archs, "shard_size": 2, "workers": 1, "timings": False}
    return scoring.score_benchmark("nas_bench_digits", "digits", setting, names, **(plain | changes))


def shard_times(folder):
    return {path: path.stat().st_mtime_ns for path in folder.glob("*/*/*.parquet")}


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The bytes of the table of an undisturbed serial run."""
    return run(tmp_path_factory.mktemp("reference")).read_bytes()


# -- one network ---------------------------------------------------------------------------------------------------------


def test_any_network_is_scored_with_its_own_weights():
    network, (inputs, targets) = CASES["residual"].network(), minibatch()
    table = scores.check(untrained.score(network, inputs, targets))
    assert list(table.columns) == list(scores.COLUMNS)
    assert list(table.proxy) == proxies.names()
    assert table.set_index("proxy").value["params"] == sum(p.numel() for p in network.parameters())
    with torch.no_grad():
        network.stem.weight.mul_(2)
    assert untrained.score(network, inputs, targets, proxies=["snip"]).value[0] != table.set_index("proxy").value["snip"]


def reasons(network=None, inputs=None, targets=None, names=("naswot", "snip"), setting=None):
    given = minibatch()
    network, inputs = network or CASES["no_norm"].network(), given[0] if inputs is None else inputs
    targets = given[1] if targets is None else targets
    rows = scores.check(untrained.score(network, inputs, targets, proxies=names, setting=setting)).set_index("proxy")
    return rows.status.to_dict(), rows.reason.to_dict()


def test_inputs_of_a_wrong_shape_fail_with_the_sizes():
    status, reason = reasons(inputs=torch.zeros(COUNT, 3, 6, 6), names=("snip", "params"))
    assert status == {"snip": "failed", "params": "ok"}
    assert "expected input[8, 3, 6, 6] to have 1 channels, but got 3 channels" in reason["snip"]


@pytest.mark.parametrize("wrong", [CLASSES, -1])
def test_targets_outside_the_classes_fail_with_their_range(wrong):
    status, reason = reasons(targets=torch.tensor([0] * (COUNT - 1) + [wrong]))
    assert status == {"naswot": "ok", "snip": "failed"}
    assert f"Targets go from {min(wrong, 0)} to {max(wrong, 0)}, but the network has 3 outputs" in reason["snip"]


class Pair(nn.Module):
    """Gives (features, logits), as the networks of NAS-Bench-201 do."""

    def __init__(self):
        super().__init__()
        self.inner = CASES["no_norm"].network()

    def forward(self, x):
        return x, self.inner(x)


def test_a_network_that_gives_no_logits_fails_with_what_it_gave():
    names = [name for name in proxies.names() if proxies.get(name).needs]
    status, reason = reasons(Pair(), names=names, setting=Setting(batch=COUNT, options=options_for(COUNT)))
    assert "ok" not in status.values()
    assert (
        reason["snip"]
        == "ValueError: The network gives a tuple; logits (n, classes) are needed: wrap it in a module that returns them."
    )
    _, reason = reasons(nn.Conv2d(1, 2, 3))
    assert "outputs of shape (8, 2, 4, 4); logits (n, classes)" in reason["snip"]


def options_for(count):
    return {name: given | {"batch": count} if "batch" in given else given for name, given in OPTIONS.items()}


@pytest.fixture(scope="module")
def image_free():
    """Proxies that have the same value on other images: they do not look at them (`flops` does, at the size)."""
    inputs, targets = minibatch()
    one, two = (score_all(x, targets).value for x in (inputs, inputs.flip(-1) * 1.5 + 0.1))
    return set(one.index[one == two]) - {"flops", "n_activations"}


def score_all(inputs, targets):
    case, options = CASES["cell"], options_for(COUNT)
    setting = Setting(batch=COUNT, options=options)
    return untrained.score(case.network(), inputs, targets, setting=setting, variants=case.variants()).set_index("proxy")


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_inputs_that_are_not_finite_give_no_value(bad, image_free):
    inputs, targets = minibatch()
    inputs[3, 0, 1, 1] = bad
    rows = score_all(inputs, targets)
    assert set(rows.index[rows.status == "ok"]) <= image_free
    assert rows.reason["naswot"] == "1 of 288 input values are not finite"


def test_too_few_inputs_are_undefined_with_both_counts():
    _, reason = reasons(names=("os",), setting=Setting(batch=COUNT))
    assert reason["os"] == "needs 128 inputs, 8 are given: pass more, or set its parameter batch"


def test_missing_labels_and_variants_are_undefined_with_the_remedy():
    inputs, _ = minibatch()
    rows = untrained.score(CASES["mlp"].network(), inputs, proxies=["snip", "cj"]).set_index("proxy")
    assert rows.reason["snip"] == "needs labels: pass targets"
    assert "needs the network's variant 'one_output': pass variants={'one_output'" in rows.reason["cj"]
    assert set(rows.status) == {"undefined"}


def test_inputs_and_targets_of_different_length_are_refused():
    inputs, targets = minibatch()
    with pytest.raises(ValueError, match="8 inputs but 7 targets: they must be as many"):
        untrained.score(CASES["mlp"].network(), inputs, targets[:7])


def test_unknown_names_and_parameters_are_refused_before_anything_runs():
    network, (inputs, targets) = CASES["mlp"].network(), minibatch()
    with pytest.raises(KeyError, match="Unknown proxy 'synflo'. Did you mean 'synflow'"):
        untrained.score(network, inputs, targets, proxies=["params", "synflo"])
    with pytest.raises(ValueError, match="Proxy 'cj' has no parameter 'haed'. Did you mean 'head'"):
        untrained.score(network, inputs, targets, proxies=["params"], setting=Setting(options={"cj": {"haed": "full"}}))
    with pytest.raises(KeyError, match="Unknown proxy 'nas_wot'. Did you mean 'naswot'"):
        untrained.score(network, inputs, targets, proxies=["params"], setting=Setting(options={"nas_wot": {}}))
    with pytest.raises(ValueError, match="Unknown norm 'batched'. Did you mean 'batch'"):
        Setting(norm="batched")
    with pytest.raises(ValueError, match="Unknown init 'kaiming_fanin'. Did you mean 'kaiming_fan_in'"):
        untrained.score(network, inputs, targets, setting=Setting(init="kaiming_fanin"))


def test_an_error_of_one_proxy_stops_no_other(monkeypatch):
    def broken(probe):
        raise torch.OutOfMemoryError("CUDA out of memory\nlong story")

    monkeypatch.setitem(proxies._PROXIES._entries, "broken", proxies.Proxy(broken, "higher", (), "1F", "none"))
    status, reason = reasons(names=("broken", "snip"))
    assert status == {"broken": "failed", "snip": "ok"}
    assert reason["broken"] == "OutOfMemoryError: CUDA out of memory"


def test_a_fault_of_the_code_is_not_swallowed(monkeypatch):
    monkeypatch.setitem(
        proxies._PROXIES._entries, "typo", proxies.Proxy(lambda probe: probe.forwrad(), "higher", (), "1F", "none")
    )
    with pytest.raises(AttributeError, match="forwrad"):
        reasons(names=("typo",))


# -- a benchmark ---------------------------------------------------------------------------------------------------------


def test_the_table_has_every_row_and_says_how_it_was_measured(tmp_path):
    table = scores.read(run(tmp_path, timings=True))
    assert list(zip(table.arch, table.proxy, strict=True)) == [(arch, name) for arch in ARCHS for name in NAMES]
    assert (table.seconds > 0).all()
    assert table.attrs["better"] == {"grad_norm": "higher", "naswot": "higher", "os": "lower"}
    assert table.attrs["setting"] == json.loads(json.dumps(Setting(dataset="digits", batch=16, options=OPTIONS).as_dict()))
    assert (table.attrs["benchmark"], table.attrs["dataset"]) == ("nas_bench_digits", "digits")


def test_equal_live_cells_are_one_row(tmp_path):
    dead = "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"
    live = "|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"
    assert list(scores.read(run(tmp_path, archs=[dead, live], seeds=(0, 1))).query("proxy == 'os'").arch) == [live, live]


def test_the_disconnected_cell_has_a_reason_wherever_it_has_no_value(tmp_path):
    table = scores.read(run(tmp_path, proxies.names(), archs=[NONE])).set_index("proxy")
    assert set(table.status) == {"ok", "undefined"}
    assert (table.reason[table.status == "undefined"] != "").all()
    assert np.isfinite(table.value[table.status == "ok"]).all()
    assert table.reason["synflow"] == "no path from the input to the output"
    assert table.value["grad_norm"] == 0


def test_a_second_run_computes_nothing_and_gives_the_same_bytes(tmp_path, reference):
    assert run(tmp_path).read_bytes() == reference
    before = shard_times(tmp_path)
    assert len(before) == 3
    assert run(tmp_path).read_bytes() == reference
    assert shard_times(tmp_path) == before


KILLED = """
import json, os, signal, sys
from pathlib import Path
from untrained import scoring
from untrained.setting import Setting

folder, archs, names, setting = json.loads(sys.argv[1])
replace = os.replace

def killing(source, target):
    if str(target).endswith(".parquet") and list(Path(folder).glob("*/*/*.parquet")):
        os.kill(os.getpid(), signal.SIGKILL)
    replace(source, target)

os.replace = killing
scoring.score_benchmark(
    "nas_bench_digits", "digits", Setting(**setting), names, folder=folder, architectures=archs, shard_size=2, workers=1
)
"""


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_was(tmp_path, reference):
    """Killed between writing the second shard and giving it its name."""
    given = json.dumps([str(tmp_path), ARCHS, NAMES, SETTING.as_dict()])
    killed = subprocess.run([sys.executable, "-c", KILLED, given], check=False, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    before = shard_times(tmp_path)
    assert len(before) == 1
    assert run(tmp_path).read_bytes() == reference
    after = shard_times(tmp_path)
    assert len(after) == 3
    assert after.items() >= before.items()


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_shard_is_computed_again(tmp_path, reference, damage):
    run(tmp_path)
    before = shard_times(tmp_path)
    victim = sorted(before)[1]
    whole = bytearray(victim.read_bytes())
    whole[len(whole) // 4] ^= 1
    victim.write_bytes(whole if damage == "flipped" else whole[:-20])
    assert run(tmp_path).read_bytes() == reference
    assert {path for path, at in shard_times(tmp_path).items() if at != before[path]} == {victim}


def test_a_proxy_added_later_is_computed_alone(tmp_path, monkeypatch):
    run(tmp_path)
    before, asked = shard_times(tmp_path), []
    job = scoring.score
    monkeypatch.setattr(scoring, "score", lambda *a, **k: asked.append(k["proxies"]) or job(*a, **k))
    later = scores.read(run(tmp_path, (*NAMES, "snip")))
    assert asked == [("snip",)] * len(ARCHS)
    assert shard_times(tmp_path).items() >= before.items()
    assert_frame_equal(later, scores.read(run(tmp_path / "fresh", (*NAMES, "snip"))), check_exact=True)


def test_costs_decide_the_order_and_no_byte(tmp_path, reference, monkeypatch):
    asked, own = [], scoring.score
    monkeypatch.setattr(scoring, "score", lambda *a, **k: asked.append(k["arch"]) or own(*a, **k))
    assert run(tmp_path, costs={ARCHS[1]: 1.0, ARCHS[4]: 2.0}).read_bytes() == reference
    assert asked == [ARCHS[i] for i in (4, 5, 0, 1, 2, 3)]


def test_auto_is_a_gpu_where_there_is_one(tmp_path, reference, monkeypatch):
    job = scoring.Job("nas_bench_digits", "nowhere", SETTING, NAMES, device="auto")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert (job.place, replace(job, device="cpu").place) == ("cuda", "cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert (job.place, replace(job, device="cuda").place) == ("cpu", "cuda")
    assert run(tmp_path, device="auto").read_bytes() == reference


def test_another_setting_reuses_nothing(tmp_path):
    run(tmp_path, ["snip"], archs=ARCHS[:2])
    run(tmp_path, ["snip"], archs=ARCHS[:2], setting=Setting(batch=16, init="gaussian", options=OPTIONS))
    assert len(shard_times(tmp_path)) == 2


@pytest.mark.slow
def test_processes_give_the_same_bytes(tmp_path, reference):
    assert run(tmp_path, workers=2).read_bytes() == reference


def test_a_dask_cluster_gives_the_same_bytes(tmp_path, reference):
    distributed = pytest.importorskip("dask.distributed")
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert run(tmp_path, client=client).read_bytes() == reference
    assert len(shard_times(tmp_path)) == 3


@pytest.mark.slow
def test_a_killed_dask_worker_loses_nothing(tmp_path, reference):
    distributed = pytest.importorskip("dask.distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
        ThreadPoolExecutor(1) as thread,
    ):
        first, *_ = client.run(os.getpid).values()
        table = thread.submit(run, tmp_path, client=client)
        while not (shard_times(tmp_path) or table.done()):
            time.sleep(0.01)
        finished = shard_times(tmp_path)
        assert 0 < len(finished) < 3
        os.kill(first, signal.SIGKILL)
        assert table.result(timeout=120).read_bytes() == reference
    after = shard_times(tmp_path)
    assert len(after) == 3
    assert {name: after[name] for name in finished} == finished


def test_wrong_names_stop_before_a_folder_is_made(tmp_path):
    folder = tmp_path / "none"
    with pytest.raises(KeyError, match="Unknown benchmark 'nas_bench_digit'. Did you mean 'nas_bench_digits'"):
        scoring.score_benchmark("nas_bench_digit", "digits", SETTING, NAMES, folder=folder)
    with pytest.raises(KeyError, match="Unknown dataset 'cifar10' of nas_bench_digits. Known: digits"):
        scoring.score_benchmark("nas_bench_digits", "cifar10", SETTING, NAMES, folder=folder, architectures=ARCHS)
    with pytest.raises(KeyError, match="Unknown proxy 'oss'"):
        run(folder, ["oss"])
    with pytest.raises(ValueError, match="Proxy 'os' has no parameter 'sigmas'. Did you mean 'sigma'"):
        run(folder, ["snip"], setting=Setting(options={"os": {"sigmas": 1}}))
    with pytest.raises(ValueError, match="'nor_conv3'.*Did you mean 'nor_conv_3x3'"):
        run(folder, archs=["|nor_conv3~0|+|none~0|none~1|+|none~0|none~1|none~2|"])
    assert not folder.exists()


def test_a_lost_row_is_named():
    table = pd.DataFrame([("a", 0, "snip", 1.0, "ok", "", 0.1)], columns=list(scores.COLUMNS))
    with pytest.raises(ValueError, match="1 scores are missing, the first .*'arch': 'b'.*run the scoring again"):
        scores.compact([table], [("a", 0), ("b", 0)], ["snip"], timings=True)


def test_seconds_are_kept_to_a_tenth_of_a_millisecond_or_not_at_all():
    table = pd.DataFrame([("a", 0, "snip", 1 / 3, "ok", "", 0.123456)], columns=list(scores.COLUMNS))
    for timings, seconds in ((True, 0.1235), (False, np.nan)):
        kept = scores.compact([table], [("a", 0)], ["snip"], timings=timings)
        assert_frame_equal(kept, table.assign(seconds=seconds), check_exact=True)


# -- limits, skeletons, and what does not fit ------------------------------------------------------------------------------


def test_a_dear_proxy_is_computed_for_the_first_units_alone(tmp_path, monkeypatch):
    asked, own = [], scoring.score
    monkeypatch.setattr(scoring, "score", lambda *a, **k: asked.append(k["proxies"]) or own(*a, **k))
    path = run(tmp_path, archs=ARCHS[:3], seeds=(0, 1), limits={"os": 3})
    assert [asked.count(names) for names in (("os",), ("grad_norm", "naswot"))] == [3, 6]
    monkeypatch.undo()
    table, whole = scores.read(path), scores.read(run(tmp_path / "whole", archs=ARCHS[:3], seeds=(0, 1)))
    units = [(arch, seed) for arch in ARCHS[:3] for seed in (0, 1)]
    wanted = [(*unit, name) for i, unit in enumerate(units) for name in NAMES if name != "os" or i < 3]
    assert list(zip(table.arch, table.seed, table.proxy, strict=True)) == wanted
    assert table.attrs == whole.attrs
    assert_frame_equal(table, whole.merge(table[scores.KEYS], on=scores.KEYS), check_exact=True)
    assert list(scores.wide(table)) == list(scores.wide(whole))
    assert (
        run(tmp_path, archs=ARCHS[:3], seeds=(0, 1), limits={"os": 99}).read_bytes()
        == (tmp_path / "whole" / path.name).read_bytes()
    )


@pytest.mark.parametrize("wrong", [0, -1, 2.5, None])
def test_wrong_limits_stop_before_a_folder_is_made(tmp_path, wrong):
    folder = tmp_path / "none"
    with pytest.raises(UnknownName, match="Unknown proxy 'grad_nrom'. Did you mean 'grad_norm'"):
        run(folder, limits={"grad_nrom": 3})
    with pytest.raises(ValueError, match=rf"The limit of 'os' is {wrong}; wanted is a whole number of units, 1 or more"):
        run(folder, limits={"snip": 1, "os": wrong})
    assert not folder.exists()


def test_a_lost_row_within_the_limit_is_named_and_one_beyond_is_not_missed():
    units = [("a", 0), ("b", 0)]
    table = pd.DataFrame([("a", 0, "snip", 1.0, "ok", "", 0.1)], columns=list(scores.COLUMNS))
    assert len(scores.compact([table], units, ["snip"], limits={"snip": 1, "other": 0}, timings=True)) == 1
    with pytest.raises(ValueError, match="2 scores are missing, the first .*'arch': 'a'.*'proxy': 'os'"):
        scores.compact([table], units, ["snip", "os"], limits={"snip": 1}, timings=True)


def test_a_skeleton_makes_another_network_its_relatives_and_another_setting(tmp_path, monkeypatch):
    given, own = [], scoring.score
    monkeypatch.setattr(scoring, "score", lambda network, *a, **k: given.append((network, k)) or own(network, *a, **k))
    setting = Setting(batch=16, options=OPTIONS, skeleton={"width": 4, "cells": 2})
    assert setting.digest != SETTING.digest
    table = scores.read(run(tmp_path, ["params", "snip"], archs=ARCHS[:2], setting=setting)).set_index(["arch", "proxy"])
    for arch in ARCHS[:2]:
        network = DIGITS.build(arch, "digits", width=4, cells=2)
        assert table.value[arch, "params"] == sum(p.numel() for p in network.parameters())
    assert table.attrs["setting"]["skeleton"] == {"width": 4, "cells": 2}
    network, options = given[0]
    relative = options["variants"]["one_output"]()
    assert (relative.classifier.out_features, relative.stem.conv.out_channels) == (1, 4)
    assert relative.blocks() == network.blocks()
    run(tmp_path, ["params", "snip"], archs=ARCHS[:2])
    assert len(shard_times(tmp_path)) == 2  # nothing was reused


NO_ROOM = "[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes"


def test_a_batch_that_does_not_fit_is_failed_and_never_smaller(monkeypatch):
    """Only what needs the pass is lost: the forward pass ran once, on the whole batch, and its proxies keep their values."""
    names = ("naswot", "snip", "grad_norm", "jacob_cov", "params")
    network, (inputs, targets) = CASES["no_norm"].network(), minibatch()
    before = untrained.score(network, inputs, targets, proxies=names).set_index("proxy").value
    sizes, forward = [], recording.forward

    def full(*_, **__):
        raise RuntimeError(f"{NO_ROOM}\nlong story")

    monkeypatch.setattr(recording, "forward", lambda network, x, **how: sizes.append(len(x)) or forward(network, x, **how))
    monkeypatch.setattr(passes, "loss_gradients", full)
    table = scores.check(untrained.score(network, inputs, targets, proxies=names)).set_index("proxy")
    assert table.status.to_dict() == dict.fromkeys(names, "ok") | {"snip": "failed", "grad_norm": "failed"}
    assert set(table.reason[["snip", "grad_norm"]]) == {f"RuntimeError: {NO_ROOM}"}
    assert table.value[table.status == "ok"].equals(before[table.status == "ok"])
    assert sizes == [COUNT]


class Greedy(nn.Module):
    """Wants four petabytes beside its logits."""

    def __init__(self):
        super().__init__()
        self.inner = CASES["no_norm"].network()

    def forward(self, x):
        return self.inner(x) + x.new_zeros(2**50).sum()


def test_memory_that_no_machine_has_is_refused_row_by_row():
    """Real refusals, of torch (in the network) and of NumPy (of a proxy's own draws)."""
    status, reason = reasons(Greedy(), names=("params", "naswot", "snip"))
    assert status == {"params": "ok", "naswot": "failed", "snip": "failed"}
    assert "allocate" in reason["snip"]
    setting = Setting(batch=COUNT, options={"zen": {"batch": 10**12}})
    status, reason = reasons(CASES["cell"].network(), names=("zen", "snip"), setting=setting)
    assert status == {"zen": "failed", "snip": "ok"}
    assert reason["zen"].startswith("MemoryError: Unable to allocate")


# -- the trained table ---------------------------------------------------------------------------------------------------


@pytest.fixture
def released(tmp_path):
    """A data folder with a handmade table of two architectures, two seeds and two epochs."""
    rows = [
        {
            "arch": arch,
            "seed": seed,
            "epoch": epoch,
            "valid_acc": 10 * epoch + seed,
            "test_acc": 20 * epoch + seed,
            "params": 7,
        }
        for arch in ARCHS[:2]
        for seed in (0, 1)
        for epoch in (0, 1)
    ]
    shards.write(pd.DataFrame(rows), tmp_path / "nas_bench_digits" / "states.parquet")
    return tmp_path


def test_the_table_is_the_last_epoch_and_its_mean_over_seeds(released, tmp_path):
    bench = benchmarks.get("nas_bench_digits", released)
    row = bench.table("digits").loc[ARCHS[0]]
    assert list(bench.architectures()) == ARCHS[:2]
    assert row[["valid_acc_0", "valid_acc_1", "valid_acc"]].tolist() == [10, 11, 10.5]
    assert row[["test_acc_0", "test_acc_1", "test_acc", "params"]].tolist() == [20, 21, 20.5, 7]
    assert benchmarks.costs(bench, "digits") == dict.fromkeys(ARCHS[:2], 7)
    path = run(tmp_path / "scores", ["params"], archs=None, data=released)
    assert list(scores.read(path).arch) == ARCHS[:2]


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_table_is_named_with_the_command_that_brings_it_back(released, damage):
    path = released / "nas_bench_digits" / "states.parquet"
    whole = bytearray(path.read_bytes())
    whole[10] ^= 1
    path.write_bytes(whole if damage == "flipped" else whole[:100])
    with pytest.raises(ValueError, match=r"states\.parquet is damaged .*: delete it and run `dvc pull --force data\.dvc`"):
        benchmarks.get("nas_bench_digits", released).table("digits")


def test_a_missing_table_is_named_with_the_command_that_brings_it(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"states\.parquet is missing: run `dvc pull data\.dvc` at the top"):
        benchmarks.get("nas_bench_digits", tmp_path).architectures()


def test_normalisation_without_running_statistics_stops_no_other_proxy():
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3))
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4, track_running_stats=False), nn.ReLU(), *head)
    inputs, targets = torch.randn(6, 1, 8, 8), torch.arange(6) % 3
    setting = Setting(init=None, norm="running", batch=6)
    rows = untrained.score(network, inputs, targets, proxies=["grasp", "params", "snip"], setting=setting)
    assert list(rows["status"]) == ["ok"] * 3
