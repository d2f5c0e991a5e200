"""Long work in pieces: resumed after a kill, recomputed where damaged, never half written."""

import multiprocessing
import os
import signal
import time
import types
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import torch
from jobs import Dying, Failing, Lingering, sleep, square
from pandas.testing import assert_frame_equal

from untrained import shards

UNITS = tuple(range(7))


def plan(folder, units=UNITS, key="key", size=2):
    return shards.plan(units, folder=folder, key=key, size=size)


def rows(paths):
    return pd.concat([shards.read(path)[0] for path in paths], ignore_index=True)


def times(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*.parquet")}


def spoil(path, damage):
    whole = path.read_bytes()
    changed = bytearray(whole)
    changed[len(whole) // 4] ^= 1
    path.write_bytes({"cut": whole[:-9], "flipped": bytes(changed), "empty": b""}[damage])


def test_every_unit_is_computed_once_and_in_order(tmp_path):
    paths = shards.run(square, plan(tmp_path))
    assert len(paths) == 4
    assert_frame_equal(rows(paths), square(UNITS))


def test_finished_shards_are_left_alone(tmp_path):
    shards.run(square, plan(tmp_path, UNITS[:4]))
    before = times(tmp_path)
    shards.run(square, plan(tmp_path))
    assert len(times(tmp_path)) == 4
    assert times(tmp_path).items() >= before.items()


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_a_damaged_shard_alone_is_recomputed(tmp_path, damage):
    first, *others = shards.run(square, plan(tmp_path))
    spoil(first, damage)
    before = times(tmp_path)
    assert_frame_equal(rows(shards.run(square, plan(tmp_path))), square(UNITS))
    assert {path for path, at in times(tmp_path).items() if at != before[path]} == {first}


def test_another_key_another_size_or_other_units_reuse_nothing(tmp_path):
    changes = ({}, {"key": "other"}, {"size": 4}, {"units": (9, 8)})
    names = [{shard.path for shard in plan(tmp_path, **change)} for change in changes]
    assert all(not a & b for i, a in enumerate(names) for b in names[:i])


def test_a_failing_job_keeps_what_was_finished(tmp_path):
    with pytest.raises(ArithmeticError, match="unit 4 has no square"):
        shards.run(Failing(4), plan(tmp_path))
    assert [shard.finished for shard in plan(tmp_path)] == [True, True, False, False]
    assert_frame_equal(rows(shards.run(square, plan(tmp_path))), square(UNITS))


def took(paths):
    """Seconds from the first shard's beginning to the last one's end, and the units in the order of beginning."""
    found = rows(paths).sort_values("begun")
    return found["ended"].max() - found["begun"].min(), list(found["n"])


def test_the_dearest_shards_are_begun_first_and_equal_ones_as_planned(tmp_path):
    units = (1, 2, 0, 0, 3, 1, 0, 3)
    paths = shards.run(sleep, plan(tmp_path, units), cost=lambda n: n)
    assert paths == [shard.path for shard in plan(tmp_path, units)]
    assert took(paths)[1] == [3, 1, 1, 2, 0, 3, 0, 0]
    assert list(rows(paths)["n"]) == list(units)


UNEVEN = (3.7, 3.8, 3.9, 4.0, 4.1, 4.2, 4.3, 28)
"""Tenths of a second: two workers cannot take less than 28, and take 40 where the last one is begun last."""


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["processes", "dask"])
def test_workers_end_together(tmp_path, engine):
    """In the order of the plan the dear shard comes last, and one worker waits for it."""
    spent = {}
    for name, cost in (("planned", None), ("dearest first", lambda n: n)):
        pieces = plan(tmp_path / name, UNEVEN, size=1)
        if engine == "processes":
            spent[name], _ = took(shards.run(sleep, pieces, workers=2, cost=cost))
            continue
        distributed = pytest.importorskip("dask.distributed")
        local = {"n_workers": 2, "threads_per_worker": 1, "processes": False, "dashboard_address": None}
        with distributed.LocalCluster(**local) as cluster, distributed.Client(cluster) as client:
            spent[name], _ = took(shards.run(sleep, pieces, client=client, cost=cost))
    assert spent["dearest first"] < spent["planned"] - 0.5, spent


@pytest.mark.slow
def test_a_killed_worker_is_explained_and_the_next_call_goes_on(tmp_path):
    job = Dying(at=6, note=tmp_path / "died")
    with pytest.raises(RuntimeError, match=r"killed\)\. \d shards .* kept, \d are left: run the same command again"):
        shards.run(job, plan(tmp_path), workers=2)
    before = times(tmp_path)
    assert_frame_equal(rows(shards.run(job, plan(tmp_path), workers=1)), square(UNITS))
    assert times(tmp_path).items() >= before.items()


@pytest.mark.slow
@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGKILL])
def test_workers_end_when_their_run_is_killed(tmp_path, kind):
    """They would work through the whole queue, and then wait for ever."""
    job = Lingering(tmp_path)
    parent = multiprocessing.get_context("spawn").Process(
        target=shards.run, args=(job, plan(tmp_path)), kwargs={"workers": 2}
    )
    parent.start()
    assert within(30, lambda: len(job.heard()) == 2)
    os.kill(parent.pid, kind)
    parent.join()
    assert within(30, lambda: time.time() - max(job.heard()) > 3)
    assert not list(tmp_path.rglob("*.parquet*"))


