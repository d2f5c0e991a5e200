"""NAS-Bench-101: 423,624 cells of up to seven vertices and nine edges, trained on CIFAR-10."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from untrained import images
from untrained.benchmarks import benchmark, trained
from untrained.benchmarks.graphs import Graph, GraphSpace, Sources, parse
from untrained.initialise import filled


class ConvBNReLU(nn.Sequential):
    """Convolution (no bias, same padding) -> batch normalisation -> ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs, eps=1e-5, momentum=1 - 0.997)  # torch weighs the new value, the authors the old
        self.relu = nn.ReLU()


def operation(name: str, channels: int) -> nn.Module:
    """The operation of an inner vertex."""
    if name == "maxpool3x3":
        return nn.MaxPool2d(3, stride=1, padding=1)
    return ConvBNReLU(channels, channels, kernel=int(name[-1]))


def vertex_channels(sources: Sources, outputs: int) -> list[int]:
    """Channels of the vertices 1 to V - 1 of a pruned cell.

    The vertices that feed the output share its channels, the first ones taking one more where that does not divide;
    any other vertex has as many as the widest one it feeds.

    >>> vertex_channels(((0,), (0,), (1, 2)), 15)
    [8, 7, 15]

    Raises:
        ValueError: fewer channels than vertices that feed the output.
    """
    feeding = [vertex for vertex in sources[-1] if vertex]
    if outputs < len(feeding):
        raise ValueError(
            f"{outputs} channels for {len(feeding)} vertices that feed the output: give a width of at least that."
        )
    share, rest = divmod(outputs, max(len(feeding), 1))
    channels = {vertex: share + (index < rest) for index, vertex in enumerate(feeding)}
    for vertex in range(len(sources) - 1, 0, -1):
        if vertex not in channels:
            channels[vertex] = max(channels[v] for v, found in enumerate(sources[:-1], 1) if vertex in found)
    return [channels[vertex] for vertex in range(1, len(sources))] + [outputs]


class VertexCell(nn.Module):
    """One cell: x_v = op_v( sum_s x_s + P_v(x_0) ), output = concatenation of the x_v that feed it + P(x_0).

    P are projections, conv1x1-BN-ReLU, of the cell's input; x_s loses its last channel where x_v has one fewer.
    """

    def __init__(self, graph: Graph, inputs: int, outputs: int) -> None:
        super().__init__()
        self.names, self.sources = (*graph.operations, "output"), graph.sources
        self.channels = vertex_channels(graph.sources, outputs)
        self.vertices = nn.ModuleDict()
        for vertex, (name, found, channels) in enumerate(zip(self.names, self.sources, self.channels, strict=True), 1):
            parts = {"projection": ConvBNReLU(inputs, channels, 1)} if 0 in found else {}
            if name != "output":
                parts[name] = operation(name, channels)
            self.vertices[f"vertex{vertex}" if name != "output" else name] = nn.ModuleDict(parts)

    def forward(self, x: Tensor) -> Tensor:
        """Cell output (n, outputs, h, w)."""
        values = [x]
        for index, parts in enumerate(self.vertices.values()):
            name, channels = self.names[index], self.channels[index]
            terms = [values[source] for source in self.sources[index] if source]
            terms = [term if term.shape[1] <= channels else term[:, :channels] for term in terms]
            if name == "output" and len(terms) > 1:
                terms = [torch.cat(terms, 1)]
            if "projection" in parts:
                terms.append(parts["projection"](x))
            total = sum(terms[1:], terms[0])
            values.append(parts[name](total) if name in parts else total)
        return values[-1]


