"""A twin is what `copy.deepcopy` gives: equal, apart, and shared inside as its original is."""

import copy

import networks
import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

from untrained import recording
from untrained.copying import twin


class Tied(nn.Module):
    """One layer under two names, one weight in two layers, and attributes of every sort."""

    def __init__(self):
        super().__init__()
        self.first = self.again = nn.Linear(3, 3)
        self.other = nn.Linear(3, 3, bias=False)
        self.other.weight = self.first.weight
        self.register_buffer("scale", torch.ones(3))
        self.notes = {"sizes": [3, (3, [4])], "layer": self.first}
        self.empty = self.also_empty = {}

    def forward(self, x):
        return self.other(self.again(torch.relu(self.first(x)))) * self.scale


class Own(nn.Linear):
    """Says itself how it is copied."""

    def __deepcopy__(self, memo):
        memo[id(self)] = found = Own(3, 3)
        found.load_state_dict(self.state_dict())
        found.said = True
        return found


def cell(norm="batch"):
    return recording.set_modes(networks.filled(networks.cell), norm)


NETWORKS = {
    "cell": (cell, torch.ones(2, 1, 8, 8)),
    "frozen statistics": (lambda: cell("frozen"), torch.rand(2, 1, 8, 8)),
    "tied": (Tied, torch.ones(2, 3)),
    "recurrent": (lambda: nn.LSTM(3, 4, batch_first=True), torch.ones(2, 5, 3)),
    "attention": (lambda: nn.TransformerEncoderLayer(4, 2, 8).eval(), torch.ones(2, 5, 4)),
    "parametrised": (lambda: nn.Sequential(weight_norm(nn.Linear(3, 3)), nn.ReLU()), torch.ones(2, 3)),
    "own copy": (lambda: nn.Sequential(Own(3, 3), nn.ReLU()), torch.ones(2, 3)),
}


@pytest.fixture(params=NETWORKS)
def pair(request):
    make, inputs = NETWORKS[request.param]
    network = make()
    return network, twin(network), inputs


def output(network, inputs):
    found = network(inputs)
    return found[0] if isinstance(found, tuple) else found


def test_it_computes_the_same(pair):
    network, other, inputs = pair
    assert torch.equal(output(network, inputs), output(other, inputs))


def test_it_holds_what_a_deep_copy_holds(pair):
    network, other, _ = pair
    expected = copy.deepcopy(network)
    for mine, wanted in zip(other.modules(), expected.modules(), strict=True):
        assert type(mine) is type(wanted) and vars(mine).keys() == vars(wanted).keys()
    assert [name for name, _ in other.named_parameters()] == [name for name, _ in expected.named_parameters()]
    assert all(torch.equal(a, b) for a, b in zip(other.buffers(), expected.buffers(), strict=True))


def test_nothing_is_shared(pair):
    network, other, inputs = pair
    before = output(network, inputs)
    with torch.no_grad():
        for value in (*other.parameters(), *other.buffers()):
            value.zero_()
    other.register_forward_hook(lambda *_: None)
    assert torch.equal(output(network, inputs), before) and not network._forward_hooks
    held = {id(module) for module in network.modules()} | {id(p) for p in network.parameters()}
    assert held.isdisjoint(id(one) for one in (*other.modules(), *other.parameters()))


def test_what_is_shared_inside_stays_so():
    other = twin(Tied())
    assert other.first is other.again is other.notes["layer"]
    assert other.other.weight is other.first.weight and other.empty is other.also_empty


def test_a_method_put_on_a_layer_is_that_of_its_twin():
    layers = [layer for layer in twin(cell("frozen")).modules() if isinstance(layer, nn.BatchNorm2d)]
    assert layers and all(layer.forward.__self__ is layer for layer in layers)
    assert all(layer.momentum == 0.0 for layer in layers)


def test_a_graph_is_refused_as_a_deep_copy_refuses_it():
    network = nn.Linear(2, 2)
    network.kept = network(torch.ones(1, 2))
    with pytest.raises(RuntimeError, match="deepcopy"):
        twin(network)


def test_its_own_way_of_copying_is_asked():
    assert twin(nn.Sequential(Own(3, 3)))[0].said
