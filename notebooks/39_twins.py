# %% [markdown]
# # Twins: one function under other names
#
# The unique set of NAS-Bench-201 counts two cells as equal where the same operations stand on the same live edges. A convolution behind
# an identity and a convolution at once are another pair of strings, and the same function: only the names of the weights differ. How
# many functions are there, do twins train alike, and what is the mean of an indicator over them worth?

# %% tags=["parameters"]
judged = {"nas_bench_digits": {"benchmark": "nas_bench_digits", "dataset": "digits"}}
scores = "results/scores/nas_bench_digits-digits.parquet"  # of all of them, with the heads and images of one
data = "data"
out = "work/twins"
accuracy = "test_acc"
bootstrap = 1000
seed = 0

# %%
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from untrained import benchmarks, repeats, shards, stats
from untrained import scores as score_tables
from untrained.fusion.candidates import over_twins, ranks
from untrained.report import Table
from untrained.twins import twins

# %% [markdown]
# ## Functions
#
# `untrained.twins.function` writes down what a cell computes: identities hand on what they get, a pooling pools every term of a sum, a
# node that is used twice is one node, and of all ways to number the convolutions the least text stands.

# %%
truth, names, shown = {}, {}, []
for key, one in judged.items():
    bench = benchmarks.get(one["benchmark"], data)
    table = bench.table(one["dataset"])
    forms = pd.Series([bench.canonical(arch) for arch in table.index], table.index)
    mean = table[accuracy].groupby(forms).mean()
    names[key] = twins(one["benchmark"], list(mean.index))
    truth[key] = {"strings of one form": (table[accuracy], forms), "forms of one function": (mean, names[key])}
    members = names[key].value_counts()
    shown.append({"benchmark": key, "strings": len(table), "forms": len(mean), "functions": len(members)})
    shown[-1] |= {"forms with a twin": int(members[members > 1].sum()), "most twins": int(members.max())}
pd.DataFrame(shown)

# %% [markdown]
# ## Do they train alike?
#
# Standard deviation of accuracy in percentage points around the mean of those that should be equal, pooled; 95 % intervals over groups.
# Strings of one form are the same network, trained anew: what they differ by is luck. An accuracy of a form is the mean of its strings.

# %%
found = []
for key, kinds in truth.items():
    for kind, (values, groups) in kinds.items():
        parts = repeats.within(values, groups)
        if len(parts):
            how = {"n": bootstrap, "seed": seed}
            made = stats.bootstrap(repeats.deviation, parts["squares"], parts["freedom"], **how)
            row = {"key": key, "kind": kind, "value": made.value, "low": made.low, "high": made.high}
            found.append(row | {"groups": len(parts), "members": int(parts["freedom"].sum()) + len(parts)})
spread = pd.DataFrame(found)
spread.round({"value": 3, "low": 3, "high": 3})

# %% [markdown]
# ## The mean of an indicator over twins
#
# Kendall's tau over all forms, of each indicator alone and of the mean of its ranks over twins. Twins have weights of their own, so the
# mean is one of several draws; what does not depend on weights gains by accuracies that twins share.

# %%
wide = score_tables.wide(score_tables.read(scores))
kept = []
for key in judged:
    mean = truth[key]["forms of one function"][0].loc[wide.index]
    alone, together = ranks(wide), over_twins(wide, names[key].loc[wide.index])
    for proxy in alone:
        row = {"proxy": proxy, "key": key, "n": len(mean)}
        kept.append(row | {"alone": stats.krocc(alone[proxy], mean), "over twins": stats.krocc(together[proxy], mean)})
taus = pd.DataFrame(kept)
taus["gain"] = taus["over twins"] - taus["alone"]
Table(taus.round(3).sort_values("gain", ascending=False), "Kendall's tau of indicators alone and as means over twins")

# %% tags=["hide-input"]
gains = taus.groupby("key")["gain"]
Markdown(
    "; ".join(
        f"`{key}`: mean gain {part.mean():.3f}, largest {part.max():.3f}, {(part < 0).sum()} of {len(part)} lose"
        for key, part in gains
    )
    + "."
)

# %%
written = shards.write(spread, Path(out) / "spread.parquet")
written = shards.write(taus.rename(columns={"over twins": "together"}), Path(out) / "taus.parquet")

# %% [markdown]
# What was learned: where twins differ by no more than one network trained twice, a label of one is a label of all, and a split that keeps
# equal forms together still shows a learner twins of what it is judged on. Fusions here read means over twins; the pages of the strongest
# fusion also judge them on those architectures alone of which no twin is labelled.
