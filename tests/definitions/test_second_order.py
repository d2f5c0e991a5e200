"""The loss along two directions of the weights, by four streams: the second derivative that double differentiation gives."""

import pytest
import torch
import torch.nn.functional as F
from networks import CASES, filled, minibatch
from torch import Tensor, nn
from torch.autograd.functional import hessian
from torch.nn.functional import cross_entropy

from untrained import passes, recording, second_order
from untrained.initialise import draw
from untrained.second_order import NoRule

TIGHT = 1e-10


class Branches(nn.Module):
    """Concatenated branches, one of them pooled, a sum, and a product with a constant."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.norm, self.relu = nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU()
        self.left, self.right = nn.Conv2d(4, 4, 1), nn.AvgPool2d(3, stride=1, padding=1)
        self.last, self.head = nn.Conv2d(8, 4, 3), nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.norm(self.stem(x)))
        x = torch.cat([self.left(x), self.right(x)], 1)
        return self.head(self.relu(self.last(x)).mean((2, 3)) - 0.5 * x[:, :4].mean((2, 3)))


class Twice(nn.Module):
    """One layer called twice."""

    def __init__(self) -> None:
        super().__init__()
        self.shared, self.relu, self.head = nn.Linear(72, 72), nn.ReLU(), nn.Linear(72, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(1)
        return self.head(self.relu(self.shared(self.relu(self.shared(x)))))


def pooled(*middle: nn.Module, channels: int = 4) -> nn.Module:
    return nn.Sequential(*middle, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 3))


def stacked(norm: nn.Module) -> nn.Module:
    first, second = nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.Conv2d(4, 4, 3, bias=False)
    return pooled(first, norm, nn.ReLU(), second, nn.BatchNorm2d(4), nn.ReLU())


def vectors() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(72, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3))


KNOWN = {
    "perceptron": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(72, 8), nn.ReLU(), nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 3)
    ),
    "normalised": lambda: stacked(nn.BatchNorm2d(4)),
    "no_affine": lambda: stacked(nn.BatchNorm2d(4, affine=False)),
    "large_eps": lambda: stacked(nn.BatchNorm2d(4, eps=0.5)),
    "vectors": vectors,
    "strided": lambda: pooled(nn.Conv2d(2, 4, 3, 2, 1, padding_mode="circular"), nn.ReLU(), nn.Conv2d(4, 4, 2, groups=2)),
    "one_dimension": lambda: nn.Sequential(
        nn.Flatten(2), nn.Conv1d(2, 4, 5, stride=2), nn.ReLU(), nn.AvgPool1d(4), nn.Flatten(), nn.Linear(16, 3)
    ),
    "relu_first": lambda: pooled(nn.ReLU(), nn.Identity(), nn.Conv2d(2, 4, 3)),
    "empty_containers": lambda: pooled(
        nn.Conv2d(2, 4, 3), nn.Sequential(), nn.BatchNorm2d(4), nn.ReLU(), nn.Sequential(nn.Sequential())
    ),
    "branches": Branches,
    "called_twice": Twice,
}
UNKNOWN = {
    "GELU": lambda: pooled(nn.Conv2d(2, 4, 3), nn.GELU()),
    "SiLU": lambda: pooled(nn.Conv2d(2, 4, 3), nn.SiLU()),
    "ReLU6": lambda: pooled(nn.Conv2d(2, 4, 3), nn.ReLU6()),
    "GroupNorm": lambda: pooled(nn.Conv2d(2, 4, 3), nn.GroupNorm(2, 4), nn.ReLU()),
    "LayerNorm": lambda: pooled(nn.Conv2d(2, 4, 3), nn.LayerNorm([4, 4, 4]), nn.ReLU()),
    "MaxPool2d": lambda: pooled(nn.Conv2d(2, 4, 3), nn.MaxPool2d(2)),
}


def prepared(make, norm="batch"):
    """A network in float64 with weights, shifts and statistics none of which is 0 or 1."""
    network = recording.set_modes(filled(make).double(), norm)
    with torch.no_grad():
        for name, values in network.state_dict().items():
            if values.is_floating_point():
                values.add_(torch.from_numpy(draw(name, tuple(values.shape), seed=1)).abs() / 5)
    return network


def batch():
    return torch.from_numpy(draw("x", (7, 2, 6, 6), seed=0)), torch.tensor([0, 2, 1, 1, 0, 2, 2])


def directions_of(network, inputs, targets):
    return passes.loss_gradients(recording.forward(network, inputs), targets).weights


def streamed(network, inputs, targets, tolerance=TIGHT):
    given = directions_of(network, inputs, targets)
    return second_order.curvature(network, inputs, targets, given, tolerance=tolerance)


def literal(network, inputs, targets):
    """The mixed derivative at 0 of L(W + s W + t G), as written."""
    given = directions_of(network, inputs, targets)
    weights = {name: network.get_submodule(name).weight.detach() for name in given}

    def loss(st):
        moved = {f"{name}.weight": w + st[0] * w + st[1] * given[name][1] for name, w in weights.items()}
        return cross_entropy(torch.func.functional_call(network, moved, (inputs,)), targets)

    return float(hessian(loss, torch.zeros(2, dtype=torch.float64))[0, 1])


@pytest.mark.parametrize("norm", ["batch", "running"])
@pytest.mark.parametrize("name", KNOWN)
def test_streams_give_the_second_derivative(name, norm):
    network, (inputs, targets) = prepared(KNOWN[name], norm), batch()
    found, wanted = streamed(network, inputs, targets), literal(network, inputs, targets)
    assert abs(wanted) > 1e-3
    assert found == pytest.approx(wanted, rel=TIGHT)
    run = recording.forward(network, inputs)
    assert passes.curvature(run, targets) == pytest.approx(wanted, rel=TIGHT)


@pytest.mark.parametrize("norm", ["batch", "running"])
@pytest.mark.parametrize("case", ["cell", "mlp", "residual", "no_norm"])
def test_streams_go_through_the_networks_of_the_laws(case, norm):
    network, (inputs, targets) = prepared(CASES[case].make, norm), minibatch()
    inputs = inputs.double()
    assert streamed(network, inputs, targets) == pytest.approx(literal(network, inputs, targets), rel=TIGHT, abs=1e-13)


def test_grasp_of_a_network_that_is_cut_off(measure):
    """Its biases alone move the loss; their gradient is no weight's."""
    network, (inputs, targets) = prepared(CASES["disconnected"].make), minibatch()
    inputs = inputs.double()
    assert measure("grasp", network, inputs, targets) == pytest.approx(-literal(network, inputs, targets), rel=TIGHT)


