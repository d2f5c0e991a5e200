"""BERT-like encoders as networks: tables of words and positions, layers of an operation and feed-forward maps."""

from functools import lru_cache
from math import pi, sqrt

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import pad

from untrained.initialise import draw
from untrained.registry import suggest
from untrained.sequence.encoders import EMBEDDING, FIXED, KINDS, POSITIONS, TYPES, VOCABULARY, WIDTHS, Config, Layer

DROPOUT, EPSILON, DEVIATION = 0.1, 1e-12, 0.02
"""Of ELECTRA: rate of every dropout, constant of every norm, deviation of the weights."""


class Operation(nn.Module):
    """What a layer does to positions; `heads` of `size` features each.

    Args:
        hidden: width of the model.
        heads: of the operation.
    """

    inputs: tuple[str, ...] = ("query", "key", "value")
    """Linear maps whose outputs are the heads' inputs."""

    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__()
        self.heads, self.size = heads, hidden // heads

    def split(self, x: Float[Tensor, "b t w"]) -> Float[Tensor, "b heads t size"]:
        """Features dealt to heads."""
        return x.unflatten(2, (-1, self.size)).transpose(1, 2)


class Attention(Operation):
    """Scaled dot-product attention; with `weighted`, W_q x is multiplied by one more matrix (SDP, WMA).

    Args:
        hidden: width of the model.
        heads: of the operation.
        attending: how many of them attend.
        weighted: whether there is a further matrix.
    """

    def __init__(self, hidden: int, heads: int, *, attending: int | None = None, weighted: bool = False) -> None:
        super().__init__(hidden, heads)
        width = (attending or heads) * self.size
        self.query, self.key, self.value = (nn.Linear(hidden, width) for _ in range(3))
        if weighted:
            self.weight = nn.Linear(width, width, bias=False)
            self.inputs = (*self.inputs, "weight")
        self.softmax, self.dropout = nn.Softmax(dim=-1), nn.Dropout(DROPOUT)

    def forward(self, x: Float[Tensor, "b t h"]) -> Float[Tensor, "b t w"]:
        """Values averaged with the weights softmax(q k' / sqrt(size))."""
        return self.attend(x, self.query(x))

    def attend(self, x: Tensor, query: Tensor) -> Tensor:
        """The heads that attend, side by side."""
        query = self.weight(query) if "weight" in self.inputs else query
        q, k, v = (self.split(part) for part in (query, self.key(x), self.value(x)))
        weights = self.softmax(q @ k.transpose(2, 3) / sqrt(self.size))
        return (self.dropout(weights) @ v).transpose(1, 2).flatten(2)


