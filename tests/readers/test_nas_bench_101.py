"""Both sources of NAS-Bench-101, from small files in their published formats."""

import base64
import json

import pytest
from pandas.testing import assert_frame_equal, assert_index_equal
from tfrecords import framed, message

from untrained import benchmarks, downloads
from untrained.readers import sources
from untrained.readers.nas_bench_101 import OFFICIAL, SAMPLE, fields, official, run, sample

CONV3, CONV1, POOL = "conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3"
CELLS = {  # hash: adjacency row by row, operations, the string they are
    "aa": ("011001000", f"input,{CONV3},output", "|conv3x3~0|output~01|"),
    "bb": ("0100001000010000", f"input,{POOL},{CONV1},output", "|maxpool3x3~0|conv1x1~1|output~2|"),
    # feeding vertex first: the same cell in canonical order starts with the 1x1 convolution
    "cc": ("0110000100010000", f"input,{POOL},{CONV1},output", "|conv1x1~0|maxpool3x3~0|output~12|"),
}


def metrics(*, params=100, seconds=60.0, valid=0.5, test=0.25, evaluations=3):
    shown = [
        message((1, 54.0 * at), (2, seconds * at / 2), (3, 1.0), (4, valid * at / 2), (5, test * at / 2), (6, b"path"))
        for at in range(3)
    ]
    return message(*((1, one) for one in shown[:evaluations]), (2, params), (3, 99.5))


WHOLE = base64.b64encode(metrics()).decode()


def record(module_hash, epochs=108, **values):
    adjacency, operations, _ = CELLS[module_hash]
    made = base64.b64encode(metrics(**values)).decode()
    return framed(json.dumps([module_hash, epochs, adjacency, operations, made]).encode())


def three_runs(module_hash, **values):
    return [record(module_hash, valid=run / 8, test=run / 16, seconds=60.0 * run, **values) for run in (1, 2, 3)]


@pytest.fixture
def file(tmp_path):
    """Writes records to a file; returns what a reader takes."""

    def write(*parts):
        path = tmp_path / "nasbench_only108.tfrecord"
        path.write_bytes(b"".join(parts))
        return {OFFICIAL: path}

    return write


def test_the_official_file(file):
    first, second = three_runs("bb", params=200), three_runs("aa", params=300)
    short = record("aa", epochs=4, valid=0.9)
    found = official(file(first[0], second[0], short, *first[1:], *second[1:]))
    assert list(found["arch"]) == [CELLS["bb"][2], CELLS["aa"][2]]
    assert list(found["dataset"]) == ["cifar10", "cifar10"]
    assert list(found["params"]) == [200, 300]
    for name, whole in (("valid_acc", 100 / 8), ("test_acc", 100 / 16)):
        assert list(found[name]) == [2 * whole] * 2
        for run_number in range(3):
            assert list(found[f"{name}_{run_number}"]) == [(run_number + 1) * whole] * 2
    assert list(found["train_seconds"]) == [120.0, 120.0]


def test_a_cell_is_named_by_its_canonical_string(file):
    assert list(official(file(*three_runs("cc")))["arch"]) == [benchmarks.get("nas_bench_101").canonical(CELLS["cc"][2])]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("text", "JSONDecodeError"),
        (["aa", 108, "0100", "input,output"], "not enough values to unpack .expected 5, got 4"),
        (["aa", 108, "0100", "input,output", "AAA"], "Incorrect padding"),
        (["aa", 108, "0100", "input,output", ""], "expected 3, got 0"),
        (["aa", 108, "0000", "input,output", WHOLE], "No path leads from the input to the output"),
        (["aa", 108, "0110", "input,output", WHOLE], "not strictly upper triangular"),
        (["aa", 108, "011001000", "input,conv5x5,output", WHOLE], "Unknown operation 'conv5x5'"),
    ],
)
def test_a_whole_record_of_something_else_is_refused_with_its_offset(file, broken, reason):
    content = broken if isinstance(broken, str) else json.dumps(broken)
    before = record("bb")
    with pytest.raises(ValueError, match=f"the record at byte {len(before):,} is no run of NAS-Bench-101 .*{reason}"):
        official(file(before, framed(content.encode())))


