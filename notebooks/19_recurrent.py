# %% [markdown]
# # Recurrent cells: hidden covariance
#
# NAS-Bench-NLP trained recurrent cells, drawn at random, as language models. Each cell was built with random weights, read one
# minibatch of text, and was scored by how little its hidden units are correlated; here it is asked how well that ranks the losses
# after training, what part of it is a count of dead directions, and what a few labels make of it.

# %% tags=["parameters"]
dataset = "ptb"
scores = "results/scores/nas_bench_nlp-ptb.parquet"
full_width = None  # a scores file of some recipes at the published widths, to compare with
data = "data"
out = "work/recurrent"
fused = ["hidden_covariance_1", "jacobian_covariance", "activation_distance", "synaptic_saliency"]  # one per kind of pass
bins = 20
n_train = 200
repeats = 20
bootstrap = 1000
seed = 0

# %%
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from untrained import benchmarks, downloads, fusion, shards, stats
from untrained import scores as score_tables
from untrained.claims.recurrent import DIFFERENCES, RELEASED
from untrained.readers import nas_bench_nlp as reader
from untrained.report import figures, size_tables, tables
from untrained.report.figures.sequence import covariance_scatters, released_dots, size_dots
from untrained.sequence.recipes import published
from untrained.stats.control import control
from untrained.stats.size_groups import by_quantile
from untrained.stats.table import correlations

bench = benchmarks.get("nas_bench_nlp", data)
found = score_tables.read(scores)
wide = score_tables.wide(found)

# %% [markdown]
# The hidden state that a layer sees at each step, over all steps and sequences, gives the correlation matrix of its units, with
# eigenvalues $v_i$; hidden covariance is $S = -\sum_i [\ln(v_i + k) + 1/(v_i + k)]$, $k = 10^{-5}$. A unit that never changes has no
# correlation: such a score stays missing, and ranks last below.

# %% tags=["hide-input"]
had = found.attrs["setting"]
size = had["skeleton"] or {"embedding": 400, "hidden": 600}
cost = found.groupby("arch")["seconds"].max()
whole = len(benchmarks.by_form(bench, dataset))
Markdown(
    f"{len(wide):,} of {whole:,} forms of recipes{', a uniform sample' if len(wide) < whole else ''}; inputs `{had['inputs']}`, {had['batch']} sequences of 70 words, widths {size['embedding']} (embedding) "
    f"and {size['hidden']} (hidden), one seed of weights, the published stream. "
    + (f"The dearest metric costs {cost.mean():.2f} CPU-seconds a recipe alone." if cost.notna().any() else "")
)

# %% [markdown]
# ## What was trained
#
# A recipe was trained up to three times; these are one architecture with noise. Recipes that differ in the names of their nodes
# alone are one form: the *full* set below holds every recipe, the *unique* set every form, and intervals resample forms.

# %%
full, table = benchmarks.spread(bench, dataset, wide)
forms = [bench.canonical(arch) for arch in full.index]
truth = -table["test_loss"]
runs = table[["test_loss_0", "test_loss_1"]].dropna()
ceiling = stats.agreement(*runs.to_numpy().T, n=bootstrap, seed=seed).value
spread = table.filter(regex=r"^test_loss_\d").std(axis=1).median()
Markdown(
    f"{len(full):,} recipes in {len(wide):,} forms; test loss {table['test_loss'].min():.3f} to {table['test_loss'].max():.3f} nats per token, "
    f"median {table['test_loss'].median():.3f}. Two trainings agree with τ-b {ceiling:.3f}; their standard deviation is {spread:.4f} nats."
)

# %% [markdown]
# ## Which metric ranks the losses
#
# Directed: the correlation is that of the metric, turned so that higher is better, with the negative loss. The released values leave
# out every recipe on which any metric of that code failed, about one in eight and mostly bad ones; so they are compared on a third
# set, the *comparable* one: the recipes of the released file where it is at hand, else those on which every metric here has a value.

# %%
result = correlations(full, truth, n=bootstrap, seed=seed, groups=forms)
dropped = correlations(full, truth, invalid="drop", n=2, seed=seed).assign(low=None, high=None)
try:
    theirs = reader.released(downloads.fetch(reader.RESULTS, data=data))
    theirs = theirs.groupby(theirs["recipe_id"].map(published)).first()
except (KeyError, downloads.Missing):
    theirs = None
