"""Image sets that the networks are trained and probed on: placed digits, and the first images of public sets."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from untrained import downloads
from untrained.initialise import draw
from untrained.readers import cifar

PARTS = {"train": slice(0, 1000), "valid": slice(1000, 1300), "test": slice(1300, 1797)}
"""Disjoint parts of the permuted digits; an image belongs to one part before it is placed anywhere."""


@dataclass(frozen=True)
class Images:
    """Inputs (n, c, h, w) float32 and targets (n,) int64."""

    inputs: np.ndarray
    targets: np.ndarray

    def __len__(self) -> int:
        return len(self.targets)


@dataclass(frozen=True)
class PlacedDigits:
    """Handwritten digits at random places on a noisy canvas: scikit-learn's 1,797 images of 8 x 8 pixels.

    x = (canvas - m) / s + noise z,  z ~ N(0, 1) per pixel,  m and s over the clean training canvases.

    Args:
        size: side of the square canvas in pixels.
        noise: standard deviation of the noise, in standard deviations of the clean canvas.
        placements: how often each image of a part is placed.
        seed: of the split, the places and the noise.
    """

    size: int = 12
    noise: float = 0.8
    placements: tuple[tuple[str, int], ...] = (("train", 2), ("valid", 2), ("test", 3))
    seed: int = 0

    def part(self, name: str) -> Images:
        """The placed images of `train`, `valid` or `test`, in an order that repeats the part once per placement."""
        images, targets = self._part(name)
        clean = self._place(images, name)
        train = clean if name == "train" else self._place(self._part("train")[0], "train")
        noise = draw(f"digits.noise.{name}", clean.shape, seed=self.seed)
        inputs = (clean - train.mean()) / train.std() + self.noise * noise
        return Images(inputs[:, None].astype(np.float32), np.tile(targets, dict(self.placements)[name]))

    def members(self, name: str) -> np.ndarray:
        """Positions of a part's images in scikit-learn's order."""
        count = len(_digits().target)
        return np.argsort(draw("digits.split", (count,), seed=self.seed), kind="stable")[PARTS[name]]

    def _part(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        digits, order = _digits(), self.members(name)
        return digits.images[order] / 16, digits.target[order].astype(np.int64)

    def _place(self, images: np.ndarray, name: str) -> np.ndarray:
        images = np.tile(images, (dict(self.placements)[name], 1, 1))
        room = self.size - images.shape[-1] + 1
        normal = draw(f"digits.place.{name}", (len(images), 2, 12), seed=self.seed)
        # A sum of squares modulo 1, scaled, is an integer place drawn from the same normal stream on every machine.
        rows, columns = (np.floor(room * np.modf(1e3 * (normal**2).sum(-1))[0])).astype(int).T
        canvas = np.zeros((len(images), self.size, self.size))
        for image, row, column, target in zip(images, rows, columns, canvas, strict=True):
            target[row : row + image.shape[0], column : column + image.shape[1]] = image
        return canvas


def _digits() -> Any:
    """Scikit-learn's digits; imported where they are asked for, because that takes 70 MB of every process."""
    from sklearn.datasets import load_digits

    return load_digits()


Batch = tuple[np.ndarray, np.ndarray]

MEAN_STD = {
    "cifar10": ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    "cifar100": ((0.5071, 0.4865, 0.4409), (0.2673, 0.2564, 0.2762)),
    "imagenet16_120": ((0.4811, 0.4575, 0.4079), (0.2479, 0.2402, 0.2553)),
}
"""Mean and standard deviation per channel (red, green, blue) of the training images, of pixels in 0..1."""


