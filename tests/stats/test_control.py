"""The control for size: groups of NAS-Bench-201, a copy of size exposed, the fast resamples against the plain ones."""

import itertools
from math import comb

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from untrained import benchmarks
from untrained.stats import control as module
from untrained.stats import krocc, srocc
from untrained.stats.control import control, in_groups, search_in_groups, within
from untrained.stats.intervals import draw_counts
from untrained.stats.size_groups import by_operations, by_quantile, grouped

CELLS = benchmarks.get("nas_bench_201", "nowhere")


def made(seed: int = 0, each: int = 50) -> tuple[pd.DataFrame, pd.Series, np.ndarray]:
    """Four sizes; accuracy follows size and noise. `copy` repeats size, `sees` the noise, `blank` nothing."""
    random = np.random.default_rng(seed)
    size = np.repeat([1.0, 2.0, 3.0, 4.0], each)
    noise = random.normal(size=len(size))
    columns = {"params": size, "copy": size + 0.01 * random.normal(size=len(size)), "sees": noise, "blank": 0 * size}
    index = [f"a{i}" for i in range(len(size))]
    return pd.DataFrame(columns, index=index), pd.Series(2 * size + noise, index=index), size


def value(table: pd.DataFrame, proxy: str, quantity: str, metric: str = "krocc") -> pd.Series:
    found = table.query("proxy == @proxy and quantity == @quantity and metric == @metric")
    assert len(found) == 1
    return found.iloc[0]


def test_the_groups_of_nas_bench_201_are_28_of_known_sizes():
    archs = CELLS.architectures()
    sizes = pd.Series(by_operations(archs)).value_counts()
    assert (len(sizes), sizes.sum(), sizes.max(), sizes.min()) == (28, 15_625, 2430, 1)
    assert sizes.idxmax() == "1 x 3x3, 1 x 1x1"
    for n3, n1 in itertools.product(range(7), range(7)):
        if n3 + n1 <= 6:
            rest = 6 - n3 - n1
            assert sizes[f"{n3} x 3x3, {n1} x 1x1"] == comb(6, n3) * comb(6 - n3, n1) * 3**rest


@pytest.mark.parametrize(
    ("operation", "size"),
    [("none", 73_306), ("avg_pool_3x3", 73_306), ("nor_conv_3x3", 1_531_546), ("nor_conv_1x1", 241_306)],
)
def test_the_counts_decide_the_number_of_parameters(operation, size):
    arch = f"|{operation}~0|+|{operation}~0|{operation}~1|+|{operation}~0|{operation}~1|{operation}~2|"
    assert sum(p.numel() for p in CELLS.build(arch, "cifar10").parameters()) == size
    n3, n1 = (int(part.split()[0]) for part in by_operations([arch])[0].split(", "))
    assert 73_306 + 243_040 * n3 + 28_000 * n1 == size


def test_equal_groups_are_refused_where_they_hold_two_sizes():
    arch = "|none~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2|"
    assert len(set(grouped([arch, arch], [5, 5], "equal"))) == 1
    with pytest.raises(ValueError, match="has 2 sizes, wanted 1: use the mode 'quantile'"):
        grouped([arch, arch], [5, 6], "equal")
    with pytest.raises(ValueError, match="Did you mean 'quantile'"):
        grouped([arch], [5], "quantiles")


def test_quantiles_keep_equal_sizes_together():
    size = np.repeat(np.arange(30), 7)
    groups = by_quantile(size, 20)
    assert pd.Series(groups).groupby(size).nunique().max() == 1
    assert len(set(groups)) == 20
    assert (np.diff(groups) >= 0).all()


def test_a_copy_of_size_has_nothing_left_at_equal_size():
    scores, accuracy, groups = made()
    table = control(scores, accuracy, groups, n=200)
    assert value(table, "copy", "overall").value > 0.6
    assert value(table, "copy", "entanglement").value > 0.8
    assert abs(value(table, "copy", "within").value) < 0.2
    assert abs(value(table, "copy", "partial", "srocc").value) < 0.2
    lost = value(table, "copy", "lost")
    assert lost.value > 2 * lost.se > 0


def test_what_sees_beyond_size_keeps_it():
    scores, accuracy, groups = made()
    table = control(scores, accuracy, groups, n=50)
    assert value(table, "sees", "within").value == 1
    assert value(table, "sees", "overall").value < 0.5
    assert value(table, "sees", "partial", "srocc").value > 0.8
    assert abs(value(table, "sees", "entanglement").value) < 0.1


def test_without_a_tau_there_is_none():
    scores, accuracy, groups = made()
    table = control(scores.assign(half=np.where(groups < 3, 0, scores["sees"])), accuracy, groups, n=20)
    for proxy in ("params", "blank"):
        found = value(table, proxy, "within")
        assert np.isnan(found.value) and np.isnan(found.low)
        assert (found.groups, found.n) == (0, 0)
    half = value(table, "half", "within")
    assert (half.value, half.groups, half.n) == (1, 2, 100)
    alone = table.query("proxy == 'half' and quantity == 'group'")
    assert alone["value"].isna().tolist() == [True, True, False, False]
    assert alone["n"].tolist() == [50] * 4
    assert np.isnan(value(table, "params", "partial", "srocc").value)


