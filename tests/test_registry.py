"""Registering, discovering, and what an unknown name is answered."""

import sys

import pytest

from untrained import proxies
from untrained.registry import Registry, suggest


@pytest.fixture
def shapes(tmp_path, monkeypatch):
    """A registry over a package of two modules; the second appears on look-up only."""
    package = tmp_path / "shapes_for_tests"
    package.mkdir()
    (package / "__init__.py").write_text(
        'from untrained.registry import Registry\nall = Registry("shape", __name__, listing="shapes.all")\n'
    )
    for name in ("round", "angular"):
        (package / f"{name}.py").write_text(f"from shapes_for_tests import all\nall.add({name!r}, lambda: None)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    from shapes_for_tests import all

    yield all
    for name in [name for name in sys.modules if name.startswith("shapes_for_tests")]:
        del sys.modules[name]


def test_a_file_in_the_folder_is_enough(shapes):
    assert not shapes._entries
    assert list(shapes) == ["angular", "round"]
    assert len(shapes) == 2
    assert "round" in shapes


def test_an_unknown_name_is_answered_with_the_nearest_and_the_listing(shapes):
    with pytest.raises(KeyError) as caught:
        shapes["ruond"]
    assert str(caught.value) == "Unknown shape 'ruond'. Did you mean 'round'? shapes.all lists all."


def test_a_name_taken_by_another_module_is_refused(shapes):
    with pytest.raises(ValueError, match="shape 'round' is registered twice"):
        shapes.add("round", test_a_file_in_the_folder_is_enough) if "round" in shapes else None


def test_running_a_module_again_is_no_clash():
    own = Registry("shape", "untrained.proxies", listing="")
    own.add("a", test_running_a_module_again_is_no_clash)
    assert own.add("a", suggest_nothing) is suggest_nothing


def suggest_nothing():
    """A second entry of this module."""


def test_suggestions():
    assert suggest("zzz", ["b", "a"]) == "Known: a, b."
    assert suggest("syn_flow", ["snip", "synflow"]) == "Did you mean 'synflow'?"


def test_unknown_proxy():
    with pytest.raises(
        KeyError, match=r"Unknown proxy 'sinflow'. Did you mean 'synflow'\? untrained.proxies.table\(\) lists"
    ):
        proxies.get("sinflow")


def test_unknown_needs_and_directions_are_refused():
    with pytest.raises(ValueError, match="'forwards'. Did you mean 'forward'"):
        proxies.proxy(better="higher", needs=("forwards",), passes="1F", cite="x")
    with pytest.raises(ValueError, match="not 'up'"):
        proxies.proxy(better="up", passes="1F", cite="x")


def test_the_table_lists_every_proxy():
    table = proxies.table()
    assert list(table["name"]) == proxies.names() == sorted(proxies.names())
    assert list(table.columns) == ["name", "better", "needs", "passes", "cite", "summary"]
    assert (table["summary"].str.len() > 10).all()
