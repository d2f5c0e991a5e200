"""NAS-Bench-Digits, the embedded bench: NAS-Bench-201 cells trained by this project on placed handwritten digits."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from untrained import shards, training
from untrained.benchmarks import benchmark
from untrained.benchmarks.nas_bench_201 import CellSpace, arch_str, folder_file
from untrained.images import PARTS, Images, PlacedDigits
from untrained.initialise import draw, fill

EXTREMES = tuple(arch_str((name,) * 6) for name in ("skip_connect", "nor_conv_3x3", "avg_pool_3x3", "none"))


@benchmark
class NASBenchDigits(CellSpace):
    """Unique cells in a skeleton of one cell per stage, two stages, eight channels, on a 12 x 12 noisy canvas."""

    name = "nas_bench_digits"
    datasets = ("digits",)
    cite = "untrained2026digits"
    skeleton = {"width": 8, "cells": 1, "stages": 2, "classes": 10, "channels": 1}

    def __init__(self, data: Path) -> None:
        self.file = Path(data) / self.name / "states.parquet"

    def architectures(self) -> Sequence[str]:
        """The trained architectures: four extremes, then a uniform sample of the other unique cells."""
        return list(self.table("digits").index)

    def sample(self, count: int, *, seed: int) -> list[str]:
        """The extremes, then unique cells in a random order: any prefix after the extremes is a uniform sample."""
        unique = sorted(set(self.unique()) - set(EXTREMES), key=_operation_order)
        order = np.argsort(draw("nas_bench_digits.sample", (len(unique),), seed=seed), kind="stable")
        return [*EXTREMES, *(unique[i] for i in order)][:count]

    def states(self) -> pd.DataFrame:
        """Every recorded state: one row per architecture, seed and epoch, epoch 0 untrained.

        Raises:
            FileNotFoundError: the data were not pulled.
            ValueError: the file is damaged.
        """
        file = folder_file(self.file.parent, self.file.name)
        try:
            return shards.read(file)[0]
        except ValueError as error:
            raise ValueError(f"{error}: delete it and run `dvc pull --force data.dvc`.") from error

    def table(self, dataset: str) -> pd.DataFrame:
        """Accuracies after the last epoch, mean over the training seeds, and of each seed (`test_acc_0`, ...)."""
        states = self.states()
        last = states[states.epoch == states.epoch.max()]
        runs = last.pivot(index="arch", columns="seed", values=["valid_acc", "test_acc"])
        table = pd.DataFrame({f"{part}_{seed}": runs[part, seed] for part, seed in runs.columns})
        for part in ("valid_acc", "test_acc"):
            table[part] = runs[part].mean(axis=1)
        table["params"] = last.groupby("arch")["params"].first()
        return table.loc[states["arch"].drop_duplicates()]

    def images(self, dataset: str, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The first training images: distinct digits, each placed once.

        Raises:
            ValueError: more are asked than there are.
        """
        train = _parts()["train"]
        if count > len(train):
            raise ValueError(f"{count} training images asked, {len(train)} are there.")
        return train.inputs[:count], train.targets[:count]

    def measure(self, units: Sequence[tuple[str, int]]) -> pd.DataFrame:
        """Train (architecture, seed) pairs: one row per epoch, with architecture, seed and number of parameters."""
        tables = []
        for arch, seed in units:
            network = self.build(arch, "digits")
            network.position = trained_position
            fill(network, seed=seed)
            params = sum(p.numel() for p in network.parameters())
            states = training.train(network, _parts(), training.Schedule(), seed=seed)
            tables.append(states.assign(arch=arch, seed=seed, params=params))
        return pd.concat(tables, ignore_index=True)


def trained_position(name: str) -> str:
    """Position that keys a weight in training: in a cell another one than in scoring, hence other weights.

    >>> trained_position("body.stage1.cell0.edges.edge0-1.nor_conv_3x3.conv")
    'stage1.cell0.edges.edge0-1.nor_conv_3x3'
    """
    name = name.removeprefix("body.")
    return name if name.startswith("stem") else name.removesuffix(".conv")


def _operation_order(arch: str) -> tuple[str, ...]:
    """Sort key: the operations alone, so that the order does not depend on how a string is written."""
    return tuple(token.partition("~")[0] for group in arch.split("+") for token in group.strip("|").split("|"))


@lru_cache(maxsize=1)
def _parts() -> dict[str, Images]:
    return {name: PlacedDigits().part(name) for name in PARTS}
