"""Searches that train many architectures briefly and few for long."""

import numpy as np

from untrained.search import Search, Space, method


@method(needs=("fidelities",), cite="jamieson2016halving")
def successive_halving(space: Space, rng: np.random.Generator, *, queries: float, keep: float = 1 / 3) -> Search:
    """Rounds of: random architectures at the lowest fidelity, of which the best part goes on to the next, up to the highest.

    Args:
        space: searched.
        rng: of all draws.
        queries: the budget, one round of which is a fifth of it, so that several are paid for.
        keep: share that goes on.
    """
    order = iter(rng.permutation(len(space.architectures)))
    size = round_size(space.fidelities, queries, keep)
    while rows := [row for row, _ in zip(order, range(size), strict=False)]:
        yield from _promote([space.architectures[row] for row in rows], space.fidelities, keep, {})


@method(needs=("fidelities", "codes"), cite="falkner2018bohb")
def bohb(
    space: Space,
    rng: np.random.Generator,
    *,
    queries: float,
    keep: float = 1 / 3,
    random: float = 1 / 3,
    good: float = 0.15,
    candidates: int = 64,
) -> Search:
    """Successive halving whose candidates are where good architectures were dense and bad ones were not.

    l and g are the densities of the best and of the other architectures at the highest fidelity with enough of them:
    products over positions of the shares of each choice, each with one count more. A candidate maximises l / g among
    draws from the space.

    Args:
        space: searched.
        rng: of all draws.
        queries: the budget, one round of which is a fifth of it.
        keep: share that goes on to the next fidelity.
        random: share of candidates that are drawn at random.
        good: share of architectures that count as good.
        candidates: architectures drawn for each proposal.
    """
    size, seen = round_size(space.fidelities, queries, keep), {}
    left = set(range(len(space.architectures)))
    while left:
        rows = []
        while left and len(rows) < size:
            pool = rng.choice(sorted(left), size=min(candidates, len(left)), replace=False)
            model = None if rng.random() < random else _model(space, seen, good)
            rows.append(int(pool[0] if model is None else pool[np.argmax(model[pool])]))
            left.remove(rows[-1])
        yield from _promote([space.architectures[row] for row in rows], space.fidelities, keep, seen)


def round_size(fidelities: tuple[int, ...], queries: float, keep: float) -> int:
    """Architectures of a round that costs a fifth of the budget, at least 1 / keep of them.

    >>> round_size((12, 200), 20, 1 / 3)
    10
    """
    costs = sum(fidelity * keep**level for level, fidelity in enumerate(fidelities)) / fidelities[-1]
    least = int(np.ceil(1 / keep))
    return least if np.isinf(queries) else max(least, int(queries / 5 / costs))


def _promote(archs: list[str], fidelities: tuple[int, ...], keep: float, seen: dict[int, dict[str, float]]) -> Search:
    """One round; what it was told is kept in `seen`, by fidelity."""
    for fidelity in fidelities:
        values = {}
        for arch in archs:
            values[arch] = yield arch, fidelity
        seen.setdefault(fidelity, {}).update(values)
        archs = sorted(values, key=values.get, reverse=True)[: max(1, int(keep * len(values)))]


def _model(space: Space, seen: dict[int, dict[str, float]], good: float) -> np.ndarray | None:
    """The ratio ln l - ln g by architecture; None where no fidelity has positions + 1 of the good and of the others."""
    enough = space.codes.shape[1] + 1
    for fidelity in reversed(space.fidelities):
        values = seen.get(fidelity, {})
        count = max(enough, int(good * len(values)))
        if len(values) >= 2 * enough:
            rows = [space.position[arch] for arch in sorted(values, key=values.get, reverse=True)]
            return _log_density(space.codes, rows[:count]) - _log_density(space.codes, rows[count:])
    return None


def _log_density(codes: np.ndarray, rows: list[int]) -> np.ndarray:
    """Sum over positions of the logarithm of a choice's share among some rows, each choice counted once more."""
    shifted = codes - codes.min()
    counts = np.stack([np.bincount(column[rows], minlength=shifted.max() + 1) + 1.0 for column in shifted.T])
    shares = np.log(counts / counts.sum(axis=1, keepdims=True))
    return shares[np.arange(shifted.shape[1]), shifted].sum(axis=1)
