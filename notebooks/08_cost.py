# %% [markdown]
# # What scoring costs
#
# A score replaces a training only if it costs much less. Here every proxy and every pass is timed on networks of the full size
# of NAS-Bench-201, one thread, and set beside other code. These are reference timings of one machine, measured on purpose
# (`make bench`): the pipeline does not repeat them.

# %% tags=["parameters"]
# Small here, so that the page runs in seconds; params.yaml holds the values of the published run.
archs = 2  # a stratified sample of the unique cells, ordered by multiplications
repeats = 1  # measurements of each; the median counts
few = 1  # architectures of that sample for what is dear: passes, sizes, one gradient per input
size = {"width": 4, "cells": 1, "side": 8}  # of the networks, where it is not that of NAS-Bench-201: {}
batch = 8
batches = [8, 16]
widths = [4, 8]
counts = [5, 20]  # architectures of one table
memory_batches = [64]
each = False  # peak memory of every proxy alone too, a process for each
data = "data"
folder = "work/bench"  # what a killed run has measured, read by the next; a run that ends removes it
out = "work/timing"

# %%
import json
import platform
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import torch
from IPython.display import Markdown

from untrained import bench, benchmarks, passes, probe, proxies, scoring, shards
from untrained.bench import measure
from untrained.report import figures, tables

decided = (archs, repeats, few, size, batch, batches, widths, counts, memory_batches, each, proxies.names())
home = Path(folder) / shards.digest(*decided, shards.source_digest(measure, passes, probe, scoring))


