"""VKDNW: the spectrum of the Fisher information of a few weights."""

import torch
from jaxtyping import Float
from torch import Tensor

from untrained.probe import Probe
from untrained.proxies import Undefined, proxy
from untrained.registry import suggest


def factor(p: Float[Tensor, "... c"]) -> Float[Tensor, "... c c"]:
    """Lower-triangular L with L L' = diag(p) - p p', in closed form: that matrix is singular.

    L_jj = sqrt(p_j t_j / t_(j-1)), L_ij = - p_i L_jj / t_j for i > j, with t_j = 1 - p_1 - ... - p_j.

    >>> L = factor(torch.tensor([0.5, 0.5]))
    >>> L @ L.T
    tensor([[ 0.2500, -0.2500],
            [-0.2500,  0.2500]])
    """
    rest = 1 - p.cumsum(-1)
    rest = torch.cat([rest[..., :-1], torch.zeros_like(rest[..., :1])], -1)
    before = torch.cat([torch.ones_like(rest[..., :1]), rest[..., :-1]], -1)
    diagonal = (p * rest / before).sqrt()
    ratio = torch.where(rest > 0, diagonal / rest, 0)
    return torch.tril(-p[..., :, None] * ratio[..., None, :], -1) + torch.diag_embed(diagonal)


def decile_entropy(values: Tensor, k: float = 1e-10) -> float:
    """- sum r ln(r + k) with r the normalised nine deciles of the values; at most ln 9, where all are equal.

    >>> round(decile_entropy(torch.ones(20)), 4)
    2.1972
    """
    values = values.double()
    deciles = torch.quantile(values, torch.linspace(0.1, 0.9, 9, dtype=values.dtype, device=values.device))
    r = deciles / deciles.sum()
    return -float((r * torch.log(r + k)).sum())


KINDS = ("released", "fisher")


@proxy(better="higher", needs=("entry_jacobian",), passes="1F + C B", cite="tybl2025vkdnw", relative=True)
def vkdnw_entropy(
    probe: Probe, *, batch: int | None = None, count: int = 128, smoothing: float = 0.05, kind: str = "released"
) -> float:
    """Entropy of the deciles of the spectrum of the Fisher information of `count` weights.

    J_i = d logits of sample i / d (first entry of each of the first `count` parameter tensors);
    p_i = (1 - a) softmax + a / C;  L_i L_i' = diag(p_i) - p_i p_i';  F = mean_i (M_i J_i)'(M_i J_i);
    q = deciles of the singular values of F, r = q / sum q;  entropy = - sum r ln(r + 1e-10) <= ln 9.

    Conventions: `kind="fisher"` takes M = L', the Fisher information; `"released"` M = L, as the authors' code does.
    Running statistics (0 and 1 in a fresh network), so that a row belongs to one sample; the minibatch itself, not noise.
    Undefined when: nine deciles of 0: most weights do not reach the output; a parameter of a layer without a rule.
    """
    if kind not in KINDS:
        raise ValueError(f"Unknown kind {kind!r} of vkdnw. {suggest(kind, KINDS)}")
    logits, jacobian = (part.double() for part in probe.variant(norm="running").entry_jacobian(count, batch))
    p = (1 - smoothing) * logits.softmax(1) + smoothing / logits.shape[1]
    L = factor(p)
    rows = (L if kind == "released" else L.mT) @ jacobian
    values = torch.linalg.eigvalsh(torch.einsum("ncp,ncq->pq", rows, rows) / len(rows)).clamp_min(0)
    if not float(values.sum()) > 0:
        raise Undefined("no gradient reaches the chosen weights")
    return decile_entropy(values)


@proxy(better="higher", passes="none", cite="tybl2025vkdnw")
def vkdnw_dim(probe: Probe) -> float:
    """Number of trainable parameter tensors: "trainable layers", the size part of VKDNW."""
    return float(sum(p.requires_grad for p in probe.network.parameters()))


@proxy(better="higher", needs=("entry_jacobian",), passes="1F + C B", cite="tybl2025vkdnw", relative=True)
def vkdnw(
    probe: Probe, *, batch: int | None = None, count: int = 128, smoothing: float = 0.05, kind: str = "released"
) -> float:
    """VKDNW: `vkdnw_dim` + `vkdnw_entropy`: size first, the entropy (below ln 9) among networks of equal size.

    Undefined when: `vkdnw_entropy` is.
    """
    entropy = vkdnw_entropy.function(probe, batch=batch, count=count, smoothing=smoothing, kind=kind)
    return vkdnw_dim.function(probe) + entropy
