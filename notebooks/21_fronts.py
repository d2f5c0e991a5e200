# %% [markdown]
# # Fronts of accuracy and size, found without training
#
# Whoever wants a network for a small device wants the whole trade-off, not one winner. MTF-PDNS keeps an archive of architectures
# that no other one dominates in several free metrics and in size, breeds from those that are far from the rest of it, and trains the
# archive at the end. It stands here beside NSGA-II on the same metrics, single metrics, and random draws with the same archive.

# %% tags=["parameters"]
benchmark = "nas_bench_digits"
dataset = "digits"
scores = "results/scores/nas_bench_digits-digits.parquet"
metrics = ["synflow", "jacob_cov", "snip"]  # of the paper
judged: list[str] = []  # data sets whose test accuracies judge the archive; by default the searched one
short = ""  # column of the table with a short training's validation accuracy, which then leads searches of the whole table
seeds = 30
population = 20
generations = 50
share = 0.5  # at most this part of a small space is drawn, so that nobody wins by looking at all of it
paid = 20  # final trainings at which archives of different size are compared
data = "data"
out = "work/fronts.parquet"

# %%
from pathlib import Path

import numpy as np
import pandas as pd
from IPython.display import Markdown

from untrained import benchmarks, front_search, searching, shards
from untrained import scores as score_tables
from untrained.report import tables
from untrained.report.figures.fronts import front_curves, front_dots, front_scatter, front_table
from untrained.stats import fronts

bench = benchmarks.get(benchmark, data)
found = score_tables.read(scores)
wide = score_tables.wide(found)
forms = benchmarks.by_form(bench, dataset)
size = front_search.complexity(forms, wide).dropna()
scored = [arch for arch in wide.index if arch in size.index]
rows = size.index.get_indexer(scored)

# %% [markdown]
# ## The searches
#
# Metrics come from the scores, so the search sees scored architectures only (unique cells). The plane that judges is test error and
# the number of parameters, scaled over all architectures of the table; test accuracy is read when a search has ended.

# %%
judges = {name: points[rows] for name, points in front_search.planes(bench, judged or [dataset], size).items()}
rounds = max(1, min(generations, int(share * len(scored) / population) - 1))
result = front_search.run(
    front_search.variants(wide.loc[scored, metrics], size.to_numpy()[rows]),
    searching.codes(scored),
    judges,
    range(seeds),
    paid=(paid,),
    population=population,
    generations=rounds,
).assign(space="scored", n=len(scored))

# %%
first = judged[0] if judged else dataset
true = fronts.front(judges[first])
ceiling = fronts.quality(true, true)["hv"]
here = result[(result["judged"] == first) & (result["paid"] == 0)]
front_curves(here, ceiling=ceiling)

# %% tags=["hide-input"]
price = found[found["proxy"].isin(metrics)].groupby("proxy")["seconds"].median()
cost = (
    f" All three metrics of one architecture cost {price.sum():.2g} s, so a search of MTF-PDNS costs"
    f" {front_search.last(here)[lambda f: f['method'] == 'MTF-PDNS']['seen'].mean() * price.sum():.0f} s and the trainings of its archive."
    if price.notna().all()
    else ""
)
Markdown(
    f"Benchmark `{benchmark}`, `{first}`: {len(scored):,} scored unique architectures, {seeds} seeds, population {population},"
    f" {rounds} generations, at most {population * (rounds + 1)} draws. The true front of these architectures has {len(true)}"
    f" points and an HV of {ceiling:.4f}.{cost}"
)

# %% [markdown]
# ## Where they end
#
# `trained` is the size of the archive, that is the price of the end; the lower table pays the same number of trainings for all.


# %%
def shown(part: pd.DataFrame, name: str, words: str) -> tables.Table:
    """All indicators of one data set at the end."""
    part = part[part["judged"] == name]
    found = {column: front_search.ends(part, column) for column in ("hv", "igd", "igd_plus", "best")}
    return front_table(found, f"{words}, judged on {name}: means over {seeds} seeds with 95 % intervals")


