"""Checks of arguments, in one dialect: "`name` must be …. Received: …".

A check returns the argument as it will be used, or raises `TypeError` for another kind of thing and
`ValueError` for a wrong one. True and False are no numbers.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

__all__ = ["array", "choice", "labels", "names", "number", "pair", "rng", "shape", "whole"]


def whole(name: str, value: Any, *, at_least: int | None = None, at_most: int | None = None) -> int:
    """Return a whole number in a range."""
    value = _unwrap(value)
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"`{name}` must be a whole number. Received: {value!r}")
    found = int(value)
    low, high = at_least, at_most
    if (low is not None and found < low) or (high is not None and found > high):
        raise ValueError(f"`{name}` must be {_range(low, high)}. Received: {value!r}")
    return found


def number(
    name: str,
    value: Any,
    *,
    at_least: float | None = None,
    above: float | None = None,
    at_most: float | None = None,
    below: float | None = None,
) -> float:
    """Return a finite number in a range; an end is inside (`at_least`) or outside (`above`) of it."""
    value = _unwrap(value)
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
        raise TypeError(f"`{name}` must be a number. Received: {value!r}")
    found = float(value)
    inside = (
        (at_least is None or found >= at_least)
        and (above is None or found > above)
        and (at_most is None or found <= at_most)
        and (below is None or found < below)
    )
    if not (math.isfinite(found) and inside):
        ends = _range(at_least, at_most, above, below)
        raise ValueError(f"`{name}` must be {ends}. Received: {value!r}")
    return found


def _range(at_least, at_most, above=None, below=None):
    """A range in words."""
    if at_least is not None and at_most is not None:
        return f"from {at_least} to {at_most}"
    words = {"at least": at_least, "above": above, "at most": at_most, "below": below}
    ends = [f"{word} {end}" for word, end in words.items() if end is not None]
    return " and ".join(ends) or "finite"


def choice(name: str, value: Any, choices: Collection) -> Any:
    """Return one of a few things; True is not taken for 1."""
    value = _unwrap(value)
    for one in choices:
        if type(value) is type(one) and value == one:
            return one
    words = ", ".join(map(repr, choices))
    kind = ValueError if type(value) in set(map(type, choices)) else TypeError
    raise kind(f"`{name}` must be one of {words}. Received: {value!r}")


def _unwrap(value):
    """NumPy's single values, such as np.int64(3), np.str_("same") and np.array(0.1), as Python's."""
    is_single = isinstance(value, np.generic) or (isinstance(value, np.ndarray) and not value.ndim)
    return value.item() if is_single else value


def names(name: str, values: Any, known: Collection[str]) -> tuple[str, ...]:
    """Return one or more known names, none of them twice."""
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise TypeError(f"`{name}` must be a tuple or list of names. Received: {values!r}")
    for value in values:
        choice(name, value, known)
    if not values or len(set(values)) < len(values):
        raise ValueError(
            f"`{name}` must hold at least one name, none of them twice. Received: {values!r}"
        )
    return tuple(values)


def pair(name: str, value: Any, *, at_least: int = 1) -> tuple[int, int]:
    """Return a whole number, or a pair of them, as a pair `(rows, columns)`."""
    both = (value, value) if isinstance(value, Integral) else value
    if not isinstance(both, (tuple, list)) or len(both) != 2:
        raise TypeError(f"`{name}` must be a whole number or a pair of them. Received: {value!r}")
    for one in both:
        if isinstance(one, bool) or not isinstance(one, Integral):
            raise TypeError(f"`{name}` must hold whole numbers. Received: {value!r}")
        if one < at_least:
            raise ValueError(f"`{name}` must be at least {at_least}. Received: {value!r}")
    return int(both[0]), int(both[1])


def rng(name: str, value: Any) -> np.random.Generator:
    """Return a generator of random numbers."""
    if not isinstance(value, np.random.Generator):
        raise TypeError(
            f"`{name}` must be a numpy.random.Generator, such as np.random.default_rng(seed). "
            f"Received: {value!r}"
        )
    return value


def array(name: str, value: Any, *shapes: str) -> np.ndarray:
    """Return an array of finite real numbers; whole numbers and truth values as int64.

    Args:
        name: The argument's name, for the message.
        value: What was received.
        *shapes: The shapes that will do, in letters, as `"h, w"`: only the number of axes counts.
    """
    try:
        found = np.asarray(value)
    except ValueError:
        raise ValueError(f"`{name}` must have rows of equal length. Received: {value!r}") from None
    if found.dtype.kind not in "biuf":
        raise TypeError(f"`{name}` must hold real numbers. Received: {found.dtype}")
    if found.ndim not in {1 + axes.count(", ") for axes in shapes} or not found.size:
        wanted = " or ".join(f"({axes})" for axes in shapes)
        raise ValueError(
            f"`{name}` must have shape {wanted}, none of them 0. Received: {found.shape}"
        )
    if found.dtype.kind == "u" and found.max() > np.iinfo(np.int64).max:
        raise ValueError(f"`{name}` must be below 2**63. Received: {found.max()}")
    if not np.isfinite(found).all():
        place = tuple(map(int, np.argwhere(~np.isfinite(found))[0]))
        raise ValueError(f"`{name}` must be finite. Received: {found[place]} at {place}")
    return found if found.dtype.kind == "f" else found.astype(np.int64)


def shape(name: str, value: Any, wanted: tuple[int, ...], why: str = "") -> None:
    """Raise unless an array has this shape; `why` follows it in the message."""
    if np.shape(value) != tuple(wanted):
        reason = f", {why}" if why else ""
        raise ValueError(
            f"`{name}` must have shape {tuple(wanted)}{reason}. Received: {np.shape(value)}"
        )


def labels(name: str, value: Any, n: int | None = None, classes: int | None = None) -> np.ndarray:
    """Return class numbers, `(n,)`, each from 0 to `classes - 1`."""
    found = np.asarray(value)
    if found.ndim != 1 or found.dtype.kind not in "iu" or not found.size:
        raise ValueError(
            f"`{name}` must be whole numbers of shape (n,), n at least 1. "
            f"Received: {found.dtype} of shape {found.shape}"
        )
    if n is not None:
        shape(name, found, (n,))
    if found.min() < 0 or (classes is not None and found.max() >= classes):
        wanted = "0 or more" if classes is None else f"from 0 to {classes - 1}"
        raise ValueError(f"`{name}` must be {wanted}. Received: {found.min()} to {found.max()}")
    return found
