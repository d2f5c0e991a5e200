"""Searches that know nothing but what they ask: random, by evolution, by local steps."""

from collections import deque

import numpy as np

from untrained.search import Search, Space, method


@method(cite="li2020random")
def random_search(space: Space, rng: np.random.Generator) -> Search:
    """Ask for architectures in a random order, none twice."""
    for row in rng.permutation(len(space.architectures)):
        yield space.architectures[row]


@method(cite="real2019regularized")
def regularised_evolution(space: Space, rng: np.random.Generator, *, population: int = 10, sample: int = 3) -> Search:
    """The best of a random sample of the population has a mutated child; the oldest member dies.

    Args:
        space: searched.
        rng: of all draws.
        population: members alive; the first ones are random. 10 as the authors of NAS-Bench-201 set it.
        sample: members that compete for a child.
    """
    alive = deque(maxlen=population)
    while True:
        if len(alive) < population:
            arch = space.random(rng)
        else:
            rivals = [alive[i] for i in rng.choice(population, size=sample, replace=False)]
            arch = space.mutate(max(rivals)[1], rng)
        alive.append(((yield arch), arch))


@method(cite="white2021local")
def local_search(space: Space, rng: np.random.Generator) -> Search:
    """From a random start, ask for the neighbours in random order and move to the first better one; restart at a peak."""
    for row in rng.permutation(len(space.architectures)):
        here = space.architectures[row]
        value, better = (yield here), True
        while better:
            near, better = space.neighbours(here), False
            for step in rng.permutation(len(near)):
                found = yield near[step]
                if found > value:
                    here, value, better = near[step], found, True
                    break
