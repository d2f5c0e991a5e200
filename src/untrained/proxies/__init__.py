"""The proxies: one function each, found by importing this folder."""

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from untrained.passes import PASSES
from untrained.probe import Probe, Undefined
from untrained.registry import Registry, suggest

__all__ = ["Proxy", "Undefined", "get", "names", "proxy", "table"]


@dataclass(frozen=True)
class Proxy:
    """A registered proxy: its function and what the tables say of it.

    Attributes:
        function: from a probe, and its own parameters, to a number in its native sign.
        better: `higher` or `lower`.
        needs: names of the passes it uses; touching another one raises.
        passes: cost in forward (F) and backward (B) passes.
        cite: key of the source in references.bib.
        relative: whether it measures a relative of the network: other weights, another norm mode, another head.
    """

    function: Callable[..., float]
    better: str
    needs: tuple[str, ...]
    passes: str
    cite: str
    relative: bool = False

    @property
    def name(self) -> str:
        """Name of the function."""
        return self.function.__name__

    @property
    def summary(self) -> str:
        """First line of the docstring."""
        return (inspect.getdoc(self.function) or "").split("\n")[0]

    @property
    def parameters(self) -> dict[str, Any]:
        """Keyword parameters and their defaults: the variants of the proxy."""
        return {
            name: parameter.default
            for name, parameter in inspect.signature(self.function).parameters.items()
            if parameter.kind is parameter.KEYWORD_ONLY
        }

    def options(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Check parameters set by a setting.

        Raises:
            ValueError: the proxy has no such parameter.
        """
        for name in given:
            if name not in self.parameters:
                raise ValueError(f"Proxy {self.name!r} has no parameter {name!r}. {suggest(name, self.parameters)}")
        return dict(given)

    def __call__(self, probe: Probe) -> float:
        """Value on a probe, with the parameters of the probe's setting.

        Raises:
            Undefined: the proxy has no value here, or a value that is not finite.
        """
        options = self.options(probe.setting.options.get(self.name, {}))
        with probe.restricted(self.needs):
            value = float(self.function(probe, **options))
        if not math.isfinite(value):
            raise Undefined(f"its value is {value}")
        return value


_PROXIES: Registry[Proxy] = Registry("proxy", __name__, listing="untrained.proxies.table()")
get = _PROXIES.__getitem__


def proxy(
    *, better: str, needs: tuple[str, ...] = (), passes: str, cite: str, relative: bool = False
) -> Callable[[Callable[..., float]], Proxy]:
    """Register a function of a probe as a proxy; its name is the function's name.

    Args:
        better: `higher` or `lower`.
        needs: passes it uses, of `passes.PASSES`.
        passes: cost, such as "1F+1B".
        cite: key of the source paper.
        relative: it measures a relative of the network; those run after the others, when the network's own graph is gone.

    Raises:
        ValueError: a need that is no pass, or a direction that is none.
    """
    for need in needs:
        if need not in PASSES:
            raise ValueError(f"Unknown pass {need!r}. {suggest(need, PASSES)}")
    if better not in ("higher", "lower"):
        raise ValueError(f"better is 'higher' or 'lower', not {better!r}.")

    def register(function: Callable[..., float]) -> Proxy:
        return _PROXIES.add(function.__name__, Proxy(function, better, needs, passes, cite, relative))

    return register


def names() -> list[str]:
    """All registered names, sorted."""
    return list(_PROXIES)


def table() -> pd.DataFrame:
    """All proxies: name, better, needs, passes, cite, summary."""
    rows = [
        {
            "name": p.name,
            "better": p.better,
            "needs": ", ".join(p.needs),
            "passes": p.passes,
            "cite": p.cite,
            "summary": p.summary,
        }
        for p in (_PROXIES[name] for name in _PROXIES)
    ]
    return pd.DataFrame(rows)
