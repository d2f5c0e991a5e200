"""The claims of DAS: NASWOT is two things, other rules rank better, by factors of 1.04 to 1.56. Source key: `liu2022das`.

The rule of the paper is not accessible to us. Two stand for it: R3, D / B + lambda A with lambda chosen on another search
space, and R5, the sum of z-scores, which has nothing to choose. That the factor is a ratio of Kendall's taus is our reading.
"""

import pandas as pd

from untrained.claims import NotTestable, Verdict, claim
from untrained.claims.benches import DARTS, DIGITS, NAS_BENCH_101, NAS_BENCH_201, NDS_DARTS_IN, Bench
from untrained.fusion.das import CARRIED

LOW, HIGH = 1.04, 1.56
BAND = f"{LOW:g}x to {HIGH:g}x on NAS-Bench-101, NDS and the authors' bench of training states, in the abstract"
CHOSEN_ON = DIGITS
CELLS = (DIGITS, *NAS_BENCH_201)
SPACES = (*NAS_BENCH_201, NAS_BENCH_101, DARTS, NDS_DARTS_IN)


def _where(bench: Bench) -> str:
    return f"{bench.title} ({bench.named('unique')}; {bench.truth})"


def _identity(bench: Bench) -> None:
    @claim(
        f"das-identity@{bench.key}",
        paper="liu2022das",
        statement=f"{_where(bench)}: NASWOT's score is B ln N_A + D, D the log-determinant of the kernel of shares of units,"
        " to a relative error of 1e-9 on every architecture; on some, both determinants are computed anew.",
        published="proved in the paper",
        stage=bench.stage("distinguish"),
        notebook=f"14_distinguish-{bench.key}",
        tables={"das": f"das/{bench.key}"},
        requires=bench.requires,
    )
    def identity(das: pd.DataFrame) -> Verdict:
        """The largest relative error."""
        one = _one(das, "R0", "identity")
        return Verdict(
            "holds" if one["value"] <= 1e-9 else "fails", float(one["value"]), reason=f"{one['n']:,.0f} architectures."
        )


def _atomic(bench: Bench) -> None:
    @claim(
        f"das-distinguish-beyond-units@{bench.key}",
        paper="liu2022das",
        statement=f"{_where(bench)}: inside groups of equal N_A the mean Kendall's tau of D, weighted by their sizes, is"
        " above 0 with its whole 95 % interval.",
        published="that D is a fundamental indicator, in the abstract; no figure of the paper is accessible to us",
        stage=bench.stage("distinguish"),
        notebook=f"14_distinguish-{bench.key}",
        tables={"das": f"das/{bench.key}"},
        requires=bench.requires,
    )
    def atomic(das: pd.DataFrame) -> Verdict:
        """D where the number of units tells nothing."""
        one = _one(das, "R1", "within")
        text = f"{one['groups']:.0f} groups with {one['n']:,.0f} architectures."
        return Verdict("holds" if one["low"] > 0 else "fails", *(float(one[end]) for end in ("value", "low", "high")), text)


def _factor(bench: Bench, rule: str, id: str, words: str) -> None:
    @claim(
        f"{id}@{bench.key}",
        paper="liu2022das",
        statement=f"{_where(bench)}: Kendall's tau of {words}, over that of NASWOT: the whole 95 % interval is above 1 and"
        f" meets {LOW:g} to {HIGH:g}.",
        published=BAND if bench not in NAS_BENCH_201 else f"{BAND}; not claimed for this benchmark",
        stage="carry",
        notebook="24_factors",
        tables={"das": "das"},
        requires=bench.requires,
    )
    def factor(das: pd.DataFrame) -> Verdict:
        """The ratio of two taus on the same resamples."""
        here = das[das["key"] == bench.key]
        if here.empty:
            raise NotTestable(f"The table has no {bench.key}: {bench.requires}.")
        one, wot, tau = _one(here, rule, "factor"), _one(here, "R0", "tau"), _one(here, rule, "tau")
        if one["high"] - one["low"] > HIGH - LOW + 0.5:
            raise NotTestable(
                f"The interval is {one['high'] - one['low']:.2f} wide with {one['n']:.0f} architectures: score more."
            )
        rate = f", lambda {tau['weight']:g} from {CHOSEN_ON.title}" if rule == CARRIED else ""
        taus = f"Tau {tau['value']:.3f} against NASWOT's {wot['value']:.3f}"
        text = f"{taus}, {one['n']:,.0f} architectures{rate}; ours with {bench.differs}."
        holds = one["low"] > 1 and one["low"] <= HIGH and one["high"] >= LOW
        return Verdict("holds" if holds else "fails", *(float(one[end]) for end in ("value", "low", "high")), text)


for bench in CELLS:
    _identity(bench)
    _atomic(bench)
for bench in (NAS_BENCH_101, DARTS, NDS_DARTS_IN):
    _identity(bench)
for bench in SPACES:
    _factor(bench, CARRIED, "das-carried", "D / B + lambda ln N_A, lambda chosen on the embedded bench,")
    _factor(bench, "R5", "das-zscores", "z(D) + z(ln N_A)")


@claim(
    "das-some-rule-beats-naswot",
    paper="liu2022das",
    statement="Every search space at hand (unique set; test accuracy or its stand-in, mean over the training seeds): of"
    " the rules D (R1), ln N_A (R2), sum of ranks (R4), sum of z-scores (R5), N_A (-1 / D) (R6), mean of D over"
    f" layers (R8), and D / B + lambda ln N_A with lambda chosen on {CHOSEN_ON.title}, at least one has a higher Kendall's"
    " tau than NASWOT in the majority of the other search spaces at hand (the median of a space's data sets), and a whole"
    " 95 % interval of the factor above 1 in at least one.",
    published=BAND,
    stage="carry",
    notebook="24_factors",
    tables={"das": "das"},
)
def some_rule_beats_naswot(das: pd.DataFrame) -> Verdict:
    """Count, for each fixed rule, the spaces in which it is ahead; the best of several rules is an optimistic choice."""
    factors = das[(das["quantity"] == "factor") & (das["key"] != CHOSEN_ON.key) & ~das["rule"].isin(["R0", "R6'"])]
    spaces = factors["benchmark"].nunique()
    if spaces < 2:
        raise NotTestable(f"Factors are there for {spaces} search space(s) besides {CHOSEN_ON.title}, wanted 2 or more.")
    ahead = factors.groupby(["rule", "benchmark"])["value"].median().gt(1).groupby("rule").sum()
    clear = factors["low"].gt(1).groupby(factors["rule"]).any()
    held = [rule for rule in ahead.index if 2 * ahead[rule] > spaces and clear[rule]]
    shown = held[0] if held else ahead.idxmax()
    counts = "; ".join(f"{rule} {count}" for rule, count in ahead.items())
    clearly = ", ".join(held) or "none"
    text = f"Spaces in which each rule is ahead, of {spaces}: {counts}; in the majority and clearly somewhere: {clearly}."
    return Verdict("holds" if held else "fails", f"{shown}: {ahead[shown]} of {spaces}", reason=text)


def _one(das: pd.DataFrame, rule: str, quantity: str) -> pd.Series:
    """A row of a table of DAS.

    Raises:
        NotTestable: there is none, or its value is not finite.
    """
    found = das[(das["rule"] == rule) & (das["quantity"] == quantity) & (das["set"] == "unique") & das["value"].notna()]
    if len(found) != 1:
        raise NotTestable(f"The table has {len(found)} values of {rule} ({quantity}), wanted 1.")
    return found.iloc[0]
