"""Where a sliding window lies: output size, padding and stride, the same for convolution and pooling.

Sizes and strides are whole numbers along one axis, or pairs `(rows, columns)`. Batches of images are
`(n, h, w, c)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral
from typing import Any

import numpy as np

from dl_course import _validate

__all__ = [
    "Padding",
    "Sides",
    "Stride",
    "as_sides",
    "crop",
    "fit_window",
    "kernel_places",
    "output_shape",
    "output_size",
    "pad_edges",
    "padding_amounts",
]

Sides = tuple[tuple[int, int], tuple[int, int]]  # ((top, bottom), (left, right))
Padding = str | int | Sides
Stride = int | tuple[int, int]


# Along one axis ----------------------------------------------------------------------------------


def output_size(
    size: int, kernel: int, *, padding: str | int | tuple[int, int] = 0, stride: int = 1
) -> int:
    """Count the positions of a window along one axis: the size of the output.

    `floor((size + before + after - kernel) / stride) + 1`: the first position, and one more for each
    stride that still fits. If the last one does not fit, the rest of the input is not seen.

    Args:
        size: Size of the input.
        kernel: Size of the window.
        padding: What is added: a whole number on each side, a pair `(before, after)`, `"valid"`
            (nothing) or `"same"` (so much that the output is `ceil(size / stride)`).
        stride: How far the window moves at a time.

    Returns:
        How many positions there are, at least 1.

    Raises:
        TypeError: If a number is not whole, or the padding is something else.
        ValueError: If a number is out of range, or the window is larger than the padded input.

    Examples:
        >>> output_size(28, 5)
        24
        >>> output_size(28, 5, padding="same", stride=2)
        14

    Taught in notebook 03.
    """
    before, after = padding_amounts(size, kernel, padding=padding, stride=stride)
    return (size + before + after - kernel) // stride + 1


def padding_amounts(
    size: int, kernel: int, *, padding: str | int | tuple[int, int], stride: int = 1
) -> tuple[int, int]:
    """Say how much padding goes before and after the input along one axis.

    For `"same"` in total `max((ceil(size / stride) - 1) * stride + kernel - size, 0)`, half of it on
    each side; an odd one goes to the end. This is the rule of Keras and TensorFlow.

    Args:
        size: Size of the input.
        kernel: Size of the window.
        padding: As `output_size` takes it.
        stride: How far the window moves at a time.

    Returns:
        `(before, after)`.

    Raises:
        TypeError: If a number is not whole, or the padding is something else.
        ValueError: If a number is out of range, or the window is larger than the padded input.

    Examples:
        >>> padding_amounts(28, 4, padding="same")
        (1, 2)
    """
    for name, value in {"size": size, "kernel": kernel, "stride": stride}.items():
        _validate.whole(name, value, at_least=1)
    if isinstance(padding, str):
        is_same = _validate.choice("padding", padding, ("valid", "same")) == "same"
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0) if is_same else 0
        before, after = total // 2, total - total // 2
    else:
        before, after = _validate.pair("padding", padding, at_least=0)
    if kernel > size + before + after:
        raise ValueError(
            "`kernel` must not be larger than the padded input. "
            f"Received: kernel {kernel}, input {size}, padding {before} + {after}"
        )
    return before, after


# On images ---------------------------------------------------------------------------------------


def fit_window(
    shape: tuple[int, int], kernel: tuple[int, int], stride: Stride, padding: Padding
) -> tuple[tuple[int, int], Sides]:
    """Lay a window on an image: check that it fits, and say how it moves and what is padded.

    Args:
        shape: Size of the image, `(h, w)`.
        kernel: Size of the window, `(kh, kw)`.
        stride: A whole number, or a pair `(rows, columns)`.
        padding: `"valid"`, `"same"`, a whole number for all sides, or `((top, bottom), (left, right))`.

    Returns:
        The stride as a pair, and the padding as `((top, bottom), (left, right))`.

    Raises:
        TypeError: If a number is not whole, or the padding is something else.
        ValueError: If a number is out of range, the padding is unknown, or the window is too large.
    """
    dy, dx = _validate.pair("stride", stride)
    rows, columns = (padding, padding) if isinstance(padding, str) else as_sides("padding", padding)
    return (dy, dx), (
        padding_amounts(shape[0], kernel[0], padding=rows, stride=dy),
        padding_amounts(shape[1], kernel[1], padding=columns, stride=dx),
    )


def output_shape(
    shape: tuple[int, int], kernel: tuple[int, int], stride: tuple[int, int], padding: Sides
) -> tuple[int, int]:
    """Count the positions of a window on an image, `(rows, columns)`; arguments as `fit_window` says."""
    rows, columns = (
        output_size(size, side, padding=amounts, stride=step)
        for size, side, amounts, step in zip(shape, kernel, padding, stride, strict=True)
    )
    return rows, columns


def kernel_places(
    x: np.ndarray, kernel: tuple[int, int], stride: tuple[int, int]
) -> Iterator[tuple[int, int, slice, slice]]:
    """Say for each place in a kernel which pixels lie under it, in all windows at once.

    Args:
        x: A padded batch, `(n, h, w, c)`.
        kernel: Size of the kernel, `(kh, kw)`.
        stride: How far it moves at a time, `(rows, columns)`.

    Yields:
        `i, j, rows, columns`: `x[:, rows, columns]` is what lies under row `i`, column `j` of the
        kernel, one number for each window.
    """
    (_, h, w, _), (kh, kw), (dy, dx) = x.shape, kernel, stride
    for i in range(kh):
        for j in range(kw):
            yield i, j, slice(i, h - kh + i + 1, dy), slice(j, w - kw + j + 1, dx)


def pad_edges(x: np.ndarray, padding: Sides, value: float = 0) -> np.ndarray:
    """Put `((top, bottom), (left, right))` of a value around an image or a batch; `x` itself if none."""
    if not np.any(padding):
        return x
    widths = padding if x.ndim == 2 else ((0, 0), *padding, (0, 0))
    return np.pad(x, widths, constant_values=value)


def crop(x: np.ndarray, padding: Sides) -> np.ndarray:
    """Take the padding off a batch again."""
    (top, bottom), (left, right) = padding
    _, h, w, _ = x.shape
    return x[:, top : h - bottom, left : w - right]


def as_sides(name: str, value: Any) -> Sides:
    """Return padding, a whole number or `((top, bottom), (left, right))`, as such pairs."""
    if isinstance(value, Integral):
        both = _validate.pair(name, value, at_least=0)
        return both, both
    if not (_is_pair(value) and _is_pair(value[0]) and _is_pair(value[1])):
        raise TypeError(
            f"`{name}` must be a whole number or ((top, bottom), (left, right)). "
            f"Received: {value!r}"
        )
    rows, columns = (_validate.pair(name, sides, at_least=0) for sides in value)
    return rows, columns


def _is_pair(value):
    return isinstance(value, (tuple, list)) and len(value) == 2
