"""One architecture of the reference: network, weights, minibatch and labels by the documented rule of names."""

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from untrained import proxies
from untrained.benchmarks.cells import CellNetwork, ThinCell
from untrained.benchmarks.nas_bench_201 import parse
from untrained.initialise import draw, fill
from untrained.probe import Probe
from untrained.setting import Setting

ROUNDING = 2.0**-20
"""How far a draw moves weights and inputs, relatively: 16 roundings of float32, as in a sum of some hundred terms."""


class Contiguous(Probe):
    """A probe in the memory layout of the authors' code: it orders a convolution's sums, and so decides the last digits."""

    def variant(self, name: str | None = None, **changes: Any) -> Probe:
        """The relative, in the same layout."""
        return contiguous(super().variant(name, **changes))


def contiguous(probe: Probe) -> Probe:
    """The probe with channels before positions in memory."""
    probe.pool = probe.pool.contiguous()
    probe.network.to(memory_format=torch.contiguous_format)
    return probe


class Subject:
    """One architecture in one configuration and precision: its network, minibatch and probe, shared by all figures.

    Args:
        arch: architecture string of NAS-Bench-201.
        skeleton: `C`, `N`, `image`, `classes`, `batch`.
        seed: of weights, inputs and labels.
        precision: `float32` or `float64`.
        rounding: None, or which draw moves weights and inputs by up to `ROUNDING` of themselves.
    """

    def __init__(
        self, arch: str, skeleton: Mapping[str, Any], *, seed: int, precision: str, rounding: int | None = None
    ) -> None:
        self.cell, self.skeleton, self.seed, self.rounding = parse(arch), skeleton, seed, rounding
        self.batch, self.image, self.dtype = skeleton["batch"], tuple(skeleton["image"]), getattr(torch, precision)
        self.setting = Setting(seed=seed, batch=self.batch, precision=precision, init=None)
        generator = np.random.Generator(np.random.PCG64(seed + zlib.crc32(b"labels")))
        self.labels = torch.from_numpy(generator.integers(0, skeleton["classes"], size=self.batch))
        self.inputs = self.tensor("input", (self.batch, *self.image))
        self.probe = self.probe_of(self.build())

    def tensor(self, name: str, shape: tuple[int, ...]) -> Tensor:
        """Inputs keyed by a name."""
        return self._moved(name, torch.from_numpy(draw(name, shape, seed=self.seed)).to(self.dtype))

    def filled(self, network: CellNetwork | ThinCell) -> nn.Module:
        """Weights keyed by their names, such as `stage2.cell0.edge1-3.nor_conv_3x3.weight`."""
        fill(network.to(self.dtype), seed=self.seed)
        with torch.no_grad():
            for name, weight in network.named_parameters():
                weight.copy_(self._moved(name, weight))
        return network

    def _moved(self, name: str, values: Tensor) -> Tensor:
        if self.rounding is None:
            return values
        generator = np.random.Generator(np.random.PCG64(zlib.crc32(f"{name}.rounding{self.rounding}".encode())))
        return values * (1 + ROUNDING * torch.from_numpy(generator.uniform(-1, 1, tuple(values.shape))).to(values))

    def build(self, **changes: int) -> nn.Module:
        """The network, or one of another width or depth."""
        sizes = {"width": self.skeleton["C"], "cells": self.skeleton["N"], "classes": self.skeleton["classes"]} | changes
        return self.filled(CellNetwork(self.cell, channels=self.image[0], **sizes))

    def probe_of(self, network: nn.Module) -> Probe:
        """A probe of a network on the minibatch."""
        return contiguous(Contiguous(network, self.inputs, self.labels, setting=self.setting))

    def __call__(self, name: str, probe: Probe | None = None, **options: Any) -> float:
        """Value of a proxy, declared passes only."""
        one, probe = proxies.get(name), probe or self.probe
        with probe.restricted(one.needs):
            return one.function(probe, **options)
