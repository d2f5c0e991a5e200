"""Networks put into a norm mode, and one forward pass of which everything is recorded."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import MethodType
from typing import NamedTuple
from weakref import ref

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from torch.autograd.graph import GradientEdge, get_gradient_edge
from torch.utils.hooks import RemovableHandle

from untrained.codes import codes_of
from untrained.initialise import WEIGHTED

NORMS = nn.modules.batchnorm._BatchNorm
NORMALISERS = (NORMS, nn.LayerNorm, nn.GroupNorm)
ACTIVATIONS = (nn.ReLU, nn.ReLU6)
"""Modules whose units have an on and an off: the only ones that activation codes are read from."""


RECORDS = ("graph", "codes", "responses")
"""What a forward pass records, each with what stands before it: what backward passes need; codes, blocks and maps; and the
correlations between samples at every ReLU."""


class Place(NamedTuple):
    """Where a tensor stands in the graph: its gradient can be had, and the tensor itself need not be held."""

    edge: GradientEdge
    shape: torch.Size
    dtype: torch.dtype
    device: torch.device

    @property
    def ndim(self) -> int:
        """Axes of the tensor."""
        return len(self.shape)


def place(tensor: Tensor) -> Place | Tensor:
    """The place of a tensor; one that no operation made is its own."""
    if tensor.grad_fn is None:
        return tensor
    return Place(get_gradient_edge(tensor), tensor.shape, tensor.dtype, tensor.device)


Known = dict[int, tuple[ref, int, dict[type, tuple[Tensor, int]]]]
"""By the identity of a ReLU's input: the input, its index, and the outputs by type of ReLU with their version."""


@dataclass
class Forward:
    """One recorded forward pass, with its graph.

    Attributes:
        inputs: the minibatch, requiring a gradient.
        logits: (n, outputs).
        codes: per distinct ReLU input, the code matrix (n, units) and the number of ReLU modules that read it.
        layers: per call of a convolution or linear layer: its name, the layer, its input and its output.
        norms: the same per call of a normalisation layer that does not couple samples, the output by its place.
        relus: per distinct ReLU input, in the order of `codes`: its place and the names of the modules that read it.
        responses: per distinct ReLU input the correlation (n, n) between samples of it.
        blocks: per name in the network's own `blocks()`, where it has one: name, input and output.
        maps: per call of a module without children (identities left out) that gives (n, c, h, w): the map of sample 0.
    """

    inputs: Tensor
    logits: Tensor
    codes: list[tuple[Tensor, int]] = field(default_factory=list)
    layers: list[tuple[str, nn.Module, Tensor, Tensor]] = field(default_factory=list)
    norms: list[tuple[str, nn.Module, Tensor, Place | Tensor]] = field(default_factory=list)
    relus: list[tuple[Place | Tensor, list[str]]] = field(default_factory=list)
    responses: list[Tensor] = field(default_factory=list)
    blocks: list[tuple[str, Tensor, Tensor]] = field(default_factory=list)
    maps: list[Tensor] = field(default_factory=list)


def set_modes(network: nn.Module, norm: str) -> nn.Module:
    """Normalisation in the given mode without touching its running statistics; all else (dropout) in eval mode."""
    network.eval()
    for layer in network.modules():
        if isinstance(layer, NORMS):
            layer.train(norm == "batch")
            layer.momentum = 0.0
            if norm in STATISTICS:
                layer.forward = MethodType(STATISTICS[norm], layer)
        elif getattr(layer, "inplace", False):
            layer.inplace = False  # the records keep what went into an activation
    return network


def normalised(layer: nn.Module, x: Tensor) -> Tensor:
    """Output of a normalisation layer that does not couple samples, before scale and shift."""
    if isinstance(layer, nn.LayerNorm):
        return F.layer_norm(x, layer.normalized_shape, eps=layer.eps)
    if isinstance(layer, nn.GroupNorm):
        return F.group_norm(x, layer.num_groups, eps=layer.eps)
    if "forward" in vars(layer):
        return layer.forward(x, affine=False)
    return F.batch_norm(x, layer.running_mean, layer.running_var, eps=layer.eps)


class NoStatistics(ValueError):  # noqa: N818 - said of a map, read as "no statistics"
    """One position per channel has no variance."""


def _by_frozen_statistics(layer: nn.Module, x: Tensor, *, affine: bool = True) -> Tensor:
    scale, shift = (layer.weight, layer.bias) if affine else (None, None)
    _, mean, inverse = torch.native_batch_norm(x.detach(), None, None, None, None, True, 0.0, layer.eps)  # both in one sweep
    return F.batch_norm(x, mean, inverse.pow(-2), scale, shift, eps=0.0)


def _by_sample_statistics(layer: nn.Module, x: Tensor, *, affine: bool = True) -> Tensor:
    if x[0, 0].numel() < 2:
        raise NoStatistics(f"Normalisation by single samples needs two positions per channel or more, got {tuple(x.shape)}.")
    scale, shift = (layer.weight, layer.bias) if affine else (None, None)
    # a group per channel: four times as fast as instance_norm
    return F.group_norm(x, x.shape[1], scale, shift, eps=layer.eps)


