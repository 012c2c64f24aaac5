"""Anything that an answer may be, made into what a checker can look at.

Numbers of all kinds become plain NumPy arrays, those of a tensor too; no backend is imported for it.
It runs hostile code (`__array__`, `__len__` …), so it is called within `_guard.shield`.
"""

from __future__ import annotations

import contextlib
import dis
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from numbers import Number
from typing import Any

import numpy as np

from dl_course.checks._guard import cut

__all__ = ["Answer", "is_stub", "is_unfinished", "name_type", "normalize"]

MOST_NUMBERS = 10**7
DEEPEST = 32  # levels of lists in lists


@dataclass(frozen=True)
class Answer:
    """An answer in a form that can be looked at.

    Args:
        kind: "numbers", "text", "dictionary", "function", "model", "unfinished" or "other".
        value: For numbers an array of type int, float, bool or complex that belongs to nobody else.
        hint: Why these are no numbers that could be compared; None for numbers.
    """

    kind: str
    value: Any
    hint: str | None = None


class _NoNumbersError(Exception):
    """Says in words why something is no array of numbers."""


def normalize(value: Any) -> Answer:
    """Make an answer, or a result, into something plain."""
    if value is None or value is Ellipsis:
        return Answer("unfinished", value, "Not finished yet: None comes back.")
    if isinstance(value, (str, bytes, np.str_)):
        return Answer("text", value, _about_text(value))
    if isinstance(value, Mapping):
        return Answer("dictionary", dict(value), "This is a dictionary.")
    if _is_model(value):
        return Answer("model", value, "This is a model; call it, and hand over what it returns.")
    if callable(value) and not _looks_like_array(value):
        hint = "That is a function; a value is wanted. Call it, and hand over what it returns."
        return Answer("function", value, hint)
    try:
        return Answer("numbers", _numbers(value))
    except _NoNumbersError as error:
        return Answer("other", value, str(error))


def _numbers(value):
    """An array of numbers, or _NoNumbersError."""
    if isinstance(value, (list, tuple, range)):
        return _from_lists(value)
    if isinstance(value, np.ndarray):
        return _from_array(value)
    if isinstance(value, (set, frozenset)):
        raise _NoNumbersError("This is a set, and a set has no order: a list [ … ] has.")
    if isinstance(value, (type({}.keys()), type({}.values()))):
        return _from_lists(list(value))
    if isinstance(value, Iterator):
        raise _NoNumbersError(
            f"This is {_name_iterator(value)}, which makes its numbers later: list(...) collects them."
        )
    if isinstance(value, (bool, int, float, complex, np.generic, Number, Decimal)):
        return _from_array(np.asarray(value))
    if type(value).__name__ in ("KerasTensor", "SymbolicTensor"):
        raise _NoNumbersError(
            "This is a symbolic tensor: it stands for numbers that are not there yet. "
            "Call the model with data."
        )
    if not _looks_like_array(value):
        raise _NoNumbersError(f"Numbers are wanted, and this is {name_type(value)}.")
    return _from_array(_of_tensor(value))


def _from_array(array):
    if isinstance(array, np.ma.MaskedArray):
        if np.ma.is_masked(array):
            raise _NoNumbersError("Some numbers are masked out: fill them in, or leave them out.")
        array = array.data
    if array.size > MOST_NUMBERS:
        raise _NoNumbersError(f"These are {array.size:,} numbers: far more than are wanted.")
    if array.dtype.kind in "iufbc":
        return np.array(array, subok=False)
    if array.dtype.kind in "US":
        raise _NoNumbersError(_about_text(array.reshape(-1)[0] if array.size else ""))
    if array.dtype == object:
        return _of_object(array.item()) if not array.ndim else _from_lists(array.tolist())
    if array.dtype.kind == "V" and array.dtype.names is None:
        with contextlib.suppress(TypeError, ValueError):
            return np.array(array, dtype=float, subok=False)  # bfloat16 and such
    raise _NoNumbersError(f"Numbers are wanted, and these are of type {array.dtype}.")


def _of_object(value):
    """One number that NumPy has no type for: a fraction, a decimal, a very large whole number."""
    if isinstance(value, (int, Number, Decimal)) and not isinstance(value, (float, complex)):
        try:
            return np.array(float(value))  # type: ignore[arg-type]
        except OverflowError:
            raise _NoNumbersError("This number is too large to be right.") from None
    if isinstance(value, (str, bytes)):
        raise _NoNumbersError(_about_text(value))
    if value is None or value is Ellipsis:
        raise _NoNumbersError("Not finished yet: some numbers are still missing.")
    return _numbers(value)


