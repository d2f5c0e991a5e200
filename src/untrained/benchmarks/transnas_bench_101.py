"""TransNAS-Bench-101: 4,096 cells (`micro`) and 3,256 layouts of residual blocks (`macro`), each trained for seven tasks."""

import itertools
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from torch import nn

from untrained import images
from untrained.benchmarks import benchmark, trained
from untrained.benchmarks.cells import EDGES, OPERATIONS, Cell, ThinCell, live
from untrained.benchmarks.encoders import EncoderNetwork, ResidualBlock, ThinLayout, cell_block
from untrained.initialise import filled
from untrained.registry import suggest

TASKS = {
    "class_scene": 47,
    "class_object": 75,
    "room_layout": 9,
    "jigsaw": 1000,
    "segmentsemantic": 17,
    "normal": 3,
    "autoencoder": 3,
}
"""Tasks and the outputs of their head: classes, coordinates of a room, permutations, or channels of an image."""

CODES = {str(code): name for code, name in enumerate(OPERATIONS[:4])}
"""Operations of a cell by code: none, skip_connect, nor_conv_1x1, nor_conv_3x3."""

CELL_LAYOUT = "41414"
"""Modules of every cell network."""

UNPUBLISHED = "64-113444-basic"
"""The one layout that the circulated tables lack."""


def parse_cell(arch: str) -> Cell:
    """Six operations of a micro string.

    >>> parse_cell("64-41414-0_20_003")
    ('none', 'nor_conv_1x1', 'none', 'none', 'none', 'nor_conv_3x3')

    Raises:
        ValueError: the string has another shape.
    """
    codes = arch.removeprefix(f"64-{CELL_LAYOUT}-").replace("_", "")
    if len(codes) != len(EDGES) or set(codes) - set(CODES) or arch != cell_str([CODES[code] for code in codes]):
        raise ValueError(f"Not a cell of TransNAS-Bench-101: {arch!r}. The form is '64-41414-a_bc_def', of codes 0 to 3.")
    return tuple(CODES[code] for code in codes)


def cell_str(cell: Sequence[str]) -> str:
    """The official string of six operations."""
    a, b, c, d, e, f = (OPERATIONS.index(name) for name in cell)
    return f"64-{CELL_LAYOUT}-{a}_{b}{c}_{d}{e}{f}"


def parse_layout(arch: str) -> str:
    """Codes of the modules of a macro string.

    >>> parse_layout("64-1234-basic")
    '1234'

    Raises:
        ValueError: the string has another shape, or the layout breaks a limit of the space.
    """
    layout = arch.removeprefix("64-").removesuffix("-basic")
    if arch != layout_str(layout) or not allowed(layout):
        raise ValueError(
            f"Not a layout of TransNAS-Bench-101: {arch!r}. The form is '64-1234-basic': 4 to 6 modules of codes 1 to 4, of "
            "which 1 to 3 double the channels (2, 4) and 1 to 4 halve the resolution (3, 4)."
        )
    return layout


def layout_str(layout: str) -> str:
    """The official string of a layout."""
    return f"64-{layout}-basic"


def allowed(layout: str) -> bool:
    """Whether a layout is in the space: 4 to 6 modules, 1 to 3 that double channels, 1 to 4 that halve the resolution."""
    doubled, halved = (sum(code in codes for code in layout) for codes in ("24", "34"))
    return 4 <= len(layout) <= 6 and not set(layout) - set("1234") and 1 <= doubled <= 3 and 1 <= halved <= 4


@cache
def layouts() -> tuple[str, ...]:
    """The 3,256 layouts, by length, then in lexicographic order."""
    sequences = ("".join(codes) for size in (4, 5, 6) for codes in itertools.product("1234", repeat=size))
    return tuple(layout for layout in sequences if allowed(layout))


