"""Convolution in NumPy: by loops, then faster, then for batches with channels, and backward.

What deep learning calls convolution is cross-correlation: the kernel is not flipped. Padding is
`"valid"` (none), `"same"` (the rule of Keras: at stride 1 the output has the size of the input), a
whole number for all sides, or `((top, bottom), (left, right))`; a stride is a whole number or a pair
`(rows, columns)`. Results have the type of the first floating array among the arguments; whole
numbers alone are computed as int64, so that a photograph in uint8 does not overflow.

A public function checks its arguments and leaves what is more than one line to the one of the same
name with an underscore, which is the code to read: there, arrays have one type, a stride is a pair and
padding is `((top, bottom), (left, right))`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dl_course import _validate
from dl_course._windows import (
    Padding,
    Sides,
    Stride,
    as_sides,
    crop,
    fit_window,
    kernel_places,
    output_shape,
    output_size,
    pad_edges,
)

__all__ = [
    "KERNELS",
    "ReceptiveField",
    "conv2d",
    "conv2d_gradients",
    "corr2d",
    "correlate",
    "output_size",
    "pad",
    "receptive_field",
]

# The letter of a derivative is the direction in which it differentiates: x to the right, y down. So a
# vertical edge, where the picture changes from left to right, shows in x. Derivatives and the outline
# sum to 0: they respond with 0 where nothing changes. The others sum to 1 and keep the brightness.
KERNELS: dict[str, np.ndarray] = {
    "identity": np.array([[0.0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    "box": np.ones((3, 3)) / 9,
    "weighted mean": np.array([[0.0, 1, 0], [1, 4, 1], [0, 1, 0]]) / 8,
    "gaussian": np.array([[1.0, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
    "sharpen": np.array([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "strong sharpen": np.array([[-1.0, -1, -1], [-1, 9, -1], [-1, -1, -1]]),
    "second derivative x": np.array([[0.0, 0, 0], [1, -2, 1], [0, 0, 0]]),
    "second derivative y": np.array([[0.0, 1, 0], [0, -2, 0], [0, 1, 0]]),
    "sobel x": np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    "sobel y": np.array([[-1.0, -2, -1], [0, 0, 0], [1, 2, 1]]),
    "outline": np.array([[-1.0, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
    "emboss": np.array([[-2.0, -1, 0], [-1, 1, 1], [0, 1, 2]]),
}
for _kernel in KERNELS.values():
    _kernel.setflags(write=False)  # a changed kernel would surprise whoever uses it next


# One image, one kernel ---------------------------------------------------------------------------


def pad(image: ArrayLike, amount: int | Sides, *, value: float = 0.0) -> np.ndarray:
    """Put a frame of one value around an image.

    Args:
        image: Shape `(h, w)`.
        amount: Pixels on every side, or `((top, bottom), (left, right))`.
        value: What the frame is made of.

    Returns:
        A new array, `(top + h + bottom, left + w + right)`.

    Raises:
        TypeError: If `image` doesn't hold real numbers, or `amount` or `value` is something else.
        ValueError: If `image` is empty, not finite or of another rank, or `amount` is negative.

    Examples:
        >>> pad([[1, 2]], 1).tolist()
        [[0, 0, 0, 0], [0, 1, 2, 0], [0, 0, 0, 0]]

    Taught in notebook 03.
    """
    image = _validate.array("image", image, "h, w")
    value = _validate.number("value", value)
    sides = as_sides("amount", amount)
    if not value.is_integer():
        image, _ = _one_type(image, np.array(value))
    return np.pad(image, sides, constant_values=value)


def corr2d(image: ArrayLike, kernel: ArrayLike) -> np.ndarray:
    """Slide a kernel over an image: at each position multiply, element by element, and sum.

    `out[r, c] = Σᵢⱼ kernel[i, j] · image[r + i, c + j]`

    Written with two loops, to be read; `correlate` computes the same faster, and knows padding and
    stride.

    Args:
        image: Shape `(h, w)`.
        kernel: Shape `(kh, kw)`, not larger than the image.

    Returns:
        One number for each position of the window, `(h - kh + 1, w - kw + 1)`.

    Raises:
        TypeError: If `image` or `kernel` doesn't hold real numbers.
        ValueError: If an array is empty, not finite or of another rank, or the kernel is too large.

    Examples:
        >>> corr2d([[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[0, 1], [2, 3]]).tolist()
        [[19, 25], [37, 43]]

    Reference:
        The name and the example are those of "Dive into Deep Learning", section 7.2, d2l.ai.

    Taught in notebook 03.
    """
    image, kernel, _, _ = _prepare(image, kernel, 1, "valid")
    return _corr2d(image, kernel)


def _corr2d(image, kernel):
    """Slide a kernel over an image: at each position multiply, element by element, and sum."""
    (h, w), (kh, kw) = image.shape, kernel.shape
    out = np.zeros((h - kh + 1, w - kw + 1), image.dtype)
    for r in range(h - kh + 1):
        for c in range(w - kw + 1):
            out[r, c] = np.sum(image[r : r + kh, c : c + kw] * kernel)
    return out


def correlate(
    image: ArrayLike, kernel: ArrayLike, *, stride: Stride = 1, padding: Padding = "valid"
) -> np.ndarray:
    """Slide a kernel over an image as `corr2d` does, many windows at once.

    `out[r, c] = Σᵢⱼ kernel[i, j] · image[r·stride + i, c·stride + j]`

    Args:
        image: Shape `(h, w)`.
        kernel: Shape `(kh, kw)`.
        stride: How far the window moves at a time, a whole number or a pair `(rows, columns)`.
        padding: `"valid"`, `"same"`, a whole number, or `((top, bottom), (left, right))`; of zeros.

    Returns:
        One number for each position of the window, `(rows, columns)`; see `output_size`.

    Raises:
        TypeError: If an array doesn't hold real numbers, or stride or padding is something else.
        ValueError: If an array is empty, not finite or of another rank, or the window doesn't fit.

    Examples:
        >>> correlate([[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[0, 1], [2, 3]], stride=2, padding=1).tolist()
        [[0, 8], [21, 43]]

    Taught in notebook 03.
    """
    image, kernel, stride, sides = _prepare(image, kernel, stride, padding)
    padded, dy, kh = pad_edges(image, sides), stride[0], len(kernel)
    bands = [
        _correlate(padded[top : top + (_BAND - 1) * dy + kh], kernel, stride)
        for top in range(0, len(padded) - kh + 1, _BAND * dy)
    ]
    return np.concatenate(bands)


_BAND = 16  # rows of output at a time: so few that all of it stays in the processor's cache


def _correlate(image, kernel, stride):
    """Multiply every row of the image by every row of the kernel in one product; then add up."""
    (h, w), (kh, kw), (dy, dx) = image.shape, kernel.shape, stride
    shifted = [image[:, j : j + w - kw + 1 : dx] for j in range(kw)]  # kw times (h, columns)
    products = kernel @ np.stack(shifted, axis=1)  # (h, kh, columns)
    return sum(products[i : i + h - kh + 1 : dy, i] for i in range(kh))  # (rows, columns)


def _prepare(
    image, kernel, stride, padding
) -> tuple[np.ndarray, np.ndarray, tuple[int, int], Sides]:
    """Check everything; return both arrays with one type, the stride as a pair, the padding as sides."""
    image = _validate.array("image", image, "h, w")
    kernel = _validate.array("kernel", kernel, "kh, kw")
    stride, padding = fit_window(image.shape, kernel.shape, stride, padding)
    image, kernel = _one_type(image, kernel)
    return image, kernel, stride, padding


# Batches and channels ----------------------------------------------------------------------------


def conv2d(
    x: ArrayLike,
    kernel: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    stride: Stride = 1,
    padding: Padding = "valid",
) -> np.ndarray:
    """Convolve a batch of images: each output channel has a kernel that looks at all input channels.

    `out[n, r, c, o] = bias[o] + Σᵢⱼₖ kernel[i, j, k, o] · x[n, r·stride + i, c·stride + j, k]`

    Args:
        x: Images, shape `(n, h, w, cin)`.
        kernel: Shape `(kh, kw, cin, cout)`.
        bias: Shape `(cout,)`; None adds nothing.
        stride: How far the window moves at a time, a whole number or a pair `(rows, columns)`.
        padding: `"valid"`, `"same"`, a whole number, or `((top, bottom), (left, right))`; of zeros.

    Returns:
        Feature maps, shape `(n, rows, columns, cout)`.

    Raises:
        TypeError: If an array doesn't hold real numbers, or stride or padding is something else.
        ValueError: If an array is empty, not finite or of another rank, channels don't match, or the
            window doesn't fit.

    Examples:
        >>> x = np.arange(9).reshape(1, 3, 3, 1)
        >>> kernel = np.array([[0, 1], [2, 3]]).reshape(2, 2, 1, 1)
        >>> conv2d(x, kernel, bias=[100]).squeeze().tolist()
        [[119, 125], [137, 143]]
        >>> conv2d(np.ones((2, 150, 225, 3)), np.ones((3, 3, 3, 10)), padding="same").shape
        (2, 150, 225, 10)

    Taught in notebook 03.
    """
    x, kernel, stride, sides = _prepare_batch(x, kernel, stride, padding)
    cout = kernel.shape[-1]
    bias = _validate.array("bias", np.zeros(cout, int) if bias is None else bias, "cout")
    _validate.shape("bias", bias, (cout,), "one number for each output channel")
    x, kernel, bias = _one_type(x, kernel, bias)
    return _conv2d(x, kernel, bias, stride, sides)


def _conv2d(x, kernel, bias, stride, padding):
    """For each place in the kernel: what lies under it in all windows, times its weights."""
    x, out = pad_edges(x, padding), bias
    for i, j, rows, columns in kernel_places(x, kernel.shape[:2], stride):
        out = out + x[:, rows, columns] @ kernel[i, j]  # (n, rows, columns, cin) @ (cin, cout)
    return out


def conv2d_gradients(
    x: ArrayLike,
    kernel: ArrayLike,
    grad_output: ArrayLike,
    *,
    stride: Stride = 1,
    padding: Padding = "valid",
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Do the backward pass of `conv2d`: the gradient with respect to images, kernel and bias.

    The same steps as forward, with the same windows. A weight has met every window: its gradient is
    the sum of the pixels it met, each times the gradient of the output it contributed to. A pixel
    contributes to several outputs: its gradient is the sum of theirs, each times the weight between.

    Args:
        x: Images, shape `(n, h, w, cin)`.
        kernel: Shape `(kh, kw, cin, cout)`.
        grad_output: Gradient of the loss with respect to the output of `conv2d`, of its shape,
            `(n, rows, columns, cout)`.
        stride: The one `conv2d` used.
        padding: The one `conv2d` used.

    Returns:
        The gradients of the loss with respect to `x`, `kernel` and `bias`, each of the shape of what
        it belongs to.

    Raises:
        TypeError: If an array doesn't hold real numbers, or stride or padding is something else.
        ValueError: As `conv2d`, and if `grad_output` doesn't have the shape of the output.

    Examples:
        >>> x = np.arange(9).reshape(1, 3, 3, 1)
        >>> kernel = np.array([[0, 1], [2, 3]]).reshape(2, 2, 1, 1)
        >>> grad_x, grad_kernel, grad_bias = conv2d_gradients(x, kernel, np.ones((1, 2, 2, 1), int))
        >>> grad_x.squeeze().tolist()
        [[0, 1, 1], [2, 6, 4], [2, 5, 3]]
        >>> grad_kernel.squeeze().tolist()
        [[8, 12], [20, 24]]
        >>> grad_bias.tolist()
        [4]

    Taught in notebook 03.
    """
    x, kernel, stride, sides = _prepare_batch(x, kernel, stride, padding)
    grad_output = _validate.array("grad_output", grad_output, "n, rows, columns, cout")
    size = output_shape(x.shape[1:3], kernel.shape[:2], stride, sides)
    _validate.shape("grad_output", grad_output, (len(x), *size, kernel.shape[-1]), "as the output")
    x, kernel, grad_output = _one_type(x, kernel, grad_output)
    return _conv2d_gradients(x, kernel, grad_output, stride, sides)


def _conv2d_gradients(x, kernel, grad_output, stride, padding):
    """For each place in the kernel: the gradients of its weights and of the pixels under it."""
    x = pad_edges(x, padding)
    grad_x, grad_kernel = np.zeros_like(x), np.zeros_like(kernel)
    cin, cout = kernel.shape[2:]
    for i, j, rows, columns in kernel_places(x, kernel.shape[:2], stride):
        seen = x[:, rows, columns].reshape(-1, cin)  # (windows, cin)
        grad_kernel[i, j] = seen.T @ grad_output.reshape(-1, cout)
        grad_x[:, rows, columns] += grad_output @ kernel[i, j].T
    return crop(grad_x, padding), grad_kernel, grad_output.sum(axis=(0, 1, 2))


def _prepare_batch(
    x, kernel, stride, padding
) -> tuple[np.ndarray, np.ndarray, tuple[int, int], Sides]:
    """Check everything; return both arrays, the stride as a pair, the padding as sides."""
    x = _validate.array("x", x, "n, h, w, cin")
    kernel = _validate.array("kernel", kernel, "kh, kw, cin, cout")
    if x.shape[-1] != kernel.shape[2]:
        raise ValueError(
            "`x` and `kernel` must have the same number of input channels, (n, h, w, cin) and "
            f"(kh, kw, cin, cout). Received: {x.shape} and {kernel.shape}"
        )
    stride, padding = fit_window(x.shape[1:3], kernel.shape[:2], stride, padding)
    return x, kernel, stride, padding


# How far a layer sees ----------------------------------------------------------------------------


class ReceptiveField(NamedTuple):
    """What one number in a layer's output sees of the input of the network, along one axis.

    Attributes:
        size: How many pixels.
        jump: Distance in pixels between the receptive fields of neighbouring outputs.

    Taught in notebook 04.
    """

    size: int
    jump: int


def receptive_field(layers: Iterable[Sequence[int]]) -> list[ReceptiveField]:
    """Follow how the receptive field grows, layer by layer.

    `size ← size + (kernel - 1) · dilation · jump`, then `jump ← jump · stride`, from 1 and 1.

    Args:
        layers: Convolutions and poolings in order, each `(kernel, stride)` or
            `(kernel, stride, dilation)`.

    Returns:
        For each layer the `ReceptiveField` of its outputs.

    Raises:
        TypeError: If a layer is not two or three whole numbers.
        ValueError: If one of them is not positive.

    Examples:
        >>> [field.size for field in receptive_field([(5, 1), (2, 2), (5, 1), (2, 2)])]
        [5, 6, 14, 16]

    Reference:
        Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill,
        2019.

    Taught in notebook 04.
    """
    return _receptive_field([_check_layer(layer) for layer in layers])


def _receptive_field(layers):
    """Follow how the receptive field grows, layer by layer."""
    fields, size, jump = [], 1, 1
    for kernel, stride, dilation in layers:
        size += (kernel - 1) * dilation * jump
        jump *= stride
        fields.append(ReceptiveField(size, jump))
    return fields


def _check_layer(layer):
    """Return `(kernel, stride, dilation)`, three whole numbers."""
    if not isinstance(layer, (tuple, list)) or len(layer) not in (2, 3):
        raise TypeError(
            "`layers` must hold (kernel, stride) or (kernel, stride, dilation). "
            f"Received: {layer!r}"
        )
    named = zip(("kernel", "stride", "dilation"), (*layer, 1), strict=False)
    return [_validate.whole(name, number, at_least=1) for name, number in named]


# Types -------------------------------------------------------------------------------------------


def _one_type(*arrays: np.ndarray) -> list[np.ndarray]:
    """Return arrays with the type of the first of them that holds floats, else as whole numbers."""
    dtype = next((array.dtype for array in arrays if array.dtype.kind == "f"), np.dtype(np.int64))
    return [array.astype(dtype, copy=False) for array in arrays]
