"""All that stands for numbers becomes a plain array; all else is told what it is."""

import collections
import functools
from decimal import Decimal
from fractions import Fraction

import keras
import numpy as np
import pytest

from dl_course.checks._answer import is_stub, is_unfinished, name_type, normalize
from dl_course.checks._guard import shield


class ArrayLike:
    """As a table of pandas or a tensor of JAX: nothing but `__array__`."""

    def __array__(self, dtype=None, copy=None):
        return np.array([1.0, 2.0, 3.0], dtype=dtype)


class Torchlike:
    """As a tensor of PyTorch that wants to be detached and fetched from a GPU."""

    def __init__(self, steps=()):
        self.steps = steps

    def detach(self):
        return Torchlike((*self.steps, "detach"))

    def cpu(self):
        return Torchlike((*self.steps, "cpu"))

    def numpy(self):
        assert self.steps == ("detach", "cpu")
        return np.array([1.0, 2.0, 3.0], dtype="float32")


Pair = collections.namedtuple("Pair", "a b c")
OBJECTS = np.array([Fraction(1), Decimal(2), 3], dtype=object)


@pytest.mark.parametrize(
    "value",
    [
        [1, 2, 3],
        (1.0, 2.0, 3.0),
        range(1, 4),
        Pair(1, 2, 3),
        {1: 0, 2: 0, 3: 0}.keys(),
        {0: 1, 1: 2, 2: 3}.values(),
        np.array([1, 2, 3], dtype="int8"),
        np.array([1, 2, 3], dtype="float16"),
        np.matrix([1, 2, 3]).A1,
        [np.float32(1), np.int64(2), np.array(3)],
        [Fraction(1), Decimal("2"), 3],
        OBJECTS,
        np.ma.masked_array([1, 2, 3], mask=False),
        ArrayLike(),
        Torchlike(),
        keras.ops.convert_to_tensor([1.0, 2.0, 3.0]),
        keras.ops.convert_to_tensor([1.0, 2.0, 3.0], dtype="bfloat16"),
        keras.Variable([1.0, 2.0, 3.0]),
        [keras.ops.convert_to_tensor(number) for number in (1.0, 2.0, 3.0)],
    ],
    ids=lambda value: type(value).__name__,
)
def test_numbers_of_all_kinds(value):
    answer = normalize(value)
    assert (answer.kind, answer.hint) == ("numbers", None)
    assert type(answer.value) is np.ndarray
    assert answer.value.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "value",
    [
        3,
        3.0,
        np.int8(3),
        np.array(3),
        Fraction(3),
        Decimal(3),
        np.array(Decimal(3)),
        3 + 0j,
        3 * 10**0,
    ],
)
def test_one_number(value):
    assert normalize(value).value.shape == ()
    assert normalize(value).value == 3


def test_shapes_of_lists():
    assert normalize([[1, 2], [3, 4], [5, 6]]).value.shape == (3, 2)
    assert normalize([np.zeros((2, 4)), np.ones((2, 4))]).value.shape == (2, 2, 4)
    assert normalize([[np.zeros(2)] * 3] * 4).value.shape == (4, 3, 2)
    assert normalize([]).value.shape == (0,)
    assert normalize([[], []]).value.shape == (2, 0)
    assert normalize([[Fraction(1, 2), 1], [2, Fraction(3, 2)]]).value.tolist() == [
        [0.5, 1],
        [2, 1.5],
    ]
    assert normalize([True, False]).value.dtype == bool
    assert normalize(10**30).value == 1e30


def test_the_array_belongs_to_nobody_else():
    mine = np.zeros(3)
    normalize(mine).value[0] = 1
    assert mine[0] == 0


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def selfish():
    value = [1]
    value.append(value)
    return value


def only_itself():
    value = []
    value += [value, value]
    return value


