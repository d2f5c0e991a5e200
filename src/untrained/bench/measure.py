"""Timings and memory of single networks: per proxy, per pass, against size."""

import gc
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import Any

import pandas as pd
import torch

from untrained import meter, proxies, scoring, shards
from untrained.bench.space import Space
from untrained.passes import PASSES
from untrained.probe import Probe, Undefined
from untrained.registry import suggest
from untrained.setting import Setting

ARGUMENTS: Mapping[str, Callable[[Probe], tuple[Any, ...]]] = MappingProxyType(
    {
        "outputs": lambda probe: (probe.inputs(),),
        "part_gradients": lambda probe: (2,),
        "layer_gradients": lambda probe: (lambda *_: None,),
        "entry_jacobian": lambda probe: (128,),
    }
)
"""What a pass is given when it is timed: two halves of the minibatch, nobody who takes the layers, 128 weights."""

NORMS = {"kernel": "frozen", "layer_gradients": "frozen", "entry_jacobian": "running"}
"""Norm mode in which a pass is timed, where it is not `batch`: samples must not be coupled."""

WAYS = {name: (name, NORMS.get(name, "batch")) for name in PASSES} | {"kernel by sample": ("kernel", "batch")}
"""What is timed: label to pass and norm mode. The kernel `by sample` is that of samples coupled by batch statistics."""


def by_sample() -> list[str]:
    """Proxies with one backward pass per input: dearer than all others together, so measured apart."""
    return [name for name in proxies.names() if "batch B" in proxies.get(name).passes]


def together() -> list[str]:
    """All other proxies: those that a run computes at once."""
    return [name for name in proxies.names() if name not in by_sample()]


def setting(batch: int) -> Setting:
    """Every proxy on the same `batch` inputs, whatever its own default; those of `by_sample` on one initialisation."""
    options: dict[str, dict[str, Any]] = {}
    for name in proxies.names():
        fixed = {"batch": batch} | ({"repeats": 1} if name in by_sample() else {})
        options[name] = {key: value for key, value in fixed.items() if key in proxies.get(name).parameters}
    return Setting(inputs="normal", batch=batch, options=options)


@contextmanager
def steady() -> Iterator[None]:
    """One thread, and a heap as in the midst of a long run.

    glibc gives a freed block back to the system, page by page, until one of that size (32 MB at most) was freed once. In a
    fresh process the unit therefore costs twice as much as later, and a network does too.
    """
    with shards.one_thread():
        torch.empty(30_000_000, dtype=torch.uint8)
        yield


