"""Residual and plain networks in stages: the ResNet, ResNeXt and Vanilla spaces of NDS."""

from typing import NamedTuple

from torch import Tensor, nn

from untrained.registry import suggest

BLOCKS = ("double_plain_block", "res_basic_block", "res_bottleneck_block")


class Stages(NamedTuple):
    """A network of NDS as its table writes it; entry 0 of each tuple is the stem.

    Attributes:
        block_type: kind of every block.
        bot_muls: width of a bottleneck over the width of its stage.
        ds: blocks of each stage.
        num_gs: groups of a bottleneck's 3 x 3 convolution.
        ss: stride of each stage's first block.
        ws: channels of each stage.
    """

    block_type: str
    bot_muls: tuple[float, ...]
    ds: tuple[int, ...]
    num_gs: tuple[int, ...]
    ss: tuple[int, ...]
    ws: tuple[int, ...]


class ConvBN(nn.Sequential):
    """Convolution (no bias, same padding) -> batch normalisation, then ReLU where `relu`."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int = 1, *, groups: int = 1, relu: bool = True
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        if relu:
            self.relu = nn.ReLU()


class Block(nn.Module):
    """One block: f(x) where plain, relu(x + f(x)) where residual, x projected by conv1x1-BN where its shape changes.

    f is conv3x3-conv3x3, or conv1x1-conv3x3 in groups-conv1x1 for a bottleneck, every convolution with BN and, save for
    the last of a residual block, ReLU.

    Args:
        kind: one of `BLOCKS`.
        inputs: channels of x.
        outputs: channels of the result.
        stride: of the first 3 x 3 convolution.
        inner: channels inside a bottleneck.
        groups: of a bottleneck's 3 x 3 convolution.
    """

    def __init__(self, kind: str, inputs: int, outputs: int, stride: int, *, inner: int, groups: int) -> None:
        super().__init__()
        self.f = nn.Sequential()
        if kind == "res_bottleneck_block":
            self.f.a = ConvBN(inputs, inner, 1)
            self.f.b = ConvBN(inner, inner, 3, stride, groups=groups)
            self.f.c = ConvBN(inner, outputs, 1, relu=False)
        else:
            self.f.a = ConvBN(inputs, outputs, 3, stride)
            self.f.b = ConvBN(outputs, outputs, 3, relu=kind == "double_plain_block")
        self.residual = kind != "double_plain_block"
        if self.residual:
            same = inputs == outputs and stride == 1
            self.shortcut = nn.Identity() if same else ConvBN(inputs, outputs, 1, stride, relu=False)
            self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Map of `outputs` channels, `stride` times smaller."""
        return self.relu(self.shortcut(x) + self.f(x)) if self.residual else self.f(x)


