"""The claims on the strongest fusion come out either way, on hand-made tables."""

import numpy as np
import pandas as pd
import pytest

from untrained.claims import get, names
from untrained.fusion.few_labels import STRONGEST

KEY = "nas_bench_201-cifar10"


def rows(
    free: float = 0.7, strongest: dict | None = None, *, single: float = 0.6, linear: float = 0.7, draws: int = 10
) -> pd.DataFrame:
    """A table of the stage: the fusion in use, a single indicator, and draws of two learners."""
    roles = {"consensus": ("in use", free), "meco": ("single chosen elsewhere", single)}
    made = [
        {"part": "free", "method": name, "role": role, "value": v, "low": v - 0.02, "high": v + 0.02, "n": 400, "asked": 0}
        for name, (role, v) in roles.items()
    ]
    for asked, value in (strongest or {20: 0.72, 100: 0.8}).items():
        for method, mean in ((STRONGEST, value), ("linear", linear)):
            for draw, v in enumerate(mean + np.linspace(-0.01, 0.01, draws)):
                made.append({"part": "curve", "method": method, "asked": asked, "draw": draw, "value": v, "n_test": 300})
    frame = pd.DataFrame(made)
    pieces = [frame.assign(metric=metric) for metric in ("krocc", "srocc", "within")]
    return pd.concat(pieces, ignore_index=True)


def judged(id: str, table: pd.DataFrame, key: str = KEY) -> object:
    one = get(f"{id}@{key}")
    return one(dict.fromkeys(one.tables.values(), table))


@pytest.mark.parametrize(("labels", "target"), [(0, 0.80), (20, 0.78), (100, 0.86)])
def test_a_target_is_met_or_missed(labels, target):
    for value, verdict in ((target + 0.001, "holds"), (target - 0.001, "fails")):
        found = judged(f"strongest-target-{labels}", rows(value, {20: value, 100: value}))
        assert found.verdict == verdict
        assert found.ours == pytest.approx(value)
        assert f"{value - target:+.3f} against it" in found.reason
        assert found.low < value < found.high


def test_a_target_with_chosen_labels_reads_those():
    table = rows(strongest={20: 0.7, 100: 0.7})
    assert judged("strongest-target-20-chosen", table).verdict == "not testable here"
    chosen = table[table["part"] == "curve"].assign(
        part="trained", trained="doubt", value=lambda found: found["value"] + 0.09
    )
    both = pd.concat([table, chosen], ignore_index=True)
    found = judged("strongest-target-20-chosen", both)
    assert (found.verdict, found.ours) == ("holds", pytest.approx(0.79))
    assert judged("strongest-target-20", both).verdict == judged("strongest-target-100-chosen", both).verdict == "fails"


def test_targets_of_all_cells_read_the_table_of_all_cells():
    """A sample and the whole space are two claims, each with its own table; a thousand labels are for the space alone."""
    for id in ("strongest-target-0", "strongest-target-20", "strongest-target-100-chosen"):
        sample, every = (get(f"{id}{end}@{KEY}") for end in ("", "-every-cell"))
        assert (sample.tables["rows"], every.tables["rows"]) == (f"strongest/{KEY}", f"strongest/{KEY}-whole")
        assert "all 9,445 cells" in every.statement
        assert "9,445" not in sample.statement
    assert get(f"strongest-target-1000-chosen@{KEY}").tables["rows"] == f"strongest/{KEY}-whole"
    ids = [id for id in names() if id.startswith("strongest-target-")]
    assert not [id for id in ids if "1000" in id and "every-cell" in id]
    assert not [id for id in ids if "every-cell" in id and "nas_bench_201" not in id]
    assert judged("strongest-target-20-every-cell", rows(strongest={20: 0.79})).verdict == "holds"
    assert judged("strongest-target-20-every-cell", rows(strongest={20: 0.77})).verdict == "fails"


