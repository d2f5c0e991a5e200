"""From columns of indicators to one: the Fusion Indicator, its evaluation over splits, its search, its sensitivity."""

from untrained.fusion.comparison import against_all
from untrained.fusion.fusion_indicator import DEFAULT_TRANSFORM, INDICATORS, FusionIndicator
from untrained.fusion.log_rank import with_aggregates
from untrained.fusion.protocol import evaluate, labelled, weights
from untrained.fusion.search_score import search_by_score
from untrained.fusion.sensitivity import sensitivity

__all__ = [
    "DEFAULT_TRANSFORM",
    "INDICATORS",
    "FusionIndicator",
    "against_all",
    "evaluate",
    "labelled",
    "search_by_score",
    "sensitivity",
    "weights",
    "with_aggregates",
]
