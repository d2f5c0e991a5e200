"""The registry of claims: verdicts are checked when made, missing tables are said, judging never stops half-way."""

import json
from pathlib import Path

import pandas as pd
import pytest

from untrained import claims
from untrained.claims import Verdict, claim, judge
from untrained.claims.benches import DARTS, DIGITS, NDS_DARTS_IN, PAPERS, TRANSNAS_MACRO, TRANSNAS_MICRO
from untrained.registry import UnknownName

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("hold", 1.0), "Unknown verdict 'hold'. Did you mean 'holds'"),
        (("holds",), "has a value of ours"),
        (("fails", None, 0.0, 1.0), "has a value of ours"),
        (("holds", float("nan")), "finite numbers"),
        (("holds", 1.0, 2.0, 3.0), "around the value"),
        (("holds", 1.0, 0.5), "wanted both ends"),
        (("not testable here",), "has a reason"),
        (("not testable here", 1.0, None, None, "why"), "no value of ours"),
    ],
)
def test_a_verdict_is_checked(arguments, message):
    with pytest.raises(ValueError, match=message):
        Verdict(*arguments)


def test_good_verdicts():
    assert Verdict("holds", 0.2, 0.1, 0.3).reason == ""
    assert Verdict("fails", "plcc nlr").low is None
    assert Verdict("not testable here", reason="no table").ours is None


def test_every_claim_says_what_it_needs():
    assert len(set(claims.names())) == len(claims.names())
    cited = (ROOT / "book" / "references.bib").read_text(encoding="utf-8")
    for name in claims.names():
        entry = claims.get(name)
        assert entry.id == name
        assert entry.tables
        assert entry.published
        assert f"{{{entry.paper}," in cited, f"{name}: {entry.paper} is not in references.bib"
        assert entry.function.__doc__
    assert set(claims.table()["id"]) == set(claims.names())
    assert {"fusion/nas_bench_digits-splits", "correlations/nas_bench_201-cifar10"} <= set(claims.needed())


SPACES = [
    bench.title for bench in (DIGITS, *PAPERS, *TRANSNAS_MICRO.values(), *TRANSNAS_MACRO.values(), NDS_DARTS_IN, DARTS)
]
SPACES += ["DARTS space", "DARTS-Digits", "NAS-Bench-NLP", "FlexiBERT space", "Every search space at hand"]
SAID = {
    "set": ("unique set", "full set", "all strings", "unique architectures", "recipes", "trained genotypes"),
    "truth": ("test accuracy", "test error", "test loss", "GLUE score", "SWAP of 16"),
    "seeds": ("seed", "trainings", "one training"),
    "interval": ("95 %", "standard error", "rank-sum", "on every architecture", "over seeds", "the share that is left"),
}
"""What a statement has to say, and the words for it."""
RANKS = ("KROCC", "SROCC", "Kendall's tau", "D, the log-determinant", "D the log-determinant")


def test_every_statement_names_benchmark_set_truth_seeds_interval_and_metric():
    for name in claims.names():
        statement, tables = claims.get(name).statement, claims.get(name).tables.values()
        assert any(statement.startswith(space) for space in SPACES), name
        ranked = any(table.startswith(("correlations/", "control/", "fusion/")) for table in tables)
        for what, words in {**SAID, **({"metric": RANKS} if ranked else {})}.items():
            assert any(word in statement for word in words), f"{name} names no {what}: {statement}"


def test_no_two_claims_check_one_sentence_against_one_figure():
    found = [(entry.statement, entry.published, entry.paper) for entry in map(claims.get, claims.names())]
    assert len(set(found)) == len(found)


def test_without_tables_nothing_is_testable():
    rows = judge({})
    assert [row["id"] for row in rows] == claims.names()
    assert {row["verdict"] for row in rows} == {"not testable here"}
    reasons = {row["id"]: row["reason"] for row in rows}
    assert reasons["fi-beats-size"] == (
        "There is no table fusion/nas_bench_digits-splits: stage fuse@nas_bench_digits makes it."
    )
    assert "`make paper` with the originals" in reasons["fi-beats-size@nas_bench_201-cifar10"]
    keys = {"id", "paper", "statement", "published", "ours", "low", "high", "verdict", "reason", "notebook", "stage"}
    assert set(rows[0]) == keys
    json.dumps(rows, allow_nan=False)


def test_parameters_and_tables_must_agree():
    about = {"paper": "p", "statement": "s", "published": "-", "stage": "a", "notebook": "b"}
    with pytest.raises(ValueError, match=r"names tables for \['x'\], its function takes \['y'\]"):
        claim("wrong", **about, tables={"x": "t"})(lambda y: Verdict("holds", 1.0))


def test_unknown_id_gets_a_suggestion():
    with pytest.raises(UnknownName, match="Did you mean 'fi-beats-size'"):
        claims.get("fi-beat-size")


def test_a_claim_reads_its_tables_by_name():
    frame = pd.DataFrame({"a": [1.0]})
    entry = claims.Claim(lambda one: Verdict("holds", one["a"].item()), "x", "p", "s", "-", "a", "b", {"one": "folder/name"})
    assert entry({"folder/name": frame}).ours == 1.0
    assert entry({"name": frame}).verdict == "not testable here"
