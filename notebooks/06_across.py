# %% [markdown]
# # No single best: indicators over benchmarks
#
# An indicator that leads one search space can trail in the next. Here all indicators stand side by side on every benchmark that
# has been scored, beside the number of parameters, which needs no network at all, and the agreement of two trainings.

# %% tags=["parameters"]
folder = "results/correlations"
metric = "krocc"  # or plcc, srocc
out = "work/ranks.parquet"

# %%
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from untrained import shards
from untrained.fusion.fusion_indicator import INDICATORS
from untrained.report import figures, tables

files = sorted(Path(folder).glob("*.parquet"))
if not files:
    raise FileNotFoundError(f"No correlations in {folder}: `dvc repro correlate` makes those of the embedded benchmark.")
found = pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)
rows = found.query("metric == @metric and invalid == 'worst' and set == 'unique'")
# an indicator of several tables of a benchmark is read where most architectures have it
same = ["benchmark", "dataset", "proxy"]
rows = rows.loc[rows.groupby(same, sort=False)["n"].idxmax()].copy()
twice = rows.groupby("benchmark")["dataset"].transform("nunique") > 1
rows["benchmark"] = rows["benchmark"].where(~twice, rows["benchmark"] + " " + rows["dataset"])
values, ranks = tables.ranked(rows)

# %% tags=["hide-input"]
counts = rows.groupby("benchmark", sort=False)["n"].max()
Markdown(
    f"{len(values)} indicators on {len(counts)} benchmark{'s' * (len(counts) > 1)} (architectures of the unique set): "
    + ", ".join(f"`{name}` ({count:,})" for name, count in counts.items())
    + ". Directed: higher is better; a missing score ranks last."
)

# %% [markdown]
# ## The map

# %%
figures.indicator_heat(rows, metric=metric)

# %% tags=["hide-input"]
signs = pd.DataFrame({"right": rows["low"] > 0, "wrong": rows["high"] < 0}).groupby(rows["proxy"]).all()
always = [f"`{name}`" for name in values.index if signs.loc[name, "right"]]
never = [f"`{name}`" for name in values.index if signs.loc[name, "wrong"]]
Markdown(
    f"On every benchmark above, the whole interval lies on the stated side of 0 for {len(always)} of {len(values)} indicators"
    f" and on the other side for {len(never)}{': ' * bool(never)}{', '.join(never)}."
)

# %% [markdown]
# ## Who leads where
#
# The interval decides whether there is a leader: it separates the best from the runner-up if the runner-up's interval stays below
# the best value, and from size if the best's whole interval lies above that of the number of parameters.

# %%
tables.leaders_table(rows)

# %% tags=["hide-input"]
leading = values.idxmax().value_counts()
size = [f"`{name}`" for name in values if "params" in ranks.index and ranks.loc["params", name] <= 1.5]
Markdown(
    f"{len(leading)} indicator{'s lead' if len(leading) > 1 else ' leads'} at least one benchmark: "
    + ", ".join(f"`{name}` ({count})" for name, count in leading.items())
    + f". The best mean rank is that of `{ranks.index[0]}`, {ranks.iloc[0].mean():.1f}, its worst {ranks.iloc[0].max():g}. "
    + f"Size itself leads on: {', '.join(size) or 'none'}."
)

# %% [markdown]
# ## The four fused indicators and size

# %%
figures.rank_lines(rows, follow=INDICATORS)

# %%
tables.rank_table(rows)

# %% [markdown]
# ## Does one benchmark tell of the next

# %% tags=["hide-input"]
figures.benchmark_agreement(rows) if values.shape[1] > 1 else Markdown(
    f"Only `{values.columns[0]}` is here: the order of the indicators has nothing to be compared with. `make paper` scores others."
)

# %% [markdown]
# ## Keep the ranks

# %%
stacked = ranks.rename_axis(columns="benchmark").stack().dropna().rename("rank").reset_index()
written = shards.write(stacked, Path(out))

# %% [markdown]
# What was learned: read the frames of the map from left to right. Where they stand in different rows, a choice of one indicator
# made on one benchmark is a bet on the next; and an indicator below the diamond adds nothing there to counting parameters.
