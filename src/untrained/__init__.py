"""Training-free neural architecture search: indicators, their fusion, and the machine-checked claims of eight papers."""

from importlib import import_module
from typing import Any

_NAMES = {"fused": "fusion.released", "score": "fusing", "Setting": "setting"}
_PARTS = ("benchmarks", "claims", "fusion", "proxies", "scores", "scoring", "stats")


def __getattr__(name: str) -> Any:
    """Load parts on first use, so that what needs no torch stays without it."""
    if name in _NAMES:
        return getattr(import_module(f"untrained.{_NAMES[name]}"), name)
    if name in _PARTS:
        return import_module(f"untrained.{name}")
    raise AttributeError(f"module 'untrained' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*_NAMES, *_PARTS])