def cifar10(count: int, *, data: Path | str = "data") -> Batch:
    """The first CIFAR-10 training images in the official order.

    x = (pixel / 255 - mean) / std  per channel of `MEAN_STD`.  From the official archives, or from the mirror's lossless
    extract of the first 4,000: the same pixels. It also stands in for CIFAR-100, under the name `cifar10`: its labels 0..9
    are then taken as the first ten of the hundred classes.

    Returns:
        Inputs (count, 3, 32, 32) float32 and labels (count,) int64, 0..9.

    Raises:
        Missing: no archive can be had.
        ValueError: more images are asked than there are.
    """
    ways = {
        "cifar10/cifar-10-binary.tar.gz": lambda path: cifar.binary(path, "cifar10", count),
        "cifar10/cifar-10-python.tar.gz": lambda path: cifar.python(path, "cifar10", count),
    }
    if count <= 4000:
        ways["cifar10/cifar10_train_first4000_lossless.npz"] = lambda path: _extract(path, "images")
    return _normalised(_read(ways, data), count, "cifar10")


def cifar100(count: int, *, data: Path | str = "data") -> Batch:
    """The first CIFAR-100 training images in the official order, labels 0..99 (fine), normalised as `cifar10` is.

    Raises:
        Missing: no archive can be had; `cifar10` is the stand-in, asked for by its name.
        ValueError: more images are asked than there are.
    """
    ways = {
        "cifar100/cifar-100-binary.tar.gz": lambda path: cifar.binary(path, "cifar100", count),
        "cifar100/cifar-100-python.tar.gz": lambda path: cifar.python(path, "cifar100", count),
    }
    return _normalised(_read(ways, data), count, "cifar100")


def imagenet16_120(count: int, *, data: Path | str = "data") -> Batch:
    """The first ImageNet16-120 training images: those of downsampled ImageNet's first batch with labels 1..120, less one.

    Raises:
        Missing: the batch cannot be had (it is behind a log-in); `imagenet_sample` is the stand-in, asked for by its name.
        ValueError: more images are asked than there are in the first batch.
    """
    images, labels = _read({"imagenet16_120/train_data_batch_1": cifar.downsampled}, data)
    chosen = labels <= 120
    return _normalised((images[chosen], labels[chosen] - 1), count, "imagenet16_120")


def imagenet_sample(count: int, size: int = 16, *, classes: int = 1000, data: Path | str = "data") -> Batch:
    """Stand-in `imagenet_sample`: one ImageNet image per class, resized whole with a box filter, in a fixed random order.

    Neither the images nor the classes are those of ImageNet16-120. The label is the rank of the WordNet id modulo `classes`:
    a loss can be computed from it, and it means nothing else. Normalised as ImageNet16-120.

    Args:
        count: at most 1,000.
        size: 16, 32 or 64 pixels.
        classes: number of labels.
        data: folder of the manifest.

    Raises:
        Missing: the sample cannot be had.
        ValueError: another size, or more images are asked than there are.
    """
    if size not in (16, 32, 64):
        raise ValueError(f"The sample has images of 16, 32 and 64 pixels, not {size}.")
    images, labels = _read({"imagenet_sample/imagenet_sample_1000.npz": lambda path: _extract(path, f"images{size}")}, data)
    order = np.argsort(draw("imagenet_sample.order", (len(labels),), seed=0), kind="stable")
    return _normalised((images[order], labels[order] % classes), count, "imagenet16_120")


def _read(ways: dict[str, Callable[[Path], Batch]], data: Path | str) -> Batch:
    """Images (n, 3, h, w) uint8 and labels from the first of some files that can be had."""
    ((file, path),) = downloads.first([(file,) for file in ways], data=data).items()
    return ways[file](path)


@lru_cache(maxsize=4)
def _extract(path: Path, field: str) -> Batch:
    """Images and labels of a mirror's npz file, of arrays (n, h, w, 3)."""
    with np.load(path, allow_pickle=False) as arrays:
        return arrays[field].transpose(0, 3, 1, 2), arrays["labels"].astype(np.int64)


def _normalised(batch: Batch, count: int, dataset: str) -> Batch:
    images, labels = batch
    if count > len(labels):
        raise ValueError(f"{count} images of {dataset} asked, {len(labels)} are there.")
    mean, std = (np.array(values, np.float32)[:, None, None] for values in MEAN_STD[dataset])
    return (images[:count].astype(np.float32) / 255 - mean) / std, labels[:count].copy()
