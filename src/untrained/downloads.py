"""Public originals: verified local copies, and the tables read from them.

A file comes from the cache, else from the mirror, else from its official addresses. The mirror is a folder or a base URL
named by the variable UNTRAINED_MIRROR; a folder's files are used where they are. This is the only module that reads that
variable or opens a connection.
"""

import errno
import fcntl
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pooch
import requests
from tqdm.auto import tqdm

from untrained import shards
from untrained.originals import Damaged, Original, check, clear_errors, manifest, original
from untrained.readers import Source, sources

__all__ = ["Damaged", "Missing", "available", "fetch", "first", "manifest", "receipt", "table", "write_receipt"]

MIRROR = "UNTRAINED_MIRROR"
CACHE = Path("work") / "originals"
"""Copies, the record of what was checked, and tables: ignored by git, safe to delete."""

TRIES, PAUSE = 3, 1.0  # at each address; seconds before the second try, doubled before each further one
CONNECT, READ = 10, 60  # seconds after which a silent server counts as gone


class Missing(FileNotFoundError):  # noqa: N818 - read as "missing original"
    """An original that could not be had; the message names it, what was tried, and the variable to set."""


def fetch(file: str, *, data: Path | str = "data", cache: Path | str = CACHE) -> Path:
    """A local copy of one file of the manifest, its size and hash checked; downloads resume where they stopped.

    Raises:
        Missing: it could not be had from the cache, the mirror or an official address.
        Damaged: what was found is not the file of the manifest.
        KeyError: the manifest has no such file; the message suggests one.
    """
    one, cache = original(file, data), Path(cache)
    path = _here(one, cache) or _download(one, cache)
    _sha256(one, path, cache)
    return path


def first(choices: Sequence[tuple[str, ...]], *, data: Path | str = "data", cache: Path | str = CACHE) -> dict[str, Path]:
    """Local copies of the first set of files that can be had whole: sets at hand come before those to be downloaded.

    Raises:
        Missing: none of the sets can be had; the message says why for each.
        Damaged: a file is not that of the manifest.
    """
    reasons = []
    for files in sorted(choices, key=lambda files: not _at_hand(files, data, Path(cache))):
        try:
            return {file: fetch(file, data=data, cache=cache) for file in files}
        except Missing as error:
            reasons.append(str(error))
    raise Missing("\n".join(reasons))


def table(benchmark: str, *, data: Path | str = "data", cache: Path | str = CACHE) -> pd.DataFrame:
    """The benchmark's tidy table, one row per (arch, dataset), from the first source whose files can be had.

    Sources with every file at hand come first, then those to be downloaded. The table is kept as Parquet in the cache,
    keyed by the hashes of the files and the code of the reader.

    Raises:
        Missing: no source's files can be had.
        Damaged: a file is not that of the manifest.
        ValueError: the reader's table breaks the schema.
    """
    one, paths = _chosen(benchmark, data, cache)
    hashes = {file: _sha256(original(file, data), path, Path(cache)) for file, path in paths.items()}
    key = shards.digest(hashes, shards.source_digest(sys.modules[one.read.__module__]))
    kept = Path(cache) / "tables" / f"{benchmark}-{key}.parquet"
    try:
        return shards.read(kept)[0]
    except (FileNotFoundError, ValueError):
        made = _tidy(one.read(paths), benchmark)
    with clear_errors(kept.parent):
        shards.write(made, kept, {"files": json.dumps(hashes)})
    return made


def available(benchmark: str, *, data: Path | str = "data", cache: Path | str = CACHE) -> bool:
    """Whether the table can be read from the cache or the mirror, without an official address."""
    return any(_at_hand(source.files, data, Path(cache)) for source in sources(benchmark))


