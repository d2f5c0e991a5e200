"""Tables of the strongest fusion: without labels, over labels, and against the targets."""

from collections.abc import Sequence

import pandas as pd

from untrained.fusion.candidates import ranks
from untrained.fusion.labelling import RANDOM, drawn
from untrained.fusion.targets import Figure
from untrained.report.tables import Table, with_interval
from untrained.stats.correlation import krocc
from untrained.stats.table import correlations
from untrained.stats.top import ndcg

METRICS = {"krocc": "τ-b", "srocc": "ρ", "ndcg": "nDCG", "regret": "regret of 10", "within": "τ-b at equal size"}
"""Columns, by metric."""


def judge_free(free: pd.DataFrame, accuracy: pd.Series, *, n: int = 1000, seed: int = 0) -> pd.DataFrame:
    """Krocc and srocc of label-free scores on all candidates, with bootstrap intervals over architectures, and nDCG.

    Args:
        free: one column per score.
        accuracy: by arch.
        n: resamples.
        seed: of the bootstrap.
    """
    found = correlations(free, accuracy, n=n, seed=seed)
    rows = found[found["metric"].isin(["krocc", "srocc"])]
    filled, y = free.fillna(free.min()), accuracy.loc[free.index]
    top = pd.DataFrame([{"proxy": name, "metric": "ndcg", "value": ndcg(filled[name], y), "n": len(y)} for name in free])
    return pd.concat([rows, top], ignore_index=True)


def best_single(scores: pd.DataFrame, accuracy: pd.Series) -> pd.Series:
    """Tau of every indicator, best first: known only with all labels."""
    found = ranks(scores)
    taus = {name: krocc(found[name], accuracy.loc[scores.index]) for name in found}
    return pd.Series(taus).sort_values(ascending=False, kind="stable")


def free_table(rows: pd.DataFrame) -> Table:
    """Every label-free score, best first.

    Args:
        rows: of `judge_free`, with the column role.
    """
    parts = {metric: part.set_index("proxy") for metric, part in rows.groupby("metric", sort=False)}
    order = parts["krocc"]["value"].sort_values(ascending=False, kind="stable").index
    shown = pd.DataFrame({"score": order, "role": parts["krocc"].loc[order, "role"].to_list()})
    for metric, part in parts.items():
        ends = part.reindex(order)[["value", "low", "high"]].astype(float)
        shown[METRICS[metric]] = [with_interval(*row, digits=3) for row in ends.itertuples(index=False)]
    numbers = {METRICS["krocc"]: parts["krocc"].loc[order, "value"].tolist()}
    return Table(shown, "Scores that have seen no accuracy of this benchmark, with bootstrap intervals", numbers)


def tried_table(results: pd.DataFrame) -> Table:
    """Every way of fusing without labels, one for all benchmarks, on each of them, the best mean first.

    Benchmarks without another one to learn from are left out, and scores that some benchmark lacks.

    Args:
        results: rows of the parts `free` and `tried`: key, method, metric, value, part.
    """
    rows = results[results["part"].isin(["free", "tried"]) & (results["metric"] == "krocc")]
    rows = rows[rows["key"].isin(rows.loc[rows["method"] == "stable", "key"])]
    wide = rows.pivot_table(index="method", columns="key", values="value").dropna()
    wide.insert(0, "mean", wide.T.groupby([key.partition("-")[0] for key in wide]).mean().mean())
    wide = wide.sort_values("mean", ascending=False, kind="stable")
    tried = set(rows.loc[rows["part"] == "tried", "method"])
    shown = wide.map(lambda value: with_interval(value, digits=3)).rename_axis(columns=None).reset_index(names="score")
    shown.insert(1, "in use", ["no" if name in tried else "yes" for name in wide.index])
    caption = "Kendall's τ-b without a label of the judged benchmark; the mean counts every benchmark once"
    return Table(shown, caption, {name: wide[name].tolist() for name in wide})


def curve_table(means: pd.DataFrame) -> Table:
    """Every method over the number of labels.

    Args:
        means: of `over_draws` by asked, method and metric.
    """
    return _wide(means, ["asked", "method"], {"asked": "labels"}, "Held-out quality: mean and central 95 % of the draws")


