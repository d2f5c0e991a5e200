import numpy as np
import pandas as pd
import pytest

from untrained.fusion.candidates import design, over_twins, ranks, standardised


def test_ranks_by_hand():
    table = pd.DataFrame(
        {"a": [3.0, 1.0, 2.0, 2.0], "b": [np.nan, 5.0, np.inf, 7.0], "c": [1.0] * 4, "d": [np.nan] * 3 + [1]}
    )
    found = ranks(table)
    assert list(found) == ["a", "b"]
    assert found["a"].tolist() == [0.875, 0.125, 0.5, 0.5]
    assert found["b"].tolist() == [0.25, 0.625, 0.25, 0.875]


def test_only_order_counts():
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(9, 3)))
    assert ranks(table).equals(ranks(np.exp(3 * table)))


def test_a_design_says_where_its_columns_come_from():
    random = np.random.default_rng(0)
    scores = pd.DataFrame(random.normal(size=(50, 4)), columns=list("abcd"))
    graph = pd.DataFrame(random.integers(3, size=(50, 16)), columns=[f"g{i}" for i in range(16)])
    paths = pd.DataFrame({"conv": np.arange(50) % 2.0, "conv, pool": np.arange(50) == 7}, dtype=float)
    table = design(scores, graph, scores[["a"]], paths)
    words = table.columns.str.split().str[0]
    assert words.value_counts().to_dict() == {"graph": 16, "indicator": 4, "path": 2, "prior": 1}
    variance = table.var(ddof=0).groupby(words).sum()
    assert variance.to_dict() == pytest.approx({"indicator": 4, "graph": 4, "path": 1, "prior": 1})
    assert table["path conv"].var() / table["path conv, pool"].var() == pytest.approx(0.25 / (0.02 * 0.98))
    assert list(design(scores)) == [f"indicator {name}" for name in "abcd"]


def test_other_architectures_are_refused():
    scores = pd.DataFrame({"a": [1.0, 2.0]}, index=["x", "y"])
    with pytest.raises(ValueError, match="graph columns are of other architectures"):
        design(scores, pd.DataFrame({"g": [1.0, 2.0]}, index=["y", "x"]))


def test_a_space_without_shared_paths_has_no_columns_of_them():
    scores = pd.DataFrame({"a": [1.0, 2.0]}, index=["x", "y"])
    assert design(scores, paths=pd.DataFrame(index=["x", "y"])).equals(design(scores))


def test_constant_columns_are_shifted():
    assert standardised(pd.DataFrame({"a": [2.0, 2.0], "b": [1.0, 3.0]})).tolist() == [[0, -1], [0, 1]]


def test_twins_share_their_rows_and_others_keep_theirs():
    scores = pd.DataFrame(np.random.default_rng(0).normal(size=(6, 2)), columns=["a", "b"])
    twins = pd.Series(list("xyxzwy"))
    table = design(scores, prior=scores[["a"]], twins=twins)
    assert table.iloc[0].equals(table.iloc[2].rename(0))
    assert table.iloc[1].equals(table.iloc[5].rename(1))
    assert table.nunique().max() <= 4
    means, plain = over_twins(scores, twins), ranks(scores)
    assert means.loc[[3, 4]].to_numpy() == pytest.approx(plain.loc[[3, 4]].to_numpy())
    assert means.loc[0].to_numpy() == pytest.approx(plain.loc[[0, 2]].mean().to_numpy())
    assert over_twins(scores, None).equals(plain)
    assert design(scores, twins=pd.Series(range(6))).to_numpy() == pytest.approx(design(scores).to_numpy())
