# %% [markdown]
# # The verdict on every claim
#
# A claim of a paper is a function here: it reads result tables and says whether they support the sentence. It can come out either
# way, and a claim whose data are not at hand says so.

# %% tags=["parameters"]
results = "results"
out = "results/claims.json"
headline = "results/headline.svg"
benchmark = "nas_bench_digits"

# %%
from pathlib import Path

import pandas as pd
from IPython.display import Markdown

from untrained import claims, provenance
from untrained.fusion import FusionIndicator
from untrained.report import figures, tables

files = {name: Path(results, f"{name}.parquet") for name in claims.needed()}
found = {name: pd.read_parquet(path) for name, path in files.items() if path.exists()}
rows = claims.judge(found)

# %% tags=["hide-input"]
verdicts = pd.Series([row["verdict"] for row in rows]).value_counts()
Markdown(f"{len(rows)} claims: " + ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items()) + ".")

# %%
tables.claims_table(rows)

# %% [markdown]
# ## Keep them
#
# Each row gets the hash of the data and of the code behind it, and the commit that made it. The landing page of the book is this file.

# %%
provenance.release(rows, Path(out))

# %% [markdown]
# ## The figure of the first page

# %%
splits = found[f"fusion/{benchmark}-splits"]
shown = splits[splits["method"].str.contains("@") | splits["method"].isin([*FusionIndicator().indicators, "params"])]
picture = figures.fusion_dots(shown)
Path(headline).parent.mkdir(parents=True, exist_ok=True)
picture.save(Path(headline))
picture

# %% [markdown]
# What was learned: the table is the artifact's answer; a verdict that changes makes `make verify` fail.
