"""Scores of earlier code: kept where a sample of them comes out the same, computed anew where anything else holds."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from untrained import benchmarks, earlier, proxies, scores, scoring, shards
from untrained.setting import Setting

DIGITS = benchmarks.get("nas_bench_digits", "nowhere")
ARCHS = [arch for arch in DIGITS.sample(9, seed=0) if "conv" in arch or "skip" in arch][:5]
SETTING = Setting(batch=8)
NAMES = ("grad_norm", "naswot")
UNITS = [(arch, 0) for arch in "abcdef"]


def table(values, *, names=("p", "q"), status="ok"):
    """One row per unit and proxy; `values` replaces the value of some (unit, proxy)."""
    rows = [
        {"arch": arch, "seed": seed, "proxy": name, "value": values.get((arch, name), 1.0), "status": status}
        for arch, seed in UNITS
        for name in names
    ]
    return pd.DataFrame(rows)


def measured(setting, names=("p", "q")):
    made = table({}, names=names)
    made.attrs = {"setting": setting.as_dict(), "benchmark": "bench", "dataset": setting.dataset}
    return made


def same(before, setting, names=("p", "q"), benchmark="bench"):
    return earlier.same_setting(before, setting, names, benchmark=benchmark)


# -- which rows may be kept ----------------------------------------------------------------------------------------------


def test_proxies_of_the_same_setting_are_those_with_equal_options():
    before = measured(Setting(options={"p": {"batch": 8}, "q": {"batch": 8}, "gone": {"k": 1}}))
    now = Setting(options={"p": {"batch": 8}, "q": {"batch": 16}, "new": {}})
    assert same(before, now, ["p", "q", "new"]) == ["p"]
    assert same(before, Setting()) == []
    assert before.attrs["setting"]["options"]["q"] == {"batch": 8}  # read, not taken away


@pytest.mark.parametrize(
    "change", [{"batch": 8}, {"seed": 1}, {"norm": "running"}, {"init": None}, {"dataset": "x"}, {"skeleton": {"width": 4}}]
)
def test_any_other_setting_keeps_nothing(change):
    assert same(measured(Setting()), Setting()) == ["p", "q"]
    assert same(measured(Setting()), Setting(**change)) == []


def test_a_table_of_a_time_without_some_field_keeps_nothing():
    before = measured(Setting())
    del before.attrs["setting"]["skeleton"]
    assert same(before, Setting()) == []


def test_the_sample_is_fixed_by_the_code_and_another_for_other_code():
    units = [(f"a{i}", 0) for i in range(200)]
    first = earlier.sample(units, 8, code="one")
    assert first == earlier.sample(units, 8, code="one")
    assert first == earlier.sample(units, 20, code="one")[:8]
    assert not set(first) & set(earlier.sample(units, 8, code="two"))
    assert sorted(earlier.sample(units, 500, code="one")) == sorted(units)
    seen = {unit for code in range(200) for unit in earlier.sample(units, 8, code=str(code))}
    assert len(seen) > 195  # no unit is out of reach


NAN = float("nan")


@pytest.mark.parametrize(
    ("before", "now", "holds"),
    [
        ((2.0, "ok"), (2.0, "ok"), True),
        ((2.0, "ok"), (2.0 * (1 + 0.9e-3), "ok"), True),
        ((-2.0, "ok"), (-2.0 * (1 + 0.9e-3), "ok"), True),
        ((2.0, "ok"), (2.0 * (1 + 1.1e-3), "ok"), False),
        ((2.0, "ok"), (-2.0, "ok"), False),
        ((0.0, "ok"), (0.0, "ok"), True),
        ((0.0, "ok"), (1e-12, "ok"), False),
        ((NAN, "undefined"), (NAN, "undefined"), True),
        ((NAN, "undefined"), (NAN, "failed"), False),
        ((2.0, "ok"), (NAN, "undefined"), False),
        ((NAN, "undefined"), (2.0, "ok"), False),
    ],
)
def test_what_confirms_a_row(before, now, holds):
    """And one proxy's row says nothing of another proxy."""
    old, new = table({}), table({})
    for rows, (value, status) in ((old, before), (new, now)):
        rows.loc[6, ["value", "status"]] = [value, status]  # of ("d", "p")
    assert earlier.confirmed(old, new[2:9]) == (["p", "q"] if holds else ["q"])


