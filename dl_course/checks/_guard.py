"""The one place where a learner's code is run: whatever it does, a value or a hint comes back.

Only `KeyboardInterrupt` gets out. A loop that never ends is stopped by an exception that a second
thread puts into this one, again and again while the learner's code swallows it. What C code does in
one call (`time.sleep(1000)`) can't be stopped so, only what follows it; under Python 3.10 neither
can a loop that swallows every exception in two nested `try` with a `finally`.
"""

from __future__ import annotations

import _thread
import contextlib
import copy
import ctypes
import io
import sys
import threading
import types
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = [
    "SECONDS",
    "UNFINISHED",
    "Outcome",
    "cut",
    "run",
    "shield",
]

UNFINISHED = "Not attempted yet: put your answer where the `...` stands, then run the cell again."
SECONDS = 5.0
LONGEST = 200  # characters of the learner's own text in a hint
_AGAIN = 0.02  # seconds until a swallowed time limit comes again


@dataclass(frozen=True)
class Outcome:
    """What came of a call: a value, or a hint why there is none; and what was printed on the way."""

    value: Any = None
    hint: str | None = None
    printed: str = ""


class _TimeUp(BaseException):
    """Put into the thread of a learner's code when its time is up."""


def run(function: Callable, arguments: Sequence = (), *, seconds: float = SECONDS) -> Outcome:
    """Call a learner's function with copies of the arguments.

    Args:
        function: Anything callable.
        arguments: What it is called with; it works on deep copies.
        seconds: Time limit.
    """
    given = copy.deepcopy(tuple(arguments))
    outcome = shield(function, *given, seconds=seconds)
    if outcome.hint is None and not all(map(_is_unchanged, given, arguments)):
        hint = "Your function changes its input. Work on a copy, or build a new array."
        return Outcome(None, hint, outcome.printed)
    return outcome


def shield(
    function: Callable,
    *arguments: Any,
    seconds: float = SECONDS,
    blame: str = "Your code raised",
) -> Outcome:
    """Call with these very arguments, within a time limit; nothing gets out.

    Args:
        function: Anything callable.
        arguments: What it is called with.
        seconds: Time limit.
        blame: How the hint about an exception begins.
    """
    page, watch = _Page(), _Watch(seconds)
    with _quiet(page):
        result = _watched(watch, function, arguments, blame)
    if isinstance(sys.stdout, _Page):  # a guard around this one
        sys.stdout.write(page.text)
    if watch.fired:
        many = f"{seconds:g} second{'' if seconds == 1 else 's'}"
        hint = f"Your code did not finish within {many}: is there a loop that never ends?"
        return Outcome(None, hint, page.text)
    value, hint = result
    return Outcome(value, hint, page.text)


def _watched(watch, function, arguments, blame):
    """(value, hint), one of them None.

    Any instruction may raise `_TimeUp` until `over = True`; after it, at most the one that is waiting
    and the one on its way may come: hence two tries to settle, and no loop or call between them.
    """
    result = (None, None)
    try:
        watch.start()
        result = _attempt(function, arguments, blame)
        watch.over = True
    except _TimeUp:
        watch.over = True
    except BaseException:  # a KeyboardInterrupt goes on
        watch.over = True
        watch.settle()
        raise
    try:
        watch.settle()
    except _TimeUp:
        try:  # noqa: SIM105 (a call of `suppress` more would be a place to raise in)
            watch.settle()
        except _TimeUp:
            pass
    return result


def _attempt(function, arguments, blame):
    """(value, None) or (None, hint)."""
    try:
        return function(*arguments), None
    except (KeyboardInterrupt, _TimeUp):
        raise
    except NotImplementedError:
        return None, UNFINISHED
    except (SystemExit, GeneratorExit) as error:
        name = "exit()" if isinstance(error, SystemExit) else "GeneratorExit"
        return None, f"Your code ends with {name}: `return` the result instead."
    except RecursionError:
        return None, f"{blame} RecursionError: it calls itself without end."
    except BaseException as error:  # whatever a learner's code raises is a hint, not a crash
        return None, _say(error, blame)


