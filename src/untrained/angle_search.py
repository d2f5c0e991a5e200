"""Search in the DARTS space by the angle metric: regularised evolution, or random drawing, on ranks among what was measured.

The paper's own procedure is not in its code (`yang2023revisiting`); evolution follows `real2019regularized`. Networks and
images are those of `untrained.states`, far smaller than the paper's.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import lru_cache
from sys import modules

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from untrained import angle, benchmarks, initialise, light_training, shards, states

PROTOCOL = light_training.LightTraining(padding=0, flip=False)
"""Of the light training of a genotype: digits are neither shifted nor flipped."""

Measure = Callable[[str], dict[str, float]]
"""From a genotype to cos_fc, cos_features, cos_all, loss, params and seconds."""


def measure(units: Sequence[tuple[str, int]]) -> pd.DataFrame:
    """Light training of (genotype, seed) pairs: the rows of `light_training.Measurement`."""
    rows = []
    for genotype, seed in units:
        network = states.network(genotype, seed=seed)
        params = sum(p.numel() for p in network.parameters())
        found = light_training.light_training(network, *_batches(seed), PROTOCOL)
        rows.append({"arch": genotype, "seed": seed, "params": params} | found)
    return pd.DataFrame(rows)


def key() -> str:
    """Digest of all that decides a row of `measure`, code included."""
    made = (modules[__name__], light_training, states, initialise)
    return shards.digest(states.decisions(), asdict(PROTOCOL), shards.source_digest(*made))


def evolve(
    measured: Measure, *, evaluations: int = 1000, population: int = 50, tournament: int = 10, seed: int = 0
) -> pd.DataFrame:
    """Regularised evolution: the best of a few living genotypes has a child, the oldest dies.

    A genotype's value is its `angle_loss_param` among those of its tournament, so it is never compared across generations.

    Args:
        measured: asked once for every new genotype.
        evaluations: how many are measured, the first `population` of them drawn from the space.
        population: how many live.
        tournament: how many of them are compared.
        seed: of all draws.

    Returns:
        What was measured, in order: arch and the values of `measured`.
    """
    generator = np.random.default_rng(seed)
    rows = [{"arch": arch, **measured(arch)} for arch in states.draw(population, seed=seed)]
    seen = {row["arch"] for row in rows}
    while len(rows) < evaluations:
        living = rows[-population:]
        rivals = [living[i] for i in generator.choice(population, min(tournament, population), replace=False)]
        child = _child(best(pd.DataFrame(rivals)), seen, generator)
        seen.add(child)
        rows.append({"arch": child, **measured(child)})
    return pd.DataFrame(rows)


def best(measured: pd.DataFrame) -> str:
    """The genotype with the highest `angle_loss_param` among those measured; the first of equals."""
    return str(angle.rank_sums(angle.scores(measured))["angle_loss_param"].idxmax())


def _child(parent: str, seen: set[str], generator: np.random.Generator) -> str:
    """A genotype one change away that was not seen, without the operation `none`; a longer walk where all were."""
    bench = benchmarks.get("darts")
    while True:
        near = [arch for arch in bench.neighbours(parent) if "'none'" not in arch]
        for place in generator.permutation(len(near)):
            if (child := bench.canonical(near[place])) not in seen:
                return child
        parent = near[generator.integers(len(near))]


@lru_cache(maxsize=2)
def _batches(seed: int) -> tuple[list[Tensor], Tensor]:
    """What every step sees, and the targets."""
    part = states.TASK.part("train")
    members = light_training.class_balanced(part.targets, PROTOCOL.images_per_class, seed=seed)
    inputs = torch.from_numpy(part.inputs[members])
    return light_training.augmented(inputs, PROTOCOL, seed=seed), torch.from_numpy(part.targets[members])
