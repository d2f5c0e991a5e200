"""The passes that proxies share: each is a pure function of a network and a minibatch, and leaves both as found."""

import copy
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from untrained.codes import codes_of
from untrained.initialise import WEIGHTED

NORMS = nn.modules.batchnorm._BatchNorm
ACTIVATIONS = (nn.ReLU, nn.ReLU6)
"""Modules whose units have an on and an off: the only ones that activation codes are read from."""


@dataclass
class Forward:
    """One recorded forward pass, with its graph.

    Attributes:
        inputs: the minibatch, requiring a gradient.
        logits: (n, outputs).
        codes: per distinct ReLU input, the code matrix (n, units) and the number of ReLU modules that read it.
        layers: per call of a convolution or linear layer: its name, the layer, its input and its output.
    """

    inputs: Tensor
    logits: Tensor
    codes: list[tuple[Tensor, int]] = field(default_factory=list)
    layers: list[tuple[str, nn.Module, Tensor, Tensor]] = field(default_factory=list)


def set_modes(network: nn.Module, norm: str) -> nn.Module:
    """Normalisation in the given mode without touching its running statistics; all else (dropout) in eval mode."""
    network.eval()
    for layer in network.modules():
        if isinstance(layer, NORMS):
            layer.train(norm == "batch")
            layer.momentum = 0.0
    return network


def forward(network: nn.Module, inputs: Tensor) -> Forward:
    """Run the network once and record codes, layer inputs and layer outputs; cost 1F."""
    found = Forward(inputs.detach().clone().requires_grad_(), torch.empty(0))
    seen: dict[int, int] = {}
    alive: list[Tensor] = []  # an id stays unique only while its tensor lives

    def on_activation(_: nn.Module, args: tuple[Tensor, ...]) -> None:
        key = id(args[0])
        if key in seen:
            codes, readers = found.codes[seen[key]]
            found.codes[seen[key]] = codes, readers + 1
        else:
            seen[key] = len(found.codes)
            alive.append(args[0])
            found.codes.append((codes_of(args[0].detach()), 1))

    def on_layer(name: str) -> object:
        return lambda layer, args, output: found.layers.append((name, layer, args[0], output))

    handles = []
    for name, layer in network.named_modules():
        if isinstance(layer, ACTIVATIONS):
            handles.append(layer.register_forward_pre_hook(on_activation))
        elif isinstance(layer, WEIGHTED):
            handles.append(layer.register_forward_hook(on_layer(name)))
    try:
        found.logits = network(found.inputs)
    finally:
        for handle in handles:
            handle.remove()
    if found.logits.ndim != 2:
        raise ValueError(f"The network gives outputs of shape {tuple(found.logits.shape)}; logits (n, classes) are needed.")
    return found


def gradients(output: Tensor, sources: list[Tensor], *, keep: bool = True) -> list[Tensor]:
    """Gradients of a scalar; a source it does not depend on gets zeros."""
    if not output.requires_grad:
        return [torch.zeros_like(source) for source in sources]
    return list(torch.autograd.grad(output, sources, retain_graph=keep, allow_unused=True, materialize_grads=True))


@dataclass
class LossGradients:
    """Gradients of the mean cross-entropy.

    Attributes:
        loss: nats.
        weights: per convolution and linear layer (once each, by name): its weight and the gradient.
        outputs: per layer call, in the order of `Forward.layers`: gradient with respect to the layer's output.
    """

    loss: float
    weights: dict[str, tuple[Tensor, Tensor]]
    outputs: list[Tensor]


def loss_gradients(run: Forward, targets: Tensor) -> LossGradients:
    """One backward pass of the mean cross-entropy, for weights and layer outputs together; cost 1B after `forward`."""
    loss = cross_entropy(run.logits, targets)
    layers = {name: layer.weight for name, layer, _, _ in run.layers}
    outputs = [output for *_, output in run.layers]
    found = gradients(loss, [*layers.values(), *outputs])
    weights = {name: (weight.detach(), grad) for (name, weight), grad in zip(layers.items(), found, strict=False)}
    return LossGradients(float(loss.detach()), weights, found[len(layers) :])


def input_jacobian(run: Forward) -> Float[Tensor, "n d"]:
    """J_i = d(sum of all logits of the batch) / d x_i, one row per input; cost 1B after `forward`.

    With batch normalisation by batch statistics the row is the gradient of the *batch* sum: samples are coupled.
    """
    return gradients(run.logits.sum(), [run.inputs])[0].flatten(1)


def kernel_parameters(network: nn.Module) -> list[nn.Parameter]:
    """Parameters whose name ends in "weight": convolutions, linear layers and normalisation scales; no biases."""
    return [p for name, p in network.named_parameters() if name.endswith("weight") and p.requires_grad]


def sample_gradients(run: Forward, parameters: list[nn.Parameter], *, chunk: int = 8) -> list[Float[Tensor, "n _"]]:
    """g_i = d(sum of the logits of sample i) / d theta, per parameter; exact in every norm mode.

    Cost: as many backward passes through the whole batch as there are samples, `chunk` of them in one launch.
    """
    totals = run.logits.sum(1)
    picks = torch.eye(len(totals), dtype=totals.dtype, device=totals.device)
    try:
        rows = [_rows(totals, parameters, pick, batched=True) for pick in picks.split(chunk)]
    except RuntimeError as error:
        if "vmap" not in str(error):
            raise
        rows = [[g[None] for g in _rows(totals, parameters, pick, batched=False)] for pick in picks]
    return [torch.cat(pieces).flatten(1) for pieces in zip(*rows, strict=True)]


def _rows(totals: Tensor, parameters: list[nn.Parameter], pick: Tensor, *, batched: bool) -> tuple[Tensor, ...]:
    """Gradients of pick . totals; several picks in one launch if `batched`, for which some layers (GroupNorm) lack a rule."""
    return torch.autograd.grad(
        totals, parameters, pick, retain_graph=True, is_grads_batched=batched, allow_unused=True, materialize_grads=True
    )


def path_gradients(network: nn.Module, shape: tuple[int, ...]) -> dict[str, tuple[Tensor, Tensor]]:
    """|w| and d(sum of outputs) / d|w| of the BN-free, all-positive network on one input of ones, in float64; cost 1F+1B.

    Weights and biases are replaced by absolute values and batch normalisation by the identity, in a copy.
    """
    twin = _without_norms(network).double()
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.abs_()
    ones = torch.ones(1, *shape, dtype=torch.float64, device=next(twin.parameters()).device)
    layers = {name: layer.weight for name, layer in twin.named_modules() if isinstance(layer, WEIGHTED)}
    found = gradients(twin(ones).sum(), list(layers.values()), keep=False)
    return {name: (weight.detach(), grad) for (name, weight), grad in zip(layers.items(), found, strict=True)}


def _without_norms(network: nn.Module) -> nn.Module:
    twin = copy.deepcopy(network)
    for parent in list(twin.modules()):
        for name, child in parent.named_children():
            if isinstance(child, NORMS):
                setattr(parent, name, nn.Identity())
    return twin