def _stem(kind: str, stride: int, channels: int, width: int) -> nn.Module:
    """The stem of NDS for a stride: 1 conv3x3; 4 conv7x7 and max pool; 8 three conv3x3 of stride 2."""
    stem = nn.Sequential()
    if kind == "cifar" or stride == 1:
        stem.a = ConvBN(channels, width, 3)
    elif stride == 4:
        stem.a, stem.pool = ConvBN(channels, width, 7, 2), nn.MaxPool2d(3, 2, 1)
    else:
        stem.a = ConvBN(channels, width // 2, 3, 2)
        stem.b = ConvBN(width // 2, width, 3, 2)
        stem.c = ConvBN(width, width, 3, 2)
    return stem


class StagedNetwork(nn.Module):
    """Stem, stages of equal blocks, global average pool, linear.

    Args:
        stages: the network.
        stem: `imagenet` for the stem of the table, `cifar` for one conv3x3 of stride 1 in its place.
        classes: outputs of the linear head.
        channels: input channels.

    Raises:
        ValueError: unknown stem.
    """

    def __init__(self, stages: Stages, *, stem: str = "imagenet", classes: int = 10, channels: int = 3) -> None:
        super().__init__()
        if stem not in ("cifar", "imagenet"):
            raise ValueError(f"Unknown stem {stem!r}. {suggest(stem, ('cifar', 'imagenet'))}")
        self.stem = _stem(stem, stages.ss[0], channels, stages.ws[0])
        self.body, outputs = _body(stages)
        self.classifier = nn.Linear(outputs, classes)

    @staticmethod
    def position(name: str) -> str:
        """Name that keys a layer's weights: `stage2.block0.b`, `stage2.block0.shortcut`, `stem.a`."""
        return name.removeprefix("body.").replace(".f.", ".").removesuffix(".conv")

    def blocks(self) -> list[str]:
        """Names of the modules that follow each other: the stem, then every block."""
        stages = self.body.named_children()
        return ["stem", *(f"body.{stage}.{block}" for stage, part in stages for block, _ in part.named_children())]

    def features(self, x: Tensor) -> Tensor:
        """Feature map before the global pooling: (n, c, h, w)."""
        return self.body(self.stem(x))

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n, classes) of images (n, channels, h, w)."""
        return self.classifier(self.features(x).mean(dim=(2, 3)))


def _body(stages: Stages, *, thin: bool = False) -> tuple[nn.Sequential, int]:
    """The stages after the stem, and channels of their output; thin ones have one channel everywhere."""
    body, width = nn.Sequential(), 1 if thin else stages.ws[0]
    rest = list(zip(stages.ds, stages.ws, stages.ss, stages.bot_muls, stages.num_gs, strict=True))[1:]
    for index, (depth, outputs, stride, ratio, groups) in enumerate(rest, start=1):
        inner = round(outputs * ratio)
        if thin:
            outputs = inner = groups = 1
        stage = nn.Sequential()
        for block in range(depth):
            made = Block(stages.block_type, width, outputs, stride if block == 0 else 1, inner=inner, groups=groups)
            stage.add_module(f"block{block}", made)
            width = outputs
        body.add_module(f"stage{index}", stage)
    return body, width


class ThinStages(nn.Module):
    """The stages at one channel, without stem and head: linear regions are counted on it."""

    def __init__(self, stages: Stages) -> None:
        super().__init__()
        self.body, _ = _body(stages, thin=True)

    position = staticmethod(StagedNetwork.position)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, 1, h', w') of maps (n, 1, h, w)."""
        return self.body(x)


def check_stages(stages: Stages) -> None:
    """Refuse what is no network of stages.

    Raises:
        ValueError: fields of unequal length, values out of range, or a stem that NDS does not have.
    """
    lengths = {field: len(values) for field, values in stages._asdict().items() if field != "block_type"}
    if len(set(lengths.values())) != 1 or lengths["ds"] < 2:
        raise ValueError(f"fields have {lengths} entries; wanted is one for the stem and one for each stage, in all of them")
    if min(min(values) for values in stages[1:]) <= 0:
        raise ValueError("a depth, width, stride, ratio or number of groups is not positive")
    if (stages.ds[0], stages.bot_muls[0], stages.num_gs[0]) != (1, 1.0, 1) or stages.ss[0] not in (1, 4, 8):
        raise ValueError("entry 0 is the stem: wanted are ds 1, bot_muls 1.0, num_gs 1 and ss 1, 4 or 8")
    bottleneck = stages.block_type == "res_bottleneck_block"
    if not bottleneck and {*stages.bot_muls, *stages.num_gs} != {1}:
        raise ValueError(f"{stages.block_type} has no bottleneck: bot_muls and num_gs must be 1")
    for outputs, ratio, groups in zip(stages.ws, stages.bot_muls, stages.num_gs, strict=True):
        if round(outputs * ratio) % groups or round(outputs * ratio) < 1:
            raise ValueError(f"{groups} groups do not divide a bottleneck of {outputs} x {ratio} channels")
