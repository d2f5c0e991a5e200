"""How much each open choice of the Fusion Indicator matters: one is changed at a time, the others keep their default."""

from collections.abc import Hashable, Iterator, Sequence

import pandas as pd
from sklearn.base import clone

from untrained.fusion.comparison import best_by_mean, difference
from untrained.fusion.fusion_indicator import FusionIndicator
from untrained.fusion.protocol import evaluate, labelled
from untrained.fusion.transforms import BothSignsError
from untrained.stats.correlation import METRICS

LEVELS: dict[str, tuple] = {
    "transform": ("none", "ln", "rank"),
    "n_train": (20, 50, 100, 200, 500),
    "mapping": ("linear", "logistic5"),
    "intercept": (True, False),
    "scaling": ("zscore", "minmax", "none"),
    "solver": ("least_squares", "ridge", "nonnegative", "gradient"),
}
"""The levels of each choice; the default setting, `ln` on OS and CNNTK only, is a row of its own."""


def sensitivity(
    scores: pd.DataFrame,
    accuracy: pd.Series,
    method: FusionIndicator | None = None,
    *,
    n_train: int = 200,
    repeats: int = 20,
    seed: int = 0,
    groups: Sequence[Hashable] | None = None,
    choices: Sequence[str] = tuple(LEVELS),
) -> pd.DataFrame:
    """Metrics of the fused indicator, and its distance to the best single one, for every level of every choice.

    The singles get the same transform, mapping and labels as the fusion. Levels of n_train that leave fewer than two test
    architectures are left out.

    Args:
        scores: directed scores, index arch.
        accuracy: true accuracy by arch, in percentage points.
        method: the default estimator.
        n_train: the default number of labels.
        repeats: random splits per level.
        seed: seed of the splits, the same for all levels.
        groups: labels of equal cells.
        choices: names in `LEVELS`.

    Returns:
        One row per choice, level and metric: choice, level, metric, value (mean over splits), sd, best_single (best mean
        over splits), difference to it (positive where the fusion is better), se, se_corrected, n_train, n_test, splits, and
        the reason where a level has no values.
    """
    method = FusionIndicator() if method is None else method
    columns = scores[list(method.indicators)]
    rows = []
    for choice, level in _levels(choices, len(scores)):
        changed = clone(method)
        labels, mapping = (level if choice == "n_train" else n_train), (level if choice == "mapping" else "linear")
        if choice in changed.get_params():
            changed.set_params(**{choice: level})
        options = {"n_train": labels, "mapping": mapping, "transform": changed.transform, "repeats": repeats, "seed": seed}
        try:
            frame = evaluate(columns, accuracy, {"fi": changed}, groups=groups, **options)
            found = _summary(frame, labelled("fi", labels))
        except BothSignsError as refusal:
            found = [{"metric": metric, "n_train": labels, "reason": str(refusal)} for metric in METRICS]
        rows += [{"choice": choice, "level": str(level), **row} for row in found]
    return pd.DataFrame(rows)


def _levels(choices: Sequence[str], size: int) -> Iterator[tuple[str, object]]:
    yield "default", "default"
    for choice in choices:
        for level in LEVELS[choice]:
            if choice != "n_train" or level <= size - 2:
                yield choice, level


def _summary(frame: pd.DataFrame, method: str) -> Iterator[dict]:
    for metric, part in frame.groupby("metric", sort=False):
        values = part.pivot(index="split", columns="method", values="value")
        best = best_by_mean(values, metric, part.loc[part["kind"] == "single", "method"].unique())
        sizes = {"n_train": int(part["n_train"].iloc[0]), "n_test": int(part["n_test"].iloc[0])}
        row = {"metric": metric, "value": values[method].mean(), "sd": values[method].std(), "best_single": best or ""}
        c = difference(values[method], values[best] if best else values[method] * float("nan"), metric, **sizes)
        errors = {"se": c["se"], "se_corrected": c["se_corrected"]}
        yield {**row, "difference": c["mean"], **errors, **sizes, "splits": c["splits"], "reason": ""}
