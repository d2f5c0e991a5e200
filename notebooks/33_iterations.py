# %% [markdown]
# # After a few iterations on ten images per class
#
# The other cheap training: not epochs over all images, but T iterations on a handful of them, the same number of each class. A
# score of the trained network is worth its price only where it knows something that the validation accuracy after the same T
# does not. Each T is a training of its own, whose learning rate falls to 0.

# %% tags=["parameters"]
iterations = [50, 100, 500]  # T; 0 is added: the untrained network
count = 80  # trained architectures of the embedded benchmark, a uniform sample
images_per_class = 10
batch = 32  # images of an iteration
norm = "batch"  # mode of the codes
n_train = 40  # labels of the fitted sums
repeats = 20
bootstrap = 1000
seed = 0  # of the resamples and splits
data = "data"
folder = "work/fast"  # finished shards; a killed run goes on from them
out = "work/fast/nas_bench_digits-iterations"
shard_size = 5  # architectures
workers = None  # processes of one thread; None: one per core

# %%
import os
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from untrained import benchmarks, fast, fast_training, images, shards, training
from untrained.benchmarks.nas_bench_digits import EXTREMES
from untrained.report import Table
from untrained.report.figures import angle as pictures
from untrained.report.tables import with_interval

bench = benchmarks.get("nas_bench_digits", data)
lengths = [0, *iterations]
archs = bench.sample(len(EXTREMES) + count, seed=0)[len(EXTREMES) :]
truth = bench.table("digits").loc[archs, "test_acc"]
job = fast_training.FastTraining(images_per_class=images_per_class, batch=batch)

# %% [markdown]
# ## Train
#
# All architectures see the same images in the same order.

# %%
units = [(arch, 0, length) for arch in archs for length in lengths]
plan = shards.plan(units, folder=folder, key=job.key, size=shard_size * len(lengths))
paths = shards.run(job, plan, workers=workers or os.cpu_count(), label="iterations")
trained = pd.concat([shards.read(path)[0] for path in paths], ignore_index=True)
shards.write(trained, Path(f"{out}-states.parquet"), {"benchmark": bench.name, "key": job.key})
states = fast_training.as_states(trained)

# %% tags=["hide-input"]
Markdown(
    f"{len(archs)} architectures of `{bench.name}` (unique set, sampled), one seed: {images_per_class} images per class, batches of {batch}, "
    f"learning rate {job.learning_rate} falling to 0 along a cosine, momentum {job.momentum}, weight decay {job.weight_decay}; "
    f"{trained['seconds'].sum():,.0f} CPU seconds in all. Validation accuracy on {len(images.PlacedDigits().part('valid'))} images, codes of the first {job.held_out} of them in `{norm}` "
    "mode. Truth: test accuracy after five epochs over all training images, mean over two other trainings."
)

# %% [markdown]
# ## After T iterations
#
# The score's correlation with the final accuracy; what the training changed in it; and what is left of it once the validation
# accuracy of the same T is known.

# %%
judged = fast.judge(states, truth, lengths, n=bootstrap, seed=seed, norm=norm)
shards.write(judged, Path(f"{out}-judged.parquet"))
pictures.training_lines(
    judged[judged["quantity"] == "tau"],
    ["valid_acc", "train_loss", "D", "A", "WOT", "D + A (z)"],
    unit=f"iterations on {10 * images_per_class} images",
)

# %%
judged["text"] = [with_interval(r.value, r.low, r.high) for r in judged.itertuples()]
shown = judged.pivot(index=["score", "epoch"], columns="quantity", values="text").fillna("").reset_index()
Table(
    shown[["score", "epoch", "tau", "gain", "beyond"]].rename(columns={"epoch": "T"}),
    "tau with the final accuracy; its gain over no training; Spearman's correlation given the validation accuracy after T",
)

# %% [markdown]
# ## Beside the accuracy
#
# A least-squares sum of the validation accuracy and the score, fitted to a few labels and judged on all others, against the
# validation accuracy alone.

# %%
more = fast.added(states, truth, list(iterations), n_train=n_train, repeats=repeats, seed=seed, norm=norm)
shards.write(more, Path(f"{out}-added.parquet"))
more["sum less accuracy"] = [with_interval(r.value, r.low, r.high, digits=3) for r in more.itertuples()]
Table(
    more[["epoch", "method", "alone", "sum less accuracy", "n_train", "n_test"]].rename(columns={"epoch": "T"}).round(3),
    "Held-out tau of the accuracy alone, and of the fitted sum less it (interval: two corrected standard errors)",
)

# %% [markdown]
# ## What it costs
#
# CPU seconds of the short training per architecture, on the machine at hand, which may have had other work; and the images that it
# sees, beside those of the five epochs behind the truth.

# %%
seen = training.Schedule().epochs * len(images.PlacedDigits().part("train"))
cost = judged[(judged["quantity"] == "tau") & judged["score"].isin(["valid_acc", "D"])]
cost = cost.pivot(index="epoch", columns="score", values="text")[["valid_acc", "D"]].rename_axis(index="T", columns=None)
seconds = states.groupby("arch")["seconds"].cumsum().groupby(states["epoch"]).mean()
Table(
    cost.assign(
        seconds=seconds.round(2), images=batch * cost.index, share=(batch * cost.index / seen).round(2)
    ).reset_index(),
    f"tau with the final accuracy, CPU seconds of training, and images seen, also as a share of the {seen:,} of five epochs",
)

# %% tags=["hide-input"]
tau = judged[judged["quantity"] == "tau"].set_index(["score", "epoch"])["value"]
beyond = judged[(judged["quantity"] == "beyond") & (judged["score"] == "D")].set_index("epoch")
knows = [length for length in beyond.index if beyond.loc[length, "low"] > 0]
sums = more[more["method"] == "accuracy and D"].set_index("epoch")
adds = [length for length in sums.index if sums.loc[length, "low"] > 0]
ahead = [length for length in iterations if tau["D", length] > tau["valid_acc", length]]
best = {name: tau[name].loc[list(iterations)].idxmax() for name in ("valid_acc", "train_loss")}
Markdown(
    f"D's tau is {tau['D', 0]:.2f} untrained and {tau['D', iterations[-1]]:.2f} after {iterations[-1]} iterations, that of the validation accuracy "
    f"there {tau['valid_acc', iterations[-1]]:.2f}; D is the higher of the two after {ahead or 'no'} iterations. Given the accuracy, D keeps a "
    f"correlation whose whole interval is above 0 after {knows or 'no'} iterations; a fitted sum of both beats the accuracy, by more than "
    f"two corrected standard errors, after {adds or 'no'}. {iterations[-1]} iterations show {batch * iterations[-1] / seen:.1f} times the images of "
    f"the whole training. The accuracy ranks best after {best['valid_acc']} ({tau['valid_acc', best['valid_acc']]:.2f}), the training loss, which is "
    f"free too, after {best['train_loss']} ({tau['train_loss', best['train_loss']]:.2f})."
)

# %% [markdown]
# What was learned: what a training on a hundred images is worth by itself, and what a score adds to whoever has trained that
# long. The control is generous to the accuracy: its validation images outnumber the images of the training.
