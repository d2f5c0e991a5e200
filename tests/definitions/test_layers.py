"""The per-layer form of D, and the identity of NASWOT on every network of the laws."""

from math import log

import pytest
import torch
from networks import CASES, minibatch
from torch import nn

from untrained.codes import agreement, log_det
from untrained.probe import Probe
from untrained.proxies import Undefined, get
from untrained.setting import Setting


def codes(rows: str) -> torch.Tensor:
    return torch.tensor([[float(c == "1") for c in row] for row in rows.split()], dtype=torch.float64)


class Gates(nn.Module):
    """ReLUs on parts of the inputs' columns: the signs of the inputs are the codes."""

    def __init__(self, *parts: slice) -> None:
        super().__init__()
        self.parts, self.relus, self.head = parts, nn.ModuleList(nn.ReLU() for _ in parts), nn.Linear(1, 2)
        self.double()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        views = {part.start: x[:, part] for part in self.parts}
        found = [relu(views[part.start]) for relu, part in zip(self.relus, self.parts, strict=True)]
        return self.head(sum(f.sum(1, keepdim=True) for f in found))


def test_two_layers_by_hand(measure):
    inputs = 2 * codes("11001 10100 10011") - 1
    first, second = slice(0, 4), slice(0, 5)
    one = measure("distinguish_layers", Gates(first), 2 * codes("1100 1010 1001") - 1)
    assert one == pytest.approx(log(32) - 3 * log(4))  # K = 2 (1 + I) on four units
    other = log(float(torch.linalg.det(agreement(inputs > 0)))) - 3 * log(5)

    class Both(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.head = nn.ReLU(), nn.ReLU(), nn.Linear(9, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.head(torch.cat([self.a(x[:, first]), self.b(x[:, second])], 1))

    assert measure("distinguish_layers", Both().double(), inputs) == pytest.approx((one + other) / 2)


def test_it_is_distinguish_where_there_is_one_layer(measure, normal):
    inputs = normal("x", 6, 40)
    network = Gates(slice(0, 40))
    assert measure("distinguish_layers", network, inputs) == pytest.approx(
        measure("distinguish", network, inputs), rel=1e-12
    )


def test_the_mean_over_relu_modules_written_out(convnet, images, measure):
    hidden = nn.Sequential(*convnet[:2])(images), nn.Sequential(*convnet[:4])(images)
    expected = []
    for layer in hidden:
        bits = layer.detach().flatten(1) > 0
        kernel = torch.tensor([[float((a == b).double().mean()) for b in bits] for a in bits], dtype=torch.float64)
        expected.append(float(kernel.logdet()))
    assert measure("distinguish_layers", convnet, images) == pytest.approx(sum(expected) / 2, rel=1e-12)


def test_two_relus_that_read_one_input_count_twice(measure, normal):
    inputs = normal("y", 5, 30)
    one, two = (measure("distinguish_layers", Gates(part), inputs) for part in (slice(0, 12), slice(12, 30)))
    found = measure("distinguish_layers", Gates(slice(0, 12), slice(0, 12), slice(12, 30)), inputs)
    assert found == pytest.approx((2 * one + two) / 3)


def test_more_units_with_the_same_codes_change_nothing(measure, normal):
    inputs = normal("z", 5, 30)
    doubled = torch.cat([inputs, inputs], 1)
    value = measure("distinguish_layers", Gates(slice(0, 30)), inputs)
    assert measure("distinguish_layers", Gates(slice(0, 60)), doubled) == pytest.approx(value)


@pytest.mark.parametrize(
    ("network", "count", "reason"),
    [
        (nn.Linear(20, 2).double(), 6, "no ReLU"),
        (Gates(slice(0, 4)), 6, "6 inputs on a ReLU's 4 units has rank [45]"),
        (Gates(slice(0, 20)), 3, "4 inputs on a ReLU's 20 units has rank 3"),
    ],
)
def test_undefined_where_a_layer_does_not_tell_inputs_apart(network, count, reason, measure, normal):
    inputs = normal("few", count, 20)
    inputs = torch.cat([inputs, inputs[:1]]) if count == 3 else inputs
    with pytest.raises(Undefined, match=reason):
        measure("distinguish_layers", network, inputs)


@pytest.mark.parametrize("case", CASES)
def test_naswot_is_b_ln_units_plus_the_determinant_of_the_normalised_kernel(case):
    inputs, targets = minibatch()
    probe = Probe(CASES[case].network(), inputs, targets, setting=Setting(batch=len(inputs), precision="float64"))
    found = probe.forward().codes
    if not found:
        pytest.skip("no ReLU")
    units = sum(readers * code.shape[1] for code, readers in found)
    normalised = sum(readers * agreement(code) for code, readers in found) / units
    try:
        wot = get("naswot")(probe)
    except Undefined:
        pytest.skip("two inputs share a code")
    assert get("n_activations")(probe) == units
    assert wot == pytest.approx(len(inputs) * log(units) + log_det(normalised), rel=1e-9)
    assert get("distinguish")(probe) == pytest.approx(log_det(normalised), rel=1e-9)
    assert log_det(normalised) <= 0
