"""Pooling in NumPy: the largest or the mean number of each window, for one image or a batch.

There is nothing to learn in it: 0 parameters. Images are `(h, w)` or `(n, h, w, c)`; each channel is
pooled on its own. Padding is `"valid"` or `"same"`, as in Keras, and what is padded never counts.

A public function checks its arguments and leaves what is more than one line to the one of the same
name with an underscore, which is the code to read: there, `x` is a batch, size and stride are pairs
`(rows, columns)`, and padding is `((top, bottom), (left, right))`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dl_course import _validate
from dl_course._windows import (
    Sides,
    Stride,
    crop,
    fit_window,
    kernel_places,
    output_shape,
    pad_edges,
)

__all__ = ["average_pool", "global_average_pool", "max_pool", "max_pool_gradient"]


def max_pool(
    x: ArrayLike, size: Stride = 2, *, stride: Stride | None = None, padding: str = "valid"
) -> np.ndarray:
    """Keep the largest number of each window.

    `out[n, r, c, k] = maxᵢⱼ x[n, r·stride + i, c·stride + j, k]`

    Args:
        x: One image `(h, w)` or a batch `(n, h, w, c)`.
        size: Size of the window, a whole number or a pair `(rows, columns)`.
        stride: How far the window moves at a time, likewise; None moves it by its size.
        padding: `"valid"` leaves out what a last window doesn't cover, `"same"` pads so that the
            output is `ceil(input / stride)`; padding is never the largest.

    Returns:
        Shape `(rows, columns)` or `(n, rows, columns, c)`, of the type of `x`; whole numbers as int64.

    Raises:
        TypeError: If `x` doesn't hold real numbers, or size or stride is not whole.
        ValueError: If `x` is empty, not finite or of another rank, or the window doesn't fit.

    Examples:
        >>> max_pool([[1, 2, 3, 4], [5, 6, 7, 8], [0, 9, 1, 2], [3, 4, 5, 6]]).tolist()
        [[6, 8], [9, 6]]
        >>> max_pool(np.zeros((1, 5, 5, 3)), padding="same").shape
        (1, 3, 3, 3)

    Taught in notebook 04.
    """
    images, size, stride, sides = _prepare(x, size, stride, padding)
    return _like(x, _max_pool(images, size, stride, sides))


def _max_pool(x, size, stride, padding):
    """Take the largest of what the windows show, place by place; padding lies below all numbers."""
    x = pad_edges(x, padding, _lowest(x))
    return np.max(_views(x, size, stride), axis=0)  # (n, rows, columns, c)


def average_pool(
    x: ArrayLike, size: Stride = 2, *, stride: Stride | None = None, padding: str = "valid"
) -> np.ndarray:
    """Take the mean of each window; at the edge the mean of what lies on the image, without padding.

    Args:
        x: One image `(h, w)` or a batch `(n, h, w, c)`.
        size: Size of the window, a whole number or a pair `(rows, columns)`.
        stride: How far the window moves at a time, likewise; None moves it by its size.
        padding: `"valid"` or `"same"`, as in `max_pool`.

    Returns:
        Shape `(rows, columns)` or `(n, rows, columns, c)`, of the type of `x`; of whole numbers
        float64.

    Raises:
        TypeError: If `x` doesn't hold real numbers, or size or stride is not whole.
        ValueError: If `x` is empty, not finite or of another rank, or the window doesn't fit.

    Examples:
        >>> average_pool([[1, 2, 3, 4], [5, 6, 7, 8], [0, 9, 1, 2], [3, 4, 5, 6]]).tolist()
        [[3.5, 5.5], [4.0, 3.5]]
        >>> average_pool([[2, 4, 6]], (1, 2), padding="same").tolist()
        [[3.0, 6.0]]

    Taught in notebook 04.
    """
    images, size, stride, sides = _prepare(x, size, stride, padding)
    return _like(x, _average_pool(images, size, stride, sides))


def _average_pool(x, size, stride, padding):
    """Add up what the windows show, place by place, and divide by how many places are on the image."""
    is_image = pad_edges(np.ones_like(x[:1, :, :, :1]), padding)  # 0 for padding
    x = pad_edges(x, padding)
    return sum(_views(x, size, stride)) / sum(_views(is_image, size, stride))


def global_average_pool(x: ArrayLike) -> np.ndarray:
    """Take the mean of a whole image: one number for each channel.

    Args:
        x: One image `(h, w)` or a batch `(n, h, w, c)`.

    Returns:
        One number, or shape `(n, c)`.

    Raises:
        TypeError: If `x` doesn't hold real numbers.
        ValueError: If `x` is empty, not finite or of another rank.

    Examples:
        >>> float(global_average_pool([[1, 2], [3, 4]]))
        2.5
        >>> global_average_pool(np.zeros((2, 7, 7, 64))).shape
        (2, 64)

    Reference:
        Lin, Chen, Yan, "Network In Network", 2013, arXiv:1312.4400.

    Taught in notebook 04.
    """
    x = _validate.array("x", x, *_SHAPES)
    return x.mean(axis=(1, 2) if x.ndim == 4 else None)


def max_pool_gradient(
    x: ArrayLike,
    grad_output: ArrayLike,
    size: Stride = 2,
    *,
    stride: Stride | None = None,
    padding: str = "valid",
) -> np.ndarray:
    """Do the backward pass of `max_pool`: each window's gradient goes to the pixel that was the largest.

    All others get 0: a small change of theirs changes no output. Of equal largest ones the first gets
    it all, row by row from the top left, as in TensorFlow. Where windows overlap, a pixel adds up what
    it gets.

    Args:
        x: What `max_pool` was given.
        grad_output: Gradient of the loss with respect to the output of `max_pool`, of its shape.
        size: The one `max_pool` used.
        stride: The one `max_pool` used.
        padding: The one `max_pool` used.

    Returns:
        The gradient of the loss with respect to `x`, of its shape.

    Raises:
        TypeError: If `x` or `grad_output` doesn't hold real numbers, or size or stride is not whole.
        ValueError: As `max_pool`, and if `grad_output` doesn't have the shape of the output.

    Examples:
        >>> x = [[1, 2, 3, 4], [5, 6, 7, 8], [0, 9, 1, 2], [3, 4, 5, 6]]
        >>> max_pool_gradient(x, [[10, 20], [30, 40]]).tolist()
        [[0, 0, 0, 0], [0, 10, 0, 20], [0, 30, 0, 0], [0, 0, 0, 40]]

    Taught in notebook 04.
    """
    images, size, stride, sides = _prepare(x, size, stride, padding)
    grad_output = _validate.array("grad_output", grad_output, *_SHAPES)
    n, h, w, c = images.shape
    rows, columns = output_shape((h, w), size, stride, sides)
    wanted = (n, rows, columns, c) if np.ndim(x) == 4 else (rows, columns)
    _validate.shape("grad_output", grad_output, wanted, "as the output")
    grad_output = grad_output.reshape(n, rows, columns, c)
    return _like(x, _max_pool_gradient(images, grad_output, size, stride, sides))


def _max_pool_gradient(x, grad_output, size, stride, padding):
    """Find at which place each window has its largest pixel; there, add the window's gradient."""
    x = pad_edges(x, padding, _lowest(x))
    winner = np.argmax(_views(x, size, stride), axis=0)  # (n, rows, columns, c)
    grad_x = np.zeros(x.shape, grad_output.dtype)
    for place, under in enumerate(_views(grad_x, size, stride)):
        under += np.where(winner == place, grad_output, 0)
    return crop(grad_x, padding)


