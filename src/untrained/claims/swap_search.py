"""What SWAP-NAS says of its search: that a bell sets the size, and that it costs minutes. Source key: `peng2024swap`.

All read tables of `untrained.score_search`, kept by notebook 22: searches in the DARTS space on real scores, no training.
"""

from collections.abc import Callable

import pandas as pd
from scipy.stats import spearmanr

from untrained.claims import NotTestable, Verdict, claim
from untrained.stats.searches import mean_interval

SPACE = (
    "DARTS space (normal and reduction cell equal; SWAP of 16 CIFAR-10 images on the network of 3 channels that it scores;"
    " beside the trained genotypes; mean over seeds of the search)"
)
WITHIN = 0.2
"""Of mu: how near a size is to count as the one asked for."""
MINUTES = 6
"""Of the published search, on one GPU."""


def on_searches(id: str, statement: str, published: str, *names: str) -> Callable:
    """Register a check of the searches' tables: `ends`, `trained`."""
    return claim(
        id,
        paper="peng2024swap",
        statement=f"{SPACE}: {statement}.",
        published=published,
        stage="search_swap",
        notebook="22_swap_search",
        tables={name: f"swap/swap-{name}" for name in names},
        requires="the searches need the images (`make paper` with the originals)",
    )


@on_searches(
    "swap-search-size",
    "the size found follows the size asked for: over the values of mu inside the range of sizes, each found size lies"
    f" within {WITHIN:.0%} of mu on the mean over seeds; the value is the largest such distance",
    "mu and sigma control the size of what is found; three settings for CIFAR-10, mu = sigma",
    "ends",
    "trained",
)
def size_follows(ends: pd.DataFrame, trained: pd.DataFrame) -> Verdict:
    """Distance between size and mu, by mu."""
    inside = ends[(ends["mu"] > trained["thousands"].min()) & (ends["mu"] < trained["thousands"].max())]
    if inside["mu"].nunique() < 2:
        raise NotTestable("The table has fewer than two values of mu inside the range of sizes.")
    distance = (inside["thousands"] / inside["mu"] - 1).abs().groupby(inside["mu"])
    found = mean_interval(distance.get_group(distance.mean().idxmax()))
    rho = spearmanr(inside["mu"], inside["thousands"]).statistic
    means = "; ".join(f"mu {mu:g}: {size:.2f}" for mu, size in inside.groupby("mu")["thousands"].mean().items())
    reason = (
        f"Thousands of parameters, means of {inside['seed'].nunique()} seeds: {means}; rank correlation with mu {rho:.2f}."
    )
    return Verdict("holds" if found.value <= WITHIN else "fails", found.value, found.low, found.high, reason)


@on_searches(
    "swap-search-beats-random",
    "by the score alone every search ends above the best of the trained genotypes, which were drawn at random and are more"
    " than it has scored; the value is the mean ratio of the two scores",
    "not a figure of the paper: the control that every search needs",
    "ends",
    "trained",
)
def beats_random(ends: pd.DataFrame, trained: pd.DataFrame) -> Verdict:
    """Evolution against random draws, by the score itself."""
    alone = ends[ends["mu"].isna()]
    if alone.empty:
        raise NotTestable("The table has no search by the score alone.")
    if alone["scored"].max() >= len(trained):
        raise NotTestable(f"The searches scored up to {alone['scored'].max()} genotypes, of the others only {len(trained)}.")
    ratio = mean_interval(alone["swap"] / trained["swap"].max())
    reason = (
        f"{len(alone)} searches of {alone['scored'].mean():.0f} genotypes end at {alone['swap'].min():.0f} or more; the best"
        f" of {len(trained)} random ones has {trained['swap'].max():.0f}."
    )
    holds = (alone["swap"] > trained["swap"].max()).all()
    return Verdict("holds" if holds else "fails", ratio.value, ratio.low, ratio.high, reason)


@on_searches(
    "swap-search-minutes",
    f"a search costs less than {MINUTES} minutes, here of one CPU core; the value is the mean in minutes",
    "0.004 GPU days, 6 minutes on one V100; its number of networks is not established; 32 draws of weights each",
    "ends",
)
def costs_minutes(ends: pd.DataFrame) -> Verdict:
    """CPU seconds of scoring, genotypes known from an earlier search included."""
    minutes = mean_interval(ends["seconds"] / 60)
    reason = (
        f"{len(ends)} searches of {ends['scored'].mean():.0f} genotypes (mean), {ends['seconds'].max():.0f} s the dearest."
    )
    return Verdict("holds" if minutes.high < MINUTES else "fails", minutes.value, minutes.low, minutes.high, reason)


@on_searches(
    "swap-search-test-error",
    "the cells found reach a test error of 2.48 to 2.65 % after 600 epochs of training",
    "2.65, 2.54 and 2.48 % on CIFAR-10 for three settings of mu and sigma",
    "ends",
)
def final_accuracy(ends: pd.DataFrame) -> Verdict:
    """What nothing here can tell."""
    raise NotTestable(f"None of the {len(ends)} cells found was trained: 600 epochs each are beyond this project.")
