"""Exercises on windows: right answers in many styles pass, wrong ones get a hint that is true."""

import functools
import re
from decimal import Decimal
from fractions import Fraction

import keras
import numpy as np
import pytest
import scipy.signal
from answers import faults, right_cases, wrong_cases

from dl_course import convolution
from dl_course.checks.convolution import windows as check
from dl_course.convolution import correlate

tensor = keras.ops.convert_to_tensor


# Right answers -----------------------------------------------------------------------------------


def pad_by_slices(image, amount):
    h, w = image.shape
    padded = np.zeros((h + 2 * amount, w + 2 * amount))
    padded[amount : amount + h, amount : amount + w] = image
    return padded


def pad_by_lists(image, amount):
    side = [0] * amount
    width = image.shape[1] + 2 * amount
    rows = [[*side, *row, *side] for row in image.tolist()]
    empty = [[0] * width for _ in range(amount)]
    return empty + rows + empty


def pad_by_concatenation(image, amount):
    for axis in (0, 1):
        shape = list(image.shape)
        shape[axis] = amount
        image = np.concatenate([np.zeros(shape), image, np.zeros(shape)], axis=axis)
    return image


class Pad:
    def __call__(self, image, amount):
        return convolution.pad(image, amount)


def maps_by_loops(image, filters, bias):
    (h, w, _), (kh, kw, _, f) = image.shape, filters.shape
    out = np.zeros((h - kh + 1, w - kw + 1, f))
    for r, c, n in np.ndindex(out.shape):
        out[r, c, n] = np.sum(image[r : r + kh, c : c + kw] * filters[..., n]) + bias[n]
    return out


def maps_by_channels(image, filters, bias):
    maps = []
    for n in range(filters.shape[-1]):
        channels = range(image.shape[-1])
        maps.append(sum(convolution.corr2d(image[..., k], filters[..., k, n]) for k in channels))
    return np.stack(maps, axis=-1) + bias


def maps_by_conv2d(image, filters, bias):
    return convolution.conv2d(image[None], filters, bias)[0]


def maps_by_keras(image, filters, bias):
    return keras.ops.conv(tensor(image[None]), tensor(filters))[0] + tensor(bias)


def maps_by_views(image, filters, bias):
    windows = np.lib.stride_tricks.sliding_window_view(image, filters.shape[:2], axis=(0, 1))
    return (np.einsum("rckij,ijkn->rcn", windows, filters) + bias).astype("float32")


def dilated_by_slices(image, kernel, dilation):
    kh, kw = dilation * (np.array(kernel.shape) - 1) + 1
    rows, columns = image.shape[0] - kh + 1, image.shape[1] - kw + 1
    out = np.zeros((rows, columns))
    for r in range(rows):
        for c in range(columns):
            out[r, c] = np.sum(image[r : r + kh : dilation, c : c + kw : dilation] * kernel)
    return out


def dilated_by_lists(image, kernel, dilation):
    x, w = image.tolist(), kernel.tolist()
    places = [(i, j) for i in range(len(w)) for j in range(len(w[0]))]
    return [
        [
            sum(w[i][j] * x[r + dilation * i][c + dilation * j] for i, j in places)
            for c in range(len(x[0]) - dilation * (len(w[0]) - 1))
        ]
        for r in range(len(x) - dilation * (len(w) - 1))
    ]


def dilated_by_moved_images(image, kernel, dilation):
    kh, kw = kernel.shape
    h, w = image.shape[0] - dilation * (kh - 1), image.shape[1] - dilation * (kw - 1)
    moved = [
        kernel[i, j] * image[dilation * i :, dilation * j :][:h, :w]
        for i in range(kh)
        for j in range(kw)
    ]
    return np.sum(moved, axis=0)


