"""Exercises on layers: right answers in many styles pass, wrong ones get a hint that is true."""

import functools
import re
from fractions import Fraction

import keras
import numpy as np
import pytest
from answers import faults, right_cases, wrong_cases

from dl_course import convolution
from dl_course.checks.convolution import layers as check

tensor = keras.ops.convert_to_tensor


# Right answers -----------------------------------------------------------------------------------


def parameters_by_loop(kernel_size, channels, filters):
    total = 0
    for f in filters:
        total += (kernel_size[0] * kernel_size[1] * channels + 1) * f
        channels = f
    return total


def parameters_by_recursion(kernel_size, channels, filters):
    if not filters:
        return 0
    first, *rest = filters
    here = first * (np.prod(kernel_size) * channels + 1)
    return here + parameters_by_recursion(kernel_size, first, rest)


def parameters_by_arrays(kernel_size, channels, filters):
    inputs = np.array([channels, *filters[:-1]])
    return np.prod(kernel_size) * inputs @ np.array(filters) + np.sum(filters)


class Parameters:
    def __init__(self, bias):
        self.bias = bias

    def __call__(self, kernel_size, channels, filters):
        h, w = kernel_size
        pairs = zip([channels, *filters[:-1]], filters, strict=True)
        return sum(Fraction(h * w * a * b) + self.bias * b for a, b in pairs)


