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

__all__ = ["convolution_strip", "receptive_fields", "sliding_windows"]


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


def _frame(ax, corner, size, color=COLORS[3], **options):
    """Outline some pixels of an image, from the top left corner on."""
    (top, left), (height, width) = corner, size
    box = Rectangle((left - 0.5, top - 0.5), width, height, **{"lw": 3, **options})
    box.set(fill=False, edgecolor=color)
    ax.add_patch(box)
