"""Every message of the framework, word for word: a changed one is a decision, not an accident."""
# ruff: noqa: E501

import dataclasses

import numpy as np
import pytest

from dl_course.checks import _call, _guard
from dl_course.checks._answer import name_type, normalize
from dl_course.checks._exercise import FunctionExercise, OpenExercise, ValueExercise
from dl_course.checks._kinds import Count, Index, Kind, Probability, Real, Several

TABLE = np.array([[1.5, 2.0, -3.0], [0.25, 7.0, 5.5]])
SQUARE = np.array([[1.0, 2.0], [3.0, 4.5]])
SEVERAL = Several(parts={"field": Count(), "part": Probability()})
LONG = type("L" * 90, (), {})


def itself():
    row = []
    row.append(row)
    return row


def nested(depth):
    row = [1.0]
    for _ in range(depth):
        row = [row]
    return row


@pytest.mark.parametrize(
    ("kind", "got", "expected", "message"),
    [
        (Real(), "2.25", 2.25, "This is a text, '2.25': a number is written without quotes."),
        (Real(), "two", 2.25, "Numbers are wanted, and this is a text."),
        (Real(), b"2.25", 2.25, "This is a text, '2.25': a number is written without quotes."),
        (
            Real(),
            None,
            2.25,
            "Not finished yet: None comes back. Replace the `...` and `return` the result.",
        ),
        (
            Real(),
            [1, None],
            [1.0, 2.0],
            "Not finished yet: None comes back. Replace the `...` and `return` the result.",
        ),
        (
            Real(),
            len,
            2.25,
            "A function comes back; a value is wanted. Is a pair of brackets missing?",
        ),
        (Real(), {"a": 1}, 2.25, "This is a dictionary."),
        (
            Real(),
            {1.0, 2.0},
            [1.0, 2.0],
            "This is a set, and a set has no order: a list [ … ] has.",
        ),
        (
            Real(),
            (n for n in [1]),
            2.25,
            "This is a generator, which makes its numbers later: list(...) collects them.",
        ),
        (Real(), object(), 2.25, "Numbers are wanted, and this is of type object."),
        (
            Real(),
            [[1], [1, 2]],
            TABLE,
            "The rows have different lengths: that makes no array of numbers.",
        ),
        (
            Real(),
            True,
            2.25,
            "A number is wanted, and this is True or False: is that a comparison?",
        ),
        (
            Real(),
            2.25j,
            2.25,
            "Real numbers are wanted, and these are complex (of type complex128).",
        ),
        (
            Real(),
            [2.25],
            2.25,
            "One number is wanted, and this is an array of shape (1,): is a sum or mean missing?",
        ),
        (
            Real(),
            2.25,
            TABLE,
            "An array of shape (2, 3) is wanted, and this is one number: was too much summed?",
        ),
        (
            Real(),
            2.27,
            2.25,
            "Nearly: less than 1 % off. Keep all digits, and check the last steps.",
        ),
        (Real(), -2.25, 2.25, "The sign is wrong."),
        (Real(), 3.25, 2.25, "Off by one: 1 too large."),
        (Real(), 1.25, 2.25, "Off by one: 1 too small."),
        (Real(), 3.0, 2.0, "3 is too large."),
        (Real(), 1.0, 0.0, "1 is too large."),
        (Real(), 5e6, 4e6, "5000000 is too large."),
        (Real(), 5e20, 4e20, "5e+20 is too large."),
        (Real(), 2.5, 12.25, "2.5 is too small."),
        (
            Real(),
            np.nan,
            2.25,
            "The result holds NaN: look for a division by zero, a log of 0 or an overflow.",
        ),
        (
            Real(),
            np.inf,
            2.25,
            "The result holds infinity: look for a division by zero, a log of 0 or an overflow.",
        ),
        (
            Real(),
            12,
            12.6,
            "The digits after the decimal point are lost: is something whole numbers only?",
        ),
        (Real(), 1, 1.2, "1 is too small."),
        (
            Real(),
            TABLE.T,
            TABLE,
            "The shape is (3, 2), and should be (2, 3): it is transposed, rows and columns are swapped.",
        ),
        (Real(), SQUARE.T, SQUARE, "It is transposed: rows and columns are swapped."),
        (
            Real(),
            TABLE[None],
            TABLE,
            "The shape is (1, 2, 3), and should be (2, 3): an axis of length 1 is missing or left over (`keepdims`?).",
        ),
        (
            Real(),
            TABLE[:, :2],
            TABLE,
            "The shape is (2, 2), and should be (2, 3): off by one. Count the first and the last element again.",
        ),
        (
            Real(),
            np.zeros((3, 4)),
            TABLE,
            "The shape is (3, 4), and should be (2, 3): off by one. Count the first and the last element again.",
        ),
        (
            Real(),
            np.zeros((3, 3)),
            TABLE,
            "The shape is (3, 3), and should be (2, 3): off by one. Count the first and the last element again.",
        ),
        (Real(), np.zeros((2, 5)), TABLE, "The shape is (2, 5), and should be (2, 3)."),
        (
            Real(),
            np.zeros(6),
            TABLE,
            "The shape is (6,), and should be (2, 3): an axis is missing. Was it summed over, or flattened away?",
        ),
        (Real(), -TABLE, TABLE, "The sign is wrong."),
        (Real(), TABLE + 1, TABLE, "Off by one: 1 too large."),
        (Real(), TABLE - 1, TABLE, "Off by one: 1 too small."),
        (
            Real(),
            3 * TABLE,
            TABLE,
            "Every number is 3 times what it should be: a factor too many or missing.",
        ),
        (
            Real(),
            TABLE / 3,
            TABLE,
            "Every number is 0.3333 times what it should be: a factor too many or missing.",
        ),
        (
            Real(),
            np.trunc(TABLE),
            TABLE,
            "The digits after the decimal point are lost: is something whole numbers only?",
        ),
        (
            Real(),
            np.rint(TABLE),
            TABLE,
            "The digits after the decimal point are lost: is something whole numbers only?",
        ),
        (Real(), TABLE[::-1, ::-1], TABLE, "The numbers are right, but in reverse order."),
        (
            Real(),
            TABLE * 1.004,
            TABLE,
            "Nearly: less than 1 % off. Keep all digits, and check the last steps.",
        ),
        (
            Real(),
            TABLE + [[0, 0, 0.4], [0, 0, 0]],
            TABLE,
            "1 of 6 numbers are wrong; the one at [0, 2] is too large.",
        ),
        (
            Real(),
            np.where(TABLE > 6, 0, TABLE),
            TABLE,
            "1 of 6 numbers are wrong; the one at [1, 1] is too small.",
        ),
        (
            Real(),
            [0.0, 0.0, 1.0],
            [0.0, 0.0, 0.0],
            "1 of 3 numbers are wrong; the one at [2] is too large.",
        ),
        (Kind(), 3.25, 2.25, "3.25 is too large."),
        (Kind(), TABLE[::-1, ::-1], TABLE, "The numbers are right, but in reverse order."),
        (Kind(), TABLE + 1, TABLE, "6 of 6 numbers are wrong; the one at [0, 0] is too large."),
        (Probability(), 87, 0.87, "In percent? A number from 0 to 1 is wanted."),
        (
            Probability(),
            0.871,
            0.87,
            "Nearly: less than 1 % off. Keep all digits, and check the last steps.",
        ),
        (Probability(), 1.2, 0.87, "This should lie between 0 and 1, and it doesn't everywhere."),
        (Probability(), -0.1, 0.87, "This should lie between 0 and 1, and it doesn't everywhere."),
        (
            Probability(),
            [-0.1, 0.5],
            [0.1, 0.5],
            "This should lie between 0 and 1, and it doesn't everywhere.",
        ),
        (
            Probability(),
            [0.5, 1.1],
            [0.5, 0.9],
            "This should lie between 0 and 1, and it doesn't everywhere.",
        ),
        (Probability(), 0.13, 0.87, "0.13 is too small."),
        (
            Probability(),
            [0.1, 0.2, 0.7],
            [0.7, 0.2, 0.1],
            "The numbers are right, but in reverse order.",
        ),
        (
            Probability(),
            [0.05, 0.1, 0.35],
            [0.1, 0.2, 0.7],
            "Every number is 0.5 times what it should be: a factor too many or missing.",
        ),
        (Probability(), 1.0, 0.5, "1 is too large."),
        (Probability(), 0.0, 0.5, "0 is too small."),
        (Probability(), 5.0, 0.0, "This should lie between 0 and 1, and it doesn't everywhere."),
        (Count(), 3.4, 3, "A whole number is wanted; this has digits after the decimal point."),
        (Count(), 4, 3, "Off by one: 1 too large."),
        (Count(), 2, 3, "Off by one: 1 too small."),
        (Count(), 3, 2, "3 is too large."),
        (Count(), 33_345, 33_344, "Off by one: 1 too large."),
        (Count(), 33_340, 33_344, "33340 is too small."),
        (Count(), True, 1, "A number is wanted, and this is True or False: is that a comparison?"),
        (Count(), [4, 8, 9], [9, 8, 4], "The numbers are right, but in reverse order."),
        (Count(), [5, 9, 10], [4, 8, 9], "Off by one: 1 too large."),
        (Count(), [4, 8, 7], [4, 8, 9], "1 of 3 numbers are wrong; the one at [2] is too small."),
        (Index(), -1, 4, "A position is counted from the front: 0, 1, 2 …; this is negative."),
        (Index(), 3, 4, "Off by one: 1 too small."),
        (Index(), 9, 4, "9 is too large."),
        (
            Index(),
            [2, -1],
            [2, 3],
            "A position is counted from the front: 0, 1, 2 …; this is negative.",
        ),
        (SEVERAL, (7, 0.3), (7, 0.25), "part: 0.3 is too large."),
        (SEVERAL, (6, 0.25), (7, 0.25), "field: Off by one: 1 too small."),
        (SEVERAL, 7, (7, 0.25), "2 results are wanted, in this order: field, part."),
        (SEVERAL, (7, 0.25, 1), (7, 0.25), "2 results are wanted, in this order: field, part."),
        (SEVERAL, {"field": 7}, (7, 0.25), "2 results are wanted, in this order: field, part."),
        (
            SEVERAL,
            (7, None),
            (7, 0.25),
            "Not finished yet: None comes back. Replace the `...` and `return` the result.",
        ),
        (
            SEVERAL,
            None,
            (7, 0.25),
            "Not finished yet: None comes back. Replace the `...` and `return` the result.",
        ),
    ],
)
def test_a_difference(kind, got, expected, message):
    assert kind.difference(got, expected) == message


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "Not finished yet: None comes back."),
        ("2.5", "This is a text, '2.5': a number is written without quotes."),
        ("2.5" * 9, "Numbers are wanted, and this is a text."),
        ("two", "Numbers are wanted, and this is a text."),
        (b"2.5", "This is a text, '2.5': a number is written without quotes."),
        (b"two", "Numbers are wanted, and this is a text."),
        (np.array(["a", "b"]), "Numbers are wanted, and this is a text."),
        ({"a": 1}, "This is a dictionary."),
        (len, "That is a function; a value is wanted. Call it, and hand over what it returns."),
        ({1, 2}, "This is a set, and a set has no order: a list [ … ] has."),
        (
            (n for n in [1]),
            "This is a generator, which makes its numbers later: list(...) collects them.",
        ),
        (map(abs, [1]), "This is a `map`, which makes its numbers later: list(...) collects them."),
        (zip([1]), "This is a `zip`, which makes its numbers later: list(...) collects them."),
        (
            filter(None, [1]),
            "This is a `filter`, which makes its numbers later: list(...) collects them.",
        ),
        (iter([1]), "This is an iterator, which makes its numbers later: list(...) collects them."),
        (object(), "Numbers are wanted, and this is of type object."),
        (
            LONG(),
            "Numbers are wanted, and this is of type LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL….",
        ),
        ([[1], [1, 2]], "The rows have different lengths: that makes no array of numbers."),
        ([1, [2]], "The rows have different lengths: that makes no array of numbers."),
        ([1, "2"], "This is a text, '2': a number is written without quotes."),
        ([1, None], "Not finished yet: some numbers are still missing."),
        ([[1, 2], [3, ...]], "Not finished yet: some numbers are still missing."),
        (itself(), "These are lists in lists in lists, far too deep."),
        (nested(40), "These are lists in lists in lists, far too deep."),
        ([[0.0] * 4000] * 4000, "These are 16,000,000 numbers or more: far more than are wanted."),
        (10**400, "This number is too large to be right."),
        (
            np.ma.masked_array([1.0, 2.0], mask=[True, False]),
            "Some numbers are masked out: fill them in, or leave them out.",
        ),
        (
            np.zeros(2, dtype=[("a", int)]),
            "Numbers are wanted, and these are of type [('a', '<i8')].",
        ),
        (np.datetime64("2026-01-01"), "Numbers are wanted, and these are of type datetime64[D]."),
        (
            np.broadcast_to(0.0, (4000, 4000)),
            "These are 16,000,000 numbers: far more than are wanted.",
        ),
        (
            [np.zeros(2), np.zeros(3)],
            "The rows have different lengths: that makes no array of numbers.",
        ),
        (
            [np.zeros((3000, 3000)), np.zeros((3000, 3000))],
            "These are more than 10,000,000 numbers: far more than are wanted.",
        ),
    ],
)
def test_what_is_no_number(value, message):
    assert normalize(value).hint == message


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ([1], "a list"),
        ((1,), "a tuple"),
        ("a", "a text"),
        ({}, "a dictionary"),
        ({1}, "a set"),
        (1.5, "of type float"),
        (LONG(), "of type LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL…"),
        (None, "of type NoneType"),
    ],
)
def test_the_name_of_a_type(value, name):
    assert name_type(value) == name


