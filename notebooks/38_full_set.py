# %% [markdown]
# # The full set
#
# Papers judge indicators on all strings of NAS-Bench-201, of which many are one network: a few forms have hundreds of copies. A sample
# of forms holds these by chance, and a correlation on its strings swings with them. Here all forms with copies are scored, and the
# sample stands for the rest alone.

# %% tags=["parameters"]
judged = {  # a sampled table, by whose setting the forms with copies are scored; `whole`: one of all forms, to check estimates
    "nas_bench_digits": {
        "benchmark": "nas_bench_digits",
        "dataset": "digits",
        "scores": "results/scores/nas_bench_digits-digits.parquet",
    }
}
data = "data"
folder = "work/scores"  # finished shards; a killed run goes on from them
copies = "work/copied"  # scores of forms with copies; what a recomputed part confirms is kept
out = "work/full_set"
accuracy = "test_acc"
device = "cpu"
workers = None  # processes of one thread; None: one per core
bootstrap = 1000
seed = 0

# %%
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

import untrained
from untrained import benchmarks, full_set, scoring, shards, stats
from untrained import scores as score_tables
from untrained.fusion.log_rank import AZ_NAS, VKDNW_AGG
from untrained.report import Table
from untrained.report.tables import with_interval

SUMS = {"az_nas": AZ_NAS, "vkdnw_agg": VKDNW_AGG}

# %% [markdown]
# ## Forms with copies

# %%
found, shown = {}, []
for key, one in judged.items():
    bench, dataset = benchmarks.get(one["benchmark"], data), one["dataset"]
    table = bench.table(dataset)
    space = pd.Series([bench.canonical(arch) for arch in table.index], index=table.index)
    several = full_set.copied(space)
    sampled = score_tables.read(one["scores"])
    wide, asked = score_tables.wide(sampled), score_tables.asked(sampled)
    if several:
        how = {name: value for name, value in sampled.attrs["setting"].items() if name != "skeleton"}
        path = Path(copies) / f"{key}.parquet"
        scoring.score_benchmark(
            one["benchmark"], dataset, untrained.Setting(**how), sorted(set(sampled["proxy"])), folder=folder, out=path, data=data,
            architectures=several, costs=benchmarks.costs(bench, dataset), published=path, workers=workers, timings=False, device=device,
        )  # fmt: skip
        more = score_tables.read(path)
        in_both = wide.index.intersection(several)
        wide = pd.concat([wide.drop(in_both), score_tables.wide(more)])
        asked = pd.concat([asked.drop(in_both), score_tables.asked(more)])
    full, truth = benchmarks.spread(bench, dataset, wide)
    forms = space.loc[full.index]
    # FLOPs of the form, as a part of sums; those of strings have a page of their own
    full["flops"] = wide["flops"].loc[forms].to_numpy()
    rows = full_set.estimates(full, truth[accuracy], forms, space, asked=asked, sums=SUMS, n=bootstrap, seed=seed)
    found[key] = rows[rows["proxy"] != "flops"].assign(set="full", benchmark=one["benchmark"], dataset=dataset)
    shards.write(found[key], Path(out) / f"{key}.parquet")
    copies_of = space.value_counts().value_counts().sort_index()
    shown.append(
        {"benchmark": key, "strings": len(space), "forms": space.nunique(), "forms sampled": sampled["arch"].nunique()}
    )
    shown[-1]["forms by copies"] = ", ".join(f"{n:,} with {count:,}" for count, n in copies_of.items())

pd.DataFrame(shown)

# %% tags=["hide-input"]
Markdown(
    f"Truth: `{accuracy}` of every string, mean over its training seeds. Inputs, norm mode and seeds are those of the sampled tables."
)

# %% [markdown]
# ## Every indicator on all strings
#
# Estimates for all strings of the space. The 95 % intervals hold what the sample of forms without copies leaves open: those with copies
# are all there, at every resample.

# %%
for key, rows in found.items():
    wide = rows.set_index(["proxy", "metric"])
    order = rows[rows["metric"] == "krocc"].sort_values("value", ascending=False)["proxy"]
    columns = {
        metric: [with_interval(*wide.loc[(name, metric), ["value", "low", "high"]], digits=3) for name in order]
        for metric in ("krocc", "srocc", "plcc", "rmse")
    }
    about = rows.drop_duplicates("proxy").set_index("proxy").loc[order, ["forms", "n", "missing"]]
    caption = f"{key}: correlation with {accuracy} on all strings, from the strings (n) of the forms that are scored"
    display(Table(pd.DataFrame({"indicator": list(order), **columns}).join(about.reset_index(drop=True)), caption))

# %% [markdown]
# ## Beside what is known
#
# Where some indicators are scored on all forms, their correlation on all strings is no estimate.

# %%
words = []
for key, one in judged.items():
    if "whole" in one:
        bench, rows = benchmarks.get(one["benchmark"], data), found[key].set_index(["proxy", "metric"])
        full, truth = benchmarks.spread(bench, one["dataset"], score_tables.wide(score_tables.read(one["whole"])))
        last = full.fillna(full.min())
        known = {
            (name, metric): stats.METRICS[metric](last[name], truth[accuracy])
            for name in last
            for metric in ("krocc", "srocc")
        }
        both = rows.loc[list(known), ["value", "low", "high"]].assign(known=known)
        inside = both["known"].between(both["low"], both["high"])
        words.append(
            f"`{key}`: {inside.sum()} of {len(both)} intervals of {len(both) // 2} indicators, tau and rho, hold the known value; the mean "
            f"error of an estimate is {(both['value'] - both['known']).abs().mean():.3f}, the largest "
            f"{(both['value'] - both['known']).abs().max():.3f}."
        )
Markdown(" ".join(words) or "No table of all forms is at hand.")

# %% [markdown]
# What was learned: in NAS-Bench-201 forms with copies are 165 of 9,445 and make up two fifths of all strings, five of them a tenth. A
# correlation on all strings is in large part one on these few small networks; a sample of forms that holds them by chance has intervals
# several times as wide.
