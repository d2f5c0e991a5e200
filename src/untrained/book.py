"""Make the book: pages, executed notebooks and results go to a build folder, which Jupyter Book turns into `public/`.

Nothing is computed here. Numbers are pasted: a page writes `{{ claim["fi-no-single-best"].ours }}`, never a digit.
"""

import html
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

BUILD = Path("build/book")
REMOTE_CELLS = re.compile(r"\s*<script>const THEBE_JS_URL[^<]*</script>|\s*<script[^>]*sphinx-thebe\.js[^>]*></script>")
"""Scripts of the theme for running cells elsewhere: nothing here does, and they name an address on the network."""


class BookError(RuntimeError):
    """The book cannot be made from what is there; the message says what is missing and what makes it."""


def make(root: Path = Path("."), public: Path = Path("public")) -> Path:
    """Build everything from nothing, warnings as errors.

    An incremental build gives other bytes than a fresh one, so the folder of the last build is deleted first.

    Args:
        root: of the repository.
        public: where the finished site goes.

    Returns:
        The site's folder.

    Raises:
        BookError: a result is missing, a figure has no caption or no alternative text, or Sphinx warned.
    """
    build = Path(root) / BUILD
    shutil.rmtree(build, ignore_errors=True)
    shutil.copytree(Path(root) / "book", build)
    claims, summary, made = (read(Path(root) / f"results/{name}.json") for name in ("claims", "summary", "provenance"))
    notebooks(Path(root) / "results/notebooks", build / "notebooks", {row["page"]: row for row in made})
    generated = build / "_generated"
    generated.mkdir()
    (generated / "claims.html").write_text(claim_table(claims, made), encoding="utf-8")
    (build / "_static").mkdir(exist_ok=True)
    (build / "_static/itables.js").write_text(script(), encoding="utf-8")
    configure(build / "_config.yml", {"claim": pasted(claims), "counts": counts(claims), "summary": summary})
    contents(build)
    sphinx(build)
    return publish(build / "_build/html", Path(root) / public)


def read(file: Path) -> Any:
    """One JSON result.

    Raises:
        BookError: it is missing.
    """
    if not file.exists():
        raise BookError(f"{file} is missing: `dvc repro` makes it.")
    return json.loads(file.read_text(encoding="utf-8"))


def notebooks(source: Path, target: Path, made: Mapping[str, Mapping[str, str]]) -> None:
    """Copy executed notebooks as pages: with a provenance line under the title and in the caption of every figure.

    Raises:
        BookError: figures without caption or alternative text, all of them named.
    """
    target.mkdir()
    lacking = []
    for file in sorted(source.glob("*.ipynb")):
        page = json.loads(file.read_text(encoding="utf-8"))
        note = provenance(made.get(file.stem), file.stem)
        for cell in page["cells"]:
            lacking += [f"{file.stem}, {cell['id']}: {what}" for what in dress(cell, note)]
        page["cells"].insert(
            1, {"cell_type": "markdown", "id": "provenance", "metadata": {}, "source": f'<p class="provenance">{note}</p>'}
        )
        (target / file.name).write_text(json.dumps(page, indent=1), encoding="utf-8")
    if lacking:
        raise BookError(
            "Every figure needs an alternative text and a caption, in the metadata of its cell:\n"
            '  # %% mystnb={"image": {"alt": "..."}, "figure": {"caption": "...", "name": "..."}}\n  ' + "\n  ".join(lacking)
        )


def provenance(entry: Mapping[str, str] | None, page: str) -> str:
    """The line that says what a page was computed from.

    Raises:
        BookError: no stage makes the page.
    """
    if entry is None:
        raise BookError(
            f"No stage of dvc.lock makes results/notebooks/{page}.ipynb: delete it, or add its stage to dvc.yaml."
        )
    facts = {"Notebook": page, "stage": entry["stage"]} | {name: entry[f"{name}_hash"] for name in ("data", "code")}
    facts["commit"] = entry["commit"]
    return ", ".join(f"{name} <code>{value or 'none'}</code>" for name, value in facts.items())


def dress(cell: dict[str, Any], note: str) -> list[str]:
    """Prepare one cell for its page, in place: provenance under each figure; return what a figure in it lacks.

    A figure is an output of kind `text/html` with a `<figcaption>`, or an image whose cell has a caption in its metadata.
    """
    if cell["cell_type"] != "code":
        return []
    if "injected-parameters" in cell["metadata"].setdefault("tags", []):
        cell["metadata"]["tags"].append("hide-input")
    found = [output.get("data", {}) for output in cell["outputs"]]
    lacks = [what for data in found if "text/html" in data for what in _caption(data, note)]
    if not any(kind.startswith("image/") for data in found for kind in data):
        return lacks
    cell["outputs"] = [output for output in cell["outputs"] if list(output.get("data", {})) != ["text/plain"]]  # Text(0, 0)
    shown = cell["metadata"].setdefault("mystnb", {})
    figure, image = shown.setdefault("figure", {}), shown.setdefault("image", {})
    lacks += [
        what for what, text in (("caption", figure.get("caption")), ("alternative text", image.get("alt"))) if not text
    ]
    figure["caption"] = f"{figure.get('caption', '').strip()}\n\n<small>{note}</small>"
    return lacks


def _caption(data: dict[str, Any], note: str) -> list[str]:
    text = "".join(data["text/html"])
    data["text/html"] = text.replace("</figcaption>", f'<br><small class="provenance">{note}</small></figcaption>')
    pictures = re.findall(r"<img[^>]*>", text)
    lacks = ["alternative text"] if any(not re.search(r'alt="[^"]', picture) for picture in pictures) else []
    return lacks + (["caption"] if pictures and "<figcaption>" not in text else [])


