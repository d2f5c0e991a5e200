# %% [markdown]
# # A search in the DARTS space by the angle metric
#
# The paper searches the DARTS space with its metric directly on ImageNet; its code has no such search. At the scale of two cores, this
# page lets evolution and random drawing spend the same number of light trainings on genotypes of DARTS, then trains what they pick
# as the bench of training states was trained, and looks where it lands among that bench.

# %% tags=["parameters"]
evaluations = 24
population = 8
tournament = 4
seeds = [0]
data = "data"
folder = "work/angle_search"  # finished shards
out = "work/angle/darts_digits"
search = False  # search, train the picks and write the table; otherwise the written one is shown
bootstrap = 1000

# %%
from functools import partial
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from untrained import angle, angle_search, shards, states
from untrained.stats import bootstrap as interval
from untrained.stats import krocc

bench = states.load(data)
last = bench[(bench["epoch"] == bench["epoch"].max()) & (bench["seed"] == 0)].set_index("arch")["test_acc"]

# %% [markdown]
# ## Does it rank these networks?
#
# The genotypes of the bench, trained lightly: ranks against their final accuracy.

# %%
if search:
    plan = shards.plan([(arch, 0) for arch in last.index[:evaluations]], folder=folder, key=angle_search.key(), size=4)
    known = pd.concat([shards.read(p)[0] for p in shards.run(angle_search.measure, plan, label="known")], ignore_index=True)
    shards.write(known, Path(f"{out}-light.parquet"))
known = shards.read(Path(f"{out}-light.parquet"))[0]
light = angle.indicators(known, known.set_index("arch")["params"])
truth = last[light.index].to_numpy()
ranked = {name: interval(krocc, column.to_numpy(float), truth, n=bootstrap) for name, column in light.items()}
pd.DataFrame({"Kendall's tau": {name: str(value) for name, value in ranked.items()}})

# %% [markdown]
# ## Search


# %%
def one(units: list, *, seed: int) -> pd.DataFrame:
    """Evolution as one shard."""
    measured = lambda arch: angle_search.measure([(arch, seed)]).drop(columns=["arch", "seed"]).iloc[0].to_dict()
    return angle_search.evolve(measured, evaluations=evaluations, population=population, tournament=tournament, seed=seed)


if search:
    rows = []
    for seed in seeds:
        job = partial(one, seed=seed)
        plan = shards.plan([(evaluations, population, tournament, seed)], folder=folder, key=angle_search.key(), size=1)
        evolved = shards.read(shards.run(job, plan, label="evolution")[0])[0]
        drawn = known.sample(evaluations, random_state=seed) if evaluations < len(known) else known
        for method, found in (("evolution", evolved), ("random", drawn)):
            pick = angle_search.best(found)
            trained = shards.plan([(pick, seed)], folder=folder, key=states.key(), size=1)
            ends = shards.read(shards.run(states.measure, trained, label="train")[0])[0]["test_acc"].iloc[-1]
            rows.append(
                {
                    "method": method,
                    "seed": seed,
                    "pick": pick,
                    "test_acc": ends,
                    "evaluations": len(found),
                    "seconds": found["seconds"].sum(),
                }
            )
    shards.write(pd.DataFrame(rows), Path(f"{out}-search.parquet"))
picks = shards.read(Path(f"{out}-search.parquet"))[0]
picks["better_than"] = [f"{100 * (last < value).mean():.0f} %" for value in picks["test_acc"]]
picks[["method", "seed", "evaluations", "seconds", "test_acc", "better_than"]].round(1)

# %% tags=["hide-input"]
Markdown(
    f"Both pick by the rank sum of angle, loss and #Param. A light training cost {known['seconds'].mean():.1f} CPU seconds here. The bench's "
    f"{len(last)} genotypes end between {last.min():.1f} and {last.max():.1f} %, median {last.median():.1f} %."
)

# %% [markdown]
# What was learned: at this scale the numbers say what the procedure costs and where its picks land; they say nothing about ImageNet.
