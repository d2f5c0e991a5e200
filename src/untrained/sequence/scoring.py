"""From recipes to the scores table, by the same shards and in the same rows as the image benchmarks."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from untrained import benchmarks, passes, scores, shards
from untrained.benchmarks import nas_bench_nlp
from untrained.probe import Undefined
from untrained.proxies import jacobian
from untrained.scoring import FAILURES
from untrained.sequence import cells, metrics, recipes, text
from untrained.sequence.metrics import SequenceProbe
from untrained.setting import Setting

NAME = "nas_bench_nlp"


def score(
    network: cells.RecurrentLanguageModel, tokens: Tensor, names: Sequence[str], *, arch: str = "network", seed: int = 0
) -> pd.DataFrame:
    """Score one recurrent language model: one row per metric.

    Args:
        network: the model, read only.
        tokens: (t, b) token numbers.
        names: of metrics.
        arch: label of the rows.
        seed: label of the rows.
    """
    chosen = [metrics.get(name) for name in names]
    probe = SequenceProbe(network, tokens, graph=any(one.graph for one in chosen))
    rows = [{"arch": arch, "seed": seed, **_row(one, probe)} for one in chosen]
    return pd.DataFrame(rows, columns=list(scores.COLUMNS))


def _row(one: metrics.Metric, probe: SequenceProbe) -> dict[str, Any]:
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
    """Score (recipe, seed) pairs: the pure function of one shard.

    Attributes:
        data: folder of the manifest.
        setting: data set, inputs, number of sequences (`batch`), widths (`skeleton`).
        names: of metrics.
    """

    data: str
    setting: Setting
    names: tuple[str, ...]

    def __call__(self, units: Sequence[tuple[str, int]]) -> pd.DataFrame:
        """Rows of all pairs."""
        shards.keep_freed_memory()
        bench, how = benchmarks.get(NAME, self.data), self.setting
        tokens = torch.from_numpy(bench.images(how.dataset, how.batch, inputs=how.inputs)[0].T)
        tables = []
        for arch, seed in units:
            network = bench.build(arch, how.dataset, seed=seed, **how.skeleton)
            tables.append(score(network, tokens, self.names, arch=arch, seed=seed))
        return pd.concat(tables, ignore_index=True)


def score_recipes(
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
    """Score recipes in resumable shards and compact them into one scores file; equal forms are computed once.

    Args:
        setting: how to measure; its seed is replaced by each of `seeds`.
        names: of metrics.
        architectures: recipes.
        seeds: of the weights.
        folder: of the shards.
        out: the scores file; `folder/nas_bench_nlp-dataset.parquet` by default.
        data: folder of the manifest.
        shard_size: (recipe, seed) pairs per shard.
        workers: processes of one thread; all cores by default.
        client: a `dask.distributed.Client`, instead of local processes.
        timings: whether `seconds` is kept.

    Returns:
        The scores file.
    """
    bench, setting = benchmarks.get(NAME, data), replace(setting, seed=0)
    chosen = {name: metrics.get(name) for name in names}
    units = [(arch, seed) for arch in dict.fromkeys(map(bench.canonical, architectures)) for seed in seeds]
    code = shards.source_digest(recipes, cells, text, nas_bench_nlp, metrics, passes, jacobian)
    home = Path(folder) / f"{NAME}-{setting.dataset}-{shards.digest(setting.as_dict(), code)}"
    pieces = shards.plan(units, folder=home, key=shards.digest(sorted(chosen)), size=shard_size)
    job, label = Job(str(data), setting, tuple(chosen)), f"{NAME} {setting.dataset}: {len(chosen)} metrics"
    paths = shards.run(job, pieces, workers=workers or os.cpu_count() or 1, client=client, label=label)
    table = scores.compact([shards.read(path)[0] for path in paths], units, list(chosen), timings=timings)
    metadata = {
        "setting": json.dumps(setting.as_dict()),
        "digest": setting.digest,
        "benchmark": NAME,
        "dataset": setting.dataset,
        "better": json.dumps({name: one.better for name, one in chosen.items()}),
    }
    return shards.write(table, Path(out) if out else Path(folder) / f"{NAME}-{setting.dataset}.parquet", metadata)