def test_one_linear_layer_by_hand():
    """One sample x = 1, logits (w, 0), target 0: p = 1 / (1 + e^-w), g = (p - 1, 1 - p), w'H g = 2 w p (1 - p) (p - 1)."""
    network = nn.Linear(1, 2, bias=False).double()
    with torch.no_grad():
        network.weight.copy_(torch.tensor([[2.0], [0.0]]))
    p = 1 / (1 + float(torch.tensor(-2.0, dtype=torch.float64).exp()))
    inputs, targets = torch.ones(1, 1, dtype=torch.float64), torch.tensor([0])
    assert streamed(network, inputs, targets) == pytest.approx(2 * 2 * p * (1 - p) * (p - 1), rel=1e-12)


def test_a_layer_without_a_rule_is_named_and_grasp_goes_the_long_way(measure):
    inputs, targets = batch()
    for name, make in UNKNOWN.items():
        network = prepared(make)
        with pytest.raises(NoRule, match=f"no rule for {name}"):
            streamed(network, inputs, targets)
        assert measure("grasp", network, inputs, targets) == pytest.approx(-literal(network, inputs, targets), rel=1e-9)


@pytest.mark.parametrize("norm", ["frozen", "sample"])
def test_statistics_that_torch_has_no_mode_for_go_the_long_way(norm, measure):
    network, (inputs, targets) = prepared(KNOWN["normalised"], norm), batch()
    with pytest.raises(NoRule, match="no rule for BatchNorm2d"):
        streamed(network, inputs, targets)
    assert all("forward" in vars(layer) for layer in network.modules() if isinstance(layer, nn.BatchNorm2d))
    wanted = literal(network, inputs, targets)
    assert measure("grasp", network, inputs, targets, norm=norm) == pytest.approx(-wanted, rel=1e-9)


class OneBatch(nn.Module):
    """A network that counts on its number of inputs."""

    def __init__(self, shape, head) -> None:
        super().__init__()
        self.first, self.relu, self.head, self.shape = nn.Conv2d(2, 3, 5), nn.ReLU(), head, shape

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.relu(self.first(x)).reshape(self.shape)).flatten(1)


class Functional(nn.Module):
    """Two convolutions and a step between them that no module holds."""

    def __init__(self, step) -> None:
        super().__init__()
        self.first, self.last, self.step = nn.Conv2d(2, 4, 3), nn.Conv2d(4, 3, 3), step

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.step(self.first(x))).mean((2, 3))


class Standardised(nn.Conv2d):
    """A convolution by another weight than its own."""

    def forward(self, x: Tensor) -> Tensor:
        return self._conv_forward(x, self.weight - self.weight.mean((1, 2, 3), keepdim=True), self.bias)


class Scaled(nn.Module):
    """A scale outside the layers."""

    def __init__(self) -> None:
        super().__init__()
        self.scale, self.layer = nn.Parameter(torch.ones(3)), nn.Linear(72, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x.flatten(1)) * self.scale


