"""NDS, network design spaces: cells or stages whose width and depth vary from network to network."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from torch import nn

from untrained import downloads, images
from untrained.benchmarks import benchmark, trained
from untrained.benchmarks.genotypes import (
    Edge,
    Genotype,
    GenotypeNetwork,
    ThinCells,
    check_edges,
    loose_ends,
    one_change,
    sorted_edges,
)  # fmt: skip
from untrained.benchmarks.nds_anynet import StagedNetwork, Stages, ThinStages, check_stages
from untrained.initialise import filled
from untrained.readers.nds import SETS, arch_str, dataset_of
from untrained.registry import suggest

OPERATIONS = {
    "amoeba": "skip_connect sep_conv_3x3 sep_conv_5x5 sep_conv_7x7 avg_pool_3x3 max_pool_3x3 dil_sep_conv_3x3 conv_7x1_1x7",
    "darts": "none max_pool_3x3 avg_pool_3x3 skip_connect sep_conv_3x3 sep_conv_5x5 dil_conv_3x3 dil_conv_5x5",
    "enas": "skip_connect sep_conv_3x3 sep_conv_5x5 avg_pool_3x3 max_pool_3x3",
    "nasnet": "skip_connect conv_3x1_1x3 conv_7x1_1x7 dil_conv_3x3 avg_pool_3x3 max_pool_3x3 max_pool_5x5 max_pool_7x7 "
    "conv_1x1 conv_3x3 sep_conv_3x3 sep_conv_5x5 sep_conv_7x7",
    "pnas": "sep_conv_3x3 sep_conv_5x5 sep_conv_7x7 conv_7x1_1x7 skip_connect avg_pool_3x3 max_pool_3x3 dil_conv_3x3",
}
"""Operations of each space of cells."""
JOIN_ALL = ("darts", "pnas")
"""Spaces whose cells join all nodes; the cells of the others join the nodes that nothing reads."""

BLOCKS = {
    "resnet": "res_basic_block", "vanilla": "double_plain_block",
    "resnet_b": "res_bottleneck_block", "resnext_a": "res_bottleneck_block", "resnext_b": "res_bottleneck_block",
}  # fmt: skip
"""Block of each space of stages."""
POWERS = (1, 2, 4, 8, 16)
RESNET = {"ds": (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24), "ws": (16, 32, 48, 64, 96, 128, 192, 256, 384, 512)}
RATIOS = {"bot_muls": (0.25, 0.5, 1.0)}
RUNGS: dict[str, dict[str, tuple[float, ...]]] = {
    "resnet": RESNET,
    "vanilla": RESNET,
    "resnet_b": RESNET | RATIOS,
    "resnext_a": {"ds": POWERS, "ws": (16, 32, 64, 128, 256), "num_gs": (1, 2, 4)} | RATIOS,
    "resnext_b": {"ds": POWERS, "ws": (64, 128, 256, 512, 1024), "num_gs": POWERS} | RATIOS,
}
"""Values that a stage's fields take in the ImageNet sets; a neighbour is one rung away."""


class Cells(NamedTuple):
    """A network of cells: genotype, number of cells, channels of the first one."""

    genotype: Genotype
    depth: int
    width: int


def parse(arch: str) -> tuple[str, Cells | Stages]:
    """Space and network of a string: JSON as `readers.nds.arch_str` writes it.

    Raises:
        ValueError: not a network of an NDS space, or written in another way.
    """
    try:
        net = json.loads(arch)
        space = net.pop("space")
    except (ValueError, AttributeError, KeyError, TypeError):
        raise ValueError(
            f'Not an NDS network: {arch[:60]!r}. The form is \'{{"depth":6,...,"space":"darts",...}}\'.'
        ) from None
    if not isinstance(space, str) or space not in {**OPERATIONS, **BLOCKS}:
        raise ValueError(f"Unknown space {space!r}. {suggest(str(space), {**OPERATIONS, **BLOCKS})}")
    try:
        if arch != arch_str(net, space) or ("genotype" in net) != (space in OPERATIONS):
            raise ValueError("fields or order differ")
        found = _cells(net, space) if space in OPERATIONS else _stages(net, space)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise ValueError(
            f"Not a network of {space}: {str(error).rstrip('.')} in {arch[:400]!r}. `readers.nds.arch_str` writes one."
        ) from None
    return space, found


def _cells(net: dict[str, Any], space: str) -> Cells:
    nodes = 4 if space == "darts" else 5
    kinds = []
    for kind in ("normal", "reduce"):
        edges = tuple((name, source) for name, source in net["genotype"][kind])
        check_edges(edges, OPERATIONS[space].split(), nodes=nodes)
        concat, wanted = tuple(net["genotype"][f"{kind}_concat"]), joined(edges, space)
        if concat != wanted:
            raise ValueError(f"{kind}_concat is {list(concat)}, the cell's edges ask for {list(wanted)}")
        kinds += [edges, concat]
    if net["depth"] < 1 or net["width"] < 2 or net["width"] % 2:
        raise ValueError(f"depth {net['depth']}, width {net['width']}: wanted are a positive depth and an even width")
    return Cells(Genotype(*kinds), net["depth"], net["width"])


def _stages(net: dict[str, Any], space: str) -> Stages:
    stages = Stages(**{key: value if isinstance(value, str) else tuple(value) for key, value in net.items()})
    if stages.block_type != BLOCKS[space]:
        raise ValueError(f"block_type {stages.block_type!r}, wanted is {BLOCKS[space]!r}")
    check_stages(stages)
    return stages


