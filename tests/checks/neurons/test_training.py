"""Exercises about one neuron: right answers of any style pass, wrong ones get the hint that is meant."""

import re
from functools import partial

import keras
import numpy as np
import pytest
from answers import faults, right_cases, wrong_cases

from dl_course.checks.neurons import training
from dl_course.neurons import numerical_gradient, sigmoid

# One example at a time ----------------------------------------------------------------------------


def by_numbers(x, labels, learning_rate, epochs):
    w, b = [0.0] * x.shape[1], 0.0
    for _ in range(epochs):
        for row, y in zip(x.tolist(), labels.tolist(), strict=True):
            p = 1 / (1 + np.exp(-(sum(a * c for a, c in zip(row, w, strict=True)) + b)))
            w = [c - learning_rate * (p - y) * a for a, c in zip(row, w, strict=True)]
            b -= learning_rate * (p - y)
    return [*w, b]


def with_ones(x, labels, learning_rate, epochs):
    x = np.column_stack([x, np.ones(len(x))])
    theta = np.zeros(x.shape[1])
    for n in list(range(len(x))) * epochs:
        theta -= learning_rate * (sigmoid(x[n] @ theta) - labels[n]) * x[n]
    return theta


def by_trying(x, labels, learning_rate, epochs):
    def loss(theta, n):
        z = x[n] @ theta[:-1] + theta[-1]
        return np.logaddexp(0, z) - labels[n] * z

    theta = np.zeros(x.shape[1] + 1)
    for _ in range(epochs):
        for n in range(len(x)):
            theta = theta - learning_rate * numerical_gradient(partial(loss, n=n), theta)
    return theta


def in_single_precision(x, labels, learning_rate, epochs):
    return with_ones(x, labels, learning_rate, epochs).astype("float32")


def as_a_tensor(*given):
    return keras.ops.convert_to_tensor(with_ones(*given))


class OneByOne:
    """An object that can be called; it is right."""

    def __call__(self, x, labels, learning_rate, epochs):
        return with_ones(x, labels, learning_rate, epochs)[:, None].ravel()


def in_batches(x, labels, learning_rate, epochs):
    theta = np.zeros(x.shape[1] + 1)
    for _ in range(epochs):
        theta = theta - learning_rate * training._gradient(theta, x, labels)
    return theta


def backwards(x, labels, learning_rate, epochs):
    return with_ones(x[::-1], labels[::-1], learning_rate, epochs)


def shuffled(x, labels, learning_rate, epochs):
    order = np.random.default_rng(0).permutation(len(x))
    return with_ones(x[order], labels[order], learning_rate, epochs)


def of_squared_error(x, labels, learning_rate, epochs):
    x = np.column_stack([x, np.ones(len(x))])
    theta = np.zeros(x.shape[1])
    for n in list(range(len(x))) * epochs:
        p = sigmoid(x[n] @ theta)
        theta -= learning_rate * (p - labels[n]) * p * (1 - p) * x[n]
    return theta


def bias_first(*given):
    return np.roll(with_ones(*given), 1)


# The length of the weights ------------------------------------------------------------------------


def descent(x, labels, steps):
    w, b = np.zeros(x.shape[1]), 0.0
    for _ in range(steps):
        error = (sigmoid(x @ w + b) - labels) / len(labels)
        w, b = w - x.T @ error, b - error.sum()
    return w


def root_of_squares(x, labels, steps):
    return sum(weight**2 for weight in descent(x, labels, steps).tolist()) ** 0.5


def without_a_bias(x, labels, steps):
    w = np.zeros(x.shape[1])
    for _ in range(steps):
        w = w - x.T @ (sigmoid(x @ w) - labels) / len(labels)
    return np.linalg.norm(w)


def summed(x, labels, steps):
    return np.linalg.norm(training._trained(x, labels, steps, learning_rate=len(x))[:-1])


# Keras' gradient ----------------------------------------------------------------------------------


def formula(x, labels, weights, bias):
    error = sigmoid(x @ weights + bias) - labels
    return np.append(x.T @ error, np.sum(error)) / len(x)


def one_step(x, labels, weights, bias, *, rate=1.0, batch_size=None):
    neuron = keras.layers.Dense(1)
    model = keras.Sequential([keras.Input((x.shape[1],)), neuron])
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(rate), loss, run_eagerly=True)
    before = [np.reshape(weights, (-1, 1)), np.reshape(bias, 1)]
    model.set_weights(before)
    model.fit(x, labels, batch_size=batch_size or len(x), verbose=0)
    return np.concatenate(
        [(a - b).ravel() for a, b in zip(before, model.get_weights(), strict=True)]
    )


