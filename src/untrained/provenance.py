"""Which data, which code and which commit stand behind a result: read from dvc.lock and git, kept while neither changes.

`python -m untrained.provenance OUT` writes it for every executed notebook.
"""

import hashlib
import json
import math
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

CODE = ("src/", "notebooks/", "book")
"""Beginnings of the dependencies that are code; all others are data."""
DIGITS = 10


@dataclass(frozen=True)
class Provenance:
    """What a stage was computed from.

    Attributes:
        stage: name in dvc.yaml.
        data_hash: of its data dependencies, 10 hexadecimal digits (the md5 itself where there is one dependency).
        code_hash: of its code dependencies and parameters.
        commit: the last one that touched its code, with a + where the files differ from it; empty outside a repository.
    """

    stage: str
    data_hash: str
    code_hash: str
    commit: str

    @property
    def line(self) -> str:
        """One line for a caption.

        >>> Provenance("fuse", "1f", "2e", "3d").line
        'stage fuse, data 1f, code 2e, commit 3d'
        """
        return f"stage {self.stage}, data {self.data_hash}, code {self.code_hash}, commit {self.commit or 'none'}"


def stages(root: Path = Path(".")) -> dict[str, Provenance]:
    """Provenance of every stage that dvc.lock holds."""
    return {name: _of(name, entry, root) for name, entry in lock(root).items()}


def lock(root: Path = Path(".")) -> dict[str, Any]:
    """The stages of dvc.lock; none where nothing was reproduced, as when a notebook runs outside the pipeline."""
    file = Path(root) / "dvc.lock"
    return yaml.safe_load(file.read_text(encoding="utf-8")).get("stages", {}) if file.exists() else {}


def _of(name: str, entry: Mapping[str, Any], root: Path) -> Provenance:
    found = {dependency["path"]: dependency["md5"] for dependency in entry.get("deps", ())}
    code = {path: md5 for path, md5 in found.items() if path.startswith(CODE)}
    data = {path: md5 for path, md5 in found.items() if path not in code}
    paths = [*code, *({"data.dvc"} if any(path.startswith("data/") for path in data) else ())]
    return Provenance(name, _hash(data), _hash(code, entry.get("params", {})), commit(paths, root))


def _hash(found: Mapping[str, str], settings: Mapping[str, Any] | None = None) -> str:
    if settings is None and len(found) == 1:
        return next(iter(found.values()))[:DIGITS]
    text = json.dumps([sorted(found.items()), settings], sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:DIGITS]


def commit(paths: Sequence[str], root: Path = Path(".")) -> str:
    """The last commit that touched some paths; + after it where they differ from it, empty where git knows none."""
    last = _git("log", "-1", "--format=%H", "--", *paths, root=root)[:DIGITS]
    return last + "+" if _git("status", "--porcelain", "--", *paths, root=root) else last


def _git(*words: str, root: Path) -> str:
    try:
        return subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def attach(
    rows: Iterable[Mapping[str, Any]], earlier: Iterable[Mapping[str, Any]], root: Path = Path(".")
) -> list[dict[str, Any]]:
    """Add data_hash, code_hash and commit to rows that name their stage.

    A row whose hashes equal those of an earlier row of the same stage keeps its commit: the same result from the same
    code was first made there, and a shallow clone or an archive without history says so too.

    Args:
        rows: each with a key `stage`.
        earlier: rows of the last release.
        root: of the repository.
    """
    known = stages(root)
    kept = {(row["stage"], row.get("data_hash"), row.get("code_hash")): row.get("commit", "") for row in earlier}
    found = []
    for row in rows:
        entry = known.get(row["stage"], Provenance(row["stage"], "", "", ""))
        before = kept.get((entry.stage, entry.data_hash, entry.code_hash), "")
        found.append({**row, **asdict(entry)} | ({"commit": before} if before and not before.endswith("+") else {}))
    return found


def release(rows: Iterable[Mapping[str, Any]], path: Path, root: Path = Path(".")) -> Path:
    """Write rows with their provenance as JSON: floats to 6 digits, an undefined one as null."""
    path = Path(path)
    earlier = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    text = json.dumps(_rounded(attach(rows, earlier, root)), indent=1, ensure_ascii=False, allow_nan=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


def pages(root: Path = Path(".")) -> list[dict[str, str]]:
    """Every executed notebook and the stage that makes it."""
    made = [(out["path"], stage) for stage, entry in lock(root).items() for out in entry.get("outs", ())]
    return [{"page": Path(path).stem, "stage": stage} for path, stage in sorted(made) if path.endswith(".ipynb")]


if __name__ == "__main__":
    release(pages(), Path(sys.argv[1]))
