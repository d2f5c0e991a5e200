"""Tables of the control for size and of DAS."""

import pandas as pd

from untrained.report.tables import Table, with_interval

COLUMNS = {
    "overall": ("overall", "krocc"),
    "with #Param": ("entanglement", "krocc"),
    "at equal size": ("within", "krocc"),
    "lost": ("lost", "krocc"),
    "overall, ρ": ("overall", "srocc"),
    "with #Param, ρ": ("entanglement", "srocc"),
    "given #Param, ρ": ("partial", "srocc"),
}
"""Columns of the control's table: quantity and metric."""


def control_table(frame: pd.DataFrame) -> Table:
    """Every indicator: overall, with size, at equal size, given size.

    Args:
        frame: of `untrained.stats.control.control`, one set of architectures.
    """
    parts = {title: frame.query("quantity == @q and metric == @m").set_index("proxy") for title, (q, m) in COLUMNS.items()}
    inside = parts["at equal size"]
    order = inside["value"].sort_values(ascending=False, kind="stable").index
    cells = {title: _cells(part.loc[order]) for title, part in parts.items()}
    counts = {"groups": inside.loc[order, "groups"].astype(int), "n in them": inside.loc[order, "n"].astype(int)}
    shown = pd.DataFrame({"proxy": order, **cells, **{name: column.to_numpy() for name, column in counts.items()}})
    numbers = {title: part.loc[order, "value"].fillna(-1e308).tolist() for title, part in parts.items()}
    caption = (
        "Kendall's τ-b (ρ: Spearman's) with bootstrap intervals; at equal size: mean over groups weighted by their sizes"
    )
    return Table(shown, caption, numbers)


def group_table(frame: pd.DataFrame, names: list[str]) -> Table:
    """Kendall's tau-b of some indicators inside every group.

    Args:
        frame: of `untrained.stats.control.control`, one set of architectures.
        names: indicators.
    """
    alone = frame[(frame["quantity"] == "group") & frame["proxy"].isin(names)]
    wide = alone.pivot(index="group", columns="proxy", values="value").reindex(columns=names)
    wide = wide.loc[list(dict.fromkeys(alone["group"]))]
    shown = wide.map(with_interval).rename_axis(columns=None).reset_index()
    shown.insert(1, "n", alone.groupby("group")["n"].max().loc[wide.index].astype(int).to_numpy())
    numbers = {name: wide[name].fillna(-1e308).tolist() for name in names}
    return Table(
        shown, "Kendall's τ-b with accuracy inside each group; –: an indicator or the accuracy is constant", numbers
    )


def rule_table(frame: pd.DataFrame) -> Table:
    """Every rule of DAS: its correlation with accuracy, its factor over WOT, and what it keeps at an equal number of units.

    Args:
        frame: of a DAS stage, one set of architectures: rule, quantity, value, low, high.
    """
    titles = {"tau": "τ-b", "factor": "factor over WOT", "difference": "less WOT", "within": "at equal N_A"}
    parts = {title: frame[frame["quantity"] == quantity].set_index("rule") for quantity, title in titles.items()}
    order = parts["τ-b"].index
    parts = {title: part.reindex(order) for title, part in parts.items()}
    shown = pd.DataFrame({"rule": order, **{title: _cells(part) for title, part in parts.items()}})
    numbers = {title: part["value"].fillna(-1e308).tolist() for title, part in parts.items()}
    return Table(shown, "Rules on the atoms of NASWOT: Kendall's τ-b with accuracy, with bootstrap intervals", numbers)


def factor_table(frame: pd.DataFrame) -> Table:
    """Improvement factor over WOT of every rule on every benchmark.

    Args:
        frame: rule, benchmark, value, low, high.
    """
    wide = frame.assign(cell=_cells(frame)).pivot(index="benchmark", columns="rule", values="cell")
    numbers = frame.pivot(index="benchmark", columns="rule", values="value")
    benchmarks, rules = dict.fromkeys(frame["benchmark"]), list(dict.fromkeys(frame["rule"]))
    wide, numbers = (table.reindex(index=list(benchmarks), columns=rules) for table in (wide, numbers))
    shown = wide.fillna("–").rename_axis(columns=None).reset_index()
    order = {rule: numbers[rule].fillna(-1e308).tolist() for rule in rules}
    return Table(shown, "Kendall's τ-b of each rule over that of NASWOT, with bootstrap intervals", order)


def _cells(rows: pd.DataFrame) -> list[str]:
    return [with_interval(*ends) for ends in rows[["value", "low", "high"]].astype(float).itertuples(index=False)]
