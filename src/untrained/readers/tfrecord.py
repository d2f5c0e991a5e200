"""TFRecord files, read without TensorFlow: a stream of records, each behind two checksums."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np

POLYNOMIAL = 0x82F63B78
"""CRC-32C (Castagnoli), bits reversed."""
HELD = 4 << 20
"""Bytes of records checked at a time."""


def records(path: Path | str) -> Iterator[tuple[int, bytes]]:
    """Byte offset and content of every record, in the order of the file; few of them are in memory at any time.

    A record is length (8 bytes), its checksum (4), content, its checksum (4), little-endian; checksums are masked CRC-32C.

    Raises:
        ValueError: a record is cut short or a checksum does not match; the message names its offset.
    """
    with open(path, "rb") as file:
        held: list[tuple[int, bytes, int]] = []
        longest = 0
        for record in _framed(file, Path(path)):
            longest = max(longest, len(record[1]))
            held.append(record)
            if longest * len(held) > HELD:
                yield from _checked(held, Path(path))
                held, longest = [], 0
        yield from _checked(held, Path(path))


def _framed(file: BinaryIO, path: Path) -> Iterator[tuple[int, bytes, int]]:
    """Offset, content and stored checksum of every record; the length is checked before it is believed."""
    offset = 0
    while header := file.read(12):
        if len(header) < 12:
            raise _damaged(path, offset, f"is cut short: {len(header)} of 12 bytes of its header are there")
        if _checksum(header[:8]) != int.from_bytes(header[8:], "little"):
            raise _damaged(path, offset, "has a length that does not match its checksum")
        length = int.from_bytes(header[:8], "little")
        body = file.read(length + 4)
        if len(body) < length + 4:
            raise _damaged(path, offset, f"is cut short: {len(body)} of {length + 4} bytes after its header are there")
        yield offset, body[:length], int.from_bytes(body[length:], "little")
        offset += 16 + length


def _checked(held: Sequence[tuple[int, bytes, int]], path: Path) -> Iterator[tuple[int, bytes]]:
    for (offset, content, stored), found in zip(held, crc32c([content for _, content, _ in held]), strict=True):
        if masked(found) != stored:
            raise _damaged(path, offset, "has a content that does not match its checksum")
        yield offset, content


@lru_cache(maxsize=4096)
def _checksum(length: bytes) -> int:
    """Masked checksum of a length; most lengths of a file come again."""
    return masked(crc32c([length])[0])


def _damaged(path: Path, offset: int, what: str) -> ValueError:
    return ValueError(f"{path}: the record at byte {offset:,} {what}. The file is damaged: delete it and fetch it again.")


def crc32c(contents: Sequence[bytes]) -> list[int]:
    """CRC-32C of each content, all of them byte by byte at once.

    >>> [hex(value) for value in crc32c([b"123456789", b""])]
    ['0xe3069283', '0x0']
    """
    width = max(map(len, contents), default=0)
    starts = width - np.array([len(content) for content in contents], dtype=np.int64)
    padded = np.frombuffer(b"".join(content.rjust(width, b"\0") for content in contents), np.uint8)
    state = np.zeros(len(contents), np.uint32)  # zeros before the start leave a state of 0 as it is
    for place, column in enumerate(padded.reshape(len(contents), width).T.copy()):
        state[starts == place] = 0xFFFFFFFF
        state = _TABLE[(state ^ column) & 0xFF] ^ (state >> 8)
    state[starts == width] = 0xFFFFFFFF
    return (~state).tolist()


def masked(checksum: int) -> int:
    """A checksum as it is stored: rotated right by 15 bits, plus a constant, so that a file may hold files.

    >>> hex(masked(0))
    '0xa282ead8'
    """
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _table() -> np.ndarray:
    """Remainder of every byte."""
    state = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        state = np.where(state & 1, state >> 1 ^ POLYNOMIAL, state >> 1).astype(np.uint32)
    return state


_TABLE = _table()