kept = full.notna().all(axis=1) if theirs is None else pd.Series(full.index.isin(theirs.index), full.index)
some = [form for form, use in zip(forms, kept, strict=True) if use]
on_some = correlations(full[kept], truth[kept], n=bootstrap, seed=seed, groups=some)
unique = benchmarks.by_form(bench, dataset).loc[wide.index]
on_forms = correlations(wide, -unique["test_loss"], n=bootstrap, seed=seed)
pieces = [
    result.assign(set="full"),
    dropped.assign(set="full"),
    on_forms.assign(set="unique"),
    on_some.assign(set="comparable"),
]
headline = on_some.query("metric in ('krocc', 'srocc')").assign(set="comparable")
headline["released"] = [RELEASED[m].get(p) for p, m in zip(headline["proxy"], headline["metric"], strict=True)]
shown = headline.astype({"released": float}).pivot(index="proxy", columns="metric", values="released")
shown = shown.map("{:.3f}".format).replace("nan", "–").add_suffix(" released").reset_index()
both = pd.concat([headline, result.query("metric in ('krocc', 'srocc')").assign(set="full")])
ours = tables.correlation_table(both.drop(columns="released"), digits=3)
tables.Table(ours.frame.merge(shown, on="proxy", how="left"), ours.caption, ours.order)

# %%
released_dots(headline.astype({"released": float}).query("metric == 'krocc'"))

# %% tags=["hide-input"]
by = result.query("metric == 'krocc'").set_index("proxy")
best = by["value"].idxmax()
change = (by["value"] - dropped.query("metric == 'krocc'").set_index("proxy")["value"]).abs()
Markdown(
    f"The best is `{best}` with {by.loc[best, 'value']:.3f} [{by.loc[best, 'low']:.3f}, {by.loc[best, 'high']:.3f}]; size alone reaches "
    f"{by.loc['params', 'value']:.3f} [{by.loc['params', 'low']:.3f}, {by.loc['params', 'high']:.3f}]. Leaving out recipes without a score instead of "
    f"ranking them last changes τ-b by at most {change.max():.3f} (`{change.idxmax()}`)."
)

# %%
covariance_scatters(full, table["test_loss"], table["states"])

# %% [markdown]
# ## What hidden covariance measures
#
# One null direction costs 99,988; so a score counts null directions first. How much is left where there are none, and is the plain
# count as good?

# %%
alive = full[kept & (full["null_directions_1"] == 0)]
left = correlations(
    alive[["hidden_covariance_1"]],
    truth.loc[alive.index],
    n=bootstrap,
    seed=seed,
    groups=[bench.canonical(a) for a in alive.index],
)
pieces.append(left.assign(set="no null direction"))
worst = full.fillna(full.min())
rows = []
for better, worse, _ in DIFFERENCES.values():
    pair = stats.bootstrap_difference(stats.krocc, worst[better], worst[worse], truth, n=bootstrap, seed=seed, groups=forms)
    rows.append({"proxy": f"{better} - {worse}", "value": pair.value, "low": pair.low, "high": pair.high})
differences = pd.DataFrame(rows).assign(metric="krocc", set="full", n=len(full), missing=0, invalid="worst")
pieces.append(differences)
written = pd.concat(pieces, ignore_index=True).assign(benchmark="nas_bench_nlp", dataset=dataset)
shards.write(written, Path(f"{out}.parquet"))
tables.correlation_table(differences.drop(columns=["n", "missing", "invalid"]), digits=3)

# %% tags=["hide-input"]
one = left.query("metric == 'krocc'").iloc[0]
reached = on_some.query("metric == 'krocc' and proxy == 'hidden_covariance_1'")["value"].item()
per = {
    h: stats.krocc(worst["hidden_covariance_1"][table["states"] == h], truth[table["states"] == h])
    for h in sorted(table["states"].unique())
    if (table["states"] == h).sum() > 1
}
Markdown(
    f"{len(alive):,} of the {kept.sum():,} comparable recipes have no null direction in layer 1; among them hidden covariance reaches {one['value']:.3f} "
    f"[{one['low']:.3f}, {one['high']:.3f}], against {reached:.3f} over all of them. Over the full set, the plain count of null directions reaches "
    f"{by.loc['null_directions_1', 'value']:.3f}. By number of hidden states: "
    + ", ".join(f"{h}: {value:.3f}" for h, value in per.items())
    + "."
)

# %% [markdown]
# ## Narrow networks and published widths

