"""Small networks that every proxy has to cope with, each with a minibatch; weights follow from the layers' names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from untrained.benchmarks.cells import CellNetwork, ThinCell
from untrained.initialise import draw, fill

COUNT, SIDE, CLASSES = 8, 6, 3
MIXED = ("nor_conv_3x3", "skip_connect", "nor_conv_1x1", "avg_pool_3x3", "none", "nor_conv_3x3")


class Residual(nn.Module):
    """x + b(a(x)) between a stem and a linear head with bias."""

    def __init__(self, classes: int = CLASSES) -> None:
        super().__init__()
        self.stem, self.norm, self.relu = nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU()
        self.a, self.b = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.head = nn.Linear(4, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.norm(self.stem(x)))
        return self.head((x + self.b(self.relu(self.a(x)))).mean((2, 3)))


def convolutions(*middle: nn.Module, classes: int = CLASSES) -> nn.Module:
    """Two convolutions with something in between, pooled, and a linear head."""
    head = (nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(16, classes))
    return nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), *middle, nn.Conv2d(6, 4, 3), *head)


def mlp(classes: int = CLASSES) -> nn.Module:
    """Three linear layers with dropout."""
    hidden = (nn.Linear(SIDE**2, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 12), nn.ReLU())
    return nn.Sequential(nn.Flatten(), *hidden, nn.Linear(12, classes))


def cell(operations: tuple[str, ...] = MIXED, classes: int = CLASSES) -> nn.Module:
    """A NAS-Bench-201 cell in the smallest skeleton with a reduction."""
    return CellNetwork(operations, width=4, cells=1, stages=2, classes=classes, channels=1)


def filled(make: Callable[[], nn.Module]) -> nn.Module:
    """A network with its weights, without touching the shared random state."""
    with torch.random.fork_rng():
        return fill(make(), seed=0)


@dataclass(frozen=True)
class Case:
    """How to build a network of some number of outputs, and its relatives."""

    make: Callable[..., nn.Module]
    reduced: Callable[[], nn.Module] | None = field(default=None)

    def network(self) -> nn.Module:
        """The network, the same weights at every call."""
        return filled(self.make)

    def variants(self) -> Mapping[str, Callable[[], nn.Module]]:
        """`one_output` always; `reduced` where there is one."""
        one = {"one_output": lambda: filled(lambda: self.make(classes=1))}
        return one | ({"reduced": lambda: filled(self.reduced)} if self.reduced else {})


CASES = {
    "cell": Case(cell, lambda: ThinCell(MIXED)),
    "disconnected": Case(lambda classes=CLASSES: cell(("none",) * 6, classes), lambda: ThinCell(("none",) * 6)),
    "mlp": Case(mlp),
    "residual": Case(Residual),
    "no_relu": Case(lambda classes=CLASSES: convolutions(nn.BatchNorm2d(6), nn.Tanh(), classes=classes)),
    "no_norm": Case(lambda classes=CLASSES: convolutions(nn.ReLU(), classes=classes)),
    "gelu": Case(lambda classes=CLASSES: convolutions(nn.BatchNorm2d(6), nn.GELU(), classes=classes)),
    "silu": Case(lambda classes=CLASSES: convolutions(nn.GroupNorm(2, 6), nn.SiLU(), classes=classes)),
}


def minibatch(count: int = COUNT) -> tuple[Tensor, Tensor]:
    """Normal images (count, 1, 6, 6) and classes 0, 1, 2, 0, ..."""
    images = draw("tests.images", (count, 1, SIDE, SIDE), seed=0).astype(np.float32)
    return torch.from_numpy(images), torch.arange(count) % CLASSES
