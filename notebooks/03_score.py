# %% [markdown]
# # Every proxy of every architecture
#
# A proxy is judged by how it ranks architectures that somebody trained. Here each architecture of one benchmark is built with
# weights drawn from a seed, shown one minibatch, and scored; no accuracy is read.

# %% tags=["parameters"]
benchmark = "nas_bench_digits"
dataset = "digits"
proxies = None  # None: every registered proxy
skip = {}  # proxy: reason why this benchmark's run leaves it out
seeds = [0]
setting = {"inputs": "digits", "batch": 64}
data = "data"
folder = "work/scores"  # finished shards; a killed run goes on from them
out = "work/scores/table.parquet"
shard_size = 16
count = None  # architectures, the first of a fixed random order: a uniform sample; None: all, in the order of the benchmark
limits = {}  # proxy: number of (architecture, seed) pairs it is computed for, where it is dear
published = None  # an earlier scores file: what a recomputed sample of it confirms is kept
device = "cpu"  # "auto": a GPU where there is one
timings = False  # keep the seconds; without them equal inputs give equal bytes
limit = None  # first architectures only
workers = None  # processes of one thread; None: one per core
scheduler = None  # address of a dask scheduler, instead of local processes

# %%
from IPython.display import Markdown

import untrained
from untrained import benchmarks, scores, scoring
from untrained import proxies as registered

how = untrained.Setting(dataset=dataset, **setting)
chosen = [name for name in (proxies or registered.names()) if name not in skip]
table = registered.table().set_index("name").loc[chosen]
table[["better", "passes", "cite", "summary"]]

# %% [markdown]
# The table lists what is computed. `passes` is the price of a proxy alone; on one network the passes are shared, so all of
# them together cost far less than the sum.

# %% tags=["hide-input"]
lines = ["Left out of this run:" if skip else "Nothing is left out.", *(f"- `{name}`: {skip[name]}" for name in skip)]
lines += [f"\n`{name}` is computed for the first {limits[name]:,} pairs of architecture and seed alone." for name in limits]
Markdown("\n".join(lines))

# %% tags=["hide-input"]
options = "; ".join(f"{name}: {values}" for name, values in how.options.items()) or "none"
Markdown(
    f"Benchmark `{benchmark}`, data set `{dataset}`, inputs `{how.inputs}`, batch {how.batch}, initialisation `{how.init}`, "
    f"norm mode `{how.norm}`, {how.precision}, seeds {seeds}, parameters of single proxies: {options}."
)

# %% [markdown]
# ## Score
#
# Architectures of equal function share a canonical form and are computed once. Each shard is written whole, then renamed.

# %%
bench = benchmarks.get(benchmark, data)
archs = (benchmarks.sample(bench, dataset, count) if count else list(bench.architectures()))[:limit]
client = scoring.connect(scheduler) if scheduler else None
path = scoring.score_benchmark(
    benchmark, dataset, how, chosen, client=client, folder=folder, out=out, data=data, architectures=archs,
    costs=benchmarks.costs(bench, dataset), seeds=seeds, limits=limits, published=published, shard_size=shard_size, workers=workers, timings=timings, device=device,
)  # fmt: skip

# %% [markdown]
# ## What came out
#
# A proxy without a value on a network says why; such a score stays missing, and whatever ranks it later has to say how.

# %%
found = scores.read(path)
Markdown(f"{found['arch'].nunique():,} architectures, {found['seed'].nunique()} seed(s), {len(found):,} scores.")

# %%
scores.coverage(found)

# %%
wide = scores.wide(found)
wide.describe().T[["count", "mean", "std", "min", "50%", "max"]]

# %% [markdown]
# What was learned: the column `count` above is the coverage, and the reasons are those of the disconnected cell and of proxies
# that this network cannot have. Directions are applied in this last table: higher is better in every row, so proxies for which
# low is good stand negated.
