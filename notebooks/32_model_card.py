# %% [markdown]
# # Indicators to use
#
# What was fitted is of use to others only if they can apply it to networks of their own and know how far to trust it. This page
# makes such indicators, judges them where they have seen no accuracy, and says what they are not for.

# %% tags=["parameters"]
others = {
    "nas_bench_digits": {
        "scores": "results/scores/nas_bench_digits-digits.parquet",
        "benchmark": "nas_bench_digits",
        "dataset": "digits",
        "accuracy": "test_acc",
    }
}  # key: {scores, benchmark, dataset, accuracy}
data = "data"
out = "work/indicators"
share = 0.5  # of a benchmark's architectures that an indicator judged on the rest has labels of
draws = 10
front_draws = 5
bootstrap = 1000
seed = 0

# %%
from dataclasses import replace

import pandas as pd
from IPython.display import Markdown

import untrained
from untrained import judging, shards
from untrained import scores as score_tables
from untrained.fusion import releasing
from untrained.fusion.released import load
from untrained.fusion.reliability import TABLE
from untrained.report import model_card as card

pd.options.display.max_colwidth = None

# %%
tables = {key: score_tables.read(about["scores"]) for key, about in others.items()}
known = {
    key: {name: tables[key].attrs[name] for name in ("setting", "better")}
    | {name: about[name] for name in ("dataset", "accuracy")}
    for key, about in others.items()
}
sources = {key: releasing.Source(table=judging.read(data=data, **about), **known[key]) for key, about in others.items()}
seconds = pd.concat(tables.values()).groupby("proxy")["seconds"].mean().dropna()
benchmarks = list(dict.fromkeys(source.table.benchmark for source in sources.values()))

# %% tags=["hide-input"]
Markdown(
    f"At hand: {len(sources)} table{'s' * (len(sources) > 1)} of {len(benchmarks)} benchmark{'s' * (len(benchmarks) > 1)}, unique sets (each function once), one seed of weights: "
    + "; ".join(
        f"`{key}`, {len(source.table.scores):,} architectures, truth `{source.accuracy}`" for key, source in sources.items()
    )
    + "."
)

# %% [markdown]
# ## What they are
#
# An indicator here is a weighted mean of log places: each score of a network is replaced by its place among other networks, between
# 0 and 1. `label_free` weighs a score by what it keeps on every benchmark at hand (mean less two standard deviations), for use on any
# other; the ones named after a benchmark have weights fitted to the accuracies of that benchmark, for more networks of its space. Weights are never negative, so that no score counts
# against its direction.

# %%
fitted = {key: releasing.release(key, {key: source}, reference=key) for key, source in sources.items()}
free = releasing.release("label_free", sources)
card.weight_table([free, *fitted.values()])

# %% [markdown]
# ## On benchmarks that it has not seen
#
# One benchmark after the other is left out with all its data sets, the weights are learned on the rest, and applied unchanged. A table of
# networks is ranked among itself; a network that comes alone has its place among that population of the other benchmarks that reaches
# furthest around it, which is chosen by scores and no accuracy.

# %%
unseen = releasing.on_unseen(sources, n=bootstrap, seed=seed)
free = replace(free, reliability=tuple(unseen))
card.reliability_table(unseen) if unseen else Markdown(
    "One benchmark only: there is none to leave out, and `label_free` is not judged."
)

# %% tags=["hide-input"]
Markdown(
    f"Ranks among themselves: {free.stated(TABLE)}; {card.against_size([row for row in unseen if row.among == TABLE])}. Alone: {free.stated('')}; {card.against_size([row for row in unseen if row.among != TABLE])}."
    if unseen
    else "–"
)

# %% [markdown]
# ## With labels of the benchmark itself
#
# Half of the architectures give weights and population, the other half is placed among them. What is kept has seen all labels, so this is
# a cautious figure.

# %%
kept = [releasing.on_held_out(key, source, share=share, draws=draws, seed=seed) for key, source in sources.items()]
fitted = {key: replace(fitted[key], reliability=tuple(rows)) for key, rows in zip(sources, kept, strict=True)}
card.reliability_table([row for rows in kept for row in rows])

# %% [markdown]
# ## What it costs
#
# The part of the least weight is taken away and the rest fitted again, until one is left; what goes is decided by the labels that were
# learned from. A price is the CPU time of one indicator on one core with the passes it needs, mean over the tables that have timings; parts
# share passes, so that a sum is an upper bound.

