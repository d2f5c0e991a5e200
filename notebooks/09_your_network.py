# %% [markdown]
# # Score a network of your own
#
# The proxies do not care where a network comes from. Any torch module that maps inputs to logits can be scored in one call; a
# proxy that does not apply says why.

# %% tags=["parameters"]
batch = 32
seed = 0
indicator = "results/indicators/label_free.json"

# %%
from pathlib import Path

import pandas as pd
import torch
from torch import nn

import untrained
from untrained import benchmarks

torch.set_num_threads(1)
pd.options.display.max_colwidth = None
torch.manual_seed(seed)
inputs, targets = (torch.from_numpy(part) for part in benchmarks.get("nas_bench_digits").images("digits", batch))

# %% [markdown]
# ## A residual network
#
# Your weights are taken as they are, in a copy: nothing is filled, trained or changed.


# %%
class Residual(nn.Module):
    """x + conv(relu(norm(x)))."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm, self.relu = nn.BatchNorm2d(channels), nn.ReLU()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.conv(self.relu(self.norm(x)))


pool = (nn.AdaptiveAvgPool2d(1), nn.Flatten())
residual = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), Residual(16), Residual(16), nn.ReLU(), *pool, nn.Linear(16, 10))
scored = untrained.score(residual, inputs, targets, proxies=["params", "naswot", "snip", "synflow", "jacob_cov", "os"])
scored[["proxy", "value", "status", "reason"]]

# %% [markdown]
# `os` asks for more inputs than were given and says so: a smaller batch would be another measurement. The number it needs is a
# parameter of the proxy, and so it is for `cnntk`.

# %%
how = untrained.Setting(init=None, batch=batch, options={"os": {"batch": batch}, "cnntk": {"batch": batch}})
untrained.score(residual, inputs, targets, proxies=["os"], setting=how)[["proxy", "value", "status", "reason"]]

# %% [markdown]
# ## Networks that some proxies cannot read
#
# Activation codes need rectifiers, linear regions of a reduced network need that network, and some proxies need normalisation layers
# or feature maps. Below, one row per proxy and the reason wherever there is no value.

# %%
networks = {
    "residual": residual,
    "mlp": nn.Sequential(nn.Flatten(), nn.Linear(144, 64), nn.ReLU(), nn.Linear(64, 10)),
    "gelu": nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.GELU(), *pool, nn.Linear(8, 10)),
    "no norm": nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.ReLU(), *pool, nn.Linear(8, 10)),
}
tables = [untrained.score(network, inputs, targets, setting=how, arch=name) for name, network in networks.items()]
found = pd.concat(tables, ignore_index=True)
found.pivot(index="proxy", columns="arch", values="value")[list(networks)].map("{:.4g}".format).replace("nan", "–")

# %%
without = found[found["status"] != "ok"]
without.groupby(["proxy", "status", "reason"])["arch"].agg(", ".join).reset_index()

# %% [markdown]
# ## One value, and how far to trust it
#
# A fusion that was fitted before (*Indicators to use*) joins as one more row. A network alone has its place among the scored
# architectures of a benchmark; the reason says of which, how well such places order a benchmark that the weights have not seen, and what
# was measured otherwise here.

# %%
alone = untrained.score(residual, inputs, targets, proxies=["params"], setting=how, fused=indicator)
alone[["proxy", "value", "status", "reason"]].tail(1)

# %% [markdown]
# Candidates of one space are better ranked among each other: score them all, and fuse the table.


# %%
def candidate(width: int, depth: int) -> nn.Module:
    blocks = [Residual(width) for _ in range(depth)]
    return nn.Sequential(nn.Conv2d(1, width, 3, padding=1), *blocks, nn.ReLU(), *pool, nn.Linear(width, 10))


candidates = {f"width {width}, depth {depth}": candidate(width, depth) for width in (4, 8, 16) for depth in (1, 3)}
tables = [untrained.score(one, inputs, targets, setting=how, arch=name) for name, one in candidates.items()]
untrained.fused(pd.concat(tables), indicator).sort_values(f"fused:{Path(indicator).stem}", ascending=False)

# %% [markdown]
# What was learned: one call scores anything that gives logits, and a missing value comes with its reason. How far a score can be trusted
# to rank *your* networks is another question: the correlation pages and the sentence beside a fused value answer it for the spaces of the
# benchmarks only.
