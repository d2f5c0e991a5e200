"""Run a notebook source with parameters and keep an executed copy whose bytes depend on its contents alone.

`python -m untrained.notebooks SOURCE OUT -s section -p key value`: sources are jupytext percent files, outputs `.ipynb`.
A failed cell is named with its error, the half-run notebook is left in `logs/`, and the exit status is 1.
"""

import argparse
import ast
import logging
import os
import platform
import re
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from untrained.registry import suggest

SAME_BITS = {
    "OMP_NUM_THREADS": "1",
    "MKL_CBWR": "COMPATIBLE",
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
}
"""Settings of the kernel on x86-64: one thread and one instruction set, so sums have one order on any such machine.

MKL keeps its other modes of equal results for one maker's processors, and on others leaves them without a word.
"""


class NotebookError(RuntimeError):
    """A notebook that did not run to its end; the message names the cell, the error and the half-run copy."""


def run(
    source: Path,
    out: Path,
    parameters: Mapping[str, Any],
    *,
    native: bool = False,
    logs: Path = Path("logs"),
    cwd: Path = Path("."),
) -> Path:
    """Execute one source and write the normalised copy; on an error the copy goes to `logs` and `out` is not made.

    Args:
        source: a percent file with a cell tagged `parameters`.
        out: the executed notebook.
        parameters: values that replace those of the tagged cell; each must be one that the cell declares.
        native: leave the machine all its instructions, for work whose published numbers were made that way.
        logs: folder of half-run notebooks.
        cwd: folder the cells run in.

    Returns:
        The path `out`.

    Raises:
        NotebookError: a cell failed.
    """
    import jupytext
    import nbformat
    from papermill.exceptions import PapermillExecutionError

    source, out, logs = Path(source), Path(out), Path(logs)
    notebook = jupytext.read(source)
    check(source, declared(notebook), parameters)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    _environment(native)
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "source.ipynb", Path(folder) / out.name
        nbformat.write(notebook, before)
        try:
            _execute(before, after, parameters, cwd)
        except PapermillExecutionError as error:
            number = _number(notebook, error.source)
            raise NotebookError(_failure(error, f"{source}: {number}", after, logs / f"{out.stem}.failed.ipynb")) from None
        text = nbformat.writes(normalise(nbformat.read(after, as_version=4)))
    _write(out, text)
    (logs / f"{out.stem}.failed.ipynb").unlink(missing_ok=True)
    return out


