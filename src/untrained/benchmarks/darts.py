"""The DARTS space: a normal and a reduction cell of four nodes, eight operations, two edges into every node.

Reference: liu2019darts.
"""

import ast
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from torch import nn

from untrained import images
from untrained.benchmarks import benchmark, trained
from untrained.benchmarks.genotypes import (
    Genotype,
    GenotypeNetwork,
    ThinCells,
    check_edges,
    one_change,
    sorted_edges,
)
from untrained.initialise import filled

OPERATIONS = (
    "none", "max_pool_3x3", "avg_pool_3x3", "skip_connect", "sep_conv_3x3", "sep_conv_5x5", "dil_conv_3x3", "dil_conv_5x5",
)  # fmt: skip
JOINED = (2, 3, 4, 5)
"""Nodes that make the output of both cells: all of them."""
FORM = "Genotype(normal=[('op', source), ... 8 edges], normal_concat=[2, 3, 4, 5], reduce=[...], reduce_concat=[2, 3, 4, 5])"


def parse(arch: str) -> Genotype:
    """The genotype of an official string.

    >>> parse(arch_str(Genotype((("skip_connect", 0),) * 8, JOINED, (("none", 1),) * 8, JOINED))).reduce[0]
    ('none', 1)

    Raises:
        ValueError: the string has another form, or an edge is not of this space.
    """
    try:
        call = ast.parse(arch, mode="eval").body
        fields = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
        found = Genotype(**{name: tuple(value) for name, value in fields.items()})
        same = arch_str(found) == arch
    except (SyntaxError, ValueError, TypeError, AttributeError):
        same = False
    if not same or (found.normal_concat, found.reduce_concat) != (JOINED, JOINED):
        raise ValueError(f"Not a DARTS genotype: {arch[:80]!r}. The form is {FORM!r}.")
    for edges in (found.normal, found.reduce):
        check_edges(edges, OPERATIONS, nodes=4)
    return found


def arch_str(genotype: Genotype) -> str:
    """The official string of a genotype."""
    fields = (f"{name}={list(value)}" for name, value in genotype._asdict().items())
    return f"Genotype({', '.join(fields)})"


@benchmark
class DARTS:
    """A thousand genotypes drawn at random, both cells equal, trained on CIFAR-10.

    Two strings share a canonical form iff they differ in the order of a node's edges, or in what `none` reads.
    """

    name = "darts"
    datasets = ("cifar10",)
    cite = "peng2024swap"

    def __init__(self, data: Path) -> None:
        self.data = Path(data)

    def architectures(self) -> Sequence[str]:
        """The trained genotypes, in the order of their file."""
        return list(self.table("cifar10").index)

    def canonical(self, arch: str) -> str:
        """The string with the two edges of every node in order, and 0 for what `none` reads.

        Raises:
            ValueError: not a genotype of this space.
        """
        found = parse(arch)
        return arch_str(found._replace(normal=sorted_edges(found.normal), reduce=sorted_edges(found.reduce)))

    def build(self, arch: str, dataset: str, *, seed: int = 0, init: str = "kaiming_fan_in", **changes: Any) -> nn.Module:
        """The network of a genotype, without auxiliary head: by default the search size of DARTS, 16 channels and 8 cells.

        The size that DARTS evaluates is `width=36, cells=20`; the code of SWAP scores `width=3, cells=1, stem="none"`.

        Args:
            arch: official string.
            dataset: `cifar10`.
            seed: of the weights.
            init: rule of `initialise.fill`.
            **changes: width, cells, stem (`cifar`, `imagenet`, `none`), classes, channels.
        """
        size = {"width": 16, "cells": 8} | changes
        return filled(partial(GenotypeNetwork, parse(arch), **size), seed=seed, init=init)

    def variants(self, arch: str, dataset: str, **changes: Any) -> dict[str, Callable[[], nn.Module]]:
        """`one_output`: the classifier replaced by one output; `reduced`: both cells once, from one channel, no stem."""
        return {
            "one_output": lambda: self.build(arch, dataset, **changes | {"classes": 1}),
            "reduced": lambda: filled(partial(ThinCells, parse(arch))),
        }

    def table(self, dataset: str) -> pd.DataFrame:
        """Validation accuracies in percent, indexed by genotype."""
        return trained(self, dataset)

    def images(self, dataset: str, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The first CIFAR-10 training images, normalised."""
        return images.cifar10(count, data=self.data)

    def neighbours(self, arch: str) -> Sequence[str]:
        """Genotypes with one operation or one source changed, in both cells where they are equal, else in either."""
        found = parse(arch)
        if found.normal == found.reduce:
            near = (found._replace(normal=edges, reduce=edges) for edges in one_change(found.normal, OPERATIONS))
        else:
            near = (
                found._replace(**{kind: edges})
                for kind in ("normal", "reduce")
                for edges in one_change(getattr(found, kind), OPERATIONS)
            )
        return list(map(arch_str, near))
