"""Images: in a grid, as the numbers they are, one behind the other, or as a map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from dl_course import _validate
from dl_course.plots.figure import COLORS, panels

__all__ = ["feature_stack", "image_as_numbers", "image_grid", "thumbnail_map"]


def image_grid(
    images: ArrayLike, *, titles: Sequence | None = None, columns: int = 8, size: float = 1.2
) -> np.ndarray:
    """Show images in a grid, grey or in colour.

    Args:
        images: `(n, h, w)`, `(n, h, w, 1)` or `(n, h, w, 3)`; grey is drawn from the smallest to the
            largest value of all images, colour must be in [0, 1] or whole numbers up to 255.
        titles: One text above each image.
        columns: Images in a row.
        size: Width of an image in inches.

    Returns:
        Array of `n` axes.

    Raises:
        ValueError: If there is no image, or not as many titles as images, or a shape is another one.

    Examples:
        >>> from dl_course import plots
        >>> images = np.random.default_rng(0).random((3, 8, 8))
        >>> [ax.get_title() for ax in plots.image_grid(images, titles=["a", "b", "c"])]
        ['a', 'b', 'c']
    """
    pictures = _grey_or_colour(images)
    n, h, w, *channels = pictures.shape
    if titles is not None and len(titles) != n:
        raise ValueError(f"`titles` must be as many as the images, {n}. Received: {len(titles)}")
    columns = min(columns, n)
    rows = -(-n // columns)
    row_height = size * h / w + (0.25 if titles is not None else 0.05)
    axes = np.ravel(panels(rows, columns, width=size * columns, height=row_height))
    limits = {} if channels == [3] else {"vmin": pictures.min(), "vmax": pictures.max()}
    words = [""] * n if titles is None else map(str, titles)
    for ax, picture, word in zip(axes, pictures, words, strict=False):
        ax.imshow(picture.squeeze(), cmap="gray", **limits)
        ax.set_title(word, fontsize=9, pad=3)
    for ax in axes:
        ax.axis("off")
    return axes[:n]


def image_as_numbers(
    image: ArrayLike,
    *,
    ax: Axes | None = None,
    decimals: int | None = None,
    cmap: str = "gray",
    limits: tuple[float | None, float | None] = (None, None),
) -> Axes:
    """Show a small image as the table of numbers it is: each pixel with its value written in.

    Args:
        image: `(h, w)`, at most 32 × 32; NaN leaves a pixel empty.
        ax: Where to draw.
        decimals: Digits after the point; by default 0 for whole numbers, else 1.
        cmap: Colours of the pixels.
        limits: The numbers with the first and the last colour; by default the smallest and largest.

    Returns:
        The axes.

    Raises:
        ValueError: If `image` is not a table, or too large to read.

    Examples:
        >>> from dl_course import plots
        >>> ax = plots.image_as_numbers([[0, 16], [7, 8]])
        >>> [text.get_text() for text in ax.texts]
        ['0', '16', '7', '8']
    """
    table = np.asarray(image, dtype=float)
    if table.ndim != 2 or table.size == 0 or max(table.shape) > 32:
        raise ValueError(
            f"`image` must have shape (h, w), each from 1 to 32. Received: {table.shape}"
        )
    if decimals is None:
        decimals = 0 if np.array_equal(table, np.round(table), equal_nan=True) else 1
    ax = ax or panels(width=0.45 * table.shape[1] + 0.3, height=0.45 * table.shape[0] + 0.3)
    shown = ax.imshow(table, cmap=cmap, vmin=limits[0], vmax=limits[1])
    for (row, column), value in np.ndenumerate(table):
        if not np.isnan(value):
            text = f"{np.round(value, decimals) + 0.0:.{decimals}f}"  # no "-0.0"
            ink = _ink_on(shown.cmap(shown.norm(value)))
            ax.text(column, row, text, ha="center", va="center", color=ink, fontsize=8)
    ax.set_xticks([])
    ax.set_yticks([])
    return ax


def feature_stack(
    maps: ArrayLike, *, ax: Axes | None = None, shift: float = 0.12, cmap: str = "gray"
) -> Axes:
    """Draw feature maps one behind the other: the depth of a convolution's output.

    Args:
        maps: `(h, w, c)`, one image for each of `c` channels; each is drawn from its smallest to its
            largest value.
        ax: Where to draw.
        shift: How far each lies behind the one before, in widths.
        cmap: Colours.

    Returns:
        The axes.

    Raises:
        ValueError: If `maps` has another shape.
    """
    stack = _validate.array("maps", maps, "h, w, c")
    ax = ax or panels(width=6, height=3.4)
    height = stack.shape[0] / stack.shape[1]
    for n in reversed(range(stack.shape[2])):
        x = n * shift
        extent = (x, x + 1, x * 0.6, x * 0.6 + height)
        ax.imshow(stack[:, :, n], cmap=cmap, extent=extent, zorder=-n)
        corner = (extent[0], extent[2])
        ax.add_patch(Rectangle(corner, 1, height, fill=False, edgecolor="white", zorder=-n))
    last = (stack.shape[2] - 1) * shift
    ax.set(xlim=(-0.05, last + 1.05), ylim=(-0.05, last * 0.6 + height + 0.05))
    ax.axis("off")
    return ax


def thumbnail_map(
    points: ArrayLike,
    images: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    size: float = 0.4,
    ax: Axes | None = None,
) -> Axes:
    """Draw small images at points of the plane: a map of which are near to each other.

    Args:
        points: Where the middle of each image is, `(n, 2)`.
        images: `(n, h, w)`, `(n, h, w, 1)` or `(n, h, w, 3)`; grey is drawn from the smallest to the
            largest value of all images, colour must be in [0, 1] or whole numbers up to 255.
        labels: Class of each image, whole numbers `(n,)`: the colour of its frame.
        size: Width of an image in inches.
        ax: Where to draw.

    Returns:
        The axes.

    Raises:
        ValueError: If there are not as many points, or labels, as images, or a shape is another one.
    """
    pictures, places = _grey_or_colour(images), _validate.array("points", points, "n, 2")
    n = len(pictures)
    _validate.shape("points", places, (n, 2), "a point for each image")
    colors = ["0.4"] * n
    if labels is not None:
        colors = [COLORS[c % len(COLORS)] for c in _validate.labels("labels", labels, n)]
    ax = ax or panels(width=6, height=4.5)
    limits = pictures.min(), pictures.max()  # of grey; colour is what it is
    for place, picture, color in zip(places, pictures, colors, strict=True):
        thumbnail = OffsetImage(picture.squeeze(), zoom=72 * size / picture.shape[1], cmap="gray")
        thumbnail.image.set_clim(*limits)
        frame = {"edgecolor": color, "linewidth": 2, "boxstyle": "square,pad=0"}
        ax.add_artist(AnnotationBbox(thumbnail, place, pad=0, bboxprops=frame))
    ax.plot(*places.T, ".", alpha=0)  # so that the axes know how far to reach
    ax.margins(0.08)
    return ax


def _grey_or_colour(images):
    """Images as an array, after a look at their shape."""
    pictures = _validate.array("images", images, "n, h, w", "n, h, w, 1", "n, h, w, 3")
    if pictures.shape[3:] not in ((), (1,), (3,)):
        raise ValueError(
            "`images` must have shape (n, h, w), (n, h, w, 1) or (n, h, w, 3). "
            f"Received: {pictures.shape}"
        )
    return pictures


def _ink_on(color):
    """Black or white, what can be read on a colour."""
    red, green, blue, _ = color
    return "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.5 else "black"
