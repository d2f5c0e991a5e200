"""Networks of TransNAS-Bench-101: a stem, modules of cells or residual blocks that may change shape, a linear head."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from untrained.benchmarks.cells import EDGES, Cell, CellBlock, ReLUConvBN, last_node

Block = Callable[[int, int, int], nn.Module]
"""From input channels, output channels and stride to a module."""


class ShiftedReduction(nn.Module):
    """Strided skip: ReLU, then two conv1x1 of stride 2, the second one pixel further down and right, side by side, BN."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.relu = nn.ReLU()
        self.conv_a = nn.Conv2d(inputs, outputs // 2, 1, stride, bias=False)
        self.conv_b = nn.Conv2d(inputs, outputs - outputs // 2, 1, stride, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Half the resolution, `outputs` channels."""
        x = self.relu(x)
        return self.norm(torch.cat([self.conv_a(x), self.conv_b(pad(x, (-1, 1, -1, 1)))], 1))


class ReductionCell(nn.Module):
    """A cell whose edges from node 0 change shape: convolutions are strided, a skip becomes a `ShiftedReduction`."""

    def __init__(self, cell: Sequence[str], inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.outputs, self.stride = outputs, stride
        self.edges = nn.ModuleDict()
        for (source, destination), name in zip(EDGES, cell, strict=True):
            if name == "none":
                continue
            shape = (outputs, outputs, 1) if source else (inputs, outputs, stride)
            self.edges[f"edge{source}-{destination}"] = nn.ModuleDict({name: _edge(name, *shape)})

    def forward(self, x: Tensor) -> Tensor:
        """Cell output, of `stride` times smaller sides and `outputs` channels."""
        return last_node(self.edges, x, lambda: self._zeros(x))

    def _zeros(self, x: Tensor) -> Tensor:
        return (x[:, :1, :: self.stride, :: self.stride] * 0).expand(-1, self.outputs, -1, -1)


def _edge(name: str, inputs: int, outputs: int, stride: int) -> nn.Module:
    if name == "skip_connect":
        return nn.Identity() if stride == 1 and inputs == outputs else ShiftedReduction(inputs, outputs, stride)
    return ReLUConvBN(inputs, outputs, int(name[-1]), stride)


def cell_block(cell: Cell, inputs: int, outputs: int, stride: int) -> nn.Module:
    """The cell, in its plain form where the shape stays."""
    if stride == 1 and inputs == outputs:
        return CellBlock(cell, outputs)
    return ReductionCell(cell, inputs, outputs, stride)


class ResidualBlock(nn.Module):
    """b(a(x)) + x, a and b ReLU-conv3x3-BN; where the shape changes a is strided and x goes through conv1x1-BN."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv_a = ReLUConvBN(inputs, outputs, 3, stride)
        self.conv_b = ReLUConvBN(outputs, outputs, 3)
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential()
            self.shortcut.conv = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.shortcut.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Output of `stride` times smaller sides."""
        return self.shortcut(x) + self.conv_b(self.conv_a(x))


def modules(layout: str, block: Block, width: int, blocks: int) -> tuple[nn.Sequential, int]:
    """Modules of `blocks` blocks each; a module's first doubles the channels (codes 2, 4) and halves the sides (3, 4).

    Returns:
        The modules `module1.block0`, ..., and the channels of the last.
    """
    body = nn.Sequential()
    for number, code in enumerate(layout, start=1):
        inputs, width = width, 2 * width if code in "24" else width
        made = [block(inputs, width, 2 if code in "34" else 1), *(block(width, width, 1) for _ in range(blocks - 1))]
        body.add_module(f"module{number}", nn.Sequential())
        for index, one in enumerate(made):
            body[-1].add_module(f"block{index}", one)
    return body, width


class EncoderNetwork(nn.Module):
    """Stem of total stride 4 (conv3x3-BN, ReLU-conv3x3-BN), modules of blocks, global average pool, linear head.

    Args:
        layout: code of each module.
        block: makes one block.
        width: channels after the stem (64 in TransNAS-Bench-101).
        blocks: blocks of a module (2 in TransNAS-Bench-101).
        classes: outputs of the linear head.
        channels: input channels.
    """

    def __init__(self, layout: str, block: Block, *, width: int, blocks: int, classes: int, channels: int = 3) -> None:
        super().__init__()
        self.stem = nn.Sequential()
        self.stem.conv_a = nn.Conv2d(channels, width // 2, 3, 2, padding=1, bias=False)
        self.stem.norm = nn.BatchNorm2d(width // 2)
        self.stem.conv_b = ReLUConvBN(width // 2, width, 3, stride=2)
        self.body, width = modules(layout, block, width, blocks)
        self.classifier = nn.Linear(width, classes)

    @staticmethod
    def position(name: str) -> str:
        """What keys a layer's weights: `module2.block0.edge1-3.nor_conv_3x3`, `module1.block0.conv_a`, `stem.conv_b`."""
        return name.removeprefix("body.").replace(".edges.", ".").removesuffix(".conv")

    def blocks(self) -> list[str]:
        """Names of the modules that follow each other: the stem, then every block."""
        return [
            "stem",
            *(f"body.{name}.{block}" for name, part in self.body.named_children() for block, _ in part.named_children()),
        ]

    def features(self, x: Tensor) -> Tensor:
        """The encoder's output, before the global pooling: (n, c, h, w)."""
        return self.body(self.stem(x))

    def forward(self, x: Tensor) -> Tensor:
        """Outputs of the head (n, classes) for images (n, channels, h, w)."""
        return self.classifier(self.features(x).mean(dim=(2, 3)))


class ThinLayout(nn.Module):
    """One residual block per module from one channel, BN, ReLU: the reduced network on which linear regions are counted."""

    def __init__(self, layout: str) -> None:
        super().__init__()
        self.body, width = modules(layout, ResidualBlock, 1, 1)
        self.norm, self.relu = nn.BatchNorm2d(width), nn.ReLU()

    position = staticmethod(EncoderNetwork.position)

    def forward(self, x: Tensor) -> Tensor:
        """Activated output of the last block."""
        return self.relu(self.norm(self.body(x)))
