"""Photographs inside scikit-image, whole or cut into patches: always there, without a network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dl_course import _validate
from dl_course.datasets import _pictures
from dl_course.datasets.dataset import Dataset

__all__ = ["load_patches", "load_photograph", "photograph_names"]

# Those inside scikit-image's package; the rest of skimage.data is downloaded when first used.
_PHOTOGRAPHS = (
    "astronaut",
    "brick",
    "camera",
    "cat",
    "cell",
    "clock",
    "coffee",
    "coins",
    "colorwheel",
    "grass",
    "gravel",
    "horse",
    "hubble_deep_field",
    "immunohistochemistry",
    "moon",
    "page",
    "retina",
    "rocket",
    "text",
)


def photograph_names() -> tuple[str, ...]:
    """Return the names that `load_photograph` knows.

    Examples:
        >>> photograph_names()[:4]
        ('astronaut', 'brick', 'camera', 'cat')
    """
    return _PHOTOGRAPHS


def load_photograph(
    name: str, *, grey: bool = False, size: int | tuple[int, int] | None = None
) -> Dataset:
    """Load one of scikit-image's pictures; needs no network.

    Args:
        name: One of `photograph_names()`.
        grey: True gives one channel, 0.2125 red + 0.7154 green + 0.0721 blue, in place of three.
        size: Pixels, `(height, width)` or one number for both; the picture is stretched to it. None
            keeps the size it has.

    Returns:
        A data set of one image, also at hand as `.image`: `(h, w, 3)`, or `(h, w, 1)` if `grey`.

    Raises:
        TypeError: If `size` is neither a whole number nor a pair of them.
        ValueError: If there is no such picture, or `size` is below 1.

    Examples:
        >>> load_photograph("cat")
        Dataset(1 image of 300 × 451 × 3, 1 class; scikit-image's picture 'cat')
        >>> load_photograph("cat", grey=True, size=(64, 96)).image.shape
        (64, 96, 1)
    """
    _validate.choice("name", name, _PHOTOGRAPHS)
    shape = None if size is None else _validate.pair("size", size)
    from skimage import color, data, util

    image = util.img_as_float32(getattr(data, name)())
    image = image if image.ndim == 3 else color.gray2rgb(image)  # (h, w, 3)
    if grey:
        image = color.rgb2gray(image)[..., np.newaxis]  # (h, w, 1)
    if shape is not None:
        image = _pictures.resized(image, (*shape, image.shape[-1]))
    labels = np.zeros(1, dtype=np.int64)
    return Dataset(image[np.newaxis], labels, (name,), f"scikit-image's picture {name!r}")


def load_patches(
    names: Sequence[str] = ("brick", "grass", "gravel"),
    *,
    per_class: int = 20,
    size: int = 96,
    image_size: int | tuple[int, int] | None = None,
    seed: int = 0,
) -> Dataset:
    """Cut square patches out of scikit-image's pictures, one class per picture; needs no network.

    A grid divides each picture into squares; the patches are some of these, chosen at random, so no
    two overlap.

    Args:
        names: Pictures to cut up, of `photograph_names()`; they are the classes.
        per_class: Patches of each picture.
        size: Side of a patch in pixels.
        image_size: Pixels, `(height, width)` or one number for both, to stretch the patches to.
            None keeps the size they have.
        seed: The same seed gives the same patches.

    Returns:
        A data set of `(n, size, size, 3)`, or `(n, *image_size, 3)`; grey pictures have three equal
        channels.

    Raises:
        TypeError: If an argument is of another kind.
        ValueError: If there is no such picture, or it has room for fewer patches.

    Examples:
        >>> load_patches(("brick", "grass"), per_class=4)
        Dataset(8 images of 96 × 96 × 3, 2 classes; patches of scikit-image's pictures, 96 × 96 pixels)
        >>> load_patches(per_class=2, image_size=224).images.shape
        (6, 224, 224, 3)
    """
    names = _validate.names("names", names, _PHOTOGRAPHS)
    _validate.whole("per_class", per_class, at_least=1)
    _validate.whole("size", size, at_least=1)
    shape = (size, size) if image_size is None else _validate.pair("image_size", image_size)
    rng = np.random.default_rng(_validate.whole("seed", seed, at_least=0))
    patches = np.concatenate([_patches(name, per_class, size, rng) for name in names])
    if shape != (size, size):
        patches = np.stack([_pictures.resized(patch, (*shape, 3)) for patch in patches])
    labels = np.repeat(np.arange(len(names), dtype=np.int64), per_class)
    source = f"patches of scikit-image's pictures, {size} × {size} pixels"
    return Dataset(patches, labels, names, source)


def _patches(name: str, count: int, size: int, rng: np.random.Generator) -> np.ndarray:
    image = load_photograph(name).image
    rows, columns = image.shape[0] // size, image.shape[1] // size
    if count > rows * columns:
        raise ValueError(
            f"`per_class` must be at most {rows * columns}, the number of patches of {size} × {size}"
            f" pixels that {name!r} has room for; take smaller or fewer ones. Received: {count}"
        )
    grid = image[: rows * size, : columns * size].reshape(rows, size, columns, size, 3)
    squares = grid.swapaxes(1, 2).reshape(-1, size, size, 3)  # (rows · columns, size, size, 3)
    return squares[np.sort(rng.permutation(len(squares))[:count])]
