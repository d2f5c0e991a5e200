import copy

import pytest
import torch
from torch import nn

from untrained.benchmarks.cells import ThinCell
from untrained.codes import distinct_patterns
from untrained.initialise import draw, fill
from untrained.proxies import Undefined
from untrained.proxies.regions import crops, size_bell

FULL = {"network": "full", "repeats": 1, "init": None}


def hidden(weight: torch.Tensor, bias: torch.Tensor) -> nn.Module:
    """relu(W x + b), then one output."""
    network = nn.Sequential(nn.Linear(weight.shape[1], len(weight)), nn.ReLU(), nn.Linear(len(weight), 1)).double()
    with torch.no_grad():
        network[0].weight.copy_(weight)
        network[0].bias.copy_(bias)
    return network


def relu_outputs(network: nn.Module, inputs: torch.Tensor) -> list[torch.Tensor]:
    seen: list[torch.Tensor] = []
    handles = [
        layer.register_forward_hook(lambda _, __, output: seen.append(output))
        for layer in network.modules()
        if isinstance(layer, nn.ReLU)
    ]
    network(inputs)
    for handle in handles:
        handle.remove()
    return seen


def grid(steps: int = 200) -> torch.Tensor:
    axis = torch.linspace(-50, 50, steps).double()
    return torch.cartesian_prod(axis + 0.013, axis - 0.017)


def test_points_on_a_line(measure):
    network = hidden(torch.ones(4, 1), -torch.tensor([1.0, 2.0, 4.0, 7.0]))
    inputs = torch.linspace(0, 10, 300)[:, None]
    assert measure("nlr", network, inputs, **FULL) == 5
    assert measure("nlr", network, torch.cat([inputs, inputs]), **FULL) == 5


@pytest.mark.parametrize(("through_origin", "expected"), [(False, 16), (True, 10)])
def test_five_lines_in_the_plane(through_origin, expected, measure):
    angles = torch.tensor([0.1, 0.7, 1.3, 1.9, 2.6]).double()
    bias = torch.zeros(5) if through_origin else torch.tensor([4.0, -8.0, 12.0, 2.0, -16.0])
    network = hidden(torch.stack([angles.cos(), angles.sin()], 1), bias)
    assert measure("nlr", network, grid(), **FULL) == expected


def test_full_network_counts_distinct_rows(convnet, images, measure):
    bits = torch.cat([layer(images).detach().flatten(1) > 0 for layer in (convnet[:2], convnet[:4])], 1)
    doubled = torch.cat([images, images[:2]])
    assert measure("nlr", convnet, images, **FULL) == len({tuple(row) for row in bits.tolist()}) == 6
    assert measure("nlr", convnet, doubled, norm="running", **FULL) == 6


def test_reduced_network_is_the_thin_cell_normalised_in_chunks(convnet, images, measure):
    cell = ("nor_conv_3x3", "none", "nor_conv_1x1", "skip_connect", "none", "nor_conv_3x3")
    thin = fill(ThinCell(cell).double(), seed=0)
    options = {"samples": 60, "chunk": 20, "repeats": 2, "inputs": "gaussian"}
    found = measure("nlr", convnet, images, variants={"reduced": lambda: thin}, **options)
    total = 0
    for seed in (0, 1000):
        fill(thin, seed=seed)
        data = torch.from_numpy(draw("nlr.gaussian", (60, 1, 3, 3), seed=seed))
        regions = set()
        for chunk in data.split(20):
            bits = torch.cat([layer.flatten(1) > 0 for layer in relu_outputs(thin, chunk)], 1)
            regions |= {tuple(row) for row in bits.tolist()}
        total += len(regions)
    assert found == total / 2


def test_crops_are_patches_of_the_first_channel():
    image = torch.arange(2 * 2 * 25.0).view(2, 2, 5, 5)
    found = crops(image, 3, torch.tensor([[0.0, 0.0], [0.99, 0.99], [0.4, 0.0]]))
    torch.testing.assert_close(found[0, 0], image[0, 0, :3, :3])
    torch.testing.assert_close(found[1, 0], image[1, 0, 2:, 2:])
    torch.testing.assert_close(found[2, 0], image[0, 0, 1:4, :3])


def test_undefined_without_relu_or_variant(measure, normal, convnet, images):
    with pytest.raises(Undefined, match="no ReLU"):
        measure("nlr", nn.Linear(4, 2), normal("x", 3, 4), **FULL)
    with pytest.raises(Undefined, match="variant 'reduced'"):
        measure("nlr", convnet, images)


def test_swap_by_hand(measure):
    assert distinct_patterns(torch.tensor([[1, 0, 1], [1, 0, 0]], dtype=torch.bool)) == 3
    weight = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]])
    inputs = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [-1.0, 1.0]])
    network = hidden(weight, torch.zeros(3))
    assert measure("swap", network, inputs, units="all") == 3
    assert measure("nlr", network, inputs, **FULL) == 3


def test_swap_counts_distinct_columns(convnet, images, measure):
    bits = torch.cat([layer.detach().flatten(1) > 0 for layer in relu_outputs(convnet, images)], 1)
    expected = len({tuple(column) for column in bits.T.tolist()})
    assert 6 < measure("swap", convnet, images) == expected <= 2**6
    assert measure("swap", convnet, torch.cat([images, images])) == expected
    assert measure("swap", convnet, images.flip(0)) == expected


def test_swap_averages_initialisations(convnet, images, measure):
    values = []
    for seed in (0, 1000):
        twin = fill(copy.deepcopy(convnet), seed=seed, init="gaussian")
        values.append(measure("swap", twin, images))
    assert measure("swap", convnet, images, init="gaussian", repeats=2) == sum(values) / 2


def test_swap_of_packed_words_equals_unique_columns():
    for samples in (3, 16, 40):
        bits = torch.rand(samples, 500, generator=torch.Generator().manual_seed(samples)) < 0.05
        assert distinct_patterns(bits) == len(torch.unique(bits.T, dim=0))


def test_size_regulariser(convnet, images, measure):
    assert size_bell(1.0, 0.9, 0.9) == pytest.approx(0.988950, abs=1e-6)
    assert size_bell(2.4, 1.2, 1.2) == pytest.approx(0.301194, abs=1e-6)
    thousands = measure("params", convnet, images) / 1e3
    expected = measure("swap", convnet, images) * size_bell(thousands, 0.9, 0.5)
    assert measure("swap_reg", convnet, images, mu=0.9, sigma=0.5) == pytest.approx(expected)
    with pytest.raises(Undefined, match="too far from mu = 500"):
        measure("swap_reg", convnet, images, mu=500.0)


def test_swap_needs_maps(measure, normal):
    with pytest.raises(Undefined, match="'all'"):
        measure("swap", hidden(torch.ones(3, 2), torch.zeros(3)), normal("x", 4, 2))
    with pytest.raises(Undefined, match="no ReLU"):
        measure("swap", nn.Linear(4, 2), normal("x", 3, 4))
