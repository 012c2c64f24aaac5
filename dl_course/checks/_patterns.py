"""What can be wrong with an array of numbers, each in words, or None if it isn't that.

`kind` says when two arrays agree. None of the hints says what is right.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "digits",
    "factor",
    "nearly",
    "not_finite",
    "offset",
    "order",
    "place",
    "sign",
    "wrong_shape",
    "wrong_type",
]


def wrong_type(got: np.ndarray, expected: np.ndarray) -> str | None:
    """True or False, or complex numbers, where real ones are wanted."""
    if got.dtype == bool and not got.ndim and expected.dtype != bool:
        return "A number is wanted, and this is True or False: is that a comparison?"
    if got.dtype.kind == "c":
        return f"Real numbers are wanted, and these are complex (of type {got.dtype})."
    return None


def wrong_shape(got: np.ndarray, expected: np.ndarray, kind: Any) -> str | None:
    """Another shape, and what may be the reason."""
    shape = expected.shape
    if got.shape == shape:
        return None
    words = f"The shape is {got.shape}, and should be {shape}" if shape else "One number is wanted"
    if not shape:
        return f"{words}, and this is an array of shape {got.shape}: is a sum or mean missing?"
    if not got.shape:
        return f"An array of shape {shape} is wanted, and this is one number: was too much summed?"
    if got.shape == shape[::-1] and np.all(kind.agrees(got, expected.T)):
        return f"{words}: it is transposed, rows and columns are swapped."
    if [n for n in got.shape if n != 1] == [n for n in shape if n != 1]:
        return f"{words}: an axis of length 1 is missing or left over (`keepdims`?)."
    if got.ndim == len(shape) and set(np.subtract(got.shape, shape)) in (
        {1},
        {-1},
        {0, 1},
        {0, -1},
    ):
        return f"{words}: off by one. Count the first and the last element again."
    if got.ndim < len(shape):
        return f"{words}: an axis is missing. Was it summed over, or flattened away?"
    return f"{words}."


def not_finite(got: np.ndarray, expected: np.ndarray) -> str | None:
    """NaN or infinity where numbers are wanted."""
    if np.all(np.isfinite(got)) or not np.all(np.isfinite(expected)):
        return None
    what = "NaN" if np.any(np.isnan(got)) else "infinity"
    return f"The result holds {what}: look for a division by zero, a log of 0 or an overflow."


def _tells(expected):
    """True if a pattern in these numbers can hardly be chance."""
    return len(np.unique(expected)) >= 3


def sign(got: np.ndarray, expected: np.ndarray, kind: Any) -> str | None:
    """All signs are wrong."""
    alike = np.any(expected) and np.all(kind.agrees(got, -expected))
    return "The sign is wrong." if alike else None


def order(got: np.ndarray, expected: np.ndarray, kind: Any) -> str | None:
    """Flipped, or transposed."""
    if not _tells(expected):
        return None
    if np.all(kind.agrees(got, np.flip(expected))):
        return "The numbers are right, but in reverse order."
    square = expected.ndim == 2 and expected.shape[0] == expected.shape[1]
    if square and np.all(kind.agrees(got, expected.T)):
        return "It is transposed: rows and columns are swapped."
    return None


def offset(got: np.ndarray, expected: np.ndarray, kind: Any) -> str | None:
    """All numbers are 1 too large, or too small."""
    if not (_tells(expected) or (expected.size == 1 and abs(expected.item()) > 2)):
        return None
    for offset, word in ((1, "large"), (-1, "small")):
        if np.all(kind.agrees(got, expected + offset)):
            return f"Off by one: 1 too {word}."
    return None


def digits(got: np.ndarray, expected: np.ndarray, kind: Any) -> str | None:
    """Whole numbers where fractions are wanted."""
    tells = len(np.unique(got)) >= 2 or (got.size == 1 and abs(got.item()) >= 2)
    cut = [np.trunc(expected), np.rint(expected)]
    if tells and any(np.all(kind.agrees(got, whole)) for whole in cut):
        return "The digits after the decimal point are lost: is something whole numbers only?"
    return None


def nearly(got: np.ndarray, expected: np.ndarray, kind: Any) -> str | None:
    """Less than 1 % off."""
    near = np.isclose(got, expected, rtol=1e-2, atol=1e-9 * np.max(np.abs(expected), initial=0))
    if np.any(expected) and np.all(near | kind.agrees(got, expected)):
        return "Nearly: less than 1 % off. Keep all digits, and check the last steps."
    return None


def factor(got: np.ndarray, expected: np.ndarray, kind: Any) -> str | None:
    """All numbers are too large by the same factor."""
    if not _tells(expected):
        return None
    with np.errstate(all="ignore"):
        factor = np.sum(got * expected) / np.sum(expected * expected)
    if (
        not np.isfinite(factor)
        or abs(factor) < 1e-9
        or not np.all(kind.agrees(got, factor * expected))
    ):
        return None
    return f"Every number is {factor:.4g} times what it should be: a factor too many or missing."


def place(got: np.ndarray, expected: np.ndarray, kind: Any) -> str | None:
    """Where the first wrong number stands, and whether it is too large or too small."""
    wrong = ~kind.agrees(got, expected)
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    word = "large" if got[first] > expected[first] else "small"
    if not got.ndim:
        number = f"{got:.0f}" if got == np.rint(got) and abs(got) < 1e15 else f"{got:.6g}"
        return f"{number} is too {word}."
    where = f"[{', '.join(map(str, first))}]"
    return f"{wrong.sum()} of {wrong.size} numbers are wrong; the one at {where} is too {word}."
