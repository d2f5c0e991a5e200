import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from untrained.proxies import Undefined


def literal_gradients(
    network: nn.Module, inputs: torch.Tensor, labels: torch.Tensor
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """(w, g) per layer, by central differences of the loss."""

    def loss() -> float:
        with torch.no_grad():
            return float(cross_entropy(network(inputs), labels))

    found = []
    for layer in network:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            flat, slope = layer.weight.detach().view(-1), torch.zeros(layer.weight.numel(), dtype=torch.float64)
            for place in range(len(flat)):
                centre, step = float(flat[place]), 1e-6
                flat[place] = centre + step
                above = loss()
                flat[place] = centre - step
                slope[place] = (above - loss()) / (2 * step)
                flat[place] = centre
            found.append((flat.clone(), slope))
    return found


@pytest.mark.parametrize(
    ("name", "definition"),
    [
        ("grad_norm", lambda pairs: sum(float(g.norm()) for _, g in pairs)),
        ("snip", lambda pairs: sum(float((w * g).abs().sum()) for w, g in pairs)),
    ],
)
def test_finite_differences_agree(name, definition, convnet, images, labels, measure):
    expected = definition(literal_gradients(convnet, images, labels))
    assert measure(name, convnet, images, labels) == pytest.approx(expected, rel=1e-6)


def test_linear_network_by_hand(measure):
    network = nn.Linear(1, 2, bias=False).double()
    with torch.no_grad():
        network.weight.copy_(torch.tensor([[2.0], [0.0]]))
    inputs, labels = torch.tensor([[1.0]], dtype=torch.float64), torch.tensor([0])
    away = 1 - 1 / (1 + torch.tensor(-2.0, dtype=torch.float64).exp())  # softmax weight of the wrong class
    assert measure("grad_norm", network, inputs, labels) == pytest.approx(float(away) * 2**0.5)
    assert measure("snip", network, inputs, labels) == pytest.approx(float(away) * 2)


@pytest.mark.parametrize("name", ["grad_norm", "snip"])
def test_undefined_without_labels(name, convnet, images, measure):
    with pytest.raises(Undefined, match="labels"):
        measure(name, convnet, images)
