# %% [markdown]
# # After a little training: does the score add to the accuracy?
#
# DAS is said to rank better after a short training. So is everything: whoever trains for an epoch also has a validation accuracy. Here
# the rules of DAS are read from recorded states after T epochs and stand beside that accuracy, which is the control.

# %% tags=["parameters"]
bench = "nas_bench_digits"  # or "darts_digits"
data = "data"
out = "work/fast/nas_bench_digits"
epochs = [0, 1, 3, 5]
truth_seed = 1  # whose final accuracy is the truth, where the states are those of seed 0
norm = "batch"  # mode of the codes
n_train = 200  # labels of the fitted sums
repeats = 20
bootstrap = 1000
seed = 0

# %%
from pathlib import Path

from IPython.display import Markdown

from untrained import benchmarks, fast, shards
from untrained.report import Table
from untrained.report.figures import angle as pictures

if bench == "darts_digits":
    from untrained import states

    recorded = states.load(data)
else:
    recorded = benchmarks.get(bench, data).states()
ends = recorded[(recorded["epoch"] == recorded["epoch"].max()) & (recorded["seed"] == truth_seed)]
truth = ends.set_index("arch")["test_acc"]
recorded = recorded[recorded["arch"].isin(truth.index)]

# %% tags=["hide-input"]
Markdown(
    f"Bench `{bench}`, {len(truth):,} architectures; states of seed 0, truth: test accuracy after the last epoch of seed {truth_seed}"
    f"{', the same training' if truth_seed == 0 else ', another training, so that no noise of a run is on both sides'}; codes of 64 validation "
    f"images in `{norm}` mode."
)

# %% [markdown]
# ## After T epochs

# %%
how = {"norm": norm}
judged = fast.judge(recorded, truth, epochs, n=bootstrap, seed=seed, **how)
shards.write(judged, Path(f"{out}-judged.parquet"))
pictures.training_lines(judged[judged["quantity"] == "tau"], ["valid_acc", "train_loss", "D", "A", "WOT", "D + A (z)"])

# %%
judged["text"] = [f"{r.value:.2f} [{r.low:.2f}, {r.high:.2f}]" for r in judged.itertuples()]
shown = judged.pivot(index=["score", "epoch"], columns="quantity", values="text").fillna("").reset_index()
Table(
    shown[["score", "epoch", "tau", "gain", "beyond"]],
    "tau with the final accuracy; its gain over no training; Spearman's correlation given the validation accuracy of the epoch",
)

# %% [markdown]
# ## Beside the accuracy
#
# A least-squares sum of the validation accuracy and the score, fitted to a few labels and judged on all others, against the
# validation accuracy alone.

# %%
more = fast.added(recorded, truth, [epoch for epoch in epochs if epoch], n_train=n_train, repeats=repeats, seed=seed, **how)
shards.write(more, Path(f"{out}-added.parquet"))
Table(
    more.round(3), "Held-out tau of the fitted sum less that of the accuracy alone (interval: two corrected standard errors)"
)

# %% tags=["hide-input"]
tau = judged[judged["quantity"] == "tau"].set_index(["score", "epoch"])["value"]
gain = judged[(judged["quantity"] == "gain") & (judged["score"] == "D")].set_index("epoch")
helped = [epoch for epoch in gain.index if gain.loc[epoch, "low"] > 0]
hurt = [epoch for epoch in gain.index if gain.loc[epoch, "high"] < 0]
sums = more[more["method"] == "accuracy and D"].set_index("epoch")
adds = [epoch for epoch in sums.index if sums.loc[epoch, "low"] > 0]
Markdown(
    f"Training raises D's tau after {helped or 'no'} epochs and lowers it after {hurt or 'no'} (whole interval). At the last epoch shown D has "
    f"{tau['D', epochs[-1]]:.2f}, the validation accuracy {tau['valid_acc', epochs[-1]]:.2f}. D adds to the accuracy, by more than two corrected standard "
    f"errors, after {adds or 'no'} epochs."
)

# %% [markdown]
# What was learned: what a short training is worth to the score, and what the score is worth to whoever has trained that long.
