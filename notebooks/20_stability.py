# %% [markdown]
# # How far a score hangs on how it was measured
#
# Papers measure with larger minibatches and more repetitions than a whole search space allows, and with weights drawn once. Here
# the same architectures are scored both ways: what a smaller minibatch changes in the order, and what other weights change.

# %% tags=["parameters"]
benchmark = "nas_bench_201"
dataset = "cifar10"
scores = "results/scores/nas_bench_201-cifar10.parquet"
others = {  # the same architectures, measured otherwise
    "the papers' minibatches": "results/scores/nas_bench_201-cifar10-dear.parquet",
    "other weights": "results/scores/nas_bench_201-cifar10-seeds.parquet",
}
wanted = 0.99  # rank agreement from which on the cheaper setting stands for the dear one
data = "data"
out = "work/stability.parquet"
bootstrap = 1000
seed = 0

# %%
import json
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from untrained import benchmarks, shards, stats
from untrained import scores as score_tables
from untrained.report import figures, tables

found = score_tables.read(scores)
base = score_tables.wide(found[found["seed"] == found["seed"].min()])
seconds = found.groupby("proxy")["seconds"].median()
measured, settings = {}, []
for label, path in others.items():
    if not Path(path).exists():
        continue
    other = score_tables.read(path)
    for draw, part in other.groupby("seed"):
        name = label if other["seed"].nunique() == 1 else f"{label}, seed {draw}"
        measured[name] = (score_tables.wide(part), part.groupby("proxy")["seconds"].median())
    settings.append({"measured": label, "setting": json.dumps(other.attrs["setting"]["options"])})
settings.append({"measured": "here", "setting": json.dumps(found.attrs["setting"]["options"])})
pd.DataFrame(settings).set_index("measured")

# %% [markdown]
# ## Agreement of the two orders

# %%
truth = benchmarks.by_form(benchmarks.get(benchmark, data), dataset)["test_acc"]
rows = []
for label, (wide, price) in measured.items():
    for proxy in wide.columns.intersection(base.columns):
        both = pd.concat([base[proxy], wide[proxy], truth], axis=1, keys=["here", "other", "truth"], join="inner").dropna()
        if both["here"].nunique() < 2:
            continue
        about = {"proxy": proxy, "other": label, "n": len(both), "seconds": seconds[proxy], "seconds_other": price[proxy]}
        about |= {
            "tau_here": stats.krocc(both["here"], both["truth"]),
            "tau_other": stats.krocc(both["other"], both["truth"]),
        }
        for metric in ("srocc", "krocc"):
            found_ = stats.agreement(both["here"], both["other"], metric=metric, n=bootstrap, seed=seed)
            rows.append({**about, "metric": metric, "value": found_.value, "low": found_.low, "high": found_.high})
result = pd.DataFrame(rows)
written = shards.write(result, Path(out))
figures.stability_dots(result, wanted=wanted)

# %% [markdown]
# ## What it costs, and what it changes against accuracy
#
# Seconds are the median price of the indicator alone; `tau` is its correlation with the accuracy after training on the same
# architectures, in both measurements.

# %%
shown = result[result["metric"] == "srocc"].drop(columns="metric")
shown.insert(2, "srocc", [tables.with_interval(r.value, r.low, r.high, digits=3) for r in shown.itertuples()])
shown["price"] = shown["seconds_other"] / shown["seconds"]
shown.drop(columns=["value", "low", "high"]).set_index("proxy").round(3)

# %% tags=["hide-input"]
short = shown[shown["value"] < wanted]
Markdown(
    f"Benchmark `{benchmark}` ({dataset}), unique set. {len(shown) - len(short)} of {len(shown)} pairs of orders agree with a Spearman "
    f"coefficient of at least {wanted:g}"
    + (
        f"; the others: {', '.join(f'`{row.proxy}` {row.value:.3f} ({row.other})' for row in short.itertuples())}."
        if len(short)
        else "."
    )
    + f" Against accuracy, tau moves by at most {(shown['tau_other'] - shown['tau_here']).abs().max():.3f}."
)

# %% [markdown]
# What was learned: where the agreement is high, the cheap score stands for the dear one; where it is not, a part of what an
# indicator says about architectures is noise of the minibatch or of the weights, and no figure of it deserves a third decimal.
