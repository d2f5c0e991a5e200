"""The Fusion Indicator outside of image benchmarks: the same checks on recurrent cells and on BERT-like encoders.

No claim of any paper: the controls whether the idea carries over. Source of the method: tran2021fusion.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from untrained.claims import NotTestable, Verdict, claim
from untrained.claims.encoders import WHERE as ENCODERS
from untrained.fusion.comparison import against_all
from untrained.stats.correlation import METRICS


@dataclass(frozen=True)
class Place:
    """A benchmark of sequence models: its table, its words, the metrics that are fused."""

    key: str
    where: str
    notebook: str
    fused: tuple[str, ...]


PARTS = ("jacobian_covariance", "activation_distance", "synaptic_saliency")
PLACES = (
    Place(
        "recurrent",
        "NAS-Bench-NLP, Penn Treebank (unique set; negative test loss, mean over the trainings of a form)",
        "19_recurrent",
        ("hidden_covariance_1", *PARTS),
    ),
    Place("encoders", ENCODERS, "26_encoders", ("head_confidence", *PARTS)),
)
Check = Callable[[Place, pd.DataFrame], Verdict]


def everywhere(id: str, statement: str) -> Callable[[Check], Check]:
    """Register one check for both benchmarks."""

    def register(function: Check) -> Check:
        for place in PLACES:
            _claim(f"{id}@{place.key}", place, statement, function)
        return function

    return register


def _claim(id: str, place: Place, statement: str, function: Check) -> None:
    @claim(
        id,
        paper="tran2021fusion",
        statement=f"{place.where}, random splits: {statement}.",
        published="no claim of the paper, which has image benchmarks only: whether it carries over to another domain",
        stage=place.key,
        notebook=place.notebook,
        tables={"splits": f"sequence/{place.key}-splits"},
        requires="the benchmark is not scored yet (`make paper` with the originals)",
    )
    def judged(splits: pd.DataFrame) -> Verdict:
        """The check on this benchmark."""
        return function(place, splits)


@everywhere(
    "fi-beats-every-part",
    "in each of PLCC, RMSE, SROCC and KROCC the Fusion Indicator is better than each of the four metrics that it fuses, by"
    " more than twice the standard error of the paired difference over splits",
)
def beats_every_part(place: Place, splits: pd.DataFrame) -> Verdict:
    """Count the metrics in which no part is left."""
    rows = _differences(splits)
    rows = rows[rows["against"].isin(place.fused) & (rows["role"] == "single")]
    if set(rows["against"]) != set(place.fused):
        raise NotTestable(f"The table of splits lacks {', '.join(sorted(set(place.fused) - set(rows['against'])))}.")
    left = rows[~(rows["low"] > 0)].groupby("metric", sort=False)["against"].agg(", ".join).to_dict()
    ours = f"{len(METRICS) - len(left)} of {len(METRICS)} metrics"
    text = "Not beaten: " + ("; ".join(f"{names} in {metric}" for metric, names in left.items()) or "none") + "."
    return Verdict("fails" if left else "holds", ours, reason=text)


@everywhere(
    "fi-beats-params",
    "the Fusion Indicator has a higher KROCC than the number of parameters, by more than twice the standard error of the"
    " paired difference over splits",
)
def beats_params(place: Place, splits: pd.DataFrame) -> Verdict:
    """The paired difference to #Param."""
    return _against(splits, "params")


def _against(splits: pd.DataFrame, other: str) -> Verdict:
    rows = _differences(splits)
    rows = rows[(rows["against"] == other) & (rows["metric"] == "krocc") & (rows["role"] != "oracle")]
    if len(rows) != 1 or rows["low"].isna().any():
        raise NotTestable(f"The table of splits has {len(rows)} differences to {other} with an interval, wanted 1.")
    one = rows.iloc[0]
    text = (
        f"{one['method']} against {other}, {one['splits']} splits of {one['n_train']} and {one['n_test']} architectures;"
        f" interval of two standard errors; {abs(one['mean']) / one['se_corrected']:.1f} corrected standard errors."
    )
    return Verdict("holds" if one["low"] > 0 else "fails", *(float(one[name]) for name in ("mean", "low", "high")), text)


def _differences(splits: pd.DataFrame) -> pd.DataFrame:
    fused = sorted({name for name in splits["method"] if name.startswith("fi@")})
    if len(fused) != 1:
        raise NotTestable(f"The table of splits has {len(fused)} methods named fi@labels, wanted 1.")
    return against_all(splits, fused[0])


@claim(
    "fi-beats-depth-and-width@encoders",
    paper="tran2021fusion",
    statement=f"{ENCODERS}, random splits: the Fusion Indicator has a higher KROCC than depth and width, which need no"
    " label, by more than twice the standard error of the paired difference over splits.",
    published="no claim of the paper: the baseline that a metric has to beat in this space",
    stage="encoders",
    notebook="26_encoders",
    tables={"splits": "sequence/encoders-splits"},
    requires="the benchmark is not scored yet (`make paper` with the originals)",
)
def beats_depth_and_width(splits: pd.DataFrame) -> Verdict:
    """The paired difference to the plain baseline."""
    return _against(splits, "depth_and_width")
