"""The pages: provenance under every figure, numbers from results, and a build that fails with the reason."""

import json

import pytest

from untrained import book
from untrained.book import BookError

MADE = {"05_fuse-a": {"page": "05_fuse-a", "stage": "fuse@a", "data_hash": "da", "code_hash": "co", "commit": "cc"}}
CLAIM = {
    "id": "fused", "paper": "tran2021fusion", "statement": "a < b", "published": "clear margin",
    "ours": 0.71494, "low": 0.68, "high": 0.74,
    "verdict": "fails", "reason": "size does as well", "stage": "fuse@a", "data_hash": "da", "commit": "cc",
}  # fmt: skip


def write(folder, cells, name="05_fuse-a"):
    folder.mkdir(parents=True, exist_ok=True)
    title = {"cell_type": "markdown", "id": "c000", "metadata": {}, "source": "# T"}
    (folder / f"{name}.ipynb").write_text(
        json.dumps({"cells": [title, *cells], "nbformat": 4, "nbformat_minor": 5, "metadata": {}})
    )


def code(data, metadata=None):
    shown = [{"output_type": "display_data", "data": data, "metadata": {}}]
    return {
        "cell_type": "code",
        "id": "c001",
        "metadata": metadata or {},
        "source": "x",
        "outputs": shown,
        "execution_count": 1,
    }


IMAGE = {"image/png": "AAAA", "text/plain": "<Figure>"}
CAPTIONED = {"mystnb": {"image": {"alt": "a line"}, "figure": {"caption": "A line."}}}


def pages(tmp_path, cells):
    write(tmp_path / "from", cells)
    book.notebooks(tmp_path / "from", tmp_path / "to", MADE)
    return json.loads((tmp_path / "to" / "05_fuse-a.ipynb").read_text())["cells"]


def test_provenance_under_the_title_and_in_each_caption(tmp_path):
    figure = '<figure><img alt="dots" src="x"><figcaption>Dots.</figcaption></figure>'
    title, line, plain, own = pages(tmp_path, [code(IMAGE, CAPTIONED), code({"text/html": figure})])
    assert "stage <code>fuse@a</code>" in line["source"]
    assert plain["metadata"]["mystnb"]["figure"]["caption"].startswith("A line.")
    assert "commit <code>cc</code>" in plain["metadata"]["mystnb"]["figure"]["caption"]
    assert "commit <code>cc</code></small></figcaption>" in own["outputs"][0]["data"]["text/html"]


@pytest.mark.parametrize(
    ("data", "metadata", "lack"),
    [
        (IMAGE, {}, "caption"),
        (IMAGE, {"mystnb": {"figure": {"caption": "x"}}}, "alternative text"),
        ({"text/html": "<img src='x'><figcaption>x</figcaption>"}, {}, "alternative text"),
        ({"text/html": '<img alt="x">'}, {}, "caption"),
    ],
)
def test_figure_without_words_is_named(tmp_path, data, metadata, lack):
    with pytest.raises(BookError, match=f"05_fuse-a, c001: {lack}"):
        pages(tmp_path, [code(data, metadata)])


def test_page_that_no_stage_makes(tmp_path):
    write(tmp_path / "from", [], name="old")
    with pytest.raises(BookError, match="No stage of dvc.lock makes results/notebooks/old.ipynb"):
        book.notebooks(tmp_path / "from", tmp_path / "to", MADE)


def test_claim_table_escapes_links_and_explains():
    table = book.claim_table([CLAIM], list(MADE.values()))
    assert "a &lt; b" in table or "a &amp;lt; b" in table
    for part in ("0.715 [0.68, 0.74]", "size does as well", "notebooks/05_fuse-a.html", "clear margin"):
        assert part in table
    assert "https://www.unpkg" not in table


def test_names_between_backticks_are_code_and_nothing_else_is_markup():
    assert book.prose("`a<b` < 1") == "<code>a&lt;b</code> &lt; 1"


def test_pasted_numbers():
    assert book.pasted([CLAIM])["fused"]["ours"] == "0.715 [0.68, 0.74]"
    assert book.counts([CLAIM])["fails"] == 1


def test_script_of_tables_needs_no_network():
    text = book.script()
    assert "injectModule" in text and "https://" not in text.partition('injectModule("')[0]


def test_missing_results_and_pages_are_named(tmp_path):
    with pytest.raises(BookError, match="claims.json is missing: `dvc repro` makes it"):
        book.read(tmp_path / "claims.json")
    (tmp_path / "_toc.yml").write_text("root: intro\nparts: [{chapters: [{file: notebooks/x}]}]\n")
    (tmp_path / "intro.md").write_text("# x\n")
    with pytest.raises(BookError, match="'notebooks/x'"):
        book.contents(tmp_path)


def test_published_pages_run_nothing_elsewhere(tmp_path):
    built = tmp_path / "built"
    built.mkdir()
    scripts = '<script>const THEBE_JS_URL = "https://x";</script>\n<script async src="_static/sphinx-thebe.js?v=1"></script>'
    (built / "page.html").write_text(f"<head>{scripts}<script>kept</script></head>")
    site = book.publish(built, tmp_path / "public")
    assert (site / "page.html").read_text() == "<head><script>kept</script></head>"
