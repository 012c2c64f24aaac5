"""Each pattern is seen where it is one, and nowhere else."""

import numpy as np
import pytest

from dl_course.checks import _patterns
from dl_course.checks._kinds import Real

RIGHT = np.array([[1.5, 2.0], [-3.25, 40.0]])
SPOILT = {
    "sign": -RIGHT,
    "order": RIGHT[::-1, ::-1],
    "offset": RIGHT + 1,
    "digits": np.trunc(RIGHT),
    "nearly": RIGHT * 1.005,
    "factor": RIGHT * 0.5,
}


@pytest.mark.parametrize("pattern", SPOILT)
@pytest.mark.parametrize("spoilt", SPOILT)
def test_each_pattern_is_its_own(pattern, spoilt):
    hint = getattr(_patterns, pattern)(SPOILT[spoilt], RIGHT, Real())
    both = {pattern, spoilt} in (
        {"sign", "factor"},
        {"nearly", "factor"},
    )  # looked at in this order
    assert bool(hint) == (pattern == spoilt or (both and pattern == "factor"))


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((3, 2), "should be (2, 3)."),
        ((2, 3, 1), "length 1"),
        ((2, 4), "off by one"),
        ((1, 2), "off by one"),
        ((2, 5), "should be (2, 3)."),
        ((3,), "axis is missing"),
        ((), "too much summed"),
    ],
)
def test_shapes(shape, words):
    hint = _patterns.wrong_shape(np.ones(shape), np.arange(6.0).reshape(2, 3), Real())
    assert words in hint


def test_the_first_wrong_number_is_named():
    got = RIGHT.copy()
    got[1, 0] = 0
    assert _patterns.place(got, RIGHT, Real()) == (
        "1 of 4 numbers are wrong; the one at [1, 0] is too large."
    )
    assert _patterns.place(np.array(1.0), np.array(2.0), Real()) == "1 is too small."


def test_not_finite():
    assert "infinity" in _patterns.not_finite(np.array([np.inf]), np.array([1.0]))
    assert "NaN" in _patterns.not_finite(np.array([np.nan]), np.array([1.0]))
    assert _patterns.not_finite(np.array([np.nan]), np.array([np.inf])) is None


def test_types():
    assert "comparison" in _patterns.wrong_type(np.array(True), np.array(1.0))
    assert "complex" in _patterns.wrong_type(np.array([1j]), np.array([1.0]))
    assert _patterns.wrong_type(np.array(True), np.array(True)) is None
