"""What a sliding window computes: sizes, padding, channels, gaps, and the backward pass."""

from __future__ import annotations

import numpy as np

from dl_course.checks._exercise import FunctionExercise, ValueExercise
from dl_course.checks._kinds import Count, Real
from dl_course.convolution import correlate

__all__ = ["dilated", "filter_maps", "kernel_gradient", "output_sizes", "pad"]


def _draw_arrays(rng, *shapes):
    """Positive and negative fractions; float32 holds them, and sums of 100 products, exactly."""
    unit, dtype = rng.choice([0.125, 8.0]), rng.choice(["float32", "float64"])
    return [(unit * rng.integers(-400, 401, size=shape)).astype(dtype) for shape in shapes]


def _draw_unequal(rng, most):
    """Two different whole numbers from 1 to `most`."""
    return tuple(int(n) for n in rng.permutation(np.arange(1, most + 1))[:2])


# Sizes by hand: (28, 5, 0, 1), (32, 7, 2, 1), (28, 3, 0, 2), (224, 7, 3, 2).

output_sizes = ValueExercise(
    kind=Count(),
    expected=[24, 30, 13, 112],
    praise="Right, floor included.",
    hints=[
        "How far is it from the window's first position to its last? Padding widens the image.",
        "How many steps of the stride fit into that distance?",
        "There is one position more than there are steps.",
    ],
    mistakes=[
        ([24, 30, 14, 113], "Count no window that would stick out: which way does ⌊ ⌋ round?"),
        ([24, 30, 13, 113], "Three are right. In the last, does the last window stick out?"),
        ([24, 28, 13, 111], "Padding is on both sides: it counts twice."),
        ([24, 26, 13, 109], "The padding is forgotten in the second and the last."),
        ([24, 30, 26, 224], "The stride is forgotten in the last two."),
        ([28, 32, 14, 112], 'These are the sizes for "same"; the padding here is a number.'),
    ],
)


# A frame of zeros.


def _pad_sides(top, bottom, left, right):
    return lambda image, n: np.pad(image, ((top * n, bottom * n), (left * n, right * n)))


def _draw_pad(rng):
    (image,) = _draw_arrays(rng, _draw_unequal(rng, 6))
    return image.astype(rng.choice([image.dtype, "int64"])), int(rng.integers(3, 8))


pad = FunctionExercise(
    kind=Real(),
    reference=lambda image, amount: np.pad(image, amount),
    cases=[
        (np.array([[1.5, 2.0, 3.0], [4.0, 5.0, -6.0]]), 1),
        (np.array([[-7.0, -8.5]]), 2),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), 0),
    ],
    draw=_draw_pad,
    praise="Right: the corners are there too.",
    hints=[
        "How large is the result, in rows and in columns?",
        "Make an array of zeros of that size first; then put the image into it.",
        "The image begins at row `amount`. Where does it end? Count from the front.",
    ],
    mistakes=[
        (_pad_sides(1, 1, 0, 0), "Zeros above and below, but none left and right."),
        (_pad_sides(0, 0, 1, 1), "Zeros left and right, but none above and below."),
        (_pad_sides(1, 0, 1, 0), "Only above and left: the frame goes all around."),
        (_pad_sides(0, 1, 0, 1), "Only below and right: the frame goes all around."),
        (_pad_sides(0, 2, 0, 2), "The size is right, but the image sits in a corner of it."),
        (lambda image, n: np.pad(image, 1), "The frame is always 1 wide: `amount` isn't used."),
        (lambda image, n: np.pad(image, n, "edge"), "The frame repeats the edge of the image."),
        (lambda image, n: 0 * np.pad(image, n), "The size is right, but the image is not in it."),
    ],
)


# Several channels, several filters.


def _maps(image, filters, bias, flip=1):
    """One map for each filter: the sum over the channels, and its bias."""
    c, f = filters.shape[2:]
    maps = [
        sum(correlate(image[..., k], filters[::flip, ::flip, k, n]) for k in range(c)) + bias[n]
        for n in range(f)
    ]
    return np.stack(maps, axis=-1)


def _draw_maps(rng):
    kh, kw = _draw_unequal(rng, 3)
    c = int(rng.integers(3, 6))
    f = c + int(rng.integers(1, 4))
    image = (kh + int(rng.integers(1, 4)), kw + int(rng.integers(0, 5)), c)
    return _draw_arrays(rng, image, (kh, kw, c, f), f)


