"""Arrays and plain dicts to pictures.

Every helper draws into `ax` if one is given (else into a new figure) and returns the axes, so pictures
can be put side by side and finished by hand. Colours can be told apart with a colour-blindness, and
lines differ in their dashes too. `show` ends a cell: it shows the figure with a text for readers who
can't see it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.ticker import MaxNLocator

from dl_course import _windows, autodiff, convolution

__all__ = [
    "COLORS",
    "computation_graph",
    "confusion",
    "contour_path",
    "convnet_blocks",
    "convolution_strip",
    "decision_boundary",
    "feature_stack",
    "function_curves",
    "image_as_numbers",
    "image_grid",
    "loss_curves",
    "network_diagram",
    "panels",
    "points",
    "predictions",
    "probability_bars",
    "receptive_fields",
    "show",
    "sliding_windows",
    "thumbnail_map",
    "training_curves",
]

# Okabe and Ito, "Color Universal Design", 2008: blue, orange, green, vermilion, purple, sky blue.
COLORS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P")


def show(alt: str) -> None:
    """Show the current figure, with an alternative text that is saved in the notebook beside it.

    Exported to HTML, the picture carries the text for screen readers.

    Args:
        alt: What the picture shows, in a sentence or two.

    Raises:
        ValueError: If `alt` is empty or there is no figure.
    """
    if not (isinstance(alt, str) and alt.strip()):
        raise ValueError(f"`alt` must say in words what the picture shows. Received: {alt!r}")
    if not plt.get_fignums():
        raise ValueError("There is no figure to show: draw one first. Received: no open figure")
    from IPython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        plt.show()
        return
    figure = plt.gcf()
    display(figure, metadata={"image/png": {"alt": alt}})
    plt.close(figure)


def panels(columns: int = 1, rows: int = 1, *, width: float = 10.0, height: float = 3.2, **options):
    """Make a figure with axes side by side.

    Args:
        columns: Axes in a row.
        rows: Rows of axes.
        width: Width of the whole figure in inches.
        height: Height of a row in inches.
        **options: Passed on to `matplotlib.pyplot.subplots`, as ``sharey=True``.

    Returns:
        One axes, or an array of them, `(columns,)` or `(rows, columns)`.
    """
    _, axes = plt.subplots(
        rows, columns, figsize=(width, rows * height), dpi=90, layout="constrained", **options
    )
    return axes


def image_grid(images, *, titles: Sequence | None = None, columns: int = 8, size: float = 1.2):
    """Show images in a grid, grey or in colour.

    Args:
        images: `(n, h, w)`, `(n, h, w, 1)` or `(n, h, w, 3)`; grey is drawn from the smallest to the
            largest value of all images, colour must be in [0, 1] or uint8.
        titles: One text above each image.
        columns: Images in a row.
        size: Width of an image in inches.

    Returns:
        Array of `n` axes.

    Raises:
        ValueError: If there is no image, or not as many titles as images, or a shape is another one.
    """
    images = np.asarray(images)
    if images.ndim not in (3, 4) or not len(images) or images.shape[3:] not in ((), (1,), (3,)):
        raise ValueError(
            "`images` must have shape (n, h, w), (n, h, w, 1) or (n, h, w, 3), n at least 1. "
            f"Received: {images.shape}"
        )
    if titles is not None and len(titles) != len(images):
        raise ValueError(
            f"`titles` must be as many as the images, {len(images)}. Received: {len(titles)}"
        )
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    row_height = size * images.shape[1] / images.shape[2] + (0.25 if titles is not None else 0.05)
    axes = np.atleast_1d(panels(columns, rows, width=size * columns, height=row_height)).ravel()
    limits = {} if images.shape[3:] == (3,) else {"vmin": images.min(), "vmax": images.max()}
    for n, (ax, image) in enumerate(zip(axes, images, strict=False)):
        ax.imshow(image.squeeze(), cmap="gray", **limits)
        ax.set_title("" if titles is None else str(titles[n]), fontsize=9, pad=3)
    for ax in axes:
        ax.axis("off")
    return axes[: len(images)]


def image_as_numbers(
    image, *, ax=None, decimals: int | None = None, cmap: str = "gray", limits=(None, None)
):
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
    """
    image = np.asarray(image, dtype=float)
    if image.ndim != 2 or image.size == 0 or max(image.shape) > 32:
        raise ValueError(
            f"`image` must have shape (h, w), each from 1 to 32. Received: {image.shape}"
        )
    if decimals is None:
        decimals = 0 if np.array_equal(image, np.round(image), equal_nan=True) else 1
    ax = ax or panels(width=0.45 * image.shape[1] + 0.3, height=0.45 * image.shape[0] + 0.3)
    picture = ax.imshow(image, cmap=cmap, vmin=limits[0], vmax=limits[1])
    for (row, column), value in np.ndenumerate(image):
        if np.isnan(value):
            continue
        red, green, blue, _ = picture.cmap(picture.norm(value))
        dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
        ink = "white" if dark else "black"
        ax.text(
            column,
            row,
            f"{np.round(value, decimals) + 0.0:.{decimals}f}",
            ha="center",
            va="center",
            color=ink,
            fontsize=8,
        )
    ax.set_xticks([])
    ax.set_yticks([])
    return ax


