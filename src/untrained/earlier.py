"""Scores computed by earlier code, kept where a sample of them, computed again, comes out the same."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from untrained.initialise import draw
from untrained.scores import KEYS
from untrained.setting import Setting

Unit = tuple[str, int]

TOLERANCE = 1e-3
"""Relative; single precision with another order of summation stays below it, another definition does not."""


def same_setting(table: pd.DataFrame, setting: Setting, names: Sequence[str], *, benchmark: str) -> list[str]:
    """Those of the proxies that a table of `scores.read` measured on the same benchmark, data set and setting.

    Options of one proxy concern that proxy alone.
    """
    before, now = dict(table.attrs["setting"]), setting.as_dict()
    ours, theirs = now.pop("options"), before.pop("options")
    what = table.attrs.get("benchmark"), table.attrs.get("dataset")
    if now != before or what != (benchmark, setting.dataset):
        return []
    there = set(table["proxy"])
    return [name for name in names if name in there and ours.get(name, {}) == theirs.get(name, {})]


def sample(units: Sequence[Unit], count: int, *, code: str) -> list[Unit]:
    """Which units are computed again: another choice for every state of the code."""
    order = np.argsort(draw(f"earlier.{code}", (len(units),), seed=0), kind="stable")
    return [units[i] for i in order[:count]]


def confirmed(table: pd.DataFrame, again: pd.DataFrame, *, tolerance: float = TOLERANCE) -> list[str]:
    """The proxies whose rows computed again agree: the same status, and values within `tolerance` of the larger one.

    >>> row = {"arch": "a", "seed": 0, "proxy": "p", "status": "ok", "value": 1.0}
    >>> confirmed(pd.DataFrame([row]), pd.DataFrame([row | {"value": 1.0001}]))
    ['p']
    >>> confirmed(pd.DataFrame([row]), pd.DataFrame([row | {"value": 1.01}]))
    []
    """
    both = again.merge(table, on=KEYS, suffixes=("", "_before"), validate="one_to_one")
    largest = both[["value", "value_before"]].abs().max(axis=1)
    close = (both["value"] - both["value_before"]).abs() <= tolerance * largest
    same = (both["status"] == both["status_before"]) & (close | both["value"].isna())
    agree = same.groupby(both["proxy"]).all()
    return [name for name in agree.index if agree[name]]


def rows(table: pd.DataFrame, units: Sequence[Unit], names: Sequence[str]) -> pd.DataFrame:
    """Rows of the named proxies for the units; not those that failed, which another try may mend."""
    mine = table.set_index(KEYS[:2]).index.isin(pd.MultiIndex.from_tuples(units, names=KEYS[:2]))
    return table[mine & table["proxy"].isin(names) & (table["status"] != "failed")]


def keep(
    table: pd.DataFrame, units: Sequence[Unit], names: Sequence[str], again: Callable[[list[Unit], list[str]], pd.DataFrame],
    *, count: int, code: str,
) -> pd.DataFrame:  # fmt: skip
    """Rows of an earlier table that still hold.

    Args:
        table: as read by `scores.read`.
        units: wanted (architecture, seed) pairs.
        names: wanted proxies of the same setting.
        again: computes the scores of units by the present code.
        count: of units computed again.
        code: identity of the present code.
    """
    found = rows(table, units, names)
    there = list(dict.fromkeys(found[KEYS[:2]].itertuples(index=False, name=None)))
    if not there:
        return found
    return rows(found, there, confirmed(found, again(sample(there, count, code=code), list(names))))


def lacking(held: pd.DataFrame, units: Sequence[Unit], names: Sequence[str]) -> dict[tuple[str, ...], list[Unit]]:
    """What is still to be computed: proxies that are missing together, and the units that miss them."""
    there = set(held[KEYS].itertuples(index=False, name=None))
    todo: dict[tuple[str, ...], list[Unit]] = {}
    for unit in units:
        if missing := tuple(name for name in names if (*unit, name) not in there):
            todo.setdefault(missing, []).append(unit)
    return todo
