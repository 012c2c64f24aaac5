"""Exercises about training: right answers of any style pass, wrong ones get the hint that is meant."""

import re
from functools import cache, partial

import keras
import numpy as np
import pytest
from answers import faults, right_cases, wrong_cases

from dl_course import neurons
from dl_course.checks.networks import training

POINTS, LABELS = neurons.ring_points(200, seed=1)


# A training loop over mini-batches ----------------------------------------------------------------


def loop(layers, x, labels, learning_rate, batches, step=neurons.sgd_step):
    losses = []
    for batch in batches:
        outputs, cache = neurons.forward(x[batch], layers)
        loss, grad_outputs = neurons.cross_entropy(outputs, labels[batch])
        layers = step(layers, neurons.backward(layers, cache, grad_outputs), learning_rate)
        losses.append(loss)
    return losses


def with_own_step(layers, x, labels, learning_rate, batches):
    weights, losses = [w.copy() for w in neurons.get_weights(layers)], []
    for rows in batches:
        net = neurons.from_weights(weights)
        outputs, cache = neurons.forward(x[list(rows)], net)
        loss, slope = neurons.cross_entropy(outputs, labels[list(rows)])
        for w, g in zip(
            weights, neurons.get_weights(neurons.backward(net, cache, slope)), strict=True
        ):
            w -= learning_rate * g
        losses.append(loss)
    return tuple(losses)


def by_measuring(layers, x, labels, learning_rate, batches):
    """No formula at all: each gradient is measured."""
    weights, losses = neurons.get_weights(layers), []
    for batch in batches:

        def loss_of(i, values, batch=batch, weights=weights):
            replaced = neurons.from_weights([*weights[:i], values, *weights[i + 1 :]])
            outputs, _ = neurons.forward(x[batch], replaced)
            return neurons.cross_entropy(outputs, labels[batch])[0]

        losses.append(loss_of(0, weights[0]))
        weights = [
            w - learning_rate * neurons.numerical_gradient(partial(loss_of, i), w)
            for i, w in enumerate(weights)
        ]
    return losses


class Loop:
    """An object that can be called; it is right."""

    def __call__(self, layers, x, labels, learning_rate, batches):
        return np.float32(loop(layers, x, labels, learning_rate, batches))


def by_recursion(layers, x, labels, rate, batches):
    if not batches:
        return []
    first, *rest = batches
    outputs, cache = neurons.forward(x[first], layers)
    loss, slope = neurons.cross_entropy(outputs, labels[first])
    layers = neurons.sgd_step(layers, neurons.backward(layers, cache, slope), rate)
    return [loss, *by_recursion(layers, x, labels, rate, rest)]


def with_train(layers, x, labels, learning_rate, batches):
    losses = []
    for batch in batches:
        layers, history = neurons.train(
            layers,
            x[batch],
            labels[batch],
            neurons.cross_entropy,
            learning_rate=learning_rate,
            epochs=1,
        )
        losses += history["loss"]
    return losses


def only_the_last_layer(layers, gradients, rate):
    return [*layers[:-1], neurons.sgd_step(layers[-1:], gradients[-1:], rate)[0]]


def only_the_weights(layers, gradients, rate):
    new = neurons.sgd_step(layers, gradients, rate)
    return [neurons.Layer(a.weights, b.bias) for a, b in zip(new, layers, strict=True)]


def in_place(layers, x, labels, learning_rate, batches):
    for layer in layers:
        layer.weights[:] = 0
    return loop(layers, x, labels, learning_rate, batches)


def summed(layers, x, labels, learning_rate, batches):
    losses = []
    for batch in batches:
        outputs, cache = neurons.forward(x[batch], layers)
        loss, slope = neurons.cross_entropy(outputs, labels[batch])
        gradients = neurons.backward(layers, cache, slope * len(batch))
        layers = neurons.sgd_step(layers, gradients, learning_rate)
        losses.append(loss)
    return losses


def spoilt(spoil):
    return lambda *given: spoil(np.array(loop(*given)))


# Experiments --------------------------------------------------------------------------------------


def dead_loop(layers, x):
    dead = 0
    for unit in range(layers[0].weights.shape[1]):
        pre = [
            sum(a * w for a, w in zip(row, layers[0].weights[:, unit], strict=True)) for row in x
        ]
        dead += all(p + layers[0].bias[unit] <= 0 for p in pre)
    return dead


def dead_by_forward(layers, x):
    _, (z, _) = neurons.forward(x, layers, "relu")
    return (z[0].max(axis=0) <= 0).sum()


def dead_by_activations(layers, x):
    h = neurons.relu(x @ layers[0].weights + layers[0].bias)
    return np.count_nonzero(h.sum(axis=0) == 0)


def dead_in_keras(layers, x):
    z = keras.ops.matmul(x, layers[0].weights) + layers[0].bias
    return keras.ops.sum(keras.ops.cast(keras.ops.max(z, axis=0) <= 0, "int32"))


@cache
def ring(units, seed, **options):
    options = {"learning_rate": 0.5, "epochs": 500, "activation": "tanh", **options}
    layers, _ = neurons.train(
        neurons.init_mlp([2, units, 2], seed=seed), POINTS, LABELS, neurons.cross_entropy, **options
    )
    return neurons.accuracy(neurons.forward(POINTS, layers, options["activation"])[0], LABELS)


