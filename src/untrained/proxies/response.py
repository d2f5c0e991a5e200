"""Proxies of correlations between responses: of channels within a map, of samples within a layer."""

from itertools import groupby
from math import inf

import torch
from jaxtyping import Float
from torch import Tensor

from untrained.probe import Probe
from untrained.proxies import Undefined, proxy
from untrained.registry import suggest


def smallest_eigenvalues(maps: Float[Tensor, "m c h w"]) -> Tensor:
    """Smallest eigenvalue of each map's correlation between channels; a correlation with a constant channel counts as 0.

    >>> smallest_eigenvalues(torch.tensor([[[[1.0, 2.0, 4.0]], [[0.0, 0.0, 0.0]]]]))
    tensor([0.], dtype=torch.float64)
    """
    rows = maps.double().flatten(2)
    rows = rows - rows.mean(2, keepdim=True)
    rows = torch.nan_to_num(rows / torch.linalg.vector_norm(rows, dim=2, keepdim=True), nan=0.0, posinf=0.0, neginf=0.0)
    return torch.linalg.eigvalsh(rows @ rows.mT)[:, 0]


@proxy(better="higher", needs=("forward",), passes="1F", cite="jiang2023meco")
def meco(probe: Probe, *, batch: int | None = None) -> float:
    """MeCo: sum over maps of the smallest eigenvalue of the correlation between channels, for one sample.

    Conventions: the first sample of the minibatch, normalised with all of it; maps of every module without children,
    identities left out, each call once; an undefined correlation counts as 0.
    Undefined when: no module gives maps (n, c, h, w).
    Differs from: the reference code, which counts containers beside their last member, so that its value depends on how the
    code is nested, and which scores one random image of 64 x 64.
    """
    maps = sorted(probe.forward(batch).maps, key=lambda found: tuple(found.shape))
    if not maps:
        raise Undefined("no maps (n, c, h, w) in this network")
    stacks = (torch.stack(list(same)) for _, same in groupby(maps, key=lambda found: tuple(found.shape)))
    return sum(float(smallest_eigenvalues(stack).sum()) for stack in stacks)


PARTS = ("both", "activations", "gradients")


@proxy(better="higher", needs=("forward", "relu_responses", "relu_gradients"), passes="1F+1B", cite="jing2025wrcor")
def wrcor(probe: Probe, *, batch: int | None = None, parts: str = "both", weighted: bool = True) -> float:
    """Weighted response correlation: ln det of the samples' correlations at every ReLU, summed.

    K = sum_l w_l ( |corr a_l| + |corr b_l| ), a_l = input of ReLU l, b_l = gradient of the mean loss with respect to it, one
    row per sample, corr = Pearson between rows;  score = ln det K.

    Conventions: w_l = 2^(index of the block that holds l, the first after the stem 0), 2^(number of blocks) after all;
    every ReLU module counts; a term with an undefined correlation is left out. `parts` is `activations`, `gradients` or
    `both`; `weighted=False` takes w_l = 1.
    Undefined when: no ReLU; K is singular; `weighted` and the network has no `blocks()`; no labels, save for activations.
    Differs from: the published code, which multiplies the scores of split batches.
    """
    if parts not in PARTS:
        raise ValueError(f"Unknown parts {parts!r} of wrcor. {suggest(parts, PARTS)}")
    sides = [probe.relu_responses(batch)] if parts != "gradients" else []
    run = probe.forward(batch)
    if weighted and not run.blocks:
        raise Undefined("needs the network's method blocks(), or its parameter weighted=False")
    blocks = [name for name, *_ in run.blocks]
    weights = [sum(_weight(reader, blocks) if weighted else 1 for reader in readers) for _, readers in run.relus]
    sides += [probe.relu_gradients(batch)] if parts != "activations" else []
    terms = [w * correlation.abs() for side in sides for w, correlation in zip(weights, side, strict=True)]
    return log_det_of_sum([term for term in terms if not term.isnan().any()])


def log_det_of_sum(terms: list[Tensor]) -> float:
    """Ln det of a sum of matrices.

    Raises:
        Undefined: there is no term, or the sum is singular.
    """
    if not terms:
        raise Undefined("no ReLU with a defined correlation between samples")
    total = sum(terms[1:], terms[0])
    value = float(torch.linalg.slogdet(total)[1])
    if value == -inf or torch.linalg.matrix_rank(total, hermitian=True) < len(total):
        raise Undefined("the sum of correlations is singular: two inputs get the same responses")
    return value


def _weight(reader: str, blocks: list[str]) -> float:
    """2^(index of the block that holds a module); after all blocks 2^(their number without the stem)."""
    holders = (index for index, block in enumerate(blocks) if reader == block or reader.startswith(f"{block}."))
    return 2.0 ** (max(next(holders, len(blocks)), 1) - 1)
