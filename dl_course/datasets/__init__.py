"""Data that is always there: MNIST, small real digits, photographs and a folder of pictures.

Every loader gives the same thing, a `Dataset`: images `(n, h, w, c)` as float32 in [0, 1], integer
labels, class names and what data it is.
"""

from __future__ import annotations

import io
import numbers
import os

import numpy as np

from dl_course import runtime
from dl_course.datasets._dataset import Dataset, check_fraction, check_whole
from dl_course.datasets._fetch import Archive, Arrays, fetch, offline

__all__ = [
    "Dataset",
    "load_digits",
    "load_image_folder",
    "load_mnist",
    "load_photograph",
    "photograph_names",
]


# --- Digits -------------------------------------------------------------------------------------

_DIGITS = tuple("0123456789")

# The digests are of the four files of http://yann.lecun.com/exdb/mnist, unpacked.
_MNIST = Archive(
    file_name="mnist.npz",
    arrays={
        "x_train": ((60_000, 28, 28), "6bbc9ace898e44ae57da46a324031adb"),
        "y_train": ((60_000,), "a25bea736e30d166cdddb491f175f624"),
        "x_test": ((10_000, 28, 28), "2646ac647ad5339dbf082846283269ea"),
        "y_test": ((10_000,), "27ae3e4e09519cfbb04c329615203637"),
    },
    addresses=(
        ("https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",),
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz",
            "https://ossci-datasets.s3.amazonaws.com/mnist/train-labels-idx1-ubyte.gz",
            "https://ossci-datasets.s3.amazonaws.com/mnist/t10k-images-idx3-ubyte.gz",
            "https://ossci-datasets.s3.amazonaws.com/mnist/t10k-labels-idx1-ubyte.gz",
        ),
    ),
)


def load_mnist() -> tuple[Dataset, Dataset]:
    """Load MNIST: handwritten digits, 28 × 28, grey, 60,000 to train on and 10,000 to test with.

    Looked for in this order; a printed line says what was found: `mnist.npz` in the folder that the
    environment variable `DL_COURSE_DATA` names, Keras' cache, a download (not if
    `DL_COURSE_OFFLINE=1`), and the stand-in digits that come with the course (12,000 + 2,000).

    Returns:
        The training set and the test set. If these are the stand-in digits, `is_stand_in` is True.

    Raises:
        RuntimeError: if not even the stand-in digits can be read.

    Reference:
        LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document
        recognition", Proceedings of the IEEE 86 (1998).
    """
    found = fetch(_MNIST)
    if found is None:
        arrays, source = _stand_in_digits(), "stand-in digits of the course, not MNIST"
        print(_stand_in_notice())
    else:
        arrays, source = found[0], "MNIST"
        print(f"MNIST: {found[1]}.")
    del found  # with pop below, lets the bytes of each array go as soon as it is converted
    return _digits(arrays, "train", source), _digits(arrays, "test", source)


def _digits(arrays: Arrays, part: str, source: str) -> Dataset:
    images = _as_floats(arrays.pop(f"x_{part}"))[..., np.newaxis]  # (n, 28, 28, 1)
    return Dataset(images, arrays.pop(f"y_{part}").astype(np.int64), _DIGITS, source)


def _stand_in_digits() -> Arrays:
    path = runtime.data_folder() / "digits.npz"
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            return {name: file[name] for name in _MNIST.arrays}
    except Exception as error:  # zipfile, zlib and NumPy raise some ten kinds on garbled files
        raise RuntimeError(
            f"The stand-in digits cannot be read; install the course again to get {path} back."
            f" Received: {type(error).__name__}: {error}"
        ) from error


def _stand_in_notice() -> str:
    why = "DL_COURSE_OFFLINE forbids the network" if offline() else "it could not be downloaded"
    return (
        f"MNIST is not here and {why}: using the stand-in digits that come with the course. Figures"
        " are for the stand-in, not for MNIST.\nTo get MNIST, restart the kernel with a network; or"
        f" fetch {_MNIST.addresses[0][0]} in a browser, put it into a folder and set the"
        " environment variable DL_COURSE_DATA to that folder."
    )


