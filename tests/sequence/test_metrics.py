"""Every metric against its literal definition on tiny networks, known values, and when there is none."""

import math
from itertools import islice

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from untrained import downloads, passes
from untrained.benchmarks import get
from untrained.probe import Undefined
from untrained.sequence import metrics, text
from untrained.sequence.cells import RecurrentLanguageModel, initialise
from untrained.sequence.metrics import K, SequenceProbe
from untrained.sequence.recipes import HAND_MADE, recipe_str, shorthand, valid

TOKENS = torch.arange(24).reshape(6, 4)
RNN, LSTM, GRU = map(shorthand, HAND_MADE.values())
DEAD = shorthand("a=linear x h_prev_0; zero=prod h_prev_0 h_prev_0; h_new_0=prod zero a")
every_recipe = pytest.mark.parametrize("recipe", [RNN, LSTM, GRU], ids=["rnn", "lstm", "gru"])


def network(recipe, double=True):
    model = initialise(RecurrentLanguageModel(recipe, vocabulary=50, embedding=8, hidden=12))
    return model.double() if double else model


def value(name, recipe, tokens=TOKENS):
    return metrics.get(name)(SequenceProbe(network(recipe), tokens))


def score(matrix):
    """S of a correlation matrix by the general eigenvalue solver."""
    v = np.linalg.eigvals(matrix).real
    return -np.sum(np.log(v + K) + 1 / (v + K))


class Given(SequenceProbe):
    """A probe whose states are given."""

    def __init__(self, rows):
        super().__init__(network(RNN), TOKENS)
        self.rows = rows

    def states(self, layer):
        return self.rows


def covariance(rows):
    return metrics.get("hidden_covariance_1")(Given(torch.tensor(rows, dtype=torch.float64)))


def test_known_scores():
    assert covariance([[1, -1, 1, -1], [1, 1, -1, -1]]) == pytest.approx(-2, abs=1e-9)  # uncorrelated
    assert covariance([[1, 2, 3, 4], [2, 4, 6, 8], [1, -1, 1, -1]]) == pytest.approx(-99_990.832069, rel=1e-9)
    assert covariance([[1, 0, -1, 0], [0.5, 3**0.5 / 2, -0.5, -(3**0.5) / 2]]) == pytest.approx(-2.3789668170, rel=1e-9)
    assert covariance([[1, 2, 3], [2, 4, 6]]) == pytest.approx(-(math.log(K) + 1 / K) - (math.log(2 + K) + 1 / (2 + K)))


def test_a_score_depends_on_correlations_alone():
    rows = np.random.default_rng(0).normal(size=(10, 30))
    first = covariance(rows.tolist())
    assert -99_988.49 * 10 <= first <= -10
    for same in (rows[::-1], rows[:, ::-1], rows * 3 + 5, rows * np.where(np.arange(10) == 4, -1, 1)[:, None]):
        assert covariance(same.tolist()) == pytest.approx(first, rel=1e-11)


@pytest.mark.parametrize(
    ("recipe", "wanted"),
    [
        (RNN, (-617.74, -6950.81, -647.50)),
        (LSTM, (-1536.18, -87924.96, -234957.57)),
        (GRU, (-44047.87, -103782.20, -80154.71)),
    ],
    ids=["rnn", "lstm", "gru"],
)
def test_known_hidden_covariance_of_tiny_networks(recipe, wanted):
    """In single precision, with the published stream of weights; single sums differ between machines."""
    torch.set_flush_denormal(True)
    probe = SequenceProbe(network(recipe, double=False), TOKENS, graph=False)
    assert [metrics.get(f"hidden_covariance_{layer}")(probe) for layer in (1, 2, 3)] == pytest.approx(wanted, rel=1e-3)


@every_recipe
def test_hidden_covariance_is_its_definition(recipe):
    probe = SequenceProbe(network(recipe), TOKENS)
    for layer, seen in enumerate(probe.forward().incoming, start=1):
        X = torch.stack(seen).detach().numpy()
        R = np.corrcoef(X.reshape(-1, X.shape[-1]).T)
        assert R.shape == (8 if layer == 3 else 12,) * 2
        assert metrics.get(f"hidden_covariance_{layer}")(probe) == pytest.approx(score(R), rel=1e-6)
        assert metrics.get(f"null_directions_{layer}")(probe) == (np.linalg.eigvalsh(R) < K).sum()


