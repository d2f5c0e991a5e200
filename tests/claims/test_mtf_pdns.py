"""The claims on fronts come out either way."""

import numpy as np
import pandas as pd
import pytest

from untrained import front_search
from untrained.claims import get

NAME = "fronts/nas_bench_digits"
PUBLIC = "fronts/nas_bench_201-cifar10"
GOOD = {"MTF-PDNS": 0.004, "MTF-NSGA-II": 0.006, "MTF-random": 0.008, "PDNS synflow": 0.012, "NSGA-II synflow": 0.011}


def searches(means, *, space="scored", paid=0, hv=1.03, seeds=10):
    """Ends of searches with given means of IGD+, and a worse generation before them."""
    generator = np.random.default_rng(0)
    rows = []
    for method, mean in means.items():
        for seed in range(seeds):
            about = {"method": method, "seed": seed, "seen": 50, "judged": "digits", "paid": paid, "trained": 20, "front": 5}
            value = mean + 1e-4 * generator.normal()
            rows.append(about | {"generation": 9, "igd_plus": value, "igd": value, "hv": hv, "best": 90.0})
            rows.append(about | {"generation": 3, "igd_plus": 1.0, "igd": 1.0, "hv": 0.1, "best": 80.0})
    return pd.DataFrame(rows).assign(space=space, n=400)[[*front_search.COLUMNS, "space", "n"]]


def verdict(id, table, name=NAME):
    return get(id)({name: table})


@pytest.mark.parametrize(
    ("id", "worse"),
    [
        ("pdns-many-beat-one", {"PDNS synflow": 0.005}),
        ("pdns-many-beat-every-one", {"NSGA-II snip": 0.0055}),
        ("pdns-beats-objectives", {"MTF-NSGA-II": 0.004}),
        ("pdns-beats-random", {"MTF-random": 0.003}),
    ],
)
def test_closest_pair_decides(id, worse):
    found = verdict(id, searches(GOOD))
    assert found.verdict == "holds" and found.low > 0
    lost = verdict(id, searches(GOOD | worse))
    assert lost.verdict == "fails" and next(iter(worse)) in lost.reason


def test_equal_price_is_judged_by_its_own_rows():
    table = pd.concat([searches(GOOD), searches(GOOD | {"MTF-NSGA-II": 0.02}, paid=20)])
    assert verdict("pdns-many-beat-one", table).verdict == "holds"
    assert verdict("pdns-many-beat-one-at-equal-price", table).verdict == "fails"
    assert verdict("pdns-many-beat-one-at-equal-price", searches(GOOD)).verdict == "not testable here"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (searches({"MTF-PDNS": 0.01}), "no MTF-NSGA-II"),
        (searches(GOOD, seeds=1), "One seed"),
        (searches(GOOD, space="full"), "no searches of the scored"),
    ],
)
def test_what_cannot_be_judged(table, words):
    found = verdict("pdns-beats-objectives", table)
    assert found.verdict == "not testable here" and words in found.reason


def test_measured_value_is_met_or_not():
    id, method = "pdns-short-training-hv@nas_bench_201-cifar10", {"PDNS short training": 0.003}
    assert verdict(id, searches(method, space="full", hv=1.0340), PUBLIC).verdict == "holds"
    assert verdict(id, searches(method, space="full", hv=1.0300), PUBLIC).verdict == "fails"
    assert verdict(id, searches(GOOD, space="full"), PUBLIC).verdict == "not testable here"
