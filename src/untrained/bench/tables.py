"""Whole scores tables: does an architecture cost the same among 100 as among 5,000, and what does one more proxy cost?"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from untrained import benchmarks, shards
from untrained.bench.measure import steady, timed
from untrained.scoring import score_benchmark
from untrained.setting import Setting

BENCH, DATASET, SETTING = "nas_bench_digits", "digits", Setting(inputs="digits", batch=16)
"""Small networks on images that ship inside a dependency: what is timed is the way of a table, not its arithmetic."""

CHEAP = ("naswot", "params", "synflow")


def throughput(counts: Sequence[int] = (100, 1000, 5000), *, names: Sequence[str] = CHEAP) -> pd.DataFrame:
    """Seconds per architecture of a whole table in one process: plan, build, score, shards, compaction.

    Args:
        counts: architectures of each table, all from nothing.
        names: proxies.

    Returns:
        Rows (count, seconds, unit, per_arch: seconds of one architecture).
    """
    with steady(), tempfile.TemporaryDirectory() as folder:
        _table(min(16, *counts), names, folder)
        rows = [{"count": count} | _table(count, names, f"{folder}/{count}") for count in counts]
    table = pd.DataFrame(rows)
    return table.assign(per_arch=table["seconds"] / table["count"])


def added(new: str = "grad_norm", *, count: int = 200, names: Sequence[str] = CHEAP) -> pd.DataFrame:
    """What one more proxy costs a finished table, beside that proxy alone and all of them from nothing.

    Args:
        new: the proxy.
        count: architectures.
        names: proxies of the finished table.

    Returns:
        Rows (step, seconds, unit, rows: scores computed).
    """
    names = [name for name in names if name != new]
    with steady(), tempfile.TemporaryDirectory() as folder:
        _table(min(16, count), [*names, new], f"{folder}/warm")
        steps = {
            "the table without it": (names, "grown"),
            "it, added to the table": ([*names, new], "grown"),
            "the same again": ([*names, new], "grown"),
            "it alone": ([new], "alone"),
            "all from nothing": ([*names, new], "fresh"),
        }
        return pd.DataFrame(
            {"step": step} | _table(count, wanted, f"{folder}/{home}") for step, (wanted, home) in steps.items()
        )


def _table(count: int, names: Sequence[str], folder: str) -> dict[str, Any]:
    """Cost of the table of the first `count` architectures, and how many scores were computed for it."""
    archs = benchmarks.get(BENCH).sample(count, seed=0)
    before = _rows(folder)
    _, cost = timed(
        lambda: score_benchmark(
            BENCH, DATASET, SETTING, names, folder=folder, architectures=archs, workers=1, out=f"{folder}.parquet"
        )
    )
    return cost | {"rows": _rows(folder) - before}


def _rows(folder: str) -> int:
    """Scores in the shards below a folder."""
    return sum(len(shards.read(path)[0]) for path in Path(folder).rglob("*.parquet"))
