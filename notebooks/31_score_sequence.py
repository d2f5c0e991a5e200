# %% [markdown]
# # Sequence models, scored
#
# Recurrent cells and BERT-like encoders are not networks of images: their indicators read states between the steps of time, heads
# and positions. They are scored by the same shards into the same kind of table as all others.

# %% tags=["parameters"]
benchmark = "nas_bench_nlp"
dataset = "ptb"
setting = {"inputs": "ptb_renumbered", "batch": 50, "skeleton": {"embedding": 100, "hidden": 150}}
metrics = None  # None: every registered one
count = None  # architectures, the first of a fixed random order: a uniform sample; None: all
data = "data"
folder = "work/scores"  # finished shards; a killed run goes on from them
out = "work/scores/nas_bench_nlp-ptb.parquet"
shard_size = 16  # architectures
timings = True
workers = None  # processes of one thread; None: one per core
scheduler = None  # address of a dask scheduler, instead of local processes

# %%
import pandas as pd
from IPython.display import Markdown

import untrained
from untrained import benchmarks, scores, scoring
from untrained.sequence import scoring as sequences

known = sequences.domain(benchmark).metrics
names = metrics or known.names()
about = {name: known.get(name) for name in names}
pd.DataFrame([{"metric": name, "better": one.better, "summary": one.summary} for name, one in about.items()])

# %%
bench = benchmarks.get(benchmark, data)
how = untrained.Setting(dataset=dataset, init=None, **setting)
archs = benchmarks.sample(bench, dataset, count)
client = scoring.connect(scheduler) if scheduler else None
path = sequences.score_sequences(
    benchmark,
    how,
    names,
    architectures=archs,
    folder=folder,
    out=out,
    data=data,
    workers=workers,
    client=client,
    timings=timings,
    shard_size=shard_size,
)
found = scores.read(path)
scores.coverage(found)

# %% tags=["hide-input"]
cost = found.groupby("proxy")["seconds"].mean().dropna()
size = ", ".join(f"{key} {value}" for key, value in how.skeleton.items()) or "as published"
Markdown(
    f"{found['arch'].nunique():,} architectures of `{benchmark}`; inputs `{how.inputs}`, {how.batch} sequences, {size}; one seed of "
    "weights. "
    + (f"The dearest metric alone is `{cost.idxmax()}` with {cost.max():.2f} CPU-seconds on average." if len(cost) else "")
)

# %% [markdown]
# What was learned: where a metric has no value, the table says why, and the reason is counted; such an architecture ranks last on the
# pages that follow, never nowhere.
