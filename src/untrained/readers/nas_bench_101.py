"""NAS-Bench-101: the official TFRecord file of 108-epoch runs, and a published sample of 2,500 cells.

Columns beside `arch` (canonical string) and `dataset` (`cifar10`), accuracies in percent at the end of training:
`valid_acc`, `test_acc` mean over the runs; `valid_acc_0` ..., `test_acc_0` ... of each run; `params` trainable parameters;
`train_seconds` mean training time of a run, as the authors measured it, in seconds.
"""

import base64
import json
import struct
from array import array
from collections.abc import Iterator, Mapping, Sequence
from math import isqrt, nan
from pathlib import Path

import numpy as np
import pandas as pd

from untrained.benchmarks.graphs import of_matrix
from untrained.readers import source
from untrained.readers.tfrecord import records

OFFICIAL = "nas_bench_101/nasbench_only108.tfrecord"
SAMPLE = "nas_bench_101/nasbench1_2500.json"
EPOCHS, RUNS = 108, 3
"""Of the full schedule; trainings per cell."""
MALFORMED = (ValueError, TypeError, KeyError)
"""What a record that is whole but not one of this benchmark may raise."""


@source("nas_bench_101", files=(OFFICIAL,))
def official(paths: Mapping[str, Path]) -> pd.DataFrame:
    """All 423,624 cells in the order of the file; records are read one by one, only these numbers stay in memory.

    One record is one run: JSON of hash, epochs, adjacency row by row, operations, metrics. Other epochs are skipped.

    Raises:
        ValueError: a record is damaged or not of this benchmark; a cell has not three runs.
    """
    path = paths[OFFICIAL]
    places: dict[str, int] = {}
    archs: list[str] = []
    params, owners, runs = array("q"), array("q"), array("d")
    for offset, content in records(path):
        try:
            module_hash, epochs, adjacency, operations, metrics = json.loads(content)
            if epochs != EPOCHS:
                continue
            size, final = run(base64.b64decode(metrics))
            if module_hash not in places:
                archs.append(_arch(adjacency, operations))
                params.append(size)
                places[module_hash] = len(places)
        except MALFORMED as error:
            raise ValueError(
                f"{path}: the record at byte {offset:,} is no run of NAS-Bench-101 ({type(error).__name__}: {error}). Fetch "
                "nasbench_only108.tfrecord of the official release again."
            ) from error
        owners.append(places[module_hash])
        runs.extend(final)
    of_cell = _by_cell(np.asarray(owners), np.asarray(runs).reshape(-1, 3), archs, path)
    return pd.DataFrame({"arch": archs, "dataset": "cifar10"} | _columns(of_cell) | {"params": np.asarray(params)})


@source("nas_bench_101", files=(SAMPLE,))
def sample(paths: Mapping[str, Path]) -> pd.DataFrame:
    """2,500 cells with the accuracy of one run each: a fraction, JSON [[[adjacency, operations], accuracy], ...].

    The source does not name the split; its mean and maximum are those of test accuracy, so it is read as `test_acc`.

    Raises:
        ValueError: the file has another form.
    """
    path = paths[SAMPLE]
    try:
        rows = [(str(of_matrix(*cell).canonical()), 100 * accuracy) for cell, accuracy in json.loads(path.read_bytes())]
        archs, accuracies = (list(column) for column in zip(*rows, strict=True))
    except MALFORMED as error:
        raise ValueError(
            f"{path} is no list of [[adjacency, operations], accuracy] ({type(error).__name__}: {error}). Repair the mirror."
        ) from error
    table = pd.DataFrame({"arch": archs, "dataset": "cifar10", "valid_acc": nan, "test_acc": accuracies})
    return table.assign(test_acc_0=table["test_acc"], params=nan)


def run(message: bytes) -> tuple[int, tuple[float, float, float]]:
    """Trainable parameters, and after the last epoch: training seconds, validation and test accuracy as fractions.

    A ModelMetrics message: field 1 an evaluation at the start, half-way and at the end, field 2 the parameters; of an
    evaluation field 2 is the training time, 4 the validation and 5 the test accuracy.

    Raises:
        ValueError: there are not three evaluations, or the message is cut.
    """
    found = list(fields(message))
    _, _, final = (dict(fields(value)) for number, value in found if number == 1)
    return dict(found)[2], (final[2], final[4], final[5])


def fields(message: bytes) -> Iterator[tuple[int, int | float | bytes]]:
    """Number and value of each field of a protocol buffer: integers, doubles, and texts or messages as bytes.

    >>> list(fields(bytes([0x10, 0x96, 0x01])))
    [(2, 150)]

    Raises:
        ValueError: the message is cut, or has a field of another type.
    """
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        if key & 7 == 0:
            value, place = _varint(message, place)
        elif key & 7 in (1, 2):
            size, place = (8, place) if key & 7 == 1 else _varint(message, place)
            value, place = message[place : place + size], place + size
            if len(value) < size:
                raise ValueError("the metrics are cut short")
        else:
            raise ValueError(f"the metrics have a field of wire type {key & 7}")
        yield key >> 3, struct.unpack("<d", value)[0] if key & 7 == 1 else value


def _varint(message: bytes, place: int) -> tuple[int, int]:
    """An integer of seven bits per byte, least first, and where it ends."""
    value = 0
    for shift, byte in enumerate(message[place : place + 10]):
        value |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return value, place + shift + 1
    raise ValueError("the metrics are cut short")


def _arch(adjacency: str, operations: str) -> str:
    """The canonical string of a matrix written row by row and of names with commas."""
    side = isqrt(len(adjacency))
    rows = [[int(edge) for edge in adjacency[start : start + side]] for start in range(0, side * side, side)]
    return str(of_matrix(rows, operations.split(",")).canonical())


def _by_cell(owners: np.ndarray, runs: np.ndarray, archs: Sequence[str], path: Path) -> np.ndarray:
    """Runs (cell, run, quantity), in the order of the file within a cell.

    Raises:
        ValueError: a cell has not three runs, or there is none.
    """
    counts = np.bincount(owners, minlength=len(archs))
    odd = np.flatnonzero(counts != RUNS)
    if len(odd) or not len(archs):
        which = f"{archs[odd[0]]} has {counts[odd[0]]} runs" if len(odd) else "it has no cell"
        raise ValueError(
            f"{path}: {which} of {EPOCHS} epochs, {RUNS} are wanted ({len(odd):,} of {len(archs):,} cells differ). The file "
            "is cut or another one: fetch nasbench_only108.tfrecord of the official release again."
        )
    return runs[np.argsort(owners, kind="stable")].reshape(len(archs), RUNS, runs.shape[1])


def _columns(runs: np.ndarray) -> dict[str, np.ndarray]:
    """Means and single runs, fractions in percent."""
    seconds, *accuracies = np.moveaxis(runs, 2, 0)
    parts = {name: 100 * values for name, values in zip(("valid_acc", "test_acc"), accuracies, strict=True)}
    means = {name: values.mean(axis=1) for name, values in parts.items()}
    single = {f"{name}_{index}": values[:, index] for name, values in parts.items() for index in range(RUNS)}
    return means | single | {"train_seconds": seconds.mean(axis=1)}
