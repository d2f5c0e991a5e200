"""Who never imports whom: read from the syntax tree, and for the heavy libraries seen in a fresh interpreter."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "untrained"
COMMANDS = {"notebooks", "provenance", "verify", "book"}  # the pipeline's own commands: arguments, YAML, standard output
FILES = sorted(SOURCE.rglob("*.py"))


def part(file: Path) -> str:
    """First name below the package: `stats` for stats/mapping.py, `probe` for probe.py."""
    return file.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(file: Path) -> set[str]:
    """Every module that a file imports, anywhere in it; `from untrained import probe` counts as untrained.probe."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}: write the whole name of the module"
            found |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
    return found


def offenders(forbidden: set[str], *, within: set[str] | None = None, allowed: set[str] = frozenset()) -> list[str]:
    """Files of some parts that import one of the forbidden modules or something below it."""
    parts = within if within is not None else {part(file) for file in FILES} - allowed
    return [
        f"{file.relative_to(SOURCE)} imports {name}"
        for file in FILES
        if part(file) in parts
        for name in sorted(imports(file))
        if any(name == root or name.startswith(f"{root}.") for root in forbidden)
    ]


RULES = {
    "results are read without torch": ({"torch"}, {"stats", "fusion", "search", "claims", "report"}, ()),
    "only the report draws": ({"matplotlib", "seaborn"}, None, {"report"}),
    "only the report and the book make tables": ({"itables"}, None, {"report", "book"}),
    "only downloads open a connection": ({"requests", "pooch", "urllib", "http", "socket"}, None, {"downloads"}),
    "only shards of work know dask": ({"dask", "distributed"}, None, {"scoring", "shards"}),
    "only the pipeline's commands read YAML": ({"yaml"}, None, COMMANDS),
    "only the pipeline's commands read arguments": ({"argparse", "sys.argv"}, None, COMMANDS),
    "benchmarks never see a probe or a proxy": ({"untrained.probe", "untrained.proxies"}, {"benchmarks"}, ()),
    "proxies never see a benchmark or a path": ({"untrained.benchmarks", "pathlib", "os"}, {"proxies"}, ()),
    "nothing imports the report": ({"untrained.report"}, None, {"report"}),
    "nothing but verify imports the claims": ({"untrained.claims"}, None, {"claims", "verify"}),
    "a search never sees a table": ({"untrained.benchmarks", "untrained.scores", "pandas"}, {"search"}, ()),
}


@pytest.mark.parametrize("rule", RULES)
def test_contract(rule):
    forbidden, within, allowed = RULES[rule]
    assert not offenders(forbidden, within=within, allowed=set(allowed))


def test_proxies_hold_no_frames():
    """The folder's registry lists them as a frame; the proxies themselves know arrays only."""
    files = [file for file in FILES if part(file) == "proxies" and file.name != "__init__.py"]
    assert files and not [file.name for file in files if "pandas" in imports(file)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(SOURCE).as_posix())
def test_no_print_no_environment(file):
    """Nothing prints; the environment is set for kernels by the runner, and read by downloads alone."""
    names = {node.id for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Name)}
    fields = {node.attr for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Attribute)}
    assert "print" not in names
    if part(file) not in {"notebooks", "downloads"}:
        assert not fields & {"environ", "getenv"}
    assert len(file.read_text().splitlines()) < 300


def loaded(statement: str) -> set[str]:
    """Modules in memory after a statement in a fresh interpreter."""
    code = f"{statement}\nimport sys\nsys.stdout.write(' '.join(sys.modules))"
    return set(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split())


def test_importing_the_package_costs_nothing():
    assert not loaded("import untrained") & {"torch", "pandas", "numpy", "scipy", "matplotlib", "sklearn"}


@pytest.mark.parametrize(
    "name", [name for name in ("stats", "fusion", "search", "claims", "report", "verify") if (SOURCE / name).exists()]
)
def test_without_torch(name):
    """Also through what is imported in turn."""
    assert "torch" not in loaded(f"import untrained.{name}")
