"""Per-sample gradients layer by layer, their Gram matrices and spectra, in float64."""

from collections.abc import Callable, Iterable, Iterator

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from untrained import passes

Call = tuple[str, nn.Module, Tensor, Tensor]
"""One call of a layer: its name, the layer, its input and the gradient of its output."""

Rule = Callable[[nn.Module, Tensor, Tensor], Tensor]
"""From a layer, its input x (n, ...) and its output's gradient q (n, ...) to its weight's per-sample gradients (n, p)."""

RULES: dict[type[nn.Module], Rule] = {}
"""Rules by layer type."""


def rule(*types: type[nn.Module]) -> Callable[[Rule], Rule]:
    """Register the per-sample rule of layer types."""

    def register(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(types, function))
        return function

    return register


@rule(nn.Linear)
def _linear(layer: nn.Module, x: Tensor, q: Tensor) -> Tensor:
    x, q = x.reshape(len(x), -1, x.shape[-1]), q.reshape(len(q), -1, q.shape[-1])
    return torch.einsum("nto,nti->noi", q, x).flatten(1)  # n samples, t tokens, o outputs, i inputs


@rule(nn.Conv1d, nn.Conv2d)
def _convolution(layer: nn.Module, x: Tensor, q: Tensor) -> Tensor:
    patches = _patches(layer, x).unflatten(1, (layer.groups, -1))
    return torch.einsum("ngol,ngil->ngoi", q.flatten(2).unflatten(1, (layer.groups, -1)), patches).flatten(1)
    # n samples, g groups, o output channels, l positions, i weights that feed one channel


def _patches(layer: nn.Module, x: Tensor) -> Float[Tensor, "n i l"]:
    """What each output position of a convolution sees."""
    mode = "constant" if layer.padding_mode == "zeros" else layer.padding_mode
    x = F.pad(x, layer._reversed_padding_repeated_twice, mode=mode)
    sizes = layer.kernel_size, layer.dilation, layer.stride
    if x.ndim == 3:
        x, sizes = x[:, :, None], [(1, *size) for size in sizes]
    kernel, dilation, stride = sizes
    return F.unfold(x, kernel, dilation=dilation, stride=stride)


@rule(*passes.NORMALISERS)
def _normalisation(layer: nn.Module, x: Tensor, q: Tensor) -> Tensor:
    product = q * passes.normalised(layer, x)
    if isinstance(layer, nn.LayerNorm):
        return (
            product.flatten(1, -len(layer.normalized_shape) - 1).sum(1).flatten(1)
            if _has_tokens(layer, x)
            else product.flatten(1)
        )
    return product.flatten(2).sum(2) if product.ndim > 2 else product


def _has_tokens(layer: nn.LayerNorm, x: Tensor) -> bool:
    return x.ndim > 1 + len(layer.normalized_shape)


def without_rule(network: nn.Module) -> list[str]:
    """Names of the layer types that hold a parameter but have no rule."""
    holders = (layer for layer in network.modules() if next(layer.parameters(recurse=False), None) is not None)
    return sorted({type(layer).__name__ for layer in holders if not isinstance(layer, tuple(RULES))})


def sample_rows(layer: nn.Module, x: Tensor, q: Tensor) -> Float[Tensor, "n p"]:
    """Per-sample gradients of one call's weight."""
    return next(function for kind, function in RULES.items() if isinstance(layer, kind))(layer, x, q)


def per_sample(calls: Iterable[Call], types: tuple[type[nn.Module], ...]) -> Iterator[Float[Tensor, "n p"]]:
    """Per-sample weight gradients of each layer of the given types, its calls added up; one layer is held at a time."""
    for group in _by_layer(calls):
        if isinstance(group[0][1], types) and group[0][1].weight is not None:
            yield sum(sample_rows(layer, x, q) for _, layer, x, q in group)


