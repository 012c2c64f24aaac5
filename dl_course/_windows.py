"""Where a sliding window lies: output size, padding and stride, the same for convolution and pooling.

Sizes here are whole numbers along one axis, or pairs `(rows, columns)`. Images are `(h, w)` or
batches `(n, h, w, c)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral
from typing import NamedTuple

import numpy as np

from dl_course import _validate

__all__ = [
    "Windows",
    "as_sides",
    "crop",
    "find_windows",
    "kernel_places",
    "output_size",
    "pad_edges",
    "padding_amounts",
]


class Windows(NamedTuple):
    """All positions of a window on an image; every pair is `(rows, columns)`.

    Attributes:
        kernel: Size of the window.
        stride: How far it moves at a time.
        padding: What is added around the image, `((top, bottom), (left, right))`.
        out: How many positions there are: the size of the output.
    """

    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]
    out: tuple[int, int]


def output_size(size: int, kernel: int, *, padding=0, stride: int = 1) -> int:
    """Count the positions of a window along one axis: the size of the output.

    `floor((size + before + after - kernel) / stride) + 1`: the first position, and one more for each
    stride that still fits. If the last one does not fit, the rest of the input is not seen.

    Args:
        size: Size of the input.
        kernel: Size of the window.
        padding: What is added: a whole number on each side, a pair `(before, after)`, `"valid"`
            (nothing) or `"same"` (so much that the output is `ceil(size / stride)`).
        stride: How far the window moves at a time.

    Raises:
        ValueError: If a number is out of range, or the window is larger than the padded input.
    """
    before, after = padding_amounts(size, kernel, padding=padding, stride=stride)
    if kernel > size + before + after:
        raise ValueError(
            "`kernel` must not be larger than the padded input. "
            f"Received: kernel {kernel}, input {size}, padding {before} + {after}"
        )
    return (size + before + after - kernel) // stride + 1


def padding_amounts(size: int, kernel: int, *, padding, stride: int = 1) -> tuple[int, int]:
    """Say how much padding goes before and after the input along one axis.

    For `"same"` in total `max((ceil(size / stride) - 1) * stride + kernel - size, 0)`, half of it on
    each side; an odd one goes to the end. This is the rule of Keras and TensorFlow.

    Args:
        size: Size of the input.
        kernel: Size of the window.
        padding: As `output_size` takes it.
        stride: How far the window moves at a time.

    Raises:
        ValueError: If a number is out of range or the padding is unknown.
    """
    for name, value in {"size": size, "kernel": kernel, "stride": stride}.items():
        _validate.whole(name, value, at_least=1)
    if isinstance(padding, str) and padding == "valid":
        return 0, 0
    if isinstance(padding, str) and padding == "same":
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        return total // 2, total - total // 2
    return _before_after(padding)


def find_windows(shape, kernel, *, stride=1, padding="valid") -> Windows:
    """Lay a window on an image in all its positions.

    Args:
        shape: Size of the image, `(h, w)`.
        kernel: Size of the window, `(rows, columns)`.
        stride: A whole number, or a pair `(rows, columns)`.
        padding: `"valid"`, `"same"`, a whole number for all sides, or `((top, bottom), (left, right))`.

    Raises:
        ValueError: If a number is out of range, the padding is unknown, or the window is too large.
    """
    stride = _validate.pair("stride", stride)
    if not isinstance(padding, str):
        padding = as_sides("padding", padding)
    elif padding not in ("valid", "same"):
        raise ValueError(_PADDING + f"Received: {padding!r}")
    else:
        padding = tuple(
            padding_amounts(*axis, padding=padding, stride=step)
            for *axis, step in zip(shape, kernel, stride, strict=True)
        )
    out = tuple(
        output_size(*axis, padding=sides, stride=step)
        for *axis, sides, step in zip(shape, kernel, padding, stride, strict=True)
    )
    return Windows(tuple(kernel), stride, padding, out)


def kernel_places(windows: Windows) -> Iterator[tuple[tuple[int, int], slice, slice]]:
    """Say for each element of the window where it lies on the padded image, in all positions at once.

    Yields:
        `(i, j), rows, columns`: `image[rows, columns]` is what the windows show at row `i`, column
        `j`, of the size of the output.
    """
    (down, right), (rows, columns) = windows.stride, windows.out
    for i, j in np.ndindex(windows.kernel):
        yield (i, j), slice(i, i + down * rows, down), slice(j, j + right * columns, right)


def pad_edges(x, sides, value=0):
    """Put `sides`, `((top, bottom), (left, right))`, of a value around images; `x` itself if none."""
    if not np.any(sides):
        return x
    widths = sides if x.ndim == 2 else ((0, 0), *sides, (0, 0))
    return np.pad(x, widths, constant_values=value)


def crop(x, sides):
    """Take the padding off a batch `(n, h, w, c)` again."""
    (top, bottom), (left, right) = sides
    _, h, w, _ = x.shape
    return x[:, top : h - bottom, left : w - right]


# Checks ------------------------------------------------------------------------------------------


def as_sides(name: str, value) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return padding, a whole number or `((top, bottom), (left, right))`, as such pairs."""
    if isinstance(value, Integral):
        return _before_after(value, name), _before_after(value, name)
    if _is_pair(value) and all(_is_pair(sides) for sides in value):
        return _before_after(value[0], name), _before_after(value[1], name)
    raise ValueError(
        f"`{name}` must be a whole number or ((top, bottom), (left, right)). Received: {value!r}"
    )


_PADDING = '`padding` must be "valid", "same", a whole number or pairs of them. '


def _before_after(value, name="padding"):
    pair = (value, value) if isinstance(value, Integral) else value
    if not _is_pair(pair):
        raise ValueError(_PADDING + f"Received: {value!r}")
    return _validate.whole(name, pair[0], at_least=0), _validate.whole(name, pair[1], at_least=0)


def _is_pair(value):
    return isinstance(value, (tuple, list)) and len(value) == 2