def function_curves(functions: Mapping[str, Callable], x, *, ax=None):
    """Draw functions of one number over the same range.

    Args:
        functions: Name → function of an array.
        x: Where to compute them, shape `(n,)`.
        ax: Where to draw.

    Returns:
        The axes.
    """
    ax = ax or panels(width=5)
    for n, (name, function) in enumerate(functions.items()):
        ax.plot(x, function(x), label=name, color=COLORS[n % 6], linestyle=DASHES[n % 6], lw=2)
    ax.axhline(0, color="0.8", lw=0.8, zorder=0)
    ax.axvline(0, color="0.8", lw=0.8, zorder=0)
    ax.set_xlabel("x")
    ax.legend(frameon=False)
    return ax


def loss_curves(history: Mapping[str, Sequence[float]], *, ax=None, log: bool = False):
    """Draw what was noted in training, epoch by epoch.

    Args:
        history: Name → one number an epoch, as `train` and Keras' `History.history` hold.
        ax: Where to draw.
        log: A logarithmic axis for the losses.

    Returns:
        The axes.
    """
    ax = ax or panels(width=5)
    for n, (name, values) in enumerate(history.items()):
        epochs = np.arange(1, len(values) + 1)
        ax.plot(epochs, values, label=name, color=COLORS[n % 6], linestyle=DASHES[n % 6], lw=1.8)
    ax.set(xlabel="epoch", ylabel="loss", yscale="log" if log else "linear")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(frameon=False)
    return ax


def contour_path(function: Callable, path=None, *, x=(-3, 3), y=(-3, 3), ax=None):
    """Draw a function of two numbers as a map with contour lines, and a walk over it.

    Args:
        function: Takes two arrays of the same shape, returns the height at each pair.
        path: Points of the walk, shape `(steps + 1, 2)`; the first is marked with a ring, the last
            with a star.
        x: Range to the right.
        y: Range upwards.
        ax: Where to draw.

    Returns:
        The axes.
    """
    ax = ax or panels(width=4.5, height=4)
    grid = np.meshgrid(np.linspace(*x, 120), np.linspace(*y, 120))
    height = function(*grid)
    levels = np.quantile(height, np.linspace(0, 1, 16))
    ax.contourf(*grid, height, levels=np.unique(levels), cmap="Blues_r", alpha=0.7)
    ax.contour(*grid, height, levels=np.unique(levels), colors="0.35", linewidths=0.5)
    if path is not None:
        path = np.asarray(path)
        ax.plot(*path.T, color=COLORS[3], marker=".", lw=1.5)
        ax.plot(*path[0], color=COLORS[3], marker="o", markerfacecolor="white", markersize=9)
        ax.plot(*path[-1], color=COLORS[3], marker="*", markersize=14)
    ax.set(xlim=x, ylim=y)
    return ax


def points(positions, labels, *, ax=None):
    """Draw points in the plane, a colour and a marker for each class.

    Args:
        positions: `(n, 2)`.
        labels: Class of each point, whole numbers `(n,)`.
        ax: Where to draw.

    Returns:
        The axes.
    """
    ax = ax or panels(width=4, height=4)
    for label in np.unique(labels):
        ax.scatter(
            *np.asarray(positions)[labels == label].T,
            color=COLORS[label % 6],
            marker=MARKERS[label % 6],
            edgecolor="black",
            linewidth=0.5,
            s=28,
            label=f"class {label}",
        )
    ax.set_aspect("equal")
    return ax