def by_trying_each(x, labels, weights, bias):
    def loss(theta):
        z = x @ theta[:-1] + theta[-1]
        return np.mean(np.logaddexp(0, z) - labels * z)

    return numerical_gradient(loss, np.append(weights, bias))


def mean_squared(x, labels, weights, bias):
    error = x @ weights + bias - labels
    return 2 * np.append(x.T @ error, error.sum()) / len(x)


def on_probabilities_twice(x, labels, weights, bias):
    error = sigmoid(sigmoid(x @ weights + bias)) - labels
    return np.append(x.T @ error, error.sum()) / len(x)


# A neuron in Keras --------------------------------------------------------------------------------


def best_weights(x, labels):
    """Weights and bias of the least-squares border, steep enough to be certain."""
    ones = np.column_stack([x, np.ones(len(x))])
    theta, *_ = np.linalg.lstsq(ones, 2.0 * labels - 1, rcond=None)
    return [5 * theta[:-1, None], 5 * theta[-1:]]


def sequential(x, labels):
    model = keras.Sequential([keras.Input((x.shape[1],)), keras.layers.Dense(1)])
    model.set_weights(best_weights(x, labels))
    return model


def functional(x, labels):
    inputs = keras.Input((x.shape[1],))
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    model.set_weights(best_weights(x, labels))
    return model


class Neuron(keras.Model):
    """A subclassed model; it is right."""

    def __init__(self):
        super().__init__()
        self.neuron = keras.layers.Dense(1)

    def call(self, x):
        return self.neuron(x)


def subclassed(x, labels):
    model = Neuron()
    model(x)
    model.set_weights(best_weights(x, labels))
    return model


def nested(x, labels):
    return keras.Sequential([keras.Input((x.shape[1],)), sequential(x, labels)])


def fitted(x, labels):
    model = keras.Sequential([keras.Input((x.shape[1],)), keras.layers.Dense(1)])
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.3), loss)
    model.fit(x, labels, batch_size=200, epochs=120, verbose=0)
    return model


def spoilt(spoil):
    """The right model, with weights and bias changed."""

    def answer(x, labels):
        model = sequential(x, labels)
        model.set_weights([np.asarray(weight) for weight in spoil(*model.get_weights())])
        return model

    return answer


def with_sigmoid(x, labels):
    activation = keras.layers.Activation("sigmoid")
    return keras.Sequential([keras.Input((x.shape[1],)), sequential(x, labels), activation])


def layers_of(*sizes):
    def answer(x, labels):
        dense = [keras.layers.Dense(size) for size in sizes]
        return keras.Sequential([keras.Input((x.shape[1],)), *dense])

    return answer


def of_two_inputs(x, labels):
    return sequential(x[:, :2], labels)


def without_bias(x, labels):
    layer = keras.layers.Dense(1, use_bias=False)
    model = keras.Sequential([keras.Input((x.shape[1],)), layer])
    model.set_weights([best_weights(x, labels)[0]])
    return model


RIGHT = {
    "train_one_by_one": [
        by_numbers,
        with_ones,
        by_trying,
        in_single_precision,
        as_a_tensor,
        OneByOne(),
        partial(with_ones),
        lambda *given: tuple(with_ones(*given)),
    ],
    "weight_length": [
        root_of_squares,
        lambda *given: np.linalg.norm(descent(*given)),
        lambda *given: np.float32(np.sqrt(np.sum(np.square(descent(*given))))),
        lambda *given: np.hypot.reduce(descent(*given)),
        lambda *given: np.sqrt(descent(*given) @ descent(*given)),
        lambda *given: keras.ops.convert_to_tensor(np.linalg.norm(descent(*given))),
        partial(root_of_squares),
    ],
    "keras_gradient": [
        one_step,
        formula,
        by_trying_each,
        lambda *given: formula(*given).tolist(),
        lambda *given: formula(*given).astype("float32"),
        lambda *given: keras.ops.convert_to_tensor(formula(*given)),
        partial(formula),
    ],
    "keras_neuron": [sequential, functional, subclassed, nested, fitted, partial(sequential)],
}

