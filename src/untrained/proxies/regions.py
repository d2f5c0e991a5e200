"""Proxies that count linear regions."""

from math import exp
from statistics import fmean

import numpy as np
import torch
from torch import Tensor

from untrained.codes import distinct_codes, distinct_rows_of_bytes, pattern_keys, record
from untrained.probe import Probe
from untrained.proxies import Undefined, proxy
from untrained.registry import suggest


def crops(inputs: Tensor, count: int, positions: Tensor, *, side: int = 3) -> Tensor:
    """`count` patches (count, 1, side, side) of the first channel, at places in [0, 1)^2 given by `positions` (count, 2).

    Patch k is cut from input k modulo the number of inputs.
    """
    patches = inputs[:, :1].unfold(2, side, 1).unfold(3, side, 1)[:, 0]
    rows, columns = (positions * torch.tensor(patches.shape[1:3], dtype=positions.dtype)).long().T
    return patches[torch.arange(count) % len(inputs), rows, columns][:, None]


@proxy(better="higher", needs=("forward",), passes="3F of the reduced network", cite="chen2021tenas", relative=True)
def nlr(
    probe: Probe,
    *,
    network: str = "reduced",
    inputs: str = "data_crop",
    samples: int = 3000,
    chunk: int = 1000,
    repeats: int = 3,
    init: str | None = "kaiming_fan_in",
    batch: int | None = None,
) -> float:
    """Number of linear regions (NLR): distinct activation codes met by the samples.

    c_iu = 1 iff ReLU unit u is on for sample i;  NLR = number of distinct rows of c, mean over `repeats` initialisations.

    Conventions: on the variant `reduced` (one cell, one channel, no stem), on `samples` patches of 1 x 3 x 3 pixels
    (`data_crop`, or `gaussian`), normalised in chunks of `chunk`. `network="full"` counts on the probe's own minibatch,
    where the number saturates at the batch.
    Undefined when: the network has no ReLU.
    """
    return sum(_regions(probe, network, inputs, samples, chunk, init, 1000 * r, batch) for r in range(repeats)) / repeats


def _regions(
    probe: Probe, network: str, inputs: str, samples: int, chunk: int, init: str | None, offset: int, batch: int | None
) -> int:
    seed = probe.setting.seed + offset
    if network == "full":
        codes = [code for code, _ in probe.variant(init=init, seed=seed).forward(batch).codes]
    elif network == "reduced":
        relative = probe.variant("reduced", init=init, seed=seed)
        data = _samples(relative, inputs, samples)
        pieces = [record(relative.network, piece) for piece in data.split(chunk)]
        codes = [torch.cat(layer) for layer in zip(*pieces, strict=True)]
    else:
        raise ValueError(f"Unknown network {network!r} for linear regions. {suggest(network, ['reduced', 'full'])}")
    if not codes:
        raise Undefined("no ReLU in this network")
    return distinct_codes(torch.cat(codes, 1))


def _samples(probe: Probe, inputs: str, count: int) -> Tensor:
    if inputs == "gaussian":
        return probe.noise("nlr.gaussian", (count, 1, 3, 3))
    if inputs == "data_crop":
        uniform = torch.special.ndtr(probe.noise("nlr.places", (count, 2))).clamp_max(1 - 1e-6)
        return crops(probe.inputs(len(probe.pool)), count, uniform)
    raise ValueError(f"Unknown inputs {inputs!r} for linear regions. {suggest(inputs, ['data_crop', 'gaussian'])}")


@proxy(better="higher", needs=("forward",), passes="1F", cite="peng2024swap")
def swap(probe: Probe, *, batch: int | None = None, units: str = "maps", init: str | None = None, repeats: int = 1) -> float:
    """SWAP score: distinct patterns of ReLU units over the samples, that is distinct columns of the code matrix.

    Conventions: ReLUs with (n, c, h, w) inputs, or with `units="all"` every ReLU; at most 2^B patterns, so batches of 32
    and more never saturate. `init` draws other weights for each of `repeats` (None: the probe's own, once), and the
    mean is taken. The published protocol is batch 16, `gaussian`, 32 repeats.
    Undefined when: no such ReLU.
    """
    if init is None:
        return float(_patterns(probe, batch, units))
    seeds = (probe.setting.seed + 1000 * repeat for repeat in range(repeats))
    return fmean(_patterns(probe.variant(init=init, seed=seed), batch, units) for seed in seeds)


@proxy(better="higher", needs=("forward",), passes="1F", cite="peng2024swap")
def swap_reg(probe: Probe, *, mu: float = 25.0, sigma: float = 25.0, batch: int | None = None) -> float:
    """Regularised SWAP score: `swap` times exp(-(P - mu)^2 / sigma), with P the number of parameters in thousands.

    Conventions: divided by sigma, not by 2 sigma^2; mu and sigma in thousands of parameters of the network that is scored.
    The default is the published one of the ImageNet search; a space of other sizes needs its own, or this is a bell around
    a size that no network has.
    Undefined when: `swap` is, or the bell is 0 in double precision.
    """
    bell = size_bell(sum(p.numel() for p in probe.network.parameters() if p.requires_grad) / 1e3, mu, sigma)
    if bell == 0:
        raise Undefined(f"the size is too far from mu = {mu:g} thousand parameters: set its parameters mu and sigma")
    return _patterns(probe, batch, "maps") * bell


def size_bell(thousands: float, mu: float, sigma: float) -> float:
    """The regulariser exp(-(P - mu)^2 / sigma).

    >>> round(size_bell(1.0, 0.9, 0.9), 6)
    0.98895
    """
    return exp(-((thousands - mu) ** 2) / sigma)


def _patterns(probe: Probe, batch: int | None, units: str) -> int:
    if units not in ("maps", "all"):
        raise ValueError(f"Unknown units {units!r} of swap. {suggest(units, ['maps', 'all'])}")
    run = probe.forward(batch)
    calls = zip(run.codes, run.relus, strict=True)
    keys = [pattern_keys(code) for (code, _), (relu, _) in calls if units == "all" or relu.ndim == 4]
    if not keys:
        raise Undefined(
            "no ReLU on maps (n, c, h, w): set its parameter units to 'all'" if run.codes else "no ReLU in this network"
        )
    return distinct_rows_of_bytes(np.concatenate(keys))