def receipt(benchmark: str, *, data: Path | str = "data", cache: Path | str = CACHE) -> dict[str, Any]:
    """What the table is read from: the same on every machine that has the same bytes.

    Returns:
        The benchmark and, for each file, its name, `bytes`, `sha256`, `source` (`official`: the authors' own bytes,
        whichever way they came; `mirror`: a table that a mirror made) and `checked` (against the `manifest`, or on
        `first use`, where no hash is known).
    """
    _, paths = _chosen(benchmark, data, cache)
    files = []
    for file, path in paths.items():
        one = original(file, data)
        entry = {"file": file, "bytes": path.stat().st_size, "sha256": _sha256(one, path, Path(cache))}
        source, checked = "mirror" if one.derived_from else "official", "manifest" if one.known_hash else "first use"
        files.append(entry | {"source": source, "checked": checked})
    return {"benchmark": benchmark, "files": files}


def write_receipt(
    benchmark: str, path: Path | str, *, data: Path | str = "data", cache: Path | str = CACHE
) -> dict[str, Any]:
    """Write the receipt as JSON and return it.

    Raises:
        Damaged: no hash is known for a file, and an earlier receipt was written for another one.
    """
    found, path = receipt(benchmark, data=data, cache=cache), Path(path)
    earlier = json.loads(path.read_text(encoding="utf-8"))["files"] if path.exists() else ()
    before = {entry["file"]: entry["sha256"] for entry in earlier}
    for entry in found["files"]:
        was = before.get(entry["file"], entry["sha256"])
        if entry["checked"] == "first use" and was != entry["sha256"]:
            raise Damaged(
                f"{entry['file']} has sha256 {entry['sha256']}; {path} was written for {was}, and the manifest knows none. "
                f"Delete {path} to go on with the new file."
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found


def _tidy(made: pd.DataFrame, benchmark: str) -> pd.DataFrame:
    """A reader's table, if it keeps the schema: `arch` and `dataset`, and no pair of them twice."""
    lacking = [column for column in ("arch", "dataset") if column not in made]
    if lacking or made.empty:
        raise ValueError(f"The table of {benchmark} has {len(made)} rows and no column {lacking}: mend its reader.")
    twice = made[made.duplicated(["arch", "dataset"])]
    if len(twice):
        raise ValueError(
            f"The table of {benchmark} has {twice.arch.iloc[0]!r} twice for {twice.dataset.iloc[0]}: mend its reader."
        )
    return made.reset_index(drop=True)


def _mirror() -> str:
    return os.environ.get(MIRROR, "").rstrip("/")


def _is_address(mirror: str) -> bool:
    return mirror.startswith(("http://", "https://"))


def _here(one: Original, cache: Path) -> Path | None:
    """The file in the cache, or in a mirror's folder."""
    mirror = _mirror()
    folders = [cache] if not mirror or _is_address(mirror) else [cache, Path(mirror)]
    return next((folder / one.name for folder in folders if (folder / one.name).is_file()), None)


def _at_hand(files: Sequence[str], data: Path | str, cache: Path) -> bool:
    return all(_here(original(file, data), cache) or _on_mirror(file) for file in files)


def _on_mirror(file: str) -> bool:
    """Whether a base URL offers a file."""
    try:
        return _is_address(_mirror()) and requests.head(f"{_mirror()}/{file}", timeout=CONNECT, allow_redirects=True).ok
    except requests.RequestException:
        return False


def _chosen(benchmark: str, data: Path | str, cache: Path | str) -> tuple[Source, Mapping[str, Path]]:
    """The source that is read, and its files."""
    known = {source.files: source for source in sources(benchmark)}
    if not known:
        raise Missing(f"No reader is registered for {benchmark!r}: add one in untrained/readers.")
    paths = first(list(known), data=data, cache=cache)
    return known[tuple(paths)], paths


def _sha256(one: Original, path: Path, cache: Path) -> str:
    ours = path.is_relative_to(cache)
    remedy = f"Delete {path} and run again" if ours else f"Mend the mirror, or set {MIRROR} to another one"
    return check(one, path, notes=cache / ".checked", remedy=remedy)


def _download(one: Original, cache: Path) -> Path:
    """Try every address in turn. A wrong file ends it: whoever sent it should be looked at."""
    mirror, target, tried = _mirror(), cache / one.name, []
    for url in [*([f"{mirror}/{one.name}"] if _is_address(mirror) else []), *one.urls]:
        try:
            with clear_errors(cache), _alone(cache / ".checked" / f"{shards.digest(one.name)}.lock"):
                if not target.exists():
                    _retrieve(one, url, target)
            return target
        except requests.RequestException as error:
            tried.append(f"  {url}: {error}")
        except ValueError as error:
            raise Damaged(f"{url} does not give the {one.name} of the manifest; nothing was kept. {error}") from None
    where = f"{MIRROR}: " + ("not set" if not mirror else f"no such file in {mirror}")
    tried = ([] if _is_address(mirror) else [f"  {where}"]) + tried
    if one.derived_from:
        tried.append(f"  no official address: a mirror made it from {', '.join(one.derived_from)}")
    elif not one.urls:
        tried.append(f"  no direct address: its authors' page is {one.home}")
    raise Missing(
        "\n".join([f"{one.name} is not here ({one.what}). Tried:", f"  the cache {cache}", *tried])
        + f"\nSet {MIRROR} to a folder or base URL that holds it."
    )


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One process at a time."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _retrieve(one: Original, url: str, target: Path) -> None:
    """Download with resume; pooch checks the hash in a temporary file, and only then gives it its name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    stale = part.exists()
    pooch.get_logger().setLevel("ERROR")

    def resume(url: str, out: str, _: Any) -> None:
        _persist(url, part, one)
        size = part.stat().st_size
        os.replace(part, out)
        if one.bytes not in (None, size):
            raise ValueError(f"Got {size:,} bytes, wanted are {one.bytes:,}.")

    try:
        pooch.retrieve(url, one.known_hash, fname=target.name, path=target.parent, downloader=resume)
    except ValueError:
        if not stale:
            raise
        _retrieve(one, url, target)  # the part was of another file, and is gone now


def _persist(url: str, part: Path, one: Original) -> None:
    """Try an address several times, each time going on from what is there."""
    for attempt in range(TRIES):
        try:
            return _continue(url, part, one)
        except requests.RequestException as error:
            refused = error.response is not None and error.response.status_code < 500
            if refused or attempt == TRIES - 1:
                raise
            time.sleep(PAUSE * 2**attempt)


def _continue(url: str, part: Path, one: Original) -> None:
    """Bring a part to its end. Without a known hash it is continued only if the server vouches that the file is the same."""
    tag = part.with_suffix(".tag")
    same = tag.read_text() if tag.exists() else ""
    have = part.stat().st_size if part.exists() and (same or one.known_hash) else 0
    if have and have == one.bytes:
        return tag.unlink(missing_ok=True)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    headers |= {"If-Range": same} if have and same else {}
    with requests.get(url, headers=headers, stream=True, timeout=(CONNECT, READ)) as answer:
        if answer.status_code == 416:
            part.unlink()
            raise requests.ConnectionError("the part was longer than the file: deleted")
        answer.raise_for_status()
        if "text/html" in answer.headers.get("Content-Type", ""):
            raise requests.RequestException("a web page, not the file: download it by hand", response=answer)
        resumed = answer.status_code == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        tag.write_text(answer.headers.get("ETag") or answer.headers.get("Last-Modified") or "")
        _save(answer, part, have if resumed else 0, one.name)
    tag.unlink()


def _save(answer: requests.Response, part: Path, have: int, name: str) -> None:
    left = int(answer.headers.get("Content-Length", 0)) or None
    free = shutil.disk_usage(part.parent).free
    if left and left > free:
        raise OSError(errno.ENOSPC, f"{name} needs {left:,} more bytes, {free:,} are free")
    bar = tqdm(total=left and have + left, initial=have, desc=name, unit="B", unit_scale=True, unit_divisor=1024)
    with part.open("ab" if have else "wb") as out, bar:
        for piece in answer.iter_content(1 << 16):
            out.write(piece)
            bar.update(len(piece))
