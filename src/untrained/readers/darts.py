"""Genotypes of the DARTS space with trained accuracies: a table without header, as the authors of SWAP publish it."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from untrained.readers import source

FILE = "darts_swap/DARTS_archs_CIFAR10.csv"


@source("darts", files=(FILE,))
def read(paths: Mapping[str, Path]) -> pd.DataFrame:
    """One row per genotype: `valid_acc` on CIFAR-10 in percent after 200 epochs, one training each.

    The source does not say on how many images, or with which width and depth, the networks were trained. Reference:
    peng2024swap.

    Raises:
        ValueError: a line is not a genotype and an accuracy in percent.
    """
    rows = pd.read_csv(paths[FILE], header=None, names=["arch", "valid_acc"])
    accuracies = pd.to_numeric(rows["valid_acc"], errors="coerce")
    wrong = rows[~rows["arch"].astype(str).str.startswith("Genotype(") | ~accuracies.between(0, 100)]
    if len(wrong):
        line = wrong.iloc[0]
        raise ValueError(
            f"{FILE}, line {wrong.index[0] + 1}: got {str(line.arch)[:40]!r} and {line.valid_acc!r}; "
            "wanted are 'Genotype(normal=..., ...)' and an accuracy in percent. Fetch it anew."
        )
    return pd.DataFrame({"arch": rows["arch"], "dataset": "cifar10", "valid_acc": accuracies})