def load_digits(*, upscale: int | None = None) -> Dataset:
    """Load scikit-learn's 1,797 real handwritten digits, 8 × 8, grey; needs no network.

    Args:
        upscale: side in pixels to enlarge the images to, for example 28 for the size of MNIST's.

    Returns:
        One data set of images `(1797, 8, 8, 1)`, or `(1797, upscale, upscale, 1)`.

    Raises:
        ValueError: if `upscale` is below 8.

    Reference:
        Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", UCI Repository (1998).
    """
    if upscale is not None:
        check_whole("upscale", upscale, at_least=8)
    from sklearn import datasets

    digits = datasets.load_digits()
    images = (digits.images / 16).astype(np.float32)  # grey levels are 0 … 16
    if upscale is not None:
        images = _resized(images, (len(images), upscale, upscale))
    labels = digits.target.astype(np.int64)
    return Dataset(images[..., np.newaxis], labels, _DIGITS, "scikit-learn's digits")


# --- Photographs --------------------------------------------------------------------------------

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
    """Return the names that `load_photograph` knows."""
    return _PHOTOGRAPHS


def load_photograph(
    name: str, *, grey: bool = False, size: int | tuple[int, int] | None = None
) -> Dataset:
    """Load one of scikit-image's pictures; needs no network.

    Args:
        name: one of `photograph_names()`.
        grey: one channel, 0.2125 red + 0.7154 green + 0.0721 blue, in place of three.
        size: pixels, `(height, width)` or one number for both; the picture is stretched to it. None
            keeps the size it has.

    Returns:
        A data set of one image, also at hand as `.image`: `(h, w, 3)`, or `(h, w, 1)` if `grey`.

    Raises:
        ValueError: if there is no such picture or the size is not positive.
    """
    if name not in _PHOTOGRAPHS:
        raise ValueError(f"name must be one of {', '.join(_PHOTOGRAPHS)}. Received: {name!r}")
    shape = None if size is None else _height_and_width("size", size)
    from skimage import color, data, util

    image = util.img_as_float32(getattr(data, name)())
    image = image if image.ndim == 3 else color.gray2rgb(image)  # (h, w, 3)
    if grey:
        image = color.rgb2gray(image)[..., np.newaxis]  # (h, w, 1)
    if shape is not None:
        image = _resized(image, (*shape, image.shape[-1]))
    labels = np.zeros(1, dtype=np.int64)
    return Dataset(image[np.newaxis], labels, (name,), f"scikit-image's picture {name!r}")


# --- A folder of pictures -----------------------------------------------------------------------


def load_image_folder(
    path: str | os.PathLike,
    *,
    image_size: int | tuple[int, int],
    validation: float | None = None,
    seed: int = 0,
) -> Dataset | tuple[Dataset, Dataset]:
    """Load your own pictures, one sub-folder per class: `path/class_name/picture.*`.

    Pictures become three-channel images, stretched to one size; transparent parts become white, the
    camera's orientation is respected, and of an animation the first frame counts. Hidden files are
    ignored. Files that are no readable pictures, or far too big ones, are skipped; a printed line
    says how many.

    Args:
        path: the folder.
        image_size: pixels, `(height, width)` or one number for both.
        validation: share of every class to hold out, between 0 and 1; None holds out nothing.
        seed: of the choice of held-out pictures.

    Returns:
        One data set, its classes in the order of the sub-folders' names; if `validation` is given,
        the training set and the validation set.

    Raises:
        ValueError: if the folder is missing, has fewer than two classes, or a class without a
            readable picture.
    """
    from dl_course.datasets import _pictures

    shape = _height_and_width("image_size", image_size)
    if validation is not None:
        check_fraction("validation", validation)
    check_whole("seed", seed, at_least=0)
    pixels, labels, names = _pictures.read_folder(path, shape)
    whole = Dataset(_as_floats(pixels), labels, names, f"folder {_pictures.readable(path)}")
    return whole if validation is None else whole.split(1 - validation, seed=seed)


# --- Small parts --------------------------------------------------------------------------------


def _as_floats(pixels: np.ndarray) -> np.ndarray:
    """Bytes 0 … 255 to float32 in [0, 1]."""
    return np.divide(pixels, 255, dtype=np.float32)


def _resized(image: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    from skimage import transform

    return np.clip(transform.resize(image, shape, anti_aliasing=None), 0, 1, dtype=np.float32)


def _height_and_width(name: str, size: int | tuple[int, int]) -> tuple[int, int]:
    pair = (size, size) if isinstance(size, numbers.Integral) else size
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise ValueError(
            f"{name} must be a number of pixels or (height, width). Received: {size!r}"
        )
    for pixels in pair:
        check_whole(name, pixels, at_least=1)
    return int(pair[0]), int(pair[1])