def test_a_target_says_how_it_stands_to_what_was_published():
    """The target of NAS-Bench-101 is the published figure itself; no target is below one."""
    words = {key: get(f"strongest-target-0@{key}").published for key in (KEY, "nas_bench_101-cifar10", "darts-cifar10")}
    assert "above 0.75 of VKDNW aggregate, the best published fused score" in words[KEY]
    assert "equal to 0.77 of LIBRA" in words["nas_bench_101-cifar10"]
    assert "above 0.74 of LIBRA" in words["darts-cifar10"]
    assert "above 0.859 of VKDNW, proxies and GRAF, random forest" in get(f"strongest-target-1000@{KEY}").published
    assert not [id for id in names() if id.startswith("strongest-target-") and "itself, below" in get(id).published]


def test_the_reason_says_what_was_measured():
    assert "consensus; 400 architectures" in judged("strongest-target-0", rows()).reason
    assert "mean of 10 draws, judged on 300 architectures" in judged("strongest-target-100", rows()).reason


def test_ten_draws_are_wanted():
    found = judged("strongest-target-100", rows(draws=9))
    assert found.verdict == "not testable here"
    assert "There are 9 draws with 100 labels" in found.reason
    assert judged("strongest-target-1000", rows()).verdict == "not testable here"


def test_published_fits_of_1024_meet_ours_of_1000():
    id = "strongest-beats-vkdnw-proxies-and-graf-random-forest-1024"
    assert judged(id, rows(strongest={1000: 0.86})).verdict == "holds"
    assert judged(id, rows(strongest={1000: 0.858})).verdict == "fails"
    assert get(f"{id}@{KEY}").paper == "tybl2025vkdnw"


def test_a_thousand_labels_are_judged_on_every_cell():
    one = get(f"strongest-target-1000@{KEY}")
    assert list(one.tables.values()) == [f"strongest/{KEY}-whole"]
    assert "all 9,445 cells" in one.statement
    assert list(get(f"strongest-target-100@{KEY}").tables.values()) == [f"strongest/{KEY}"]


def test_a_rank_correlation_of_its_own_metric():
    key = "nas_bench_101-cifar10"
    table = rows()
    table.loc[(table["metric"] == "srocc") & (table["role"] == "in use"), ["value", "low", "high"]] = 0.78
    assert judged("strongest-target-0", table, key).verdict == "holds"
    assert judged("strongest-beats-libra-0", table, key).ours == 0.78


def test_without_labels_against_the_single_indicator():
    assert judged("strongest-free-beats-single", rows(0.7, single=0.67)).verdict == "holds"
    assert judged("strongest-free-beats-single", rows(0.7, single=0.69)).verdict == "fails"
    assert judged("strongest-free-beats-single", rows().query("method != 'meco'")).verdict == "not testable here"


def test_with_kin_against_the_fusions_alone():
    def table(alone: float) -> pd.DataFrame:
        made = rows(0.7, single=alone)
        return made.replace({"method": {"consensus": "all fusions and kin", "meco": "mean of all fusions"}})

    assert judged("strongest-kin-help", table(0.67)).verdict == "holds"
    assert judged("strongest-kin-help", table(0.69)).verdict == "fails"
    assert judged("strongest-kin-help", rows()).verdict == "not testable here"
    assert "strongest-kin-help@nas_bench_digits" not in names()


def test_twenty_labels_against_a_hundred():
    assert judged("strongest-20-beats-linear-100", rows(linear=0.719)).verdict == "holds"
    assert judged("strongest-20-beats-linear-100", rows(linear=0.721)).verdict == "fails"
    assert judged("strongest-20-beats-linear-100", rows(strongest={20: 0.7})).verdict == "not testable here"


def test_at_equal_size():
    assert judged("strongest-beats-size-at-equal-size", rows()).verdict == "holds"
    assert judged("strongest-beats-size-at-equal-size", rows(strongest={100: 0.005})).verdict == "fails"


def test_every_claim_waits_for_its_own_table():
    mine = [id for id in names() if id.startswith("strongest-")]
    assert len(mine) == len(set(mine)) > 40
    assert get(f"strongest-target-0@{KEY}").stage == f"strongest_public@{KEY}"
    assert get("strongest-free-beats-single@nas_bench_digits").stage == "strongest@nas_bench_digits"
    for id in mine:
        assert get(id)({}).verdict == "not testable here"
