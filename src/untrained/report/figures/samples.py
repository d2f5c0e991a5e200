"""Pictures of a minibatch: its images, and a matrix that compares each two of them."""

import numpy as np
from numpy.typing import ArrayLike

from untrained.report.style import Picture, canvas, number, panels, styled


@styled
def image_grid(images: ArrayLike, labels: ArrayLike | None = None) -> Picture:
    """Grey images side by side, with their labels where given.

    Args:
        images: (n, h, w).
        labels: n class names or numbers.

    Returns:
        The picture.
    """
    images = np.asarray(images, float)
    names = [str(label) for label in (labels if labels is not None else [""] * len(images))]
    figure, axes = panels(len(images), columns=8, width=0.8, height=0.85)
    for ax, image, name in zip(axes, images, names, strict=True):
        ax.imshow(image, cmap="Greys", interpolation="nearest")
        ax.set_title(name)
        ax.set_axis_off()
    size = f"{images.shape[2]} x {images.shape[1]}"
    text = f"{len(images)} images of {size} pixels" + (f", labelled {', '.join(names)}" if any(names) else "")
    return Picture(figure, f"{text}.", f"{text}; above each image its label." if any(names) else f"{text}.")


@styled
def sample_matrix(values: ArrayLike, *, what: str) -> Picture:
    """A symmetric matrix over the samples of a minibatch, with the mean size of its off-diagonal entries.

    Args:
        values: (n, n), entries in [-1, 1].
        what: its name, in lower case.

    Returns:
        The picture.
    """
    values = np.asarray(values, float)
    figure, axes = canvas(4.6, 3.8)
    shown = axes.imshow(values, cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
    axes.grid(visible=False)
    axes.set(xlabel="image", ylabel="image")
    figure.colorbar(shown, ax=axes)
    off = np.abs(values[~np.eye(len(values), dtype=bool)]).mean()
    text = f"{what[:1].upper()}{what[1:]} of {len(values)} images; off the diagonal the mean size is {number(off)}"
    return Picture(figure, f"Matrix picture: {text}.", f"{text}.")
