"""Every figure draws on a tiny input, says what it shows, and gives the same bytes twice."""

import xml.etree.ElementTree as ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from untrained.report import Picture, figures
from untrained.report.style import canvas

CELL = ["nor_conv_3x3", "skip_connect", "nor_conv_1x1", "avg_pool_3x3", "none", "nor_conv_3x3"]
COST = pd.DataFrame({"proxy": ["cj", "os", "cnntk"], "alone": [8.0, 9, 300], "own": [0.1, 7, 40]}).assign(
    apart=[False, False, True]
)
PEERS = pd.DataFrame({"proxy": ["snip", "a + b + c"], "code": ["one", "two"], "ours": [4.0, 3], "peer": [12.0, 1.5]}).assign(
    ratio=[3.0, 0.5]
)
SIZES = pd.DataFrame(
    [("batch", value, line, value * cost) for value in (8, 16, 32) for line, cost in (("x", 1.0), ("y", 3.0))]
    + [("table", 100, "", 2.0), ("table", 5000, "", 2.001)],
    columns=["parameter", "value", "line", "units"],
)
ACROSS = pd.DataFrame(
    [
        (proxy, benchmark, value, value - 0.1, value + 0.1, 0.8)
        for benchmark, values in (("x", (0.3, 0.5, -0.2)), ("y", (0.6, 0.4, 0.1)))
        for proxy, value in zip(("cj", "params", "os"), values, strict=True)
    ],
    columns=["proxy", "benchmark", "value", "low", "high", "ceiling"],
)
ERRORS = pd.DataFrame({"proxy": ["a", "b"], "config": "small", "precision": "float64", "within": [1e-9, 1e-7]}).assign(
    asked=1e-6, hold=True
)

STABLE = pd.DataFrame(
    [("cj", "seed 1", 0.995), ("cj", "dear", 0.999), ("os", "seed 1", 0.8), ("os", "dear", 0.97)],
    columns=["proxy", "other", "value"],
).assign(metric="srocc", low=lambda f: f["value"] - 0.02, high=1.0)
DRAWN = {
    "benchmark_agreement": lambda i: figures.benchmark_agreement(ACROSS),
    "indicator_heat": lambda i: figures.indicator_heat(ACROSS),
    "rank_lines": lambda i: figures.rank_lines(ACROSS),
    "reference_dots": lambda i: figures.reference_dots(ERRORS),
    "accuracy_histogram": lambda i: figures.accuracy_histogram(i["table"]),
    "cell_graph": lambda i: figures.cell_graph(CELL),
    "code_matrix": lambda i: figures.code_matrix(np.arange(24).reshape(4, 6) % 5 > 2),
    "correlation_bars": lambda i: figures.correlation_bars(i["correlations"], ceiling=0.7),
    "cost_dots": lambda i: figures.cost_dots(COST, together=11.0),
    "fusion_dots": lambda i: figures.fusion_dots(i["splits"]),
    "image_grid": lambda i: figures.image_grid(np.arange(32.0).reshape(2, 4, 4), [3, 7]),
    "indicator_correlations": lambda i: figures.indicator_correlations(i["scores"]),
    "indicator_scatters": lambda i: figures.indicator_scatters(i["scores"], i["accuracy"]),
    "label_curve": lambda i: figures.label_curve(i["sensitivity"]),
    "ntk_spectrum": lambda i: figures.ntk_spectrum([9.0, 4.0, 1.0]),
    "pass_dots": lambda i: figures.pass_dots(pd.DataFrame({"pass": ["kernel", "outputs"] * 2, "forwards": [4.0, 1, 6, 1]})),
    "peer_dots": lambda i: figures.peer_dots(PEERS),
    "sample_matrix": lambda i: figures.sample_matrix(np.eye(3), what="correlation of Jacobian rows"),
    "scaling_lines": lambda i: figures.scaling_lines(SIZES),
    "search_dots": lambda i: figures.search_dots(i["search"]),
    "seed_scatter": lambda i: figures.seed_scatter(i["table"]),
    "sensitivity_dots": lambda i: figures.sensitivity_dots(i["sensitivity"]),
    "stability_dots": lambda i: figures.stability_dots(STABLE),
    "weight_dots": lambda i: figures.weight_dots(i["weights"]),
}


def test_every_figure_is_tried():
    assert set(DRAWN) == set(figures.__all__)


