# %% [markdown]
# # Our values beside independent implementations
#
# A proxy is easily written a little wrong, and a little wrong still correlates. So every proxy for which published code exists is
# compared with figures which that code gave, on the same networks, weights and inputs.

# %% tags=["parameters"]
file = "tests/definitions/proxies_nb201.json"
archs = []  # networks by name; all of the file where none is named
configs = []  # sizes of the network: small, full; all where none is named
out = "work/reference.parquet"

# %%
import json
from pathlib import Path

from IPython.display import Markdown

from untrained import proxies, shards
from untrained.reference import ASKED, Reference, summary
from untrained.report import figures, tables

content = json.loads(Path(file).read_text())
for part, names in (("archs", archs), ("configs", configs)):
    content[part] = {name: content[part][name] for name in names or content[part]}
reference = Reference(content)

# %% tags=["hide-input"]
sizes = [
    f"`{name}`: {size['C']} channels, {size['N']} cell{'s' * (size['N'] > 1)} per stage, images of "
    f"{' x '.join(map(str, size['image']))}, batch {size['batch']}"
    for name, size in content["configs"].items()
]
Markdown(
    f"{len(content['archs'])} cell{'s' * (len(content['archs']) > 1)} of NAS-Bench-201 in {len(sizes)} size{'s' * (len(sizes) > 1)} ({'; '.join(sizes)}). "
    "Weights and inputs follow from a rule of names and numbers, so both sides have the same bits before they start."
)

# %% [markdown]
# ## Every figure
#
# In float64 two correct computations differ by rounding alone, and a relative error of at most $10^{-6}$ is asked; in float32 at
# most $10^{-4}$. Where float32 itself decides a figure, as when a rectifier's input lies within rounding of 0, more is allowed, and
# how much is measured: as far as the authors' own float32 is from their float64 (*authors*), or as far as the figure moves when
# weights and inputs move by a few roundings (*rounding*). Our own float32 has no say in it.

# %%
table = reference.table()
found = summary(table)
found["within"] = found.pop("worst").map(tables.decade)
figures.reference_dots(found)

# %%
tables.reference_table(found)

# %% tags=["hide-input"]
numbers, more = int(table["error"].notna().sum()), found[found["more"] != ""]
broken = [f"`{name}`" for name in dict.fromkeys(found.loc[~found["hold"], "proxy"])]
faulty = sum(len(part) for arch in content["archs"].values() for key, part in arch.items() if "not_to_match" in key)
coarse = found.query("precision == 'float64' and within > @tables.LEAST")["proxy"].unique()
named = ", ".join(f"`{row['proxy']}` ({row['config']}; {row['more'].replace(', ', ' and ')})" for _, row in more.iterrows())
Markdown(
    f"{len(table)} figures compared, {numbers} of them numbers on both sides; outside what is allowed: {', '.join(broken) or 'none'}. "
    f"More than what is asked ({', '.join(f'{name} {error:.0e}' for name, error in ASKED.items())}) had to be allowed in float32 for: "
    f"{named or 'none'}. In float64 more than {tables.LEAST:.0e} apart: {', '.join(f'`{name}`' for name in coarse) or 'none'}, "
    "whose authors' code rounds to float32 at its end. "
    f"Not compared: {faulty} figures of code with a known fault, which the file keeps so that the fault is recognised."
)

# %% [markdown]
# The proxy is compared as its authors compute it; a word after the comma says where that is not the proxy of our tables: *thin*
# on their thin network, *counted twice* and *nested* with the modules that their hooks meet twice, *half normalised* on a network
# that has lost some of its normalisation.
#
# ## Whose code

# %%
compared = table.assign(peer=table["figure"].str.partition("/")[0]).groupby("peer")
codes = compared.agg(figures=("figure", "size"), proxies=("proxy", lambda names: ", ".join(sorted(set(names)))))
codes.insert(0, "commit", codes.index.map(content["peers"]))
tables.Table(codes.rename_axis("code").reset_index(), "Published code behind the figures")

# %% tags=["hide-input"]
alone = sorted(set(proxies.names()) - {name.partition(",")[0] for name in found["proxy"]})
Markdown(
    f"No figure of published code is here for {len(alone)} proxies: {', '.join(f'`{name}`' for name in alone)}. Like all others "
    "they are held by the tests to their formula, written out slowly."
)

# %% [markdown]
# ## Keep it

# %%
written = shards.write(found, Path(out))

# %% [markdown]
# What was learned: where authors' code and this package compute the same thing, they agree to rounding; which proxies rest on
# their formula alone is said above.
