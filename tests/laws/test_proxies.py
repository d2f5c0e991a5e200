"""What holds for every registered proxy on every network."""

import copy
import random
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
import torch
from networks import CASES, COUNT, minibatch
from pandas.testing import assert_frame_equal
from torch.testing import assert_close

import untrained
from untrained import proxies, scores
from untrained.passes import UndeclaredPass
from untrained.probe import Probe
from untrained.setting import Setting

TINY = {"batch": COUNT, "samples": 20 * COUNT, "chunk": 4 * COUNT, "repeats": 2, "draws": 2}
OPTIONS = {name: {k: v for k, v in TINY.items() if k in proxies.get(name).parameters} for name in proxies.names()}
SETTING = Setting(batch=COUNT, precision="float64", options=OPTIONS)

ORDERED = {"zico": "its pieces of the minibatch follow the order", "meco": "it scores the first sample"}
SIZES = {"params", "flops", "n_activations", "vkdnw_dim"}

every_proxy = pytest.mark.parametrize("name", proxies.names())
every_case = pytest.mark.parametrize("case", CASES)


def score(case, names=None, setting=SETTING, order=None):
    inputs, targets = minibatch()
    order = torch.arange(COUNT) if order is None else order
    network, variants = CASES[case].network(), CASES[case].variants()
    return untrained.score(network, inputs[order], targets[order], proxies=names, setting=setting, variants=variants)


@lru_cache
def together(case, precision="float64"):
    """All proxies in one call, so that they share passes."""
    return score(case, setting=replace(SETTING, precision=precision)).set_index("proxy", drop=False)


@every_case
def test_a_value_is_finite_or_undefined_with_a_reason(case):
    table = scores.check(together(case))
    assert list(table.index) == proxies.names()
    assert set(table.status) <= {"ok", "undefined"}, table[table.status == "failed"].reason.to_dict()
    assert ((table.reason != "") == (table.status == "undefined")).all()
    assert (table.seconds >= 0).all()


@every_proxy
@every_case
def test_deterministic_and_the_same_in_company(name, case):
    alone = score(case, [name]).drop(columns="seconds")
    shared = together(case).loc[[name]].reset_index(drop=True).drop(columns="seconds")
    assert_frame_equal(alone, shared, check_exact=True)


def state(network):
    """All that a proxy could leave behind in a network, deeply copied."""
    return copy.deepcopy(
        {
            "tensors": [t.tolist() for t in network.state_dict().values()],
            "gradients": [p.grad.tolist() if p.grad is not None else None for p in network.parameters()],
            "requires_grad": [p.requires_grad for p in network.parameters()],
            "modes": [m.training for m in network.modules()],
            "momentum": [getattr(m, "momentum", None) for m in network.modules()],
            "hooks": [(len(m._forward_hooks), len(m._forward_pre_hooks), len(m._backward_hooks)) for m in network.modules()],
            "dtypes": [t.dtype for t in network.state_dict().values()],
            "layout": [t.stride() for t in network.state_dict().values()],
        }
    )


def surroundings():
    """All that a proxy could change in the process."""
    kind, keys, *rest = np.random.get_state()
    numpy_state = (kind, keys.tolist(), *rest)
    modes = torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_num_threads()
    return numpy_state, random.getstate(), torch.get_rng_state().tolist(), *modes


@every_proxy
@every_case
def test_nothing_is_left_changed(name, case):
    network, (inputs, targets) = CASES[case].network(), minibatch()
    network.register_forward_hook(lambda *_: None)
    for index, module in enumerate(network.modules()):
        module.training = index % 2 == 0
    first, *_, last = network.parameters()
    first.grad, last.requires_grad = torch.ones_like(first), False
    before, around, pixels = state(network), surroundings(), inputs.clone()
    own = replace(SETTING, init=None, precision="float32")  # nothing to convert, so a missing copy would show
    untrained.score(network, inputs, targets, proxies=[name], setting=own, variants=CASES[case].variants())
    assert state(network) == before
    assert surroundings() == around
    assert_close(inputs, pixels, rtol=0, atol=0)
    assert not inputs.requires_grad


@every_proxy
@pytest.mark.parametrize("case", [case for case in CASES if case != "disconnected"])
def test_order_of_the_minibatch_is_irrelevant(name, case, monkeypatch):
    """Each sample keeps the random numbers drawn for it."""
    if name in ORDERED:
        pytest.skip(ORDERED[name])
    order = torch.from_numpy(np.random.default_rng(1).permutation(COUNT))

    def following(drawn):
        def draw(self, key, shape):
            noise = drawn(self, key, shape)
            return noise.unflatten(0, (-1, COUNT))[:, order].flatten(0, 1) if shape[0] % COUNT == 0 else noise

        return draw

    expected = together(case).value[name]  # before the draws are changed
    monkeypatch.setattr(Probe, "noise", following(Probe.noise))
    monkeypatch.setattr(Probe, "signs", following(Probe.signs))
    value = score(case, [name], order=order).value[0]
    assert_close(value, expected, rtol=1e-6, atol=1e-12, equal_nan=True)


@every_proxy
@every_case
def test_single_precision_is_close(name, case):
    single, double = (together(case, precision).loc[name] for precision in ("float32", "float64"))
    assert single.status == double.status
    assert_close(single.value, double.value, rtol=1e-3, atol=1e-7, equal_nan=True)


@every_proxy
def test_only_declared_passes_are_used(name, monkeypatch):
    asked = set()
    monkeypatch.setattr(Probe, "_check", lambda _, step: asked.add(step))
    for case in ("cell", "residual"):
        score(case, [name])
    assert asked <= set(proxies.get(name).needs)


def test_an_undeclared_pass_raises_through_everything(monkeypatch):
    greedy = proxies.Proxy(lambda probe: float(probe.forward().logits.sum()), "higher", ("outputs",), "1F", "none")
    monkeypatch.setattr(proxies, "get", lambda _: greedy)
    with pytest.raises(UndeclaredPass, match=r"'forward': add it to its needs, now \('outputs',\)"):
        score("mlp", ["greedy"], Setting(batch=COUNT))


@every_proxy
def test_direction_and_source_are_named(name):
    one = proxies.get(name)
    assert one.better in {"higher", "lower"}
    assert one.cite
    assert one.passes
    assert one.summary


@every_proxy
def test_the_seed_takes_effect_or_is_not_used(name):
    """A proxy of weights changes with their seed; one that draws nothing itself does not, where the weights are given."""
    changed = score("cell", [name]).value[0] != score("cell", [name], replace(SETTING, seed=5)).value[0]
    assert changed == (name not in SIZES)
    given = replace(SETTING, init=None)
    unmoved = score("cell", [name], given).value[0] == score("cell", [name], replace(given, seed=5)).value[0]
    assert unmoved or {"draws", "samples", "init", "inputs"} & set(proxies.get(name).parameters)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@every_case
def test_a_gpu_agrees(case):
    inputs, targets = (part.cuda() for part in minibatch())
    network, variants = CASES[case].network(), CASES[case].variants()
    there = untrained.score(network, inputs, targets, setting=SETTING, variants=variants).set_index("proxy")
    for name, here in together(case).iterrows():
        assert there.status[name] == here.status, there.reason[name]
        assert_close(there.value[name], here.value, rtol=1e-6, atol=1e-12, equal_nan=True)
