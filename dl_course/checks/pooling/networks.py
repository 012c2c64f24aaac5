"""The exercises about the shape of a convnet: its parameters, its work, how far it sees."""

from __future__ import annotations

import contextlib
import math

import numpy as np

from dl_course.checks._exercise import FunctionExercise, OpenExercise, ValueExercise
from dl_course.checks._kinds import Count, Several
from dl_course.checks._models import too_many_parameters, wrong_model, wrong_shapes

__all__ = ["frugal_network", "parameters_in_colour", "separable_multiply_adds", "small_kernels"]


# 4. The parameters of a network for images in colour.

_CONVOLUTION_1, _CONVOLUTION_2 = 3 * 3 * 3 * 6 + 6, 3 * 3 * 6 * 16 + 16
_DENSE = 6 * 6 * 16 * 100 + 100, 100 * 60 + 60, 60 * 10 + 10

parameters_in_colour = ValueExercise(
    kind=Several(
        parts={
            name: Count()
            for name in ("convolution 1", "convolution 2", "dense 1", "dense 2", "dense 3")
        }
    ),
    expected=(_CONVOLUTION_1, _CONVOLUTION_2, *_DENSE),
    praise="Right, all five. Colour costs next to nothing: it concerns the first layer only.",
    hints=[
        "Write the shape behind each layer first: height × width × channels.",
        "A kernel looks at all channels that come in, and each kernel has one bias.",
        "Flattening takes all the numbers of the last maps. How many are they?",
    ],
    mistakes=[
        ((162, ..., ..., ..., ...), "convolution 1: are there no biases?"),
        ((60, ..., ..., ..., ...), "convolution 1: that is for grey images; look at the input."),
        ((..., 160, ..., ..., ...), "convolution 2: a kernel looks at all maps that come in."),
        ((..., 448, ..., ..., ...), "convolution 2: the colours are gone here: what comes in?"),
        (
            (..., ..., 7 * 7 * 16 * 100 + 100, ..., ...),
            "dense 1: does a last window count that is not full?",
        ),
        (
            (..., ..., 8 * 8 * 16 * 100 + 100, ..., ...),
            "dense 1: the convolutions have no padding here, so they shrink the maps.",
        ),
        (
            (..., ..., 5 * 5 * 16 * 100 + 100, ..., ...),
            "dense 1: these kernels are smaller than LeNet's: follow the size of the maps.",
        ),
        (
            (..., ..., 16 * 100 + 100, ..., ...),
            "dense 1: the maps are flattened here, not averaged: each has many numbers.",
        ),
    ],
)


# 5. How much work is a depthwise separable convolution?


def _positions(h, w, stride):
    return math.ceil(h / stride) * math.ceil(w / stride)


def _work(positions, c_in, c_out, kernel):
    """Of both steps at every position: a kernel for each channel, then all with all."""
    return positions * (kernel**2 * c_in + c_in * c_out)


def _draw_layer(rng):
    """Images that are not square, with strides that often don't divide their size."""
    size = rng.choice(np.arange(8, 41), size=2, replace=False)
    channels, kernel, stride = rng.integers(2, 21, size=2), rng.integers(2, 8), rng.integers(1, 5)
    return tuple(int(number) for number in (*size, *channels, kernel, stride))


