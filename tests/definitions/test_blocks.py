from math import log

import pytest
import torch
from torch import nn
from torch.nn.functional import pixel_unshuffle

from untrained.initialise import draw, fill, signs
from untrained.proxies import Undefined
from untrained.proxies.blocks import largest_singular_value, spectral_entropy


class Chain(nn.Module):
    """A stem, a block of equal size and one of half the size."""

    def __init__(self, *, identity: bool = False) -> None:
        super().__init__()
        self.stem = nn.Conv2d(2, 4, 3, padding=1)
        self.first = nn.Identity() if identity else nn.Sequential(nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1))
        self.second = nn.Conv2d(4, 6, 3, stride=2, padding=1)
        self.head = nn.Linear(6, 3)

    def blocks(self) -> list[str]:
        return ["stem", "first", "second"]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.second(self.first(self.stem(x))).mean((2, 3)))


@pytest.fixture
def network() -> Chain:
    return fill(Chain().double(), seed=0)


def maps(network: Chain, x: torch.Tensor) -> list[torch.Tensor]:
    found = [x]
    for layer in (network.stem, network.first, network.second):
        found.append(layer(found[-1]).detach().requires_grad_())
    return found[1:]


def literal_entropy(features: torch.Tensor) -> float:
    rows = features.detach().permute(0, 2, 3, 1).flatten(0, 2)
    values = torch.linalg.eigvalsh(torch.cov(rows.T))
    return -sum(float(v / values.sum()) * log(float(v / values.sum()) + 1e-8) for v in values)


def test_entropies_of_primary_features(network, images, measure):
    s = [literal_entropy(features) for features in maps(network, images)]
    seen = {"inputs": "minibatch"}
    assert measure("expressivity", network, images, **seen) == pytest.approx(sum(s), rel=1e-9)
    assert measure("progressivity", network, images, **seen) == pytest.approx(min(s[1] - s[0], s[2] - s[1]), rel=1e-9)


def test_by_default_the_features_are_those_of_noise(network, images, measure):
    noise = torch.from_numpy(draw("input", tuple(images.shape), seed=0)).to(images)
    for name in ("expressivity", "progressivity", "trainability"):
        assert measure(name, network, images) == measure(name, network, noise, inputs="minibatch")
        assert measure(name, network, images) == measure(name, network, 3 * images)
        assert measure(name, network, images) != measure(name, network, images, inputs="minibatch")


def test_unknown_inputs_are_refused(network, images, measure):
    with pytest.raises(ValueError, match=r"Unknown inputs 'nois'.*noise"):
        measure("expressivity", network, images, inputs="nois")


def test_uncorrelated_equal_channels_have_the_largest_entropy():
    assert spectral_entropy(torch.eye(5)[:, :, None, None].repeat(1, 1, 2, 1)) == pytest.approx(log(4), rel=1e-6)
    with pytest.raises(Undefined, match="constant"):
        spectral_entropy(torch.ones(3, 2, 4, 4))


def test_trainability_block_by_block(network, images, measure):
    stem, first, _ = maps(network, images)
    terms = []
    for index, (block, source) in enumerate([(network.second, first), (network.first, stem)]):
        output = block(source)
        g_out = torch.from_numpy(signs(f"bernoulli{index}", tuple(output.shape), seed=0))
        (g_in,) = torch.autograd.grad(output, source, g_out)
        g_in = pixel_unshuffle(g_in, 2) if index == 0 else g_in
        rows = [g.permute(0, 2, 3, 1).flatten(0, 2) for g in (g_in, g_out)]
        sigma = float(torch.linalg.svdvals(rows[0].T @ rows[1] / len(rows[1]))[0])
        terms.append(2 - sigma - 1 / (sigma + 1e-6))
    assert measure("trainability", network, images, inputs="minibatch") == pytest.approx(sum(terms) / 2, rel=1e-9)


def test_a_block_that_keeps_gradients_has_singular_value_one(normal):
    g = torch.from_numpy(signs("g", (500, 2, 4, 4), seed=0))
    assert largest_singular_value(g, g) == pytest.approx(1, abs=0.05)


def test_undefined_cases(convnet, images, measure):
    with pytest.raises(Undefined, match="identity"):
        measure("trainability", fill(Chain(identity=True).double(), seed=0), images)
    for name in ("expressivity", "progressivity", "trainability"):
        with pytest.raises(Undefined, match=r"blocks\(\)"):
            measure(name, convnet, images)
