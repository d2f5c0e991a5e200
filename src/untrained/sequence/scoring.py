"""From sequence models to the scores table, by the same shards and in the same rows as the image benchmarks."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import nan
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import torch
from torch import Tensor, nn

from untrained import benchmarks, passes, scores, shards
from untrained.benchmarks import bert, nas_bench_nlp
from untrained.probe import Undefined
from untrained.proxies import jacobian
from untrained.registry import suggest
from untrained.scoring import FAILURES
from untrained.sequence import cells, documents, encoder_layers, encoder_metrics, encoders, metrics, recipes, text
from untrained.setting import Setting


@dataclass(frozen=True)
class Domain:
    """What is particular to one kind of sequence model.

    Attributes:
        metrics: module with `get` and `names`.
        probe: from a network, token numbers and whether gradients are needed.
        turned: whether a column of token numbers is a sequence, instead of a row.
        code: modules that decide a value.
    """

    metrics: ModuleType
    probe: Callable[..., Any]
    turned: bool
    code: tuple[ModuleType, ...]


DOMAINS = {
    "nas_bench_nlp": Domain(
        metrics,
        metrics.SequenceProbe,
        True,
        (recipes, cells, text, nas_bench_nlp, metrics, passes, jacobian),
    ),
    "bert": Domain(
        encoder_metrics,
        encoder_metrics.EncoderProbe,
        False,
        (encoders, encoder_layers, documents, bert, encoder_metrics, passes, jacobian),
    ),
}
"""By benchmark."""


def domain(benchmark: str) -> Domain:
    """The domain of a benchmark.

    Raises:
        KeyError: it is none of sequence models.
    """
    if benchmark not in DOMAINS:
        raise KeyError(f"{benchmark!r} is no benchmark of sequence models. {suggest(benchmark, DOMAINS)}")
    return DOMAINS[benchmark]


def score(
    benchmark: str, network: nn.Module, tokens: Tensor, names: Sequence[str], *, arch: str = "network", seed: int = 0
) -> pd.DataFrame:
    """Score one sequence model: one row per metric.

    Args:
        benchmark: whose metrics.
        network: the model, read only.
        tokens: token numbers: (t, b) of recurrent models, (b, t) of encoders.
        names: of metrics.
        arch: label of the rows.
        seed: label of the rows.
    """
    kind = domain(benchmark)
    chosen = [kind.metrics.get(name) for name in names]
    probe = kind.probe(network, tokens, graph=any(one.graph for one in chosen))
    rows = [{"arch": arch, "seed": seed, **_row(one, probe)} for one in chosen]
    return pd.DataFrame(rows, columns=list(scores.COLUMNS))


def _row(one: metrics.Metric, probe: Any) -> dict[str, Any]:
    value, status, reason = nan, "ok", ""
    with probe.meter.step(one.name):
        try:
            value = one(probe)
        except Undefined as error:
            status, reason = "undefined", str(error)
        except FAILURES as error:
            status, reason = "failed", f"{type(error).__name__}: {error}".split("\n")[0][:300]
    return {"proxy": one.name, "value": value, "status": status, "reason": reason, "seconds": probe.meter.price(one.name)}


@dataclass(frozen=True)
class Job:
    """Score (architecture, seed) pairs: the pure function of one shard.

    Attributes:
        benchmark: whose architectures.
        data: folder of the manifest.
        setting: data set, inputs, number of sequences (`batch`), widths (`skeleton`).
        names: of metrics.
    """

    benchmark: str
    data: str
    setting: Setting
    names: tuple[str, ...]

    def __call__(self, units: Sequence[tuple[str, int]]) -> pd.DataFrame:
        """Rows of all pairs."""
        shards.keep_freed_memory()
        bench, how = benchmarks.get(self.benchmark, self.data), self.setting
        rows = bench.images(how.dataset, how.batch, inputs=how.inputs)[0]
        tokens = torch.from_numpy(rows.T if domain(self.benchmark).turned else rows)
        tables = []
        for arch, seed in units:
            network = bench.build(arch, how.dataset, seed=seed, **how.skeleton)
            tables.append(score(self.benchmark, network, tokens, self.names, arch=arch, seed=seed))
        return pd.concat(tables, ignore_index=True)


def score_sequences(
    benchmark: str,
    setting: Setting,
    names: Sequence[str],
    *,
    architectures: Sequence[str],
    seeds: Sequence[int] = (0,),
    folder: Path | str = "work/scores",
    out: Path | str | None = None,
    data: Path | str = "data",
    shard_size: int = 16,
    workers: int | None = None,
    client: Any = None,
    timings: bool = True,
) -> Path:
    """Score sequence models in resumable shards and compact them into one scores file; equal forms are computed once.

    Args:
        benchmark: whose architectures.
        setting: how to measure; its seed is replaced by each of `seeds`.
        names: of metrics.
        architectures: strings of the benchmark.
        seeds: of the weights.
        folder: of the shards.
        out: the scores file; `folder/benchmark-dataset.parquet` by default.
        data: folder of the manifest.
        shard_size: (architecture, seed) pairs per shard.
        workers: processes of one thread; all cores by default.
        client: a `dask.distributed.Client`, instead of local processes.
        timings: whether `seconds` is kept.

    Returns:
        The scores file.
    """
    kind, bench, setting = domain(benchmark), benchmarks.get(benchmark, data), replace(setting, seed=0)
    chosen = {name: kind.metrics.get(name) for name in names}
    units = [(arch, seed) for arch in dict.fromkeys(map(bench.canonical, architectures)) for seed in seeds]
    code = shards.source_digest(*kind.code)
    home = Path(folder) / f"{benchmark}-{setting.dataset}-{shards.digest(setting.as_dict(), code)}"
    pieces = shards.plan(units, folder=home, key=shards.digest(sorted(chosen)), size=shard_size)
    job, label = (
        Job(benchmark, str(data), setting, tuple(chosen)),
        f"{benchmark} {setting.dataset}: {len(chosen)} metrics",
    )
    paths = shards.run(job, pieces, workers=workers or os.cpu_count() or 1, client=client, label=label)
    table = scores.compact([shards.read(path)[0] for path in paths], units, list(chosen), timings=timings)
    metadata = {
        "setting": json.dumps(setting.as_dict()),
        "digest": setting.digest,
        "benchmark": benchmark,
        "dataset": setting.dataset,
        "better": json.dumps({name: one.better for name, one in chosen.items()}),
    }
    return shards.write(table, Path(out) if out else Path(folder) / f"{benchmark}-{setting.dataset}.parquet", metadata)
