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