@pytest.mark.parametrize("change", [{"benchmark": "other"}, {"dataset": "other"}, {"benchmark": None}, {"dataset": None}])
def test_scores_of_another_benchmark_or_data_set_are_not_kept(change):
    before = measured(Setting())
    before.attrs = {key: value for key, value in (before.attrs | change).items() if value}
    assert same(before, Setting()) == []
    assert same(measured(Setting()), Setting(), benchmark="other") == []


def test_rows_are_those_asked_for_that_did_not_fail():
    whole = table({})
    whole.loc[[1, 2], "status"] = ["failed", "undefined"]  # ("a", "q"), ("b", "p")
    assert earlier.rows(whole, UNITS[:2], ["p", "q"])[["arch", "proxy"]].to_numpy().tolist() == [
        ["a", "p"],
        ["b", "p"],
        ["b", "q"],
    ]
    assert earlier.rows(whole, UNITS[:2], ["q"]).arch.tolist() == ["b"]
    assert earlier.rows(whole, [("a", 1), ("z", 0)], ["p"]).empty
    assert earlier.rows(whole, UNITS, []).empty


def test_what_is_lacking_is_grouped_by_proxies():
    held = table({}).drop(index=[1, 3, 4, 5])  # q of a and b, both of c
    assert earlier.lacking(held, UNITS, ["p", "q"]) == {("q",): UNITS[:2], ("p", "q"): [UNITS[2]]}
    assert earlier.lacking(held[:0], UNITS, ["p"]) == {("p",): UNITS}
    assert earlier.lacking(held, UNITS[3:], ["p", "q"]) == {}


def keep(before, truth, units=UNITS, names=("p", "q")):
    asked = []

    def again(some, wanted):
        asked.extend(some)
        return truth[truth["arch"].isin([arch for arch, _ in some]) & truth["proxy"].isin(wanted)]

    return earlier.keep(before, units, names, again, count=2, code="c"), asked


def test_kept_rows_are_the_earlier_ones_of_confirmed_proxies():
    before = table({(arch, "p"): 1.0002 for arch in "abcdef"})
    found, asked = keep(before, table({(arch, "q"): 3.0 for arch in "abcdef"}))
    assert len(asked) == 2
    assert_frame_equal(found, before[before.proxy == "p"])
    found, _ = keep(before, before, units=UNITS[:3])
    assert_frame_equal(found, before[:6])


def test_nothing_is_computed_where_nothing_can_be_kept():
    for change in ({"names": ()}, {"units": [("z", 0)]}, {"units": []}):
        found, asked = keep(table({}), table({}), **change)
        assert found.empty
        assert list(found) == list(table({}))
        assert asked == []


# -- through the scoring -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A scores file of the first four architectures; each value is off by less than the tolerance, to be known again."""
    path = score(tmp_path_factory.mktemp("published"), archs=ARCHS[:4])
    whole, metadata = shards.read(path)
    return shards.write(whole.assign(value=whole["value"] * (1 + 1e-5)), path, metadata)


def score(folder, names=NAMES, *, archs=ARCHS[:4], setting=SETTING, **changes):
    plain = {"folder": folder, "architectures": archs, "shard_size": 2, "workers": 1, "timings": False, "recheck": 2}
    return scoring.score_benchmark("nas_bench_digits", "digits", setting, names, **(plain | changes))


@pytest.fixture
def computed(monkeypatch):
    """Which (architecture, proxies) are computed, in this order."""
    asked, own = [], scoring.score

    def noting(*given, **options):
        asked.append((options["arch"], options["proxies"]))
        return own(*given, **options)

    monkeypatch.setattr(scoring, "score", noting)
    return asked


def values(path):
    return scores.read(path).set_index(["proxy", "arch"]).value


