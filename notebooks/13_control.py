# %% [markdown]
# # More than size?
#
# The number of parameters ranks architectures well and costs nothing. An indicator earns its price by what it says among networks
# of one size: here every indicator is judged over all of them, against size, and inside groups in which size tells nothing.

# %% tags=["parameters"]
benchmark = "nas_bench_digits"
dataset = "digits"
scores = "results/scores/nas_bench_digits-digits.parquet"
data = "data"
out = "work/control.parquet"
accuracy = "test_acc"  # column of the benchmark's table that counts as the truth
unique_only = True  # without, the full set is judged too
group_mode = "equal"  # cells of equal operation counts, hence equal #Param; quantile: bins of close #Param
bins = 20
bootstrap = 1000
level = 0.95
sample = 100  # architectures a search draws
repetitions = 100
seed = 0

# %%
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from untrained import benchmarks, fusion, shards, stats
from untrained import scores as score_tables
from untrained.report import size_tables
from untrained.report.figures import control as figures
from untrained.stats.control import control, search_in_groups
from untrained.stats.size_groups import grouped

found = score_tables.read(scores)
bench = benchmarks.get(benchmark, data)
asked = score_tables.asked(found)
wide = fusion.with_aggregates(score_tables.wide(found), asked)
published = bench.table(dataset)
truth = benchmarks.by_form(bench, dataset)[accuracy].loc[wide.index]
groups = grouped(list(wide.index), wide["params"], group_mode, bins=bins)
how = {"n": bootstrap, "level": level, "seed": seed}

# %% tags=["hide-input"]
sizes = pd.Series(groups).value_counts()
kind = (
    "equal counts of 3x3 and 1x1 convolutions, hence of equal #Param"
    if group_mode == "equal"
    else "close #Param, cut at quantiles"
)
Markdown(
    f"Benchmark `{benchmark}` ({dataset}), {len(wide)} architectures, unique set; truth: `{accuracy}`; #Param of the networks that were "
    f"scored; {len(sizes)} groups of {kind}, of {sizes.min()} to {sizes.max()} architectures. Intervals: {level:.0%} of {bootstrap} "
    "resamples of architectures, which keep their groups."
)

# %% [markdown]
# ## At a glance
#
# Open: all architectures. Filled: inside groups. An indicator that is a noisy copy of size falls from its open dot to the dotted
# line, which is what size itself keeps there: nothing where #Param is equal, a little where it is only close.

# %%
result = control(wide, truth, groups, asked=asked, **how)
pieces = [result.assign(set="unique")]
figures.control_dots(result)

# %% tags=["hide-input"]
verdicts = figures.beyond_size(result)
listed = {word: ", ".join(f"`{name}`" for name in verdicts.index[verdicts == word]) or "none" for word in figures.COLOURS}
top = result.query("quantity == 'overall' and metric == 'krocc'").set_index("proxy")["value"]
inside = result.query("quantity == 'within'").set_index("proxy")["value"].drop("params")
Markdown(
    f"Size itself has a tau of {top['params']:.2f}, inside groups {figures.kept(result):.2f}. Of {len(verdicts)} other indicators "
    f"that differ inside groups, {(verdicts == figures.MORE).sum()} are more than size: {listed[figures.MORE]}. Not told from size: "
    f"{listed[figures.NONE]}. Against the direction that their papers state, at equal size: {listed[figures.AGAINST]}. The best over "
    f"all is `{top.idxmax()}` ({top.max():.2f}), the best at equal size `{inside.idxmax()}` ({inside.max():.2f})."
)

# %% [markdown]
# ## The numbers

# %%
size_tables.control_table(result)

# %% [markdown]
# ## Group by group
#
# The indicators that the size-controlled protocol was made for, and the best at equal size.

# %%
names = [name for name in ("naswot", "snip", "grad_norm", "synflow") if name in inside.index]
size_tables.group_table(result, list(dict.fromkeys([*names, inside.idxmax()])))

# %% [markdown]
# ## As a search
#
# Draw architectures, keep the one with the best score: among all, and among those of one size. `random` takes any, `best` the most
# accurate one drawn.

# %%
search = search_in_groups(wide, truth, groups, sample=sample, repetitions=repetitions, seed=seed, asked=asked)
pieces.append(search.assign(set="unique"))
accuracies = search.pivot(index="proxy", columns="quantity", values="value").sort_values("search_within", ascending=False)
accuracies.round(2)

# %% tags=["hide-input"]
gain = accuracies["search_within"] - accuracies.loc["random", "search_within"]
Markdown(
    f"{sample} architectures are drawn, {repetitions} times; the table has mean accuracies in percent. Inside groups, of which small ones are drawn "
    f"whole, the best pick is that of `{gain.drop('best').idxmax()}`, {gain.drop('best').max():.2f} points above a random one; "
    f"the most accurate of each group would be {gain['best']:.2f} points above."
)

# %% [markdown]
# ## The full set

# %%
if not unique_only:
    full, whole = benchmarks.spread(bench, dataset, wide)
    forms = [bench.canonical(arch) for arch in full.index]
    same = {"together": forms, "asked": asked.loc[forms].set_axis(full.index), **how}
    on_full = control(full, whole[accuracy], grouped(list(full.index), full["params"], group_mode, bins=bins), **same)
    pieces.append(on_full.assign(set="full"))
Markdown("Only unique forms were trained or scored here.") if unique_only else figures.control_dots(on_full)

# %% [markdown]
# ## Size over the whole table
#
# Size needs no scoring: its correlation over every string of the published table has no sample of ours in it.

# %% tags=["hide-input"]
known = published.filter(items=["params", accuracy]).dropna()
if "params" in known and len(known) > 1:
    forms = [bench.canonical(arch) for arch in known.index]
    for metric in ("krocc", "srocc"):
        one = stats.bootstrap(
            stats.METRICS[metric], known["params"], known[accuracy], n=min(bootstrap, 200), seed=seed, groups=forms
        )
        row = {"proxy": "params", "quantity": "overall", "metric": metric, "set": "table", "n": len(known), "missing": 0}
        pieces.append(pd.DataFrame([row | {"value": one.value, "low": one.low, "high": one.high}]))
written = shards.write(pd.concat(pieces, ignore_index=True).assign(benchmark=benchmark, dataset=dataset), Path(out))
tau = next((piece["value"].item() for piece in pieces if "table" in set(piece["set"])), None)
Markdown(
    f"Over all {len(known):,} strings of the table, #Param has a Kendall's tau of {tau:.3f} with `{accuracy}`."
    if tau is not None
    else "The table at hand has no #Param."
)

# %% [markdown]
# What was learned: the colours of the first figure. Blue indicators add to a count of parameters on this benchmark; for grey ones, counting is as good
# and free; red ones mislead once size is held fixed.
