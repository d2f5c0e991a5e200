"""NAS-Bench-201 (dong2020nasbench201): 15,625 cells of four nodes, six edges and five operations."""

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from torch import nn

from untrained import images
from untrained.benchmarks import benchmark, trained
from untrained.benchmarks.cells import EDGES, OPERATIONS, Cell, CellNetwork, ThinCell, live
from untrained.initialise import filled
from untrained.registry import suggest

CLASSES = {"cifar10": 10, "cifar100": 100, "imagenet16_120": 120}


def parse(arch: str) -> Cell:
    """Six operations of an official string `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`.

    >>> parse("|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|")[3]
    'skip_connect'

    Raises:
        ValueError: the string has another shape, or an unknown operation.
    """
    tokens = [token for group in arch.split("+") for token in group.strip("|").split("|")]
    names = tuple(token.partition("~")[0] for token in tokens)
    for name in names:
        if name not in OPERATIONS:
            raise ValueError(f"Unknown operation {name!r} in {arch!r}. {suggest(name, OPERATIONS)}")
    if len(names) != len(EDGES) or arch != arch_str(names):
        raise ValueError(f"Not a NAS-Bench-201 cell: {arch!r}. The form is '|op~0|+|op~0|op~1|+|op~0|op~1|op~2|'.")
    return names


def arch_str(cell: Sequence[str]) -> str:
    """The official string of six operations."""
    a, b, c, d, e, f = cell
    return f"|{a}~0|+|{b}~0|{c}~1|+|{d}~0|{e}~1|{f}~2|"


class CellSpace:
    """The space itself: strings, canonical form, networks of any skeleton; benchmarks add tables and images.

    Two strings share a canonical form iff their live edges are equal (9,445 forms): weights are keyed by position, so
    their networks are then bitwise the same function. A dead convolution still counts in the size of the network built
    from its own string.
    """

    skeleton: dict[str, Any]

    def architectures(self) -> Sequence[str]:
        """All 15,625 strings in lexicographic order of operations."""
        return [arch_str(cell) for cell in itertools.product(OPERATIONS, repeat=len(EDGES))]

    def canonical(self, arch: str) -> str:
        """The string with every dead operation set to `none`."""
        return arch_str(live(parse(arch)))

    def unique(self) -> list[str]:
        """The 9,445 canonical strings, sorted."""
        return sorted({arch_str(live(cell)) for cell in itertools.product(OPERATIONS, repeat=len(EDGES))})

    def build(self, arch: str, dataset: str, *, seed: int = 0, init: str = "kaiming_fan_in", **changes: Any) -> nn.Module:
        """The network of an architecture.

        Args:
            arch: official string.
            dataset: decides the number of classes.
            seed: of the weights.
            init: rule of `initialise.fill`.
            **changes: of the skeleton: width, cells, stages, classes, channels.
        """
        skeleton = self.skeleton_of(dataset) | changes
        return filled(lambda: CellNetwork(parse(arch), **skeleton), seed=seed, init=init)

    def skeleton_of(self, dataset: str) -> dict[str, Any]:
        """Width, cells, stages, classes and channels for a data set."""
        return dict(self.skeleton)

    def variants(self, arch: str, dataset: str, **changes: Any) -> dict[str, Callable[[], nn.Module]]:
        """`one_output`: the classifier replaced by one output; `reduced`: one cell of one channel, no stem."""
        return {
            "one_output": lambda: self.build(arch, dataset, **changes | {"classes": 1}),
            "reduced": lambda: filled(lambda: ThinCell(parse(arch))),
        }

    def neighbours(self, arch: str) -> Sequence[str]:
        """The 24 cells with one operation changed."""
        cell = parse(arch)
        return [
            arch_str((*cell[:edge], name, *cell[edge + 1 :]))
            for edge in range(len(EDGES))
            for name in OPERATIONS
            if name != cell[edge]
        ]


@benchmark
class NASBench201(CellSpace):
    """The published benchmark: five cells per stage, 16 channels; accuracies after 200 epochs on three data sets."""

    name = "nas_bench_201"
    datasets = tuple(CLASSES)
    cite = "dong2020nasbench201"
    skeleton = {"width": 16, "cells": 5, "stages": 3, "channels": 3}

    def __init__(self, data: Path) -> None:
        self.data = Path(data)

    def skeleton_of(self, dataset: str) -> dict[str, Any]:
        """The skeleton with the data set's classes."""
        return self.skeleton | {"classes": CLASSES[dataset]}

    def table(self, dataset: str) -> pd.DataFrame:
        """Accuracies in percent by architecture; the columns are those of `readers.nas_bench_201`."""
        return trained(self, dataset)

    def images(self, dataset: str, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The first training images of CIFAR-10; for ImageNet16-120 a sample of ImageNet at 16 x 16.

        CIFAR-10 stands in for CIFAR-100 (its labels are then the first ten of a hundred), the sample for ImageNet16-120:
        settings and tables name them `cifar10` and `imagenet_sample`.
        """
        if dataset == "imagenet16_120":
            return images.imagenet_sample(count, 16, classes=CLASSES[dataset], data=self.data)
        return images.cifar10(count, data=self.data)


def folder_file(data: Path, *parts: str) -> Path:
    """A file below the data folder.

    Raises:
        FileNotFoundError: it is not there; the message names the command that brings it.
    """
    path = Path(data).joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run `dvc pull data.dvc` at the top of the repository.")
    return path