def test_null_directions_count_what_is_linearly_dependent():
    rows = np.random.default_rng(0).normal(size=(3, 40))
    found = Given(torch.tensor(np.vstack([rows, rows[0] - rows[1], 2 * rows[2] + 1])))
    assert metrics.get("null_directions_1")(found) == 2


def test_undefined_where_a_unit_is_constant():
    assert not torch.stack(network(DEAD).unroll(network(DEAD).embedding[TOKENS]).incoming[0]).any()
    for name in ("hidden_covariance_1", "null_directions_3"):
        with pytest.raises(Undefined, match="hidden units of layer [13] are constant"):
            value(name, DEAD)
    for name in ("jacobian_covariance", "jacobian_cosine"):
        with pytest.raises(Undefined, match="4 of 4 rows"):
            value(name, DEAD)


def test_undefined_where_states_or_gradients_are_not_finite():
    model = network(RNN)
    model.layers[1].operations["node_0"].bias.data[0] = math.nan
    probe = SequenceProbe(model, TOKENS)
    assert metrics.get("hidden_covariance_1")(probe) < 0
    with pytest.raises(Undefined, match="hidden units of layer 2 are not finite"):
        metrics.get("hidden_covariance_2")(probe)
    with pytest.raises(Undefined, match="input gradients are not finite"):
        metrics.get("jacobian_cosine")(probe)


@every_recipe
def test_input_gradients_by_finite_differences(recipe):
    model = network(recipe)
    embedded = model.embedding[TOKENS].detach()
    rows, _ = SequenceProbe(model, TOKENS).slopes()
    for step, sequence, entry in ((0, 0, 0), (3, 1, 7), (5, 3, 2)):
        shift = torch.zeros_like(embedded)
        shift[step, sequence, entry] = 1e-5
        up, down = (model.unroll(embedded + s).output.sum() for s in (shift, -shift))
        assert float((up - down).detach()) / 2e-5 == pytest.approx(float(rows[sequence, step * 8 + entry]), rel=1e-6)


@every_recipe
def test_jacobian_metrics_are_their_definitions(recipe):
    J = SequenceProbe(network(recipe), TOKENS).slopes()[0].numpy()
    assert value("jacobian_covariance", recipe) == pytest.approx(score(np.corrcoef(J)), rel=1e-9)
    unit = J / np.linalg.norm(J, axis=1, keepdims=True)
    pairs = [abs(unit[i] @ unit[j]) ** 0.05 for i in range(4) for j in range(4) if i != j]
    assert value("jacobian_cosine", recipe) == pytest.approx(1 - 0.5 * sum(pairs) / 12, rel=1e-12)


@every_recipe
def test_saliencies_are_their_definitions(recipe):
    model = network(recipe)
    run = model.unroll(model.embedding[TOKENS])
    states = [h for layer in run.incoming for h in layer if h.requires_grad]
    slopes = torch.autograd.grad(run.output.sum(), states, retain_graph=True)
    total = sum(float((h * q).detach().abs().sum()) for h, q in zip(states, slopes, strict=True))
    assert value("hidden_saliency", recipe) == pytest.approx(total, rel=1e-12)
    run.output.backward(run.output.detach())
    names = [f"layers.{i}.operations.{node}.weights" for i, part in enumerate(model.layers) for node in part.linear()]
    chosen = {n: p for n, p in model.named_parameters() if n.startswith(tuple(names)) and not n.endswith("weights.0")}
    assert len(chosen) == 3 * len(model.layers[0].linear())
    total = sum(float((p * p.grad).detach().abs().sum()) for p in (model.embedding, *chosen.values()))
    assert value("synaptic_saliency", recipe) == pytest.approx(total, rel=1e-12)


def test_a_state_that_a_layer_passes_up_counts_both_ways():
    """h_1 of the first layer reaches y through the next step and through the second layer."""
    model = network(RNN)
    embedded = model.embedding[TOKENS].detach()
    probe = SequenceProbe(model, TOKENS)
    slope = probe.slopes()[1][1]
    above = torch.autograd.functional.jacobian(lambda h: _from(model, embedded, h), probe.forward().incoming[0][1].detach())
    assert_close(slope, above)


