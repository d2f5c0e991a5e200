"""The networks that are timed: NAS-Bench-201 cells of any size on normal inputs, so no data are needed."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor, nn

from untrained.benchmarks.nas_bench_201 import CellSpace, parse
from untrained.initialise import draw

WEIGHTS = {"nor_conv_1x1": 1, "nor_conv_3x3": 9}
"""Weights of an operation per pair of channels."""


@dataclass(frozen=True)
class Space(CellSpace):
    """The cell space at the full size of NAS-Bench-201 if nothing else is said.

    Args:
        width: channels of the first stage.
        cells: cells per stage.
        stages: with a reduction between two of them.
        classes: outputs.
        side: pixels of a square input of three channels.
    """

    width: int = 16
    cells: int = 5
    stages: int = 3
    classes: int = 10
    side: int = 32

    @property
    def skeleton(self) -> dict[str, int]:
        """Width, cells, stages, classes and channels."""
        return {name: value for name, value in asdict(self).items() if name != "side"} | {"channels": 3}

    def network(self, arch: str) -> tuple[nn.Module, dict[str, Callable[[], nn.Module]]]:
        """The network of an architecture, and its variants."""
        return self.build(arch, "normal"), self.variants(arch, "normal")

    def minibatch(self, count: int) -> tuple[Tensor, Tensor]:
        """Standard normal inputs (count, 3, side, side), the same at every call, and each class in turn."""
        inputs = draw("bench.inputs", (count, 3, self.side, self.side), seed=0).astype(np.float32)
        return torch.from_numpy(inputs), torch.arange(count) % self.classes

    def spread(self, count: int) -> list[str]:
        """A stratified sample: the middles of `count` equal strata of the 9,445 unique cells, ordered by multiplications.

        Its mean estimates the mean over the unique cells. Cells of one size stand in a fixed random order.
        """
        unique = self.unique()
        order = np.lexsort((draw("bench.order", (len(unique),), seed=0), [multiplications(arch) for arch in unique]))
        return [unique[order[int((stratum + 0.5) * len(order) / count)]] for stratum in range(count)]

    def heaviest(self) -> str:
        """The cell of six 3 x 3 convolutions."""
        return max(self.unique(), key=multiplications)


def multiplications(arch: str) -> int:
    """Weights of a cell per pair of channels: every stage multiplies each of them equally often.

    >>> multiplications("|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|skip_connect~0|none~1|nor_conv_3x3~2|")
    19
    """
    return sum(WEIGHTS.get(name, 0) for name in parse(arch))
