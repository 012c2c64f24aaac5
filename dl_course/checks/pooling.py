"""The exercises of notebook 04, pooling and the shape of a convnet."""

from __future__ import annotations

import math

import numpy as np

from dl_course.checks._exercise import (
    FunctionExercise,
    OpenExercise,
    ValueExercise,
    is_numeric,
    name_type,
)
from dl_course.convolution import output_size, receptive_field
from dl_course.pooling import average_pool, max_pool

__all__ = [
    "average_pool_gradient",
    "conv_multiply_adds",
    "frugal_network",
    "max_pool_2",
    "parameters_in_colour",
    "pooled_widths",
    "small_kernels",
]


# 1. Five poolings, by hand: from 100 pixels, windows of 2, stride 2, nothing padded.

pooled_widths = ValueExercise(
    expected=np.array([50, 25, 12, 6, 3]),
    praise="Right: half of it each time, and what doesn't fill a window is dropped.",
    mistakes=[
        (
            np.array([50, 25, 13, 7, 4]),
            "A pixel that fills no whole window is kept: that is «same».",
        ),
        (np.array([50, 25, 12.5, 6.25, 3.125]), "There are no halves of pixels: count windows."),
        (
            np.array([100, 50, 25, 12, 6]),
            "The list starts too early: the first is *after* a pooling.",
        ),
        (np.array([99, 98, 97, 96, 95]), "The window moves by one pixel here; look at the stride."),
        (
            np.array([98, 96, 94, 92, 90]),
            "The window is taken away from the width; it should divide it.",
        ),
        (
            np.array([49, 23, 10, 4, 1]),
            "The first position of the window is not counted: 1 is missing in each step.",
        ),
        (
            np.array([2500, 625, 144, 36, 9]),
            "These are the pixels of the whole map; its width is asked for.",
        ),
        (np.array([25, 6, 1, 0, 0]), "A quarter of the pixels is left, but not of the width."),
        (np.array([50, 25, 12, 6, 3, 1]), "That is one pooling too many."),
        (np.array([50, 25, 12, 6]), "That is one pooling too few."),
        (3, "This is where it ends; the widths on the way are asked for too."),
    ],
)


# 2. Max pooling with windows of 2.