def laughs():
    value = [0.0] * 1000
    for _ in range(10):
        value = [value] * 1000
    return value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("3", "This is a text, '3': a number is written without quotes."),
        ("three", "Numbers are wanted, and this is a text."),
        (b"2.5", "without quotes"),
        (np.array(["1", "2"]), "without quotes"),
        (["1", "2"], "without quotes"),
        ({"a": 1}, "This is a dictionary."),
        ({1, 2}, "has no order"),
        ((n for n in range(3)), "a generator, which makes its numbers later"),
        (map(abs, [1]), "a `map`"),
        (zip([1], [2], strict=True), "a `zip`"),
        (iter([1]), "an iterator"),
        (np.ma.masked_array([1, 2], mask=[True, False]), "masked out"),
        ([[1], [1, 2]], "different lengths"),
        ([[1], 2], "different lengths"),
        ([1, [2]], "different lengths"),
        ([np.zeros(2), np.zeros(3)], "different lengths"),
        ([1, None], "still missing"),
        (np.array([1, None], dtype=object), "still missing"),
        (np.zeros(10**7 + 1, dtype="int8"), "far more than are wanted"),
        (range(10**12), "far more than are wanted"),
        (nested(100), "far too deep"),
        (nested(100_000), "far too deep"),
        (selfish(), "different lengths"),
        (only_itself(), "far more than are wanted"),
        (laughs(), "far more than are wanted"),
        (np.array(["2020-01-01"], dtype="datetime64[D]"), "of type datetime64"),
        (object(), "of type object"),
        (10**400, "too large to be right"),
        (keras.KerasTensor((2, 3)), "symbolic tensor"),
        (len, "That is a function"),
        (functools.partial(max, 1), "That is a function"),
        (keras.layers.Dense(2), "That is a function"),
        (None, "Not finished"),
        (..., "Not finished"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_is_no_array_of_numbers(value, words):
    assert words in normalize(value).hint


def test_kinds_of_answers():
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    kinds = {
        "model": model,
        "function": len,
        "dictionary": {},
        "text": "a",
        "unfinished": ...,
        "other": {1},
    }
    assert {kind: normalize(value).kind for kind, value in kinds.items()} == {
        kind: kind for kind in kinds
    }


def hostile(**methods):
    """An object whose methods raise or return what they should not."""
    return type("Hostile", (), methods)()


def refuse(*arguments):
    raise SystemExit("no")


def endless(*arguments):
    while True:
        pass


@pytest.mark.parametrize(
    "method", ["__array__", "__getattribute__", "numpy", "__len__", "__iter__", "__eq__"]
)
@pytest.mark.parametrize(
    "bad", [refuse, endless, lambda *a: 1 / 0, lambda *a: "x", lambda *a: None]
)
def test_hostile_objects_do_no_harm(method, bad):
    outcome = shield(normalize, hostile(**{method: bad, "__array__": bad}), seconds=0.05)
    assert outcome.hint or outcome.value.hint


class BadList(list):
    def __len__(self):
        return 5

    def __iter__(self):
        raise SystemExit


class BadInt(int):
    def __eq__(self, other):
        raise SystemExit

    __hash__ = None


def test_hostile_subclasses():
    assert shield(normalize, BadList([1])).hint
    assert shield(normalize, [BadInt(3), 2]).value.value.tolist() == [3, 2]


def test_is_unfinished():
    for value in (None, ..., [1, ...], {"a": [None]}, (1, (2, ...)), [selfish(), None]):
        assert is_unfinished(value)
    for value in (0, "", [], {}, selfish(), only_itself(), nested(100_000), np.array([None])):
        assert not is_unfinished(value)


def doc(x):
    """Return nothing yet."""


def test_is_stub():
    for stub in (lambda x: None, lambda: ..., doc):
        assert is_stub(stub)
    for done in (lambda x: x, lambda: 0, lambda: "text", lambda x: print(x), len, object(), int):
        assert not is_stub(done)


def test_name_type():
    assert name_type([1]) == "a list"
    assert name_type(1.5) == "of type float"
    assert len(name_type(type("x" * 1000, (), {})())) < 80
