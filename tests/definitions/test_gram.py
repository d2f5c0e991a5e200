"""Per-sample gradients of single layers against autograd, and the kernel that is added up from them."""

import copy

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from untrained import gram, passes, recording
from untrained.initialise import draw, fill
from untrained.probe import Probe, Undefined
from untrained.setting import Setting

SAMPLES = 3


def normal(name: str, *shape: int) -> Tensor:
    return torch.from_numpy(draw(name, shape, seed=0))


def literal_rows(layer: nn.Module, x: Tensor, q: Tensor) -> Tensor:
    """Gradient of q_i . layer(x_i) with respect to the weight, sample by sample."""
    rows = []
    for i in range(len(x)):
        (slope,) = torch.autograd.grad((layer(x[i : i + 1]) * q[i : i + 1]).sum(), layer.weight)
        rows.append(slope.flatten())
    return torch.stack(rows)


ROWS = [
    {"kernel_size": kernel, "stride": stride, "padding": padding}
    for kernel, stride, padding in [
        (1, 1, 0),
        (1, 2, 0),
        (3, 1, 1),
        (3, 2, 1),
        (2, 3, 0),
        (5, 2, 2),
        ((1, 3), 1, (0, 1)),
        ((3, 2), (2, 1), (2, 1)),
        ((2, 4), (1, 3), 0),
        (3, 1, "same"),
        ((2, 4), 1, "same"),
        (3, 2, "valid"),
        ((6, 7), 1, 0),
    ]
] + [{"kernel_size": 3, "stride": 2, "padding": 1, "padding_mode": mode} for mode in ("reflect", "circular", "replicate")]
PATCHES = [
    {"kernel_size": 3, "dilation": 2, "padding": 2},
    {"kernel_size": 3, "dilation": (1, 2), "padding": "same"},
    {"kernel_size": 3, "groups": 2, "stride": 2, "padding": 1},
    {"kernel_size": (3, 2), "groups": 4, "padding": 1, "padding_mode": "circular"},
    {"kernel_size": 2, "groups": 2, "dilation": (2, 1), "padding": "same", "padding_mode": "reflect"},
]


def named(changes: dict) -> str:
    return "-".join(f"{key}={value}" for key, value in changes.items()).replace(" ", "")


@pytest.mark.parametrize("changes", ROWS + PATCHES, ids=named)
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_a_convolution_by_samples_equals_autograd(changes, layout, monkeypatch):
    by_rows, ran = gram._by_kernel_rows, []
    monkeypatch.setattr(gram, "_by_kernel_rows", lambda *given: ran.append(1) or by_rows(*given))
    layer = nn.Conv2d(4, 8, bias=False, **changes).double()
    x = normal("x", SAMPLES, 4, 6, 7).contiguous(memory_format=layout)
    q = normal("q", *layer(x).shape).contiguous(memory_format=layout)
    assert_close(gram.sample_rows(layer, x, q), literal_rows(layer, x, q))
    assert bool(ran) == (changes in ROWS)


def test_a_view_of_a_larger_map_is_read_where_it_lies():
    """Neither every second channel nor the gradient's broadcast ones may be taken for its neighbours in memory."""
    layer, whole = nn.Conv2d(2, 3, 3, bias=False).double(), normal("x", SAMPLES, 4, 7, 6)
    x, q = whole[:, ::2, 1:, :], torch.ones(1, dtype=torch.float64).expand(SAMPLES, 3, 4, 4)
    assert_close(gram.sample_rows(layer, x, q), literal_rows(layer, x, q))
    rows = [gram.sample_rows(layer, x[i : i + 1], q[i : i + 1]) for i in range(SAMPLES)]
    assert_close(torch.cat(rows), gram.sample_rows(layer, x, q))


class Whole(nn.Module):
    """Convolutions of every rule, normalisation, a layer called twice, one that nothing hears of, and a head of tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.norm, self.relu = nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU()
        self.twice, self.grouped = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 3, groups=2, dilation=2)
        self.dead, self.plain = nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4, affine=False)
        self.tokens, self.layer_norm, self.head = nn.Linear(4, 5), nn.LayerNorm(5), nn.Linear(5, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.norm(self.stem(x)))
        x = self.twice(self.relu(self.twice(x)))
        self.dead(x)
        x = self.plain(self.grouped(x)).flatten(2).mT
        return self.head(self.layer_norm(self.tokens(x)).mean(1))


def whole() -> nn.Module:
    network = fill(Whole().double(), seed=0)
    with torch.no_grad():
        for name, values in network.named_parameters():
            values.add_(normal(name, *values.shape) / 10)
    return network


def literal_kernel(network: nn.Module, inputs: Tensor) -> Tensor:
    """G G' over every parameter named "weight", one backward pass per sample through the whole batch."""
    weights = [p for name, p in network.named_parameters() if name.endswith("weight")]
    totals = network(inputs).sum(1)
    rows = [torch.autograd.grad(t, weights, retain_graph=True, materialize_grads=True, allow_unused=True) for t in totals]
    G = torch.stack([torch.cat([slope.flatten() for slope in row]) for row in rows])
    return G @ G.T