def measured(name: str, measurement: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """What a killed run has measured under this name, or a new measurement."""
    path = home / f"{name}.parquet"
    if not path.exists():
        shards.write(measurement(), path)
    return shards.read(path)[0]


space = bench.Space(**size)
sample = space.spread(archs)
some = [sample[int((place + 0.5) * archs / few)] for place in range(few)]  # few of the same, spread in the same way

# %% [markdown]
# ## Each proxy, and all together
#
# One unit is a fixed block of ten convolutions, timed before and after each measurement, so that machines can be compared. On
# one network the passes are shared: a proxy costs little once the passes that it needs are there. Proxies with one backward
# pass per input are measured apart.


# %%
def both(archs: list[str], **how: object) -> pd.DataFrame:
    """Runs and proxies of `bench.per_proxy` in one table, told apart by the proxy that a run lacks."""
    return pd.concat(bench.per_proxy(archs, space=space, batch=batch, repeats=repeats, **how), ignore_index=True)


all_at_once = measured("proxies", partial(both, sample))
runs = all_at_once[all_at_once["proxy"].isna()].dropna(axis=1)
costs = all_at_once.dropna(subset=["proxy"])
apart = measured("by_sample", partial(both, some, names=measure.by_sample())).dropna(subset=["proxy"])
every = pd.concat([costs, apart], ignore_index=True)
together = bench.summary(runs.assign(proxy="all"), "proxy").iloc[0]
cost = bench.summary(every, "proxy").rename(columns={"units": "alone"})
cost["own"] = bench.summary(every, "proxy", "own")["units"]
cost["apart"] = cost["proxy"].isin(measure.by_sample())
cost["passes"] = cost["proxy"].map(proxies.table().set_index("name")["passes"])
figures.cost_dots(cost, together=together["units"])

# %%
shown = cost[["proxy", "alone", "own", "median", "best", "low", "high", "passes"]].sort_values("alone", ascending=False)
caption = "Cost of each proxy: units alone and own, seconds alone (median, of the best repeats, range over architectures)"
tables.Table(shown.round({"alone": 2, "own": 2, "median": 4, "best": 4, "low": 4, "high": 4}), caption)

# %% tags=["hide-input"]
unit = float(runs["unit"].median())
nothing = sorted(set(proxies.names()) - set(cost["proxy"]))
Markdown(
    f"One unit took {unit * 1e3:.1f} ms. All proxies that share a run cost {together['units']:.0f} units together, "
    f"{together['median']:.2f} s, building included: {cost.loc[~cost['apart'], 'alone'].sum() / together['units']:.1f} times less than "
    f"the sum of each alone. Without a value on these networks, so not timed: {', '.join(f'`{name}`' for name in nothing) or 'none'}."
)

# %% [markdown]
# ## Each pass

# %%
pass_costs = measured("passes", partial(bench.per_pass, some, space=space, batch=batch, repeats=repeats))
figures.pass_dots(pass_costs)

# %% [markdown]
# A pass is timed once the recorded forward pass is there. `forward` itself records what the proxies read; the plain one,
# `outputs`, is the measure of the axis. `kernel by sample` is the price of samples that batch statistics couple: one backward
# pass through the whole minibatch for each of them.
#
# ## Against size
#
# A proxy must not become dearer because more architectures are scored. The third panel is a whole table of small networks with
# a few cheap proxies: planning, shards and compaction weigh most there, and would show.

# %%
sizes = [
    measured("batch", partial(bench.scaling, "batch", batches, some, space=space, repeats=repeats)),
    measured("width", partial(bench.scaling, "width", widths, some, space=space, batch=batch, repeats=repeats)),
]
whole = measured("throughput", partial(bench.throughput, counts))
lines = [whole.assign(parameter="architectures of one table", value=whole["count"], line="", seconds=whole["per_arch"])]
scaled = pd.concat([*(frame.assign(line=frame["arch"]) for frame in sizes), *lines], ignore_index=True)
figures.scaling_lines(
    scaled.assign(units=scaled["seconds"] / scaled["unit"])
    .groupby(["parameter", "value", "line"], sort=False)["units"]
    .median()
    .reset_index()
)

# %% [markdown]
# One proxy more in a finished table: that proxy alone is computed, and nothing where nothing is new.

# %%
more = measured("added", partial(bench.added, count=counts[0]))
more.assign(units=more["seconds"] / more["unit"])[["step", "rows", "units", "seconds"]].round({"units": 1, "seconds": 2})

# %% [markdown]
# ## Memory
#
# Each row is a process of its own that scores one architecture: `growth` is what the scoring adds to the libraries.

# %%
known = [name for peer in bench.PEERS for name in peer.proxies if name in proxies.names()] if each else []
peak = partial(bench.memory, space=space)
cases, with_heaviest = {"together": measure.together()}, [*some, space.heaviest()]
peaks = measured("memory", partial(peak, cases, with_heaviest, batches=memory_batches))
alone = measured("memory_alone", partial(peak, {name: [name] for name in known}, [some[len(some) // 2]], batches=[batch]))
tables.Table(
    pd.concat([peaks, alone]).round(0),
    "Peak memory of the process, and how much scoring added, in MB; the last architecture of 'together' is the heaviest of the space",
)

# %% [markdown]
# ## Beside other code
#
# Published code for the same proxies, on the same kind of networks (16 channels, five cells per stage, 32 x 32, batch 32), was
# measured by this project's authors on a like machine beside the same calibration. Where several codes compute a proxy, the
# fastest stands here.

# %%
beside = bench.beside_peers(every, alone)
figures.peer_dots(beside)

# %%
tables.Table(
    beside.round({"ours": 2, "peer": 1, "ratio": 2, "ours_mb": 0}),
    "Units of each proxy alone, and peak memory in MB, here and in other code",
)

# %% [markdown]
# The other codes each run their own passes; here their proxies share one run.

# %% tags=["hide-input"]
common = [peer for peer in bench.PEERS if not set(peer.proxies) & set(measure.by_sample())]
shared, _ = bench.per_proxy(
    sample, space=space, batch=batch, repeats=repeats, names=[name for peer in common for name in peer.proxies]
)
mine = bench.summary(shared.assign(proxy="all"), "proxy").iloc[0]
theirs = sum(peer.seconds for peer in common)
Markdown(
    f"The {sum(len(peer.proxies) for peer in common)} proxies of the table without one gradient per input cost {mine['units']:.0f} units "
    f"({mine['median']:.2f} s) together here; the medians of the other codes add up to {theirs / bench.PEER_UNIT:.0f} units ({theirs:.1f} s)."
)

# %% [markdown]
# ## Against a training, and against the targets

# %% tags=["hide-input"]
digits = bench.Space(width=8, cells=1, stages=2, side=12)
short = bench.per_proxy(digits.spread(archs), space=digits, batch=64, repeats=repeats)[0]
training = benchmarks.get("nas_bench_digits", data).states().groupby(["arch", "seed"])["seconds"].sum().median()
Markdown(
    f"A training of the embedded bench (five epochs of a small network) took {training:.2f} s of one core, all proxies together on a "
    f"network of that size {short['seconds'].median():.2f} s. Scoring is cheap next to a full-size training, and not next to this one."
)

# %%
targets = bench.against_targets(runs, costs, pass_costs, peaks)
targets.round({"measured": 2})

# %% [markdown]
# ## Keep the reference

# %%
rows = {
    "runs": runs,
    "proxies": every,
    "passes": pass_costs,
    "sizes": scaled,
    "added": more,
    "memory": pd.concat([peaks, alone]),
}
for name, frame in rows.items():
    shards.write(frame, Path(out) / "rows" / f"{name}.parquet")
reference = {
    "machine": {"processor": platform.machine(), "capability": torch.backends.cpu.get_cpu_capability(), "threads": 1},
    "unit_seconds": round(unit, 6),
    "networks": space.skeleton | {"side": space.side, "batch": batch, "architectures": archs, "repeats": repeats},
    "together": {"units": round(together["units"], 2), "seconds": round(together["median"], 4)},
    "other_code": {
        "units": round(mine["units"], 2),
        "seconds": round(mine["median"], 4),
        "theirs_seconds": round(theirs, 2),
    },
    "targets": {row["what"]: round(row["measured"], 3) for _, row in targets.iterrows()},
    "proxies": {row["proxy"]: round(row["alone"], 3) for _, row in cost.sort_values("proxy").iterrows()},
    "passes": pass_costs.groupby("pass")["forwards"].median().round(2).to_dict(),
}
written = (Path(out) / "cost.json").write_text(json.dumps(reference, indent=1) + "\n")
shutil.rmtree(home)

# %% [markdown]
# What was learned: on one network nearly everything is paid by a few passes, and what reads one forward and one backward pass is
# nearly free once those are there. What stays dear is what needs a pass for every input, weight or draw.