def decision_boundary(predict: Callable, positions, labels, *, ax=None, margin: float = 0.3):
    """Colour the plane by what a classifier says, with the points it should get right.

    The darker the colour, the surer the classifier; the black line is where it can't decide.

    Args:
        predict: Takes points `(n, 2)`, returns the probability of class 1, `(n,)`.
        positions: Points `(n, 2)`.
        labels: 0 or 1 for each point, `(n,)`.
        ax: Where to draw.
        margin: Space around the points, in their units.

    Returns:
        The axes.
    """
    low, high = np.min(positions, axis=0) - margin, np.max(positions, axis=0) + margin
    grid = np.meshgrid(np.linspace(low[0], high[0], 150), np.linspace(low[1], high[1], 150))
    probability = predict(np.column_stack([grid[0].ravel(), grid[1].ravel()]))
    probability = np.reshape(probability, grid[0].shape)
    ax = points(positions, labels, ax=ax)
    colours = LinearSegmentedColormap.from_list("classes", [COLORS[0], "white", COLORS[1]])
    ax.imshow(
        probability,
        extent=(low[0], high[0], low[1], high[1]),
        origin="lower",
        cmap=colours,
        vmin=0,
        vmax=1,
        alpha=0.6,
        zorder=0,
    )
    if probability.min() < 0.5 < probability.max():
        ax.contour(*grid, probability, levels=[0.5], colors="black", linewidths=1.5)
    return ax


def probability_bars(probabilities, names: Sequence[str], *, ax=None, right: int | None = None):
    """Draw what a classifier says as one bar a class.

    Args:
        probabilities: One number a class, in [0, 1].
        names: Name of each class.
        ax: Where to draw.
        right: The class that is right; its bar is in another colour.

    Returns:
        The axes.
    """
    ax = ax or panels(width=4, height=0.3 * len(names) + 0.5)
    colours = [COLORS[2] if n == right else COLORS[0] for n in range(len(names))]
    bars = ax.barh(list(names), probabilities, color=colours)
    ax.bar_label(bars, [f"{100 * p:.0f} %" for p in probabilities], padding=3, fontsize=8)
    ax.invert_yaxis()
    ax.set(xlim=(0, 1.18), xticks=[])
    ax.spines[["top", "right", "bottom"]].set_visible(False)
    return ax


def training_curves(history, *, axes=None, log: bool = False):
    """Draw losses on the left and accuracies on the right, training beside validation.

    Args:
        history: What Keras' `fit` returns, or a dictionary from a name to one number an epoch; names
            that begin with `val_` are drawn dashed.
        axes: Two axes to draw into.
        log: A logarithmic axis for the losses.

    Returns:
        The two axes.

    Raises:
        ValueError: If there is no loss in the history.
    """
    history = getattr(history, "history", history)  # Keras' History holds a dictionary
    if "loss" not in history:
        raise ValueError(f"`history` must hold a loss. Received: {sorted(history)}")
    axes = panels(2, width=9) if axes is None else axes
    for ax, name in zip(axes, ("loss", "accuracy"), strict=True):
        for n, (key, word) in enumerate([(name, "training"), (f"val_{name}", "validation")]):
            values = history.get(key, [])
            epochs = np.arange(1, len(values) + 1)
            style = {"color": COLORS[3 * n], "linestyle": DASHES[n], "marker": MARKERS[n]}
            if len(values):
                ax.plot(epochs, values, label=word, markersize=4, lw=1.8, **style)
        ax.set(xlabel="epoch", ylabel=name)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.legend(frameon=False)
    axes[0].set_yscale("log" if log else "linear")
    return axes


def confusion(counts, names: Sequence[str], *, ax=None):
    """Draw how often each class is taken for each: mistakes in colour, the right answers in grey.

    Args:
        counts: Whole numbers `(k, k)`, a row for what is right, a column for what was said, as
            `evaluation.confusion_matrix` gives.
        names: Name of each of the `k` classes.
        ax: Where to draw.

    Returns:
        The axes.

    Raises:
        ValueError: If there are not as many names as rows and columns.
    """
    counts = np.asarray(counts)
    if counts.shape != (len(names), len(names)):
        raise ValueError(
            f"`counts` must have shape ({len(names)}, {len(names)}). Received: {counts.shape}"
        )
    ax = ax or panels(width=0.5 * len(names) + 1, height=0.5 * len(names) + 0.8)
    mistakes = np.where(np.eye(len(names), dtype=bool), 0, counts)
    ax.imshow(mistakes, cmap="Oranges", vmin=0, vmax=max(1, 1.4 * mistakes.max()))
    for row, column in np.ndindex(counts.shape):
        if row == column:
            ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, color="0.9"))
        text = str(counts[row, column]) if counts[row, column] else "·"
        ax.text(column, row, text, ha="center", va="center", fontsize=8)
    ax.set_xticks(range(len(names)), names)
    ax.set_yticks(range(len(names)), names)
    ax.set(xlabel="the network says", ylabel="right is")
    return ax


