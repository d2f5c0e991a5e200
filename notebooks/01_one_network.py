# %% [markdown]
# # One network, scored step by step
#
# Every number of the later pages is made by the steps shown here on a single cell: from a string to a network, from a minibatch
# to the four indicators, each computed in the open and compared with the registered function.

# %% tags=["parameters"]
arch = "|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|avg_pool_3x3~0|none~1|nor_conv_3x3~2|"
batch = 64
seed = 0

# %%
import torch
from IPython.display import Markdown

import untrained
from untrained import benchmarks, codes, proxies
from untrained.benchmarks.nas_bench_201 import parse
from untrained.passes import row_correlation
from untrained.probe import Probe
from untrained.report import figures

torch.set_num_threads(1)
bench = benchmarks.get("nas_bench_digits")
how = untrained.Setting(dataset="digits", inputs="digits", batch=batch, seed=seed, options={"cj": {"batch": batch}})

# %% [markdown]
# ## From a string to a network
#
# A cell has four nodes and six edges; each edge carries one of five operations. An edge that no signal passes is dead: the
# canonical form replaces it by `none`, and equal canonical forms are the same function, bit for bit.

# %%
figures.cell_graph(parse(arch))

# %% tags=["hide-input"]
network = bench.build(arch, "digits", seed=seed)
Markdown(
    f"`{arch}`\n\nCanonical form: `{bench.canonical(arch)}`. In the reduced skeleton of the embedded bench the network has "
    f"{sum(p.numel() for p in network.parameters()):,} parameters. All 15,625 strings of the space have {len(bench.unique()):,} "
    "canonical forms."
)

# %% [markdown]
# ## One minibatch
#
# Digits placed at random on a noisy canvas: the images that the networks are later trained on. No label is needed for the four
# indicators.

# %%
inputs, targets = (torch.from_numpy(part) for part in bench.images("digits", 256))
figures.image_grid(inputs[:16, 0].numpy(), targets[:16].numpy())

# %% [markdown]
# ## Activation codes
#
# Each ReLU is a switch. One row of the picture is one image, one column one switch; two images lie in the same linear region iff
# their rows are equal.

# %%
probe = Probe(network, inputs, targets, setting=how, variants=bench.variants(arch, "digits"))
run = probe.forward()
code = torch.cat([layer for layer, _ in run.codes], dim=1)
figures.code_matrix(code.numpy())

# %% tags=["hide-input"]
kernel = sum(readers * codes.agreement(layer) for layer, readers in run.codes)
by_hand, registered = codes.log_det(kernel), proxies.get("naswot")(probe)
Markdown(
    f"$K_{{ij}}$ counts the switches on which images $i$ and $j$ agree, of {int(kernel[0, 0]):,}. $\\ln\\det K$ = {by_hand:.4f}; the registered "
    f"`naswot` gives {registered:.4f}."
)

# %% [markdown]
# ## CJ: are two images treated alike?
#
# The gradient of the summed outputs with respect to each image is one row of $J$; the correlation of the rows should be close to the
# identity.

# %%
one = probe.variant("one_output")
correlation = row_correlation(one.input_jacobian(batch))
figures.sample_matrix(correlation.numpy(), what="correlation of Jacobian rows")

# %% tags=["hide-input"]
v = torch.linalg.eigvalsh(correlation).clamp_min(0)
by_hand = -float((torch.log(v + 1e-5) + 1 / (v + 1e-5)).sum())
Markdown(f"CJ by the formula: {by_hand:.4f}; registered: {proxies.get('cj')(probe):.4f}; its bound $-B$ is {-batch}.")

# %% [markdown]
# ## CNNTK: does every sample pull its own way?
#
# The NTK holds the inner products of the samples' parameter gradients. Its condition number is the ratio of the ends of the spectrum.

# %%
kernels = []
for repeat in range(3):
    relative = probe.variant(init="kaiming_fan_out", seed=seed + 1000 * repeat)
    kernels.append(relative.kernel(32))
spectra = [torch.linalg.eigvalsh(kernel) for kernel in kernels]
figures.ntk_spectrum(spectra[0].numpy())

# %% tags=["hide-input"]
by_hand = sum(float(values[-1] / values[0]) for values in spectra) / len(spectra)
Markdown(f"Mean over three initialisations by the formula: {by_hand:.4f}; registered: {proxies.get('cnntk')(probe):.4f}.")

# %% [markdown]
# ## OS and NLR, and everything in one call
#
# Output sensitivity repeats the forward pass under noise; linear regions are counted on a reduced network with thousands of
# small patches. One call scores all proxies and shares every pass.

# %%
table = untrained.score(network, inputs, targets, setting=how, variants=bench.variants(arch, "digits"), arch=arch)
table.set_index("proxy")[["value", "status"]].round(6)

# %% [markdown]
# What was learned: each indicator is a few lines of algebra on passes that all of them share; `status` and `reason` say where a
# number does not exist, and nothing stands in for it.
