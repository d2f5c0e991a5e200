"""What was tried beside: learned on other benchmarks only, every benchmark once, and better than nothing."""

import numpy as np
import pandas as pd
import pytest

from untrained.fusion import tried
from untrained.fusion.carried import Judged
from untrained.stats.correlation import krocc


def table(benchmark: str, seed: int) -> tuple[Judged, pd.DataFrame]:
    random = np.random.default_rng(seed)
    index = [f"{benchmark}-{i}" for i in range(150)]
    truth = random.normal(size=150)
    noise = {"good": 0.3, "fair": 1.0, "poor": 3.0}
    scores = pd.DataFrame({name: truth + s * random.normal(size=150) for name, s in noise.items()}, index=index)
    graph = pd.DataFrame({"count conv": np.round(2 * truth), "edge 0-1 own": random.integers(2, size=150)}, index=index)
    return Judged(scores, pd.Series(90 + truth, index), benchmark, benchmark), graph.astype(float)


@pytest.fixture(scope="module")
def made() -> tuple[Judged, pd.DataFrame, dict, dict]:
    (mine, graph), *rest = (table(name, seed) for seed, name in enumerate("cab"))
    return mine, graph, {one.benchmark: one for one, _ in rest}, {one.benchmark: features for one, features in rest}


def test_every_fusion_ranks_what_it_has_not_seen(made):
    mine, graph, others, graphs = made
    found = tried.tried(mine.scores, graph, others, graphs, trees=20)
    assert len(found.columns) == 8
    assert found.index.equals(mine.scores.index) and found.notna().all().all()
    for name in found:
        assert krocc(found[name], mine.accuracy) > 0.55, name
    plain, wide = (krocc(found[name], mine.accuracy) for name in ("trees, carried", "trees on graphs too, carried"))
    assert plain != wide


def test_without_other_benchmarks_only_the_smoothed_one_is_left(made):
    mine, graph, *_ = made
    assert list(tried.tried(mine.scores, graph, {}, {}, trees=5)) == ["consensus, smoothed over graphs"]


def test_weights_by_other_rules(made):
    mine, _, others, _ = made
    weights = tried._weights(others, mine.scores)
    correlations = [np.log((o.scores.rank() - 0.5) / 150).corrwith(o.accuracy.rank()) for o in others.values()]
    assert weights["worst case"].to_numpy() == pytest.approx(
        np.minimum(*(c[["fair", "good", "poor"]] for c in correlations))
    )
    for name in ("own redundancy", "towards equal"):
        assert (weights[name] >= 0).all() and weights[name].idxmax() == "good", name


def test_benchmarks_count_equally(made):
    """Twice the same task is the same as once."""
    mine, _, others, _ = made
    doubled = others | {"again": others["a"]}
    for rule, weights in tried._weights(doubled, mine.scores).items():
        assert weights.to_numpy() == pytest.approx(tried._weights(others, mine.scores)[rule].to_numpy(), abs=1e-6), rule


def test_own_redundancy_is_the_solution_of_its_equation(made):
    mine, _, others, _ = made
    logs = np.log((mine.scores[["fair", "good", "poor"]].rank() - 0.5) / 150)
    each = [np.log((o.scores[logs.columns].rank() - 0.5) / 150).corrwith(o.accuracy.rank()) for o in others.values()]
    solved = np.linalg.solve(logs.corr() + np.eye(3), (each[0] + each[1]) / 2)
    assert (solved > 0).all()
    assert tried._weights(others, mine.scores)["own redundancy"].to_numpy() == pytest.approx(solved / logs.std().to_numpy())


def test_indicators_that_the_candidates_lack_have_no_weight(made):
    mine, _, others, _ = made
    for rule, weights in tried._weights(others, mine.scores.drop(columns="fair")).items():
        assert list(weights.index) == ["good", "poor"], rule
