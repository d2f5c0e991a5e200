"""Twins: different architectures that are one function but for the names of their weights.

A convolution on one edge and a convolution behind an identity compute the same; so do two sums of the same terms. Weights
are drawn alike at every position, so twins have the same accuracy but for the luck of a draw, and an indicator's mean over
twins is an indicator with less of it. What is known of one is known of all: no label is needed to see it.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import pandas as pd

from untrained.benchmarks.cells import EDGES, OPERATIONS, Cell, live
from untrained.benchmarks.nas_bench_201 import parse

Term = str | tuple
"""What a node adds up: the input `x`, the edge of a convolution, or ("pool", term)."""


def function(cell: Sequence[str]) -> str:
    """What a cell computes, the same for twins: every convolution by a number, its kernel and its input, then the output.

    Dead operations are gone, an identity hands on what it gets, a pooling pools each term of a sum, a term that comes twice
    counts twice. Of all ways to number the convolutions the least text stands.

    >>> through = ("nor_conv_3x3", "none", "skip_connect", "none", "none", "skip_connect")
    >>> at_once = ("none", "none", "none", "nor_conv_3x3", "none", "none")
    >>> function(through), function(at_once)
    ('0=3x3(1x)|1#0', '0=3x3(1x)|1#0')
    """
    nodes: list[Counter[Term]] = [Counter(x=1), Counter(), Counter(), Counter()]
    inputs: dict[str, dict[str, Counter[Term]]] = defaultdict(dict)
    for (source, target), name in zip(EDGES, live(cell), strict=True):
        match name:
            case "none":
                found = Counter()
            case "skip_connect":
                found = nodes[source]
            case "avg_pool_3x3":
                found = Counter({("pool", term): times for term, times in nodes[source].items()})
            case _:
                edge, kernel = f"{source}-{target}", name.removeprefix("nor_conv_")
                inputs[kernel][edge] = nodes[source]
                found = Counter([edge])
        nodes[target] = nodes[target] + found
    return min(_written(inputs, numbers, nodes[3]) for numbers in _numberings(inputs))


def _numberings(inputs: Mapping[str, Mapping[str, object]]) -> Iterator[dict[str, int]]:
    """Every way to number the convolutions, kernel by kernel."""
    kernels = sorted(inputs)
    for orders in itertools.product(*(itertools.permutations(inputs[kernel]) for kernel in kernels)):
        yield {edge: number for number, edge in enumerate(itertools.chain.from_iterable(orders))}


def _written(inputs: Mapping[str, Mapping[str, Counter[Term]]], numbers: Mapping[str, int], output: Counter[Term]) -> str:
    def term(one: Term) -> str:
        return f"pool {term(one[1])}" if isinstance(one, tuple) else f"#{numbers[one]}" if one in numbers else one

    def total(terms: Counter[Term]) -> str:
        return "+".join(sorted(f"{times}{term(one)}" for one, times in terms.items()))

    found = (f"{numbers[edge]}={kernel}({total(of)})" for kernel, part in inputs.items() for edge, of in part.items())
    return ";".join(sorted(found)) + "|" + total(output)


@cache
def families() -> dict[str, list[Cell]]:
    """All cells without dead operations, by the function that they are."""
    found: dict[str, list[Cell]] = defaultdict(list)
    for cell in sorted({live(cell) for cell in itertools.product(OPERATIONS, repeat=len(EDGES))}):
        found[function(cell)].append(cell)
    return dict(found)


@cache
def _functions() -> dict[Cell, str]:
    return {cell: name for name, cells in families().items() for cell in cells}


KNOWN = ("nas_bench_201", "nas_bench_digits")
"""Benchmarks whose cells are `function`s. Not TransNAS-Bench-101: in its cells of stride 2 an identity is none."""


def twins(benchmark: str, archs: Sequence[str]) -> pd.Series:
    """The function of every architecture, equal for twins; on benchmarks that are not `KNOWN` its own string.

    Args:
        benchmark: a registered name.
        archs: strings of that benchmark.

    Returns:
        Strings, index arch.
    """
    found = [_functions()[live(parse(arch))] for arch in archs] if benchmark in KNOWN else archs
    return pd.Series(list(found), pd.Index(archs, name="arch"), dtype=object)
