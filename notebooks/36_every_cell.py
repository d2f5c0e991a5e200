# %% [markdown]
# # Labels and every cell
#
# A fusion that is judged on a sample of a space is judged on few architectures once a thousand of them are labelled. Published
# fits on a thousand labels are judged on all cells of NAS-Bench-201. Here every cell has a score, if by fewer indicators, and what
# is not labelled is what a fusion is judged on.

# %% tags=["parameters"]
judged = {  # key: data set whose accuracies are the truth
    "nas_bench_digits-whole": {"benchmark": "nas_bench_digits", "dataset": "digits"},
}
scores = "results/scores/nas_bench_digits-digits.parquet"  # of all of them, with the heads and images of one
data = "data"
out = "work/strongest"
accuracy = "test_acc"
others = {}  # key: {scores, benchmark, dataset, accuracy}: tables that label-free fusions may learn from
labels = [20, 100, 1000]
offered = 3000  # architectures that labels are chosen out of: the time of a choice grows with their square
tested = 100
draws = 10
trees = 100
seed = 0
bootstrap = 1000

# %%
from itertools import product
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from untrained import judging, shards
from untrained.fusion import carried, few_labels, kin, labelling
from untrained.fusion.candidates import design
from untrained.graph_features import graph_features, path_features
from untrained.report import strongest_tables as tables
from untrained.report.tables import with_interval
from untrained.stats.draws import over_draws, paired
from untrained.stats.size_groups import grouped
from untrained.stats.splits import repeated_splits

# %%
benches = {about["benchmark"] for about in judged.values()}
rest = {name: judging.read(data=data, **about) for name, about in others.items() if about["benchmark"] not in benches}
known = {name: judging.described(one) for name, one in rest.items()}
methods = {
    name: one
    for name, one in few_labels.learners(trees=trees, seed=seed).items()
    if name in ("linear", few_labels.STRONGEST)
}
best = {few_labels.STRONGEST: methods[few_labels.STRONGEST]}
without, curves, trained, sizes = {}, {}, {}, {}
for key, about in judged.items():
    table = judging.read(scores, accuracy=accuracy, data=data, **about)
    graph, paths = (make(about["benchmark"], list(table.scores.index)) for make in (graph_features, path_features))
    free = carried.without_labels(table.scores, rest, benchmark=about["benchmark"], space=table.space, twins=table.twins)
    said = kin.said(table, kin.describe(table, graph, paths), rest, known)
    free[kin.IN_USE] = kin.joined(free[carried.EVERY], said, rest)
    named = [name for name in free if name not in table.scores or name == "params"]
    without[key] = tables.judge_free(free[named], table.accuracy, n=bootstrap, seed=seed).assign(role="")
    without[key].loc[without[key]["proxy"] == kin.IN_USE, "role"] = "in use"
    table_of = design(table.scores, graph, free[[kin.IN_USE]], paths, table.twins)
    asked = few_labels.possible(labels, len(table.scores), tested)
    groups = grouped(list(table.scores.index), table.scores["params"], "equal")
    curves[key] = few_labels.learning_curve(
        table_of,
        table.accuracy,
        methods,
        labels=asked,
        draws=draws,
        seed=seed,
        groups=list(table.scores.index),
        fixed=free[[kin.IN_USE, "params"]],
        sizes=groups,
    )
    how, found = {"offered": offered, "repeats": draws, "seed": seed}, []
    for count, name in product(asked, (labelling.RANDOM, labelling.BEST)):
        splits = labelling.labelled(table_of, table.accuracy, count, labelling.CHOICES[name], **how)
        run = few_labels.judge(table_of, table.accuracy, best, splits, sizes=groups)
        found.append(run.assign(trained=name, asked=count))
    at_random = repeated_splits(len(table_of), asked[-1], repeats=draws, seed=seed, groups=list(table.scores.index))
    run = few_labels.judge(table_of, table.accuracy, best, labelling.unrelated(at_random, table.twins), sizes=groups)
    found.append(run.assign(trained=labelling.UNRELATED, asked=asked[-1]))
    trained[key] = pd.concat(found, ignore_index=True).assign(part="trained", key=key)
    sizes[key] = table.scores.shape
