"""The exercises about pooling itself, forward and backward."""

from __future__ import annotations

import numpy as np

from dl_course.checks._exercise import FunctionExercise, ValueExercise
from dl_course.checks._kinds import Count, Real
from dl_course.pooling import average_pool, max_pool

__all__ = ["average_pool_gradient", "overlapping_max_pool", "pooled_widths"]


# 1. Five poolings, by hand: from 100 pixels, windows of 2, stride 2, nothing padded.

pooled_widths = ValueExercise(
    kind=Count(),
    expected=[50, 25, 12, 6, 3],
    praise="Right: half of it each time, and what doesn't fill a window is dropped.",
    hints=[
        "Lay the windows side by side from the left: how many whole ones fit?",
        "From an even width half is left. From an odd one, what happens to the last pixel?",
    ],
    mistakes=[
        ([50, 25, 13, 7, 4], 'A pixel that fills no whole window is kept: that is "same".'),
        ([50, 25, 13, 6, 3], "Once, a pixel that fills no whole window is kept."),
        ([100, 50, 25, 12, 6], "The list starts too early: the first is *after* a pooling."),
        ([99, 98, 97, 96, 95], "The window moves by one pixel here; look at the stride."),
        ([98, 96, 94, 92, 90], "The window is subtracted from the width; how many of them fit?"),
        ([2500, 625, 144, 36, 9], "These are the pixels of the whole map; its width is wanted."),
        ([25, 6, 1, 0, 0], "A quarter of the pixels is left, but not of the width."),
        (3, "One number; the widths on the way are wanted too."),
    ],
)


# 2. Max pooling with windows that overlap.


def _fit(x):
    """How many windows of 3 fit with stride 2: downwards, and to the right."""
    return (len(x) - 3) // 2 + 1, (x.shape[1] - 3) // 2 + 1


def _windows_move_by_one(x):
    rows, columns = _fit(x)
    return max_pool(x, 3, stride=1)[:rows, :columns]


def _windows_too_small(x):
    rows, columns = _fit(x)
    return max_pool(x, 2)[:rows, :columns]


def _draw_image(rng):
    """Images that are not square, often all negative, with equal neighbours; sometimes float32."""
    h, w = rng.choice(np.arange(3, 11), size=2, replace=False)
    image = rng.choice([0.4, 3, 300]) * (rng.normal(size=(h, w)) - rng.choice([0, 4])).round(1)
    return (image.astype(rng.choice(["float32", "float64"])),)


overlapping_max_pool = FunctionExercise(
    kind=Real(),
    reference=lambda x: max_pool(x, 3, stride=2),
    cases=[
        (
            np.array(
                [
                    [0.5, 2, -7, -3, 6, 1, 9.5],
                    [1, -1, -4, -5, 8.5, 3, 4],
                    [-2, 3.5, 1, 2.5, -9, -2, 5],
                    [-3, 4, 1, 7.75, -6, -8, 2],
                    [5, 6.25, 0, 3, 2, 7.25, 1],
                ]
            ),
        ),
        (np.array([[-4.0, -1, -6, -8], [-3, -2, -5, -9], [-7, -9, -1.5, -2]]),),
    ],
    draw=_draw_image,
    praise="Right: the largest of every window, also where all are negative.",
    hints=[
        "Size and stride are two different numbers here: which of them says where a window starts?",
        "Window `r` covers three rows, the first of them `2 * r`. Which is its last?",
        "The last window must fit whole: how far down may its first row be, in an image of `h` rows?",
    ],
    mistakes=[
        (lambda x: average_pool(x, 3, stride=2), "That is the mean of each window."),
        (lambda x: max_pool(x, 3), "The windows lie side by side; here they overlap."),
        (lambda x: max_pool(x, 2), "These windows are 2 × 2."),
        (lambda x: max_pool(x, 3, stride=1), "The window moves by one pixel at a time."),
        (
            lambda x: max_pool(x, 3, stride=2, padding="same"),
            "There are windows that stick out of the image; only whole ones are wanted.",
        ),
        (
            lambda x: np.maximum(max_pool(x, 3, stride=2), 0),
            "A window with only negative numbers gives 0: what does the search start with?",
        ),
        (
            _windows_move_by_one,
            "The size is right, but the windows stand too close: where does each of them start?",
        ),
        (
            _windows_too_small,
            "The windows miss their last row and column: where does a slice end?",
        ),
    ],
)


# 3. Average pooling, backward.


def _repeat(grad_output):
    """Each number four times, in a square."""
    return np.repeat(np.repeat(grad_output, 2, axis=0), 2, axis=1)


def _to_one_pixel(grad_output):
    grad = np.zeros(2 * np.array(grad_output.shape))
    grad[::2, ::2] = grad_output
    return grad


def _draw_gradient(rng):
    """Gradients of maps that are not square, with zeros and negative numbers; sometimes float32."""
    shape = rng.choice(np.arange(1, 8), size=2, replace=False)
    grad = rng.normal(scale=rng.choice([0.01, 2, 100]), size=shape)
    grad.flat[rng.integers(grad.size)] = 0
    return (grad.astype(rng.choice(["float32", "float64"])),)


average_pool_gradient = FunctionExercise(
    kind=Real(),
    reference=lambda grad_output: _repeat(grad_output) / 4,
    cases=[
        (np.array([[1.0, -2.0, 3.0], [5.0, 0.0, 8.0]]),),
        (np.array([[2.0], [7.0], [-1.0]]),),
    ],
    draw=_draw_gradient,
    praise="Right: every pixel of a window gets an equal part.",
    hints=[
        "Let one pixel of a window rise by 1: by how much does the mean rise?",
        "Each pixel lies in one window only, so only one number of `grad_output` matters to it.",
        "Row `r` of the input belongs to row `r // 2` of the output; likewise the columns.",
    ],
    mistakes=[
        (_repeat, "Every pixel gets the whole gradient of its mean, as if it alone made it."),
        (
            lambda g: _repeat(g) / g.size,
            "Divided by the number of outputs; think of the pixels of one window.",
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
        (
            lambda g: g / 4,
            "This has the size of the output; each pixel of the input has a gradient.",
        ),
        (
            lambda g: np.full(_repeat(g).shape, 0.25),
            "This is how the mean depends on a pixel; `grad_output` is not used yet.",
        ),
    ],
)