# Windows, and one image as a batch ---------------------------------------------------------------

_SHAPES = ("h, w", "n, h, w, c")


def _views(x, size, stride):
    """For each place in the window what all windows show there, `(n, rows, columns, c)`."""
    return [x[:, rows, columns] for _, _, rows, columns in kernel_places(x, size, stride)]


def _lowest(x):
    """A number that none is below."""
    return -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min


def _like(x, images):
    """Return a batch if `x` is one, else its only image."""
    return images if np.ndim(x) == 4 else images[0, :, :, 0]


def _prepare(
    x, size, stride, padding
) -> tuple[np.ndarray, tuple[int, int], tuple[int, int], Sides]:
    """Check everything; return `x` as a batch, size and stride as pairs, and the padding as sides."""
    x = _validate.array("x", x, *_SHAPES)
    size = _validate.pair("size", size)
    _validate.choice("padding", padding, ("valid", "same"))
    images = x if x.ndim == 4 else x[None, :, :, None]
    if padding == "valid" and any(np.greater(size, images.shape[1:3])):
        raise ValueError(
            f"`size` must not be larger than the image. Received: {size} on {images.shape[1:3]}"
        )
    stride = size if stride is None else stride
    stride, sides = fit_window(images.shape[1:3], size, stride, padding)
    return images, size, stride, sides
