"""NAS-Bench-201: the official API file and the mirror's table give one schema, with the right split in every column."""

import numpy as np
import pandas as pd
import pytest
import torch
from official import ARCHS, NB201, RUNS, accuracy, nas_bench_201

from untrained import downloads
from untrained.benchmarks.nas_bench_201 import CellSpace, parse
from untrained.originals import Damaged
from untrained.readers import nas_bench_201 as reader
from untrained.readers import pickles

EXACT = {"rtol": 0, "atol": 1e-9}


@pytest.fixture(scope="module", params=[True, False], ids=["old", "zip"])
def table(request, tmp_path_factory):
    path = nas_bench_201(tmp_path_factory.mktemp("nb201") / "x.pth", old=request.param)
    return reader.read_official({NB201: path})


def mean(arch, dataset, split, seeds, epochs=200):
    return np.mean([accuracy(arch, dataset, split, seed, epochs) for seed in seeds])


def test_one_row_per_architecture_and_data_set(table):
    assert [*zip(table["arch"], table["dataset"], strict=True)] == [
        (arch, dataset) for arch in ARCHS for dataset in ("cifar10", "cifar100", "imagenet16_120")
    ]
    assert table["index"].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]


@pytest.mark.parametrize("arch", [0, 1, 2])
def test_every_column_holds_its_split(table, arch):
    rows, seeds = table[table["index"] == arch].set_index("dataset"), RUNS[arch]
    for dataset, official, test in (
        ("cifar10", "cifar10", "ori-test"),
        ("cifar100", "cifar100", "x-test"),
        ("imagenet16_120", "ImageNet16-120", "x-test"),
    ):
        valid = "cifar10-valid" if dataset == "cifar10" else official
        row = rows.loc[dataset]
        np.testing.assert_allclose(row["test_acc"], mean(arch, official, test, seeds), **EXACT)
        np.testing.assert_allclose(row["valid_acc"], mean(arch, valid, "x-valid", seeds), **EXACT)
        np.testing.assert_allclose(row["test_acc_short"], mean(arch, official, test, (777,), 12), **EXACT)
        twelve = (777, 888) if dataset == "cifar10" else (777,)
        np.testing.assert_allclose(row["valid_acc_short"], mean(arch, valid, "x-valid", twelve, 12), **EXACT)
        single = [accuracy(arch, official, test, seed, 200) for seed in seeds] + [np.nan] * (3 - len(seeds))
        np.testing.assert_allclose(row[[f"test_acc_{i}" for i in range(3)]].astype(float), single, **EXACT)
        assert row["runs"] == len(seeds)
    np.testing.assert_allclose(rows.loc["cifar10", "test_acc_half"], mean(arch, "cifar10-valid", "ori-test", seeds), **EXACT)
    assert rows["test_acc_half"].isna().sum() == 2
    assert rows.loc["cifar10", "seconds_short"] == 12 * (2 + arch)
    assert (rows["params"] - [0, 90 * 65, 110 * 65]).eq(73306 + 56000 * (arch == 0)).all()
    assert rows["flops"].eq(7_500_000 + 1_000_000 * arch).all()


def saved(tmp_path, change):
    """The official file with a change."""
    content = pickles.load_torch(nas_bench_201(tmp_path / "x.pth"))
    torch.save(change(content), tmp_path / "x.pth", _use_new_zipfile_serialization=False)
    return {NB201: tmp_path / "x.pth"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: [1], "0 rows for 0 architectures"),
        (lambda content: content | {"arch2infos": {}}, "0 rows for 3 architectures"),
        (lambda content: content | {"evaluated_indexes": [0, 1]}, "9 rows for 2 architectures"),
        (lambda content: content["arch2infos"][1]["full"].pop("all_results") and content, "structure of .*all_results"),
        (lambda content: content["arch2infos"][1]["less"].pop("arch_str") and content, None),
        (lambda content: [run["eval_acc1es"].pop("x-test@199", 1) for run in results(content)] and content, "x-test@199"),
        (lambda content: [run.pop("params") for run in results(content)] and content, "params"),
    ],
)
def test_another_structure_is_refused(tmp_path, change, message):
    paths = saved(tmp_path, change)
    if message is None:
        assert len(reader.read_official(paths)) == 9
    else:
        with pytest.raises(Damaged, match=message):
            reader.read_official(paths)


def results(content):
    return list(content["arch2infos"][2]["full"]["all_results"].values())


def test_a_wrong_size_in_one_record_does_not_count(tmp_path, table):
    def spoil(content):
        results(content)[0]["params"] += 0.16
        return content

    assert reader.read_official(saved(tmp_path, spoil))["params"].tolist() == table["params"].tolist()


