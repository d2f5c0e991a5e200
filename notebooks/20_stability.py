# %% [markdown]
# # How far a score hangs on how it was measured
#
# Papers measure larger networks with larger minibatches and more repetitions than a whole search space allows, and with weights
# drawn once. Here the same architectures are scored more than once: what another setting changes in their order, and in what the
# order says about accuracy.

# %% tags=["parameters"]
benchmark = "nas_bench_201"
dataset = "cifar10"
scores = "results/scores/nas_bench_201-cifar10.parquet"
others = {  # the same architectures, measured otherwise
    "first": {"label": "the papers' minibatches", "scores": "results/scores/nas_bench_201-cifar10-dear.parquet"},
    "second": {"label": "other weights", "scores": "results/scores/nas_bench_201-cifar10-seeds.parquet"},
}
wanted = 0.99  # rank agreement from which on the cheaper setting stands for the dear one
data = "data"
out = "work/stability.parquet"
bootstrap = 1000
seed = 0

# %%
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from untrained import benchmarks, shards, stats
from untrained import scores as score_tables
from untrained.report import figures, tables

found = {"here": score_tables.read(scores)}
found |= {one["label"]: score_tables.read(one["scores"]) for one in others.values() if Path(one["scores"]).exists()}
parts = {(label, draw): part for label, table in found.items() for draw, part in table.groupby("seed")}
base = parts["here", found["here"]["seed"].min()]

# %% [markdown]
# ## What differs
#
# Settings that are not the same everywhere, options of the indicators that both were measured with; `default`: the benchmark's or the
# indicator's own.

# %%
flat = {
    label: pd.json_normalize(table.attrs["setting"]).iloc[0].drop(["options", "skeleton"], errors="ignore").astype(str)
    for label, table in found.items()
}
settings = pd.DataFrame(flat).fillna("default")
for label, table in found.items():
    other = [
        name for name in settings.index if name.startswith("options.") and name.split(".")[1] not in set(table["proxy"])
    ]
    settings.loc[other, label] = "not measured"
settings = settings[[len(set(row) - {"not measured"}) > 1 for row in settings.to_numpy()]]
settings.loc["weights and draws"] = {label: ", ".join(map(str, table["seed"].unique())) for label, table in found.items()}
settings.loc["architectures"] = {label: str(table["arch"].nunique()) for label, table in found.items()}
settings.rename_axis("setting")

# %% [markdown]
# ## Agreement of the two orders

# %%
truth = benchmarks.by_form(benchmarks.get(benchmark, data), dataset)["test_acc"]
how = {"n": bootstrap, "seed": seed}
mine = score_tables.wide(base)
rows = []
for (label, draw), part in parts.items():
    if label == "here":
        continue
    name = label if found[label]["seed"].nunique() == 1 else f"{label}, seed {draw}"
    wide = score_tables.wide(part)
    price = [table.groupby("proxy")["seconds"].median() for table in (base, part)]
    for proxy in wide.columns.intersection(mine.columns):
        both = pd.concat([mine[proxy], wide[proxy], truth], axis=1, keys=["a", "b", "truth"], join="inner").dropna()
        if both["a"].nunique() < 2:
            continue
        about = {"proxy": proxy, "other": name, "n": len(both), "seconds": price[0][proxy], "seconds_other": price[1][proxy]}
        for metric in ("srocc", "krocc"):
            of = stats.METRICS[metric]
            values = {
                "": stats.agreement(both["a"], both["b"], metric=metric, **how),
                "here_": stats.bootstrap(of, both["a"], both["truth"], **how),
                "other_": stats.bootstrap(of, both["b"], both["truth"], **how),
                "change_": stats.bootstrap_difference(of, both["b"], both["a"], both["truth"], **how),
            }
            ends = {f"{key}{end}": getattr(one, end) for key, one in values.items() for end in ("value", "low", "high")}
            rows.append({**about, "metric": metric, **ends})
result = pd.DataFrame(rows)
written = shards.write(result, Path(out))
figures.stability_dots(result, wanted=wanted)

# %% [markdown]
# ## What it costs, and what it changes against accuracy
#
# Seconds are the median price of the indicator alone; `tau` is its correlation with the accuracy after training on the same
# architectures, in both measurements, and `change` the difference on the same resamples.


# %%
def text(row: tuple, key: str = "") -> str:
    """A value and its interval, in words."""
    return tables.with_interval(*(getattr(row, f"{key}{end}") for end in ("value", "low", "high")))


orders, shown = (result[result["metric"] == metric].reset_index(drop=True) for metric in ("srocc", "krocc"))
beside = pd.DataFrame({"srocc of both": [text(row) for row in orders.itertuples()]})
for name, key in (("tau here", "here_"), ("tau other", "other_"), ("change", "change_")):
    beside[name] = [text(row, key) for row in shown.itertuples()]
beside["seconds"], beside["price"] = shown["seconds"], shown["seconds_other"] / shown["seconds"]
shown[["proxy", "other", "n"]].join(beside).set_index("proxy").round(3)

# %% tags=["hide-input"]
short = orders[orders["value"] < wanted]
moved = shown[(shown["change_low"] > 0) | (shown["change_high"] < 0)]
Markdown(
    f"Benchmark `{benchmark}` ({dataset}), unique set. {len(orders) - len(short)} of {len(orders)} pairs of orders agree with a Spearman "
    f"coefficient of at least {wanted:g}; the others: "
    + (", ".join(f"`{row.proxy}` {row.value:.3f} ({row.other})" for row in short.itertuples()) or "none")
    + f". Against accuracy, tau moves by at most {shown['change_value'].abs().max():.3f}; beyond its interval: "
    + (", ".join(f"`{row.proxy}` {row.change_value:+.2f} ({row.other})" for row in moved.itertuples()) or "none")
    + "."
)

# %% [markdown]
# What was learned: where the agreement is high, the cheap score stands for the dear one; where it is not, what an indicator says about
# architectures holds for the setting that it was measured with, and no figure of it deserves a third decimal.
