# %% [markdown]
# # Which indicator ranks the architectures
#
# Every scored proxy is compared with the accuracy after training: by value, by rank, and beside two lines that decide how to
# read it, the number of parameters and the agreement of a second training.

# %% tags=["parameters"]
benchmark = "nas_bench_digits"
dataset = "digits"
scores = "results/scores/nas_bench_digits-digits.parquet"
data = "data"
out = "work/correlations.parquet"
accuracy = "test_acc"  # column of the benchmark's table that counts as the truth
unit = "percent"  # of that column
unique_only = True  # whether strings of equal function are left out; without, the full set is judged too
open_accuracies = True  # whether the page may show each architecture's accuracy: those of others are theirs to publish
bootstrap = 1000
level = 0.95
seed = 0

# %%
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from untrained import benchmarks, fusion, shards, stats
from untrained import scores as score_tables
from untrained.report import figures, interactive, tables
from untrained.stats.table import correlations, leaders

found = score_tables.read(scores)
bench = benchmarks.get(benchmark, data)
asked = score_tables.asked(found)
wide = fusion.with_aggregates(score_tables.wide(found), asked)
table = benchmarks.by_form(bench, dataset).loc[wide.index]
truth = table[accuracy]
runs = table.filter(regex=rf"^{accuracy}_\d").dropna(axis=1, how="all").shape[1]

# %% tags=["hide-input"]
setting = found.attrs["setting"]
Markdown(
    f"Benchmark `{benchmark}` ({dataset}), {len(wide)} architectures, unique set; truth: `{accuracy}` ({unit}), {runs or 1} training run(s); "
    f"scores: heads of `{setting['dataset']}`, inputs `{setting['inputs']}`, batch {setting['batch']}, norm mode `{setting['norm']}`, "
    f"{found['seed'].nunique()} seed(s) of weights, median over them. `az_nas` and `vkdnw_agg` are sums of log ranks over these architectures."
)

# %% [markdown]
# ## The table
#
# Directed: higher is better for every indicator, so a negative value means that the direction its paper states is the wrong one
# here. A score without a value counts as the worst of its column. A dear proxy may have been computed for the first architectures
# alone: it is judged on those, `n` of them, and so is an aggregate that it is part of.

# %%
twice = table.filter(items=[f"{accuracy}_0", f"{accuracy}_1"]).dropna()
ceiling = stats.agreement(*twice.to_numpy().T, n=bootstrap, seed=seed).value if twice.shape[1] == 2 and len(twice) else None
result = correlations(wide, truth, invalid="worst", n=bootstrap, level=level, seed=seed, asked=asked)
dropped = correlations(wide, truth, invalid="drop", n=2, level=level, seed=seed, asked=asked).assign(low=None, high=None)
pieces = [result.assign(ceiling=ceiling, set="unique"), dropped.assign(set="unique")]
tables.correlation_table(result)

# %% tags=["hide-input"]
both = result.merge(dropped, on=["proxy", "metric"], suffixes=("", "_dropped")).query("metric == 'krocc' and missing > 0")
change = (both["value"] - both["value_dropped"]).abs()
Markdown(
    f"Ranking missing scores last instead of leaving their architectures out changes tau by at most {change.max():.3f} "
    f"({both.loc[change.idxmax(), 'proxy']})."
    if len(both)
    else "No score is missing."
)

# %%
figures.correlation_bars(result, ceiling=ceiling)

# %% [markdown]
# ## The full set
#
# Strings that differ in dead parts alone are one function but several rows of the full set, each with its own training and its
# own size; a score is copied to all of them. Papers mix both sets, and their figures differ by several hundredths.

# %%
if not unique_only:
    full, whole = benchmarks.spread(bench, dataset, wide)
    forms = [bench.canonical(arch) for arch in full.index]
    same = {"groups": forms, "asked": asked.loc[forms].set_axis(full.index)}
    on_full = correlations(full, whole[accuracy], invalid="worst", n=bootstrap, level=level, seed=seed, **same)
    pieces.append(on_full.assign(set="full"))
both = None if unique_only else tables.correlation_table(pieces[-1])
shards.write(pd.concat(pieces).assign(benchmark=benchmark, dataset=dataset), Path(out))
both if both is not None else Markdown("Only unique forms were trained or scored here.")

# %% [markdown]
# ## The best of each metric

# %%
leaders(result)

# %% tags=["hide-input"]
size = result.query("proxy == 'params' and metric == 'krocc'")["value"].item()
over = sorted(set(result.query("metric == 'krocc' and low > @size")["proxy"]))
wrong = sorted(set(result.query("metric == 'krocc' and high < 0")["proxy"]))
Markdown(
    f"The number of parameters alone reaches a tau of {size:.2f}; two trainings of the same architectures agree "
    f"with {f'{ceiling:.2f}' if ceiling is not None else 'an unknown tau: there is one run each'}. "
    f"Indicators whose whole interval lies above the number of parameters: {', '.join(f'`{name}`' for name in over) or 'none'}. "
    f"Indicators whose whole interval is below zero, so that the stated direction is wrong here: "
    f"{', '.join(f'`{name}`' for name in wrong) or 'none'}."
)

# %% [markdown]
# ## How the indicators agree with one another

# %%
figures.indicator_correlations(wide)

# %% [markdown]
# ## Indicator against accuracy

# %%
figures.indicator_scatters(wide, truth)

# %%
best = result.query("metric == 'krocc' and proxy != 'params'").sort_values("value").iloc[-1]["proxy"]
across = {"y": accuracy, "y_label": f"{accuracy}, {unit}"} if open_accuracies else {"y": "params", "y_label": "#Param"}
interactive.scatter(wide.assign(**{accuracy: truth}) if open_accuracies else wide, x=best, **across)

# %% [markdown]
# What was learned: which indicators carry more than size on this benchmark, and which point the wrong way, is in the sentence
# above, with intervals; the map of agreement shows which of them say the same thing twice.
