"""Does a little training make NASWOT's atoms better indicators, and better than the accuracy it reaches? Key: `liu2022das`.

The paper's fast training strategy is not known to us; this is the plain form of the question, on a benchmark that recorded
the states of its networks.
"""

import numpy as np
import pandas as pd

from untrained.fusion.das import ranked_last
from untrained.stats.correlation import krocc
from untrained.stats.intervals import draw_counts
from untrained.stats.resampled import krocc_resampled


def short_training(
    states: pd.DataFrame, *, batch: int = 64, n: int = 1000, level: float = 0.95, seed: int = 0
) -> pd.DataFrame:
    """Kendall's tau-b of D, of WOT and of the validation accuracy after T epochs with the test accuracy after all of them.

    Quantities: `tau`; `gain`, tau less that of the same indicator at T = 0; `over_valid`, tau less that of the validation
    accuracy at the same T. All are means over training seeds before they are ranked, and are compared on the same resamples
    of architectures; a missing D ranks last.

    Args:
        states: one row per architecture, seed and epoch: arch, seed, epoch, valid_acc, test_acc, and of the codes, in train
            mode, batch_distinguish and batch_n_units where they were recorded.
        batch: of the codes.
        n: resamples.
        level: coverage of the intervals.
        seed: of the bootstrap.

    Returns:
        Columns rule (`R1`: D, `R0`: WOT, `valid_acc`), epoch, quantity, value, low, high, n; the last epoch is left out.
    """
    recorded = states[states["batch_n_units"].notna()].replace(-np.inf, np.nan)
    recorded = recorded.assign(
        R0=batch * np.log(recorded["batch_n_units"]) + recorded["batch_distinguish"], R1=recorded["batch_distinguish"]
    )
    last = states["epoch"].max()
    truth = states[states["epoch"] == last].groupby("arch", sort=False)["test_acc"].mean()
    counts = list(draw_counts(len(truth), n=n, seed=seed))
    found, tails = {}, [(1 - level) / 2, (1 + level) / 2]
    for epoch in sorted(set(recorded["epoch"]) - {last}):
        means = recorded[recorded["epoch"] == epoch].groupby("arch")[["R1", "R0", "valid_acc"]].mean().loc[truth.index]
        for name, column in means.items():
            values, y = ranked_last(column), truth.to_numpy(float)
            resampled = np.concatenate([krocc_resampled(values, y, c) for c in counts])
            found[name, epoch] = np.append(krocc(values, y), resampled)
    rows = []
    for (name, epoch), tau in found.items():
        parts = {"tau": tau, "gain": tau - found[name, 0], "over_valid": tau - found["valid_acc", epoch]}
        for quantity, (value, *resampled) in parts.items():
            low, high = np.nanquantile(resampled, tails)
            about = {"rule": name, "epoch": epoch, "quantity": quantity, "n": len(truth)}
            rows.append(about | {"value": value, "low": low, "high": high})
    return pd.DataFrame(rows)