def joined(edges: Sequence[Edge], space: str) -> tuple[int, ...]:
    """Nodes that make a cell's output."""
    return tuple(range(2, 2 + len(edges) // 2)) if space in JOIN_ALL else loose_ends(edges)


def _write(net: Cells | Stages, space: str) -> str:
    fields = net._asdict()
    return arch_str(fields | {"genotype": net.genotype._asdict()} if isinstance(net, Cells) else fields, space)


@benchmark
class NDS:
    """Networks drawn from ten design spaces, each trained once, on ImageNet (`_in`) or CIFAR-10.

    Sets of one space: `_fix_w_d` fixes width and depth; `_lr_wd` draws learning rate and weight decay too, so that its
    accuracies do not rank architectures alone; `_reruns` are many trainings of two networks, `_rng` other seeds.

    Two strings of cells share a canonical form iff they differ in the order of a node's edges, or in what `none` reads;
    no node is dead in these spaces. A string of stages is its own canonical form.
    """

    name = "nds"
    datasets = tuple(map(dataset_of, SETS))
    cite = "radosavovic2019nds"

    def __init__(self, data: Path) -> None:
        self.data = Path(data)

    def architectures(self) -> Sequence[str]:
        """Every network of the sets at hand, each once."""
        return list(dict.fromkeys(downloads.table(self.name, data=self.data)["arch"]))

    def canonical(self, arch: str) -> str:
        """The string with the two edges of every node in order."""
        space, net = parse(arch)
        if isinstance(net, Stages):
            return arch
        genotype = net.genotype
        return _write(net._replace(genotype=genotype._replace(
            normal=sorted_edges(genotype.normal), reduce=sorted_edges(genotype.reduce)
        )), space)  # fmt: skip

    def build(self, arch: str, dataset: str, *, seed: int = 0, init: str = "kaiming_fan_in", **changes: Any) -> nn.Module:
        """The network of an architecture, for images of any size, without auxiliary head.

        Args:
            arch: JSON string.
            dataset: decides the stem and the number of classes: ImageNet's and 1,000 for `_in`, else CIFAR-10's and 10.
            seed: of the weights.
            init: rule of `initialise.fill`.
            **changes: stem (`imagenet`: stride 8, or 4 for ResNet and Vanilla; `cifar`: stride 1), classes, channels.
        """
        self._check(dataset)
        net = parse(arch)[1]
        imagenet = dataset.endswith("_in")
        options = {"stem": "imagenet" if imagenet else "cifar", "classes": 1000 if imagenet else 10} | changes
        if isinstance(net, Stages):
            make = partial(StagedNetwork, net, **options)
        else:
            make = partial(GenotypeNetwork, net.genotype, width=net.width, cells=net.depth, **options)
        return filled(make, seed=seed, init=init)

    def variants(self, arch: str, dataset: str, **changes: Any) -> dict[str, Callable[[], nn.Module]]:
        """`one_output`: the classifier replaced by one output; `reduced`: two cells, or all stages, from one channel."""
        net = parse(arch)[1]
        thin = partial(ThinStages, net) if isinstance(net, Stages) else partial(ThinCells, net.genotype)
        return {"one_output": lambda: self.build(arch, dataset, **changes | {"classes": 1}), "reduced": lambda: filled(thin)}

    def table(self, dataset: str) -> pd.DataFrame:
        """Test accuracies in percent, curves, `params` and `flops` of a set, indexed by architecture.

        Raises:
            Missing: the files at hand do not hold this set.
        """
        self._check(dataset)
        rows = trained(self, dataset)
        if rows.empty:
            raise downloads.Missing(f"No {dataset} in the NDS files at hand: bring nds/data.zip, which holds every set.")
        return rows

    def images(self, dataset: str, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The first CIFAR-10 training images; for `_in` the stand-in `imagenet_sample` at 64 x 64 pixels."""
        self._check(dataset)
        if dataset.endswith("_in"):
            return images.imagenet_sample(count, 64, data=self.data)
        return images.cifar10(count, data=self.data)

    def neighbours(self, arch: str) -> Sequence[str]:
        """Networks with one operation or one source changed; for stages, with one field of one stage a rung away."""
        space, net = parse(arch)
        near = _near_cells(net, space) if isinstance(net, Cells) else _near_stages(net, space)
        return list(dict.fromkeys(_write(other, space) for other in near))

    def _check(self, dataset: str) -> None:
        if dataset not in self.datasets:
            raise ValueError(f"Unknown dataset {dataset!r}. {suggest(dataset, self.datasets)}")


def _near_cells(net: Cells, space: str) -> Iterator[Cells]:
    for kind in ("normal", "reduce"):
        for edges in one_change(getattr(net.genotype, kind), OPERATIONS[space].split()):
            change = {kind: edges, f"{kind}_concat": joined(edges, space)}
            yield net._replace(genotype=net.genotype._replace(**change))


def _near_stages(net: Stages, space: str) -> Iterator[Stages]:
    for field, rungs in RUNGS[space].items():
        values = getattr(net, field)
        for stage in range(1, len(values)):
            below, above = bisect_left(rungs, values[stage]) - 1, bisect_right(rungs, values[stage])
            for rung in (below, above):
                if 0 <= rung < len(rungs):
                    other = net._replace(**{field: (*values[:stage], rungs[rung], *values[stage + 1 :])})
                    if all(round(w * r) % g == 0 for w, r, g in zip(other.ws, other.bot_muls, other.num_gs, strict=True)):
                        yield other
