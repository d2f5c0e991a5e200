"""Architectures as integers: drawn, crossed and mutated, and taken back to an architecture that the space has."""

from collections.abc import Sequence

import numpy as np


class Genes:
    """Codes of a space without the positions that never differ, and the row of the architecture that a code stands for.

    A code that the space does not have stands for a random one of those that differ from it in the fewest positions.

    Args:
        codes: integers (n, positions), rows distinct.

    Raises:
        ValueError: two architectures have one code, or there is one architecture only.
    """

    def __init__(self, codes: np.ndarray) -> None:
        self.codes = np.asarray(codes)[:, np.ptp(codes, axis=0) > 0]
        if not self.codes.size:
            raise ValueError(f"Got {len(codes)} architectures of one code: there is nothing to search.")
        self.choices = [np.unique(column) for column in self.codes.T]
        self._rows = {tuple(code): row for row, code in enumerate(self.codes.tolist())}
        if len(self._rows) != len(self.codes):
            raise ValueError(
                f"Got {len(self.codes)} codes, {len(self._rows)} of them distinct: give each architecture its own."
            )

    def row(self, code: Sequence[int], rng: np.random.Generator) -> int:
        """Row of the architecture of a code, or of one that is nearest to it."""
        code = tuple(map(int, code))
        if code not in self._rows:
            distance = (self.codes != code).sum(axis=1)
            return int(rng.choice(np.flatnonzero(distance == distance.min())))
        return self._rows[code]

    def rows(self, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Rows (m,) of codes (m, positions)."""
        return np.array([self.row(code, rng) for code in codes], int)


def random_code(choices: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """A code, every position drawn by itself from its choices."""
    return np.array([values[rng.integers(len(values))] for values in choices])


def two_point_crossover(first: np.ndarray, second: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two codes with the positions p..q-1 exchanged, cut points p < q drawn without replacement.

    >>> [child.tolist() for child in two_point_crossover(np.zeros(4, int), np.ones(4, int), np.random.default_rng(1))]
    [[0, 1, 0, 0], [1, 0, 1, 1]]
    """
    low, high = np.sort(rng.choice(len(first) + 1, size=2, replace=False))
    inside = (np.arange(len(first)) >= low) & (np.arange(len(first)) < high)
    return np.where(inside, second, first), np.where(inside, first, second)


def uniform_crossover(first: np.ndarray, second: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A code whose every position is of one parent or the other, with equal chances."""
    return np.where(rng.random(len(first)) < 0.5, first, second)


def mutate(code: np.ndarray, choices: Sequence[np.ndarray], rng: np.random.Generator, *, rate: float) -> np.ndarray:
    """Each position changes with probability `rate` to another of its choices; one that has a single choice stays."""
    changed = code.copy()
    for place in np.flatnonzero(rng.random(len(code)) < rate):
        others = choices[place][choices[place] != code[place]]
        if len(others):
            changed[place] = others[rng.integers(len(others))]
    return changed


def change_one(code: np.ndarray, choices: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """One position, of those that have a choice, takes another value.

    Raises:
        ValueError: no position has a choice.
    """
    free = [place for place, values in enumerate(choices) if len(values) > 1]
    if not free:
        raise ValueError("No position of the code has two values: this space is one architecture.")
    place = free[rng.integers(len(free))]
    changed = code.copy()
    changed[place] = rng.choice(choices[place][choices[place] != code[place]])
    return changed
