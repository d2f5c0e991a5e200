"""How far a fused value can be trusted: where it was judged, and by how much it was right."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import pandas as pd

TABLE = "table"
"""Stands for the candidates themselves where a population is named."""


@dataclass(frozen=True)
class Reliability:
    """Kendall's tau with accuracies that the weights have not seen.

    Attributes:
        key: table that it was judged on.
        benchmark: of that table.
        dataset: of it.
        accuracy: column of the benchmark's table that counts as the truth.
        among: whose ranks: `table`, or the population that the scores were placed among.
        n: architectures judged.
        learned_from: keys of the tables whose accuracies gave the weights.
        labels: accuracies of this benchmark among them.
        split: what was held out, and how often.
        interval: what `low` and `high` are.
        seed: of splits and resamples; that of the networks is in the setting of a population.
        tau: value.
        low: end of the interval.
        high: end of the interval.
        params: tau of #Param on the same architectures; none where it was not scored.
    """

    key: str
    benchmark: str
    dataset: str
    accuracy: str
    among: str
    n: int
    learned_from: tuple[str, ...]
    labels: int
    split: str
    interval: str
    seed: int
    tau: float
    low: float
    high: float
    params: float | None


def stated(rows: Sequence[Reliability], *, table: bool) -> str:
    """The reliability in one clause; data sets of one benchmark count together.

    Args:
        rows: of one indicator.
        table: of ranks among the candidates; else of places in a population.
    """
    asked = [row for row in rows if (row.among == TABLE) == table]
    if not asked:
        return "never judged in this way"
    if len(asked) == 1:
        (row,) = asked
        return (
            f"tau {row.tau:.2f} [{row.low:.2f}, {row.high:.2f}], {row.n} architectures of {row.key}, "
            f"{row.split} ({row.interval})"
        )
    means = pd.DataFrame([asdict(row) for row in asked]).groupby("benchmark")["tau"].mean()
    unseen = f"{len(means)} unseen benchmark{'s' * (len(means) > 1)}"
    return f"tau {means.mean():.2f}, from {means.min():.2f} to {means.max():.2f} on {unseen}"