class VertexNetwork(nn.Module):
    """Stem, then `stages` times `cells` cells, halved by a max pool before every stage but the first, then the head.

    stem: conv3x3 -> BN -> ReLU; head: global average pool -> linear. Width doubles at each pool.

    Args:
        graph: the cell, canonical.
        width: channels of the stem and the first stage (128 in NAS-Bench-101; NASWOT measured with 16).
        cells: cells per stage (3 in NAS-Bench-101).
        stages: 3 in NAS-Bench-101.
        classes: outputs of the linear head.
        channels: input channels.
    """

    def __init__(
        self, graph: Graph, *, width: int = 128, cells: int = 3, stages: int = 3, classes: int = 10, channels: int = 3
    ) -> None:
        super().__init__()
        self.stem = ConvBNReLU(channels, width, 3)
        self.body = nn.Sequential()
        inputs = width
        for stage in range(stages):
            if stage:
                self.body.add_module(f"pool{stage}", nn.MaxPool2d(2))
            self.body.add_module(f"stage{stage + 1}", nn.Sequential())
            for index in range(cells):
                self.body[-1].add_module(f"cell{index}", VertexCell(graph, inputs, width << stage))
                inputs = width << stage
        self.classifier = nn.Linear(inputs, classes)

    @staticmethod
    def position(name: str) -> str:
        """Name that keys a layer's weights, free of the module tree: `stage2.cell0.vertex1.conv3x3`, `stem.conv`."""
        name = name.removeprefix("body.").replace(".vertices.", ".")
        return name if name.startswith("stem") else name.removesuffix(".conv")

    def blocks(self) -> list[str]:
        """Names of the modules that follow each other: the stem, then every cell; a pool adds no block of its own."""
        stages = [(f"body.{name}", stage) for name, stage in self.body.named_children() if name.startswith("stage")]
        return ["stem", *(f"{name}.{cell}" for name, stage in stages for cell, _ in stage.named_children())]

    def features(self, x: Tensor) -> Tensor:
        """Feature map before the global pooling: (n, c, h, w)."""
        return self.body(self.stem(x))

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n, classes) of images (n, channels, h, w)."""
        return self.classifier(self.features(x).mean(dim=(2, 3)))


class ThinVertexCell(nn.Module):
    """One cell without a stem, one channel per vertex: the reduced network on which linear regions are counted."""

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.stage1 = nn.Sequential()
        self.stage1.cell0 = VertexCell(graph, 1, max(1, sum(vertex > 0 for vertex in graph.sources[-1])))

    position = staticmethod(VertexNetwork.position)

    def forward(self, x: Tensor) -> Tensor:
        """Cell output (n, vertices that feed it, h, w) of patches (n, 1, h, w)."""
        return self.stage1(x)


@benchmark
class NASBench101(GraphSpace):
    """All cells of up to seven vertices and nine edges: a graph whose vertices are operations.

    A string is `|conv3x3~0|maxpool3x3~01|output~12|`: each vertex's operation and the vertices that feed it, 0 the input.
    Two strings share a canonical form iff their pruned graphs are isomorphic; networks are built from that form, so they are
    then bitwise the same function. A vertex on no path counts nowhere, neither here nor in the published sizes.
    """

    name = "nas_bench_101"
    datasets = ("cifar10",)
    cite = "ying2019nasbench101"

    def __init__(self, data: Path) -> None:
        self.data = Path(data)

    def architectures(self) -> Sequence[str]:
        """The cells of the table at hand: all 423,624 of the official file, or the sample of a mirror."""
        return list(self.table("cifar10").index)

    def build(self, arch: str, dataset: str, *, seed: int = 0, init: str = "kaiming_fan_in", **changes: Any) -> nn.Module:
        """The network of a cell.

        Args:
            arch: string of the cell.
            dataset: `cifar10`, ten classes.
            seed: of the weights.
            init: rule of `initialise.fill`.
            **changes: of the skeleton: width, cells, stages, classes, channels.
        """
        return filled(lambda: VertexNetwork(parse(arch).canonical(), **changes), seed=seed, init=init)

    def variants(self, arch: str, dataset: str, **changes: Any) -> dict[str, Callable[[], nn.Module]]:
        """`one_output`: the classifier replaced by one output; `reduced`: one cell, one channel per vertex, no stem."""
        return {
            "one_output": lambda: self.build(arch, dataset, **changes | {"classes": 1}),
            "reduced": lambda: filled(lambda: ThinVertexCell(parse(arch).canonical()), seed=0),
        }

    def table(self, dataset: str) -> pd.DataFrame:
        """Accuracies after 108 epochs in percent, by canonical string; columns as in `readers.nas_bench_101`."""
        return trained(self, dataset)

    def images(self, dataset: str, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The first CIFAR-10 training images, normalised."""
        return images.cifar10(count, data=self.data)
