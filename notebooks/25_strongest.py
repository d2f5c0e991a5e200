# %% [markdown]
# # The strongest fusion there is
#
# How far do indicators get when nothing is held back but the truth: without a single label, and with few? Everything here is judged
# on architectures that no fit has seen, and no choice looks at them.

# %% tags=["parameters"]
key = "nas_bench_digits"
benchmark = "nas_bench_digits"
dataset = "digits"
scores = "results/scores/nas_bench_digits-digits.parquet"
data = "data"
out = "work/strongest/nas_bench_digits"
accuracy = "test_acc"  # column of the benchmark's table that counts as the truth
unit = "percent"
others = {}  # key: {scores, benchmark, dataset, accuracy}: tables that label-free fusions may learn from
labels = [20, 100, 300, 1000]
few = 100  # labels of ablations, fronts and shifts
tested = 100  # architectures that a test part holds at least
draws = 10
trees = 100
seed = 0
size_groups = "equal"  # cells of equal operation counts; quantile: bins of close #Param
bins = 20
bootstrap = 1000
cost = "results/timing/cost.json"

# %%
import json
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from untrained import judging, shards
from untrained.fusion import carried, complementarity, few_labels, kin, labelling, targets, tried
from untrained.fusion.candidates import design
from untrained.graph_features import graph_features, path_features
from untrained.report import strongest_tables as tables
from untrained.report.figures import strongest as figures
from untrained.stats.correlation import krocc
from untrained.stats.draws import over_draws, paired
from untrained.stats.size_groups import grouped
from untrained.stats.splits import repeated_splits

# %%
table = judging.read(scores, benchmark, dataset, accuracy=accuracy, data=data)
rest = {name: judging.read(data=data, **about) for name, about in others.items() if about["benchmark"] != benchmark}
graph, paths = (features(benchmark, list(table.scores.index)) for features in (graph_features, path_features))
graphs = {name: graph_features(others[name]["benchmark"], list(one.scores.index)) for name, one in rest.items()}
sizes = grouped(list(table.scores.index), table.scores["params"], size_groups, bins=bins)
asked = few_labels.possible(labels, len(table.scores), tested)
related = len(table.scores) - table.twins.nunique()

# %% tags=["hide-input"]
Markdown(
    f"Benchmark `{key}`, {len(table.scores):,} architectures of the unique set, each function once; truth: `{accuracy}` ({unit}). "
    f"{table.scores.shape[1]} indicators as ranks among these candidates, {graph.shape[1]} features of their graphs, {paths.shape[1]} sequences of "
    f"operations on their paths. {f'Up to the names of their weights they are {table.twins.nunique():,} functions. ' * bool(related)}Labels: {', '.join(map(str, asked))} of {', '.join(map(str, labels))} asked, those that leave {tested} architectures to judge on; "
    f"{draws} draws with seed {seed}. Other benchmarks to learn from: {', '.join(f'`{name}`' for name in rest) or 'none'}."
)

# %% [markdown]
# ## Without a label
#
# `consensus` weights indicators by what they agree on, near copies counted once. `carried` is a sum of log ranks with weights fitted
# on the other benchmarks; `stable` weighs each indicator by what it kept on all of them, two deviations below its mean. None is picked:
# `mean of all fusions` is the mean rank in them. Beside it stand the one fusion that the other benchmarks would have picked, and the one
# single indicator.
#
# What an indicator is worth carries over to any space; what a kernel or a pooling is worth, only to spaces that have them. Kin are
# benchmarks on photographs where one space has all operations of the other. A Gaussian process learns each of their data sets, from
# indicators and from features of graphs and paths, and ranks the architectures here. In use is the mean rank in `mean of all fusions` and
# in what each kin benchmark says, one vote each; within a benchmark a data set counts by how far it agrees with `mean of all fusions`,
# which needs no label.
#
# What no protocol can undo: the list of fusions, `stable` among them, the settings of `consensus`, and who counts as kin, were written
# down by people who had seen correlations on all of these benchmarks. Where architectures are one function but for the names of their
# weights, fusions read the mean of an indicator over such twins, which needs no label either; single indicators, and the sums that others
# have named, stand as published.

# %%
free = carried.without_labels(table.scores, rest, benchmark=benchmark, space=table.space, twins=table.twins)
elsewhere = carried.chosen_elsewhere(rest)
mine, known = kin.describe(table, graph, paths), {name: judging.described(one) for name, one in rest.items()}
said = kin.said(table, mine, rest, known)
free[kin.IN_USE] = kin.joined(free[carried.EVERY], said, rest)
named = [name for name in free if name not in table.scores]
chosen, picks = kin.IN_USE, [name for name in named if name not in (carried.EVERY, kin.IN_USE)]
picked = next((name for name in elsewhere.index if name in picks), "consensus")
single = next((name for name in elsewhere.index if name in table.scores), "params")
judged = tables.judge_free(free[[*dict.fromkeys([*named, single, "params"])]], table.accuracy, n=bootstrap, seed=seed)
roles = {single: "single chosen elsewhere", picked: "chosen elsewhere", chosen: "in use"}
judged["role"] = judged["proxy"].map(roles).fillna("")
tables.free_table(judged)

