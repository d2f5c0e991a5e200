"""The light training: worked examples of the angle, the first step of its optimiser, the pixels it sees."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.testing import assert_close

from untrained import light_training
from untrained.angle import scores
from untrained.light_training import LightTraining, Measurement, augmented, class_balanced, cosine

CELL = "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|nor_conv_1x1~1|none~2|"
SMALL = Measurement("nas_bench_digits", "digits", LightTraining(images_per_class=2, steps=2, padding=0, flip=False))


class Net(nn.Module):
    """One convolution and a classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 3)
        self.classifier = nn.Linear(3, 4)

    def forward(self, x):
        return self.classifier(self.conv(x).relu().mean((2, 3)))


def inputs(count: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(count, 1, 6, 6, generator=generator), torch.arange(count) % 4


def test_worked_examples_of_the_cosine():
    a = torch.tensor([1.0, 2.0, 3.0])
    assert cosine(torch.tensor([1.0, 0, 0]), torch.tensor([1.0, 1, 0])) == pytest.approx(0.70710678, abs=1e-8)
    assert cosine(a, 5 * a) == pytest.approx(1, abs=1e-15) and cosine(a, -a) == pytest.approx(-1, abs=1e-15)


def test_no_learning_is_trivial():
    x, y = inputs()
    found = light_training.light_training(Net(), [x] * 3, y, LightTraining(learning_rate=0.0))
    assert found["cos_fc"] == pytest.approx(1, abs=1e-12) and found["cos_all"] == pytest.approx(1, abs=1e-12)
    row = scores(pd.DataFrame([{"arch": CELL, "params": 1, **found}])).iloc[0]
    assert row["angle"] == 0 and row["loss"] == -100


def test_first_step_of_the_optimiser():
    x, y = inputs()
    network, twin = Net(), Net()
    twin.load_state_dict(network.state_dict())
    before = network.classifier.weight.detach().clone()
    gradient = torch.autograd.grad(cross_entropy(twin(x), y), twin.classifier.weight)[0]
    found = light_training.light_training(network, [x], y, LightTraining())
    assert_close(before - network.classifier.weight.detach(), 0.2 * 1.9 * (gradient + 5e-4 * before))
    assert found["loss"] == pytest.approx(cross_entropy(twin(x), y).item(), rel=1e-6)
    assert found["cos_fc"] == pytest.approx(cosine(before, network.classifier.weight.detach()))


def test_a_training_that_diverges_has_no_values():
    x, y = inputs()
    found = light_training.light_training(Net(), [x] * 60, y, LightTraining(learning_rate=1e20))
    assert all(np.isnan(found[name]) for name in ("cos_fc", "cos_features", "cos_all", "loss"))


def test_classes_are_balanced_and_drawn_by_seed():
    targets = np.repeat([3, 1, 2], [5, 9, 7])
    members = class_balanced(targets, 4, seed=0)
    assert np.bincount(targets[members]).tolist() == [0, 4, 4, 4] and len(set(members)) == 12
    assert not np.array_equal(members, class_balanced(targets, 4, seed=1))
    with pytest.raises(ValueError, match="Class 3 has 5 images, 6 of each are wanted"):
        class_balanced(targets, 6, seed=0)


def test_every_step_shifts_and_flips_anew():
    x = torch.arange(2 * 36.0).reshape(2, 1, 6, 6) + 1
    first, second = augmented(x, LightTraining(steps=2, padding=2), seed=0, border=-7.0)
    assert not torch.equal(first, second)
    padded = nn.functional.pad(x, [2] * 4, value=-7.0)
    for image, whole in zip(first, padded, strict=True):
        shifts = [whole[:, i : i + 6, j : j + 6] for i in range(5) for j in range(5)]
        assert any(torch.equal(image, shift) or torch.equal(image, shift.flip(2)) for shift in shifts)
    assert torch.equal(first, augmented(x, LightTraining(steps=1, padding=2), seed=0, border=-7.0)[0])


def test_without_padding_and_flips_the_images_are_seen_as_they_are():
    x, _ = inputs()
    assert all(torch.equal(batch, x) for batch in augmented(x, LightTraining(steps=3, padding=0, flip=False), seed=0))


def test_some_are_flipped_and_some_not():
    x = torch.arange(6.0).reshape(1, 1, 1, 6).expand(64, 1, 6, 6).contiguous()
    batch = augmented(x, LightTraining(steps=1, padding=0), seed=0)[0]
    assert 16 < int((batch[:, 0, 0, 0] == 5).sum()) < 48


def test_measurement_is_a_function_of_its_units():
    both = SMALL([(CELL, 0), (CELL, 1)]).drop(columns="seconds")
    again = SMALL([(CELL, 1)]).drop(columns="seconds")
    assert both.iloc[1].equals(again.iloc[0].rename(1)) and both.loc[0, "cos_fc"] != both.loc[1, "cos_fc"]


def test_key_names_what_decides():
    other = Measurement("nas_bench_digits", "digits", LightTraining(steps=3))
    assert SMALL.key != other.key and SMALL.key == Measurement("nas_bench_digits", "digits", SMALL.protocol, data="x").key


def test_images_are_averaged_down():
    batches, targets = light_training._batches(replace(SMALL, side=6), 0)
    whole, _ = light_training._batches(SMALL, 0)
    assert_close(batches[0], nn.functional.avg_pool2d(whole[0], 2))
    assert np.bincount(targets).tolist() == [2] * 10
