"""Exercises about training: a loop over mini-batches, and two experiments."""

from __future__ import annotations

import functools

import numpy as np

from dl_course import neurons
from dl_course.checks._exercise import FunctionExercise
from dl_course.checks._kinds import Count, Probability, Real

__all__ = ["dead_units", "ring_accuracy", "train_on_batches"]


# A training loop over mini-batches.


def _train(layers, x, labels, learning_rate, batches):
    losses = []
    for batch in batches:
        outputs, cache = neurons.forward(x[batch], layers)
        loss, grad_outputs = neurons.cross_entropy(outputs, labels[batch])
        losses.append(loss)
        gradients = neurons.backward(layers, cache, grad_outputs)
        layers = neurons.sgd_step(layers, gradients, learning_rate)
    return np.array(losses)


def _loss_after_the_step(layers, x, labels, learning_rate, batches):
    losses = []
    for number in range(len(batches)):
        steps = [*batches[: number + 1], batches[number]]  # the last one only looks
        losses.append(_train(layers, x, labels, learning_rate, steps)[-1])
    return np.array(losses)


def _loss_of_all(layers, x, labels, learning_rate, batches):
    everything = np.arange(len(x))
    steps = [[*batches[:number], everything] for number in range(len(batches))]
    return np.array([_train(layers, x, labels, learning_rate, step)[-1] for step in steps])


def _draw_training(rng):
    """Two or three layers, three to five classes, batches of different lengths."""
    inputs, classes, n = int(rng.integers(2, 5)), int(rng.integers(3, 6)), int(rng.integers(9, 14))
    hidden = rng.integers(2, 7, size=rng.integers(1, 3)).tolist()
    layers = neurons.init_mlp([inputs, *hidden, classes], seed=int(rng.integers(10**6)))
    x, labels = rng.normal(size=(n, inputs)), rng.integers(0, classes, n)
    order = rng.permutation(n)
    cuts = np.sort(rng.choice(np.arange(2, n - 1), 2, replace=False))
    return layers, x, labels, float(rng.uniform(0.3, 2)), [*np.split(order, cuts), order[:3]]


_BATCHES = [np.array([0, 2, 4, 6]), np.array([1, 3]), np.array([5, 7, 0])]

train_on_batches = FunctionExercise(
    kind=Real(rtol=1e-4),
    reference=_train,
    cases=[
        (
            neurons.init_mlp([2, 5, 3], seed=1),
            np.random.default_rng(1).normal(size=(8, 2)).round(2),
            np.array([0, 1, 2, 0, 1, 2, 2, 0]),
            0.5,
            _BATCHES,
        )
    ],
    draw=_draw_training,
    draws=3,
    praise="Right: forward, loss, backward, step, for one batch after the other.",
    hints=[
        "The loop of section 5 needs two changes: what it loops over, and which rows it takes.",
        "A batch is an array of row numbers: `x[batch]` takes these rows, and the labels need the same.",
        "Keep the loss of each batch as it is before the step; the next batch meets the new layers.",
    ],
    mistakes=[
        (
            lambda layers, x, labels, rate, batches: _train(layers, x, labels, 0.0, batches),
            "Nothing is learned from batch to batch: `sgd_step` returns new layers. Are they used?",
        ),
        (
            lambda layers, x, labels, rate, batches: _train(layers, x, labels, -rate, batches),
            "It walks uphill: the gradient is to be subtracted.",
        ),
        (_loss_after_the_step, "These are the losses after each step; those before it are wanted."),
        (_loss_of_all, "Each loss is that of all examples; that of the batch alone is wanted."),
        (
            lambda layers, x, labels, rate, batches: _train(
                layers, x, labels, rate, [np.arange(len(x))] * len(batches)
            ),
            "Every step sees all examples: `x[batch]` and `labels[batch]` take those of the batch.",
        ),
        (
            lambda *given: _train(*given).mean(),
            "One mean comes back; the loss of every batch is wanted, in a list.",
        ),
        (lambda *given: _train(*given)[-1:], "Only the loss of the last batch comes back."),
    ],
)


# Experiment: hidden units that died.