DOUBLE = FunctionExercise(
    kind=Real(),
    reference=lambda x: 2 * x,
    cases=[(1.0,), (2.5,)],
    draw=lambda rng: (float(rng.uniform(3, 9)),),
    mistakes=[(lambda x: x, "Not doubled.")],
    hints=["One.", "Two."],
)


def endless(x):
    while True:
        pass


def changes(x):
    x.append(1)


def by_name(x, *, y):
    return x


class Takes:
    def __init__(self, x, y):
        pass


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (3.0, "A function is wanted, and this is of type float."),
        (lambda x: 2.2, "2.2 is too large. (called with 1.0)"),
        (
            lambda x: "2",
            "This is a text, '2': a number is written without quotes. (called with 1.0)",
        ),
        (lambda x: x, "Not doubled."),
        (lambda x: 1 / 0, "Your code raised ZeroDivisionError: division by zero (called with 1.0)"),
        (
            lambda x: 2 * x if x < 3 else 0.0,
            "Right for the first cases only. 0 is too small. "
            "(called with 3.0700664; drawn with seed 7)",
        ),
        (lambda x: print(2 * x), "It prints its result: `return` it. (called with 1.0)"),
        (
            lambda x: print("hm"),
            "None comes back; what is printed doesn't count: `return` the result. (called with 1.0)",
        ),
        (
            lambda x: None,
            "Not finished yet: None comes back. Replace the `...` and `return` the result. "
            "(called with 1.0)",
        ),
        (
            lambda: 1,
            "Your function must take the arguments (x), in this order; yours takes ().",
        ),
        (
            by_name,
            "Your function must take the arguments (x), in this order; yours wants `y` by name only: "
            "take the `*` away.",
        ),
        (
            Takes,
            "Your function must take the arguments (x), in this order. "
            "This is a class: hand over an object of it, Takes(…).",
        ),
    ],
)
def test_a_fault_of_a_function(answer, message):
    fault = DOUBLE.find_fault(answer, seed=7)
    drawn = DOUBLE.draw(np.random.default_rng([7, 0]))[0]
    assert fault == message.replace("3.0700664", repr(drawn))