# %%
folds = {"label_free": list(releasing.unseen(sources))}
folds |= {
    key: list(releasing.held_out(key, source, share=share, draws=front_draws, seed=seed)) for key, source in sources.items()
}
fronts = {name: releasing.cost_front(found, seconds) for name, found in folds.items() if found}
card.front_table(fronts)

# %% tags=["hide-input"]
Markdown(
    "The smallest subset that keeps 99 % of the tau of all, picked with these figures in hand: "
    + "; ".join(f"`{name}` {card.smallest_subset(front)}" for name, front in fronts.items())
    + "."
)

# %% [markdown]
# ## Keep them

# %%
files = [one.save(out) for one in (free, *fitted.values())]
front = pd.concat([found.assign(indicator=name) for name, found in fronts.items()], ignore_index=True)
written = shards.write(front.assign(parts=front["parts"].astype(str)), f"{out}/cost.parquet")
again = {file.stem: load(file) for file in files}
sizes = {name: f"{file.stat().st_size / 1024:.0f} KiB" for name, file in zip(again, files, strict=True)}
pd.DataFrame({"size": sizes, "parts": {name: len(one.weights) for name, one in again.items()}})

# %% [markdown]
# ## In one line
#
# On a table of scores: one value per network, higher is better, and what is known of it. These few are of a benchmark at hand, which
# `label_free` has learned from as well; of a space of your own it needs no label.

# %%
key, source = next(iter(sources.items()))
untrained.fused(source.table.scores.head(4), again["label_free"])

# %%
untrained.fused(source.table.scores.head(4), again[key])

# %% [markdown]
# On a torch module: `untrained.score(network, inputs, targets, fused="label_free")` adds one row to the scores; the page *Score a network
# of your own* does it.
#
# ## Model card
#
# After Mitchell and others, *Model Cards for Model Reporting* (2019).
#
# **Details.** Weighted means of log places of scores of untrained networks; weights by non-negative least squares on the ranks of accuracy;
# JSON of format 1, each file with digests of what it was learned from and of itself. Made by the authors of this artifact; Apache License
# 2.0. The benchmarks keep licences of their own (`data/originals.json`): the files hold no image and no accuracy, but 101 points of the
# distribution of every score in use.
#
# **Intended use.** To order candidates for image classification before any is trained, many at a time; to leave out the worst; as one
# column beside labels. By people who can train the few that come out first.
#
# **Not for.** Predicting an accuracy: values have no unit. A choice between two networks: at a tau of t a pair comes in the right order
# with a chance of (1 + t) / 2. Comparing values of different populations, or of scores measured with another batch, input or initialisation.
# Recurrent networks, language models, detection. Dense prediction without labels: there the order can be the wrong way round. Decisions
# about people.
#
# **Factors.** What a search space varies decides what an indicator can see: size, depth, operations. Networks beyond all of a population
# share one place.

# %% tags=["hide-input"]
trained = "; ".join(
    f"`{key}`, {about['labels']:,} values of `{about['accuracy']}`" for key, about in free.learned_from.items()
)
Markdown(
    f"**Metrics.** Kendall's tau-b with accuracy on the unique set, weights of one seed; intervals: 95 % of {bootstrap} resamples of "
    f"architectures without labels, the central 95 % of {draws} draws with labels.\n\n"
    f"**Evaluation data.** Without labels: each of {', '.join(f'`{name}`' for name in benchmarks)} when none of its accuracies was learned "
    f"from. With labels: {1 - share:.0%} of the same architectures, held out.\n\n**Training data.** {trained}.\n\n"
    f"**Results.** `label_free` among a table: {free.stated(TABLE)}; for a network alone: {free.stated('')}. "
    + " ".join(f"`{key}`: {one.stated(key)}." for key, one in fitted.items())
)

# %% [markdown]
# **Ethics.** Nothing personal is used. Indicators make search cheap, and what is cheap is done more often.
#
# **Limits.** Few benchmarks, most of them cells for small images: plan with the range over unseen benchmarks, not with the mean. The list of
# scores and the form of the sum were written down by people who had seen correlations on these benchmarks. One seed of weights. Where
# labels of a space can be had, trees and processes on graph features (*The strongest fusion*) do better than any sum.

# %% [markdown]
# What was learned: with labels of a space a handful of scores orders new networks of it well; without, the table of unseen benchmarks is
# what to expect, and the number of parameters beside it is the rival to beat.
