"""Exercises about what neurons compute: activations, parameters, a network by hand."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from dl_course.checks._answer import normalize
from dl_course.checks._exercise import FunctionExercise, OpenExercise
from dl_course.checks._kinds import Count, Probability, Real
from dl_course.neurons import relu, softmax

__all__ = ["count_parameters", "leaky_relu", "softmax_with_temperature", "xor_network"]


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
    praise="Right: a negative sum still has a slope to learn from.",
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


# How many numbers are learned?


def _count(sizes):
    return sum(a * b + b for a, b in pairwise(sizes))


count_parameters = FunctionExercise(
    kind=Count(),
    reference=_count,
    cases=[([2, 5, 4, 3],), ([3, 1],), ([6, 5, 5, 3, 8, 2],)],
    draw=lambda rng: (rng.choice(rng.integers(1, 800, 5), rng.integers(2, 8)).tolist(),),
    praise="Right: a weight for each pair of neighbours and a bias for each neuron.",
    hints=[
        "Take two neighbouring layers: how many lines join them, and where do biases sit?",
        "A network of three layers of neurons has three such pairs, the inputs included.",
    ],
    mistakes=[
        (lambda sizes: sum(a * b for a, b in pairwise(sizes)), "The biases are missing."),
        (
            lambda sizes: sum(a * b + a for a, b in pairwise(sizes)),
            "A bias belongs to the neuron a sum arrives at, not to the one it comes from.",
        ),
        (
            lambda sizes: _count(sizes) + sizes[0],
            "The inputs are given, not learned: no biases there.",
        ),
        (lambda sizes: _count(sizes) - sizes[-1], "The output neurons have biases too."),
        (
            lambda sizes: sum(a * b + 1 for a, b in pairwise(sizes)),
            "One bias a layer is too few: each neuron has its own.",
        ),
        (lambda sizes: _count(sizes[:2]), "Only the first layer of neurons is counted."),
        (lambda sizes: _count(sizes[:-1]), "The last layer is missing: off by one in the loop?"),
        (sum, "This counts the neurons; count the lines between them, and the biases."),
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
    praise="Right: cold is sure of itself, hot says «could be anything».",
    hints=[
        "It is the softmax of section 2, of other numbers: which?",
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


# Weights by hand for a network that no single neuron can replace.

XOR_INPUTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
XOR = np.array([0, 1, 1, 0])
XOR_SHAPES = {"w1": (2, 2), "b1": (2,), "w2": (2, 1), "b2": (1,)}


def _look_at_xor(network, rng):
    """A hint about weights for a step network with two hidden neurons, or None if it computes XOR."""
    if not isinstance(network, Mapping) or set(network) != set(XOR_SHAPES):
        return f"A dictionary with the entries {', '.join(XOR_SHAPES)} is wanted."
    weights = {name: normalize(network[name]) for name in XOR_SHAPES}
    for name, shape in XOR_SHAPES.items():
        if hint := weights[name].hint or _wrong_weights(weights[name].value, shape):
            return f"`{name}`: {hint}"
    w1, b1, w2, b2 = (weight.value.astype(float) for weight in weights.values())
    hidden = _fires(XOR_INPUTS, w1, b1)
    output = _fires(hidden, w2, b2)[:, 0]
    if np.array_equal(output, 1 - XOR):
        return (
            "The opposite of XOR: swap the signs of w2, then choose b2 anew "
            "(a sum of exactly 0 counts as 1)."
        )
    if wrong := [tuple(map(int, x)) for x in XOR_INPUTS[output != XOR]]:
        return f"Wrong for {', '.join(map(str, wrong))}. {_blame(hidden)}"
    return None


def _wrong_weights(weights, shape):
    if weights.shape != shape:
        return f"The shape is {weights.shape}, and should be {shape}."
    if weights.dtype.kind == "c":
        return "Real numbers are wanted, and these are complex."
    return None if np.all(np.isfinite(weights)) else "NaN and infinity are no weights."


def _fires(inputs, weights, bias):
    """Step neurons; a sum that would be 0 but for rounding (0.1 + 0.2 - 0.3) counts as 0."""
    rounding = 1e-6 * (np.abs(inputs) @ np.abs(weights) + np.abs(bias))
    return np.where(inputs @ weights + bias >= -rounding, 1, 0)


def _blame(hidden):
    """Say which layer is at fault, by trying many output neurons on the hidden answers."""
    grid = np.arange(-2, 2.25, 0.5)
    w2_and_b2 = np.array(np.meshgrid(grid, grid, grid)).reshape(3, -1)
    outputs = _fires(hidden, w2_and_b2[:2], w2_and_b2[2])  # (4 inputs, one column for each try)
    if np.any(np.all(outputs == XOR[:, None], axis=0)):
        return "The hidden neurons are fine: look at w2 and b2."
    answers = " and ".join(str(column.tolist()) for column in hidden.T)
    return (
        f"For (0, 0), (0, 1), (1, 0), (1, 1) the hidden neurons answer {answers}: "
        "no output neuron can make XOR of that. Look at w1 and b1."
    )


xor_network = OpenExercise(
    look=_look_at_xor,
    praise="Right: two lines and a decision between them, which no single neuron can do.",
    hints=[
        "One neuron draws one line. Draw the four points: how do two lines part them?",
        "Choose for each hidden neuron a question about the two inputs that a single line answers.",
        "When may the output be 1, given the two answers? Write the four cases as a table.",
    ],
)
