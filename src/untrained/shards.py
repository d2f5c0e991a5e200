"""Long work in small files: planned, written atomically, skipped when finished, run serially, by processes or by dask."""

import ast
import ctypes
import hashlib
import inspect
import json
import multiprocessing
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pyarrow
import pyarrow.parquet as pq
from tqdm.auto import tqdm

Job = Callable[[Sequence[Any]], pd.DataFrame]
"""A picklable pure function from the units of one shard to their rows."""

DAMAGE = (pyarrow.ArrowException, OSError, ValueError, KeyError, TypeError)
"""What reading a damaged parquet file may raise, its footer included."""


M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
"""Numbers of two options in glibc's malloc.h."""


def digest(*parts: Any) -> str:
    """Twelve hexadecimal digits that identify JSON-like values, whatever the order of their keys."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def source_digest(*modules: ModuleType) -> str:
    """Digest of the code of modules; comments, layout and docstrings do not count."""
    trees = []
    for module in modules:
        tree = ast.parse(inspect.getsource(module))
        for node in ast.walk(tree):
            body = getattr(node, "body", None)
            if isinstance(body, list):
                node.body = [line for line in body if not _is_text(line)]
        trees.append(ast.dump(tree))
    return digest(*trees)


def _is_text(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str)


@dataclass(frozen=True)
class Shard:
    """Some units of work and the file that holds their rows once they are done."""

    units: tuple
    path: Path

    @property
    def finished(self) -> bool:
        """Whether the file is there and whole, to the last byte."""
        try:
            read(self.path)
        except (FileNotFoundError, ValueError):
            return False
        return True


def plan(units: Sequence[Any], *, folder: Path, key: str, size: int) -> list[Shard]:
    """Cut units into shards of `size`; a file's name digests its units, its folder the key, so nothing stale is reused."""
    folder = Path(folder) / key
    pieces = [tuple(units[start : start + size]) for start in range(0, len(units), size)]
    return [Shard(piece, folder / f"{digest(piece)}.parquet") for piece in pieces]


def run(
    job: Job,
    shards: Sequence[Shard],
    *,
    workers: int = 1,
    client: Any = None,
    label: str = "",
    metadata: dict[str, str] | None = None,
    cost: Callable[[Any], float] | None = None,
) -> list[Path]:
    """Compute the unfinished shards, with a progress bar and ETA; return all their paths.

    A killed worker loses only the shards it was working on; everything written stays, and a new call goes on from there.

    Args:
        job: rows of one shard.
        shards: from `plan`.
        workers: processes of one thread each; 1 runs here.
        client: a `dask.distributed.Client`; used instead of processes where given.
        label: of the progress bar.
        metadata: text written beside the rows.
        cost: of a unit, up to a factor: the dearest shards are begun first, so that workers end together.

    Raises:
        RuntimeError: a worker process died; the message says how to go on.
    """
    todo = [shard for shard in shards if not shard.finished]
    if cost is not None:
        todo.sort(key=lambda shard: -sum(map(cost, shard.units)))
    bar = tqdm(total=len(shards), initial=len(shards) - len(todo), desc=label or "shards", unit="shard", smoothing=0.1)
    with bar:
        for _ in _finished(job, todo, workers, client, metadata or {}):
            bar.update()
    return [shard.path for shard in shards]


def _finished(job: Job, todo: Sequence[Shard], workers: int, client: Any, metadata: dict[str, str]) -> Iterator[Path]:
    if client is not None:
        from dask.distributed import as_completed as dask_completed

        futures = [
            client.submit(compute, job, shard, metadata, pure=False, retries=2, priority=-place)
            for place, shard in enumerate(todo)
        ]
        yield from (future.result() for future in dask_completed(futures))
    elif workers <= 1 or len(todo) <= 1:
        yield from (compute(job, shard, metadata) for shard in todo)
    else:
        yield from _in_processes(job, todo, workers, metadata)


def _in_processes(job: Job, todo: Sequence[Shard], workers: int, metadata: dict[str, str]) -> Iterator[Path]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(todo)), mp_context=context, initializer=end_with_parent) as pool:
        futures = [pool.submit(compute, job, shard, metadata) for shard in todo]
        try:
            yield from (future.result() for future in as_completed(futures))
        except BrokenProcessPool as error:
            left = sum(not shard.finished for shard in todo)
            raise RuntimeError(
                f"A worker process died (out of memory, or killed). {len(todo) - left} shards of this run are kept, "
                f"{left} are left: run the same command again to go on, with fewer workers if memory is short."
            ) from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def end_with_parent() -> None:
    """Have this worker process end when its parent does, however that is killed; it would work on for nobody.

    A shard is written beside its place and renamed, so none is left half written.
    """
    parent = multiprocessing.parent_process()

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    if parent is not None:
        threading.Thread(target=watch, daemon=True).start()


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread, denormal floats as 0 (shrinking signals otherwise cost tens of times more); undone at the end.

    Both decide last digits, so a shard is computed under them wherever it is computed. Without torch there is nothing to do.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(before)


def compute(job: Job, shard: Shard, metadata: dict[str, str]) -> Path:
    """Compute one shard and write it; an already finished one is left alone."""
    if not shard.finished:
        with one_thread():
            rows = job(shard.units)
        write(rows, shard.path, metadata)
    return shard.path


def read(path: Path | str) -> tuple[pd.DataFrame, dict[str, str]]:
    """Rows and metadata of a file from `write`, every page checked against its checksum.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file is cut or changed.
    """
    try:
        table = pq.read_table(path, page_checksum_verification=True)
        metadata = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
        return table.to_pandas(), metadata
    except FileNotFoundError:
        raise
    except DAMAGE as error:
        raise ValueError(f"{path} is damaged ({error})") from error


def write(table: pd.DataFrame, path: Path, metadata: dict[str, str] | None = None) -> Path:
    """Write parquet beside its place, then rename: a reader sees a whole file or none, also on a full disk."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    arrow = pyarrow.Table.from_pandas(table, preserve_index=False)
    arrow = arrow.replace_schema_metadata((arrow.schema.metadata or {}) | {k: str(v) for k, v in (metadata or {}).items()})
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    try:
        pq.write_table(arrow, name, compression="zstd", write_page_checksum=True)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path


def keep_freed_memory() -> None:
    """Have the C library keep freed memory for the next network, where it can (glibc).

    Handing it back and getting it anew, page by page, took a third of a network's time.
    """
    allocator = getattr(ctypes.CDLL(None), "mallopt", None)
    if allocator is not None:
        allocator(M_TRIM_THRESHOLD, 2**31 - 1)
        allocator(M_MMAP_MAX, 0)