def timed(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """What a call returns, its CPU seconds, and the unit: median of two calibrations right before and two right after."""
    gc.collect()
    units = [meter.calibration(1) for _ in range(2)]
    start = time.process_time()
    result = work()
    seconds = time.process_time() - start
    units += [meter.calibration(1) for _ in range(2)]
    return result, {"seconds": seconds, "unit": median(units)}


def turns(archs: Sequence[str], repeats: int) -> Iterator[tuple[str, int]]:
    """Architectures in turn, `repeats` times over, after one unmeasured turn (-1) of the first."""
    yield archs[0], -1
    yield from ((arch, repeat) for repeat in range(repeats) for arch in archs)


def scored(space: Space, arch: str, batch: int, names: Sequence[str]) -> pd.DataFrame:
    """Build one network and score it: the work of a run for one architecture.

    Raises:
        RuntimeError: a proxy failed, so its cost is none.
    """
    network, variants = space.network(arch)
    inputs, targets = space.minibatch(batch)
    table = scoring.score(network, inputs, targets, proxies=names, setting=setting(batch), variants=variants, arch=arch)
    for _, row in table[table["status"] == "failed"].iterrows():
        raise RuntimeError(
            f"{row['proxy']} failed on {arch}: {row['reason']}. The cost of a failure is not that of a value."
        )
    return table


def per_proxy(
    archs: Sequence[str],
    *,
    space: Space | None = None,
    batch: int = 32,
    repeats: int = 1,
    names: Sequence[str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All proxies of an architecture at once, and each of them by itself.

    Args:
        archs: architectures.
        space: what networks they are.
        batch: inputs.
        repeats: measurements of each architecture.
        names: proxies; by default all but those with one backward pass per input.

    Returns:
        Runs (arch, repeat, seconds, unit), building included; and proxies (arch, repeat, proxy, seconds: alone, with the
        passes it needs, own: once they are there, unit) where they have a value.
    """
    space, names = space or Space(), together() if names is None else list(names)
    runs, rows = [], []
    with steady():
        for arch, repeat in turns(archs, repeats):
            table, cost = timed(partial(scored, space, arch, batch, names))
            runs.append({"arch": arch, "repeat": repeat} | cost)
            own = table["proxy"].map(_own(space, arch, batch, names))
            table = table.assign(own=own, repeat=repeat, unit=cost["unit"]).query("status == 'ok'")
            rows.append(table[["arch", "repeat", "proxy", "seconds", "own", "unit"]])
    return _measured(pd.DataFrame(runs)), _measured(pd.concat(rows))


def _own(space: Space, arch: str, batch: int, names: Sequence[str]) -> dict[str, float]:
    """Seconds of every proxy without its passes."""
    network, variants = space.network(arch)
    probe = Probe(network, *space.minibatch(batch), setting=setting(batch), variants=variants)
    for name in names:
        with probe.meter.step(name):
            try:
                proxies.get(name)(probe)
            except Undefined:
                continue
    return {name: probe.meter.own(name) for name in names}


def per_pass(
    archs: Sequence[str],
    *,
    space: Space | None = None,
    batch: int = 32,
    repeats: int = 1,
    names: Sequence[str] = tuple(WAYS),
) -> pd.DataFrame:
    """Every pass alone, beyond the recorded forward pass that it starts from.

    Args:
        archs: architectures.
        space: what networks they are.
        batch: inputs.
        repeats: measurements of each architecture.
        names: of `WAYS`.

    Returns:
        Rows (arch, repeat, pass, seconds, unit, forwards: cost in plain forward passes, `outputs`, of the same turn).
    """
    space, rows = space or Space(), []
    inputs, targets = space.minibatch(batch)
    with steady():
        for arch, repeat in turns(archs, repeats):
            costs = {}
            for name in ("outputs", *(name for name in names if name != "outputs")):
                way, norm = WAYS[name]
                probe = Probe(space.network(arch)[0], inputs, targets, setting=replace(setting(batch), norm=norm))
                if name not in ("outputs", "forward", "relu_responses"):
                    probe.forward()
                given = ARGUMENTS.get(way, lambda _: ())(probe)
                costs[name] = timed(partial(getattr(probe, way), *given))[1]
            plain = costs["outputs"]["seconds"] / costs["outputs"]["unit"]
            for name, cost in costs.items():
                relative = {"forwards": cost["seconds"] / cost["unit"] / plain}
                rows.append({"arch": arch, "repeat": repeat, "pass": name} | cost | relative)
    return _measured(pd.DataFrame(rows))


def scaling(
    parameter: str,
    values: Sequence[int],
    archs: Sequence[str],
    *,
    space: Space | None = None,
    batch: int = 32,
    repeats: int = 1,
) -> pd.DataFrame:
    """All proxies of an architecture at once, against one size.

    Args:
        parameter: `batch`, or a field of `Space`.
        values: of the size; all are tried on one architecture before the next.
        archs: architectures.
        space: the networks otherwise.
        batch: inputs otherwise.
        repeats: measurements of each.

    Returns:
        Rows (parameter, value, arch, repeat, seconds, unit).

    Raises:
        ValueError: no such size.
    """
    space = space or Space()
    if parameter not in (known := ("batch", *asdict(space))):
        raise ValueError(f"Unknown size {parameter!r}. {suggest(parameter, known)}")
    rows = []
    with steady():
        for arch, repeat in turns(archs, repeats):
            for value in values:
                sized, many = (space, value) if parameter == "batch" else (replace(space, **{parameter: value}), batch)
                cost = timed(partial(scored, sized, arch, many, together()))[1]
                rows.append({"parameter": parameter, "value": value, "arch": arch, "repeat": repeat} | cost)
    return _measured(pd.DataFrame(rows))


def _measured(table: pd.DataFrame) -> pd.DataFrame:
    """Without the unmeasured turn."""
    return table[table["repeat"] >= 0].reset_index(drop=True)


def memory(
    cases: Mapping[str, Sequence[str]],
    archs: Sequence[str],
    *,
    space: Space | None = None,
    batches: Sequence[int] = (32, 64),
) -> pd.DataFrame:
    """Peak resident memory of scoring one architecture, each case in a process of its own.

    Args:
        cases: label to the names of proxies that run at once.
        archs: architectures.
        space: what networks they are.
        batches: inputs.

    Returns:
        Rows (case, arch, batch, peak_mb: all of the process, growth_mb: what scoring added); 1 MB = 10^6 bytes.
    """
    context, rows = multiprocessing.get_context("spawn"), []
    for case, names in cases.items():
        for arch, batch in [(arch, batch) for arch in archs for batch in batches]:
            with ProcessPoolExecutor(1, mp_context=context) as pool:
                base, peak = pool.submit(_peaks, space or Space(), arch, batch, list(names)).result()
            rows.append(
                {"case": case, "arch": arch, "batch": batch, "peak_mb": peak / 1e6, "growth_mb": (peak - base) / 1e6}
            )
    return pd.DataFrame(rows, columns=["case", "arch", "batch", "peak_mb", "growth_mb"])


def _peaks(space: Space, arch: str, batch: int, names: Sequence[str]) -> tuple[int, int]:
    """Most bytes ever resident in this process: before scoring, libraries loaded, and after."""
    with shards.one_thread():
        proxies.names()
        meter.calibration(1)
        before = _peak()
        scored(space, arch, batch, names)
    return before, _peak()


def _peak() -> int:
    """Most bytes resident in this process so far; on Linux from its own status, as getrusage counts the parent's there."""
    status = Path("/proc/self/status")
    if status.exists():
        return 1024 * int(status.read_text().split("VmHWM:")[1].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
