"""The exercises of notebook 02, convolution, padding and stride."""

from __future__ import annotations

import numpy as np

from dl_course import convolution
from dl_course.checks._exercise import FunctionExercise, OpenExercise, ValueExercise

__all__ = [
    "convolution_parameters",
    "dilated",
    "horizontal_edges_only",
    "kernel_gradient",
    "output_sizes",
    "pad",
    "shift_right",
]


# 1. Sizes by hand: (28, 5, 0, 1), (28, 5, 2, 1), (28, 3, 0, 2), (224, 7, 3, 2).

output_sizes = ValueExercise(
    expected=np.array([24, 28, 13, 112]),
    praise="Right, floor included.",
    mistakes=[
        ([24, 28, 14, 112], "The third: a window that does not fit any more is left out."),
        ([24, 28, 13, 113], "The fourth: (224 + 6 - 7) / 2 is rounded down, and then + 1."),
        ([24, 28, 14, 113], "A window that does not fit is left out: round down, twice."),
        ([23, 27, 12, 111], "Each is one too small: the first position counts too (+ 1)."),
        ([25, 29, 14, 113], "Each is one too large: size + 2p - k, and only one + 1, at the end."),
        ([24, 26, 13, 111], "Padding is on both sides: it counts twice."),
        ([24, 28, 26, 224], "The stride is forgotten in the last two."),
        ([24, 24, 13, 109], "The padding is forgotten."),
        (
            [28, 28, 14, 112],
            "Without padding the output is smaller than the input over the stride.",
        ),
    ],
)


# 2. A frame of zeros.


def _pad_with(amounts):
    return lambda image, amount: np.pad(image, amounts(amount))


pad = FunctionExercise(
    reference=lambda image, amount: np.pad(image, amount),
    cases=[
        (np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), 1),
        (np.array([[7.0, 8.0]]), 2),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), 0),
    ],
    praise="Right: the corners are there too.",
    mistakes=[
        (_pad_with(lambda n: ((n, n), (0, 0))), "Zeros above and below, but none left and right."),
        (_pad_with(lambda n: ((0, 0), (n, n))), "Zeros left and right, but none above and below."),
        (_pad_with(lambda n: ((n, 0), (n, 0))), "Only above and left: the frame goes all around."),
        (_pad_with(lambda n: ((0, n), (0, n))), "Only below and right: the frame goes all around."),
        (
            _pad_with(lambda n: ((0, 2 * n), (0, 2 * n))),
            "The size is right, but the image sits in a corner: it should start at `amount`.",
        ),
        (
            _pad_with(lambda n: 1),
            "The frame is always 1 wide; `amount` says how wide it should be.",
        ),
        (lambda image, amount: image, "Nothing is added yet."),
        (
            lambda image, amount: np.pad(image, amount, constant_values=1.0),
            "The frame should be zeros, and this one is ones.",
        ),
        (
            lambda image, amount: np.pad(image, amount, mode="edge"),
            "The frame repeats the edge of the image; zeros are wanted.",
        ),
        (
            lambda image, amount: np.zeros(np.add(image.shape, 2 * amount)),
            "The size is right, but the image is not in it.",
        ),
    ],
)


# 3. A kernel that moves a picture.


def _one_at(row, column):
    kernel = np.zeros((3, 3))
    kernel[row, column] = 1
    return kernel


shift_right = ValueExercise(
    expected=_one_at(1, 0),
    praise="Right: each pixel takes the value of its left neighbour, so the picture moves right.",
    mistakes=[
        (_one_at(1, 2), "This moves the picture to the left. (Is it flipped? Ours is not.)"),
        (_one_at(0, 1), "This moves the picture down."),
        (_one_at(2, 1), "This moves the picture up."),
        (_one_at(1, 1), "This kernel changes nothing: each output looks at its own pixel."),
        (-_one_at(1, 0), "It moves, but turns bright into dark."),
        (np.ones((3, 3)) / 9, "This blurs: only one pixel should count."),
        (
            np.array([[0.0, 0, 0], [1, 1, 0], [0, 0, 0]]),
            "Two pictures over each other: the old place still counts.",
        ),
        (_one_at(0, 0), "This moves down as well as to the right."),
        (_one_at(2, 0), "This moves up as well as to the right."),
        (np.array([[1.0, 0, 0]] * 3), "Three rows are added up: only one pixel should count."),
    ],
)


# 4. A window with gaps.


def _spread(kernel, dilation):
    """The kernel with `dilation - 1` zeros between its weights."""
    wide = np.zeros(dilation * (np.array(kernel.shape) - 1) + 1)
    wide[::dilation, ::dilation] = kernel
    return wide


def _dilated(image, kernel, dilation):
    return convolution.correlate(image, _spread(kernel, dilation))


