# %% [markdown]
# # The embedded bench and its noise
#
# A correlation with accuracy cannot be read without the noise of the accuracy itself. This page shows what was trained, how the
# accuracies spread, and how well a second training of the same architectures agrees with the first: the ceiling of every table
# that follows.

# %% tags=["parameters"]
data = "data"
dataset = "digits"
resamples = 1000  # of the bootstrap
out = "work/ceiling.parquet"

# %%
import json
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from untrained import benchmarks, shards, stats
from untrained.report import figures, interactive

bench = benchmarks.get("nas_bench_digits", data)
table, states = bench.table(dataset), bench.states()
card_file = Path(data) / "nas_bench_digits" / "card.json"
card = json.loads(card_file.read_text()) if card_file.exists() else {}

# %% [markdown]
# ## The data card

# %% tags=["hide-input"]
runs = states.groupby(["arch", "seed"]).ngroups
Markdown(
    f"**{card.get('name', 'NAS-Bench-Digits')}**: {len(table)} unique cells of the NAS-Bench-201 space, {runs} trainings, "
    f"{len(states)} recorded states; {states['seconds'].sum() / 3600:.2f} h of one core for training alone. "
    f"Limits: {card.get('limits', 'not stated')}. Licence: {card.get('licence', 'not stated')}."
)

# %%
decisions = card.get("decisions", {})
rows = [
    (group, name, str(value)) for group, part in decisions.items() if isinstance(part, dict) for name, value in part.items()
]
pd.DataFrame(rows, columns=["of", "decision", "value"]).set_index(["of", "decision"])

# %% [markdown]
# ## Accuracies
#
# Each architecture was trained from several seeds; the truth used everywhere is the mean test accuracy over them.

# %%
figures.accuracy_histogram(table)

# %% tags=["hide-input"]
spread = table["test_acc"].quantile([0, 0.1, 0.25, 0.5, 0.75, 0.9, 1]).round(1)
noise = (table["test_acc_0"] - table["test_acc_1"]).std() / 2**0.5
Markdown(
    f"Percentiles 0, 10, 25, 50, 75, 90, 100 of the test accuracy: {', '.join(f'{value:.1f}' for value in spread)} %. One training "
    f"deviates from another of the same architecture with a standard deviation of {noise:.1f} points, the architectures among "
    f"themselves with {table['test_acc'].std():.1f}."
)

# %% [markdown]
# ## The ceiling

# %%
pairs = {
    "seed 0 and seed 1": ("test_acc_0", "test_acc_1"),
    "validation and test": ("valid_acc", "test_acc"),
    "#Param and test": ("params", "test_acc"),
}
ceiling = pd.DataFrame(
    [
        {"between": name, "metric": metric} | vars(stats.agreement(table[a], table[b], metric=metric, n=resamples))
        for name, (a, b) in pairs.items()
        for metric in ("plcc", "srocc", "krocc")
    ]
)
shards.write(ceiling, Path(out))
ceiling.round(3)

# %% tags=["hide-input"]
seeds = stats.seed_ceiling(table.filter(regex=r"^test_acc_\d"))
Markdown(
    f"Two seeds agree with tau {seeds['between_seeds']:.2f}. The mean over both has a reliability of {seeds['reliability']:.2f} "
    f"(Spearman-Brown), so even a noise-free predictor of the expected accuracy would reach a linear correlation of about "
    f"{seeds['ceiling']:.2f} with it."
)

# %%
figures.seed_scatter(table)

# %% [markdown]
# ## Every architecture

# %%
interactive.scatter(table, x="params", y="test_acc", x_label="#Param", y_label="test accuracy, %")

# %% [markdown]
# ## States along the training
#
# Activation codes of a fixed held-out batch were recorded at fixed epochs: the number of units, the distinguishing ability
# $D = \ln\det(K/N_A)$, the share of active units. Below, how each state's tau with the final accuracy develops.

# %%
final = table["test_acc"]
columns = ["batch_distinguish", "running_distinguish", "batch_active", "parameter_norm", "gradient_norm", "valid_acc"]
means = states.groupby(["epoch", "arch"])[columns].mean()
tau = {
    epoch: {
        name: stats.krocc(part[name].dropna(), final.loc[part[name].dropna().index])
        for name in columns
        if part[name].notna().any()
    }
    for epoch, part in ((epoch, means.loc[epoch]) for epoch in states["epoch"].unique())
}
pd.DataFrame(tau).T.rename_axis("epoch").round(2)

# %% tags=["hide-input"]
path = pd.DataFrame(tau).T
codes_alone = path[["batch_distinguish", "running_distinguish", "batch_active"]].abs().max(axis=1)
ahead = path.index[path["valid_acc"] > path.drop(columns="valid_acc").abs().max(axis=1)]
Markdown(
    f"Before training the gradient norm has a tau of {path.loc[0, 'gradient_norm']:.2f} with the final accuracy, and no statistic of the codes "
    f"more than {codes_alone[0]:.2f} in size. The validation accuracy is the best predictor from epoch {ahead.min()} of "
    f"{states['epoch'].max()} on."
)

# %% [markdown]
# What was learned: the accuracies of this bench spread over several times their noise, but the noise is not small, and no indicator
# should be asked for more than the ceiling. A short training says nothing until the learning rate has done its work.
