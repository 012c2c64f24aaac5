"""Gets one published archive of arrays: from a folder, from Keras' cache or over the network.

Private to `datasets`. Three rules keep a learner's data safe, whatever breaks:

1. Arrays are used only if their digests are the published ones, wherever they came from.
2. A download is collected and checked in memory, then written under a temporary name beside its
   place and renamed. Whatever stops it, there is never half a file under the real name.
3. A damaged file is renamed, never deleted, overwritten or used.
"""

from __future__ import annotations

import gzip
import hashlib
import http.client
import io
import itertools
import math
import os
import queue
import secrets
import ssl
import struct
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

__all__ = ["Archive", "fetch", "offline"]

Arrays = dict[str, np.ndarray]
_failed: set[tuple[str, ...]] = set()  # addresses that failed in this process


class DamagedError(Exception):
    """The content is not the published data; the message says in what way."""


@dataclass(frozen=True)
class Archive:
    """A published set of byte arrays: what it must contain and where it can be had.

    Args:
        file_name: its name in a folder, ending in `.npz`.
        arrays: name → (shape, MD5 of the array written as an IDX file).
        addresses: tried in order; each is one `.npz` file or one gzipped IDX file per array,
            in the order of `arrays`.
        read_limit: seconds to wait for an answer, or for more of it.
        total_limit: seconds one address may take altogether.
        largest: bytes; a bigger file is not read, a bigger download not finished.
    """

    file_name: str
    arrays: dict[str, tuple[tuple[int, ...], str]]
    addresses: tuple[tuple[str, ...], ...]
    read_limit: float = 10.0
    total_limit: float = 300.0
    largest: int = 64 * 2**20


def fetch(archive: Archive) -> tuple[Arrays, str] | None:
    """Return the verified arrays and a phrase on where they are from; None if they cannot be had.

    Looks in `$DL_COURSE_DATA`, then in Keras' cache (`$KERAS_HOME/datasets`), then downloads.
    """
    folder = os.environ.get("DL_COURSE_DATA")
    if folder and not os.path.isdir(os.path.expanduser(folder)):
        print(f"DL_COURSE_DATA names a folder that does not exist: {folder}. Going on without it.")
    places = [("from the folder in $DL_COURSE_DATA", Path(folder))] if folder else []
    for where, place in [*places, ("from Keras' cache", _keras_cache())]:
        arrays = _from_file(place.expanduser() / archive.file_name, archive)
        if arrays is not None:
            return arrays, where
    return None if offline() else _from_network(archive)


def offline() -> bool:
    """Whether `DL_COURSE_OFFLINE` forbids the network."""
    return os.environ.get("DL_COURSE_OFFLINE", "") not in ("", "0")


def _keras_cache() -> Path:
    home = os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")
    return Path(home) / "datasets"


# --- Reading and checking -----------------------------------------------------------------------


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


@contextmanager
def _garbled_is_damaged() -> Iterator[None]:
    """Turn what zipfile, zlib, gzip and NumPy raise on garbled bytes (ten kinds) into one kind."""
    try:
        yield
    except (DamagedError, MemoryError):
        raise
    except Exception as error:
        raise DamagedError(f"it cannot be read ({type(error).__name__}: {error})") from error


def _read_npz(content: bytes, archive: Archive) -> Arrays:
    with _garbled_is_damaged(), np.load(io.BytesIO(content), allow_pickle=False) as file:
        return _verified({name: file[name] for name in archive.arrays}, archive)


def _read_idx(parts: list[bytes], archive: Archive) -> Arrays:
    """Return the arrays of gzipped IDX files, one file per array in the archive's order."""
    arrays = {}
    with _garbled_is_damaged():
        for part, (name, (shape, _)) in zip(parts, archive.arrays.items(), strict=True):
            header, size = 4 + 4 * len(shape), math.prod(shape)
            content = gzip.GzipFile(fileobj=io.BytesIO(part)).read(header + size)
            arrays[name] = np.frombuffer(content, np.uint8, offset=header).reshape(shape)
        return _verified(arrays, archive)


# --- Files --------------------------------------------------------------------------------------


def _from_file(path: Path, archive: Archive) -> Arrays | None:
    """Return a file's arrays; None if there is no such file or, with a notice, if it is no use."""
    stamp = _stamp(path)
    try:
        if not path.is_file():
            return None
        return _read_npz(_content(path, archive.largest), archive)
    except OSError as error:
        print(
            f"{path} cannot be read ({error.strerror}). Going on without it; check its permissions."
        )
    except DamagedError as error:
        if _stamp(path) not in (None, stamp):
            return _from_file(path, archive)  # another notebook has just put a good file there
        _set_aside(path, reason=str(error))
    return None


def _stamp(path: Path) -> int | None:
    with suppress(OSError):
        return path.stat().st_mtime_ns
    return None


def _content(path: Path, largest: int) -> bytes:
    if path.stat().st_size > largest:
        raise DamagedError(f"it is larger than {largest / 1e6:.0f} MB")
    return path.read_bytes()


def _set_aside(path: Path, *, reason: str) -> None:
    """Rename a damaged file, or say why it stays where it is."""
    try:
        aside = _rename_to_free_name(path)
    except FileNotFoundError:
        return  # another notebook has set it aside
    except OSError as error:
        print(
            f"{path} is damaged ({reason}). It is not used, and stays there because it cannot be"
            f" renamed ({error.strerror}). Put a good copy in its place."
        )
    else:
        print(f"{path} is damaged ({reason}). It is not used; it is kept as {aside.name}.")


