"""Exercises about networks: right answers of any style pass, wrong ones get the hint that is meant."""

import math
import re
from decimal import Decimal
from fractions import Fraction
from functools import partial, reduce
from types import MappingProxyType

import keras
import numpy as np
import pytest
from answers import faults, right_cases, wrong_cases

from dl_course.checks.neurons import network
from dl_course.neurons import softmax, step

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


# Parameters ---------------------------------------------------------------------------------------


def count_loop(sizes):
    total = 0
    for i in range(1, len(sizes)):
        total += (sizes[i - 1] + 1) * sizes[i]
    return total


def count_arrays(sizes):
    return sum(np.zeros((a, b)).size + np.zeros(b).size for a, b in zip(sizes, sizes[1:]))  # noqa: B905


def count_in_keras(sizes):
    layers = [keras.layers.Dense(size) for size in sizes[1:]]
    return keras.Sequential([keras.Input((sizes[0],)), *layers]).count_params()


def count_by_recursion(sizes):
    if len(sizes) < 2:
        return 0
    return sizes[0] * sizes[1] + sizes[1] + count_by_recursion(sizes[1:])


def count_by_popping(sizes):
    total = 0
    while len(sizes) > 1:
        total += sizes.pop(0) * sizes[0] + sizes[0]
    return total


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


# XOR ----------------------------------------------------------------------------------------------

OR_AND = {
    "w1": np.array([[1.0, 1.0], [1.0, 1.0]]),
    "b1": np.array([-0.5, -1.5]),
    "w2": np.array([[1.0], [-1.0]]),
    "b2": np.array([-0.5]),
}
NAND_OR = {
    "w1": np.array([[-1, 1], [-1, 1]]),
    "b1": np.array([1.5, -0.5]),
    "w2": np.array([[1], [1]]),
    "b2": np.array([-1.5]),
}
ONE_WITHOUT_THE_OTHER = {"w1": [[1, -1], [-1, 1]], "b1": [-1, -1], "w2": [[1], [1]], "b2": [-1]}
TENTHS = {  # in binary, -0.1 - 0.2 + 0.3 is a little below 0
    "w1": [[-0.1, 0.3], [-0.1, 0.3]],
    "b1": [0.1, -0.3],
    "w2": [[0.1], [0.2]],
    "b2": [-0.3],
}
AT_THE_EDGE = {"w1": [[0.1, -0.3], [0.2, -0.3]], "b1": [-0.1, 0.3], "w2": [[1], [1]], "b2": [-2]}


def change(**entries):
    return {**OR_AND, **entries}


def without(name):
    return {key: value for key, value in OR_AND.items() if key != name}