def _windows_move_by_one(x):
    return max_pool(x, 2, stride=1)[: len(x) // 2, : x.shape[1] // 2]


def _windows_too_large(x):
    h, w = len(x) // 2, x.shape[1] // 2
    windows = [[x[2 * r : 2 * r + 3, 2 * c : 2 * c + 3].max() for c in range(w)] for r in range(h)]
    return np.array(windows)


def _corner(x, i, j):
    """The pixel in row `i`, column `j` of every window."""
    h, w = len(x) // 2 * 2, x.shape[1] // 2 * 2
    return x[i:h:2, j:w:2]


max_pool_2 = FunctionExercise(
    reference=lambda x: max_pool(x, 2),
    cases=[
        (np.array([[1.0, -2.0, 3.0, 8.0], [5.0, 4.0, 9.0, 7.5], [-6.0, -8.0, 2.0, 0.5]]),),
        (
            np.array(
                [
                    [0.5, 2.0, -7.0, -3.0, 6.0, 1.0, 40.0],
                    [9.0, -1.0, -4.0, -5.0, 8.0, 3.0, 41.0],
                    [-20.0, 12.0, 13.0, 11.0, -9.0, -2.0, 42.0],
                    [-30.0, 4.0, 10.0, 15.0, -6.0, -8.0, 43.0],
                    [50.0, 51.0, 52.0, 53.0, 54.0, 55.0, 56.0],
                ]
            ),
        ),
        (np.array([[-4.0, -1.0], [-3.0, -2.0], [-9.0, -7.0], [-6.0, -8.0]]),),
    ],
    praise="Right: the largest of every window, also where all are negative.",
    mistakes=[
        (average_pool, "That is the mean of each window."),
        (lambda x: 4 * average_pool(x), "That is the sum of each window."),
        (lambda x: -max_pool(-x), "That is the smallest number of each window."),
        (
            lambda x: max_pool(x, 2, stride=1),
            "The windows overlap: each should start where the one before has ended.",
        ),
        (
            _windows_move_by_one,
            "The size is right, but the windows stand too close: where does each of them start?",
        ),
        (_windows_too_large, "The windows see a row and a column too many: off by one in a slice?"),
        (
            lambda x: max_pool(x, padding="same"),
            "A row or column that is left over should be dropped.",
        ),
        (
            lambda x: np.maximum(max_pool(x), 0),
            "A window with only negative numbers gives 0: what does the search start with?",
        ),
        (lambda x: max_pool(np.abs(x)), "The sign gets lost: -9 is not larger than 1."),
        (lambda x: _corner(x, 0, 0), "Only the top left pixel of each window is looked at."),
        (
            lambda x: np.maximum(_corner(x, 0, 0), _corner(x, 1, 1)),
            "Only the diagonal of each window is looked at.",
        ),
        (
            lambda x: np.maximum(_corner(x, 0, 0), _corner(x, 1, 0)),
            "The right half of each window is not looked at.",
        ),
        (
            lambda x: np.maximum(_corner(x, 0, 0), _corner(x, 0, 1)),
            "The lower half of each window is not looked at.",
        ),
        (lambda x: max_pool(x, (2, 1)), "Only the height is halved; the width should be too."),
        (lambda x: max_pool(x, (1, 2)), "Only the width is halved; the height should be too."),
        (lambda x: max_pool(x)[:-1, :-1], "The last windows are missing: off by one in a loop?"),
        (lambda x: max_pool(x).T, "Rows and columns are swapped in the result."),
        (np.max, "That is the largest number of the whole image, not of each window."),
    ],
)


# 3. Average pooling, backward.


def _spread(grad_output):
    return np.repeat(np.repeat(grad_output, 2, axis=0), 2, axis=1)


def _to_one_pixel(grad_output):
    grad = np.zeros(2 * np.array(grad_output.shape))
    grad[::2, ::2] = grad_output
    return grad


average_pool_gradient = FunctionExercise(
    reference=lambda grad_output: _spread(grad_output) / 4,
    cases=[
        (np.array([[1.0, -2.0, 3.0], [5.0, 0.0, 8.0]]),),
        (np.array([[2.0], [7.0], [-1.0]]),),
    ],
    praise="Right: everyone in the window shares alike.",
    mistakes=[
        (_spread, "Every pixel gets the whole slope: it should be shared among the window."),
        (lambda g: _spread(g) / 2, "The share is too large: how many pixels has a window?"),
        (lambda g: _spread(g) / 16, "The share is too small: is it divided twice?"),
        (lambda g: 4 * _spread(g), "Multiplied where it should be divided."),
        (
            lambda g: _spread(g) / g.size,
            "Divided by the number of outputs; think of the pixels of one window.",
        ),
        (
            lambda g: _spread(g) / (4 * g.size),
            "Divided by all pixels of the input; think of those of one window.",
        ),
        (
            _to_one_pixel,
            "One pixel of each window gets everything, as with a maximum. Here all four count.",
        ),
        (
            lambda g: _to_one_pixel(g) / 4,
            "Three pixels of each window get nothing; a mean depends on all four.",
        ),
        (
            lambda g: np.tile(g, (2, 2)) / 4,
            "The whole table is repeated; it is each number that should be, next to itself.",
        ),
        (lambda g: np.repeat(g, 2, axis=0) / 4, "It is still as narrow as the output."),
        (lambda g: np.repeat(g, 2, axis=1) / 4, "It is still as low as the output."),
        (lambda g: g / 4, "This has the size of the output; each pixel of the input gets a slope."),
        (
            lambda g: np.full(_spread(g).shape, g.mean()),
            "All pixels get the same: a pixel changes no other window than its own.",
        ),
        (
            lambda g: np.full(_spread(g).shape, 0.25),
            "This is how the mean depends on a pixel; the slopes that arrive are not used yet.",
        ),
        (lambda g: _spread(g.T) / 4, "Rows and columns are swapped."),
    ],
)


# 4 and 6. Several numbers, each with mistakes of its own.


def _look_at_each(answer, parts):
    """A hint for the first wrong number; `parts` are (name, right answer, {wrong answer: hint})."""
    if not is_numeric(np.asarray(answer)) or np.shape(answer) != (len(parts),):
        names = ", ".join(name for name, _, _ in parts)
        return f"A list of {len(parts)} numbers is wanted, in this order: {names}."
    for got, (name, expected, mistakes) in zip(answer, parts, strict=True):
        if got != expected:
            word = "large" if got > expected else "small"
            return f"{name}: {mistakes.get(float(got), f'{got:,} is too {word}.')}"
    return None


_NO_BIASES = "are there no biases?"
_ONE_BIAS = "one bias for the whole layer is too few."

COLOUR = [
    (
        "convolution 1",
        3 * 3 * 3 * 6 + 6,
        {
            3 * 3 * 3 * 6: _NO_BIASES,
            3 * 3 * 3 * 6 + 1: _ONE_BIAS,
            3 * 3 * 6 + 6: "these are kernels for grey images; look at the input.",
            3 * 3 * 6: "these are kernels for grey images, and without biases.",
            3 * 3 * 3 + 1: "this is one kernel; how many are there?",
            3 * 3 * 3: "this is one kernel, and without its bias.",
            3 * 3 * 3 * (6 + 1): "a kernel has one bias, not one for each of its weights.",
            3 * 3 * 3 * 6 + 3: "a bias belongs to what comes out, not to what goes in.",
            3
            * 3
            * 3
            * 6
            * 30
            * 30: "this is work: each weight is used at many positions, but is one.",
            5 * 5 * 3 * 6 + 6: "this is for 5 × 5; the kernels here are smaller.",
        },
    ),
    (
        "convolution 2",
        3 * 3 * 6 * 16 + 16,
        {
            3 * 3 * 6 * 16: _NO_BIASES,
            3 * 3 * 6 * 16 + 1: _ONE_BIAS,
            3 * 3 * 16 + 16: "each kernel looks at all maps that come in, not at one.",
            3 * 3 * 16: "each kernel looks at all maps that come in, not at one. And the biases?",
            3 * 3 * 3 * 16 + 16: "the three colours are gone here: how many maps come in?",
            3 * 3 * 3 * 6 * 16
            + 16: "the colours are counted again; they ended in the first layer.",
            3 * 3 * 6 * 16 + 6: "a bias belongs to what comes out, not to what goes in.",
            5 * 5 * 6 * 16 + 16: "this is for 5 × 5; the kernels here are smaller.",
        },
    ),
    (
        "dense 1",
        6 * 6 * 16 * 120 + 120,
        {
            6 * 6 * 16 * 120: _NO_BIASES,
            6 * 6 * 16 * 120 + 1: _ONE_BIAS,
            7 * 7 * 16 * 120 + 120: "a map of 13 is pooled: does a last, half empty window count?",
            8 * 8 * 16 * 120
            + 120: "the convolutions have no padding here, so they shrink the maps.",
            5 * 5 * 16 * 120
            + 120: "the maps before flattening are not of LeNet's size: follow them.",
            13 * 13 * 16 * 120 + 120: "the second pooling is missing.",
            28 * 28 * 16 * 120 + 120: "the poolings are missing.",
            12 * 12 * 16 * 120 + 120: "a pooling is missing, and a size is off by one.",
            6 * 6 * 120 + 120: "flattening takes the numbers of all maps, not of one.",
            16 * 120 + 120: "the maps are flattened here, not averaged: each has many numbers.",
            6 * 16 * 120 + 120: "a map has height and width.",
        },
    ),
    (
        "dense 2",
        120 * 84 + 84,
        {
            120 * 84: _NO_BIASES,
            120 * 84 + 1: _ONE_BIAS,
            120 * 84 + 120: "a bias belongs to what comes out, not to what goes in.",
            120 + 84: "each input meets each output: this adds where it should multiply.",
        },
    ),
    (
        "dense 3",
        84 * 10 + 10,
        {
            84 * 10: _NO_BIASES,
            84 * 10 + 1: _ONE_BIAS,
            84 * 10 + 84: "a bias belongs to what comes out, not to what goes in.",
            84 + 10: "each input meets each output: this adds where it should multiply.",
            120 * 10 + 10: "what comes in is the layer before, not the one before that.",
        },
    ),
]

parameters_in_colour = OpenExercise(
    look=lambda answer, rng: _look_at_each(answer, COLOUR),
    praise="Right, all five. Colour costs next to nothing: it concerns the first layer only.",
)


# 5. How much work is a convolution?


def _work(h, w, c_in, c_out, kernel, stride):
    return math.ceil(h / stride) * math.ceil(w / stride) * kernel**2 * c_in * c_out


def _positions(h, w, stride):
    return _work(h, w, 1, 1, 1, stride)


conv_multiply_adds = FunctionExercise(
    reference=_work,
    cases=[(28, 28, 1, 32, 5, 1), (14, 14, 32, 64, 5, 1), (9, 7, 3, 8, 4, 2), (10, 7, 5, 2, 3, 3)],
    praise="Right: all the weights, at every position.",
    mistakes=[
        (lambda h, w, ci, co, k, s: k * k * ci * co, "That is the number of weights: used once?"),
        (
            lambda h, w, ci, co, k, s: k * k * ci * co + co,
            "These are the parameters; how often is each weight used?",
        ),
        (
            lambda h, w, ci, co, k, s: _work(h, w, ci, co, k, s) + co * _positions(h, w, s),
            "The biases are counted too.",
        ),
        (
            lambda h, w, ci, co, k, s: _work(h, w, ci, co, k, s) + co,
            "The biases are counted too (and there, each would be added at every position).",
        ),
        (lambda h, w, ci, co, k, s: _work(h, w, 1, co, k, s), "A kernel looks at all channels."),
        (lambda h, w, ci, co, k, s: _work(h, w, ci, 1, k, s), "That is the work of one kernel."),
        (
            lambda h, w, ci, co, k, s: _work(h, w, ci + co, 1, k, s),
            "Every input channel meets every output channel: that is no sum.",
        ),
        (
            lambda h, w, ci, co, k, s: _work(h, w, ci, co, k, s) // k,
            "A kernel has rows and columns.",
        ),
        (lambda h, w, ci, co, k, s: _work(h, w, ci, co, k, 1), "The stride changes nothing yet."),
        (
            lambda h, w, ci, co, k, s: (h // s) * (w // s) * k * k * ci * co,
            "With «same», no pixel is left out: look how the number of positions is rounded.",
        ),
        (
            lambda h, w, ci, co, k, s: h / s * (w / s) * k * k * ci * co,
            "Parts of positions are counted when the stride doesn't divide the size.",
        ),
        (
            lambda h, w, ci, co, k, s: h * w // s * k * k * ci * co,
            "The stride holds downward *and* to the right.",
        ),
        (
            lambda h, w, ci, co, k, s: (
                output_size(h, k, stride=s) * output_size(w, k, stride=s) * k * k * ci * co
            ),
            "These are the positions without padding.",
        ),
        (
            lambda h, w, ci, co, k, s: _work(h, h, ci, co, k, s),
            "The image need not be square: the width is not used.",
        ),
        (
            lambda h, w, ci, co, k, s: 2 * _work(h, w, ci, co, k, s),
            "A multiplication and its addition count as one.",
        ),
        (
            lambda h, w, ci, co, k, s: h * w * ci * k * k,
            "The output channels are missing, and so is the stride.",
        ),
    ],
)


# 6. Three small kernels against a large one.

SMALL = [
    (
        "receptive field",
        7,
        {
            9: "the windows of the three layers overlap; they don't lie side by side.",
            27: "without a stride the field grows by adding, not by multiplying.",
            3: "the first layer sees this far; what about the third?",
            5: "two layers see this far.",
            6: "this is what the three layers add; a single pixel is where it starts.",
            49: "this is an area; its side is asked for.",
            15: "that would be right if something doubled the jump in between.",
        },
    ),
    (
        "weights of the three",
        3 * 9 * 64 * 64,
        {
            3 * 9 * 64 * 64 + 3 * 64: "the biases are counted too.",
            9 * 64 * 64: "this is one of the three layers.",
            3 * 9 * 64: "each kernel looks at all channels, and there is a kernel for each output.",
            3 * 9: "this is for one channel in and out.",
            3 * 9 * (64 + 64): "every channel in meets every channel out: that is no sum.",
            (9 * 64 * 64) ** 3: "the layers' weights add up; they don't multiply.",
            9**3 * 64 * 64: "the layers' weights add up; they don't multiply.",
            49 * 64 * 64: "this is the one large convolution; the order is the other way round.",
        },
    ),
    (
        "weights of the one",
        49 * 64 * 64,
        {
            49 * 64 * 64 + 64: "the biases are counted too.",
            81 * 64 * 64: "the kernel is too large: how far do the three see?",
            25 * 64 * 64: "the kernel is too small: how far do the three see?",
            49 * 64: "each kernel looks at all channels, and there is a kernel for each output.",
            49: "this is for one channel in and out.",
            7 * 64 * 64: "a kernel has rows and columns.",
            49 * (64 + 64): "every channel in meets every channel out: that is no sum.",
            3 * 49 * 64 * 64: "there is one such layer, not three.",
        },
    ),
]

small_kernels = OpenExercise(
    look=lambda answer, rng: _look_at_each(answer, SMALL),
    praise="Right: they see as far with far fewer weights, and bend three times instead of once.",
)


# 7. A network with few parameters that sees far.

MOST_PARAMETERS = 10_000
SMALLEST_FIELD = 20


def _look_at_network(model, rng):
    """A hint about a model's kind, its shapes, its parameters and how far it sees."""
    import keras  # only here: importing it takes seconds

    if not isinstance(model, keras.Model):
        return f"A Keras model is wanted, and this is {name_type(model)}."
    if not model.built:
        return "The model doesn't know its shapes yet: its first layer should be an Input."
    return (
        _look_at_shapes(model)
        or _look_at_last_layer(model.layers[-1])
        or _look_at_parameters(model)
        or _look_at_field(list(_flat_layers(model)))
    )


def _look_at_shapes(model):
    wanted = {"input": (28, 28, 1), "output": (10,)}
    shapes = {"input": tuple(model.input_shape[1:]), "output": tuple(model.output_shape[1:])}
    for end, shape in wanted.items():
        if shapes[end] == shape:
            continue
        hint = f"The {end} has shape {shapes[end]}, and should have {shape}"
        if end == "output" and len(shapes[end]) == 3:
            return f"{hint}: the maps must be flattened or averaged first."
        return f"{hint}."
    return None


def _look_at_last_layer(layer):
    activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
    if type(layer).__name__ == "Softmax" or activation == "softmax":
        return "These are probabilities; logits are wanted, as they are before a softmax."
    if type(layer).__name__ == "ReLU" or activation != "linear":
        return f"The outputs go through an activation ({activation}); logits may have any value."
    return None


def _look_at_parameters(model):
    if (count := model.count_params()) <= MOST_PARAMETERS:
        return None
    largest = max(model.layers, key=lambda layer: layer.count_params())
    return (
        f"{count:,} parameters are too many: most of them are in the layer {largest.name}, "
        f"with {largest.count_params():,}."
    )


def _look_at_field(layers):
    if any(len(_inputs(layer)) > 1 for layer in layers):
        return "The check follows one path only: build a network whose layers form a chain."
    windows = [window for layer in layers if (window := _window(layer))]
    if not windows:
        return "There is no convolution and no pooling with a window in it."
    field = min(receptive_field(axis)[-1].size for axis in zip(*windows, strict=True))
    if field < SMALLEST_FIELD:
        return f"The last convolution or pooling sees {field} × {field} pixels: not far enough."
    return None


def _flat_layers(model):
    """The layers of a model, with those of the models inside it."""
    for layer in model.layers:
        yield from _flat_layers(layer) if hasattr(layer, "layers") else [layer]


def _inputs(layer):
    return layer.input if isinstance(layer.input, (list, tuple)) else [layer.input]


def _window(layer):
    """`(kernel, stride, dilation)` of a convolution or pooling, for rows and for columns."""
    size = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    dilation = getattr(layer, "dilation_rate", (1, 1))
    return size and tuple(zip(size, layer.strides, dilation, strict=True))


frugal_network = OpenExercise(
    look=_look_at_network,
    praise="Right: few weights, and it sees most of the digit.",
)
