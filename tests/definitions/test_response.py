from math import log

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from untrained.proxies import Undefined
from untrained.proxies.response import log_det_of_sum, smallest_eigenvalues


def test_two_correlated_channels():
    left = torch.tensor([1.0, -1.0, 1.0, -1.0])
    other = torch.tensor([1.0, 1.0, -1.0, -1.0])
    maps = torch.stack([left, 0.3 * left + (1 - 0.09) ** 0.5 * other])[None, :, None]
    assert float(smallest_eigenvalues(maps)) == pytest.approx(0.7, abs=1e-6)


def test_more_channels_than_positions(normal):
    assert float(smallest_eigenvalues(normal("m", 1, 8, 1, 5))) == pytest.approx(0, abs=1e-12)


def test_meco_adds_the_maps_of_every_leaf_for_the_first_sample(convnet, images, measure):
    x, expected = images, 0.0
    for layer in convnet[:6]:
        x = layer(x)
        expected += float(torch.linalg.eigvalsh(torch.corrcoef(x[0].detach().flatten(1)).nan_to_num(0))[0])
    assert measure("meco", convnet, images) == pytest.approx(expected, abs=1e-10)


def test_meco_needs_maps(chain, measure, normal):
    with pytest.raises(Undefined, match="no maps"):
        measure("meco", chain, normal("x", 3, 5))


class Blocks(nn.Module):
    """A ReLU in each of two blocks, and one after them."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(2, 4, 3, padding=1)
        self.first = nn.Sequential(nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1))
        self.second = nn.Sequential(nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1))
        self.last, self.head = nn.ReLU(), nn.Linear(4, 3)

    def blocks(self) -> list[str]:
        return ["stem", "first", "second"]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.last(self.second(self.first(self.stem(x)))).mean((2, 3)))


@pytest.mark.parametrize("parts", ["both", "activations", "gradients"])
@pytest.mark.parametrize("weighted", [True, False])
def test_wrcor_weighs_blocks_by_powers_of_two(parts, weighted, images, labels, measure):
    torch.manual_seed(0)
    network = Blocks().double()
    stem = network.stem(images)
    first = network.first(stem)
    second = network.second(first)
    run = [stem, first, second]
    for x in run:
        x.retain_grad()
    cross_entropy(network.head(network.last(second).mean((2, 3))), labels).backward()
    K = torch.zeros(6, 6, dtype=torch.float64)
    for weight, x in zip([1, 2, 4] if weighted else [1, 1, 1], run, strict=True):
        if parts != "gradients":
            K += weight * torch.corrcoef(x.detach().flatten(1)).abs()
        if parts != "activations":
            K += weight * torch.corrcoef(x.grad.flatten(1)).abs()
    found = measure("wrcor", network, images, labels, parts=parts, weighted=weighted)
    assert found == pytest.approx(float(K.logdet()), rel=1e-9)


def test_equal_layers_of_constant_correlation():
    B, rho, W = 5, 0.3, 7.0
    R = torch.full((B, B), rho, dtype=torch.float64).fill_diagonal_(1)
    expected = B * log(W) + (B - 1) * log(1 - rho) + log(1 + (B - 1) * rho)
    assert log_det_of_sum([3 * R, 4 * R]) == pytest.approx(expected)
    with pytest.raises(Undefined, match="singular"):
        log_det_of_sum([torch.ones(3, 3, dtype=torch.float64)])


def test_wrcor_undefined_cases(convnet, images, labels, measure, normal):
    with pytest.raises(Undefined, match=r"blocks\(\)"):
        measure("wrcor", convnet, images, labels)
    with pytest.raises(Undefined, match="labels"):
        measure("wrcor", convnet, images, weighted=False)
    assert measure("wrcor", convnet, images, weighted=False, parts="activations")
    with pytest.raises(Undefined, match="no ReLU"):
        measure("wrcor", nn.Linear(4, 3), normal("x", 6, 4), labels, weighted=False)
