"""Each kind accepts what is right in any style, and names a pattern only where it is one."""

import keras
import numpy as np
import pytest

from dl_course.checks._kinds import (
    Count,
    Index,
    Probability,
    Real,
    Several,
)

TABLE = np.array([[1.5, 2.0, -3.0], [0.25, 7.0, 5.5]])
SQUARE = np.array([[1.0, 2.0], [3.0, 4.5]])
PARTS = Several(parts={"field": Count(), "share": Probability(), "place": Index()})
RIGHT = (7, 0.25, 3)


@pytest.mark.parametrize(
    ("kind", "got", "expected"),
    [
        (Real(), 2.25, 2.25),
        (Real(), np.float32(1e8 / 3), 1e8 / 3),
        (Real(), 2, 2.0),
        (Real(), TABLE.tolist(), TABLE),
        (Real(), tuple(TABLE), TABLE),
        (Real(), TABLE.astype("float32"), TABLE),
        (Real(), keras.ops.convert_to_tensor(TABLE), TABLE),
        (Real(), TABLE.astype(object), TABLE),
        (Real(), [np.nan, np.inf, 1], [np.nan, np.inf, 1]),
        (Real(), [True, False], [1.0, 0.0]),
        (Real(), [1e-9, 1.0, 0.0], [0.0, 1.0, 0.0]),
        (Count(), 3.0, 3),
        (Count(), np.int8(3), 3),
        (Count(), [3, 4.0], np.array([3, 4])),
        (Probability(), 0.87, 0.87),
        (Index(), [2, 0, 1], np.array([2, 0, 1])),
        (PARTS, [7.0, 0.25, 3], RIGHT),
        (PARTS, np.array(RIGHT), RIGHT),
        (PARTS, {"place": 3, "field": 7, "share": 0.25}, RIGHT),
    ],
)
def test_right(kind, got, expected):
    assert kind.difference(got, expected) is None
    assert kind.is_same(got, expected)


@pytest.mark.parametrize(
    ("kind", "got", "expected", "words"),
    [
        (Real(), "2.25", 2.25, "without quotes"),
        (Real(), None, 2.25, "None comes back"),
        (Real(), len, 2.25, "A function comes back"),
        (Real(), True, 2.25, "comparison"),
        (Real(), 2.25j, 2.25, "complex"),
        (Real(), [2.25], 2.25, "One number is wanted"),
        (Real(), 2.27, 2.25, "Nearly"),
        (Real(), -2.25, 2.25, "sign"),
        (Real(), 2e-8, 1e-8, "too large"),
        (Real(), np.nan, 2.25, "NaN"),
        (Real(), 12, 12.6, "decimal point"),
        (Real(), TABLE.T, TABLE, "transposed"),
        (Real(), SQUARE.T, SQUARE, "transposed"),
        (Real(), TABLE.T + 5, TABLE, "The shape is (3, 2), and should be (2, 3)."),
        (Real(), 3 * TABLE, TABLE, "3 times"),
        (Real(), TABLE + 1, TABLE, "1 too large"),
        (Real(), np.trunc(TABLE), TABLE, "decimal point"),
        (Real(), TABLE[::-1, ::-1], TABLE, "reverse"),
        (Probability(), 87, 0.87, "In percent?"),
        (Probability(), 0.871, 0.87, "Nearly"),
        (Probability(), 1.2, 0.87, "between 0 and 1"),
        (Probability(), 0.13, 0.87, "too small"),
        (Count(), 3.4, 3, "A whole number is wanted"),
        (Count(), 33_345, 33_344, "Off by one"),
        (Count(), True, 1, "comparison"),
        (Count(), [4, 8, 9], np.array([9, 8, 4]), "reverse"),
        (Index(), -1, 4, "counted from the front"),
        (Index(), 6, 5, "Off by one"),
        (PARTS, (7, 25, 3), RIGHT, "share: In percent?"),
        (PARTS, (7, 0.25, 4.5), RIGHT, "place: A whole number"),
        (PARTS, (7, 0.25), RIGHT, "3 results are wanted, in this order: field, share, place."),
        (PARTS, {"field": 7}, RIGHT, "3 results"),
        (PARTS, 5, RIGHT, "3 results"),
        (PARTS, "abc", RIGHT, "3 results"),
        (PARTS, (7, ..., 3), RIGHT, "Not finished"),
    ],
)
def test_wrong(kind, got, expected, words):
    assert words in kind.difference(got, expected)
    assert not kind.is_same(got, expected)


@pytest.mark.parametrize(
    ("kind", "got", "expected", "words"),
    [
        (Count(), 1001, 1000 + 5, "Nearly"),
        (Count(), [10_001, 20_001], np.array([10_000, 20_010]), "digits"),
        (Real(), [0.0, 0.0], [0.2, 0.4], "decimal point"),
        (Real(), [1.0, 1.0, 1.0], [0.0, 0.0, 0.0], "Off by one"),
        (Real(), [2.0, 2.0], [1.0, 1.0], "times"),
        (Real(), [0.0, 1.0], [1.0, 0.0], "reverse"),
        (Real(), [[1.0, 0.0], [1.0, 0.0]], [[1.0, 1.0], [0.0, 0.0]], "transposed"),
        (Real(), [0.0, 0.0, 0.0], [1.0, 2.0, 3.0], "times"),
        (Index(), 1, 0, "Off by one"),
        (Probability(), 0.0, 0.4, "decimal point"),
        (Probability(), 1.0, 0.0, "Off by one"),
    ],
)
def test_no_pattern_by_chance(kind, got, expected, words):
    hint = kind.difference(got, expected)
    assert hint
    assert words not in hint


def test_zeros_are_no_answer_where_all_numbers_are_small():
    assert Real().difference(np.zeros(3), np.array([1e-8, -2e-8, 3e-8]))


def test_mistakes_of_another_shape_or_kind_are_not_the_same():
    assert not Real().is_same(TABLE, TABLE.T)
    assert not Real().is_same(TABLE, "text")
    assert not PARTS.is_same(RIGHT, (7, 0.25))
    assert not PARTS.is_same(RIGHT, (7, 0.25, 4))
