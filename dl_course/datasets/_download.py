"""Gets a published file: from a folder, from Keras' cache or over the network.

Three rules keep a learner's data safe, whatever breaks:

1. A file is used only if it is the published one as far as that can be told, wherever it came from.
2. A download is collected and checked in memory, then written under a temporary name beside its
   place and renamed. Whatever stops it, there is never half a file under the real name.
3. A damaged file is renamed, never deleted, overwritten or used.

Why not `pooch`: it replaces a damaged file by the download, and has no limit on the size of a
download or on its whole time, so a slow server, or a name look-up that hangs, stops the notebook.
"""

from __future__ import annotations

import atexit
import hashlib
import http.client
import io
import itertools
import os
import secrets
import shutil
import ssl
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

__all__ = [
    "DamagedError",
    "Found",
    "Published",
    "damaged_if_garbled",
    "fetch",
    "same_bytes",
    "why_not",
]

_failed: set[tuple[str, ...]] = set()  # addresses that failed in this process
_lent: dict[str, Path] = {}  # temporary folders of the files that Keras' cache could not take


class DamagedError(Exception):
    """The content is not the published data; the message says in what way."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """A published file: where it can be had, what must be in it, and within which limits.

    Args:
        file_name: Its name in a folder.
        addresses: Tried in order; each is one address, or several whose contents `join` unites.
        read: Returns what a content holds; raises DamagedError if it is not the published one.
        join: Returns the content of the file, given what the addresses of one entry sent.
        cache: The folder of Keras' cache that it belongs in.
        read_limit: Seconds to wait for an answer, or for more of it.
        total_limit: Seconds that one entry of `addresses` may take altogether. A download that
            would clearly need more than twice as many is given up after `read_limit` seconds.
        largest: Bytes; a bigger file is not read, a bigger download not finished.
    """

    file_name: str
    addresses: tuple[tuple[str, ...], ...]
    read: Callable[[bytes], Any]
    join: Callable[[list[bytes]], bytes] = b"".join
    cache: str = "datasets"
    read_limit: float = 10.0
    total_limit: float = 300.0
    largest: int = 64 * 2**20


class Found(NamedTuple):
    """What a published file holds, where it is from in words, and its path if it is on disk."""

    data: Any
    where: str
    path: Path | None


def fetch(
    published: Published,
    *,
    download: bool = True,
    unpacked: Callable[[str, Path], Found | None] | None = None,
) -> Found | None:
    """Find or download a published file; None if it cannot be had.

    Looks in `$DL_COURSE_DATA`, then in Keras' cache (`$KERAS_HOME/datasets` or `…/models`), then
    downloads, if that is wanted and `DL_COURSE_OFFLINE` does not forbid it. Prints what went wrong.

    Args:
        published: The file.
        download: Whether a download is wanted.
        unpacked: Looks for the same data in another form, given a place in words and its folder;
            asked wherever the file itself is not found.
    """
    for where, folder in _places(published):
        path = folder / published.file_name
        if (data := _from_file(path, published)) is not None:
            return Found(data, where, path)
        if unpacked is not None and (found := unpacked(where, folder)) is not None:
            return found
    return _from_network(published) if download and not _offline() else None


def why_not(wanted: bool = True) -> str:
    """Say why nothing was downloaded."""
    if not wanted:
        return "a download was not asked for"
    return "DL_COURSE_OFFLINE forbids the network" if _offline() else "could not be downloaded"


def same_bytes(size: int, sha256: str) -> Callable[[bytes], bytes]:
    """Return a `read` for files of which size and digest are known; it gives the content itself."""

    def read(content: bytes) -> bytes:
        if len(content) != size:
            raise DamagedError(f"it has {len(content):,} bytes, expected {size:,}")
        if hashlib.sha256(content).hexdigest() != sha256:
            raise DamagedError("it differs from the published file")
        return content

    return read


@contextmanager
def damaged_if_garbled() -> Iterator[None]:
    """Turn what zipfile, zlib, h5py and NumPy raise on garbled bytes into DamagedError."""
    try:
        yield
    except (DamagedError, MemoryError):
        raise
    except Exception as error:
        raise DamagedError(f"it cannot be read ({type(error).__name__}: {error})") from error


def _offline() -> bool:
    return os.environ.get("DL_COURSE_OFFLINE", "") not in ("", "0")


# --- Files --------------------------------------------------------------------------------------


def _places(published: Published) -> Iterator[tuple[str, Path]]:
    """Where the file may lie: in words, and the folder."""
    if name := os.environ.get("DL_COURSE_DATA"):
        own = Path(name).expanduser()
        if not own.is_dir():
            print(
                f"DL_COURSE_DATA names a folder that does not exist: {name}. Going on without it."
            )
        yield "from the folder in $DL_COURSE_DATA", own
    yield "from Keras' cache", _keras_cache(published)
    if published.file_name in _lent:
        yield "from a temporary folder of this session", _lent[published.file_name]


def _keras_cache(published: Published) -> Path:
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / published.cache


def _from_file(path: Path, published: Published) -> Any:
    """What a file holds; None if there is no such file or, with a notice, if it is no use."""
    try:
        if not path.is_file():
            return None
        if path.stat().st_size > published.largest:
            raise DamagedError(f"it is larger than {published.largest / 1e6:.0f} MB")
        return published.read(path.read_bytes())
    except OSError as error:
        print(
            f"{path} cannot be read ({error.strerror}). Going on without it; check its permissions."
        )
    except DamagedError as error:
        _set_aside(path, reason=str(error))
    return None


def _set_aside(path: Path, *, reason: str) -> None:
    """Rename a damaged file, or say why it stays where it is."""
    names = (path.with_name(f"{path.name}.damaged-{number}") for number in itertools.count(1))
    aside = next(name for name in names if not name.exists())
    try:
        path.rename(aside)
    except FileNotFoundError:
        return  # another notebook has set it aside
    except OSError as error:
        print(
            f"{path} is damaged ({reason}). It is not used, and stays there because it cannot be"
            f" renamed ({error.strerror}). Put a good copy in its place."
        )
    else:
        print(f"{path} is damaged ({reason}). It is not used; it is kept as {aside.name}.")


def _keep(content: bytes, path: Path) -> Path | None:
    """Write a verified file to its path, else to a temporary folder; return where it is now."""
    try:
        if _write(content, path):
            return path
    except OSError as error:
        print(
            f"The download cannot be kept in {path.parent} ({error.strerror}): it serves this"
            " session alone and is fetched again next time. Make room there, or set the environment"
            " variable KERAS_HOME to a folder you can write to."
        )
    try:
        folder = tempfile.mkdtemp(prefix="dl_course-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        _write(content, Path(folder, path.name))
    except OSError as error:
        print(f"A temporary folder cannot take it either ({error.strerror}).")
        return None
    _lent[path.name] = Path(folder)
    return Path(folder, path.name)


def _write(content: bytes, path: Path) -> bool:
    """Write under a temporary name and rename; return False if something has the name already."""
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
    finally:
        with suppress(OSError):
            part.unlink()


# --- Network ------------------------------------------------------------------------------------


def _from_network(published: Published) -> Found | None:
    """Try the addresses in order; one that failed is not tried again in this process."""
    for urls in published.addresses:
        host = urlsplit(urls[0]).netloc
        if urls in _failed:
            print(f"Not asking {host} again: it failed before. To try it, restart the kernel.")
            continue
        deadline = time.monotonic() + published.total_limit
        try:
            content = published.join([_get(url, published, deadline) for url in urls])
            data = published.read(content)
        except (OSError, http.client.HTTPException, DamagedError) as error:
            _failed.add(urls)
            print(f"Download from {host} failed: {_explain(error)}.")
        else:
            place = _keras_cache(published) / published.file_name
            path = _keep(content, place)
            kept = ", kept in Keras' cache" if path == place else ""
            return Found(data, f"downloaded from {host}{kept}", path)
    return None


def _get(url: str, published: Published, deadline: float) -> bytes:
    """Return what an address sends, within the limits, under a progress bar."""
    transfer, patience = _Transfer(url, published), published.read_limit
    begun = moved = time.monotonic()
    done = 0
    transfer.start()
    try:
        while transfer.is_alive():
            transfer.join(0.05)
            before, done, now = done, transfer.content.tell(), time.monotonic()
            moved = now if done > before else moved
            _draw_bar(url.rpartition("/")[2], before, done, transfer.size or published.largest)
            if transfer.is_alive() and now > min(moved + patience, deadline):
                limit = f"{patience:g} seconds" if now < deadline else "the total time limit"
                raise TimeoutError(f"no answer, or no more of it, within {limit}")
            if transfer.is_alive() and transfer.size and done and now > begun + patience:
                left = (now - begun) * (transfer.size / done - 1)  # seconds, at the speed so far
                if left > 2 * (deadline - now):
                    raise TimeoutError(f"at this speed it would take {left / 60:.0f} minutes more")
    finally:
        transfer.stop = True
        if done:
            print()  # ends the line of the bar
    if transfer.error is not None:
        raise transfer.error
    return transfer.content.getvalue()


class _Transfer(threading.Thread):
    """Reads an address, in a thread of its own, which can be left whatever it is stuck in.

    A socket limits the wait for each single step, and one connection can take dozens (looking up
    the name, trying each of a host's addresses in turn); `_get` limits the wait for them all.
    """

    def __init__(self, url: str, published: Published):
        super().__init__(daemon=True)
        self.url, self.largest, self.limit = url, published.largest, published.read_limit + 1
        self.content, self.stop = io.BytesIO(), False
        self.size: int | None = None  # as the server says, if it does
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            context = ssl.create_default_context()
            with urllib.request.urlopen(self.url, timeout=self.limit, context=context) as answer:
                self._read(answer)
        except Exception as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()
            self.error = error

    def _read(self, answer: Any) -> None:
        self.size = answer.length
        while not self.stop and (chunk := answer.read1(2**16)):
            self.content.write(chunk)
            if self.content.tell() > self.largest:
                raise DamagedError(f"it is larger than {self.largest / 1e6:.0f} MB")
        if (done := self.content.tell()) < (self.size or 0):
            raise ConnectionError(f"the connection ended after {done:,} of {self.size:,} bytes")


def _draw_bar(name: str, before: int, done: int, size: int) -> None:
    filled = min(20 * done // size, 20)
    if done and filled >= 20 * before // size + (before > 0):
        print(f"\r{name} [{'#' * filled:<20}] {done / 1e6:.1f} MB", end="", flush=True)


def _explain(error: Exception) -> str:
    """Say in words what went wrong with a download."""
    cause = getattr(error, "reason", None)
    cause = cause if isinstance(cause, Exception) else error
    if isinstance(cause, urllib.error.HTTPError):
        return f"it answered {cause.code} {cause.reason}"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            f"its certificate was not accepted ({cause.verify_message}). Usual reasons: a wrong clock;"
            " a company, school or virus scanner that reads the traffic (set SSL_CERT_FILE to the"
            " certificate file of its help desk); on macOS, Python's certificates are not installed"
            ' (run "Install Certificates.command" in the Python folder)'
        )
    if isinstance(cause, DamagedError):
        return f"what it sent is not the published data: {cause}"
    if isinstance(cause, TimeoutError):
        return str(cause)
    return f"it cannot be reached or broke off ({type(cause).__name__}: {cause})"
