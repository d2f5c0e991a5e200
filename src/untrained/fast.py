"""Does a score after a short training add anything to the accuracy that the training has already given?

D, A and the rules of `untrained.fusion.das` are read from recorded states after T epochs, beside the validation accuracy of
the same epoch. Key of the idea: `liu2022das`.
"""

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from untrained.fusion import das
from untrained.fusion.fusion_indicator import FusionIndicator
from untrained.fusion.protocol import evaluate, labelled
from untrained.stats.comparison import compare_over_splits
from untrained.stats.control import partial_srocc
from untrained.stats.correlation import krocc
from untrained.stats.intervals import Interval, bootstrap, bootstrap_difference

ACCURACY = "valid_acc"
"""What a short training gives without any score."""
RULES = {"D": "R1", "A": "R2", "WOT": "R0", "D + A (z)": "R5", "D + A (ranks)": "R4"}
"""Shown name and name in `fusion.das` of the rules that are judged after training."""
FUSED = {"accuracy and D": ("distinguish",), "accuracy, D and A": ("distinguish", "n_activations")}
"""What is fitted beside the accuracy of the same epoch."""


def after(states: pd.DataFrame, epoch: int, *, seed: int = 0, norm: str = "batch", batch: int = 64) -> pd.DataFrame:
    """Scores of one epoch by architecture, higher is better: the rules, the losses turned, and the validation accuracy.

    Args:
        states: rows of `training.train` with arch and seed.
        epoch: T, one at which activation codes were recorded.
        seed: whose training.
        norm: norm mode of the codes, `batch` or `running`.
        batch: images of the codes.

    Returns:
        Columns valid_acc, valid_loss, train_loss (both turned), the names of `RULES`, distinguish, n_activations, and
        spent: seconds of training up to here.

    Raises:
        ValueError: no codes were recorded at this epoch.
    """
    runs = states[states["seed"] == seed]
    rows = runs[runs["epoch"] == epoch].set_index("arch")
    units, distinguish = (rows[f"{norm}_{name}"] for name in ("n_units", "distinguish"))
    if not len(rows) or units.isna().any():
        known = sorted(runs.dropna(subset=[f"{norm}_n_units"])["epoch"].unique().tolist())
        raise ValueError(f"No activation codes of epoch {epoch} and seed {seed}; there are some of epochs {known}.")
    parts = pd.DataFrame({"n_activations": units, "distinguish": distinguish.replace(-np.inf, np.nan)})
    rules = das.candidates(parts, batch, weights=())
    found = pd.DataFrame({ACCURACY: rows[ACCURACY], **{name: -rows[name] for name in ("valid_loss", "train_loss")}})
    found = found.assign(**{name: rules[rule] for name, rule in RULES.items()}, **parts)
    return found.assign(spent=runs[runs["epoch"] <= epoch].groupby("arch")["seconds"].sum())


def judge(
    states: pd.DataFrame, truth: pd.Series, epochs: Sequence[int], *, n: int = 1000, seed: int = 0, **how: object
) -> pd.DataFrame:
    """Every score after every number of epochs against the final accuracy, with bootstrap intervals over architectures.

    Quantities: `tau` (krocc with the truth), `gain` (tau less that of the same score before training, on the same
    resamples), `beyond` (Spearman's correlation with the truth given the validation accuracy of the same epoch).
    A missing score counts as the worst of its column.

    Args:
        states: as for `after`.
        truth: final accuracy by arch, best of another training than the one whose states are read.
        epochs: of the judged states, 0 among them.
        n: resamples.
        seed: of the bootstrap.
        **how: passed on to `after`.

    Returns:
        Columns epoch, score, quantity, value, low, high, n, missing, spent (mean CPU seconds of training).
    """
    rows, before = [], after(states, 0, **how)
    y = truth.loc[before.index].to_numpy(float)
    for epoch in epochs:
        found = after(states, epoch, **how).loc[before.index]
        accuracy = found[ACCURACY].to_numpy(float)
        for name in (ACCURACY, "valid_loss", "train_loss", *RULES):
            m, untrained = das.ranked_last(found[name]), das.ranked_last(before[name])
            told = {"tau": bootstrap(krocc, m, y, n=n, seed=seed)}
            if epoch:
                told["gain"] = bootstrap_difference(krocc, m, untrained, y, n=n, seed=seed)
            if epoch and name in RULES:
                told["beyond"] = bootstrap(partial_srocc, m, y, accuracy, n=n, seed=seed)
            about = {"n": len(y), "missing": int(found[name].isna().sum()), "spent": float(found["spent"].mean())}
            rows += [_row(epoch, name, quantity, value) | about for quantity, value in told.items()]
    return pd.DataFrame(rows)


def _row(epoch: int, score: str, quantity: str, found: Interval) -> dict:
    told = {"value": found.value, "low": found.low, "high": found.high}
    return {"epoch": epoch, "score": score, "quantity": quantity, **told}


def added(
    states: pd.DataFrame,
    truth: pd.Series,
    epochs: Sequence[int],
    *,
    n_train: int = 100,
    repeats: int = 20,
    seed: int = 0,
    groups: Sequence[Hashable] | None = None,
    **how: object,
) -> pd.DataFrame:
    """Held-out tau of least squares on the accuracy and the score of an epoch, less that of the accuracy alone.

    Args:
        states: as for `after`.
        truth: final accuracy by arch.
        epochs: of the judged states.
        n_train: labels that the weights are fitted to.
        repeats: random splits.
        seed: of the splits.
        groups: labels of equal cells.
        **how: passed on to `after`.

    Returns:
        One row per epoch and method: epoch, method, alone (tau of the accuracy), value (mean difference), low, high (two
        standard errors, corrected for splits that overlap: `nadeau2003inference`), n_train, n_test, splits.
    """
    rows = []
    for epoch in epochs:
        found = after(states, epoch, **how)
        methods = {
            name: FusionIndicator((ACCURACY, *more), {"n_activations": "ln"} if "n_activations" in more else {})
            for name, more in FUSED.items()
        }
        columns = found[[ACCURACY, "distinguish", "n_activations"]]
        common = {"n_train": n_train, "repeats": repeats, "seed": seed, "groups": groups}
        splits = evaluate(columns, truth.loc[found.index], methods, **common)
        tau = splits[splits["metric"] == "krocc"].pivot(index="split", columns="method", values="value")
        n_test = int(splits["n_test"].iloc[0])
        for name in FUSED:
            rows.append({"epoch": epoch, "method": name, **_difference(tau, labelled(name, n_train), n_train, n_test)})
    return pd.DataFrame(rows)


def _difference(tau: pd.DataFrame, method: str, n_train: int, n_test: int) -> dict:
    both = tau[[method, ACCURACY]].dropna()
    ahead = compare_over_splits(both[method], both[ACCURACY], n_train=n_train, n_test=n_test)
    ends = {"low": ahead.mean - 2 * ahead.se_corrected, "high": ahead.mean + 2 * ahead.se_corrected}
    told = {"n_train": n_train, "n_test": n_test, "splits": ahead.splits}
    return {"alone": float(tau[ACCURACY].mean()), "value": ahead.mean, **ends, **told}
