"""Pooling in NumPy: the largest or the mean number of each window, for one image or a batch.

There is nothing to learn in it: 0 parameters. Images are `(h, w)` or `(n, h, w, c)`; each channel is
pooled on its own. Padding is `"valid"` or `"same"`, as in Keras, and what is padded never counts.
"""

from __future__ import annotations

from functools import reduce

import numpy as np

from dl_course import _validate
from dl_course._windows import crop, find_windows, kernel_places, pad_edges

__all__ = ["average_pool", "global_average_pool", "max_pool", "max_pool_gradient"]


def max_pool(x, size=2, *, stride=None, padding="valid"):
    """Keep the largest number of each window.

    Args:
        x: One image `(h, w)` or a batch `(n, h, w, c)`.
        size: Of the window, a whole number or a pair `(rows, columns)`.
        stride: How far the window moves at a time, likewise; None moves it by its size.
        padding: `"valid"` leaves out what a last window doesn't cover, `"same"` pads so that the
            output is `ceil(input / stride)`; padding is never the largest.

    Returns:
        Shape `(rows, columns)` or `(n, rows, columns, c)`, of the type of `x`; whole numbers as int64.

    Raises:
        TypeError: If `x` doesn't hold real numbers.
        ValueError: If `x` is empty, not finite or of another rank, or the window doesn't fit.
    """
    images, windows = _prepare(x, size, stride, padding)
    return _like(x, _largest(_pad_below_all(images, windows), windows))


def average_pool(x, size=2, *, stride=None, padding="valid"):
    """Take the mean of each window; at the edge of what lies on the image, without the padding.

    Args:
        x: One image `(h, w)` or a batch `(n, h, w, c)`.
        size: Of the window, a whole number or a pair `(rows, columns)`.
        stride: How far the window moves at a time, likewise; None moves it by its size.
        padding: `"valid"` or `"same"`, as in `max_pool`.

    Returns:
        Shape `(rows, columns)` or `(n, rows, columns, c)`, of the type of `x`; of whole numbers
        float64.

    Raises:
        TypeError: If `x` doesn't hold real numbers.
        ValueError: If `x` is empty, not finite or of another rank, or the window doesn't fit.
    """
    images, windows = _prepare(x, size, stride, padding)
    inside = np.ones_like(images[:1, :, :, :1])
    total, count = (
        sum(_views(pad_edges(part, windows.padding), windows)) for part in (images, inside)
    )
    return _like(x, total / count)


def global_average_pool(x):
    """Take the mean of a whole image: one number for each channel.

    Args:
        x: One image `(h, w)` or a batch `(n, h, w, c)`.

    Returns:
        One number, or shape `(n, c)`.

    Raises:
        TypeError: If `x` doesn't hold real numbers.
        ValueError: If `x` is empty, not finite or of another rank.
    """
    x = _validate.array("x", x, *SHAPES)
    return x.mean() if x.ndim == 2 else x.mean(axis=(1, 2))


def max_pool_gradient(x, grad_output, size=2, *, stride=None, padding="valid"):
    """Go backward through `max_pool`: hand each window's slope to the pixel that was the largest.

    All others get nothing: a small change of theirs changes no output. Of equal largest ones the
    first takes it all, row by row from the top left, as in TensorFlow. Where windows overlap, a pixel
    adds up what it gets.

    Args:
        x: What `max_pool` was given.
        grad_output: Slope of the loss in each output, of the shape that `max_pool` returned.
        size: The one `max_pool` used.
        stride: The one `max_pool` used.
        padding: The one `max_pool` used.

    Returns:
        The slope in `x`, of its shape.

    Raises:
        TypeError: If `x` or `grad_output` doesn't hold real numbers.
        ValueError: As `max_pool`, and if `grad_output` hasn't the shape of the output.
    """
    images, windows = _prepare(x, size, stride, padding)
    padded = _pad_below_all(images, windows)
    largest = _largest(padded, windows)
    grad_output = _check_grad_output(grad_output, x, largest)
    grad_padded, free = np.zeros(padded.shape, grad_output.dtype), np.full(largest.shape, True)
    for _, rows, columns in kernel_places(windows):
        first = free & (padded[:, rows, columns] == largest)
        grad_padded[:, rows, columns] += first * grad_output
        free &= ~first
    return _like(x, crop(grad_padded, windows.padding))


SHAPES = ("h, w", "n, h, w, c")


def _views(padded, windows):
    """What the windows show at each of their places, one array of the size of the output each."""
    return (padded[:, rows, columns] for _, rows, columns in kernel_places(windows))


def _largest(padded, windows):
    return reduce(np.maximum, _views(padded, windows), _lowest(padded))


def _pad_below_all(images, windows):
    return pad_edges(images, windows.padding, _lowest(images))


def _lowest(array):
    """A number that no other is below."""
    return -np.inf if array.dtype.kind == "f" else np.iinfo(array.dtype).min


def _like(x, images):
    """Return a batch if `x` is one, else its only image."""
    return images if np.ndim(x) == 4 else images[0, :, :, 0]


# Checks ------------------------------------------------------------------------------------------


def _prepare(x, size, stride, padding):
    """Check everything; return `x` as a batch, and the windows on its images."""
    x = _validate.array("x", x, *SHAPES)
    size = _validate.pair("size", size)
    stride = size if stride is None else _validate.pair("stride", stride)
    if padding not in ("valid", "same"):
        raise ValueError(f'`padding` must be "valid" or "same". Received: {padding!r}')
    images = x if x.ndim == 4 else x[None, :, :, None]
    if padding == "valid" and any(np.greater(size, images.shape[1:3])):
        raise ValueError(
            f"`size` must not be larger than the image. Received: {size} on {images.shape[1:3]}"
        )
    return images, find_windows(images.shape[1:3], size, stride=stride, padding=padding)


def _check_grad_output(grad_output, x, largest):
    """Return the slopes as a batch if they have the shape that `max_pool` gives back."""
    grad_output = _validate.array("grad_output", grad_output, *SHAPES)
    shape = _like(x, largest).shape
    if grad_output.shape != shape:
        raise ValueError(
            f"`grad_output` must have the shape of the output, {shape}. "
            f"Received: {grad_output.shape}"
        )
    return grad_output.reshape(largest.shape)