def dilated_by_scipy(image, kernel, dilation):
    wide = np.kron(kernel, np.eye(1, dilation**2).reshape(dilation, dilation))
    wide = wide[: len(wide) - dilation + 1, : wide.shape[1] - dilation + 1]
    return scipy.signal.correlate2d(image, wide, mode="valid")


def dilated_by_keras(image, kernel, dilation):
    x, w = tensor(image[None, :, :, None]), tensor(kernel[:, :, None, None])
    return keras.ops.conv(x, w, dilation_rate=int(dilation))[0, :, :, 0]


def gradient_by_weights(image, grad_output, kernel_size, stride):
    (kh, kw), (rows, columns) = kernel_size, grad_output.shape
    grad = np.zeros(kernel_size)
    for i in range(kh):
        for j in range(kw):
            met = image[i::stride, j::stride][:rows, :columns]
            grad[i, j] = np.sum(met * grad_output)
    return grad


def gradient_by_windows(image, grad_output, kernel_size, stride):
    kh, kw = kernel_size
    grad = 0
    for (r, c), g in np.ndenumerate(grad_output):
        top, left = r * stride, c * stride
        grad = grad + g * image[top : top + kh, left : left + kw]
    return grad


def gradient_by_conv2d_gradients(image, grad_output, kernel_size, stride):
    kernel = np.zeros((*kernel_size, 1, 1))
    x, g = image[None, :, :, None], grad_output[None, :, :, None]
    return convolution.conv2d_gradients(x, kernel, g, stride=stride)[1][:, :, 0, 0]


def gradient_by_differences(image, grad_output, kernel_size, stride):
    """The outputs are linear in the kernel: a weight of 1 alone shows what it does."""
    grad = np.zeros(kernel_size)
    for place in np.ndindex(*kernel_size):
        kernel = np.zeros(kernel_size)
        kernel[place] = 1
        grad[place] = np.sum(correlate(image, kernel, stride=stride) * grad_output)
    return grad.tolist()


def gradient_by_views(image, grad_output, kernel_size, stride):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel_size)[::stride, ::stride]
    return np.einsum("rcij,rc->ij", windows, grad_output).astype("float32")


def gradient_by_dilation(image, grad_output, kernel_size, stride):
    return tensor(dilated_by_slices(image, grad_output, stride)[: kernel_size[0], : kernel_size[1]])


RIGHT = {
    "output_sizes": [
        [24, 30, 13, 112],
        (24.0, 30.0, 13.0, 112.0),
        np.array([24, 30, 13, 112], "float32"),
        [np.int64(24), Fraction(30), Decimal(13), 112.0],
        tensor([24, 30, 13, 112]),
        [
            convolution.output_size(size, kernel, padding=padding, stride=stride)
            for size, kernel, padding, stride in [
                (28, 5, 0, 1),
                (32, 7, 2, 1),
                (28, 3, 0, 2),
                (224, 7, 3, 2),
            ]
        ],
    ],
    "pad": [
        pad_by_slices,
        pad_by_lists,
        pad_by_concatenation,
        Pad(),
        functools.partial(np.pad, mode="constant"),
        lambda image, amount: tensor(pad_by_slices(image, amount)),
        lambda image, amount: np.pad(image, amount).astype("float32"),
        lambda *arguments: np.pad(*arguments),
    ],
    "filter_maps": [
        maps_by_loops,
        maps_by_channels,
        maps_by_conv2d,
        maps_by_keras,
        maps_by_views,
        lambda *arguments: maps_by_loops(*arguments).tolist(),
        functools.partial(lambda function, *given: function(*given), maps_by_channels),
    ],
    "dilated": [
        dilated_by_slices,
        dilated_by_lists,
        dilated_by_moved_images,
        dilated_by_scipy,
        dilated_by_keras,
        functools.partial(lambda mode, x, w, d: dilated_by_slices(x, w, d), "valid"),
        lambda x, w, d: dilated_by_slices(x, w, d).astype("float32"),
    ],
    "kernel_gradient": [
        gradient_by_weights,
        gradient_by_windows,
        gradient_by_conv2d_gradients,
        gradient_by_differences,
        gradient_by_views,
        gradient_by_dilation,
    ],
}


