"""NAS-Bench-Digits, the embedded bench: NAS-Bench-201 cells trained by this project on placed handwritten digits."""

import itertools
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pandas as pd
from torch import nn

from untrained import training
from untrained.benchmarks.cells import OPERATIONS, CellNetwork, live
from untrained.images import PARTS, PlacedDigits
from untrained.initialise import draw, fill

EXTREMES = tuple((name,) * 6 for name in ("skip_connect", "nor_conv_3x3", "avg_pool_3x3", "none"))
SKELETON = {"width": 8, "cells": 1, "stages": 2, "classes": 10, "channels": 1}


def arch_str(cell: Sequence[str]) -> str:
    """The benchmark authors' string: `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`."""
    a, b, c, d, e, f = cell
    return f"|{a}~0|+|{b}~0|{c}~1|+|{d}~0|{e}~1|{f}~2|"


def sample(count: int, *, seed: int) -> list[str]:
    """The extremes, then a uniform sample of the other unique cells: any prefix after the extremes is uniform too."""
    unique = sorted({live(cell) for cell in itertools.product(OPERATIONS, repeat=6)} - set(EXTREMES))
    order = np.argsort(draw("nas_bench_digits.sample", (len(unique),), seed=seed), kind="stable")
    return [arch_str(cell) for cell in (*EXTREMES, *(unique[i] for i in order))][:count]


@lru_cache(maxsize=1)
def _parts() -> dict:
    return {name: PlacedDigits().part(name) for name in PARTS}


def measure(units: Sequence[tuple[str, int]]) -> pd.DataFrame:
    """Train (architecture, seed) pairs: one row per epoch, with the architecture, the seed and the number of parameters."""
    tables = []
    for arch, seed in units:
        cell = tuple(part.split("~")[0] for part in arch.replace("+", "").split("|") if part)
        network: nn.Module = fill(CellNetwork(cell, **SKELETON), seed=seed)
        params = sum(p.numel() for p in network.parameters())
        states = training.train(network, _parts(), training.Schedule(), seed=seed)
        tables.append(states.assign(arch=arch, seed=seed, params=params))
    return pd.concat(tables, ignore_index=True)
