"""What is said about a call: wrong parameters, the arguments in short, a result that was printed."""

import numpy as np
import pytest

from dl_course.checks._call import parameters, prints, show_arguments, wrong_parameters


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda: 1, r"arguments (x, slope), in this order; yours takes ()."),
        (lambda x, *, slope: 1, "`slope` by name only"),
        (lambda x, slope, more: 1, "yours takes (x, slope, more)"),
        (type("Layer", (), {}), "hand over an object of it, Layer(…)"),
    ],
)
def test_wrong_parameters(function, words):
    assert words in wrong_parameters(function, ["x", "slope"])


@pytest.mark.parametrize(
    "function", [lambda a, b: 1, lambda *a: 1, lambda a, b, c=1: 1, max, print]
)
def test_parameters_that_do(function):
    assert wrong_parameters(function, ["x", "slope"]) is None


def test_parameters():
    assert parameters(lambda x, slope=0.1: x, 2) == ["x", "slope"]
    assert parameters(lambda x, slope=0.1: x, 1) == ["x"]


def test_show_arguments():
    arguments = (np.array([[1.0, 2.5]]), 3, len, "a", np.zeros((3, 4)), list(range(20)))
    words = "[[1. , 2.5]], 3, a function, 'a', an array of shape (3, 4), a list of 20"
    assert show_arguments(arguments) == words


def test_show_arguments_that_hold_arrays_of_different_shapes():
    layers = [(np.zeros((2, 3)), np.zeros(3)), (np.zeros((3, 1)), np.zeros(1))]
    assert show_arguments((layers, [np.arange(2), np.arange(3)])) == "a list of 2, a list of 2"


@pytest.mark.parametrize(
    ("text", "expected", "same"),
    [
        ("[[1. 2.]\n [3. 4.]]", [[1, 2], [3, 4]], True),
        ("0.333", 1 / 3, True),
        ("(7, [1 2])", (7, np.array([1, 2])), True),
        ("x = 4", 5, False),
        ("nothing", 5, False),
        ("1 2", 1, False),
    ],
)
def test_prints(text, expected, same):
    assert prints(text, expected) == same
