"""The claims on SWAP's search come out either way."""

import numpy as np
import pandas as pd
import pytest

from untrained.claims import get

TRAINED = pd.DataFrame({"swap": [4000.0, 5000, 6000] * 100, "thousands": [0.4, 1.0, 2.4] * 100, "seconds": 0.04})


def ends(sizes, *, swap=9000.0, seconds=12.0, scored=250):
    """Ends of searches: found size by mu, with a search by the score alone; three seeds each."""
    rows = [
        {"steering": f"mu {mu}", "mu": mu, "seed": seed, "thousands": size + 0.01 * seed, "swap": 7000.0}
        for mu, size in sizes.items()
        for seed in range(3)
    ]
    rows += [{"steering": "alone", "mu": np.nan, "seed": seed, "thousands": 2.2, "swap": swap + seed} for seed in range(3)]
    return pd.DataFrame(rows).assign(seconds=seconds, scored=scored)


def verdict(id, table):
    return get(id)({"swap/swap-ends": table, "swap/swap-trained": TRAINED})


def test_size_follows_or_not():
    found = verdict("swap-search-size", ends({0.9: 1.0, 1.2: 1.25, 2.5: 5.0}))
    assert found.verdict == "holds" and found.ours == pytest.approx(0.1222, abs=1e-3), "a mu above all sizes is no target"
    assert verdict("swap-search-size", ends({0.9: 1.5, 1.2: 1.25})).verdict == "fails"
    assert verdict("swap-search-size", ends({0.9: 0.3, 1.2: 1.25})).verdict == "fails"
    assert verdict("swap-search-size", ends({0.9: 1.0})).verdict == "not testable here"


def test_search_is_held_against_more_random_draws():
    assert verdict("swap-search-beats-random", ends({0.9: 1.0})).verdict == "holds"
    assert verdict("swap-search-beats-random", ends({0.9: 1.0}, swap=5999.0)).verdict == "fails"
    assert verdict("swap-search-beats-random", ends({0.9: 1.0}, scored=300)).verdict == "not testable here"


def test_cost_and_accuracy():
    assert verdict("swap-search-minutes", ends({0.9: 1.0})).ours == pytest.approx(0.2)
    assert verdict("swap-search-minutes", ends({0.9: 1.0}, seconds=400.0)).verdict == "fails"
    found = verdict("swap-search-test-error", ends({0.9: 1.0}))
    assert found.verdict == "not testable here" and "600 epochs" in found.reason