def test_a_loop_that_never_ends():
    assert dataclasses.replace(DOUBLE, seconds=0.3).find_fault(endless) == (
        "Your code did not finish within 0.3 seconds: is there a loop that never ends? "
        "(called with 1.0)"
    )


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (exit, (), "Your code ends with exit(): `return` the result instead."),
        (changes, ([1],), "Your function changes its input. Work on a copy, or build a new array."),
        (
            lambda x: 1 if x else 2,
            (np.zeros(2),),
            "Your code raised ValueError: The truth value of an array with more than one element is "
            "ambiguous. Use a.any() or a.all() An `if` looks at one number; `np.where` chooses for "
            "each element.",
        ),
    ],
)
def test_a_fault_of_a_call(function, arguments, message):
    assert _guard.run(function, arguments).hint == message


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((1, 2.5, "a"), "1, 2.5, 'a'"),
        ((len,), "a function"),
        (([1] * 8, [1] * 9), "[1, 1, 1, 1, 1, 1, 1, 1], a list of 9"),
        (((1,) * 9,), "a tuple of 9"),
        ((np.zeros(8), np.zeros(9)), "[0., 0., 0., 0., 0., 0., 0., 0.], an array of shape (9,)"),
        ((np.array([[1.23456, 2], [3, 4]]),), "[[1.235, 2.   ], [3.   , 4.   ]]"),
    ],
)
def test_arguments_on_one_line(arguments, words):
    assert _call.show_arguments(arguments) == words


