"""Cells of NAS-Bench-101 as labelled graphs: strings, rules, pruning, hash, canonical order, neighbours."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import md5
from itertools import combinations, islice, permutations, product

from untrained.registry import suggest

OPERATIONS = ("conv3x3", "conv1x1", "maxpool3x3")
"""Operations of an inner vertex in the benchmark's own order; the convolutions are followed by BN and ReLU."""
VERTICES, EDGES = 7, 9
"""The largest cell, input and output counted, after pruning."""

Sources = tuple[tuple[int, ...], ...]
"""Per vertex but the input: the vertices that feed it, increasing."""


@dataclass(frozen=True)
class Graph:
    """A directed acyclic graph: vertex 0 is the input, the last one the output; edges lead from lower to higher numbers.

    Attributes:
        operations: of the inner vertices 1 to V - 2.
        sources: of the vertices 1 to V - 1.
    """

    operations: tuple[str, ...]
    sources: Sources

    def __str__(self) -> str:
        names = (*self.operations, "output")
        fed = (f"{name}~{''.join(map(str, found))}" for name, found in zip(names, self.sources, strict=True))
        return f"|{'|'.join(fed)}|"

    @property
    def edges(self) -> int:
        """Their number."""
        return sum(map(len, self.sources))

    def part(self, order: Sequence[int]) -> "Graph":
        """The graph of some vertices, numbered anew in a given order that keeps edges pointing upwards."""
        place = {vertex: index for index, vertex in enumerate(order)}
        return Graph(
            tuple(self.operations[vertex - 1] for vertex in order[1:-1]),
            tuple(tuple(sorted(place[s] for s in self.sources[vertex - 1] if s in place)) for vertex in order[1:]),
        )

    def pruned(self) -> "Graph":
        """Without the vertices that are on no path from the input to the output.

        >>> str(parse("|conv3x3~0|conv1x1~|maxpool3x3~12|output~013|").pruned())
        '|conv3x3~0|maxpool3x3~1|output~012|'

        Raises:
            ValueError: there is no such path, or what is left breaks a rule of the benchmark.
        """
        fed, reaching = {0}, {len(self.sources)}
        for vertex, found in enumerate(self.sources, 1):
            fed |= {vertex} if fed & set(found) else set()
        for vertex in range(len(self.sources), 0, -1):
            reaching |= set(self.sources[vertex - 1]) if vertex in reaching else set()
        if 0 not in reaching:
            raise ValueError(
                f"No path leads from the input to the output of {str(self)!r}: vertex 0 has to reach the last one."
            )
        small = self.part(sorted(fed & reaching))
        if len(small.sources) >= VERTICES or small.edges > EDGES:
            raise ValueError(
                f"{str(self)!r} has {len(small.sources) + 1} vertices and {small.edges} edges on paths from the input to "
                f"the output; a cell of NAS-Bench-101 has at most {VERTICES} vertices, these two counted, and {EDGES} edges."
            )
        return small

    def canonical(self) -> "Graph":
        """The pruned graph in the one order that all its isomorphic relabellings share: that of the published table.

        Least adjacency bits first, sum of 2^(s + v (v - 1) / 2) over edges s -> v, then least operations: the authors kept
        the first of each class as they counted upwards, so a cell's channels and parameters are those of their record.
        """
        small = self.pruned()
        found = (small.part(order) for order in _least_orders(small.sources))
        return min(found, key=lambda graph: [OPERATIONS.index(name) for name in graph.operations])

    def module_hash(self) -> str:
        """The official hash of the pruned graph, equal for isomorphic ones: rounds of md5 over each vertex's neighbours."""
        graph = self.pruned()
        into = ((), *graph.sources)
        out = [[w for w, found in enumerate(into) if v in found] for v in range(len(into))]
        labels = [-1, *(OPERATIONS.index(name) for name in graph.operations), -2]
        hashes = [_md5(str((len(out[v]), len(into[v]), label))) for v, label in enumerate(labels)]
        for _ in labels:
            near = [["".join(sorted(hashes[w] for w in side[v])) for side in (into, out)] for v in range(len(labels))]
            hashes = [_md5(f"{before}|{after}|{own}") for (before, after), own in zip(near, hashes, strict=True)]
        return _md5(str(sorted(hashes)))

    def changes(self) -> Iterator["Graph"]:
        """Graphs with one operation changed, one edge added or removed, or one vertex put between two others.

        An edge may be added in either direction that closes no cycle, so that isomorphic graphs have the same changes.
        """
        for index, name in enumerate(self.operations):
            for other in OPERATIONS:
                if other != name:
                    yield Graph((*self.operations[:index], other, *self.operations[index + 1 :]), self.sources)
        last = len(self.sources)
        own = {(source, vertex) for vertex, found in enumerate(self.sources, 1) for source in found}
        moved = {(source, vertex + (vertex == last)) for source, vertex in own}  # the new vertex takes the output's number
        for source, vertex in permutations(range(last + 1), 2):
            if source < last and vertex > 0:
                yield from _ordered(self.operations, own ^ {(source, vertex)})
                put = moved | {(source, last), (last, vertex + (vertex == last))}
                for name in OPERATIONS:
                    yield from _ordered((*self.operations, name), put)


