"""Files that a browser sends: put together from their pieces, checked, given a safe name."""

from __future__ import annotations

import contextlib
import functools
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dl_course import datasets
from dl_course.widgets import _host

__all__ = ["NotAPictureError", "can_name_a_folder", "photos_class", "picture_file", "safe_name"]

LARGEST = 20_000_000  # bytes of a file that a browser sends
# What file names can't hold, and devices that can't be their beginning, if not here then on Windows.
FORBIDDEN = re.compile(r'[/\\<>:"|?*\x00-\x1f\x7f\ud800-\udfff]')
DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class NotAPictureError(ValueError):
    """A file that can't be read as a picture; the text says why."""


@functools.cache
def photos_class(base: Any, traitlets: Any) -> Any:
    """Define what drop zone and collector have in common: files come in from a browser, in pieces."""

    class Photos(base):
        """Zones that files are dropped on; `_take` and `_refuse` are what differs."""

        _esm = _host.read_static("photos.js")
        _css = _host.read_static("theme.css", "bars.css", "photos.css")
        classes = traitlets.List().tag(sync=True)
        limit = traitlets.Int(LARGEST).tag(sync=True)

        def __init__(self, **values):
            self._pieces = {}  # of files whose last piece hasn't come yet
            super().__init__(**values)
            self.on_msg(self._receive)

        def _receive(self, _, message, buffers):
            if message["isFirst"] and message["id"] not in self._pieces:
                self._begin()
            self._pieces.setdefault(message["id"], []).extend(map(bytes, buffers))
            if message["isLast"]:
                content = b"".join(self._pieces.pop(message["id"]))
                if "reason" in message:
                    self._refuse(message["name"], message["reason"])
                else:
                    self._take(message["class"], message["name"], content)

        def _begin(self):
            """Prepare for the first file of a drop."""

    return Photos


@contextlib.contextmanager
def picture_file(name: str, content: bytes) -> Iterator[Path]:
    """Give a file with this content for as long as the block lasts; an error if it is no picture."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / safe_name(name)
        path.write_bytes(content)
        try:
            datasets.load_picture(path, image_size=1)  # as strict as `load_image_folder`
        except ValueError:
            advice = "; save it as JPEG" if path.suffix.lower() in (".heic", ".heif") else ""
            raise NotAPictureError(f"not readable as a picture{advice}") from None
        yield path


def safe_name(name: str) -> str:
    """Return the last part of a file name, shortened, without what file systems refuse or hide."""
    name = FORBIDDEN.sub("_", re.split(r"[/\\]", name)[-1]).strip(". ") or "picture"
    name = f"_{name}" if DEVICE.fullmatch(name) else name
    return (Path(name).stem[:50] + Path(name).suffix[:10]).strip(". ")


def can_name_a_folder(name: str) -> bool:
    """Say whether every file system takes this as the name of a folder, as it stands."""
    is_plain = name == name.strip(". ") and not FORBIDDEN.search(name)
    return is_plain and 1 <= len(name) <= 50 and not DEVICE.fullmatch(name)
