"""What is published: a file's name, where it can be had, and how to tell it from a damaged one.

Private to `datasets`. There are two kinds, an `Archive` of arrays and a `PlainFile`; `_fetch` gets
both by the same rules.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import math
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = [
    "Archive",
    "Arrays",
    "DamagedError",
    "PlainFile",
    "Published",
    "garbled_is_damaged",
    "keras_weights",
    "same_bytes",
]

Arrays = dict[str, np.ndarray]


class DamagedError(Exception):
    """The content is not the published data; the message says in what way."""


@contextmanager
def garbled_is_damaged() -> Iterator[None]:
    """Turn what zipfile, tarfile, zlib, h5py and NumPy raise on garbled bytes into one kind."""
    try:
        yield
    except (DamagedError, MemoryError):
        raise
    except Exception as error:
        raise DamagedError(f"it cannot be read ({type(error).__name__}: {error})") from error


@dataclass(frozen=True, kw_only=True)
class Published:
    """A published file: where it can be had, and within which limits.

    Args:
        file_name: its name in a folder.
        addresses: tried in order; each is one address, or several whose contents `join` unites.
        cache: the folder of Keras' cache that it belongs into.
        read_limit: seconds to wait for an answer, or for more of it.
        total_limit: seconds one address may take altogether. If after `read_limit` seconds it is clear
            that twice as many would not do, a download is given up at once.
        largest: bytes; a bigger file is not read, a bigger download not finished.
    """

    file_name: str
    addresses: tuple[tuple[str, ...], ...]
    cache: str = "datasets"
    read_limit: float = 10.0
    total_limit: float = 300.0
    largest: int = 64 * 2**20

    def join(self, parts: list[bytes]) -> bytes:
        """Return the content of the file, given what one entry of `addresses` sent."""
        (content,) = parts
        return content

    def read(self, content: bytes) -> Any:
        """Return what the content holds; raise DamagedError if it is not the published data."""
        raise NotImplementedError


# --- Plain files --------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class PlainFile(Published):
    """A published file that is used as it is.

    Args:
        check: raises DamagedError if a content is not the published one.
    """

    check: Callable[[bytes], None]

    def read(self, content: bytes) -> bytes:
        """Return the content itself; raise DamagedError if it does not pass the check."""
        self.check(content)
        return content


def same_bytes(size: int, sha256: str) -> Callable[[bytes], None]:
    """Return a check for files whose size and digest are known."""

    def check(content: bytes) -> None:
        if len(content) != size:
            raise DamagedError(f"it has {len(content):,} bytes, expected {size:,}")
        if hashlib.sha256(content).hexdigest() != sha256:
            raise DamagedError("it differs from the published file")

    return check


def keras_weights(number: int) -> Callable[[bytes], None]:
    """Return a check for HDF5 files without a digest: whole, with that many weights, all finite."""

    def check(content: bytes) -> None:
        import h5py  # comes with Keras

        with garbled_is_damaged(), h5py.File(io.BytesIO(content), "r") as file:
            arrays = _arrays_of(file)
            found = sum(array.size for array in arrays)
            if found != number:
                raise DamagedError(f"it holds {found:,} weights, expected {number:,}")
            if not all(np.isfinite(array[()]).all() for array in arrays):
                raise DamagedError("not all of its weights are finite numbers")

    return check


def _arrays_of(file: Any) -> list:
    """Return every array of an open HDF5 file, however deep in its groups."""
    members: list = []
    file.visititems(lambda _, member: members.append(member))  # must return None to go on
    return [member for member in members if hasattr(member, "size")]


# --- Archives of arrays -------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Archive(Published):
    """A published set of byte arrays, as one `.npz` file or one gzipped IDX file per array.

    Args:
        arrays: name → (shape, MD5 of the array written as an IDX file). IDX files come in this
            order.
    """

    arrays: dict[str, tuple[tuple[int, ...], str]]

    def join(self, parts: list[bytes]) -> bytes:
        """Return the content of the `.npz` file."""
        if len(parts) == 1:
            return parts[0]
        np.savez_compressed(file := io.BytesIO(), **_read_idx(parts, self))
        return file.getvalue()

    def read(self, content: bytes) -> Arrays:
        """Return the arrays; raise DamagedError if they are not the published ones."""
        return _read_npz(content, self)


def _read_npz(content: bytes, archive: Archive) -> Arrays:
    with garbled_is_damaged(), np.load(io.BytesIO(content), allow_pickle=False) as file:
        return _verified({name: file[name] for name in archive.arrays}, archive)


def _read_idx(parts: list[bytes], archive: Archive) -> Arrays:
    """Return the arrays of gzipped IDX files, as they come: `read` verifies them."""
    arrays = {}
    with garbled_is_damaged():
        for part, (name, (shape, _)) in zip(parts, archive.arrays.items(), strict=True):
            header, size = 4 + 4 * len(shape), math.prod(shape)
            content = gzip.GzipFile(fileobj=io.BytesIO(part)).read(header + size)
            arrays[name] = np.frombuffer(content, np.uint8, offset=header).reshape(shape)
    return arrays


def _verified(arrays: Arrays, archive: Archive) -> Arrays:
    """Return the arrays if all are the published ones, else raise DamagedError."""
    for name, (shape, digest) in archive.arrays.items():
        array = arrays[name]
        if array.dtype != np.uint8 or array.shape != shape:
            raise DamagedError(f"{name} is {array.dtype} {array.shape}, expected uint8 {shape}")
        if _idx_digest(array) != digest:
            raise DamagedError(f"{name} differs from the published data")
    return arrays


def _idx_digest(array: np.ndarray) -> str:
    """MD5 of a byte array as an IDX file: 0, 0, type 8 (unsigned byte), rank, sizes, content."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    digest = hashlib.md5(header, usedforsecurity=False)
    digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()
