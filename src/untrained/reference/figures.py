"""What of ours stands beside each figure of the reference."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from untrained import codes
from untrained.benchmarks.cells import Reduction, ReLUConvBN, ThinCell
from untrained.probe import Probe
from untrained.proxies.response import smallest_eigenvalues
from untrained.reference.subject import Subject


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
    """Ln |det K| with every ReLU of a ReLU-conv-BN block counted twice, the last ReLU once."""
    run = one.probe.forward()
    readers = [2 * len(names) - names.count("relu") for _, names in run.relus]
    return codes.log_det(sum(n * codes.agreement(code) for n, (code, _) in zip(readers, run.codes, strict=True)))


def thin_regions(one: Subject) -> float:
    """Distinct codes of one cell of one channel without a stem over three batches of 1000 samples."""
    cell = one.filled(ThinCell(one.cell))
    pieces = [codes.record(cell, one.tensor(f"lr_input{k}", (1000, 1, 3, 3))) for k in range(3)]
    return codes.distinct_codes(torch.cat([torch.cat(layer, 1) for layer in pieces]))


def nested_meco(one: Subject) -> float:
    """MeCo over the authors' module tree: a container counts beside its last member, and so repeats it."""
    maps: list[tuple[int, Tensor]] = []
    handles = [
        module.register_forward_hook(lambda _, args, output, n=n: maps.append((n, output[:1].detach())))
        for name, module in one.probe.network.named_modules()
        if (n := _nesting(name, module))
    ]
    one.probe.outputs(one.inputs)
    for handle in handles:
        handle.remove()
    return sum(n * float(smallest_eigenvalues(found)) for n, found in maps)


def _nesting(name: str, module: nn.Module) -> int:
    """How often the authors' tree counts what one of our modules gives, where that is a map."""
    if name in {"", "body", "classifier"}:
        return 0
    within = isinstance(module, ReLUConvBN) or (isinstance(module, nn.AvgPool2d) and ".edges." in name)
    return 2 if within or name in {"stem", "relu"} or name.endswith(".shortcut") else 1


def kernel(one: Subject, name: str, probe: Probe | None = None) -> float:
    """A condition number under the subject's own weights."""
    return one(name, probe, batch=one.batch, repeats=1, init=None)


Figure = tuple[str, Callable[[Subject], float]]


def of(proxy: str, **options: Any) -> Figure:
    """The proxy itself."""
    return proxy, lambda one: one(proxy, **options)


FIGURES: dict[str, Figure] = {
    "zero-cost-nas/grad_norm": of("grad_norm"),
    "zero-cost-nas/snip": of("snip"),
    "zero-cost-nas/plain": of("plain"),
    "zero-cost-nas/grasp": of("grasp"),
    "zero-cost-nas/fisher": of("fisher"),
    "zero-cost-nas/jacob_cov": of("jacob_cov"),
    "zero-cost-nas/synflow": ("synflow, half normalised", lambda one: one("synflow_bn", half_normalised(one))),
    "zero-cost-nas/synflow_bn": of("synflow_bn"),
    "NASLib/synflow": of("synflow"),
    "NASLib/epe_nas": of("epe_nas"),
    "NASLib/l2_norm": of("l2_norm"),
    "NASLib/zen": ("zen", lambda one: one("zen", batch=one.batch)),
    "NASLib/nwot": of("naswot"),
    "nas-without-training/hook_logdet": ("naswot, counted twice", counted_twice),
    "SWAP/swap": of("swap"),
    "TENAS/linear_regions": of("nlr", network="full", init=None, repeats=1),
    "TENAS/linear_regions_thin": ("nlr, thin", thin_regions),
    "TENAS/ntk_cond_thin_train": (
        "cnntk, thin",
        lambda one: kernel(one, "cnntk", one.probe_of(one.build(width=3, cells=1))),
    ),
    "TENAS/ntk_cond_train": ("cnntk", lambda one: kernel(one, "cnntk")),
    "TENAS/ntk_cond_eval": ("cnntk_running", lambda one: kernel(one, "cnntk_running")),
    "TENAS/flops_params_M:0": ("flops", lambda one: one("flops") / 1e6),
    "TENAS/flops_params_M:1": ("params", lambda one: one("params") / 1e6),
    "ZiCo/zico": of("zico"),
    "AZ-NAS/az_nas:expressivity": of("expressivity", inputs="minibatch"),
    "AZ-NAS/az_nas:progressivity": of("progressivity", inputs="minibatch"),
    "AZ-NAS/az_nas:trainability": of("trainability", inputs="minibatch"),
    "AZ-NAS/gradsign": of("gradsign"),
    "MeCo/meco": ("meco, nested", nested_meco),
}
"""Per figure of the file, `peer/name` or `peer/name:part`: which proxy of ours is compared, and how its value comes."""

SAME = {
    "NASLib/jacov": "zero-cost-nas/jacob_cov",
    "NASLib/synflow_bn": "zero-cost-nas/synflow_bn",
    "AZ-NAS/naswot": "NASLib/nwot",
    "AZ-NAS/zico": "ZiCo/zico",
    "AZ-NAS/zen": "NASLib/zen",
} | {f"NASLib/{name}": f"zero-cost-nas/{name}" for name in ("grad_norm", "snip", "plain", "grasp", "fisher")}
"""Figures of several peers that are one definition."""