WRONG = {
    "train_one_by_one": [
        (in_batches, "wrong; the one at|times|reverse"),
        (backwards, "wrong; the one at"),
        (shuffled, "wrong; the one at"),
        (of_squared_error, "wrong; the one at|times|too"),
        (bias_first, "wrong; the one at"),
        (lambda *given: with_ones(*given)[:-1], "off by one"),
        (lambda *given: (with_ones(*given)[:-1], with_ones(*given)[-1]), "lengths"),
        (lambda *given: with_ones(*given)[None], "axis of length 1"),
        (lambda *given: print(with_ones(*given)), "prints|None comes back"),
        (lambda x, labels, rate, epochs: with_ones(x, labels, 0.5, epochs), "wrong; the one at"),
        (
            lambda x, labels, rate, epochs: with_ones(x, labels, rate, epochs + 1),
            "wrong; the one at",
        ),
        (lambda x, labels: x, "must take the arguments"),
    ],
    "weight_length": [
        (without_a_bias, "wrong|too|Nearly|times"),
        (summed, "wrong|too|times|Nearly"),
        (descent, "One number is wanted"),
        (lambda *given: -np.linalg.norm(descent(*given)), "sign"),
        (lambda *given: descent(*given).sum(), "sum|wrong|too|sign|times"),
        (lambda *given: np.mean(descent(*given)), "sum|wrong|too|sign|times"),
        (lambda x, labels, steps: np.linalg.norm(descent(x, labels, steps + 1)), "wrong|too|times"),
        (lambda x, labels, steps: np.linalg.norm(descent(x, labels, 20)), "wrong|too|times"),
        (lambda *given: f"{np.linalg.norm(descent(*given))}", "quotes"),
    ],
    "keras_gradient": [
        (mean_squared, "wrong; the one at"),
        (on_probabilities_twice, "wrong; the one at"),
        (lambda *given: np.roll(formula(*given), 1), "wrong; the one at"),
        (lambda *given: formula(*given)[:, None], "axis of length 1"),
        (lambda *given: (formula(*given)[:-1], formula(*given)[-1]), "lengths"),
        (lambda x, labels, w, b: formula(x, labels, w, 0.0), "wrong; the one at"),
        (lambda x, labels, w, b: formula(x, 1 - labels, w, b), "wrong; the one at"),
        (lambda x, labels, w, b: formula(x[:2], labels[:2], w, b), "wrong; the one at"),
        (lambda x, labels: x, "must take the arguments"),
    ],
    "keras_neuron": [
        (spoilt(lambda w, b: (-w, -b)), "swapped"),
        (spoilt(lambda w, b: (w, 0 * b)), "On fresh points"),
        (spoilt(lambda w, b: (0 * w, b)), "On fresh points"),
        (without_bias, "On fresh points"),
        (with_sigmoid, "probabilities"),
        (layers_of(2), "output has shape"),
        (layers_of(4, 1), "parameters are too many"),
        (of_two_inputs, "should have"),
        (lambda x, labels: None, "`return` the model"),
        (lambda x, labels: "model", "a text"),
        (lambda x, labels: np.zeros(3), "A Keras model is wanted"),
        (lambda x, labels: keras.Sequential([keras.layers.Dense(1)]), "keras.Input"),
        (lambda x, labels: keras.Sequential, "This is a class"),
        (lambda x: x, "must take the arguments"),
        (3.0, "A function is wanted"),
    ],
}


@pytest.mark.parametrize(("exercise", "answer"), right_cases(training, RIGHT))
def test_right_answers_pass_in_any_style(exercise, answer):
    assert set(faults(exercise, answer)) == {None}


@pytest.mark.parametrize(("exercise", "answer", "word"), wrong_cases(training, WRONG))
def test_wrong_answers_get_the_hint_that_is_meant(exercise, answer, word):
    assert all(fault and re.search(word, fault) for fault in faults(exercise, answer))


def test_the_words_of_the_exercises_are_drawn():
    """Some numbers of inputs, no epoch at all, and both classes."""
    rng = np.random.default_rng(0)
    drawn = [training.train_one_by_one.draw(rng) for _ in range(60)]
    assert {x.shape[1] for x, *_ in drawn} == {1, 2, 3, 4, 5}
    assert {epochs for *_, epochs in drawn} == set(range(6))
    assert all(set(labels.tolist()) == {0, 1} for _, labels, *_ in drawn)