def trained_table(means: pd.DataFrame) -> Table:
    """Where the labels come from.

    Args:
        means: of `over_draws` by asked, trained and metric.
    """
    caption = (
        "Labels from the smaller half or from everywhere, judged on the same larger architectures; labels at random, that"
        " fill the space, or where a committee disagrees, judged on the same third, which none of them may label"
    )
    return _wide(means, ["asked", "trained"], {"asked": "labels", "trained": "labels from"}, caption)


def _wide(means: pd.DataFrame, by: Sequence[str], titles: dict[str, str], caption: str) -> Table:
    cells = means.assign(
        cell=[with_interval(*row, digits=3) for row in means[["value", "low", "high"]].itertuples(index=False)]
    )
    shown = cells.pivot_table(index=list(by), columns="metric", values="cell", aggfunc="first", sort=False)
    shown = shown.reindex(columns=[name for name in METRICS if name in shown]).rename(columns=METRICS).fillna("–")
    numbers = means[means["metric"] == "krocc"].set_index(list(by))["value"].reindex(shown.index)
    flat = shown.rename_axis(columns=None).reset_index().rename(columns=titles)
    return Table(flat, caption, {METRICS["krocc"]: numbers.fillna(-1e308).tolist()})


def target_rows(results: pd.DataFrame, figures: Sequence[Figure], *, learner: str, choice: str = RANDOM) -> pd.DataFrame:
    """Figures beside what was measured: the label-free score in use, or the learner with as many labels.

    Args:
        results: tables of the benchmarks' pages, one below the other.
        figures: targets or published points.
        learner: method that stands for few labels.
        choice: of what to label, of `untrained.fusion.labelling.CHOICES`.

    Returns:
        Columns key, labels, chosen, metric, method, figure, value, low, high, n, met; without a value where nothing was
        measured. A thousand labels and more are judged on all cells, the key that ends in -whole, where that was done.
    """
    rows, known = [], set(results["key"])
    for figure in figures:
        key = f"{figure.key}-whole" if figure.labels >= 1000 and f"{figure.key}-whole" in known else figure.key
        found = results[(results["key"] == key) & (results["metric"] == figure.metric)]
        if figure.labels:
            near = drawn(found, choice)
            near = near[(near["method"] == learner) & (near["asked"] == min(figure.labels, 1000))]
            ends = [near["value"].mean(), near["value"].quantile(0.025), near["value"].quantile(0.975)]
            count = near["n_test"].max()
        else:
            near = found[(found["part"] == "free") & (found["role"] == "in use")]
            ends = [near[name].mean() for name in ("value", "low", "high")]
            count = near["n"].max()
        about = {"key": key, "labels": figure.labels, "chosen": choice if figure.labels else ""}
        about |= {"metric": figure.metric, "method": figure.method}
        rows.append(about | {"figure": figure.value, **dict(zip(("value", "low", "high"), ends, strict=True)), "n": count})
    return pd.DataFrame(rows).assign(met=lambda table: table["value"] >= table["figure"])


def target_table(rows: pd.DataFrame) -> Table:
    """Figures beside measured means and intervals.

    Args:
        rows: of `target_rows`.
    """
    ends = rows[["value", "low", "high"]].astype(float)
    shown = rows[["key", "labels", "chosen", "metric", "method"]].assign(
        figure=[f"{value:.3f}" for value in rows["figure"]],
        ours=[with_interval(*row, digits=3) for row in ends.itertuples(index=False)],
        short=[with_interval(gap, digits=3) for gap in rows["value"] - rows["figure"]],
    )
    shown["met"] = ["–" if pd.isna(v) else "yes" if met else "no" for v, met in zip(rows["value"], rows["met"], strict=True)]
    caption = "Figures beside ours: without labels with bootstrap intervals, with labels mean and central 95 % of the draws"
    return Table(shown.rename(columns={"short": "ours less it"}), caption, {"ours": ends["value"].fillna(-1e308).tolist()})
