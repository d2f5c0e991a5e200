"""CIFAR archives as published: images (n, 3, size, size) uint8 and labels (n,) int64 in the official order."""

import io
import lzma
import tarfile
import zlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from untrained.originals import Damaged
from untrained.readers import pickles

Batch = tuple[np.ndarray, np.ndarray]

LABELS = {"cifar10": ("labels",), "cifar100": ("coarse_labels", "fine_labels")}
"""Label fields of a record, in the order of their bytes; the last one is the class."""


@lru_cache(maxsize=4)
def binary(archive: Path, dataset: str, count: int | None = None) -> Batch:
    """The first training images of `cifar-10-binary.tar.gz` or `cifar-100-binary.tar.gz`.

    A record is one byte per label field, then 1,024 bytes each of red, green and blue, row by row.

    Raises:
        Damaged: not such an archive, or cut.
    """
    width = len(LABELS[dataset]) + 3072

    def split(member: str, raw: bytes) -> Batch:
        if len(raw) % width or not raw:
            raise Damaged(f"{archive}: {member} has {len(raw):,} bytes, no multiple of {width:,}.")
        records = np.frombuffer(raw, np.uint8).reshape(-1, width)
        return _images(records[:, -3072:], 32), records[:, len(LABELS[dataset]) - 1].astype(np.int64)

    names = [f"data_batch_{i}.bin" for i in range(1, 6)] if dataset == "cifar10" else ["train.bin"]
    return _batches(archive, names, split, count)


@lru_cache(maxsize=4)
def python(archive: Path, dataset: str, count: int | None = None) -> Batch:
    """The same of the `-python.tar.gz` archives, whose batches are pickles.

    Raises:
        Damaged: not such an archive, cut, or with anything else than data in a pickle.
    """
    names = [f"data_batch_{i}" for i in range(1, 6)] if dataset == "cifar10" else ["train"]
    return _batches(
        archive, names, lambda member, raw: _pickled(f"{archive}: {member}", raw, LABELS[dataset][-1], 32), count
    )


@lru_cache(maxsize=4)
def downsampled(batch: Path, size: int = 16) -> Batch:
    """One training batch of downsampled ImageNet: labels 1..1000 as published.

    Raises:
        Damaged: cut, or with anything else than data in the pickle.
    """
    return _pickled(str(batch), batch.read_bytes(), "labels", size)


def _pickled(name: str, raw: bytes, field: str, size: int) -> Batch:
    batch = pickles.load(io.BytesIO(raw), name)
    data, labels = (batch.get(key) for key in ("data", field)) if isinstance(batch, dict) else (None, None)
    if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.ndim != 2 or data.shape[1] != 3 * size**2:
        raise Damaged(f"{name} has no array `data` of {3 * size**2:,} bytes per image.")
    if labels is None or len(labels) != len(data):
        raise Damaged(f"{name} has no `{field}` for each of its {len(data):,} images.")
    return _images(data, size), np.asarray(labels, dtype=np.int64)


def _images(rows: np.ndarray, size: int) -> np.ndarray:
    return rows.reshape(-1, 3, size, size)


def _batches(archive: Path, names: Sequence[str], read: Callable[[str, bytes], Batch], count: int | None) -> Batch:
    """Batches in their order until there are `count` images; members are read in memory, nothing is unpacked."""
    found: list[Batch] = []
    try:
        with tarfile.open(archive) as tar:
            members = {Path(member.name).name: member for member in tar.getmembers() if member.isfile()}
            for name in names:
                if name not in members:
                    raise Damaged(f"{archive} has no {name}.")
                found.append(read(name, tar.extractfile(members[name]).read()))
                if count is not None and sum(len(labels) for _, labels in found) >= count:
                    break
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, OSError) as error:
        raise Damaged(f"{archive} is cut or no archive ({error}): delete it and fetch it again.") from error
    images, labels = (np.concatenate(parts)[:count] for parts in zip(*found, strict=True))
    return images, labels
