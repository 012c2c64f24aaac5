"""TensorFlow's photographs of flowers, from the published archive or unpacked."""

from __future__ import annotations

import io
import math
import re
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np

from dl_course import _validate
from dl_course.datasets import _download, _pictures
from dl_course.datasets.dataset import Dataset
from dl_course.datasets.photographs import load_patches

__all__ = ["load_flowers"]

_COUNTS = {"daisy": 633, "dandelion": 898, "roses": 641, "sunflowers": 699, "tulips": 799}
_ADDRESS = "https://storage.googleapis.com/download.tensorflow.org/example_images/flower_photos.tgz"

# Size and digest are those that TensorFlow Datasets publishes.
_ARCHIVE = _download.Published(
    file_name="flower_photos.tgz",
    addresses=((_ADDRESS,),),
    read=_download.same_bytes(
        228_813_984, "4c54ace7911aaffe13a365c34f650e71dd5bf1be0a58b464e5a7183e3e595d9c"
    ),
    largest=228_813_984,
)

# Where `keras.utils.get_file` unpacks the archive in its cache; by hand it is the first.
_UNPACKED = (
    "flower_photos",  # Keras 3.5; newer versions put a folder around it, after `fname`:
    "flower_photos/flower_photos",  # "flower_photos"
    "flower_photos_extracted/flower_photos",  # "flower_photos.tgz" or "flower_photos.tar"
    "flower_photos.tgz/flower_photos",  # None
)

# What takes the flowers' place, as many pictures as there are classes: each has room for 25 patches.
_IN_THEIR_PLACE = ("brick", "grass", "gravel", "immunohistochemistry", "hubble_deep_field")


def load_flowers(
    *,
    image_size: int | tuple[int, int] = 224,
    per_class: int = 20,
    classes: Sequence[str] | None = None,
    download: bool = True,
    seed: int = 0,
) -> Dataset:
    """Load photographs of flowers, 3,670 in five classes, in colour: as many of each as you want.

    Looked for in this order; a printed line says what was found: the archive `flower_photos.tgz` or
    the unpacked folder `flower_photos`, in the folder that the environment variable
    `DL_COURSE_DATA` names and then in Keras' cache; a download of 229 MB (once; for five minutes at
    most, and not if `DL_COURSE_OFFLINE=1`); and, in their place, patches of scikit-image's
    pictures: as many, as large, in as many classes.

    Args:
        image_size: Pixels, `(height, width)` or one number for both; pictures are stretched to it.
        per_class: Photographs of each class, chosen at random.
        classes: Some of daisy, dandelion, roses, sunflowers and tulips; None takes all five.
        download: Whether to download the 229 MB if they are not on this machine; False never does.
        seed: The same seed chooses the same photographs, from the archive as from the whole folder.

    Returns:
        A data set of `(n, h, w, 3)`. If these are not flowers, `is_stand_in` is True.

    Raises:
        TypeError: If an argument is of another kind.
        ValueError: If there is no such class, or it has fewer photographs than `per_class`.

    Reference:
        The TensorFlow Team, "Flowers" (2019). All are CC BY 2.0; the archive's `LICENSE.txt` names
        the photographer of each.
    """
    classes = _validate.names("classes", tuple(_COUNTS) if classes is None else classes, _COUNTS)
    _validate.whole("per_class", per_class, at_least=1)
    fewest = min(classes, key=_COUNTS.__getitem__)
    if per_class > _COUNTS[fewest]:
        raise ValueError(
            f"`per_class` must be at most {_COUNTS[fewest]}, the number of photographs of {fewest}."
            f" Received: {per_class}"
        )
    _validate.choice("download", download, (True, False))
    shape = _validate.pair("image_size", image_size)
    _validate.whole("seed", seed, at_least=0)
    pick = partial(_pick, classes=classes, per_class=per_class, seed=seed)
    pixels = _find(shape, pick, download)
    if pixels is None:
        return _instead(len(classes), shape, per_class, seed)
    labels = np.repeat(np.arange(len(classes), dtype=np.int64), per_class)
    return Dataset(_pictures.as_floats(pixels), labels, classes, "flower photographs of TensorFlow")


def _find(shape: tuple[int, int], pick: Callable, download: bool) -> np.ndarray | None:
    """Pixels `(n, h, w, 3)` as bytes; None if they cannot be had. Either way it says so."""

    def read(content: bytes) -> np.ndarray:
        return _from_archive(_ARCHIVE.read(content), shape, pick)

    try:
        found = _download.fetch(
            replace(_ARCHIVE, read=read),
            download=download,
            unpacked=lambda where, folder: _from_folders(where, folder, shape, pick),
        )
    except _TooFewError as error:  # as when Pillow cannot read JPEG
        print(_notice(f"are here and of no use: the archive has {error}"))
        return None
    if found is None:
        print(_notice(f"are not here and {_download.why_not(download)}"))
        return None
    print(f"Flowers: {found.where}.")
    return found.data


