from math import log

import pytest
import torch

from untrained.proxies import Undefined
from untrained.proxies.fisher_information import decile_entropy, factor


def test_two_equal_classes():
    L = factor(torch.tensor([0.5, 0.5], dtype=torch.float64))
    torch.testing.assert_close(L @ L.T, torch.tensor([[0.25, -0.25], [-0.25, 0.25]], dtype=torch.float64))


def test_factor_is_lower_triangular_and_gives_the_covariance(normal):
    p = normal("p", 4, 6).softmax(1)
    L = factor(p)
    torch.testing.assert_close(L, L.tril())
    torch.testing.assert_close(L @ L.mT, torch.diag_embed(p) - p[:, :, None] * p[:, None, :])


def test_entropy_of_deciles():
    assert decile_entropy(torch.ones(30)) == pytest.approx(log(9))
    spectrum = torch.zeros(11)
    spectrum[-2:] = 1  # of eleven values the deciles are the second to the tenth: only the last of nine is not 0
    assert decile_entropy(spectrum) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("kind", ["fisher", "released"])
def test_vkdnw_from_the_dense_jacobian(kind, convnet, images, measure):
    convnet.eval()
    names = [name for name, _ in convnet.named_parameters()]
    C, d = 3, len(names)
    total = torch.zeros(d, d, dtype=torch.float64)
    for x in images:
        J = torch.zeros(C, d, dtype=torch.float64)
        logits = convnet(x[None])[0]
        for c in range(C):
            convnet.zero_grad()
            logits[c].backward(retain_graph=True)
            J[c] = torch.stack([p.grad.flatten()[0] for p in convnet.parameters()])
        p = 0.95 * logits.detach().softmax(0) + 0.05 / C
        L = factor(p)
        M = (L.T if kind == "fisher" else L) @ J
        if kind == "fisher":
            torch.testing.assert_close(M.T @ M, J.T @ (torch.diag(p) - torch.outer(p, p)) @ J)
        total += M.T @ M / len(images)
    expected = decile_entropy(torch.linalg.eigvalsh(total).clamp_min(0))
    assert measure("vkdnw_entropy", convnet, images, kind=kind) == pytest.approx(expected, rel=1e-6)
    assert measure("vkdnw_dim", convnet, images) == d == 7
    assert measure("vkdnw", convnet, images, kind=kind) == pytest.approx(7 + expected, rel=1e-6)


def test_count_takes_the_first_tensors(convnet, images, measure):
    assert measure("vkdnw_entropy", convnet, images, count=3) != measure("vkdnw_entropy", convnet, images)


def test_undefined_without_any_gradient(convnet, images, measure):
    with torch.no_grad():
        convnet[7].weight.zero_()
        convnet[3].weight.zero_()
    with pytest.raises(Undefined, match="no gradient|nan"):
        measure("vkdnw_entropy", convnet, images, count=3)