def sizes_by_formula(size, layers):
    sizes = []
    for kernel, stride, padding in layers:
        if padding == "same":
            size = -(-size // stride)
        elif kernel > size:
            return sizes
        else:
            size = (size - kernel) // stride + 1
        sizes.append(size)
    return sizes


def sizes_by_output_size(size, layers):
    sizes = [size]
    for kernel, stride, padding in layers:
        try:
            sizes += [convolution.output_size(sizes[-1], kernel, padding=padding, stride=stride)]
        except ValueError:
            break
    return tuple(sizes[1:])


def sizes_by_recursion(size, layers):
    if not layers or (layers[0][2] == "valid" and layers[0][0] > size):
        return []
    (kernel, stride, padding), *rest = layers
    after = len(range(0, size - (kernel - 1) * (padding == "valid"), stride))
    return [after, *sizes_by_recursion(after, rest)]


def sizes_by_keras(size, layers):
    sizes = []
    for kernel, stride, padding in layers:
        if padding == "valid" and size < kernel:
            break
        layer = keras.layers.Conv1D(1, kernel, strides=stride, padding=padding)
        size = layer.compute_output_shape((1, size, 1))[1]
        sizes.append(size)
    return np.array(sizes, dtype="float32")


class Sizes:
    def __call__(self, size, layers):
        return [Fraction(n) for n in sizes_by_formula(size, layers)]


SOBEL = np.stack([convolution.KERNELS["sobel x"], convolution.KERNELS["sobel y"]], axis=-1)
EDGES = np.repeat(SOBEL[:, :, None], 3, axis=2) / 3  # (3, 3, 3, 2)


def edge_layer(weights=EDGES, bias=0.0, *, padding="same", activation=None, filters=2, strides=1):
    layer = keras.layers.Conv2D(filters, 3, padding=padding, activation=activation, strides=strides)
    layer.build((None, None, None, weights.shape[2]))
    layer.set_weights([weights, np.full(filters, bias)])
    return layer


def edges_without_bias():
    start = keras.initializers.Constant(1.0)
    layer = keras.layers.Conv2D(
        2, 3, padding="same", use_bias=False, kernel_initializer=start, trainable=False
    )
    layer.build((None, None, None, 3))
    layer.kernel.assign(EDGES)
    return layer


def edges_by_an_initializer():
    return keras.layers.Conv2D(
        2, 3, padding="same", kernel_initializer=lambda shape, dtype: tensor(EDGES, dtype=dtype)
    )


def edges_by_two_layers():
    grey = keras.layers.Conv2D(1, 1, use_bias=False)
    edges = keras.layers.Conv2D(2, 3, padding="same", use_bias=False)
    model = keras.Sequential([keras.Input((None, None, 3)), grey, edges])
    model.set_weights([np.full((1, 1, 3, 1), 1 / 3), SOBEL[:, :, None]])
    return model


class EdgeModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.layer = edge_layer()

    def call(self, images):
        return self.layer(images)


def edges_in_a_functional_model():
    inputs = keras.Input((None, None, 3))
    return keras.Model(inputs, edge_layer()(inputs))


def strided(*filters, kernel=3, strides=(2, 2, 2), padding="same", shape=(96, 128, 3), more=()):
    pairs = zip(filters, strides, strict=True)
    layers = [keras.layers.Conv2D(f, kernel, strides=s, padding=padding) for f, s in pairs]
    return keras.Sequential([keras.Input(shape), *layers, *more])


def strided_functional():
    x = inputs = keras.Input((96, 128, 3))
    for filters in (8, 8, 10):
        x = keras.layers.Conv2D(filters, (3, 3), strides=2, padding="same", activation="relu")(x)
    return keras.Model(inputs, x)


def strided_nested():
    first = keras.Sequential([keras.Input((96, 128, 3)), keras.layers.Conv2D(4, 3, 2, "same")])
    rest = [
        keras.layers.Conv2D(4, 3, padding="same", strides=2),
        keras.layers.ReLU(),
        keras.layers.Conv2D(10, 3, padding="same", strides=(2, 2)),
    ]
    return keras.Sequential([keras.Input((96, 128, 3)), first, *rest])


class StridedModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.parts = [keras.layers.Conv2D(f, 3, strides=2, padding="same") for f in (8, 8, 10)]

    def call(self, images):
        for part in self.parts:
            images = part(images)
        return images


def strided_subclass():
    model = StridedModel()
    model(np.zeros((1, 96, 128, 3), "float32"))
    return model


RIGHT = {
    "convolution_parameters": [
        parameters_by_loop,
        parameters_by_recursion,
        parameters_by_arrays,
        Parameters(1),
        lambda *arguments: float(parameters_by_loop(*arguments)),
        lambda *arguments: np.float32(parameters_by_loop(*arguments)),
        functools.partial(lambda bias, k, c, fs: Parameters(bias)(k, c, fs), 1),
    ],
    "stack_sizes": [
        sizes_by_formula,
        sizes_by_output_size,
        sizes_by_recursion,
        sizes_by_keras,
        Sizes(),
        functools.partial(lambda function, *given: function(*given), sizes_by_formula),
    ],
    "edge_layer": [
        edge_layer(),
        edges_without_bias(),
        edges_by_an_initializer(),
        edges_by_two_layers(),
        EdgeModel(),
        edges_in_a_functional_model(),
        edge_layer(EDGES.astype("float32") + 1e-8),
    ],
    "strided_model": [
        strided(8, 16, 10),
        strided(4, 4, 10),
        strided_functional(),
        strided_nested(),
        strided_subclass(),
        strided(4, 4, 4, 10, strides=(2, 1, 2, 2)),
        strided(8, 8, 10, more=[keras.layers.Activation("relu")]),
    ],
}


@pytest.mark.parametrize(("exercise", "answer"), right_cases(check, RIGHT))
def test_right_answers_pass_in_any_style(exercise, answer):
    assert set(faults(exercise, answer)) == {None}


# Wrong answers -----------------------------------------------------------------------------------


WRONG = {
    "convolution_parameters": [
        (lambda k, c, fs: k[0] * k[1] * c * fs[0] + fs[0], "Only the first layer"),
        (lambda k, c, fs: (k * k * c + 1) * fs, "TypeError"),
        (lambda k, c, fs: (k[0] * k[1] * c + 1) * fs, "is a sum or mean missing"),
        (lambda k, c, fs: parameters_by_loop(k, c, fs) + c, "too large"),
        (lambda k, c, fs: parameters_by_loop(k, c, fs) + 1, "1 too large"),
        (lambda k, c, fs: parameters_by_loop(k, c, fs[:2]), "Right for the first cases only"),
        (lambda k, c, fs: parameters_by_loop(k, c, fs[-1:]), "too small"),
        (lambda k, c, fs: parameters_by_loop(k, c, sorted(fs)), "Right for the first cases only"),
        (lambda k, c, fs: parameters_by_loop(k, c, list(dict.fromkeys(fs))), "Right for the first"),
        (lambda k, c, fs: {10: 3330, 4: 36}.get(fs[0], 0), "Right for the first cases only"),
        (lambda k, c, fs: parameters_by_loop((k[0], k[0]), c, fs), "width isn't used"),
        (lambda k, c, fs: parameters_by_loop((k[1], k[1]), c, fs), "too large"),
        (lambda k, c, fs: parameters_by_loop((sum(k), 1), c, fs), "too small"),
        (lambda k, c, fs: parameters_by_loop(k, 3, fs), "too large"),
        (lambda k, c, fs: [parameters_by_loop(k, c, fs)], "One number"),
        (lambda k, c, fs: str(parameters_by_loop(k, c, fs)), "text"),
        (lambda k, c, fs: print(parameters_by_loop(k, c, fs)), "return"),
        (lambda k, c, fs: parameters_by_loop(k, c, fs) + 0.5, "whole number"),
        (lambda k, c, fs: sum(fs), "too small"),
        (lambda k, c, fs: parameters_by_loop(k, c, fs) > 0, "True or False"),
        (3330, "A function is wanted"),
    ],
    "stack_sizes": [
        (lambda n, ls: sizes_by_formula(n, ls)[:3], "Right for the first cases only"),
        (lambda n, ls: sizes_by_formula(n, ls)[::-1], "reverse"),
        (lambda n, ls: [n // s for _, s, _ in ls], "numbers|too"),
        (lambda n, ls: sizes_by_formula(n, [(3, s, p) for _, s, p in ls]), "too|shape"),
        (lambda n, ls: sizes_by_formula(n, [(k, s, "same") for k, s, p in ls]), "too|shape"),
        (lambda n, ls: sizes_by_formula(n, ls[:1]), "shape"),
        (lambda n, ls: len(sizes_by_formula(n, ls)), "one number"),
        (lambda n, ls: [n - 0.5 for n in sizes_by_formula(n, ls)], "whole number"),
        (lambda n, ls: {20: [8, 3, 2], 10: [8, 2]}.get(n, [n]), "Right for the first cases only"),
        (lambda n, ls: print(sizes_by_formula(n, ls)), "return"),
        (lambda n, ls: (size for size in sizes_by_formula(n, ls)), "generator"),
        (lambda n: n, "must take the arguments"),
        (13, "A function is wanted"),
    ],
    "edge_layer": [
        (edge_layer(padding="valid"), "padding"),
        (edge_layer(3 * EDGES), "sums over red"),
        (edge_layer(EDGES[..., ::-1]), "wrong order"),
        (edge_layer(np.flip(EDGES, (0, 1))), "other way round"),
        (edge_layer(-EDGES), "other way round"),
        (edge_layer(activation="relu"), "cut off"),
        (edge_layer(bias=1.0), "bias"),
        (edge_layer(EDGES[..., :1], filters=1), r"should give \(2, 7, 9, 2\)"),
        (edge_layer(strides=2), r"should give \(2, 7, 9, 2\)"),
        (edge_layer(EDGES * np.array([3, 0, 0])[:, None]), "are the weights set"),
        (edge_layer(EDGES[:, :, :1]), "raised"),
        (keras.layers.Conv2D(2, 3, padding="same"), "are the weights set"),
        (keras.layers.Conv2D, "A Keras layer is wanted"),
        (keras.layers.Flatten(), r"should give \(2, 7, 9, 2\)"),
        (EDGES, "A Keras layer is wanted"),
        (lambda images: images, "A Keras layer is wanted"),
    ],
    "strided_model": [
        (strided(16, 16, 10), "too many"),
        (strided(8, 10, strides=(2, 2)), r"shape \(2, 24, 32, 10\)"),
        (strided(8, 8, 8), r"shape \(2, 12, 16, 8\)"),
        (strided(10, strides=(8,)), "stride of 8"),
        (strided(4, 10, strides=(2, 4)), "stride of 4"),
        (strided(8, 8, 10, padding="valid"), r"shape \(2, 11, 15, 10\)"),
        (strided(4, 4, 10, kernel=5), r"\(5, 5\), not 3 by 3"),
        (strided(8, 8, 10, shape=(128, 96, 3)), r"shape \(128, 96, 3\)"),
        (strided(8, 8, 10, shape=(96, 128, 1)), r"shape \(96, 128, 1\)"),
        (strided(8, 10, strides=(2, 2), more=[keras.layers.MaxPooling2D()]), "no Conv2D"),
        (strided(8, 8, 10, more=[keras.layers.Flatten()]), "no Conv2D"),
        (keras.Sequential([keras.layers.Conv2D(10, 3)]), "Input"),
        (keras.Sequential(), "no layers"),
        (keras.Sequential, "a class"),
        (keras.layers.Conv2D(10, 3), "A Keras model is wanted"),
    ],
}


@pytest.mark.parametrize(("exercise", "answer", "word"), wrong_cases(check, WRONG))
def test_wrong_answers_get_the_hint_that_is_meant(exercise, answer, word):
    assert all(fault and re.search(word, fault) for fault in faults(exercise, answer))