def test_curves_shared_by_two_records_are_refused_not_read_as_empty(tmp_path):
    def share(content):
        first, second = (content["arch2infos"][i]["full"]["all_results"]["cifar100", 888] for i in (0, 1))
        second["eval_acc1es"] = first["eval_acc1es"]
        return content

    with pytest.raises(Damaged, match="x-test@199"):
        reader.read_official(saved(tmp_path, share))


def extract(tmp_path, drop=()):
    """A table as a mirror makes it, of one architecture; every figure another number."""
    row = {"index": 7, "arch_str": ARCHS[0], "n_runs_200_cifar10": 2, "params_M": 0.129306, "flops_M_cifar10": 17.9}
    row |= {"flops_M_imagenet16_120": 4.5, "train_time_12_cifar10_s": 86.5, "test_acc_200_cifar10_trained_on_half": 50.5}
    row |= {f"test_acc_200_cifar10_run{i}": value for i, value in enumerate((60.0, 61.0, np.nan))}
    names = [f"{part}_{epochs}_{d}" for part in ("test_acc", "val_acc") for epochs in (12, 200) for d in reader.SPLITS]
    row |= {name: float(number) for number, name in enumerate(names, start=70)}
    path = tmp_path / "x.parquet"
    pd.DataFrame([row]).drop(columns=list(drop)).to_parquet(path)
    return path, row


def test_the_mirrors_table_has_the_same_schema(tmp_path, table):
    path, row = extract(tmp_path)
    found = reader.read_mirror({reader.MIRROR: path})
    assert list(found.columns) == list(table.columns)
    assert found["dataset"].tolist() == list(reader.SPLITS)
    for _, line in found.iterrows():
        for ours, theirs in (("test", "test"), ("valid", "val")):
            assert line[f"{ours}_acc"] == row[f"{theirs}_acc_200_{line['dataset']}"]
            assert line[f"{ours}_acc_short"] == row[f"{theirs}_acc_12_{line['dataset']}"]
    first = found.iloc[0]
    assert first[["test_acc_0", "test_acc_1", "test_acc_half", "seconds_short", "runs"]].tolist() == [60, 61, 50.5, 86.5, 2]
    assert found[["test_acc_2", "flops"]].isna().sum().tolist() == [3, 1]


def test_sizes_count_the_data_sets_own_head(tmp_path):
    """64 features and a bias per class; the networks that we build have the same number of parameters."""
    path, _ = extract(tmp_path)
    found = reader.read_mirror({reader.MIRROR: path}).set_index("dataset")["params"]
    assert found.tolist() == [129306, 129306 + 90 * 65, 129306 + 110 * 65]
    for dataset, classes in (("cifar10", 10), ("cifar100", 100), ("imagenet16_120", 120)):
        network = CellSpace.build(Official(), ARCHS[0], dataset, classes=classes)
        assert sum(p.numel() for p in network.parameters()) == found[dataset]


class Official(CellSpace):
    skeleton = {"width": 16, "cells": 5, "stages": 3, "channels": 3}


def test_a_lacking_column_is_named(tmp_path):
    path, _ = extract(tmp_path, drop=["val_acc_12_cifar100"])
    with pytest.raises(Damaged, match="no column 'val_acc_12_cifar100'"):
        reader.read_mirror({reader.MIRROR: path})


def test_the_whole_benchmark_if_it_is_here():
    """Best figures as published; the size is the formula of the space; 341 cells are not connected."""
    if not downloads.available("nas_bench_201"):
        pytest.skip("NAS-Bench-201 is not here: set UNTRAINED_MIRROR")
    table = downloads.table("nas_bench_201")
    assert table.groupby("dataset").size().to_dict() == dict.fromkeys(reader.SPLITS, 15625)
    assert table.groupby("dataset")["test_acc"].max().round(2).to_dict() == {
        "cifar10": 94.37,
        "cifar100": 73.51,
        "imagenet16_120": 47.31,
    }
    assert table.groupby("dataset")["valid_acc"].max().round(2).tolist() == [91.61, 73.49, 46.73]
    one = table[table["dataset"] == "cifar10"].set_index("arch")
    assert set(one.index) == set(CellSpace().architectures())
    cells = one.index.map(parse)
    n3, n1 = ([cell.count(name) for cell in cells] for name in ("nor_conv_3x3", "nor_conv_1x1"))
    np.testing.assert_array_equal(one["params"], 73306 + 243040 * np.array(n3) + 28000 * np.array(n1))
    runs = one[["test_acc_0", "test_acc_1", "test_acc_2"]]
    np.testing.assert_array_equal(runs.notna().sum(axis=1), one["runs"])
    np.testing.assert_allclose(runs.mean(axis=1), one["test_acc"], atol=1e-6)
