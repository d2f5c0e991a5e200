# %% [markdown]
# # The angle metric: do small networks stand for larger ones?
#
# Light training of a thousand cells was affordable because the networks were made small. The metric is a property of a cell only if a
# larger network of the same cell gives the same order. Here some cells were trained at both sizes, and a second time at the
# small size with other weights and images: what that repetition changes is chance, and no size can be asked for more.

# %% tags=["parameters"]
benchmark = "nas_bench_201"
dataset = "cifar10"
small = "results/light_training/nas_bench_201-cifar10.parquet"  # of page 27
larger = "results/light_training/nas_bench_201-cifar10-larger.parquet"  # some of its cells in larger networks, same seed
again = "results/light_training/nas_bench_201-cifar10-again.parquet"  # the same cells in the small networks, another seed
data = "data"
out = "work/angle/nas_bench_201-cifar10-sizes.parquet"
accuracy = "test_acc"
bootstrap = 1000
seed = 0

# %%
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from untrained import benchmarks, shards, skeletons
from untrained.report import Table
from untrained.report.tables import with_interval

files = {"small": small, "larger": larger, "again": again}
tables, about = zip(*(shards.read(Path(file)) for file in files.values()), strict=True)
tables = {name: table[table["seed"] == table["seed"].min()] for name, table in zip(files, tables, strict=True)}
kept = set(tables["larger"]["arch"])
tables = {name: table[table["arch"].isin(kept)] for name, table in tables.items()}
about = dict(zip(files, about, strict=True))
truth = benchmarks.by_form(benchmarks.get(benchmark, data), dataset)[accuracy]

# %% tags=["hide-input"]
sizes = {name: f"{about[name]['skeleton']}, side of the images {about[name]['side']}" for name in files}
Markdown(
    f"{len(kept)} cells of `{benchmark}` ({dataset}, unique set, the first of a fixed random order). Small: {sizes['small']}; {tables['small']['seconds'].mean():.1f} CPU seconds a "
    f"cell. Larger: {sizes['larger']}; {tables['larger']['seconds'].mean():.1f} s. Again: {sizes['again']}, seed {tables['again']['seed'].iloc[0]}. "
    f"Protocol of the larger: {about['larger']['protocol']}; shifts are scaled with the side. The benchmark's own networks have five cells per stage."
)

# %% [markdown]
# ## Agreement
#
# `cos_fc` is the cosine of the classifier before and after, `cos_features` that of the layers before it, `angle_loss` the rank sum of
# angle and loss that searches use, ranked among these cells.

# %%
pairs = {"small and larger": ("small", "larger"), "small, two seeds": ("small", "again")}
found = [
    skeletons.agreement(tables[a], tables[b], n=bootstrap, seed=seed).assign(between=pair) for pair, (a, b) in pairs.items()
]
agreed = pd.concat(found, ignore_index=True)
agreed["text"] = [with_interval(r.value, r.low, r.high) for r in agreed.itertuples()]
wide = agreed.pivot(index=["name", "metric"], columns="between", values="text")[list(pairs)]
Table(
    wide.loc[[(name, metric) for metric in skeletons.RANKS for name in skeletons.VALUES]].reset_index(),
    f"Kendall's tau (krocc) and Spearman's rho (srocc) between two light trainings of the same {int(agreed['n'].min())} cells",
)

# %% [markdown]
# ## With accuracy, at either size
#
# A changed order may be a better one.

# %%
ranked = skeletons.against(truth, tables["small"], tables["larger"], n=bootstrap, seed=seed)
shards.write(pd.concat([agreed.drop(columns="text"), ranked.rename(columns={"size": "between"})]), Path(out))
ranked["text"] = [with_interval(r.value, r.low, r.high) for r in ranked.itertuples()]
Table(
    ranked.pivot(index="name", columns="size", values="text")
    .loc[list(skeletons.VALUES), ["small", "large", "gain"]]
    .reset_index(),
    "Kendall's tau with accuracy at both sizes, and what the larger size gains on the same resamples",
)

# %% tags=["hide-input"]
tau = agreed[agreed["metric"] == "krocc"].set_index(["between", "name"])
one, two = (tau.loc[pair] for pair in pairs)
gain = ranked[ranked["size"] == "gain"].set_index("name")
better = [name for name in gain.index if gain.loc[name, "low"] > 0]
worse = [name for name in gain.index if gain.loc[name, "high"] < 0]
inside = [name for name in skeletons.VALUES if one.loc[name, "high"] < two.loc[name, "low"]]
Markdown(
    f"Between the sizes the classifier's cosine keeps a tau of {one.loc['cos_fc', 'text']}, the rank sum {one.loc['angle_loss', 'text']}; two seeds of the "
    f"small size agree by {two.loc['cos_fc', 'text']} and {two.loc['angle_loss', 'text']}. Sizes agree less than seeds, interval below interval, for "
    f"{inside or 'no value'}. The larger networks rank accuracy better, by the whole interval, for {better or 'no value'} and worse for {worse or 'no value'}."
)

# %% [markdown]
# What was learned: how far the order at the small size is that of a larger one, how much of the difference is the seed's, and
# whether the larger one is worth its price. The benchmark's own size is larger still and was not trained.