def test_the_mean_is_weighted_by_the_sizes_of_groups():
    m, y = [1, 2, 3, 1, 2, 7], [1, 2, 3, 2, 1, 0]
    found = in_groups(m, y, ["a", "a", "a", "b", "b", "c"])
    assert found["value"].tolist()[:2] == [1, -1] and np.isnan(found["value"][2])
    assert within(m, y, ["a", "a", "a", "b", "b", "c"]) == pytest.approx((3 * 1 - 2 * 1) / 5)


def test_partial_correlation_is_that_of_residual_ranks():
    random = np.random.default_rng(3)
    s = random.integers(0, 6, 80).astype(float)
    m, y = s + random.normal(size=80), s + random.normal(size=80)
    ranks = [pd.Series(v).rank().to_numpy() for v in (m, y, s)]
    line = np.column_stack([ranks[2], np.ones(80)])
    left = [r - line @ np.linalg.lstsq(line, r, rcond=None)[0] for r in ranks[:2]]
    assert module.partial_srocc(m, y, s) == pytest.approx(np.corrcoef(*left)[0, 1])
    assert np.isnan(module.partial_srocc(m, y, m))


@pytest.mark.parametrize("largest", [3000, 0])
def test_resamples_are_those_of_the_plain_statistics(largest, monkeypatch):
    monkeypatch.setattr(module, "PAIRED", largest)
    random = np.random.default_rng(1)
    n, names = 40, [f"a{i}" for i in range(40)]
    scores = pd.DataFrame({"m": random.integers(0, 9, n), "params": random.integers(0, 4, n)}, index=names, dtype=float)
    accuracy = pd.Series(random.normal(size=n) + scores["params"], index=names)
    groups, cells = scores["params"].to_numpy(), [i // 2 for i in range(n)]
    table = control(scores, accuracy, groups, n=60, seed=5, together=cells)
    m, y, s = scores["m"].to_numpy(), accuracy.to_numpy(), scores["params"].to_numpy()
    draws = [np.repeat(np.arange(n), c.astype(int)) for c in next(draw_counts(n, n=60, seed=5, groups=cells)).T]
    slow = {
        ("overall", "krocc"): [krocc(m[d], y[d]) for d in draws],
        ("entanglement", "srocc"): [srocc(m[d], s[d]) for d in draws],
        ("within", "krocc"): [within(m[d], y[d], groups[d]) for d in draws],
        ("partial", "srocc"): [module.partial_srocc(m[d], y[d], s[d]) for d in draws],
        ("lost", "krocc"): [krocc(m[d], y[d]) - within(m[d], y[d], groups[d]) for d in draws],
    }
    for (quantity, metric), values in slow.items():
        found = value(table, "m", quantity, metric)
        assert_allclose([found.low, found.high], np.quantile(values, [0.025, 0.975]), atol=1e-9)
        assert found.se == pytest.approx(np.std(values, ddof=1), abs=1e-9)


def test_missing_scores_rank_last_and_are_counted():
    scores, accuracy, groups = made()
    scores.loc[accuracy.idxmax(), "sees"] = np.nan
    found = value(control(scores.assign(none=np.nan), accuracy, groups, n=10), "sees", "within")
    assert found.missing == 1
    assert found.value < 1
    assert "none" not in set(control(scores.assign(none=np.nan), accuracy, groups, n=10)["proxy"])


def test_search_finds_the_best_of_what_it_draws():
    scores, accuracy, groups = made()
    found = search_in_groups(scores.assign(knows=accuracy), accuracy, groups, sample=10, repetitions=40)
    picks = found.set_index(["proxy", "quantity"])["value"]
    for quantity in ("search", "search_within"):
        assert picks["knows", quantity] == picks["best", quantity] > picks["random", quantity]
    assert picks["best", "search"] < accuracy.max()
    assert picks["copy", "search"] > picks["random", "search"] + 1
    assert abs(picks["copy", "search_within"] - picks["random", "search_within"]) < 0.3
    assert picks["params", "search_within"] == picks["random", "search_within"]
    assert found.groupby("quantity")["n"].first().to_dict() == {"search": 10, "search_within": 40}


def test_a_group_smaller_than_the_sample_is_drawn_whole():
    scores, accuracy, groups = made(each=4)
    found = search_in_groups(scores.assign(knows=accuracy), accuracy, groups, sample=100, repetitions=3)
    whole = found.query("proxy == 'knows' and quantity == 'search_within'").iloc[0]
    assert whole["low"] == whole["high"] == pytest.approx(accuracy.groupby(groups).max().mean())
    assert whole["n"] == 16


def test_what_was_computed_for_some_is_judged_on_those():
    scores, accuracy, groups = made()
    first = np.arange(len(scores)) % 4 == 0
    asked = pd.DataFrame(True, scores.index, scores.columns).assign(sees=first)
    limited = scores.assign(sees=scores["sees"].where(first))
    found = value(control(limited, accuracy, groups, n=30, asked=asked), "sees", "overall")
    alone = value(control(scores[first], accuracy[first], groups[first], n=30), "sees", "overall")
    assert (found.n, found.missing) == (50, 0)
    assert (found.value, found.low, found.high) == (alone.value, alone.low, alone.high)
    assert value(control(limited, accuracy, groups, n=30), "sees", "overall").missing == 150
    assert "sees" not in set(search_in_groups(limited, accuracy, groups, repetitions=2, asked=asked)["proxy"])