tables.load()
shown(front_search.last(result), first, "The whole archive trained")

# %%
shown(front_search.last(result, paid=paid), first, f"At most {paid} trainings")

# %%
at_the_end = [front_search.last(result, paid=count)[lambda f: f["judged"] == first] for count in (0, paid)]
whole_archive, some = (front_search.ends(part, "igd_plus") for part in at_the_end)
front_dots(whole_archive, control=some)

# %% tags=["hide-input"]
words = ("whole archive", f"{paid} trainings")
leads = pd.concat(
    [front_search.leads(part, "MTF-PDNS").assign(trained=label) for part, label in zip(at_the_end, words, strict=True)]
)
leads["IGD+ of the other, less that of MTF-PDNS"] = [
    tables.with_interval(r.lead, r.low, r.high, digits=4) for r in leads.itertuples()
]
leads.pivot(index="against", columns="trained", values="IGD+ of the other, less that of MTF-PDNS")

# %% [markdown]
# An interval above 0 is a lead of MTF-PDNS, one below 0 a lead of the other.
#
# ## The whole table, led by short training
#
# The paper's methods without a prefix use a short training's validation accuracy instead of free metrics. That needs no scores, so
# it runs on every architecture of the table, all strings included, where a true front of the whole benchmark is known.

# %%
if short:
    table = bench.table(dataset)
    whole = front_search.complexity(table)
    known = table[short].notna() & whole.notna()
    everything = {
        name: points[known.to_numpy()] for name, points in front_search.planes(bench, judged or [dataset], whole).items()
    }
    full = front_search.run(
        front_search.variants(table.loc[known, [short]].rename(columns={short: "short training"}), whole[known].to_numpy()),
        searching.codes(list(table.index[known])),
        everything,
        range(seeds),
        paid=(paid,),
        population=population,
        generations=generations,
    ).assign(space="full", n=int(known.sum()))
    result = pd.concat([result, full], ignore_index=True)

# %% tags=["hide-input"]
if short:
    top = fronts.front(everything[first])
    display(
        Markdown(
            f"All {int(known.sum()):,} architectures: the true front has {len(top)} points and an HV of"
            f" {fronts.quality(top, top)['hv']:.4f}."
        ),
        shown(front_search.last(full), first, "The whole archive trained, all architectures searched"),
        front_curves(full[(full["judged"] == first) & (full["paid"] == 0)], ceiling=fronts.quality(top, top)["hv"]),
    )
else:
    display(Markdown("This benchmark has no short training."))

# %% [markdown]
# ## Transfer: the same archives, other data sets

# %% tags=["hide-input"]
others = [name for name in judges if name != first]
for name in others:
    display(shown(front_search.last(result[result["space"] == "scored"]), name, f"Searched with the metrics of {dataset}"))
if not others:
    display(Markdown("Only one data set is judged here."))

# %% [markdown]
# ## One front

# %%
phi = front_search.variants(wide.loc[scored, metrics], size.to_numpy()[rows])["MTF-PDNS"][1]
*_, stage = front_search.EVOLVE["PDNS"](
    searching.codes(scored), phi, np.random.default_rng(0), population=population, generations=rounds
)
front_scatter(
    judges[first], {"true front": true, "MTF-PDNS, its archive trained": fronts.front(judges[first][list(stage.archive)])}
)

# %% [markdown]
# ## Keep them

# %%
written = shards.write(result.round({"hv": 5, "igd": 5, "igd_plus": 5}), Path(out))  # a table prints four digits

# %% [markdown]
# What was learned: read the dots. Several metrics against one is the large step; whether novelty adds to it is told by the
# distance to NSGA-II and to random draws with the same archive, and how much of it is bought by a larger archive by the squares.
