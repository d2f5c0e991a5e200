"""Configurations of BERT-like encoders: strings, the sampler of the benchmark, sizes.

References: tuli2023flexibert, serianni2023rnn.
"""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from untrained.registry import suggest

OPERATIONS = {"SA": ("SDP", "WMA"), "LT": ("DFT", "DCT"), "DSC": (5, 9)}
"""Operations of a layer and their parameters.

SA: self-attention by scaled dot products, or with a further matrix on the query (weighted multiplicative). LT: a linear map,
then a discrete Fourier or cosine transform. DSC: half of the heads attend, half are convolutions whose kernels depend on the
token, 5 or 9 wide.
"""
HIDDEN, DEPTHS, HEADS, DIMENSIONS, COUNTS = (128, 256), (2, 4), (2, 4), (512, 1024), (1, 3)
"""Choices: width of the model, layers; per layer heads, feed-forward width, feed-forward layers."""

KINDS = {"SDP": "SA", "WMA": "SA", "DFT": "LT", "DCT": "LT", "K5": "DSC", "K9": "DSC"}
"""Name of an operation with its parameter in a string, and its type."""

VOCABULARY, EMBEDDING, POSITIONS, TYPES = 30_522, 128, 512, 2
"""Sizes of the tables before the encoder, as in ELECTRA-small."""

FIXED = {"hidden": 256, "dimension": 1024}
"""What the released metric code builds, whatever the configuration says."""

WIDTHS = ("released", "configured")
WORD = re.compile(r"(\w+)\*(\d+):(\d+)x(\d+)")


class Layer(NamedTuple):
    """One layer: `kind` of `KINDS`, heads of the operation, width and number of the feed-forward layers."""

    kind: str
    heads: int
    dimension: int
    count: int


@dataclass(frozen=True)
class Config:
    """An encoder: width of the model, and its layers."""

    hidden: int
    layers: tuple[Layer, ...]

    def __str__(self) -> str:
        """The string of an encoder, `256 | WMA*4:1024x3 | K9*2:512x1`."""
        return " | ".join([str(self.hidden), *(f"{kind}*{heads}:{dim}x{count}" for kind, heads, dim, count in self.layers)])


def parse(arch: str) -> Config:
    """The configuration of a string.

    >>> parse("256 | WMA*4:1024x3 | K9*2:512x1").layers[1]
    Layer(kind='K9', heads=2, dimension=512, count=1)

    Raises:
        ValueError: not an encoder of the space.
    """
    first, *rest = arch.split(" | ")
    words = [WORD.fullmatch(word) for word in rest]
    if not first.isdigit() or not all(words):
        raise ValueError(f"Not an encoder: {arch!r}. The form is '256 | WMA*4:1024x3 | K9*2:512x1'.")
    layers = tuple(Layer(found[1], *map(int, found.groups()[1:])) for found in words)
    _check("hidden size", int(first), HIDDEN)
    _check("number of layers", len(layers), DEPTHS)
    for layer in layers:
        for what, value, known in zip(
            ("operation", "number of heads", "feed-forward dimension", "number of feed-forward layers"),
            layer,
            (KINDS, HEADS, DIMENSIONS, COUNTS),
            strict=True,
        ):
            _check(what, value, known)
    return Config(int(first), layers)


def _check(what: str, value: Any, known: Any) -> None:
    if value not in known:
        raise ValueError(f"Unknown {what} {value!r}. {suggest(str(value), map(str, known))}")


def published(record: Mapping[str, Any]) -> Config:
    """The configuration in the benchmark's words: `hidden_size` and `nas_config`."""
    layers = [
        Layer(
            f"K{one['operation_parameter']}" if one["operation_type"] == "DSC" else one["operation_parameter"],
            one["num_operation_heads"],
            one["feed_forward_dimension"],
            one["num_feed_forward"],
        )
        for one in record["nas_config"]["encoder_layers"]
    ]
    return Config(record["hidden_size"], tuple(layers))


def sampled(seed: int = 0) -> Iterator[Config]:
    """Encoders drawn choice by choice, without end; the benchmark is the first 500 of seed 0."""
    choose = random.Random(seed).choice
    while True:
        hidden, depth = choose(HIDDEN), choose(DEPTHS)
        layers = []
        for _ in range(depth):
            operation = choose(tuple(OPERATIONS))
            parameter = choose(OPERATIONS[operation])
            kind = f"K{parameter}" if operation == "DSC" else parameter
            layers.append(Layer(kind, choose(HEADS), choose(DIMENSIONS), choose(COUNTS)))
        yield Config(hidden, tuple(layers))


def size_of_space() -> int:
    """Number of encoders.

    >>> size_of_space()
    10621440
    """
    options = len(KINDS) * len(HEADS) * len(DIMENSIONS) * len(COUNTS)
    return len(HIDDEN) * sum(options**depth for depth in DEPTHS)


def neighbours(config: Config) -> Iterator[Config]:
    """Encoders of the same depth that differ in one choice."""
    yield from (replace(config, hidden=other) for other in HIDDEN if other != config.hidden)
    for place, layer in enumerate(config.layers):
        for field, known in zip(Layer._fields, (KINDS, HEADS, DIMENSIONS, COUNTS), strict=True):
            for other in known:
                if other != getattr(layer, field):
                    changed = layer._replace(**{field: other})
                    yield replace(config, layers=(*config.layers[:place], changed, *config.layers[place + 1 :]))


def params(config: Config, widths: str = "released") -> int:
    """#Param of an encoder: `released`: of the fixed-width model of the metric code; `configured`: as it says itself."""
    h = FIXED["hidden"] if widths == "released" else config.hidden
    total = _tables(h)
    for layer in config.layers:
        f = FIXED["dimension"] if widths == "released" else layer.dimension
        total += _operation(layer, h) + h * f + f + (layer.count - 1) * (f * f + f) + f * h + h + 2 * h
    return total


def trained_params(config: Config) -> int:
    """#Param of what the published training code builds, read literally: plain attention in every layer.

    The first feed-forward layer is 4 h wide; the configured dimension is that of the further ones alone.
    """
    h, total = config.hidden, _tables(config.hidden)
    for layer in config.layers:
        widths = [h, 4 * h, *[layer.dimension] * (layer.count - 1), h]
        total += 4 * (h * h + h) + 2 * h + sum(a * b + b for a, b in zip(widths, widths[1:], strict=False)) + 2 * h
    return total


def baselines(config: Config) -> dict[str, int]:
    """Plain sizes: depth, width, both at once (a step of depth counts double), and three counts of parameters."""
    deep, wide = len(config.layers) == max(DEPTHS), config.hidden == max(HIDDEN)
    return {
        "depth": len(config.layers),
        "width": config.hidden,
        "depth_and_width": 2 * deep + wide,
        "params_trained": trained_params(config),
        "params_configured": params(config, "configured"),
        "params_released": params(config, "released"),
    }


def _tables(h: int) -> int:
    """Words, positions, types and their norm, and the projection to the model's width where it differs."""
    return (VOCABULARY + POSITIONS + TYPES + 2) * EMBEDDING + (EMBEDDING * h + h if h != EMBEDDING else 0)


def _operation(layer: Layer, h: int) -> int:
    square = h * h + h
    kind = KINDS[layer.kind]
    if kind == "LT":
        return square
    if kind == "SA":
        return 4 * square + 2 * h + (h * h if layer.kind == "WMA" else 0)
    c, s = layer.heads // 2, int(layer.kind[1:])
    a = c * (h // layer.heads)
    return 4 * (h * a + a) + h * s + h * a + a + (a * c * s + c * s) + square + 2 * h
