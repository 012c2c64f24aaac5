"""Exercises in Keras: right answers of any style pass, wrong ones get the hint that is meant."""

import re
from functools import partial

import keras
import numpy as np
import pytest
from answers import faults, right_cases, wrong_cases

from dl_course import datasets, neurons
from dl_course.checks.networks import in_keras

# A classifier: trained in NumPy, because that is faster for so small a network --------------------


def trained(sizes=(64, 32, 10), epochs=60, rate=0.3, wrong=0):
    digits = datasets.load_digits()
    part = np.random.default_rng(2).permutation(len(digits.labels))[:1197]
    x, y = digits.images[part].reshape(-1, 64), (digits.labels[part] + wrong) % 10
    layers, _ = neurons.train(
        neurons.init_mlp(sizes),
        x,
        y,
        neurons.cross_entropy,
        learning_rate=rate,
        epochs=epochs,
        batch_size=32,
        activation="relu",
    )
    return neurons.get_weights(layers)


WEIGHTS = trained()


def dense(weights, *, before=(), after=(), shape=(64,)):
    """A model with these weights, and other layers before and after."""
    layers = [
        keras.layers.Dense(w.shape[1], activation="relu" if n < len(weights) // 2 - 1 else None)
        for n, w in enumerate(weights[::2])
    ]
    model = keras.Sequential([keras.Input(shape), *before, *layers, *after])
    for layer, *pair in zip(layers, weights[::2], weights[1::2], strict=True):
        layer.set_weights(pair)
    return model


def functional():
    inputs = keras.Input((64,))
    return keras.Model(inputs, dense(WEIGHTS)(inputs))


class Subclassed(keras.Model):
    """A model with another one inside."""

    def __init__(self):
        super().__init__()
        self.inner = dense(WEIGHTS)

    def call(self, x):
        return keras.ops.softmax(self.inner(x))


def subclassed():
    model = Subclassed()
    model(np.zeros((1, 64), "float32"))
    return model


def untrained(*layers, inputs=64):
    return keras.Sequential([keras.Input((inputs,)), *layers])


# Gradients ----------------------------------------------------------------------------------------


def by_formula(model, x, labels):
    layers = neurons.from_weights(model.get_weights())
    outputs, cache = neurons.forward(x, layers)
    _, slope = neurons.cross_entropy(outputs, labels)
    return neurons.get_weights(neurons.backward(layers, cache, slope))


def by_a_step(model, x, labels, *, rate=1.0, back=True, eager=True):
    model.compile(
        optimizer=keras.optimizers.SGD(rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        run_eagerly=eager,
    )
    before = model.get_weights()
    model.train_on_batch(x, labels)
    after = model.get_weights()
    if back:
        model.set_weights(before)
    return [(a - b) / rate for a, b in zip(before, after, strict=True)]


def of_a_copy(model, x, labels):
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return by_a_step(copy, x, labels, back=False)


def as_lists(model, x, labels):
    return tuple(array.tolist() for array in by_formula(model, x, labels))


def as_tensors(model, x, labels):
    return [keras.ops.convert_to_tensor(array) for array in by_formula(model, x, labels)]


class Gradients:
    """An object that can be called; it is right."""

    def __call__(self, model, x, labels):
        return [np.float64(array) for array in by_formula(model, x, labels)]


def with_adam(model, x, labels):
    model.compile(
        optimizer=keras.optimizers.Adam(1.0),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        run_eagerly=True,
    )
    before = model.get_weights()
    model.train_on_batch(x, labels)
    after = model.get_weights()
    model.set_weights(before)
    return [a - b for a, b in zip(before, after, strict=True)]


def spoilt(spoil):
    return lambda *given: spoil(by_formula(*given))


RIGHT = {
    "digit_classifier": [
        dense(WEIGHTS),
        dense(WEIGHTS, after=[keras.layers.Softmax()]),
        dense(WEIGHTS, before=[keras.layers.Reshape((8, 8)), keras.layers.Flatten()]),
        functional(),
        subclassed(),
        dense(WEIGHTS, before=[keras.layers.Dropout(0.5)]),
    ],
    "keras_gradients": [
        by_formula,
        by_a_step,
        of_a_copy,
        as_lists,
        as_tensors,
        Gradients(),
        partial(by_a_step, rate=0.5),
    ],
}

WRONG = {
    "digit_classifier": [
        (untrained(keras.layers.Dense(10)), "has it been trained"),
        (dense(trained(wrong=1)), "has it been trained"),
        (dense(trained(sizes=(64, 10), epochs=2, rate=0.1)), "% of the validation digits, and 96"),
        (untrained(keras.layers.Dense(64), keras.layers.Dense(10)), "parameters are too many"),
        (untrained(keras.layers.Dense(1)), "the output has shape"),
        (untrained(keras.layers.Dense(10), inputs=784), "The input has shape"),
        (keras.Sequential([keras.layers.Dense(10)]), "doesn't know its shapes"),
        (keras.Sequential(), "no layers yet"),
        (keras.Sequential, "This is a class"),
        (WEIGHTS, "A Keras model is wanted"),
        (0.97, "A Keras model is wanted"),
    ],
    "keras_gradients": [
        (partial(by_a_step, back=False), "weights have changed: put them back"),
        (spoilt(lambda grads: [-g for g in grads]), "The sign is wrong"),
        (spoilt(lambda grads: [7 * g for g in grads]), "as there are examples"),
        (spoilt(lambda grads: [2 * g for g in grads]), "Gradient 0: .*2 times"),
        (spoilt(lambda grads: grads[:-1]), "3 gradients come back"),
        (spoilt(lambda grads: grads[::-1]), "Gradient 0: .*[Ss]hape"),
        (spoilt(lambda grads: grads[0]), "A list of arrays is wanted"),
        (spoilt(lambda grads: [g.T for g in grads]), "Gradient 0: .*transposed"),
        (spoilt(lambda grads: [grads[0], 0 * grads[1], *grads[2:]]), "Gradient 1"),
        (spoilt(lambda grads: print(grads)), "None comes back"),
        (lambda model, x, labels: model.get_weights(), "Gradient 0"),
        (lambda model, x, labels: model(x), "A list of arrays is wanted|gradients come back"),
        (lambda model: model.get_weights(), "must take the arguments"),
        (with_adam, "Gradient 0"),
        ([np.zeros(3)], "A function is wanted"),
    ],
}


@pytest.mark.parametrize(("exercise", "answer"), right_cases(in_keras, RIGHT))
def test_right_answers_pass_in_any_style(exercise, answer):
    assert set(faults(exercise, answer)) == {None}


@pytest.mark.parametrize(("exercise", "answer", "word"), wrong_cases(in_keras, WRONG))
def test_wrong_answers_get_the_hint_that_is_meant(exercise, answer, word):
    assert all(fault and re.search(word, fault) for fault in faults(exercise, answer))


def test_the_validation_digits_are_those_of_the_page():
    """300 of them, none that the page trains on."""
    order = np.random.default_rng(2).permutation(len(datasets.load_digits().labels))
    train, val, test = np.split(order, [1197, 1497])
    assert set(val) == set(order[1197:1497])
    assert (len(train), len(val), len(test)) == (1197, 300, 300)
