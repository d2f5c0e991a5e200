# %% [markdown]
# # All searches, side by side
#
# Papers compare searches by where they end on three data sets and by ranks on seven tasks. Here every method stands beside its
# published figure, beside random search, and beside the same queries spent on the largest networks: a method that does not beat
# that has found size.

# %% tags=["parameters"]
folder = "results/search"
budget = "20 queries"  # of NAS-Bench-201
rank_budget = "100 queries"  # of TransNAS-Bench-101
control = "params, best first"
out = "work/searches.parquet"

# %%
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from untrained import published, shards
from untrained.report import searches as tables
from untrained.report.figures.search import lead_dots
from untrained.stats import searches

files = {file.stem: file for file in sorted(Path(folder).glob("*.parquet")) if not file.stem.endswith("-precision")}
if not files:
    raise FileNotFoundError(f"No searches in {folder}: `dvc repro search` makes those of the embedded benchmark.")
ends = {key: searches.ends(pd.read_parquet(file)) for key, file in files.items()}
found = pd.concat([frame.assign(key=key) for key, frame in ends.items()], ignore_index=True)
found = found[found["set"] == "scored"]
means = searches.means(found, by=("key", "set", "method", "budget"))

# %% tags=["hide-input"]
counts = means.groupby("key")[["n", "seeds"]].max()
Markdown(
    f"{len(found):,} searches among the architectures with indicators, one of each function: "
    + "; ".join(f"`{key}` {row['n']:,} architectures, {row['seeds']} seeds" for key, row in counts.iterrows())
    + ". Test accuracies were read after the last search had ended. On NAS-Bench-201 the 12-epoch validation accuracy of CIFAR-10 "
    "steers all three data sets, as in the papers; on TransNAS-Bench-101 and NAS-Bench-101 the one figure at hand steers and judges."
)

# %% [markdown]
# ## NAS-Bench-201
#
# Mean test accuracy of what is returned. Published figures searched all 15,625 strings, ours the cells of different function.


# %%
def beside(benchmark: str, spent: str, part: str = "", **how: object) -> tables.Table | Markdown:
    """Searches of a benchmark, or of those of its keys that begin with a part, beside their published figures."""
    keys = [key for key in ends if key.startswith(f"{benchmark}-{part}") and ("sampled" in key) == ("sampled" in part)]
    known = {key: published.searches(benchmark, key.removeprefix(f"{benchmark}-").removeprefix("sampled-")) for key in keys}
    shown = means[means["key"].isin(keys) & (means["budget"] == spent)]
    return tables.beside_table(shown, known, **how) if len(shown) else Markdown("Not searched yet.")


beside("nas_bench_201", budget)

# %% [markdown]
# What needs an indicator that a sample of the cells has is searched among those, beside methods from above: random search there tells
# by how much the best of the sample falls short of the best of the space.

# %%
beside("nas_bench_201", budget, "sampled-")

# %% [markdown]
# ## TransNAS-Bench-101, micro
#
# Mean rank of what is returned, by the task's own figure, and its share of the searched set. Ours are ranks among the forms of the
# space, each function once; a published rank is among all 4,096 strings, so shares compare and ranks do not.

# %%
beside("transnas_bench_101", rank_budget, "micro-", column="rank", space=4096)

# %% [markdown]
# ## TransNAS-Bench-101, macro
#
# A layout is its own form: the searched set is the published one but for a single layout that circulated tables lack.

# %%
beside("transnas_bench_101", rank_budget, "macro-", column="rank", space=3256)

# %% [markdown]
# ## More than size?
#
# Each method against the same number of queries spent on the networks with the most parameters, seed by seed, on every benchmark
# that was searched: by how much of the searched set the returned architecture ranks better.

# %%
found["share"] = 100 * found["rank"] / found["n"]
rows = []
for (key, spent), part in found.groupby(["key", "budget"]):
    for method in [name for name in part["method"].unique() if name != control]:
        if control in set(part["method"]) and part.loc[part["method"] == method, "seed"].nunique() > 1:
            gap = searches.lead(part, control, method, column="share")
            rows.append(
                {"key": key, "budget": spent, "method": method, "value": gap.value, "low": gap.low, "high": gap.high}
            )
leads = pd.DataFrame(rows)
shards.write(leads, Path(out))
per_key = leads[leads["budget"] == leads.groupby("key")["budget"].transform("first")]
everywhere = per_key.groupby("method")["key"].nunique()
lead_dots(per_key[per_key["method"].isin(everywhere[everywhere == everywhere.max()].index)], control=control)

# %% tags=["hide-input"]
clear = leads.assign(ahead=leads["low"] > 0, behind=leads["high"] < 0).groupby("method")[["ahead", "behind"]].sum()
clear["of"] = leads.groupby("method").size()
best = clear.sort_values(["ahead", "behind"], ascending=[False, True])
Markdown(
    "Clearly better than size (whole interval), in how many of the searched problems: "
    + "; ".join(
        f"`{name}` {row['ahead']} of {row['of']}, clearly worse in {row['behind']}" for name, row in best.head(6).iterrows()
    )
    + "."
)

# %% [markdown]
# What was learned: the last figure is the one to read before any of the tables above. Where random search stands level with a
# method, the budget and the space decide, not the method.