def _dead(layers, x):
    _, (z, _) = neurons.forward(x, layers, "relu")
    return int(np.sum(np.all(z[0] <= 0, axis=0)))


def _of_first_layer(count):
    return lambda layers, x: int(count(x @ layers[0].weights + layers[0].bias))


def _draw_dying(rng):
    """Units with biases far below and above 0, so that some are dead and some never rest."""
    inputs, units, n = (int(size) for size in rng.integers([2, 5, 4], [5, 15, 30]))
    first, last = neurons.init_mlp([inputs, units, 3], seed=int(rng.integers(10**6)))
    bias = rng.choice([-9.0, -0.5, 0.5, 9.0], units)
    bias[:3] = -9.0, 9.0, -9.0
    first.weights[:, 1] = -np.abs(first.weights[:, 1])  # alive by its bias alone
    return [neurons.Layer(first.weights, bias), last], np.abs(rng.normal(size=(n, inputs)))


dead_units = FunctionExercise(
    kind=Count(),
    reference=_dead,
    cases=[
        (
            [
                neurons.Layer(
                    np.eye(2)[:, [0, 0, 1, 1, 0]], np.array([0.125, -3.0, -3.0, 1.0, -2.0])
                ),
                neurons.Layer(np.ones((5, 2)), np.zeros(2)),
            ],
            np.array([[1.0, 0.0], [-1.0, 2.5], [-0.75, -2.0]]),
        )
    ],
    draw=_draw_dying,
    praise="Right. Now train, and count.",
    hints=[
        "The pre-activations of the hidden layer are one product and one sum: what is their shape?",
        "A unit is a column. When does a ReLU say 0 for an example, and when for every one?",
        "`np.all(..., axis=...)` asks whether something holds all along an axis.",
    ],
    mistakes=[
        (
            _of_first_layer(lambda z: np.sum(z <= 0)),
            "This counts pairs of example and unit; a dead unit is silent for all examples.",
        ),
        (
            _of_first_layer(lambda z: np.sum(np.any(z <= 0, axis=0))),
            "Silent for some example is not dead: it must be silent for all of them.",
        ),
        (
            _of_first_layer(lambda z: np.sum(np.all(z <= 0, axis=1))),
            "The wrong axis: this counts examples for which no unit fires.",
        ),
        (
            _of_first_layer(lambda z: np.sum(np.any(z > 0, axis=0))),
            "This counts those that are alive.",
        ),
        (
            lambda layers, x: int(np.sum(np.all(x @ layers[0].weights <= 0, axis=0))),
            "The bias belongs to the pre-activation.",
        ),
    ],
)


# Experiment: how many hidden units does the ring need?


@functools.cache
def _ring(units, seed, epochs=500, rate=0.5, activation="tanh"):
    points, labels = neurons.ring_points(200, seed=1)
    layers, _ = neurons.train(
        neurons.init_mlp([2, units, 2], seed=seed),
        points,
        labels,
        neurons.cross_entropy,
        learning_rate=rate,
        epochs=epochs,
        activation=activation,
    )
    return neurons.accuracy(neurons.forward(points, layers, activation)[0], labels)


ring_accuracy = FunctionExercise(
    kind=Probability(atol=1e-4),
    reference=lambda units, seed: _ring(units, seed),
    cases=[(2, 0), (1, 3)],
    draw=lambda rng: (int(rng.integers(1, 4)), int(rng.integers(5, 12))),
    draws=2,
    praise="Right. Now measure it for one unit, two, three …",
    hints=[
        "Everything is in section 5: `init_mlp`, `train`, `forward`, `neurons.accuracy`.",
        "`units` belongs into the list of sizes, `seed` into `init_mlp`.",
    ],
    mistakes=[
        (
            lambda units, seed: _ring(8, seed),
            "`units` changes nothing: this is what 8 units reach.",
        ),
        (lambda units, seed: _ring(units, 0), "`seed` changes nothing yet."),
        (lambda units, seed: _ring(units, seed, epochs=0), "That is the network before training."),
        (
            lambda units, seed: _ring(units, seed, activation="relu"),
            "These are hidden units with ReLU; tanh is asked for.",
        ),
        (lambda units, seed: 1 - _ring(units, seed), "That is the share of wrong ones."),
    ],
)
