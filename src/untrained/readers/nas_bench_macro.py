"""NAS-Bench-Macro: one JSON object, architecture to accuracies and sizes, as its authors publish it."""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from untrained.readers import source

FILE = "nas_bench_macro/nas-bench-macro_cifar10.json"
RUNS = 3


@source("nas_bench_macro", files=(FILE,))
def read(paths: Mapping[str, Path]) -> pd.DataFrame:
    """One row per architecture: `test_acc_0..2` of the three runs in percent, their mean `test_acc`, `params`, `flops`.

    A run's accuracy is that of its best epoch on the 10,000 test images: no image was held out to choose the epoch.
    `flops` are multiply-accumulates of convolutions and the linear layer, without biases. Strings of one function carry
    the figures of one training. Reference: su2021macro.

    Raises:
        ValueError: an entry lacks a field, or has another number of runs than three.
    """
    entries = json.loads(Path(paths[FILE]).read_text(encoding="utf-8"))
    return pd.DataFrame([_row(arch, entry) for arch, entry in entries.items()])


def _row(arch: str, entry: Mapping) -> dict:
    lacking = [field for field in ("test_acc", "params", "flops") if field not in entry]
    if lacking or len(entry["test_acc"]) != RUNS:
        got = f"no {lacking[0]!r}" if lacking else f"{len(entry['test_acc'])} test accuracies"
        raise ValueError(f"{FILE}: {arch!r} has {got}; wanted {RUNS} test accuracies, params and flops. Fetch it anew.")
    runs = {f"test_acc_{run}": float(value) for run, value in enumerate(entry["test_acc"])}
    mean = sum(runs.values()) / RUNS
    return {"arch": arch, "dataset": "cifar10", "test_acc": mean, **runs, "params": entry["params"], "flops": entry["flops"]}
