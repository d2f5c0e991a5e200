# %% [markdown]
# # Search: what a budget of trainings buys
#
# A score is of use when it finds a good architecture with few trainings. Here every search method spends the same budget on the
# same benchmark. The loop owns the budget and the answers, and test accuracies are read after all searches have ended.

# %% tags=["parameters"]
benchmark = "nas_bench_digits"
dataset = "digits"
scores = "results/scores/nas_bench_digits-digits.parquet"  # indicators; empty: methods that need none search the whole table
data = "data"
accuracy = "test_acc"  # judges what a search returns
trainings = [{"epochs": 1, "states": True}, {"epochs": 5, "states": True}]  # what a search may ask for
methods = {
    "RS": {"method": "random_search"},
    "REA": {"method": "regularised_evolution"},
    "BOHB": {"method": "bohb"},
    "RoBoT": {"method": "robot"},
    "HNAS grad_norm": {"method": "hnas", "indicator": "grad_norm"},
    "params, best first": {"method": "indicator_order", "indicator": "params"},
}
budgets = {"20 queries": {"queries": 20}}
seeds = 10
folder = "work/search/nas_bench_digits"  # of finished searches: a run that was broken off goes on
out = "work/search/nas_bench_digits.parquet"
workers = 1
curves = ["RS", "REA", "local search", "BOHB", "RoBoT", "HNAS grad_norm", "params, best first", "FI"]  # drawn over time
sizes = [10, 20, 100]  # T of Precision@T

# %%
from pathlib import Path

import numpy as np
import pandas as pd
from IPython.display import Markdown

from untrained import benchmarks, fusion, published, search, searching, shards
from untrained import scores as score_tables
from untrained.report import searches as tables
from untrained.report.figures.search import anytime_lines, precision_dots, search_ends
from untrained.search.robot import precision_at
from untrained.stats import searches

# %% [markdown]
# ## The problem
#
# A method sees architectures, who is one change away from whom, and indicators; it is told validation values one by one.

# %%
bench = benchmarks.get(benchmark, data)
offers = [searching.Training(**given) for given in trainings]
scored = fusion.with_aggregates(score_tables.wide(score_tables.read(scores))) if scores else None
tasks = [searching.task(bench, dataset, offers, accuracy=accuracy)]
if scored is not None:
    tasks.append(searching.task(bench, dataset, offers, scores=scored, accuracy=accuracy))

# %% tags=["hide-input"]
counts = ", ".join(f"the {task.name} set of {len(task.space.architectures):,}" for task in tasks)
on_offer = ", ".join(f"{o.epochs} epochs (`{'state' if o.states else o.column}` of {o.dataset or dataset})" for o in offers)
judged = (
    "The figure that judges is the one that is searched: this table has no other."
    if any(o.column == accuracy and o.dataset in (None, dataset) for o in offers)
    else f"`{accuracy}` of {dataset} judges, and is read after the end."
)
Markdown(
    f"Benchmark `{benchmark}`: {counts} architectures. Trainings on offer: {on_offer}. {judged} The full set is every string of "
    "the table; the scored set holds those with indicators, one of each function. What needs an indicator searches the scored "
    "set only, everything else both. A query is one distinct training at the highest fidelity; shorter ones cost their share."
)

# %% [markdown]
# ## The searches

# %%
rows = searching.run(tasks, methods, budgets, range(seeds), folder=folder, workers=workers)
shards.write(rows, Path(out))
found = searches.ends(rows)
mean = searches.means(found)

# %% tags=["hide-input"]
left_out = {
    label: search.get(given["method"]).lacks(tasks[-1].space, **searching.options(given)) for label, given in methods.items()
}
left_out = [f"{label} ({reason})" for label, reason in left_out.items() if reason]
Markdown(
    f"{len(found):,} searches of {seeds} seeds, {len(rows):,} distinct queries. Not run here: {'; '.join(left_out) or 'none'}."
)

# %%
tables.ends_table(mean, published.searches(benchmark, dataset))

# %%
first = next(iter(budgets))
search_ends(mean[mean["budget"] == first], published.searches(benchmark, dataset))

# %% tags=["hide-input"]
chosen = mean[(mean["budget"] == first) & (mean["set"] == tasks[-1].name)].sort_values("test_acc", ascending=False)
top, random = chosen.iloc[0], chosen[chosen["method"] == "RS"]
beside = f"; random search has {random['test_acc'].iloc[0]:.2f}" if len(random) else ""
level = chosen[chosen["high"] >= top["low"]]["method"]
Markdown(
    f"On the {tasks[-1].name} set within {first}, `{top['method']}` ends highest, at {top['test_acc']:.2f} [{top['low']:.2f}, "
    f"{top['high']:.2f}] of at most {top['test_acc'] + top['regret']:.2f}{beside}. Its interval is reached by "
    f"{len(level) - 1} other methods: a budget that many methods exhaust does not tell them apart."
)

# %% [markdown]
# ## At any time
#
# The longest budget, over queries and, where costs are known, over charged seconds.

# %%
last = list(budgets)[-1]
shown = rows[(rows["budget"] == last) & (rows["set"] == tasks[-1].name) & rows["method"].isin(curves)]
longest = int(shown["query"].max())
grids = {"query": np.unique(np.geomspace(1, longest, 40).round())}
if shown["seconds"].any():
    spent = shown.groupby(searches.SEARCH)["seconds"].sum().max()
    grids["seconds"] = np.linspace(0, spent, 60)[1:]
anytime_lines({over: searches.anytime(shown, grid, over=over) for over, grid in grids.items()})

# %%
anytime_lines({over: searches.anytime(shown, grid, over=over, column="rank") for over, grid in grids.items()}, column="rank")

# %% [markdown]
# ## What the queries hit
#
# If k of T queried architectures are among the T best, and any k of those places are equally likely, the best of them is expected
# at place (T + 1) / (k + 1): the theory on which a greedy phase rests. Places are those of the searched value.

# %%
tables.hits_table(searches.expected_places(found))

# %% [markdown]
# ## Precision@T of the indicators
#
# How many of the T best-scored architectures are among the T best decides what the first T queries are worth. A good correlation
# over the whole set does not promise it.

# %%
values = {}
if scored is not None:
    task = tasks[-1]
    truth = [task.oracle(arch, task.space.fidelities[-1])[0] for arch in task.space.architectures]
    values = {(name, T): precision_at(T, task.space.indicator(name), truth) for name in task.space.names for T in sizes}
precision = pd.DataFrame([(*key, value) for key, value in values.items()], columns=["indicator", "T", "precision"])
shards.write(precision, Path(out).with_name(f"{Path(out).stem}-precision.parquet"))
precision_dots(precision) if len(precision) else Markdown("No indicators here.")

# %% [markdown]
# What was learned: read the table by intervals, not by means; a search that follows one indicator belongs beside every combination
# of indicators, and the set that was searched beside every accuracy.