dilated = FunctionExercise(
    reference=_dilated,
    cases=[
        (np.arange(42.0).reshape(6, 7) ** 2 % 11, np.array([[1.0, 2.0], [3.0, -1.0]]), 2),
        (np.arange(60.0).reshape(5, 12) ** 2 % 13, np.array([[1.0, 3.0, 2.0]]), 3),
        (np.arange(20.0).reshape(4, 5) % 7, np.array([[1.0, 2.0], [3.0, -1.0]]), 1),
    ],
    praise="Right: a wider view for the same number of weights.",
    mistakes=[
        (
            lambda image, kernel, dilation: convolution.correlate(image, kernel),
            "The window has no gaps yet: this is the plain correlation.",
        ),
        (
            lambda image, kernel, dilation: convolution.correlate(image, kernel, stride=dilation),
            "That is a stride: the window jumps, but is as narrow as before.",
        ),
        (
            lambda image, kernel, dilation: _dilated(image, kernel, dilation + 1),
            "The gaps are one too wide: dilation 1 means no gap.",
        ),
        (
            lambda image, kernel, dilation: _dilated(image, np.flip(kernel), dilation),
            "The kernel is flipped: cross-correlation is wanted.",
        ),
        (
            lambda image, kernel, dilation: _dilated(image, kernel, dilation)[:-1, :-1],
            "The last row and column are missing: off by one.",
        ),
        (
            lambda image, kernel, dilation: convolution.correlate(
                image[::dilation, ::dilation], kernel
            ),
            "Pixels are left out of the image; the gaps belong in the window.",
        ),
    ],
)


# 5. How many numbers does a convolution learn?

convolution_parameters = FunctionExercise(
    reference=lambda kernel_size, channels, filters: (kernel_size**2 * channels + 1) * filters,
    cases=[(3, 1, 10), (5, 32, 64), (7, 3, 16), (1, 8, 4)],
    praise="Right, and the size of the image does not matter.",
    mistakes=[
        (lambda k, c, f: k * k * c * f, "The biases are missing: one for each filter."),
        (lambda k, c, f: (k * k + 1) * f, "Each filter looks at all input channels."),
        (lambda k, c, f: (k * c + 1) * f, "A kernel is square: its side counts twice."),
        (lambda k, c, f: k * k * c + f, "Each filter has weights of its own."),
        (lambda k, c, f: k * k * c + 1, "This is one filter."),
        (lambda k, c, f: (k * k * c + c) * f, "One bias a filter, not one for each input channel."),
        (lambda k, c, f: k * k * c * f + 1, "One bias in all is too few: each filter has its own."),
        (lambda k, c, f: (k * k * f + 1) * c, "Channels and filters are swapped: a bias a filter."),
        (lambda k, c, f: k * k * f, "The input channels and the biases are missing."),
    ],
)


# 6. The slope in the kernel.

kernel_gradient = FunctionExercise(
    reference=lambda image, grad_output: convolution.correlate(image, grad_output),
    cases=[
        (np.arange(9.0).reshape(3, 3) ** 2, np.array([[1.0, -2.0], [0.5, 3.0]])),
        (np.arange(20.0).reshape(4, 5) % 7, np.array([[1.0, 2.0], [0.0, -1.0], [4.0, 0.5]])),
    ],
    praise="Right: it is a correlation again, of the image with the slopes of the outputs.",
    mistakes=[
        (
            lambda image, g: convolution.correlate(image, np.flip(g)),
            "The slopes are flipped: each weight meets the pixels in the order of the outputs.",
        ),
        (
            lambda image, g: -convolution.correlate(image, g),
            "The sign is wrong: this is the direction of a step, not the slope.",
        ),
        (
            lambda image, g: convolution.correlate(image, g) / g.size,
            "It is a sum over all outputs, not a mean.",
        ),
        (
            lambda image, g: image[: g.shape[0], : g.shape[1]] * g,
            "A weight meets every window, not only the first one.",
        ),
        (
            lambda image, g: convolution.correlate(image, np.ones_like(g)),
            "Each window counts as much as its output matters: the slopes are missing.",
        ),
        (lambda image, g: convolution.correlate(image, g).T, "Rows and columns are swapped."),
    ],
)


# 7. A kernel with a wish list.

FLAT = np.ones((5, 5))
LEFT_DARK = np.array([[0.0, 0, 1, 1, 1]] * 5)  # a vertical edge
TOP_DARK = LEFT_DARK.T  # a horizontal edge


def _look_at_kernel(kernel, rng):
    """A hint about a kernel that should see horizontal edges and nothing else, or None."""
    kernel = np.asarray(kernel, dtype=float)
    if kernel.shape != (3, 3):
        return f"The kernel has shape {kernel.shape}, and should have (3, 3)."
    flat, vertical, horizontal = (
        np.max(np.abs(convolution.correlate(image, kernel)))
        for image in (FLAT, LEFT_DARK, TOP_DARK)
    )
    if not np.any(kernel):
        return "All zeros see nothing at all."
    if flat > 1e-9:
        return "It answers where nothing changes: what must the nine numbers add up to?"
    if vertical > 1e-9:
        return "It answers to a vertical edge: what must each column add up to?"
    if horizontal < 1e-9:
        return "It answers to nothing yet: neither to vertical edges nor to horizontal ones."
    return None


horizontal_edges_only = OpenExercise(
    look=_look_at_kernel,
    praise="Right: blind to flat areas and vertical edges, awake for horizontal ones.",
)
