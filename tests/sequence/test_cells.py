"""The recurrent network against its definition written out, and the stream of weights against known values."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from untrained.sequence.cells import RecurrentLanguageModel, initialise
from untrained.sequence.recipes import HAND_MADE, shorthand, size

OTHERS = {
    "blend of states": "a=linear h_prev_0 x h_prev_1; a_act=leaky_relu a; b=linear a_act x; b_act=sigm b; "
    "h_new_0=blend b_act h_prev_1 a_act; h_new_1=sum h_prev_0 b_act",
    "backwards": "h_new_0=tanh f; f=linear g_act x; g_act=sigm g; g=linear h_prev_0",
}
RECIPES = {str(identity): shorthand(text) for identity, text in (HAND_MADE | OTHERS).items()}
SIZE = {"vocabulary": 20, "embedding": 4, "hidden": 6}
every_recipe = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)


def model(recipe, *, seed=0, **changes):
    return initialise(RecurrentLanguageModel(recipe, **SIZE | changes), seed=seed)


def value(recipe, name, known, weights):
    """Value of a node by recursion, float64; `weights` are (matrices, bias) by node."""
    if name in known:
        return known[name]
    op, inputs = recipe[name]
    u = [value(recipe, other, known, weights) for other in inputs]
    if op == "linear":
        matrices, bias = weights[name]
        return bias + sum(W @ v for W, v in zip(matrices, u, strict=True))
    return {
        "elementwise_sum": lambda: u[0] + u[1],
        "elementwise_prod": lambda: u[0] * u[1],
        "blend": lambda: u[0] * u[1] + (1 - u[0]) * u[2],
        "activation_tanh": lambda: np.tanh(u[0]),
        "activation_sigm": lambda: 1 / (1 + np.exp(-u[0])),
        "activation_leaky_relu": lambda: np.where(u[0] > 0, u[0], 0.01 * u[0]),
    }[op]()


@every_recipe
def test_states_are_those_of_the_definition(recipe):
    network = model(recipe).double()
    tokens = torch.tensor([3, 1, 4, 1, 5])
    run = network.unroll(network.embedding[tokens[:, None]])
    names = dict(zip(recipe, network.layers[0].recipe, strict=True))
    x = network.embedding[tokens].detach().numpy()
    for layer, seen in zip(network.layers, run.incoming, strict=True):
        weights = {
            name: ([w.detach().numpy() for w in part.weights], part.bias.detach().numpy())
            for name in layer.linear()
            for part in [layer.operations[name]]
        }
        weights = {name: weights[new] for name, new in names.items() if new in weights}
        state, out = [np.zeros(layer.outputs)] * layer.states, []
        for step, h in enumerate(seen):
            np.testing.assert_allclose(h[0].detach().numpy(), state[0], rtol=1e-10, atol=1e-12)
            known = {"x": x[step]} | {f"h_prev_{i}": h for i, h in enumerate(state)}
            state = [value(recipe, f"h_new_{i}", known, weights) for i in range(layer.states)]
            out.append(state[0])
        x = np.array(out)
    np.testing.assert_allclose(run.output[:, 0].detach().numpy(), x, rtol=1e-10, atol=1e-12)


@every_recipe
def test_sequences_do_not_see_each_other_and_no_step_sees_the_next(recipe):
    network, tokens = model(recipe).double(), torch.arange(18).reshape(6, 3)
    whole, alone = (network.unroll(network.embedding[part]) for part in (tokens, tokens[:4, 1:2]))
    for layer, single in zip(whole.incoming, alone.incoming, strict=True):
        assert_close([h[1:2] for h in layer[:4]], single)
        assert not layer[0].any()


@every_recipe
def test_size_is_the_formula_and_widths_alternate(recipe):
    network = model(recipe)
    assert sum(p.numel() for p in network.parameters()) == size(recipe, **SIZE)
    run = network.unroll(network.embedding[torch.zeros(2, 3, dtype=torch.long)])
    assert [len(layer) for layer in run.incoming] == [2, 2, 2]
    assert [layer[0].shape for layer in run.incoming] == [(3, 6), (3, 6), (3, 4)]
    assert network(torch.zeros(2, 3, dtype=torch.long)).shape == (2, 3, 20)


def test_the_decoder_is_the_embedding():
    network = model(RECIPES["1000000"])
    tokens = torch.tensor([[0], [1]])
    run = network.unroll(network.embedding[tokens])
    assert_close(network(tokens)[1, 0, 7], run.output[1, 0] @ network.embedding[7])


@every_recipe
def test_weights_lie_in_their_bounds_and_depend_on_the_seed_alone(recipe):
    one, two, other = (model(recipe, seed=seed) for seed in (0, 0, 1))
    assert_close(one.state_dict(), two.state_dict(), rtol=0, atol=0)
    assert not torch.equal(one.embedding, other.embedding)
    assert 0.09 < float(one.embedding.abs().max().detach()) <= 0.1
    for layer in one.layers:
        values = torch.cat([p.detach().flatten() for p in layer.parameters()])
        assert 0.9 < float(values.abs().max()) * layer.outputs**0.5 <= 1


def test_filling_leaves_the_shared_generator_alone():
    before = torch.get_rng_state()
    model(RECIPES["1000001"])
    assert_close(torch.get_rng_state(), before, rtol=0, atol=0)


def test_the_stream_is_that_of_the_published_code():
    """By torch's own modules, as that code creates and redraws them: a linear node of two inputs in each layer."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        torch.nn.Embedding(20, 4)
        wanted = []
        for k, d in ((4, 6), (6, 6), (6, 4)):
            torch.nn.Linear(k, d, bias=False), torch.nn.Linear(d, d, bias=False), torch.empty(d).uniform_()
            bound = 1 / d**0.5
            wanted.append([torch.empty(shape).uniform_(-bound, bound) for shape in ((d,), (d, k), (d, d))])
        torch.nn.Linear(6, 20)
        torch.empty(20, 4).uniform_()
        embedding = torch.empty(20, 4).uniform_(-0.1, 0.1)
    network = model(RECIPES["1000000"])
    assert_close(network.embedding.detach(), embedding, rtol=0, atol=0)
    for layer, (bias, *matrices) in zip(network.layers, wanted, strict=True):
        node = layer.operations["node_0"]
        assert_close(node.bias.detach(), bias, rtol=0, atol=0)
        assert_close([w.detach() for w in node.weights], matrices, rtol=0, atol=0)
    assert not network.bias.any()
