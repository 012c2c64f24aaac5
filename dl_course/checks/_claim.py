"""`claim`: a number the course promises, measured each time a notebook runs."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from dl_course import _validate

__all__ = ["ClaimError", "claim"]


class ClaimError(AssertionError):
    """A promised number was not reached."""


def claim(
    what: str,
    value: Any,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    equals: Any = None,
    within: float = 1e-9,
) -> None:
    """Print what was promised and what was measured; raise if the promise is not kept.

    ``claim("test accuracy", accuracy, at_least=0.99)`` stands where a page would otherwise say "about
    99 %": the sentence can't become untrue without the notebook failing.

    Args:
        what: What is measured, in words.
        value: What was measured: a number; with `equals` also an array, a tuple or a text.
        at_least: Lower bound, itself allowed.
        at_most: Upper bound, itself allowed.
        equals: The exact value; numbers and arrays may differ from it by `within`.
        within: Largest absolute difference from `equals`, in each element.

    Raises:
        ClaimError: If the promise is not kept; NaN keeps no promise.
        TypeError: If a bound or `within` is not a number, or `value` is not one and has bounds.
        ValueError: If there is no promise, or `equals` stands beside a bound, or `within` is negative.

    Examples:
        >>> claim("test accuracy", 0.9921, at_least=0.99)
        ✔ test accuracy: 0.9921 (promised: at least 0.99)
    """
    _check_promise(what, value, at_least, at_most, equals, within)
    if equals is not None:
        kept, promised = _is_equal(value, equals, within), _say_equals(equals, within)
    else:
        kept, promised = _is_between(value, at_least, at_most), _say_bounds(at_least, at_most)
    line = f"{what}: {_say(value)} (promised: {promised})"
    if not kept:
        raise ClaimError(line)
    print(f"✔ {line}")


def _check_promise(what, value, at_least, at_most, equals, within):
    bounds = {"at_least": at_least, "at_most": at_most}
    given = [name for name, bound in bounds.items() if bound is not None]
    if not isinstance(what, str):
        raise TypeError(f"`what` must say in words what is measured. Received: {what!r}")
    if (equals is None) == (not given):
        raise ValueError(
            "`claim` needs a promise: either `equals`, or `at_least` and/or `at_most`. "
            f"Received: equals={equals!r}, at_least={at_least!r}, at_most={at_most!r}"
        )
    for name in given:
        if not _is_number(bounds[name]):
            raise TypeError(f"`{name}` must be a number. Received: {bounds[name]!r}")
    if given and not _is_number(value):
        raise TypeError(f"`value` must be a number to be held to a bound. Received: {value!r}")
    _validate.number("within", within, at_least=0)


def _is_number(value):
    """True for real scalars, also NumPy's and a 0-d array or tensor."""
    if isinstance(value, numbers.Real):
        return True
    return getattr(value, "shape", None) == () and np.asarray(value).dtype.kind in "iuf"


def _is_between(value, at_least, at_most):
    return bool((at_least is None or value >= at_least) and (at_most is None or value <= at_most))


def _is_equal(value, equals, within):
    """Equal numbers or arrays, within a tolerance; anything else by `==`."""
    try:
        a, b = np.asarray(value, dtype=float), np.asarray(equals, dtype=float)
    except (TypeError, ValueError):
        return type(value) is type(equals) and value == equals
    return a.shape == b.shape and bool(np.all(np.abs(a - b) <= within))


def _say(value):
    """A value in few digits; an array by its shape."""
    if isinstance(value, (bool, np.bool_, str, tuple, numbers.Integral)):
        return str(value)
    if _is_number(value):
        return f"{float(value):.4g}"
    array = np.asarray(value)
    if array.size > 12:
        return f"array of shape {array.shape}"
    return np.array2string(array, precision=4, separator=", ").replace("\n", "")


def _say_equals(equals, within):
    return _say(equals) + (f" within {within:g}" if within > 1e-9 else "")


def _say_bounds(at_least, at_most):
    bounds = [("at least", at_least), ("at most", at_most)]
    return " and ".join(f"{word} {_say(bound)}" for word, bound in bounds if bound is not None)