def predictions(images, probabilities, labels, names: Sequence[str], *, columns: int = 4):
    """Show images with what the network says: each beside its bars, the right class in green.

    Args:
        images: `(n, h, w, c)`.
        probabilities: `(n, k)`.
        labels: What is right, whole numbers `(n,)`.
        names: Name of each of the `k` classes.
        columns: Images in a row.

    Returns:
        Array of axes `(n, 2)`: image and bars.

    Raises:
        ValueError: If there are not as many images, rows of probabilities and labels, or none.
    """
    if not len(images) or not len(images) == len(probabilities) == len(labels):
        raise ValueError(
            "`images`, `probabilities` and `labels` must be as many, at least 1. "
            f"Received: {len(images)}, {len(probabilities)}, {len(labels)}"
        )
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    size = {"width": 2.9 * columns, "height": 0.19 * len(names) + 0.35}
    axes = np.reshape(panels(2 * columns, rows, width_ratios=[1, 1] * columns, **size), (-1, 2))
    for pair in axes[len(images) :]:
        for ax in pair:
            ax.axis("off")
    for pair, image, bars, label in zip(axes, images, probabilities, labels, strict=False):
        pair[0].imshow(image.squeeze(), cmap="gray")
        pair[0].set_title(f"right: {names[label]}", fontsize=9)
        pair[0].axis("off")
        probability_bars(bars, names, ax=pair[1], right=label)
        pair[1].tick_params(axis="y", labelsize=7, length=0)
    return axes[: len(images)]


def thumbnail_map(points, images, *, labels=None, size: float = 0.4, ax=None):
    """Draw small pictures at points of the plane: a map of what is near to what.

    Args:
        points: Where the middle of each picture is, `(n, 2)`.
        images: `(n, h, w)`, `(n, h, w, 1)` or `(n, h, w, 3)`; grey is drawn from the smallest to the
            largest value of all images, colour must be in [0, 1] or uint8.
        labels: Class of each picture, whole numbers `(n,)`: the colour of its frame.
        size: Width of a picture in inches.
        ax: Where to draw.

    Returns:
        The axes.

    Raises:
        ValueError: If there are not as many points, or labels, as images, or a shape is another one.
    """
    points, images = np.asarray(points, dtype=float), np.asarray(images)
    if images.ndim not in (3, 4) or not len(images) or images.shape[3:] not in ((), (1,), (3,)):
        raise ValueError(
            "`images` must have shape (n, h, w), (n, h, w, 1) or (n, h, w, 3), n at least 1. "
            f"Received: {images.shape}"
        )
    if points.shape != (len(images), 2):
        raise ValueError(f"`points` must have shape {(len(images), 2)}. Received: {points.shape}")
    if labels is not None and len(labels) != len(images):
        raise ValueError(
            f"`labels` must be as many as the images, {len(images)}. Received: {len(labels)}"
        )
    ax = ax or panels(width=6, height=4.5)
    limits = images.min(), images.max()  # of grey; colour is what it is
    for n, (point, image) in enumerate(zip(points, images, strict=True)):
        picture = OffsetImage(image.squeeze(), zoom=72 * size / image.shape[1], cmap="gray")
        picture.image.set_clim(*limits)
        color = "0.4" if labels is None else COLORS[labels[n] % len(COLORS)]
        frame = {"edgecolor": color, "linewidth": 2, "boxstyle": "square,pad=0"}
        ax.add_artist(AnnotationBbox(picture, point, pad=0, bboxprops=frame))
    ax.plot(*points.T, ".", alpha=0)  # so that the axes know how far to reach
    ax.margins(0.08)
    return ax


