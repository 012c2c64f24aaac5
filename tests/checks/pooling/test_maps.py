"""The exercises about pooling itself: right answers in any style, wrong ones with the hint that is meant."""

import functools
import re
from fractions import Fraction

import keras
import numpy as np
import pytest
from answers import faults, right_cases, wrong_cases

from dl_course import neurons
from dl_course.checks import pooling as check
from dl_course.checks.pooling import maps
from dl_course.pooling import average_pool, max_pool

WIDTHS = [50, 25, 12, 6, 3]


def starts(n):
    return range(0, n - 2, 2)


# Max pooling -------------------------------------------------------------------------------------


def max_by_loops(x):
    out = []
    for r in starts(len(x)):
        out.append([])
        for c in starts(len(x[0])):
            largest = -float("inf")
            for i in range(3):
                for j in range(3):
                    largest = max(largest, x[r + i][c + j])
            out[-1].append(largest)
    return out


def max_by_slices(x):
    h, w = x.shape[0] - 2, x.shape[1] - 2
    return np.max([x[i : i + h : 2, j : j + w : 2] for i in range(3) for j in range(3)], axis=0)


def max_by_windows(x):
    return np.lib.stride_tricks.sliding_window_view(x, (3, 3))[::2, ::2].max(axis=(2, 3))


def max_in_two_steps(image):
    rows = np.stack([image[r : r + 3].max(axis=0) for r in starts(image.shape[0])])
    return np.stack([rows[:, c : c + 3].max(axis=1) for c in starts(image.shape[1])], axis=1)


def max_by_keras(x):
    return keras.layers.MaxPooling2D(3, strides=2)(x[None, :, :, None])[0, :, :, 0]


def max_by_keras_ops(x):
    x = keras.ops.convert_to_tensor(x[None, :, :, None], "float32")
    return keras.ops.max_pool(x, 3, 2)[0, ..., 0]


class MaxPool:
    def __init__(self, size, stride):
        self.size, self.stride = size, stride

    def __call__(self, x):
        return max_pool(x, self.size, stride=self.stride).astype("float32")


