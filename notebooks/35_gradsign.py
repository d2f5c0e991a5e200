# %% [markdown]
# # GradSign: a sum or a mean
#
# GradSign asks of every weight whether the samples of a minibatch pull it the same way. Its paper adds that up over all weights, and so
# does one script of its authors; another script, from which later implementations were made, takes the mean. A mean over weights
# has no size in it, a sum has little else: the two point in opposite directions, and a published figure belongs to one of them.

# %% tags=["parameters"]
judged = {  # tables with `gradsign`, which is the mean
    "nas_bench_digits": {
        "benchmark": "nas_bench_digits",
        "dataset": "digits",
        "scores": "results/scores/nas_bench_digits-digits.parquet",
        "unique_only": True,
    }
}
data = "data"
out = "work/gradsign"
accuracy = "test_acc"
bootstrap = 1000
seed = 0

# %%
from math import comb
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from untrained import benchmarks, shards, stats
from untrained import scores as score_tables
from untrained.initialise import weighted_layers
from untrained.report import Table
from untrained.report.tables import with_interval
from untrained.stats.table import correlations


def weights(bench: benchmarks.Benchmark, dataset: str, arch: str, skeleton: dict) -> int:
    """Weights of convolutions and linear layers: those that the mean is over."""
    return sum(layer.weight.numel() for _, layer in weighted_layers(bench.build(arch, dataset, **skeleton)))


# %% [markdown]
# ## Both, on the same architectures
#
# The sum is the mean times the number of weights that it was taken over, so it needs no new measurement. `weights` is that number alone.

# %%
found, shown, words = {}, [], []
for key, one in judged.items():
    table, bench = score_tables.read(one["scores"]), benchmarks.get(one["benchmark"], data)
    setting = table.attrs["setting"]
    wide = score_tables.wide(table)[["gradsign", "params"]].dropna(subset=["gradsign"])
    wide["weights"] = [weights(bench, one["dataset"], arch, setting.get("skeleton") or {}) for arch in wide.index]
    wide["gradsign_sum"] = wide["gradsign"] * wide["weights"]
    truth = benchmarks.by_form(bench, one["dataset"]).loc[wide.index, accuracy]
    how = {"invalid": "worst", "n": bootstrap, "seed": seed}
    pieces = [correlations(wide, truth, **how).assign(set="unique")]
    if not one["unique_only"]:
        full, whole = benchmarks.spread(bench, one["dataset"], wide)
        forms = [bench.canonical(arch) for arch in full.index]
        pieces.append(correlations(full, whole[accuracy], groups=forms, **how).assign(set="full"))
    found[key] = pd.concat(pieces, ignore_index=True).assign(benchmark=one["benchmark"], dataset=one["dataset"])
    shards.write(found[key], Path(out) / f"{key}.parquet")

    tau = found[key].query("metric == 'krocc' and set == 'unique'").set_index("proxy")
    row = {"benchmark": key, "n": len(wide)}
    for proxy, name in (("gradsign", "mean"), ("gradsign_sum", "sum"), ("weights", "weights"), ("params", "#Param")):
        row[name] = with_interval(*tau.loc[proxy, ["value", "low", "high"]])
    gain = stats.bootstrap_difference(
        stats.METRICS["krocc"], wide["gradsign_sum"], wide["weights"], truth, n=bootstrap, seed=seed
    )
    row["sum less weights"] = with_interval(gain.value, gain.low, gain.high)
    tied = stats.METRICS["krocc"](wide["gradsign_sum"], wide["weights"])
    shown.append(row | {"sum with weights": f"{tied:.3f}"})
    B = setting["options"].get("gradsign", {}).get("batch", setting["batch"])
    chance = B * comb(B, B // 2) / 2**B if B % 2 == 0 else B * comb(B - 1, B // 2) / 2 ** (B - 1)
    words.append(f"`{key}` {wide['gradsign'].median():.2f} for {chance:.2f} by chance (B = {B})")

caption = (
    f"Kendall's tau with {accuracy}, directed, unique set, 95 % intervals over architectures. Sum less weights: paired difference"
    " of tau; sum with weights: tau of the two with each other"
)
Table(pd.DataFrame(shown), caption)

# %% [markdown]
# ## What the signs add
#
# If every sample pulled every weight at random, the absolute sum of B signs would be E|S| = B C(B, B/2) / 2^B on the mean.

# %% tags=["hide-input"]
Markdown(f"Median of the mean over weights: {'; '.join(words)}. Inputs, norm mode and seeds are those of each table.")

# %% [markdown]
# What was learned: agreement of samples lies a few per cent above chance, so the sum counts weights, and what it knows about accuracy
# is what size knows. The mean is what is left without size, and there more agreement goes with less accuracy.
