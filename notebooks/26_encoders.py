# %% [markdown]
# # BERT-like encoders: does anything beat counting layers?
#
# 500 encoders of the FlexiBERT space were pre-trained and fine-tuned on GLUE. Each was built here with random weights, read a few
# documents, and was scored by the metrics that were proposed for it. Depth and width alone rank these encoders almost as well as two
# trainings agree, so the question is what a metric says beyond them.

# %% tags=["parameters"]
dataset = "glue"
scores = "results/scores/bert-glue.parquet"
configured = None  # a scores file of the same encoders in the widths of their configurations
larger = None  # a scores file of some encoders on more documents
data = "data"
out = "work/encoders"
fused = ["head_confidence", "jacobian_covariance", "activation_distance", "synaptic_saliency"]  # one per kind of pass
n_train = 200
repeats = 20
bootstrap = 1000
seed = 0

# %%
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from untrained import benchmarks, fusion, shards, stats
from untrained import scores as score_tables
from untrained.claims.encoders import BASELINES, RELEASED
from untrained.report import figures, size_tables, tables
from untrained.report.figures.sequence import group_scatters, released_dots, size_dots
from untrained.sequence import encoders
from untrained.stats.control import control
from untrained.stats.table import correlations

bench = benchmarks.get("bert", data)
found = score_tables.read(scores)
wide = score_tables.wide(found)
table = bench.table(dataset).loc[wide.index]
truth = table["glue"]
configs = {arch: encoders.parse(arch) for arch in wide.index}
sizes = pd.DataFrame({arch: encoders.baselines(config) for arch, config in configs.items()}).T

# %% tags=["hide-input"]
had = found.attrs["setting"]
cost = found.groupby("proxy")["seconds"].mean().dropna()
Markdown(
    f"{len(wide)} of {len(bench.architectures(dataset))} distinct encoders{', a uniform sample' if len(wide) < len(bench.architectures(dataset)) else ''}; inputs `{had['inputs']}`: the first 256 words of {had['batch']} articles, as whole words, "
    "in training mode with dropout, as published; the published scores read 128 documents of OpenWebText, 512 subwords of ELECTRA each, "
    f"which are not at hand. Widths: `{had['skeleton']['widths']}`. "
    + (f"The dearest metric costs {cost.max():.2f} CPU-seconds an encoder alone (`{cost.idxmax()}`)." if len(cost) else "")
)

# %% [markdown]
# ## What was trained
#
# The truth is the mean of eight GLUE tasks on their development sets. The sampler drew some encoders twice, and they were trained
# twice: one architecture with noise, and a measure of it. Two facts about the published code limit what any metric can show: its training
# code, read literally, builds plain scaled dot-product attention in every layer, whatever operation was drawn; and its metric code
# builds width 256 and feed-forward width 1024 for all, whatever width was drawn.

# %% tags=["hide-input"]
groups = (sizes["depth"].astype(int).astype(str) + " layers, " + sizes["width"].astype(int).astype(str) + " wide").rename(
    "group"
)
means = truth.groupby(groups).agg(["size", "mean", "std"]).round(2).reset_index()
twice = table[["glue_0", "glue_1"]].dropna() if "glue_1" in table else table.iloc[:0].assign(glue_0=0.0, glue_1=0.0)
noise = ((twice["glue_0"] - twice["glue_1"]).pow(2).mean() / 2) ** 0.5
said = f"The standard deviation of one training, from the {len(twice)} encoders that were trained twice, is {noise:.2f} points. "
Markdown(
    f"GLUE {truth.min():.2f} to {truth.max():.2f} points, mean {truth.mean():.2f}. "
    + (said if len(twice) else "")
    + f"Inside the four groups below the standard deviation is {means['std'].min():.2f} to {means['std'].max():.2f} points."
)

# %%
tables.Table(means, "GLUE score by depth and width: encoders, mean and standard deviation")

# %% [markdown]
# ## What size says
#
# `depth_and_width` is 2 for four layers plus 1 for width 256. #Param is counted three ways: of what the metric code builds
# (`released`), of what the configuration says, and of what the training code builds, read literally.

# %%
how = {"n": bootstrap, "seed": seed}
plain = correlations(sizes, truth, **how)
expected = pd.DataFrame({"of the released file, τ-b": BASELINES}).rename_axis("proxy").reset_index()
shown = tables.correlation_table(plain.query("metric in ('krocc', 'srocc')"), digits=3)
tables.Table(shown.frame.merge(expected, on="proxy", how="left"), shown.caption, shown.order)

# %% [markdown]
# ## What the metrics say
#
# A metric is a sum over modules, which counts layers, or with `_mean` a mean. Beside ours stand correlations that this project computed from
# the released values, in one sign convention: as the code gives them.

# %%
result = correlations(wide, truth, **how)
headline = result.query("metric == 'krocc'").copy()
headline["released"] = headline["proxy"].map(RELEASED).astype(float)
released_dots(headline, truth="the GLUE score")

# %%
both = result.query("metric in ('krocc', 'srocc')")
ours = tables.correlation_table(both, digits=3)
beside = (
    headline.set_index("proxy")["released"].map("{:.3f}".format).replace("nan", "–").rename("released, τ-b").reset_index()
)
tables.Table(ours.frame.merge(beside, on="proxy", how="left"), ours.caption, ours.order)

# %% [markdown]
# ## A gradient that is zero
#
# The published metrics of gradients back-propagate ones through the last layer norm. With gains 1 and biases 0, a norm's
# outputs sum to 0 over features whatever goes in, so the sum has no gradient; what is left is rounding. `_ones` repeats that, the
# others use a fair sign per feature.