@pytest.mark.parametrize(("kept", "message"), [(5, "has 2 runs of 108 epochs, 3 are wanted .1 of 2"), (0, "it has no cell")])
def test_a_file_that_ends_too_early_is_refused(file, kept, message):
    with pytest.raises(ValueError, match=message):
        official(file(*[*three_runs("aa"), *three_runs("bb")][:kept]))


def test_a_damaged_file_is_refused_with_the_offset(file):
    paths = file(*three_runs("aa"))
    whole = paths[OFFICIAL].read_bytes()
    paths[OFFICIAL].write_bytes(whole[:-1])
    with pytest.raises(ValueError, match=f"the record at byte {2 * len(whole) // 3:,} is cut short"):
        official(paths)


def test_metrics_are_those_after_the_last_epoch():
    assert run(metrics(params=2694282, seconds=1155.5, valid=0.9376, test=0.9312)) == (2694282, (1155.5, 0.9376, 0.9312))
    with pytest.raises(ValueError, match="expected 3, got 2"):
        run(metrics(evaluations=2))


def test_cut_metrics_are_refused():
    whole = metrics()
    ends = [len(message(*list(fields(whole))[:count])) for count in range(6)]
    for size in set(range(len(whole))) - set(ends):
        with pytest.raises(ValueError, match="the metrics are cut short"):
            list(fields(whole[:size]))
    assert [len(list(fields(whole[:size]))) for size in ends] == list(range(6))
    with pytest.raises(ValueError, match="wire type 5"):
        list(fields(bytes([0x0D, 0, 0, 0, 0])))


def test_the_sample(tmp_path):
    path = tmp_path / "nasbench1_2500.json"
    cells = [[[0, 1, 1], [0, 0, 1], [0, 0, 0]], ["input", CONV3, "output"]], [[[0, 1], [0, 0]], ["input", "output"]]
    path.write_text(json.dumps([[cells[0], 0.9375], [cells[1], 0.5]]))
    found = sample({SAMPLE: path})
    assert list(found["arch"]) == ["|conv3x3~0|output~01|", "|output~0|"]
    assert list(found["test_acc"]) == list(found["test_acc_0"]) == [93.75, 50.0]
    assert found[["valid_acc", "params"]].isna().all(axis=None)
    path.write_text("{}")
    with pytest.raises(ValueError, match="nasbench1_2500.json is no list of"):
        sample({SAMPLE: path})


def test_the_official_file_is_preferred():
    assert [one.files for one in sources("nas_bench_101")] == [(OFFICIAL,), (SAMPLE,)]


def test_the_benchmark_reads_its_table(file, monkeypatch):
    table = official(file(*three_runs("aa"), *three_runs("bb")))
    monkeypatch.setattr(downloads, "table", lambda name, **_: {"nas_bench_101": table}[name])
    bench = benchmarks.get("nas_bench_101")
    assert bench.architectures() == [CELLS["aa"][2], CELLS["bb"][2]]
    assert_index_equal(bench.table("cifar10").index, table.set_index("arch").index)
    assert_frame_equal(bench.table("cifar10").reset_index(), table.drop(columns="dataset"))


def test_a_mirror_has_canonical_cells_and_plausible_accuracies(tmp_path):
    if not downloads.available("nas_bench_101", cache=tmp_path):
        pytest.skip("no mirror with NAS-Bench-101: set UNTRAINED_MIRROR")
    table = downloads.table("nas_bench_101", cache=tmp_path)
    bench = benchmarks.get("nas_bench_101")
    assert len(table) >= 2500
    assert table["test_acc"].between(9, 95).all()
    assert table["test_acc"].median() > 90
    assert all(bench.canonical(arch) == arch for arch in table["arch"])
