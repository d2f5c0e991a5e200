"""Neural graph features: what an architecture's string says of its graph, by one routine for every benchmark.

A graph is a list of edges (source, target, operation) between numbered nodes, sources before targets; a wire has the
operation "". An operation on a vertex is the edge between the two ends of that vertex. Key of the idea: `kadlecova2024graf`.
"""

from collections.abc import Callable, Iterable, Sequence, Set

import numpy as np
import pandas as pd

from untrained.benchmarks import cells, darts, graphs, nas_bench_201, nas_bench_macro, nds, transnas_bench_101
from untrained.benchmarks.genotypes import Edge
from untrained.registry import suggest
from untrained.twins import KNOWN, families, twins

Labelled = list[tuple[int, int, str]]
"""Edges of one graph; the least node is the input, the greatest the output."""

NOTHING = "none"
ROLES = {"conv": ("conv", "mb", "block"), "pool": ("pool",), "skip": ("skip", "identity")}
"""Kinds of operations, by parts of their names: what spaces with different operations have in common."""
IDENTITIES = {"", "skip_connect", "identity"}
"""What passes its input on."""


def _cell(operations: Sequence[str]) -> dict[str, Labelled]:
    return {"": [(*edge, name) for edge, name in zip(cells.EDGES, operations, strict=True)]}


def _vertices(arch: str) -> dict[str, Labelled]:
    graph = graphs.parse(arch)
    wires = [(2 * s + 1, 2 * v, "") for v, found in enumerate(graph.sources, 1) for s in found]
    return {"": wires + [(2 * v, 2 * v + 1, name) for v, name in enumerate(graph.operations, 1)]}


