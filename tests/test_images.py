"""The placed digits: parts that share no image, and the same bytes everywhere."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.datasets import load_digits

from untrained.images import PARTS, PlacedDigits

GOLDEN = Path(__file__).parent / "golden" / "digits.json"


def test_no_image_is_in_two_parts():
    parts = [set(PlacedDigits().members(name)) for name in PARTS]
    assert [len(part) for part in parts] == [1000, 300, 497]
    assert set.union(*parts) == set(range(len(load_digits().target)))


@pytest.mark.parametrize(("name", "count"), [("train", 2000), ("valid", 600), ("test", 1491)])
def test_shapes_and_targets(name, count):
    part = PlacedDigits().part(name)
    assert len(part) == count
    assert part.inputs.shape == (count, 1, 12, 12)
    assert part.inputs.dtype == np.float32
    originals = load_digits().target[PlacedDigits().members(name)]
    assert_array_equal(part.targets, np.tile(originals, count // len(originals)))


@pytest.mark.parametrize("name", PARTS)
def test_every_digit_stands_whole_somewhere_on_its_canvas(name):
    digits = PlacedDigits(noise=0.0)
    canvas, originals = digits.part(name).inputs[:, 0], load_digits().images[digits.members(name)]
    values = np.unique(canvas)  # without noise: 17 grey levels, equally far apart
    assert len(values) == 17
    levels = np.rint((canvas - values[0]) / (values[1] - values[0]))
    originals = np.tile(originals, (len(levels) // len(originals), 1, 1))
    assert_array_equal(levels.sum((1, 2)), originals.sum((1, 2)))
    found = [
        any(np.array_equal(level[r : r + 8, c : c + 8], one) for r in range(5) for c in range(5))
        for level, one in zip(levels[:50], originals, strict=False)
    ]
    assert all(found)


def test_places_and_noise_differ_between_placements_and_seeds():
    train = PlacedDigits().part("train").inputs
    assert not np.array_equal(train[:1000], train[1000:])
    assert not np.array_equal(PlacedDigits(seed=1).part("train").inputs, train)


def test_training_images_are_standardised_before_the_noise():
    clean = PlacedDigits(noise=0.0).part("train").inputs
    np.testing.assert_allclose([clean.mean(), clean.std()], [0, 1], atol=1e-5)


def test_frozen_bytes(request):
    """Targets and noise-free images to the byte: no other machine, library or day gives others."""
    found = {name: fingerprint(PlacedDigits().part(name)) for name in PARTS}
    if request.config.getoption("--refresh-golden"):
        GOLDEN.write_text(json.dumps(found, indent=1) + "\n")
    assert found == json.loads(GOLDEN.read_text())


def fingerprint(part):
    return {
        "inputs": sha256(part.inputs.astype("<f4").tobytes()).hexdigest(),
        "targets": sha256(part.targets.astype("<i8").tobytes()).hexdigest(),
    }
