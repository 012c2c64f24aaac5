"""`claim` prints kept promises and raises for broken ones."""

import numpy as np
import pytest

from dl_course.checks import ClaimError, claim


def test_a_kept_claim_says_promised_and_measured(capsys):
    claim("test accuracy", 0.99154, at_least=0.99)
    assert capsys.readouterr().out == "✔ test accuracy: 0.9915 (promised: at least 0.99)\n"


@pytest.mark.parametrize(
    ("value", "promise"),
    [
        (1, {"equals": 1}),
        (0.1 + 0.2, {"equals": 0.3}),
        (1.05, {"equals": 1, "within": 0.1}),
        (np.float32(2), {"at_least": 2, "at_most": 2}),
        (np.array(3.0), {"at_most": 3}),
        ((28, 28, 1), {"equals": (28, 28, 1)}),
        ("relu", {"equals": "relu"}),
        (True, {"equals": True}),
        (np.array([[1.0, 2.0]]), {"equals": [[1, 2]]}),
    ],
)
def test_kept(value, promise, capsys):
    claim("this", value, **promise)
    assert capsys.readouterr().out.startswith("✔ this: ")


@pytest.mark.parametrize(
    ("value", "promise"),
    [
        (0.98, {"at_least": 0.99}),
        (0.98, {"at_most": 0.97}),
        (float("nan"), {"at_least": 0}),
        (float("nan"), {"equals": float("nan")}),
        (float("nan"), {"at_least": 0, "at_most": 1}),
        (2, {"equals": 1}),
        (1.2, {"equals": 1, "within": 0.1}),
        ((28, 28), {"equals": (28, 28, 1)}),
        ("relu", {"equals": "tanh"}),
        (np.array([1.0, 2.0]), {"equals": [1, 3]}),
        (np.array([1.0, 1.0]), {"equals": 1}),  # no broadcasting
        ("1", {"equals": "one"}),
    ],
)
def test_broken(value, promise):
    with pytest.raises(ClaimError, match=r"this: .*promised: "):
        claim("this", value, **promise)


@pytest.mark.parametrize(
    ("arguments", "promise", "error", "message"),
    [
        (("this", 1), {}, ValueError, "needs a promise.*Received: "),
        (("this", 1), {"equals": 1, "at_least": 0}, ValueError, "needs a promise.*Received: "),
        ((7, 1), {"equals": 1}, TypeError, "`what` must .*Received: 7"),
        (("this", 1), {"at_least": "0"}, TypeError, "`at_least` must be a number. Received: '0'"),
        (("this", [1]), {"at_least": 0}, TypeError, r"`value` must be a number.*Received: \[1\]"),
        (("this", 1), {"equals": 1, "within": -1}, ValueError, "`within` must .*Received: -1"),
    ],
)
def test_a_claim_that_makes_no_sense(arguments, promise, error, message):
    with pytest.raises(error, match=message):
        claim(*arguments, **promise)


@pytest.mark.parametrize(
    ("value", "promise", "words"),
    [
        (
            0.5,
            {"at_least": 0.25, "at_most": 0.75},
            "0.5 (promised: at least 0.25 and at most 0.75)",
        ),
        (2, {"at_most": 3}, "2 (promised: at most 3)"),
        (1.05, {"equals": 1, "within": 0.1}, "1.05 (promised: 1 within 0.1)"),
        (0.3, {"equals": 0.3}, "0.3 (promised: 0.3)"),
        ("relu", {"equals": "relu"}, "relu (promised: relu)"),
        ((28, 28, 1), {"equals": (28, 28, 1)}, "(28, 28, 1) (promised: (28, 28, 1))"),
        (
            np.array([1 / 3, 2]),
            {"equals": [1 / 3, 2]},
            "[0.3333, 2.    ] (promised: [0.3333, 2.    ])",
        ),
        (np.eye(2), {"equals": np.eye(2)}, "[[1., 0.], [0., 1.]] (promised: [[1., 0.], [0., 1.]])"),
        (np.arange(12), {"equals": range(12)}, "[ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11]"),
        (np.zeros(13), {"equals": np.zeros(13)}, "array of shape (13,)"),
    ],
)
def test_a_claim_is_printed_in_few_digits(value, promise, words, capsys):
    claim("this", value, **promise)
    assert words in capsys.readouterr().out


def test_the_tolerance_itself_is_allowed():
    claim("this", 1.5, equals=1, within=0.5)
    with pytest.raises(ClaimError):
        claim("this", 1.75, equals=1, within=0.5)


def test_numbers_as_text_are_compared_as_numbers():
    claim("this", "2", equals=2.0)


def test_both_bounds_must_be_numbers():
    with pytest.raises(TypeError, match="^`at_most` must be a number. Received: 'much'$"):
        claim("this", 1, at_most="much")
    with pytest.raises(TypeError, match="^`value` must be a number to be held to a bound. Rec"):
        claim("this", "1", at_most=2)
