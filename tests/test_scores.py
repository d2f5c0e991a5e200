"""The scores table: its checks, its directed form, and what a damaged file is answered."""

import json
from math import inf, nan

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from untrained import scores, shards

ROWS = [
    ("b", 0, "up", 1.0, "ok", "", 0.1),
    ("b", 1, "up", 3.0, "ok", "", 0.1),
    ("b", 2, "up", 8.0, "ok", "", 0.1),
    ("b", 0, "down", 5.0, "ok", "", 0.1),
    ("b", 1, "down", nan, "undefined", "no ReLU in this network", 0.1),
    ("b", 2, "down", nan, "undefined", "no ReLU in this network", 0.1),
    ("a", 0, "up", nan, "failed", "RuntimeError: out of memory", 0.1),
    ("a", 0, "down", 2.0, "ok", "", 0.1),
]
BETTER = {"up": "higher", "down": "lower"}
METADATA = {"setting": '{"seed": 0}', "digest": "d", "benchmark": "x", "dataset": "y", "better": json.dumps(BETTER)}


@pytest.fixture
def table():
    frame = pd.DataFrame(ROWS, columns=list(scores.COLUMNS))
    frame.attrs["better"] = BETTER
    return frame


def test_wide_is_directed_and_the_median_over_seeds(table):
    wide = scores.wide(table)
    expected = pd.DataFrame({"up": [3.0, nan], "down": [-5.0, -2.0]}, index=pd.Index(["b", "a"], name="arch"))
    assert_frame_equal(wide, expected)


def test_wide_keeps_an_architecture_and_a_proxy_without_any_value(table):
    nothing = table.assign(value=nan, status="undefined", reason="none")
    nothing.attrs = table.attrs
    wide = scores.wide(nothing)
    assert wide.shape == (2, 2)
    assert wide.isna().all(axis=None)


def test_a_score_without_a_value_was_asked_for_and_one_without_a_row_was_not(table):
    some = table[(table.arch != "a") | (table.proxy != "down")]
    some.attrs = table.attrs
    wide, asked = scores.wide(some), scores.asked(some)
    assert (list(wide.index), list(wide)) == (list(asked.index), list(asked))
    assert asked.to_dict() == {"up": {"b": True, "a": True}, "down": {"b": True, "a": False}}
    assert wide.isna().to_dict() == {"up": {"b": False, "a": True}, "down": {"b": False, "a": True}}


def test_coverage_counts_and_names_the_reasons(table):
    found = scores.coverage(table).set_index("proxy")
    assert found.loc["down"].to_dict() == {"ok": 2, "undefined": 2, "failed": 0, "reasons": "2 x no ReLU in this network"}
    assert found.loc["up"].to_dict() == {"ok": 3, "undefined": 0, "failed": 1, "reasons": "1 x RuntimeError: out of memory"}


def test_coverage_without_a_bad_row(table):
    found = scores.coverage(table[table.status == "ok"])
    assert (found[["undefined", "failed"]] == 0).all(axis=None)
    assert (found.reasons == "").all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"status": "fine"}, "unknown status"),
        ({"value": nan}, "a value that does not fit its status.*'arch': 'b'"),
        ({"value": inf}, "a value that does not fit its status"),
        ({"status": "failed"}, "a value that does not fit its status"),
        ({"seed": 1}, "a second row for one"),
    ],
)
def test_a_broken_row_is_refused_and_shown(table, change, message):
    for column, value in change.items():
        table.loc[0, column] = value
    with pytest.raises(ValueError, match=message):
        scores.check(table)


def test_a_missing_column_is_named(table):
    with pytest.raises(ValueError, match=r"\['reason'\] are missing"):
        scores.check(table.drop(columns="reason"))


def test_reading_gives_back_rows_and_metadata(table, tmp_path):
    found = scores.read(shards.write(table, tmp_path / "s.parquet", METADATA))
    assert_frame_equal(found, table, check_exact=True)
    assert found.attrs == METADATA | {"setting": {"seed": 0}, "better": BETTER}


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "text"])
def test_a_damaged_file_is_named_with_the_way_out(table, tmp_path, damage):
    path = shards.write(table, tmp_path / "s.parquet", METADATA)
    spoil(path, damage)
    with pytest.raises(ValueError, match=r"s\.parquet is damaged .*: delete it and run `dvc pull` or `dvc repro` again"):
        scores.read(path)


def test_a_missing_file_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.parquet"):
        scores.read(tmp_path / "none.parquet")


def spoil(path, damage):
    whole = path.read_bytes()
    bit = np.frombuffer(whole, np.uint8).copy()
    bit[20] ^= 1
    path.write_bytes({"cut": whole[:-9], "flipped": bit.tobytes(), "empty": b"", "text": b"<html>not found</html>"}[damage])
