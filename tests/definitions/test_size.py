import pytest
import torch
from torch import nn

from untrained.benchmarks.cells import CellNetwork
from untrained.benchmarks.nas_bench_201 import parse

CELLS = [
    "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|",
    "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|",
    "|nor_conv_1x1~0|+|skip_connect~0|nor_conv_3x3~1|+|avg_pool_3x3~0|none~1|nor_conv_1x1~2|",
]


@pytest.mark.parametrize("arch", CELLS)
@pytest.mark.parametrize(("classes", "constant"), [(10, 73306), (100, 79156), (120, 80456)])
def test_params_of_nas_bench_201(arch, classes, constant, measure, normal):
    with torch.device("meta"):
        network = CellNetwork(parse(arch), width=16, cells=5, classes=classes)
    found = sum(p.numel() for p in network.parameters())
    assert found == constant + 243040 * arch.count("conv_3x3") + 28000 * arch.count("conv_1x1")


def test_params_counts_biases_and_normalisation(convnet, images, measure):
    assert measure("params", convnet, images) == 2 * 4 * 9 + 2 * 4 + (4 * 6 * 9 + 6) + (6 * 3 + 3)
    convnet[7].bias.requires_grad_(False)
    assert measure("params", convnet, images) == 2 * 4 * 9 + 2 * 4 + (4 * 6 * 9 + 6) + 6 * 3


def test_flops_count_each_product_of_one_input(convnet, images, measure):
    first = 36 * 4 * (2 * 9)
    second = 9 * 6 * (4 * 9 + 1)
    head = 3 * (6 + 1)
    assert measure("flops", convnet, images) == first + second + head


def test_flops_of_grouped_convolution_and_of_tokens(measure, normal):
    grouped = nn.Sequential(nn.Conv2d(4, 8, 3, groups=2, bias=False), nn.Flatten(), nn.Linear(8, 2, bias=False))
    assert measure("flops", grouped, normal("g", 2, 4, 3, 3)) == 8 * (2 * 9) + 16
    tokens = nn.Sequential(nn.Linear(3, 5, bias=False), nn.Flatten(), nn.Linear(20, 2, bias=False))
    assert measure("flops", tokens, normal("t", 2, 4, 3)) == 4 * 15 + 40


def test_l2_norm_adds_the_norms_of_layers(convnet, images, measure):
    layers = (convnet[0], convnet[3], convnet[7])
    expected = sum(float(layer.weight.detach().square().sum()) ** 0.5 for layer in layers)
    assert measure("l2_norm", convnet, images) == pytest.approx(expected, rel=1e-12)
