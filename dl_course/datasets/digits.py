"""Handwritten digits: MNIST, and the small ones inside scikit-learn."""

from __future__ import annotations

import gzip
import hashlib
import io
import math
import struct
from typing import Any

import numpy as np

from dl_course import _validate, runtime
from dl_course.datasets import _download, _pictures
from dl_course.datasets.dataset import Dataset

__all__ = ["load_digits", "load_mnist"]

_Arrays = dict[str, np.ndarray]

_CLASSES = tuple("0123456789")

# Each array's shape, and the MD5 of its file of http://yann.lecun.com/exdb/mnist, unpacked.
_ARRAYS = {
    "x_train": ((60_000, 28, 28), "6bbc9ace898e44ae57da46a324031adb"),
    "y_train": ((60_000,), "a25bea736e30d166cdddb491f175f624"),
    "x_test": ((10_000, 28, 28), "2646ac647ad5339dbf082846283269ea"),
    "y_test": ((10_000,), "27ae3e4e09519cfbb04c329615203637"),
}


def load_mnist() -> tuple[Dataset, Dataset]:
    """Load MNIST: handwritten digits, 28 × 28, grey, 60,000 to train on and 10,000 to test with.

    Looked for in this order; a printed line says what was found: `mnist.npz` in the folder that the
    environment variable `DL_COURSE_DATA` names, Keras' cache, a download of 11.5 MB (unless
    `DL_COURSE_OFFLINE=1`), and the stand-in digits that come with the course (12,000 + 2,000).

    Returns:
        The training set and the test set. If these are the stand-in digits, `is_stand_in` is True.

    Raises:
        RuntimeError: If not even the stand-in digits can be read.

    Reference:
        LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document
        recognition", Proceedings of the IEEE 86 (1998).
    """
    found = _download.fetch(_MNIST)
    if found is None:
        arrays, source = _stand_in(), "stand-in digits of the course, not MNIST"
        print(_notice())
    else:
        arrays, source = found.data, "MNIST"
        print(f"MNIST: {found.where}.")
    del found  # with pop below, lets the bytes of each array go as soon as it is converted
    return _part(arrays, "train", source), _part(arrays, "test", source)


def load_digits(*, upscale: int | None = None) -> Dataset:
    """Load scikit-learn's 1,797 real handwritten digits, 8 × 8, grey; needs no network.

    Args:
        upscale: Side in pixels to enlarge the images to, for example 28 for the size of MNIST's.

    Returns:
        One data set of images `(1797, 8, 8, 1)`, or `(1797, upscale, upscale, 1)`.

    Raises:
        TypeError: If `upscale` is not a whole number.
        ValueError: If `upscale` is below 8.

    Reference:
        Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", UCI Repository (1998).

    Examples:
        >>> load_digits()
        Dataset(1,797 images of 8 × 8 × 1, 10 classes; scikit-learn's digits)
        >>> load_digits(upscale=28).images.shape
        (1797, 28, 28, 1)
        >>> load_digits().labels[:5].tolist()
        [0, 1, 2, 3, 4]
    """
    if upscale is not None:
        _validate.whole("upscale", upscale, at_least=8)
    from sklearn import datasets

    digits = datasets.load_digits()
    images = (digits.images / 16).astype(np.float32)  # grey levels are 0 … 16
    if upscale is not None:
        images = _pictures.resized(images, (len(images), upscale, upscale))
    labels = digits.target.astype(np.int64)
    return Dataset(images[..., np.newaxis], labels, _CLASSES, "scikit-learn's digits")


def _part(arrays: _Arrays, part: str, source: str) -> Dataset:
    images = _pictures.as_floats(arrays.pop(f"x_{part}"))[..., np.newaxis]  # (n, 28, 28, 1)
    return Dataset(images, arrays.pop(f"y_{part}").astype(np.int64), _CLASSES, source)


# --- The stand-in -------------------------------------------------------------------------------


def _stand_in() -> _Arrays:
    path = runtime.data_folder() / "digits.npz"
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            return {name: file[name] for name in _ARRAYS}
    except Exception as error:  # zipfile, zlib and NumPy raise some ten kinds on garbled files
        raise RuntimeError(
            f"The stand-in digits cannot be read; install the course again to get {path} back."
            f" Received: {type(error).__name__}: {error}"
        ) from error


def _notice() -> str:
    return (
        f"MNIST is not here and {_download.why_not()}: using the stand-in digits that come with the"
        " course. Figures are for the stand-in, not for MNIST.\nTo get MNIST, restart the kernel with"
        f" a network; or fetch {_MNIST.addresses[0][0]} in a browser, put it into a folder and set the"
        " environment variable DL_COURSE_DATA to that folder."
    )


# --- The published files: one .npz, or one gzipped IDX file per array ---------------------------


def _read_npz(content: bytes) -> _Arrays:
    """Return the arrays; raise DamagedError if they are not the published ones."""
    with (
        _download.damaged_if_garbled(),
        np.load(io.BytesIO(content), allow_pickle=False) as file,
    ):
        arrays = {name: file[name] for name in _ARRAYS}
    for name, (shape, md5) in _ARRAYS.items():
        array = arrays[name]
        if array.dtype != np.uint8 or array.shape != shape:
            raise _download.DamagedError(
                f"{name} is {array.dtype} {array.shape}, expected uint8 {shape}"
            )
        if _idx_digest(array) != md5:
            raise _download.DamagedError(f"{name} differs from the published data")
    return arrays


def _join(parts: list[bytes]) -> bytes:
    """Return the content of the `.npz` file; it is `_read_npz` that checks what was sent."""
    if len(parts) == 1:
        return parts[0]
    arrays: dict[str, Any] = {}
    with _download.damaged_if_garbled():
        for part, (name, (shape, _)) in zip(parts, _ARRAYS.items(), strict=True):
            header, size = 4 + 4 * len(shape), math.prod(shape)
            content = gzip.GzipFile(fileobj=io.BytesIO(part)).read(header + size)
            arrays[name] = np.frombuffer(content, np.uint8, offset=header).reshape(shape)
    np.savez_compressed(file := io.BytesIO(), **arrays)
    return file.getvalue()


def _idx_digest(array: np.ndarray) -> str:
    """MD5 of a byte array as an IDX file: 0, 0, type 8 (unsigned byte), rank, sizes, content."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    digest = hashlib.md5(header, usedforsecurity=False)
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


_MIRROR = "https://ossci-datasets.s3.amazonaws.com/mnist"
_MNIST = _download.Published(
    file_name="mnist.npz",
    addresses=(
        ("https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",),
        (
            f"{_MIRROR}/train-images-idx3-ubyte.gz",
            f"{_MIRROR}/train-labels-idx1-ubyte.gz",
            f"{_MIRROR}/t10k-images-idx3-ubyte.gz",
            f"{_MIRROR}/t10k-labels-idx1-ubyte.gz",
        ),
    ),
    read=_read_npz,
    join=_join,
)
