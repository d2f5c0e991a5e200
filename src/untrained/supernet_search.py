"""TE-NAS for real: supernets of the NAS-Bench-201 cells, built, measured and pruned."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from sys import modules
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from untrained import benchmarks, proxies, resuming, scoring, shards
from untrained.benchmarks import supernet
from untrained.benchmarks.cells import EDGES, OPERATIONS
from untrained.benchmarks.nas_bench_201 import arch_str
from untrained.benchmarks.supernet import SuperNetwork, ThinSuperCell
from untrained.initialise import filled
from untrained.search import pruning
from untrained.search.pruning import Pruned, Sets, prune
from untrained.setting import Setting

CHOICES = (np.arange(len(OPERATIONS)),) * len(EDGES)
"""Operators of each edge, by their place in `OPERATIONS`."""

SCORES = ("cnntk", "nlr")
"""Proxies whose ranks are added."""


def supernet_scorer(
    inputs: Tensor, *, seed: int = 0, skeleton: Mapping[str, int], options: Mapping[str, Mapping[str, Any]]
) -> Callable[[Sets], tuple[float, float]]:
    """Condition number of the NTK and number of linear regions of a supernet.

    Args:
        inputs: minibatch (n, channels, h, w).
        seed: of the weights, the same for every supernet: an operator keeps its weights when another one goes.
        skeleton: of the network whose kernel is taken: width, cells, stages, classes.
        options: of the proxies `cnntk` and `nlr`.
    """
    setting = Setting(seed=seed, batch=len(inputs), init=None, options=options)

    def measured(sets: Sets) -> tuple[float, float]:
        names = [[OPERATIONS[operator] for operator in operators] for operators in sets]
        network = filled(partial(SuperNetwork, names, **skeleton), seed=seed)
        thin = {"reduced": lambda: filled(partial(ThinSuperCell, names))}
        rows = scoring.score(network, inputs, proxies=SCORES, setting=setting, variants=thin).set_index("proxy")
        condition, regions = (float(rows.loc[name, "value"]) for name in SCORES)
        return condition, regions

    return measured


@dataclass(frozen=True)
class Pruning:
    """Prunings on a benchmark's images: a picklable function from seeds to the rows of `run`, so that a killed run goes on.

    Attributes:
        benchmark: registered name.
        dataset: whose images the supernets see, and whose network they are a smaller one of.
        batch: inputs of the kernel.
        skeleton: changes of the network whose kernel is taken.
        options: of the proxies `cnntk` and `nlr`.
        data: folder of the benchmark's tables.
    """

    benchmark: str
    dataset: str
    batch: int
    skeleton: Mapping[str, int]
    options: Mapping[str, Mapping[str, Any]]
    data: str = "data"

    @property
    def key(self) -> str:
        """Digest of all that decides a pruning."""
        code = shards.source_digest(
            modules[__name__], supernet, pruning, *(modules[proxies.get(name).function.__module__] for name in SCORES)
        )
        return shards.digest(asdict(self) | {"data": None}, code, resuming.core(benchmarks.get(self.benchmark, self.data)))

    def __call__(self, seeds: Sequence[int]) -> pd.DataFrame:
        """Rows of `run`, one pruning per seed."""
        bench = benchmarks.get(self.benchmark, self.data)
        inputs = torch.from_numpy(bench.images(self.dataset, max(self.batch, 64))[0])
        skeleton = bench.skeleton_of(self.dataset) | dict(self.skeleton)
        return run(lambda seed: supernet_scorer(inputs, seed=seed, skeleton=skeleton, options=self.options), seeds)


def run(scorer_of: Callable[[int], Callable[[Sets], tuple[float, float]]], seeds: Sequence[int]) -> pd.DataFrame:
    """Prunings by seed.

    Args:
        scorer_of: from a seed to a scorer, whose weights it draws.
        seeds: one pruning each.

    Returns:
        One row per seed, round and edge: seed, round, edge, operators, arch (what is left at the end), scored, seconds.
    """
    rows = []
    for seed in seeds:
        start = process_time()
        found: Pruned = prune(scorer_of(seed), CHOICES, np.random.default_rng(seed))
        about = (arch_str([OPERATIONS[operator] for operator in found.code]), found.scored, process_time() - start)
        for turn, sets in enumerate(found.rounds):
            for edge, operators in zip(EDGES, sets, strict=True):
                names = " ".join(OPERATIONS[operator] for operator in operators)
                rows.append((seed, turn, f"{edge[0]}-{edge[1]}", names, *about))
    return pd.DataFrame(rows, columns=["seed", "round", "edge", "operators", "arch", "scored", "seconds"])
