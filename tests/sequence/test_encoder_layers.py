"""Layers of encoders against their literal definitions, and what a fixed width is."""

import math

import numpy as np
import pytest
import torch
from scipy.fft import dctn
from torch.testing import assert_close

from untrained.benchmarks import get
from untrained.sequence import encoders
from untrained.sequence.encoder_layers import Attention, ConvolvedAttention, Encoder, Transform, cosines, initialise

X = torch.randn(2, 7, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
SMALL = "128 | WMA*4:512x3 | K5*2:512x1"


def made(operation):
    """In double, without dropout, with weights that matter."""
    generator = torch.Generator().manual_seed(0)
    for parameter in operation.double().eval().parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
    return operation


def attended(op, x, heads, weighted=False):
    """One head, position and document at a time."""
    q = x @ op.query.weight.T + op.query.bias
    q = q @ op.weight.weight.T if weighted else q
    k, v = x @ op.key.weight.T + op.key.bias, x @ op.value.weight.T + op.value.bias
    out = torch.zeros_like(v)
    for b in range(len(x)):
        for c in range(heads):
            part = slice(c * op.size, (c + 1) * op.size)
            for t in range(x.shape[1]):
                scores = torch.stack([q[b, t, part] @ k[b, s, part] for s in range(x.shape[1])]) / math.sqrt(op.size)
                weights = torch.exp(scores - scores.max())
                out[b, t, part] = (weights / weights.sum()) @ v[b, :, part]
    return out


@pytest.mark.parametrize("weighted", [False, True])
def test_attention(weighted):
    op = made(Attention(8, 4, weighted=weighted))
    assert_close(op(X), attended(op, X, 4, weighted))
    assert op.inputs == (("query", "key", "value", "weight") if weighted else ("query", "key", "value"))


@pytest.mark.parametrize("kernel", [3, 5])
def test_convolved_heads(kernel):
    op, side = made(ConvolvedAttention(8, 4, kernel=kernel)), kernel // 2
    found = op(X)
    width = 2 * op.size
    assert_close(found[..., :width], attended(op, X, 2))
    wide = torch.nn.functional.pad(X, (0, 0, side, side))
    query, out = X @ op.query.weight.T + op.query.bias, X @ op.convolved.weight.T + op.convolved.bias
    for b in range(2):
        for t in range(7):
            deep = torch.stack([op.depthwise.weight[h, 0] @ wide[b, t : t + kernel, h] for h in range(8)])
            mixed = (op.pointwise.weight[..., 0] @ deep + op.pointwise.bias) * query[b, t]
            kernels = (op.kernels.weight @ mixed + op.kernels.bias).reshape(2, kernel).softmax(1)
            for c in range(2):
                for d in range(op.size):
                    value = sum(
                        kernels[c, j] * out[b, t + j - side, c * op.size + d] for j in range(kernel) if 0 <= t + j - side < 7
                    )
                    assert_close(found[b, t, width + c * op.size + d], value)


@pytest.mark.parametrize("kind", ["DFT", "DCT"])
def test_transforms_over_positions_and_the_features_of_each_head(kind):
    op = made(Transform(8, 2, kind=kind))
    u = (X @ op.input.weight.T + op.input.bias).detach().numpy()
    for c in range(2):
        head = u[:, :, 4 * c : 4 * c + 4]
        want = np.fft.fft2(head).real if kind == "DFT" else dctn(head, axes=(1, 2))
        np.testing.assert_allclose(op(X)[:, :, 4 * c : 4 * c + 4].detach().numpy(), want, atol=1e-10)


def test_cosines_are_orthogonal_up_to_lengths():
    gram = cosines(6) @ cosines(6).T
    assert_close(gram, torch.diag(torch.tensor([24.0] + [12.0] * 5, dtype=torch.float64)))


def test_parameters_are_those_of_the_formula():
    for arch in (SMALL, "256 | DFT*2:512x1 | K9*4:1024x3", "128 | K9*2:512x3 | SDP*4:1024x1"):
        config = encoders.parse(arch)
        for widths in encoders.WIDTHS:
            with torch.device("meta"):
                network = Encoder(config, widths=widths)
            assert sum(p.numel() for p in network.parameters()) == encoders.params(config, widths)


def test_released_widths_do_not_read_the_configuration():
    tokens = torch.arange(12).reshape(2, 6)
    bench = get("bert")
    same = [bench.build(arch, "glue", vocabulary=20).eval()(tokens) for arch in (SMALL, SMALL.replace("128 |", "256 |"))]
    assert torch.equal(*same)
    own = bench.build(SMALL, "glue", vocabulary=20, widths="configured").eval()(tokens)
    assert own.shape == (2, 6, 128)
    with pytest.raises(ValueError, match="Did you mean 'configured'"):
        bench.build(SMALL, "glue", widths="configred")


def test_weights_are_drawn_by_position():
    config = encoders.parse(SMALL)
    one, two = (initialise(Encoder(config, vocabulary=20), seed=seed) for seed in (0, 1))
    again = initialise(Encoder(config, vocabulary=20), seed=0)
    state = one.state_dict()
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in state.items())
    assert not torch.equal(state["layers.0.operation.query.weight"], two.state_dict()["layers.0.operation.query.weight"])
    assert not torch.equal(state["layers.0.operation.query.weight"], state["layers.0.operation.key.weight"])
    assert float(state["words.weight"].std()) == pytest.approx(0.02, rel=0.1)
    assert state["norm.weight"].unique().tolist() == [1] and state["norm.bias"].unique().tolist() == [0]
    assert state["layers.1.operation.pointwise.bias"].unique().tolist() == [0]
