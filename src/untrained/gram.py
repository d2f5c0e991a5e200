"""Per-sample gradients layer by layer, their Gram matrices and spectra, in float64."""

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from untrained import passes, recording

Call = tuple[Tensor, Tensor]
"""One call of a layer: its input and the gradient of its output."""

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
    if isinstance(layer, nn.Conv2d) and layer.groups == layer.dilation[0] == layer.dilation[1] == 1:
        return _by_kernel_rows(layer, x, q)
    patches = _patches(layer, x).unflatten(1, (layer.groups, -1))
    return torch.einsum("ngol,ngil->ngoi", q.flatten(2).unflatten(1, (layer.groups, -1)), patches).flatten(1)
    # n samples, g groups, o output channels, l positions, i weights that feed one channel


def _by_kernel_rows(layer: nn.Conv2d, x: Tensor, q: Tensor) -> Float[Tensor, "n p"]:
    """Per-sample gradients of a convolution, kernel row by kernel row: 5 times faster than by patches.

    With channels last, what one kernel row sees at a position lies in one piece: a view, copied once per row.
    """
    x = _padded(layer, x).permute(0, 2, 3, 1).contiguous()  # n samples, h rows, w columns, i input channels
    n, o, height, width = q.shape
    q = q.permute(0, 2, 3, 1).reshape(n, height * width, o).mT
    down, right = layer.stride
    strides = (x.stride(0), x.stride(1) * down, x.stride(2) * right, 1)
    size = layer.kernel_size[1] * x.shape[3]
    rows = [
        q @ x.as_strided((n, height, width, size), strides, x.storage_offset() + row * x.stride(1)).reshape(n, -1, size)
        for row in range(layer.kernel_size[0])
    ]
    return torch.stack(rows, 2).unflatten(3, (layer.kernel_size[1], -1)).permute(0, 1, 4, 2, 3).flatten(1)


def _padded(layer: nn.Module, x: Tensor) -> Tensor:
    mode = "constant" if layer.padding_mode == "zeros" else layer.padding_mode
    return F.pad(x, layer._reversed_padding_repeated_twice, mode=mode)


def _patches(layer: nn.Module, x: Tensor) -> Float[Tensor, "n i l"]:
    """What each output position of a convolution sees."""
    x = _padded(layer, x)
    sizes = layer.kernel_size, layer.dilation, layer.stride
    if x.ndim == 3:
        x, sizes = x[:, :, None], [(1, *size) for size in sizes]
    kernel, dilation, stride = sizes
    return F.unfold(x, kernel, dilation=dilation, stride=stride)


@rule(*recording.NORMALISERS)
def _normalisation(layer: nn.Module, x: Tensor, q: Tensor) -> Tensor:
    product = q * recording.normalised(layer, x)
    if isinstance(layer, nn.LayerNorm):
        return (
            product.flatten(1, -len(layer.normalized_shape) - 1).sum(1).flatten(1)
            if _has_tokens(layer, x)
            else product.flatten(1)
        )
    return product.flatten(2).sum(2) if product.ndim > 2 else product


def _has_tokens(layer: nn.LayerNorm, x: Tensor) -> bool:
    return x.ndim > 1 + len(layer.normalized_shape)


def no_rows(network: nn.Module, *, coupled: bool) -> str:
    """Why gradients cannot be split into rows of single samples; empty where they can.

    Args:
        network: any module.
        coupled: whether batch normalisation goes by the statistics of the minibatch.
    """
    if coupled and any(isinstance(layer, recording.NORMS) for layer in network.modules()):
        return "batch statistics couple the samples: ask a variant with norm 'frozen', 'running' or 'sample'"
    holders = (layer for layer in network.modules() if next(layer.parameters(recurse=False), None) is not None)
    unknown = sorted({type(layer).__name__ for layer in holders if not isinstance(layer, tuple(RULES))})
    return f"no per-sample rule for {', '.join(unknown)}: register one in untrained.gram" if unknown else ""


def sample_rows(layer: nn.Module, x: Tensor, q: Tensor) -> Float[Tensor, "n p"]:
    """Per-sample gradients of one call's weight."""
    return next(function for kind, function in RULES.items() if isinstance(layer, kind))(layer, x, q)


def layer_rows(layer: nn.Module, calls: list[Call]) -> Float[Tensor, "n p"]:
    """Per-sample gradients of a layer's weight, its calls added up."""
    return sum(sample_rows(layer, x, q) for x, q in calls)


def layer_kernel(run: recording.Forward, total: Tensor) -> Float[Tensor, "n n"]:
    """Theta of all weights and normalisation scales where no layer couples samples, one layer at a time; cost 1B.

    A linear layer of vectors gives the elementwise product of two Grams, (q q') o (x x'); others that of their rows.
    """
    kernel = torch.zeros(len(run.logits), len(run.logits), dtype=torch.float64, device=total.device)

    def take(_: str, layer: nn.Module, calls: list[Call]) -> None:
        if layer.weight is None:
            return
        if len(calls) == 1 and isinstance(layer, nn.Linear) and calls[0][0].ndim == 2:
            x, q = (part.double() for part in calls[0])
            kernel.add_((q @ q.T) * (x @ x.T))
        else:
            rows = layer_rows(layer, calls).double()
            kernel.addmm_(rows, rows.T)

    passes.layer_gradients(run, total, take)
    return kernel


def entry_jacobian(run: recording.Forward, names: list[str]) -> Float[Tensor, "n c d"]:
    """J_i = d logits_i / d (first entry of each named parameter tensor), where no layer couples samples; cost C B.

    The first entry of a layer's weight or bias meets the first channel of its output alone: only that is kept.
    """
    columns = {name: torch.zeros_like(run.logits) for name in names}

    def adder(key: str, output: int, factor: Tensor | float) -> passes.Take:
        return lambda q: columns[key][:, output].add_((q * factor).sum(1))

    calls = []
    for name, layer, x, result in (*run.layers, *run.norms):
        weight, bias = (f"{name}.{kind}".removeprefix(".") for kind in ("weight", "bias"))
        if weight in columns:
            first = _first_input(layer, x.detach()).clone()  # a view would hold the whole map
            calls.append((layer, result, weight, first))
        if bias in columns:
            calls.append((layer, result, bias, 1.0))
    for output, total in enumerate(run.logits.sum(0)):
        takes = [(result, partial(_take_first, layer, adder(key, output, factor))) for layer, result, key, factor in calls]
        passes.stream(total, takes, [run.inputs])
    return torch.stack([columns[name] for name in names], 2)


def _take_first(layer: nn.Module, take: passes.Take, q: Tensor) -> None:
    take(_first_channel(layer, q))


def _first_channel(layer: nn.Module, x: Tensor) -> Float[Tensor, "n positions"]:
    """The first channel of what a layer gives, one row per sample."""
    if isinstance(layer, nn.LayerNorm):
        x = x.flatten(-len(layer.normalized_shape))
    last = isinstance(layer, nn.Linear | nn.LayerNorm)
    return (x[..., 0] if last else x[:, 0]).reshape(len(x), -1)


def _first_input(layer: nn.Module, x: Tensor) -> Float[Tensor, "n positions"]:
    """What the first entry of a layer's weight is multiplied with."""
    if isinstance(layer, recording.NORMALISERS):
        return _first_channel(layer, recording.normalised(layer, x))
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
