"""Pictures of your own: a folder with a sub-folder per class, or a single file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import overload

import numpy as np

from dl_course import _validate
from dl_course.datasets import _pictures
from dl_course.datasets.dataset import Dataset

__all__ = ["load_image_folder", "load_picture"]


@overload
def load_image_folder(
    path: str | os.PathLike[str],
    *,
    image_size: int | tuple[int, int],
    validation: None = None,
    seed: int = 0,
) -> Dataset: ...


@overload
def load_image_folder(
    path: str | os.PathLike[str],
    *,
    image_size: int | tuple[int, int],
    validation: float,
    seed: int = 0,
) -> tuple[Dataset, Dataset]: ...


def load_image_folder(
    path: str | os.PathLike[str],
    *,
    image_size: int | tuple[int, int],
    validation: float | None = None,
    seed: int = 0,
) -> Dataset | tuple[Dataset, Dataset]:
    """Load your own pictures, one sub-folder per class: `path/class_name/picture.*`.

    Pictures become three-channel images, stretched to one size; transparent parts become white, the
    camera's orientation is respected, and of an animation the first frame counts. Hidden files are
    ignored. Files that are not readable as pictures, or far too big, are skipped; a printed line
    says how many.

    Args:
        path: The folder.
        image_size: Pixels, `(height, width)` or one number for both.
        validation: Fraction of every class to hold out, between 0 and 1; None holds out nothing.
        seed: Of the choice of held-out pictures.

    Returns:
        One data set, its classes in the order of the sub-folders' names; if `validation` is given,
        the training set and the validation set.

    Raises:
        TypeError: If an argument is of another kind.
        ValueError: If the folder is missing, has fewer than two classes, or a class without a
            readable picture.
    """
    shape = _validate.pair("image_size", image_size)
    if validation is not None:
        _validate.number("validation", validation, above=0, below=1)
    _validate.whole("seed", seed, at_least=0)
    pixels, labels, names = _read_folder(Path(path), shape)
    source = f"folder {_pictures.readable(path)}"
    whole = Dataset(_pictures.as_floats(pixels), labels, names, source)
    return whole if validation is None else whole.split(1 - validation, seed=seed)


def load_picture(path: str | os.PathLike[str], *, image_size: int | tuple[int, int]) -> np.ndarray:
    """Load one picture of your own, just as `load_image_folder` loads many.

    Args:
        path: Of a picture file.
        image_size: Pixels, `(height, width)` or one number for both.

    Returns:
        An image `(h, w, 3)`, float32 in [0, 1].

    Raises:
        TypeError: If `image_size` is neither a whole number nor a pair of them.
        ValueError: If there is no such file, it is not readable as a picture, or it is far too big.
    """
    shape = _validate.pair("image_size", image_size)
    pixels = _pictures.read_picture(Path(path), shape)
    if pixels is None:
        why = "that is not readable as a picture" if Path(path).is_file() else "that is not there"
        name = _pictures.readable(path)
        raise ValueError(f"`path` must be a picture. Received: {name!r}, {why}")
    return _pictures.as_floats(pixels)


def _read_folder(
    path: Path, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Return pixels `(n, h, w, 3)` as bytes, labels `(n,)` and class names; print what was skipped."""
    pixels, labels, skipped = [], [], []
    folders = _class_folders(path)
    for label, folder in enumerate(folders):
        for file in _visible(folder):
            picture = _pictures.read_picture(file, shape) if file.is_file() else None
            if picture is not None:
                pixels.append(picture)
                labels.append(label)
            elif not file.is_dir():
                skipped.append(f"{_pictures.readable(folder)}/{_pictures.readable(file)}")
    _report(skipped)
    _check_none_empty(folders, labels)
    names = tuple(_pictures.readable(folder) for folder in folders)
    return np.stack(pixels), np.array(labels, dtype=np.int64), names


def _visible(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


def _class_folders(path: Path) -> list[Path]:
    layout = "with one sub-folder of pictures for each of two or more classes"
    if not path.is_dir():
        raise ValueError(f"`path` must be a folder {layout}; there is none here. Received: {path}")
    folders = [entry for entry in _visible(path) if entry.is_dir()]
    if len(folders) < 2:
        found = f"only {_pictures.readable(folders[0])!r}" if folders else "no sub-folder"
        raise ValueError(f"`path` must be a folder {layout}; there is {found}. Received: {path}")
    return folders


def _check_none_empty(folders: list[Path], labels: list[int]) -> None:
    filled = set(labels)
    empty = [folder for label, folder in enumerate(folders) if label not in filled]
    if empty:
        raise ValueError(
            "`path` must hold a readable picture in every class folder; put some in, or move an empty"
            f" folder away. Received: none in {', '.join(map(_pictures.readable, empty))}"
        )


def _report(skipped: list[str], shown: int = 5) -> None:
    if skipped:
        count = len(skipped)
        files = "1 file, no usable picture" if count == 1 else f"{count} files, no usable pictures"
        more = f", … {len(skipped) - shown} more" if len(skipped) > shown else ""
        print(f"Skipped {files}: {', '.join(skipped[:shown])}{more}.")
