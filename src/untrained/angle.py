"""The angle metric: the rule for trivial networks, and sums of ranks with the loss and the number of parameters.

Reference: yang2023revisiting.
"""

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from untrained.registry import suggest

LAYERS = ("fc", "features", "all")
"""Whose angle: the classifier's (the published metric), the layers' before it, or both."""
WEIGHTLESS = {"none", "skip_connect"}
"""Operations of NAS-Bench-201 that count as having no weights; pooling counts as having some."""
TRIVIAL_COSINE, TRIVIAL_LOSS = 0.95, -100.0
"""A classifier that turned by less than this cosine did not learn; its network gets cosine 0 and this score of the loss."""


def weightless(arch: str) -> bool:
    """Whether a NAS-Bench-201 cell has no weights: only `none` and `skip_connect`. Cells of other spaces have some."""
    operations = set(re.findall(r"(\w+)~", arch))
    return bool(operations) and operations <= WEIGHTLESS


def scores(measured: pd.DataFrame, *, layer: str = "fc") -> pd.DataFrame:
    """Angle and loss score of measured architectures under the rule for trivial networks; higher is better.

    angle = cos,  loss = -cross-entropy;  (0, -100) for a cell without weights and where cos of the classifier >= 0.95.
    A training that diverged has neither.

    Args:
        measured: rows of `light_training.Measurement`, one per architecture.
        layer: whose angle: `fc`, `features` or `all`.

    Returns:
        Columns angle, loss and params, indexed by arch.

    Raises:
        ValueError: another layer, or an architecture twice.
    """
    if layer not in LAYERS:
        raise ValueError(f"Unknown layer {layer!r}. {suggest(layer, LAYERS)}")
    table = measured.set_index("arch")
    if not table.index.is_unique:
        raise ValueError(
            f"Architecture {table.index[table.index.duplicated()][0]!r} stands twice: take the rows of one seed."
        )
    trivial = np.array([weightless(arch) for arch in table.index]) | (table["cos_fc"] >= TRIVIAL_COSINE)
    return pd.DataFrame(
        {
            "angle": table[f"cos_{layer}"].mask(trivial, 0.0),
            "loss": (-table["loss"]).mask(trivial, TRIVIAL_LOSS),
            "params": table["params"],
        }
    )


def rank_sums(found: pd.DataFrame) -> pd.DataFrame:
    """Sums of ascending average ranks, which depend on what is ranked together.

    angle_loss = r(angle) + r(loss),  angle_loss_param = r(angle_loss) + r(params).  What has no value ranks last.

    Args:
        found: columns angle, loss, params.

    Returns:
        Columns angle_loss and angle_loss_param, with the index of the input.
    """

    def ranked(column: pd.Series) -> pd.Series:
        return column.rank(na_option="top") - 1

    both = ranked(found["angle"]) + ranked(found["loss"])
    return pd.DataFrame({"angle_loss": both, "angle_loss_param": ranked(both) + ranked(found["params"])})


def indicators(measured: pd.DataFrame, params: pd.Series) -> pd.DataFrame:
    """Every score that the light training gives, ranked among the measured architectures; higher is better.

    Args:
        measured: rows of `light_training.Measurement`, one per architecture.
        params: #Param of the full network by arch, which the rank sum takes: the trained one may be smaller.

    Returns:
        Columns angle (the classifier's), angle_features, angle_all, loss, angle_loss, angle_loss_param and params, by arch.
    """
    found = scores(measured).assign(params=params)
    layers = {f"angle_{layer}": scores(measured, layer=layer)["angle"] for layer in LAYERS[1:]}
    return found[["angle"]].assign(**layers, loss=found["loss"], **rank_sums(found), params=found["params"])


def search(
    found: pd.DataFrame, accuracy: pd.Series, *, sample: int = 100, seeds: Iterable[int] = range(1, 11)
) -> pd.DataFrame:
    """Draw architectures, rank them among themselves, keep the best of each score; the accuracy is looked up afterwards.

    Args:
        found: columns angle, loss and params, by arch.
        accuracy: percent, by arch.
        sample: how many are drawn, without repetition.
        seeds: one search each.

    Returns:
        Columns seed, pick (a score, `random` for the first one drawn, `best` for the most accurate), arch, accuracy. Of
        equal scores the one drawn first is kept.

    Raises:
        ValueError: fewer architectures than a sample.
    """
    if sample > len(found):
        raise ValueError(f"Got {len(found)} architectures for samples of {sample}: measure more, or draw fewer.")
    rows = []
    for seed in seeds:
        drawn = found.iloc[np.random.default_rng(seed).permutation(len(found))[:sample]]
        ranked = drawn[["loss", "angle", "params"]].join(rank_sums(drawn)).fillna(-np.inf)
        picks = {name: str(column.idxmax()) for name, column in ranked.items()}
        picks |= {"random": drawn.index[0], "best": str(accuracy.loc[drawn.index].idxmax())}
        rows += [{"seed": seed, "pick": name, "arch": arch, "accuracy": accuracy[arch]} for name, arch in picks.items()]
    return pd.DataFrame(rows)
