"""TE-NAS for real: supernets of the NAS-Bench-201 cells, built, measured and pruned."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
from torch import Tensor

from untrained import scoring
from untrained.benchmarks.cells import EDGES, OPERATIONS
from untrained.benchmarks.nas_bench_201 import arch_str
from untrained.benchmarks.supernet import SuperNetwork, ThinSuperCell
from untrained.initialise import filled
from untrained.search.pruning import Pruned, Sets, prune
from untrained.setting import Setting

CHOICES = (np.arange(len(OPERATIONS)),) * len(EDGES)
"""Operators of each edge, by their place in `OPERATIONS`."""


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
        rows = scoring.score(network, inputs, proxies=["cnntk", "nlr"], setting=setting, variants=thin).set_index("proxy")
        return float(rows.loc["cnntk", "value"]), float(rows.loc["nlr", "value"])

    return measured


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
