# %% [markdown]
# # TE-NAS: a supernet pruned before it is trained
#
# TE-NAS starts with all operators at once and takes away, round by round, the one of each edge whose removal costs least: ranks of the
# condition number of the NTK and of the number of linear regions are added. Nothing is trained. What is left is looked up here.

# %% tags=["parameters"]
benchmark = "nas_bench_201"
datasets = ["cifar10", "cifar100", "imagenet16_120"]  # judged; the inputs are those of the first
seeds = 5
batch = 16  # of the kernel; 72 in the published code
skeleton = {"width": 4, "cells": 1}  # of the supernet whose kernel is taken; 3 channels in the published code
options = {"cnntk": {"batch": 16, "repeats": 1}, "nlr": {"samples": 1000, "repeats": 1}}  # 3 repeats and 3,000 samples there
data = "data"
folder = "work/prune"  # finished seeds; a killed run goes on from them
workers = None  # processes of one thread; None: one per core
out = "work/prune.parquet"

# %%
import os
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from untrained import benchmarks, shards, supernet_search
from untrained.stats.searches import mean_interval

bench = benchmarks.get(benchmark, data)
job = supernet_search.Pruning(benchmark, datasets[0], batch, skeleton, options, data)
plan = shards.plan(list(range(seeds)), folder=folder, key=job.key, size=1)
paths = shards.run(job, plan, workers=workers or os.cpu_count(), label="prunings")
found = pd.concat([shards.read(path)[0] for path in paths], ignore_index=True)
ends = found.drop_duplicates("seed").set_index("seed")[["arch", "scored", "seconds"]]
ends.round(1)

# %% [markdown]
# ## What goes first
#
# Share of seeds in which an operator is still there after each round, over all edges.

# %%
words = found.assign(operators=found["operators"].str.split()).explode("operators")
(words.groupby(["operators", "round"]).size().unstack(fill_value=0) / (seeds * found["edge"].nunique())).round(2)

# %% [markdown]
# ## What is left
#
# Test accuracy of the cell that is left, its rank among all strings of the table, and the mean of all of them.

# %%
rows = []
for dataset in datasets:
    table = bench.table(dataset)["test_acc"]
    picked = table.loc[ends["arch"]]
    ranks = table.rank(ascending=False, method="min").loc[ends["arch"]]
    rows.append(
        {
            "data set": dataset,
            "accuracy": f"{mean_interval(picked):.2f}",
            "sd": picked.std(),
            "median rank": ranks.median(),
            "of": len(table),
            "better than a random cell in": f"{(picked > table.median()).sum()} of {seeds}",
            "mean of all": table.mean(),
            "best": table.max(),
        }
    )
pd.DataFrame(rows).set_index("data set").round(2)

# %% tags=["hide-input"]
Markdown(
    f"{seeds} prunings of {ends['scored'].iloc[0]} supernets each, {ends['seconds'].mean():.0f} CPU seconds per pruning. Published for"
    " the original: 93.9 ± 0.47, 71.24 ± 0.56 and 42.38 ± 0.46 % in 1,558 GPU seconds, with larger minibatches and more repeats."
)

# %% [markdown]
# ## Keep them

# %%
written = shards.write(found, Path(out))

# %% [markdown]
# What was learned: the spread over seeds says how far one pruning can be trusted; the shares say which operators the two ranks prefer.
