"""Laws of every registered search method, and of the loop that runs it."""

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
from search.words import ARCHS, oracle, part, random_oracle, space

from untrained import search
from untrained.search import Budget, Space
from untrained.search.loop import IDLE, spend

REFERENCES = (Path(__file__).parents[2] / "book/references.bib").read_text()
BUDGET = Budget(queries=12)
SPACE = space()


@pytest.fixture(params=search.names())
def name(request):
    return request.param


def go(name, *, budget=BUDGET, seed=3, oracle=oracle, **given):
    return search.run(name, SPACE, oracle, budget, seed, **given)


def test_same_seed_same_trajectory(name):
    first = go(name)
    go(name, seed=4)
    np.random.default_rng().random(3)
    assert go(name) == first


@pytest.mark.parametrize("told", [oracle, random_oracle], ids=["oracle", "random oracle"])
@pytest.mark.parametrize("budget", [Budget(queries=1), Budget(queries=7), Budget(40, seconds=1500.0)], ids=str)
def test_budget_is_kept_and_architectures_are_valid(name, budget, told):
    run = go(name, budget=budget, oracle=told)
    assert sum(query.fidelity for query in run.queries) <= budget.queries * SPACE.fidelities[-1]
    assert sum(query.seconds for query in run.queries) <= budget.seconds
    assert len({(query.arch, query.fidelity) for query in run.queries}) == len(run.queries) <= run.asked
    assert {query.arch for query in run.queries} | {run.pick} <= set(ARCHS)
    assert all((query.value, query.seconds) == told(query.arch, query.fidelity) for query in run.queries)
    assert len(run.picks()) == len(run.queries) and run.picks()[-1:] in ([], [run.pick])


def test_interrupted_run_resumes(name):
    """What was told before the interruption is not asked again, and the trajectory is the same."""
    whole, answers, calls = go(name), {}, []

    def breaks(arch, fidelity):
        if len(calls) == len(whole.queries) // 2:
            raise KeyboardInterrupt
        calls.append((arch, fidelity))
        return oracle(arch, fidelity)

    if whole.queries:
        with pytest.raises(KeyboardInterrupt):
            go(name, oracle=breaks, answers=answers)
    rest = []
    again = go(name, oracle=lambda *key: rest.append(key) or oracle(*key), answers=answers)
    assert again == whole
    assert [*calls, *rest] == [(query.arch, query.fidelity) for query in whole.queries]


def test_whole_space_can_be_paid_for(name):
    """A budget above the size of the space ends, and a method that asks for everything returns the best there is."""
    small = part(SPACE, 30)
    run = search.run(name, small, oracle, Budget(queries=70), 1)
    if {query.arch for query in run.queries if query.fidelity == 200} == set(small.architectures):
        assert run.pick == max(small.architectures, key=lambda arch: oracle(arch, 200)[0])
    else:
        assert run.ended != "out of budget"


def test_every_method_says_what_it_needs(name):
    bare = Space(ARCHS[:8], lambda arch: [])
    if search.get(name).lacks(bare):
        with pytest.raises(ValueError, match="cannot search here"):
            search.run(name, bare, lambda arch, fidelity: (0.0, 1.0), BUDGET, 0)
    else:
        assert (
            search.run(name, bare, lambda arch, fidelity: (float(ARCHS.index(arch)), 1.0), BUDGET, 0).pick in bare.position
        )


def test_unknown_option_is_refused(name):
    with pytest.raises(ValueError, match="has no option 'no_such_option'"):
        go(name, no_such_option=1)


def test_every_method_is_described_and_cited(name):
    entry = search.get(name)
    assert entry.summary.endswith(".") and f"{{{entry.cite}," in REFERENCES


def scripted(*asked, pick=None):
    """A method that asks for a fixed list and keeps what it was told in `heard`."""
    heard = []

    def method():
        for question in asked:
            heard.append((yield question))
        return pick

    return method(), heard


def test_distinct_queries_are_charged_once():
    method, heard = scripted("aaaa", "aaab", "aaaa", ("aaaa", 12), "aaac")
    queries, pick, asked, ended = spend(method, SPACE, oracle, Budget(queries=2.06))
    assert [(query.arch, query.fidelity) for query in queries] == [("aaaa", 200), ("aaab", 200), ("aaaa", 12)]
    assert (asked, ended) == (5, "out of budget") and heard[2] == heard[0] and len(heard) == 4
    assert pick == max(("aaaa", "aaab"), key=lambda arch: oracle(arch, 200)[0])


def test_training_that_would_run_out_of_time_tells_nothing():
    method, heard = scripted("aaaa", "dddd")
    queries, pick, _, ended = spend(method, SPACE, oracle, Budget(seconds=399.0))
    assert [query.arch for query in queries] == ["aaaa"] == [pick] and len(heard) == 1 and ended == "out of budget"


def test_short_training_never_outranks_a_long_one():
    method, _ = scripted("aaaa", ("dddd", 12))
    queries, pick, *_ = spend(method, SPACE, oracle, Budget(queries=2))
    assert queries[1].value > queries[0].value and pick == "aaaa"


def test_own_pick_counts_only_when_the_method_came_to_its_end():
    assert spend(scripted("aaaa", pick="bbbb")[0], SPACE, oracle, Budget(queries=1))[1] == "bbbb"
    assert spend(scripted("aaaa", "aaab", pick="bbbb")[0], SPACE, oracle, Budget(queries=1))[1] == "aaaa"


def test_going_in_circles_ends():
    run = spend(scripted("aaaa", *["aaaa"] * 3 * IDLE)[0], SPACE, oracle, Budget(queries=5))
    assert run[3] == "in circles" and len(run[0]) == 1


@pytest.mark.parametrize(
    ("asked", "message"), [("zzzz", "'zzzz', which is none of the 256"), (("aaaa", 7), r"7 epochs of 'aaaa'; on offer")]
)
def test_invalid_questions_are_refused(asked, message):
    with pytest.raises(ValueError, match=message):
        spend(scripted(asked)[0], SPACE, oracle, BUDGET)


def test_missing_value_is_refused():
    with pytest.raises(ValueError, match="says nan for 'aaaa'"):
        spend(scripted("aaaa")[0], SPACE, lambda arch, fidelity: (math.nan, 1.0), BUDGET)


def test_no_query_and_no_pick_is_an_error():
    with pytest.raises(ValueError, match="did not pay for one query"):
        spend(scripted("aaaa")[0], SPACE, oracle, Budget(queries=0.5))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"architectures": ("a", "a")}, "2 architectures, 1 of them distinct"),
        ({"features": np.zeros((2, 3))}, r"features of shape \(2, 3\)"),
        ({"codes": np.zeros((3, 2))}, "codes of 3 architectures"),
        ({"fidelities": (200, 12)}, r"fidelities \(200, 12\)"),
    ],
)
def test_space_whose_parts_do_not_fit(change, message):
    good = Space(("a", "b"), lambda arch: [], np.zeros((2, 1)), ("m",), np.zeros((2, 2)), (1,))
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(good, **change)