def forms(make):
    return {name: make(np.array(value, dtype=float)) for name, value in NAND_OR.items()}


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
    "count_parameters": [
        count_loop,
        count_arrays,
        count_by_recursion,
        count_in_keras,
        lambda sizes: sum((a + 1) * b for a, b in zip(sizes, sizes[1:], strict=False)),
        lambda sizes: np.dot(sizes[:-1], sizes[1:]) + np.sum(sizes[1:]),
        lambda sizes: float(np.dot(np.array(sizes[:-1]) + 1, sizes[1:])),
        lambda sizes: np.float32(count_loop(sizes)),
        lambda sizes: Fraction(count_loop(sizes)),
        lambda sizes: Decimal(count_loop(sizes)),
        lambda sizes: keras.ops.convert_to_tensor(count_loop(sizes)),
        lambda sizes: reduce(lambda s, b: (s[0] + s[1] * b + b, b), sizes[1:], (0, sizes[0]))[0],
        partial(lambda plus, sizes: sum((a + plus) * b for a, b in zip(sizes, sizes[1:])), 1),  # noqa: B905
        lambda *sizes: count_loop(*sizes),
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
    "xor_network": [
        OR_AND,
        NAND_OR,
        ONE_WITHOUT_THE_OTHER,
        TENTHS,
        AT_THE_EDGE,
        forms(np.float32),
        forms(np.ndarray.tolist),
        forms(keras.ops.convert_to_tensor),
        forms(lambda value: keras.Variable(value)),
        forms(lambda value: tuple(value.tolist())),
        forms(lambda value: value.astype(object) * Fraction(1, 3)),
        forms(lambda value: 1000 * value),
        forms(lambda value: 1e-9 * value),
        dict(reversed(OR_AND.items())),
        MappingProxyType(OR_AND),
        change(w2=np.array([[1.0], [-2.0]]), b2=[-1]),
        change(w2=[[np.array(3.0)], [-7.0]], b2=[np.float32(-1)]),
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
    "count_parameters": [
        (lambda sizes: math.prod(sizes), "too large|too small"),
        (lambda sizes: sum(sizes[1:]), "too small"),
        (lambda sizes: count_loop(sizes[1:]), "too small"),
        (lambda sizes: len(sizes), "too small"),
        (lambda sizes: count_loop(sizes) + 1, "1 too large"),
        (lambda sizes: count_loop(sizes) - 1, "1 too small"),
        (lambda sizes: 42, "too small"),
        (lambda sizes: {4: 54, 2: 4, 6: 133}.get(len(sizes), 0), "Right for the first cases only"),
        (lambda sizes: count_loop(sizes[:4]), "too small"),
        (lambda sizes: count_loop(list(dict.fromkeys(sizes))), "too small|too large"),
        (lambda sizes: np.uint16(count_loop(sizes) % 65536), "Right for the first cases only"),
        (lambda sizes: sizes[0] * sizes[1] + sizes[1] + sizes[1] * sizes[2], "too small"),
        (lambda sizes: [(a + 1) * b for a, b in zip(sizes, sizes[1:])], "One number"),  # noqa: B905
        (lambda sizes: ((a + 1) * b for a, b in zip(sizes, sizes[1:])), "a generator"),  # noqa: B905
        (lambda sizes: f"{count_loop(sizes)} parameters", "a text"),
        (lambda sizes: str(count_loop(sizes)), "without quotes"),
        (lambda sizes: print(count_loop(sizes)), "prints its result"),
        (lambda sizes: count_loop(sizes) + 0.5, "whole number"),
        (lambda sizes: count_loop(sizes) * 4, "too large"),
        (lambda sizes: count_loop(sizes) / 1e6, "whole number"),
        (lambda *, sizes: 0, "by name only"),
        (lambda inputs, hidden, outputs: 0, "must take the arguments"),
        (count_by_popping, "changes its input"),
        (42, "A function is wanted"),
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
    "xor_network": [
        (change(w2=np.array([[-1.0], [1.0]]), b2=np.array([0.5])), "opposite of XOR"),
        (change(b1=np.array([-0.5, -0.5])), "no output neuron can .* Look at w1 and b1"),
        (change(b2=[5]), r"Wrong for \(0, 0\), \(1, 1\)\. The hidden neurons are fine"),
        (change(b2=[0.0]), r"Wrong for \(0, 0\), \(1, 1\)\. The hidden neurons are fine"),
        (change(b2=[-1.5]), r"Wrong for \(0, 1\), \(1, 0\)\. The hidden neurons are fine"),
        (change(w2=np.array([[1.0, -1.0]])), r"`w2`: The shape is \(1, 2\)"),
        (change(w2=[1.0, -1.0]), r"`w2`: The shape is \(2,\), and should be \(2, 1\)"),
        (change(b2=-0.5), r"`b2`: The shape is \(\)"),
        (change(b1=[[-0.5, -1.5]]), r"`b1`: The shape is \(1, 2\)"),
        (change(b1=np.array(["a", "b"])), "`b1`: Numbers are wanted"),
        (change(b1=["-0.5", "-1.5"]), "`b1`: .*without quotes"),
        (change(w1=[[1, 1], [1]]), "`w1`: The rows have different lengths"),
        (change(w1=np.full((2, 2), np.nan)), "`w1`: NaN and infinity"),
        (change(b2=[-np.inf]), "`b2`: NaN and infinity"),
        (change(w1=np.eye(2) * 1j), "`w1`: Real numbers"),
        (change(b2={-0.5}), "`b2`: This is a set"),
        (change(w1=step), "`w1`: That is a function"),
        (change(w3=np.zeros(1)), "entries w1, b1, w2, b2"),
        (change(w1=np.zeros((2, 2)), b1=np.zeros(2)), "Look at w1 and b1"),
        (change(w1=np.eye(2), b1=[-0.5, -0.5]), "Look at w1 and b1"),
        (change(w1=np.eye(2), b1=[0, 0]), "Look at w1 and b1"),
        (without("b2"), "entries w1, b1, w2, b2"),
        (list(OR_AND.values()), "A dictionary"),
        (lambda a, b: a ^ b, "A dictionary"),
        (np.array([0, 1, 1, 0]), "A dictionary"),
    ],
}


@pytest.mark.parametrize(("exercise", "answer"), right_cases(network, RIGHT))
def test_right_answers_pass_in_any_style(exercise, answer):
    assert set(faults(exercise, answer)) == {None}


@pytest.mark.parametrize(("exercise", "answer", "word"), wrong_cases(network, WRONG))
def test_wrong_answers_get_the_hint_that_is_meant(exercise, answer, word):
    assert all(fault and re.search(word, fault) for fault in faults(exercise, answer))


@pytest.mark.parametrize("name", OR_AND)
def test_a_network_with_a_gap_is_not_attempted(name):
    assert network.xor_network.verdict(change(**{name: ...})).status == "not attempted"


def test_hundreds_of_networks_get_the_right_verdict():
    """Right is what computes XOR, with weights that leave no sum at 0."""
    rng = np.random.default_rng(0)
    inputs, verdicts = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), []
    for _ in range(500):
        w1, w2 = (rng.choice([-1, 1], shape) for shape in [(2, 2), (2, 1)])
        b1, b2 = (rng.integers(-2, 2, size) + 0.5 for size in [2, 1])
        output = step(step(inputs @ w1 + b1) @ w2 + b2).ravel()
        hint = network.xor_network.find_fault({"w1": w1, "b1": b1, "w2": w2, "b2": b2}, 0)
        verdicts.append(hint is None)
        assert verdicts[-1] == (output.tolist() == [0, 1, 1, 0])
    assert any(verdicts)
