"""Published correlations: a figure agrees within its band around our interval, and a table that cannot tell says so."""

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml
from claims.tables import correlations

from untrained import claims
from untrained.claims import NotTestable, get
from untrained.claims.benches import DIGITS, FULL_WIDTH, NAS_BENCH_101, NAS_BENCH_201, PAPERS, WHOLE
from untrained.claims.figures import Row, Source, _band, row

CIFAR10 = "correlations/nas_bench_201-cifar10"
NASWOT = "mellor2021nwot-naswot-krocc-full@nas_bench_201-cifar10"  # 0.574, band 0.03, rounded to 0.001
REGULARISED = "peng2024swap-swap_reg-srocc-unique@nas_bench_201-cifar100"  # to meet 0.87 to 0.93


def verdict(id: str, table: pd.DataFrame) -> object:
    return get(id)({get(id).tables["correlations"]: table})


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (0.60, 0.64, "holds"),  # 0.574 + 0.03 reaches 0.60
        (0.6044, 0.64, "holds"),  # and with the rounding 0.6045
        (0.6046, 0.64, "fails"),
        (0.50, 0.5436, "holds"),
        (0.50, 0.5434, "fails"),
        (0.50, 0.64, "holds"),
    ],
)
def test_the_band_lies_around_the_interval(low, high, wanted):
    found = verdict(NASWOT, correlations({"naswot": ((low + high) / 2, low, high)}))
    assert (found.verdict, found.low, found.high) == (wanted, low, high)


def test_a_verdict_gives_the_difference_and_its_likely_reasons():
    found = verdict(NASWOT, correlations({"naswot": 0.45}, missing=3))
    assert found.verdict == "fails"
    assert "-0.124, with 640 architectures, 3 without a score ranked last" in found.reason
    assert "smaller minibatches of CIFAR-10" in found.reason
    assert get(NASWOT).published == "0.574; Figure 3, 1,000 networks, batch 128, head with one output"


def test_an_interval_that_the_reproduction_was_given():
    assert verdict(REGULARISED, correlations({"swap_reg": 0.955}, metric="srocc")).verdict == "fails"
    assert verdict(REGULARISED, correlations({"swap_reg": 0.945}, metric="srocc")).verdict == "holds"


def test_where_the_sign_was_dropped_ours_is_too():
    fisher = "abdelfattah2021zerocost-fisher-srocc-unique@nas_bench_101-cifar10"  # 0.257, ours negative
    found = verdict(fisher, correlations({"fisher": (-0.28, -0.32, -0.24)}, metric="srocc"))
    assert (found.verdict, found.ours, found.low, found.high) == ("holds", 0.28, 0.24, 0.32)
    grad_norm = "li2023zico-grad_norm-krocc-unique@nas_bench_101-cifar10"  # -0.17, the sign kept
    assert verdict(grad_norm, correlations({"grad_norm": 0.17})).verdict == "fails"
    assert verdict(grad_norm, correlations({"grad_norm": -0.17})).verdict == "holds"


def test_absolute_values_of_intervals():
    assert Row(-0.1, -0.3, 0.2, 9, 0).without_sign() == Row(0.1, 0.0, 0.3, 9, 0)
    assert Row(-0.2, -0.3, -0.1, 9, 0).without_sign() == Row(0.2, 0.1, 0.3, 9, 0)


def test_the_set_decides_which_row_is_read():
    full = correlations({"params": 0.576}, sets=("full",))
    unique = correlations({"params": 0.621}, sets=("unique",))
    both = pd.concat([full, unique])
    for set, figure in (("full", 0.576), ("unique", 0.621)):
        id = f"krishnakumar2022suitezero-params-krocc-{set}@nas_bench_201-cifar10"
        found = verdict(id, both)
        assert (found.verdict, found.ours) == ("holds", figure)
        assert f"{set} set" in get(id).statement
    found = verdict("krishnakumar2022suitezero-params-krocc-full@nas_bench_201-cifar10", unique)
    assert found.reason == "The table has no full set, only unique."


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (correlations({"zen": 0.5}), "0 rows of naswot in krocc on the full set"),
        (correlations({"naswot": 0.5}, metric="srocc"), "0 rows of naswot in krocc"),
        (correlations({"naswot": (float("nan"), None, None)}), "naswot has no correlation"),
        (correlations({"naswot": 0.5}, missing=321), "a score for 319 of 640"),
        (correlations({"naswot": (0.5, 0.3, 0.61)}, n=40), "is 0.31 wide with 40 architectures"),
    ],
)
def test_what_a_table_cannot_tell_is_said(table, reason):
    found = verdict(NASWOT, table)
    assert found.verdict == "not testable here"
    assert reason in found.reason


