# %% [markdown]
# # NASWOT taken apart
#
# NASWOT is a sum of two things: how many rectifiers a network has, and how well their codes tell inputs apart. The size of the
# minibatch sets the rate between them, which nobody chose. Here the parts are judged alone and put together by other rules.

# %% tags=["parameters"]
benchmark = "nas_bench_digits"
dataset = "digits"
scores = "results/scores/nas_bench_digits-digits.parquet"
data = "data"
out = "work/das.parquet"
accuracy = "test_acc"  # column of the benchmark's table that counts as the truth
unique_only = True  # without, the full set is judged too
group_mode = "equal"  # groups of equal N_A; quantile: bins of close N_A
bins = 20
n_train = 100  # labels of the one rule that is fitted
repeats = 20
bootstrap = 1000
level = 0.95
seed = 0
networks = 3  # on which the identity is computed from scratch

# %%
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from IPython.display import Markdown

from untrained import benchmarks, codes, shards
from untrained import scores as score_tables
from untrained.fusion import das
from untrained.probe import Probe
from untrained.report import size_tables
from untrained.report.figures import distinguish as figures
from untrained.report.tables import decade
from untrained.setting import Setting
from untrained.stats.control import control
from untrained.stats.size_groups import by_quantile

found = score_tables.read(scores)
bench = benchmarks.get(benchmark, data)
setting = Setting(**found.attrs["setting"])
batch = setting.options.get("naswot", {}).get("batch", setting.batch)
wide = score_tables.wide(found).filter(items=[*das.PARTS, "distinguish_layers"])
table = benchmarks.by_form(bench, dataset).loc[wide.index]
truth = table[accuracy]
how = {"n": bootstrap, "level": level, "seed": seed}

# %% tags=["hide-input"]
Markdown(
    f"Benchmark `{benchmark}` ({dataset}), {len(wide)} architectures, unique set; truth: `{accuracy}`; codes of B = {batch} inputs "
    f"(`{setting.inputs}`), norm mode `{setting.norm}`, {found['seed'].nunique()} seed(s) of weights. N_A takes {wide['n_activations'].nunique()} "
    f"values; {wide['distinguish'].isna().sum()} architectures have no D, since two inputs share a code there: they rank last."
)

# %% [markdown]
# ## The sum
#
# With $K$ the number of units on which two inputs agree, $\ln\det K = B \ln N_A + \ln\det (K / N_A)$, or WOT = B A + D. The
# largest relative difference between the two sides, from the codes of networks built anew, each determinant computed by itself:

# %%
inputs = torch.from_numpy(bench.images(dataset, batch)[0])
errors = []
for arch in wide.dropna().index[:networks]:
    read = Probe(bench.build(arch, dataset, **setting.skeleton), inputs, setting=setting).forward(batch).codes
    kernel, units = sum(n * codes.agreement(code) for code, n in read), sum(n * code.shape[1] for code, n in read)
    both = codes.log_det(kernel), batch * np.log(units) + codes.log_det(kernel / units)
    errors.append(abs(both[0] - both[1]) / abs(both[0]))
recorded = (wide["naswot"] - das.candidates(wide, batch)["R0"]).abs() / wide["naswot"].abs()
worst = decade(max([*errors, recorded.max()]))
Markdown(f"At most {worst:.0e}, on {len(errors)} networks built anew and between the recorded columns of all {len(wide)}.")

# %% [markdown]
# ## The rules

# %%
rules = das.compare(wide, truth, batch, **how)
labelled = das.fitted(wide, truth, n_train=n_train, repeats=repeats, seed=seed)
inside = control(
    das.candidates(wide, batch).assign(n_activations=wide["n_activations"]),
    truth,
    wide["n_activations"] if group_mode == "equal" else by_quantile(wide["n_activations"], bins),
    size="n_activations",
    **how,
).rename(columns={"proxy": "rule"})
inside = inside[inside["quantity"].isin(["within", "entanglement", "partial"])]
result = pd.concat([rules, labelled, inside], ignore_index=True).assign(set="unique")
figures.rule_dots(result)

# %%
size_tables.rule_table(result[result["metric"].isna() | (result["quantity"] == "within")])

# %% tags=["hide-input"]
tau = result[result["quantity"] == "tau"].set_index("rule")["value"]
factor = result[result["quantity"] == "factor"].set_index("rule")
better, worse = ([f"`{name}`" for name in factor.index[mask]] for mask in (factor["low"] > 1, factor["high"] < 1))
alone = inside[(inside["quantity"] == "within") & (inside["rule"] == "R1")].iloc[0]
Markdown(
    f"NASWOT reaches a tau of {tau['R0']:.3f}; D alone {tau['R1']:.3f}, the number of units alone {tau['R2']:.3f}. Above NASWOT with the whole "
    f"interval: {', '.join(better) or 'none'}; below it: {', '.join(worse) or 'none'}. Among networks with {'equally many' if group_mode == 'equal' else 'about as many'} units, in {alone['groups']:.0f} "
    f"groups, D has a tau of {alone['value']:.3f} [{alone['low']:.3f}, {alone['high']:.3f}]."
)

# %% [markdown]
# ## The rate this space would choose
#
# λ is chosen by validation accuracy where there is one beside the truth. It is meant for other spaces: here it has seen its judge's
# close relative.

# %% tags=["hide-input"]
judge = "valid_acc" if accuracy != "valid_acc" and table.get("valid_acc", truth * float("nan")).notna().all() else accuracy
chosen = das.choose(wide, table[judge], batch)
result["chosen"] = result["rule"] == das.weighted_rule(chosen)
own = factor.loc[das.weighted_rule(chosen)]
Markdown(
    f"By `{judge}` the space chooses λ = {chosen:g}, of {', '.join(f'{weight:g}' for weight in das.WEIGHTS)}; on itself, where it was chosen, the factor over "
    f"NASWOT is {own['value']:.3f} [{own['low']:.3f}, {own['high']:.3f}]."
)

# %% [markdown]
# ## The full set

# %%
pieces = [result]
if not unique_only:
    full, whole = benchmarks.spread(bench, dataset, wide)
    forms = [bench.canonical(arch) for arch in full.index]
    pieces.append(das.compare(full, whole[accuracy], batch, groups=forms, **how).assign(set="full"))
error = pd.DataFrame([{"rule": "R0", "quantity": "identity", "value": worst, "n": len(wide), "set": "unique"}])
written = shards.write(
    pd.concat([*pieces, error], ignore_index=True).assign(benchmark=benchmark, dataset=dataset, batch=batch), Path(out)
)
Markdown("Only unique forms were trained or scored here.") if unique_only else size_tables.rule_table(pieces[-1])

# %% [markdown]
# What was learned: whether the rate that the minibatch sets is a good one here, and what is left of the codes once the number of
# units is fixed.