def _of_tensor(value):
    """The numbers of a tensor of any backend, or of whatever has `__array__`."""
    if hasattr(value, "detach"):  # PyTorch: away from the tape, away from the GPU
        value = value.detach().cpu()
    try:
        array = value.numpy() if hasattr(value, "numpy") else np.asarray(value)
    except TypeError:  # PyTorch's bfloat16, and sparse tensors
        array = np.asarray(value.float().numpy() if hasattr(value, "float") else value)
    if not isinstance(array, (np.ndarray, np.generic)) and "keras" in sys.modules:
        array = sys.modules["keras"].ops.convert_to_numpy(array)
    if not isinstance(array, (np.ndarray, np.generic)):
        raise _NoNumbersError(f"Numbers are wanted, and this is {name_type(value)}.")
    return np.asarray(array)


def _from_lists(value):
    """Nested lists as an array. Each list is looked at once, however often it stands in others."""
    shape, level, size = [], [value], 1
    while isinstance(level[0], (list, tuple, range)):
        length = len(level[0])
        if not all(isinstance(one, (list, tuple, range)) and len(one) == length for one in level):
            raise _NoNumbersError(RAGGED)
        shape.append(length)
        size *= length
        if len(shape) > DEEPEST:
            raise _NoNumbersError("These are lists in lists in lists, far too deep.")
        if size > MOST_NUMBERS:
            raise _NoNumbersError(f"These are {size:,} numbers or more: far more than are wanted.")
        if not length:
            return np.zeros(shape)
        level = list({id(one): one for row in level for one in row}.values())
    if any(isinstance(one, (list, tuple, range)) for one in level):
        raise _NoNumbersError(RAGGED)
    if all(type(one) in (int, float, bool) for one in level):
        array = np.array(value)
        if array.dtype != object:
            return array
    found = {id(one): _of_object(one) for one in level}
    if len({array.shape for array in found.values()}) > 1:
        raise _NoNumbersError(RAGGED)
    leaf = next(iter(found.values())).shape
    if size * int(np.prod(leaf)) > MOST_NUMBERS:
        raise _NoNumbersError(
            f"These are more than {MOST_NUMBERS:,} numbers: far more than are wanted."
        )
    return np.array([found[id(one)] for one in _leaves(value, len(shape))]).reshape(*shape, *leaf)


RAGGED = "The rows have different lengths: that makes no array of numbers."


def _leaves(value, depth):
    """What stands in lists, `depth` levels down."""
    for _ in range(depth - 1):
        value = [one for row in value for one in row]
    return value


def _about_text(text):
    """A hint about a text that stands where a number should."""
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    try:
        float(text)
    except ValueError:
        return "Numbers are wanted, and this is a text."
    return f"This is a text, {cut(text, 20)!r}: a number is written without quotes."


def _is_model(value):
    keras = sys.modules.get("keras")
    return keras is not None and isinstance(value, keras.Model)


def _looks_like_array(value):
    kind = type(value)  # a class has these too, but stands for no numbers
    return not isinstance(value, type) and (hasattr(kind, "__array__") or hasattr(kind, "numpy"))


def _name_iterator(value):
    names = {"generator": "a generator", "map": "a `map`", "zip": "a `zip`", "filter": "a `filter`"}
    return names.get(type(value).__name__, "an iterator")


def is_unfinished(answer: Any) -> bool:
    """True for a stub: nothing, `...`, or a container that still holds one of them."""
    seen: set[int] = set()
    waiting = [answer]
    while waiting and len(seen) < 10**5:
        part = waiting.pop()
        if part is None or part is Ellipsis:
            return True
        if isinstance(part, (list, tuple, dict)) and id(part) not in seen:
            seen.add(id(part))
            waiting += part.values() if isinstance(part, dict) else part
    return False


def is_stub(function: Callable) -> bool:
    """True for a function that does nothing yet: `def f(x): ...`."""
    code = getattr(function, "__code__", None)
    if type(code) is not type(is_stub.__code__):
        return False
    steps = [step for step in dis.get_instructions(code) if step.opname not in ("RESUME", "NOP")]
    loads = steps[0].opname in ("LOAD_CONST", "RETURN_CONST") and len(steps) <= 2
    return loads and (steps[0].argval is None or steps[0].argval is Ellipsis)


def name_type(value: Any) -> str:
    """A type in a beginner's words."""
    names: dict[type, str] = {
        list: "a list",
        tuple: "a tuple",
        str: "a text",
        dict: "a dictionary",
        set: "a set",
    }
    return names.get(type(value), f"of type {cut(str(type(value).__name__), 60)}")
