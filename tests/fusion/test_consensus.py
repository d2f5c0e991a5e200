import numpy as np
import pandas as pd
import pytest

from untrained.fusion.consensus import consensus, groups_of_copies, reliabilities
from untrained.fusion.log_rank import log_rank
from untrained.stats.correlation import krocc


def rankers(noise: list[float], size: int = 400) -> tuple[np.ndarray, pd.DataFrame]:
    random = np.random.default_rng(0)
    truth = random.normal(size=size)
    return truth, pd.DataFrame({f"r{i}": truth + s * random.normal(size=size) for i, s in enumerate(noise)})


def test_reliabilities_of_a_rank_one_matrix():
    truth = np.array([0.9, 0.7, 0.5, 0.2])
    assert reliabilities(pd.DataFrame(np.outer(truth, truth))).tolist() == pytest.approx(truth, abs=1e-6)


def test_reliabilities_are_those_with_the_truth():
    truth, scores = rankers([0.5, 1.0, 2.0, 3.0], size=4000)
    found = reliabilities(scores.corr())
    for name in scores:
        assert found[name] == pytest.approx(np.corrcoef(scores[name], truth)[0, 1], abs=0.04)


def test_a_ranker_against_the_others_counts_nothing():
    _, scores = rankers([0.5, 0.6, 0.7])
    assert reliabilities(scores.assign(against=-scores["r0"] - scores["r1"]).corr())["against"] == 0


def test_copies_are_one_group():
    _, scores = rankers([1.0, 1.0, 1.0])
    table = scores.assign(copy=np.exp(scores["r0"]))
    labels = dict(zip(table, groups_of_copies(table.rank().corr()), strict=True))
    assert labels["copy"] == labels["r0"]
    assert len(set(labels.values())) == 3
    assert groups_of_copies(table[["r0"]].corr()).tolist() == [1]


def test_ten_copies_of_a_bad_ranker_do_not_outvote_good_ones():
    truth, scores = rankers([0.7, 0.7, 0.7, 3.0])
    flooded = scores.assign(**{f"copy{i}": scores["r3"] * (i + 2) for i in range(10)})
    ours, votes = krocc(consensus(flooded), truth), krocc(log_rank(flooded, list(flooded)), truth)
    assert ours > votes + 0.2
    assert ours == pytest.approx(krocc(consensus(scores), truth), abs=1e-9)


def test_better_than_its_parts_and_free_of_scale():
    truth, scores = rankers([1.0, 1.0, 1.5])
    found = consensus(scores)
    assert krocc(found, truth) > max(krocc(scores[name], truth) for name in scores)
    assert found.tolist() == pytest.approx(consensus(scores**3).tolist())
