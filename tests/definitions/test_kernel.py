import copy

import pytest
import torch
from torch import nn

from untrained.gram import condition_number, gram, sample_rows
from untrained.proxies import Undefined

PLAIN = {"init": None, "repeats": 1}


def literal_kernel(network: nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    """G G', one backward pass of one sample's summed logits at a time; rows over every parameter named "weight"."""
    weights = [p for name, p in network.named_parameters() if name.endswith("weight")]
    rows = []
    for sample in range(len(inputs)):
        network.zero_grad()
        network(inputs)[sample].sum().backward()
        rows.append(torch.cat([w.grad.flatten() for w in weights]))
    G = torch.stack(rows)
    return G @ G.T


@pytest.mark.parametrize("norm", ["batch", "running"])
def test_cnntk_is_the_ratio_of_extreme_eigenvalues(norm, convnet, images, measure):
    found = measure("cnntk", convnet, images, batch=6, norm=norm, **PLAIN)
    values = torch.linalg.eigvalsh(literal_kernel(convnet.train(norm == "batch"), images))
    assert found == pytest.approx(float(values[-1] / values[0]), rel=1e-8)


def test_norm_modes_are_different_measurements(convnet, images, measure):
    batch, running = (measure("cnntk", convnet, images, batch=6, norm=norm, **PLAIN) for norm in ("batch", "running"))
    assert abs(batch / running - 1) > 0.1


def test_linear_network_gives_the_input_gram(measure):
    inputs = torch.diag(torch.tensor([1.0, 2.0, 3.0])).double()
    assert measure("cnntk", nn.Linear(3, 4), inputs, batch=3, **PLAIN) == pytest.approx(9)
    assert measure("cnntk", nn.Linear(3, 4), torch.eye(3), batch=3, **PLAIN) == pytest.approx(1)
    network = nn.Linear(3, 4).double()
    torch.testing.assert_close(literal_kernel(network, inputs), 4 * inputs @ inputs.T)


def test_two_linear_layers(measure, normal):
    X, W, a = normal("X", 3, 5), normal("W", 6, 5), normal("a", 1, 6)
    network = nn.Sequential(nn.Linear(5, 6, bias=False), nn.Linear(6, 1, bias=False)).double()
    with torch.no_grad():
        network[0].weight.copy_(W)
        network[1].weight.copy_(a)
    kernel = X @ (float(a.square().sum()) * torch.eye(5).double() + W.T @ W) @ X.T
    assert measure("cnntk", network, X, batch=3, **PLAIN) == pytest.approx(condition_number(kernel), rel=1e-9)
    with torch.no_grad():
        network[1].weight.mul_(10)  # scales one part of the kernel, unlike an output factor
    assert measure("cnntk", network, X, batch=3, **PLAIN) != pytest.approx(condition_number(kernel), rel=1e-3)
    assert condition_number(100 * kernel) == pytest.approx(condition_number(kernel))
    assert condition_number(kernel.flip(0).flip(1)) == pytest.approx(condition_number(kernel))


def test_gram_adds_up_parameters(normal):
    pieces = [normal("a", 4, 3), normal("b", 4, 5)]
    whole = torch.cat(pieces, 1)
    torch.testing.assert_close(gram(pieces), whole @ whole.T)


def test_repeats_average_initialisations(convnet, images, measure):
    one = [measure("cnntk", convnet, images, batch=6, repeats=n, init="kaiming_fan_out") for n in (1, 2)]
    assert one[0] != one[1]


def test_duplicated_input_is_clipped_at_round_off(measure, normal):
    inputs = normal("x", 3, 4)
    found = measure("cnntk", nn.Linear(4, 2), torch.cat([inputs, inputs[:1]]), batch=4, **PLAIN)
    assert 1e13 < found <= 2.0**52 / 4


def test_undefined_when_all_gradients_are_zero(measure):
    with pytest.raises(Undefined, match="gradients are zero"):
        measure("cnntk", nn.Linear(3, 2), torch.zeros(2, 3), batch=2, **PLAIN)


def test_a_layer_that_no_output_depends_on_adds_nothing(measure, normal):
    class Aside(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head, self.dead = nn.Linear(3, 2), nn.Sequential(nn.Conv1d(1, 2, 3), nn.BatchNorm1d(2))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.dead(x[:, None])
            return self.head(x)

    inputs, network = normal("x", 3, 3), Aside()
    expected = measure("cnntk", network.head, inputs, batch=3, **PLAIN)
    for name in ("cnntk", "cnntk_frozen", "cnntk_running"):
        assert measure(name, network, inputs, batch=3, **PLAIN) == pytest.approx(expected)


def frozen(network: nn.Module, inputs: torch.Tensor) -> nn.Module:
    """Eval mode with the batch's own statistics written into the buffers, layer by layer."""
    twin, x = copy.deepcopy(network).eval(), inputs
    for layer in twin:
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.copy_(x.mean((0, 2, 3)))
            layer.running_var.copy_(x.var((0, 2, 3), correction=0))
        x = layer(x).detach()
    return twin


def test_kernel_with_frozen_statistics(convnet, images, measure):
    with torch.no_grad():
        twin = frozen(convnet, images)
    torch.testing.assert_close(twin(images), convnet(images))
    kernel = literal_kernel(twin, images)
    options = {"batch": 6, "init": None}
    assert measure("cnntk_frozen", convnet, images, **options) == pytest.approx(condition_number(kernel), rel=1e-8)
    assert measure("ntk_trace", convnet, images, **options) == pytest.approx(float(kernel.trace()), rel=1e-10)


def test_kernel_with_running_statistics_equals_eval_mode(convnet, images, measure):
    layerwise = measure("cnntk_running", convnet, images, batch=6, init=None)
    assert layerwise == pytest.approx(measure("cnntk", convnet, images, batch=6, norm="running", **PLAIN), rel=1e-8)


LAYERS = {
    "grouped": (nn.Conv2d(4, 6, 3, groups=2, stride=2, padding=1), (5, 4, 6, 6)),
    "same": (nn.Conv2d(2, 3, 3, padding="same", dilation=2, padding_mode="reflect"), (5, 2, 6, 6)),
    "one_dimension": (nn.Conv1d(2, 3, 3, padding=1), (5, 2, 7)),
    "tokens": (nn.Linear(3, 4), (5, 6, 3)),
    "vector": (nn.Linear(3, 4), (5, 3)),
    "layer_norm": (nn.LayerNorm(3), (5, 6, 3)),
    "layer_norm_of_maps": (nn.LayerNorm([2, 3]), (5, 2, 3)),
    "group_norm": (nn.GroupNorm(2, 4), (5, 4, 3, 3)),
    "batch_norm": (nn.BatchNorm2d(4).eval(), (5, 4, 3, 3)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_every_rule_equals_batches_of_one(name, normal):
    layer, shape = copy.deepcopy(LAYERS[name][0]).double(), LAYERS[name][1]
    x = normal("x", *shape)
    output = layer(x)
    q = normal("q", *output.shape)
    found = sample_rows(layer, x, q)
    for sample in range(5):
        layer.zero_grad()
        layer(x[sample : sample + 1]).backward(q[sample : sample + 1])
        torch.testing.assert_close(found[sample], layer.weight.grad.flatten())


def test_a_layer_called_twice_counts_once_with_both_gradients(measure, normal):
    shared = nn.Linear(4, 4)
    network = nn.Sequential(shared, nn.Tanh(), shared, nn.Linear(4, 2)).double()
    inputs = normal("x", 3, 4)
    found = measure("ntk_trace", network, inputs, batch=3, init=None)
    assert found == pytest.approx(float(literal_kernel(network, inputs).trace()), rel=1e-10)


def test_a_layer_without_a_rule_is_named(measure, normal):
    class Own(nn.Linear):
        pass

    class Scale(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.ones(3))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * self.weight

    inputs = normal("x", 3, 3)
    assert measure("ntk_trace", Own(3, 2), inputs, batch=3, init=None) > 0
    with pytest.raises(Undefined, match="Scale"):
        measure("ntk_trace", nn.Sequential(Scale(), nn.Linear(3, 2)), inputs, batch=3, init=None)