@pytest.mark.parametrize("name", DRAWN)
def test_draws_twice_the_same_and_says_what_it_shows(name, inputs):
    first = DRAWN[name](inputs)
    with mpl.rc_context({"figure.facecolor": "red", "font.size": 30}):
        again = DRAWN[name](inputs)
        assert first.svg() == again.svg()
    assert ElementTree.fromstring(first.svg()).tag.endswith("svg")
    assert len(first.alt) > 30
    assert "nan" not in first.alt + first.caption
    shown = first._repr_html_()
    assert shown.startswith('<figure class="picture"><img')
    assert "dc:date" not in first.svg().decode()
    assert (first.alt, first.caption) == (again.alt, again.caption)


def test_alternative_texts_name_the_numbers(inputs):
    assert "nlr 0.60 [0.50, 0.70]" in DRAWN["correlation_bars"](inputs).alt
    assert "condition number 9" in DRAWN["ntk_spectrum"](inputs).alt
    assert "1 to 3 none" in DRAWN["cell_graph"](inputs).alt
    assert "(35 candidates" not in DRAWN["search_dots"](inputs).alt
    assert "fi@15" in DRAWN["fusion_dots"](inputs).alt


def test_what_is_unstable_is_counted(inputs):
    assert "first: os 0.80 (seed 1); os 0.97 (dear)" in DRAWN["stability_dots"](inputs).alt
    assert "0.99; below it 1 of 2" in DRAWN["stability_dots"](inputs).caption


def test_costs_are_put_in_words(inputs):
    assert "all, without cnntk, 11 units; their sum is 17" in DRAWN["cost_dots"](inputs).alt
    assert "outputs 1; kernel 5." in DRAWN["pass_dots"](inputs).alt
    assert "snip 3; a + b + c 0.5." in DRAWN["peer_dots"](inputs).alt
    assert "1 of 2 cost less here" in DRAWN["peer_dots"](inputs).caption
    assert "batch: 16 units at 8 to 64 at 32, power 1.00; table:" in DRAWN["scaling_lines"](inputs).alt
    assert "2 at 5,000, power 0.00." in DRAWN["scaling_lines"](inputs).alt


def test_text_is_escaped_in_the_page():
    figure, _ = canvas()
    shown = Picture(figure, 'a "quoted" <b>', "x < y")._repr_html_()
    assert 'alt="a &quot;quoted&quot; &lt;b&gt;"' in shown
    assert "<figcaption>x &lt; y</figcaption>" in shown
    data, about = Picture(figure, "a", "c")._repr_mimebundle_()
    assert set(data) == {"text/html", "text/plain"}
    assert about["text/html"] == {"alt": "a", "caption": "c"}


@pytest.mark.parametrize("name", ["alt", "caption"])
def test_a_picture_without_words_is_refused(name):
    figure, _ = canvas()
    with pytest.raises(ValueError, match=f"needs its {name}"):
        Picture(figure, **({"alt": "a", "caption": "b"} | {name: " "}))


def test_a_picture_is_saved(tmp_path, inputs):
    picture = DRAWN["cell_graph"](inputs)
    assert picture.save(tmp_path / "cell.svg").read_bytes() == picture.svg()


def test_one_seed_has_no_noise_bar(inputs):
    assert "between" not in figures.accuracy_histogram(inputs["table"][["test_acc", "test_acc_0"]]).alt


def test_code_matrix_counts_by_hand():
    codes = np.array([[1, 0, 1], [1, 0, 1], [1, 1, 1], [1, 1, 0]])
    assert (
        "75% of the entries are on, 3 of 4 codes are distinct, 1 of 3 units never change"
        in figures.code_matrix(codes).caption
    )


def test_wrong_input_names_the_fix(inputs):
    with pytest.raises(ValueError, match="Got 5 operations, wanted 6"):
        figures.cell_graph(CELL[:5])
    with pytest.raises(ValueError, match="Unknown operation 'conv'"):
        figures.cell_graph(["conv", *CELL[1:]])
    with pytest.raises(ValueError, match="None of 2 eigenvalues is positive"):
        figures.ntk_spectrum([0.0, -1e-12])
    with pytest.raises(ValueError, match="no rows with choice 'n_train' and metric 'tau'"):
        figures.label_curve(inputs["sensitivity"], metric="tau")


def test_eigenvalues_that_are_not_positive_are_counted():
    assert "1 eigenvalues are not positive" in figures.ntk_spectrum([2.0, 1.0, 0.0]).alt


def test_scores_without_a_value_are_left_out_of_their_panel_only():
    scores = pd.DataFrame({"a": [np.nan, np.nan, 1.0], "b": [1.0, 2.0, 3.0]}, index=list("xyz"))
    accuracy = pd.Series([1.0, 2.0, 3.0], index=list("xyz"))
    assert "a none, b 1.00" in figures.indicator_scatters(scores, accuracy).alt
