import copy
from math import log

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from untrained.proxies import Undefined
from untrained.proxies.consistency import gradient_ratio

PLACES = (0, 3, 7)


def gradients(network: nn.Module, inputs: torch.Tensor, labels: torch.Tensor) -> list[torch.Tensor]:
    network.zero_grad()
    cross_entropy(network(inputs), labels).backward()
    return [network[k].weight.grad.clone() for k in PLACES]


def test_zico_by_hand():
    rows = torch.tensor([[1.0, -2.0, 3.0], [2.0, -2.0, -1.0]])  # the second weight does not vary; ratios 3 and 1
    assert log(gradient_ratio(rows)) == pytest.approx(1.386294, abs=1e-6)
    assert gradient_ratio(7 * rows) == pytest.approx(gradient_ratio(rows))


def test_zico_is_mean_over_deviation_of_two_halves(convnet, images, labels, measure):
    halves = [gradients(convnet, images[part], labels[part]) for part in (slice(0, 3), slice(3, 6))]
    expected = 0.0
    for a, b in zip(*halves, strict=True):
        ratio = (a.abs() + b.abs()) / (a - b).abs()  # mean / population deviation of two numbers
        expected += log(float(ratio[a != b].sum()))
    assert measure("zico", convnet, images, labels) == pytest.approx(expected, rel=1e-9)


def test_gradsign_counts_agreeing_signs_of_batches_of_one(convnet, images, labels, measure):
    convnet[7].reset_parameters()
    totals = [torch.zeros_like(convnet[k].weight) for k in PLACES]
    for sample in range(6):
        found = gradients(copy.deepcopy(convnet).train(), images[sample : sample + 1], labels[sample : sample + 1])
        totals = [total + g.sign() for total, g in zip(totals, found, strict=True)]
    flat = torch.cat([total.abs().flatten() for total in totals])
    assert measure("gradsign", convnet, images, labels) == pytest.approx(float(flat.mean().detach()), rel=1e-12)


def test_undefined_cases(convnet, images, labels, measure, normal):
    for name in ("zico", "gradsign"):
        with pytest.raises(Undefined, match="labels"):
            measure(name, convnet, images)
    with pytest.raises(Undefined, match="5 inputs make no 2 equal parts"):
        measure("zico", convnet, images[:5], labels[:5])
    vectors = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3))
    with pytest.raises(Undefined, match="BatchNorm1d"):
        measure("gradsign", vectors, normal("x", 6, 4), labels)
    pixel = nn.Sequential(nn.Conv2d(2, 4, 6), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 3))
    with pytest.raises(Undefined, match=r"two positions per channel or more, got \(6, 4, 1, 1\)"):
        measure("gradsign", pixel, images, labels)
    with pytest.raises(Undefined, match="all gradients are zero"):
        measure("zico", nn.Sequential(nn.Flatten(), nn.Linear(72, 3)), torch.zeros_like(images), labels)
