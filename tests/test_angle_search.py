"""Evolution by ranks: what it asks, and that it climbs where the score has a slope."""

import pandas as pd

from untrained import angle_search, benchmarks, states
from untrained.benchmarks import darts


def convolutions(arch: str) -> int:
    return arch.count("sep_conv_5x5")


def counted(asked: list[str]):
    """A made-up measurement in which every 5 x 5 convolution turns the classifier a little less."""

    def measured(arch: str) -> dict[str, float]:
        asked.append(arch)
        value = convolutions(arch) / 40
        return {"cos_fc": value, "cos_features": value, "cos_all": value, "loss": 3 - value, "params": 1, "seconds": 0.0}

    return measured


def test_every_genotype_is_new_valid_and_asked_once():
    asked: list[str] = []
    found = angle_search.evolve(counted(asked), evaluations=30, population=6, tournament=3, seed=1)
    assert asked == found["arch"].tolist() and len(set(asked)) == 30
    assert asked[:6] == states.draw(6, seed=1)
    bench = benchmarks.get("darts")
    for arch in asked:
        assert bench.canonical(arch) == arch and "none" not in {name for name, _ in darts.parse(arch).normal}


def test_evolution_climbs():
    found = angle_search.evolve(counted([]), evaluations=60, population=8, tournament=5, seed=0)
    first, last = found["arch"][:10].map(convolutions), found["arch"][-10:].map(convolutions)
    assert last.mean() > first.mean() + 2
    assert convolutions(angle_search.best(found)) == found["arch"].map(convolutions).max()


def test_draws_follow_the_seed():
    one, two, other = (angle_search.evolve(counted([]), evaluations=12, population=4, seed=s)["arch"] for s in (0, 0, 1))
    assert one.equals(two) and not one.equals(other)


def test_best_counts_angle_and_loss_together_as_much_as_size():
    rows = {
        "arch": ["a", "b", "c", "d"],
        "cos_fc": [0.90, 0.70, 0.80, 0.96],
        "loss": [1.2, 0.9, 2, 1],
        "params": [3, 1, 4, 2],
    }
    table = pd.DataFrame(rows).assign(cos_features=0.5, cos_all=0.5)
    assert angle_search.best(table) == "a"
