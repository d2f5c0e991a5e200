# %% [markdown]
# # Training states in the DARTS space
#
# What does a score say of a network that has trained for a little while? Published benchmarks keep accuracies and no states. Here
# genotypes of the DARTS space are trained in a small skeleton on images that ship inside scikit-learn, and every epoch is kept:
# losses, accuracies, and at fixed epochs the activation codes' statistics. The bench is this project's own.

# %% tags=["parameters"]
release = False  # train what is missing and write the bench into `out`
spot_check = 0  # trainings of the bench done again
count = 150  # genotypes: half drawn from the space, half from the benchmark `darts`, in fixed random orders
repeated = 12  # of them, the first ones, trained from a second seed
data = "data"
folder = "work/states"  # finished shards; a killed run goes on from them
out = "work/darts_digits"
shard_size = 4
workers = None  # processes of one thread; None: one per core
bootstrap = 1000
show = 1  # trainings where nothing is released and no bench is there

# %%
import json
import os
import platform
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from IPython.display import Markdown

from untrained import benchmarks, downloads, shards, states
from untrained.report.figures import angle as pictures
from untrained.stats import bootstrap as interval
from untrained.stats import krocc

pd.Series(
    {
        f"{group}.{name}": str(value)
        for group, part in states.decisions().items()
        if isinstance(part, dict)
        for name, value in part.items()
    }
).to_frame("value")

# %% [markdown]
# ## Train and release
#
# One unit is one (genotype, seed) pair. The table is written when all of them are there, with a card in words and numbers.

# %%
if release:
    own = states.draw(count // 2, seed=0)
    shared = benchmarks.sample(benchmarks.get("darts", data), "cifar10", count - len(own))
    drawn = list(chain.from_iterable(zip(own, shared, strict=True)))
    plans = [
        shards.plan([(arch, seed) for arch in drawn[:n]], folder=folder, key=states.key(), size=shard_size)
        for seed, n in enumerate((count, repeated))
    ]
    paths = shards.run(states.measure, list(chain(*plans)), workers=workers or os.cpu_count(), label="states")
    found = pd.concat([shards.read(path)[0] for path in paths], ignore_index=True)
    found["origin"] = np.where(found["arch"].isin(own), "space", "benchmark")
    shards.write(found, Path(out) / "states.parquet", {"key": states.key(), "decisions": json.dumps(states.decisions())})

# %%
card = {
    "name": "DARTS-Digits",
    "what": "training states of genotypes of the DARTS space on placed handwritten digits; no part of anyone's Darts-training-bench",
    "decisions": states.decisions(),
    "rows": "one per genotype, seed and epoch; epoch 0 is the untrained network; columns of untrained.training.train, and arch, seed, "
    "params (weights that the output depends on), origin (space: drawn uniformly by this project; benchmark: also trained by others)",
    "load": "from untrained import states; states.load()",
    "limits": "three cells of 4 to 16 channels, a thousand images of one small task, few epochs, one seed for most: rankings need not "
    "carry over to CIFAR-10 or to networks of full size",
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
        "genotypes": int(found["arch"].nunique()),
        "trainings": len(found[["arch", "seed"]].drop_duplicates()),
        "cpu_seconds_of_training": round(float(found["seconds"].sum())),
    }
    (Path(out) / "card.json").write_text(json.dumps(card, indent=1) + "\n")

# %% [markdown]
# ## Look

# %%
place = Path(out) if release else Path(data) / states.NAME
there = (place / "states.parquet").exists()
bench = (
    states.load(place.parent)
    if there
    else states.measure([(arch, 0) for arch in states.draw(show, seed=0)]).assign(origin="space")
)
last = bench[bench["epoch"] == bench["epoch"].max()]
firsts = last[last["seed"] == 0].set_index("arch")
bench[["arch", "seed", "epoch", "train_loss", "valid_acc", "test_acc", "batch_distinguish", "batch_n_units"]].head(9).round(
    3
)

# %% tags=["hide-input"]
spent = bench.groupby(["arch", "seed"])["seconds"].sum()
Markdown(
    f"{firsts.shape[0]} genotypes ({int((firsts['origin'] == 'benchmark').sum())} of them shared with the benchmark `darts`), {len(last)} trainings, "
    f"{spent.mean():.1f} CPU seconds of training each. Final test accuracy from {last['test_acc'].min():.1f} to {last['test_acc'].max():.1f} %, median "
    f"{last['test_acc'].median():.1f} %; {int(firsts['params'].min()):,} to {int(firsts['params'].max()):,} parameters."
)

# %%
pictures.learning_curves(bench) if len(last) > 2 else Markdown("Too few trainings for a picture.")

# %% [markdown]
# ## What limits it
#
# Two seeds of one genotype bound what any score can reach here; the genotypes that others trained at full size say how far this
# small bench stands for theirs.

# %%
rows, seeds = [], last.pivot(index="arch", columns="seed", values="test_acc").dropna()
if len(seeds) > 4 and seeds.shape[1] > 1:
    rows.append(("two seeds here", str(interval(krocc, seeds[0], seeds[1], n=bootstrap)), len(seeds)))
try:
    theirs = benchmarks.by_form(benchmarks.get("darts", data), "cifar10")["valid_acc"]
    both = firsts.join(theirs.rename("theirs"), how="inner")
    if len(both) > 4:
        rows.append(
            (
                "here and the benchmark `darts`",
                str(interval(krocc, both["test_acc"], both["theirs"], n=bootstrap)),
                len(both),
            )
        )
except downloads.Missing as reason:
    rows.append(("here and the benchmark `darts`", f"not compared: {str(reason).splitlines()[0]}", 0))
pd.DataFrame(rows, columns=["between", "Kendall's tau", "genotypes"])

# %% [markdown]
# ## Check

# %%
if spot_check:
    runs = bench[["arch", "seed"]].drop_duplicates().sample(spot_check, random_state=np.random.default_rng().integers(2**32))
    again = states.measure(list(runs.itertuples(index=False, name=None)))
    both = bench.merge(again, on=["arch", "seed", "epoch"], suffixes=("", "_again"))
    ends = both[both["epoch"] == both["epoch"].max()]
    print(ends[["test_acc", "test_acc_again"]].to_string(float_format="{:.2f}".format))

# %% [markdown]
# What was learned: how long these networks keep changing, how far two seeds agree, and what the small bench can and cannot stand for.
