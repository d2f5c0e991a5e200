"""The benchmarks: one file each, found by importing this folder; all behind one protocol."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np
import pandas as pd
from torch import nn

from untrained import downloads
from untrained.initialise import draw
from untrained.registry import Registry

__all__ = ["Benchmark", "benchmark", "by_form", "costs", "get", "names", "sample", "spread", "trained"]

Made = TypeVar("Made", bound=type)


@runtime_checkable
class Benchmark(Protocol):
    """Architectures as strings, what networks they are, and what they reached when trained.

    Attributes:
        name: registered name.
        datasets: names of the tables and inputs.
        cite: key of the source.
    """

    name: str
    datasets: tuple[str, ...]
    cite: str

    def architectures(self) -> Sequence[str]:
        """Every architecture that has a row in the tables."""

    def canonical(self, arch: str) -> str:
        """The form shared by all strings of the same function; idempotent.

        Raises:
            ValueError: not an architecture of this space.
        """

    def build(self, arch: str, dataset: str, **changes: Any) -> nn.Module:
        """The network, filled with weights of (seed, position)."""

    def variants(self, arch: str, dataset: str, **changes: Any) -> dict[str, Callable[[], nn.Module]]:
        """Relatives that some proxies measure instead of the network built with the same changes."""

    def table(self, dataset: str) -> pd.DataFrame:
        """Trained accuracies, indexed by architecture: `valid_acc`, `test_acc` in percent, `params`, and single runs."""

    def images(self, dataset: str, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Training inputs (count, c, h, w) and targets (count,) of a probe: no validation or test image."""

    def neighbours(self, arch: str) -> Sequence[str]:
        """Architectures one change away."""


_BENCHMARKS: Registry[type] = Registry("benchmark", __name__, listing="untrained.benchmarks.names()")


def benchmark(kind: Made) -> Made:
    """Register a class under its `name`."""
    return _BENCHMARKS.add(kind.name, kind)


def get(name: str, data: Path | str = "data") -> Benchmark:
    """A benchmark by name, reading its tables below the folder `data`.

    Raises:
        UnknownName: no such benchmark; the message suggests the nearest one.
    """
    return _BENCHMARKS[name](Path(data))


def sample(bench: Benchmark, dataset: str, count: int | None = None, *, seed: int = 0) -> list[str]:
    """Canonical forms of a data set's table in a random order: any beginning of it is a uniform sample of the whole.

    Args:
        bench: the benchmark.
        dataset: whose table.
        count: how many; all by default.
        seed: of the order.
    """
    forms = sorted({bench.canonical(arch) for arch in bench.table(dataset).index})
    order = np.argsort(draw(f"{bench.name}.sample", (len(forms),), seed=seed), kind="stable")
    return [forms[i] for i in order[:count]]


def by_form(bench: Benchmark, dataset: str) -> pd.DataFrame:
    """A data set's table by canonical form: the row of the form's own string, or the mean over its strings."""
    table = bench.table(dataset)
    forms = np.array([bench.canonical(arch) for arch in table.index])
    own = table[forms == table.index]
    return own if set(own.index) == set(forms) else table.groupby(forms, sort=False).mean(numeric_only=True)


def trained(bench: Any, dataset: str) -> pd.DataFrame:
    """The rows of one data set in a benchmark's public table, indexed by architecture."""
    table = downloads.table(bench.name, data=bench.data)
    return table[table["dataset"] == dataset].drop(columns="dataset").set_index("arch")


def costs(bench: Benchmark, dataset: str) -> dict[str, float]:
    """What a network of each canonical form costs, up to a factor, where the table knows: multiplications, or parameters."""
    table = by_form(bench, dataset)
    known = [name for name in ("flops", "params") if name in table]
    return table[known[0]].dropna().astype(float).to_dict() if known else {}


def spread(bench: Benchmark, dataset: str, scores: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores of canonical forms copied to every string of theirs, with the strings' own #Param, and their table.

    The column `flops` is left out: a string's dead layers count in it, and tables count otherwise than the proxy does.

    Args:
        bench: the benchmark.
        dataset: whose strings.
        scores: one row per canonical form.
    """
    table = bench.table(dataset)
    forms = pd.Series([bench.canonical(arch) for arch in table.index], index=table.index)
    forms = forms[forms.isin(scores.index)]
    full = scores.drop(columns="flops", errors="ignore").loc[forms].set_axis(forms.index)
    return full.assign(params=table.loc[forms.index, "params"]) if "params" in full else full, table.loc[forms.index]


def names() -> list[str]:
    """All registered names, sorted."""
    return list(_BENCHMARKS)
