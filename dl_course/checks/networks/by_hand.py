"""Exercises by hand: parameters, weights for XOR, an operation for the tape, a layer's backward pass."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from dl_course.checks import _guard
from dl_course.checks._answer import name_type, normalize
from dl_course.checks._exercise import FunctionExercise, OpenExercise, wrong_function
from dl_course.checks._kinds import Count, Real, Several

__all__ = ["count_parameters", "divide", "relu_layer_backward", "xor_network"]


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


# A new operation for the tape of the page.


class _Number:
    """What the page's `Number` is: the learner's operation is tried on such ones."""

    def __init__(self, data, parents=(), local_gradients=()):
        self.data, self.parents, self.local_gradients = data, parents, local_gradients
        self.grad = 0.0

    def __add__(self, other):
        return _Number(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        return _Number(self.data * other.data, (self, other), (other.data, self.data))

    def backward(self, upstream=1.0):
        self.grad += upstream
        for parent, local in zip(self.parents, self.local_gradients, strict=True):
            parent.backward(upstream * local)


def _look_at_division(divide, rng):
    """A hint about an operation that divides two numbers of the tape, or None if it is right."""
    if hint := wrong_function(divide, "a", "b"):
        return hint
    for a, b in [
        (3.0, 4.0),
        (-1.0, 0.5),
        *rng.choice([-1, 1], (3, 2)) * rng.uniform(0.3, 5, (3, 2)),
    ]:
        if hint := _wrong_quotient(divide, float(a), float(b)):
            return f"{hint} (for a = {a:.4g} and b = {b:.4g})"
    return _wrong_in_an_expression(divide, *rng.uniform(0.5, 3, 2).tolist())


def _wrong_quotient(divide, a, b):
    top, bottom = _Number(a), _Number(b)
    outcome = _guard.shield(divide, top, bottom)
    if outcome.hint:
        return outcome.hint
    if (top.data, bottom.data) != (a, b):
        return "The operands have changed: make a new number, and leave `a` and `b` as they are."
    if hint := _no_number(outcome.value):
        return hint
    if hint := Real().difference(outcome.value.data, a / b):
        return f"The quotient: {hint}"
    if hint := _guard.shield(outcome.value.backward, 1.0).hint:
        return f"In the backward pass: {hint}"
    return _wrong_gradient("a", top.grad, 1 / b) or _wrong_gradient("b", bottom.grad, -a / b**2)


def _no_number(result):
    if result is None or result is ...:
        return "Not finished yet: None comes back. Replace the `...` and `return` the result."
    if not (hasattr(result, "data") and callable(getattr(result, "backward", None))):
        return f"A `Number` is wanted, which keeps its parents; this is {name_type(result)}."
    return None


def _wrong_gradient(name, got, expected):
    hint = Real().difference(got, expected)
    if hint and not np.any(got):
        return f"No gradient arrives at {name}: is it among the parents?"
    return hint and f"The gradient with respect to {name}: {hint}"


def _wrong_in_an_expression(divide, a, b):
    """Used twice, and with something after it: the gradient from above must count."""
    top, bottom = _Number(a), _Number(b)
    outcome = _guard.shield(lambda: divide(top, bottom) * divide(bottom, top + bottom))
    if outcome.hint:
        return outcome.hint
    outcome.value.backward()  # a / b · b / (a + b) = a / (a + b)
    for name, number, expected in (("a", top, b / (a + b) ** 2), ("b", bottom, -a / (a + b) ** 2)):
        if Real().difference(number.grad, expected):
            return f"Right alone, but within a / b · b / (a + b) the gradient for {name} is wrong."
    return None


divide = OpenExercise(
    look=_look_at_division,
    praise="Right: whatever has local gradients can join the tape.",
    hints=[
        "Look at `__mul__`: a new Number gets its data, its parents and the local gradients.",
        "Hold b fixed: how fast does a / b grow with a? Then hold a fixed and vary b.",
        "Check both with `neurons.numerical_gradient`.",
    ],
)


# The backward pass of a layer with ReLU.


def _relu_layer(x, weights, bias, grad_h):
    grad_z = grad_h * (x @ weights + bias > 0)
    return grad_z @ weights.T, x.T @ grad_z, grad_z.sum(axis=0)


def _with_grad_z(make):
    """The three gradients for another gradient with respect to the pre-activations."""

    def mistake(x, weights, bias, grad_h):
        grad_z = make(x, weights, bias, grad_h)
        return grad_z @ weights.T, x.T @ grad_z, grad_z.sum(axis=0)

    return mistake


def _draw_layer(rng):
    """Shapes that are all different, fractions that are exact, pre-activations of both signs."""
    n, inputs, units = (int(size) for size in rng.permutation([2, 3, 4, 5, 6])[:3])
    dtype = rng.choice(["float32", "float64"])
    shapes = [(n, inputs), (inputs, units), (units,), (n, units)]
    x, weights, bias, grad_h = (rng.integers(-16, 17, shape) / 8 for shape in shapes)
    return tuple(array.astype(dtype) for array in (x, weights, bias + 1 / 128, grad_h))


relu_layer_backward = FunctionExercise(
    kind=Several(parts={"grad_x": Real(), "grad_weights": Real(), "grad_bias": Real()}),
    reference=_relu_layer,
    cases=[
        (
            np.array([[1.0, 2.0], [-1.0, 0.5], [0.5, -3.0]]),
            np.array([[0.5, -1.0, 2.0, 1.0], [1.0, 0.25, -0.5, 2.0]]),
            np.array([0.125, 0.25, 0.375, -1.0]),
            np.array([[1.0, -2.0, 0.5, 3.0], [2.0, 1.0, -1.0, 0.5], [4.0, 1.5, 1.0, -2.0]]),
        )
    ],
    draw=_draw_layer,
    praise="Right: three products and a mask, and every gradient has the shape of its value.",
    hints=[
        "First go back through the ReLU: what is the gradient with respect to z = x W + b?",
        "Where z is negative the ReLU is flat: nothing passes there.",
        "Write down the shapes: which product of x and grad_z has the shape of the weights?",
    ],
    mistakes=[
        (_with_grad_z(lambda x, w, b, g: g), "The way back through the ReLU is missing."),
        (
            _with_grad_z(lambda x, w, b, g: g * (x @ w > 0)),
            "The bias is part of the pre-activation: where it shifts a sum past 0, the mask changes.",
        ),
        (
            _with_grad_z(lambda x, w, b, g: g * np.maximum(x @ w + b, 0)),
            "`grad_h` is multiplied by the ReLU itself; its derivative is wanted.",
        ),
        (
            _with_grad_z(lambda x, w, b, g: g * (g > 0)),
            "The mask asks where the pre-activation is positive, not where the gradient is.",
        ),
        (
            _with_grad_z(lambda x, w, b, g: g * (x @ w + b < 0)),
            "The mask is the wrong way round: where does a ReLU let numbers pass?",
        ),
        (
            lambda x, w, b, g: (*_relu_layer(x, w, b, g)[:2], _relu_layer(x, w, b, g)[2] / len(x)),
            "grad_bias: a bias is used by every example, so its gradients add up; this is their mean.",
        ),
    ],
)
