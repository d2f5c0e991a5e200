"""Score a network, and fuse what was measured into one value with its reliability, in the same call."""

from collections.abc import Callable, Mapping, Sequence
from math import nan
from pathlib import Path
from typing import Any

import pandas as pd
from torch import Tensor, nn

from untrained import proxies as registered
from untrained import scoring
from untrained.fusion.released import Released, load
from untrained.setting import Setting

COMPARED = ("inputs", "batch", "init", "norm")
"""Parts of a setting that move scores, and so places among scores of another setting."""


def score(
    network: nn.Module,
    inputs: Tensor,
    targets: Tensor | None = None,
    *,
    proxies: Sequence[str] | None = None,
    setting: Setting | None = None,
    variants: Mapping[str, Callable[[], nn.Module]] | None = None,
    arch: str = "network",
    fused: Released | Path | str | None = None,
    among: str | None = None,
) -> pd.DataFrame:
    """Score any network: one row per proxy, and one for a fusion of them if asked for.

    Args:
        network: maps inputs (n, ...) to logits (n, classes); it is copied, never changed.
        inputs: a minibatch; a proxy that needs more says so.
        targets: class indices, for proxies that need labels.
        proxies: names; all registered ones by default. Those that a fusion needs are added.
        setting: how to measure; by default the network's own weights and one batch of all inputs.
        variants: relatives of the network for proxies that measure those.
        arch: label of the rows.
        fused: an indicator of `untrained.fusion.released`, its name, or its file. Its row has the proxy `fused:<name>`,
            and for a reason among whom the network was placed, how reliable that is, and what was measured otherwise.
        among: population of the indicator; by default its reference, or the nearest.

    Returns:
        Columns arch, seed, proxy, value, status (`ok`, `undefined`, `failed`), reason, seconds: CPU seconds that the proxy
        and its passes cost alone, for a fusion their sum.

    Raises:
        UnknownName: an unknown proxy or population, with the nearest name.
        ValueError: inputs and targets of different length; a parameter that its proxy does not have.
    """
    how = {"setting": setting, "variants": variants, "arch": arch}
    if fused is None:
        return scoring.score(network, inputs, targets, proxies=proxies, **how)
    released = fused if isinstance(fused, Released) else load(fused)
    names = dict.fromkeys([*(registered.names() if proxies is None else proxies), *released.weights])
    rows = scoring.score(network, inputs, targets, proxies=list(names), **how)
    used = setting or Setting(init=None, batch=len(inputs))
    last = pd.DataFrame([{"arch": arch, "seed": used.seed, **_row(released, rows, used, among)}], columns=list(rows))
    return pd.concat([rows, last], ignore_index=True)


def _row(released: Released, rows: pd.DataFrame, setting: Setting, among: str | None) -> dict[str, Any]:
    parts = rows[rows["proxy"].isin(list(released.weights))]
    about = {"proxy": f"fused:{released.name}", "seconds": parts["seconds"].sum()}
    table = released.wide(rows)
    try:
        released.used(table)
    except ValueError as error:
        return about | {"value": nan, "status": "undefined", "reason": str(error)}
    key = released.chosen(table, among)
    value = float(released.predict(table, among=key).iloc[0])
    return about | {
        "value": value,
        "status": "ok",
        "reason": released.sentence(table, key) + _otherwise(released, setting, key),
    }


def _otherwise(released: Released, setting: Setting, key: str) -> str:
    """What was measured in another way than the population."""
    theirs, ours = released.populations[key].setting, setting.as_dict()
    found = [f"{name} {ours[name]} not {theirs[name]}" for name in COMPARED if name in theirs and theirs[name] != ours[name]]
    asked, given = theirs.get("options", {}), setting.options
    found += [f"other options of {name}" for name in released.weights if asked.get(name, {}) != given.get(name, {})]
    return f"; measured with {', '.join(found)}" if found else ""