# %% tags=["hide-input"]
if full_width:
    published_widths = score_tables.wide(score_tables.read(full_width))
    both = published_widths.index.intersection(wide.index)
    compared = [name for name in published_widths if name in wide]
    kept = pd.DataFrame(
        [
            {
                "metric": name,
                "τ-b with loss, narrow": stats.krocc(a, y),
                "τ-b with loss, published widths": stats.krocc(b, y),
                "ρ narrow with published": stats.srocc(a, b),
                "recipes": len(a),
            }
            for name in compared
            for part in [
                pd.concat(
                    [wide.loc[both, name], published_widths.loc[both, name], -unique.loc[both, "test_loss"]], axis=1
                ).dropna()
            ]
            for a, b, y in [part.to_numpy().T]
        ]
    )
    shown = tables.Table(kept.round(3), "The same recipes, narrow and at the published widths")
else:
    shown = Markdown("No recipes were scored at the published widths in this run.")
shown

# %% tags=["hide-input"]
if full_width and theirs is not None:
    spread_out = benchmarks.spread(bench, dataset, published_widths)[0]
    shared = spread_out.index.intersection(theirs.index)
    error = {n: (spread_out.loc[shared, n] / theirs.loc[shared, n] - 1).abs().dropna() for n in spread_out if n in theirs}
    parts = [f"`{n}` median {e.median():.1e}, worst {e.max():.1e} ({len(e)} recipes)" for n, e in error.items()]
    shown = Markdown(
        "Relative difference to the released values: " + "; ".join(parts) + ". Equal numbers need the inputs `ptb`."
    )
else:
    shown = Markdown(
        "The file of released values is not at hand here: values are compared through their correlations, above."
    )
shown

# %% [markdown]
# ## More than size?
#
# The protocol of the image benchmarks: every metric over all forms, against #Param, and inside groups of close #Param.

# %%
judged = control(
    wide, -unique["test_loss"], by_quantile(wide["params"], bins), asked=score_tables.asked(found), n=bootstrap, seed=seed
)
shards.write(judged.assign(benchmark="nas_bench_nlp", dataset=dataset, set="unique"), Path(f"{out}-control.parquet"))
size_dots(judged, truth="the negative test loss", held="close #Param")

# %%
size_tables.control_table(judged)

# %% [markdown]
# ## A few labels
#
# The Fusion Indicator of the image benchmarks, fitted here on four metrics of this domain, one from each kind of pass, chosen before
# any loss was looked at: states, gradients of inputs, activations, gradients of weights.

# %%
method = fusion.FusionIndicator(tuple(fused), transform="rank")
common = {"n_train": min(n_train, len(wide) // 2), "repeats": repeats, "seed": seed}
splits = fusion.evaluate(wide, -unique["test_loss"], {"fi": method}, **common, transform=dict.fromkeys(fused, "rank"))
shards.write(splits, Path(f"{out}-splits.parquet"))
figures.fusion_dots(splits)

# %%
label = fusion.labelled("fi", common["n_train"])
against = fusion.against_all(splits, label, pool=fused)
tables.comparison_table(against.query("role in ['single', 'chosen', 'oracle', 'size']"))

# %% tags=["hide-input"]
tau = against.query("metric == 'krocc'").set_index("against")
parts, singles = tau.loc[fused], tau[tau["role"] == "single"]
left = singles.index[singles["low"] <= 0]
Markdown(
    f"Held out, {len(wide):,} forms, unique set, negative test loss in nats per token: in τ-b `{label}` differs from its hardest part, "
    f"`{parts['mean'].idxmin()}`, by {parts['mean'].min():+.3f} [{parts.loc[parts['mean'].idxmin(), 'low']:.3f}, "
    f"{parts.loc[parts['mean'].idxmin(), 'high']:.3f}] and from #Param by {tau.loc['params', 'mean']:+.3f} [{tau.loc['params', 'low']:.3f}, "
    f"{tau.loc['params', 'high']:.3f}] (two standard errors over {repeats} splits). Single metrics that it does not clearly beat: "
    f"{', '.join(f'`{name}`' for name in left) or 'none'}."
)

# %%
figures.weight_dots(fusion.weights(wide, -unique["test_loss"], method, **common))

# %% [markdown]
# What was learned: hidden covariance of the first layer ranks recurrent cells far above their size, which says nothing here, and it
# owes much of that to a plainer quantity, the number of directions in which the hidden state never moves. The sentences above say how
# much, and what a weighted sum of four metrics adds to it. It is a help to rank, not to pick: two trainings agree far better.