@pytest.mark.parametrize("norm", ["frozen", "running", "sample"])
def test_the_kernel_added_up_by_layers_is_the_literal_one(norm):
    network, inputs = recording.set_modes(whole(), norm), normal("images", 5, 2, 6, 6)
    run = recording.forward(network, inputs)
    assert_close(gram.layer_kernel(run, run.logits.sum()), literal_kernel(network, inputs), rtol=1e-10, atol=1e-10)


def test_layers_hand_over_their_gradients_one_after_the_other_and_each_once():
    network, met = recording.set_modes(whole(), "running"), []
    run = recording.forward(network, normal("images", 5, 2, 6, 6))
    passes.layer_gradients(run, run.logits.sum(), lambda name, layer, calls: met.append((name, len(calls))))
    wanted = {"stem": 1, "norm": 1, "twice": 2, "grouped": 1, "plain": 1, "tokens": 1, "layer_norm": 1, "head": 1, "dead": 1}
    assert dict(met) == wanted
    assert len(met) == len(wanted)
    assert [name for name, _ in met] == ["head", "layer_norm", "tokens", "plain", "grouped", "twice", "norm", "stem", "dead"]


# -- statistics that torch has no mode for -------------------------------------------------------------------------------


def detached(layer: nn.Module, x: Tensor) -> Tensor:
    """Batch normalisation by the batch's own mean and population variance, no gradient through either."""
    mean, variance = (part.detach()[None, :, None, None] for part in (x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)))
    return (x - mean) / (variance + layer.eps).sqrt() * layer.weight[None, :, None, None] + layer.bias[None, :, None, None]


@pytest.mark.parametrize("spread", [1.0, 1e-4])
def test_frozen_statistics_are_those_of_the_batch_without_their_gradient(spread):
    """Also where eps is most of the denominator."""
    layer, x = whole().norm, (spread * normal("x", 5, 4, 3, 3) + 2).requires_grad_()
    frozen = recording.set_modes(copy.deepcopy(layer), "frozen")
    q = normal("q", 5, 4, 3, 3)
    pairs = [(frozen(x), frozen), (detached(layer, x), layer)]
    assert_close(pairs[0][0], pairs[1][0], rtol=1e-9, atol=1e-9)
    assert_close(pairs[0][0], layer.train()(x), rtol=1e-9, atol=1e-9)
    slopes = [torch.autograd.grad((y * q).sum(), [x, one.weight, one.bias]) for y, one in pairs]
    assert_close(slopes[0], slopes[1], rtol=1e-9, atol=1e-9)
    through = torch.autograd.grad((layer.train()(x) * q).sum(), x)[0]
    assert (through - slopes[0][0]).abs().max() > 1e-3 * through.abs().max()


def test_statistics_of_single_samples_are_those_of_batches_of_one():
    network, inputs = whole(), normal("images", 4, 2, 6, 6)
    ones = recording.set_modes(copy.deepcopy(network), "batch")
    wanted = torch.cat([ones(inputs[i : i + 1]) for i in range(4)])
    assert_close(recording.set_modes(network, "sample")(inputs), wanted)


def test_one_position_has_no_statistics_of_its_own():
    norm = recording.set_modes(nn.BatchNorm2d(4), "sample")
    with pytest.raises(ValueError, match=r"needs two positions per channel or more, got \(5, 4, 1, 1\)"):
        norm(torch.ones(5, 4, 1, 1))
    vectors = recording.set_modes(nn.BatchNorm1d(4), "sample")
    with pytest.raises(ValueError, match=r"needs two positions per channel or more, got \(5, 4\)"):
        vectors(torch.ones(5, 4))


@pytest.mark.parametrize("norm", ["frozen", "sample"])
def test_running_statistics_are_neither_read_nor_written(norm):
    network, inputs = recording.set_modes(whole(), norm), normal("images", 4, 2, 6, 6)
    expected = network(inputs)
    network.norm.running_mean.fill_(7)
    network.norm.running_var.fill_(0.1)
    before = copy.deepcopy(network.state_dict())
    assert_close(network(inputs), expected, rtol=0, atol=0)
    assert_close(network.state_dict(), before, rtol=0, atol=0)


def test_batch_statistics_give_no_rows_and_the_reason():
    setting = Setting(init=None, batch=4, precision="float64")
    probe = Probe(whole(), normal("images", 4, 2, 6, 6), setting=setting)
    with pytest.raises(Undefined, match="batch statistics couple the samples: ask a variant with norm 'frozen', 'running'"):
        probe.layer_gradients(lambda *_: None)
    taken = []
    probe.variant(norm="frozen").layer_gradients(lambda name, *_: taken.append(name))
    assert len(taken) == 9


def test_entries_of_the_jacobian_are_those_of_autograd():
    network, inputs = recording.set_modes(whole(), "running"), normal("images", 4, 2, 6, 6)
    run, names = recording.forward(network, inputs), [name for name, _ in network.named_parameters()]
    found = gram.entry_jacobian(run, names)
    parameters = list(network.parameters())
    for i in range(4):
        for c in range(3):
            slopes = torch.autograd.grad(
                network(inputs[i : i + 1])[0, c], parameters, allow_unused=True, materialize_grads=True
            )
            assert_close(found[i, c], torch.stack([slope.flatten()[0] for slope in slopes]))
