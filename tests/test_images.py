"""The placed digits: parts that share no image, and the same bytes everywhere. Public sets: the same from any source."""

import json
import pickle
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from official import archive, cifar_binary, cifar_python, manifest, pixels
from sklearn.datasets import load_digits

from untrained import images
from untrained.downloads import Missing
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


IMAGES, LABELS = pixels(20), np.arange(20) % 10
NPZ = "cifar10/cifar10_train_first4000_lossless.npz"


def extract(path, found, labels):
    """A mirror's lossless extract: images last in channels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        np.savez_compressed(file, images=found.transpose(0, 2, 3, 1), labels=labels.astype(np.int8))


@pytest.fixture
def originals(tmp_path, monkeypatch):
    """To be called when the mirror's files are written: states them, and those that are nowhere, in a manifest."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UNTRAINED_MIRROR", str(tmp_path / "mirror"))
    names = (NPZ, "cifar10/cifar-10-binary.tar.gz", "cifar10/cifar-10-python.tar.gz", "cifar100/cifar-100-binary.tar.gz")
    names += (
        "cifar100/cifar-100-python.tar.gz",
        "imagenet16_120/train_data_batch_1",
        "imagenet_sample/imagenet_sample_1000.npz",
    )
    return lambda: manifest(tmp_path / "data", tmp_path / "mirror", names)


@pytest.mark.parametrize("count", [20, 3])
def test_every_source_of_cifar10_gives_the_same_array(originals, tmp_path, count):
    folder, found = tmp_path / "mirror", []
    for write, name in (
        (cifar_binary, "cifar10/cifar-10-binary.tar.gz"),
        (cifar_python, "cifar10/cifar-10-python.tar.gz"),
        (extract, NPZ),
    ):
        write(folder / name, IMAGES, LABELS)
        originals()
        found.append(images.cifar10(count))
        (folder / name).unlink()
    for inputs, targets in found:
        assert inputs.dtype == np.float32 and targets.dtype == np.int64
        assert_array_equal(inputs, found[0][0])
        assert_array_equal(targets, LABELS[:count])
    mean, std = np.array([[0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616]])[..., None, None]
    assert_allclose(found[0][0], (IMAGES[:count] / 255 - mean) / std, rtol=0, atol=1e-6)


def test_more_images_than_there_are(originals, tmp_path):
    extract(tmp_path / "mirror" / NPZ, IMAGES, LABELS)
    originals()
    with pytest.raises(ValueError, match="21 images of cifar10 asked, 20 are there"):
        images.cifar10(21)
    with pytest.raises(Missing, match="cifar-10-binary"):
        images.cifar10(4001)


def test_a_batch_may_be_changed_without_changing_the_next(originals, tmp_path):
    extract(tmp_path / "mirror" / NPZ, IMAGES, LABELS)
    originals()
    inputs, targets = images.cifar10(5)
    inputs[:], targets[:] = 0, 0
    again, labels = images.cifar10(5)
    assert again.any() and labels.any()


def test_no_stand_in_comes_unasked(originals, tmp_path):
    extract(tmp_path / "mirror" / NPZ, IMAGES, LABELS)
    originals()
    with pytest.raises(Missing, match="cifar-100"):
        images.cifar100(4)
    with pytest.raises(Missing, match="imagenet16_120"):
        images.imagenet16_120(4)
    with pytest.raises(Missing, match="imagenet_sample"):
        images.imagenet_sample(4)


def test_cifar100(originals, tmp_path):
    records = np.concatenate([np.zeros((20, 1)), LABELS[:, None] + 90, IMAGES.reshape(20, -1)], axis=1).astype(np.uint8)
    archive(tmp_path / "mirror" / "cifar100/cifar-100-binary.tar.gz", {"train.bin": records.tobytes()})
    originals()
    inputs, targets = images.cifar100(6)
    assert_array_equal(targets, LABELS[:6] + 90)
    assert inputs.shape == (6, 3, 32, 32)


def test_imagenet16_120_keeps_the_first_120_classes(originals, tmp_path):
    small, path = pixels(5, 16), tmp_path / "mirror" / "imagenet16_120/train_data_batch_1"
    path.parent.mkdir(parents=True)
    path.write_bytes(pickle.dumps({"data": small.reshape(5, -1), "labels": [1, 1000, 120, 7, 121]}, protocol=2))
    originals()
    inputs, targets = images.imagenet16_120(3)
    assert targets.tolist() == [0, 119, 6]
    one = [images.imagenet16_120(count)[0] for count in (1, 2)]
    assert_array_equal(inputs[:2], one[1])
    mean, std = (np.array(values)[:, None, None] for values in images.MEAN_STD["imagenet16_120"])
    assert_allclose(inputs, (small[[0, 2, 3]] / 255 - mean) / std, rtol=0, atol=1e-6)


def test_the_imagenet_sample_in_its_fixed_order(originals, tmp_path):
    path = tmp_path / "mirror" / "imagenet_sample/imagenet_sample_1000.npz"
    path.parent.mkdir(parents=True)
    arrays = {f"images{size}": pixels(1000, size)[:, :, :1, :1].repeat(size, 2).repeat(size, 3) for size in (16, 32)}
    arrays = {name: array.transpose(0, 2, 3, 1) for name, array in arrays.items()}
    np.savez_compressed(path, labels=np.arange(1000, dtype=np.int16), **arrays)
    originals()
    inputs, targets = images.imagenet_sample(1000)
    assert inputs.shape == (1000, 3, 16, 16)
    assert sorted(targets) == list(range(1000)) and targets[:5].tolist() != [0, 1, 2, 3, 4]
    assert_array_equal(images.imagenet_sample(7, 32)[1], targets[:7])
    assert_array_equal(images.imagenet_sample(7, classes=120)[1], targets[:7] % 120)
    mean, std = images.MEAN_STD["imagenet16_120"]
    first = arrays["images16"][targets[0], 0, 0]
    assert_allclose(inputs[0, :, 3, 4], (first / 255 - mean) / std, rtol=0, atol=1e-6)
    with pytest.raises(ValueError, match="not 24"):
        images.imagenet_sample(7, 24)
