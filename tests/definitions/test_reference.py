"""Every figure of an independent file of reference values, computed by the proxies' authors' own code.

UNTRAINED_REFERENCE names the file; by default the copy beside this test. Networks, weights and inputs follow from a rule of
names and numbers, so that any architecture of the space may stand in the file.
"""

import json
import math
import os
import zlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from untrained import codes, proxies
from untrained.benchmarks.cells import CellNetwork, Reduction, ThinCell
from untrained.benchmarks.nas_bench_201 import parse
from untrained.initialise import draw, fill
from untrained.probe import Probe, Undefined
from untrained.setting import Setting
from untrained.stats import krocc

FILE = Path(os.environ.get("UNTRAINED_REFERENCE") or Path(__file__).with_name("proxies_nb201.json"))
REFERENCE = json.loads(FILE.read_text())
SEED = REFERENCE["seed"]
NOISE = {"float32": 1e-4, "float64": 1e-6}
PRECISION = {"f32": "float32", "f64": "float64"}


def filled(network: CellNetwork | ThinCell) -> nn.Module:
    """Weights by the reference's rule: a name keys them, such as `stage2.cell0.edge1-3.nor_conv_3x3.weight`."""
    return fill(network, seed=SEED)


class Subject:
    """One architecture in one configuration and precision: its probe, shared by all figures."""

    def __init__(self, arch: str, config: str, bits: str) -> None:
        skeleton = REFERENCE["configs"][config]
        self.cell, self.skeleton = parse(REFERENCE["archs"][arch]["arch_str"]), skeleton
        self.batch, self.image, self.dtype = skeleton["batch"], tuple(skeleton["image"]), getattr(torch, PRECISION[bits])
        self.setting = Setting(seed=SEED, batch=self.batch, precision=PRECISION[bits])
        generator = np.random.Generator(np.random.PCG64(SEED + zlib.crc32(b"labels")))
        self.labels = torch.from_numpy(generator.integers(0, skeleton["classes"], size=self.batch))
        self.inputs = torch.from_numpy(draw("input", (self.batch, *self.image), seed=SEED)).to(self.dtype)
        self.network = self.build()
        self.probe = self.probe_of(self.network)

    def build(self, **changes: int) -> nn.Module:
        sizes = {"width": self.skeleton["C"], "cells": self.skeleton["N"], "classes": self.skeleton["classes"]} | changes
        return filled(CellNetwork(self.cell, channels=self.image[0], **sizes).to(self.dtype))

    def probe_of(self, network: nn.Module) -> Probe:
        return Probe(network, self.inputs, self.labels, setting=self.setting)

    def __call__(self, name: str, probe: Probe | None = None, **options: Any) -> float:
        one, probe = proxies.get(name), probe or self.probe
        with probe.restricted(one.needs):
            return one.function(probe, **options)


@lru_cache(maxsize=1)
def subject(arch: str, config: str, bits: str) -> Subject:
    return Subject(arch, config, bits)


def half_normalised(one: Subject) -> Probe:
    """Batch normalisation in the two reduction blocks alone, as in the network that one reference used for synflow."""
    network = one.build()

    def strip(module: nn.Module) -> None:
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, nn.Identity())
            elif not isinstance(child, Reduction):
                strip(child)

    strip(network)
    return one.probe_of(network)


def counted_twice(one: Subject) -> float:
    """ln |det K| with every ReLU of a ReLU-conv-BN block counted twice, the last ReLU once."""
    run = one.probe.forward()
    readers = [2 * len(names) - names.count("relu") for _, names in run.relus]
    return codes.log_det(sum(n * codes.agreement(code) for n, (code, _) in zip(readers, run.codes, strict=True)))


