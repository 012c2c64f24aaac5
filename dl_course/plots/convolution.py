"""A sliding window: what it computes, where it stands, and how much of the image is behind a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from dl_course import _validate, _windows, convolution
from dl_course.plots.figure import COLORS, DASHES, panels
from dl_course.plots.images import image_as_numbers

__all__ = [
    "channel_sum",
    "convolution_strip",
    "kernel_table",
    "padding_and_stride",
    "receptive_fields",
    "response",
    "sliding_windows",
]


def convolution_strip(
    image: ArrayLike, kernel: ArrayLike, steps: Sequence[int], *, stride: int = 1, padding: int = 0
) -> np.ndarray:
    """Draw a window at some of its positions: what it sees, the products, the output so far.

    Args:
        image: `(h, w)`, small enough to read its numbers.
        kernel: `(kh, kw)`.
        steps: Which positions, counted from 0 along the rows.
        stride: How far the window moves at a time.
        padding: Zeros on every side.

    Returns:
        Axes `(len(steps), 4)`: input with window, kernel, products, output so far.

    Raises:
        ValueError: If a step is not a position of the window.

    Examples:
        >>> from dl_course import plots
        >>> axes = plots.convolution_strip(np.arange(16).reshape(4, 4), np.eye(2), [0, 8])
        >>> [axes[n, 3].get_title() for n in range(2)]
        ['sum 5', 'sum 25']
    """
    padded, weights = convolution.pad(image, padding), np.asarray(kernel)
    output = convolution.correlate(padded, weights, stride=stride)
    for step in steps:
        _validate.whole("steps", step, at_least=0, at_most=output.size - 1)
    ratios = [table.shape[1] for table in (padded, weights, weights, output)]
    width = 0.36 * sum(ratios) + 2
    axes = panels(len(steps), 4, width=width, height=0.36 * len(padded) + 0.5, width_ratios=ratios)
    axes = np.reshape(axes, (len(steps), 4))
    for row, step in zip(axes, steps, strict=True):
        _draw_step(row, padded, weights, output, stride, step)
    return axes


def sliding_windows(
    size: int,
    kernel: int,
    *,
    padding: int | str | tuple[int, int] = 0,
    stride: int = 1,
    ax: Axes | None = None,
) -> Axes:
    """Draw along one axis where a window can stand: pixels, padding, and one line a position.

    Args:
        size: Pixels of the input.
        kernel: Pixels of the window.
        padding: As `convolution.output_size` takes it: pixels on each side, "valid" or "same".
        stride: How far the window moves at a time.
        ax: Where to draw.

    Returns:
        The axes.

    Examples:
        >>> from dl_course import plots
        >>> plots.sliding_windows(7, 3, padding=1, stride=3).get_title()
        '7 pixels → 3 outputs'
    """
    count = convolution.output_size(size, kernel, padding=padding, stride=stride)
    before, _ = _windows.padding_amounts(size, kernel, padding=padding, stride=stride)
    ax = ax or panels(width=5, height=0.3 * count + 1.2)
    end = max(size, (count - 1) * stride - before + kernel)
    for pixel in range(-before, end):
        is_padding = not 0 <= pixel < size
        color = "white" if is_padding else COLORS[5]
        ax.add_patch(Rectangle((pixel, 0), 1, 1, facecolor=color, edgecolor="black"))
        ax.text(pixel + 0.5, 0.5, "0" if is_padding else "", ha="center", va="center", fontsize=8)
    for n in range(count):
        left = n * stride - before
        color = COLORS[3] if n % 2 == 0 else COLORS[0]
        ax.plot([left + 0.1, left + kernel - 0.1], [-0.6 * (n + 1)] * 2, color=color, lw=5)
    ax.set(xlim=(-before - 0.3, end + 0.3), ylim=(-0.6 * (count + 1), 1.2))
    ax.set_title(f"{size} pixels → {count} outputs", fontsize=10)
    ax.axis("off")
    return ax


def padding_and_stride(
    image: ArrayLike,
    kernel: ArrayLike,
    *,
    padding: int = 0,
    stride: int = 1,
    steps: Sequence[int] = (0, 1, -1),
    axes: Sequence[Axes] | None = None,
) -> np.ndarray:
    """Draw in two dimensions where a window stands: some of its positions, and the number at each.

    Args:
        image: `(h, w)`, small enough to read its numbers.
        kernel: `(kh, kw)`.
        padding: Zeros on every side; they are drawn on white.
        stride: How far the window moves at a time; arrows show it.
        steps: Which positions to outline, at most six, counted along the rows; -1 is the last.
        axes: Two axes to draw into.

    Returns:
        The two axes: the padded image with windows, and the output with the numbers they give.

    Raises:
        ValueError: If a step is not a position of the window, or there are too many.

    Examples:
        >>> from dl_course import plots
        >>> left, right = plots.padding_and_stride(np.eye(5), np.ones((3, 3)), stride=2, steps=[0, 3])
        >>> [text.get_text() for text in right.texts]
        ['3', '1', '1', '3']
    """
    padded, weights = convolution.pad(image, padding), np.asarray(kernel)
    output = convolution.correlate(padded, weights, stride=stride)
    _validate.whole("len(steps)", len(steps), at_most=len(COLORS))
    for step in steps:
        _validate.whole("steps", step, at_least=-output.size, at_most=output.size - 1)
    if axes is None:
        h, w = padded.shape
        axes = panels(1, 2, width=0.8 * w + 1.5, height=0.4 * h + 1)
    left, right = np.asarray(axes)
    image_as_numbers(padded, ax=left)
    _whiten_padding(left, padded.shape, padding)
    image_as_numbers(output, ax=right, cmap="Oranges", limits=(min(output.min(), 0), None))
    for n, step in enumerate(steps):
        place = np.array(np.unravel_index(step % output.size, output.shape))
        inset = 0.07 * n  # frames that overlap stay apart
        _frame(left, stride * place, weights.shape, COLORS[n - 3], lw=3, inset=inset)
        _frame(right, place, (1, 1), COLORS[n - 3], lw=4, inset=0.06)
    if stride > 1:
        _draw_stride(left, weights.shape, stride)
    h, w = padded.shape
    right.set(xlim=(-0.6, w - 0.5), ylim=(h - 0.5, -0.6), frame_on=False)  # cells as on the left
    left.set_title(f"{_by(np.shape(image))}, padding {padding}, stride {stride}", fontsize=10)
    right.set_title(f"output {_by(output.shape)}", fontsize=10, loc="left")
    return np.array([left, right])


def channel_sum(image: ArrayLike, kernel: ArrayLike) -> np.ndarray:
    """Draw a convolution with several channels: each with its weights, then the sum over the channels.

    Args:
        image: `(h, w, c)`, small enough to read its numbers.
        kernel: `(kh, kw, c)`.

    Returns:
        Axes `(c, 4)`: a channel, its weights, what they give together; the sum in the last column.

    Raises:
        ValueError: If image and kernel have different numbers of channels.

    Examples:
        >>> from dl_course import plots
        >>> axes = plots.channel_sum(np.ones((2, 2, 3)), np.ones((1, 2, 3)))
        >>> [text.get_text() for text in axes[0, 3].texts]
        ['6', '6']
    """
    pixels, weights = np.asarray(image), np.asarray(kernel)
    channels = pixels.shape[2]
    _validate.shape(
        "kernel", weights, (*weights.shape[:2], channels), "as many channels as `image`"
    )
    maps = [convolution.correlate(pixels[..., c], weights[..., c]) for c in range(channels)]
    tables = {
        "channel": np.moveaxis(pixels, 2, 0),
        "★ weights": np.moveaxis(weights, 2, 0),
        "= map": np.array(maps),
    }
    ratios = [pixels.shape[1], weights.shape[1], maps[0].shape[1], maps[0].shape[1]]
    width, height = 0.45 * sum(ratios) + 3, 0.45 * len(pixels) + 0.4
    axes = panels(channels, 4, width=width, height=height, width_ratios=ratios)
    axes = np.reshape(axes, (channels, 4))
    for c, row in enumerate(axes):
        for ax, (name, table) in zip(row, tables.items(), strict=False):
            limits = -np.max(np.abs(table)), np.max(np.abs(table))
            image_as_numbers(table[c], ax=ax, cmap="RdBu_r", limits=limits)
            ax.set_title(f"{name} {c + 1}", fontsize=9)
        row[3].axis("off")
    total = np.sum(maps, axis=0)
    axes[0, 3].axis("on")
    largest = np.max(np.abs(total))
    image_as_numbers(total, ax=axes[0, 3], cmap="RdBu_r", limits=(-largest, largest))
    axes[0, 3].set_title("sum", fontsize=9)
    return axes


def kernel_table(kernel: ArrayLike, *, name: str = "", ax: Axes | None = None) -> Axes:
    """Draw a kernel as whole numbers and what they are divided by: blue negative, red positive.

    Args:
        kernel: `(kh, kw)`, whole numbers over a divisor of at most 100.
        name: What stands above it, before the divisor.
        ax: Where to draw.

    Returns:
        The axes.

    Raises:
        ValueError: If there is no such divisor.

    Examples:
        >>> from dl_course import convolution, plots
        >>> ax = plots.kernel_table(convolution.KERNELS["box"], name="box")
        >>> ax.get_title(), ax.texts[0].get_text()
        ('box, ÷ 9', '1')
    """
    weights = np.asarray(kernel, dtype=float)
    products = ((n, weights * n) for n in range(1, 101))
    fitting = ((n, whole) for n, whole in products if np.allclose(whole, np.rint(whole), atol=1e-9))
    divisor, whole = next(fitting, (0, weights))
    if not divisor:
        raise ValueError(f"`kernel` must be whole numbers over a divisor. Received: {weights}")
    ax = image_as_numbers(np.rint(whole), ax=ax, cmap="RdBu_r", limits=(-5, 5))
    return _titled(ax, f"{name}, ÷ {divisor}" if divisor > 1 else name)


def response(
    image: ArrayLike, kernel: ArrayLike, *, limit: float = 0.5, ax: Axes | None = None
) -> Axes:
    """Draw what a kernel makes of a grey picture, on a scale that all kernels of its sort share.

    Args:
        image: `(h, w)`, values from 0 to 1.
        kernel: `(kh, kw)`. If its weights sum to 0, grey is 0, black is `-limit` and white is `limit`;
            otherwise black is 0 and white is 1.
        limit: The response that is drawn white, for kernels that sum to 0.
        ax: Where to draw.

    Returns:
        The axes.

    Examples:
        >>> from dl_course import convolution, plots
        >>> ax = plots.response(np.eye(8), convolution.KERNELS["sobel x"])
        >>> ax.images[0].get_clim()
        (-0.5, 0.5)
    """
    ax = ax or panels(width=4)
    low, high = (-limit, limit) if abs(np.sum(kernel)) < 1e-9 else (0.0, 1.0)
    ax.imshow(convolution.correlate(image, kernel), cmap="gray", vmin=low, vmax=high)
    ax.axis("off")
    return ax


def receptive_fields(image: ArrayLike, sizes: Mapping[str, int], *, ax: Axes | None = None) -> Axes:
    """Outline the receptive field of one number in the middle of each layer's output.

    Args:
        image: `(h, w)` or `(h, w, c)`.
        sizes: Name of the layer → side of its receptive field in pixels.
        ax: Where to draw.

    Returns:
        The axes.
    """
    ax = ax or panels(width=4.5, height=4.5)
    picture = np.asarray(image)
    ax.imshow(picture.squeeze(), cmap="gray")
    middle = np.array(picture.shape[:2]) // 2
    for n, (name, side) in enumerate(sizes.items()):
        color, dash = COLORS[n % len(COLORS)], DASHES[n % len(DASHES)]
        top, left = middle - side // 2
        _frame(ax, (top, left), (side, side), color, lw=2, linestyle=dash)
        ax.plot([], [], color=color, linestyle=dash, label=f"{name}: {side} × {side}")
    ax.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    ax.axis("off")
    return ax


def _draw_step(axes, padded, kernel, output, stride, step):
    """One row of the strip."""
    place = np.unravel_index(step, output.shape)
    top, left = stride * np.array(place)
    window = padded[top : top + kernel.shape[0], left : left + kernel.shape[1]]
    so_far = np.where(np.arange(output.size) <= step, output.ravel(), np.nan)
    image_as_numbers(padded, ax=axes[0]).set_title(f"position {step + 1}", fontsize=9)
    image_as_numbers(kernel, ax=axes[1], cmap="Blues").set_title("× kernel", fontsize=9)
    image_as_numbers(window * kernel, ax=axes[2], cmap="Blues").set_title("= products", fontsize=9)
    limits = output.min(), output.max()  # a number has the same colour at every step
    image_as_numbers(so_far.reshape(output.shape), ax=axes[3], cmap="Oranges", limits=limits)
    axes[3].set_title(f"sum {output[place]:g}", fontsize=9)
    _frame(axes[0], (top, left), kernel.shape)
    _frame(axes[3], place, (1, 1))


def _whiten_padding(ax, shape, padding):
    """Draw the zeros that padding adds on white, so that they differ from zeros of the image."""
    h, w = shape
    for text, (row, column) in zip(ax.texts, np.ndindex(h, w), strict=True):
        if not (padding <= row < h - padding and padding <= column < w - padding):
            corner = (column - 0.5, row - 0.5)
            ax.add_patch(Rectangle(corner, 1, 1, facecolor="white", edgecolor="0.8", zorder=1))
            text.set_color("0.4")


def _draw_stride(ax, kernel, stride):
    """Arrows from the middle of the first window to the next one on the right, and to the next below."""
    across, down = (kernel[1] - 1) / 2, (kernel[0] - 1) / 2
    arrow = {"arrowstyle": "->", "lw": 2, "shrinkA": 0, "shrinkB": 0}
    for (x, y), (dx, dy) in (((across, -0.85), (stride, 0)), ((-0.85, down), (0, stride))):
        ax.annotate("", (x + dx, y + dy), (x, y), arrowprops=arrow, annotation_clip=False)
    ax.set(xlim=(-1.2, ax.get_xlim()[1]), ylim=(ax.get_ylim()[0], -1.2))
    ax.set_frame_on(False)


def _by(shape):
    return " × ".join(map(str, shape))


def _titled(ax, title):
    ax.set_title(title, fontsize=9)
    return ax


def _frame(ax, corner, size, color=COLORS[3], *, inset=0.0, **options):
    """Outline some pixels of an image, from the top left corner on."""
    (top, left), (height, width) = corner, size
    place = (left - 0.5 + inset, top - 0.5 + inset)
    box = Rectangle(place, width - 2 * inset, height - 2 * inset, **{"lw": 3, **options})
    box.set(fill=False, edgecolor=color)
    ax.add_patch(box)
