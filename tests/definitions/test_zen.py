from math import log, pi, sqrt

import pytest
import torch
from torch import nn

from untrained.initialise import draw, fill
from untrained.proxies import Undefined


class Maps(nn.Module):
    """A feature extractor, pooled, and a linear head."""

    def __init__(self, *layers: nn.Module, width: int) -> None:
        super().__init__()
        self.body, self.head = nn.Sequential(*layers), nn.Linear(width, 2)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(x)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(x).mean((2, 3)))


def normed() -> Maps:
    layers = (nn.Conv2d(2, 5, 3, padding=1), nn.BatchNorm2d(5), nn.ReLU(), nn.Conv2d(5, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
    return Maps(*layers, width=4).double()


def test_zen_with_torchs_own_running_statistics(images, measure):
    network, literal = normed(), fill(normed(), seed=0, init="gaussian").train()
    x, noise = (torch.from_numpy(draw(name, (16, 2, 6, 6), seed=0)) for name in ("input", "input2"))
    change = (literal.features(x) - literal.features(x + 0.01 * noise)).abs().sum((1, 2, 3)).mean()
    scales = [layer.running_var.mean().sqrt().log() for layer in literal.body if isinstance(layer, nn.BatchNorm2d)]
    assert measure("zen", network, images) == pytest.approx(float(change.log() + sum(scales)), rel=1e-10)


def test_zen_of_one_convolution(measure, normal):
    network = Maps(nn.Conv2d(2, 400, 1, bias=False), width=400).double()
    found = measure("zen", network, normal("x", 2, 2, 4, 4), batch=600)
    norms = fill(network, seed=0, init="gaussian").body[0].weight.flatten(1).norm(dim=1).sum()
    assert found == pytest.approx(log(0.01 * 16 * sqrt(2 / pi) * float(norms)), abs=0.03)


def test_zen_needs_a_map(convnet, images, measure):
    with pytest.raises(Undefined, match="features"):
        measure("zen", convnet, images)
