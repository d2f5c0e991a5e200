"""Searches in the DARTS space that score every network they look at: SWAP-NAS for real, without a table."""

from collections.abc import Callable, Mapping, Sequence
from time import process_time

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from untrained import benchmarks, scoring
from untrained.benchmarks import darts
from untrained.benchmarks.genotypes import Genotype
from untrained.search.evolution_by_score import Code, evolve_by_score, regularised
from untrained.setting import Setting

NETWORK = {"width": 3, "cells": 1, "stem": "none", "classes": 1}
"""The network that SWAP scores: its size in thousands of parameters is what mu and sigma speak of."""
CHOICES = tuple(np.arange(count) for node in range(4) for _ in range(2) for count in (len(darts.OPERATIONS), 2 + node))
"""For each of the two edges of each node: eight operations, and the nodes before it. Both cells are equal."""
Scorer = Callable[[str], tuple[float, float, float]]
"""From a genotype to its score, thousands of parameters, and CPU seconds."""


def genotype(code: Code) -> str:
    """The genotype of sixteen numbers: operation and source of each edge; normal and reduction cell are equal."""
    edges = tuple(
        (darts.OPERATIONS[operation], int(source)) for operation, source in zip(code[::2], code[1::2], strict=True)
    )
    return darts.arch_str(Genotype(edges, darts.JOINED, edges, darts.JOINED))


def swap_scorer(inputs: Tensor, *, repeats: int = 1, seed: int = 0) -> Scorer:
    """SWAP as its authors measure it: one minibatch, weights from N(0, 1), the mean over `repeats` draws of them.

    Args:
        inputs: minibatch (n, 3, h, w); 16 images in the paper.
        repeats: draws of weights; 32 in the paper.
        seed: of the weights.
    """
    bench = benchmarks.get("darts")
    options = {"swap": {"init": "gaussian", "repeats": repeats}}
    setting = Setting(dataset="cifar10", inputs="cifar10", seed=seed, batch=len(inputs), init=None, options=options)

    def measured(arch: str) -> tuple[float, float, float]:
        start = process_time()
        network = bench.build(arch, "cifar10", **NETWORK)
        row = scoring.score(network, inputs, proxies=["swap"], setting=setting, arch=arch).iloc[0]
        return float(row["value"]), sum(p.numel() for p in network.parameters()) / 1e3, process_time() - start

    return measured


def run(
    scorer: Scorer, steering: Mapping[str, tuple[float, float] | None], seeds: Sequence[int], **effort: int
) -> pd.DataFrame:
    """Evolutions by SWAP, one for each steering and seed.

    Args:
        scorer: measures a genotype; what one search has measured is not measured again by the next, but charged.
        steering: mu and sigma in thousands of parameters by label; None for the score alone.
        seeds: one evolution each.
        **effort: of `evolve_by_score`: population, cycles, sample, mutations.

    Returns:
        One row per scored genotype, in order: steering, mu, seed, step, arch, swap, thousands, value (what was followed),
        seconds.
    """
    known: dict[str, tuple[float, float, float]] = {}
    rows = []
    for label, bell in steering.items():
        mu, sigma = bell or (None, None)
        for seed in seeds:
            steps = []

            def value(code: Code) -> float:
                arch = genotype(code)
                if arch not in known:
                    known[arch] = scorer(arch)
                swap, thousands, seconds = known[arch]
                steps.append((arch, swap, thousands, float(regularised(swap, thousands, mu, sigma)), seconds))  # noqa: B023
                return steps[-1][3]  # noqa: B023

            evolve_by_score(value, CHOICES, np.random.default_rng(seed), **effort)
            rows += [(label, np.nan if mu is None else mu, seed, step, *found) for step, found in enumerate(steps, start=1)]
    columns = ["steering", "mu", "seed", "step", "arch", "swap", "thousands", "value", "seconds"]
    return pd.DataFrame(rows, columns=columns)


def scored(scorer: Scorer, archs: Sequence[str]) -> pd.DataFrame:
    """Score, size and seconds of genotypes, index arch."""
    return pd.DataFrame(
        [scorer(arch) for arch in archs], columns=["swap", "thousands", "seconds"], index=pd.Index(archs, name="arch")
    )


def minibatch(bench: benchmarks.Benchmark, count: int) -> Tensor:
    """The first training images (count, 3, 32, 32)."""
    return torch.from_numpy(bench.images("cifar10", count)[0])


def ends(searches: pd.DataFrame) -> pd.DataFrame:
    """The best genotype of each search by what it followed, with `scored`, how many it looked at, and their seconds."""
    groups = searches.groupby(["steering", "seed"], sort=False)
    best = searches.loc[groups["value"].idxmax()].drop(columns=["step", "seconds"]).set_index(["steering", "seed"])
    return best.assign(scored=groups.size(), seconds=groups["seconds"].sum()).reset_index()
