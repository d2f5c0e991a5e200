"""NAS-Bench-Macro: 6,561 chains of eight layers, each an identity or one of two inverted residual blocks, on CIFAR-10."""

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from torch import Tensor, nn

from untrained import images
from untrained.benchmarks import benchmark, trained
from untrained.initialise import filled

STAGES = (2, 3, 3)
"""Layers of each stage; the first of them halves the resolution and doubles the channels."""

BLOCKS = {"1": ("mb3_k3", 3, 3), "2": ("mb6_k5", 6, 5)}
"""Code of a layer: its name, expansion and kernel; the code 0 is the identity, a downsampling where it stands first."""

HEAD = 1280
"""Channels of the last convolution."""


def parse(arch: str) -> tuple[str, ...]:
    """The codes of each stage's layers.

    >>> parse("02012100")
    ('02', '012', '100')

    Raises:
        ValueError: not eight of the codes 0, 1, 2.
    """
    if len(arch) != sum(STAGES) or set(arch) - {"0", *BLOCKS}:
        raise ValueError(f"Not a NAS-Bench-Macro architecture: {arch!r}. The form is eight of 0, 1, 2, such as '02012100'.")
    ends = list(itertools.accumulate(STAGES))
    return tuple(arch[end - size : end] for end, size in zip(ends, STAGES, strict=True))


class InvertedResidual(nn.Module):
    """conv1x1-BN-ReLU (expand), depthwise conv-BN-ReLU, conv1x1-BN (project); plus the input where shapes agree."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int, kernel: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.expand = nn.Conv2d(inputs, hidden, 1, bias=False)
        self.norm_a, self.relu_a = nn.BatchNorm2d(hidden), nn.ReLU()
        self.depthwise = nn.Conv2d(hidden, hidden, kernel, stride, padding=kernel // 2, groups=hidden, bias=False)
        self.norm_b, self.relu_b = nn.BatchNorm2d(hidden), nn.ReLU()
        self.project = nn.Conv2d(hidden, outputs, 1, bias=False)
        self.norm_c = nn.BatchNorm2d(outputs)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """Output of the layer, of `stride` times smaller sides."""
        hidden = self.relu_a(self.norm_a(self.expand(x)))
        output = self.norm_c(self.project(self.relu_b(self.norm_b(self.depthwise(hidden)))))
        return x + output if self.residual else output


class Downsampling(nn.Sequential):
    """conv1x1 of stride 2 -> BN: what an identity becomes where the shape changes."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 1, stride=2, bias=False)
        self.norm = nn.BatchNorm2d(outputs)


def chain(arch: str, width: int) -> nn.Sequential:
    """The stages of layers, `stage1.layer0-mb3_k3`. An identity is no layer: those after it move up."""
    stages = nn.Sequential()
    for number, codes in enumerate(parse(arch), start=1):
        stage, inputs, width = nn.Sequential(), width, 2 * width
        for index, code in enumerate(codes[0] + codes[1:].replace("0", "")):
            if code == "0":
                stage.add_module("layer0-downsampling", Downsampling(inputs, width))
            else:
                name, expansion, kernel = BLOCKS[code]
                layer = InvertedResidual(width if index else inputs, width, 1 if index else 2, expansion, kernel)
                stage.add_module(f"layer{index}-{name}", layer)
        stages.add_module(f"stage{number}", stage)
    return stages


