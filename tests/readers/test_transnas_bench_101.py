"""The reader of TransNAS-Bench-101 on small files in the circulated format."""

import json

import pytest

from untrained.benchmarks import transnas_bench_101 as bench
from untrained.readers import sources
from untrained.readers.transnas_bench_101 import FILES, TASKS, read


def write(folder, **changed):
    """One entry per file: cells in the files named macro, layouts in those named micro."""
    paths = {}
    for index, file in enumerate(FILES):
        paths[file] = folder / file.replace("/", "-")
        arch = "64-41414-0_20_003" if "/macro_" in file else "64-1234-basic"
        paths[file].write_text(json.dumps(changed.get(FILES[file], [[arch, index + 0.5]])))
    return paths


def test_the_search_space_is_read_off_the_string_not_off_the_swapped_prefix(tmp_path):
    table = read(write(tmp_path)).set_index("dataset")
    assert list(table.index) == [f"{space}-{task}" for space in ("micro", "macro") for task in TASKS]
    assert table.loc["micro-class_scene"].tolist() == ["64-41414-0_20_003", 0.5]
    assert table.loc["macro-autoencoder"].tolist() == ["64-1234-basic", 13.5]


def test_the_reader_and_the_benchmark_name_the_same_data_sets():
    assert set(TASKS) == set(bench.TASKS)
    assert [len(one.files) for one in sources("transnas_bench_101")] == [14]


@pytest.mark.parametrize(
    "entry", [["64-1234-basic"], ["64-1234-basic", "50"], [50.0, "64-1234-basic"], ["64-1234", 50.0], "x"]
)
def test_a_broken_entry_is_named(tmp_path, entry):
    with pytest.raises(ValueError, match=r"jigsaw\.json: got .*wanted a pair"):
        read(write(tmp_path, jigsaw=[["64-1234-basic", 1.0], entry]))