def _say(error, blame):
    """An exception in words, though its own words may fail."""
    name = cut(type(error).__name__, 80)
    try:
        words = str(error)
        words = cut(words if type(words) is str else "")
    except (KeyboardInterrupt, _TimeUp):
        raise
    except BaseException:
        words = "(its message can't be shown)"
    advice = ""
    if "truth value of an array" in words:
        advice = " An `if` looks at one number; `np.where` chooses for each element."
    return f"{blame} {name}: {words}{advice}" if words else f"{blame} {name}."


def cut(text: str, longest: int = LONGEST) -> str:
    """A text that is no longer than this, and printable."""
    start = text[: longest + 1].encode("utf-8", "replace").decode("utf-8", "replace")
    return start if len(start) <= longest else f"{start[: longest - 1]}…"


class _Page(io.TextIOBase):
    """Keeps the start of what is printed and forgets the rest."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        if len(self.text) < 2 * LONGEST:
            self.text += text[: 2 * LONGEST - len(self.text)]
        return len(text)

    def writable(self):
        return True


@contextlib.contextmanager
def _quiet(page):
    """Prints go to a page, warnings nowhere."""
    with (
        contextlib.redirect_stdout(page),
        contextlib.redirect_stderr(page),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield


class _Watch:
    """A time limit for the thread that makes it."""

    __slots__ = ("bell", "fired", "insistent", "lock", "over", "seconds", "thread", "tracer")

    def __init__(self, seconds):
        self.seconds, self.thread, self.tracer = seconds, threading.get_ident(), sys.gettrace()
        self.over = self.fired = False
        self.lock, self.bell = _thread.allocate_lock(), _thread.allocate_lock()
        self.bell.acquire()
        self.insistent: type = _TimeUp

    def start(self):
        with contextlib.suppress(RuntimeError):  # where there are no threads, there is no limit
            _thread.start_new_thread(self.wait, ())

    def wait(self):
        """In a thread of its own: wait for the end, or put an end to it."""
        pause = self.seconds
        kind: type = _TimeUp
        while not self.bell.acquire(timeout=pause):
            with self.lock:
                if self.over:
                    return
                self.fired = True
                _put_exception(self.thread, kind)
            if kind is _TimeUp:  # the next sets a trace as it is made, in the learner's thread
                kind = self.insistent = type("_TimeUp", (_TimeUp,), {"__init__": self.insist})
            pause = _AGAIN

    def insist(self, *arguments):
        """From now on, each line that the learner's code comes to raises the exception again."""
        frame: types.FrameType | None = sys._getframe(1)
        while frame and frame.f_code is not _attempt.__code__:
            frame.f_trace = self.trace
            frame = frame.f_back
        sys.settrace(self.trace)

    def trace(self, frame, event, argument):
        if self.over or frame.f_globals is globals():
            return None
        if event == "line":
            _put_exception(self.thread, self.insistent)
        return self.trace

    def settle(self):
        """No exception comes after this; one that is on its way comes here at the latest."""
        if self.bell.locked():
            self.bell.release()
        with self.lock:
            if self.fired:
                sys.settrace(self.tracer)
                _put_exception(self.thread, None)


def _put_exception(thread, kind):
    """Raise a class of exceptions in a thread, soon; None takes back one that has not come yet."""
    what = None if kind is None else ctypes.py_object(kind)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), what)


def _is_unchanged(given, original):
    """True if a copy is still what it was copied from; only data are compared."""
    if isinstance(original, np.ndarray):
        return (
            given.dtype == original.dtype
            and given.shape == original.shape
            and np.array_equal(given, original, equal_nan=original.dtype.kind == "f")
        )
    if isinstance(original, (list, tuple)):
        return len(given) == len(original) and all(map(_is_unchanged, given, original))
    if isinstance(original, dict):
        return list(given) == list(original) and all(
            _is_unchanged(given[key], original[key]) for key in original
        )
    data = (bool, int, float, complex, str, bytes, bytearray, set, np.generic)
    if not isinstance(original, data):
        return True
    return type(given) is type(original) and (given == original or original != original)