def declared(notebook: Any) -> list[str]:
    """Names assigned in the cell tagged `parameters`; none without such a cell."""
    cells = [cell.source for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ())]
    nodes = [node for cell in cells for node in ast.parse(cell).body]
    targets = [target for node in nodes if isinstance(node, ast.Assign) for target in node.targets]
    targets += [node.target for node in nodes if isinstance(node, ast.AnnAssign)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def check(source: Path, known: Sequence[str], parameters: Mapping[str, Any]) -> None:
    """Refuse a parameter that the notebook does not declare: papermill would set it, and nothing would read it.

    Raises:
        NotebookError: a name that the `parameters` cell does not assign.
    """
    for name in parameters:
        if name not in known:
            raise NotebookError(f"{source} has no parameter {name!r}. {suggest(name, known)}")


def normalise(notebook: Any) -> Any:
    """Drop what differs between two equal runs: clock times, paths, random ids, addresses, the patch level of Python.

    The script of itables (a megabyte) goes too: the book loads it once for all pages.
    """
    notebook.metadata.pop("papermill", None)
    notebook.metadata.pop("jupytext", None)
    notebook.metadata.get("language_info", {}).pop("version", None)
    names: dict[str, str] = {}
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"c{number:03d}"
        for key in ("papermill", "execution", "ExecuteTime"):
            cell.metadata.pop(key, None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not _of_the_run(output)]
            for data in (output.get("data", {}) for output in cell.outputs):
                data.update({kind: _stable(text, names) for kind, text in data.items() if isinstance(text, str)})
    return notebook


def _of_the_run(output: Any) -> bool:
    """Whether an output is of the run and not of the result: progress and warnings on stderr, scripts without a table."""
    if output.output_type == "stream":
        return output.name == "stderr"
    text = output.get("data", {}).get("text/html", "")
    return "injectModule(" in text or ("_itables_" in text and "<table" not in text)


def _stable(text: str, names: dict[str, str]) -> str:
    """Number the random ids of tables in order of appearance; blank addresses of objects and the date of a drawing."""
    text = re.sub(
        r"itables_[0-9a-f]{8}(?:_[0-9a-f]{4}){3}_[0-9a-f]{12}",
        lambda m: names.setdefault(m[0], f"itables_{len(names)}"),
        text,
    )
    for found in re.findall(r'<table id="T_([0-9a-f]{5})"', text):
        text = text.replace(f"T_{found}", names.setdefault(found, f"T_{len(names)}"))
    text = re.sub(r"<dc:date>[^<]*</dc:date>", "<dc:date></dc:date>", text)
    return re.sub(r"(?<= at )0x[0-9a-f]{6,16}", "0x0", text)


def _environment(native: bool) -> None:
    """Set up the environment that the kernel inherits."""
    if not native and platform.machine() in ("x86_64", "AMD64"):
        for name, value in SAME_BITS.items():
            os.environ.setdefault(name, value)
    os.environ.setdefault("PYTHONHASHSEED", "0")
    os.environ.setdefault("PYTHONWARNINGS", "ignore:IProgress not found")  # tqdm's advice to install widgets


def _execute(before: Path, after: Path, parameters: Mapping[str, Any], cwd: Path) -> None:
    import papermill

    logging.getLogger("papermill").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the Jupyter stack on itself: missing ids, TCP without encryption
        papermill.execute_notebook(
            before,
            after,
            parameters=dict(parameters),
            kernel_name="python3",
            progress_bar=sys.stderr.isatty(),
            stderr_file=sys.stderr,
            cwd=str(cwd),
        )


def _number(notebook: Any, code: str) -> str:
    """Which cell of the source holds some code: papermill's own count is shifted by the cell of parameters it adds."""
    texts = [cell.source.strip() for cell in notebook.cells]
    return f"cell {texts.index(code.strip()) + 1} of {len(texts)}" if code.strip() in texts else "the cell of parameters"


def _failure(error: Any, place: str, after: Path, kept: Path) -> str:
    """Keep the half-run copy; say which cell of the source failed, its lines, its error and where the copy lies."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(after.read_bytes())
    lines = "\n".join(f"    {line}" for line in error.source.strip().splitlines())
    return (
        f"{place} failed.\n{lines}\n{error.ename}: {error.evalue}\nThe half-run notebook, with the whole traceback: {kept}"
    )


def _write(path: Path, text: str) -> None:
    """Write beside the place, then rename, so that a killed run leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def section(name: str, path: Path = Path("params.yaml")) -> dict[str, Any]:
    """The parameters below one dotted name of `params.yaml`.

    Raises:
        NotebookError: no such name, or not a mapping of names to values.
    """
    values: Any = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    for part in name.split("."):
        if not isinstance(values, dict) or part not in values:
            raise NotebookError(f"{path} has no section {name!r}: {part!r} is missing. {suggest(part, values or ())}")
        values = values[part]
    if not isinstance(values, dict):
        raise NotebookError(f"{name!r} in {path} is one value, {values!r}; a section of names and values is wanted.")
    return values


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 0 when the notebook ran to its end."""
    parser = argparse.ArgumentParser(prog="python -m untrained.notebooks", description="Run a notebook with parameters.")
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("-s", "--section", action="append", default=[], help="section of params.yaml")
    parser.add_argument(
        "-p", "--parameter", nargs=2, action="append", default=[], metavar=("KEY", "VALUE"), help="YAML value"
    )
    parser.add_argument("--native", action="store_true", help="use every instruction of this machine")
    given = parser.parse_args(arguments)
    try:
        parameters = {key: value for name in given.section for key, value in section(name).items()}
        parameters |= {key: yaml.safe_load(value) for key, value in given.parameter}
        run(given.source, given.out, parameters, native=given.native)
    except NotebookError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