def _from(model, embedded, h):
    """sum(y) as a function of the first layer's state after the first step."""
    first = model.layers[0]
    node, out = first.operations["node_0"], [h]
    for x in embedded[1:]:
        out.append(torch.tanh(node.bias + x @ node.weights[0].T + out[-1] @ node.weights[1].T))
    below = torch.stack(out)
    for layer in model.layers[1:]:
        _, below = layer(below)
    return below.sum()


@every_recipe
def test_activation_distance_is_its_definition(recipe):
    """One step and one layer at a time, in a language model that is run by hand."""
    codes = []
    model = network(recipe)
    for module in model.modules():
        if type(module) in (torch.nn.Tanh, torch.nn.Sigmoid, torch.nn.LeakyReLU):
            module.register_forward_hook(lambda _, args, out: codes.append((out > 0).numpy()))
    with torch.no_grad():
        model(TOKENS)
    agree = sum((code[:, None] == code[None]).sum(-1) for code in codes)
    assert value("activation_distance", recipe) == pytest.approx(np.linalg.slogdet(agree)[1], rel=1e-9)


def test_activation_distance_is_undefined_without_activations_or_between_equal_sequences():
    with pytest.raises(Undefined, match="no activation node"):
        value("activation_distance", DEAD)
    with pytest.raises(Undefined, match="same activations"):
        value("activation_distance", RNN, TOKENS[:, [0, 1, 0]])


@pytest.mark.parametrize("name", metrics.names())
def test_the_network_is_left_as_it_was(name):
    model = network(LSTM)
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    first, second = (metrics.get(name)(SequenceProbe(model, TOKENS)) for _ in range(2))
    assert first == second
    assert_close(dict(model.state_dict()), before, rtol=0, atol=0)
    assert all(p.grad is None for p in model.parameters())
    assert not any(module._forward_hooks for module in model.modules())


@pytest.mark.parametrize("name", [n for n in metrics.names() if n != "params"])
def test_the_order_of_sequences_does_not_count(name):
    assert value(name, LSTM, TOKENS.flip(1)) == pytest.approx(value(name, LSTM), rel=1e-6)


def test_what_needs_no_gradient_costs_no_graph():
    probe = SequenceProbe(network(GRU), TOKENS, graph=False)
    for name in metrics.names():
        if not metrics.get(name).graph:
            assert metrics.get(name)(probe) == value(name, GRU)
    assert not probe.forward().output.requires_grad


def test_every_metric_says_what_it_is():
    for name in metrics.names():
        assert len(metrics.get(name).summary) > 20
        assert metrics.get(name).cite and metrics.get(name).better in ("higher", "lower")
    with pytest.raises(KeyError, match="Did you mean 'hidden_covariance_1'"):
        metrics.get("hidden_covarince_1")


def at_hand(file):
    """In the cache or on the mirror: a test downloads nothing."""
    return downloads._at_hand((file,), "data", downloads.CACHE)


@pytest.mark.slow
@pytest.mark.skipif(
    not (downloads.available("nas_bench_nlp") and at_hand(text.PTB)), reason=f"no copy of {text.PTB} at hand"
)
@pytest.mark.parametrize(
    ("rank", "wanted"),
    [(47, (-8202.385977, -72034.75943, -112712.902)), (210, (-6_863_846.353, -24_758_442.99, -28_873_288.69))],
)
def test_released_values_at_full_size(rank, wanted):
    *_, (_, recipe) = islice(valid(1), rank + 1)
    bench = get("nas_bench_nlp")
    torch.set_flush_denormal(True)
    tokens = torch.from_numpy(bench.images("ptb", 50)[0].T)
    probe = SequenceProbe(bench.build(recipe_str(recipe), "ptb"), tokens, graph=False)
    assert [metrics.get(f"hidden_covariance_{layer}")(probe) for layer in (1, 2, 3)] == pytest.approx(wanted, rel=1e-5)


def test_row_correlation_is_the_shared_one():
    """The definition above reads numpy; the probe reads the correlation that image proxies use."""
    rows = torch.randn(5, 9, generator=torch.Generator().manual_seed(0))
    assert_close(passes.row_correlation(rows).numpy(), np.corrcoef(rows.double().numpy()))
