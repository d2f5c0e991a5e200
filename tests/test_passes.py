"""Passes hand gradients over where they arise; the recorded forward pass is the network's own; codes are counted exactly."""

import weakref

import numpy as np
import pytest
import torch
from networks import CASES, minibatch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.testing import assert_close

from untrained import codes, passes, recording, shards
from untrained.initialise import draw, fill


def normal(name: str, *shape: int) -> Tensor:
    return torch.from_numpy(draw(name, shape, seed=0))


def hooks_of(tensor: Tensor) -> int:
    return len(tensor._backward_hooks or ())


# -- the stream of gradients ---------------------------------------------------------------------------------------------


def graph():
    """x -> before -> (w) -> after -> total, and two tensors aside: one of x alone, one without a graph."""
    x, w = normal("x", 4).requires_grad_(), normal("w", 4).requires_grad_()
    before = x.tanh()
    after = before * w
    tensors = {"before": before, "after": after, "aside": x.exp(), "constant": normal("c", 4), "leaf": x, "source": w}
    return tensors, (after * after * before).sum()


def test_every_gradient_comes_once_and_zeros_where_none_goes():
    """Also of what lies before the first source, which the way back to the sources never meets, and of leaves."""
    tensors, total = graph()
    wanted = torch.autograd.grad(total, tensors["source"], retain_graph=True)[0]
    taken = []
    takes = [(tensor, lambda q, name=name: taken.append((name, q))) for name, tensor in tensors.items()]
    (found,) = passes.stream(total, takes, [tensors["source"]])
    assert_close(found, wanted, rtol=0, atol=0)
    assert sorted(name for name, _ in taken) == sorted(tensors)
    taken.clear()
    passes.stream(total, [(recording.place(take), f) for take, f in takes], [tensors["source"]])
    assert sorted(name for name, _ in taken) == sorted(tensors)
    for name, q in taken:
        slope = torch.zeros(4, dtype=torch.float64)
        if tensors[name].requires_grad:
            (slope,) = torch.autograd.grad(
                total, tensors[name], retain_graph=True, allow_unused=True, materialize_grads=True
            )
        assert_close(q, slope, msg=lambda text, name=name: f"{name}: {text}")
    assert_close(dict(taken)["aside"], torch.zeros(4, dtype=torch.float64), rtol=0, atol=0)


def test_what_lies_behind_comes_before_what_lies_in_front_and_nothing_is_held():
    tensors, total = graph()
    order = []
    passes.stream(total, [(tensors[n], lambda _, n=n: order.append(n)) for n in ("source", "after")], [tensors["source"]])
    assert order == ["after", "source"]
    assert not any(hooks_of(tensor) for tensor in tensors.values())
    assert all(tensor.grad is None for tensor in tensors.values() if tensor.is_leaf)


def test_one_tensor_may_be_asked_for_twice():
    tensors, total = graph()
    taken = []
    passes.stream(total, [(tensors["after"], taken.append)] * 2, [tensors["source"]])
    assert len(taken) == 2
    assert_close(taken[0], taken[1], rtol=0, atol=0)


def test_a_scalar_without_a_graph_gives_zeros():
    tensors, _ = graph()
    taken = []
    (found,) = passes.stream(torch.tensor(1.0), [(tensors["after"], taken.append)], [tensors["source"]])
    assert not found.any()
    assert len(taken) == 1
    assert not taken[0].any()


def test_an_error_on_the_way_takes_the_hooks_along():
    tensors, total = graph()

    def fail(_):
        raise ArithmeticError("no room for this gradient")

    with pytest.raises(ArithmeticError, match="no room"):
        passes.stream(total, [(tensors["before"], print), (tensors["after"], fail)], [tensors["source"]])
    assert not any(hooks_of(tensor) for tensor in tensors.values())


# -- the backward pass of the loss ---------------------------------------------------------------------------------------


