"""Gets one published file: from a folder, from Keras' cache or over the network.

Private to `datasets`. Three rules keep a learner's data safe, whatever breaks:

1. A file is used only if it is the published one as far as that can be told, wherever it came from.
2. A download is collected and checked in memory, then written under a temporary name beside its
   place and renamed. Whatever stops it, there is never half a file under the real name.
3. A damaged file is renamed, never deleted, overwritten or used.
"""

from __future__ import annotations

import atexit
import http.client
import io
import itertools
import os
import queue
import secrets
import shutil
import ssl
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from dl_course.datasets._published import DamagedError, Published

__all__ = ["Found", "fetch", "offline"]

_failed: set[tuple[str, ...]] = set()  # addresses that failed in this process
_lent: dict[str, Path] = {}  # files that Keras' cache could not take, in a temporary folder


class Found(NamedTuple):
    """What a published file holds, where it is from in words, and its path if it is on disk."""

    data: Any
    where: str
    path: Path | None


def fetch(published: Published, *, download: bool = True) -> Found | None:
    """Return what `published.read` makes of the file; None if it cannot be had.

    Looks in `$DL_COURSE_DATA`, then in Keras' cache (`$KERAS_HOME/datasets` or `…/models`), then
    downloads, if that is wanted and not forbidden.
    """
    for where, path in _places(published):
        data = _from_file(path, published)
        if data is not None:
            return Found(data, where, path)
    return _from_network(published) if download and not offline() else None


def offline() -> bool:
    """Whether `DL_COURSE_OFFLINE` forbids the network."""
    return os.environ.get("DL_COURSE_OFFLINE", "") not in ("", "0")


def _places(published: Published) -> Iterator[tuple[str, Path]]:
    """Where the file may lie, in words and as a path."""
    if folder := os.environ.get("DL_COURSE_DATA"):
        own = Path(folder).expanduser()
        if not own.is_dir():
            print(
                f"DL_COURSE_DATA names a folder that does not exist: {folder}. Going on without it."
            )
        yield "from the folder in $DL_COURSE_DATA", own / published.file_name
    yield "from Keras' cache", _in_keras_cache(published)
    if published.file_name in _lent:
        yield "from a temporary folder of this session", _lent[published.file_name]


def _in_keras_cache(published: Published) -> Path:
    home = os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")
    return Path(home).expanduser() / published.cache / published.file_name


# --- Files --------------------------------------------------------------------------------------


def _from_file(path: Path, published: Published) -> Any:
    """Return what a file holds; None if there is no such file or, with a notice, if it is no use."""
    stamp = _stamp(path)
    try:
        if not path.is_file():
            return None
        return published.read(_content(path, published.largest))
    except OSError as error:
        print(
            f"{path} cannot be read ({error.strerror}). Going on without it; check its permissions."
        )
    except DamagedError as error:
        if _stamp(path) not in (None, stamp):
            return _from_file(path, published)  # another notebook has just put a good file there
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
    return _lend(content, path.name)


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


def _lend(content: bytes, name: str) -> Path | None:
    """Write a file to a folder that goes when this process ends; None if even that is refused."""
    try:
        folder = tempfile.mkdtemp(prefix="dl_course-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        _write(content, Path(folder, name))
    except OSError as error:
        print(f"A temporary folder cannot take it either ({error.strerror}).")
        return None
    _lent[name] = Path(folder, name)
    return _lent[name]


# --- Network ------------------------------------------------------------------------------------


def _from_network(published: Published) -> Found | None:
    """Try the addresses in order; one that failed is not tried again in this process."""
    for urls in published.addresses:
        host = urlsplit(urls[0]).netloc
        if urls in _failed:
            print(f"Not asking {host} again: it failed before. To try it, restart the kernel.")
            continue
        try:
            data, content = _download(urls, published)
        except (OSError, http.client.HTTPException, DamagedError) as error:
            _failed.add(urls)
            print(f"Download from {host} failed: {_explain(error)}.")
        else:
            place = _in_keras_cache(published)
            path = _keep(content, place)
            kept = ", kept in Keras' cache" if path == place else ""
            return Found(data, f"downloaded from {host}{kept}", path)
    return None


def _download(urls: tuple[str, ...], published: Published) -> tuple[Any, bytes]:
    """Return what the published file holds, verified, and its content."""
    deadline = time.monotonic() + published.total_limit
    content = published.join([_get(url, published, deadline) for url in urls])
    return published.read(content), content


def _get(url: str, published: Published, deadline: float) -> bytes:
    """Return what an address sends, within the time limits.

    A socket limits the wait for each single step, and one connection can take dozens (looking up
    the name, trying each of a host's addresses in turn). So a thread does the reading, and here the
    limit is on the wait for that thread: it holds whatever the thread is stuck in.
    """
    box: queue.SimpleQueue = queue.SimpleQueue()
    stop = threading.Event()
    limit = published.read_limit + 1  # of the socket: longer, so that the limit here is the one met
    threading.Thread(target=_send, args=(url, box, stop, limit), daemon=True).start()
    try:
        return _collect(url.rpartition("/")[2], box, published, deadline)
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


def _collect(name: str, box: queue.SimpleQueue, published: Published, deadline: float) -> bytes:
    """Gather the chunks under a progress bar; raise if they are too slow, too many or too few."""
    content, begun = io.BytesIO(), time.monotonic()
    size = _next(box, published.read_limit, deadline)
    try:
        while chunk := _next(box, published.read_limit, deadline):
            content.write(chunk)
            done = content.tell()
            if done > published.largest:
                raise DamagedError(f"it is larger than {published.largest / 1e6:.0f} MB")
            _draw_bar(name, done, len(chunk), size or published.largest)
            if size is not None:
                _give_up_in_time(done, size, begun, deadline, published.read_limit)
    finally:
        print()  # ends the line of the bar
    if size is not None and content.tell() < size:
        raise ConnectionError(
            f"the connection broke off after {content.tell():,} of {size:,} bytes"
        )
    return content.getvalue()


def _give_up_in_time(done: int, size: int, begun: float, deadline: float, patience: float) -> None:
    """Raise TimeoutError if, after some patience, it is clear that the time limit is far too short."""
    now = time.monotonic()
    left = (now - begun) * (size - done) / done  # seconds, at the speed so far
    if now - begun > patience and left > 2 * (deadline - now):
        raise TimeoutError(f"at this speed it would take {left / 60:.0f} minutes more")


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
