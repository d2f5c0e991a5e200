# %% [markdown]
# # What others trained: fetching a benchmark
#
# The indicators are judged by accuracies that other people published. This page fetches the files of one benchmark, checks them
# against the manifest, reads them into one table, and writes down what was used: the receipt on which every later step depends.

# %% tags=["parameters"]
benchmark = "nas_bench_201"
data = "data"  # folder of the manifest
out = "work/receipts/nas_bench_201.json"

# %%
import pandas as pd
from IPython.display import Markdown

from untrained import downloads, readers
from untrained.report import figures

known = downloads.manifest(data)
sources = [files.files for files in readers.sources(benchmark)]
wanted = pd.DataFrame([vars(known[file]) for files in sources for file in files]).drop_duplicates("name")
wanted["size, MB"] = (wanted["bytes"].astype(float) / 1e6).round(2)
wanted.set_index("name")[["what", "size, MB", "licence", "cite"]]

# %% [markdown]
# Any one of the ways below is enough; the first whose files are at hand is taken, else the first that can be downloaded.

# %% tags=["hide-input"]
ways = (
    f"{number}. {len(files)} file{'s' * (len(files) > 1)}, {'official' if all(known[file].urls for file in files) else 'on a mirror only'}: "
    + ", ".join(f"`{file}`" for file in files)
    for number, files in enumerate(sources, start=1)
)
Markdown("\n".join(ways))

# %% [markdown]
# ## Fetch and check
#
# A file comes from the cache, from a mirror, or from its official address; its size and hash are those of the manifest, or it is
# refused. The receipt says the same on every machine that has the same bytes.

# %%
receipt = downloads.write_receipt(benchmark, out, data=data)
pd.DataFrame(receipt["files"]).set_index("file")

# %% tags=["hide-input"]
first = [entry["file"] for entry in receipt["files"] if entry["checked"] == "first use"]
Markdown(
    f"No hash was known for {', '.join(first)}: the one above is that of this first use, and a later receipt has to agree with it."
    if first
    else "Every file has the hash that the manifest states."
)

# %% [markdown]
# ## Read
#
# One row per architecture and data set, whatever the format was.

# %%
table = downloads.table(benchmark, data=data)
different = {name: table[name].dropna().map(str).nunique() for name in table}  # some columns hold curves
pd.DataFrame({"type": table.dtypes.astype(str), "different values": pd.Series(different)})

# %% tags=["hide-input"]
Markdown(
    f"{len(table):,} rows: {table['arch'].nunique():,} architectures on {table['dataset'].nunique()} data sets. Below, the share of "
    "rows in which each column has a value."
)

# %%
values = table.drop(columns=["arch", "dataset"]).notna()
values.groupby(table["dataset"], sort=False).mean().T.round(3)

# %% [markdown]
# ## What training reached
#
# Percentiles of the figure that every indicator is compared with, and of the validation figure where the source has one.

# %%
columns = [name for name in ("test_acc", "valid_acc", "test_loss", "glue") if name in table and table[name].notna().any()]
levels = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1]
spread = table.groupby("dataset", sort=False)[columns].quantile(levels).unstack(0)
spread.index = [f"{level:.0%}" for level in levels]
spread.dropna(axis=1, how="all").round(2)

# %%
name, rows = next(iter(table.groupby("dataset", sort=False)))
figures.accuracy_histogram(rows.dropna(axis=1, how="all"), column=columns[0], unit=f"{columns[0]} on {name}")

# %% [markdown]
# What was learned: the bytes that the later pages rest on, named by their hashes; how many architectures they cover; and how far the
# accuracies of good and bad architectures are apart, which decides how much any ranking can matter.
