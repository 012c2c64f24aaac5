"""Layers of convolutions: counted, stacked, and built in Keras."""

from __future__ import annotations

import numpy as np

from dl_course.checks import _models
from dl_course.checks._answer import name_type, normalize
from dl_course.checks._exercise import FunctionExercise, OpenExercise
from dl_course.checks._guard import run
from dl_course.checks._kinds import Count, Real
from dl_course.convolution import KERNELS, conv2d

__all__ = ["convolution_parameters", "edge_layer", "stack_sizes", "strided_model"]


# How many numbers do convolutions learn, one after the other?


def _parameters(of_layer):
    """Add up `of_layer(kh, kw, channels, filters)` over the layers."""
    return lambda kernel_size, channels, filters: sum(
        of_layer(*kernel_size, *layer) for layer in zip([channels, *filters], filters, strict=False)
    )


_count = _parameters(lambda kh, kw, c, f: (kh * kw * c + 1) * f)


def _draw_layers(rng):
    filters = rng.integers(2, 65, size=rng.integers(3, 6)).tolist()
    height, width = rng.permutation(np.arange(1, 8))[:2].tolist()
    return (height, width), int(rng.integers(2, 9)), [*filters, filters[-1]]


convolution_parameters = FunctionExercise(
    kind=Count(),
    reference=_count,
    cases=[((3, 5), 2, [10, 20]), ((1, 1), 8, [4])],
    draw=_draw_layers,
    praise="Right, and the size of the image does not matter.",
    hints=[
        "Begin with one layer: how many weights has one filter, and how many biases?",
        "The channels that go into the second layer are what the first one gives.",
        "Add up over the layers, and keep track of how many channels go into the next one.",
    ],
    mistakes=[
        (_parameters(lambda kh, kw, c, f: kh * kw * c * f), "The biases are missing."),
        (_parameters(lambda kh, kw, c, f: kh * kw * c * f + 1), "Each filter has its own bias."),
        (_parameters(lambda kh, kw, c, f: kh * kw * c + f), "Each filter has its own weights."),
        (_parameters(lambda kh, kw, c, f: (kh * kw + 1) * f), "A filter looks at all channels."),
        (_parameters(lambda kh, kw, c, f: (kh * kh * c + 1) * f), "The kernel's width isn't used."),
        (_parameters(lambda kh, kw, c, f: (kh * kw * f + 1) * c), "Count a bias for each filter."),
        (lambda k, c, fs: _count(k, c, fs[:1]), "Only the first layer is counted."),
        (
            lambda k, c, fs: sum(_count(k, c, [f]) for f in fs),
            "Only layer 1 sees the image itself.",
        ),
    ],
)


# Experiment: how a stack of layers shrinks its input.


def _stack(output_size, stop=True):
    """Follow a size through layers `(kernel, stride, padding)` while the window fits."""

    def sizes(size, layers):
        found = []
        for kernel, stride, padding in layers:
            if stop and padding == "valid" and kernel > size:
                break
            size = output_size(size, kernel, stride, padding)
            found.append(size)
        return found

    return sizes