def _instead(classes: int, shape: tuple[int, int], per_class: int, seed: int) -> Dataset:
    side = min(96, 512 // math.ceil(math.sqrt(per_class)))  # the pictures are 512 × 512 or larger
    names = _IN_THEIR_PLACE[:classes]
    patches = load_patches(names, per_class=per_class, size=side, image_size=shape, seed=seed)
    return replace(patches, source=f"stand-in {patches.source}, not flowers")


def _notice(what: str) -> str:
    return (
        f"The photographs of flowers {what}: using patches of scikit-image's pictures in their"
        " place. Figures are for the stand-in, not for flowers.\nTo get the flowers (229 MB), call"
        f" load_flowers() where there is a network; or fetch {_ADDRESS} in a browser, put it into a"
        " folder and set the environment variable DL_COURSE_DATA to that folder."
    )


# --- Which pictures -----------------------------------------------------------------------------

_Pictures = dict[str, np.ndarray | None]  # pixels by path; None for what cannot be read


class _TooFewError(Exception):
    """There are not as many pictures of a class as are wanted."""


def _pick(
    paths: set[str],
    read: Callable[[set[str]], _Pictures],
    *,
    classes: tuple[str, ...],
    per_class: int,
    seed: int,
) -> np.ndarray:
    """Return the pixels `(n, h, w, 3)` of as many pictures of each class, chosen at random.

    Args:
        paths: Of all pictures, as `class/picture.jpg`.
        read: Reads some of them.
        classes: The classes wanted.
        per_class: Pictures of each.
        seed: Of the choice, which depends on nothing but the paths.
    """
    rng = np.random.default_rng(seed)
    orders = {name: rng.permutation(_of_class(name, paths)).tolist() for name in _COUNTS}
    pixels: dict[str, np.ndarray] = {}
    while True:
        chosen: list[str] = []
        for name in classes:
            if len(orders[name]) < per_class:
                raise _TooFewError(
                    f"{len(orders[name])} usable pictures of {name}, and {per_class} are wanted"
                )
            chosen += sorted(orders[name][:per_class])
        missing = set(chosen) - pixels.keys()
        if not missing:
            return np.stack([pixels[path] for path in chosen])
        for path, picture in read(missing).items():
            if picture is None:
                orders[path.split("/")[0]].remove(path)  # another one takes its place
            else:
                pixels[path] = picture


def _of_class(name: str, paths: set[str]) -> list[str]:
    return sorted(path for path in paths if path.startswith(f"{name}/"))


# --- An archive, a folder -----------------------------------------------------------------------

_NAME = re.compile(r"(\w+/[\w.-]+\.jpg)", re.ASCII)  # class/picture.jpg
_MEMBER = re.compile(r"(?:\./)?\w+/" + _NAME.pattern, re.ASCII)  # folder/class/picture.jpg
_LARGEST = 16 * 2**20  # bytes of one picture


def _from_archive(content: bytes, shape: tuple[int, int], pick: Callable) -> np.ndarray:
    """Pick pictures from the `.tgz`.

    Nothing of the archive is written to disk, so it does not matter where its paths point to. What
    is not a plain file `folder/class/picture.jpg` is ignored.
    """

    def read(missing: set[str]) -> _Pictures:
        return {
            path: _pictures.read_picture(io.BytesIO(file.read()), shape)
            for path, file in _members(content)
            if path in missing
        }

    return pick({path for path, _ in _members(content)}, read)


def _members(content: bytes) -> Iterator[tuple[str, IO[bytes]]]:
    """Go once through the pictures of an archive: path and opened file."""
    with tarfile.open(fileobj=io.BytesIO(content), mode="r|gz", bufsize=2**20) as tar:
        for member in tar:
            match = _MEMBER.fullmatch(member.name)
            if match and member.size <= _LARGEST and member.isreg():
                file = tar.extractfile(member)
                assert file is not None  # a regular file has a content
                yield match[1], file


def _from_folders(
    where: str, place: Path, shape: tuple[int, int], pick: Callable
) -> _download.Found | None:
    """Pick pictures from an unpacked folder in this place; None if there is none of use."""
    for name in _UNPACKED:
        folder = place / name
        try:
            paths = {"/".join(path.parts[-2:]) for path in folder.glob("*/*.jpg")}
            paths = {p for p in paths if _NAME.fullmatch(p) and p.split("/")[0] in _COUNTS}
            if not paths:
                continue
            pixels = pick(paths, partial(_read_files, folder, shape))
        except _TooFewError as error:
            print(f"{folder} is not used: it has {error}.")
        else:
            total = sum(_COUNTS.values())
            part = "" if len(paths) == total else f", {len(paths):,} of the {total:,} pictures"
            return _download.Found(pixels, f"{where} (unpacked, {name}{part})", folder)
    return None


def _read_files(folder: Path, shape: tuple[int, int], paths: set[str]) -> _Pictures:
    return {path: _pictures.read_picture(folder / path, shape) for path in paths}