separable_multiply_adds = FunctionExercise(
    kind=Count(),
    reference=lambda h, w, c_in, c_out, kernel, stride: _work(
        _positions(h, w, stride), c_in, c_out, kernel
    ),
    cases=[(28, 28, 8, 32, 5, 1), (9, 7, 3, 8, 4, 2)],
    draw=_draw_layer,
    praise="Right: the two steps add up, where an ordinary convolution multiplies.",
    hints=[
        "Count each step on its own: at how many positions, and how many weights at each?",
        "In the first step a kernel looks at one channel, in the second at a single pixel.",
        "How large is the map that the second step works on?",
    ],
    mistakes=[
        (
            lambda h, w, ci, co, k, s: _positions(h, w, s) * k * k * ci * co,
            "That is an ordinary convolution; here each kernel looks at one channel only.",
        ),
        (
            lambda h, w, ci, co, k, s: _positions(h, w, s) * k * k * ci,
            "That is the first step; the one that mixes the channels is missing.",
        ),
        (
            lambda h, w, ci, co, k, s: _positions(h, w, s) * ci * co,
            "That is the second step; the one before it is missing.",
        ),
        (
            lambda h, w, ci, co, k, s: _work(h * w, ci, co, k),
            "The stride changes nothing yet.",
        ),
        (
            lambda h, w, ci, co, k, s: _positions(h, w, s) * k * k * ci + h * w * ci * co,
            "The second step works on the map that the first has made.",
        ),
        (
            lambda h, w, ci, co, k, s: _work((h // s) * (w // s), ci, co, k),
            'With "same", no pixel is left out: look how the number of positions is rounded.',
        ),
        (
            lambda h, w, ci, co, k, s: _work(((h - k) // s + 1) * ((w - k) // s + 1), ci, co, k),
            "These are the positions without padding.",
        ),
        (
            lambda h, w, ci, co, k, s: _work(1, ci, co, k),
            "That is the number of weights; how often is each used?",
        ),
    ],
)


# 6. Three small kernels against a large one.

small_kernels = ValueExercise(
    kind=Several(
        parts={
            "receptive field": Count(),
            "weights of the three": Count(),
            "weights of the one": Count(),
        }
    ),
    expected=(7, 3 * 9 * 64 * 64, 49 * 64 * 64),
    praise="Right: they see as far with far fewer weights, and have three non-linearities, not one.",
    hints=[
        "Start with one number of the last map: which numbers of the map before does it see?",
        "Every channel in meets every channel out, in each place of the kernel.",
    ],
    mistakes=[
        ((9, ..., ...), "receptive field: the windows overlap; they don't lie side by side."),
        ((27, ..., ...), "receptive field: without a stride it grows by adding."),
        ((6, ..., ...), "receptive field: this is what the layers add; what do they start from?"),
        ((49, ..., ...), "receptive field: this is an area; its side is wanted."),
        ((..., 110_784, ...), "weights of the three: the biases are counted too."),
        ((..., 36_864, ...), "weights of the three: this is one of the three layers."),
        ((..., 1728, ...), "weights of the three: this is for one channel, in or out."),
        ((..., ..., 81 * 64 * 64), "weights of the one: the kernel is too large."),
    ],
)


# 7. A network with few parameters that sees far.

MOST_PARAMETERS, SMALLEST_FIELD, SIZE = 10_000, 20, 28


def _look_at_network(model, rng):
    """A hint about a model's kind, its shapes, its parameters, its end and how far it sees."""
    return (
        wrong_model(model)
        or wrong_shapes(model, (SIZE, SIZE, 1), (10,))
        or too_many_parameters(model, MOST_PARAMETERS)
        or _look_at_end(model, rng)
        or _look_at_field(model, rng)
    )


def _look_at_end(model, rng):
    """A hint if what comes out has gone through an activation."""
    calls = _record(model, rng.uniform(size=(20, SIZE, SIZE, 1)))
    logits = calls[-1][1]
    last = [layer for layer, result in calls if result is logits]  # and the models around it
    functions = [one if _is_activation(one) else getattr(one, "activation", None) for one in last]
    sample = np.array([[-3.0, -1, -0.5, 0, 0.2, 0.5, 1, 2, 3, 5]], "float32")
    changed = [_numbers(function(_tensor(sample))) for function in functions if function]
    if any(map(_are_probabilities, [_numbers(logits), *changed])):
        return "These are probabilities; logits are wanted, as they are before a softmax."
    if not all(np.allclose(one, sample, atol=1e-3) for one in changed):
        return "The outputs go through an activation; logits may have any value."
    return None


def _is_activation(layer):
    return type(layer).__name__ in ("ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax")


def _are_probabilities(rows):
    return bool(np.all(rows >= 0) and np.allclose(rows.sum(axis=1), 1, atol=1e-2))


def _look_at_field(model, rng):
    """A hint if no number of the last map sees far enough, with these weights or with others."""
    weights, image, largest = model.get_weights(), rng.uniform(size=(1, SIZE, SIZE, 1)), 0
    try:
        for attempt in range(5):
            dark = attempt % 2
            if attempt:  # first with the weights as they are
                model.set_weights([_draw_weights(one, dark, rng) for one in model.weights])
            field = _measure_field(model, *((0 * image, 1e4) if dark else (image, 1)))
            if field is None:
                return (
                    "There is no map, of a convolution or pooling, with several rows and columns."
                )
            if (largest := max(field, largest)) >= SMALLEST_FIELD:
                return None
    finally:
        model.set_weights(weights)
    return f"The last map sees {largest} × {largest} pixels: not far enough."


def _draw_weights(variable, positive, rng):
    """Positive ones, which keep each ReLU on, or large ones, which get through a sigmoid."""
    shape = variable.shape
    if "float" not in str(variable.dtype):
        return variable
    if variable.name in ("bias", "beta", "mean", "moving_mean"):
        return np.zeros(shape)
    fan_in = math.prod(shape[:-1])
    if positive or len(shape) < 2:  # also factors and variances
        return rng.uniform(0.5, 1.5, shape) / fan_in
    return rng.normal(0, 4 / fan_in**0.5, shape)


def _measure_field(model, image, light):
    """Side of what a number of the last map sees: which rows and columns, lit, change it?"""
    rows = light * np.eye(SIZE)[:, :, None, None] * np.ones((SIZE, 1))  # image n: its row n
    lights = rows, -rows, rows.swapaxes(1, 2), -rows.swapaxes(1, 2), 0 * image
    calls = _record(model, image + np.concatenate(lights))
    maps = [result for layer, result in calls if _is_map(layer, result)]
    if not maps:
        return None
    last = _numbers(maps[-1])  # (4 · 28 + 1, h, w, c)
    seen = np.abs(last[:-1] - last[-1]) > 2e-6 * np.abs(last[-1]).max()
    seen = seen.reshape(2, 2, SIZE, *last.shape[1:]).any(axis=(1, -1))  # (2, 28, h, w)
    first, end = seen.argmax(axis=1), SIZE - seen[:, ::-1].argmax(axis=1)  # (2, h, w)
    return int(np.where(seen.any(axis=1), end - first, 0).min(axis=0).max())


def _is_map(layer, result):
    """A convolution or pooling with windows gave it, and it has several rows and columns."""
    has_window = hasattr(layer, "kernel_size") or hasattr(layer, "pool_size")
    shape = getattr(result, "shape", ())
    return has_window and len(shape) == 4 and min(shape[1:3]) > 1


def _record(model, images):
    """Every layer that is called and its result, in order, also inside of others."""
    with _recording() as calls:
        model(images.astype("float32"), training=False)
    return calls


@contextlib.contextmanager
def _recording():
    """In place of hooks, which Keras doesn't have."""
    import keras  # only here: importing it takes seconds

    calls, original = [], keras.layers.Layer.__call__

    def call(layer, *arguments, **options):
        result = original(layer, *arguments, **options)
        calls.append((layer, result))
        return result

    keras.layers.Layer.__call__ = call
    try:
        yield calls
    finally:
        keras.layers.Layer.__call__ = original


def _tensor(array):
    import keras

    return keras.ops.convert_to_tensor(array)


def _numbers(tensor):
    import keras

    return keras.ops.convert_to_numpy(tensor).astype(float)


frugal_network = OpenExercise(
    look=_look_at_network,
    praise="Right: few weights, and it sees most of the digit.",
    hints=[
        "Where do the parameters of a convnet usually sit, and what avoids that layer?",
        "A stride multiplies the jump of all layers behind it. What has a stride here?",
        "`convolution.receptive_field` tells you how far a list of layers sees.",
    ],
)