def max_into(x, start):
    out = np.full(((x.shape[0] - 1) // 2, (x.shape[1] - 1) // 2), start, dtype=float)
    for r, c in np.ndindex(out.shape):
        for i, j in np.ndindex(3, 3):
            out[r, c] = max(out[r, c], x[2 * r + i, 2 * c + j])
    return out


def max_with_wrong_places(x):
    """The starts of the windows are those of stride 3, as far as they fit."""
    out = max_by_slices(x).copy()
    for r, c in np.ndindex(out.shape):
        if (window := x[3 * r : 3 * r + 3, 3 * c : 3 * c + 3]).size:
            out[r, c] = window.max()
    return out


def max_prints(x):
    print(max_by_slices(x).tolist())


def max_changes(x):
    x[0, 0] = x.max()
    return max_by_slices(x)


def max_of_five_rows(x):
    return [[x[r : r + 3, c : c + 3].max() for c in starts(x.shape[1])] for r in (0, 2)]


def max_square(x):
    rows = starts(len(x))
    return np.array([[np.max(x[r : r + 3, c : c + 3], initial=-1e9) for c in rows] for r in rows])


# Average pooling, backward -----------------------------------------------------------------------


def mean_by_loops(grad_output):
    rows, columns = np.shape(grad_output)
    grad = [[0.0] * (2 * columns) for _ in range(2 * rows)]
    for r in range(2 * rows):
        for c in range(2 * columns):
            grad[r][c] = grad_output[r // 2][c // 2] / 4
    return grad


def mean_by_windows(grad_output):
    grad = np.zeros((2 * len(grad_output), 2 * grad_output.shape[1]))
    for r, c in np.ndindex(grad_output.shape):
        grad[2 * r : 2 * r + 2, 2 * c : 2 * c + 2] += grad_output[r, c] / 4
    return grad


def mean_by_index(grad_output):
    rows, columns = (np.arange(2 * n) // 2 for n in grad_output.shape)
    return 0.25 * grad_output[rows][:, columns]


def mean_measured(grad_output):
    x = np.zeros((2 * grad_output.shape[0], 2 * grad_output.shape[1]))
    return neurons.numerical_gradient(lambda x: np.sum(grad_output * average_pool(x)), x)


def mean_by_keras(grad_output):
    grad = keras.ops.convert_to_tensor(grad_output.astype("float32"))
    return keras.ops.repeat(keras.ops.repeat(grad, 2, axis=0), 2, axis=1) / 4


def mean_by_steps(grad_output):
    grad = np.empty((2 * grad_output.shape[0], 2 * grad_output.shape[1]), "float32")
    for i, j in np.ndindex(2, 2):
        grad[i::2, j::2] = grad_output / 4
    return grad


def grow(factor, grad_output):
    return np.kron(grad_output, np.full((2, 2), factor))


class Backward:
    def __call__(self, grad_output):
        return [
            [Fraction(float(g)) / 4 for g in row for _ in "ab"] for row in grad_output for _ in "ab"
        ]


def mean_of_two_rows(grad_output):
    return grow(0.25, grad_output[:2])


def mean_axes_swapped(grad_output):
    return np.repeat(np.repeat(grad_output, 2, axis=1).T, 2, axis=1) / 4


def mean_interleaved(grad_output):
    """Each row twice, but the columns one table after the other."""
    return np.tile(np.repeat(grad_output, 2, axis=0), (1, 2)) / 4


def mean_prints(grad_output):
    print(np.round(grow(0.25, grad_output), 4).tolist())


RIGHT = {
    "pooled_widths": [
        WIDTHS,
        tuple(WIDTHS),
        np.array(WIDTHS),
        np.array(WIDTHS, "float32"),
        [Fraction(n) for n in WIDTHS],
        [100 // 2**n for n in range(1, 6)],
        [np.int64(n) for n in WIDTHS],
        keras.ops.convert_to_tensor(WIDTHS),
        [50.0, 25.0, 12.0, 6.0, 3.0],
    ],
    "overlapping_max_pool": [
        max_by_loops,
        max_by_slices,
        max_by_windows,
        max_in_two_steps,
        max_by_keras,
        max_by_keras_ops,
        MaxPool(3, 2),
        functools.partial(max_pool, size=3, stride=2),
        functools.partial(max_into, start=-np.inf),
        lambda x: np.array(max_by_loops(x.tolist()), dtype="float32"),
    ],
    "average_pool_gradient": [
        mean_by_loops,
        mean_by_windows,
        mean_by_index,
        mean_measured,
        mean_by_keras,
        mean_by_steps,
        functools.partial(grow, 0.25),
        Backward(),
    ],
}

WRONG = {
    "pooled_widths": [
        ([50, 25, 12.5, 6.25, 3.125], "whole number"),
        ([50, 25, 12, 6], r"shape is \(4,\), and should be \(5,\): off by one"),
        ([50, 25, 12, 6, 3, 1], "off by one"),
        ([100, *WIDTHS], "off by one"),
        (WIDTHS[::-1], "reverse"),
        ([51, 26, 13, 7, 4], "1 too large"),
        ([50, 25, 12, 6, 2], r"1 of 5 numbers are wrong; the one at \[4\] is too small"),
        ("50, 25, 12, 6, 3", "a text"),
        ({50, 25, 12, 6, 3}, "a set"),
        ([(n, n) for n in WIDTHS], "shape"),
        ([50, 50, 50, 50, 50], "4 of 5 numbers are wrong"),
        (lambda: WIDTHS, "a function"),
    ],
    "overlapping_max_pool": [
        (max_with_wrong_places, r"1 of 6 numbers are wrong; the one at \[1, 2\]"),
        (lambda x: -max_pool(-x, 3, stride=2), "too small"),
        (lambda x: max_pool(x, (3, 2), stride=2), "2 of 6 numbers are wrong"),
        (lambda x: max_by_slices(x).astype(int), "after the decimal point are lost"),
        (lambda x: max_by_slices(x).T, "transposed"),
        (lambda x: max_by_slices(x)[::-1, ::-1], "in reverse order"),
        (lambda x: max_by_slices(x.round()), "after the decimal point are lost"),
        (lambda x: np.abs(max_by_slices(x)), "sign is wrong"),
        (lambda x: max_by_slices(np.abs(x)), "too large"),
        (lambda x: x.max(), "too much summed"),
        (lambda x: max_by_slices(x).max(axis=1), "axis is missing"),
        (lambda x: max_by_slices(x)[None, ..., None], "axis of length 1"),
        (lambda x: max_by_slices(x)[:-1, :-1], "off by one"),
        (
            lambda x: np.array([[9.0]]) if x.shape == (5, 7) else max_by_slices(x),
            r"shape is \(1, 1\)",
        ),
        (
            lambda x: max_by_slices(x) if len(x) in (3, 5) and x.max() < 10 else x,
            "Right for the first cases only",
        ),
        (max_of_five_rows, r"shape is \(2, 1\), and should be \(1, 1\)"),
        (max_square, r"shape is \(2, 2\), and should be \(2, 3\)"),
        (lambda x: max_pool(x, 3, stride=(2, 1)), r"shape is \(2, 5\)"),
        (lambda x: max_pool(x, 3, stride=(1, 2)), r"shape is \(3, 3\)"),
        (lambda x: max_pool(x, 5, stride=2), r"The shape is \(1, 2\)"),
        (max_prints, "prints its result"),
        (max_changes, "changes its input"),
        (lambda x: max_by_slices, "A function comes back"),
        (lambda x, size: max_by_slices(x), "must take the arguments"),
        (MaxPool, "must take the arguments"),
        (max_by_slices(np.eye(5)), "A function is wanted"),
    ],
    "average_pool_gradient": [
        (functools.partial(grow, 0.5), "Every number is 2 times"),
        (functools.partial(grow, 1 / 16), "Every number is 0.25 times"),
        (functools.partial(grow, -0.25), "sign"),
        (lambda g: 4 * grow(1, g), "Every number is 16 times"),
        (lambda g: grow(0.25, g.T), "transposed"),
        (mean_axes_swapped, "transposed"),
        (mean_interleaved, "numbers are wrong"),
        (lambda g: np.repeat(g, 2, axis=0) / 4, r"shape is \(4, 3\)"),
        (lambda g: np.repeat(g, 4, axis=1) / 4, r"shape is \(2, 12\)"),
        (lambda g: np.repeat(g, 4) / 4, "axis is missing"),
        (lambda g: grow(0.25, g).astype(int), "after the decimal point are lost"),
        (lambda g: np.full((2 * len(g), 2 * g.shape[1]), g.mean() / 4), "numbers are wrong"),
        (lambda g: np.pad(g / 4, ((0, len(g)), (0, g.shape[1]))), "numbers are wrong"),
        (lambda g: grow(0.25, g)[:4, :6], r"shape is \(4, 2\), and should be \(6, 2\)"),
        (mean_of_two_rows, r"shape is \(4, 2\), and should be \(6, 2\)"),
        (lambda g: grow(0.25, np.abs(g)), "4 of 24 numbers are wrong"),
        (lambda g: grow(0.25, np.maximum(g, 0)), "4 of 24 numbers are wrong"),
        (lambda g: average_pool(grow(1.0, g)), r"shape is \(2, 3\)"),
        (lambda g: grow(0.25, g) + 1e-2 * np.abs(g).max(), "24 of 24 numbers are wrong"),
        (mean_prints, "prints its result"),
        (lambda g: g.shape, "The shape is"),
        (lambda: np.ones((4, 6)), "must take the arguments"),
    ],
}


@pytest.mark.parametrize(("exercise", "answer"), right_cases(maps, RIGHT))
def test_right_answers_pass_in_any_style(exercise, answer):
    assert set(faults(exercise, answer)) == {None}


@pytest.mark.parametrize(("exercise", "answer", "word"), wrong_cases(maps, WRONG))
def test_wrong_answers_get_the_hint_that_is_meant(exercise, answer, word):
    assert all(fault and re.search(word, fault) for fault in faults(exercise, answer))


def test_negative_windows_are_drawn():
    images = [check.overlapping_max_pool.draw(np.random.default_rng(n))[0] for n in range(20)]
    assert any(image.max() < 0 for image in images)
    assert any(image.max() > 0 for image in images)
    assert {image.dtype.name for image in images} == {"float32", "float64"}
    assert all(h != w and min(h, w) >= 3 for h, w in (image.shape for image in images))
