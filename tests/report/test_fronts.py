"""Pictures and tables of fronts: drawn twice the same, and saying what they show."""

import numpy as np
import pandas as pd
import pytest

from untrained import front_search
from untrained.report.figures import fronts
from untrained.stats.fronts import front

POINTS = np.random.default_rng(0).random((30, 2))
CODES = np.stack(np.unravel_index(np.arange(30), (5, 6)), axis=1)
COLUMNS = pd.DataFrame({"synflow": 1 - POINTS[:, 0] ** 2, "snip": np.random.default_rng(1).random(30)})


@pytest.fixture(scope="module")
def searches():
    methods = front_search.variants(COLUMNS, POINTS[:, 1])
    return front_search.run(methods, CODES, {"digits": POINTS}, range(3), paid=(2,), population=4, generations=3)


DRAWN = {
    "front_curves": lambda s: fronts.front_curves(s[s["paid"] == 0], ceiling=1.05),
    "front_dots": lambda s: fronts.front_dots(
        front_search.ends(front_search.last(s), "igd_plus"),
        control=front_search.ends(front_search.last(s, paid=2), "igd_plus"),
    ),
    "front_scatter": lambda s: fronts.front_scatter(POINTS, {"true front": front(POINTS)}),
}


@pytest.mark.parametrize("name", DRAWN)
def test_draws_twice_the_same_and_says_what_it_shows(name, searches):
    first, again = DRAWN[name](searches), DRAWN[name](searches)
    assert first.svg() == again.svg() and len(first.alt) > 30 and "nan" not in first.alt + first.caption


def test_table_shows_intervals_and_sorts_by_numbers(searches):
    rows = front_search.ends(front_search.last(searches), "hv")
    table = fronts.front_table({"hv": rows}, "made up")
    assert list(table.frame["hv"].str.count(r"\[")) == [1] * len(rows) and table.order["hv"] == list(rows["hv"])


def test_methods_are_all_metrics_each_alone_and_the_control(searches):
    assert list(dict.fromkeys(searches["method"])) == [
        "MTF-PDNS", "MTF-NSGA-II", "MTF-random", "PDNS synflow", "NSGA-II synflow", "PDNS snip", "NSGA-II snip",
    ]  # fmt: skip


def test_books_of_a_run(searches):
    """Every member of the archive is judged, or as many as are paid for; more of them are never worse."""
    ends, part = front_search.last(searches), front_search.last(searches, paid=2)
    keys = ["method", "seed"]
    both = ends.merge(part, on=keys, suffixes=("", "_part"))
    assert len(both) == len(ends) == 21 and (both["trained_part"] == both["trained"].clip(upper=2)).all()
    assert (both["hv"] >= both["hv_part"] - 1e-12).all() and (both["front"] <= both["trained"]).all()
    assert (ends["seen"] <= 16).all() and (searches.groupby(keys)["generation"].nunique() == 4).all()


def test_same_seed_same_searches_whatever_else_is_run(searches):
    methods = {"PDNS snip": front_search.variants(COLUMNS, POINTS[:, 1])["PDNS snip"]}
    alone = front_search.run(methods, CODES, {"digits": POINTS}, [2], paid=(2,), population=4, generations=3)
    same = searches[(searches["method"] == "PDNS snip") & (searches["seed"] == 2)]
    pd.testing.assert_frame_equal(alone, same.reset_index(drop=True))


def test_lead_is_counted_from_the_method(searches):
    made = pd.DataFrame({"method": ["a", "b"] * 3, "seed": [0, 0, 1, 1, 2, 2], "igd_plus": [1.0, 3] * 3, "hv": [5.0, 4] * 3})
    assert front_search.leads(made, "a")["lead"].tolist() == [2] and front_search.leads(made, "b")["lead"].tolist() == [-2]
    assert front_search.leads(made, "a", name="hv")["lead"].tolist() == [1]


def test_complexity_comes_from_the_table_then_from_the_scores():
    table = pd.DataFrame({"params": [1.0, np.nan]}, index=["x", "y"])
    scores = pd.DataFrame({"params": [9.0, 2]}, index=["x", "y"])
    assert front_search.complexity(table, scores).tolist() == [1, 2]
    with pytest.raises(ValueError, match="column 'flops'"):
        front_search.complexity(table, scores, column="flops")
