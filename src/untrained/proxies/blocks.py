"""AZ-NAS: what each block of a network does to the spectrum of features and of gradients."""

from statistics import fmean

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pixel_unshuffle

from untrained.probe import Probe
from untrained.proxies import Undefined, proxy
from untrained.registry import suggest

INPUTS = ("noise", "minibatch")
"""What the features are made of: N(0, 1) numbers, as in the published run, or the images themselves."""


def spectral_entropy(features: Float[Tensor, "n c *positions"], k: float = 1e-8) -> float:
    """- sum_j p_j ln(p_j + k) of the normalised eigenvalues of the covariance of channels, over samples and positions.

    >>> round(spectral_entropy(torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])), 5)  # ln 2
    0.69315

    Raises:
        Undefined: every channel is constant.
    """
    rows = features.detach().transpose(0, 1).flatten(1).double()
    rows = rows - rows.mean(1, keepdim=True)
    values = torch.linalg.eigvalsh(rows @ rows.T).clamp_min(0)
    if not float(values.sum()) > 0:
        raise Undefined("a feature map is constant")
    p = values / values.sum()
    return -float((p * torch.log(p + k)).sum())


def _entropies(probe: Probe, batch: int | None, inputs: str) -> list[float]:
    return [spectral_entropy(output) for *_, output in _blocks(probe, batch, inputs)]


def _blocks(probe: Probe, batch: int | None, inputs: str) -> list[tuple[str, Tensor, Tensor]]:
    if inputs not in INPUTS:
        raise ValueError(f"Unknown inputs {inputs!r}. {suggest(inputs, INPUTS)}")
    blocks = (probe.noise_forward(batch) if inputs == "noise" else probe.forward(batch)).blocks
    if len(blocks) < 2:
        raise Undefined("needs the network's method blocks(): names of the stem and of the blocks that follow it")
    return blocks


@proxy(better="higher", needs=("noise_forward", "forward"), passes="1F", cite="lee2024aznas")
def expressivity(probe: Probe, *, batch: int | None = None, inputs: str = "noise") -> float:
    """AZ-NAS expressivity: sum over primary features of their spectral entropy.

    s_l = - sum_j p_j ln(p_j + 1e-8), p = normalised eigenvalues of the channel covariance of f_l over samples and positions;
    score = sum_l s_l.

    Conventions: primary features are the maps after the stem and after each block of the network's `blocks()`; x ~ N(0, 1)
    in the shape of the minibatch, as in the published run on NAS-Bench-201; `inputs="minibatch"`: the minibatch itself.
    Undefined when: no `blocks()`, or a constant map.
    """
    return sum(_entropies(probe, batch, inputs))


@proxy(better="higher", needs=("noise_forward", "forward"), passes="1F", cite="lee2024aznas")
def progressivity(probe: Probe, *, batch: int | None = None, inputs: str = "noise") -> float:
    """AZ-NAS progressivity: the smallest step of the spectral entropy from one primary feature to the next.

    min_l (s_l - s_(l-1)), s_l and its inputs as for `expressivity`. Smooth images have few directions at the stem and gain
    some in every block, noise has all of them at once: the two are different measurements.

    Undefined when: no `blocks()`, or a constant map.
    """
    found = _entropies(probe, batch, inputs)
    return min(after - before for before, after in zip(found[:-1], found[1:], strict=True))


@proxy(better="higher", needs=("noise_forward", "forward"), passes="1F + draws B", cite="lee2024aznas")
def trainability(probe: Probe, *, batch: int | None = None, draws: int = 1, inputs: str = "noise") -> float:
    """AZ-NAS trainability: how close each block's backward map is to keeping a gradient's size.

    Random signs g_out go backwards through one block alone: g_in.  A = g_in' g_out / (samples x positions), sigma its
    largest singular value;  score = mean over blocks of 2 - sigma - 1 / (sigma + 1e-6) <= 0.

    Conventions: every block of `blocks()` but the stem; inputs as for `expressivity`; where a block shrinks the map g_in is
    pixel-unshuffled to its size.
    Undefined when: no `blocks()`; no gradient passes a block; a block is the identity (published code gives -inf).
    """
    chain = _blocks(probe, batch, inputs)[:0:-1]
    return fmean(
        _block_score(probe, source, output, f"bernoulli{index}" + (f".{draw}" if draw else ""))
        for draw in range(draws)
        for index, (_, source, output) in enumerate(chain)
    )


def _block_score(probe: Probe, source: Tensor, output: Tensor, name: str) -> float:
    g_out = probe.signs(name, output.shape)
    (g_in,) = torch.autograd.grad(output, source, g_out, retain_graph=True, allow_unused=True, materialize_grads=True)
    factor = g_in.shape[-1] // g_out.shape[-1]
    if g_in.shape[2:] != tuple(factor * side for side in g_out.shape[2:]):
        raise Undefined(
            f"a block maps {tuple(g_in.shape[2:])} positions to {tuple(g_out.shape[2:])}, no whole number of them to one"
        )
    if torch.equal(g_in, g_out) if g_in.shape == g_out.shape else False:
        raise Undefined("a block is the identity")
    sigma = largest_singular_value(pixel_unshuffle(g_in, factor), g_out)
    return 2 - sigma - 1 / (sigma + 1e-6)


def largest_singular_value(g_in: Float[Tensor, "n a h w"], g_out: Float[Tensor, "n b h w"]) -> float:
    """Of A = g_in' g_out / (samples x positions), gradients as rows of channels."""
    left, right = (g.transpose(0, 1).flatten(1).double() for g in (g_in, g_out))
    return float(torch.linalg.matrix_norm(left @ right.T / left.shape[1], 2))
