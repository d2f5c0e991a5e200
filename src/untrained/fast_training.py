"""The embedded bench after T iterations on a few images of each class: what a short training leaves to be scored.

Key of the idea: `liu2022das`, which does not state its schedule; this one follows common practice.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from sys import modules

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from untrained import benchmarks, codes, images, initialise, shards, training
from untrained.benchmarks import cells
from untrained.initialise import draw
from untrained.light_training import class_balanced


@dataclass(frozen=True)
class FastTraining:
    """SGD with momentum under a cosine from `learning_rate` to 0 over T iterations; a picklable function of units.

    Attributes:
        images_per_class: of the training images, drawn by seed.
        batch: images of an iteration; a smaller subset is seen whole each time.
        learning_rate: at the first iteration.
        momentum: without Nesterov.
        weight_decay: of all parameters.
        held_out: validation images whose codes are taken.
    """

    images_per_class: int = 10
    batch: int = 128
    learning_rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 5e-4
    held_out: int = 64

    @property
    def key(self) -> str:
        """Digest of all that decides a row, code included."""
        made = (modules[__name__], training, images, initialise, codes, cells)
        return shards.digest(asdict(self), shards.source_digest(*made))

    def __call__(self, units: Sequence[tuple[str, int, int]]) -> pd.DataFrame:
        """One row per (arch, seed, iterations): the columns of a state of `training.train`, and CPU seconds."""
        bench, rows = benchmarks.get("nas_bench_digits"), []
        for arch, seed, iterations in units:
            network, (inputs, targets) = bench.build(arch, "digits", seed=seed), self._subset(seed)
            seconds = self._train(network, inputs, targets, iterations, seed)
            valid = _part("valid")
            loss, accuracy = training.evaluate(network, *valid)
            left, _ = training.evaluate(network, inputs, targets)
            found = training.state(network, *(part[: self.held_out] for part in valid))
            about = {"arch": arch, "seed": seed, "iterations": iterations, "seconds": seconds}
            rows.append(about | {"valid_loss": loss, "valid_acc": accuracy, "train_loss": left} | found)
        return pd.DataFrame(rows)

    def _subset(self, seed: int) -> tuple[Tensor, Tensor]:
        inputs, targets = _part("train")
        members = class_balanced(targets[:1000].numpy(), self.images_per_class, seed=seed)  # each digit at one place
        return inputs[members], targets[members]

    def _train(self, network: torch.nn.Module, inputs: Tensor, targets: Tensor, iterations: int, seed: int) -> float:
        """Train in place; CPU seconds."""
        start = time.process_time()
        network.train().to(memory_format=torch.channels_last)
        if not iterations:
            return 0.0
        optimiser = torch.optim.SGD(network.parameters(), self.learning_rate, self.momentum, weight_decay=self.weight_decay)
        cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, iterations)
        for step in range(iterations):
            order = np.argsort(draw(f"order.step{step}", (len(targets),), seed=seed))[: self.batch]
            loss = cross_entropy(network(inputs[order]), targets[order])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            cosine.step()
        return time.process_time() - start


def as_states(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of `FastTraining` as `fast.after` reads recorded states: T in `epoch`, seconds beyond the next smaller T."""
    rows = rows.sort_values("iterations", kind="stable").rename(columns={"iterations": "epoch"})
    beyond = rows.groupby(["arch", "seed"])["seconds"].diff()
    return rows.assign(seconds=beyond.fillna(rows["seconds"]))


@lru_cache(maxsize=2)
def _part(name: str) -> tuple[Tensor, Tensor]:
    part = images.PlacedDigits().part(name)
    return torch.from_numpy(part.inputs), torch.from_numpy(part.targets)
