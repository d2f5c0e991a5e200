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
bootstrap = 1000
level = 0.95
seed = 0

# %%
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from untrained import benchmarks, shards, stats
from untrained import scores as score_tables
from untrained.report import figures, interactive, tables
from untrained.stats.table import correlations, leaders

found = score_tables.read(scores)
wide = score_tables.wide(found)
table = benchmarks.get(benchmark, data).table(dataset)
truth = table["test_acc"].loc[wide.index]

# %% tags=["hide-input"]
setting = found.attrs["setting"]
Markdown(
    f"Benchmark `{benchmark}` ({dataset}), {len(wide)} architectures, unique set; truth: test accuracy, mean over "
    f"{table.filter(regex='^test_acc_').shape[1]} training seeds; scores: inputs `{setting['inputs']}`, batch {setting['batch']}, norm "
    f"mode `{setting['norm']}`, {found['seed'].nunique()} seed(s) of weights, median over them."
)

# %% [markdown]
# ## The table
#
# Directed: higher is better for every indicator, so a negative value means that the direction its paper states is the wrong one
# here. A missing score counts as the worst of its column.

# %%
result = correlations(wide, truth, invalid="worst", n=bootstrap, level=level, seed=seed)
ceiling = stats.agreement(table["test_acc_0"], table["test_acc_1"], n=bootstrap, seed=seed)
dropped = correlations(wide, truth, invalid="drop", n=2, level=level, seed=seed)
stored = result.assign(benchmark=benchmark, dataset=dataset, set="unique", ceiling=ceiling.value)
shards.write(
    pd.concat([stored, dropped.assign(low=None, high=None, benchmark=benchmark, dataset=dataset, set="unique")]), Path(out)
)
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
figures.correlation_bars(result, ceiling=ceiling.value)

# %% [markdown]
# ## The best of each metric

# %%
leaders(result)

# %% tags=["hide-input"]
size = result.query("proxy == 'params' and metric == 'krocc'")["value"].item()
over = sorted(set(result.query("metric == 'krocc' and low > @size")["proxy"]))
wrong = sorted(set(result.query("metric == 'krocc' and high < 0")["proxy"]))
Markdown(
    f"The number of parameters alone reaches a tau of {size:.2f}; two trainings of the same architectures agree with {ceiling:.2f}. "
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
best = result.query("metric == 'krocc'").sort_values("value").iloc[-1]["proxy"]
interactive.scatter(wide.assign(test_acc=truth), x=best, y="test_acc", y_label="test accuracy, %")

# %% [markdown]
# What was learned: which indicators carry more than size on this benchmark, and which point the wrong way, is in the sentence
# above, with intervals; the map of agreement shows which of them say the same thing twice.
