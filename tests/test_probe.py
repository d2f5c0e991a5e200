"""A probe, its relatives, and what is held of them: one pass for all that need it, no graph longer than its proxy."""

import gc
import weakref
from dataclasses import replace

import pytest
import torch
from networks import CASES, COUNT, minibatch
from pandas.testing import assert_frame_equal
from torch.testing import assert_close

import untrained
from untrained import passes, proxies, recording, scoring
from untrained.probe import Probe, Undefined
from untrained.setting import Setting

TINY = {"batch": COUNT, "samples": 20 * COUNT, "chunk": 4 * COUNT, "repeats": 2, "draws": 2}
OPTIONS = {name: {k: v for k, v in TINY.items() if k in proxies.get(name).parameters} for name in proxies.names()}
SETTING = Setting(batch=COUNT, options=OPTIONS)


def make(case="cell", **changes):
    return Probe(CASES[case].network(), *minibatch(), setting=replace(SETTING, **changes), variants=CASES[case].variants())


def score(names=None, case="cell"):
    return untrained.score(
        CASES[case].network(), *minibatch(), proxies=names, setting=SETTING, variants=CASES[case].variants()
    )


# -- relatives -----------------------------------------------------------------------------------------------------------


def test_a_relative_of_a_relative_has_both_changes():
    probe = make()
    both = probe.variant(norm="frozen").variant(seed=1)
    assert both is probe.variant(norm="frozen", seed=1)
    assert both is probe.variant(seed=1).variant(norm="frozen")
    assert both is not probe.variant(seed=1)
    assert both.setting == replace(SETTING, norm="frozen", seed=1)
    assert_close(both.kernel(), make(norm="frozen", seed=1).kernel(), rtol=0, atol=0)
    assert not torch.equal(both.kernel(), probe.variant(norm="frozen").kernel())


def test_the_way_back_leads_to_the_root():
    probe = make()
    assert probe.variant() is probe
    assert probe.variant(seed=SETTING.seed) is probe
    assert probe.variant(norm="frozen", seed=4).variant(norm="batch", seed=0) is probe


def test_a_named_relative_keeps_its_name_through_further_changes():
    probe = make()
    one = probe.variant("one_output")
    moved = one.variant(seed=3)
    assert (moved.name, moved.setting.seed) == ("one_output", 3)
    assert moved is probe.variant("one_output", seed=3)
    assert one.variant(norm="batch") is one is not probe
    assert moved.forward().logits.shape == (COUNT, 1)
    assert probe.variant(seed=3).forward().logits.shape == (COUNT, 3)
    assert_close(moved.forward().logits, make_one(seed=3).forward().logits, rtol=0, atol=0)
    assert moved.variant("reduced").setting.seed == 3
    with pytest.raises(Undefined, match="needs the network's variant 'two_outputs'"):
        one.variant("two_outputs")


def make_one(**changes):
    return Probe(CASES["cell"].variants()["one_output"](), *minibatch(), setting=replace(SETTING, **changes))


# -- what is kept --------------------------------------------------------------------------------------------------------


def test_graphs_of_relatives_end_with_the_proxy_and_kernels_stay():
    probe = make()
    own = probe.forward()
    with probe.restricted(("forward", "kernel", "input_jacobian", "loss_gradients")):
        frozen = probe.variant(norm="frozen")
        kernel, jacobian, run = frozen.kernel(), frozen.input_jacobian(), frozen.forward()
        graph, gradients = weakref.ref(run.logits), weakref.ref(frozen.loss_gradients())
        assert frozen.forward() is run
        del run
    gc.collect()
    assert graph() is None
    assert gradients() is None
    assert frozen.kernel() is kernel
    assert frozen.input_jacobian() is jacobian
    assert probe.forward() is own


def test_an_error_of_a_proxy_lets_its_relatives_go_too():
    probe = make()
    with pytest.raises(ArithmeticError), probe.restricted(("forward",)):
        graph = weakref.ref(probe.variant(seed=1).forward().logits)
        raise ArithmeticError
    gc.collect()
    assert graph() is None


def test_what_was_let_go_is_computed_again_with_the_same_value():
    probe = make()
    run, gradients, jacobian = probe.forward(), probe.loss_gradients(), probe.input_jacobian()
    probe.release()
    assert probe.forward() is not run
    assert_close(probe.forward().logits, run.logits, rtol=0, atol=0)
    again = probe.loss_gradients()
    assert again is not gradients
    assert all(torch.equal(again.weights[name][1], gradients.weights[name][1]) for name in gradients.weights)
    assert probe.input_jacobian() is jacobian


