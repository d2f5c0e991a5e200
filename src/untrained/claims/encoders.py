"""Training-free metrics on BERT-like encoders: the released figures, size beside them, and what their gradients are.

The released figures are correlations that this project computed from the released values of 500 trainings, because the
authors' figures show absolute values; ours count each encoder once.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from untrained.claims import NotTestable, Verdict, claim
from untrained.claims.figures import TITLES, row

BASELINES: Mapping[str, float] = {
    "depth_and_width": 0.8007, "depth": 0.6819, "width": 0.3408,
    "params_trained": 0.5727, "params_configured": 0.4846, "params_released": 0.4544,
}  # fmt: skip
"""Kendall's tau-b of plain sizes with GLUE over the 500 trainings, from the released file."""

RELEASED: Mapping[str, float] = {
    "head_confidence": 0.4785, "head_confidence_mean": 0.2994,
    "softmax_confidence": 0.2164, "softmax_confidence_mean": 0.0329, "activation_distance_mean": -0.0496,
    "synaptic_saliency_ones": 0.1881, "synaptic_saliency_ones_mean": -0.1367,
    "head_importance_ones": 0.1636, "head_importance_ones_mean": -0.0364,
    "synaptic_diversity_ones": 0.1559, "synaptic_diversity_ones_mean": -0.0303,
    "jacobian_covariance_ones": -0.0420, "jacobian_cosine_ones": 0.0035, "params": 0.4544,
}  # fmt: skip
"""Kendall's tau-b of released columns with GLUE over the 500 trainings.

The released sum of activation distances is left out: the published loop never takes its hooks off one shared activation, so
that the column grows with the number of encoders that came before.
"""

BAND, COUNT_BAND, ROUNDING = 0.08, 0.01, 1e-6
"""Band around our interval: other documents, other words, other weights, other dropout; of a count none of these."""
WHERE = (
    "FlexiBERT space (unique set, encoders trained twice counted once; mean GLUE score on development sets, one training)"
)
ABOUT: Mapping[str, Any] = {
    "paper": "serianni2023rnn",
    "stage": "encoders",
    "notebook": "26_encoders",
    "requires": "the encoders are not scored yet (`make paper` with the originals)",
}
TABLE = {"correlations": "sequence/encoders"}


def _publish(proxy: str, figure: float, band: float) -> None:
    @claim(
        f"encoders-{proxy}-krocc",
        statement=f"{WHERE}: the 95 % interval of {TITLES['krocc']} of `{proxy}` comes within {band:g} of the released"
        " figure.",
        published=f"{figure:.3f}; from the released values of 500 trainings, other documents and subwords",
        tables=TABLE,
        **ABOUT,
    )
    def agrees(correlations: pd.DataFrame) -> Verdict:
        """A released correlation against ours."""
        ours = row(correlations, proxy, "krocc", "unique")
        text = f"Ours minus released is {ours.value - figure:+.3f}, with {ours.size()}."
        holds = ours.meets(figure - band, figure + band)
        return Verdict("holds" if holds else "fails", ours.value, ours.low, ours.high, text)


for proxy, figure in RELEASED.items():
    _publish(proxy, figure, COUNT_BAND if proxy == "params" else BAND)


def _apart(id: str, better: str, worse: str, published: str) -> None:
    @claim(
        id,
        statement=f"{WHERE}: the whole 95 % interval of {TITLES['krocc']} of `{better}` lies above that of `{worse}`.",
        published=published,
        tables=TABLE,
        **ABOUT,
    )
    def is_apart(correlations: pd.DataFrame) -> Verdict:
        """Two intervals."""
        first, second = (row(correlations, name, "krocc", "unique") for name in (better, worse))
        values = f"`{better}` {first.value:.3f}, `{worse}` {second.value:.3f} [{second.low:.3f}, {second.high:.3f}]"
        verdict = "holds" if first.low > second.high else "fails"
        return Verdict(verdict, first.value, first.low, first.high, f"{values}, with {first.size()}.")


APART = {
    "encoders-size-beats-confidence": (
        "params", "head_confidence_mean", "the authors' plots: #Param 0.454 against at most 0.299 of a normalised metric",
    ),
    "encoders-confidence-beats-size": (
        "head_confidence", "params", "tau 0.479 against 0.454, released values: the only metric ahead of #Param",
    ),
    "encoders-depth-and-width-beat-params": (
        "depth_and_width", "params",
        "no claim of the paper: the control that depth and width say more than #Param; 0.801 against 0.454",
    ),
    "encoders-depth-and-width-beat-confidence": (
        "depth_and_width", "head_confidence",
        "no claim of the paper: 0.801 against 0.479 of its best column, released values",
    ),
}  # fmt: skip
"""Id: what is said to be ahead, of what, and what was reported."""

for id, (better, worse, published) in APART.items():
    _apart(id, better, worse, published)


@claim(
    "encoders-gradients-above-rounding",
    statement=f"{WHERE}: with the published cotangent of ones, synaptic saliency of the median encoder is above {ROUNDING:g}"
    " of what it is with a cotangent of fair signs, that is, above rounding error (a ratio of medians, no 95 % interval).",
    published="the released columns of synaptic saliency and diversity, of head importance and of the Jacobian are computed"
    " so; the last layer norm has no gradient of the sum of its outputs",
    tables=TABLE,
    **ABOUT,
)
def gradients_above_rounding(correlations: pd.DataFrame) -> Verdict:
    """Published cotangent over one that is not annihilated."""
    found = correlations[(correlations["proxy"] == "synaptic_saliency") & (correlations["metric"] == "ratio")]
    if len(found) != 1:
        raise NotTestable(f"The table has {len(found)} ratios of synaptic saliency, wanted 1.")
    one = found.iloc[0]
    holds = one["value"] > ROUNDING
    text = f"The ratio is {one['value']:.1e} over {one['n']:,.0f} encoders."
    return Verdict("holds" if holds else "fails", f"{one['value']:.1e}", reason=text)


@claim(
    "encoders-confidence-within-size",
    statement=f"{WHERE}: inside the four groups of equal depth and width, the mean Kendall's tau of `head_confidence_mean`,"
    " weighted by their sizes, is above 0 with its whole 95 % interval.",
    published="released values inside the groups: tau -0.06, -0.03, 0.00, 0.03, so that nothing is left of the best metric",
    tables={"control": "sequence/encoders-control"},
    **ABOUT,
)
def confidence_within_size(control: pd.DataFrame) -> Verdict:
    """What is left of head confidence at equal depth and width."""
    chosen = (control["proxy"] == "head_confidence_mean") & (control["quantity"] == "within")
    found = control[chosen].dropna(subset=["value"])
    if len(found) != 1:
        raise NotTestable(f"The table has {len(found)} rows of head_confidence_mean inside groups, wanted 1.")
    one = found.iloc[0]
    text = f"{one['groups']:.0f} groups with {one['n']:,.0f} encoders."
    return Verdict("holds" if one["low"] > 0 else "fails", *map(float, one[["value", "low", "high"]]), text)