def thin_regions(one: Subject) -> float:
    """Distinct codes of one cell of one channel without a stem over three batches of 1000 samples."""
    cell = filled(ThinCell(one.cell).to(one.dtype))
    batches = [torch.from_numpy(draw(f"lr_input{k}", (1000, 1, 3, 3), seed=SEED)).to(one.dtype) for k in range(3)]
    pieces = [codes.record(cell, batch) for batch in batches]
    return codes.distinct_codes(torch.cat([torch.cat(layer, 1) for layer in pieces]))


KERNEL = {"init": None, "repeats": 1}
FIGURES: dict[str, Callable[[Subject], Any]] = {
    "zero-cost-nas/grad_norm": lambda s: s("grad_norm"),
    "zero-cost-nas/snip": lambda s: s("snip"),
    "zero-cost-nas/plain": lambda s: s("plain"),
    "zero-cost-nas/grasp": lambda s: s("grasp"),
    "zero-cost-nas/fisher": lambda s: s("fisher"),
    "zero-cost-nas/jacob_cov": lambda s: s("jacob_cov"),
    "zero-cost-nas/synflow": lambda s: s("synflow_bn", half_normalised(s)),
    "zero-cost-nas/synflow_bn": lambda s: s("synflow_bn"),
    "NASLib/synflow": lambda s: s("synflow"),
    "NASLib/epe_nas": lambda s: s("epe_nas"),
    "NASLib/l2_norm": lambda s: s("l2_norm"),
    "NASLib/zen": lambda s: s("zen", batch=s.batch),
    "NASLib/nwot": lambda s: s("naswot"),
    "nas-without-training/hook_logdet": counted_twice,
    "SWAP/swap": lambda s: s("swap"),
    "TENAS/linear_regions": lambda s: s("nlr", network="full", init="kaiming_fan_in", repeats=1),
    "TENAS/linear_regions_thin": thin_regions,
    "TENAS/ntk_cond_thin_train": lambda s: s("cnntk", s.probe_of(s.build(width=3, cells=1)), batch=s.batch, **KERNEL),
    "TENAS/ntk_cond_train": lambda s: s("cnntk", batch=s.batch, **KERNEL),
    "TENAS/ntk_cond_eval": lambda s: s("cnntk_running", batch=s.batch, **KERNEL),
    "TENAS/flops_params_M": lambda s: [s("flops") / 1e6, s("params") / 1e6],
    "ZiCo/zico": lambda s: s("zico"),
    "AZ-NAS/az_nas": lambda s: {name: s(name) for name in ("expressivity", "progressivity", "trainability")},
    "AZ-NAS/gradsign": lambda s: s("gradsign"),
}
SAME = {
    "NASLib/jacov": "zero-cost-nas/jacob_cov",
    "NASLib/synflow_bn": "zero-cost-nas/synflow_bn",
    "AZ-NAS/naswot": "NASLib/nwot",
    "AZ-NAS/zico": "ZiCo/zico",
    "AZ-NAS/zen": "NASLib/zen",
} | {f"NASLib/{name}": f"zero-cost-nas/{name}" for name in ("grad_norm", "snip", "plain", "grasp", "fisher")}
RANKED = {"MeCo/meco"}
"""Figures that depend on how the authors' code nests its modules: their order is compared, not their value."""
CANCELLED = {"plain": 5e-6, "grasp": 5e-6}
"""Float64 too: small sums of large terms of both signs."""
SINGULAR = ("logdet", "naswot", "nwot", "ntk_cond")
"""Of a singular kernel the authors' code gives the round-off of its solver: a proxy says so, or clips."""
KINKED = {"zico": 1e-2, "gradsign": 5e-3, "epe_nas": 3e-3, "plain": 2e-3} | dict.fromkeys(
    ("ntk_cond_train", "ntk_cond_thin_train", "ntk_cond_eval", "grad_norm", "snip", "fisher", "grasp"), 1e-3
)
"""What float32 may do to figures of gradients: a ReLU input within rounding of 0 falls on the other side of it, and takes a
whole sample's gradient with it; which one does depends on the order of sums. The file's own float32 shows the same sizes."""


