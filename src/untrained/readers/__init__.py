"""Readers: from the files of a public benchmark, as its authors publish them, to one tidy table; a file per benchmark."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

__all__ = ["Source", "source", "sources"]

Read = Callable[[Mapping[str, Path]], pd.DataFrame]


@dataclass(frozen=True)
class Source:
    """One way to come by a benchmark's table.

    Attributes:
        benchmark: its registered name.
        files: names in the manifest of originals, all of which are needed.
        read: from the local path of each file to the table: one row per (arch, dataset).
    """

    benchmark: str
    files: tuple[str, ...]
    read: Read


_SOURCES: list[Source] = []


def source(benchmark: str, *, files: tuple[str, ...]) -> Callable[[Read], Read]:
    """Register a reader; within a benchmark's file the first one is preferred."""

    def register(read: Read) -> Read:
        _SOURCES.append(Source(benchmark, files, read))
        return read

    return register


def sources(benchmark: str) -> list[Source]:
    """The ways to come by a benchmark's table, the preferred one first."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    return [one for one in _SOURCES if one.benchmark == benchmark]
