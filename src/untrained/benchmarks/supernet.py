"""Supernets of the NAS-Bench-201 cell space: every edge adds up several operations at once."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from untrained.benchmarks.cells import EDGES, CellNetwork, ThinCell, operation


class SuperCell(nn.Module):
    """One cell: x_j = sum_i sum_o o(x_i) over the operations o of edge (i, j); one operation each makes it a plain cell."""

    def __init__(self, sets: Sequence[Sequence[str]], channels: int) -> None:
        super().__init__()
        self.edges = nn.ModuleDict()
        for (source, destination), names in zip(EDGES, sets, strict=True):
            blocks = {name: operation(name, channels) for name in names}
            blocks = {name: block for name, block in blocks.items() if block is not None}
            if blocks:
                self.edges[f"edge{source}-{destination}"] = nn.ModuleDict(blocks)

    def forward(self, x: Tensor) -> Tensor:
        """Cell output, of the shape of its input."""
        nodes = [x]
        for destination in (1, 2, 3):
            terms = [
                block(nodes[source])
                for source in range(destination)
                if (edge := f"edge{source}-{destination}") in self.edges
                for block in self.edges[edge].values()
            ]
            nodes.append(sum(terms[1:], terms[0]) if terms else x * 0)
        return nodes[3]


class SuperNetwork(CellNetwork):
    """A network of the space whose cells are supernets; weights are keyed as in the networks it contains.

    Args:
        sets: operations of each edge, in the order of `EDGES`.
        **skeleton: of `CellNetwork`: width, cells, stages, classes, channels.
    """

    def __init__(self, sets: Sequence[Sequence[str]], *, width: int = 16, **skeleton: Any) -> None:
        super().__init__(("none",) * len(EDGES), width=width, **skeleton)
        stages = [stage for stage in self.body if isinstance(stage, nn.Sequential)]
        for level, stage in enumerate(stages):
            for name, _ in list(stage.named_children()):
                setattr(stage, name, SuperCell(sets, width * 2**level))


class ThinSuperCell(ThinCell):
    """One supernet cell of one channel, then BN and ReLU: where its linear regions are counted."""

    def __init__(self, sets: Sequence[Sequence[str]], *, width: int = 1) -> None:
        super().__init__(("none",) * len(EDGES), width=width)
        self.stage1.cell0 = SuperCell(sets, width)
