"""NAS-Bench-201 (dong2020nasbench201): the official API file, and the mirror's table.

Columns, one row per (arch, dataset) with dataset cifar10, cifar100 or imagenet16_120; accuracies in percent:

- `index`: official number of the architecture, 0..15624.
- `test_acc`: after 200 epochs, mean over runs. CIFAR-10: trained on all 50,000 images, 10,000 test images (`ori-test`). The
  others: the half of the original test set that the benchmark calls `x-test`.
- `valid_acc`: after 200 epochs, mean over runs. CIFAR-10: trained on 25,000 images, evaluated on the other 25,000 (other
  networks than those of `test_acc`). The others: the `x-valid` half of the original test set, same networks as `test_acc`.
- `test_acc_half`: CIFAR-10 only: test accuracy of the networks of `valid_acc`.
- `test_acc_0`, `test_acc_1`, `test_acc_2`: single runs of `test_acc`, those there are.
- `runs`: their number (1, 2 or 3).
- `valid_acc_short`, `test_acc_short`: the separate schedule of 12 epochs (decayed to the end within them), the same splits.
- `seconds_short`: what the 12 epochs cost, on half of CIFAR-10.
- `params`: absolute, with the data set's own head. `flops`: multiply-accumulates, as the source counts them.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import mode
from typing import Any

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from untrained.originals import Damaged
from untrained.readers import pickles, source

OFFICIAL = "nas_bench_201/NAS-Bench-201-v1_1-096897.pth"
MIRROR = "nas_bench_201/nas_bench_201.parquet"

# data set: (official name, split of the test figure, official name and split of the validation figure)
SPLITS = {
    "cifar10": ("cifar10", "ori-test", "cifar10-valid", "x-valid"),
    "cifar100": ("cifar100", "x-test", "cifar100", "x-valid"),
    "imagenet16_120": ("ImageNet16-120", "x-test", "ImageNet16-120", "x-valid"),
}
CLASSES = {"cifar10": 10, "cifar10-valid": 10, "cifar100": 100, "ImageNet16-120": 120}
WIDTH = 64
"""Features before the linear head."""

Runs = list[tuple[int, Mapping[str, Any]]]


@source("nas_bench_201", files=(OFFICIAL,))
def read_official(paths: Mapping[str, Path]) -> pd.DataFrame:
    """From the API file 1.1; runs in the order of their seeds.

    Read architecture by architecture, because the whole takes 9 GB of memory: a quarter of an hour, once. `seconds_short`:
    sum of the recorded training times of the 12 epochs, mean over runs. `params`: the size that most records of the
    architecture state, less their head; some records are known to be wrong.

    Raises:
        Damaged: not the official structure.
    """
    rows: list[dict[str, Any]] = []

    def collect(filled: dict) -> None:
        if filled.keys() == {"full", "less"}:
            rows.extend(_rows(filled))
            _empty(filled)
            bar.update()

    with tqdm(total=15625, desc="NAS-Bench-201", unit="arch") as bar:
        content = pickles.load_torch(paths[OFFICIAL], finished=collect)
    names = content.get("evaluated_indexes", ()) if isinstance(content, dict) else ()
    if not rows or len(rows) != len(names) * len(SPLITS):
        raise Damaged(f"{paths[OFFICIAL]} has {len(rows)} rows for {len(names)} architectures: not the API file 1.1.")
    return pd.DataFrame(rows).sort_values(["index", "dataset"], ignore_index=True)


def _empty(record: Mapping[str, Any]) -> None:
    """Let go of the curves of one architecture: the pickle's own memory holds on to every dictionary, not to its numbers."""
    for schedule in record.values():
        for run in schedule["all_results"].values():
            for curve in run.values():
                if isinstance(curve, dict):
                    curve.clear()