@benchmark
class TransNASBench101:
    """Two search spaces times seven tasks on photographs of rooms; a data set is named `micro-<task>` or `macro-<task>`.

    A cell network's form is that of its live edges (2,128 forms of 4,096; a dead convolution still counts in the size); a
    layout is its own form. Forms are about untrained networks: in training, a convolution of zeros learns a constant.

    Differs from the trained networks: every task is scored as a classification of one image, by global average pooling
    and a linear head with the outputs of the task. For the pixel tasks (segmentsemantic, normal, autoencoder) this is
    the mean over pixels of a linear decoder, in place of 14 (segmentation: 8) convolutions; jigsaw's head sees nine tiles
    of 64 x 64 pixels side by side, ours one. The encoder, which is what a string names, is that of the authors.
    """

    name = "transnas_bench_101"
    datasets = tuple(f"{space}-{task}" for space in ("micro", "macro") for task in TASKS)
    cite = "duan2021transnas"

    def __init__(self, data: Path) -> None:
        self.data = Path(data)

    def architectures(self, dataset: str | None = None) -> Sequence[str]:
        """The published architectures of a data set's space, or of both: 4,096 cells and 3,255 layouts."""
        cells = [cell_str(cell) for cell in itertools.product(CODES.values(), repeat=len(EDGES))]
        macro = [arch for arch in map(layout_str, layouts()) if arch != UNPUBLISHED]
        return {None: cells + macro, "micro": cells, "macro": macro}[dataset and _split(dataset)[0]]

    def canonical(self, arch: str) -> str:
        """A cell's string with every dead operation set to none; a layout's string itself.

        Raises:
            ValueError: not an architecture of either space.
        """
        return layout_str(parse_layout(arch)) if _is_macro(arch) else cell_str(live(parse_cell(arch)))

    def build(self, arch: str, dataset: str, *, seed: int = 0, init: str = "kaiming_fan_in", **changes: Any) -> nn.Module:
        """The encoder of an architecture with a linear head.

        Args:
            arch: official string.
            dataset: decides the outputs of the head.
            seed: of the weights.
            init: rule of `initialise.fill`.
            **changes: of the skeleton: width, blocks, classes, channels.

        Raises:
            ValueError: the architecture is not of the data set's space.
        """
        space, task = _split(dataset)
        if _is_macro(arch) != (space == "macro"):
            raise ValueError(f"{arch!r} is no {space} architecture, but the data set is {dataset!r}.")
        layout, block = (
            (parse_layout(arch), ResidualBlock) if space == "macro" else (CELL_LAYOUT, partial(cell_block, parse_cell(arch)))
        )
        skeleton = {"width": 64, "blocks": 2, "classes": TASKS[task]} | changes
        return filled(lambda: EncoderNetwork(layout, block, **skeleton), seed=seed, init=init)

    def variants(self, arch: str, dataset: str, **changes: Any) -> dict[str, Callable[[], nn.Module]]:
        """`one_output`: a head of one output; `reduced`: from one channel, one cell, or one block per module."""
        thin = partial(ThinLayout, parse_layout(arch)) if _is_macro(arch) else partial(ThinCell, parse_cell(arch))
        one = partial(self.build, arch, dataset, **changes | {"classes": 1})
        return {"one_output": one, "reduced": lambda: filled(thin)}

    def table(self, dataset: str) -> pd.DataFrame:
        """`test_acc`, the task's own figure (higher is better; see the reader), indexed by architecture."""
        _split(dataset)
        return trained(self, dataset)

    def images(self, dataset: str, count: int, size: int = 64) -> tuple[np.ndarray, np.ndarray]:
        """A stand-in: ImageNet images of `size` pixels (16, 32, 64), not the photographs, with labels modulo the outputs.

        The trained networks saw 256 x 256 pixels, in jigsaw 64 x 64.
        """
        return images.imagenet_sample(count, size, classes=TASKS[_split(dataset)[1]], data=self.data)

    def neighbours(self, arch: str) -> Sequence[str]:
        """The 18 cells with one operation changed, or the published layouts with one module changed, added or removed."""
        if not _is_macro(arch):
            cell = parse_cell(arch)
            places = [(edge, name) for edge in range(len(EDGES)) for name in CODES.values() if name != cell[edge]]
            return [cell_str((*cell[:edge], name, *cell[edge + 1 :])) for edge, name in places]
        layout = parse_layout(arch)
        near = {layout[:i] + code + layout[j:] for i in range(len(layout) + 1) for j in (i, i + 1) for code in ("", *"1234")}
        return sorted(layout_str(other) for other in near if other != layout and allowed(other))


def _split(dataset: str) -> tuple[str, str]:
    """Search space and task of a data set."""
    if dataset not in TransNASBench101.datasets:
        raise ValueError(f"Unknown data set {dataset!r}. {suggest(dataset, TransNASBench101.datasets)}")
    space, _, task = dataset.partition("-")
    return space, task


def _is_macro(arch: str) -> bool:
    return arch.endswith("-basic")
