"""A place to collect photographs: a zone for each class, a folder for each zone."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import tempfile
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dl_course import _validate
from dl_course.widgets import _host, _photos

if TYPE_CHECKING:
    import anywidget

__all__ = ["photo_collector"]


def photo_collector(
    class_names: Sequence[str], *, folder: str | os.PathLike[str] | None = None
) -> anywidget.AnyWidget:
    """Sort pictures of your own into classes: a zone for each, to drop files on or choose them for.

    Each picture is kept as `folder/class_name/file name`; a number is added if that name is taken.
    What can't be read as a picture is not kept, but named.

    Args:
        class_names: Two or more, different in more than upper and lower case; they become folders.
        folder: A new or empty folder; by default a new one where the system keeps temporary files.

    Returns:
        A widget, to stand on the last line of a cell. Its `path` is what `training.classify_folder`
        takes; `counts` says how many pictures each class has; `error` names what was not kept.
        `add(class_name, name, content)` does from Python what dropping a file does.

    Raises:
        ImportError: If anywidget is missing; the message says what to install.
        TypeError: If `class_names` is not a list of strings.
        ValueError: If there are fewer than two names, the same twice, or one that can't be a folder's,
            or if `folder` has something in it.

    Taught in notebook 08.
    """
    names = _check_class_names(class_names)
    if folder is not None:
        folder = Path(folder).absolute()
        if os.path.lexists(folder) and not (folder.is_dir() and not any(folder.iterdir())):
            raise ValueError(f"`folder` must be new or empty. Received: {str(folder)!r}")
    collector = _collector_class(*_host.load_anywidget())
    folder = Path(folder or tempfile.mkdtemp(prefix="pictures_"))
    for name in names:
        (folder / name).mkdir(parents=True)
    return collector(names, folder)


@functools.cache
def _collector_class(base: Any, traitlets: Any) -> Any:
    """The collector as a class: defined when needed, since what it is derived from may be missing."""

    class PhotoCollector(_photos.photos_class(base, traitlets)):  # type: ignore[misc]
        """Pictures that are kept in the folder of their class."""

        counts = traitlets.Dict().tag(sync=True)
        error = traitlets.Unicode().tag(sync=True)

        def __init__(self, names, folder):
            self._folder = folder
            super().__init__(classes=names, counts=dict.fromkeys(names, 0))

        @property
        def path(self) -> str:
            """The folder, for `training.classify_folder`."""
            return str(self._folder)

        def add(self, class_name: str, name: str, content: bytes) -> None:
            """Keep a picture, as dropping its file on the zone of its class does."""
            _validate.choice("class_name", class_name, self.classes)
            try:
                with _photos.picture_file(name, content):
                    _keep(self._folder / class_name, _photos.safe_name(name), content)
            except (_photos.NotAPictureError, OSError) as failure:
                self._refuse(name, getattr(failure, "strerror", None) or str(failure))
            else:
                self.counts = {**self.counts, class_name: self.counts[class_name] + 1}

        def _begin(self):
            self.error = ""

        _take = add

        def _refuse(self, name, reason):
            self.error = f"{self.error}\n{name}: {reason}".strip()

        def __repr__(self):
            return f"A place to collect pictures of {len(self.classes)} classes"

    return PhotoCollector


def _keep(folder, name, content):
    """Write a new file, with a number added if its name is taken."""
    folder.mkdir(parents=True, exist_ok=True)
    name = Path(name)
    for number in itertools.count(1):
        path = folder / (name.name if number == 1 else f"{name.stem}_{number}{name.suffix}")
        with contextlib.suppress(FileExistsError), path.open("xb") as file:
            file.write(content)
            return


def _check_class_names(class_names):
    """Return them as a list; each can be a folder's name, and no two are the same folder's."""
    names = list(class_names)
    if isinstance(class_names, str) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"`class_names` must be a list of strings. Received: {class_names!r}")
    if len(names) < 2:
        raise ValueError(f"`class_names` must hold two names or more. Received: {names!r}")
    for name in names:
        if not _photos.can_name_a_folder(name):
            raise ValueError(
                "`class_names` must be names of folders: 1 to 50 characters, none of them a slash, "
                f'a backslash or one of <>:"|?*, no dot or space at either end. Received: {name!r}'
            )
    folders = [unicodedata.normalize("NFC", name).casefold() for name in names]
    if len(set(folders)) < len(names):
        raise ValueError(f"`class_names` must all be different. Received: {names!r}")
    return names