STATISTICS = {"frozen": _by_frozen_statistics, "sample": _by_sample_statistics}
"""Forward functions of batch normalisation in the norm modes that torch has no mode for."""


def forward(network: nn.Module, inputs: Tensor, *, record: str = "codes") -> Forward:
    """Run the network once and record layer inputs and outputs, and what else `record`, of `RECORDS`, asks for; cost 1F."""
    found = Forward(inputs.detach().clone().requires_grad_(), torch.empty(0))
    depth, known = RECORDS.index(record), {}
    handles = [handle for name, layer in network.named_modules() for handle in _hooks(found, known, name, layer, depth)]
    for name in network.blocks() if depth and hasattr(network, "blocks") else ():
        handles.append(network.get_submodule(name).register_forward_hook(_recorder(found.blocks, name)))
    try:
        found.logits = logits(network, found.inputs)
    finally:
        for handle in handles:
            handle.remove()
    return found


def logits(network: nn.Module, inputs: Tensor) -> Tensor:
    """Outputs of the network, (n, classes).

    Raises:
        ValueError: the network gives something else.
    """
    found = network(inputs)
    if not isinstance(found, Tensor) or found.ndim != 2:
        what = f"outputs of shape {tuple(found.shape)}" if isinstance(found, Tensor) else f"a {type(found).__name__}"
        raise ValueError(f"The network gives {what}; logits (n, classes) are needed: wrap it in a module that returns them.")
    return found


def _hooks(found: Forward, known: Known, name: str, layer: nn.Module, depth: int) -> Iterator[RemovableHandle]:
    """Hooks that record one module's calls."""
    if isinstance(layer, ACTIVATIONS):
        yield layer.register_forward_hook(lambda _, args, out: _record_relu(found, known, name, layer, args[0], out, depth))
    elif isinstance(layer, WEIGHTED):
        yield layer.register_forward_hook(_recorder(found.layers, name, layer))
    elif isinstance(layer, NORMALISERS) and not (isinstance(layer, NORMS) and layer.training):
        yield layer.register_forward_hook(lambda _, args, out: found.norms.append((name, layer, args[0], place(out))))
    if depth and not isinstance(layer, nn.Identity) and next(layer.children(), None) is None:
        yield layer.register_forward_hook(lambda _, __, output: _record_map(found.maps, output))


def _record_relu(
    found: Forward, known: Known, name: str, layer: nn.Module, relu_input: Tensor, output: Tensor, depth: int
) -> Tensor:
    """Note a ReLU's call; where another of its type read the same input, its output stands for both: one map is held.

    Not where that output was changed in place meanwhile.
    """
    reading = known.get(id(relu_input))
    if reading is None or reading[0]() is not relu_input:
        reading = known[id(relu_input)] = ref(relu_input), len(found.relus), {}
        found.relus.append((place(relu_input), []))
        if depth:
            found.codes.append((codes_of(relu_input.detach()), 0))
        if depth > 1:
            found.responses.append(row_correlation(relu_input.detach().flatten(1)))
    _, index, outputs = reading
    found.relus[index][1].append(name)
    if depth:
        found.codes[index] = found.codes[index][0], len(found.relus[index][1])
    shared, version = outputs.setdefault(type(layer), (output, output._version))
    return shared if shared._version == version else output


def row_correlation(rows: Float[Tensor, "n d"]) -> Float[Tensor, "n n"]:
    """Pearson correlation of the rows, float64; a constant row makes its entries nan."""
    rows = rows.double()
    rows = rows - rows.mean(1, keepdim=True)
    rows = rows / torch.linalg.vector_norm(rows, dim=1, keepdim=True)
    return rows @ rows.T


def _record_map(maps: list[Tensor], output: object) -> None:
    if isinstance(output, Tensor) and output.ndim == 4:
        maps.append(output[0].detach().clone())  # a later in-place operation must not change it


def _recorder(records: list[tuple], *label: object) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
    return lambda _, args, output: records.append((*label, args[0], output))


@torch.no_grad()
def features(network: nn.Module, inputs: Tensor) -> tuple[Float[Tensor, "n c h w"], list[Tensor]]:
    """The map before global pooling, and per batch normalisation its inputs' unbiased variance per channel; cost 1F."""
    variances: list[Tensor] = []
    handles = [
        layer.register_forward_pre_hook(lambda _, args: variances.append(args[0].transpose(0, 1).flatten(1).double().var(1)))
        for layer in network.modules()
        if isinstance(layer, NORMS)
    ]
    try:
        return network.features(inputs), variances
    finally:
        for handle in handles:
            handle.remove()


def channels_last(inputs: Tensor) -> Tensor:
    """Images with channels last in memory: a quarter faster on a CPU, the same numbers up to round-off."""
    return inputs.contiguous(memory_format=torch.channels_last) if inputs.ndim == 4 else inputs
