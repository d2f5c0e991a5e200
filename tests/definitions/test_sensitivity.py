import pytest
import torch
from torch import nn

from untrained.initialise import draw
from untrained.proxies import Undefined


@pytest.fixture
def affine() -> nn.Module:
    network = nn.Linear(2, 2).double()
    with torch.no_grad():
        network.weight.copy_(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    return network


def noises(shape: tuple[int, ...], draws: int) -> list[torch.Tensor]:
    return [torch.from_numpy(draw(f"os.noise{k}", shape, seed=0)) for k in range(draws)]


@pytest.mark.parametrize("norm", ["batch", "running"])
def test_os_is_the_variance_of_the_mean_output_difference(norm, convnet, images, measure):
    found = measure("os", convnet, images, batch=6, draws=3, sigma=0.2, norm=norm)
    convnet.train(norm == "batch")
    differences = []
    for noise in noises(images.shape, 3):
        clean, noisy = convnet(images), convnet(images + 0.2 * noise)
        differences += [float((b - a).mean()) for a, b in zip(clean, noisy, strict=True)]
    mean = sum(differences) / len(differences)
    assert found == pytest.approx(sum((d - mean) ** 2 for d in differences) / len(differences), rel=1e-10)


def test_mean_squared_kind(convnet, images, measure):
    found = measure("os", convnet, images, batch=6, draws=2, kind="mse")
    expected = [(convnet(images + 0.1 * e) - convnet(images)).square().mean() for e in noises(images.shape, 2)]
    assert found == pytest.approx(float(sum(expected)) / 2, rel=1e-10)


def test_affine_network(affine, measure, normal):
    inputs = normal("x", 4000, 2)
    found = measure("os", affine, inputs, batch=4000)
    assert found == pytest.approx(0.1**2 * (4**2 + 6**2) / 4, rel=0.03)  # sigma^2 ||W'1||^2 / C^2 = 0.13
    with torch.no_grad():
        affine.bias.add_(5)
    assert measure("os", affine, inputs + 3, batch=4000) == pytest.approx(found)
    with torch.no_grad():
        affine.weight.mul_(3)
    assert measure("os", affine, inputs, batch=4000) == pytest.approx(9 * found)
    frobenius = float(affine.weight.square().sum())
    assert measure("os", affine, inputs, batch=4000, kind="mse") == pytest.approx(0.01 * frobenius / 2, rel=0.03)


def test_jacobian_kind_is_the_frobenius_norm(affine, convnet, images, measure, normal):
    inputs = normal("x", 5, 2)
    assert measure("os", affine, inputs, batch=5, kind="jacobian") == pytest.approx(30**0.5)
    jacobian = torch.func.vmap(torch.func.jacrev(lambda x: convnet.eval()(x[None]).softmax(1)[0]))(images)
    expected = float(jacobian.flatten(1).norm(dim=1).mean())
    found = measure("os", convnet, images, batch=6, kind="jacobian", softmax=True, norm="running")
    assert found == pytest.approx(expected, rel=1e-10)


def test_undefined_for_a_constant_network_and_refused_for_an_unknown_kind(affine, measure, normal):
    with torch.no_grad():
        affine.weight.zero_()
    with pytest.raises(Undefined, match="does not depend"):
        measure("os", affine, normal("x", 4, 2), batch=4)
    with pytest.raises(ValueError, match="var_mean"):
        measure("os", affine, normal("x", 4, 2), batch=4, kind="var_mea")