# %% tags=["hide-input"]
taus = judged[judged["metric"] == "krocc"].set_index("proxy")
hindsight = tables.best_single(table.scores, table.accuracy)
Markdown(
    f"In use: {chosen}; {len(picks)} fusions and {said.shape[1]} data sets of kin here; tau {taus.loc[chosen, 'value']:.3f} [{taus.loc[chosen, 'low']:.3f}, "
    f"{taus.loc[chosen, 'high']:.3f}]. {'Chosen on the other benchmarks' if len(elsewhere) else 'With no other benchmark at hand, by rule'}: "
    f"of the fusions `{picked}`, {taus.loc[picked, 'value']:.3f}, of the single indicators `{single}`, {taus.loc[single, 'value']:.3f}. "
    f"The number of parameters: {taus.loc['params', 'value']:.3f}. With all labels in hand "
    f"the best single one is `{hindsight.index[0]}`, {hindsight.iloc[0]:.3f}: nobody could have known. Intervals: bootstrap over architectures."
)

# %% [markdown]
# The kin, by what needs no label (`agreement`, their weight) and by what nobody knows beforehand (`tau`):

# %%
pd.DataFrame(
    {
        "agreement": kin.agreement(free[carried.EVERY], said),
        "tau": [krocc(said[name], table.accuracy) for name in said],
    }
).round(3) if len(said.columns) else Markdown("No benchmark at hand is kin.")

# %% [markdown]
# What else was tried, judged in the same way: learned on the other benchmarks, or on no accuracy at all. No choice is made among these.

# %%
others_tried = tried.tried(table.scores, graph, rest, graphs, seed=seed)
failed = tables.best_single(others_tried, table.accuracy).rename_axis("method").rename("value").reset_index()
failed.assign(less=failed["value"] - taus.loc["consensus", "value"]).round(3).rename(columns={"less": "less consensus"})

# %% [markdown]
# ## With few
#
# `linear` is a ridge on the ranks of all indicators, the best any weighted sum does; `pairs` learns from which of two is better,
# `boosting` may only rise with an indicator, and these two, `trees`, `process` and `networks` read the graph too. The last three also
# read which sequences of operations lie on a path from input to output, identities left out; how much each kind of column counts in
# `process` is up to the labels. The prior is the label-free score above, and the labels decide its weight. `trees + process + networks`
# is the mean of the trees, of the process with prior and of the networks, which read the prior too; the rows `process` and `process,
# prior` say what it adds. All of them see only the order of accuracies, as normal scores: the best and the worst stand out, the middle is dense.

# %%
table_of = design(table.scores, graph, free[[chosen]], paths, table.twins)
shown = [*dict.fromkeys([chosen, picked, single, "params"])]
methods = few_labels.learners(trees=trees, seed=seed)
how = {"draws": draws, "seed": seed, "groups": list(table.scores.index)}
curve = few_labels.learning_curve(table_of, table.accuracy, methods, labels=asked, fixed=free[shown], sizes=sizes, **how)
means = over_draws(curve, ["asked", "method", "metric"])
tables.curve_table(means)

# %%
points = [point for point in [*targets.PUBLISHED, *targets.TARGETS] if point.key == key]
metric = points[0].metric if points else "krocc"
lines = judged[(judged["metric"] == metric) & judged["proxy"].isin(shown)].rename(columns={"proxy": "method"})
figures.label_lines(means[(means["metric"] == metric) & means["method"].isin(methods)], lines, points, metric=metric)

# %% tags=["hide-input"]
tau = curve[curve["metric"] == "krocc"]
gaps = {n: paired(tau[tau["asked"] == n], few_labels.STRONGEST, "linear") for n in asked}
equal = means[means["metric"] == "within"].set_index(["asked", "method"])["value"]
Markdown(
    f"`{few_labels.STRONGEST}` less `linear`, on the same draws, with two standard errors: "
    + "; ".join(f"{n} labels {gap['mean']:.3f} [{gap['low']:.3f}, {gap['high']:.3f}]" for n, gap in gaps.items())
    + f". At equal size, with {asked[-1]} labels, its tau is {equal[asked[-1], few_labels.STRONGEST]:.3f}, "
    + f"that of `{chosen}` {equal[asked[-1], chosen]:.3f}."
)

# %% [markdown]
# ## What carries it
#
# Parts are taken away one at a time from the process with prior, on the same draws.

