"""Networks of the NAS-Bench-201 cell space: four nodes, six edges, five operations, any width and depth."""

from collections.abc import Callable, Sequence

from torch import Tensor, nn

OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
"""Edges (source, destination) in the order in which they stand in an architecture string."""

Cell = tuple[str, str, str, str, str, str]
"""The operation of each edge, in the order of `EDGES`."""


class ReLUConvBN(nn.Sequential):
    """ReLU -> convolution (no bias, same padding) -> batch normalisation."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.relu = nn.ReLU()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs)


def operation(name: str, channels: int) -> nn.Module | None:
    """One edge of a cell; None for the operation `none`, which adds nothing to its node."""
    match name:
        case "none":
            return None
        case "skip_connect":
            return nn.Identity()
        case "avg_pool_3x3":
            return nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
        case _:
            return ReLUConvBN(channels, channels, kernel=int(name[-1]))


def last_node(edges: nn.ModuleDict, x: Tensor, unfed: Callable[[], Tensor]) -> Tensor:
    """Node 3 of x_j = sum_i op_ij(x_i) over the edges that are there, x_0 the input.

    A node that none feeds is `unfed()`: zeros that depend on the input, so that the graph stays connected and every
    gradient is a true 0.
    """
    nodes = [x]
    for destination in (1, 2, 3):
        terms = [
            next(iter(edges[edge].values()))(nodes[source])
            for source in range(destination)
            if (edge := f"edge{source}-{destination}") in edges
        ]
        nodes.append(sum(terms[1:], terms[0]) if terms else unfed())
    return nodes[3]


class CellBlock(nn.Module):
    """One cell: node j = sum of its incoming edges, x_j = sum_i op_ij(x_i); node 0 is the input, node 3 the output."""

    def __init__(self, cell: Sequence[str], channels: int) -> None:
        super().__init__()
        self.edges = nn.ModuleDict()
        for (source, destination), name in zip(EDGES, cell, strict=True):
            block = operation(name, channels)
            if block is not None:
                self.edges[f"edge{source}-{destination}"] = nn.ModuleDict({name: block})

    def forward(self, x: Tensor) -> Tensor:
        """Cell output, of the shape of its input."""
        return last_node(self.edges, x, lambda: x * 0)


class Reduction(nn.Module):
    """Residual block of stride 2: conv1x1(avg_pool_2x2(x)) + b(a(x)), a and b ReLU-conv3x3-BN, a of stride 2."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv_a = ReLUConvBN(inputs, outputs, kernel=3, stride=2)
        self.conv_b = ReLUConvBN(outputs, outputs, kernel=3)
        self.pool = nn.AvgPool2d(2, stride=2)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Half the resolution, `outputs` channels."""
        return self.shortcut(self.pool(x)) + self.conv_b(self.conv_a(x))


class CellNetwork(nn.Module):
    """Stem, then `stages` times `cells` cells with a reduction before every stage but the first, then the head.

    stem: conv3x3 -> BN; head: BN -> ReLU -> global average pool -> linear. Width doubles at each reduction.

    Args:
        cell: six operations in the order of `EDGES`.
        width: channels of the first stage (C; 16 in NAS-Bench-201).
        cells: cells per stage (N; 5 in NAS-Bench-201).
        stages: 3 in NAS-Bench-201.
        classes: outputs of the linear head.
        channels: input channels.
    """

    def __init__(
        self, cell: Sequence[str], *, width: int = 16, cells: int = 5, stages: int = 3, classes: int = 10, channels: int = 3
    ) -> None:
        super().__init__()
        self.stem = nn.Sequential()
        self.stem.conv = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        self.stem.norm = nn.BatchNorm2d(width)
        self.body = nn.Sequential()
        for stage in range(stages):
            if stage:
                self.body.add_module(f"reduction{stage}", Reduction(width, 2 * width))
                width *= 2
            self.body.add_module(f"stage{stage + 1}", nn.Sequential())
            for index in range(cells):
                self.body[-1].add_module(f"cell{index}", CellBlock(cell, width))
        self.norm = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.classifier = nn.Linear(width, classes)

    @staticmethod
    def position(name: str) -> str:
        """Name that keys a layer's weights, free of the module tree: `stage2.cell0.edge1-3.nor_conv_3x3`, `stem.conv`."""
        name = name.removeprefix("body.").replace(".edges.", ".")
        return name if name.startswith("stem") else name.removesuffix(".conv")

    def blocks(self) -> list[str]:
        """Names of the modules that follow each other: the stem, then every cell and reduction."""
        stages = [(f"body.{name}", stage) for name, stage in self.body.named_children()]
        cells = (
            [f"{name}.{cell}" for cell, _ in stage.named_children()] if isinstance(stage, nn.Sequential) else [name]
            for name, stage in stages
        )
        return ["stem", *(name for names in cells for name in names)]

    def features(self, x: Tensor) -> Tensor:
        """Feature map before the global pooling, after the last BN and ReLU: (n, c, h, w)."""
        return self.relu(self.norm(self.body(self.stem(x))))

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n, classes) of images (n, channels, h, w)."""
        return self.classifier(self.features(x).mean(dim=(2, 3)))


class ThinCell(nn.Module):
    """One cell without a stem, then BN and ReLU: the reduced network on which linear regions are counted."""

    def __init__(self, cell: Sequence[str], *, width: int = 1) -> None:
        super().__init__()
        self.stage1 = nn.Sequential()
        self.stage1.cell0 = CellBlock(cell, width)
        self.norm = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()

    position = staticmethod(CellNetwork.position)

    def forward(self, x: Tensor) -> Tensor:
        """Activated cell output, of the shape of its input."""
        return self.relu(self.norm(self.stage1(x)))


def live(cell: Sequence[str]) -> Cell:
    """The cell with every dead operation set to `none`: unreachable from the input, or without a path to the output.

    >>> live(("none", "skip_connect", "nor_conv_3x3", "none", "none", "skip_connect"))
    ('none', 'skip_connect', 'none', 'none', 'none', 'skip_connect')
    """
    used = [edge for edge, name in zip(EDGES, cell, strict=True) if name != "none"]
    fed, reaching = {0}, {3}
    for source, destination in used:
        fed |= {destination} if source in fed else set()
    for source, destination in reversed(used):
        reaching |= {source} if destination in reaching else set()
    alive = {(source, destination) for source, destination in used if source in fed and destination in reaching}
    return tuple(name if edge in alive else "none" for edge, name in zip(EDGES, cell, strict=True))
