"""Pictures and tables of the strongest fusion."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest

from untrained.fusion.targets import Figure
from untrained.report import strongest_tables as tables
from untrained.report.figures import strongest as figures
from untrained.stats.draws import over_draws

POINTS = [Figure("one", 0, "krocc", 0.75, "theirs", "paper"), Figure("one", 100, "krocc", 0.9, "target")]


@pytest.fixture(scope="module")
def results() -> pd.DataFrame:
    """A table of the stage: two learners with two numbers of labels, and a label-free score."""
    draws = [
        {"part": "curve", "method": m, "asked": n, "draw": d, "metric": metric, "value": v + d / 100, "n_test": 80}
        for m, v in (("linear", 0.6), ("trees + process + networks", 0.8))
        for n in (20, 100)
        for d in range(3)
        for metric in ("krocc", "srocc")
    ]
    free = [{"part": "free", "method": "consensus", "metric": "krocc", "value": 0.7, "low": 0.6, "high": 0.8, "n": 90}]
    frame = pd.concat([pd.DataFrame(draws), pd.DataFrame(free).assign(role="in use", asked=0)], ignore_index=True)
    return frame.assign(key="one")


def drawn(picture: object) -> None:
    assert ElementTree.fromstring(picture.svg()).tag.endswith("svg")


def test_curves_with_published_points(results):
    curve = over_draws(results[results["part"] == "curve"], ["asked", "method", "metric"]).query("metric == 'krocc'")
    picture = figures.label_lines(curve, results[results["part"] == "free"], POINTS)
    drawn(picture)
    assert "linear: 20 labels 0.61, 100 labels 0.61; trees + process + networks: 20 labels 0.81" in picture.alt
    assert "Without labels: consensus 0.70" in picture.alt
    assert "theirs with 0 labels 0.75, target with 100 labels 0.90" in picture.alt
    words = [text.get_text() for text in picture.figure.legends[0].get_texts()]
    assert {"published", "target", "consensus, no label"} <= set(words)
    bare = figures.label_lines(curve, results[:0], [POINTS[0]._replace(metric="srocc")])
    assert "Published and targets: none" in bare.alt


def test_map_of_pairs():
    gains = pd.DataFrame([[0.5, 0.1, -0.2], [0.1, 0.4, 0.3], [-0.2, 0.3, 0.2]], list("abc"), list("abc"))
    picture = figures.pair_heat(gains)
    drawn(picture)
    assert "c with b 0.30; b with a 0.10" in picture.alt
    assert "Matrix of 2 indicators" in figures.pair_heat(gains, count=2).alt


def test_front_of_cost():
    front = pd.DataFrame({"count": [1, 2], "units": [0.5, 90.0], "value": [0.5, 0.7], "low": [0.4, 0.6], "high": [0.6, 0.8]})
    picture = figures.cost_front(front, kept=front.iloc[1])
    drawn(picture)
    assert "from 1 indicator at 0.5 units with a tau of 0.50 to 2 at 90 with 0.70" in picture.alt
    assert "Diamond: 2 indicators" in picture.alt
    assert "Diamond" not in figures.cost_front(front).alt


def test_what_is_lost():
    rows = pd.DataFrame({"without": ["size", "graph"], "mean": [0.0, -0.1], "low": [-0.01, -0.12], "high": [0.01, -0.08]})
    picture = figures.ablation_dots(rows)
    drawn(picture)
    assert "without graph \N{MINUS SIGN}0.100; without size 0.000" in picture.alt


def test_label_free_scores_are_judged_on_all_candidates():
    random = np.random.default_rng(0)
    truth = pd.Series(90 + random.normal(size=60))
    free = pd.DataFrame({"good": truth + 0.1 * random.normal(size=60), "bad": -truth})
    free.iloc[0, 0] = np.nan
    rows = tables.judge_free(free, truth, n=50).assign(role="")
    assert set(rows["metric"]) == {"krocc", "srocc", "ndcg"}
    shown = tables.free_table(rows).frame
    assert list(shown["score"]) == ["good", "bad"]
    assert shown["τ-b"].iloc[1] == "-1.000 [-1.000, -1.000]"
    assert tables.best_single(free, truth).index[0] == "good"


def test_tables_of_draws(results):
    means = over_draws(results[results["part"] == "curve"], ["asked", "method", "metric"])
    shown = tables.curve_table(means)
    assert list(shown.frame.columns) == ["labels", "method", "τ-b", "ρ"]
    assert shown.frame["τ-b"].iloc[0].startswith("0.610 [")
    assert shown.order["τ-b"] == pytest.approx([0.61, 0.81, 0.61, 0.81])
    trained = over_draws(results[results["part"] == "curve"].assign(trained="small"), ["asked", "trained", "metric"])
    assert tables.trained_table(trained).frame[["labels", "labels from"]].to_numpy().tolist() == [
        [20, "small"],
        [100, "small"],
    ]


def test_what_was_tried_counts_every_benchmark_once():
    values = {"one-a": (0.1, 0.5, 0.3), "one-b": (0.3, 0.5, 0.3), "two-a": (0.8, 0.1, 0.6)}
    names = {"stable": "free", "trees": "tried", "consensus": "free"}
    rows = [
        {"key": key, "method": name, "part": part, "metric": "krocc", "value": value}
        for key, found in values.items()
        for (name, part), value in zip(names.items(), found, strict=True)
    ]
    alone = {"key": "own", "method": "consensus", "part": "free", "metric": "krocc", "value": 0.9}
    lacking = {"key": "two-a", "method": "meco", "part": "free", "metric": "krocc", "value": 0.9}
    shown = tables.tried_table(pd.DataFrame([*rows, alone, lacking]))
    assert shown.frame["score"].tolist() == ["stable", "consensus", "trees"]
    assert shown.frame["in use"].tolist() == ["yes", "yes", "no"]
    assert shown.frame["mean"].tolist() == ["0.500", "0.450", "0.300"]
    assert list(shown.frame.columns) == ["score", "in use", "mean", *values]
    assert shown.order["one-a"] == [0.1, 0.3, 0.5]


def test_figures_beside_what_was_measured(results):
    rows = tables.target_rows(results, [*POINTS, POINTS[1]._replace(labels=300)], learner="trees + process + networks")
    assert rows["value"].round(6).tolist()[:2] == [0.7, 0.81]
    assert rows["met"].tolist() == [False, False, False]
    assert np.isnan(rows["value"].iloc[2])
    shown = tables.target_table(rows).frame
    assert shown["met"].tolist() == ["no", "no", "–"]
    assert shown["ours less it"].tolist() == ["-0.050", "-0.090", "–"]
    easy = tables.target_rows(results, [POINTS[0]._replace(value=0.69)], learner="trees + process + networks")
    assert tables.target_table(easy).frame["met"].tolist() == ["yes"]


def test_a_thousand_labels_are_read_where_every_cell_was_judged(results):
    figure = POINTS[1]._replace(labels=1024)
    assert np.isnan(tables.target_rows(results, [figure], learner="trees + process + networks")["value"].iloc[0])
    whole = results.assign(key=results["key"] + "-whole", asked=1000, value=0.88)
    both = pd.concat([results.assign(asked=1000), whole], ignore_index=True)
    found = tables.target_rows(both, [figure, POINTS[1]], learner="trees + process + networks").iloc[0]
    assert (found["key"], round(found["value"], 6)) == (f"{figure.key}-whole", 0.88)
