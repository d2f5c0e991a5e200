"""The atoms of NASWOT and the rules on them: worked examples, laws of the family, and the bookkeeping of the comparison."""

from math import exp, log

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from untrained.fusion import das
from untrained.stats import krocc
from untrained.stats.intervals import draw_counts


def atoms(codes: np.ndarray) -> tuple[float, int, float]:
    """WOT, N_A and D of a code matrix (inputs, units), D from the determinant of the normalised kernel itself."""
    signs = 2.0 * codes - 1
    units = codes.shape[1]
    kernel = (units + signs @ signs.T) / 2
    return float(np.linalg.slogdet(kernel)[1]), units, float(np.linalg.slogdet(kernel / units)[1])


def row(codes: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame([atoms(codes)], columns=das.PARTS)


def bits(text: str) -> np.ndarray:
    return np.array([[int(c) for c in word] for word in text.split()])


def made(count: int = 200, seed: int = 0) -> tuple[pd.DataFrame, pd.Series]:
    """Candidates whose accuracy follows D and ln N_A at another rate than WOT's, B = 16."""
    random = np.random.default_rng(seed)
    units, d = random.integers(100, 1000, count).astype(float), -9 - 8 * random.random(count)
    scores = pd.DataFrame({"n_activations": units, "distinguish": d, "naswot": 16 * np.log(units) + d})
    scores.index = [f"a{i}" for i in range(count)]
    return scores, pd.Series(90 + d / 16 + 0.1 * np.log(units) + 0.05 * random.normal(size=count), index=scores.index)


def value(table: pd.DataFrame, rule: str, quantity: str) -> pd.Series:
    found = table[(table["rule"] == rule) & (table["quantity"] == quantity)]
    assert len(found) == 1
    return found.iloc[0]


@pytest.mark.parametrize(
    ("codes", "wot", "d"),
    [
        ("1100 1010 1001", 3.465735903, -0.693147181),
        ("0000000000 1110000000", 3.931825633, -0.673344553),
        ("111000 100110 010101 001011", 4 * log(6) - 0.523248144, -0.523248144),
    ],
)
def test_worked_examples(codes, wot, d):
    found = row(bits(codes))
    assert_allclose(found[["naswot", "distinguish"]].to_numpy()[0], [wot, d], atol=1e-9)
    assert das.candidates(found, len(bits(codes)))["R0"][0] == pytest.approx(wot, abs=1e-9)


def test_naswot_is_put_together_from_its_atoms():
    random = np.random.default_rng(0)
    for inputs, units in ((6, 50), (16, 300), (64, 900)):
        found = row(random.integers(0, 2, (inputs, units)))
        assert das.candidates(found, inputs)["R0"][0] == pytest.approx(found["naswot"][0], rel=1e-12)


def test_twice_the_units_leave_d_and_dead_units_lower_it():
    codes = np.random.default_rng(0).integers(0, 2, (6, 50))
    wot, _, d = atoms(codes)
    doubled, constant = atoms(np.hstack([codes, codes])), atoms(np.hstack([codes, np.ones((6, 20), int)]))
    assert doubled[2] == pytest.approx(d, abs=1e-12)
    assert doubled[0] - wot == pytest.approx(6 * log(2)) == pytest.approx(4.158883083)
    assert constant[0] > wot
    assert constant[2] < d


@pytest.mark.parametrize(
    ("inputs", "p", "expected", "near"), [(8, 0.5, -3.348, 0.01), (128, 0.5, -83.863, 0.1), (32, 0.8, -32.228, 0.05)]
)
def test_codes_of_equal_agreement(inputs, p, expected, near):
    q = p**2 + (1 - p) ** 2
    assert (inputs - 1) * log(1 - q) + log(1 + (inputs - 1) * q) == pytest.approx(expected, abs=1e-3)
    codes = np.random.default_rng(1).random((inputs, 100_000)) < p
    assert atoms(codes)[2] == pytest.approx(expected, abs=near)


def test_all_rules_are_there_and_in_order():
    scores, _ = made(10)
    names = list(das.candidates(scores.assign(distinguish_layers=-1.0), 16))
    assert [name.split("(")[0] for name in names] == ["R0", "R1", "R2", *["R3"] * 9, "R4", "R5", "R6", "R6'", "R8"]
    assert names[3:6] == ["R3(-1)", "R3(-0.5)", "R3(0)"]
    assert "R8" not in das.candidates(scores, 16)


def test_what_the_rules_say_by_hand():
    scores = pd.DataFrame({"n_activations": [10.0, 20.0], "distinguish": [-4.0, -6.0], "naswot": [0.0, 0.0]})
    found = das.candidates(scores.assign(distinguish_layers=[-7.0, -8.0]), 2, [0.5])
    assert found.loc[0].to_dict() == pytest.approx(
        {
            "R0": 2 * log(10) - 4, "R1": -4, "R2": log(10), "R3(0.5)": -2 + 0.5 * log(10), "R4": 3, "R5": 0, "R6": 2.5,
            "R6'": 10 * exp(-2), "R8": -7,
        }
    )  # fmt: skip


def test_members_of_the_family_that_order_alike():
    scores, _ = made()
    found = das.candidates(scores, 16)
    for one, two in (("R0", "R6'"), ("R0", "R3(1)"), ("R1", "R3(0)")):
        assert krocc(found[one], found[two]) == pytest.approx(1)
    assert krocc(found["R0"], found["R4"]) < 0.99


def test_z_scores_weigh_both_atoms_alike_and_do_not_fail_on_equal_units():
    scores, _ = made()
    found = das.candidates(scores, 16)
    assert abs(krocc(found["R5"], found["R1"]) - krocc(found["R5"], found["R2"])) < 0.1
    same = das.candidates(scores.assign(n_activations=500.0), 16)
    assert krocc(same["R5"], same["R1"]) == pytest.approx(1)


def test_the_rate_is_found_where_it_was_put():
    scores, accuracy = made()
    assert das.choose(scores, accuracy, 16) == 0.1
    assert das.choose(scores, scores["n_activations"] * 1.0, 16) == 4
    assert das.choose(scores, scores["distinguish"], 16) == 0


def test_every_rule_is_compared_with_naswot_on_the_same_resamples():
    scores, accuracy = made(60)
    cells = [i // 2 for i in range(60)]
    table = das.compare(scores, accuracy, 16, n=40, seed=3, groups=cells)
    rules, y = das.candidates(scores, 16), accuracy.to_numpy()
    draws = [np.repeat(np.arange(60), c.astype(int)) for c in next(draw_counts(60, n=40, seed=3, groups=cells)).T]
    pairs = [(krocc(rules["R5"].to_numpy()[d], y[d]), krocc(rules["R0"].to_numpy()[d], y[d])) for d in draws]
    for quantity, found in {"factor": [a / b for a, b in pairs], "difference": [a - b for a, b in pairs]}.items():
        got = value(table, "R5", quantity)
        assert_allclose([got.low, got.high], np.quantile(found, [0.025, 0.975]), atol=1e-9)
    tau = [value(table, name, "tau").value for name in ("R5", "R0")]
    assert value(table, "R5", "factor").value == pytest.approx(tau[0] / tau[1])
    assert value(table, "R0", "factor").value == value(table, "R0", "factor").high == 1
    assert tau == pytest.approx([krocc(rules[name], y) for name in ("R5", "R0")])


def test_codes_that_do_not_differ_rank_last():
    scores, accuracy = made(30)
    scores.loc[accuracy.idxmax(), ["distinguish", "naswot"]] = np.nan
    table = das.compare(scores, accuracy, 16, n=5)
    assert value(table, "R5", "tau").missing == 1
    assert value(table, "R2", "tau").missing == 0
    assert_allclose(das.ranked_last(pd.Series([2.0, np.nan, 5.0, np.inf])), [2, 2, 5, 2])


def test_fitted_weights_see_the_training_part_alone():
    scores, accuracy = made()
    table = das.fitted(scores, accuracy, n_train=50, repeats=4)
    assert value(table, "R7@50", "factor").value > 1.5
    assert value(table, "R7@50", "tau").n == 150
    tau, lead = (value(table, "R7@50", quantity).value for quantity in ("tau", "difference"))
    assert value(table, "R7@50", "factor").value == pytest.approx(tau / (tau - lead))
    blind = das.fitted(scores, pd.Series(np.random.default_rng(5).normal(size=200), scores.index), n_train=50, repeats=20)
    assert abs(value(blind, "R7@50", "tau").value) < 0.1