def test_values_that_hold_are_kept_and_only_the_sample_is_computed(tmp_path, published, computed):
    again = score(tmp_path, published=published)
    assert [names for _, names in computed] == [NAMES, NAMES]
    assert len({arch for arch, _ in computed}) == 2
    assert_frame_equal(scores.read(again), scores.read(published), check_exact=True)
    computed.clear()
    assert score(tmp_path, published=published).read_bytes() == again.read_bytes()
    assert computed == []


def test_what_failed_before_is_computed_again_and_the_rest_is_kept(tmp_path, published, computed):
    whole, metadata = shards.read(published)
    lost = whole[(whole["arch"] == ARCHS[1]) & (whole["proxy"] == "naswot")].index
    whole.loc[lost, ["value", "status", "reason"]] = [np.nan, "failed", "MemoryError: none left"]
    other = shards.write(whole, tmp_path / "other.parquet", metadata)
    found = scores.read(score(tmp_path, published=other))
    assert computed[2:] in ([(ARCHS[1], ("naswot",))], [])  # its unit may be in the sample, which has the row then
    assert ARCHS[1] in [arch for arch, _ in computed]
    assert (found["status"] == "ok").all()
    assert list(np.flatnonzero(found["value"] != whole["value"])) == list(lost)


@pytest.mark.parametrize("key", ["benchmark", "dataset"])
def test_a_table_of_something_else_is_not_used(tmp_path, published, computed, key):
    whole, metadata = shards.read(published)
    other = shards.write(whole, tmp_path / "other.parquet", metadata | {key: "other"})
    score(tmp_path, published=other)
    assert [arch for arch, _ in computed] == ARCHS[:4]


def naswot(probe, *, batch=None):
    """Another definition under the same name."""
    return 2.0


def test_a_changed_proxy_alone_is_computed_anew(tmp_path, published, computed, monkeypatch):
    changed = proxies.Proxy(naswot, "higher", (), "1F", "none")
    monkeypatch.setitem(proxies._PROXIES._entries, "naswot", changed)
    found, before = values(score(tmp_path, published=published)), values(published)
    assert [names for _, names in computed] == [NAMES] * 2 + [("naswot",)] * 4
    assert (found["naswot"] == 2).all()
    assert found["grad_norm"].equals(before["grad_norm"])


@pytest.mark.parametrize("change", [{"setting": Setting(batch=8, init="gaussian")}, {"published": "nowhere.parquet"}])
def test_another_setting_or_no_file_computes_everything(tmp_path, published, computed, change):
    found = values(score(tmp_path, **({"published": published} | change)))
    assert [arch for arch, _ in computed] == ARCHS[:4]
    assert not (found == values(published)).any()


def test_options_of_one_proxy_concern_that_proxy(tmp_path, published, computed):
    setting = Setting(batch=8, options={"naswot": {"batch": 4}})
    found, before = values(score(tmp_path, published=published, setting=setting)), values(published)
    assert [names for _, names in computed] == [("grad_norm",)] * 2 + [("naswot",)] * 4
    assert found["grad_norm"].equals(before["grad_norm"])


def test_units_and_proxies_added_later_are_computed_alone(tmp_path, published, computed):
    found = values(score(tmp_path, archs=ARCHS, published=published))
    assert [names for _, names in computed] == [NAMES] * 3
    assert computed[-1][0] == ARCHS[4]
    assert found.drop(ARCHS[4], level="arch").equals(values(published))
    computed.clear()
    score(tmp_path / "other", (*NAMES, "snip"), published=published)
    assert [names for _, names in computed] == [NAMES] * 2 + [("snip",)] * 4
    assert [arch for arch, _ in computed[2:]] == ARCHS[:4]


def test_a_damaged_file_is_named_and_nothing_is_computed(tmp_path, published, computed):
    whole = bytearray(published.read_bytes())
    whole[10] ^= 1
    (tmp_path / "old.parquet").write_bytes(whole)
    with pytest.raises(ValueError, match=r"old\.parquet is damaged .*: delete it and run `dvc pull` or `dvc repro` again"):
        score(tmp_path, published=tmp_path / "old.parquet")
    assert computed == []
    assert np.isfinite(values(published)).all()
