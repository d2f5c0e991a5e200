"""TransNAS-Bench-101: one JSON list per search space and task, of pairs (architecture, figure), as circulated by GenNAS.

Not read: the authors' own `transnas-bench_v10141024.pth`, which also holds sizes and every epoch's figures.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from untrained.readers import source

TASKS = ("class_scene", "class_object", "room_layout", "jigsaw", "segmentsemantic", "normal", "autoencoder")

FILES = {f"transnas_bench_101/{prefix}_{task}.json": task for prefix in ("macro", "micro") for task in TASKS}
"""Files and their tasks. The prefixes are swapped (`macro` holds the cells): the search space is read off the string."""


@source("transnas_bench_101", files=tuple(FILES))
def read(paths: Mapping[str, Path]) -> pd.DataFrame:
    """One row per architecture and data set, `micro-<task>` or `macro-<task>`, with the task's own figure as `test_acc`.

    Scene, object and jigsaw: top-1 in percent; segmentsemantic: mean intersection over union in percent; normal and
    autoencoder: SSIM, 0 to 1; room_layout: the negative loss. Higher is better in all. The files do not name the split or
    the epoch: the best values are those the paper prints, which users of the authors' file reproduce as the best epoch's
    *validation* figure. One training each. Reference: duan2021transnas.

    Raises:
        ValueError: an entry is not a pair of a string and a number, or not a TransNAS-Bench-101 string.
    """
    return pd.DataFrame([_row(file, entry) for file in FILES for entry in json.loads(paths[file].read_text("utf-8"))])


def _row(file: str, entry: list) -> dict:
    arch, figure = entry if isinstance(entry, list) and len(entry) == 2 else (None, None)
    if not isinstance(arch, str) or arch.count("-") != 2 or not isinstance(figure, int | float):
        raise ValueError(f"{file}: got {entry!r}; wanted a pair such as ['64-1234-basic', 50.0]. Fetch it anew.")
    space = "macro" if arch.endswith("-basic") else "micro"
    return {"arch": arch, "dataset": f"{space}-{FILES[file]}", "test_acc": float(figure)}
