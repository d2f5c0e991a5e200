from math import log

import pytest
import torch
from torch import nn

from untrained.proxies import Undefined
from untrained.proxies.jacobian import eigenvalue_score, jacobian_score, log_correlation

K = 1e-5


def constant_correlation(rho: float, size: int = 4) -> torch.Tensor:
    return torch.full((size, size), rho, dtype=torch.float64).fill_diagonal_(1)


@pytest.mark.parametrize(("size", "expected"), [(4, -4.000000000200), (256, -256.0000000128)])
def test_identity_reaches_the_bound(size, expected):
    assert eigenvalue_score(torch.eye(size)) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize(("rho", "expected"), [(0.5, -5.236791592), (0.9, -24.66815007), (1.0, -299967.0975)])
def test_constant_correlation(rho, expected):
    assert eigenvalue_score(constant_correlation(rho)) == pytest.approx(expected, rel=1e-9)
    if rho < 1:
        values = [1 + 3 * rho, 1 - rho, 1 - rho, 1 - rho]
        assert eigenvalue_score(constant_correlation(rho)) == pytest.approx(-sum(log(v + K) + 1 / (v + K) for v in values))


def test_score_does_not_see_scale_shift_or_order_of_rows(normal):
    rows = normal("rows", 4, 9)
    value = jacobian_score(rows)
    assert value < -4
    scaled = rows * torch.tensor([[2.0], [-3.0], [0.1], [1.0]]) + torch.tensor([[5.0], [0.0], [-1.0], [2.0]])
    for changed in (scaled, rows.flip(0), rows.flip(1)):
        assert jacobian_score(changed) == pytest.approx(value, rel=1e-9)


def literal(network: nn.Module, inputs: torch.Tensor) -> float:
    """The formula, with Jacobian rows by central differences of the batch's summed outputs."""
    rows = torch.zeros_like(inputs)
    with torch.no_grad():
        for place in range(inputs.numel()):
            ends = []
            for step in (1e-6, -1e-6):
                moved = inputs.clone()
                moved.view(-1)[place] += step
                ends.append(float(network(moved).sum()))
            rows.view(-1)[place] = (ends[0] - ends[1]) / 2e-6
    values = torch.linalg.eigvalsh(torch.corrcoef(rows.flatten(1)))
    return -sum(log(float(v) + K) + 1 / (float(v) + K) for v in values)


def test_jacob_cov_is_the_formula_with_batch_statistics(convnet, images, measure):
    # in batch mode the summed outputs of the batch are moved through the shared statistics too
    assert measure("jacob_cov", convnet, images) == pytest.approx(literal(convnet, images), rel=1e-5)
    assert measure("jacob_cov", convnet, images, norm="running") == pytest.approx(literal(convnet.eval(), images), rel=1e-5)


def test_cj_is_jacob_cov_with_one_output(convnet, images, measure):
    one = nn.Sequential(*convnet[:7], nn.Linear(6, 1).double())
    found = measure("cj", convnet, images, batch=6, variants={"one_output": lambda: one})
    assert found == pytest.approx(literal(one, images), rel=1e-5)
    assert measure("cj", convnet, images, batch=6, head="full") == measure("jacob_cov", convnet, images)


def test_linear_network_has_equal_rows(measure, normal):
    network = nn.Sequential(nn.Flatten(), nn.Linear(8, 3)).double()
    for name, options in (("jacob_cov", {}), ("cj", {"head": "full", "batch": 4})):
        assert measure(name, network, normal("x", 4, 8), **options) == pytest.approx(-299967.0975, rel=1e-4)


def test_batch_statistics_alone_pass_no_gradient_of_a_plain_sum(normal):
    inputs = normal("bn", 5, 3, 4, 4).requires_grad_()
    norm = nn.BatchNorm2d(3, affine=False).double()
    (gradient,) = torch.autograd.grad(norm(inputs).sum(), inputs)
    assert float(gradient.abs().max()) < 1e-12


def test_undefined_cases(convnet, images, measure, normal):
    class Constant(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return (x * 0).flatten(1)[:, :3]

    with pytest.raises(Undefined, match="6 of 6 rows"):
        measure("jacob_cov", Constant(), images)
    with pytest.raises(Undefined, match="variant 'one_output'"):
        measure("cj", convnet, images, batch=6)
    with pytest.raises(Undefined, match="needs 256 inputs, 6 are given"):
        measure("cj", convnet, images, head="full")
    with pytest.raises(Undefined, match="linearly dependent"):
        measure("jacob_cov", nn.Linear(3, 2), normal("few", 5, 3))


def test_epe_nas_by_hand():
    first = torch.tensor([[1.0, 2.0, 3.0, 4.0], [2.0, 4.0, 6.0, 8.0]])
    second = torch.tensor([[1.0, -1.0, 1.0, -1.0], [1.0, 1.0, -1.0, -1.0]])
    found = abs(log_correlation(first)) + abs(log_correlation(second))
    assert found == pytest.approx(23.0258709, rel=1e-8)
    assert found == pytest.approx(4 * log(1 + K) + abs(2 * log(1 + K) + 2 * log(K)))


def test_epe_nas_adds_classes(convnet, images, labels, measure):
    inputs = images.clone().requires_grad_()
    convnet(inputs).sum().backward()
    rows = inputs.grad.flatten(1)
    sums = {}
    for label in (0, 1, 2):
        correlation = torch.corrcoef(rows[labels == label])
        sums[label] = float(torch.log(correlation.abs() + K).sum())
    assert measure("epe_nas", convnet, images, labels) == pytest.approx(sum(abs(v) for v in sums.values()), rel=1e-9)
    means = [value / 2 for value in sums.values()]
    expected = sum(abs(a - b) for a in means for b in means) / 3
    assert measure("epe_nas", convnet, images, labels, many=2) == pytest.approx(expected, rel=1e-9)


def test_epe_nas_of_lone_samples(convnet, images, measure):
    labels = torch.arange(6)
    assert measure("epe_nas", convnet, images, labels) == pytest.approx(6 * log(1 + K), rel=1e-6)
    with pytest.raises(Undefined, match="no class has two"):
        measure("epe_nas", convnet, images, labels, many=2)
    with pytest.raises(Undefined, match="labels"):
        measure("epe_nas", convnet, images)