def network_diagram(
    sizes: Sequence[int],
    *,
    names: Sequence[str] | None = None,
    weights: Sequence[str] | None = None,
    ax=None,
):
    """Draw a fully connected network: a circle for each number, a line for each weight.

    Args:
        sizes: Numbers in each layer, the inputs first; more than 8 are shortened with dots.
        names: A text under each layer.
        weights: A text for each line of the first layer of weights, for small networks.
        ax: Where to draw.

    Returns:
        The axes.

    Raises:
        ValueError: If there are fewer than two layers or a size is not positive.
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"`sizes` must be two or more positive numbers. Received: {sizes!r}")
    ax = ax or panels(width=2.2 * len(sizes), height=3.4)
    heights = [_spread(size) for size in sizes]
    for n in range(len(sizes) - 1):
        for a in heights[n]:
            for b in heights[n + 1]:
                ax.plot([n, n + 1], [a, b], color="0.65", lw=0.8, zorder=1)
    lines = [(a, b) for a in heights[0] for b in heights[1]]
    for text, (a, b) in zip(weights or [], reversed(lines), strict=False):
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        ax.text(0.42, a + 0.42 * (b - a), text, ha="center", va="center", bbox=box, zorder=3)
    for n, (size, places) in enumerate(zip(sizes, heights, strict=True)):
        colour = COLORS[n % 6]
        ax.scatter([n] * len(places), places, s=320, color=colour, edgecolor="black", zorder=2)
        if size > len(places):
            ax.text(n, 0, "⋮", ha="center", va="center", fontsize=18, zorder=3)
        label = str(size) if names is None else f"{names[n]}\n{size}"
        ax.text(n, -4.6, label, ha="center", va="top", fontsize=9)
    ax.set(xlim=(-0.4, len(sizes) - 0.6), ylim=(-5.9, 4.7))
    ax.axis("off")
    return ax


def _spread(size):
    """Heights of the circles of a layer around 0; large layers show 3 + 3 with a gap."""
    if size > 8:
        return [4, 3, 2, -2, -3, -4]
    gap = min(2.4, 8 / max(size - 1, 1))
    return list(gap * (np.arange(size) - (size - 1) / 2))


# Convolution -------------------------------------------------------------------------------------


def convolution_strip(image, kernel, steps: Sequence[int], *, stride: int = 1, padding: int = 0):
    """Draw the window at some of its positions: what it sees, the products, the sum so far.

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
    """
    padded, kernel = convolution.pad(np.asarray(image), padding), np.asarray(kernel)
    output = convolution.correlate(padded, kernel, stride=stride)
    if not all(0 <= step < output.size for step in steps):
        raise ValueError(f"`steps` must be from 0 to {output.size - 1}. Received: {steps!r}")
    width = 0.36 * (padded.shape[1] + 2 * kernel.shape[1] + output.shape[1]) + 2
    ratios = [padded.shape[1], kernel.shape[1], kernel.shape[1], output.shape[1]]
    axes = panels(4, len(steps), width=width, height=0.36 * len(padded) + 0.5, width_ratios=ratios)
    axes = np.reshape(axes, (len(steps), 4))
    for row, step in zip(axes, steps, strict=True):
        _draw_step(row, padded, kernel, output, stride, step)
    return axes


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
    _frame(axes[0], top, left, *kernel.shape)
    _frame(axes[3], *place, 1, 1)


def _frame(ax, top, left, height, width, color=COLORS[3], **options):
    """Outline some pixels of an image."""
    box = Rectangle((left - 0.5, top - 0.5), width, height, **{"lw": 3, **options})
    box.set(fill=False, edgecolor=color)
    ax.add_patch(box)


def sliding_windows(size: int, kernel: int, *, padding=0, stride: int = 1, ax=None):
    """Draw along one axis where a window can stand: pixels, padding, and one line a position.

    Args:
        size: Pixels of the input.
        kernel: Pixels of the window.
        padding: As `convolution.output_size` takes it: pixels on each side, "valid" or "same".
        stride: How far the window moves at a time.
        ax: Where to draw.

    Returns:
        The axes.
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


def feature_stack(maps, *, ax=None, shift: float = 0.12, cmap: str = "gray"):
    """Draw feature maps one behind the other: the depth of a convolution's output.

    Args:
        maps: `(h, w, c)`, one image for each of `c` channels; each is drawn from its smallest to its
            largest value.
        ax: Where to draw.
        shift: How far each lies behind the one before, in widths.
        cmap: Colours.

    Returns:
        The axes.
    """
    maps = np.asarray(maps)
    ax = ax or panels(width=6, height=3.4)
    height = maps.shape[0] / maps.shape[1]
    for n in reversed(range(maps.shape[2])):
        x = n * shift
        extent = (x, x + 1, x * 0.6, x * 0.6 + height)
        ax.imshow(maps[:, :, n], cmap=cmap, extent=extent, zorder=-n)
        corner = (extent[0], extent[2])
        ax.add_patch(Rectangle(corner, 1, height, fill=False, edgecolor="white", zorder=-n))
    last = (maps.shape[2] - 1) * shift
    ax.set(xlim=(-0.05, last + 1.05), ylim=(-0.05, last * 0.6 + height + 0.05))
    ax.axis("off")
    return ax


