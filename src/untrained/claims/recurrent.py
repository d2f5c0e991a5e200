"""Training-free metrics on recurrent cells: the released figures of NAS-Bench-NLP, and what was said of them.

The released figures are correlations that this project computed from the released values, because the authors' figures show
absolute values and Pearson's r; they belong to the 2,956 recipes on which every released metric has a value.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from untrained.claims import Verdict, claim
from untrained.claims.figures import TITLES, row

RELEASED: Mapping[str, Mapping[str, float]] = {
    "krocc": {
        "hidden_covariance_1": 0.3714, "hidden_covariance_2": 0.3115, "hidden_covariance_3": 0.2435,
        "jacobian_cosine": 0.2636, "activation_distance": 0.2229, "hidden_saliency": -0.2714, "params": 0.0011,
    },
    "srocc": {
        "hidden_covariance_1": 0.5245, "hidden_covariance_2": 0.4531, "hidden_covariance_3": 0.3617,
        "jacobian_cosine": 0.3979, "activation_distance": 0.3380, "hidden_saliency": -0.3980, "params": 0.0016,
    },
}  # fmt: skip
"""Correlation of released values with the negative mean loss of each recipe, directed: higher is better in every metric.

The released columns of Jacobian covariance and of synaptic saliency hold other quantities than ours, and are left out.
"""

BAND = 0.05
"""Besides the interval: their networks are wider, so that other recipes have all metrics; their words have other numbers."""

WHERE = (
    "NAS-Bench-NLP, Penn Treebank (recipes; negative test loss after the last epoch, mean over the trainings of a recipe)"
)
ABOUT: Mapping[str, Any] = {
    "paper": "serianni2023rnn",
    "stage": "recurrent",
    "notebook": "19_recurrent",
    "tables": {"correlations": "sequence/recurrent"},
    "requires": "the recipes are not scored yet (`make paper` with the originals)",
}


def _publish(metric: str, proxy: str, figure: float) -> None:
    @claim(
        f"recurrent-{proxy}-{metric}",
        statement=f"{WHERE}, those of them on which every metric has a value: the 95 % interval of {TITLES[metric]} of"
        f" `{proxy}` comes within {BAND:g} of the released figure.",
        published=f"{figure:.3f}; from the released values of 2,956 recipes, full width",
        **ABOUT,
    )
    def agrees(correlations: pd.DataFrame) -> Verdict:
        """A released correlation against ours."""
        ours = row(correlations, proxy, metric, "comparable")
        text = f"Ours minus released is {ours.value - figure:+.3f}, with {ours.size()}."
        holds = ours.meets(figure - BAND, figure + BAND)
        return Verdict("holds" if holds else "fails", ours.value, ours.low, ours.high, text)


for metric, figures in RELEASED.items():
    for proxy, figure in figures.items():
        _publish(metric, proxy, figure)


DIFFERENCES = {
    "recurrent-layer1-beats-layer2": (
        "hidden_covariance_1", "hidden_covariance_2", "tau 0.371 against 0.312, released values",
    ),
    "recurrent-layer2-beats-layer3": (
        "hidden_covariance_2", "hidden_covariance_3", "tau 0.312 against 0.244, released values",
    ),
    "recurrent-covariance-beats-jacobian": (
        "hidden_covariance_1", "jacobian_covariance",
        "tau 0.371 against 0.003 in the released values, whose column of Jacobian covariance is not that quantity",
    ),
    "recurrent-covariance-beats-cosine": (
        "hidden_covariance_1", "jacobian_cosine", "tau 0.371 against 0.264, released values",
    ),
    "recurrent-covariance-beats-activations": (
        "hidden_covariance_1", "activation_distance", "tau 0.371 against 0.223, released values",
    ),
    "recurrent-covariance-beats-size": ("hidden_covariance_1", "params", "tau 0.371 against 0.001, released values"),
    "recurrent-covariance-beats-rank": (
        "hidden_covariance_1", "null_directions_1",
        "not a claim of the paper: the control whether hidden covariance is more than a count of null directions",
    ),
}  # fmt: skip
"""Id: the metric that is said to be ahead, the other one, and what was reported."""


def _ahead(id: str, better: str, worse: str, published: str) -> None:
    @claim(
        id,
        statement=f"{WHERE}: {TITLES['krocc']} of `{better}` minus that of `{worse}` is positive with its whole 95 %"
        " interval.",
        published=published,
        **ABOUT,
    )
    def is_ahead(correlations: pd.DataFrame) -> Verdict:
        """A paired difference of two metrics on the same recipes."""
        ours = row(correlations, f"{better} - {worse}", "krocc", "full")
        how = "ahead" if ours.low > 0 else "behind" if ours.high < 0 else "not told apart"
        text = f"`{better}` is {how} on the same resamples of {ours.size()}."
        return Verdict("holds" if ours.low > 0 else "fails", ours.value, ours.low, ours.high, text)


for id, (better, worse, published) in DIFFERENCES.items():
    _ahead(id, better, worse, published)


@claim(
    "recurrent-half-is-rank",
    statement=f"{WHERE}, those of them on which every metric has a value: among recipes without a null direction in layer 1,"
    f" {TITLES['krocc']} of `hidden_covariance_1` is at most half of what it is over all; shown with its 95 % interval.",
    published="tau 0.158 against 0.371, released values: about half of the signal is the number of null directions",
    **ABOUT,
)
def half_is_rank(correlations: pd.DataFrame) -> Verdict:
    """What is left of hidden covariance where nothing is null."""
    whole = row(correlations, "hidden_covariance_1", "krocc", "comparable")
    left = row(correlations, "hidden_covariance_1", "krocc", "no null direction")
    text = f"{whole.value:.3f} over {whole.n:,} recipes, {left.value:.3f} over the {left.n:,} without a null direction."
    return Verdict("holds" if left.value <= whole.value / 2 else "fails", left.value, left.low, left.high, text)
