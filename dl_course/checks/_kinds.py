"""What an exercise asks for, and how a result is compared with the right one.

A kind says of a result what is wrong with it, never what is right. Its tolerance is relative to the
numbers, with float32 in mind. A pattern (a sign, an order, a factor) is named only where the kind
allows it and where it is no chance: never for results that are all zero or all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dl_course.checks import _patterns
from dl_course.checks._answer import is_unfinished, normalize

__all__ = [
    "Count",
    "Index",
    "Kind",
    "Probability",
    "Real",
    "Several",
]

RETURN = "Not finished yet: None comes back. Replace the `...` and `return` the result."


@dataclass(frozen=True)
class Kind:
    """One kind of result. `difference` is what an exercise calls; a new kind overrides `look`.

    Args:
        rtol: Allowed difference, relative to each number.
        atol: Allowed difference, relative to the largest number of the result.
    """

    rtol: float = 1e-5
    atol: float = 1e-6

    def difference(self, got: Any, expected: Any) -> str | None:
        """Say what is wrong with a result, without giving `expected` away; None if nothing is."""
        if is_unfinished(got):
            return RETURN
        answer = normalize(got)
        if answer.kind == "function":
            return "A function comes back; a value is wanted. Is a pair of brackets missing?"
        if answer.hint:
            return answer.hint
        return self.look(answer.value, np.asarray(expected))

    def is_same(self, got: Any, other: Any) -> bool:
        """True if two results are equal within the tolerance, shape and all."""
        a, b = normalize(got), normalize(other)
        if a.hint or b.hint or a.value.shape != b.value.shape:
            return False
        if a.value.shape == () and (a.value.dtype == bool) != (b.value.dtype == bool):
            return False
        return bool(np.all(self.agrees(a.value, b.value)))

    def agrees(self, got: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """Where two arrays of one shape are equal within the tolerance; NaN is the same as NaN."""
        if "c" in got.dtype.kind + expected.dtype.kind:
            return np.zeros(got.shape, dtype=bool)
        got, expected = got.astype(float), expected.astype(float)
        finite = np.abs(expected[np.isfinite(expected)])
        largest = finite.max() if np.any(finite) else 1.0
        return np.isclose(got, expected, rtol=self.rtol, atol=self.atol * largest, equal_nan=True)

    def look(self, got: np.ndarray, expected: np.ndarray) -> str | None:
        """What `difference` says of an array of numbers."""
        if hint := _patterns.wrong_type(got, expected) or _patterns.wrong_shape(
            got, expected, self
        ):
            return hint
        if np.all(self.agrees(got, expected)):
            return None
        got, expected = got.astype(float), expected.astype(float)
        return (
            _patterns.not_finite(got, expected)
            or self.recognize(got, expected)
            or _patterns.place(got, expected, self)
        )

    def recognize(self, got: np.ndarray, expected: np.ndarray) -> str | None:
        """A simple change that would make a wrong result right."""
        return _patterns.order(got, expected, self)


@dataclass(frozen=True)
class Real(Kind):
    """A real number, or an array of them."""

    def recognize(self, got: np.ndarray, expected: np.ndarray) -> str | None:
        hints = (
            _patterns.sign,
            _patterns.order,
            _patterns.offset,
            _patterns.digits,
            _patterns.nearly,
            _patterns.factor,
        )
        return next((hint for look in hints if (hint := look(got, expected, self))), None)


@dataclass(frozen=True)
class Probability(Real):
    """A probability or another share of a whole, from 0 to 1, or an array of them."""

    def recognize(self, got: np.ndarray, expected: np.ndarray) -> str | None:
        if np.any(expected) and np.all(Real(1e-2).agrees(got, 100 * expected)):
            return "In percent? A number from 0 to 1 is wanted."
        if np.any(got < -1e-6) or np.any(got > 1 + 1e-6):
            return "This should lie between 0 and 1, and it doesn't everywhere."
        hints = (_patterns.order, _patterns.nearly, _patterns.factor)
        return next((hint for look in hints if (hint := look(got, expected, self))), None)


@dataclass(frozen=True)
class Count(Kind):
    """A whole number, or an array of them; 3.0 is one, 3.4 is not."""

    rtol: float = 0.0
    atol: float = 0.0

    def recognize(self, got: np.ndarray, expected: np.ndarray) -> str | None:
        if np.any(got != np.rint(got)):
            return "A whole number is wanted; this has digits after the decimal point."
        return _patterns.offset(got, expected, self) or _patterns.order(got, expected, self)


@dataclass(frozen=True)
class Index(Count):
    """A position, counted from 0 at the front, or an array of them."""

    def recognize(self, got: np.ndarray, expected: np.ndarray) -> str | None:
        if np.any(got < 0) and np.all(expected >= 0):
            return "A position is counted from the front: 0, 1, 2 …; this is negative."
        return super().recognize(got, expected)


@dataclass(frozen=True)
class Several(Kind):
    """Several results in an order: a tuple or list, or a dictionary with these names.

    In a mistake, `...` stands for any result: `(..., 7)` is a second result of 7.

    Args:
        parts: Name of a result → its kind.
    """

    parts: Mapping[str, Kind] | None = None

    def difference(self, got: Any, expected: Any) -> str | None:
        if is_unfinished(got):
            return RETURN
        names = list(self.parts or ())
        results = self._take_apart(got, names)
        if results is None:
            return f"{len(names)} results are wanted, in this order: {', '.join(names)}."
        for (name, kind), result, right in zip(
            (self.parts or {}).items(), results, expected, strict=True
        ):
            if hint := kind.difference(result, right):
                return f"{name}: {hint}"
        return None

    def is_same(self, got: Any, other: Any) -> bool:
        names = list(self.parts or ())
        a, b = self._take_apart(got, names), self._take_apart(other, names)
        if a is None or b is None:
            return False
        kinds = (self.parts or {}).values()
        return all(
            wrong is ... or kind.is_same(result, wrong)
            for kind, result, wrong in zip(kinds, a, b, strict=True)
        )

    def _take_apart(self, got: Any, names: Sequence[str]) -> list | None:
        if isinstance(got, Mapping):
            return [got[name] for name in names] if set(got) == set(names) else None
        if not isinstance(got, (tuple, list)):
            got = normalize(got).value
        is_row = isinstance(got, (tuple, list)) or (isinstance(got, np.ndarray) and got.ndim > 0)
        return list(got) if is_row and len(got) == len(names) else None
