"""Exercises about activations: right answers of any style pass, wrong ones get the hint that is meant."""

import math
import re
from fractions import Fraction
from functools import partial

import keras
import numpy as np
import pytest
from answers import faults, right_cases, wrong_cases

from dl_course.checks.neurons import activations
from dl_course.neurons import softmax

# A leaky ReLU -------------------------------------------------------------------------------------


class Leaky:
    """An object that can be called; it is right."""

    def __call__(self, x, slope):
        return np.maximum(x, slope * x)


def leaky_loop(x, slope):
    flat = [value if value > 0 else slope * value for value in x.reshape(-1)]
    return np.reshape(flat, x.shape)


def leaky_copy(x, slope):
    x = x.copy()
    x[x < 0] *= slope
    return x


def leaky_rows(x, slope):
    if np.ndim(x):
        return [leaky_rows(row, slope) for row in x]
    return float(x) if x > 0 else float(x) * slope


def leaky_fractions(x, slope):
    exact = [Fraction(float(value)) * (1 if value > 0 else Fraction(slope)) for value in x.flat]
    return np.array(exact, dtype=object).reshape(x.shape)


def leaky_by_numbers(x, slope, *, smaller):
    return np.vectorize(lambda value: value if value > 0 else smaller(value, slope))(x)


def if_on_an_array(x, slope):
    return x if x > 0 else slope * x


def table_of_answers(x, slope):
    known = {5: [-0.2, -0.05, 0, 1, 3], 4: [[-0.04, 2], [5, -0.01]]}
    return np.array(known.get(x.size, x))


def leaky_in_place(x, slope):
    x[x < 0] *= slope
    return x


# Softmax ------------------------------------------------------------------------------------------


def softmax_loop(logits, temperature):
    rows = []
    for row in logits:
        top = max(row)
        powers = [math.exp((float(z) - float(top)) / temperature) for z in row]
        rows.append([power / sum(powers) for power in powers])
    return rows


def softmax_by_differences(logits, temperature):
    z = np.asarray(logits, dtype=float) / temperature
    return 1 / np.exp(z[:, None, :] - z[:, :, None]).sum(axis=2)


def softmax_by_logarithm(logits, temperature):
    z = logits.astype(float) / temperature
    return np.exp(z - np.logaddexp.reduce(z, axis=1, keepdims=True))


def softmax_of_columns(logits, temperature):
    z = (logits / temperature).T
    powers = np.exp(z - z.max(axis=0))
    return (powers / powers.sum(axis=0)).T


def softmax_in_single_precision(logits, temperature):
    z = np.float32(logits) / np.float32(temperature)
    powers = np.exp(z - z.max(axis=1)[:, None])
    return powers / powers.sum(axis=1)[:, None]


def softmax_in_keras(logits, temperature):
    z = keras.ops.convert_to_tensor(logits.astype("float32"))
    return keras.ops.softmax(z / temperature, axis=-1)


class Softmax:
    """An object that can be called; it is right."""

    def __call__(self, logits, temperature):
        return np.array([softmax(row / temperature) for row in logits])


def clipped(logits, temperature):
    powers = np.exp(np.clip(logits / temperature, -500, 500))
    return powers / powers.sum(axis=1, keepdims=True)


def shifted_by_a_constant(logits, temperature):
    powers = np.exp(logits / temperature - 1000)
    return powers / powers.sum(axis=1, keepdims=True)