def parse(arch: str) -> Graph:
    """The graph of a string `|operation~sources|...|output~sources|`, vertices in order, each source one digit, 0 the input.

    >>> parse("|conv3x3~0|maxpool3x3~01|output~2|").sources
    ((0,), (0, 1), (2,))

    Raises:
        ValueError: the string has another shape, or an unknown operation.
    """
    tokens = [token.partition("~") for token in arch.strip("|").split("|")]
    names = tuple(name for name, _, _ in tokens)
    for name in names[:-1]:
        if name not in OPERATIONS:
            raise ValueError(f"Unknown operation {name!r} in {arch!r}. {suggest(name, OPERATIONS)}")
    graph = Graph(names[:-1], tuple(tuple(int(s) for s in digits if s in "0123456789") for _, _, digits in tokens))
    upwards = all(list(found) == sorted(set(found) & set(range(v))) for v, found in enumerate(graph.sources, 1))
    if str(graph) != arch or not upwards:
        raise ValueError(
            f"Not a NAS-Bench-101 cell: {arch!r}. The form is '|operation~sources|...|output~sources|' with the numbers of "
            "earlier vertices, increasing, 0 the input: '|conv3x3~0|maxpool3x3~01|output~2|'."
        )
    return graph


def of_matrix(adjacency: Sequence[Sequence[int]], operations: Sequence[str]) -> Graph:
    """The graph of an adjacency matrix, row to column, and of official operation names, `input` and `output` included.

    >>> str(of_matrix([[0, 1, 1], [0, 0, 1], [0, 0, 0]], ["input", "conv3x3-bn-relu", "output"]))
    '|conv3x3~0|output~01|'

    Raises:
        ValueError: an edge leads downwards, or an operation is unknown.
    """
    if any(row[column] for number, row in enumerate(adjacency) for column in range(number + 1)):
        raise ValueError(f"The adjacency matrix {adjacency} is not strictly upper triangular.")
    names = tuple(name.removesuffix("-bn-relu") for name in operations[1:-1])
    columns = list(zip(*adjacency, strict=True))[1:]
    return parse(str(Graph(names, tuple(tuple(s for s, edge in enumerate(column) if edge) for column in columns))))


def every() -> Iterator[Graph]:
    """Every canonical graph of the space in the order in which the authors counted: vertices, edges as bits, operations."""
    for last in range(1, VERTICES):
        for sources in sorted(_wired((), last), key=lambda rows: [_bits(row) for row in reversed(rows)]):
            orders = _least_orders(sources)
            if tuple(range(last + 1)) in orders:
                for labels in product(range(len(OPERATIONS)), repeat=last - 1):
                    if all(labels <= tuple(labels[vertex - 1] for vertex in order[1:-1]) for order in orders):
                        yield Graph(tuple(OPERATIONS[label] for label in labels), sources)


class GraphSpace:
    """The strings of the space: canonical form, hash, neighbours; benchmarks add networks and tables."""

    def unique(self) -> list[str]:
        """The 423,624 canonical strings, needing no table: fewest vertices first, then counting upwards."""
        return [str(graph) for graph in every()]

    def canonical(self, arch: str) -> str:
        """The string of the pruned cell in canonical order: one for all isomorphic cells."""
        return str(parse(arch).canonical())

    def module_hash(self, arch: str) -> str:
        """The official identity of a cell in the published table."""
        return parse(arch).module_hash()

    def neighbours(self, arch: str) -> Sequence[str]:
        """Canonical cells one operation or one edge away, or with one more vertex between two others; sorted.

        Pruned cells never gain a vertex by one more edge; the third change lets a search grow what a removed edge cut.
        """
        return sorted({str(cell) for cell in map(_valid, parse(arch).canonical().changes()) if cell})


def _valid(graph: Graph) -> Graph | None:
    """The canonical graph, or None where a rule of the benchmark is broken."""
    try:
        return graph.canonical()
    except ValueError:
        return None


@lru_cache(maxsize=2**16)
def _least_orders(sources: Sources) -> tuple[tuple[int, ...], ...]:
    """Every order of the vertices that keeps edges pointing upwards and has the least adjacency bits."""
    found: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for order in _orders(sources, (0,)):
        place = {vertex: index for index, vertex in enumerate(order)}
        bits = tuple(_bits(place[s] for s in sources[vertex - 1]) for vertex in order[:0:-1])
        found.setdefault(bits, []).append(order)
    return tuple(found[min(found)])


def _wired(begun: Sources, last: int) -> Iterator[Sources]:
    """Every way to feed the vertices after those begun, up to the output, so that all are on paths and edges suffice."""
    if len(begun) == last:
        if len(set().union(*begun)) == last:
            yield begun
        return
    left = EDGES - sum(map(len, begun)) - (last - len(begun) - 1)
    for count in range(1, left + 1):
        for row in combinations(range(len(begun) + 1), count):
            yield from _wired((*begun, row), last)


def _bits(numbers: Iterable[int]) -> int:
    return sum(1 << number for number in numbers)


def _orders(sources: Sources, begun: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Every order of the vertices that keeps edges pointing upwards, the output last."""
    if len(begun) == len(sources):
        yield (*begun, len(sources))
    for vertex in range(1, len(sources)):
        if vertex not in begun and all(s in begun for s in sources[vertex - 1]):
            yield from _orders(sources, (*begun, vertex))


def _ordered(operations: tuple[str, ...], edges: Collection[tuple[int, int]]) -> Iterator[Graph]:
    """The graph of edges in any direction, numbered anew so that they point upwards; none if they close a cycle."""
    sources = tuple(tuple(s for s, v in edges if v == vertex) for vertex in range(1, len(operations) + 2))
    for order in islice(_orders(sources, (0,)), 1):
        yield Graph(operations, sources).part(order)


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