filter_maps = FunctionExercise(
    kind=Real(),
    reference=_maps,
    cases=[
        (
            np.arange(24.0).reshape(3, 4, 2) % 7,
            np.arange(12.0).reshape(1, 2, 2, 3) % 5 - 1.5,
            np.array([1.0, 2, -30]),
        )
    ],
    draw=_draw_maps,
    praise="Right: each filter looks at all channels, and gives one map.",
    hints=[
        "Begin with one filter: it has a table of weights for each channel.",
        "Correlate each channel with its own table; then add up what they give, pixel by pixel.",
        "One map for each filter: `np.stack(maps, axis=-1)` puts them one behind the other.",
    ],
    mistakes=[
        (lambda x, w, b: _maps(x, w, 0 * b), "The bias isn't added."),
        (lambda x, w, b: _maps(x, w, x.shape[2] * b), "The bias is added once for each channel."),
        (lambda x, w, b: _maps(x, w, 0 * b + b[0]), "Each filter has its own bias."),
        (lambda x, w, b: _maps(x[..., :1], w[:, :, :1], b), "Only the first channel is used."),
        (
            lambda x, w, b: _maps(x, np.repeat(w[:, :, :1], w.shape[2], axis=2), b),
            "All channels meet the same weights: each has its own.",
        ),
        (
            lambda x, w, b: _maps(x, w / x.shape[2], b),
            "Over the channels comes a sum, not a mean.",
        ),
        (lambda x, w, b: _maps(x, w, b, -1), "The filters are flipped: no flip is wanted."),
    ],
)


# A window with gaps.


def _dilated(image, kernel, dilation):
    """Correlate with a kernel that has `dilation - 1` zeros between its weights."""
    wide = np.zeros(dilation * (np.array(kernel.shape) - 1) + 1)
    wide[::dilation, ::dilation] = kernel
    return correlate(image.astype(float), wide)


def _draw_dilated(rng):
    kernel, dilation = np.array(_draw_unequal(rng, 3)), int(rng.integers(3, 9))
    image = (dilation + 1) * (kernel - 1) + 1 + rng.integers(0, 4, size=2)
    return *_draw_arrays(rng, image, kernel), dilation


dilated = FunctionExercise(
    kind=Real(),
    reference=_dilated,
    cases=[
        (np.array([[1.0, 2.5, 5.0, 7], [0, 3, -1, 5]]), np.array([[1.0, -2.0]]), 2),
        (np.arange(20.0).reshape(4, 5) % 7, np.array([[1.0, 2.0], [3.0, -0.5]]), 1),
    ],
    draw=_draw_dilated,
    praise="Right: a wider view for the same number of weights.",
    hints=[
        "How many pixels does the window reach over, from its first weight to its last?",
        "A slice with a step, `start:stop:step`, picks the pixels that lie under the weights.",
        "Or build the wide kernel, with zeros in its gaps, and correlate as before.",
    ],
    mistakes=[
        (lambda x, w, d: correlate(x, w), "The window has no gaps yet: a plain correlation."),
        (lambda x, w, d: correlate(x, w, stride=d), "That is a stride: the window has no gaps."),
        (
            lambda x, w, d: correlate(x[::d, ::d], w),
            "The gaps belong in the window, not the image.",
        ),
        (lambda x, w, d: _dilated(x, w, d + 1), "The gaps are too wide: dilation 1 means no gap."),
        (lambda x, w, d: _dilated(x, np.flip(w), d), "The kernel is flipped: no flip is wanted."),
    ],
)


# The gradient with respect to the kernel, with a stride.


def _gradient(image, grad_output, kernel_size, stride):
    kh, kw = kernel_size
    return _dilated(image, grad_output, stride)[:kh, :kw]


def _draw_kernel_gradient(rng):
    kernel, outputs = _draw_unequal(rng, 4), np.array(_draw_unequal(rng, 4)) + 1
    stride = int(rng.integers(3, 9))
    left_over = rng.integers(0, stride, size=2)  # pixels that no window reaches
    image = stride * (outputs - 1) + kernel + left_over
    return *_draw_arrays(rng, image, outputs), kernel, stride


kernel_gradient = FunctionExercise(
    kind=Real(),
    reference=_gradient,
    cases=[
        (np.array([[1.0, 2.5, 5.0, 7], [0, 3, -1, 5]]), np.array([[1.0, -2.0]]), (2, 3), 1),
        (np.arange(48.0).reshape(6, 8) ** 2 % 11, np.array([[1, 2, 1], [0, -1.5, 4]]), (3, 4), 2),
    ],
    draw=_draw_kernel_gradient,
    praise="Right: a correlation again, of the image with the dilated gradient of the outputs.",
    hints=[
        "Take one weight: which pixel does it meet in the first window, and which in the next?",
        "By the chain rule, each of these pixels counts with the gradient of its window's output.",
        "With stride 1 section 8 does it. With a larger one, the pixels lie further apart.",
    ],
    mistakes=[
        (lambda x, g, k, s: _gradient(x, g, k, 1), "The stride isn't used."),
        (lambda x, g, k, s: correlate(x, g, stride=s), "Which pixels does a single weight meet?"),
        (lambda x, g, k, s: _dilated(x, g, s), "One number for each weight is wanted, not more."),
        (lambda x, g, k, s: _gradient(x, np.flip(g), k, s), "`grad_output` should not be flipped."),
        (lambda x, g, k, s: _gradient(x, np.ones_like(g), k, s), "`grad_output` isn't used."),
        (lambda x, g, k, s: x[: k[0], : k[1]] * g[0, 0], "That is the first window's part alone."),
    ],
)
