"""The passes that proxies share: each is a pure function of a network and a minibatch, and leaves both as found."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.hooks import RemovableHandle

from untrained.copying import twin
from untrained.initialise import WEIGHTED
from untrained.recording import NORMS, Forward, Place, logits, row_correlation

PASSES = (
    "forward",
    "noise_forward",
    "relu_responses",
    "loss_gradients",
    "relu_gradients",
    "part_gradients",
    "curvature",
    "input_jacobian",
    "kernel",
    "layer_gradients",
    "entry_jacobian",
    "path_gradients",
    "outputs",
)
"""What a proxy may declare in `needs`; `outputs` is any number of plain forward passes."""

SMALL = ("input_jacobian", "kernel", "entry_jacobian")
"""Passes whose result outlives the proxy on a relative: a few rows per sample, while others hold a graph or all weights."""

RECORDED = {"forward": "codes", "relu_responses": "responses"}
"""Passes that read more off the recorded forward pass than its graph, and what."""

GRAPHLESS = frozenset({"part_gradients", "curvature", "path_gradients", "outputs"})
"""Passes that read no recorded forward pass themselves: they come when its graph is gone."""


class UndeclaredPass(RuntimeError):  # noqa: N818 - said of a proxy, read as "undeclared pass"
    """A proxy used a pass that its `needs` does not name."""


def gradients(output: Tensor, sources: list[Tensor | Place], *, keep: bool = True) -> list[Tensor]:
    """Gradients of a scalar; a source it does not depend on gets zeros."""
    wanted = [source for source in sources if _varies(source)] if output.requires_grad else []
    edges = [source.edge if isinstance(source, Place) else source for source in wanted]
    met = iter(torch.autograd.grad(output, edges, retain_graph=keep, allow_unused=True) if edges else ())
    found = [next(met) if wanted and _varies(source) else None for source in sources]
    return [_zeros(source) if slope is None else slope for source, slope in zip(sources, found, strict=True)]


def _varies(source: Tensor | Place) -> bool:
    return isinstance(source, Place) or source.requires_grad


def _zeros(source: Tensor | Place) -> Tensor:
    if isinstance(source, Place):
        return torch.zeros(source.shape, dtype=source.dtype, device=source.device)
    return torch.zeros_like(source)


Take = Callable[[Tensor], object]


def stream(total: Tensor, takes: list[tuple[Tensor | Place, Take]], sources: list[Tensor]) -> list[Tensor]:
    """Gradients of a scalar with respect to the sources, and on the way that of other tensors, handed over and not kept.

    Each of `takes` gets its tensor's gradient once, as soon as it is known; zeros where the scalar does not depend on it.
    """
    met: set[int] = set()

    def hook(index: int, take: Take) -> Callable[[Tensor], None]:
        def handed(q: Tensor) -> None:  # what a hook returns would replace the gradient
            met.add(index)
            take(q)

        return handed

    handles = [_hooked(source, hook(i, take)) for i, (source, take) in enumerate(takes) if _varies(source)]
    try:
        found = gradients(total, sources)
    finally:
        for handle in handles:
            handle.remove()
    apart = [pair for i, pair in enumerate(takes) if i not in met]  # behind no source
    for (_, take), q in zip(apart, gradients(total, [source for source, _ in apart]), strict=True):
        take(q)
    return found


def _hooked(source: Tensor | Place, take: Callable[[Tensor], None]) -> RemovableHandle:
    """Have a backward pass hand over the gradient with respect to a tensor."""
    if not isinstance(source, Place):
        return source.register_hook(take)
    node, output = source.edge.node, source.edge.output_nr
    return node.register_prehook(lambda slopes: None if slopes[output] is None else take(slopes[output]))


@dataclass
class LossGradients:
    """What one backward pass of the mean cross-entropy leaves.

    Attributes:
        loss: nats.
        weights: per convolution and linear layer (once each, by name): its weight and the gradient.
        saliency: per layer call, in the order of `Forward.layers`: sum over positions of a q, (n, channels), with a the
            layer's output and q the gradient of the loss with respect to it.
        relus: per distinct ReLU input, in the order of `Forward.relus`: correlation (n, n) between samples of the gradient
            with respect to it; empty unless asked for.
    """

    loss: float
    weights: dict[str, tuple[Tensor, Tensor]]
    saliency: list[Tensor]
    relus: list[Tensor]


def loss_gradients(run: Forward, targets: Tensor, *, relus: bool = False) -> LossGradients:
    """One backward pass of the mean cross-entropy for everything that is read off it; cost 1B after `forward`.

    Gradients of outputs and activations are reduced where they arise and let go.
    """
    low, high, classes = int(targets.min()), int(targets.max()), run.logits.shape[1]
    if low < 0 or high >= classes:
        raise ValueError(f"Targets go from {low} to {high}, but the network has {classes} outputs, 0 to {classes - 1}.")
    loss = cross_entropy(run.logits, targets)
    layers = {name: layer.weight for name, layer, _, _ in run.layers}
    saliency: dict[int, Tensor] = {}
    correlations: dict[int, Tensor] = {}

    def salient(index: int, layer: nn.Module, output: Tensor) -> Take:
        return lambda q: saliency.update({index: _positions_summed(layer, output.detach() * q)})

    def correlated(index: int) -> Take:
        return lambda q: correlations.update({index: row_correlation(q.flatten(1))})

    takes = [(output, salient(i, layer, output)) for i, (_, layer, _, output) in enumerate(run.layers)]
    takes += [(relu, correlated(i)) for i, (relu, _) in enumerate(run.relus)] if relus else []
    found = stream(loss, takes, list(layers.values()))
    weights = {name: (weight.detach(), grad) for (name, weight), grad in zip(layers.items(), found, strict=True)}
    in_order = ([reduced for _, reduced in sorted(part.items())] for part in (saliency, correlations))
    return LossGradients(float(loss.detach()), weights, *in_order)


def _positions_summed(layer: nn.Module, product: Tensor) -> Float[Tensor, "n channels"]:
    axes = tuple(range(1, product.ndim - 1) if isinstance(layer, nn.Linear) else range(2, product.ndim))
    return (product.sum(axes) if axes else product).double()


def part_gradients(network: nn.Module, inputs: Tensor, targets: Tensor, parts: int) -> dict[str, Float[Tensor, "parts ..."]]:
    """Gradient of the mean cross-entropy of each of `parts` equal pieces of the minibatch, normalised piece by piece.

    Per convolution and linear layer, by name; cost 1F+1B in all.
    """
    layers = {name: layer.weight for name, layer in network.named_modules() if isinstance(layer, WEIGHTED)}
    pieces = zip(inputs.chunk(parts), targets.chunk(parts), strict=True)
    found = [gradients(cross_entropy(logits(network, x), y), list(layers.values()), keep=False) for x, y in pieces]
    return {name: torch.stack(piece) for name, piece in zip(layers, zip(*found, strict=True), strict=True)}


def curvature(run: Forward, targets: Tensor) -> float:
    """Weights times Hessian times gradient, w'H g, of the mean cross-entropy, by differentiating the gradient; cost 3B.

    For networks that `second_order.curvature` has no rule for. Kinks of ReLU have no second derivative: they do not count.
    """
    weights = list({name: layer.weight for name, layer, _, _ in run.layers}.values())
    slopes = torch.autograd.grad(
        cross_entropy(run.logits, targets), weights, create_graph=True, allow_unused=True, materialize_grads=True
    )
    along = sum((slope * slope.detach()).sum() for slope in slopes)
    return sum(float((w.detach() * Hg).double().sum()) for w, Hg in zip(weights, gradients(along, weights), strict=True))


TakeLayer = Callable[[str, nn.Module, list[tuple[Tensor, Tensor]]], None]


def layer_gradients(run: Forward, total: Tensor, take: TakeLayer) -> None:
    """Hand (name, layer, [(input, d total / d output) of each call]) of every layer to `take`; cost 1B after `forward`.

    Weighted and normalisation layers, each as soon as the backward pass has met its last call, so that one layer's
    gradients are held at a time. `total` is a sum over samples: where no layer couples them, row i of a gradient
    belongs to sample i alone.
    """
    calls = [*run.layers, *run.norms]
    left = Counter(id(layer) for _, layer, _, _ in calls)
    met: dict[int, list[tuple[Tensor, Tensor]]] = defaultdict(list)

    def taker(name: str, layer: nn.Module, x: Tensor) -> Take:
        def take_call(q: Tensor) -> None:
            key = id(layer)
            met[key].append((x.detach(), q))
            left[key] -= 1
            if not left[key]:
                take(name, layer, met.pop(key))

        return take_call

    stream(total, [(output, taker(name, layer, x)) for name, layer, x, output in calls], [run.inputs])


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
    """Gradients of pick . totals; several picks in one launch if `batched`, which some layers (GroupNorm) cannot do."""
    found = torch.autograd.grad(totals, parameters, pick, retain_graph=True, is_grads_batched=batched, allow_unused=True)
    many = pick.shape[:1] if batched else ()  # torch's own zeros for what is not reached lack the axis of picks
    return tuple(p.new_zeros(*many, *p.shape) if g is None else g for g, p in zip(found, parameters, strict=True))


def path_gradients(network: nn.Module, shape: tuple[int, ...], *, norms: bool = False) -> dict[str, tuple[Tensor, Tensor]]:
    """|w| and d(sum of outputs) / d|w| of the BN-free, all-positive network on one input of ones, in float64; cost 1F+1B.

    Weights and biases are replaced by absolute values and batch normalisation by the identity, in a copy. With `norms` it
    stays, its parameters and statistics made positive too.
    """
    positive = (twin(network) if norms else _without_norms(network)).double()
    with torch.no_grad():
        for value in positive.state_dict().values():
            value.abs_()
    ones = torch.ones(1, *shape, dtype=torch.float64, device=next(positive.parameters()).device)
    layers = {name: layer.weight for name, layer in positive.named_modules() if isinstance(layer, WEIGHTED)}
    found = gradients(logits(positive, ones).sum(), list(layers.values()), keep=False)
    return {name: (weight.detach(), grad) for (name, weight), grad in zip(layers.items(), found, strict=True)}


def _without_norms(network: nn.Module) -> nn.Module:
    plain = twin(network)
    for parent in list(plain.modules()):
        for name, child in parent.named_children():
            if isinstance(child, NORMS):
                setattr(parent, name, nn.Identity())
    return plain
