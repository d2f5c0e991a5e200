"""Paired comparison of two methods over random splits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from untrained.stats.correlation import pair


@dataclass(frozen=True)
class Comparison:
    """Paired differences a - b over splits, oriented so that a positive difference means that a is better.

    Attributes:
        mean: mean difference.
        sd: standard deviation of the differences (ddof = 1).
        se: plain standard error, sd / sqrt(splits); it takes the splits as independent, which overlapping ones are not.
        se_corrected: Nadeau-Bengio's, sd sqrt(1/splits + n_test/n_train); it allows for the overlap of the training parts.
        splits: number of splits.
        wins: share of splits in which a is better.
    """

    mean: float
    sd: float
    se: float
    se_corrected: float
    splits: int
    wins: float

    def p_value(self, *, corrected: bool = True) -> float:
        """Two-sided p of Student's t with splits - 1 degrees of freedom; corrected resampled t by default."""
        se = self.se_corrected if corrected else self.se
        if se == 0:
            return 1.0 if self.mean == 0 else 0.0
        return float(2 * student.sf(abs(self.mean) / se, self.splits - 1))

    def exceeds(self, factor: float = 2, *, corrected: bool = False) -> bool:
        """Whether the mean is larger than `factor` standard errors."""
        return self.mean > factor * (self.se_corrected if corrected else self.se)


def compare_over_splits(
    a: ArrayLike, b: ArrayLike, *, n_train: int, n_test: int, lower_is_better: bool = False
) -> Comparison:
    """Compare one metric of two methods on the same splits; key of the corrected error: `nadeau2003inference`.

    Args:
        a: values of the first method, one per split.
        b: values of the second method on the same splits.
        n_train: architectures in a training part.
        n_test: architectures in a test part.
        lower_is_better: True for `rmse`.

    Returns:
        The comparison, positive where a is better.
    """
    a, b = pair(a, b)
    differences = b - a if lower_is_better else a - b
    splits, sd = len(differences), float(differences.std(ddof=1))
    return Comparison(
        mean=float(differences.mean()),
        sd=sd,
        se=sd / np.sqrt(splits).item(),
        se_corrected=sd * float(np.sqrt(1 / splits + n_test / n_train)),
        splits=splits,
        wins=float((differences > 0).mean()),
    )
