"""Tables of indicators that are kept, and their model card (Mitchell et al. 2019, `mitchell2019modelcards`)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import pandas as pd

from untrained.fusion.complementarity import smallest
from untrained.fusion.released import Released
from untrained.fusion.reliability import TABLE, Reliability
from untrained.report.tables import Table, with_interval


def weight_table(found: Sequence[Released]) -> Table:
    """Share of the weight of every part, one column per indicator; parts with the largest sum first.

    Args:
        found: indicators.
    """
    shares = pd.DataFrame({one.name: pd.Series(one.weights, dtype=float) for one in found})
    order = shares.sum(axis=1).sort_values(ascending=False, kind="stable").index
    cells = shares.reindex(order).map(lambda share: "–" if pd.isna(share) else f"{share:.2f}")
    return Table(cells.rename_axis("indicator").reset_index(), "Weights, of sum 1; – where a part is not used")


def reliability_table(rows: Sequence[Reliability]) -> Table:
    """Kendall's tau of every judged table, with all that it depends on.

    Args:
        rows: of one indicator or more.
    """
    found = pd.DataFrame([asdict(row) for row in rows])
    shown = pd.DataFrame(
        {
            "judged on": found["key"],
            "truth": found["accuracy"],
            "architectures": found["n"],
            "labels of it": found["labels"],
            "ranks": ["among themselves" if key == TABLE else f"among {key}" for key in found["among"]],
            "τ-b": [with_interval(*ends, digits=3) for ends in found[["tau", "low", "high"]].itertuples(index=False)],
            "τ-b of #Param": [with_interval(float(tau), digits=3) for tau in found["params"]],
            "set, split": [f"unique, {split}" for split in found["split"]],
            "interval": found["interval"],
            "seed": found["seed"],
        }
    )
    caption = "Kendall's tau with accuracies that the weights have not seen"
    return Table(shown, caption, {"τ-b": found["tau"].tolist()})


def front_table(fronts: Mapping[str, pd.DataFrame]) -> Table:
    """Tau and seconds of every subset; the smallest that keeps 99 % of the tau of all parts is marked.

    Args:
        fronts: of `untrained.fusion.releasing.cost_front`, by indicator.
    """
    pieces = []
    for name, front in fronts.items():
        marks = {smallest(front)["count"]: "smallest with 99 %", front["count"].max(): "all"}
        pieces.append(front.assign(indicator=name, mark=[marks.get(count, "") for count in front["count"]]))
    found = pd.concat(pieces, ignore_index=True)
    shown = found[["indicator", "count"]].assign(
        **{
            "τ-b": [with_interval(*ends, digits=3) for ends in found[["value", "low", "high"]].itertuples(index=False)],
            "seconds": [with_interval(price, digits=3) for price in found["seconds"]],
            "subset": found["mark"],
            "parts": found["parts"],
        }
    )
    caption = "Tau over CPU seconds per architecture: mean, lowest and highest of unseen benchmarks or of draws"
    return Table(shown, caption, {"τ-b": found["value"].tolist(), "seconds": found["seconds"].fillna(-1.0).tolist()})


def smallest_subset(front: pd.DataFrame) -> str:
    """The smallest subset in one clause.

    Args:
        front: of one indicator.
    """
    few, all_of = smallest(front), front.sort_values("count").iloc[-1]
    price = "" if pd.isna(few["seconds"]) else f", {few['seconds']:.2f} of {all_of['seconds']:.2f} s"
    return f"{few['count']} of {all_of['count']} ({few['parts']}): tau {few['value']:.3f} of {all_of['value']:.3f}{price}"


def against_size(rows: Sequence[Reliability]) -> str:
    """Beside the number of parameters: mean tau over benchmarks of both, and the tables on which it is above.

    Args:
        rows: of one indicator, judged in one way.
    """
    found = pd.DataFrame([asdict(row) for row in rows if row.params is not None])
    if found.empty:
        return "the number of parameters was not scored"
    ours, size = found.groupby("benchmark")[["tau", "params"]].mean().mean()
    above = found.loc[found["tau"] > found["params"], "key"]
    return (
        f"mean over benchmarks {ours:.2f}, that of the number of parameters {size:.2f}; above it on {len(above)} of "
        f"{len(found)} tables" + (f" ({', '.join(above)})" if len(above) else "")
    )
