from math import inf, log, pi

import pytest
import torch
from torch import nn

from untrained.codes import agreement, log_det
from untrained.proxies import Undefined


def codes(rows: str) -> torch.Tensor:
    return torch.tensor([[c == "1" for c in row] for row in rows.split()])


def gates(width: int) -> nn.Module:
    """The signs of the inputs are the codes."""
    network = nn.Sequential(nn.ReLU(), nn.Linear(width, 2))
    return network.double()


def test_naswot_is_the_log_determinant_of_hamming_agreements(convnet, images, measure):
    hidden = nn.Sequential(*convnet[:2])(images), nn.Sequential(*convnet[:4])(images)
    bits = torch.cat([layer.detach().flatten(1) > 0 for layer in hidden], 1)
    units = bits.shape[1]
    kernel = torch.tensor([[units - int((a != b).sum()) for b in bits] for a in bits], dtype=torch.float64)
    assert measure("naswot", convnet, images) == pytest.approx(float(kernel.logdet()), rel=1e-12)


@pytest.mark.parametrize(("units", "distance", "expected"), [(10, 3, log(51)), (10, 10, 2 * log(10)), (10, 0, -inf)])
def test_two_inputs_with_a_hamming_distance(units, distance, expected):
    bits = torch.zeros(2, units, dtype=torch.bool)
    bits[1, :distance] = True
    assert log_det(agreement(bits)) == pytest.approx(expected, rel=1e-7)


def test_three_codes_by_hand(measure):
    bits = codes("1100 1010 1001")
    assert agreement(bits).tolist() == [[4, 2, 2], [2, 4, 2], [2, 2, 4]]
    assert measure("naswot", gates(4), bits.double() * 2 - 1) == pytest.approx(log(32))


def test_naswot_does_not_see_order_or_complement_and_doubling_units_adds_b_ln_2():
    bits = torch.rand(5, 30, generator=torch.Generator().manual_seed(0)) < 0.5
    value = log_det(agreement(bits))
    assert log_det(agreement(bits[torch.tensor([3, 0, 4, 1, 2])])) == pytest.approx(value)
    assert log_det(agreement(bits.flip(1))) == pytest.approx(value)
    assert log_det(agreement(bits ^ (torch.arange(30) % 3 == 0))) == pytest.approx(value)
    assert log_det(agreement(torch.cat([bits, bits], 1))) == pytest.approx(value + 5 * log(2))


@pytest.mark.parametrize(("samples", "expected"), [(8, -3.348), (32, -18.684)])
def test_fair_random_codes(samples, expected):
    assert log(1 + samples) - samples * log(2) == pytest.approx(expected, abs=1e-3)
    bits = torch.rand(samples, 400_000, generator=torch.Generator().manual_seed(1)) < 0.5
    assert log_det(agreement(bits) / bits.shape[1]) == pytest.approx(expected, abs=0.02)


def test_one_random_layer_gives_the_arc_cosine_kernel(normal):
    first = torch.tensor([1.0, 0.0], dtype=torch.float64)
    second = torch.tensor([0.27, (1 - 0.27**2) ** 0.5], dtype=torch.float64)
    bits = torch.stack([normal("hidden", 100_000, 2) @ x > 0 for x in (first, second)])
    expected = 1 - torch.arccos(torch.tensor(0.27)).item() / pi
    assert float(agreement(bits)[0, 1]) / 100_000 == pytest.approx(expected, abs=0.005)


def test_a_unit_at_zero_is_off(measure):
    inputs = torch.tensor([[0.0, 1.0, 1.0], [-1.0, -1.0, 1.0]], dtype=torch.float64)  # codes 011 and 001
    assert measure("naswot", gates(3), inputs) == pytest.approx(log(1 * (2 * 3 - 1)))


def test_a_relu_read_twice_counts_twice(measure, normal):
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.left, self.right, self.head = nn.ReLU(), nn.ReLU(), nn.Linear(20, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.head(self.left(x) + self.right(x))

    inputs = normal("twice", 4, 20)
    once = measure("naswot", gates(20), inputs)
    assert measure("naswot", Twice(), inputs) == pytest.approx(once + 4 * log(2))


def test_naswot_is_undefined_without_relu_or_with_equal_codes(measure, normal):
    inputs = normal("x", 3, 4)
    with pytest.raises(Undefined, match="no ReLU"):
        measure("naswot", nn.Linear(4, 2), inputs)
    with pytest.raises(Undefined, match="same activation code"):
        measure("naswot", gates(4), torch.cat([inputs, inputs[:1]]))


def test_naswot_is_size_and_distinguishability(convnet, images, measure):
    units = measure("n_activations", convnet, images)
    assert units == 4 * 36 + 6 * 9
    assert measure("distinguish", convnet, images) == pytest.approx(measure("naswot", convnet, images) - 6 * log(units))


def test_opposite_codes_are_told_apart_best(measure):
    inputs = torch.tensor([[1.0, -1.0, 1.0], [-1.0, 1.0, -1.0]], dtype=torch.float64)
    assert measure("distinguish", gates(3), inputs) == pytest.approx(0, abs=1e-12)
    assert measure("n_activations", gates(3), inputs) == 3


@pytest.mark.parametrize("name", ["n_activations", "distinguish"])
def test_codes_need_a_relu(name, measure, normal):
    with pytest.raises(Undefined, match="no ReLU"):
        measure(name, nn.Linear(4, 2), normal("x", 3, 4))
