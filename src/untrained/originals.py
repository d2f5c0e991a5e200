"""The manifest of public originals, and the check that a local file is the one it names."""

import errno
import hashlib
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from untrained.registry import suggest
from untrained.shards import digest

log = logging.getLogger(__name__)


class Damaged(ValueError):  # noqa: N818 - read as "damaged original"
    """A file whose size, hash or form is not that of the original; it was not used, and no good copy was replaced."""


@dataclass(frozen=True)
class Original:
    """One file of the manifest.

    Attributes:
        name: folder and file name, in the cache and on a mirror.
        benchmark: what it belongs to.
        home: page of its authors.
        urls: official addresses, tried in order; none for what has to be fetched by hand, or exists on a mirror only.
        bytes: size; None where unknown.
        sha256: hash; None where unknown: that of the first use then counts, and the receipt says so.
        md5: hash published by the authors, checked where no sha256 is known.
        licence: of the file.
        cite: key of its source.
        doi: of its source, where there is one.
        what: content in one line.
        derived_from: names of the originals that a mirror's table was made from.
    """

    name: str
    benchmark: str
    home: str | None
    urls: tuple[str, ...]
    bytes: int | None
    sha256: str | None
    md5: str | None
    licence: str
    cite: str
    doi: str | None
    what: str
    derived_from: tuple[str, ...]

    @property
    def known_hash(self) -> str | None:
        """The known hash as pooch writes it: `sha256:...` or `md5:...`."""
        return f"sha256:{self.sha256}" if self.sha256 else f"md5:{self.md5}" if self.md5 else None


def manifest(data: Path | str = "data") -> dict[str, Original]:
    """Every public original by name, as `originals.json` in the folder `data` lists them, grouped by benchmark.

    Raises:
        FileNotFoundError: the manifest is not there.
    """
    path = Path(data) / "originals.json"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run `dvc pull data.dvc` at the top of the repository.")
    found = {}
    for benchmark, group in json.loads(path.read_text(encoding="utf-8"))["benchmarks"].items():
        shared = {key: group.get(key) for key in ("home", "licence", "cite", "doi")}
        for entry in group["files"]:
            values = {"md5": None, "derived_from": ()} | shared | entry
            values |= {key: tuple(values[key]) for key in ("urls", "derived_from")}
            found[entry["name"]] = Original(benchmark=benchmark, **values)
    return found


def original(file: str, data: Path | str = "data") -> Original:
    """One file of the manifest.

    Raises:
        KeyError: the manifest has no such file; the message suggests one.
    """
    known = manifest(data)
    if file not in known:
        raise KeyError(f"The manifest has no file {file!r}. {suggest(file, known)}")
    return known[file]


def check(one: Original, path: Path, *, notes: Path, remedy: str) -> str:
    """The sha256 of a file that is as the manifest says, hashed once per size and time of change.

    Args:
        one: what the file should be.
        path: where it is.
        notes: folder that records what was hashed.
        remedy: what to do about a wrong file, for the message.

    Raises:
        Damaged: size or hash are others; or, without a known hash, the file changed since its first use.
    """
    state = path.stat()
    if one.bytes is not None and state.st_size != one.bytes:
        raise Damaged(f"{path} has {state.st_size:,} bytes, wanted are {one.bytes:,}. {remedy}.")
    note = notes / f"{digest(str(path.resolve()))}.json"
    try:
        seen = json.loads(note.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        seen = {}
    fresh = {"bytes": state.st_size, "changed": state.st_mtime_ns, "known": one.known_hash}
    if fresh.items() <= seen.items():
        return seen["sha256"]
    kind, _, known = (one.known_hash or "").partition(":")
    if kind and (got := _hash(path, kind)) != known:
        raise Damaged(f"{path} has {kind} {got}, wanted is {known}. {remedy}.")
    fresh["sha256"] = got if kind == "sha256" else _hash(path, "sha256")
    if not kind:
        if seen.get("sha256", fresh["sha256"]) != fresh["sha256"]:
            raise Damaged(
                f"{path} has sha256 {fresh['sha256']}, on its first use it was {seen['sha256']} and the manifest knows "
                f"none. {remedy}, or delete {note} to take the new file."
            )
        log.warning("%s: no hash is known; sha256 %s is recorded on first use.", one.name, fresh["sha256"])
    _replace(note, json.dumps(fresh))
    return fresh["sha256"]


def _hash(path: Path, kind: str) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, kind).hexdigest()


def _replace(path: Path, text: str) -> None:
    with clear_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = path.with_suffix(f".{os.getpid()}")
        whole.write_text(text, encoding="utf-8")
        os.replace(whole, path)


@contextmanager
def clear_errors(folder: Path) -> Iterator[None]:
    """A full disk, or a folder that may not be written, said in words.

    Raises:
        OSError: the same error, with the folder and the next step.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise OSError(
                error.errno, f"No space left below {folder}: free some and run again, a download resumes"
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise PermissionError(
                error.errno, f"{folder} may not be written: change its permissions or work elsewhere"
            ) from error
        raise
