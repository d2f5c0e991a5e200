# %% [markdown]
# # What scoring costs
#
# A score replaces a training only if it costs much less. Here every proxy is timed on architectures of the embedded bench, one
# thread, and set against the training that it would replace. These are reference timings of one machine, measured on purpose:
# the pipeline does not repeat them.

# %% tags=["parameters"]
archs = 20  # architectures of the embedded bench, uniformly sampled
repeats = 3  # measurements per architecture; the median counts
out = "work/cost.json"
data = "data"

# %%
import json
import platform
import time
from pathlib import Path

import pandas as pd
import torch
from IPython.display import Markdown

import untrained
from untrained import benchmarks, meter, proxies, shards
from untrained.report import figures

shards.one_thread()
bench = benchmarks.get("nas_bench_digits", data)
inputs, targets = (torch.from_numpy(part) for part in bench.images("digits", 256))
how = untrained.Setting(dataset="digits", inputs="digits", options={"cj": {"batch": 64}})

# %% [markdown]
# ## Each proxy alone, and all together
#
# `seconds` is what a proxy costs alone, with the passes it needs. On one network the passes are shared, so all proxies together
# cost less than the sum. One unit is a fixed block of ten convolutions, timed in the same run, so that machines can be compared.


# %%
def measure(arch: str) -> pd.DataFrame:
    """Seconds of every proxy alone on one architecture, and of all of them together."""
    start, network, relatives = time.process_time(), bench.build(arch, "digits"), bench.variants(arch, "digits")
    table = untrained.score(network, inputs, targets, setting=how, variants=relatives, arch=arch)
    return table.assign(together=time.process_time() - start)


unit = meter.calibration()
measure(bench.sample(5, seed=0)[4])  # the first run pays for imports and kernels
runs = pd.concat(measure(arch) for _ in range(repeats) for arch in bench.sample(archs + 4, seed=0)[4:])
alone = runs.groupby(["proxy", "arch"])["seconds"].median().groupby("proxy").median()
together = runs.groupby("arch")["together"].median().median()
cost = pd.DataFrame({"seconds": alone, "units": alone / unit, "passes": proxies.table().set_index("name")["passes"]})
cost.sort_values("seconds", ascending=False).round({"seconds": 4, "units": 2})

# %% tags=["hide-input"]
states = bench.states()
training = float(states.groupby(["arch", "seed"])["seconds"].sum().median())
Markdown(
    f"One unit took {unit * 1e3:.1f} ms. The dearest proxy, `{alone.idxmax()}`, costs {alone.max():.2f} s per architecture; the median "
    f"proxy {alone.median() * 1e3:.0f} ms. All {len(alone)} together cost {together:.2f} s, {alone.sum() / together:.1f} times less than "
    f"their sum. A training of the bench (five epochs of a small network) took {training:.2f} s of one core, so on "
    "this bench a training-free score is cheap only next to a full-size training: the ratio belongs to the bench, not to the method."
)

# %%
figures.cost_bars(cost.reset_index().rename(columns={"index": "proxy"}))

# %% [markdown]
# ## Keep the reference

# %%
reference = {
    "machine": {"processor": platform.machine(), "capability": torch.backends.cpu.get_cpu_capability(), "threads": 1},
    "unit_seconds": round(unit, 6),
    "setting": how.as_dict(),
    "architectures": archs,
    "repeats": repeats,
    "together_seconds": round(float(together), 4),
    "training_seconds": round(training, 3),
    "proxies": {name: round(float(value), 6) for name, value in alone.items()},
}
Path(out).parent.mkdir(parents=True, exist_ok=True)
written = Path(out).write_text(json.dumps(reference, indent=1) + "\n")

# %% [markdown]
# What was learned: nearly all of the time goes to the kernel, which needs one backward pass per sample where normalisation couples
# the samples; everything that reads one forward and one backward pass is nearly free once those are paid.