@cache
def ring_by_hand(units, seed):
    layers = neurons.init_mlp([2, units, 2], seed=seed)
    for _ in range(500):
        outputs, cache = neurons.forward(POINTS, layers)
        _, slope = neurons.cross_entropy(outputs, LABELS)
        layers = neurons.sgd_step(layers, neurons.backward(layers, cache, slope), 0.5)
    outputs, _ = neurons.forward(POINTS, layers)
    return np.float32(np.mean(np.argmax(outputs, axis=1) == LABELS))


class Ring:
    """An object that can be called; it is right."""

    def __call__(self, units, seed=0):
        return np.array(ring(units, seed))


RIGHT = {
    "train_on_batches": [
        loop,
        with_own_step,
        by_measuring,
        by_recursion,
        with_train,
        Loop(),
        partial(loop),
        spoilt(keras.ops.convert_to_tensor),
        spoilt(np.ndarray.tolist),
    ],
    "dead_units": [
        dead_loop,
        dead_by_forward,
        dead_by_activations,
        dead_in_keras,
        lambda layers, x: float(dead_by_forward(layers, x)),
        lambda layers, x: sum(np.all(x @ layers[0][0] + layers[0][1] <= 0, axis=0)),
        partial(lambda net, x: np.int32(dead_by_forward(net, x))),
    ],
    "ring_accuracy": [
        ring,
        ring_by_hand,
        Ring(),
        partial(ring, activation="tanh"),
        lambda units, seed: float(ring(units, seed)),
        lambda units, seed: keras.ops.convert_to_tensor(ring(units, seed)),
    ],
}

WRONG = {
    "train_on_batches": [
        (partial(loop, step=only_the_last_layer), "wrong; the one at|Nearly"),
        (partial(loop, step=only_the_weights), "wrong; the one at|Nearly"),
        (partial(loop, step=lambda new, old, rate: new), "Nothing is learned"),
        (in_place, "changes its input"),
        (summed, "wrong; the one at|Nearly"),
        (spoilt(np.exp), "wrong; the one at"),
        (spoilt(print), "prints its result|None comes back"),
        (spoilt(lambda losses: losses[0]), "one number"),
        (spoilt(lambda losses: losses[:2]), "off by one|The shape"),
        (spoilt(lambda losses: -losses), "sign"),
        (spoilt(lambda losses: losses[:, None]), "length 1"),
        (lambda layers, x: 1, "must take the arguments"),
        (lambda layers, x, labels, rate, batches: layers, "."),
        (
            lambda layers, x, labels, rate, batches: loop(layers, x, labels, 0.5, batches),
            "Right for the first cases only",
        ),
        (
            lambda layers, x, labels, rate, batches: loop(
                layers, x, labels, rate, sorted(batches, key=len)
            ),
            "wrong; the one at|reverse",
        ),
    ],
    "dead_units": [
        (lambda layers, x: 3, "Right for the first cases only"),
        (lambda layers, x: 0, "too small"),
        (
            lambda layers, x: np.sum((x @ layers[0].weights + layers[0].bias).mean(0) <= 0),
            "too large",
        ),
        (lambda layers, x: dead_by_forward(layers, x) / 8, "whole number"),
        (lambda layers, x: dead_by_forward(layers, x) + 1, "too large"),
        (lambda layers, x: x @ layers[0].weights + layers[0].bias <= 0, "sum or mean missing"),
        (
            lambda layers, x: np.all(x @ layers[0].weights + layers[0].bias <= 0, axis=0),
            "One number",
        ),
        (lambda layers, x: bool(dead_by_forward(layers, x)), "True or False"),
        (lambda layers, x: print(dead_by_forward(layers, x)), "prints its result"),
        (lambda layers: 0, "must take the arguments"),
        (lambda layers, x: np.sum(layers[0].bias <= 0), "too large|too small"),
        (lambda layers, x: layers.weights, "AttributeError"),
    ],
    "ring_accuracy": [
        (lambda units, seed: 1.0, "what 8 units reach"),
        (lambda units, seed: 100 * ring(units, seed), "percent"),
        (partial(ring, epochs=5), "too|Nearly"),
        (partial(ring, learning_rate=0.01), "too|Nearly"),
        (lambda units, seed: print(ring(units, seed)), "prints its result"),
        (lambda units: ring(units, 0), "must take the arguments"),
        (lambda units, seed: ring(seed + 1, units), "too|Nearly|first cases"),
        (lambda units, seed: (ring(units, seed), 0), "One number"),
    ],
}


@pytest.mark.parametrize(("exercise", "answer"), right_cases(training, RIGHT))
def test_right_answers_pass_in_any_style(exercise, answer):
    assert set(faults(exercise, answer)) == {None}


@pytest.mark.parametrize(("exercise", "answer", "word"), wrong_cases(training, WRONG))
def test_wrong_answers_get_the_hint_that_is_meant(exercise, answer, word):
    assert all(fault and re.search(word, fault) for fault in faults(exercise, answer))


def test_what_is_drawn_has_dead_units_and_others():
    rng = np.random.default_rng(0)
    for _ in range(20):
        layers, x = training.dead_units.draw(rng)
        assert 0 < dead_by_forward(layers, x) < len(layers[0].bias)


def test_batches_are_of_different_lengths_and_overlap():
    layers, x, labels, rate, batches = training.train_on_batches.draw(np.random.default_rng(0))
    assert len({len(batch) for batch in batches}) > 1
    assert len(np.concatenate(batches)) > len(x)
