"""DARTS-Digits, a bench of training states: DARTS genotypes trained by this project on placed digits, every epoch kept.

It stands in for the training states of liu2022das, which are not public, and is none of theirs.
"""

from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from sys import modules
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from untrained import benchmarks, codes, images, initialise, shards, training
from untrained.benchmarks import darts, genotypes
from untrained.benchmarks.nas_bench_201 import folder_file

NAME = "darts_digits"
SKELETON: dict[str, Any] = {"width": 4, "cells": 3, "channels": 1}
"""One normal cell and two reductions, 4 to 16 channels; DARTS trains 20 cells from 36."""
TASK = images.PlacedDigits(placements=(("train", 1), ("valid", 1), ("test", 2)))
SCHEDULE = training.Schedule(epochs=8, state_epochs=(0, 1, 2, 3, 5, 8))
DRAWN = tuple(name for name in darts.OPERATIONS if name != "none")
"""Operations of a drawn genotype: those that DARTS derives."""


def draw(count: int, *, seed: int) -> list[str]:
    """Genotypes drawn uniformly: every node of either cell reads two nodes before it, each through one of `DRAWN`.

    Any beginning of the list is a draw of its own.
    """
    found: dict[str, None] = {}
    generator = np.random.default_rng(seed)
    bench = benchmarks.get("darts")
    while len(found) < count:
        cells = [_cell(generator) for _ in range(2)]
        found[bench.canonical(darts.arch_str(genotypes.Genotype(cells[0], darts.JOINED, cells[1], darts.JOINED)))] = None
    return list(found)


def _cell(generator: np.random.Generator) -> tuple[genotypes.Edge, ...]:
    return tuple(
        (str(generator.choice(DRAWN)), int(source))
        for node in range(2, 6)
        for source in generator.choice(node, 2, replace=False)
    )


def network(genotype: str, *, seed: int) -> nn.Module:
    """The network that is trained; weights that no output depends on are constants of it and no parameters."""
    made = benchmarks.get("darts").build(genotype, "cifar10", seed=seed, **SKELETON)
    return without_unread(made, torch.from_numpy(_parts()["train"].inputs[:2]))


def without_unread(network: nn.Module, inputs: Tensor) -> nn.Module:
    """Make constants of the weights that the output does not depend on: a DARTS cell may leave one of its inputs unread."""
    weights = dict(network.eval().named_parameters())
    gradients = torch.autograd.grad(network(inputs).sum(), list(weights.values()), allow_unused=True)
    for (name, weight), gradient in zip(weights.items(), gradients, strict=True):
        if gradient is None:
            place, _, leaf = name.rpartition(".")
            module = network.get_submodule(place)
            delattr(module, leaf)
            module.register_buffer(leaf, weight.detach())
    return network


def measure(units: Sequence[tuple[str, int]]) -> pd.DataFrame:
    """Train (genotype, seed) pairs: the rows of `training.train` with genotype, seed and number of trained parameters."""
    tables = []
    for genotype, seed in units:
        made = network(genotype, seed=seed)
        params = sum(p.numel() for p in made.parameters())
        found = training.train(made, _parts(), SCHEDULE, seed=seed)
        tables.append(found.assign(arch=genotype, seed=seed, params=params))
    return pd.concat(tables, ignore_index=True)


def decisions() -> dict[str, Any]:
    """All that decides a row besides genotype and seed, for the digest and the data card."""
    return {"skeleton": SKELETON, "schedule": SCHEDULE.as_dict(), "task": asdict(TASK), "parts": str(images.PARTS)}


def key() -> str:
    """Digest of the decisions and of the code behind them."""
    made = (training, images, initialise, codes, genotypes, modules[__name__])
    return shards.digest(decisions(), shards.source_digest(*made))


def load(data: Path | str = "data") -> pd.DataFrame:
    """Every recorded state: one row per genotype, seed and epoch, epoch 0 untrained.

    Columns of `training.train`, and arch, seed, params, origin (`space`: drawn by this project; `benchmark`: also one of the
    thousand genotypes of the benchmark `darts`).

    Raises:
        FileNotFoundError: the data were not pulled.
    """
    return shards.read(folder_file(Path(data), NAME, "states.parquet"))[0]


@lru_cache(maxsize=1)
def _parts() -> dict[str, images.Images]:
    return {name: TASK.part(name) for name in images.PARTS}
