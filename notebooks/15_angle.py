# %% [markdown]
# # The angle metric: a score that is not size?
#
# Indicators of untrained networks go along with the number of parameters, and much of what they rank is size. The angle metric
# trains for fifty steps instead and reads how far the classifier turned: little is good. Here it stands beside #Param and the
# training-free indicators, over all architectures and among those of equal size.

# %% tags=["parameters"]
benchmark = "nas_bench_digits"
dataset = "digits"
measured = "results/light_training/nas_bench_digits.parquet"
scores = None  # a scores file of the same architectures: the training-free indicators beside
data = "data"
out = "work/angle/nas_bench_digits"
accuracy = "test_acc"
sample = 100  # architectures that a search draws
seeds = 10
bootstrap = 1000
seed = 0

# %%
from pathlib import Path

from IPython.display import Markdown

from untrained import angle, benchmarks, shards
from untrained import scores as score_tables
from untrained.report import size_tables
from untrained.report.figures import angle as pictures
from untrained.stats.control import control

bench = benchmarks.get(benchmark, data)
table = benchmarks.by_form(bench, dataset)
rows, about = shards.read(Path(measured))
rows = rows[rows["seed"] == rows["seed"].min()]
params = table["params"].loc[rows["arch"]]
light = angle.indicators(rows, params)
truth = table[accuracy].loc[light.index]
names = [name for name in light if name != "params"]

# %% tags=["hide-input"]
trivial = int((light["angle"] == 0).sum())
Markdown(
    f"{len(light):,} architectures of `{benchmark}` ({dataset}, unique set, the first of a fixed random order), judged by `{accuracy}`. Protocol: "
    f"{about['protocol']}, changes of the network's size {about['skeleton']}, side of the images {about['side']}; {rows['seconds'].mean():.2f} "
    f"CPU seconds per architecture. {trivial} count as trivial (no weights, or a cosine of at least {angle.TRIVIAL_COSINE})."
)

# %% [markdown]
# ## With accuracy, with size, and at equal size
#
# `angle` is the classifier's (the published one), `angle_features` that of the layers before it; the sums are of ranks. At equal size:
# the mean correlation among architectures of one number of parameters, of which #Param itself has none.

# %%
beside = light
if scores:
    free = score_tables.wide(score_tables.read(scores))
    free = free.loc[free.index.intersection(light.index)].drop(columns=["params", "flops"], errors="ignore")
    beside = light.join(free.dropna(axis=1, how="all"), how="inner")
kept = beside.index
judged = control(beside, truth[kept], params[kept].to_numpy(), n=bootstrap, seed=seed, together=list(kept))
shards.write(judged, Path(f"{out}-control.parquet"))
size_tables.control_table(judged)

# %%
pictures.entanglement_plane(judged, names)

# %% tags=["hide-input"]
shown = judged[(judged["metric"] == "krocc") & (judged["quantity"] != "group")]
tau = shown.pivot(index="proxy", columns="quantity", values="value").drop(index="params")
free = tau.drop(index=names)
least = (
    f"the least entangled training-free indicator is `{free['entanglement'].abs().idxmin()}` ({free['entanglement'].abs().min():.2f})"
    if len(free)
    else "no training-free indicator is beside"
)
inside = f"`{free['within'].idxmax()}` with {free['within'].max():.2f}" if len(free) else "none"
Markdown(
    f"The angle's tau with #Param is {tau.loc['angle', 'entanglement']:.2f}; {least}. At equal size the angle keeps "
    f"{tau.loc['angle', 'within']:.2f}, the loss {tau.loc['loss', 'within']:.2f}, their rank sum {tau.loc['angle_loss', 'within']:.2f}; the best "
    f"training-free indicator there: {inside}."
)

# %% [markdown]
# ## As a search score
#
# Each search draws architectures, ranks them among themselves, and keeps the best; only then is the accuracy looked up.

# %%
picks = angle.search(light, truth, sample=sample, seeds=range(1, seeds + 1))
shards.write(picks.assign(sample=sample), Path(f"{out}-search.parquet"))
pictures.pick_dots(picks)

# %% tags=["hide-input"]
means = picks.groupby("pick")["accuracy"].agg(["mean", "std"])
Markdown(
    f"Samples of {sample} out of {len(light)}, {seeds} seeds: the rank sum of angle, loss and #Param picks {means.loc['angle_loss_param', 'mean']:.2f} % "
    f"on average (sd {means.loc['angle_loss_param', 'std']:.2f}), #Param alone {means.loc['params', 'mean']:.2f} %, the best of the sample is "
    f"{means.loc['best', 'mean']:.2f} %."
)

# %% [markdown]
# What was learned: where the angle stands beside #Param is in the table with its interval, and the picks say what the rank sum is worth.
