"""What each step costs alone, also where several steps share one that ran before."""

import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager


class Meter:
    """CPU seconds of named steps; a step's price is its own time and that of every step it used, each once."""

    def __init__(self) -> None:
        self._own: dict[Hashable, float] = {}
        self._used: dict[Hashable, set[Hashable]] = {}
        self._open: list[tuple[set[Hashable], list[float]]] = []

    @contextmanager
    def step(self, key: Hashable) -> Iterator[None]:
        """Measure a step; steps inside it are counted as used by it."""
        self.use(key)
        used, nested = set(), [0.0]
        self._open.append((used, nested))
        start = time.process_time()
        try:
            yield
        finally:
            elapsed = time.process_time() - start
            self._open.pop()
            self._own[key], self._used[key] = elapsed - nested[0], used
            if self._open:
                self._open[-1][1][0] += elapsed

    def use(self, key: Hashable) -> None:
        """Note that the open step uses a step, run now or before."""
        if self._open:
            self._open[-1][0].add(key)

    def own(self, key: Hashable) -> float:
        """Seconds of the step without the steps it used."""
        return self._own[key]

    def price(self, key: Hashable) -> float:
        """Seconds the step would have cost alone."""
        todo, done = [key], set()
        while todo:
            step = todo.pop()
            if step not in done:
                done.add(step)
                todo.extend(self._used.get(step, ()))
        return sum(self._own.get(step, 0.0) for step in done)


def calibration(repeats: int = 20) -> float:
    """CPU seconds of one fixed unit of work on this machine now: 10 convolutions 16 -> 16, 3 x 3, of 32 images of 32 x 32.

    Costs quoted in this unit compare between machines; the smallest of `repeats` runs is taken.
    """
    import torch

    images, weight = torch.ones(32, 16, 32, 32), torch.full((16, 16, 3, 3), 0.01)
    times = []
    with torch.no_grad():
        for _ in range(repeats):
            start = time.process_time()
            for _ in range(10):
                torch.nn.functional.conv2d(images, weight, padding=1)
            times.append(time.process_time() - start)
    return min(times)
