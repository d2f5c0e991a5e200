# %% [markdown]
# # SWAP-NAS on real networks
#
# In the DARTS space there is no table of every architecture: whoever searches by a training-free score has to build and score each
# network that is looked at. Here that is done, on real images, with the cost measured. Nothing found is trained, and nothing is
# claimed about its accuracy beyond what trained genotypes of the same space tell about the score.

# %% tags=["parameters"]
steering = {
    "score alone": None,
    "mu 0.9": 0.9,
    "mu 1.2": 1.2,
    "mu 1.5": 1.5,
    "mu 2.5": 2.5,
}  # thousands; sigma = mu; 0.9 to 1.5 of the paper
seeds = 3
population = 50
cycles = 60  # the paper's are not established; with 3 mutants and a crossover each, some 250 genotypes per search
sample = 5
mutations = 3
repeats = 1  # draws of weights per score; 32 in the paper's study of correlation
images = 16
trained = 1000  # genotypes with known accuracy that are scored in the same way
bootstrap = 1000
data = "data"
out = "work/swap"

# %%
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from untrained import benchmarks, score_search, shards, stats
from untrained.report.figures.steering import climb, size_control
from untrained.search.evolution_by_score import regularised

bench = benchmarks.get("darts", data)
accuracy = bench.table("cifar10")["valid_acc"].iloc[:trained]
scorer = score_search.swap_scorer(score_search.minibatch(bench, images), repeats=repeats)
scorer(accuracy.index[0])  # what is paid once is not charged to the first search

# %% [markdown]
# ## The searches
#
# Every search starts from random cells (normal and reduction cell equal, as in all trained genotypes) and follows the score times a
# bell around the size `mu`.

# %%
bells = {label: None if mu is None else (mu, mu) for label, mu in steering.items()}
effort = {"population": population, "cycles": cycles, "sample": sample, "mutations": mutations}
searches = score_search.run(scorer, bells, range(seeds), **effort)
found = score_search.ends(searches)
known = score_search.scored(scorer, list(accuracy.index)).assign(valid_acc=accuracy)

# %%
label = next(iter(steering))
climb(searches, label, best_of_others=known["swap"].max(), others=len(known))

# %% tags=["hide-input"]
cost = searches.groupby(["steering", "seed"])["seconds"].sum()
alone = found[found["steering"] == label]
Markdown(
    f"{len(searches):,} scorings in {len(cost)} searches, {searches['seconds'].median():.3f} CPU seconds each (median), so"
    f" {cost.mean():.0f} s per search on one core. By the score alone every search"
    f" ends at {alone['swap'].min():,.0f} or more; the best of {len(known):,} genotypes drawn at random has"
    f" {known['swap'].max():,.0f}, their median {known['swap'].median():,.0f}."
)

# %% [markdown]
# ## The size that is asked for
#
# The bell is what steers size: `thousands` should follow `mu`. Above all sizes the bell is a function of size that rises.

# %%
size_control(found, known)

# %%
shown = found.groupby("steering", sort=False)[["mu", "thousands", "swap", "value", "scored", "seconds"]].mean()
shown["above trained"] = [
    f"{(known['swap'] < row.swap).mean():.1%}"
    for row in found.groupby("steering", sort=False)["swap"].mean().to_frame().itertuples()
]
shown.round({"mu": 1, "thousands": 2, "swap": 0, "value": 0, "scored": 0, "seconds": 1})

# %% [markdown]
# ## What the score says of accuracy
#
# On the trained genotypes: rank correlation of each followed score with validation accuracy, beside the bell alone and the number of
# parameters; and the accuracy of the ten best-scored of them. A search ends beyond all of these scores, where no accuracy is known.

# %%
rows = []
for label, mu in steering.items():
    score = regularised(known["swap"], known["thousands"], mu, mu)
    bell = regularised(1.0, known["thousands"], mu, mu) if mu else known["thousands"].to_numpy()
    top = known["valid_acc"].to_numpy()[score.argsort()[-10:]]
    own, size = (stats.bootstrap(stats.srocc, v, known["valid_acc"], n=bootstrap) for v in (score, bell))
    rows.append(
        {
            "followed": label,
            "SROCC": f"{own}",
            "of the bell alone": f"{size}" if mu else "–",
            "ten best, accuracy": top.mean(),
        }
    )
rows.append(
    {
        "followed": "#Param",
        "SROCC": f"{stats.bootstrap(stats.srocc, known['thousands'], known['valid_acc'], n=bootstrap)}",
        "of the bell alone": "–",
        "ten best, accuracy": known.nlargest(10, "thousands")["valid_acc"].mean(),
    }
)
pd.DataFrame(rows).set_index("followed").round(2)

# %% tags=["hide-input"]
Markdown(
    f"All {len(known):,}: mean accuracy {known['valid_acc'].mean():.2f} %, best {known['valid_acc'].max():.2f} %. None of what was"
    f" found is among them ({found['arch'].isin(known.index).sum()} of {len(found)})."
)

# %% [markdown]
# ## Keep them

# %%
written = [
    shards.write(table.reset_index(drop=True), Path(f"{out}-{name}.parquet"))
    for name, table in (("searches", searches), ("ends", found), ("trained", known))
]

# %% [markdown]
# What was learned: evolution by the score climbs beyond anything drawn at random for the price of seconds, and the bell does put the
# size where it is asked. Whether that is a good network is another matter: compare the correlation of a bell inside the range of
# sizes with that of size itself before following it.
