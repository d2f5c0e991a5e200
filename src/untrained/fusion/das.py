"""DAS: NASWOT taken apart, and other rules that put its two atoms together. Key: `liu2022das`.

WOT = ln det K = B A + D:  B inputs, A = ln N_A with N_A the number of ReLU units, D = ln det(K / N_A) <= 0 how well their
codes tell the inputs apart. The rate B : 1 is the batch size and no choice. Neither the rule that the authors settled on nor
their tables are known to us, hence a family: a rule is a function of the atoms of a set of candidates, higher is better.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from untrained.fusion.fusion_indicator import FusionIndicator
from untrained.fusion.protocol import evaluate, labelled
from untrained.registry import suggest
from untrained.stats.correlation import krocc
from untrained.stats.intervals import draw_counts
from untrained.stats.resampled import krocc_resampled

WEIGHTS = (-1.0, -0.5, 0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
"""Rates lambda of A in R3: at 0 it is R1, at 1 it is WOT."""
PARTS = ("naswot", "n_activations", "distinguish")
"""The columns of a wide table that the rules read; R8 reads `distinguish_layers` too, where it is there."""


CARRIED = "R3 carried"
"""The rule whose lambda another search space has chosen."""


@dataclass(frozen=True)
class Atoms:
    """What NASWOT is made of, on a set of candidates.

    Attributes:
        batch: B.
        units: A = ln N_A.
        distinguish: D.
        layers: mean over layers of ln det(K_l / N_l), where it was scored.
    """

    batch: int
    units: pd.Series
    distinguish: pd.Series
    layers: pd.Series | None = None

    @classmethod
    def of(cls, scores: pd.DataFrame, batch: int) -> "Atoms":
        """From a wide table and the batch of its codes."""
        return cls(batch, np.log(scores["n_activations"]), scores["distinguish"], scores.get("distinguish_layers"))


Rule = Callable[[Atoms], pd.Series]
RULES: dict[str, Rule] = {}
"""The rules without a parameter, by name."""


def rule(name: str) -> Callable[[Rule], Rule]:
    """Register a rule; the first line of its docstring is its formula."""
    return lambda function: RULES.setdefault(name, function)


@rule("R0")
def wot(atoms: Atoms) -> pd.Series:
    """WOT = B A + D: NASWOT itself."""
    return atoms.batch * atoms.units + atoms.distinguish


@rule("R1")
def distinguish(atoms: Atoms) -> pd.Series:
    """D: distinguishing ability alone."""
    return atoms.distinguish


@rule("R2")
def units(atoms: Atoms) -> pd.Series:
    """A: the number of units alone."""
    return atoms.units


def weighted(atoms: Atoms, weight: float) -> pd.Series:
    """D / B + lambda A, the family R3: lambda = 1 orders as WOT does."""
    return atoms.distinguish / atoms.batch + weight * atoms.units


@rule("R4")
def ranks(atoms: Atoms) -> pd.Series:
    """rank(D) + rank(A): average ranks among the candidates."""
    return atoms.distinguish.rank() + atoms.units.rank()


@rule("R5")
def standardised(atoms: Atoms) -> pd.Series:
    """z(D) + z(A): each in its standard deviations among the candidates; no parameter to choose."""
    return sum((atom - atom.mean()) / (atom.std(ddof=0) or 1.0) for atom in (atoms.distinguish, atoms.units))


@rule("R6")
def product(atoms: Atoms) -> pd.Series:
    """N_A (-1 / D): a product of the two, infinite at the best D, 0."""
    return -np.exp(atoms.units) / atoms.distinguish


@rule("R6'")
def exponential(atoms: Atoms) -> pd.Series:
    """N_A exp(D / B) = exp(WOT / B): orders as WOT does, in another unit."""
    return np.exp(atoms.units + atoms.distinguish / atoms.batch)


@rule("R8")
def by_layer(atoms: Atoms) -> pd.Series | None:
    """Mean over layers of ln det(K_l / N_l): every layer counts once, whatever its units."""
    return atoms.layers


def labelled_rule(n_train: int) -> str:
    """Name of the rule that is fitted to labels.

    >>> labelled_rule(100)
    'R7@100'
    """
    return labelled("R7", n_train)


def weighted_rule(weight: float) -> str:
    """Name of a member of the family R3.

    >>> weighted_rule(0.25)
    'R3(0.25)'
    """
    return f"R3({weight:g})"


def candidates(scores: pd.DataFrame, batch: int, weights: Sequence[float] = WEIGHTS) -> pd.DataFrame:
    """The values of every rule that needs no labels, one column each, in the order R0 to R8.

    Args:
        scores: a wide table with the columns `PARTS`; its rows are the candidates.
        batch: of the codes.
        weights: of the family R3.

    Returns:
        Higher is better; missing where D is.

    >>> table = pd.DataFrame({"naswot": [3.0], "n_activations": [4.0], "distinguish": [-0.693147181]})
    >>> float(candidates(table, 3)["R0"].round(6).iloc[0])  # the codes 1100, 1010, 1001: ln 32
    3.465736
    """
    atoms = Atoms.of(scores, batch)
    found = {name: function(atoms) for name, function in RULES.items()}
    found |= {weighted_rule(weight): weighted(atoms, weight) for weight in weights}
    return pd.DataFrame({name: found[name] for name in sorted(found, key=_place) if found[name] is not None})


def compare(
    scores: pd.DataFrame,
    accuracy: pd.Series,
    batch: int,
    *,
    n: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    groups: Sequence[Hashable] | None = None,
) -> pd.DataFrame:
    """Every rule against WOT on the same resamples of architectures.

    Quantities: `tau` (krocc with accuracy), `difference` (tau less that of WOT), `factor` (tau over that of WOT, which says
    little where the latter is close to 0). Missing values rank last.

    Args:
        scores: a wide table with the columns `PARTS`.
        accuracy: percent, by arch.
        batch: of the codes.
        n: resamples.
        level: coverage of the intervals.
        seed: of the bootstrap.
        groups: labels of equal cells, resampled together.

    Returns:
        Columns rule, quantity, value, low, high, n, missing.
    """
    y = accuracy.loc[scores.index].to_numpy(float)
    counts = list(draw_counts(len(y), n=n, seed=seed, groups=groups))
    table, found = candidates(scores, batch), {}
    for name, column in table.items():
        values = ranked_last(column)
        found[name] = krocc(values, y), np.concatenate([krocc_resampled(values, y, c) for c in counts])
    rows = []
    for name, (tau, taus) in found.items():
        about = {"rule": name, "n": len(y), "missing": int(table[name].isna().sum())}
        rows += [row | about for row in _against(tau, taus, *found["R0"], level)]
    return pd.DataFrame(rows)


def _against(tau: float, taus: np.ndarray, of_wot: float, wots: np.ndarray, level: float) -> list[dict]:
    values = {
        "tau": (tau, taus),
        "difference": (tau - of_wot, taus - wots),
        "factor": (
            tau / of_wot if of_wot else np.nan,
            np.divide(taus, wots, out=np.full_like(taus, np.nan), where=wots != 0),
        ),
    }
    tails = [(1 - level) / 2, (1 + level) / 2]
    ends = {
        name: np.nanquantile(found, tails) if np.isfinite(found).any() else (np.nan, np.nan)
        for name, (_, found) in values.items()
    }
    return [
        {"quantity": name, "value": value, "low": ends[name][0], "high": ends[name][1]}
        for name, (value, _) in values.items()
    ]


def fitted(
    scores: pd.DataFrame, accuracy: pd.Series, *, n_train: int = 100, repeats: int = 20, seed: int = 0
) -> pd.DataFrame:
    """R7: least squares on (A, D), fitted to labels and judged on all other architectures, beside WOT on the same ones.

    Args:
        scores: a wide table with the columns `PARTS`, one row per function.
        accuracy: percent, by arch.
        n_train: labels.
        repeats: random splits.
        seed: of the splits.

    Returns:
        Columns as of `compare`; the interval is the central 95 % of the splits.
    """
    method = FusionIndicator(("n_activations", "distinguish"), {"n_activations": "ln"})
    splits = evaluate(scores[list(PARTS)], accuracy, {"R7": method}, n_train=n_train, repeats=repeats, seed=seed)
    tau = splits[splits["metric"] == "krocc"].pivot(index="split", columns="method", values="value")
    name = labelled_rule(n_train)
    found = {"tau": tau[name], "difference": tau[name] - tau["naswot"], "factor": tau[name] / tau["naswot"]}
    about = {"rule": name, "n": len(scores) - n_train, "missing": int(scores["distinguish"].isna().sum())}
    rows = []
    for quantity, values in found.items():
        value = tau[name].mean() / tau["naswot"].mean() if quantity == "factor" else values.mean()
        rows.append({"quantity": quantity, "value": value, "low": values.quantile(0.025), "high": values.quantile(0.975)})
    return pd.DataFrame([row | about for row in rows])


def choose(scores: pd.DataFrame, accuracy: pd.Series, batch: int, weights: Sequence[float] = WEIGHTS) -> float:
    """The rate lambda of R3 with the highest tau on one space, to be carried unchanged to others; the first of equals.

    Args:
        scores: a wide table with the columns `PARTS`.
        accuracy: of the space that chooses, by arch.
        batch: of the codes.
        weights: to choose from.
    """
    atoms, y = Atoms.of(scores, batch), accuracy.loc[scores.index].to_numpy(float)
    return max(weights, key=lambda weight: krocc(ranked_last(weighted(atoms, weight)), y))


def carried(results: pd.DataFrame, source: str) -> pd.DataFrame:
    """Every rule that no benchmark but `source` had a say in: those without a parameter, and R3 with the source's lambda.

    Args:
        results: tables of the DAS stages of all benchmarks, with the column `key`; the unique sets count.
        source: key of the benchmark whose `chosen` lambda is taken everywhere.

    Returns:
        Rows of tau, difference and factor; R3 is called `R3 carried`, and the column `weight` has its lambda.

    Raises:
        ValueError: the source is not among the benchmarks.
    """
    rows = results[(results["set"] == "unique") & results["quantity"].isin(["tau", "difference", "factor"])]
    mine = rows[(rows["key"] == source) & rows["chosen"].eq(True)]
    if mine.empty:
        raise ValueError(f"No rate was chosen on {source!r}. {suggest(source, set(results['key']))}")
    name = mine["rule"].iloc[0]
    fixed = rows[~rows["rule"].str.match(r"R3\(|R7@")]
    taken = rows[rows["rule"] == name].assign(rule=CARRIED, weight=_place(name)[1])
    return pd.concat([fixed, taken], ignore_index=True)


def ranked_last(column: pd.Series) -> np.ndarray:
    """Values with the worst one in place of missing and infinite ones."""
    values = column.to_numpy(float)
    return np.where(np.isfinite(values), values, values[np.isfinite(values)].min())


def _place(name: str) -> tuple[str, float]:
    return name[:2], float(name[3:-1]) if name.startswith("R3") else len(name)
