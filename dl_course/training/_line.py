"""One line of text that is written anew, in a notebook, a terminal or a log file."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Iterator

__all__ = ["Line", "Silence", "clock", "nested"]

_outer: list[tuple[Line, str]] = []  # experiments that are running, and what each says in front


class Line:
    """Show a text where the one before stood; the last text stays.

    In a notebook one display is updated, so that the saved output holds the last text alone. A
    terminal's line is written over. A log file gets only the last text. Inside `nested`, the text
    appears on the line of the experiment around it, behind what that says.
    """

    def __init__(self):
        self.handle, self.width = None, 0

    def show(self, text: str, *, last: bool = False) -> None:
        """Replace the text; `last` says that no other will follow."""
        if _outer:
            line, prefix = _outer[-1]
            line.write(f"{prefix} · {text}")
        else:
            self.write(text, last=last)

    def write(self, text: str, *, last: bool = False) -> None:
        """Put the text on this line, wherever that is."""
        if _in_notebook():
            self._display(text)
        elif sys.stdout.isatty():
            room = shutil.get_terminal_size().columns - 1  # a longer text could not be written over
            print("\r" + text[:room].ljust(self.width), end="\n" if last else "", flush=True)
            self.width = len(text[:room])
        elif last:
            print(text, flush=True)

    def _display(self, text):
        from IPython.display import display

        content = {"text/plain": text}
        if self.handle is None:
            self.handle = display(content, raw=True, display_id=True)
        else:
            self.handle.update(content, raw=True)


class Silence(Line):
    """A line that nobody sees."""

    def write(self, text: str, *, last: bool = False) -> None:
        """Show nothing."""


@contextlib.contextmanager
def nested(line: Line, prefix: str) -> Iterator[None]:
    """Let every `Line` that is shown meanwhile appear on this one, behind `prefix`."""
    if _outer:  # an experiment inside another one: all of it appears on the outermost line
        around, before = _outer[-1]
        line = line if isinstance(line, Silence) else around
        prefix = f"{before} · {prefix}"
    _outer.append((line, prefix))
    try:
        yield
    finally:
        _outer.pop()


def clock(seconds: float) -> str:
    """Minutes and seconds, as 1:05."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _in_notebook():
    """True in a Jupyter kernel, where there are displays that can be updated."""
    with contextlib.suppress(ImportError, AttributeError):
        from IPython import get_ipython

        return get_ipython().kernel is not None
    return False
