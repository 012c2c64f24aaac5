"""`dl_course._validate`: what passes comes back as it is used, all else is named in the error."""

import math

import numpy as np
import pytest

from dl_course import _validate


@pytest.mark.parametrize("value", [1, 5, np.int8(3), np.uint64(2)])
def test_whole_returns_a_plain_int(value):
    found = _validate.whole("n", value, at_least=1, at_most=5)
    assert found == value
    assert type(found) is int


@pytest.mark.parametrize("bad", [True, np.True_, 1.0, "1", None, [1], np.float64(1)])
def test_whole_refuses_what_is_no_whole_number(bad):
    with pytest.raises(TypeError, match="^`n` must be a whole number. Received: "):
        _validate.whole("n", bad)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"at_least": 3}, "at least 3"),
        ({"at_most": 1}, "at most 1"),
        ({"at_least": 3, "at_most": 5}, "from 3 to 5"),
    ],
)
def test_whole_says_the_range(limits, words):
    with pytest.raises(ValueError, match=f"^`n` must be {words}. Received: 2$"):
        _validate.whole("n", 2, **limits)


@pytest.mark.parametrize("value", [0, 0.5, np.float32(1), np.int64(1)])
def test_number_returns_a_plain_float(value):
    found = _validate.number("rate", value, at_least=0, at_most=1)
    assert found == value
    assert type(found) is float


@pytest.mark.parametrize("bad", [True, np.False_, "1", None, [1.0], 1j, np.ones(1)])
def test_number_refuses_what_is_no_number(bad):
    with pytest.raises(TypeError, match="^`rate` must be a number. Received: "):
        _validate.number("rate", bad)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_number_refuses_what_is_not_finite(bad):
    with pytest.raises(ValueError, match=f"^`rate` must be finite. Received: {bad}$"):
        _validate.number("rate", bad)


@pytest.mark.parametrize(
    ("limits", "inside", "outside", "words"),
    [
        ({"at_least": 0}, 0, -1e-9, "at least 0"),
        ({"above": 0}, 1e-9, 0, "above 0"),
        ({"at_most": 1}, 1, 1 + 1e-9, "at most 1"),
        ({"below": 1}, 1 - 1e-9, 1, "below 1"),
        ({"at_least": 0, "at_most": 1}, 1, 2, "from 0 to 1"),
        ({"above": 0, "below": 1}, 0.5, 0, "above 0 and below 1"),
        ({"at_least": 0, "below": 1}, 0, 1, "at least 0 and below 1"),
    ],
)
def test_number_says_the_range_and_keeps_to_its_ends(limits, inside, outside, words):
    assert _validate.number("rate", inside, **limits) == inside
    with pytest.raises(ValueError, match=f"^`rate` must be {words}. Received: "):
        _validate.number("rate", outside, **limits)


def test_choice():
    assert _validate.choice("mode", "b", ("a", "b")) == "b"
    assert _validate.choice("size", 2, (1, 2)) == 2
    assert _validate.choice("flip", None, (None, "left")) is None
    with pytest.raises(ValueError, match="^`mode` must be one of 'a', 'b'. Received: 'c'$"):
        _validate.choice("mode", "c", ("a", "b"))
    for bad in (None, ["a"], np.array(["a", "b"]), 1):
        with pytest.raises(TypeError, match="^`mode` must be one of 'a', 'b'. Received: "):
            _validate.choice("mode", bad, ("a", "b"))
    with pytest.raises(TypeError, match="^`size` must be one of 1, 2. Received: True"):
        _validate.choice("size", True, (1, 2))


def test_numpy_single_values_are_taken_for_python_ones():
    assert type(_validate.choice("mode", np.str_("b"), ("a", "b"))) is str
    assert _validate.choice("flip", np.True_, (False, True)) is True
    assert _validate.number("rate", np.array(0.5)) == 0.5
    assert _validate.whole("n", np.array(3)) == 3
    with pytest.raises(TypeError, match="^`rate` must be a number. Received: True"):
        _validate.number("rate", np.array(True))


def test_array_refuses_whole_numbers_that_int64_cannot_hold():
    assert _validate.array("x", np.array([2**63 - 1], np.uint64), "n").tolist() == [2**63 - 1]
    with pytest.raises(
        ValueError, match=r"^`x` must be below 2\*\*63. Received: 9223372036854775808$"
    ):
        _validate.array("x", np.array([2**63], np.uint64), "n")


