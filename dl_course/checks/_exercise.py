"""What a checker of an exercise is made of: it looks at an answer and says ✅, or ❌ and a hint.

A checker is mostly data: a reference answer, the inputs it is tried on, and the mistakes people make,
each with its own hint. What all exercises share (an unfinished stub, a wrong type or shape, a sign, an
offset …) is told apart by `describe_difference`. A hint says what is wrong, never what is right.
"""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = [
    "Exercise",
    "FunctionExercise",
    "OpenExercise",
    "ValueExercise",
    "Verdict",
    "call_safely",
    "describe_difference",
    "find_fault_in_parts",
    "is_numeric",
    "is_same",
    "is_unfinished",
    "name_type",
    "show_arguments",
    "take",
    "wrong_function",
]

UNFINISHED = "Not finished yet: put your answer where the `...` stands, then run the cell again."


@dataclass(frozen=True)
class Verdict:
    """What a checker says: passed or not, and why."""

    passed: bool
    message: str

    def __str__(self):
        return f"{'✅' if self.passed else '❌'} {self.message}"


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One exercise. Call it with an answer to print the verdict; `verdict` returns it instead."""

    praise: str = "Right."

    def __call__(self, answer: Any) -> None:
        """Print ✅, or ❌ and a hint about this mistake."""
        print(self.verdict(answer))

    def verdict(self, answer: Any) -> Verdict:
        """Look at an answer, whatever it is; never raises."""
        hint = UNFINISHED if is_unfinished(answer) else self.find_fault(answer)
        return Verdict(hint is None, self.praise if hint is None else hint)

    def find_fault(self, answer: Any) -> str | None:
        """Return a hint, or None if the answer is right."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class ValueExercise(Exercise):
    """The answer is a number or an array.

    Args:
        expected: The right answer.
        mistakes: Pairs (wrong answer, hint).
        within: Largest absolute difference from `expected`.
    """

    expected: Any
    mistakes: Sequence[tuple[Any, str]] = ()
    within: float = 1e-6

    def find_fault(self, answer: Any) -> str | None:
        if callable(answer):
            return "That is a function; a value is wanted. Call it, and hand over what it returns."
        if isinstance(answer, (list, tuple)) and np.ndim(self.expected):
            answer = _as_array(answer)
        if not (fault := describe_difference(answer, self.expected, self.within)):
            return None
        pairs = ((np.asarray(wrong), hint) for wrong, hint in self.mistakes)
        known = (hint for wrong, hint in pairs if is_same(answer, wrong, self.within))
        return next(known, fault)


@dataclass(frozen=True, kw_only=True)
class FunctionExercise(Exercise):
    """The answer is a function, tried on several inputs.

    Args:
        reference: A right function.
        cases: One tuple of arguments for each try.
        mistakes: Pairs (function with a typical mistake, hint).
        within: Largest absolute difference of a result.
    """

    reference: Callable
    cases: Sequence[tuple]
    mistakes: Sequence[tuple[Callable, str]] = ()
    within: float = 1e-6

    def find_fault(self, answer: Any) -> str | None:
        if not callable(answer):
            return f"A function is wanted, and this is {name_type(answer)}."
        if hint := self._wrong_parameters(answer):
            return hint
        results = []
        for case in self.cases:
            result, hint = call_safely(answer, case)
            if hint:
                return f"{hint} (called with {show_arguments(case)})"
            results.append(result)
        fault = self._first_difference(results)
        return fault and (self._known_mistake(results) or fault)

    def _wrong_parameters(self, answer):
        """A hint if the function can't be called with as many arguments as it will be."""
        try:
            inspect.signature(answer).bind(*self.cases[0])
        except TypeError:
            wanted = ", ".join(inspect.signature(self.reference).parameters)
            return f"Your function must take the arguments ({wanted}), in this order."
        except ValueError:  # built-ins without a signature are simply tried
            return None
        return None

    def _known_mistake(self, results):
        """The hint of the mistake that gives just these results."""
        for wrong, hint in self.mistakes:
            answers = [call_safely(wrong, case)[0] for case in self.cases]
            if all(is_same(*pair, self.within) for pair in zip(results, answers, strict=True)):
                return hint
        return None

    def _first_difference(self, results):
        """What is wrong with the first wrong result."""
        for case, result in zip(self.cases, results, strict=True):
            expected = self.reference(*copy.deepcopy(case))
            if hint := describe_difference(result, expected, self.within):
                return f"{hint} (called with {show_arguments(case)})"
        return None


