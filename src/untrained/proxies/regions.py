"""Proxies that count linear regions."""

import torch
from torch import Tensor

from untrained.codes import distinct_codes, record
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


@proxy(better="higher", needs=("forward",), passes="3F of the reduced network", cite="chen2021tenas")
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
        return crops(probe.pool, count, uniform)
    raise ValueError(f"Unknown inputs {inputs!r} for linear regions. {suggest(inputs, ['data_crop', 'gaussian'])}")