@pytest.fixture
def counted(monkeypatch):
    """How often the passes of the network's own weights ran."""
    ran = {"forward": 0, "loss_gradients": 0, "correlations": 0}
    forward, gradients = recording.forward, passes.loss_gradients

    def counting_forward(network, inputs, **how):
        ran["forward"] += 1
        return forward(network, inputs, **how)

    def counting_gradients(run, targets, *, relus):
        ran["loss_gradients"] += 1
        ran["correlations"] += relus
        return gradients(run, targets, relus=relus)

    monkeypatch.setattr(recording, "forward", counting_forward)
    monkeypatch.setattr(passes, "loss_gradients", counting_gradients)
    return ran


@pytest.mark.parametrize("names", [["snip", "wrcor", "fisher", "grasp"], ["wrcor", "naswot", "grasp", "snip"]])
def test_one_backward_pass_serves_all_proxies_in_any_order(names, counted):
    score(names)
    assert counted == {"forward": 1, "loss_gradients": 1, "correlations": 1}


def test_nothing_is_correlated_that_nobody_asks_for(counted):
    score(["snip", "grasp"])
    assert counted == {"forward": 1, "loss_gradients": 1, "correlations": 0}


# -- order and company ---------------------------------------------------------------------------------------------------


def test_relatives_run_last_and_rows_stand_as_asked(monkeypatch):
    row, ran, held = scoring._row, [], []

    def noting(one, subject):
        ran.append(one.name)
        held.append(any(step[1] == "forward" and step[0] == id(subject) for step in subject._cache))
        return row(one, subject)

    monkeypatch.setattr(scoring, "_row", noting)
    names = ["cnntk_frozen", "snip", "cj", "grad_norm", "zen", "naswot"]
    assert list(score(names).proxy) == names
    assert ran == ["snip", "grad_norm", "naswot", "cnntk_frozen", "cj", "zen"]
    assert held == [False, True, True, False, False, False]  # the network's own graph is gone before the relatives come


def test_what_needs_no_graph_runs_in_its_room(monkeypatch):
    """Rows stand as asked; the recorded pass is over before the dear passes that do not read it, and runs once."""
    row, ran, held, runs = scoring._row, [], [], []
    forward = recording.forward

    def noting(one, subject):
        ran.append(one.name)
        found = row(one, subject)
        held.append(any(step[1] == "forward" for step in subject._cache))
        return found

    monkeypatch.setattr(scoring, "_row", noting)
    monkeypatch.setattr(recording, "forward", lambda *args, **how: runs.append(how) or forward(*args, **how))
    names = ["grasp", "zico", "synflow", "naswot", "wrcor", "snip"]
    assert list(score(names).proxy) == names
    assert ran == ["naswot", "wrcor", "snip", "grasp", "zico", "synflow"]
    assert held == [True] * 3 + [False] * 3
    assert runs == [{"record": "responses"}]


def test_a_pass_that_reads_more_takes_the_place_of_one_that_read_less():
    probe = make()
    jacobian = probe.input_jacobian()
    lean = probe._forward(None)
    whole = probe.forward()
    assert not lean.codes
    assert whole.codes
    assert probe._forward(None) is whole
    assert_close(whole.logits, lean.logits, rtol=0, atol=0)
    responses = probe.relu_responses()
    assert len(responses) == len(whole.codes)
    assert probe.forward().responses is responses
    assert sum(step[1] == "forward" for step in probe._cache) == 1
    assert probe.input_jacobian() is jacobian


def test_values_depend_neither_on_order_nor_on_company():
    together = score().drop(columns="seconds").set_index("proxy")
    assert (together.status == "ok").mean() > 0.9
    names = proxies.names()
    for some in (names[::-1], names[::3], names[1::3][::-1]):
        assert_frame_equal(score(some).drop(columns="seconds").set_index("proxy"), together.loc[some], check_exact=True)


def test_those_that_measure_relatives_say_so(monkeypatch):
    """A proxy that says nothing would hold a relative's memory beside the network's own graph."""
    variant, made = Probe.variant, []

    def noting(self, name=None, **changes):
        found = variant(self, name, **changes)
        made.append(found is not self._root)
        return found

    monkeypatch.setattr(Probe, "variant", noting)
    for name in proxies.names():
        made.clear()
        score([name])
        assert any(made) <= proxies.get(name).relative, name