@pytest.mark.parametrize(("exercise", "answer"), right_cases(check, RIGHT))
def test_right_answers_pass_in_any_style(exercise, answer):
    assert set(faults(exercise, answer)) == {None}


# Wrong answers -----------------------------------------------------------------------------------


def pad_whole_numbers(image, amount):
    padded = np.zeros(np.add(image.shape, 2 * amount), dtype=int)
    padded[amount : amount + image.shape[0], amount : amount + image.shape[1]] = image
    return padded


def pad_by_negative_slices(image, amount):
    padded = np.zeros(np.add(image.shape, 2 * amount))
    padded[amount:-amount, amount:-amount] = image
    return padded


def pad_square_images(image, amount):
    padded = np.zeros(np.add(image.shape, 2 * amount))
    n = min(image.shape)
    padded[amount : amount + n, amount : amount + n] = image[:n, :n]
    return padded


def pad_in_place(image, amount):
    image *= 1.0 if amount == 0 else 2.0
    return np.pad(image, amount)


def pad_a_table(image, amount):
    table = {1: [[0] * 5, [0, 1.5, 2, 3, 0], [0, 4, 5, -6, 0], [0] * 5]}
    return table.get(amount, image)


def dilated_in_one_direction(axis):
    def dilated(image, kernel, dilation):
        wide_shape = list(kernel.shape)
        wide_shape[axis] = dilation * (kernel.shape[axis] - 1) + 1
        wide = np.zeros(wide_shape)
        wide[tuple(slice(None, None, dilation if a == axis else None) for a in (0, 1))] = kernel
        return correlate(image.astype(float), wide)

    return dilated


def dilated_too_short(image, kernel, dilation):
    return dilated_by_slices(image, kernel, dilation)[:-1, :-1]


def gradient_with_means(image, grad_output, kernel_size, stride):
    return gradient_by_weights(image, grad_output, kernel_size, stride) / grad_output.size


def gradient_of_the_last(image, grad_output, kernel_size, stride):
    grad = np.zeros(kernel_size)
    for (r, c), g in np.ndenumerate(grad_output):
        window = image[r * stride :, c * stride :][: kernel_size[0], : kernel_size[1]]
        grad = g * window
    return grad


