"""The exercises about the shape of a convnet: right answers in any style, wrong ones with their hint."""

import functools
import math
import re
from fractions import Fraction

import keras
import numpy as np
import pytest
from answers import faults, right_cases, wrong_cases
from keras import layers, ops

from dl_course.checks import pooling as check
from dl_course.checks.pooling import networks
from dl_course.convolution import output_size

COLOUR = [168, 880, 57_700, 6060, 610]
COLOUR_NAMES = ["convolution 1", "convolution 2", "dense 1", "dense 2", "dense 3"]
SMALL = [7, 110_592, 200_704]
SMALL_NAMES = ["receptive field", "weights of the three", "weights of the one"]


def in_many_forms(counts, names):
    return [
        counts,
        tuple(counts),
        np.array(counts),
        np.array(counts, "float32"),
        [float(count) for count in counts],
        [Fraction(count) for count in counts],
        [np.array(count) for count in counts],
        ops.convert_to_tensor(counts),
        dict(zip(names, counts, strict=True)),
    ]


def changed(counts, place, count):
    return [*counts[:place], count, *counts[place + 1 :]]


# Work --------------------------------------------------------------------------------------------


def work_by_two_steps(h, w, c_in, c_out, kernel, stride):
    rows, columns = math.ceil(h / stride), math.ceil(w / stride)
    depthwise = rows * columns * kernel * kernel * c_in
    pointwise = rows * columns * c_in * c_out
    return depthwise + pointwise


def work_by_loops(h, w, c_in, c_out, kernel, stride):
    work = 0
    for _ in range(0, h, stride):
        for _ in range(0, w, stride):
            for _ in range(c_in):
                work += kernel**2 + c_out
    return work


def work_by_output_size(h, w, c_in, c_out, kernel, stride):
    sizes = [output_size(n, kernel, stride=stride, padding="same") for n in (h, w)]
    return np.prod([*sizes, c_in, kernel * kernel + c_out])


def work_in_floats(*shape):
    h, w, c_in, c_out, kernel, stride = shape
    return float(np.ceil(h / stride) * np.ceil(w / stride) * (kernel**2 * c_in + c_in * c_out))


class Work:
    def __init__(self, rounded=math.ceil):
        self.rounded = rounded

    def __call__(self, height, width, channels, kernels, size, step):
        positions = self.rounded(height / step) * self.rounded(width / step)
        return np.int64(positions) * channels * (size * size + kernels)


def work_of_keras(h, w, c_in, c_out, kernel, stride):
    options = {"use_bias": False, "padding": "same", "strides": stride}
    maps = layers.DepthwiseConv2D(kernel, **options).compute_output_shape((1, h, w, c_in))
    return math.prod(maps) * (kernel * kernel + c_out)


def work_squared(h, w, *others):
    return work_by_two_steps(h, h, *others)


WORK_RIGHT = [
    work_by_two_steps,
    work_by_loops,
    work_by_output_size,
    work_in_floats,
    work_of_keras,
    Work(),
    functools.partial(work_by_two_steps),
    lambda h, w, c_in, c_out, k, s: np.array(work_in_floats(h, w, c_in, c_out, k, s)),
    lambda *args: Fraction(work_by_two_steps(*args)),
]

