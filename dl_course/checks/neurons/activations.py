"""Exercises about what neurons compute: a ReLU that leaks, a softmax with a temperature."""

from __future__ import annotations

import numpy as np

from dl_course.checks._exercise import FunctionExercise
from dl_course.checks._kinds import Probability, Real
from dl_course.neurons import relu, softmax

__all__ = ["leaky_relu", "softmax_with_temperature"]


# A ReLU that leaks.


def _leaky_relu(x, slope):
    return np.where(x > 0, x, slope * x)


def _draw_leaky_relu(rng):
    """Arrays of other shapes, small and large numbers and exact zeros among them."""
    shape = [(13,), (3, 5), (2, 3, 4)][rng.integers(3)]
    x = rng.choice([-1, 0, 1], p=[0.45, 0.1, 0.45], size=shape) * 10 ** rng.uniform(-2, 2, shape)
    return x.astype(rng.choice(["float32", "float64"])), round(rng.uniform(0.01, 0.9), 3)


leaky_relu = FunctionExercise(
    kind=Real(),
    reference=_leaky_relu,
    cases=[
        (np.array([-2.0, -0.5, 0.0, 1.0, 3.0]), 0.1),
        (np.array([[-4.0, 2.0], [5.0, -1.0]]), 0.01),
    ],
    draw=_draw_leaky_relu,
    praise="Right: a negative pre-activation still has a slope to learn from.",
    hints=[
        "Two cases: what should come out above 0, and what below?",
        "The choice is made for each element: `np.where(condition, …, …)`.",
        "Below 0, the function is a straight line through 0 as well, only a flatter one.",
    ],
    mistakes=[
        (lambda x, slope: relu(x), "This is the plain ReLU: below 0 it should leak a little."),
        (lambda x, slope: slope * x, "Above 0 nothing should change; the slope is for below 0."),
        (lambda x, slope: np.where(x > 0, slope * x, x), "The two sides are swapped."),
        (
            lambda x, slope: np.where(x > 0, x, -slope * x),
            "Below 0 the sign is wrong: a negative input gives a (small) negative output.",
        ),
        (
            lambda x, slope: np.where(x > 0, x, slope),
            "Below 0 it is flat: the output should still depend on x.",
        ),
        (
            lambda x, slope: np.where(x > 0, 1.0, slope),
            "That is the derivative; the function itself is wanted.",
        ),
    ],
)


# A softmax that can be made surer or less sure.


def _draw_logits(rng):
    """Rows far above and below 0, or fractions; two equal logits. Large ones are exact in float32."""
    rows, classes = rng.integers(1, 5), rng.integers(5, 9)
    if rng.random() < 0.5:
        far = 1000.0 * rng.integers(-4, 5, (rows, 1))
        logits, temperature = far + rng.integers(-12, 13, (rows, classes)) / 4, rng.choice([0.5, 4])
    else:
        logits, temperature = rng.normal(scale=3, size=(rows, classes)), rng.uniform(0.3, 5)
    logits[:, 1] = logits[:, 0]
    return logits.astype(rng.choice(["float32", "float64"])), round(float(temperature), 2)


def _softmax(logits, temperature):
    return softmax(np.asarray(logits, dtype=float) / temperature)


def _shares(powers, axis=-1):
    return powers / powers.sum(axis=axis, keepdims=True)


def _powers(logits, axis=-1):
    """Exponentials that don't overflow; the shift cancels out in any ratio along its axis."""
    return np.exp(logits - np.max(logits, axis=axis, keepdims=True))


softmax_with_temperature = FunctionExercise(
    kind=Probability(rtol=1e-4),
    reference=_softmax,
    cases=[
        (np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 3.0]]), 0.5),
        (np.array([[0.5, 3.0, -2.0, 0.5]]), 4.0),
        (np.array([[2000.0, 1999.0, 0.0], [-2000.0, 5.0, 1.0], [-9000.0, -9001.0, -9002.0]]), 2.0),
    ],
    draw=_draw_logits,
    praise="Right: a low temperature sharpens the probabilities, a high one evens them out.",
    hints=[
        "It is the softmax of section 8, of other numbers: which?",
        "Look at one row: what should its probabilities add up to, and which `axis` is that?",
        "Adding one number to all logits of a row changes no probability: use that against overflow.",
    ],
    mistakes=[
        (
            lambda logits, t: _shares(_powers(logits / t, 0), 0),
            "Wrong axis: each row is one example, and it is the row that should sum to 1.",
        ),
        (
            lambda logits, t: _shares(_powers(logits / t, None), None),
            "All rows together sum to 1; each row should (look at the `axis` of the sum).",
        ),
        (
            lambda logits, t: softmax(logits * t),
            "A high temperature should make the answer less sure; here it makes it surer.",
        ),
        (lambda logits, t: softmax(logits), "The temperature changes nothing yet."),
        (
            lambda logits, t: softmax(logits) / t,
            "The rows no longer sum to 1: the temperature belongs inside the exponential.",
        ),
        (
            lambda logits, t: _powers(logits / t),
            "The rows don't sum to 1 yet: a division is missing.",
        ),
        (
            lambda logits, t: _shares(np.exp(logits / t)),
            "Right for small numbers, but the exponential of a few thousand overflows, and that "
            "of minus a few thousand is 0.",
        ),
        (
            lambda logits, t: _shares(_powers(logits / t, None)),
            "With one maximum for all rows, a row far below it becomes 0 / 0.",
        ),
    ],
)