def test_without_a_table_the_originals_are_named():
    assert get(NASWOT)({}).reason == (
        f"There is no table {CIFAR10}-whole: its scores are not computed yet (`make paper` with the originals)."
    )


def test_a_value_outside_its_resampled_interval_widens_it():
    assert row(correlations({"zen": (0.99, 0.95, 0.98)}), "zen", "krocc", "full").high == 0.99
    with pytest.raises(NotTestable, match="only none"):
        row(correlations({"zen": 0.5}).query("invalid == 'drop'"), "zen", "krocc", "full")


def test_bands():
    assert _band(NAS_BENCH_201[0], "params") == 0.01
    assert _band(NAS_BENCH_101, "params") == 0.03
    assert _band(NAS_BENCH_201[0], "snip") == 0.03
    assert _band(NAS_BENCH_101, "snip") == 0.10
    assert "within 0.05" in get("abdelfattah2021zerocost-cj-srocc-full@nas_bench_201-cifar10").statement


def test_sources_name_a_set():
    with pytest.raises(ValueError, match="Got the set 'all', wanted one of full, unique"):
        Source("paper", "all", "note")


def test_independent_measurements_are_no_claims_of_a_paper():
    shown = [name for name in claims.names() if name.startswith("krishnakumar2022suitezero")]
    assert shown
    for name in shown:
        assert get(name).published.startswith("independent measurement, no figure of the paper: ")


def test_a_published_figure_is_a_correlation():
    """The first number of what was published, on every claim that compares one."""
    compared = [name for name in claims.names() if re.search(r"-(krocc|srocc)-(full|unique)@", name)]
    assert len(compared) > 150
    for name in compared:
        figure = float(re.search(r"-?\d\.\d+", get(name).published)[0])
        assert -1 <= figure <= 1


def test_names_of_benchmarks():
    assert DIGITS.stage("correlate") == "correlate@nas_bench_digits"
    assert NAS_BENCH_101.stage("correlate") == "correlate_public@nas_bench_101-cifar10"
    assert [bench.set_of("full") for bench in PAPERS] == ["full", "full", "full", "unique"]
    zico = get("tybl2025vkdnw-zico-krocc-unique@nas_bench_201-cifar10")
    assert zico.stage == "correlate_public@nas_bench_201-cifar10"
    assert zico.notebook == "04_correlate-nas_bench_201-cifar10"


def test_the_full_set_of_a_sample_is_an_estimate_and_that_of_all_cells_is_not():
    zico, snip = (get(f"li2023zico-{proxy}-krocc-full@nas_bench_201-cifar10") for proxy in ("zico", "snip"))
    assert (zico.stage, zico.notebook) == ("full_set", "38_full_set")
    assert zico.tables == {"correlations": "full_set/nas_bench_201-cifar10"}
    assert "estimated for all 15,625 strings" in zico.statement
    assert snip.tables == {"correlations": "correlations/nas_bench_201-cifar10-whole"}
    assert "(full set, all 15,625 strings;" in snip.statement


def test_what_is_scored_everywhere_is_judged_there():
    assert get(NASWOT).stage == "correlate_public@nas_bench_201-cifar10-whole"
    assert get(NASWOT).notebook == "04_correlate-nas_bench_201-cifar10-whole"
    assert "all 15,625 strings" in get(NASWOT).statement
    params = yaml.safe_load((Path(__file__).parents[2] / "params.yaml").read_text())
    full = params["published"][FULL_WIDTH[NAS_BENCH_101].key]["score"]
    assert FULL_WIDTH[NAS_BENCH_101].proxies < set(full["proxies"]) and "skeleton" not in full["setting"]
    for whole, count in zip(WHOLE.values(), (9445, 9445, 2500), strict=True):
        scored = params["published"][params["judged"][whole.key]["scores"]]["score"]
        assert set(scored["proxies"]) == whole.proxies and scored["count"] == count and not scored["limits"]