def convnet_blocks(layers: Sequence[Mapping], *, ax=None):
    """Draw a network as blocks: height for the size of the maps, width for the number of channels.

    Args:
        layers: One mapping a layer with `name`, `shape` (`(h, w, c)` or `(units,)`) and `parameters`,
            as `models.layer_table` gives them.
        ax: Where to draw.

    Returns:
        The axes.
    """
    ax = ax or panels(width=1.25 * len(layers) + 0.5, height=3.4)
    tallest = max(layer["shape"][0] for layer in layers if len(layer["shape"]) == 3)
    for n, layer in enumerate(layers):
        shape = layer["shape"]
        is_map = len(shape) == 3
        height = 0.2 + 0.8 * (shape[0] / tallest if is_map else np.log10(shape[0]) / 5)
        width = 0.15 + 0.16 * np.log2(shape[2]) / 2 if is_map else 0.12
        box = Rectangle((n - width / 2, -height / 2), width, height)
        box.set(facecolor=COLORS[_kind(layer["name"])], edgecolor="black")
        ax.add_patch(box)
        size = " × ".join(map(str, shape))
        ax.text(n, 0.56, size, ha="center", va="bottom", fontsize=8)
        ax.text(n, -0.56, layer["name"], ha="center", va="top", fontsize=8)
        count = f"{layer['parameters']:,}" if layer["parameters"] else "–"
        ax.text(n, -0.68, count, ha="center", va="top", fontsize=8, color="0.35")
    ax.set(xlim=(-0.7, len(layers) - 0.3), ylim=(-0.8, 0.7))
    ax.axis("off")
    return ax


def _kind(name):
    """A colour for each kind of layer."""
    kinds = ("input", "conv", "pool", "dense")
    return next((n for n, kind in enumerate(kinds) if kind in name.lower()), 4)


