"""The runner: parameters, equal bytes, what a failed cell leaves; and every notebook with tiny parameters."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import official
import pages
import pytest

from untrained import notebooks
from untrained.notebooks import NotebookError

ROOT = Path(__file__).parents[1]
PAGE = """# %% [markdown]
# # A page

# %% tags=["parameters"]
number = 1
names: list[str] = []

# %%
import sys
import pandas as pd
print(number, names)
print("progress", file=sys.stderr)
object()

# %%
pd.DataFrame({"a": [1]}).style
"""


def run(source: Path, folder: Path, *words: str) -> subprocess.CompletedProcess:
    """The command, in a folder of its own and with the environment it sets itself."""
    command = [sys.executable, "-m", "untrained.notebooks", str(source), "out.ipynb", *words]
    settings = {name: value for name, value in os.environ.items() if name not in notebooks.SAME_BITS}
    return subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True)


def texts(path: Path) -> str:
    """All outputs of an executed notebook."""
    return json.dumps([cell.get("outputs", []) for cell in nbformat.read(path, as_version=4).cells])


@pytest.fixture
def source(tmp_path):
    file = tmp_path / "page.py"
    file.write_text(PAGE)
    return file


def test_two_runs_give_the_same_bytes_and_progress_is_no_result(source, tmp_path):
    found = []
    for _ in range(2):
        done = run(source, tmp_path, "-p", "number", "7", "-p", "names", "[a, b]")
        assert done.returncode == 0, done.stderr
        found.append((tmp_path / "out.ipynb").read_bytes())
    assert found[0] == found[1]
    assert "7 ['a', 'b']" in texts(tmp_path / "out.ipynb")
    assert "progress" not in texts(tmp_path / "out.ipynb") and "progress" in done.stderr
    assert str(tmp_path) not in found[0].decode()


def test_section_of_params(source, tmp_path):
    (tmp_path / "params.yaml").write_text("one: {two: {number: 5}}\n")
    assert run(source, tmp_path, "-s", "one.two").returncode == 0
    assert "5 []" in texts(tmp_path / "out.ipynb")


def test_failed_cell_is_named_with_its_error_and_the_half_run_copy(source, tmp_path):
    source.write_text(PAGE.replace("object()", "{}['key that is not there']"))
    done = run(source, tmp_path)
    assert done.returncode == 1
    for part in ("cell 3 of 4", "KeyError", "key that is not there", "logs/out.failed.ipynb"):
        assert part in done.stderr
    assert not (tmp_path / "out.ipynb").exists()
    assert "1 []" in texts(tmp_path / "logs" / "out.failed.ipynb")


def test_unknown_parameter_is_refused_before_anything_runs(source, tmp_path):
    done = run(source, tmp_path, "-p", "numbr", "2")
    assert done.returncode == 1 and "Did you mean 'number'?" in done.stderr


@pytest.mark.parametrize(("name", "message"), [("a.c", "Known: b"), ("a.b", "one value, 3")])
def test_section_that_is_none(tmp_path, name, message):
    (tmp_path / "params.yaml").write_text("a: {b: 3}\n")
    with pytest.raises(NotebookError, match=message):
        notebooks.section(name, tmp_path / "params.yaml")


def test_declared_reads_plain_and_annotated_assignments():
    assert notebooks.declared(jupytext.reads(PAGE, fmt="py:percent")) == ["number", "names"]


def output(text: str) -> nbformat.NotebookNode:
    """One cell that shows a piece of HTML."""
    shown = nbformat.v4.new_output("display_data", data={"text/html": text})
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=[shown])])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('<table id="T_0a1b2"><td id="T_0a1b2_row0">', '<table id="T_9f8e7"><td id="T_9f8e7_row0">'),
        (
            '<table id="itables_4246d533_9204_47d0_b700_f49fb394f908">',
            '<table id="itables_aaaaaaaa_9204_47d0_b700_f49fb394f908">',
        ),
        ("<X at 0x7f79e5695810>", "<X at 0x7fffffff0000>"),
        ("<dc:date>2020-01-01</dc:date>", "<dc:date>2021-01-01</dc:date>"),
    ],
)
def test_random_names_are_numbered(first, second):
    assert first != second
    one, two = (nbformat.writes(notebooks.normalise(output(text))) for text in (first, second))
    assert one == two


def test_script_of_tables_is_left_to_the_book():
    assert notebooks.normalise(output("<script>injectModule('...')</script>")).cells[0].outputs == []


# Every notebook with tiny parameters, in the order in which they feed one another.
DATA = str(ROOT / "data")
SCORES, FUSED, RANKED = (
    "results/scores/tiny.parquet",
    "results/fusion/nas_bench_digits",
    "results/correlations/nas_bench_digits.parquet",
)
PROXIES = [
    "cj",
    "os",
    "nlr",
    "cnntk",
    "params",
    "flops",
    "naswot",
    "n_activations",
    "distinguish",
    "distinguish_layers",
    "gradsign",
]
ALONE = {
    "00_remeasure": {"show": 1},
    "01_one_network": {"batch": 16},
    "02_benchmark": {"data": DATA, "resamples": 20},
    "08_cost": {"archs": 1, "repeats": 1, "data": DATA},
    "16_training_states": {"data": DATA, "show": 1},
    "17_fast_training": {"data": DATA, "epochs": [0, 1], "n_train": 50, "repeats": 2, "bootstrap": 20},
    "33_iterations": {
        "data": DATA,
        "iterations": [2],
        "count": 12,
        "images_per_class": 2,
        "n_train": 6,
        "repeats": 2,
        "bootstrap": 20,
        "workers": 1,
    },
    "11_reference": {
        "file": str(ROOT / "tests/definitions/proxies_nb201.json"),
        "archs": ["mixed_a"],
        "configs": ["small"],
    },
}
CHAIN = {
    "03_score": {
        "proxies": PROXIES,
        "setting": {
            "inputs": "digits",
            "batch": 16,
            "options": {"cj": {"batch": 16}, "cnntk": {"batch": 8, "repeats": 1}, "os": {"batch": 16}},
        },
        "limit": 40,
        "limits": {"cj": 36},
        "data": DATA,
        "out": SCORES,
        "workers": 1,
    },
    "32_model_card": {
        "others": {"tiny": {"scores": SCORES, "benchmark": "nas_bench_digits", "dataset": "digits", "accuracy": "test_acc"}},
        "data": DATA,
        "draws": 2,
        "front_draws": 2,
        "bootstrap": 20,
        "out": "results/indicators",
    },
    "09_your_network": {"batch": 16},
    "04_correlate": {"scores": SCORES, "bootstrap": 20, "data": DATA, "out": RANKED},
    "05_fuse": {
        "scores": SCORES,
        "n_train": 20,
        "repeats": 2,
        "search_sizes": [5],
        "search_repetitions": 3,
        "data": DATA,
        "out": FUSED,
    },
    "06_across": {"folder": "results/correlations"},
    "13_control": {
        "scores": SCORES,
        "data": DATA,
        "out": "results/control/nas_bench_digits.parquet",
        "bootstrap": 20,
        "repetitions": 3,
    },
    "14_distinguish": {
        "scores": SCORES,
        "data": DATA,
        "out": "results/das/nas_bench_digits.parquet",
        "bootstrap": 20,
        "repeats": 2,
        "n_train": 20,
        "networks": 1,
    },
    "18_search": {
        "scores": SCORES,
        "data": DATA,
        "methods": {
            "RS": {"method": "random_search"},
            "params, best first": {"method": "indicator_order", "indicator": "params"},
        },
        "budgets": {"3 queries": {"queries": 3}},
        "seeds": 2,
        "sizes": [5],
        "out": "results/search/nas_bench_digits.parquet",
    },
    "21_fronts": {
        "scores": SCORES,
        "metrics": ["params", "nlr"],
        "seeds": 2,
        "population": 4,
        "generations": 2,
        "paid": 2,
        "data": DATA,
        "out": "results/fronts/nas_bench_digits.parquet",
    },
    "24_factors": {"out": "results/das.parquet"},
    "29_searches": {},
    "25_strongest": {
        "scores": SCORES,
        "data": DATA,
        "labels": [10],
        "few": 10,
        "tested": 10,
        "draws": 2,
        "trees": 5,
        "bootstrap": 20,
        "cost": str(ROOT / "results/timing/cost.json"),
        "out": "results/strongest/nas_bench_digits",
    },
    "36_every_cell": {
        "scores": SCORES,
        "data": DATA,
        "labels": [10],
        "tested": 10,
        "draws": 2,
        "trees": 5,
        "bootstrap": 20,
        "out": "results/strongest",
    },
    "30_targets": {"folder": "results/strongest", "out": "results/targets.parquet"},
    "07_claims": {},
    "20_stability": {
        "benchmark": "nas_bench_digits",
        "dataset": "digits",
        "scores": SCORES,
        "others": {"first": {"label": "itself", "scores": SCORES}},
        "bootstrap": 20,
        "data": DATA,
        "out": "results/stability.parquet",
    },
    "35_gradsign": {
        "judged": {
            "nas_bench_digits": {
                "benchmark": "nas_bench_digits",
                "dataset": "digits",
                "scores": SCORES,
                "unique_only": True,
            }
        },
        "bootstrap": 20,
        "data": DATA,
        "out": "results/gradsign",
    },
    "37_flops": {
        "judged": {"nas_bench_digits": {"benchmark": "nas_bench_digits", "dataset": "digits", "scores": SCORES}},
        "bootstrap": 20,
        "data": DATA,
        "out": "results/flops",
    },
    "39_twins": {"scores": SCORES, "data": DATA, "bootstrap": 20, "out": "results/twins"},
    "38_full_set": {
        "judged": {"nas_bench_digits": {"benchmark": "nas_bench_digits", "dataset": "digits", "scores": SCORES}},
        "bootstrap": 20,
        "data": DATA,
        "folder": "scores",
        "copies": "results/copied",
        "out": "results/full_set",
    },
    "12_spot_check": {"count": 2, "data": DATA, "files": [SCORES]},
}
FETCH = "10_fetch"
ELSEWHERE = {
    "15_angle",
    "19_recurrent",
    "22_swap_search",
    "23_prune",
    "26_encoders",
    "27_light_training",
    "28_angle_search",
    "31_score_sequence",
    "34_angle_skeletons",
}
"""Notebooks whose modules are tested, and that need originals or long tables themselves."""


def test_every_notebook_has_tiny_parameters():
    assert {file.stem for file in (ROOT / "notebooks").glob("*.py")} == ALONE.keys() | CHAIN.keys() | {FETCH} | ELSEWHERE


@pytest.mark.notebooks
def test_notebooks_run_on_one_anothers_results(tmp_path):
    for name, parameters in CHAIN.items():
        pages.run(name, parameters, tmp_path)
    assert json.loads((tmp_path / "results/claims.json").read_text())


@pytest.mark.notebooks
@pytest.mark.parametrize("name", ALONE)
def test_notebook_runs(name, tmp_path):
    pages.run(name, ALONE[name], tmp_path)


@pytest.mark.notebooks
def test_a_benchmark_is_fetched(tmp_path, monkeypatch):
    mirror = tmp_path / "mirror"
    official.nas_bench_201(mirror / official.NB201)
    official.manifest(tmp_path / "data", mirror)
    monkeypatch.setenv("UNTRAINED_MIRROR", str(mirror))
    pages.run(FETCH, {"data": "data", "out": "receipts/nas_bench_201.json"}, tmp_path)
    assert json.loads((tmp_path / "receipts/nas_bench_201.json").read_text())["files"][0]["file"] == official.NB201