def within(seconds, holds):
    """Whether something comes true in that time."""
    end = time.monotonic() + seconds
    while not (found := holds()) and time.monotonic() < end:
        time.sleep(0.05)
    return found


@pytest.mark.parametrize("step", ["write_table", "replace"])
def test_a_full_disk_leaves_no_partial_file(tmp_path, monkeypatch, step):
    def full(*arguments, **_):
        if step == "write_table":
            Path(arguments[1]).write_bytes(b"PAR1 half a table")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq if step == "write_table" else os, step, full)
    with pytest.raises(OSError, match="No space left on device"):
        shards.write(square(UNITS), tmp_path / "out" / "table.parquet")
    assert not list((tmp_path / "out").iterdir())


def test_a_failed_write_keeps_the_table_before_it(tmp_path, monkeypatch):
    path = shards.write(square(UNITS), tmp_path / "table.parquet")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        shards.write(square(UNITS[:1]), path)
    assert_frame_equal(shards.read(path)[0], square(UNITS))


def test_equal_tables_give_equal_bytes_and_metadata_come_back(tmp_path):
    one, two = (shards.write(square(UNITS), tmp_path / name, {"a": "ä", "n": 1}) for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert {key: value for key, value in shards.read(one)[1].items() if key != "pandas"} == {"a": "ä", "n": "1"}
    assert one.stat().st_mode & 0o777 == 0o644


def test_any_flipped_bit_of_the_rows_is_noticed(tmp_path):
    """Checksums cover the pages; what is left of the footer cannot change a row."""
    table = pd.DataFrame({"x": np.random.default_rng(0).normal(size=200)})
    path = shards.write(table, tmp_path / "t.parquet")
    whole = path.read_bytes()
    for at in range(4, len(whole), 23):
        changed = bytearray(whole)
        changed[at] ^= 1
        path.write_bytes(bytes(changed))
        try:
            found = shards.read(path)[0]
        except ValueError as error:
            assert "t.parquet is damaged" in str(error)
        else:
            assert_frame_equal(found, table, check_names=False)


def test_shards_are_computed_by_one_thread_and_the_setting_is_undone():
    tiny = torch.tensor(1e-310, dtype=torch.float64)
    torch.set_num_threads(2)
    with shards.one_thread():
        assert torch.get_num_threads() == 1
        assert float(tiny * 1) == 0
    assert torch.get_num_threads() == 2
    assert float(tiny * 1) > 0


def test_a_digest_knows_content_not_order():
    assert shards.digest({"a": 1, "b": 2}) == shards.digest({"b": 2, "a": 1})
    assert shards.digest(1, 2) != shards.digest(2, 1)


def test_a_source_digest_knows_code_not_comments(tmp_path):
    def of(text):
        file = tmp_path / f"m{len(list(tmp_path.iterdir()))}.py"
        file.write_text(text)
        module = types.ModuleType(file.stem)
        module.__file__ = str(file)
        exec(compile(text, str(file), "exec"), module.__dict__)
        return shards.source_digest(module)

    plain = of("def f(x):\n    return x + 1\n")
    assert of('"""Doc."""\ndef f(x):  # why\n    """Doc."""\n\n    return x + 1\n') == plain
    assert of("def f(x):\n    return x + 2\n") != plain
