"""The language model around a recurrent cell: embedding, three layers of one recipe, decoder tied to the embedding."""

from dataclasses import dataclass
from math import sqrt

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from untrained.sequence.recipes import Recipe, layer_widths, renamed, states, topological

MODULES = {
    "activation_tanh": nn.Tanh,
    "activation_sigm": nn.Sigmoid,
    "activation_leaky_relu": lambda: nn.LeakyReLU(0.01),
}


class SummedLinear(nn.Module):
    """b + sum_j W_j u_j: one matrix per input, one bias.

    Args:
        widths: of the inputs.
        outputs: of the value.
    """

    def __init__(self, widths: list[int], outputs: int) -> None:
        super().__init__()
        self.weights = nn.ParameterList(torch.empty(outputs, width) for width in widths)
        self.bias = nn.Parameter(torch.empty(outputs))


class RecurrentLayer(nn.Module):
    """A recipe unrolled over time, from states of zeros.

    Args:
        recipe: its intermediate nodes are renamed, their order stays.
        inputs: width of `x`.
        outputs: width D of every other value.
    """

    def __init__(self, recipe: Recipe, inputs: int, outputs: int) -> None:
        super().__init__()
        self.recipe, self.outputs, self.states = renamed(recipe), outputs, states(recipe)
        self.order = topological(self.recipe)
        self.operations = nn.ModuleDict()
        for name, (op, names) in self.recipe.items():
            if op == "linear":
                self.operations[name] = SummedLinear([inputs if i == "x" else outputs for i in names], outputs)
            elif op in MODULES:
                self.operations[name] = MODULES[op]()

    def forward(self, x: Float[Tensor, "t b k"]) -> tuple[list[Tensor], Float[Tensor, "t b d"]]:
        """The incoming state 0 of every step, each (b, d), and `h_new_0` of every step."""
        state = {f"h_prev_{i}": x.new_zeros(x.shape[1], self.outputs) for i in range(self.states)}
        fed = {name: self._fed(name, x).unbind() for name in self.linear()}
        incoming, outgoing = [], []
        for step in range(len(x)):
            incoming.append(state["h_prev_0"])
            values = dict(state)
            for name in self.order:
                values[name] = self._value(name, values, fed[name][step] if name in fed else None)
            state = {f"h_prev_{i}": values[f"h_new_{i}"] for i in range(self.states)}
            outgoing.append(state["h_prev_0"])
        return incoming, torch.stack(outgoing)

    def linear(self) -> list[str]:
        """Names of the linear nodes, in key order."""
        return [name for name, node in self.recipe.items() if node.op == "linear"]

    def _fed(self, name: str, x: Tensor) -> Tensor:
        """What `x` and the bias give to a linear node, for all steps at once."""
        layer, share = self.operations[name], self.operations[name].bias.expand(*x.shape[:2], -1)
        for other, weight in zip(self.recipe[name].inputs, layer.weights, strict=True):
            share = share + x @ weight.T if other == "x" else share
        return share

    def _value(self, name: str, values: dict[str, Tensor], fed: Tensor | None) -> Tensor:
        """Value of a node; `fed` is what the input gave to a linear one."""
        op, names = self.recipe[name]
        if op == "linear":
            total = fed
            for other, weight in zip(names, self.operations[name].weights, strict=True):
                total = total if other == "x" else torch.addmm(total, values[other], weight.T)
            return total
        u = [values[other] for other in names]
        if op == "elementwise_sum":
            return u[0] + u[1]
        if op == "elementwise_prod":
            return u[0] * u[1]
        if op == "blend":
            return u[0] * u[1] + (1 - u[0]) * u[2]
        return self.operations[name](u[0])


@dataclass
class Unrolled:
    """One pass over a minibatch of sequences.

    Attributes:
        embedded: (t, b, e) inputs of the first layer.
        incoming: per layer, per step: the state 0 that the step sees, (b, d). The first of them is zero.
        output: (t, b, e) of the last layer.
    """

    embedded: Tensor
    incoming: list[list[Tensor]]
    output: Tensor


class RecurrentLanguageModel(nn.Module):
    """Embedding (V x e) -> layers e -> d -> d -> e of one recipe -> tied decoder (V x e) with a bias; no dropout.

    Args:
        recipe: of every layer, each with weights of its own.
        vocabulary: V.
        embedding: e.
        hidden: d.
        layers: how many.
    """

    def __init__(self, recipe: Recipe, *, vocabulary: int, embedding: int = 400, hidden: int = 600, layers: int = 3) -> None:
        super().__init__()
        self.embedding = nn.Parameter(torch.empty(vocabulary, embedding))
        self.layers = nn.ModuleList(RecurrentLayer(recipe, *widths) for widths in layer_widths(embedding, hidden, layers))
        self.bias = nn.Parameter(torch.empty(vocabulary))

    def unroll(self, embedded: Float[Tensor, "t b e"]) -> Unrolled:
        """All layers on embedded tokens."""
        x, incoming = embedded, []
        for layer in self.layers:
            seen, x = layer(x)
            incoming.append(seen)
        return Unrolled(embedded, incoming, x)

    def forward(self, tokens: Int[Tensor, "t b"]) -> Float[Tensor, "t b v"]:
        """Logits of the next token."""
        return self.unroll(self.embedding[tokens]).output @ self.embedding.T + self.bias


@torch.no_grad()
def initialise(model: RecurrentLanguageModel, *, seed: int = 0) -> RecurrentLanguageModel:
    """Fill a model from one stream, torch's generator at `seed`, in the order of the published code.

    Weights and biases of a layer ~ U(-1/sqrt(d), 1/sqrt(d)), d its output width; embedding ~ U(-0.1, 0.1); decoder bias 0.
    What the published code draws and throws away is drawn here too, so that equal seeds give equal networks: default
    values of the embedding, of every layer before its redraw, of an untied decoder, and a first embedding.
    """
    stream = torch.Generator().manual_seed(seed)
    vocabulary, embedding = model.embedding.shape
    torch.empty(vocabulary, embedding).normal_(generator=stream)
    for layer in model.layers:
        nodes, bound = [layer.operations[name] for name in layer.linear()], 1 / sqrt(layer.outputs)
        for node in nodes:
            for values in (*node.weights, node.bias):
                values.uniform_(generator=stream)
        for node in nodes:
            for values in (node.bias, *node.weights):
                values.uniform_(-bound, bound, generator=stream)
    torch.empty(vocabulary, model.layers[0].outputs).uniform_(generator=stream)
    torch.empty(vocabulary).uniform_(generator=stream)
    for _ in range(2):
        model.embedding.uniform_(-0.1, 0.1, generator=stream)
    model.bias.zero_()
    return model