def _rename_to_free_name(path: Path) -> Path:
    for number in itertools.count(1):
        aside = path.with_name(f"{path.name}.damaged-{number}")
        with suppress(FileExistsError):
            aside.touch(exist_ok=False)  # reserves the name, against other notebooks too
            break
    try:
        return path.replace(aside)
    except OSError:
        aside.unlink()
        raise


def _keep(content: bytes, path: Path) -> bool:
    """Write a verified file under a temporary name and rename it; return whether that was done."""
    part = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():  # another notebook was faster, or a damaged file could not be renamed
            return False
        part.replace(path)
        return True
    except OSError as error:
        print(
            f"The download cannot be kept in {path.parent} ({error.strerror}): it is used from"
            " memory and fetched again next time. Make room there, or set the environment variable"
            " KERAS_HOME to a folder you can write to."
        )
        return False
    finally:
        with suppress(OSError):
            part.unlink()


# --- Network ------------------------------------------------------------------------------------


def _from_network(archive: Archive) -> tuple[Arrays, str] | None:
    """Try the addresses in order; one that failed is not tried again in this process."""
    for urls in archive.addresses:
        host = urlsplit(urls[0]).netloc
        if urls in _failed:
            print(f"Not asking {host} again: it failed before. To try it, restart the kernel.")
            continue
        try:
            arrays, content = _download(urls, archive)
        except (OSError, http.client.HTTPException, DamagedError) as error:
            _failed.add(urls)
            print(f"Download from {host} failed: {_explain(error)}.")
        else:
            kept = _keep(content, _keras_cache() / archive.file_name)
            return arrays, f"downloaded from {host}" + (", kept in Keras' cache" if kept else "")
    return None


def _download(urls: tuple[str, ...], archive: Archive) -> tuple[Arrays, bytes]:
    """Return the verified arrays, and the same as the content of an `.npz` file."""
    deadline = time.monotonic() + archive.total_limit
    parts = [_get(url, archive, deadline) for url in urls]
    if urls[0].endswith(".npz"):
        return _read_npz(parts[0], archive), parts[0]
    arrays = _read_idx(parts, archive)
    np.savez_compressed(file := io.BytesIO(), **arrays)
    return arrays, file.getvalue()


def _get(url: str, archive: Archive, deadline: float) -> bytes:
    """Return what an address sends, within the time limits.

    A socket limits the wait for each single step, and one connection can take dozens (looking up
    the name, trying each of a host's addresses in turn). So a thread does the reading, and here the
    limit is on the wait for that thread: it holds whatever the thread is stuck in.
    """
    box: queue.SimpleQueue = queue.SimpleQueue()
    stop = threading.Event()
    limit = archive.read_limit + 1  # of the socket: longer, so that the limit here is the one met
    threading.Thread(target=_send, args=(url, box, stop, limit), daemon=True).start()
    try:
        return _collect(url.rpartition("/")[2], box, archive, deadline)
    finally:
        stop.set()


def _send(url: str, box: queue.SimpleQueue, stop: threading.Event, limit: float) -> None:
    """Put into the box: the expected size (or None), the chunks, then b"" or an exception."""
    try:
        context = ssl.create_default_context()
        with urllib.request.urlopen(url, timeout=limit, context=context) as answer:
            box.put(answer.length)
            while not stop.is_set() and (chunk := answer.read1(2**16)):
                box.put(chunk)
        box.put(b"")
    except Exception as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        box.put(error)


def _collect(name: str, box: queue.SimpleQueue, archive: Archive, deadline: float) -> bytes:
    """Gather the chunks under a progress bar; raise if they are too slow, too many or too few."""
    content = bytearray()
    size = _next(box, archive.read_limit, deadline)
    try:
        while chunk := _next(box, archive.read_limit, deadline):
            content += chunk
            if len(content) > archive.largest:
                raise DamagedError(f"it is larger than {archive.largest / 1e6:.0f} MB")
            _draw_bar(name, len(content), len(chunk), size or archive.largest)
    finally:
        print()  # ends the line of the bar
    if size is not None and len(content) < size:
        raise ConnectionError(f"the connection broke off after {len(content):,} of {size:,} bytes")
    return bytes(content)


def _next(box: queue.SimpleQueue, read_limit: float, deadline: float):
    """Return the next item of the box, or raise it; raise TimeoutError if none comes in time."""
    left = deadline - time.monotonic()
    try:
        item = box.get(timeout=max(0.0, min(read_limit, left)))
    except queue.Empty:
        limit = "the total time limit" if left < read_limit else f"{read_limit:g} seconds"
        raise TimeoutError(f"no answer, or no more of it, within {limit}") from None
    if isinstance(item, Exception):
        raise item
    return item


def _draw_bar(name: str, done: int, new: int, size: int) -> None:
    filled = min(20 * done // size, 20)
    if filled > 20 * (done - new) // size:
        print(f"\r{name} [{'#' * filled:<20}] {done / 1e6:.1f} MB", end="", flush=True)


def _explain(error: Exception) -> str:
    """Say in words what went wrong with a download."""
    cause = getattr(error, "reason", None)
    cause = cause if isinstance(cause, Exception) else error
    if isinstance(cause, urllib.error.HTTPError):
        return f"it answered {cause.code} {cause.reason}"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            f"its certificate was not accepted ({cause.verify_message}). Usual reasons: this"
            " machine's clock is wrong; a company, school or virus scanner reads the traffic (set"
            " SSL_CERT_FILE to the certificate file its help desk gives you); on macOS, Python's"
            ' certificates are not installed yet (run "Install Certificates.command" in the Python'
            " folder)"
        )
    if isinstance(cause, DamagedError):
        return f"what it sent is not the published data: {cause}"
    if isinstance(cause, TimeoutError):
        return str(cause)
    return f"it cannot be reached or broke off ({type(cause).__name__}: {cause})"
