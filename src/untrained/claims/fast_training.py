"""What is said of scores after a short training: that they rank better, and whether they add to the accuracy at hand."""

import pandas as pd

from untrained.claims import NotTestable, Verdict, claim
from untrained.claims.figures import WIDEST

BENCHES = {
    "nas_bench_digits": "NAS-Bench-Digits (unique set, sampled; states of one training seed, test accuracy of another)",
    "darts_digits": "DARTS-Digits (unique set, sampled; states and final test accuracy of one training seed)",
}
ABSTRACT = "fast training makes the score more accurate, in the abstract; no figure is accessible to us"


def _about(id: str, bench: str, statement: str, published: str, part: str) -> dict:
    """What registers a claim on a bench of training states."""
    return {
        "id": f"{id}@{bench}",
        "paper": "liu2022das",
        "statement": f"{BENCHES[bench]}: {statement}.",
        "published": published,
        "stage": f"fast@{bench}",
        "notebook": f"17_fast_training-{bench}",
        "tables": {part: f"fast/{bench}-{part}"},
    }


def _training_helps(bench: str, score: str) -> None:
    """Register that a short training helps a score."""

    @claim(
        **_about(
            f"das-training-helps-{score.lower()}",
            bench,
            f"after some number of epochs short of the last, {score} has a higher KROCC with that accuracy than"
            " untrained, by the whole 95 % interval",
            ABSTRACT,
            "judged",
        )
    )
    def training_helps(judged: pd.DataFrame) -> Verdict:
        """The epoch with the largest gain decides."""
        rows = _of(judged, score, "gain")
        best = rows.loc[rows["low"].idxmax()]
        every = "; ".join(f"{row.value:+.2f} after {row.epoch}" for row in rows.itertuples())
        text = f"Gain in tau {every} epochs; {int(best['n'])} architectures."
        return _verdict(best, 0.0, text)


for bench in BENCHES:
    for score in ("D", "WOT"):
        _training_helps(bench, score)

    @claim(
        **_about(
            "das-beats-accuracy",
            bench,
            "after one epoch D has a higher KROCC with that accuracy than the validation accuracy has, by its whole 95 %"
            " interval",
            "not a claim of the paper: the control that every short training needs",
            "judged",
        )
    )
    def beats_accuracy(judged: pd.DataFrame) -> Verdict:
        """D's interval against the accuracy's value."""
        ours, accuracy = (_of(judged, name, "tau").set_index("epoch") for name in ("D", "valid_acc"))
        if 1 not in ours.index:
            raise NotTestable("The table has no first epoch.")
        row, control = ours.loc[1], accuracy.loc[1, "value"]
        text = f"D {row['value']:.2f}, validation accuracy {control:.2f}; {int(row['n'])} architectures."
        return _verdict(row, float(control), text)

    @claim(
        **_about(
            "das-adds-to-accuracy",
            bench,
            "after some number of epochs short of the last, a fitted sum of validation accuracy and D has a higher"
            " held-out KROCC than the accuracy alone, by more than two corrected standard errors",
            "not a claim of the paper: the control that every short training needs",
            "added",
        )
    )
    def adds_to_accuracy(added: pd.DataFrame) -> Verdict:
        """The epoch at which D adds most decides."""
        early = added["epoch"] < added["epoch"].max()
        rows = added[early & (added["method"] == "accuracy and D")].dropna(subset=["value"])
        if rows.empty:
            raise NotTestable("The table has no fitted sum of accuracy and D.")
        best = rows.loc[rows["low"].idxmax()]
        text = (
            f"After {int(best['epoch'])} epochs the accuracy alone has {best['alone']:.2f}; {int(best['splits'])} splits of"
            f" {int(best['n_train'])} and {int(best['n_test'])} architectures."
        )
        return _verdict(best, 0.0, text)


def _verdict(row: pd.Series, bound: float, text: str) -> Verdict:
    """Holds where the whole interval lies above a bound; an interval that reaches it must be narrow to say that it fails."""
    value, low, high = map(float, row[["value", "low", "high"]])
    if low <= bound <= high and high - low > WIDEST:
        raise NotTestable(f"The interval [{low:.2f}, {high:.2f}] is too wide to decide: train more architectures. {text}")
    return Verdict("holds" if low > bound else "fails", value, low, high, text)


def _of(judged: pd.DataFrame, score: str, quantity: str) -> pd.DataFrame:
    """Rows of a score; for a gain, without the last epoch, at which the final accuracy is known."""
    rows = judged[(judged["score"] == score) & (judged["quantity"] == quantity)].dropna(subset=["value"])
    rows = rows[rows["epoch"] < judged["epoch"].max()] if quantity == "gain" else rows
    if rows.empty:
        raise NotTestable(f"The table has no {quantity} of {score} before its last epoch.")
    return rows