def _size(size, kernel, stride, padding):
    return -(-size // stride) if padding == "same" else (size - kernel) // stride + 1


def _draw_stack(rng):
    """Layers of both paddings, so many that the window doesn't fit in the end."""
    kinds = [str(padding) for padding in rng.permutation(["same", "valid", "valid"])]
    layers = [(int(rng.integers(2, 7)), int(rng.integers(1, 4)), padding) for padding in kinds]
    return int(rng.integers(40, 90)), [*layers, *[(int(rng.integers(3, 6)), 1, "valid")] * 40]


stack_sizes = FunctionExercise(
    kind=Count(),
    reference=_stack(_size),
    cases=[
        (20, [(5, 2, "valid"), (4, 3, "same"), (2, 1, "valid")]),
        (10, [(3, 1, "valid"), (4, 3, "valid"), (3, 1, "valid")]),
    ],
    draw=_draw_stack,
    praise="Right: a stack without padding runs out of pixels.",
    hints=[
        "Section 4 has the formula for one layer. What comes out of it goes into the next.",
        "With padding `same`, only the stride matters: divide, and round up.",
        "Compare the window with the size before each layer, and stop where it doesn't fit.",
    ],
    mistakes=[
        (_stack(_size, stop=False), "The list goes on after a window doesn't fit any more."),
        (lambda n, layers: [n, *_stack(_size)(n, layers)], "Begin with the size after layer 1."),
        (lambda n, layers: _stack(_size)(n, layers)[-1:], "Give the size after each layer."),
        (lambda n, ls: _stack(_size)(n, [(k, s, "valid") for k, s, _ in ls]), "`same` pads."),
        (lambda n, ls: _stack(_size)(n, [(k, 1, p) for k, _, p in ls]), "The stride isn't used."),
        (
            _stack(lambda n, k, s, p: n // s if p == "same" else _size(n, k, s, p)),
            "With `same`, which way is the quotient rounded?",
        ),
    ],
)


# Keras: a layer with weights that are given.

_EDGES = np.stack([KERNELS["sobel x"], KERNELS["sobel y"]], axis=-1)[:, :, None] / 3
_EDGES = np.repeat(_EDGES, 3, axis=2)  # (3, 3, 3, 2)


def _look_at_layer(answer, rng):
    """A hint about a layer that should give Sobel x and Sobel y of a picture's grey values, or None."""
    import keras

    if isinstance(answer, type) or not isinstance(answer, keras.layers.Layer):
        return f"A Keras layer is wanted, and this is {name_type(answer)}."
    images = rng.integers(-8, 9, size=(2, 7, 9, 3)).astype("float32")
    outcome = run(lambda: answer(images))
    given = normalize(outcome.value)
    if hint := outcome.hint or given.hint:
        return hint
    expected = conv2d(images, _EDGES, padding="same")
    return _compare_maps(
        given.value, expected, conv2d(images, np.flip(_EDGES, (0, 1)), padding="same")
    )


def _compare_maps(got, expected, flipped):
    near = Real(rtol=1e-4, atol=1e-4)
    if got.shape == (2, 5, 7, 2):
        return "The maps are smaller than the picture: is there padding?"
    if got.shape != expected.shape:
        return f"For images (2, 7, 9, 3) it gives {got.shape}, and should give {expected.shape}."
    if near.is_same(got, expected):
        return None
    others = {
        "The two maps are in the wrong order: Sobel x comes first.": expected[..., ::-1],
        "These are sums over red, green and blue: grey is their mean.": 3 * expected,
        "Every sign is the other way round: were the kernels flipped? Keras flips none.": flipped,
        "Negative responses are cut off: is there an activation?": np.maximum(expected, 0),
    }
    for hint, other in others.items():
        if near.is_same(got, other):
            return hint
    if near.is_same(got - got.mean((0, 1, 2)), expected - expected.mean((0, 1, 2))):
        return "All is right but for a constant: the bias."
    return "The maps differ from those of Sobel x and Sobel y: are the weights set?"


edge_layer = OpenExercise(
    look=_look_at_layer,
    praise="Right: a Conv2D is what its weights are.",
    hints=[
        "Two filters, three channels: what shape does the kernel of this layer have?",
        "Grey is the mean of red, green and blue: which weights does each channel get?",
        "A layer has weights once it is built: `layer.build((None, None, None, 3))`, then set them.",
    ],
)


# Keras: a small model with an output shape that is wanted.


def _look_at_model(model, rng):
    """A hint about a model of strided convolutions, or None."""
    if hint := _models.wrong_model(model):
        return hint
    import keras

    free = (keras.layers.InputLayer, keras.layers.Activation, keras.layers.ReLU)
    for layer in _models.flat_layers(model):
        if isinstance(layer, free):
            continue
        if not isinstance(layer, keras.layers.Conv2D):
            return f"{layer.name} is no Conv2D."
        if tuple(layer.kernel_size) != (3, 3):
            return f"The kernel of {layer.name} is {layer.kernel_size}, not 3 by 3."
        if max(layer.strides) > 2:
            return f"{layer.name} has a stride of {max(layer.strides)}; 2 is the most."
    return _models.wrong_shapes(model, (96, 128, 3), (12, 16, 10)) or _models.too_many_parameters(
        model, 3000
    )


strided_model = OpenExercise(
    look=_look_at_model,
    praise="Right: strides alone make a picture small.",
    hints=[
        "By which factor do height and width become smaller? How many layers of stride 2 is that?",
        'With `padding="same"`, a stride of 2 halves an even size exactly.',
        "The last layer has as many filters as the output has channels. Where do parameters go?",
    ],
)
