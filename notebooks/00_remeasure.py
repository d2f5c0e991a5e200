# %% [markdown]
# # Train the embedded bench, or check it
#
# Every result about NAS-Bench-Digits rests on a table of trained accuracies. This notebook makes that table from nothing
# but scikit-learn's digits, and checks a published one by training some of its rows again.

# %% tags=["parameters"]
spot_check = 0  # rows of the published table to train again; 0: none
release = False  # train what is missing and write the table into `out`
architectures = 1032  # four extremes and a uniform sample of the other unique cells
seeds = [0, 1]  # of weights and batch order, per architecture
sample_seed = 0  # of the sample of architectures, and of the rows of a spot-check
folder = "work/train"  # finished shards; a killed run goes on from them
out = "data/nas_bench_digits"
shard_size = 8  # trainings per file, half a minute on one core
workers = None  # processes of one thread; None: one per core
show = 3  # rows printed where nothing is released

# %%
import json
import os
import platform
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from untrained import benchmarks, images, initialise, shards, training
from untrained.benchmarks import cells

bench = benchmarks.get("nas_bench_digits")
schedule, task = training.Schedule(), images.PlacedDigits()

# %% [markdown]
# ## What is trained, and how
#
# Cells of the NAS-Bench-201 space in a small skeleton, on digits placed at random on a noisy canvas. The three parts of the
# data share no digit. All decisions that follow are in the digest that names the folder of shards.

# %%
decisions = {"skeleton": bench.skeleton, "schedule": schedule.as_dict(), "task": asdict(task), "parts": str(images.PARTS)}
key = shards.digest(decisions, shards.source_digest(training, images, initialise, cells))
pd.Series(
    {
        f"{group}.{name}": str(value)
        for group, part in decisions.items()
        if isinstance(part, dict)
        for name, value in part.items()
    }
)

# %% [markdown]
# ## Train
#
# One unit is one (architecture, seed) pair; a shard holds a few of them and is written whole or not at all.

# %%
units = [(arch, seed) for arch in bench.sample(architectures, seed=sample_seed) for seed in seeds]
plan = shards.plan(units, folder=folder, key=key, size=shard_size)
if release:
    shards.run(bench.measure, plan, workers=workers or os.cpu_count(), label="train")
finished = [shard for shard in plan if shard.finished]
f"{len(finished)} of {len(plan)} shards are finished"

# %% [markdown]
# ## Release
#
# The table is written only when every shard is there. Beside it stand a card in words and numbers, and the positions of the
# images of each part in scikit-learn's order.

# %%
if release:
    states = pd.concat([pd.read_parquet(shard.path) for shard in plan], ignore_index=True)
    shards.write(states, Path(out) / "states.parquet", {"key": key, "decisions": json.dumps(decisions)})
    split = {name: task.members(name).tolist() for name in images.PARTS}
    (Path(out) / "split.json").write_text(json.dumps(split) + "\n")

# %%
card = {
    "name": "NAS-Bench-Digits",
    "what": "cells of the NAS-Bench-201 space trained on placed handwritten digits; every epoch recorded",
    "decisions": decisions,
    "weights": "drawn from (seed, position) by untrained.benchmarks.nas_bench_digits.trained_position: in a cell other weights than are scored",
    "rows": "one per architecture, seed and epoch; epoch 0 is the untrained network; columns as in untrained.training.train",
    "limits": "a small task of one family of images: rankings need not carry over to natural images",
    "licence": "Apache-2.0, as this project; the digits are UCI Optical Recognition of Handwritten Digits (CC BY 4.0) via scikit-learn",
    "made_with": {
        "torch": torch.__version__.split("+")[0],
        "numpy": np.__version__,
        "machine": platform.machine(),
        "device": "cpu",
    },
}
if release:
    card |= {
        "architectures": int(states["arch"].nunique()),
        "seeds": seeds,
        "cpu_seconds_of_training": round(float(states["seconds"].sum())),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
    }
    (Path(out) / "card.json").write_text(json.dumps(card, indent=1) + "\n")

# %% [markdown]
# ## Check
#
# Rows drawn at random are trained again from their seeds. On a processor with the instruction set of the card the states are
# equal bit for bit; elsewhere sums round differently, training amplifies that, and a row passes if its accuracy lies within
# three standard deviations of the difference between two seeds.

# %%
if spot_check:
    published = bench.states()
    runs = published[["arch", "seed"]].drop_duplicates()
    picked = runs.sample(spot_check, random_state=np.random.default_rng().integers(2**32))
    again = bench.measure(list(picked.itertuples(index=False, name=None)))
    both = published.merge(again, on=["arch", "seed", "epoch"], suffixes=("", "_again"))
    last = both[both["epoch"] == both["epoch"].max()].set_index(["arch", "seed"])

# %%
if spot_check:
    table = bench.table("digits")
    allowed = 3 * float((table["test_acc_0"] - table["test_acc_1"]).std())
    report = last[["test_acc", "test_acc_again"]].assign(difference=last["test_acc_again"] - last["test_acc"])
    report["verdict"] = np.where(
        report["difference"] == 0, "equal", np.where(report["difference"].abs() <= allowed, "within", "DIFFERS")
    )
    print(report.to_string(float_format="{:.2f}".format), f"\nallowed: {allowed:.2f} percentage points")
    if (report["verdict"] == "DIFFERS").any():
        raise ValueError(
            "A row differs by more than seeds do: the table does not belong to this code, or the machine is at fault."
        )

# %% [markdown]
# ## Look
#
# With nothing to release or check, a few trainings show that the path works.

# %%
if not release and not spot_check:
    display(bench.measure(units[4 : 4 + show])[["arch", "seed", "epoch", "train_loss", "valid_acc", "test_acc"]])

# %% [markdown]
# What was learned: the bench follows from a library's digits and a handful of numbers, and any row of it can be trained again
# in seconds.
