"""Exercises in Keras: a classifier of digits, and the gradients of a model."""

from __future__ import annotations

import numpy as np

from dl_course import datasets, neurons
from dl_course.checks import _guard
from dl_course.checks._answer import name_type
from dl_course.checks._exercise import OpenExercise, wrong_function
from dl_course.checks._kinds import Real
from dl_course.checks._models import too_many_parameters, wrong_model, wrong_shapes

__all__ = ["digit_classifier", "keras_gradients"]


# A classifier of digits.


def _look_at_classifier(model, rng):
    """A hint about a trained Keras model for the small digits, or None if it is good enough."""
    hint = (
        wrong_model(model) or wrong_shapes(model, (64,), (10,)) or too_many_parameters(model, 3000)
    )
    if hint:
        return hint
    digits = datasets.load_digits()
    part = np.random.default_rng(2).permutation(len(digits.labels))[1197:1497]
    pixels, labels = digits.images[part].reshape(-1, 64), digits.labels[part]
    outputs = np.asarray(model.predict(pixels, verbose=0))
    accuracy = float(np.mean(outputs.argmax(axis=1) == labels))
    if accuracy >= 0.96:
        return None
    if accuracy < 0.3:
        return f"{accuracy:.1%} of the validation digits: has it been trained, on `pixels[train]`?"
    return f"{accuracy:.1%} of the validation digits, and 96 % are wanted: train longer, or faster."


digit_classifier = OpenExercise(
    look=_look_at_classifier,
    praise="Right: built, compiled and trained as you will do it from now on.",
    hints=[
        "Three steps: a `keras.Sequential` with a `keras.Input((64,))`, `compile`, `fit`.",
        "How many parameters does a hidden layer of 32 units bring here? Exercise 1 counts them.",
        "If the last layer has no softmax, the loss must know: `from_logits=True`.",
        "`keras.optimizers.Adam(0.01)` and 40 epochs are a good start.",
    ],
)


# The gradients of a model.


def _look_at_gradients(answer, rng):
    """A hint about a function that gives a model's gradients, or None if they are right."""
    if hint := wrong_function(answer, "model", "x", "labels"):
        return hint
    for sizes in ([3, 5, 4], [2, 6, 3, 3]):
        if hint := _wrong_gradients(answer, sizes, rng):
            return f"{hint} (for a model with layers of {sizes})"
    return None


def _wrong_gradients(answer, sizes, rng):
    model = _model(sizes, int(rng.integers(10**6)))
    x = rng.normal(size=(7, sizes[0])).astype("float32")
    labels = rng.integers(0, sizes[-1], 7)
    before = model.get_weights()
    expected = _expected(before, x, labels)
    outcome = _guard.shield(answer, model, x, labels, seconds=12)
    if outcome.hint:
        return outcome.hint
    got = outcome.value
    if got is None or got is ...:
        return "Not finished yet: None comes back. Replace the `...` and `return` the gradients."
    if not isinstance(got, (list, tuple)):
        return f"A list of arrays is wanted, one for each of `model.weights`; this is {name_type(got)}."
    if len(got) != len(expected):
        return (
            f"{len(got)} gradients come back, and the model has {len(expected)} arrays of weights."
        )
    hint = _differences(got, expected, len(x))
    if not hint and any(np.any(a != b) for a, b in zip(before, model.get_weights(), strict=True)):
        return "The gradients are right, but the model's weights have changed: put them back."
    return hint


def _model(sizes, seed):
    import keras  # only here: importing it takes seconds

    model = keras.Sequential([keras.Input((sizes[0],))])
    for size in sizes[1:-1]:
        model.add(keras.layers.Dense(size, activation="tanh"))
    model.add(keras.layers.Dense(sizes[-1]))
    model.set_weights(neurons.get_weights(neurons.init_mlp(sizes, seed=seed)))
    return model


def _expected(weights, x, labels):
    layers = neurons.from_weights([np.asarray(array, dtype=float) for array in weights])
    outputs, cache = neurons.forward(x.astype(float), layers)
    _, grad_outputs = neurons.cross_entropy(outputs, labels)
    return neurons.get_weights(neurons.backward(layers, cache, grad_outputs))


def _differences(got, expected, n):
    """The first thing that is wrong with a list of gradients."""
    kind = Real(rtol=2e-3, atol=1e-4)
    if all(kind.is_same(a, n * b) for a, b in zip(got, expected, strict=True)):
        return "Each is as many times too large as there are examples: the loss is their mean."
    if all(kind.is_same(a, -b) for a, b in zip(got, expected, strict=True)):
        return "The sign is wrong: a step of gradient descent subtracts the gradient."
    for number, (a, b) in enumerate(zip(got, expected, strict=True)):
        if hint := kind.difference(a, b):
            return f"Gradient {number}: {hint}"
    return None


keras_gradients = OpenExercise(
    look=_look_at_gradients,
    seconds=60.0,
    praise="Right: read off a step of SGD, or taken from the backend's own tape.",
    hints=[
        "One step of plain gradient descent with learning rate 1: what does it do to each weight?",
        "`model.get_weights()` before and after `model.train_on_batch(x, labels)`, and a difference.",
        "`model.set_weights(before)` puts the weights back.",
    ],
)
