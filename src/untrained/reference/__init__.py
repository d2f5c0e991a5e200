"""Proxies beside figures that their authors' own code gave, on networks that a rule of names and numbers fixes.

How far apart two correct computations may be is not kept in a list of cases. In float64 it is 1e-6. In float32 it is 1e-4,
or the authors' own |float32 - float64|, or what rounding does to the figure: a ReLU input within rounding of 0 falls on the
other side of it and takes a sample's gradient with it; a quotient by a small deviation, or a sum that cancels, loses digits.
That is measured, in float64, by moving every weight and input by up to 2^-20 of itself, about what a float32 sum of some
hundred terms loses, and allowed twice, once for each side. Our own float32 has no say in it: a wrong one is not excused.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from math import inf, isfinite, nan
from typing import Any

import pandas as pd

from untrained.probe import Undefined
from untrained.reference.figures import FIGURES, SAME
from untrained.reference.subject import Subject

ASKED = {"float64": 1e-6, "float32": 1e-4}
"""Relative error asked of every figure."""
PRECISION = {"f32": "float32", "f64": "float64"}
DRAWS = 8
"""How often weights and inputs are moved at most to measure what rounding does; the first that allows an error is enough."""


class Reference:
    """The content of a file of figures, and ours beside them.

    Args:
        content: `seed`, `configs` and `archs` as described with the file; its tables of figures that a fault decides
            (`not_to_match` in the name) are left out.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.seed, self.configs, self.archs = content["seed"], content["configs"], content["archs"]
        self.subject = lru_cache(maxsize=1)(self._subject)
        self.moved = lru_cache(maxsize=None)(self._moved)

    def _subject(self, arch: str, config: str, bits: str, rounding: int | None = None) -> Subject:
        name, precision = self.archs[arch]["arch_str"], PRECISION[bits]
        return Subject(name, self.configs[config], seed=self.seed, precision=precision, rounding=rounding)

    def figures(self, arch: str, config: str, bits: str) -> dict[str, float]:
        """The figures of one table, by `peer/name` or `peer/name:part`; empty where the file has no such table."""
        return dict(_numbers(self.archs[arch].get(f"{config}_{bits}", {})))

    def cases(self) -> list[tuple[str, str, str, str]]:
        """All that the file holds: architecture, configuration, `f32` or `f64`, figure."""
        tables = [(arch, config, bits) for arch in self.archs for config in self.configs for bits in PRECISION]
        return [(*table, name) for table in tables for name in self.figures(*table)]

    def compare(self, arch: str, config: str, bits: str, figure: str) -> dict[str, Any]:
        """One row: what was wanted and found, the relative error, the error allowed and why, and whether it `holds`.

        Raises:
            KeyError: no proxy is compared with the figure.
        """
        if SAME.get(figure, figure) not in FIGURES:
            raise KeyError(f"No proxy is compared with {figure!r}: add it to untrained.reference.FIGURES or SAME.")
        proxy, value_of = FIGURES[SAME.get(figure, figure)]
        wanted, found = self.figures(arch, config, bits)[figure], _value(value_of, self.subject(arch, config, bits))
        row = {"arch": arch, "config": config, "precision": PRECISION[bits], "figure": figure, "proxy": proxy}
        if (same := _without_number(figure, wanted, found)) is not None:
            return row | {"wanted": wanted, "found": found, "error": nan, "allowed": nan, "why": "no number", "holds": same}
        error = _relative(found, wanted)
        allowed, why = self._allowed(arch, config, bits, figure, error)
        row |= {"wanted": wanted, "found": found, "error": error, "allowed": allowed, "why": why}
        return row | {"holds": error <= allowed}

    def _allowed(self, arch: str, config: str, bits: str, figure: str, error: float) -> tuple[float, str]:
        """The relative error allowed, and why; rounding is measured only where an error is not allowed yet."""
        asked = ASKED[PRECISION[bits]]
        if bits == "f64" or error <= asked:
            return asked, "asked"
        single, double = (self.figures(arch, config, b).get(figure, nan) for b in ("f32", "f64"))
        if error <= (authors := _relative(single, double)):
            return authors, "authors"
        allowed, name = asked, SAME.get(figure, figure)
        for draw in range(DRAWS):
            true, value = self.moved(arch, config, name, None), self.moved(arch, config, name, draw)
            if None not in (true, value) and error <= (allowed := max(allowed, 2 * _relative(value, true))):
                break
        return allowed, "rounding"

    def _moved(self, arch: str, config: str, name: str, draw: int | None) -> float | None:
        """The value in float64, of weights and inputs that a draw has moved; None: of those that nothing has moved."""
        return _value(FIGURES[name][1], self._subject(arch, config, "f64", draw))

    def table(self, cases: Iterable[tuple[str, str, str, str]] | None = None) -> pd.DataFrame:
        """One row per case (all by default), as `compare` gives it."""
        return pd.DataFrame([self.compare(*case) for case in (cases or self.cases())])


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Per proxy, configuration and precision: networks, worst relative error, the error asked for, and what allowed more."""
    table = table.assign(
        asked=table["precision"].map(ASKED), more=table["why"].where(~table["why"].isin(["asked", "no number"]))
    )
    return (
        table.groupby(["proxy", "config", "precision"], sort=False)
        .agg(
            peers=("figure", lambda names: ", ".join(sorted({name.partition("/")[0] for name in names}))),
            networks=("arch", "nunique"),
            worst=("error", "max"),
            asked=("asked", "first"),
            more=("more", lambda reasons: ", ".join(sorted(set(reasons.dropna())))),
            hold=("holds", "all"),
        )
        .reset_index()
    )


def _numbers(figures: Mapping[str, Any]) -> Iterable[tuple[str, float]]:
    """Figures as numbers: `inf`, `-inf`, `nan` are strings in the file, a complex one counts by its real part."""
    for name, value in figures.items():
        match value:
            case {"re": real}:
                yield name, float(real)
            case dict():
                yield from ((f"{name}:{part}", float(one)) for part, one in value.items())
            case list():
                yield from ((f"{name}:{place}", float(one)) for place, one in enumerate(value))
            case _:
                yield name, nan if value is None else float(value)


def _value(value_of: Callable[[Subject], float], one: Subject) -> float | None:
    """Our value, or None where the proxy says that there is none."""
    try:
        return float(value_of(one))
    except Undefined:
        return None


def _relative(found: float, wanted: float) -> float:
    """|found - wanted| / |wanted|, where they are apart by 1e-12 or more."""
    apart = abs(found - wanted)
    return apart if apart < 1e-12 else apart / abs(wanted) if wanted else inf


def _without_number(figure: str, wanted: float, found: float | None) -> bool | None:
    """Whether a figure agrees where one side has no number; None where both have one.

    Where the authors' code gives nan, an infinity, or a fixed stand-in (0, 100000), a proxy says that it is undefined. Of a
    singular kernel that code gives the round-off of its solver, where a proxy says -inf or clips.
    """
    if "ntk_cond" in figure and found is not None and found > 1e12:
        return not isfinite(wanted) or wanted < 0 or wanted > 1e4
    if found is None or not isfinite(found):
        singular = figure.endswith(("hook_logdet", "naswot", "nwot"))
        return not isfinite(wanted) or (found is None and wanted in {0.0, 1e5}) or singular
    return None if isfinite(wanted) else False
