"""Networks of cells with two inputs: the genotypes of DARTS and of the NASNet-like spaces of NDS."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from untrained.benchmarks.cells import ReLUConvBN
from untrained.registry import suggest

Edge = tuple[str, int]
"""Operation and the node it reads: 0 and 1 are the outputs of the last cell but one and of the last cell."""


class Genotype(NamedTuple):
    """Two cells; node 2 + k is the sum of edges 2k and 2k + 1, the output of a cell joins the nodes of `concat`."""

    normal: tuple[Edge, ...]
    normal_concat: tuple[int, ...]
    reduce: tuple[Edge, ...]
    reduce_concat: tuple[int, ...]


class Unit(nn.Sequential):
    """ReLU -> depthwise k x k (perhaps dilated by 2) -> 1 x 1 -> batch normalisation."""

    def __init__(self, channels: int, kernel: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        padding = dilation * (kernel // 2)
        self.relu = nn.ReLU()
        self.depthwise = nn.Conv2d(channels, channels, kernel, stride, padding, dilation, groups=channels, bias=False)
        self.pointwise = nn.Conv2d(channels, channels, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels)


class TwoUnits(nn.Sequential):
    """Two depthwise separable units, the stride in the first."""

    def __init__(self, channels: int, kernel: int, stride: int, dilation: int = 1) -> None:
        super().__init__()
        self.first = Unit(channels, kernel, stride, dilation)
        self.second = Unit(channels, kernel, 1, dilation)


class CrossedConv(nn.Sequential):
    """ReLU -> 1 x k -> k x 1 -> batch normalisation; each convolution strides along its own axis."""

    def __init__(self, channels: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.relu = nn.ReLU()
        self.row = nn.Conv2d(channels, channels, (1, kernel), (1, stride), (0, kernel // 2), bias=False)
        self.column = nn.Conv2d(channels, channels, (kernel, 1), (stride, 1), (kernel // 2, 0), bias=False)
        self.norm = nn.BatchNorm2d(channels)


class FactorizedReduce(nn.Module):
    """Half the resolution: BN(concat(a(relu x), b(relu x shifted by one pixel))), a and b 1 x 1 of stride 2."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.relu = nn.ReLU()
        self.conv_a = nn.Conv2d(inputs, outputs // 2, 1, 2, bias=False)
        self.conv_b = nn.Conv2d(inputs, outputs - outputs // 2, 1, 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Map of `outputs` channels; an odd side is padded with one 0."""
        x = self.relu(x)
        shifted = functional.pad(x, (-1, 1, -1, 1))
        return self.norm(torch.cat([self.conv_a(x), self.conv_b(shifted)], dim=1))


def _pool(kind: type[nn.Module], kernel: int, **options: bool) -> Callable[[int, int], nn.Module]:
    return lambda channels, stride: kind(kernel, stride, kernel // 2, **options)


OPERATIONS: dict[str, Callable[[int, int], nn.Module]] = {
    "skip_connect": lambda channels, stride: nn.Identity() if stride == 1 else FactorizedReduce(channels, channels),
    "avg_pool_3x3": _pool(nn.AvgPool2d, 3, count_include_pad=False),
    **{f"max_pool_{k}x{k}": _pool(nn.MaxPool2d, k) for k in (3, 5, 7)},
    **{f"conv_{k}x{k}": lambda channels, stride, k=k: ReLUConvBN(channels, channels, k, stride) for k in (1, 3)},
    **{f"conv_{k}x1_1x{k}": lambda channels, stride, k=k: CrossedConv(channels, k, stride) for k in (3, 7)},
    **{f"sep_conv_{k}x{k}": lambda channels, stride, k=k: TwoUnits(channels, k, stride) for k in (3, 5, 7)},
    **{f"dil_conv_{k}x{k}": lambda channels, stride, k=k: Unit(channels, k, stride, 2) for k in (3, 5)},
    "dil_sep_conv_3x3": lambda channels, stride: TwoUnits(channels, 3, stride, 2),
}
"""Modules of (channels, stride); the operation `none` has none and adds 0."""


class Cell(nn.Module):
    """One cell: both inputs are brought to `channels`, then every node sums its two edges.

    Args:
        edges: two for each node.
        concat: nodes that make the output.
        last: channels of the last cell's output.
        before: channels of the output of the cell before it.
        channels: of every node.
        reduction: edges that read an input have stride 2.
        shrunk: the last cell halved the resolution, so the older input is halved too.
    """

    def __init__(
        self,
        edges: Sequence[Edge],
        concat: Sequence[int],
        *,
        last: int,
        before: int,
        channels: int,
        reduction: bool = False,
        shrunk: bool = False,
    ) -> None:
        super().__init__()
        self.stride, self.concat = 2 if reduction else 1, tuple(concat)
        self.before = FactorizedReduce(before, channels) if shrunk else ReLUConvBN(before, channels, 1)
        self.last = ReLUConvBN(last, channels, 1)
        self.edges = nn.ModuleDict()
        self.nodes: list[list[tuple[int, str, str]]] = []
        for node, pair in enumerate(pairs(edges), start=2):
            self.nodes.append([])
            for name, source in pair:
                if name != "none":
                    place = f"edge{source}-{node}"
                    if place not in self.edges:
                        self.edges[place] = nn.ModuleDict()
                    label = name if name not in self.edges[place] else f"{name}_again"
                    self.edges[place][label] = OPERATIONS[name](channels, self.stride if source < 2 else 1)
                    self.nodes[-1].append((source, place, label))

    def forward(self, last: Tensor, before: Tensor) -> Tensor:
        """Output (n, channels x joined nodes, h, w) of the outputs of the last cell and of the one before it."""
        nodes = [self.before(before), self.last(last)]
        for edges in self.nodes:
            terms = [self.edges[place][label](nodes[source]) for source, place, label in edges]
            # A node without a term is 0 of its shape, still connected, so that every gradient is a true 0.
            nodes.append(sum(terms[1:], terms[0]) if terms else nodes[0][..., :: self.stride, :: self.stride] * 0)
        return torch.cat([nodes[node] for node in self.concat], dim=1)


def _stem(kind: str, width: int, channels: int) -> tuple[nn.Module, nn.Module, int]:
    """Modules that give the older and the newer input of the first cell, and channels of both."""
    if kind == "none":
        return nn.Identity(), nn.Identity(), channels
    first, second = nn.Sequential(), nn.Sequential()
    if kind == "cifar":
        first.conv, first.norm = nn.Conv2d(channels, 3 * width, 3, padding=1, bias=False), nn.BatchNorm2d(3 * width)
        return first, nn.Identity(), 3 * width
    if kind != "imagenet":
        raise ValueError(f"Unknown stem {kind!r}. {suggest(kind, ('cifar', 'imagenet', 'none'))}")
    first.conv_a, first.norm_a = nn.Conv2d(channels, width // 2, 3, 2, 1, bias=False), nn.BatchNorm2d(width // 2)
    first.relu = nn.ReLU()
    first.conv_b, first.norm_b = nn.Conv2d(width // 2, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width)
    second.relu = nn.ReLU()
    second.conv, second.norm = nn.Conv2d(width, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width)
    return first, second, width


class GenotypeNetwork(nn.Module):
    """Stem, cells, global average pool, linear; the cells at one and two thirds of the depth reduce and double the width.

    Stems: `cifar` conv3x3 -> BN of 3 C channels; `imagenet` three conv3x3 of stride 2, the second and the third give the
    two inputs of the first cell; `none` hands the image to both.

    Args:
        genotype: the two cells.
        width: channels of the first cell (C).
        cells: number of cells, both kinds.
        stem: `cifar`, `imagenet` or `none`.
        classes: outputs of the linear head.
        channels: input channels.

    Raises:
        ValueError: unknown stem.
    """

    def __init__(
        self, genotype: Genotype, *, width: int, cells: int, stem: str = "cifar", classes: int = 10, channels: int = 3
    ) -> None:
        super().__init__()
        self.stem, self.stem2, outputs = _stem(stem, width, channels)
        self.body = nn.ModuleDict()
        last = before = outputs
        shrunk, stage, index = stem == "imagenet", 1, 0
        for cell in range(cells):
            reduction = cell in (cells // 3, 2 * cells // 3)
            edges, concat = genotype[2:] if reduction else genotype[:2]
            if reduction:
                width, name, stage, index = 2 * width, f"reduction{stage}", stage + 1, 0
            else:
                name, index = f"stage{stage}_cell{index}", index + 1
            self.body[name] = Cell(
                edges, concat, last=last, before=before, channels=width, reduction=reduction, shrunk=shrunk
            )
            last, before, shrunk = len(concat) * width, last, reduction
        self.classifier = nn.Linear(last, classes)

    @staticmethod
    def position(name: str) -> str:
        """Name that keys a layer's weights: `stage2.cell0.edge0-3.sep_conv_5x5.first.depthwise`, `stem.conv`."""
        name = name.removeprefix("body.").replace("_cell", ".cell", 1).replace(".edges.", ".")
        return name if name.startswith("stem") else name.removesuffix(".conv")

    def blocks(self) -> list[str]:
        """Names of the modules that follow each other: the stem (an ImageNet stem has two parts), then every cell."""
        return [
            "stem",
            *(["stem2"] if isinstance(self.stem2, nn.Sequential) else []),
            *(f"body.{name}" for name in self.body),
        ]

    def features(self, x: Tensor) -> Tensor:
        """Feature map before the global pooling, the output of the last cell: (n, c, h, w)."""
        before = self.stem(x)
        last = self.stem2(before)
        for cell in self.body.values():
            last, before = cell(last, before), last
        return last

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n, classes) of images (n, channels, h, w)."""
        return self.classifier(self.features(x).mean(dim=(2, 3)))


class ThinCells(nn.Module):
    """A normal cell of one channel, a reduction cell of two, BN and ReLU, no stem: linear regions are counted on it."""

    def __init__(self, genotype: Genotype) -> None:
        super().__init__()
        joined = len(genotype.normal_concat)
        self.stage1_cell0 = Cell(*genotype[:2], last=1, before=1, channels=1)
        self.reduction1 = Cell(*genotype[2:], last=joined, before=1, channels=2, reduction=True)
        self.norm = nn.BatchNorm2d(2 * len(genotype.reduce_concat))
        self.relu = nn.ReLU()

    position = staticmethod(GenotypeNetwork.position)

    def forward(self, x: Tensor) -> Tensor:
        """Activated output (n, c, h/2, w/2) of maps (n, 1, h, w)."""
        return self.relu(self.norm(self.reduction1(self.stage1_cell0(x, x), x)))


def pairs(edges: Sequence[Edge]) -> Iterator[tuple[Edge, Edge]]:
    """The two edges of each node."""
    return zip(edges[::2], edges[1::2], strict=True)


def sorted_edges(edges: Sequence[Edge]) -> tuple[Edge, ...]:
    """The edges with each node's two in order, source first, and 0 as the source of `none`: the same function.

    >>> sorted_edges((("sep_conv_3x3", 1), ("none", 1)))
    (('none', 0), ('sep_conv_3x3', 1))
    """
    still = [(name, 0 if name == "none" else source) for name, source in edges]
    return tuple(edge for pair in pairs(still) for edge in sorted(pair, key=lambda edge: edge[::-1]))


def loose_ends(edges: Sequence[Edge]) -> tuple[int, ...]:
    """Nodes that no edge reads."""
    read = Counter(source for _, source in edges)
    return tuple(node for node in range(2, 2 + len(edges) // 2) if not read[node])


def one_change(edges: Sequence[Edge], operations: Sequence[str]) -> Iterator[tuple[Edge, ...]]:
    """Cells with one operation, or one source, changed."""
    for place, (name, source) in enumerate(edges):
        others = [(other, source) for other in operations if other != name]
        others += [(name, other) for other in range(2 + place // 2) if other != source]
        yield from ((*edges[:place], other, *edges[place + 1 :]) for other in others)


def check_edges(edges: Sequence[Edge], operations: Sequence[str], *, nodes: int) -> None:
    """Refuse what is no cell of a space.

    Raises:
        ValueError: an unknown operation, another number of edges, or a source that does not come before its node.
    """
    if len(edges) != 2 * nodes:
        raise ValueError(f"A cell has {2 * nodes} edges, two for each of {nodes} nodes; got {len(edges)}.")
    for place, (name, source) in enumerate(edges):
        if name not in operations:
            raise ValueError(f"Unknown operation {name!r}. {suggest(name, operations)}")
        if not 0 <= source < 2 + place // 2:
            raise ValueError(
                f"Edge {place} ({name}) reads node {source}; node {2 + place // 2} may read 0 to {1 + place // 2}."
            )