WRONG = {
    "output_sizes": [
        ([23, 29, 12, 111], "1 too small"),
        ([25, 31, 14, 113], "1 too large"),
        ([24, 30, 13.5, 112.5], "whole number"),
        ([24, 30, 13], r"shape is \(3,\)"),
        (112, "one number"),
        ([112, 13, 30, 24], "reverse order"),
        ([24, 30, 14, 112], r"\[2\] is too large"),
        ([24, 30, 13, 112, 0], r"shape is \(5,\)"),
        ([24, 30, 13, "112"], "text"),
        ({24, 30, 13, 112}, "no order"),
        ({"a": 24, "b": 30, "c": 13, "d": 112}, "dictionary"),
        (convolution.output_size, "That is a function"),
        ([[24], [30], [13], [112]], "axis of length 1"),
        (np.zeros(4), "4 of 4 numbers"),
    ],
    "pad": [
        (pad_whole_numbers, "decimal point"),
        (pad_by_negative_slices, "raised ValueError"),
        (pad_square_images, r"\[1, 3\] is too small"),
        (pad_in_place, "changes its input"),
        (pad_a_table, r"shape is \(1, 2\)"),
        (lambda x, n: np.pad(x, n).T, "transposed"),
        (lambda x, n: np.pad(x, n)[::-1, ::-1], "reverse"),
        (lambda x, n: np.pad(x, min(n, 2)), "Right for the first cases only"),
        (lambda x, n: np.pad(x, n, constant_values=1), "too large"),
        (lambda x, n: np.pad(x, n, constant_values=np.nan), "NaN"),
        (lambda x, n: np.pad(x, n, mode="wrap"), r"\[0, 0\]"),
        (lambda x, n: np.pad(x, n + 1), r"shape is \(6, 7\)"),
        (lambda x, n: np.pad(x, 2 * n), r"shape is \(6, 7\)"),
        (lambda x, n: x, r"shape is \(2, 3\)"),
        (lambda x, n: print(np.pad(x, n)), "return"),
        (lambda x: x, "must take the arguments"),
        (lambda x, n: np.pad(x, n).ravel(), "axis is missing"),
        (lambda x, n: np.pad(x, n).sum(), "too much summed"),
        (lambda x, n: np.pad(x, n)[None], "axis of length 1"),
        (lambda x, n: np.pad(np.maximum(x, 0), n), "too large"),
        (lambda x, n: np.pad(x[:3, :3], n), "Right for the first cases only"),
        (lambda x, n: np.pad(x, n) * (x.max() > 0), r"\[2, 2\] is too large"),
        (lambda x, n: (row for row in np.pad(x, n)), "a generator"),
        (np.zeros((4, 5)), "A function is wanted"),
    ],
    "filter_maps": [
        (lambda x, w, b: maps_by_loops(x, w[..., :1], b[:1]), r"shape is \(3, 3, 1\)"),
        (lambda x, w, b: maps_by_loops(x, w, b).sum(-1), "axis is missing"),
        (lambda x, w, b: np.moveaxis(maps_by_loops(x, w, b), -1, 0), r"shape|transposed"),
        (lambda x, w, b: maps_by_loops(x, w, b)[..., ::-1], "reverse|numbers"),
        (lambda x, w, b: maps_by_loops(x, w[:, :, ::-1], b), "numbers"),
        (lambda x, w, b: np.maximum(maps_by_loops(x, w, b), 0), "too large"),
        (lambda x, w, b: maps_by_loops(x, w, b).astype(int), "decimal point"),
        (lambda x, w, b: maps_by_loops(x[..., :2], w[:, :, :2], b), "Right for the first"),
        (lambda x, w, b: maps_by_loops(x, w[..., :3], b), "Right for the first cases only"),
        (lambda x, w, b: maps_by_loops(x, w, -b), "too large|numbers"),
        (lambda x, w, b: -maps_by_loops(x, w, b), "sign"),
        (lambda x, w, b: print(maps_by_loops(x, w, b)), "return"),
        (lambda x, w, b: maps_by_loops(x, w, b)[None], "axis of length 1"),
        (lambda x, w: maps_by_loops(x, w, 0), "must take the arguments"),
        (np.zeros((3, 3, 3)), "A function is wanted"),
    ],
    "dilated": [
        (dilated_in_one_direction(0), r"shape is \(2, 3\)"),
        (dilated_in_one_direction(1), "Right for the first cases only. The shape"),
        (dilated_too_short, "off by one"),
        (lambda x, w, d: dilated_by_slices(x, w, 2), r"shape is \(2, 3\)"),
        (lambda x, w, d: dilated_by_slices(x, w, min(d, 2)), "Right for the first cases only"),
        (lambda x, w, d: dilated_by_slices(x, w, min(d, 4)), "Right for the first cases only"),
        (lambda x, w, d: dilated_by_slices(x, w, d).astype(int), "decimal point"),
        (lambda x, w, d: -dilated_by_slices(x, w, d), "sign"),
        (lambda x, w, d: dilated_by_slices(x, w, d) / w.size, "times"),
        (lambda x, w, d: np.maximum(dilated_by_slices(x, w, d), 0), "too large"),
        (lambda x, w, d: dilated_by_slices(x, w, d).T, "transposed"),
        (lambda x, w, d: dilated_by_slices(x, w, d).sum(), "too much summed"),
        (lambda x, w, d: dilated_by_slices(x, np.abs(w), d), "too large"),
        (lambda x, w, d: dilated_by_slices(x, w[::-1], d), r"\[0, 0\] is too large"),
        (lambda x, w, d: dilated_by_slices(x, w[:, ::-1], d), r"4 of 4 numbers"),
        (lambda x, w, d: dilated_by_slices(x, w[:1, :2], d), r"shape is \(4, 4\)"),
        (lambda x, w, d: dilated_by_slices(np.pad(x, d), w, d), r"shape is \(6, 6\)"),
        (lambda x, w, d: print(dilated_by_slices(x, w, d)), "return"),
        (lambda x, w: correlate(x, w), "must take the arguments"),
    ],
    "kernel_gradient": [
        (lambda x, g, k, s: -gradient_by_weights(x, g, k, s), "sign"),
        (gradient_with_means, "times"),
        (gradient_of_the_last, "5 of 6 numbers"),
        (lambda x, g, k, s: gradient_by_weights(x, g, k, s).T, "transposed"),
        (lambda x, g, k, s: gradient_by_weights(x, g, k, min(s, 2)), "Right for the first cases"),
        (lambda x, g, k, s: gradient_by_weights(x, g, (2, 3), s), "shape"),
        (lambda x, g, k, s: gradient_by_weights(x, g[::-1], k, s), "12 of 12 numbers"),
        (lambda x, g, k, s: gradient_by_weights(x, g[:, ::-1], k, s), "6 of 6 numbers"),
        (lambda x, g, k, s: gradient_by_weights(x, g, k, s).astype(int), "decimal point"),
        (lambda x, g, k, s: 0.1 * gradient_by_weights(x, g, k, s), "0.1 times"),
        (lambda x, g, k, s: gradient_by_weights(x, g, k, s).sum(), "too much summed"),
        (lambda x, g, k, s: np.flip(gradient_by_weights(x, g, k, s)), "reverse"),
        (lambda x, g, k, s: gradient_by_weights(x, np.sign(g), k, s), "6 of 6 numbers"),
        (lambda x, g, k, s: print(gradient_by_weights(x, g, k, s)), "return"),
        (lambda x, g: correlate(x, g), "must take the arguments"),
        (lambda x, g, k, s: x, r"shape is \(2, 4\)"),
        (lambda x, g, k, s: np.zeros(k), "6 of 6 numbers"),
        (lambda x, g, k, s: correlate(x[::s, ::s], g), r"shape is \(2, 2\)"),
        (lambda x, g, k, s: gradient_by_weights(x, g, k, s)[..., None, None], "axis of length 1"),
    ],
}


@pytest.mark.parametrize(("exercise", "answer", "word"), wrong_cases(check, WRONG))
def test_wrong_answers_get_the_hint_that_is_meant(exercise, answer, word):
    assert all(fault and re.search(word, fault) for fault in faults(exercise, answer))


# What the exercises say is so --------------------------------------------------------------------


@pytest.mark.parametrize("name", ["dilated", "filter_maps", "kernel_gradient"])
def test_draws_are_exact_in_float32(name):
    exercise = getattr(check, name)
    for seed in range(200):
        case = exercise.draw(np.random.default_rng(seed))
        expected = exercise.reference(*case)
        assert np.array_equal(expected.astype("float32"), expected)
        assert expected.size


def test_draws_reach_the_edges():
    """One row of outputs, and pixels that are left over as well as none."""
    rngs = [np.random.default_rng(seed) for seed in range(200)]
    heights = [len(check.dilated.reference(*check.dilated.draw(rng))) for rng in rngs]
    assert 1 in heights
    left = []
    for rng in rngs:
        image, grad_output, kernel_size, stride = check.kernel_gradient.draw(rng)
        left.append(len(image) - (len(grad_output) - 1) * stride - kernel_size[0])
    assert {0, 1, 2, 3} <= set(left)
