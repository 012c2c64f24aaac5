"""What can be said about the call of a learner's function: its parameters, arguments and prints."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dl_course.checks._answer import name_type
from dl_course.checks._guard import cut

__all__ = ["parameters", "prints", "show_arguments", "wrong_parameters"]


def wrong_parameters(function: Callable, names: Sequence[str]) -> str | None:
    """A hint if a function can't be called with arguments in this order.

    Args:
        function: Anything callable.
        names: What the arguments are called in the text of the exercise.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # built-ins without a signature are simply tried
        return None
    try:
        signature.bind(*names)
    except TypeError:
        wanted = f"Your function must take the arguments ({', '.join(names)}), in this order"
        parameters = signature.parameters.values()
        if isinstance(function, type):
            return f"{wanted}. This is a class: hand over an object of it, {function.__name__}(…)."
        by_name = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty]
        if by_name:
            keywords = ", ".join(f"`{name}`" for name in by_name)
            return f"{wanted}; yours wants {keywords} by name only: take the `*` away."
        return f"{wanted}; yours takes {cut(str(signature))}."
    return None


def parameters(function: Callable, count: int) -> list[str]:
    """The names of a function's arguments, the first so many of them."""
    return list(inspect.signature(function).parameters)[:count]


def prints(printed: str, expected: Any) -> bool:
    """True if a printed text shows these very numbers, rounded perhaps."""
    found = [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e[+-]?\d+)?", printed)]
    parts = expected if isinstance(expected, (list, tuple)) else [expected]
    wanted = np.concatenate([np.ravel(np.asarray(part, dtype=float)) for part in parts])
    return len(found) == wanted.size and np.allclose(found, wanted, rtol=1e-2, atol=1e-3)


def show_arguments(arguments: Sequence) -> str:
    """Arguments on one short line."""
    return ", ".join(_show_argument(argument) for argument in arguments)


def _show_argument(argument):
    if callable(argument):
        return "a function"
    if isinstance(argument, (list, tuple)) and (len(argument) > 8 or _holds_arrays(argument)):
        return f"{name_type(argument)} of {len(argument)}"
    if np.size(argument) > 8:
        return f"an array of shape {np.shape(argument)}"
    if isinstance(argument, np.ndarray):
        return np.array2string(argument, precision=3, separator=", ").replace("\n", "")
    return repr(argument)


def _holds_arrays(argument):
    """True for a list of arrays, or of lists of them: they may have different shapes."""
    return any(
        isinstance(one, np.ndarray) or (isinstance(one, (list, tuple)) and _holds_arrays(one))
        for one in argument
    )