def pasted(claims: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """What a page may paste of each claim, as text."""
    names = ("statement", "published", "verdict", "reason", "stage", "commit", "data_hash")
    return {row["id"]: {name: str(row.get(name) or "") for name in names} | {"ours": ours(row)} for row in claims}


def counts(claims: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many claims there are, and how many of each verdict (first word).

    >>> counts([{"verdict": "holds"}, {"verdict": "not testable here"}])
    {'all': 2, 'holds': 1, 'fails': 0, 'untested': 1}
    """
    found = [row["verdict"].split()[0] for row in claims]
    return {"all": len(found), "holds": found.count("holds"), "fails": found.count("fails"), "untested": found.count("not")}


def ours(row: Mapping[str, Any]) -> str:
    """Our value, with its interval where it has one.

    >>> ours({"ours": 0.71494, "low": 0.68, "high": 0.74}), ours({"ours": "nlr, cj"})
    ('0.715 [0.68, 0.74]', 'nlr, cj')
    """
    value, low, high = (row.get(name) for name in ("ours", "low", "high"))
    text = f"{value:.3g}" if isinstance(value, float) else str("" if value is None else value)
    return text if low is None or high is None else f"{text} [{low:.3g}, {high:.3g}]"


def claim_table(claims: Sequence[Mapping[str, Any]], made: Sequence[Mapping[str, str]]) -> str:
    """All claims as one sortable, filterable table; it can be read without scripts too."""
    from itables import to_html_datatable

    page = {row["stage"]: row["page"] for row in made}
    rows = [
        {
            "Claim": f"{prose(row['statement'])} <small>{html.escape(row['paper'])}</small>",
            "Published": prose(str(row["published"])),
            "Ours, 95 % interval": html.escape(ours(row)),
            "Verdict": f'<span class="verdict {row["verdict"].split()[0]}">{html.escape(row["verdict"])}</span>{why(row)}',
            "Made from": origin(row, page.get(row["stage"], "")),
        }
        for row in claims
    ]
    options = {"layout": {"topStart": None, "topEnd": "search"}, "classes": "display compact claims", "style": "width:100%"}
    text = to_html_datatable(
        pd.DataFrame(rows), connected=False, table_id="claims", allow_html=True, paging=False, showIndex=False, **options
    )
    return f'<div class="claims full-width">{text}</div>\n'


def prose(text: str) -> str:
    """Text as HTML, names between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def why(row: Mapping[str, Any]) -> str:
    """The reason of a verdict, small, below it."""
    return f"<br><small>{prose(row['reason'])}</small>" if row.get("reason") else ""


def origin(row: Mapping[str, Any], page: str) -> str:
    """Link to the page of the stage that made a claim's numbers, data hash, commit."""
    link = f'<a href="notebooks/{page}.html">{page.partition("-")[0]}</a><br>' if page else ""
    return f"{link}data <code>{row['data_hash'] or 'none'}</code><br>commit <code>{row['commit'] or 'none'}</code>"


def script() -> str:
    """The script by which sortable tables load without a network, once for all pages."""
    import itables
    from itables.javascript import generate_init_offline_itables_html

    found = re.search(
        r"<script>(.*?)</script>",
        generate_init_offline_itables_html(Path(itables.__file__).parent / "html/dt_bundle.js"),
        flags=re.DOTALL,
    )
    if found is None:
        raise BookError("itables has changed how it loads without a network: see book.script.")
    ready = re.findall(r"window\.(_itables_\w+) = ", found.group(1))[0]
    return f"{found.group(1)}window.{ready}.then(tables => tables.set_or_remove_dark_class());\n"


def configure(file: Path, numbers: Mapping[str, Any]) -> None:
    """Add the numbers that pages paste to the configuration of the copy."""
    config = yaml.safe_load(file.read_text(encoding="utf-8"))
    config["sphinx"]["config"]["myst_substitutions"] = dict(numbers)
    file.write_text(yaml.safe_dump(config), encoding="utf-8")


def contents(build: Path) -> None:
    """Check that every page of the table of contents is there.

    Raises:
        BookError: one is missing.
    """
    toc = yaml.safe_load((build / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [chapter for part in toc.get("parts", ()) for chapter in part["chapters"]]
    for name in [toc["root"], *(chapter["file"] for chapter in chapters)]:
        if not any((build / f"{name}{suffix}").exists() for suffix in (".md", ".ipynb")):
            raise BookError(
                f"The page {name!r} of book/_toc.yml is missing: `dvc repro` makes the notebooks, book/ holds the rest."
            )


def sphinx(build: Path) -> None:
    """Run Jupyter Book; its module has no entry point of its own, so the command is called through Python.

    Raises:
        BookError: it warned or failed; the end of its output is in the message.
    """
    words = ["build", str(build), "-W", "-n", "--keep-going", "-q"]
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", *words]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise BookError("Jupyter Book failed:\n" + (done.stdout + done.stderr)[-4000:])


def publish(built: Path, public: Path) -> Path:
    """Replace the site, without Sphinx's state of a build and the theme's scripts for running cells on a remote server."""
    (built / ".buildinfo").unlink(missing_ok=True)
    for page in built.rglob("*.html"):
        page.write_text(REMOTE_CELLS.sub("", page.read_text(encoding="utf-8")), encoding="utf-8")
    shutil.rmtree(public, ignore_errors=True)
    shutil.copytree(built, public)
    return public


if __name__ == "__main__":
    try:
        make()
    except BookError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
