"""Where MobileNet's weights come from. Private to `models`."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from dl_course.datasets import _download

__all__ = ["ALPHAS", "SIZES", "fetch_mobilenet"]

# alpha → how file names write it, and the number of weights below the classifier.
_WIDTHS = {
    0.25: ("2_5", 218_544),
    0.5: ("5_0", 829_536),
    0.75: ("7_5", 1_832_976),
    1.0: ("1_0", 3_228_864),
}
_FOLDER = "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet"

# None is published; this one was measured: size and SHA-256.
_MEASURED = {
    "mobilenet_2_5_224_tf_no_top.h5": (
        2_108_140,
        "dbdb03ee2a22fd895301636cd328b234bb3a9952358f436d82f46b81e0d5b0bf",
    ),
}

ALPHAS = tuple(_WIDTHS)
SIZES = (128, 160, 192, 224)


def fetch_mobilenet(*, alpha: float, image_size: int) -> tuple[Path, str] | None:
    """Find or download the weights that MobileNet learned on ImageNet, without its classifier.

    Looked for in this order: the folder that the environment variable `DL_COURSE_DATA` names, Keras'
    cache (where `keras.applications` looks too), a download of 2 MB (`alpha=0.25`) to 17 MB (not if
    `DL_COURSE_OFFLINE=1`). Nobody publishes checksums of these files. The one for `alpha=0.25` and
    `image_size=224` must have the SHA-256 that we measured; of the others we can only tell that the
    file is whole and holds the right number of weights, all of them finite.

    Args:
        alpha: Width of the network, one of `ALPHAS`: its layers have this fraction of the kernels.
        image_size: Pixels, one of `SIZES`: side of the images that it learned from.

    Returns:
        The path of the file and a phrase on where it is from; None if it cannot be had, with the
        reason printed unless it is `DL_COURSE_OFFLINE`. If Keras' cache cannot be written, the file
        is in a temporary folder and gone when this process ends.
    """
    found = _download.fetch(_published(alpha, image_size))
    return None if found is None or found.path is None else (found.path, found.where)


def _published(alpha: float, image_size: int) -> _download.Published:
    """Describe the file; its name is put together as `keras.applications.mobilenet` does it."""
    width, count = _WIDTHS[alpha]
    name = f"mobilenet_{width}_{image_size}_tf_no_top.h5"
    measured = _MEASURED.get(name)
    read = _weights(count) if measured is None else _download.same_bytes(*measured)
    return _download.Published(
        file_name=name, addresses=((f"{_FOLDER}/{name}",),), cache="models", read=read
    )


def _weights(count: int) -> Callable[[bytes], bytes]:
    """Return a `read` for HDF5 files without a digest: whole, with that many weights, all finite."""

    def read(content: bytes) -> bytes:
        import h5py  # comes with Keras

        with _download.damaged_if_garbled(), h5py.File(io.BytesIO(content), "r") as file:
            arrays = _arrays_of(file)
            found = sum(array.size for array in arrays)
            if found != count:
                raise _download.DamagedError(f"it holds {found:,} weights, expected {count:,}")
            if not all(np.isfinite(array[()]).all() for array in arrays):
                raise _download.DamagedError("not all of its weights are finite numbers")
        return content

    return read


def _arrays_of(file: Any) -> list[Any]:
    """Return every array of an open HDF5 file, however deep in its groups."""
    members: list[Any] = []
    file.visititems(lambda _, member: members.append(member))  # must return None to go on
    return [member for member in members if hasattr(member, "size")]
