"""What is said of the angle metric: less a matter of size than indicators without training, and a good search score."""

import pandas as pd

from untrained.claims import NotTestable, Verdict, claim
from untrained.claims.benches import DIGITS, NAS_BENCH_201, Bench

LIGHT = ("angle", "angle_features", "angle_all", "loss", "angle_loss", "angle_loss_param")
SIZES = ("params", "flops", "n_activations", "vkdnw_dim")
"""Counts: they are size, and no indicators of it."""
BENCHES = (NAS_BENCH_201[0], DIGITS)
LOG = {"loss": 90.88, "angle_loss": 92.24, "angle": 93.41, "angle_loss_param": 94.05}
"""Test accuracy of the picks in the one run that the authors' repository logs, seed 1, 100 samples, CIFAR-10."""
PAPER = "yang2023revisiting"


def _about(id: str, bench: Bench, statement: str, published: str, part: str) -> dict:
    """What registers a claim on a benchmark."""
    return {
        "id": f"{id}@{bench.key}",
        "paper": PAPER,
        "statement": f"{bench.title} ({bench.named('unique')}; {bench.truth}), small networks trained: {statement}.",
        "published": published,
        "stage": f"angle@{bench.key}",
        "notebook": f"15_angle-{bench.key}",
        "tables": {part: f"angle/{bench.key}-{part}"},
        "requires": bench.requires,
    }


INTRODUCTION = "the introduction asks for metrics weakly correlated with #Param; no figure is accessible to us"

for bench in BENCHES:

    @claim(
        **_about(
            "angle-least-entangled",
            bench,
            "the absolute KROCC of the angle with #Param is below that of every training-free indicator of the same cells,"
            " by its whole 95 % interval",
            INTRODUCTION,
            "control",
        )
    )
    def least_entangled(control: pd.DataFrame) -> Verdict:
        """The least entangled training-free indicator decides."""
        rows = _rows(control, "entanglement")
        free = _free(rows)["value"].abs().sort_values()
        ours = rows.loc["angle"]
        below = int((free < abs(ours["value"])).sum())
        text = (
            f"{below} of {len(free)} training-free indicators are less entangled, the least `{free.index[0]}` with"
            f" {free.iloc[0]:.2f}; {int(ours['n'])} architectures."
        )
        return _verdict(abs(ours["value"]) < free.iloc[0], ours, float(free.iloc[0]), text)

    @claim(
        **_about(
            "angle-best-within",
            bench,
            "among architectures of equal #Param the rank sum of angle and loss has a higher mean KROCC with accuracy"
            " than every training-free indicator of the same cells, by its whole 95 % interval",
            INTRODUCTION,
            "control",
        )
    )
    def best_within(control: pd.DataFrame) -> Verdict:
        """The best training-free indicator at equal size decides."""
        rows = _rows(control, "within")
        free = _free(rows)["value"].sort_values(ascending=False)
        ours = rows.loc["angle_loss"]
        ahead = int((free > ours["value"]).sum())
        text = (
            f"{ahead} of {len(free)} training-free indicators are ahead, the best `{free.index[0]}` with {free.iloc[0]:.2f};"
            f" {int(ours['n'])} architectures in {int(ours['groups'])} groups."
        )
        return _verdict(ours["value"] > free.iloc[0], ours, float(free.iloc[0]), text)

    @claim(
        **_about(
            "angle-picks-in-order",
            bench,
            "the mean accuracy of the picks rises from loss over angle and loss, and angle, to angle, loss and #Param"
            " (no KROCC and no 95 % interval: an order of means over searches)",
            "; ".join(f"{name} {value}" for name, value in LOG.items()) + " in one run of the authors' code, CIFAR-10",
            "search",
        )
    )
    def picks_in_order(search: pd.DataFrame) -> Verdict:
        """The order of four means over seeds."""
        means = _means(search)
        ordered = [means[name] for name in LOG]
        holds = all(a < b for a, b in zip(ordered, ordered[1:], strict=False))
        text = "; ".join(f"{name} {means[name]:.2f}" for name in (*LOG, "params", "random", "best"))
        return Verdict("holds" if holds else "fails", text, reason=_searches(search))


@claim(
    **_about(
        "angle-param-search",
        NAS_BENCH_201[0],
        "the rank sum of angle, loss and #Param picks 93.5 % test accuracy or more, mean over ten seeds"
        " (interval of two standard errors; a search, no KROCC)",
        f"{LOG['angle_loss_param']} in one run of the authors' code; the bound is the reproduction's",
        "search",
    )
)
def param_search(search: pd.DataFrame) -> Verdict:
    """The mean pick, with twice its standard error over seeds."""
    picked = search.loc[search["pick"] == "angle_loss_param", "accuracy"]
    if len(picked) < 10:
        raise NotTestable(f"The table has {len(picked)} searches, wanted 10.")
    mean, error = float(picked.mean()), 2 * float(picked.std() / len(picked) ** 0.5)
    means = _means(search)
    text = f"#Param alone {means['params']:.2f}, the best of the samples {means['best']:.2f}; {_searches(search)}"
    return Verdict("holds" if mean >= 93.5 else "fails", mean, mean - error, mean + error, text)


def _verdict(holds: bool, ours: pd.Series, other: float, text: str) -> Verdict:
    """The verdict, if the interval is clear of the value that decides."""
    if ours["low"] <= other <= ours["high"]:
        raise NotTestable(f"The interval [{ours['low']:.2f}, {ours['high']:.2f}] reaches the value that decides: {text}")
    return Verdict("holds" if holds else "fails", *map(float, ours[["value", "low", "high"]]), text)


def _rows(control: pd.DataFrame, quantity: str) -> pd.DataFrame:
    rows = (
        control[(control["quantity"] == quantity) & (control["metric"] == "krocc")]
        .set_index("proxy")
        .dropna(subset=["value"])
    )
    if missing := [name for name in ("angle", "angle_loss") if name not in rows.index]:
        raise NotTestable(f"The table has no {quantity} of {', '.join(missing)}.")
    return rows


def _free(rows: pd.DataFrame) -> pd.DataFrame:
    free = rows.drop(index=[name for name in (*LIGHT, *SIZES) if name in rows.index])
    if len(free) < 5:
        raise NotTestable(f"The table has {len(free)} training-free indicators beside the angle, wanted at least 5.")
    return free


def _means(search: pd.DataFrame) -> pd.Series:
    means = search.groupby("pick")["accuracy"].mean()
    if missing := [name for name in (*LOG, "params", "random", "best") if name not in means]:
        raise NotTestable(f"The table of searches has no pick of {', '.join(missing)}.")
    return means


def _searches(search: pd.DataFrame) -> str:
    return f"{search['seed'].nunique()} searches among {int(search['sample'].iloc[0])} architectures each."