# %%
process = {name: methods[name] for name in ("process, prior",)}
splits = list(repeated_splits(len(table_of), few, repeats=draws, seed=seed, groups=how["groups"]))
parts = complementarity.ablations(list(table_of), judging.families(list(table.scores)))
runs = {name: few_labels.judge(table_of[kept], table.accuracy, process, splits, sizes=sizes) for name, kept in parts.items()}
ablated = pd.concat([run.assign(without=name) for name, run in runs.items()], ignore_index=True)
taus = ablated[ablated["metric"] == "krocc"]
lost = pd.DataFrame(
    [{"without": name} | paired(taus, name, "nothing", column="without") for name in parts if name != "nothing"]
)
figures.ablation_dots(lost)

# %% [markdown]
# ## What each adds to the others

# %%
figures.pair_heat(complementarity.pair_gains(table.scores, table.accuracy))

# %% [markdown]
# ## How cheap
#
# Indicators join from the cheapest; this order knows prices and no accuracy. Graph features cost nothing; the prior is left out,
# since it would smuggle in what is not yet paid for.

# %%
units = json.loads(Path(cost).read_text())["proxies"] if Path(cost).exists() else {}
bare = {"process": methods["process"]}
rows = []
for names, price in complementarity.cheapest_first(units, list(table.scores)):
    found = few_labels.judge(
        design(table.scores[names], graph, paths=paths, twins=table.twins), table.accuracy, bare, splits
    )
    rows.append(
        over_draws(found[found["metric"] == "krocc"], ["method"]).assign(count=len(names), units=price, last=names[-1])
    )
front = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()
kept = complementarity.smallest(front) if len(front) else None
Markdown("No prices: `make bench` measures them.") if kept is None else figures.cost_front(front, kept=kept)

# %% tags=["hide-input"]
Markdown(
    "–"
    if kept is None
    else f"{kept['count']:.0f} of {len(front)} indicators, up to `{kept['last']}`, keep 99 % of the tau of all with {few} labels: {kept['value']:.3f} of "
    f"{front['value'].iloc[-1]:.3f}, at {kept['units']:.1f} of {front['units'].iloc[-1]:.0f} units (one unit: one forward pass of the median network)."
)

# %% [markdown]
# ## From small to large, and which to train
#
# Labels from the smaller half, judged on larger ones, beside as many labels from everywhere; and, judged on one third that nobody may
# label, random labels beside those that fill the space, those on which a committee of trees disagrees, and those that leave the least
# doubt about all others, both bought in rounds: they see the accuracies that they have bought and no other. Where architectures have
# twins, random labels are also judged on those alone that are no twin of a labelled one. All with the strongest learner.

# %%
best = {few_labels.STRONGEST: methods[few_labels.STRONGEST]}
pairs = list(few_labels.small_to_large(table.scores["params"], few, repeats=draws, seed=seed))
sources = {
    (few, name): [pair[i] for pair in pairs]
    for i, name in enumerate(("smaller half, judged on larger", "all sizes, judged on larger"))
}
sources |= {
    (count, name): labelling.labelled(table_of, table.accuracy, count, choose, repeats=draws, seed=seed)
    for count in dict.fromkeys((asked[0], few))
    for name, choose in labelling.CHOICES.items()
}
sources |= {(few, labelling.UNRELATED): labelling.unrelated(splits, table.twins)} if related else {}

# %%
runs = {name: few_labels.judge(table_of, table.accuracy, best, found, sizes=sizes) for name, found in sources.items()}
trained = pd.concat([run.assign(asked=n, trained=name) for (n, name), run in runs.items()], ignore_index=True)
tables.trained_table(over_draws(trained, ["asked", "trained", "metric"]))

# %% [markdown]
# ## Keep it

# %%
pieces = [curve.assign(part="curve"), ablated.assign(part="ablation", asked=few), trained.assign(part="trained")]
kept_rows = judged.rename(columns={"proxy": "method"}).assign(part="free", labels=0, asked=0)
failed_rows = failed.assign(part="tried", labels=0, asked=0, metric="krocc", n=len(table.scores))
front_rows = front.assign(part="front", asked=few, metric="krocc") if len(front) else front
written = shards.write(
    pd.concat([*pieces, kept_rows, failed_rows, front_rows], ignore_index=True).assign(key=key), Path(f"{out}.parquet")
)
learned = carried.Carried().fit(rest).weights_ if rest else pd.Series(dtype=float)
weights = learned[learned > 0].rename_axis("indicator").rename("weight").reset_index()
written = shards.write(weights.assign(indicator=weights["indicator"].astype(str)), Path(f"{out}-weights.parquet"))

# %% [markdown]
# What was learned: the first table is what indicators are worth before anything is trained, the curve is what a few trainings buy, and
# the distance between them is the worth of a label. In one line, for any wide table of scores: `fusion.consensus.consensus(scores)`
# without labels, `few_labels.learners()[few_labels.STRONGEST].fit(design(scores, graph, paths=paths), accuracy)` with some.