def _two_inputs(edges: Sequence[Edge], joined: Sequence[int]) -> Labelled:
    """A cell of DARTS: node 0 feeds 1 and 2, the outputs of the two cells before; the last node joins others."""
    read = [(source + 1, place // 2 + 3, name) for place, (name, source) in enumerate(edges)]
    last = len(edges) // 2 + 3
    return [(0, 1, ""), (0, 2, ""), *read, *((node + 1, last, "") for node in joined)]


def _genotype(found: Sequence) -> dict[str, Labelled]:
    normal, reduce = _two_inputs(*found[:2]), _two_inputs(*found[2:])
    return {"": normal} if normal == reduce else {"": normal, "reduction ": reduce}


def _chain(names: Iterable[str]) -> dict[str, Labelled]:
    return {"": [(place, place + 1, name) for place, name in enumerate(names)]}


def _macro(arch: str) -> dict[str, Labelled]:
    kinds = {"0": "identity"} | {code: name for code, (name, _, _) in nas_bench_macro.BLOCKS.items()}
    return _chain(kinds[code] for code in "".join(nas_bench_macro.parse(arch)))


def _transnas(arch: str) -> dict[str, Labelled]:
    if arch.endswith("-basic"):
        return _chain(f"block_{code}" for code in transnas_bench_101.parse_layout(arch))
    return _cell(transnas_bench_101.parse_cell(arch))


def _nds(arch: str) -> dict[str, Labelled]:
    _, found = nds.parse(arch)
    if isinstance(found, nds.Cells):
        return _genotype(found.genotype)
    return _chain(f"block_{stage}" for stage, depth in enumerate(found.ds) for _ in range(depth))


GRAPHS: dict[str, Callable[[str], dict[str, Labelled]]] = {
    "darts": lambda arch: _genotype(darts.parse(arch)),
    "nas_bench_101": _vertices,
    "nas_bench_201": lambda arch: _cell(nas_bench_201.parse(arch)),
    "nas_bench_digits": lambda arch: _cell(nas_bench_201.parse(arch)),
    "nas_bench_macro": _macro,
    "nds": _nds,
    "transnas_bench_101": _transnas,
}
"""The graphs of a string by benchmark: one, or two where a network has cells of two kinds."""


def graph_features(benchmark: str, archs: Sequence[str]) -> pd.DataFrame:
    """Numbers of every architecture's graph, no network built: one row per architecture, one column per feature.

    The mean over an architecture's twins (`untrained.twins`), where it has some: which edge an operation stands on is a
    name as well, and twins have equal rows.

    Of every operation and every role of `ROLES`, and of all operations together: `count`, and over the paths from input to
    output the most (`longest`), the least (`shortest`) and the `mean` number of them on a path. Of the graph: `paths` (ln
    of 1 + their number), edges `into output` and `out of input`. Where all graphs have the same edges, which live
    operation is on which edge. What is `none`, or on no path, counts nowhere; constant columns are left out.

    Args:
        benchmark: a key of `GRAPHS`.
        archs: strings of that benchmark, canonical ones for one value per function.

    Returns:
        Features of float64, index arch, none missing.

    Raises:
        ValueError: no graphs are known for the benchmark.

    >>> cell = "|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|skip_connect~0|none~1|nor_conv_3x3~2|"
    >>> skip = "|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"
    >>> found = graph_features("nas_bench_201", [cell, skip])
    >>> found[["count conv", "longest conv", "mean conv", "into output"]].to_numpy().tolist()
    [[3.0, 3.0, 1.5, 2.0], [0.0, 0.0, 0.0, 1.0]]
    """
    whose = twins(benchmark, archs)
    members = [(name, one) for name in whose.unique() for one in _members(benchmark, name)]
    tables = [_table(found).add_prefix(part) for part, found in _by_part([one for _, one in members]).items()]
    means = pd.concat(tables, axis=1).groupby([name for name, _ in members]).mean()
    table = means.round(12).loc[whose].set_axis(whose.index)  # means of equal numbers are equal
    return table.loc[:, table.nunique() > 1]


def path_features(benchmark: str, archs: Sequence[str], *, share: float = 0.01) -> pd.DataFrame:
    """Which sequences of operations lie on a path from input to output: 1.0 where one does, 0.0 where none.

    Wires and identities are left out of a sequence: equal functions of a path have one. A sequence that fewer than a share
    of the architectures have, or lack, tells too few of them apart and has no column.

    Args:
        benchmark: a key of `GRAPHS`.
        archs: strings of that benchmark.
        share: of the architectures, that must have a sequence and that must lack it.

    Returns:
        Float64, index arch; no column where each path is of one architecture, as in chains.

    Raises:
        ValueError: no graphs are known for the benchmark.

    >>> cell = "|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|skip_connect~0|none~1|nor_conv_3x3~2|"
    >>> skip = "|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"
    >>> path_features("nas_bench_201", [cell, skip]).to_dict("list")
    {'nor_conv_3x3, nor_conv_1x1, nor_conv_3x3': [1.0, 0.0]}
    """
    parts = [
        pd.DataFrame([{part + ", ".join(names): 1.0 for names in _sequences(graph)} for graph in found])
        for part, found in _by_part([_graphs(benchmark, arch) for arch in archs]).items()
    ]
    table = pd.concat(parts, axis=1).set_axis(pd.Index(archs, name="arch")).astype(float).fillna(0.0)
    return table.loc[:, table.mean().between(share, 1 - share)].sort_index(axis=1)


def _graphs(benchmark: str, arch: str) -> dict[str, Labelled]:
    if benchmark not in GRAPHS:
        raise ValueError(f"No graphs are known for {benchmark!r}. {suggest(benchmark, GRAPHS)}")
    return GRAPHS[benchmark](arch)


def _members(benchmark: str, name: str) -> list[dict[str, Labelled]]:
    """The graphs of all architectures that `twins` gives one name."""
    return [_cell(cell) for cell in families()[name]] if benchmark in KNOWN else [_graphs(benchmark, name)]


def _by_part(found: Sequence[dict[str, Labelled]]) -> dict[str, list[Labelled]]:
    """Graphs of all architectures by part; where an architecture's cells are of one kind, it is that of every part."""
    return {part: [one.get(part, one[""]) for one in found] for part in sorted({part for one in found for part in one})}


def _table(found: Sequence[Labelled]) -> pd.DataFrame:
    names = sorted({name for graph in found for *_, name in graph} - {"", NOTHING})
    kinds = {name: {name} for name in names} | {"operation": set(names)}
    kinds |= {role: {name for name in names if any(word in name for word in words)} for role, words in ROLES.items()}
    fixed = len({tuple(edge[:2] for edge in graph) for graph in found}) == 1
    return pd.DataFrame([_row(graph, kinds, names if fixed else ()) for graph in found]).astype(float)


def _row(graph: Labelled, kinds: dict[str, set[str]], named: Sequence[str]) -> dict[str, float]:
    alive, first, last = _alive(graph)
    row = {"into output": sum(edge[1] == last for edge in alive), "out of input": sum(edge[0] == first for edge in alive)}
    for kind, names in kinds.items():
        paths, least, most, mean = _along(alive, first, last, names)
        row |= {f"count {kind}": sum(name in names for *_, name in alive), f"mean {kind}": mean}
        row |= {f"shortest {kind}": least, f"longest {kind}": most, "paths": np.log1p(paths)}
    return row | {f"edge {s}-{t} {name}": (s, t, name) in alive for s, t, _ in graph for name in named}


def _alive(graph: Labelled) -> tuple[Labelled, int, int]:
    """The edges on paths from input to output, sources before targets; the input; the output."""
    first, last = min(edge[0] for edge in graph), max(edge[1] for edge in graph)
    used = sorted((edge for edge in graph if edge[2] != NOTHING), key=lambda edge: (edge[1], edge[0]))
    fed, reaching = {first}, {last}
    for source, target, _ in used:
        fed |= {target} if source in fed else set()
    for source, target, _ in sorted(used, reverse=True):
        reaching |= {source} if target in reaching else set()
    return [edge for edge in used if edge[0] in fed and edge[1] in reaching], first, last


def _sequences(graph: Labelled) -> set[tuple[str, ...]]:
    """Names of the operations along each path from input to output, without identities."""
    alive, first, last = _alive(graph)
    at = {first: {()}}
    for source, target, name in alive:
        at.setdefault(target, set()).update(found if name in IDENTITIES else (*found, name) for found in at[source])
    return at.get(last, set())


def _along(alive: Labelled, first: int, last: int, names: Set[str]) -> tuple[int, int, int, float]:
    """Number of paths, and the least, the most and the mean number of some operations on one; zeros without a path."""
    at = {first: (1, 0, 0, 0)}
    for source, target, name in alive:
        step, (paths, least, most, total) = name in names, at[source]
        before = at.get(target, (0, least + step, 0, 0))
        ends = min(before[1], least + step), max(before[2], most + step)
        at[target] = before[0] + paths, *ends, before[3] + total + step * paths
    paths, least, most, total = at.get(last, (0, 0, 0, 0))
    return paths, least, most, total / max(paths, 1)