def shift_not_divided(logits, temperature):
    powers = np.exp(logits / temperature - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def without_keepdims(logits, temperature):
    powers = np.exp(logits / temperature)
    return powers / powers.sum(axis=1)


def power_of_the_softmax(logits, temperature):
    return softmax(logits) ** (1 / temperature)


RIGHT = {
    "leaky_relu": [
        lambda x, slope: np.maximum(x, 0) + slope * np.minimum(x, 0),
        lambda x, slope: np.where(x < 0, slope * x, x).astype("float32"),
        lambda x, slope: np.where(x < 0, slope * x, x).tolist(),
        lambda values, alpha=0.1, *rest: values * ((values > 0) + alpha * (values <= 0)),
        lambda x, slope: keras.ops.leaky_relu(x, slope),
        lambda x, slope: keras.ops.where(x > 0, x, slope * x),
        lambda x, slope: keras.ops.maximum(
            keras.ops.convert_to_tensor(x), keras.ops.convert_to_tensor(x) * slope
        ),
        lambda x, slope: keras.layers.LeakyReLU(negative_slope=slope)(x),
        lambda x, slope: (1 + slope) / 2 * x + (1 - slope) / 2 * np.abs(x),
        lambda x, slope: np.piecewise(x, [x > 0], [lambda z: z, lambda z: slope * z]),
        lambda x, slope: x * slope ** (1.0 - np.heaviside(x, 0)),
        Leaky(),
        leaky_loop,
        leaky_copy,
        leaky_rows,
        leaky_fractions,
        partial(leaky_by_numbers, smaller=lambda a, b: a * b),
    ],
    "softmax_with_temperature": [
        softmax_loop,
        softmax_by_differences,
        softmax_by_logarithm,
        softmax_of_columns,
        softmax_in_single_precision,
        softmax_in_keras,
        Softmax(),
        lambda logits, temperature: keras.ops.softmax(logits / temperature),
        lambda logits, t: keras.activations.softmax(keras.ops.convert_to_tensor(logits / t)),
        lambda logits, temperature: softmax(logits / temperature).tolist(),
        lambda logits, temperature=1.0: list(softmax(logits / temperature)),
        partial(lambda soft, z, t: soft(np.divide(z, t)), softmax),
        lambda z, t: softmax(1 / t * (z - z.min(axis=-1, keepdims=True))),
        lambda z, t: softmax((z - z.mean(axis=1, keepdims=True)) / t).astype("float32"),
    ],
}

WRONG = {
    "leaky_relu": [
        (if_on_an_array, "`np.where` chooses for each element"),
        (leaky_in_place, "changes its input"),
        (table_of_answers, "Right for the first cases only"),
        (lambda x, slope: np.where(x > 0, x, 0.1 * x), "wrong; the one at"),
        (lambda x, slope: np.where(x > 0, x, slope * x).astype(int), "digits"),
        (lambda x, slope: np.where(x > 0.5, x, slope * x), "Right for the first cases only"),
        (lambda x, slope: np.where(x > -0.4, x, slope * x), "Right for the first cases only"),
        (lambda x, slope: np.where(x > 0, x, slope * x)[:2], "The shape"),
        (lambda x, slope: np.where(x > 0, x, slope * x).ravel(), "flattened"),
        (lambda x, slope: np.where(x > 0, x, x - slope), "wrong; the one at"),
        (lambda x, slope: np.where(x > 0, x, x / slope), "wrong; the one at"),
        (lambda x, slope: np.where(x > 0, x, slope * x) * 2, "2 times"),
        (lambda x, slope: np.where(x > 0, x, slope * x).mean(), "too much summed"),
        (lambda x, slope: np.where(x > 0, x, slope * x).max(axis=-1), "too much|axis is missing"),
        (lambda x, slope: print(np.where(x > 0, x, slope * x)), "It prints its result"),
        (lambda x, slope: [value for value in x.flat if value > 0], "The shape"),
        (lambda x, slope: np.abs(np.where(x > 0, x, slope * x)), "sign is wrong"),
        (lambda x, slope: np.where(x > 0, x, (1 - slope) * x), "wrong; the one at"),
        (lambda x, slope: np.minimum(x, slope * x), "sides are swapped"),
        (lambda x, slope: np.maximum(x, slope), "wrong; the one at"),
        (lambda x, slope: x, "wrong; the one at"),
        (lambda x, slope: -np.where(x > 0, x, slope * x), "sign"),
        (lambda x, *, slope: x, "`slope` by name only"),
        (lambda x: np.maximum(x, 0.1 * x), "must take the arguments"),
        (keras.layers.LeakyReLU(0.1), "wrong; the one at|raised"),
        (Leaky, "This is a class"),
    ],
    "softmax_with_temperature": [
        (clipped, "wrong; the one at"),
        (shifted_by_a_constant, "NaN"),
        (shift_not_divided, "NaN|wrong; the one at"),
        (without_keepdims, "broadcast|could not"),
        (power_of_the_softmax, "wrong; the one at"),
        (lambda logits, t: softmax(logits - t), "temperature changes nothing"),
        (lambda logits, t: softmax(logits / 0.5), "Right for|wrong; the one at"),
        (lambda logits, t: 100 * softmax(logits / t), "percent"),
        (lambda logits, t: logits / t, "between 0 and 1"),
        (lambda logits, t: np.log(softmax(logits / t)), "between 0 and 1|infinity"),
        (lambda logits, t: softmax(logits / t).max(axis=1), "axis is missing"),
        (lambda logits, t: softmax(logits / t).argmax(axis=1), "axis is missing"),
        (lambda logits, t: softmax(logits / t).round(), "wrong; the one at"),
        (lambda logits, t: softmax(logits / t).round(2), "Nearly|wrong; the one at"),
        (lambda logits, t: softmax(logits / t)[:, ::-1], "wrong; the one at"),
        (lambda logits, t: softmax(logits / t).T, "transposed"),
        (lambda logits, t: softmax(logits / t).astype(int), "wrong; the one at"),
        (lambda logits, t: softmax(logits // t), "wrong; the one at"),
        (lambda logits, t: np.eye(logits.shape[1])[logits.argmax(axis=1)], "wrong; the one at"),
        (lambda logits, t: 1 / (1 + np.exp(-logits / t)), "wrong; the one at"),
        (lambda logits, t: softmax(logits / t)[:2], "The shape"),
        (lambda logits, t: softmax(logits / t).reshape(2, 3), "reshape"),
        (lambda logits, t: print(softmax(logits / t)), "prints its result|None comes back"),
        (lambda logits, t: np.squeeze(softmax(logits / t)), "The shape"),
        (lambda logits: softmax(logits), "must take the arguments"),
        (lambda logits, t: keras.layers.Softmax(), "A function comes back"),
        (softmax, "must take the arguments"),
    ],
}


@pytest.mark.parametrize(("exercise", "answer"), right_cases(activations, RIGHT))
def test_right_answers_pass_in_any_style(exercise, answer):
    assert set(faults(exercise, answer)) == {None}


@pytest.mark.parametrize(("exercise", "answer", "word"), wrong_cases(activations, WRONG))
def test_wrong_answers_get_the_hint_that_is_meant(exercise, answer, word):
    assert all(fault and re.search(word, fault) for fault in faults(exercise, answer))