alone = table.twins.nunique()

# %% tags=["hide-input"]
n, count = next(iter(sizes.values()))
Markdown(
    f"{', '.join(f'`{key}`' for key in judged)}: {n:,} architectures of the unique set, each function once; truth: `{accuracy}` of "
    f"each data set. {count} indicators, the same for all data sets, as ranks, {graph.shape[1]} features of the graphs, "
    f"{paths.shape[1]} sequences of operations on their paths. Up to the names of their weights they are {alone:,} functions: ranks and "
    f"features are means over such twins. {draws} draws of labels with seed {seed}, judged on all other "
    f"architectures. Other benchmarks to learn from: {', '.join(f'`{name}`' for name in rest) or 'none'}."
)

# %% [markdown]
# ## Without a label
#
# Kendall's tau. In use is the mean rank in all fusions and in what benchmarks with the same operations say; the pages of the strongest
# fusion say how.

# %%
free_rows = pd.concat([found.assign(key=key) for key, found in without.items()], ignore_index=True)
wide = free_rows[free_rows["metric"] == "krocc"].pivot(index="proxy", columns="key", values="value")
wide[list(judged)].sort_values(list(judged)[0], ascending=False).round(3)

# %% [markdown]
# ## With few
#
# Mean over draws of Kendall's tau, central 95 % of the draws.

# %%
curve = pd.concat([found.assign(key=key, part="curve") for key, found in curves.items()], ignore_index=True)
means = over_draws(curve[curve["metric"] == "krocc"], ["key", "asked", "method"])
means["value"] = [with_interval(*row, digits=3) for row in means[["value", "low", "high"]].itertuples(index=False)]
means.pivot(index=["asked", "method"], columns="key", values="value")[list(judged)]

# %% tags=["hide-input"]
tau = curve[curve["metric"] == "krocc"]
gaps = {
    key: paired(part[part["asked"] == part["asked"].max()], few_labels.STRONGEST, "linear")
    for key, part in tau.groupby("key")
}
Markdown(
    f"`{few_labels.STRONGEST}` less the best weighted sum with the most labels, on the same draws, with two standard errors: "
    + "; ".join(f"`{key}` {gap['mean']:.3f} [{gap['low']:.3f}, {gap['high']:.3f}]" for key, gap in gaps.items())
    + "."
)

# %% [markdown]
# ## With labels that are chosen

# %% tags=["hide-input"]
Markdown(
    f"`{labelling.RANDOM}`: labels drawn at random; `{labelling.BEST}`: chosen out of {offered:,} random cells where they leave the least doubt about all "
    f"others; both judged on one third of the cells, which nobody may label. `{labelling.UNRELATED}`: judged on those cells only that are no twin of a "
    "labelled one, others than in the rows above."
)

# %%
chosen = pd.concat(trained.values(), ignore_index=True)
taus = chosen[chosen["metric"] == "krocc"]
means = over_draws(taus, ["key", "asked", "trained"])
means["value"] = [with_interval(*row, digits=3) for row in means[["value", "low", "high"]].itertuples(index=False)]
means.pivot(index=["asked", "trained"], columns="key", values="value")[list(judged)]

# %% [markdown]
# Chosen less random, on the same draws, with two standard errors.

# %%
gaps = pd.DataFrame(
    {"asked": asked, "key": key, **paired(part, labelling.BEST, labelling.RANDOM, column="trained")}
    for (asked, key), part in taus.groupby(["asked", "key"])
)
gaps["value"] = [with_interval(*row, digits=3) for row in gaps[["mean", "low", "high"]].itertuples(index=False)]
gaps.pivot(index="asked", columns="key", values="value")[list(judged)]

# %%
free_rows = free_rows.rename(columns={"proxy": "method"}).assign(part="free", labels=0, asked=0)
for key in judged:
    kept = [rows[rows["key"] == key] for rows in (curve, chosen, free_rows)]
    written = shards.write(pd.concat(kept, ignore_index=True), Path(out) / f"{key}.parquet")

# %% [markdown]
# What was learned: with a thousand labels a sample leaves two hundred architectures to judge on, the space eight thousand; where the two
# agree, the sample was large enough.