@dataclass(frozen=True, kw_only=True)
class OpenExercise(Exercise):
    """Many answers are right; `look` tells a wrong one by a hint and returns None for a right one."""

    look: Callable

    def find_fault(self, answer: Any) -> str | None:
        try:
            return self.look(answer)
        except Exception as error:  # an answer nobody thought of is a wrong answer, not a crash
            return f"This can't be used as an answer. {type(error).__name__}: {error}"


def is_unfinished(answer: Any) -> bool:
    """True for a stub: nothing, `...`, or a container that still holds one of them."""
    if isinstance(answer, (list, tuple)):
        return any(is_unfinished(part) for part in answer)
    if isinstance(answer, dict):
        return any(is_unfinished(part) for part in answer.values())
    return answer is None or answer is Ellipsis


def wrong_function(answer: Any, *parameters: str) -> str | None:
    """A hint if the answer can't be called with these, one after the other."""
    if not callable(answer):
        return f"A function is wanted, and this is {name_type(answer)}."
    try:
        inspect.signature(answer).bind(*parameters)
    except TypeError:
        return f"Your function must take the arguments ({', '.join(parameters)}), in this order."
    except ValueError:  # built-ins without a signature are simply tried
        return None
    return None


def find_fault_in_parts(answer: Any, parts: dict[str, Exercise]) -> str | None:
    """A hint about a function with several results, each looked at by an exercise of its own.

    Args:
        answer: A function.
        parts: Name of a result → exercise, in the order of the results.
    """
    for place, (name, exercise) in enumerate(parts.items()):
        if hint := exercise.find_fault(take(answer, place, len(parts))):
            is_stub = place == 0 and hint.startswith("Not finished")  # nothing has come back yet
            return hint if is_stub else f"{name}: {hint}"
    return None


def take(function: Callable, place: int, count: int = 2) -> Callable:
    """The function with one of its results; with what it returns if there aren't as many."""

    @functools.wraps(function)
    def part(*arguments):
        results = function(*arguments)
        several = isinstance(results, (tuple, list)) and len(results) == count
        return results[place] if several else results

    return part


def call_safely(function: Callable, arguments: tuple) -> tuple[Any, str | None]:
    """Call with copies of the arguments; return (result, hint), one of them None."""
    given = copy.deepcopy(arguments)
    try:
        with np.errstate(all="ignore"):
            result = function(*given)
    except NotImplementedError:
        return None, UNFINISHED
    except Exception as error:  # whatever a learner's code raises is a hint, not a crash
        return None, f"Your code raised {type(error).__name__}: {error}{_advise(error)}"
    if not all(map(_is_unchanged, given, arguments)):
        return None, "Your function changes its input. Work on a copy, or build a new array."
    return result, None


def _as_array(numbers):
    """A list as an array, or as it is if its parts are of different lengths."""
    try:
        return np.array(numbers)
    except ValueError:
        return numbers


def _advise(error):
    """A word on errors whose own message doesn't help a beginner."""
    if "truth value of an array" in str(error):
        return " An `if` looks at one number; `np.where` chooses for each element."
    return ""


def _is_unchanged(given, argument):
    """True if a copy is still what it was copied from."""
    if is_numeric(argument):
        return is_same(given, argument, 0)
    return given is argument or given == argument


def is_same(a: Any, b: Any, within: float) -> bool:
    """True if two results have the same shape and the same numbers; NaN is the same as NaN."""
    if not (is_numeric(a) and is_numeric(b)):
        return a is b
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and np.allclose(a, b, rtol=0, atol=within, equal_nan=True)


def is_numeric(value: Any) -> bool:
    """True for numbers and arrays of numbers (lists are left to the type hint)."""
    if isinstance(value, (list, tuple, dict, set, str)):
        return False
    try:
        return np.asarray(value).dtype.kind in "iufb"
    except Exception:  # an object that can't be made an array is no number
        return False


def describe_difference(got: Any, expected: Any, within: float) -> str | None:
    """Say what is wrong with `got`, without giving `expected` away; None if nothing is."""
    looks = (_wrong_type, _wrong_shape, _not_finite, _wrong_pattern, _wrong_place)
    if (
        is_numeric(got)
        and is_same(got, expected, within)
        and not _wrong_type(got, expected, within)
    ):
        return None
    return next(hint for look in looks if (hint := look(got, expected, within)))


