"""Every metric of encoders against its literal definition, and the gradient that a layer norm does away with."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

from untrained.initialise import signs
from untrained.sequence import encoder_metrics, encoders
from untrained.sequence.encoder_layers import Encoder, initialise
from untrained.sequence.encoder_metrics import EncoderProbe

ARCH = "128 | WMA*2:512x3 | K5*2:512x1 | DCT*4:512x1 | SDP*4:512x1"
TOKENS = torch.arange(3 * 9).reshape(3, 9) % 20
MODULES = {"head_confidence": 4 + 3 + 1 + 3, "softmax_confidence": 4, "activation_distance": 6, "head_importance": 12,
           "synaptic_saliency": 4 + 2 + 2 + 2, "synaptic_diversity": 5 + 6 + 1 + 4}  # fmt: skip


@pytest.fixture(scope="module")
def network():
    return initialise(Encoder(encoders.parse(ARCH), widths="configured", vocabulary=20)).double()


@pytest.fixture(scope="module")
def probe(network):
    return EncoderProbe(network, TOKENS)


def value(name, probe):
    return encoder_metrics.get(name)(probe)


def passed(network, watched):
    """Outputs of watched modules under the same dropout, by hand."""
    seen = []
    handles = [module.register_forward_hook(lambda m, i, o: seen.append(o.detach())) for module in watched]
    torch.manual_seed(0)
    output = network.train()(TOKENS)
    for handle in handles:
        handle.remove()
    return output, seen


@pytest.mark.parametrize("name", MODULES)
def test_a_sum_over_modules_and_its_mean(name, probe):
    assert value(name, probe) == pytest.approx(MODULES[name] * value(f"{name}_mean", probe), rel=1e-12)


def test_confidence_is_the_largest_over_positions_or_over_heads(network, probe):
    heads = [getattr(layer.operation, name) for layer in network.layers for name in layer.operation.inputs]
    _, outputs = passed(network, heads)
    want = sum(np.mean([[max(o[b, :, j]) for j in range(o.shape[2])] for b in range(3)]) for o in outputs)
    assert value("head_confidence", probe) == pytest.approx(float(want), rel=1e-9)
    _, outputs = passed(network, [layer.operation.softmax for layer in network.layers])
    want = sum(float(o.max(1).values.mean()) for o in outputs)
    assert value("softmax_confidence", probe) == pytest.approx(want, rel=1e-9)
    assert [o.shape[1] for o in outputs] == [2, 1, 4, 4]


def test_activation_distance_is_the_sum_of_all_agreements_of_the_first_document(network, probe):
    _, outputs = passed(network, [layer.activation for layer in network.layers])
    total = 0
    for o in outputs:
        on = (o[0] > 0).double()
        total += float((on @ on.T + (1 - on) @ (1 - on).T).sum())
    assert value("activation_distance", probe) == total


def test_gradients_are_those_of_the_readout(network, probe):
    y, _ = passed(network, [])
    s = torch.from_numpy(signs("encoder.readout", (128,), seed=0))
    assert 40 < (s > 0).sum() < 90
    network.zero_grad()
    (y * s).sum().backward()
    own = [name for name, module in network.named_modules() if isinstance(module, nn.Linear)]
    part = {
        "synaptic_saliency": [n for n in own if "feed_forward" in n or n.endswith(".output")],
        "head_importance": [n for n in own if ".operation." in n and not n.endswith("kernels")],
    }
    for name, chosen in part.items():
        weights = [network.get_submodule(n).weight for n in chosen]
        assert len(chosen) == MODULES[name]
        assert value(name, probe) == pytest.approx(sum(float((w * w.grad).detach().abs().sum()) for w in weights), rel=1e-9)
    chosen = [n for n in own if ".operation." in n or n.endswith(".projection")]
    want = sum(float(w.detach().norm("nuc") * w.grad.norm("nuc")) for w in (network.get_submodule(n).weight for n in chosen))
    assert value("synaptic_diversity", probe) == pytest.approx(want, rel=1e-9)
    rows = network.positions.weight.grad[:9].T
    assert_close(probe.jacobian(False), rows)
    cosines = torch.corrcoef(rows).numpy()
    v = np.linalg.eigvalsh(cosines).clip(0)
    assert value("jacobian_covariance", probe) == pytest.approx(-np.sum(np.log(v + 1e-5) + 1 / (v + 1e-5)), rel=1e-6)
    unit = (rows / rows.norm(dim=1, keepdim=True)).detach().numpy()
    pairs = [abs(unit[i] @ unit[j]) ** 0.05 for i in range(128) for j in range(128) if i != j]
    assert value("jacobian_cosine", probe) == pytest.approx(1 - sum(pairs) / 2 / (128**2 - 128), rel=1e-9)


def test_ones_are_annihilated_by_the_last_norm(network, probe):
    for name in ("synaptic_saliency", "head_importance", "synaptic_diversity"):
        assert value(f"{name}_ones", probe) < 1e-12 * value(name, probe)
    gain = network.layers[-1].output_norm.weight.data
    gain[0] = 2.0  # any gain but 1 brings the gradient back
    try:
        other = EncoderProbe(network, TOKENS)
        assert value("synaptic_saliency_ones", other) > 1e-4 * value("synaptic_saliency", other)
    finally:
        gain[0] = 1.0


def test_one_eigenvalue_is_null():
    """More positions than features of the table, so that only the norm's null direction is left."""
    network = initialise(Encoder(encoders.parse("128 | SDP*2:512x1 | SDP*2:512x1"), vocabulary=400)).double()
    tokens = torch.arange(2 * 200).reshape(2, 200) % 400
    found = value("jacobian_covariance", EncoderProbe(network, tokens))
    null = -(math.log(1e-5) + 1e5)
    assert 2 * null < found < null - 127


def test_nothing_is_left_behind(network):
    before = {name: parameter.clone() for name, parameter in network.state_dict().items()}
    network.eval()
    state = torch.random.get_rng_state()
    one, two = (value("head_confidence", EncoderProbe(network, TOKENS)) for _ in range(2))
    assert one == two
    assert torch.equal(state, torch.random.get_rng_state())
    assert not network.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert not any(module._forward_hooks for module in network.modules())


def test_passes_are_paid_once_and_booked(network):
    probe = EncoderProbe(network, TOKENS)
    for name in encoder_metrics.names():
        with probe.meter.step(name):
            value(name, probe)
    assert len(probe.inputs) == MODULES["head_confidence"]
    assert probe.meter.price("synaptic_saliency") > probe.meter.price("params")


def test_all_are_registered_and_say_what_they_are():
    names = encoder_metrics.names()
    assert len(names) == 3 * 2 + 3 * 4 + 2 * 2 + 1
    assert all(encoder_metrics.get(name).summary.endswith((".", ":")) or encoder_metrics.get(name).summary for name in names)
    assert encoder_metrics.get("params")(EncoderProbe(initialise(Encoder(encoders.parse(ARCH))), TOKENS)) == encoders.params(
        encoders.parse(ARCH)
    )
    with pytest.raises(KeyError, match="Did you mean 'head_confidence'"):
        encoder_metrics.get("head_confidenc")