class ChainNetwork(nn.Module):
    """Stem conv3x3-BN-ReLU, the stages, conv1x1-BN-ReLU to 1,280 channels, global average pool, linear.

    Args:
        arch: eight codes.
        width: channels of the stem (32 in NAS-Bench-Macro), doubled by every stage.
        classes: outputs of the linear head.
        channels: input channels.
    """

    def __init__(self, arch: str, *, width: int = 32, classes: int = 10, channels: int = 3) -> None:
        super().__init__()
        self.stem = nn.Sequential()
        self.stem.conv = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        self.stem.norm, self.stem.relu = nn.BatchNorm2d(width), nn.ReLU()
        self.body = chain(arch, width)
        self.conv = nn.Conv2d(width * 2 ** len(STAGES), HEAD, 1, bias=False)
        self.norm, self.relu = nn.BatchNorm2d(HEAD), nn.ReLU()
        self.classifier = nn.Linear(HEAD, classes)

    @staticmethod
    def position(name: str) -> str:
        """Name that keys a layer's weights: `stage1.layer0-mb3_k3.expand`, `stem.conv`, `conv`, `classifier`."""
        return name.removeprefix("body.")

    def blocks(self) -> list[str]:
        """Names of the modules that follow each other: the stem, then every layer."""
        stages = self.body.named_children()
        return ["stem", *(f"body.{stage}.{layer}" for stage, layers in stages for layer, _ in layers.named_children())]

    def features(self, x: Tensor) -> Tensor:
        """Feature map before the global pooling: (n, 1280, h / 8, w / 8)."""
        return self.relu(self.norm(self.conv(self.body(self.stem(x)))))

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n, classes) of images (n, channels, h, w)."""
        return self.classifier(self.features(x).mean(dim=(2, 3)))


class ThinChain(nn.Module):
    """The stages alone on one channel, then BN and ReLU: the reduced network on which linear regions are counted."""

    def __init__(self, arch: str, *, width: int = 1) -> None:
        super().__init__()
        self.body = chain(arch, width)
        self.norm, self.relu = nn.BatchNorm2d(width * 2 ** len(STAGES)), nn.ReLU()

    position = staticmethod(ChainNetwork.position)

    def forward(self, x: Tensor) -> Tensor:
        """Activated output of the last stage."""
        return self.relu(self.norm(self.body(x)))


@benchmark
class NASBenchMacro:
    """All 6,561 chains, trained three times for 50 epochs on CIFAR-10; ReLU throughout, as in the authors' code.

    Within a stage, an identity after the first layer does nothing wherever it stands: 3,969 functions. Their strings
    share one training in the table, and here one network.
    """

    name = "nas_bench_macro"
    datasets = ("cifar10",)
    cite = "su2021macro"

    def __init__(self, data: Path) -> None:
        self.data = Path(data)

    def architectures(self) -> Sequence[str]:
        """All 6,561 strings in lexicographic order."""
        return ["".join(codes) for codes in itertools.product("012", repeat=sum(STAGES))]

    def canonical(self, arch: str) -> str:
        """The string with the identities of each stage, its first layer aside, moved to the stage's end.

        Raises:
            ValueError: not an architecture of this space.
        """
        return "".join(codes[0] + codes[1:].replace("0", "").ljust(len(codes) - 1, "0") for codes in parse(arch))

    def unique(self) -> list[str]:
        """The 3,969 canonical strings, sorted."""
        return sorted(set(map(self.canonical, self.architectures())))

    def build(self, arch: str, dataset: str, *, seed: int = 0, init: str = "kaiming_fan_in", **changes: Any) -> nn.Module:
        """The network of an architecture.

        Args:
            arch: eight codes.
            dataset: `cifar10`.
            seed: of the weights.
            init: rule of `initialise.fill`.
            **changes: width, classes, channels.
        """
        return filled(lambda: ChainNetwork(arch, **changes), seed=seed, init=init)

    def variants(self, arch: str, dataset: str, **changes: Any) -> dict[str, Callable[[], nn.Module]]:
        """`one_output`: the classifier replaced by one output; `reduced`: the stages alone, from one channel."""
        return {
            "one_output": lambda: self.build(arch, dataset, **changes | {"classes": 1}),
            "reduced": lambda: filled(lambda: ThinChain(arch)),
        }

    def table(self, dataset: str) -> pd.DataFrame:
        """Test accuracies in percent, mean and of each run, `params` and `flops`, indexed by architecture."""
        return trained(self, dataset)

    def images(self, dataset: str, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The first training images of CIFAR-10."""
        return images.cifar10(count, data=self.data)

    def neighbours(self, arch: str) -> Sequence[str]:
        """The 16 strings with one layer changed."""
        codes = "".join(parse(arch))
        return [
            codes[:layer] + code + codes[layer + 1 :]
            for layer in range(len(codes))
            for code in "012"
            if code != codes[layer]
        ]
