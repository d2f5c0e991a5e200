import copy

import pytest
import torch
from torch import nn

from untrained.initialise import fill
from untrained.proxies import Undefined


def test_synflow_by_hand(measure):
    network = nn.Sequential(nn.Linear(2, 2, bias=False), nn.ReLU(), nn.Linear(2, 1, bias=False)).double()
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([[1.0, -2.0], [3.0, 4.0]]))
        network[2].weight.copy_(torch.tensor([[-1.0, 2.0]]))
    inputs = torch.zeros(1, 2)
    assert measure("synflow", network, inputs) == pytest.approx(34)  # two layers, R = 17 each
    with torch.no_grad():
        network[0].weight.mul_(-3)
    assert measure("synflow", network, inputs) == pytest.approx(3 * 34)


def test_synflow_of_a_chain_is_layers_times_output(chain, measure, normal):
    result = torch.ones(5).double()
    for layer in chain[::2]:
        result = layer.weight.detach().abs() @ result
    assert measure("synflow", chain, normal("x", 2, 5)) == pytest.approx(3 * float(result.sum()), rel=1e-12)


def test_synflow_of_a_network_with_normalisation_and_bias(convnet, images, measure):
    conv, _, relu, strided, _, pool, flatten, head = convnet
    w = [layer.weight.detach().abs().requires_grad_() for layer in (conv, strided, head)]
    b = [layer.bias.detach().abs() for layer in (strided, head)]
    x = torch.ones(1, 2, 6, 6, dtype=torch.float64)
    x = relu(nn.functional.conv2d(x, w[0], padding=1))
    x = relu(nn.functional.conv2d(x, w[1], b[0], stride=2, padding=1))
    total = nn.functional.linear(flatten(pool(x)), w[2], b[1]).sum()
    total.backward()
    expected = sum(float((v * v.grad).abs().sum()) for v in w)
    assert measure("synflow", convnet, images) == pytest.approx(expected, rel=1e-12)


def test_synflow_survives_depth_that_overflows_float32(measure, normal):
    deep = nn.Sequential(*(layer for _ in range(60) for layer in (nn.Linear(10, 10, bias=False), nn.ReLU())))
    with torch.no_grad():
        for layer in deep[::2]:
            layer.weight.fill_(1)
    assert measure("synflow", deep, normal("x", 1, 10)) == pytest.approx(60 * 10.0**61, rel=1e-9)


def test_undefined_when_disconnected(chain, measure, normal):
    with torch.no_grad():
        chain[2].weight.zero_()
    with pytest.raises(Undefined, match="no path"):
        measure("synflow", chain, normal("x", 1, 5))


def test_scaling_a_layer_scales_the_score(chain, measure, normal):
    fill(chain, seed=2)
    before = measure("synflow", chain, normal("x", 1, 5))
    with torch.no_grad():
        chain[4].weight.mul_(7)
    assert measure("synflow", chain, normal("x", 1, 5)) == pytest.approx(7 * before)


def test_synflow_bn_keeps_normalisation(convnet, images, measure):
    twin = copy.deepcopy(convnet)
    with torch.no_grad():
        for value in twin.state_dict().values():
            value.abs_()
    twin(torch.ones(1, 2, 6, 6, dtype=torch.float64)).sum().backward()
    expected = sum(float((twin[k].weight * twin[k].weight.grad).detach().abs().sum()) for k in (0, 3, 7))
    assert measure("synflow_bn", convnet, images) == pytest.approx(expected, rel=1e-12)


def test_synflow_bn_is_synflow_without_normalisation(chain, measure, normal):
    inputs = normal("x", 1, 5)
    assert measure("synflow_bn", chain, inputs) == measure("synflow", chain, inputs)


def test_one_vector_cannot_be_normalised(measure, normal):
    network = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    with pytest.raises(Undefined, match="more than 1 value"):
        measure("synflow_bn", network, normal("x", 3, 5))