def _rows(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of one architecture, from its records of 200 (`full`) and 12 (`less`) epochs.

    Raises:
        Damaged: something of the official structure is missing.
    """
    try:
        return list(_made(record))
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise Damaged(f"a record has not the structure of the API file 1.1: {error!r}") from error


def _made(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    full, less = (_by_dataset(record[schedule]["all_results"]) for schedule in ("full", "less"))
    body = mode(round(1e6 * run["params"]) - _head(name) for name, runs in full.items() for _, run in runs)
    for dataset, (trained, test, halved, valid) in SPLITS.items():
        runs = full.get(trained, [])
        tests = [_last(run, test) for _, run in runs]
        yield {
            "index": int(record["full"]["arch_index"]),
            "arch": record["full"]["arch_str"],
            "dataset": dataset,
            "valid_acc": _mean(full.get(halved, []), valid),
            "test_acc": float(np.mean(tests)) if tests else np.nan,
            "test_acc_half": _mean(full.get(halved, []), "ori-test") if halved != trained else np.nan,
            **{f"test_acc_{i}": tests[i] if i < len(tests) else np.nan for i in range(3)},
            "runs": len(tests),
            "valid_acc_short": _mean(less.get(halved, []), valid),
            "test_acc_short": _mean(less.get(trained, []), test),
            "seconds_short": _seconds(less.get("cifar10-valid", [])) if dataset == "cifar10" else np.nan,
            "params": body + _head(trained),
            "flops": mode(round(1e6 * run["flop"]) for _, run in runs) if runs else np.nan,
        }


def _head(trained: str) -> int:
    """Parameters of the linear head."""
    return (WIDTH + 1) * CLASSES[trained]


def _by_dataset(results: Mapping[tuple[str, int], Mapping[str, Any]]) -> dict[str, Runs]:
    """Runs of each official data set in the order of their seeds."""
    found: dict[str, Runs] = {}
    for (dataset, seed), run in sorted(results.items(), key=lambda item: (item[0][0], int(item[0][1]))):
        found.setdefault(dataset, []).append((seed, run))
    return found


def _last(run: Mapping[str, Any], split: str) -> float:
    """Accuracy after the last epoch."""
    return float(run["eval_acc1es"][f"{split}@{run['epochs'] - 1}"])


def _mean(runs: Runs, split: str) -> float:
    return float(np.mean([_last(run, split) for _, run in runs])) if runs else np.nan


def _seconds(runs: Runs) -> float:
    timed = [sum(run["train_times"].values()) for _, run in runs if run.get("train_times")]
    return float(np.mean(timed)) if timed else np.nan


@source("nas_bench_201", files=(MIRROR,))
def read_mirror(paths: Mapping[str, Path]) -> pd.DataFrame:
    """From the mirror's table, joined from several published extracts.

    Single runs and their number are there for CIFAR-10 only, in the extract's order (not by seed). Which runs were averaged
    for the 200-epoch figures of CIFAR-100 and ImageNet16-120 is not stated. `seconds_short` is the total cost that RoBoT's
    extract gives. `flops` is NASLib's count, close to the official one; there is none for CIFAR-100.

    Raises:
        Damaged: a column is missing.
    """
    wide = pd.read_parquet(paths[MIRROR])
    try:
        tables = [_mirrored(wide, dataset) for dataset in SPLITS]
    except KeyError as error:
        raise Damaged(f"{paths[MIRROR]} has no column {error}.") from error
    return pd.concat(tables).sort_values(["index", "dataset"], ignore_index=True)


def _mirrored(wide: pd.DataFrame, dataset: str) -> pd.DataFrame:
    missing = pd.Series(np.nan, index=wide.index)
    first, flops = dataset == "cifar10", f"flops_M_{dataset}"
    head = _head(SPLITS[dataset][0]) - _head("cifar10")
    columns = {
        "index": wide["index"],
        "arch": wide["arch_str"],
        "dataset": pd.Series(dataset, index=wide.index),
        "valid_acc": wide[f"val_acc_200_{dataset}"],
        "test_acc": wide[f"test_acc_200_{dataset}"],
        "test_acc_half": wide["test_acc_200_cifar10_trained_on_half"] if first else missing,
        **{f"test_acc_{i}": wide[f"test_acc_200_cifar10_run{i}"] if first else missing for i in range(3)},
        "runs": wide["n_runs_200_cifar10"].astype(float) if first else missing,
        "valid_acc_short": wide[f"val_acc_12_{dataset}"],
        "test_acc_short": wide[f"test_acc_12_{dataset}"],
        "seconds_short": wide["train_time_12_cifar10_s"] if first else missing,
        "params": (1e6 * wide["params_M"]).round() + head,
        "flops": (1e6 * wide[flops]).round() if flops in wide else missing,
    }
    return pd.DataFrame(columns)