def _wrong_type(got, expected, within):
    if is_unfinished(got):
        return "Not finished yet: None comes back. Replace the `...` and `return` the result."
    if isinstance(got, (bool, np.bool_)) and not isinstance(expected, (bool, np.bool_)):
        return "A number is wanted, and this is True or False: is that a comparison?"
    if isinstance(got, (list, tuple)) and isinstance(expected, np.ndarray):
        return f"A NumPy array is wanted, and this is {name_type(got)}: np.array(...) makes one."
    if not is_numeric(got):
        return f"{_wanted(expected)} is wanted, and this is {name_type(got)}."
    return None


def _wrong_shape(got, expected, within):
    got_shape, shape = np.shape(got), np.shape(expected)
    if got_shape == shape:
        return None
    words = f"The shape is {got_shape}, and should be {shape}" if shape else "One number is wanted"
    if not shape:
        return f"{words}, and this is an array of shape {got_shape}: is a sum or mean missing?"
    if not got_shape:
        return f"An array of shape {shape} is wanted, and this is one number: was too much summed?"
    if got_shape == shape[::-1]:
        return f"{words}: it is transposed, rows and columns are swapped."
    if [n for n in got_shape if n != 1] == [n for n in shape if n != 1]:
        return f"{words}: an axis of length 1 is missing or left over (`keepdims`?)."
    if len(got_shape) == len(shape) and max(np.abs(np.subtract(got_shape, shape))) == 1:
        return f"{words}: off by one. Count the first and the last element again."
    if len(got_shape) < len(shape):
        return f"{words}: an axis is missing. Was it summed over, or flattened away?"
    return f"{words}."


def _not_finite(got, expected, within):
    if np.all(np.isfinite(got)) or not np.all(np.isfinite(expected)):
        return None
    kind = "NaN" if np.any(np.isnan(got)) else "infinity"
    return f"The result holds {kind}: look for a division by zero, a log of 0 or an overflow."


def _wrong_pattern(got, expected, within):
    """Sign, order, offset, factor and rounding: one simple change would make it right."""
    got, expected = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    if is_same(got, -expected, within):
        return "The sign is wrong."
    if got.size > 1 and is_same(got, np.flip(expected), within):
        return "The numbers are right, but in reverse order."
    for offset, word in ((1, "large"), (-1, "small")):
        if is_same(got, expected + offset, within):
            return f"Off by one: 1 too {word}."
    if is_same(got, np.trunc(expected), within) or is_same(got, np.rint(expected), within):
        return "The digits after the decimal point are lost: is something whole numbers only?"
    if np.allclose(got, expected, rtol=1e-2, atol=within):
        return "Nearly: less than 1 % off. Keep all digits, and check the last steps."
    if factor := _common_factor(got, expected):
        return (
            f"Every number is {factor:.4g} times what it should be: a factor too many or missing."
        )
    return None


def _common_factor(got, expected):
    """The factor between two arrays if it is the same everywhere, else None."""
    if got.size < 2 or not np.any(expected):
        return None
    factor = np.sum(got * expected) / np.sum(expected * expected)
    largest = np.max(np.abs(got - factor * expected))
    return factor if factor and largest < 1e-9 * np.max(np.abs(expected)) else None


def _wrong_place(got, expected, within):
    """Where the first wrong number stands, and whether it is too large or too small."""
    got, expected = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    wrong = ~np.isclose(got, expected, rtol=0, atol=within)
    place = tuple(int(i) for i in np.argwhere(wrong)[0])
    word = "large" if got[place] > expected[place] else "small"
    if not got.ndim:
        return f"{got:.6g} is too {word}."
    where = f"[{', '.join(map(str, place))}]"
    return f"{wrong.sum()} of {wrong.size} numbers are wrong; the one at {where} is too {word}."


def _wanted(expected):
    return "An array of numbers" if np.ndim(expected) else "A number"


def name_type(value: Any) -> str:
    """A type in a beginner's words."""
    names: dict[type, str] = {
        list: "a list",
        tuple: "a tuple",
        str: "a text",
        dict: "a dictionary",
        set: "a set",
    }
    return names.get(type(value), f"of type {type(value).__name__}")


def show_arguments(arguments: Sequence) -> str:
    """Arguments on one short line."""
    return ", ".join(_show_argument(argument) for argument in arguments)


def _show_argument(argument):
    if callable(argument):
        return "a function"
    if isinstance(argument, (list, tuple)) and len(argument) > 8:
        return f"{name_type(argument)} of {len(argument)}"
    if np.size(argument) > 8:
        return f"an array of shape {np.shape(argument)}"
    if isinstance(argument, np.ndarray):
        return np.array2string(argument, precision=3, separator=", ").replace("\n", "")
    return repr(argument)
