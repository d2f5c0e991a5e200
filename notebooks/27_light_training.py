# %% [markdown]
# # Fifty steps on a hundred images
#
# Between a score of an untrained network and a full training lies a very short one. Here each architecture is trained for a few
# full-batch steps on a class-balanced handful of images, and what is written down is how far its weights turned and what loss
# is left. No accuracy is read.

# %% tags=["parameters"]
benchmark = "nas_bench_digits"
dataset = "digits"
count = 20  # architectures, the first of a fixed random order: a uniform sample; None: all
seeds = [0]  # of weights, images, shifts and flips
skeleton = {}  # changes of the network's size
side = None  # pixels that images are averaged down to; None: as they are
images = 1000  # training images that the subset is drawn from
protocol = {"padding": 0, "flip": False}  # changes of the published protocol: digits are neither shifted nor flipped
data = "data"
folder = "work/angle"  # finished shards; a killed run goes on from them
out = "work/angle/table.parquet"
shard_size = 10
workers = None  # processes of one thread; None: one per core

# %%
import json
import os
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from untrained import benchmarks, light_training, shards

bench = benchmarks.get(benchmark, data)
light = light_training.LightTraining(**protocol)
size = tuple(sorted(skeleton.items()))
job = light_training.Measurement(benchmark, dataset, light, size, side, images, data)
pd.Series(
    {**light.as_dict(), "skeleton": skeleton or "the benchmark's", "side": side or "as they are"}, name="value"
).to_frame()

# %% [markdown]
# ## Train
#
# All architectures of a seed see the same pixels in the same order, so they differ by their cells alone.

# %%
archs = bench.sample(count or 10**6, seed=0) if hasattr(bench, "sample") else benchmarks.sample(bench, dataset, count)
plan = shards.plan([(arch, seed) for seed in seeds for arch in archs], folder=folder, key=job.key, size=shard_size)
shards.run(job, plan, workers=workers or os.cpu_count(), label="light training")
measured = pd.concat([shards.read(shard.path)[0] for shard in plan], ignore_index=True)
about = {"benchmark": benchmark, "dataset": dataset, "key": job.key, "protocol": json.dumps(light.as_dict())}
written = shards.write(measured, Path(out), about | {"skeleton": json.dumps(skeleton), "side": str(side)})

# %% tags=["hide-input"]
Markdown(
    f"{measured['arch'].nunique():,} architectures of `{benchmark}` ({dataset}), seeds {seeds}: {measured['seconds'].sum():,.0f} CPU seconds, "
    f"{measured['seconds'].mean():.2f} s per training on one core. {int(measured['loss'].isna().sum())} trainings diverged."
)

# %%
measured.drop(columns=["arch", "seed"]).describe().T[["mean", "std", "min", "50%", "max"]].round(3)

# %% [markdown]
# What was learned: the cost of a light training, and that its values spread; whether they rank architectures is the next page.
