"""A few full-batch steps on a hundred images: how far the weights of a network turn, and what loss is left.

Reference: yang2023revisiting.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from math import isfinite, nan
from sys import modules
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from untrained import benchmarks, images, initialise, shards
from untrained.benchmarks import cells, genotypes
from untrained.initialise import fill, weighted_layers


@dataclass(frozen=True)
class LightTraining:
    """SGD with Nesterov momentum at a constant rate; every step sees all images, freshly cropped and flipped.

    The defaults are the published ones, for images of 32 x 32.
    """

    images_per_class: int = 10
    steps: int = 50
    learning_rate: float = 0.2
    momentum: float = 0.9
    weight_decay: float = 5e-4
    padding: int = 4
    flip: bool = True

    def as_dict(self) -> dict[str, Any]:
        """All decisions, for a digest or a data card."""
        return asdict(self)


def class_balanced(targets: np.ndarray, per_class: int, *, seed: int) -> np.ndarray:
    """Positions of `per_class` images of every class, drawn by seed, class after class.

    Raises:
        ValueError: a class has fewer images.
    """
    generator = np.random.default_rng(seed)
    classes, counts = np.unique(targets, return_counts=True)
    if counts.min() < per_class:
        few = classes[counts.argmin()]
        raise ValueError(f"Class {few} has {counts.min()} images, {per_class} of each are wanted: read more images.")
    return np.concatenate([generator.choice(np.flatnonzero(targets == c), per_class, replace=False) for c in classes])


def augmented(
    inputs: Float[Tensor, "n c h w"], protocol: LightTraining, *, seed: int, border: Float[Tensor, "c 1 1"] | float = 0.0
) -> list[Float[Tensor, "n c h w"]]:
    """The batch of every step: each image shifted by up to `padding` pixels and flipped half of the time.

    They depend on the seed alone, so all networks of a table are trained on the same pixels.

    Args:
        inputs: the images.
        protocol: padding, flip, and how many steps.
        seed: of shifts and flips.
        border: what a black pixel is after normalisation, which is what a shift uncovers.
    """
    generator = np.random.default_rng([seed, 1])
    count, _, height, width = inputs.shape
    padded = functional.pad(inputs - border, [protocol.padding] * 4) + border
    members = torch.arange(count)[:, None, None]
    batches = []
    for _ in range(protocol.steps):
        tops, lefts = generator.integers(2 * protocol.padding + 1, size=(2, count))
        rows, columns = tops[:, None] + np.arange(height), lefts[:, None] + np.arange(width)
        if protocol.flip:
            columns = np.where(generator.random((count, 1)) < 0.5, columns[:, ::-1], columns)
        picked = padded[members, :, torch.from_numpy(rows)[:, :, None], torch.from_numpy(columns)[:, None, :]]
        batches.append(picked.permute(0, 3, 1, 2))
    return batches


def cosine(before: Tensor, after: Tensor) -> float:
    """<a, b> / (|a| |b|) of two weights as flat vectors, in float64: near 1 single precision has no digits left.

    >>> round(cosine(torch.tensor([1.0, 0, 0]), torch.tensor([1.0, 1, 0])), 8)
    0.70710678
    """
    a, b = before.double().flatten(), after.double().flatten()
    return float(a @ b / (a.norm() * b.norm()))


def light_training(
    network: nn.Module, batches: Sequence[Tensor], targets: Int[Tensor, " n"], protocol: LightTraining
) -> dict[str, float]:
    """Train in place and say how far the weights turned: cos_{fc,features,all}, loss of the last batch, CPU seconds.

    cos = <W0, W1> / (|W0| |W1|),  W0 and W1 the weights (no bias) before and after, of the layer `classifier`, of all
    convolutions and linear layers before it, and of both. The loss is the cross-entropy in nats that the last step was
    taken from, in training mode. A training that diverges gives nan for all of them.
    """
    start = time.process_time()
    network.train().to(memory_format=torch.channels_last)
    layers = [layer.weight for _, layer in weighted_layers(network) if layer is not network.classifier]
    before, head = torch.cat([w.detach().flatten().clone() for w in layers]), network.classifier.weight.detach().clone()
    optimiser = torch.optim.SGD(
        network.parameters(),
        protocol.learning_rate,
        protocol.momentum,
        weight_decay=protocol.weight_decay,
        nesterov=protocol.momentum > 0,
    )
    for batch in batches:
        loss = functional.cross_entropy(network(batch), targets)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    after = torch.cat([w.detach().flatten() for w in layers])
    turned = network.classifier.weight.detach()
    found = {
        "cos_fc": cosine(head, turned),
        "cos_features": cosine(before, after),
        "cos_all": cosine(torch.cat([before, head.flatten()]), torch.cat([after, turned.flatten()])),
        "loss": float(loss.detach()),
    }
    if not all(map(isfinite, found.values())):
        found = dict.fromkeys(found, nan)
    return found | {"seconds": time.process_time() - start}


@dataclass(frozen=True)
class Measurement:
    """The light training of architectures of a benchmark: a picklable function from (arch, seed) pairs to rows.

    Attributes:
        benchmark: registered name.
        dataset: whose classes the network has.
        protocol: of the training.
        skeleton: changes of the network's size, as pairs of name and value.
        side: of the images in pixels, averaged down from the benchmark's own; None leaves them.
        images: how many of the benchmark's first training images the subset is drawn from.
        data: folder of the benchmark's tables.
    """

    benchmark: str
    dataset: str
    protocol: LightTraining
    skeleton: tuple[tuple[str, Any], ...] = ()
    side: int | None = None
    images: int = 1000
    data: str = "data"

    @property
    def key(self) -> str:
        """Digest of all that decides a row, code included."""
        decided = asdict(self) | {"data": None}
        return shards.digest(decided, shards.source_digest(modules[__name__], images, initialise, cells, genotypes))

    def __call__(self, units: Sequence[tuple[str, int]]) -> pd.DataFrame:
        """One row per unit: arch, seed, cosines and loss of `light_training`, params of the trained network, seconds."""
        bench, rows = benchmarks.get(self.benchmark, self.data), []
        for arch, seed in units:
            network = fill(bench.build(arch, self.dataset, **dict(self.skeleton)), seed=seed)
            found = light_training(network, *_batches(self, seed), self.protocol)
            rows.append({"arch": arch, "seed": seed, "params": sum(p.numel() for p in network.parameters())} | found)
        return pd.DataFrame(rows)


@lru_cache(maxsize=2)
def _batches(job: Measurement, seed: int) -> tuple[list[Tensor], Tensor]:
    """What every step sees, and the targets, shared by all architectures of a seed."""
    inputs, targets = benchmarks.get(job.benchmark, job.data).images(job.dataset, job.images)
    members = class_balanced(targets, job.protocol.images_per_class, seed=seed)
    small = torch.from_numpy(inputs[members])
    if job.side:
        small = functional.interpolate(small, size=(job.side, job.side), mode="area")
    mean, std = map(np.float32, images.MEAN_STD.get(job.dataset, ((0.0,), (1.0,))))
    border = torch.from_numpy(-mean / std)[:, None, None]
    return augmented(small, job.protocol, seed=seed, border=border), torch.from_numpy(targets[members])