class Mixed(nn.Module):
    """ReLU before any weight, a convolution whose input no weight made, one layer called twice, one without effect."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.relu, self.other = nn.ReLU(), nn.ReLU(), nn.ReLU()
        self.stem, self.shared, self.dead = nn.Conv2d(1, 3, 3, padding=1), nn.Conv2d(3, 3, 1), nn.Conv2d(3, 2, 1)
        self.head = nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(self.first(x))
        x = self.shared(self.relu(x) + self.other(x))
        self.dead(x)
        return self.head(self.shared(x.tanh()).mean((2, 3)))


def recorded(make=Mixed):
    inputs, targets = minibatch()
    network = recording.set_modes(fill(make(), seed=0).double(), "batch")
    return network, recording.forward(network, inputs.double()), targets


def slopes_of(total, tensors):
    edges = [tensor.edge if isinstance(tensor, recording.Place) else tensor for tensor in tensors]
    found = torch.autograd.grad(total, edges, retain_graph=True, allow_unused=True)
    return tuple(
        torch.zeros(tensor.shape, dtype=tensor.dtype) if slope is None else slope
        for slope, tensor in zip(found, tensors, strict=True)
    )


def inputs_of(network, inputs, kind):
    """What reached each module of a kind, in the order of the calls."""
    seen, layers = [], [(name, layer) for name, layer in network.named_modules() if isinstance(layer, kind)]
    handles = [
        layer.register_forward_pre_hook(lambda _, args, name=name: seen.append((name, args[0].detach().clone())))
        for name, layer in layers
    ]
    network(inputs)
    for handle in handles:
        handle.remove()
    return seen


@pytest.mark.parametrize("case", [Mixed, *(CASES[name].make for name in ("cell", "disconnected", "residual", "mlp"))])
def test_one_backward_pass_gives_what_separate_ones_give(case):
    network, run, targets = recorded(case)
    loss = cross_entropy(run.logits, targets)
    found = passes.loss_gradients(run, targets, relus=True)
    assert found.loss == float(loss.detach())
    assert list(found.weights) == list(dict.fromkeys(name for name, *_ in run.layers))
    wanted = slopes_of(loss, [network.get_submodule(name).weight for name in found.weights])
    assert_close([g for _, g in found.weights.values()], list(wanted), rtol=1e-12, atol=1e-14)
    outputs = [output for *_, output in run.layers]
    products = [output * slope for output, slope in zip(outputs, slopes_of(loss, outputs), strict=True)]
    sums = [product.flatten(2).sum(2) if product.ndim > 2 else product for product in products]
    assert_close(found.saliency, [total.detach() for total in sums], rtol=1e-10, atol=1e-14)
    maps = [relu for relu, _ in run.relus]
    correlations = [passes.row_correlation(slope.flatten(1)) for slope in slopes_of(loss, maps)]
    assert_close(found.relus, correlations, rtol=1e-8, atol=1e-10, equal_nan=True)
    assert not any(hooks_of(tensor) for tensor in outputs)


def test_a_relu_on_the_input_itself_has_its_gradient():
    """It lies behind no weight: the way back to the weights does not meet it."""
    _, run, targets = recorded()
    assert run.relus[0][0] is run.inputs
    found = passes.loss_gradients(run, targets, relus=True)
    assert torch.isfinite(found.relus[0]).all()
    assert passes.loss_gradients(run, targets).relus == []
    assert_close(passes.loss_gradients(run, targets).saliency, found.saliency, rtol=0, atol=0)


def test_both_calls_of_a_layer_come_together_and_dead_layers_get_zeros():
    _, run, _ = recorded()
    total, taken = run.logits.sum(), {}

    def take(name, layer, calls):
        assert name not in taken
        taken[name] = calls

    passes.layer_gradients(run, total, take)
    assert {name: len(calls) for name, calls in taken.items()} == {"stem": 1, "shared": 2, "dead": 1, "head": 1}
    for name in taken:
        pairs = [(x, output) for other, _, x, output in run.layers if other == name]
        slopes = slopes_of(total, [output for _, output in pairs])
        wanted = {id(x): (x.detach(), slope) for (x, _), slope in zip(pairs, slopes, strict=True)}
        for x, q in taken[name]:
            assert not x.requires_grad
            assert any(torch.equal(x, given) and torch.equal(q, slope) for given, slope in wanted.values())
    assert not taken["dead"][0][1].any()


# -- the recorded forward pass -------------------------------------------------------------------------------------------


class Readers(nn.Module):
    """One map read by two ReLUs and two ReLU6s, each of whose outputs goes another way."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 3, 3)
        self.one, self.two, self.six, self.other = nn.ReLU(), nn.ReLU(), nn.ReLU6(), nn.ReLU6()
        self.a, self.b, self.c = nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1), nn.Conv2d(3, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = 9 * self.stem(x)  # beyond 6
        x = self.a(self.one(x)) + self.b(self.two(x)) * self.c(self.six(x)) - self.other(x)
        return self.one(x).mean((2, 3))


def test_readers_of_one_map_share_its_code_and_their_output():
    network, run, _ = recorded(Readers)
    assert [readers for _, readers in run.relus] == [["one", "two", "six", "other"], ["one"]]
    assert [count for _, count in run.codes] == [4, 1]
    calls = inputs_of(network, run.inputs, recording.ACTIVATIONS)
    for relu, (code, _) in zip((calls[0][1], calls[-1][1]), run.codes, strict=True):
        assert torch.equal(code, (relu > 0).flatten(1))
    inputs = {name: x for name, _, x, _ in run.layers}
    assert inputs["a"] is inputs["b"]
    assert inputs["c"] is not inputs["a"]
    assert float(inputs["a"].max()) > 6 == float(inputs["c"].max())


def test_what_a_relu_read_is_let_go_and_its_correlation_stays():
    """One map read by two ReLUs is correlated once, on the way; a pass for gradients alone reads nothing off the ReLUs."""
    network, _, _ = recorded(Readers)
    alive, inputs = [], minibatch()[0].double()
    handle = network.one.register_forward_hook(lambda _, args, __: alive.append(weakref.ref(args[0])))
    run = recording.forward(network, inputs, record="responses")
    handle.remove()
    assert alive[-1]() is None  # the first is kept by the backward pass of ReLU6
    calls = inputs_of(network, inputs, recording.ACTIVATIONS)
    wanted = [passes.row_correlation(x.flatten(1)) for x in (calls[0][1], calls[-1][1])]
    assert_close(run.responses, wanted, rtol=0, atol=0)
    assert [place.shape for place, _ in run.relus] == [calls[0][1].shape, calls[-1][1].shape]
    bare = recording.forward(network, inputs, record="graph")
    assert not (bare.codes or bare.responses or bare.maps or bare.blocks)
    assert [readers for _, readers in bare.relus] == [readers for _, readers in run.relus]
    assert_close(bare.logits, run.logits, rtol=0, atol=0)
    assert {name: x for name, _, x, _ in bare.layers}["a"] is {name: x for name, _, x, _ in bare.layers}["b"]


def test_recording_changes_neither_values_nor_gradients():
    network, run, targets = recorded(Readers)
    inputs = run.inputs.detach().clone().requires_grad_()
    plain = network(inputs)
    assert_close(run.logits, plain, rtol=0, atol=0)
    weights = list(network.parameters())
    ours = slopes_of(cross_entropy(run.logits, targets), [run.inputs, *weights])
    assert_close(ours, slopes_of(cross_entropy(plain, targets), [inputs, *weights]), rtol=1e-12, atol=1e-14)
    assert not any(layer._forward_hooks for layer in network.modules())


def test_an_error_in_the_network_takes_the_hooks_along():
    network, _, _ = recorded(Readers)
    with pytest.raises(RuntimeError, match="channels"):
        recording.forward(network, torch.zeros(2, 5, 6, 6, dtype=torch.float64))
    assert not any(layer._forward_hooks for layer in network.modules())


def test_normalisation_is_recorded_where_it_does_not_couple_samples():
    def network():
        return nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.GroupNorm(2, 4), nn.Flatten(), nn.LayerNorm(64), nn.Linear(64, 3)
        )

    inputs, alone = minibatch()[0], ["2", "4"]
    for norm, wanted in {
        "batch": alone,
        "running": ["1", *alone],
        "frozen": ["1", *alone],
        "sample": ["1", *alone],
    }.items():
        run = recording.forward(recording.set_modes(network(), norm), inputs)
        assert [name for name, *_ in run.norms] == wanted
        for _, layer, x, output in run.norms:
            assert output.shape == layer(x).shape
            assert_close(recording.normalised(layer, x), layer(x))  # scale 1 and shift 0
            slope = normal("slope", *x.shape).to(x)
            (mine,) = torch.autograd.grad(layer(x), layer.weight, slope)
            (theirs,) = torch.autograd.grad(output.edge, layer.weight, slope, retain_graph=True)
            assert_close(theirs, mine)  # the place is that of the layer's own output


