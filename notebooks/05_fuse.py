# %% [markdown]
# # Four indicators, a few labels, one score
#
# The Fusion Indicator is a weighted sum of four indicators, fitted to the accuracy of a few trained architectures and judged on
# all the others. Here it meets each of its parts, all other proxies and the number of parameters on the same splits.

# %% tags=["parameters"]
benchmark = "nas_bench_digits"
dataset = "digits"
scores = "results/scores/nas_bench_digits-digits.parquet"
data = "data"
out = "work/fusion/nas_bench_digits"
accuracy = "test_acc"  # column of the benchmark's table that counts as the truth
unit = "percent"  # of that column
unique_only = True  # without, the full set is judged too
n_train = 200
repeats = 20
seed = 0
mapping = "linear"
indicator = {}
search_sizes = [10, 100, 1000]
search_repetitions = 500

# %%
from pathlib import Path

from IPython.display import Markdown

from untrained import benchmarks, fusion, shards
from untrained import scores as score_tables
from untrained.report import figures, tables

found = score_tables.read(scores)
bench = benchmarks.get(benchmark, data)
method = fusion.FusionIndicator(**indicator)
asked = score_tables.asked(found)
asked = asked[asked[list(method.indicators)].all(axis=1)]
wide = score_tables.wide(found).loc[asked.index, asked.all()]
truth = benchmarks.by_form(bench, dataset)[accuracy].loc[wide.index]
groups = list(wide.index)
common = {"n_train": n_train, "repeats": repeats, "seed": seed, "groups": groups}
label = fusion.labelled("fi", n_train)

# %% tags=["hide-input"]
Markdown(
    f"Benchmark `{benchmark}` ({dataset}), {len(wide)} architectures, unique set; truth: `{accuracy}` ({unit}), RMSE in the same unit; `{label}` is fitted on {n_train} of them and judged on the "
    f"rest, {repeats} random splits with seed {seed}, equal cells on one side. Everything learned, the transforms and the scaling "
    "included, comes from the training part. "
    f"Left out: {found['arch'].nunique() - len(wide)} architectures beyond the limit of a fused indicator, and other indicators that "
    f"were not computed for all that remain ({', '.join(f'`{name}`' for name in asked if name not in wide) or 'none'})."
)

# %% [markdown]
# ## On held-out architectures

# %%
splits = fusion.evaluate(wide, truth, {"fi": method}, mapping=mapping, **common)
shards.write(splits, Path(f"{out}-splits.parquet"))
tables.fusion_table(splits)

# %% [markdown]
# The picture keeps the fused indicator, its parts, size, and the best of the others; the table above has them all.

# %%
order = splits[(splits["metric"] == "krocc") & (splits["kind"] == "single")].groupby("method")["value"].mean().sort_values()
shown = {label, fusion.labelled("best_single", n_train), *method.indicators, "params", *order.index[-6:]}
figures.fusion_dots(splits[splits["method"].isin(shown)])

# %%
against = fusion.against_all(splits, label, pool=method.indicators)
tables.comparison_table(against.query("role in ['single', 'chosen', 'oracle', 'size']"))

# %% tags=["hide-input"]
tau = against.query("metric == 'krocc'").set_index("against")
parts = tau.loc[[name for name in method.indicators]]
size, others = tau.loc["params"], tau[(tau["role"] == "single") & (tau["low"] <= 0)]
Markdown(
    f"In tau, `{label}` is ahead of its hardest part, `{parts['mean'].idxmin()}`, by {parts['mean'].min():.3f} and of the number of parameters by "
    f"{size['mean']:.3f} [{size['low']:.3f}, {size['high']:.3f}] (two standard errors over splits; the corrected standard error is "
    f"{size['se_corrected']:.3f}). Single indicators that it does not clearly beat: {', '.join(f'`{name}`' for name in others.index) or 'none'}."
)

# %% [markdown]
# ## On the full set
#
# The same with every string of these architectures as a row of its own; equal cells stay on one side of a split.

# %%
if unique_only:
    shown = Markdown("Only unique forms were trained or scored here.")
else:
    full, table = benchmarks.spread(bench, dataset, wide)
    forms = [bench.canonical(arch) for arch in full.index]
    on_full = fusion.evaluate(full, table[accuracy], {"fi": method}, mapping=mapping, **common | {"groups": forms})
    shown = tables.fusion_table(on_full)
shown

# %% [markdown]
# ## What the weights say

# %%
weights = fusion.weights(wide, truth, method, **common)
shards.write(weights, Path(f"{out}-weights.parquet"))
figures.weight_dots(weights)

# %% tags=["hide-input"]
fitted = weights[weights["indicator"] != "intercept"].groupby("indicator")["weight"].agg(["mean", "std"])
negative = fitted[fitted["mean"] + 2 * fitted["std"] < 0].index
Markdown(
    f"Weights are in the unit of `{accuracy}` ({unit}) per standard deviation of the transformed indicator. Fitted against the direction that "
    f"the papers state, in nearly every split: {', '.join(f'`{name}`' for name in negative) or 'none'}."
)

# %% [markdown]
# ## How much hangs on the choices

# %%
changes = fusion.sensitivity(wide, truth, method, **common)
shards.write(changes, Path(f"{out}-sensitivity.parquet"))
figures.sensitivity_dots(changes)

# %%
figures.label_curve(changes)

# %% [markdown]
# ## As a search score

# %%
search = fusion.search_by_score(
    wide, truth, method, n_train=n_train, sizes=search_sizes, repetitions=search_repetitions, seed=seed, groups=groups
)
shards.write(search, Path(f"{out}-search.parquet"))
figures.search_dots(
    search[search["method"].isin([label, *method.indicators, "params", "random"])], unit=f"{accuracy}, {unit}"
)

# %% [markdown]
# What was learned: the fusion's lead over each of its parts, over the best single indicator that the same labels would have chosen,
# and over size stands in the tables with its error; the sensitivity table says which of the open choices of the paper matter for it.
