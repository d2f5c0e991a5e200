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


def test_plain_is_the_signed_sum(convnet, images, labels, measure):
    pairs = literal_gradients(convnet, images, labels)
    expected = sum(float((w * g).sum()) for w, g in pairs)
    assert measure("plain", convnet, images, labels) == pytest.approx(expected, rel=1e-6)


def test_layers_of_a_chain_without_bias_are_equally_plain(chain, labels, measure, normal):
    inputs = normal("x", 6, 5)
    pairs = literal_gradients(chain, inputs, labels)
    shares = [float((w * g).sum()) for w, g in pairs]
    assert shares == pytest.approx([shares[0]] * 3, rel=1e-6)
    assert measure("plain", chain, inputs, labels) == pytest.approx(3 * shares[0], rel=1e-6)
    assert measure("snip", chain, inputs, labels) >= abs(measure("plain", chain, inputs, labels))


def test_fisher_is_the_mean_square_of_output_saliency(convnet, images, labels, measure):
    """Gradients with respect to outputs by central differences of an offset on them."""
    expected = {"fan_in": 0.0, "none": 0.0}
    for place in (0, 3, 7):
        head, tail = convnet[: place + 1], convnet[place + 1 :]
        output = head(images).detach()
        slope = torch.zeros_like(output)
        for index in range(output.numel()):
            ends = []
            for step in (1e-6, -1e-6):
                moved = output.clone()
                moved.view(-1)[index] += step
                ends.append(float(cross_entropy(tail(moved), labels).detach()))
            slope.view(-1)[index] = (ends[0] - ends[1]) / 2e-6
        totals = (output * slope).flatten(2).sum(2) if output.ndim == 4 else output * slope
        value = 0.5 * float(totals.square().mean(0).sum())
        expected["none"] += value
        expected["fan_in"] += value * convnet[place].weight[0].numel()
    for weighting, value in expected.items():
        assert measure("fisher", convnet, images, labels, weighting=weighting) == pytest.approx(value, rel=1e-5)


def test_grasp_is_the_hessian_product(labels, measure, normal):
    """The dense Hessian of the loss on a small smooth network."""
    network = nn.Sequential(nn.Linear(4, 3, bias=False), nn.Tanh(), nn.Linear(3, 3, bias=False)).double()
    inputs, sizes = normal("x", 6, 4), [(3, 4), (3, 3)]
    flat = torch.cat([network[k].weight.detach().flatten() for k in (0, 2)])

    def loss(w: torch.Tensor) -> torch.Tensor:
        first, second = (piece.view(size) for piece, size in zip(w.split([12, 9]), sizes, strict=True))
        return cross_entropy((inputs @ first.T).tanh() @ second.T, labels)

    hessian, gradient = torch.func.hessian(loss)(flat), torch.func.grad(loss)(flat)
    assert measure("grasp", network, inputs, labels) == pytest.approx(-float(flat @ hessian @ gradient), rel=1e-9)


def test_grasp_of_least_squares_by_hand():
    """L = w^2 / 2: H = 1, g = 2, w = 2, so - w H g = -4."""
    w = torch.tensor(2.0, requires_grad=True)
    (g,) = torch.autograd.grad(w**2 / 2, w, create_graph=True)
    (product,) = torch.autograd.grad(g * g.detach(), w)
    assert float(-w.detach() * product) == -4


@pytest.mark.parametrize("name", ["plain", "grasp", "fisher"])
def test_saliencies_need_labels(name, convnet, images, measure):
    with pytest.raises(Undefined, match="labels"):
        measure(name, convnet, images)