# -- codes and memory ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", range(1, 41))
def test_distinct_rows_are_those_of_a_set(width):
    """Few values, so that rows repeat, differ in the last byte alone, and end in zero bytes."""
    generator = np.random.default_rng(width)
    rows = np.zeros((60, width), np.uint8)
    rows[:, -1] = generator.integers(0, 3, 60)
    rows[:, 0] += generator.integers(0, 2, 60).astype(np.uint8) * 255
    rows[:, generator.integers(width)] += generator.integers(0, 2, 60).astype(np.uint8)
    assert codes.distinct_rows_of_bytes(rows) == len(set(map(bytes, rows)))
    assert codes.distinct_rows_of_bytes(rows[:1]) == 1
    assert codes.distinct_rows_of_bytes(rows[:0]) == 0
    assert codes.distinct_rows_of_bytes(rows[::2]) == len(set(map(bytes, rows[::2])))


@pytest.mark.parametrize("shape", [(9, 5), (33, 64), (7, 65), (12, 200)])
def test_codes_and_patterns_are_rows_and_columns(shape):
    code = torch.from_numpy(np.random.default_rng(0).integers(0, 2, shape) > 0)
    code[1::3] = code[0]
    code[:, 1::2] = code[:, :1]
    matrix = code.numpy()
    assert codes.distinct_codes(code) == len(set(map(bytes, matrix)))
    assert codes.distinct_patterns(code) == len(set(map(bytes, matrix.T.copy())))


def test_keeping_freed_memory_changes_no_number(monkeypatch):
    before = draw("memory", (2000,), seed=0).sum()
    for _ in range(2):
        shards.keep_freed_memory()
        assert draw("memory", (2000,), seed=0).sum() == before
    monkeypatch.setattr(shards.ctypes, "CDLL", lambda _: object())  # another C library has no such options
    shards.keep_freed_memory()


def test_an_output_changed_in_place_is_not_shared():
    class InPlace(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two = nn.ReLU(), nn.ReLU()

        def forward(self, x: Tensor) -> Tensor:
            changed = self.one(x).add_(1)
            return changed + 10 * self.two(x)

    x = torch.tensor([[-1.0, 2.0]])
    assert_close(recording.forward(InPlace(), x).logits, InPlace()(x))


def test_what_a_take_returns_changes_no_gradient():
    x = torch.ones(2, 3, requires_grad=True)
    middle = 2 * x
    (gradient,) = passes.stream(middle.sum(), [(middle, lambda q: 5 * q)], [x])
    assert_close(gradient, torch.full((2, 3), 2.0))
