"""The reader of NAS-Bench-Macro on a small file in the official format."""

import json

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from untrained.readers import sources
from untrained.readers.nas_bench_macro import FILE, read

ENTRY = {"test_acc": [90.0, 91.0, 89.0], "mean_acc": 90.0, "std": 0.8165, "params": 12, "flops": 34}


def write(folder, content):
    path = folder / "macro.json"
    path.write_text(json.dumps(content))
    return {FILE: path}


def test_three_runs_become_their_mean_and_a_column_each(tmp_path):
    other = ENTRY | {"test_acc": [10.0, 10.0, 40.0]}
    wanted = pd.DataFrame(
        {
            "arch": ["02012100", "00000000"],
            "dataset": "cifar10",
            "test_acc": [90.0, 20.0],
            "test_acc_0": [90.0, 10.0],
            "test_acc_1": [91.0, 10.0],
            "test_acc_2": [89.0, 40.0],
            "params": 12,
            "flops": 34,
        }
    )
    assert_frame_equal(read(write(tmp_path, {"02012100": ENTRY, "00000000": other})), wanted)


def test_the_official_file_is_the_source():
    assert [one.files for one in sources("nas_bench_macro")] == [(FILE,)]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"test_acc": ENTRY["test_acc"], "params": 12}, "'02012100' has no 'flops'"),
        (ENTRY | {"test_acc": [90.0]}, "'02012100' has 1 test accuracies; wanted 3"),
    ],
)
def test_a_broken_entry_is_named(tmp_path, entry, message):
    with pytest.raises(ValueError, match=message):
        read(write(tmp_path, {"02012100": entry}))