def test_verdicts_and_hints(capsys):
    value = ValueExercise(kind=Real(), expected=2.0, mistakes=[(1.0, "Half.")])
    for answer in (2.0, 1.0, 7.0, len, ...):
        value(answer)
    value.hint()
    DOUBLE._said.clear()
    for _ in range(3):
        DOUBLE.hint()
    DOUBLE.solution()
    DOUBLE(lambda x: [print("word"), 2 * x][1])
    DOUBLE.solution()
    OpenExercise(look=lambda answer, rng: 1 / 0)(3)
    assert capsys.readouterr().out.splitlines() == [
        "✅ Right.",
        "❌ Half.",
        "❌ 7 is too large.",
        "❌ That is a function; a value is wanted. Call it, and hand over what it returns.",
        "○ Not attempted yet: put your answer where the `...` stands, then run the cell again.",
        "There are no hints but those about your answer. After a try, `.solution()` shows how we do it.",
        "Hint 1 of 2: One.",
        "Hint 2 of 2: Two.",
        "There are no more hints. After a try, `.solution()` shows how we do it.",
        "Try it first: the solution is shown after an attempt.",
        "Your code prints: word",
        *["word"] * 6,
        "✅ Right.",
        "The solution isn't here: the course's folder notebooks/solutions has it.",
        "❌ This can't be used as an answer. ZeroDivisionError: division by zero",
    ]
