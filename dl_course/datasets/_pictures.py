"""Reads pictures, one folder per class, from a disk or an archive. Private to `datasets`."""

from __future__ import annotations

import io
import os
import re
import tarfile
import unicodedata
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps

from dl_course.datasets._published import DamagedError, garbled_is_damaged

__all__ = ["read_archive", "read_folder", "read_picture", "readable"]


# --- A folder -----------------------------------------------------------------------------------


def read_folder(
    path: str | os.PathLike, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Return pixels `(n, h, w, 3)` as bytes, labels `(n,)` and class names; print what was skipped.

    Raises:
        ValueError: if the folder is missing, has fewer than two classes, or a class without a
            readable picture.
    """
    pixels, labels, skipped = [], [], []
    folders = _class_folders(Path(path))
    for label, folder in enumerate(folders):
        for file in _visible(folder):
            picture = read_picture(file, shape) if file.is_file() else None
            if picture is not None:
                pixels.append(picture)
                labels.append(label)
            elif not file.is_dir():
                skipped.append(f"{readable(folder)}/{readable(file)}")
    _report(skipped)
    _check_none_empty(folders, labels)
    return (
        np.stack(pixels),
        np.array(labels, dtype=np.int64),
        tuple(readable(folder) for folder in folders),
    )


def readable(path: str | os.PathLike) -> str:
    """The last part of a path as text that can be printed, accented letters in their usual form."""
    name = os.fsencode(Path(path).absolute().name).decode("utf-8", "replace")
    return unicodedata.normalize("NFC", name)


def _visible(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


def _class_folders(path: Path) -> list[Path]:
    layout = "with one sub-folder of pictures for each of two or more classes"
    if not path.is_dir():
        raise ValueError(f"path must be a folder {layout}; there is none here. Received: {path}")
    folders = [entry for entry in _visible(path) if entry.is_dir()]
    if len(folders) < 2:
        found = f"only {readable(folders[0])!r}" if folders else "no sub-folder"
        raise ValueError(f"path must be a folder {layout}; there is {found}. Received: {path}")
    return folders


def _check_none_empty(folders: list[Path], labels: list[int]) -> None:
    filled = set(labels)
    empty = [folder for label, folder in enumerate(folders) if label not in filled]
    if empty:
        raise ValueError(
            "path must hold a readable picture in every class folder; put some in, or move an empty"
            f" folder away. Received: none in {', '.join(map(readable, empty))}"
        )


def _report(skipped: list[str], shown: int = 5) -> None:
    if skipped:
        count = len(skipped)
        files = "1 file, no usable picture" if count == 1 else f"{count} files, no usable pictures"
        more = f", … {len(skipped) - shown} more" if len(skipped) > shown else ""
        print(f"Skipped {files}: {', '.join(skipped[:shown])}{more}.")


# --- An archive ---------------------------------------------------------------------------------

_MEMBER = re.compile(r"(?:\./)?\w+/(\w+)/[\w.-]+\.jpg", re.ASCII)  # folder/class/picture.jpg
_LARGEST = 16 * 2**20  # bytes of one picture


def read_archive(
    content: bytes,
    classes: tuple[str, ...],
    shape: tuple[int, int],
    *,
    per_class: int,
    dice: np.random.Generator,
) -> np.ndarray:
    """Return the pixels `(n, h, w, 3)` of as many pictures of each class, from a `.tgz`, as bytes.

    Nothing of the archive is written to disk, so it does not matter where its paths point to. What
    is not a plain file `folder/class/picture.jpg` is ignored; an unreadable picture is replaced by
    another one.

    Raises:
        DamagedError: if the archive is garbled or does not hold enough readable pictures.
    """
    with garbled_is_damaged():
        orders = _shuffled(content, dice)
        read: dict[str, np.ndarray | None] = {}  # None for what cannot be read
        while True:
            chosen = [_first(orders.get(name, []), per_class, read) for name in classes]
            missing = {path for paths in chosen for path in paths} - read.keys()
            if not missing:
                break
            for _, path, file in _members(content):
                if path in missing:
                    read[path] = read_picture(io.BytesIO(file.read()), shape)
    for name, paths in zip(classes, chosen, strict=True):
        if len(paths) < per_class:
            raise DamagedError(f"it holds {len(paths)} readable pictures of {name}")
    return np.stack([read[path] for paths in chosen for path in sorted(paths)])


def _shuffled(content: bytes, dice: np.random.Generator) -> dict[str, list[str]]:
    """For each class of the archive, the paths of its pictures in random order."""
    found: dict[str, set[str]] = {}
    for name, path, _ in _members(content):
        found.setdefault(name, set()).add(path)
    return {name: dice.permutation(sorted(found[name])).tolist() for name in sorted(found)}


def _first(order: list[str], count: int, read: dict[str, np.ndarray | None]) -> list[str]:
    """The first paths that are readable or not read yet."""
    return [path for path in order if read.get(path, path) is not None][:count]


def _members(content: bytes) -> Iterator[tuple[str, str, BinaryIO]]:
    """Go once through the pictures of an archive: class, path and opened file."""
    with tarfile.open(fileobj=io.BytesIO(content), mode="r|gz", bufsize=2**20) as tar:
        for member in tar:
            match = _MEMBER.fullmatch(member.name)
            if match and member.isreg() and member.size <= _LARGEST:
                yield match[1], member.name, tar.extractfile(member)


# --- One picture --------------------------------------------------------------------------------


def read_picture(file: Path | BinaryIO, shape: tuple[int, int]) -> np.ndarray | None:
    """Return a picture's pixels `(h, w, 3)`; None if it is no picture, damaged or far too big."""
    height, width = shape
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about damage that Pillow can read over
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file) as image:
                upright = _on_white(_eight_bits(ImageOps.exif_transpose(image)))
                return np.asarray(upright.resize((width, height), Image.Resampling.BILINEAR))
    except Exception:  # Pillow's many decoders raise almost anything on damaged files
        return None


def _eight_bits(image: Image.Image) -> Image.Image:
    """Bring 16-bit grey, which Pillow would cut off at 255, to 8 bits."""
    if not image.mode.startswith("I"):
        return image
    return Image.fromarray((np.asarray(image).clip(0, 65535) // 256).astype(np.uint8))


def _on_white(image: Image.Image) -> Image.Image:
    """Red, green and blue; transparent parts show white."""
    if image.mode not in ("RGBA", "LA", "PA") and "transparency" not in image.info:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    white = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(white, layer).convert("RGB")