def layer_gram(calls: Iterable[Call]) -> Float[Tensor, "n n"]:
    """Theta of all weights and normalisation scales, one layer at a time.

    A linear layer of vectors gives the elementwise product of two Grams, (q q') o (x x'); others that of their rows.
    """
    total = None
    for group in _by_layer(calls):
        _, layer, x, q = group[0]
        if layer.weight is None:
            continue
        if len(group) == 1 and isinstance(layer, nn.Linear) and x.ndim == 2:
            x, q = x.double(), q.double()
            piece = (q @ q.T) * (x @ x.T)
        else:
            rows = sum(sample_rows(*call[1:]) for call in group).double()
            piece = rows @ rows.T
        total = piece if total is None else total + piece
    return total


def _by_layer(calls: Iterable[Call]) -> list[list[Call]]:
    groups: dict[int, list[Call]] = {}
    for call in calls:
        groups.setdefault(id(call[1]), []).append(call)
    return list(groups.values())


def entry_jacobian(run: passes.Forward, names: list[str]) -> Float[Tensor, "n c d"]:
    """J_i = d logits_i / d (first entry of each named parameter tensor), where no layer couples samples; cost C B.

    The first entry of a layer's weight or bias meets the first channel of its output alone, so that little is kept.
    """
    calls = [*run.layers, *run.norms]
    kept: list[list[Tensor]] = [[] for _ in calls]
    for total in run.logits.sum(0):
        for pieces, (_, layer, _, q) in zip(kept, passes.layer_gradients(run, total), strict=True):
            pieces.append(_first_channel(layer, q))
    columns: dict[str, Tensor] = {}
    for (name, layer, x, _), pieces in zip(calls, kept, strict=True):
        q = torch.stack(pieces, 1)  # (n, c, positions)
        rows = {"weight": (q * _first_input(layer, x.detach())[:, None]).sum(2), "bias": q.sum(2)}
        for kind, row in rows.items():
            key = f"{name}.{kind}".removeprefix(".")
            columns[key] = columns[key] + row if key in columns else row
    return torch.stack([columns.get(name, torch.zeros_like(run.logits)) for name in names], 2)


def _first_channel(layer: nn.Module, x: Tensor) -> Float[Tensor, "n positions"]:
    """The first channel of what a layer gives, one row per sample."""
    if isinstance(layer, nn.LayerNorm):
        x = x.flatten(-len(layer.normalized_shape))
    last = isinstance(layer, nn.Linear | nn.LayerNorm)
    return (x[..., 0] if last else x[:, 0]).reshape(len(x), -1)


def _first_input(layer: nn.Module, x: Tensor) -> Float[Tensor, "n positions"]:
    """What the first entry of a layer's weight is multiplied with."""
    if isinstance(layer, passes.NORMALISERS):
        return _first_channel(layer, passes.normalised(layer, x))
    if isinstance(layer, nn.Linear):
        return _first_channel(layer, x)
    return _patches(layer, x[:, :1])[:, 0]


def gram(rows: list[Float[Tensor, "n _"]]) -> Float[Tensor, "n n"]:
    """Theta = sum over parameters of G_p G_p', one parameter at a time, so the whole n x P matrix is never built."""
    total = torch.zeros(len(rows[0]), len(rows[0]), dtype=torch.float64, device=rows[0].device)
    for piece in rows:
        piece = piece.double()
        total += piece @ piece.T
    return total


def condition_number(kernel: Float[Tensor, "n n"]) -> float:
    """Kappa = lambda_max / lambda_min of a symmetric positive semi-definite matrix.

    lambda_min is clipped at n 2^-52 lambda_max, where it is round-off. A zero matrix has none: nan.

    >>> condition_number(torch.diag(torch.tensor([1.0, 4.0, 9.0])))
    9.0
    """
    values = torch.linalg.eigvalsh(kernel.double())
    largest = float(values[-1])
    if largest <= 0:
        return float("nan")
    return largest / max(float(values[0]), len(values) * 2.0**-52 * largest)


def row_correlation(rows: Float[Tensor, "n d"]) -> Float[Tensor, "n n"]:
    """Pearson correlation of the rows, float64; a constant row makes its entries nan."""
    rows = rows.double()
    rows = rows - rows.mean(1, keepdim=True)
    rows = rows / torch.linalg.vector_norm(rows, dim=1, keepdim=True)
    return rows @ rows.T
