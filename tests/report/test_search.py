"""Pictures and tables of searches, on searches made up here."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest

from untrained import published
from untrained.report import searches as tables
from untrained.report.figures.search import anytime_lines, lead_dots, precision_dots, search_ends
from untrained.stats import searches

METHODS = ("RS", "RoBoT", "HNAS grad_norm")


def rows(methods=METHODS, sets=("full", "scored"), seeds=3, count=8):
    """Searches of eight queries that get better by tenths of a point."""
    rng = np.random.default_rng(0)
    found = []
    for set_ in sets:
        for m, method in enumerate(methods):
            for seed in range(seeds):
                accuracy = np.maximum.accumulate(90 + m + rng.random(count))
                for i in range(count):
                    found.append((set_, method, "8 queries", seed, i + 1, 60.0, i + 1, 1 + 3 * i, accuracy[i], 20 - m))
    columns = ["set", "method", "budget", "seed", "query", "seconds", "question", "place", "test_acc", "rank"]
    return pd.DataFrame(found, columns=columns).assign(pick="a", best=94.0, n=100)


FOUND = searches.ends(rows())
MEANS = searches.means(FOUND)
PUBLISHED = published.searches("nas_bench_201", "cifar10")


def texts(picture):
    """All text that the figure draws."""
    return [text.get_text() for axes in picture.figure.axes for text in (*axes.get_yticklabels(), axes.xaxis.label)]


def test_ends_are_drawn_for_both_sets_with_the_best_on_top():
    picture = search_ends(MEANS, PUBLISHED)
    labels = [text for text in texts(picture) if text in METHODS]
    assert labels == list(METHODS) and "RoBoT 91" in picture.alt and ElementTree.fromstring(picture.svg()) is not None
    crosses = [c for c in picture.figure.axes[0].collections if c.get_label() == "published"]
    assert sorted(crosses[0].get_offsets()[:, 0]) == [93.70, 94.04, 94.36]


@pytest.mark.parametrize("column", ["test_acc", "rank"])
def test_anytime_has_a_panel_per_axis_and_a_line_per_method(column):
    grids = {"query": [1, 4, 8], "seconds": [60, 300, 480]}
    frames = {over: searches.anytime(rows(sets=["full"]), grid, over=over, column=column) for over, grid in grids.items()}
    picture = anytime_lines(frames, column=column)
    assert [len(axes.lines) for axes in picture.figure.axes] == [3, 3]
    assert "distinct queries" in picture.alt and "RS" in picture.alt
    top, bottom = picture.figure.axes[0].get_ylim()[::-1]
    assert (top < bottom) == (column == "rank")


def test_precision_dots_are_ordered_by_the_smallest_count():
    frame = pd.DataFrame([(n, T, p) for n, a, b in [("x", 0.5, 0.1), ("y", 0.2, 0.9)] for T, p in ((5, a), (50, b))])
    picture = precision_dots(frame.set_axis(["indicator", "T", "precision"], axis=1))
    assert [text for text in texts(picture) if text in "xy"] == ["y", "x"] and "x 0.50" in picture.alt


def test_table_has_ours_and_every_published_row():
    shown = tables.ends_table(MEANS, PUBLISHED).frame
    robot = shown[shown["method"] == "RoBoT"]
    assert robot["set"].tolist() == ["full (100)", "scored (100)"]
    assert robot["published"].tolist() == ["94.36 ± 0.00"] * 2 and robot["published seconds"].tolist() == ["3,051"] * 2
    assert robot["seconds"].tolist() == ["480"] * 2
    others = shown[shown["set"] == "–"]
    assert set(others["method"]) == set(PUBLISHED.index) - set(METHODS)
    assert others.set_index("method").loc["GradSign", "published seconds"] == "–"


def test_table_of_ranks_where_ranks_are_published():
    figures = published.searches("transnas_bench_101", "micro-jigsaw")
    shown = tables.ends_table(MEANS, figures).frame.set_index("method")
    assert shown.loc["RoBoT", "published rank"].tolist() == ["17", "17"] and "published" not in shown
    assert "published rank" not in tables.ends_table(MEANS, published.searches("darts", "cifar10")).frame


def test_table_sorts_by_numbers_and_shows_itself():
    table = tables.ends_table(MEANS, PUBLISHED)
    assert all(len(values) == len(table.frame) for values in table.order.values())
    assert "RoBoT" in table._repr_html_()


def test_hits_beside_the_expected_place():
    """Places 1, 4, 7 of eight queries are hits: (8 + 1) / (3 + 1)."""
    shown = tables.hits_table(searches.expected_places(FOUND)).frame
    assert set(shown["among the best"]) == {"3.0"} and set(shown["expected"]) == {"2.2"}
    assert set(shown["best place"]) == {"1.0 [1.0, 1.0]"} and set(shown["searches without a hit"]) == {"0 of 3"}


def test_beside_table_has_ours_and_the_published_figure_of_every_problem():
    frame = searches.means(FOUND[FOUND["set"] == "full"].assign(key="one"), by=("key", "set", "method", "budget"))
    table = tables.beside_table(frame, {"one": PUBLISHED}).frame.set_index("method")
    assert table.loc["RoBoT", "one"].startswith("91.") and table.loc["RoBoT", "one, published"] == "94.36"
    assert table.loc["REA", "one"] == "–" and table.loc["REA", "one, published"] == "93.92"
    assert table.loc["RS", "seeds"] == "3" and table.loc["RS", "queries"] == "8.0" and table.loc["RS", "seconds"] == "480"


def test_beside_table_gives_ranks_with_their_share_of_each_set():
    frame = searches.means(FOUND[FOUND["set"] == "full"].assign(key="one"), by=("key", "set", "method", "budget"))
    ranks = published.searches("transnas_bench_101", "micro-class_scene")
    table = tables.beside_table(frame, {"one": ranks}, column="rank", space=4096).frame.set_index("method")
    assert table.loc["RoBoT", "one"] == "19 [19, 19] (19.0 %)"
    assert table.loc["RS", "one, published"] == "40 (1.0 %)"


def test_lead_dots_tell_clear_leads_by_colour():
    frame = pd.DataFrame({"key": ["a", "a", "b", "b"], "method": ["x", "y"] * 2, "value": [2.0, 0.1, -3.0, 0.0]}).assign(
        low=lambda rows: rows["value"] - 1, high=lambda rows: rows["value"] + 1
    )
    picture = lead_dots(frame, control="params")
    assert len(picture.figure.axes) == 2 and "a: x 2" in picture.alt and "b: y 0" in picture.alt
    colours = [axes.collections[-1].get_facecolors().round(3).tolist() for axes in picture.figure.axes]
    order = [label.get_text() for label in picture.figure.axes[0].get_yticklabels()]
    ahead, level, behind = (colours[panel][order.index(name)] for panel, name in ((0, "x"), (0, "y"), (1, "x")))
    assert ahead != level != behind != ahead
