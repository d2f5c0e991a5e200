"""The readers of NDS, on small files in the official format."""

import json
import math
import zipfile

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from untrained import benchmarks, shards
from untrained.readers import nds, sources

CELL = {"normal": [["skip_connect", 0], ["sep_conv_3x3", 1]] * 5, "normal_concat": [2, 3, 4, 5, 6],
        "reduce": [["max_pool_3x3", 0], ["avg_pool_3x3", 1]] * 5, "reduce_concat": [2, 3, 4, 5, 6]}  # fmt: skip
STAGES = {"block_type": "res_basic_block", "bot_muls": [], "ds": [1, 2], "num_gs": [], "ss": [4, 1], "ws": [16, 32]}


def training(net, *, errors=(60.0, 41.0, 42.5), rate=0.1, **more):
    """One entry of an official file."""
    return {
        "job_id": 1, "rng_seed": 1, "params": 100, "flops": 2000, "net": net, "test_ep_top1": list(errors),
        "train_ep_loss": [3.0, 2.0, 1.0], "train_it_loss": [], "min_test_top1": min(errors),
        "optim": {"base_lr": rate, "max_ep": len(errors), "mom": 0.9, "wd": 5e-05},
    } | more  # fmt: skip


def cells(width, space="pnas"):
    return {"aux": False, "depth": 6, "drop_prob": 0.0, "genotype": CELL, "width": width}


def test_the_last_epoch_is_the_test_accuracy_and_the_best_is_kept():
    row = nds.table([training(cells(32))], "PNAS_in").iloc[0]
    assert (row.dataset, row.test_acc, row.best_test_acc, row.epochs, row.runs) == ("pnas_in", 57.5, 59.0, 3, 1)
    assert (row.params, row.flops, row.base_lr, row.weight_decay) == (100, 2000, 0.1, 5e-05)
    assert list(row.test_curve) == [40.0, 59.0, 57.5]
    assert list(row.train_loss_curve) == [3.0, 2.0, 1.0]
    assert math.isnan(row.test_acc_sd)


def test_strings_are_those_of_the_benchmark():
    bench = benchmarks.get("nds")
    for net, name in ((cells(32), "PNAS_in"), (STAGES, "ResNet_lr-wd_in")):
        (arch,) = nds.table([training(net)], name)["arch"]
        assert bench.canonical(arch) == arch
        assert " " not in arch
        assert list(json.loads(arch)) == sorted(json.loads(arch))
    assert json.loads(arch)["bot_muls"] == [1.0, 1.0]


def test_trainings_of_one_network_are_averaged():
    runs = {
        "top": [training(STAGES, errors=(50.0, 40.0)), training(STAGES, errors=(48.0, 44.0))],
        "mid": [training(STAGES | {"ds": [1, 3]})],
    }
    table = nds.table(runs, "ResNet_reruns").set_index("runs")
    assert sorted(table.index) == [1, 2]
    assert table.loc[2, "test_acc"] == 58.0
    assert table.loc[2, "test_acc_sd"] == pytest.approx(np.sqrt(8))
    assert list(table.loc[2, "test_curve"]) == [51.0, 58.0]


def test_the_zip_and_the_single_files_give_the_same_rows(tmp_path):
    contents = {name: [training(cells(32) if space in ("amoeba", "enas", "nasnet", "pnas", "darts") else STAGES)]
                for name in nds.HERE for space in (nds.space_of(name),)}  # fmt: skip
    paths = {}
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        for name, content in contents.items():
            archive.writestr(f"nds_data/{name}.json", json.dumps(content))
            paths[f"nds/{name}.json"] = tmp_path / f"{name}.json"
            paths[f"nds/{name}.json"].write_text(json.dumps(content))
        archive.writestr("nds_data/README", "text")
    whole, single = nds.read_zip({nds.ZIP: tmp_path / "data.zip"}), nds.read_files(paths)
    assert_frame_equal(whole, single)
    assert [source.read for source in sources("nds")] == [nds.read_zip, nds.read_files]
    assert_frame_equal(shards.read(shards.write(whole, tmp_path / "table.parquet"))[0], whole)


def test_datasets_and_spaces():
    assert len(set(map(nds.dataset_of, nds.SETS))) == len(nds.SETS) == 35
    assert {nds.space_of(name) for name in nds.SETS} == {
        "amoeba", "darts", "enas", "nasnet", "pnas", "resnet", "resnet_b", "resnext_a", "resnext_b", "vanilla",
    }  # fmt: skip


def test_a_damaged_entry_is_named():
    broken = training(cells(32))
    del broken["flops"]
    with pytest.raises(ValueError, match="Entry 1 of PNAS_in has no flops; it has"):
        nds.table([training(cells(32)), broken], "PNAS_in")
    with pytest.raises(ValueError, match="has no field 'width'"):
        nds.table([training({key: value for key, value in cells(32).items() if key != "width"})], "PNAS_in")


def test_a_foreign_zip_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        archive.writestr("other.json", "[]")
    with pytest.raises(ValueError, match=r"none of the sets .* it has \['other'\]"):
        nds.read_zip({nds.ZIP: tmp_path / "data.zip"})