WORK_WRONG = [
    (lambda *args: 2 * work_by_two_steps(*args), "is too large"),
    (lambda *args: work_by_two_steps(*args) / 2, "is too small"),
    (lambda *args: work_by_two_steps(*args) + args[3], "is too large"),
    (lambda *args: work_by_two_steps(*args) + 1, "Off by one: 1 too large"),
    (lambda *args: work_by_two_steps(*args) * 1.0001, "whole number"),
    (lambda *args: 28 * 28 * 8 * 57 if args[0] == 28 else 1440, "Right for the first cases only"),
    (lambda h, w, c, o, k, s: h / s * (w / s) * c * (k * k + o), "1134 is too small"),
    (lambda h, w, c, o, k, s: h * w // s * c * (k * k + o), "is too large"),
    (lambda h, w, c, o, k, s: -(-h * w // s**2) * c * (k * k + o), "is too small"),
    (lambda h, w, c, o, k, s: -(-h // s) * -(-w // s) * c * (25 + o), "is too large"),
    (lambda h, w, c, o, k, s: -(-h // s) * -(-w // s) * c * (k + o), "is too small"),
    (lambda h, w, c, o, k, s: -(-h // s) * -(-w // s) * (k * k * o + c * o), "is too large"),
    (lambda h, w, c, o, k, s: -(-h // s) * -(-w // s) * (k * k + c * o), "is too small"),
    (lambda h, w, c, o, k, s: -(-h // s) * -(-w // s) * (k * k * c + k * k * c * o), "too large"),
    (lambda h, w, c, o, k, s: -(-h // s) * -(-w // s) * k * k * c * c * o, "is too large"),
    (lambda h, w, c, o, k, s: -(-h // s) * (w // s) * c * (k * k + o), "is too small"),
    (work_squared, "is too large"),
    (Work(round), "1152 is too small"),
    (lambda *args: np.float32(work_by_two_steps(*args)) + 0.5, "whole number"),
    (lambda *args: [work_by_two_steps(*args)], "an array of shape"),
    (lambda *args: str(work_by_two_steps(*args)), "without quotes"),
    (lambda *args: print(work_by_two_steps(*args)), "prints its result"),
    (lambda h, w, c_in, c_out, kernel: 1, "must take the arguments"),
    (lambda *args: work_by_two_steps, "A function comes back"),
    (357_504, "A function is wanted"),
]


# A frugal network --------------------------------------------------------------------------------


def conv(channels, size=3, activation="relu", **options):
    return layers.Conv2D(channels, size, activation=activation, **options)


def build(*inner, shape=(28, 28, 1)):
    return keras.Sequential([keras.Input(shape), *inner])


def ended(*inner, end=()):
    return build(*inner, layers.GlobalAveragePooling2D(), layers.Dense(10), *end)


def rounds(*channels, between=()):
    return [
        layer
        for n in channels
        for layer in (
            conv(n, padding="same"),
            *(make() for make in between),
            layers.MaxPooling2D(),
        )
    ]


def functional():
    x = inputs = keras.Input((28, 28, 1))
    for _ in range(3):
        x = layers.AveragePooling2D(2, padding="same")(conv(8, padding="same")(x))
    return keras.Model(inputs, layers.Dense(10)(layers.Flatten()(x)))


def nested():
    sizes = [(28, 28, 1), (14, 14, 8), (7, 7, 16)]
    return ended(*(build(*rounds(n), shape=s) for n, s in zip((8, 16, 16), sizes, strict=True)))


def residual():
    x = inputs = keras.Input((28, 28, 1))
    for n in (4, 8, 8):
        x = conv(n, padding="same")(x)
        x = layers.MaxPooling2D()(layers.Add()([x, conv(n, padding="same")(x)]))
    return keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))


def branch(join, *sizes):
    inputs = keras.Input((28, 28, 1))
    x = join([conv(4, size, padding="same")(inputs) for size in sizes])
    x = layers.GlobalAveragePooling2D()(conv(4, 1)(x))
    return keras.Model(inputs, layers.Dense(10)(x))


def squeeze_and_excitation():
    """The last map sees 5 × 5 pixels directly, and through the gate all of them."""
    inputs = keras.Input((28, 28, 1))
    x = conv(8, padding="same")(inputs)
    gate = layers.Dense(8, "sigmoid")(layers.GlobalAveragePooling2D()(x))
    x = conv(8)(layers.Multiply()([x, layers.Reshape((1, 1, 8))(gate)]))
    return keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))


class Block(layers.Layer):
    """A layer made of others."""

    def __init__(self, channels):
        super().__init__()
        self.conv = layers.Conv2D(channels, 3, padding="same")
        self.norm = layers.BatchNormalization()

    def call(self, x):
        return ops.relu(self.norm(self.conv(x)))


class Subclassed(keras.Model):
    def __init__(self, end=None, channels=(8, 16, 16)):
        super().__init__()
        self.convs = [conv(n, padding="same") for n in channels]
        self.pool, self.last, self.end = layers.MaxPooling2D(), layers.Dense(10), end

    def call(self, x):
        for convolution in self.convs:
            x = self.pool(convolution(x))
        x = self.last(ops.mean(x, axis=(1, 2)))
        return self.end(x) if self.end else x


def called(*arguments, **options):
    model = Subclassed(*arguments, **options)
    model(np.zeros((1, 28, 28, 1)))
    return model


def one_layer_many_times():
    shared = conv(8, padding="same")
    pairs = [(shared, layers.MaxPooling2D()) for _ in range(3)]
    return ended(conv(8, 1), *(layer for pair in pairs for layer in pair))


def without_weights():
    """As after training with far too large a learning rate: nothing responds."""
    model = ended(*rounds(8, 16, 16))
    model.set_weights([0 * weight for weight in model.get_weights()])
    return model


NETWORKS = [
    lambda: ended(*rounds(8, 16, 32)),
    functional,
    nested,
    residual,
    squeeze_and_excitation,
    lambda: branch(layers.Add(), 3, 21),
    lambda: branch(layers.Concatenate(), 21, 1),
    lambda: branch(layers.Subtract(), 21, 21),
    called,
    one_layer_many_times,
    without_weights,
    lambda: ended(
        *rounds(8, 16, 16, between=[layers.BatchNormalization, lambda: layers.Dropout(0.3)])
    ),
    lambda: ended(layers.Rescaling(1 / 127.5, offset=-1), *rounds(8, 16, 16)),
    lambda: ended(layers.Rescaling(-1 / 255, offset=1), *rounds(8, 16, 16)),
    lambda: ended(conv(8, dilation_rate=2), conv(8, dilation_rate=4), conv(16, dilation_rate=4)),
    lambda: ended(
        *(conv(16, strides=2, padding="same") for _ in range(3)), conv(16, padding="same")
    ),
    lambda: ended(*(conv(6) for _ in range(10))),
    lambda: ended(*(conv(8, activation="sigmoid") for _ in range(10))),
    lambda: ended(*(conv(3, padding="same", activation="gelu") for _ in range(10))),
    lambda: ended(conv(4, 2, strides=2), Block(8), layers.MaxPooling2D(), Block(8), Block(8)),
    lambda: ended(
        layers.SeparableConv2D(16, 5, strides=2, activation="tanh"),
        layers.SeparableConv2D(32, 5, strides=2, activation="sigmoid"),
        layers.DepthwiseConv2D(3),
    ),
    lambda: build(
        *rounds(8, 16, 16),
        layers.GlobalAveragePooling2D(keepdims=True),
        layers.Conv2D(10, 1),
        layers.Flatten(),
    ),
    lambda: build(*rounds(4, 8, 8), layers.Flatten(), layers.Dense(20, "relu"), layers.Dense(10)),
    lambda: ended(*rounds(8, 16, 16), end=[layers.Activation("linear"), layers.Dropout(0.1)]),
    lambda: build(*rounds(4, 8, 8), layers.Flatten(), layers.Dense(10, activation=lambda x: x)),
    lambda: ended(conv(8, 20), layers.MaxPooling2D()),
    lambda: build(
        *rounds(8, 8, 8), layers.GlobalMaxPooling2D(), layers.Dense(10), shape=(None, None, 1)
    ),
]


NO_MAP = "There is no map, of a convolution or pooling"
SOFTMAX = "These are probabilities"
ACTIVATION = "go through an activation"

NO_NETWORKS = [
    (lambda: layers.Dense(10), "A Keras model is wanted, and this is of type Dense"),
    (lambda: [layers.Dense(10)], "A Keras model is wanted, and this is a list"),
    (lambda: Subclassed, "This is a class"),
    (lambda: Subclassed(), "call it once"),
    (
        lambda: keras.Sequential([conv(4), layers.Flatten(), layers.Dense(10)]),
        "begin with a `keras.Input",
    ),
    (
        lambda: build(conv(4), layers.Flatten(), layers.Dense(10), shape=(28, 28, 3)),
        "The input has shape",
    ),
    (lambda: build(layers.Flatten(), layers.Dense(9)), r"output has shape \(2, 9\)"),
    (lambda: build(conv(4), layers.Dense(10)), "flattened or averaged"),
    (
        lambda: build(conv(8), layers.Flatten(), layers.Dense(10, name="end")),
        "largest layer is end, with",
    ),
    (lambda: ended(*rounds(16, 32, 64)), "23,946 parameters are too many"),
    (lambda: called(channels=(16, 32, 64)), "23,946 parameters are too many"),
    (lambda: build(*rounds(8, 8, 8), layers.Flatten(), layers.Dense(10, "softmax")), SOFTMAX),
    (lambda: ended(*rounds(8, 8, 8), end=[layers.Softmax()]), SOFTMAX),
    (lambda: ended(*rounds(8, 8, 8), end=[layers.Softmax(), layers.Reshape((10,))]), SOFTMAX),
    (lambda: ended(*rounds(8, 8, 8), end=[build(layers.Softmax(), shape=(10,))]), SOFTMAX),
    (lambda: called(ops.softmax), SOFTMAX),
    (lambda: called(layers.Activation("softmax")), SOFTMAX),
    (lambda: called(layers.ReLU()), ACTIVATION),
    (lambda: ended(*rounds(8, 8, 8), end=[layers.Dense(10, "relu")]), ACTIVATION),
    (lambda: ended(*rounds(8, 8, 8), end=[layers.Activation("sigmoid")]), ACTIVATION),
    (
        lambda: ended(*rounds(8, 8, 8), end=[layers.Dense(10, "tanh"), layers.Dropout(0.5)]),
        ACTIVATION,
    ),
    (lambda: build(layers.Flatten(), layers.Dense(10)), NO_MAP),
    (lambda: build(layers.Conv2D(10, 28), layers.Flatten()), NO_MAP),
    (lambda: build(layers.AveragePooling2D(28), layers.Flatten(), layers.Dense(10)), NO_MAP),
    (
        lambda: build(conv(4), layers.AveragePooling2D(26), layers.Flatten(), layers.Dense(10)),
        "sees 3 × 3",
    ),
    (lambda: ended(conv(8), layers.MaxPooling2D(), conv(8)), "sees 8 × 8"),
    (lambda: ended(conv(4, (3, 21))), "sees 3 × 3"),
    (lambda: ended(conv(4, (21, 3))), "sees 3 × 3"),
    (lambda: ended(*rounds(8, 16)), "sees 10 × 10"),
    (lambda: ended(*(conv(6) for _ in range(9))), "sees 19 × 19"),
    (lambda: ended(*(conv(8, 1) for _ in range(5))), "sees 1 × 1"),
    (lambda: ended(conv(8, 4, strides=4), conv(8, 5, strides=4, padding="same")), "sees 16 × 16"),
    (lambda: called(channels=(8, 16)), "sees 10 × 10"),
    (lambda: branch(layers.Add(), 3, 19), "sees 19 × 19"),
]

RIGHT = {
    "parameters_in_colour": in_many_forms(COLOUR, COLOUR_NAMES),
    "separable_multiply_adds": WORK_RIGHT,
    "small_kernels": in_many_forms(SMALL, SMALL_NAMES),
    "frugal_network": NETWORKS,
}

WRONG = {
    "parameters_in_colour": [
        (changed(COLOUR, 0, 163), "convolution 1: 163 is too small"),
        (changed(COLOUR, 1, 864), "convolution 2: 864 is too small"),
        (changed(COLOUR, 1, 881), "convolution 2: Off by one: 1 too large"),
        (changed(COLOUR, 2, 57_600), "dense 1: 57600 is too small"),
        (changed(COLOUR, 3, 10_164), "dense 2: 10164 is too large"),
        (changed(COLOUR, 3, 160), "dense 2: 160 is too small"),
        (changed(COLOUR, 4, 850), "dense 3: 850 is too large"),
        (changed(COLOUR, 4, 610.5), "dense 3: A whole number"),
        (changed(COLOUR, 4, "610"), "dense 3: .*without quotes"),
        ([168, 880, 69_240, 10_164, 850], "dense 1: 69240 is too large"),
        ([156, 2416, 48_120, 10_164, 850], "convolution 1: 156 is too small"),
        (COLOUR[:2], "5 results are wanted, in this order: convolution 1"),
        (sum(COLOUR), "5 results are wanted"),
        ([*COLOUR, sum(COLOUR)], "5 results are wanted"),
        (COLOUR[::-1], "convolution 1: 610 is too large"),
        ([[count] for count in COLOUR], "convolution 1: One number is wanted"),
        (dict.fromkeys("abcde", 1), "5 results are wanted"),
        (set(COLOUR), "5 results are wanted"),
        (lambda: COLOUR, "That is a function"),
    ],
    "separable_multiply_adds": WORK_WRONG,
    "small_kernels": [
        (changed(SMALL, 0, 8), "receptive field: Off by one"),
        (changed(SMALL, 0, 5), "receptive field: 5 is too small"),
        (changed(SMALL, 0, (7, 7)), "receptive field: One number is wanted"),
        (changed(SMALL, 1, 27 * 64), "weights of the three: this is for one channel"),
        (changed(SMALL, 1, 27), "weights of the three: 27 is too small"),
        (changed(SMALL, 1, 36_864**3), "weights of the three: .* is too large"),
        ([7, 200_704, 110_592], "weights of the three: 200704 is too large"),
        (changed(SMALL, 2, 49 * 64), "weights of the one: 3136 is too small"),
        (changed(SMALL, 2, 7 * 64 * 64), "weights of the one: 28672 is too small"),
        (changed(SMALL, 2, 25 * 64 * 64), "weights of the one: 102400 is too small"),
        (changed(SMALL, 2, 200_704 + 64), "weights of the one: 200768 is too large"),
        (changed(SMALL, 2, 200_704.4), "weights of the one: A whole number"),
        (7, "3 results are wanted, in this order: receptive field"),
        (SMALL[1:], "3 results are wanted"),
        ([True, *SMALL[1:]], "receptive field: A number is wanted, and this is True or False"),
        ([np.nan] * 3, "receptive field: .*NaN"),
        ("7, 110592, 200704", "3 results are wanted"),
    ],
    "frugal_network": NO_NETWORKS,
}


def made(exercise, answer):
    """The networks of the tables are built when they are looked at, not when tests are collected."""
    return answer() if exercise is check.frugal_network else answer


@pytest.mark.parametrize(("exercise", "answer"), right_cases(networks, RIGHT))
def test_right_answers_pass_in_any_style(exercise, answer):
    assert set(faults(exercise, made(exercise, answer))) == {None}


@pytest.mark.parametrize(("exercise", "answer", "word"), wrong_cases(networks, WRONG))
def test_wrong_answers_get_the_hint_that_is_meant(exercise, answer, word):
    found = faults(exercise, made(exercise, answer))
    assert all(fault and re.search(word, fault) for fault in found)


def normalized():
    return ended(*rounds(4, 4, between=[layers.BatchNormalization]))


@pytest.mark.parametrize("make", [residual, normalized, called])
def test_a_look_leaves_the_network_as_it_was(make):
    model = make()
    call, before = layers.Layer.__call__, model.get_weights()
    check.frugal_network.verdict(model)
    assert layers.Layer.__call__ is call
    assert all(map(np.array_equal, before, model.get_weights()))


def test_an_error_in_a_layer_is_a_hint():
    class Broken(layers.Layer):
        def call(self, x):
            return x if x.shape[0] in (None, 2) else 1 / 0

    call = layers.Layer.__call__
    assert "ZeroDivisionError" in check.frugal_network.verdict(ended(conv(8), Broken())).message
    assert layers.Layer.__call__ is call
