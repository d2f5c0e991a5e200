"""From architectures to the scores table: plan, score a shard, write it, compact; serial, by processes or by dask."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor, nn

from untrained import benchmarks, scores, shards
from untrained import proxies as registered
from untrained.benchmarks import Benchmark
from untrained.passes import GRAPHLESS, UndeclaredPass
from untrained.probe import Probe, Undefined
from untrained.registry import UnknownName, suggest
from untrained.resuming import Run, core
from untrained.setting import Setting

FAILURES = (RuntimeError, MemoryError, ValueError, FloatingPointError)
"""What a proxy may die of on one network without stopping the others; anything else is a fault of this code."""


def score(
    network: nn.Module,
    inputs: Tensor,
    targets: Tensor | None = None,
    *,
    proxies: Sequence[str] | None = None,
    setting: Setting | None = None,
    variants: Mapping[str, Callable[[], nn.Module]] | None = None,
    arch: str = "network",
) -> pd.DataFrame:
    """Score any network: one row per proxy.

    Args:
        network: maps inputs (n, ...) to logits (n, classes); it is copied, never changed.
        inputs: a minibatch; a proxy that needs more says so.
        targets: class indices, for proxies that need labels.
        proxies: names; all registered ones by default.
        setting: how to measure; by default the network's own weights and one batch of all inputs.
        variants: relatives of the network for proxies that measure those.
        arch: label of the rows.

    Returns:
        Columns arch, seed, proxy, value, status (`ok`, `undefined`, `failed`), reason, seconds: CPU seconds that the proxy
        and its passes cost alone.

    Raises:
        UnknownName: an unknown proxy, with the nearest name.
        ValueError: inputs and targets of different length; a parameter that its proxy does not have.
    """
    if targets is not None and len(targets) != len(inputs):
        raise ValueError(f"{len(inputs)} inputs but {len(targets)} targets: they must be as many.")
    setting = setting or Setting(init=None, batch=len(inputs))
    chosen = _chosen(registered.names() if proxies is None else proxies, setting).values()
    expects = {need for one in chosen for need in one.needs}
    with torch.enable_grad():
        subject = Probe(network, inputs, targets, setting=setting, variants=variants, expects=expects)
        own = [one for one in chosen if not one.relative]
        rows = {}
        for stage in range(3):
            rows |= {one.name: _row(one, subject) for one in own if _stage(one) == stage}
            subject.end_graph()
        subject.release()
        rows |= {one.name: _row(one, subject) for one in chosen if one.relative}
    rows = [rows[one.name] for one in chosen]
    return pd.DataFrame([{"arch": arch, "seed": setting.seed, **row} for row in rows], columns=list(scores.COLUMNS))


def _chosen(names: Sequence[str], setting: Setting) -> dict[str, registered.Proxy]:
    """Proxies by name, after a check of every name and parameter in the setting, of proxies not asked for too."""
    for name, options in setting.options.items():
        registered.get(name).options(options)
    return {name: registered.get(name) for name in names}


def _stage(one: registered.Proxy) -> int:
    """0: while the graph of the recorded forward pass is held; 1: when it is gone; 2: with that of the pass on noise."""
    return 2 if "noise_forward" in one.needs else int(GRAPHLESS.issuperset(one.needs))


def _row(one: registered.Proxy, subject: Probe) -> dict[str, Any]:
    value, status, reason = nan, "ok", ""
    with subject.meter.step(one.name):
        try:
            value = one(subject)
        except Undefined as error:
            status, reason = "undefined", str(error)
        except UndeclaredPass:
            raise
        except FAILURES as error:
            status, reason = "failed", f"{type(error).__name__}: {error}".split("\n")[0][:300]
    return {"proxy": one.name, "value": value, "status": status, "reason": reason, "seconds": subject.meter.price(one.name)}


@dataclass(frozen=True)
class Job:
    """Score (architecture, seed) pairs of one benchmark: the pure function of one shard.

    Attributes:
        benchmark: registered name.
        data: folder of its tables.
        setting: how to measure; the seed is replaced by that of each pair.
        proxies: names.
        pool: number of training images at hand.
        device: `cpu`, `cuda`, or `auto`: a GPU where there is one. Weights and draws are made on the CPU, so that a score is
            the same up to round-off.
    """

    benchmark: str
    data: str
    setting: Setting
    proxies: tuple[str, ...]
    pool: int = 256
    device: str = "cpu"

    @property
    def place(self) -> str:
        """The device on the machine that asks: `auto` is a GPU where there is one, else the CPU."""
        return self.device if self.device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"

    def __call__(self, units: Sequence[tuple[str, int]]) -> pd.DataFrame:
        """Rows of all pairs."""
        shards.keep_freed_memory()
        bench = benchmarks.get(self.benchmark, self.data)
        inputs, targets = (torch.from_numpy(part).to(self.place) for part in bench.images(self.setting.dataset, self.pool))
        tables = [self._one(bench, arch, seed, inputs, targets) for arch, seed in units]
        return pd.concat(tables, ignore_index=True)

    def _one(self, bench: Benchmark, arch: str, seed: int, inputs: Tensor, targets: Tensor) -> pd.DataFrame:
        setting = replace(self.setting, seed=seed)
        network = bench.build(arch, setting.dataset, seed=seed, **setting.skeleton)
        relatives = bench.variants(arch, setting.dataset, **setting.skeleton)
        return score(network, inputs, targets, proxies=self.proxies, setting=setting, variants=relatives, arch=arch)


def score_benchmark(
    benchmark: str,
    dataset: str,
    setting: Setting,
    proxies: Sequence[str],
    *,
    client: Any = None,
    folder: Path | str = "work/scores",
    out: Path | str | None = None,
    data: Path | str = "data",
    architectures: Sequence[str] | None = None,
    seeds: Sequence[int] = (0,),
    shard_size: int = 16,
    workers: int | None = None,
    timings: bool = True,
    device: str = "cpu",
    costs: Mapping[str, float] | None = None,
    limits: Mapping[str, int] | None = None,
    published: Path | str | None = None,
    recheck: int = 8,
) -> Path:
    """Score a benchmark's architectures in resumable shards and compact them into one scores file.

    Equal architectures (one canonical form) are computed once. A proxy added later computes that proxy alone: shards are
    kept per set of proxies asked for and joined here.

    Args:
        benchmark: registered name.
        dataset: one of its data sets.
        setting: how to measure.
        proxies: names.
        client: a `dask.distributed.Client`, instead of local processes.
        folder: of the shards.
        out: the scores file; `folder/benchmark-dataset.parquet` by default.
        data: folder of the benchmark's tables.
        architectures: a selection; all by default.
        seeds: of weights and draws.
        shard_size: (architecture, seed) pairs per shard.
        workers: processes of one thread; all cores by default.
        timings: whether `seconds` is kept; without, equal inputs give equal bytes.
        device: of the networks; with `auto` and a GPU, `workers` processes share it.
        costs: of architectures, up to a factor, such as `benchmarks.costs`: the dearest shards are begun first, so that
            workers end together. No value depends on them.
        limits: dear proxies that are computed for the first units alone: name and number of (architecture, seed) pairs.
        published: an earlier scores file; its rows of the same setting are kept, proxy by proxy, if those of `recheck`
            random units come out the same with the present code.
        recheck: how many units are computed again for that.

    Returns:
        The scores file.

    Raises:
        UnknownName: an unknown benchmark, dataset or proxy, with the nearest name.
        ValueError: a string that is no architecture; a parameter that its proxy does not have; nothing to score; a limit
            that is no number of units.
        RuntimeError: a worker process died; the message says how to go on.
    """
    setting = replace(setting, dataset=dataset)
    chosen, limits = _chosen(proxies, setting), _limits(limits or {})
    bench = benchmarks.get(benchmark, data)
    if dataset not in bench.datasets:
        raise UnknownName(f"Unknown dataset {dataset!r} of {benchmark}. {suggest(dataset, bench.datasets)}")
    given = bench.architectures() if architectures is None else architectures
    if not len(given) or not chosen:
        raise ValueError(f"{len(given)} architectures and {len(chosen)} proxies asked for: name at least one of each.")
    units = [(arch, seed) for arch in dict.fromkeys(bench.canonical(arch) for arch in given) for seed in seeds]
    home = Path(folder) / f"{benchmark}-{dataset}-{shards.digest(setting.as_dict(), core(bench), Job.pool)}"
    job = Job(benchmark, str(data), setting, (), device=device)
    run = Run(job, home, shard_size, workers or os.cpu_count() or 1, client, costs or {})
    before = scores.read(published) if published is not None and Path(published).exists() else None
    pieces = []
    for limit in dict.fromkeys(limits.get(name) for name in chosen):
        names = [name for name in chosen if limits.get(name) == limit]
        pieces += run.unless_held(before, units[:limit], names, recheck=recheck)
    table = scores.compact(pieces, units, list(chosen), limits=limits, timings=timings)
    metadata = {
        "setting": json.dumps(setting.as_dict()),
        "digest": setting.digest,
        "benchmark": benchmark,
        "dataset": dataset,
        "better": json.dumps({name: one.better for name, one in chosen.items()}),
    }
    return shards.write(table, Path(out) if out else Path(folder) / f"{benchmark}-{dataset}.parquet", metadata)


def _limits(given: Mapping[str, int]) -> dict[str, int]:
    """The limits themselves, after a check of every name and number, of proxies not asked for too."""
    for name, limit in given.items():
        registered.get(name)
        if not isinstance(limit, int) or limit < 1:
            raise ValueError(
                f"The limit of {name!r} is {limit!r}; wanted is a whole number of units, 1 or more; or skip it."
            )
    return dict(given)


def again(table: pd.DataFrame, units: Sequence[tuple[str, int]], *, data: Path | str = "data") -> pd.DataFrame:
    """Scores of some units of a table by `scores.read`, computed anew by the proxies and under the setting of the table.

    Args:
        table: what was published.
        units: (architecture, seed) pairs of it.
        data: folder of the benchmark's tables.

    Returns:
        The rows that the table has for these units.
    """
    wanted = table.set_index(scores.KEYS[:2]).loc[list(units)].reset_index()
    setting = Setting(**table.attrs["setting"])
    job = Job(table.attrs["benchmark"], str(data), setting, tuple(wanted["proxy"].unique()))
    return wanted[scores.KEYS].merge(job(units), on=scores.KEYS)


def connect(address: str) -> Any:
    """A client of a running dask scheduler; its workers compute shards instead of local processes.

    Raises:
        OSError: nothing answers at the address.
    """
    from dask.distributed import Client

    return Client(address, timeout=20)
