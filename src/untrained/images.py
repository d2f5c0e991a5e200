"""Image sets that the networks are trained and probed on; every array follows from fixed seeds."""

from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_digits

from untrained.initialise import draw

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
        count = len(load_digits().target)
        return np.argsort(draw("digits.split", (count,), seed=self.seed), kind="stable")[PARTS[name]]

    def _part(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        digits, order = load_digits(), self.members(name)
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
