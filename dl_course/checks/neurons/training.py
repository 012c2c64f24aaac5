"""Exercises about one neuron that learns two classes: by hand, in Keras, and for how long."""

from __future__ import annotations

import numpy as np

from dl_course.checks import _guard, _models
from dl_course.checks._exercise import FunctionExercise, OpenExercise, wrong_function
from dl_course.checks._kinds import Real
from dl_course.neurons import relu, sigmoid

__all__ = ["keras_gradient", "keras_neuron", "train_one_by_one", "weight_length"]


def _gradient(theta, x, labels, activation=sigmoid):
    """Gradient of the mean cross-entropy with respect to the weights and, last, the bias."""
    grad_z = (activation(x @ theta[:-1] + theta[-1]) - labels) / len(labels)
    return np.append(x.T @ grad_z, grad_z.sum())


def _draw_points(rng, n=None, inputs=None):
    """Points of two classes that overlap, and their labels."""
    n, inputs = n or int(rng.integers(5, 30)), inputs or int(rng.integers(1, 6))
    x = rng.normal(size=(n, inputs)).round(2)
    score = x @ rng.choice([-2.0, -1.0, 1.0, 2.0], inputs) + rng.normal(0, 0.8, n)
    labels = (score > np.median(score)).astype(int)
    return x, labels


# A training loop that learns from one example at a time.


def _one_by_one(x, labels, learning_rate, epochs, *, activation=sigmoid, mean=False, bias=True):
    theta = np.zeros(x.shape[1] + 1)
    for _ in range(epochs):
        before = theta
        for n in range(len(x)):
            point = before if mean else theta  # mean: all gradients at the start of the epoch
            gradient = _gradient(point, x[n : n + 1], labels[n : n + 1], activation)
            theta = theta - learning_rate * gradient * np.append(np.ones(x.shape[1]), bias)
    return theta


def _draw_training(rng):
    x, labels = _draw_points(rng)
    return x, labels, round(float(rng.uniform(0.05, 0.8)), 2), int(rng.integers(0, 6))


_SMALL = (np.array([[1.0, 2.0], [-1.0, 0.5], [0.0, -2.0]]), np.array([1, 0, 0]))

train_one_by_one = FunctionExercise(
    kind=Real(rtol=1e-4, atol=1e-5),
    reference=_one_by_one,
    cases=[(*_SMALL, 0.5, 1), (*_SMALL, 0.1, 3), (*_draw_points(np.random.default_rng(1)), 0.2, 0)],
    draw=_draw_training,
    praise="Right: after each example a small step, as stochastic gradient descent does.",
    hints=[
        "Two loops: over the epochs, and inside it over the examples.",
        "For one example: pre-activation, probability, and the error p − y. What is multiplied by x?",
        "The bias behaves as a weight whose input is always 1.",
    ],
    mistakes=[
        (
            lambda *given: _one_by_one(*given, mean=True),
            "All examples of an epoch use the same weights; each should use the newest.",
        ),
        (
            lambda *given: _one_by_one(*given, bias=False),
            "The bias stays 0: it learns too.",
        ),
        (
            lambda *given: _one_by_one(*given, activation=lambda z: z),
            "The sigmoid is missing: p is a probability.",
        ),
        (
            lambda *given: _one_by_one(*given, activation=lambda z: np.where(z >= 0, 1.0, 0.0)),
            "The error should use the probability, not the class that is 0 or 1.",
        ),
        (
            lambda *given: _one_by_one(*given, activation=relu),
            "A ReLU gives no probability: which activation does?",
        ),
        (
            lambda x, labels, rate, epochs: _one_by_one(x, labels, -rate, epochs),
            "It walks uphill: the gradient is to be subtracted.",
        ),
        (
            lambda x, labels, rate, epochs: _one_by_one(x, labels, rate, min(epochs, 1)),
            "Only one epoch is done, however many are asked for.",
        ),
        (
            lambda x, labels, rate, epochs: _one_by_one(x, labels, rate / len(x), epochs),
            "No mean here: each example makes a step of its own, with its full error.",
        ),
    ],
)


# An experiment: how long do the weights grow?


def _trained(x, labels, steps, learning_rate=1.0):
    theta = np.zeros(x.shape[1] + 1)
    for _ in range(steps):
        theta = theta - learning_rate * _gradient(theta, x, labels)
    return theta


def _length(x, labels, steps):
    return float(np.linalg.norm(_trained(x, labels, steps)[:-1]))


weight_length = FunctionExercise(
    kind=Real(rtol=1e-4),
    reference=_length,
    cases=[(*_SMALL, 1), (*_SMALL, 20), (*_SMALL, 0)],
    draw=lambda rng: (*_draw_points(rng), int(rng.integers(2, 60))),
    praise="Right. Now measure with it.",
    hints=[
        "It is the loop of section 7 with learning rate 1, for so many steps.",
        "The length of a vector is the root of the sum of its squares: `np.linalg.norm`.",
    ],
    mistakes=[
        (
            lambda *given: np.linalg.norm(_trained(*given)),
            "The bias is among the numbers; only the weights count.",
        ),
        (
            lambda *given: np.sum(_trained(*given)[:-1] ** 2),
            "That is the square of the length.",
        ),
        (
            lambda *given: np.sum(np.abs(_trained(*given)[:-1])),
            "That is the sum of the absolute values; the length is wanted (`np.linalg.norm`).",
        ),
        (
            lambda x, labels, steps: np.linalg.norm(_trained(x, labels, steps, 0.1)[:-1]),
            "The learning rate should be 1 here.",
        ),
    ],
)


