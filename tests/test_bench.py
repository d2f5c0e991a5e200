"""The benchmark suite: what is timed is what is named, each cost has its unit; medians, peers and targets by hand."""

import time

import pandas as pd
import pytest

from untrained import bench, proxies
from untrained.bench import compare, measure, tables
from untrained.benchmarks.nas_bench_201 import CellSpace
from untrained.passes import PASSES

TINY = bench.Space(width=2, cells=1, stages=2, side=6)
SAMPLE = TINY.spread(2)


def test_full_size_is_that_of_the_benchmark():
    network, variants = bench.Space().network(bench.Space().heaviest())
    assert (network.stem.conv.out_channels, len(network.body[0]), network.classifier.out_features) == (16, 5, 10)
    assert sum(p.numel() for p in network.parameters()) == 1_531_546  # as the benchmark counts its largest network
    assert set(variants) == {"one_output", "reduced"}


def test_a_sample_is_the_middles_of_equal_strata():
    order = sorted(bench.space.multiplications(arch) for arch in TINY.unique())
    found = [bench.space.multiplications(arch) for arch in TINY.spread(4)]
    assert found == [order[int((place + 0.5) * 9445 / 4)] for place in range(4)]
    assert TINY.spread(4) == TINY.spread(4)
    mean = sum(order) / len(order)
    many = [bench.space.multiplications(arch) for arch in TINY.spread(60)]
    assert sum(many) / 60 == pytest.approx(mean, rel=0.02)
    assert TINY.heaviest() == CellSpace.canonical(TINY, TINY.heaviest())


def test_every_pass_is_timed():
    assert {name for name, _ in measure.WAYS.values()} == set(PASSES)
    table = bench.per_pass(SAMPLE[1:], space=TINY, batch=4)
    assert list(table["pass"]) == ["outputs", *(name for name in measure.WAYS if name != "outputs")]
    assert (table["forwards"] > 0).all()
    assert table.set_index("pass")["forwards"]["outputs"] == 1
    plain = table["seconds"][0] / table["unit"][0]
    assert list(table["forwards"] * plain) == pytest.approx(list(table["seconds"] / table["unit"]))


def test_the_minibatch_is_every_proxys_whatever_its_own_default():
    how = measure.setting(8)
    assert how.options["cj"]["batch"] == how.options["os"]["batch"] == 8
    assert measure.by_sample() == ["cnntk"] and how.options["cnntk"]["repeats"] == 1
    assert sorted([*measure.together(), *measure.by_sample()]) == proxies.names()


def test_costs_alone_and_once_passes_are_there():
    names = ["fisher", "grad_norm", "params"]
    runs, costs = bench.per_proxy(SAMPLE, space=TINY, batch=4, repeats=2, names=names)
    assert len(runs) == 4 and len(costs) == 12
    assert set(runs["arch"]) == set(SAMPLE) and (runs["unit"] > 0).all()
    table = costs.groupby("proxy")[["seconds", "own"]].median()
    assert table.loc["grad_norm", "own"] < table.loc["grad_norm", "seconds"] / 2  # nearly all of it is passes
    assert table.loc["params", "seconds"] < table.loc["grad_norm", "seconds"] / 2


def test_a_proxy_without_a_value_has_no_cost(monkeypatch):
    monkeypatch.setattr(measure, "setting", lambda batch: measure.Setting(batch=2 * batch))  # more than there are
    _, costs = bench.per_proxy(SAMPLE[:1], space=TINY, batch=4, names=["grad_norm", "params"])
    assert list(costs["proxy"]) == ["params"]


def test_a_failed_proxy_stops_the_measurement(monkeypatch):
    def fails(network, inputs, targets, *, arch, **given):
        return pd.DataFrame([{"arch": arch, "proxy": "snip", "status": "failed", "reason": "no memory"}])

    monkeypatch.setattr(measure.scoring, "score", fails)
    with pytest.raises(RuntimeError, match="snip failed on .*no memory"):
        bench.per_proxy(SAMPLE[:1], space=TINY, batch=4, names=["snip"])


def test_time_is_that_of_the_call_and_of_this_process_only():
    def work():
        time.sleep(0.3)
        return sum(range(10**6))

    result, cost = measure.timed(work)
    assert result == 499999500000
    assert 0 < cost["seconds"] < 0.3 and cost["unit"] > 0


def test_sizes_are_tried_and_unknown_ones_refused(monkeypatch):
    seen = []
    monkeypatch.setattr(measure, "scored", lambda space, arch, batch, names: seen.append((space.width, batch)))
    table = bench.scaling("width", [2, 4], SAMPLE, space=TINY, batch=3)
    assert list(table["value"]) == [2, 4, 2, 4] and seen[-2:] == [(2, 3), (4, 3)]
    bench.scaling("batch", [5], SAMPLE[:1], space=TINY)
    assert seen[-1] == (2, 5)
    with pytest.raises(ValueError, match="Unknown size 'with'. Did you mean 'width'"):
        bench.scaling("with", [1], SAMPLE)