class ConvolvedAttention(Attention):
    """Half of the heads attend, the others are convolutions whose kernels depend on the token (K5, K9).

    u_tc = sum_j s_tcj o_(t + j - s // 2)c with s_t = softmax(W (depth-wise separable convolution of x)_t * q_t), o = W_o x.

    Args:
        hidden: width of the model.
        heads: of the operation, even.
        kernel: width s of the convolutions, odd.
    """

    def __init__(self, hidden: int, heads: int, *, kernel: int) -> None:
        super().__init__(hidden, heads, attending=heads // 2)
        width = heads // 2 * self.size
        self.kernel = kernel
        self.depthwise = nn.Conv1d(hidden, hidden, kernel, groups=hidden, padding=kernel // 2, bias=False)
        self.pointwise = nn.Conv1d(hidden, width, 1)
        self.kernels = nn.Linear(width, heads // 2 * kernel)
        self.convolved = nn.Linear(hidden, width)

    def forward(self, x: Float[Tensor, "b t h"]) -> Float[Tensor, "b t h"]:
        """Heads that attend, then heads that convolve."""
        query = self.query(x)
        mixed = self.pointwise(self.depthwise(x.transpose(1, 2))).transpose(1, 2) * query
        kernels = self.kernels(mixed).unflatten(2, (-1, self.kernel)).softmax(3)  # b t c s
        side = self.kernel // 2
        windows = pad(self.convolved(x), (0, 0, side, side)).unfold(1, self.kernel, 1)  # b t (c size) s
        found = windows.unflatten(2, (-1, self.size)) @ kernels.unsqueeze(4)
        return torch.cat([self.attend(x, query), found.flatten(2)], 2)


class Transform(Operation):
    """One linear map, then a transform of each head over positions and features: Re FFT, or DCT-II without scaling.

    A softmax over features is taken only to be read by a metric; it is not part of the value.

    Args:
        hidden: width of the model.
        heads: of the operation.
        kind: `DFT` or `DCT`.
    """

    inputs = ("input",)

    def __init__(self, hidden: int, heads: int, *, kind: str) -> None:
        super().__init__(hidden, heads)
        self.kind, self.input, self.softmax = kind, nn.Linear(hidden, hidden), nn.Softmax(dim=-1)

    def forward(self, x: Float[Tensor, "b t h"]) -> Float[Tensor, "b t h"]:
        """The transformed heads, side by side."""
        u = self.split(self.input(x))
        u = torch.fft.fft2(u).real if self.kind == "DFT" else cosines(u.shape[2]).to(u) @ u @ cosines(u.shape[3]).to(u).T
        self.softmax(u.detach())
        return u.transpose(1, 2).flatten(2)


@lru_cache(maxsize=8)
def cosines(n: int) -> Float[Tensor, "n n"]:
    """Matrix of the DCT-II, 2 cos(pi k (2 j + 1) / (2 n)), float64.

    >>> cosines(2)
    tensor([[ 2.0000,  2.0000],
            [ 1.4142, -1.4142]], dtype=torch.float64)
    """
    k, j = torch.arange(n, dtype=torch.float64)[:, None], torch.arange(n, dtype=torch.float64)
    return 2 * torch.cos(pi * k * (2 * j + 1) / (2 * n))


class EncoderLayer(nn.Module):
    """An operation, with projection, residual and norm unless it is a transform; then feed-forward maps with GELU.

    Args:
        layer: its configuration.
        hidden: width h of the model.
        dimension: width of the feed-forward maps.
    """

    def __init__(self, layer: Layer, hidden: int, dimension: int) -> None:
        super().__init__()
        if KINDS[layer.kind] == "LT":
            self.operation = Transform(hidden, layer.heads, kind=layer.kind)
        elif KINDS[layer.kind] == "DSC":
            self.operation = ConvolvedAttention(hidden, layer.heads, kernel=int(layer.kind[1:]))
        else:
            self.operation = Attention(hidden, layer.heads, weighted=layer.kind == "WMA")
        self.projection = nn.Linear(hidden, hidden) if KINDS[layer.kind] != "LT" else None
        self.norm = nn.LayerNorm(hidden, eps=EPSILON) if self.projection else None
        self.feed_forward = nn.ModuleList(
            nn.Linear(dimension if place else hidden, dimension) for place in range(layer.count)
        )
        self.output, self.output_norm = nn.Linear(dimension, hidden), nn.LayerNorm(hidden, eps=EPSILON)
        self.activation, self.dropout = nn.GELU(), nn.Dropout(DROPOUT)

    def forward(self, x: Float[Tensor, "b t h"]) -> Float[Tensor, "b t h"]:
        """The layer's output."""
        u = self.operation(x)
        if self.projection is not None:
            u = self.norm(self.dropout(self.projection(u)) + x)
        v = u
        for linear in self.feed_forward:
            v = self.activation(linear(v))
        return self.output_norm(self.dropout(self.output(v)) + u)


class Encoder(nn.Module):
    """Words, positions and one type, summed and normed, projected to the model's width; then the layers.

    Args:
        config: of the encoder.
        widths: `released`: width 256 and feed-forward width 1024 whatever the configuration says, as in the released metric
            code; `configured`: as it says.
        vocabulary: rows of the table of words.

    Raises:
        ValueError: other widths.
    """

    def __init__(self, config: Config, *, widths: str = "released", vocabulary: int = VOCABULARY) -> None:
        super().__init__()
        if widths not in WIDTHS:
            raise ValueError(f"Unknown widths {widths!r}. {suggest(widths, WIDTHS)}")
        fixed = widths == "released"
        hidden = FIXED["hidden"] if fixed else config.hidden
        self.words, self.positions = nn.Embedding(vocabulary, EMBEDDING), nn.Embedding(POSITIONS, EMBEDDING)
        self.types = nn.Embedding(TYPES, EMBEDDING)
        self.norm, self.dropout = nn.LayerNorm(EMBEDDING, eps=EPSILON), nn.Dropout(DROPOUT)
        self.projection = nn.Linear(EMBEDDING, hidden) if hidden != EMBEDDING else None
        self.layers = nn.ModuleList(
            EncoderLayer(layer, hidden, FIXED["dimension"] if fixed else layer.dimension) for layer in config.layers
        )

    def forward(self, tokens: Int[Tensor, "b t"]) -> Float[Tensor, "b t h"]:
        """The last layer's output; no position is masked."""
        x = self.words(tokens) + self.types.weight[0] + self.positions.weight[: tokens.shape[1]]
        x = self.dropout(self.norm(x))
        x = self.projection(x) if self.projection is not None else x
        for layer in self.layers:
            x = layer(x)
        return x


@torch.no_grad()
def initialise(model: Encoder, *, seed: int = 0) -> Encoder:
    """Fill an encoder by (seed, position): weights ~ N(0, 0.02^2), biases 0, gains of norms 1."""
    norms = {f"{name}.weight" for name, module in model.named_modules() if isinstance(module, nn.LayerNorm)}
    for name, parameter in model.named_parameters():
        if name in norms:
            parameter.fill_(1)
        elif name.endswith("bias"):
            parameter.zero_()
        else:
            parameter.copy_(torch.from_numpy(_weights(name, tuple(parameter.shape), seed)))
    return model


@lru_cache(maxsize=256)
def _weights(name: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Weights of one position; encoders share them."""
    return (DEVIATION * draw(f"encoder.{name}", shape, seed=seed)).astype(np.float32)