def test_names():
    assert _validate.names("classes", ["b", "a"], ("a", "b", "c")) == ("b", "a")
    for bad in ("a", {"a"}, None, 3):
        with pytest.raises(TypeError, match="^`classes` must be a tuple or list of names. Rec"):
            _validate.names("classes", bad, ("a", "b"))
    for bad in ([], ["a", "a"]):
        with pytest.raises(ValueError, match="^`classes` must hold at least one name, none .*Rec"):
            _validate.names("classes", bad, ("a", "b"))
    with pytest.raises(ValueError, match="^`classes` must be one of 'a', 'b'. Received: 'd'"):
        _validate.names("classes", ["a", "d"], ("a", "b"))


def test_pair():
    assert _validate.pair("stride", np.int64(2)) == (2, 2)
    assert _validate.pair("stride", [1, 3]) == (1, 3)
    for bad in (1.5, "2", None, (1, 2, 3), (1, 2.5), True):
        with pytest.raises(TypeError, match="^`stride` must .*whole number.*Received: "):
            _validate.pair("stride", bad)
    for bad in (0, -2, (1, 0)):
        with pytest.raises(ValueError, match="^`stride` must be at least 1. Received: "):
            _validate.pair("stride", bad)


def test_pair_with_another_least_number():
    assert _validate.pair("padding", (0, 1), at_least=0) == (0, 1)
    with pytest.raises(ValueError, match="^`padding` must be at least 0. Received: -1$"):
        _validate.pair("padding", -1, at_least=0)


def test_rng():
    rng = np.random.default_rng(0)
    assert _validate.rng("rng", rng) is rng
    for bad in (0, None, np.random, np.random.default_rng):
        with pytest.raises(TypeError, match="^`rng` must be a numpy.random.Generator, .*Received"):
            _validate.rng("rng", bad)


def test_shape():
    _validate.shape("bias", np.zeros((2, 3)), (2, 3))
    with pytest.raises(ValueError, match=r"^`bias` must have shape \(2,\). Received: \(3,\)$"):
        _validate.shape("bias", np.zeros(3), (2,))
    with pytest.raises(ValueError, match=r"shape \(2,\), one a channel. Received: \(\)$"):
        _validate.shape("bias", 1.0, (2,), "one a channel")


def test_labels():
    assert _validate.labels("labels", [0, 2, 1], 3, 3).tolist() == [0, 2, 1]
    assert _validate.labels("labels", np.array([7], np.uint8)).dtype == np.uint8
    for bad in ([], [0.0], [[1]], ["a"], [True], 3):
        with pytest.raises(ValueError, match="^`labels` must be whole numbers of shape .*Received"):
            _validate.labels("labels", bad)
    with pytest.raises(ValueError, match=r"^`labels` must have shape \(2,\). Received: \(1,\)$"):
        _validate.labels("labels", [0], 2)
    with pytest.raises(ValueError, match="^`labels` must be from 0 to 1. Received: 0 to 2$"):
        _validate.labels("labels", [0, 2], classes=2)
    with pytest.raises(ValueError, match="^`labels` must be 0 or more. Received: -1 to 2$"):
        _validate.labels("labels", [-1, 2])


@pytest.mark.parametrize("bad", [[], np.zeros((0, 3)), 1.0, np.zeros(3), np.zeros((1, 2, 3))])
def test_array_refuses_empty_and_wrong_rank(bad):
    message = r"`image` must have shape \(h, w\), none of them 0. Received: "
    with pytest.raises(ValueError, match=message):
        _validate.array("image", bad, "h, w")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_array_says_where_it_is_not_finite(bad):
    image = np.zeros((2, 3))
    image[1, 2] = bad
    with pytest.raises(ValueError, match=rf"`image` must be finite. Received: {bad} at \(1, 2\)"):
        _validate.array("image", image, "h, w")


def test_array_refuses_words_and_ragged_rows():
    with pytest.raises(TypeError, match="`image` must hold real numbers. Received: <U1"):
        _validate.array("image", [["a"]], "h, w")
    with pytest.raises(TypeError, match="`image` must hold real numbers. Received: complex128"):
        _validate.array("image", [[1j]], "h, w")
    with pytest.raises(ValueError, match="`image` must have rows of equal length. Received: "):
        _validate.array("image", [[1, 2], [3]], "h, w")


def test_array_keeps_floats_and_widens_whole_numbers():
    assert _validate.array("image", np.ones((2, 2), np.float32), "h, w").dtype == np.float32
    assert _validate.array("image", np.ones((2, 2), np.uint8), "h, w").dtype == np.int64
    assert _validate.array("image", [[True, False]], "h, w").tolist() == [[1, 0]]
