"""pyproject.toml, constraints.txt and environment.yml say the same, and what is installed is what is locked."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
CONDA = {"pytorch": "torch", "matplotlib-base": "matplotlib", "seaborn-base": "seaborn"}
CONDA_ONLY = {"python", "pip", "distributed"}  # distributed comes with dask[distributed] elsewhere

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DIRECT = [Requirement(line) for line in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]]
LINES = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
LOCK = {canonicalize_name(line.partition("==")[0]): line.partition("==")[2] for line in LINES}


def conda() -> dict[str, Requirement]:
    """Requirements of environment.yml by the name they have on PyPI."""
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    plain = [line for line in listed if isinstance(line, str)]
    nested = [line for part in listed if isinstance(part, dict) for line in part["pip"]]
    found = [Requirement(line) for line in plain + nested]
    return {canonicalize_name(CONDA.get(entry.name, entry.name)): entry for entry in found}


def test_conda_lists_the_direct_dependencies():
    assert set(conda()) - CONDA_ONLY == {canonicalize_name(entry.name) for entry in DIRECT}


@pytest.mark.parametrize("entry", DIRECT, ids=lambda entry: entry.name)
def test_bounds_agree_and_the_lock_meets_them(entry):
    name = canonicalize_name(entry.name)
    assert conda()[name].specifier == entry.specifier
    assert entry.specifier.contains(LOCK[name], prereleases=True)


def test_conda_python_and_dask():
    assert str(conda()["python"].specifier) == PROJECT["requires-python"]
    assert conda()["distributed"].specifier == conda()["dask"].specifier


def test_lock_is_exact_sorted_and_without_local_parts():
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.\-]*==[0-9][A-Za-z0-9.]*", line) for line in LINES)
    assert list(LOCK) == sorted(LOCK) and len(LOCK) == len(LINES)


@pytest.mark.parametrize("name", sorted(LOCK))
def test_installed_is_locked(name):
    try:
        found = version(name)
    except PackageNotFoundError:
        pytest.fail(f"{name} is locked but not installed: run `make setup`, or drop it from constraints.txt.")
    assert found.partition("+")[0] == LOCK[name]


def test_every_bound_has_its_reason():
    """Each dependency's line in pyproject.toml ends in a comment."""
    text = (ROOT / "pyproject.toml").read_text()
    listed = [line for line in text.splitlines() if re.match(r'\s+"[a-z]', line) and re.search(r"[<>=]=?\d", line)]
    assert len(listed) == len(DIRECT)
    assert not [line for line in listed if "#" not in line]
