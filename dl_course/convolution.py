"""Convolution in NumPy: by loops, then faster, then for batches with channels, and backward.

What deep learning calls convolution is cross-correlation: the kernel is not flipped. Padding is
`"valid"` (none), `"same"` (the rule of Keras: at stride 1 the output has the size of the input), a
whole number for all sides, or `((top, bottom), (left, right))`; a stride is a whole number or a pair
`(rows, columns)`. Results have the type of the first floating array among the arguments; whole
numbers alone are computed as int64, so that a photograph in uint8 does not overflow.
"""

from __future__ import annotations

from numbers import Real
from typing import NamedTuple

import numpy as np

from dl_course import _validate
from dl_course._windows import (
    as_sides,
    crop,
    find_windows,
    kernel_places,
    output_size,
    pad_edges,
)

__all__ = [
    "KERNELS",
    "ReceptiveField",
    "conv2d",
    "conv2d_gradients",
    "correlate",
    "correlate_loops",
    "output_size",
    "pad",
    "receptive_field",
]

# The letter of a derivative is the direction in which it differentiates: x to the right, y down. So
# what changes to the right, a vertical edge, shows in x. Derivatives sum to 0 and answer with 0 where
# nothing changes; the others sum to 1 and keep the brightness.
KERNELS: dict[str, np.ndarray] = {
    "identity": np.array([[0.0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    "second derivative x": np.array([[0.0, 0, 0], [1, -2, 1], [0, 0, 0]]),
    "second derivative y": np.array([[0.0, 1, 0], [0, -2, 0], [0, 1, 0]]),
    "sobel x": np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    "sobel y": np.array([[-1.0, -2, -1], [0, 0, 0], [1, 2, 1]]),
    "box": np.ones((3, 3)) / 9,
    "gaussian": np.array([[0.0, 1, 0], [1, 4, 1], [0, 1, 0]]) / 8,
    "sharpen": np.array([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "strong sharpen": np.array([[-1.0, -1, -1], [-1, 9, -1], [-1, -1, -1]]),
    "emboss": np.array([[-2.0, -1, 0], [-1, 1, 1], [0, 1, 2]]),
}
for _kernel in KERNELS.values():
    _kernel.setflags(write=False)  # a changed kernel would surprise whoever uses it next


# One image, one kernel ---------------------------------------------------------------------------


def pad(image, amount, *, value: float = 0.0):
    """Put a frame of one value around an image.

    Args:
        image: Shape `(h, w)`.
        amount: Pixels on every side, or `((top, bottom), (left, right))`.
        value: What the frame is made of.

    Returns:
        A new array, `(top + h + bottom, left + w + right)`.

    Raises:
        TypeError: If `image` doesn't hold real numbers or `value` is none.
        ValueError: If `image` is no finite image or `amount` is negative.
    """
    image = _validate.array("image", image, "h, w")
    if not isinstance(value, Real):
        raise TypeError(f"`value` must be a real number. Received: {value!r}")
    (top, bottom), (left, right) = as_sides("amount", amount)
    h, w = image.shape
    whole = image.dtype.kind == "i" and float(value).is_integer()
    dtype = np.int64 if whole else _first_float(image, np.array(float(value)))
    padded = np.full((top + h + bottom, left + w + right), value, dtype)
    padded[top : top + h, left : left + w] = image
    return padded


def correlate_loops(image, kernel, *, stride=1, padding="valid"):
    """Slide a kernel over an image: at each position multiply, element by element, and sum.

    `out[r, c] = Σᵢⱼ kernel[i, j] · image[r·stride + i, c·stride + j]`

    Args:
        image: Shape `(h, w)`.
        kernel: Shape `(kh, kw)`.
        stride: How far the window moves at a time, a whole number or a pair `(rows, columns)`.
        padding: `"valid"`, `"same"`, a whole number, or `((top, bottom), (left, right))`; of zeros.

    Returns:
        One number for each position of the window, `(rows, columns)`; see `output_size`.

    Raises:
        TypeError: If `image` or `kernel` doesn't hold real numbers.
        ValueError: If an array is empty, not finite or of another rank, or the window doesn't fit.
    """
    image, kernel, windows = _prepare(image, kernel, stride, padding)
    (kh, kw), (down, right) = windows.kernel, windows.stride
    out = np.zeros(windows.out, image.dtype)
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            top, left = row * down, column * right
            window = image[top : top + kh, left : left + kw]
            out[row, column] = np.sum(window * kernel)
    return out


def correlate(image, kernel, *, stride=1, padding="valid"):
    """Do what `correlate_loops` does, all windows at once.

    Each row of the image meets each row of the kernel in one matrix product; every output is then
    the sum of `kh` of these, from rows that follow each other.

    Args:
        image: Shape `(h, w)`.
        kernel: Shape `(kh, kw)`.
        stride: How far the window moves at a time, a whole number or a pair `(rows, columns)`.
        padding: `"valid"`, `"same"`, a whole number, or `((top, bottom), (left, right))`; of zeros.

    Returns:
        One number for each position of the window, `(rows, columns)`; see `output_size`.

    Raises:
        TypeError: If `image` or `kernel` doesn't hold real numbers.
        ValueError: If an array is empty, not finite or of another rank, or the window doesn't fit.
    """
    image, kernel, windows = _prepare(image, kernel, stride, padding)
    out = np.empty(windows.out, image.dtype)
    for top in range(0, len(out), BAND):
        below = image[top * windows.stride[0] :]
        _correlate_band(below, kernel, windows.stride, out[top : top + BAND])
    return out


BAND = 16  # rows of output at a time: so few that all of it stays in the processor's cache


def _correlate_band(image, kernel, stride, out):
    """Write the top rows of the answer into `out`, as many as it has."""
    (kh, kw), (down, right), (rows, columns) = kernel.shape, stride, out.shape
    seen = image[: down * (rows - 1) + kh]
    shifted = [seen[:, j : j + right * columns : right] for j in range(kw)]
    products = kernel @ np.stack(shifted, axis=1)  # (rows seen, kh, columns)
    out[:] = sum(products[i : i + down * rows : down, i] for i in range(kh))


def _prepare(image, kernel, stride, padding):
    """Check everything; return the padded image and the kernel, both of one type, and the windows."""
    image, kernel = (
        _validate.array("image", image, "h, w"),
        _validate.array("kernel", kernel, "kh, kw"),
    )
    windows = find_windows(image.shape, kernel.shape, stride=stride, padding=padding)
    image, kernel = _one_type(image, kernel)
    return pad_edges(image, windows.padding), kernel, windows


# Batches and channels ----------------------------------------------------------------------------


def conv2d(x, kernel, bias=None, *, stride=1, padding="valid"):
    """Convolve a batch of images: each output channel has a kernel that looks at all input channels.

    `out[n, r, c, o] = bias[o] + Σᵢⱼₖ kernel[i, j, k, o] · x[n, r·stride + i, c·stride + j, k]`

    One step for each `(i, j)` of the kernel: what all windows show there, times the weights there.

    Args:
        x: Images, shape `(n, h, w, cin)`.
        kernel: Shape `(kh, kw, cin, cout)`.
        bias: Shape `(cout,)`; None adds nothing.
        stride: How far the window moves at a time, a whole number or a pair `(rows, columns)`.
        padding: `"valid"`, `"same"`, a whole number, or `((top, bottom), (left, right))`; of zeros.

    Returns:
        Feature maps, shape `(n, rows, columns, cout)`.

    Raises:
        TypeError: If an array doesn't hold real numbers.
        ValueError: If an array is empty, not finite or of another rank, channels don't match, or the
            window doesn't fit.
    """
    x, kernel, windows = _prepare_batch(x, kernel, stride, padding)
    bias = _check_bias(bias, kernel.shape[-1])
    x, kernel, bias = _one_type(x, kernel, bias)
    padded = pad_edges(x, windows.padding)
    out = np.full((len(x), *windows.out, len(bias)), bias)
    for place, rows, columns in kernel_places(windows):
        out += padded[:, rows, columns] @ kernel[place]  # (n, rows, columns, cin) @ (cin, cout)
    return out


def conv2d_gradients(x, kernel, grad_output, *, stride=1, padding="valid"):
    """Go backward through `conv2d`: from the slope of a loss in the output to all its other slopes.

    The same steps as forward, with the same windows. A weight has met every window: its slope is the
    sum of what it saw times the slope of what it gave. A pixel hands on to several outputs: its slope
    is the sum of theirs, each times the weight between.

    Args:
        x: Images, shape `(n, h, w, cin)`.
        kernel: Shape `(kh, kw, cin, cout)`.
        grad_output: Slope of the loss in each output, shape `(n, rows, columns, cout)`.
        stride: The one `conv2d` used.
        padding: The one `conv2d` used.

    Returns:
        The slopes in `x`, in `kernel` and in `bias`, each of the shape of what it belongs to.

    Raises:
        TypeError: If an array doesn't hold real numbers.
        ValueError: As `conv2d`, and if `grad_output` hasn't the shape of the output.
    """
    x, kernel, windows = _prepare_batch(x, kernel, stride, padding)
    grad_output = _check_grad_output(grad_output, (len(x), *windows.out, kernel.shape[-1]))
    x, kernel, grad_output = _one_type(x, kernel, grad_output)
    padded = pad_edges(x, windows.padding)
    grad_padded, grad_kernel = np.zeros_like(padded), np.zeros_like(kernel)
    cin, cout = kernel.shape[2:]
    for place, rows, columns in kernel_places(windows):
        seen = padded[:, rows, columns].reshape(-1, cin)  # (windows, cin)
        grad_kernel[place] = seen.T @ grad_output.reshape(-1, cout)
        grad_padded[:, rows, columns] += grad_output @ kernel[place].T
    return crop(grad_padded, windows.padding), grad_kernel, grad_output.sum(axis=(0, 1, 2))


# How far a layer sees ----------------------------------------------------------------------------


class ReceptiveField(NamedTuple):
    """What one number in a layer's output sees of the input of the network, along one axis.

    Attributes:
        size: How many pixels.
        jump: How many pixels the view moves from one output to the next.
    """

    size: int
    jump: int


def receptive_field(layers) -> list[ReceptiveField]:
    """Follow how the receptive field grows, layer by layer.

    `size ← size + (kernel - 1) · dilation · jump`, then `jump ← jump · stride`, from 1 and 1.

    Args:
        layers: Convolutions and poolings in order, each `(kernel, stride)` or
            `(kernel, stride, dilation)`.

    Returns:
        For each layer the `ReceptiveField` of its outputs.

    Raises:
        ValueError: If a layer is not two or three positive whole numbers.

    Reference:
        Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill,
        2019.
    """
    fields, size, jump = [], 1, 1
    for kernel, stride, dilation in map(_check_layer, layers):
        size += (kernel - 1) * dilation * jump
        jump *= stride
        fields.append(ReceptiveField(size, jump))
    return fields


# Checks ------------------------------------------------------------------------------------------


def _prepare_batch(x, kernel, stride, padding):
    x = _validate.array("x", x, "n, h, w, cin")
    kernel = _validate.array("kernel", kernel, "kh, kw, cin, cout")
    if x.shape[-1] != kernel.shape[2]:
        raise ValueError(
            "`x` and `kernel` must have the same number of input channels, (n, h, w, cin) and "
            f"(kh, kw, cin, cout). Received: {x.shape} and {kernel.shape}"
        )
    windows = find_windows(x.shape[1:3], kernel.shape[:2], stride=stride, padding=padding)
    return x, kernel, windows


def _check_bias(bias, channels):
    if bias is None:
        return np.zeros(channels, np.int64)
    bias = _validate.array("bias", bias, "cout")
    if bias.shape != (channels,):
        raise ValueError(f"`bias` must have shape {(channels,)}. Received: {bias.shape}")
    return bias


def _check_grad_output(grad_output, shape):
    grad_output = _validate.array("grad_output", grad_output, "n, rows, columns, cout")
    if grad_output.shape != shape:
        raise ValueError(
            f"`grad_output` must have the shape of the output, {shape}. "
            f"Received: {grad_output.shape}"
        )
    return grad_output


def _check_layer(layer):
    numbers = layer if isinstance(layer, (tuple, list)) else ()
    whole = all(isinstance(number, (int, np.integer)) and number > 0 for number in numbers)
    if len(numbers) not in (2, 3) or not whole:
        raise ValueError(
            "`layers` must hold (kernel, stride) or (kernel, stride, dilation), positive whole "
            f"numbers. Received: {layer!r}"
        )
    return (*map(int, numbers), 1)[:3]


def _one_type(*arrays):
    dtype = _first_float(*arrays)
    return [array.astype(dtype, copy=False) for array in arrays]


def _first_float(*arrays):
    return next((array.dtype for array in arrays if array.dtype.kind == "f"), np.dtype(np.int64))