@pytest.mark.slow
def test_memory_grows_with_the_minibatch_in_a_process_of_its_own():
    held = bytearray(600_000_000)  # of this process: no child may count it
    table = bench.memory({"one": ["grad_norm"]}, SAMPLE[1:], space=bench.Space(cells=1, side=16), batches=[8, 256])
    small, large = table["growth_mb"]
    assert large > small + 50
    assert table["peak_mb"].max() < 900 and len(held)


def test_one_more_proxy_is_computed_alone_and_a_finished_table_not_at_all():
    table = bench.added("grad_norm", count=6, names=["params"]).set_index("step")
    assert table["rows"].to_dict() == {
        "the table without it": 6,
        "it, added to the table": 6,
        "the same again": 0,
        "it alone": 6,
        "all from nothing": 12,
    }
    assert table.loc["the same again", "seconds"] < table.loc["it alone", "seconds"]


def test_tables_of_any_length_are_computed_from_nothing():
    table = bench.throughput([16, 20], names=["params"])
    assert list(table["rows"]) == [16, 20]  # the first 16 share no shard with the other table
    assert list(table["per_arch"]) == list(table["seconds"] / table["count"])
    assert not set(tables.CHEAP) - set(proxies.names())


def test_medians_by_hand():
    rows = pd.DataFrame(
        [("a", "x", 1.0, 1.0), ("a", "x", 6.0, 1.0), ("a", "x", 2.0, 1.0), ("a", "y", 8.0, 2.0)],
        columns=["proxy", "arch", "seconds", "unit"],
    )
    row = bench.summary(rows, "proxy").iloc[0]
    assert (row["median"], row["best"], row["low"], row["high"], row["units"]) == (5, 4.5, 2, 8, 3)


def test_peers_are_compared_in_units_and_a_group_shares_its_passes():
    assert {name for peer in bench.PEERS for name in peer.proxies} <= set(proxies.names())
    rows = [("snip", 0.5, 0.1), ("trainability", 0.3, 0.1), ("expressivity", 0.2, 0.04), ("progressivity", 0.2, 0.06)]
    costs = pd.DataFrame(rows, columns=["proxy", "seconds", "own"]).assign(arch="x", unit=0.01)
    peaks = pd.DataFrame({"case": ["snip"], "peak_mb": [400.0]})
    table = bench.beside_peers(costs, peaks).set_index("proxy")
    assert table.loc["snip", "ratio"] == pytest.approx(1.12 / compare.PEER_UNIT / 50)
    assert table.loc["snip", "ours_mb"] == 400
    assert table.loc["trainability + expressivity + progressivity", "ours"] == pytest.approx(30 + 4 + 6)
    assert len(table) == 2


RUNS = pd.DataFrame({"arch": ["x", "y", "z"], "seconds": [1.0, 2.0, 6.0], "unit": 0.025})
COSTS = pd.DataFrame({"arch": ["x", "y"], "proxy": "cnntk_frozen", "seconds": [1.2, 0.4], "unit": 0.02})
PLAIN = pd.DataFrame({"arch": ["x", "y"], "pass": "outputs", "seconds": [0.1, 0.1], "unit": 0.02})
PEAKS = pd.DataFrame(
    [("y", 32, 5000.0), ("x", 64, 500.0), ("y", 64, 650.0), ("y", 64, 700.0), ("z", 64, 950.0), ("six", 64, 1500.0)],
    columns=["arch", "batch", "peak_mb"],
)
"""Measured twice, `y` has the higher peak; `six` is not of the sample."""


def test_targets_by_hand():
    table = bench.against_targets(RUNS, COSTS, PLAIN, PEAKS)
    assert list(table["what"]) == [*bench.TARGETS, compare.HEAVIEST]
    assert list(table["measured"]) == pytest.approx([80, 3 * 9445 / 7200, 8, 0.7, 1.5])
    assert list(table["verdict"]) == ["accepted", "accepted", "accepted", "aim", "no target"]
    assert list(table["accept"].isna()) == list(table["aim"].isna()) == [False] * 4 + [True]


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ({"runs": RUNS.assign(unit=0.01)}, ["missed", "accepted", "accepted", "aim"]),
        ({"runs": RUNS.assign(seconds=[1.0, 2.0, 7.0])}, ["accepted", "missed", "accepted", "aim"]),
        ({"passes": PLAIN.assign(seconds=0.05)}, ["accepted", "accepted", "missed", "aim"]),
        ({"peaks": PEAKS.assign(peak_mb=PEAKS["peak_mb"] + 1)}, ["accepted"] * 4),
        ({"peaks": PEAKS.assign(peak_mb=PEAKS["peak_mb"] + 301)}, ["accepted"] * 3 + ["missed"]),
    ],
)
def test_each_target_can_be_missed(given, verdict):
    tables = {"runs": RUNS, "costs": COSTS, "passes": PLAIN, "peaks": PEAKS} | given
    assert list(bench.against_targets(**tables)["verdict"])[:4] == verdict
