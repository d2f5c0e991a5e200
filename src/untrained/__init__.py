"""Training-free neural architecture search: indicators, their fusion, and the machine-checked claims of eight papers."""

from typing import Any

__all__ = ["Setting", "benchmarks", "fusion", "proxies", "score", "scores", "scoring"]


def __getattr__(name: str) -> Any:
    """Load parts on first use, so that what needs no torch stays without it."""
    from importlib import import_module

    if name == "score":
        return import_module("untrained.scoring").score
    if name == "Setting":
        return import_module("untrained.setting").Setting
    if name in __all__:
        return import_module(f"untrained.{name}")
    raise AttributeError(f"module 'untrained' has no attribute {name!r}")
