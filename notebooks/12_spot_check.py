# %% [markdown]
# # Published scores, computed again
#
# A published table is only worth what a stranger can recompute. Here random rows of the scores files are computed anew, from the
# architecture's string on, and compared with what stands in them.

# %% tags=["parameters"]
folder = "results/scores"
files = None  # scores files; None: all of the folder
count = 5  # architectures in all
tolerance = 1e-3  # relative: single precision on other instructions stays below it
seed = None  # of the choice; None: another one every time
data = "data"

# %%
from pathlib import Path

import numpy as np
import pandas as pd
from IPython.display import Markdown

from untrained import downloads, scores, scoring

paths = [Path(file) for file in files] if files else sorted(Path(folder).glob("*.parquet"))
rng = np.random.default_rng(seed)
tables = {path.stem: scores.read(path) for path in paths}
units = pd.concat([table[["arch", "seed"]].drop_duplicates().assign(file=name) for name, table in tables.items()])
chosen = units.sample(min(count, len(units)), random_state=rng)

# %% [markdown]
# ## Again
#
# Each chosen architecture is scored by every proxy that its file holds.

# %%
found, out_of_reach = [], {}
for name, part in chosen.groupby("file"):
    try:
        again = scoring.again(tables[name], list(part[["arch", "seed"]].itertuples(index=False, name=None)), data=data)
    except downloads.Missing as error:
        out_of_reach[name] = str(error).splitlines()[0]
    else:
        found.append(again.merge(tables[name], on=scores.KEYS, suffixes=("_again", "_published")).assign(file=name))
both = pd.concat(found) if found else pd.DataFrame(columns=["file", "proxy", "value_again", "value_published"])
largest = both[["value_again", "value_published"]].abs().max(axis=1)
both["difference"] = ((both["value_again"] - both["value_published"]).abs() / largest).fillna(0.0)
worst = both.groupby(["file", "proxy"])["difference"].max().unstack(0)
worst.map("{:.1e}".format)

# %% [markdown]
# ## Verdict

# %%
bad = both[(both["difference"] > tolerance) | (both["status_again"] != both["status_published"])] if len(both) else both
for name, reason in out_of_reach.items():
    display(Markdown(f"`{name}` could not be checked here: {reason}"))
if len(bad):
    raise ValueError(f"{len(bad)} of {len(both)} scores differ from the published ones:\n{bad.head(10).to_string()}")
Markdown(
    f"{len(both)} scores of {both['file'].nunique()} file(s) computed again: all within {tolerance:g}; largest difference "
    f"{both['difference'].max() if len(both) else 0:.1e}."
)

# %% [markdown]
# What was learned: whether this machine, with this code, gives the numbers that the book rests on.