def receptive_fields(image, sizes: Mapping[str, int], *, ax=None):
    """Outline how much of an image one number deep in a network sees, layer by layer.

    Args:
        image: `(h, w)` or `(h, w, c)`.
        sizes: Name of the layer → side of its receptive field in pixels.
        ax: Where to draw.

    Returns:
        The axes.
    """
    ax = ax or panels(width=4.5, height=4.5)
    image = np.asarray(image)
    ax.imshow(image.squeeze(), cmap="gray")
    middle = np.array(image.shape[:2]) // 2
    for n, (name, side) in enumerate(sizes.items()):
        color = COLORS[n % 6]
        _frame(ax, *(middle - side // 2), side, side, color, lw=2, linestyle=DASHES[n % 6])
        ax.plot([], [], color=color, linestyle=DASHES[n % 6], label=f"{name}: {side} × {side}")
    ax.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    ax.axis("off")
    return ax


# The graph of a computation ----------------------------------------------------------------------

_FONT_SIZE = 9  # in points; all lengths below are in inches
_LINE = 0.18  # height of a line of text
_ROOM, _GAP = 0.2, 0.5  # between two boxes, and between two columns
_SIGNS = {"*": "×", "-": "−", "/": "÷"}
_SYMMETRIC = ("+", "*")  # the order of the operands doesn't matter
_INK = ("black", "#A34700")  # of numbers, of gradients: the vermilion of COLORS, darker


def computation_graph(value: autodiff.Value, *, ax: Axes | None = None) -> Axes:
    """Draw how a value was computed, from the inputs on the left to the result on the right.

    Each box holds a value: its label, its number, and below them the gradient of the loss with respect
    to it, as `backward` left it. Of an array it shows the shape, and how large its gradient is at most.
    The operations stand between the boxes; where the order of two operands matters, the first comes in
    above the second. Inputs are coloured. Constants are dashed, and their gradient is left out.

    Args:
        value: The result, an `autodiff.Value`.
        ax: Where to draw; the text shrinks with the axes. By default, a figure as large as it takes.

    Returns:
        The axes.

    Raises:
        TypeError: If `value` is something else.
        ValueError: If the graph has more than 60 values, too many to read.

    Reference:
        Sugiyama, Tagawa, Toda, "Methods for visual understanding of hierarchical system structures",
        1981, for the layout.

    Examples:
        >>> loss = autodiff.Value(2.0, "a") * autodiff.Value(3.0, "b")
        >>> loss.backward()
        >>> ax = computation_graph(loss)
        >>> [text.get_text() for text in ax.texts]
        ['a = 2', 'grad 3', 'b = 3', 'grad 2', '6', 'grad 1', '×']
    """
    if not isinstance(value, autodiff.Value):
        raise TypeError(f"`value` must be an autodiff.Value. Received: {value!r}")
    order = value.topological_order()
    if len(order) > 60:
        raise ValueError(f"`value` must have a graph of at most 60 values. Received: {len(order)}")
    layers = _graph_layers(order)
    heights = _graph_heights(order, layers)
    columns = _graph_columns(order, layers)
    width = columns[-1].right
    low, high = min(heights.values()) - 0.3, max(heights.values()) + 0.3
    ax = ax or panels(width=width + 0.2, height=high - low + 0.2)
    ax.set(xlim=(-0.05, width + 0.05), ylim=(high, low), aspect="equal")
    ax.axis("off")
    for one in order:
        _draw_value(ax, one, heights[one, layers[one]], columns[layers[one]], one is value)
        if one.parents:
            _draw_edges(ax, one, layers, heights, columns)
    _fit_text(ax, width + 0.1)
    return ax


def _graph_layers(order):
    """The column of each value: after its parents; of an input, just before its first use."""
    layers = {}
    for value in order:
        layers[value] = 1 + max((layers[parent] for parent in value.parents), default=-1)
    for leaf in (value for value in order if not value.parents):
        layers[leaf] = min((layers[one] for one in order if leaf in one.parents), default=1) - 1
    return layers


def _route(parent, child, layers):
    """The stations `(value, column)` of an edge; a box lies only at the first and the last."""
    between = range(layers[parent], layers[child])
    return [*((parent, layer) for layer in between), (child, layers[child])]


def _graph_heights(order, layers):
    """How far down each station is: of a few arrangements the one with the fewest crossings."""
    routes = [_route(parent, child, layers) for child in order for parent in child.parents]
    segments = list(dict.fromkeys(pair for route in routes for pair in itertools.pairwise(route)))
    stations = dict.fromkeys([(one, layers[one]) for one in order] + list(itertools.chain(*routes)))
    columns = [[one for one in stations if one[1] == n] for n in range(1 + max(layers.values()))]
    sizes = {(one, n): _box_height(one) if n == layers[one] else 0.0 for one, n in stations}
    rng, found = np.random.default_rng(0), []
    while len(found) < 8 and not (found and found[-1][0] == 0):
        heights = _arrange(columns, segments, sizes)
        crossings = _crossings(segments, heights) + _swapped(order, layers, heights)
        found.append((crossings, heights))
        columns = [[column[n] for n in rng.permutation(len(column))] for column in columns]
    return min(found, key=lambda one: one[0])[1]


def _arrange(columns, segments, sizes):
    """Order each column by what it is joined to, before it and after it in turns; then shorten lines.

    The last pass makes lines level that lead to one box only.
    """
    before = {station: [a for a, b in segments if b == station] for station in sizes}
    after = {station: [b for a, b in segments if a == station] for station in sizes}
    both = {station: before[station] + after[station] for station in sizes}
    source = {station: before[station] or after[station] for station in sizes}
    columns = [list(column) for column in columns]
    heights = dict.fromkeys(sizes, 0.0)
    for joined in [before, after] * 10 + [both] * 100 + [source]:
        for column in reversed(columns) if joined is after else columns:
            wanted = {one: _mean([heights[end] for end in joined[one] or [one]]) for one in column}
            if joined in (before, after):
                column.sort(key=wanted.__getitem__)
            places = _separate([wanted[one] for one in column], [sizes[one] for one in column])
            heights.update(zip(column, places, strict=True))
    return heights


def _separate(wanted, sizes):
    """The heights nearest to those wanted at which nothing overlaps (isotonic regression)."""
    steps = [(above + below) / 2 + _ROOM for above, below in itertools.pairwise(sizes)]
    offsets = list(itertools.accumulate(steps, initial=0.0))
    groups: list[list[float]] = []
    for place, offset in zip(wanted, offsets, strict=True):
        groups.append([place - offset])
        while len(groups) > 1 and _mean(groups[-2]) > _mean(groups[-1]):
            last = groups.pop()
            groups[-1] += last
    places = [_mean(group) for group in groups for _ in group]
    return [place + offset for place, offset in zip(places, offsets, strict=True)]


def _mean(numbers):
    return sum(numbers) / len(numbers)


def _crossings(segments, heights):
    """How many pairs of segments between the same two columns cross."""
    return sum(
        (heights[a] - heights[c]) * (heights[b] - heights[d]) < 0
        for (a, b), (c, d) in itertools.combinations(segments, 2)
        if a[1] == c[1]
    )


def _swapped(order, layers, heights):
    """How many operations have a second operand that comes from above the first."""
    pairs = [
        [heights[_route(parent, one, layers)[-2]] for parent in one.parents]
        for one in order
        if len(one.parents) == 2 and one.operation not in _SYMMETRIC
    ]
    return sum(first > second for first, second in pairs)


class _Column(NamedTuple):
    """Where edges arrive, and where operations are centred, boxes begin, and boxes end."""

    left: float
    operation: float
    box: float
    right: float


def _graph_columns(order, layers):
    """Columns as wide as their longest texts."""
    columns, left = [], 0.0
    for n in range(1 + max(layers.values())):
        values = [one for one in order if layers[one] == n]
        signs = [_sign_width(one) for one in values if one.parents]
        box = left + (max(signs) + 0.15 if signs else 0)
        right = box + 0.16 + max(_text_width(text) for one in values for text in _box_texts(one))
        columns.append(_Column(left, left + max(signs, default=0) / 2, box, right))
        left = right + _GAP
    return columns


def _box_texts(value):
    """What stands in the box of a value, line by line."""
    if value.shape:
        name = f"{value.label}, shape {value.shape}" if value.label else f"shape {value.shape}"
        gradient = f"|grad| ≤ {_format(np.abs(value.grad).max())}"
    else:
        number = _format(value.data)
        name = f"{value.label} = {number}" if value.label else number
        gradient = f"grad {_format(value.grad)}"
    return [name] if value.operation == "constant" else [name, gradient]


def _format(number):
    """Four significant digits, as few as it takes; never -0."""
    return f"{number + 0.0:.4g}".replace("-", "−")


def _box_height(value):
    return len(_box_texts(value)) * _LINE + 0.1


def _text_width(text):
    return TextPath((0, 0), text, size=_FONT_SIZE).get_extents().width / 72


def _sign(value):
    """The operation as it is drawn."""
    return _SIGNS.get(value.operation, value.operation)


def _sign_width(value):
    return max(0.3, _text_width(_sign(value)) + 0.18)


def _draw_value(ax, value, y, column, is_result):
    """The box of a value, and to the left of it the operation it comes from."""
    height = _box_height(value)
    is_constant = value.operation == "constant"
    color = "white" if value.parents else "0.93" if is_constant else "#D6ECFA"
    box = Rectangle((column.box, y - height / 2), column.right - column.box, height, zorder=2)
    box.set(facecolor=color, edgecolor="black", linestyle="--" if is_constant else "-")
    box.set_linewidth(2 if is_result else 1)
    ax.add_patch(box)
    texts, middle = _box_texts(value), (column.box + column.right) / 2
    for n, (text, ink) in enumerate(zip(texts, _INK, strict=False)):
        _write(ax, middle, y + (n - (len(texts) - 1) / 2) * _LINE, text, ink)
    if value.parents:
        width = _sign_width(value)
        corner = column.operation - width / 2, y - 0.13
        style = {"boxstyle": "round,pad=0,rounding_size=0.13", "zorder": 2}
        ax.add_patch(FancyBboxPatch(corner, width, 0.26, facecolor="0.25", **style))
        ax.plot([column.operation, column.box], [y, y], color="black", lw=1, zorder=1)
        _write(ax, column.operation, y, _sign(value), "white")


def _write(ax, x, y, text, color):
    ax.text(
        x, y, text, color=color, ha="center", va="center_baseline", fontsize=_FONT_SIZE, zorder=3
    )


def _draw_edges(ax, value, layers, heights, columns):
    """A line from each parent's box to the operation, level while it passes other columns."""
    routes = [_route(parent, value, layers) for parent in value.parents]
    if value.operation in _SYMMETRIC:
        routes.sort(key=lambda route: heights[route[-2]])
    x = columns[layers[value]].operation - _sign_width(value) / 2
    y = heights[value, layers[value]]
    for n, route in enumerate(routes):
        tip = x, y + (0 if len(routes) == 1 else 0.14 * n - 0.07)
        end = tip[0] - 0.08, tip[1]
        ax.add_patch(PathPatch(_edge_path(route[:-1], end, heights, columns), fill=False, zorder=1))
        head = [tip, (end[0], end[1] - 0.035), (end[0], end[1] + 0.035)]
        ax.add_patch(Polygon(head, color="black", linewidth=0, zorder=1))


def _edge_path(stations, end, heights, columns):
    """From the right of a box, along the stations, to the end: curves that arrive level."""
    points = [(columns[stations[0][1]].right, heights[stations[0]])]
    for station in stations[1:]:
        column = columns[station[1]]
        points += [(column.left, heights[station]), (column.right, heights[station])]
    points.append(end)
    vertices, codes = points[:1], [Path.MOVETO]
    for n, ((x0, y0), (x1, y1)) in enumerate(itertools.pairwise(points)):
        bend = 0.5 if n % 2 == 0 else 0.0
        vertices += [(x0 + bend * (x1 - x0), y0), (x1 - bend * (x1 - x0), y1), (x1, y1)]
        codes += [Path.CURVE4] * 3
    return Path(vertices, codes)


def _fit_text(ax, width):
    """Shrink or grow the text with the axes, so that it fills its boxes as it was measured."""
    ax.figure.draw_without_rendering()  # the layout is settled only then
    inches = ax.get_window_extent().width / ax.figure.dpi
    for text in ax.texts:
        text.set_fontsize(_FONT_SIZE * inches / width)