UNSEEN = {
    "relu": lambda: Functional(F.relu),
    "sigmoid": lambda: Functional(torch.sigmoid),
    "square": lambda: Functional(lambda x: x + 0.1 * x * x),
    "another_weight": lambda: pooled(nn.Conv2d(2, 4, 3), nn.ReLU(), Standardised(4, 4, 3)),
}


@pytest.mark.parametrize("name", UNSEEN)
def test_a_step_that_no_rule_saw_is_found_out(name, measure):
    """Also at the tolerance of single precision."""
    network, (inputs, targets) = prepared(UNSEEN[name]), batch()
    with pytest.raises(NoRule, match="first derivatives are not those of the gradient"):
        streamed(network, inputs, targets, tolerance=torch.finfo(torch.float32).eps ** 0.25)
    assert measure("grasp", network, inputs, targets) == pytest.approx(-literal(network, inputs, targets), rel=1e-9)


@pytest.mark.parametrize(("shape", "head"), [((7, -1), (12, 3)), ((7, 3, -1), (4, 1))])
def test_a_network_of_one_batch_size_goes_the_long_way(shape, head, measure):
    """Its last layer gets too many features of four times the inputs."""
    network, (inputs, targets) = prepared(lambda: OneBatch(shape, nn.Linear(*head))), batch()
    with pytest.raises(NoRule, match="four times the inputs do not pass"):
        streamed(network, inputs, targets)
    assert measure("grasp", network, inputs, targets) == pytest.approx(-literal(network, inputs, targets), rel=1e-9)


def test_logits_that_are_not_four_times_as_many_go_the_long_way():
    """Its reshape takes the streams for features, and its mean mixes them."""
    network, (inputs, targets) = prepared(lambda: OneBatch((7, -1, 4), nn.Linear(4, 1))), batch()
    with pytest.raises(NoRule, match="four times the inputs do not pass"):
        streamed(network, inputs, targets)


def test_each_of_the_two_first_derivatives_is_checked():
    """A direction that is not the gradient spoils g'g alone, or w'g alone."""
    network, (inputs, targets) = prepared(KNOWN["perceptron"]), batch()
    given = directions_of(network, inputs, targets)
    w, g = given["1"]
    for changed in ((w, g * 1.5), (w * 1.5, g)):
        with pytest.raises(NoRule, match="first derivatives"):
            second_order.curvature(network, inputs, targets, given | {"1": changed}, tolerance=1e-4)


def test_parameters_outside_the_layers_and_layers_that_were_not_called_have_no_rule(measure):
    inputs, targets = batch()
    with pytest.raises(NoRule, match="a parameter lies outside the layers"):
        streamed(prepared(Scaled), inputs, targets)
    assert measure("grasp", prepared(Scaled), inputs, targets) != 0
    tied = prepared(lambda: nn.Sequential(nn.Flatten(), nn.Linear(72, 72), nn.ReLU(), nn.Linear(72, 72)))
    tied[3].weight = tied[1].weight
    with pytest.raises(NoRule, match="a parameter lies outside the layers"):
        streamed(tied, inputs, targets)
    aside = prepared(lambda: Functional(lambda x: x))
    aside.unused = nn.Linear(2, 2).double()
    with pytest.raises(NoRule, match="no rule for Linear"):
        streamed(aside, inputs, targets)


def left_by(network):
    tensors = {name: values.clone() for name, values in network.state_dict().items()}
    forwards = [vars(layer).get("forward") for layer in network.modules()]
    return tensors, forwards, [layer.training for layer in network.modules()]


def assert_untouched(network, before):
    tensors, *rest = left_by(network)
    torch.testing.assert_close(tensors, before[0], rtol=0, atol=0)
    assert rest == list(before[1:])


def test_the_network_is_left_as_it_was():
    network, (inputs, targets) = prepared(KNOWN["normalised"]), batch()
    given = directions_of(network, inputs, targets)
    own = network[2].forward
    network[2].forward = own  # set by hand: it must come back, not vanish
    before = left_by(network)
    second_order.curvature(network, inputs, targets, given, tolerance=TIGHT)
    assert_untouched(network, before)
    assert vars(network[2])["forward"] is own
    assert all(w.grad is None for w in network.parameters())


def test_the_network_is_left_as_it_was_by_an_error():
    network, (inputs, targets) = prepared(lambda: Functional(lambda x: x.view(7, 4, 4, 4))), batch()
    given = directions_of(network, inputs, targets)
    before = left_by(network)
    with pytest.raises(RuntimeError, match="invalid for input of size"):
        second_order.curvature(network, inputs, targets, given, tolerance=TIGHT)
    assert_untouched(network, before)


def test_single_precision_is_close_to_double():
    network, (inputs, targets) = prepared(KNOWN["branches"]), batch()
    wanted = literal(network, inputs, targets)
    assert streamed(network.float(), inputs.float(), targets, tolerance=1e-3) == pytest.approx(wanted, rel=1e-4)