# The gradient, read off one step of Keras.


def _draw_gradient(rng):
    x, labels = _draw_points(rng, inputs=int(rng.integers(2, 5)))
    weights = rng.normal(size=x.shape[1]).round(2)
    return x, labels, weights, round(float(rng.normal()), 2)


keras_gradient = FunctionExercise(
    kind=Real(rtol=2e-4, atol=2e-4),
    reference=lambda x, labels, weights, bias: _gradient(np.append(weights, bias), x, labels),
    cases=[(*_SMALL, np.array([0.5, -1.0]), 0.25)],
    draw=_draw_gradient,
    draws=2,
    seconds=15.0,
    praise="Right: what a step of SGD with learning rate 1 takes away is the gradient.",
    hints=[
        "`model.set_weights([weights of shape (inputs, 1), bias of shape (1,)])` sets the neuron.",
        "With SGD and learning rate 1, what is weights before − weights after one step?",
        "One step: `model.train_on_batch(x, labels)`, or `fit` with all examples in one batch.",
    ],
    mistakes=[
        (
            lambda x, labels, weights, bias: -_gradient(np.append(weights, bias), x, labels),
            "The sign: a step *subtracts* the gradient. Before − after, not after − before.",
        ),
        (
            lambda x, labels, weights, bias: (
                np.append(weights, bias) - _gradient(np.append(weights, bias), x, labels)
            ),
            "These are the weights after the step; how much they changed is wanted.",
        ),
        (
            lambda x, labels, weights, bias: _gradient(np.zeros(len(weights) + 1), x, labels),
            "This is the gradient at weights of 0: set the weights and the bias that are given.",
        ),
        (
            lambda x, labels, weights, bias: (
                len(x) * _gradient(np.append(weights, bias), x, labels)
            ),
            "That is the gradient of the summed loss; Keras' loss is the mean over the examples.",
        ),
        (
            lambda x, labels, weights, bias: 0.01 * _gradient(np.append(weights, bias), x, labels),
            "This step is 100 times too short: SGD's own learning rate is 0.01, and 1 is wanted.",
        ),
        (
            lambda x, labels, weights, bias: _gradient(np.append(weights, bias), x, labels)[:-1],
            "The bias is missing: its gradient comes last.",
        ),
    ],
)


# A neuron in Keras that learns the points it is given.


def _look_at_neuron(fit_neuron, rng):
    """A hint about a function that trains a neuron, or None if its neuron classifies fresh points."""
    if hint := wrong_function(fit_neuron, "x", "labels"):
        return hint
    for inputs in (2, 3):
        direction = rng.normal(size=inputs)
        direction = direction / np.linalg.norm(direction)
        sides = [_draw_sides(rng, direction, n) for n in (200, 1000)]
        outcome = _guard.run(fit_neuron, sides[0], seconds=25.0)
        if (
            hint := outcome.hint
            or _wrong_neuron(outcome.value, inputs)
            or _wrong_side(outcome.value, *sides[1])
        ):
            return f"{hint} (called with 200 points of {inputs} inputs)"
    return None


def _draw_sides(rng, direction, n):
    """Points on both sides of a border that doesn't run through 0; labels 0 and 1."""
    labels = rng.permutation(np.arange(n) % 2)
    x = rng.normal(size=(n, len(direction)))
    across = np.where(labels == 1, 1, -1) * rng.uniform(0.4, 2.0, n) + 1.0  # the border is at 1
    return x + np.outer(across - x @ direction, direction), labels


def _wrong_neuron(model, inputs):
    if model is None:
        return "None comes back: `return` the model."
    hint = _models.wrong_model(model) or _models.wrong_shapes(model, (inputs,), (1,))
    return hint or _models.too_many_parameters(model, inputs + 1)


def _wrong_side(model, x, labels):
    """A hint if the outputs are no logits, or too many points get the wrong class."""
    logits = np.asarray(model.predict(x, verbose=0))[:, 0]
    if np.all((logits >= 0) & (logits <= 1)):
        return "All outputs lie between 0 and 1: probabilities? The neuron should give logits."
    accuracy = np.mean((logits > 0) == labels)
    if accuracy < 0.1:
        return "The classes are swapped: a logit above 0 should mean class 1."
    if accuracy < 0.97:
        return (
            f"On fresh points of the same kind {accuracy:.0%} get the correct class; 97 % can be "
            "reached. More epochs, a larger learning rate, a bias?"
        )
    return None


keras_neuron = OpenExercise(
    look=_look_at_neuron,
    seconds=30.0,
    praise="Right: three lines build, compile and fit it, whatever the number of inputs.",
    hints=[
        "Section 9 has all four lines; how many inputs there are, `x.shape[1]` says.",
        "No activation on the layer: the loss with `from_logits=True` has the sigmoid inside.",
        "Too low an accuracy means too few steps: raise the epochs, or the learning rate up to 1.",
    ],
)
