"""Tiny networks in float64 on which a proxy's literal formula is cheap."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from untrained import proxies
from untrained.initialise import draw, fill
from untrained.probe import Probe
from untrained.setting import Setting


def tensor(name: str, *shape: int) -> Tensor:
    return torch.from_numpy(draw(name, shape, seed=0))


@pytest.fixture
def normal() -> Callable[..., Tensor]:
    """Standard normal float64 tensors keyed by a name."""
    return tensor


@pytest.fixture
def images() -> Tensor:
    return tensor("images", 6, 2, 6, 6)


@pytest.fixture
def labels() -> Tensor:
    return torch.tensor([0, 2, 1, 2, 0, 1])


@pytest.fixture
def convnet() -> nn.Module:
    """Convolutions with and without normalisation and bias, strides, pooling, and a linear head: 6 x 6 images, 3 classes."""
    network = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1, bias=False),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Conv2d(4, 6, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.AvgPool2d(3),
        nn.Flatten(),
        nn.Linear(6, 3),
    ).double()
    with torch.no_grad():
        fill(network, seed=3)
        network[3].bias.copy_(tensor("bias", 6) / 10)
        network[1].weight.copy_(1 + tensor("scale", 4) / 10)
        network[1].running_mean.copy_(tensor("mean", 4) / 10)
        network[1].running_var.copy_(1 + tensor("variance", 4).abs())
    return network


@pytest.fixture
def chain() -> nn.Module:
    """Three linear layers without bias, ReLU between: 5 inputs, 3 classes."""
    network = nn.Sequential(
        nn.Linear(5, 7, bias=False), nn.ReLU(), nn.Linear(7, 6, bias=False), nn.ReLU(), nn.Linear(6, 3, bias=False)
    )
    return fill(network.double(), seed=1)


@pytest.fixture
def measure() -> Callable[..., float]:
    """Value of a registered proxy on a network as it is, in float64, all inputs in one batch, declared passes only."""

    def run(
        name: str,
        network: nn.Module,
        inputs: Tensor,
        targets: Tensor | None = None,
        /,
        *,
        norm: str = "batch",
        variants: dict[str, Callable[[], nn.Module]] | None = None,
        **options: Any,
    ) -> float:
        if "norm" in proxies.get(name).parameters:
            options["norm"] = norm
        setting = Setting(init=None, precision="float64", batch=len(inputs), norm=norm, options={name: options})
        return proxies.get(name)(Probe(network, inputs, targets, setting=setting, variants=variants))

    return run