# %%
pairs = {
    name: f"{name}_ones" for name in ("synaptic_saliency", "head_importance", "synaptic_diversity") if f"{name}_ones" in wide
}
ratio = pd.DataFrame({name: wide[ones].abs() / wide[name].abs() for name, ones in pairs.items()})
rows = ratio.quantile([0.05, 0.5, 0.95]).T.set_axis(["low", "value", "high"], axis=1).rename_axis("proxy").reset_index()
rows = rows.assign(metric="ratio", set="ones over signs", n=len(ratio), missing=0, invalid="worst")
rows[["proxy", "value", "low", "high"]].style.format("{:.1e}", subset=["value", "low", "high"]).hide()

# %% tags=["hide-input"]
worst = rows.loc[rows["value"].idxmax()]
Markdown(
    f"The published quantity is at most {worst['value']:.0e} of the one with signs in the median encoder (`{worst['proxy']}`): rounding error of "
    "single precision. Its correlations above are those of an error that grows with the number of modules."
    if len(rows)
    else "The published cotangent was not computed in this table."
)

# %% [markdown]
# ## Beyond depth and width
#
# Inside the four groups of equal depth and width, what is left?

# %%
everything = pd.concat([wide, sizes.drop(columns="params_released")], axis=1)
judged = control(everything, truth, groups, **how)
shards.write(judged.assign(benchmark="bert", dataset=dataset, set="unique"), Path(f"{out}-control.parquet"))
size_dots(judged, truth="the GLUE score", held="equal depth and width")

# %%
group_scatters(everything[["params", "head_confidence", "head_confidence_mean"]], truth, groups, label="GLUE score")

# %%
size_tables.control_table(judged)

# %% tags=["hide-input"]
inside = judged.query("quantity == 'within'").dropna(subset=["value"]).set_index("proxy")
above = inside[inside["low"] > 0].sort_values("value", ascending=False)
top = result.query("metric == 'krocc'").set_index("proxy")["value"]
simple = plain.query("metric == 'krocc'").set_index("proxy").loc["depth_and_width"]
Markdown(
    f"Depth and width reach τ-b {simple['value']:.3f} [{simple['low']:.3f}, {simple['high']:.3f}]; the best metric, `{top.idxmax()}`, "
    f"{top.max():.3f}. At equal depth and width, above 0 with the whole interval: "
    + (", ".join(f"`{name}` {row['value']:.2f}" for name, row in above.iterrows()) or "none")
    + "."
)

# %% [markdown]
# ## A few labels
#
# The Fusion Indicator on four metrics, one from each kind of pass, chosen before any score was looked at: forward outputs, gradients
# of inputs, activations, gradients of weights.

# %%
method = fusion.FusionIndicator(tuple(fused), transform="rank")
common = {"n_train": min(n_train, len(wide) // 2), "repeats": repeats, "seed": seed}
splits = fusion.evaluate(everything, truth, {"fi": method}, **common, transform=dict.fromkeys(fused, "rank"))
shards.write(splits, Path(f"{out}-splits.parquet"))
label = fusion.labelled("fi", common["n_train"])
shown = {
    label,
    fusion.labelled("best_single", common["n_train"]),
    *fused,
    "params",
    "depth_and_width",
    "depth",
    "params_trained",
}
figures.fusion_dots(splits[splits["method"].isin(shown)])

# %%
against = fusion.against_all(splits, label, pool=fused)
tables.comparison_table(against.query("role in ['single', 'chosen', 'oracle', 'size']"))

# %% tags=["hide-input"]
tau = against.query("metric == 'krocc'").set_index("against")
hard = tau.loc[fused]["mean"].idxmin()
cells = {name: f"{row['mean']:+.3f} [{row['low']:.3f}, {row['high']:.3f}]" for name, row in tau.iterrows()}
Markdown(
    f"Held out, unique set: in τ-b `{label}` differs from its hardest part, `{hard}`, by {cells[hard]}, from #Param by {cells['params']}, and from "
    f"depth and width, which need no label, by {cells['depth_and_width']} (two standard errors over {repeats} splits)."
)

# %%
figures.weight_dots(fusion.weights(everything, truth, method, **common))

# %% [markdown]
# ## Other widths, more documents

# %% tags=["hide-input"]
checks = {"in configured widths": configured, "on more documents": larger}
others = {name: score_tables.wide(score_tables.read(path)) for name, path in checks.items() if path}
lines = [
    {
        "what": what,
        "metric": name,
        "τ-b with GLUE, here": stats.krocc(wide.loc[same, name], truth[same]),
        "τ-b with GLUE, there": stats.krocc(other.loc[same, name], truth[same]),
        "ρ of the two": stats.srocc(wide.loc[same, name], other.loc[same, name]),
        "encoders": len(same),
    }
    for what, other in others.items()
    for name in other
    if name in wide
    for same in [(other[name].dropna().index).intersection(wide[name].dropna().index)]
]
pieces = [plain.assign(set="unique"), result.assign(set="unique"), rows]
pieces += [correlations(other, truth[other.index], **how).assign(set=name) for name, other in others.items()]
written = pd.concat(pieces, ignore_index=True).assign(benchmark="bert", dataset=dataset)
shards.write(written, Path(f"{out}.parquet"))
tables.Table(pd.DataFrame(lines).round(3), "The same encoders measured otherwise") if lines else Markdown(
    "Not measured in this run."
)

# %% [markdown]
# What was learned: in this space size is nearly the whole story, and the simplest account of it, depth and width, is out of reach of every
# metric that was proposed. Several of the published columns hold no signal for a reason that can be shown, not because
# encoders cannot be ranked without training.
