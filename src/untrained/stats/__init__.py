"""Arrays in, numbers out: correlation, mapping, intervals, comparison, ceiling, splits. Float64, and never torch."""

from untrained.stats.ceiling import agreement, seed_ceiling, spearman_brown
from untrained.stats.comparison import Comparison, compare_over_splits
from untrained.stats.correlation import METRICS, krocc, plcc, rmse, srocc
from untrained.stats.intervals import Interval, bootstrap, bootstrap_difference
from untrained.stats.mapping import Logistic5, linear_map, logistic5
from untrained.stats.splits import repeated_splits

__all__ = [
    "METRICS",
    "Comparison",
    "Interval",
    "Logistic5",
    "agreement",
    "bootstrap",
    "bootstrap_difference",
    "compare_over_splits",
    "krocc",
    "linear_map",
    "logistic5",
    "plcc",
    "repeated_splits",
    "rmse",
    "seed_ceiling",
    "spearman_brown",
    "srocc",
]