def cases() -> list[Any]:
    found = []
    for arch, tables in REFERENCE["archs"].items():
        for table, figures in tables.items():
            if table != "arch_str" and "not_to_match" not in table:
                config, bits = table.rsplit("_", 1)
                names = [name for name in figures if name not in RANKED]
                found += [pytest.param(arch, config, bits, name, id=f"{arch}/{config}/{bits}/{name}") for name in names]
    return found


def number(value: Any) -> float:
    """A figure; `inf`, `-inf` and `nan` are strings, a complex one counts by its real part."""
    return float(value["re"]) if isinstance(value, dict) else float(value)


def tolerance(arch: str, config: str, bits: str, pick: Callable[[Any], float], name: str) -> float:
    """Relative: 1e-6 in float64; in float32 1e-4, or that of a kink, or twice the authors' own |float32 - float64|."""
    tables = REFERENCE["archs"][arch]
    known = NOISE[PRECISION[bits]]
    known = (KINKED if bits == "f32" else CANCELLED).get(name.partition("/")[2], known)
    both = [tables[f"{config}_{b}"].get(name) for b in ("f32", "f64") if f"{config}_{b}" in tables]
    if bits == "f32" and len(both) == 2 and None not in both:
        single, double = map(pick, both)
        if math.isfinite(single) and math.isfinite(double) and double:
            known = max(known, 2 * abs(single - double) / abs(double))
    return known


@pytest.mark.parametrize(("arch", "config", "bits", "name"), cases())
def test_figure(arch, config, bits, name):
    figure = FIGURES.get(SAME.get(name, name))
    assert figure, f"No proxy is compared with {name!r}: add it to FIGURES or RANKED."
    wanted = REFERENCE["archs"][arch][f"{config}_{bits}"][name]
    one = subject(arch, config, bits)
    if name == "AZ-NAS/az_nas":
        for part, value in wanted.items():
            compare(name, lambda p=part: one(p), value, tolerance(arch, config, bits, lambda v, p=part: number(v[p]), name))
    elif isinstance(wanted, list):
        for place, value in enumerate(wanted):
            compare(name, lambda k=place: figure(one)[k], value, NOISE[PRECISION[bits]])
    else:
        compare(name, lambda: figure(one), number(wanted), tolerance(arch, config, bits, number, name))


def compare(name: str, found: Callable[[], float], wanted: float | str, relative: float) -> None:
    """Equal to a relative tolerance; a proxy may be undefined where the reference is not finite, or a fixed stand-in."""
    wanted = float(wanted)
    try:
        value = float(found())
    except Undefined:
        assert not math.isfinite(wanted) or wanted in {0.0, 1e5} or name.endswith(SINGULAR[:3])
        return
    if name.endswith(SINGULAR[:3]) and not math.isfinite(value):
        return
    if SINGULAR[3] in name and value > 1e12:
        assert not math.isfinite(wanted) or wanted < 0 or wanted > 1e4
        return
    if math.isfinite(wanted):
        assert value == pytest.approx(wanted, rel=relative, abs=1e-12)
    else:
        assert not math.isfinite(value)


@pytest.mark.parametrize("config", REFERENCE["configs"])
def test_meco_ranks_architectures_as_the_reference(config):
    values = {
        arch: float(tables[f"{config}_f32"]["MeCo/meco"])
        for arch, tables in REFERENCE["archs"].items()
        if "MeCo/meco" in tables.get(f"{config}_f32", {})
    }
    if len(values) < 6:
        pytest.skip(f"{len(values)} architectures have the figure: no ranks to compare")
    assert krocc([subject(arch, config, "f32")("meco") for arch in values], list(values.values())) > 0.5


def test_every_figure_is_known():
    for tables in REFERENCE["archs"].values():
        for table, figures in tables.items():
            if table != "arch_str" and "not_to_match" not in table:
                assert {SAME.get(name, name) for name in figures} <= FIGURES.keys() | RANKED
