"""Kernels for a purpose: invented, found from what they did, and found through noise."""

from __future__ import annotations

import numpy as np

from dl_course.checks import _patterns
from dl_course.checks._answer import normalize
from dl_course.checks._exercise import FunctionExercise, OpenExercise, ValueExercise
from dl_course.checks._kinds import Real
from dl_course.convolution import correlate

__all__ = ["find_kernel", "horizontal_edges_only", "kernel_errors", "translation_kernel"]


# A kernel that translates an image by dx = 1.


def _one_at(row, column):
    return np.eye(9)[3 * row + column].reshape(3, 3)


translation_kernel = ValueExercise(
    kind=Real(),
    expected=_one_at(1, 0),
    praise="Right: each pixel takes the value of its left neighbour, so the picture moves right.",
    hints=[
        "Each output is a weighted sum of the nine pixels under the window. How many should count?",
        "Take one pixel of the translated image: where did its value stand before?",
        "Seen from the middle of the window, is that place to the left, or to the right?",
    ],
    mistakes=[
        (_one_at(1, 2), "This translates by dx = −1, to the left. (Is it flipped? Ours is not.)"),
        (_one_at(0, 1), "This translates by dy = 1, down."),
        (_one_at(2, 1), "This translates by dy = −1, up."),
        (_one_at(1, 1), "This kernel changes nothing: each output looks at its own pixel."),
        (np.ones((3, 3)) / 9, "This blurs: it is a mean of nine pixels."),
        (np.zeros((3, 3)), "All zeros make every picture black: some pixel must count."),
    ],
)


# The kernel that made an output.


def _find(image, output, kernel_size):
    """Least squares: each output is one equation for the weights."""
    views = np.lib.stride_tricks.sliding_window_view(image, kernel_size)
    windows = views.reshape(output.size, -1)  # (outputs, weights)
    return np.linalg.lstsq(windows, output.ravel(), rcond=None)[0].reshape(kernel_size)


def _draw_find(rng):
    kernel = rng.normal(size=rng.permutation(np.arange(1, 5))[:2])
    image = rng.normal(size=kernel.shape + rng.integers(5, 9, size=2))
    return image, correlate(image, kernel), kernel.shape


_IMAGE = np.arange(42.0).reshape(6, 7) ** 2 % 11

find_kernel = FunctionExercise(
    kind=Real(rtol=1e-3, atol=1e-4),
    reference=_find,
    cases=[(_IMAGE, correlate(_IMAGE, [[1.0, -2, 0], [0.0, 3, 1]]), (2, 3))],
    draw=_draw_find,
    praise="Right. And which kernel made the second table?",
    hints=[
        "Write one output as an equation: which numbers are known in it, and which are not?",
        "Each window is a row of known numbers: put all of them into one matrix.",
        "There are more equations than weights: `np.linalg.lstsq` solves them all at once.",
    ],
    mistakes=[
        (lambda x, y, k: np.flip(_find(x, y, k)), "The kernel is flipped: no flip is wanted."),
        (lambda x, y, k: correlate(x, y), "That is how image and output go together: now solve."),
        (lambda x, y, k: np.rint(_find(x, y, k)), "Weights need not be whole numbers."),
        (
            lambda x, y, k: _find(x - x.mean(), y, k),
            "Leave the image as it is: the outputs were made from it.",
        ),
    ],
)


# Experiment: with noise, how far is the kernel that is found from the one that was used?


def _errors(noise=0.5):
    """Mean root of the mean of nine squares, 0.973 standard deviations; nine equations are used up."""
    return 0.973 * noise / np.sqrt(np.array([100, 400, 1600, 6400]) - 10)


kernel_errors = ValueExercise(
    kind=Real(rtol=0.15, atol=0),
    expected=_errors(),
    praise="Right: four times as many pixels halve the error.",
    hints=[
        "In each repeat draw a new image and new noise; the kernel stays the same.",
        "The error of one repeat: subtract, square, take the mean of the nine weights, take the root.",
        "Measure it for one size first, over all repeats; then put a loop around it.",
    ],
    mistakes=[
        (3 * _errors(), "Three times too large: take the mean of nine squares, not their sum."),
        (_errors() ** 2, "These are mean squares: take the root."),
        (_errors()[::-1], "The smallest image should come first."),
        (
            1.9 * _errors(),
            "About twice too large: is the noise 0.5? Is it the mean of squares, not the largest?",
        ),
        (0.82 * _errors(), "A little too small: take squares and a root, not absolute values."),
        (np.full(4, 0.5), "That is the noise in an output. How far off are the weights?"),
    ],
)


# A kernel with a wish list.

FLAT = np.ones((5, 5))
LEFT_DARK = np.array([[0.0, 0, 1, 1, 1]] * 5)  # a vertical edge
TOP_DARK = LEFT_DARK.T  # a horizontal edge


def _responds(kernel, image):
    """True if a response is not 0: larger than a millionth of the kernel's largest weight."""
    return np.max(np.abs(correlate(image, kernel / np.max(np.abs(kernel))))) > 1e-6


def _look_at_kernel(answer, rng):
    """A hint about a kernel that should respond to horizontal edges and nothing else, or None."""
    given = normalize(answer)
    kernel = given.value
    if hint := given.hint or _patterns.wrong_shape(kernel, np.zeros((3, 3)), Real()):
        return hint
    if kernel.dtype.kind == "c" or not np.all(np.isfinite(kernel := kernel.astype(float))):
        return "Nine real, finite numbers are wanted."
    if not np.any(kernel):
        return "All zeros respond to nothing at all."
    flat, vertical, horizontal = (_responds(kernel, x) for x in (FLAT, LEFT_DARK, TOP_DARK))
    if flat:
        return "It responds where nothing changes: what must the nine numbers add up to?"
    if vertical and not horizontal:
        return "It responds to vertical edges and not to horizontal ones: the other way round."
    if vertical:
        return "It responds to a vertical edge too: look at its columns, one by one."
    if not horizontal:
        return "It responds to nothing yet: neither to vertical edges nor to horizontal ones."
    return None


horizontal_edges_only = OpenExercise(
    look=_look_at_kernel,
    praise="Right: no response in flat areas and at vertical edges, but one at horizontal edges.",
    hints=[
        "Section 4 has kernels that respond to edges in one direction. Then invent your own.",
        "In a flat area all nine pixels are equal: what is the response then?",
        "At a vertical edge, the pixels of one column are still equal to each other.",
    ],
)
