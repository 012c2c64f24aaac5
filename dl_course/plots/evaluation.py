"""A classifier's predictions: beside the images, one bar a class, and how often it was mistaken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from dl_course import _validate
from dl_course.plots.figure import COLORS, panels

__all__ = ["confusion", "drawn_digit", "predictions", "probability_bars"]


def probability_bars(
    probabilities: ArrayLike,
    names: Sequence[str],
    *,
    ax: Axes | None = None,
    correct: int | None = None,
) -> Axes:
    """Draw the predicted probabilities as one bar a class.

    Args:
        probabilities: One number a class, in [0, 1], `(k,)`.
        names: Name of each of the `k` classes.
        ax: Where to draw.
        correct: The true class, from 0 to `k - 1`; its bar is green, the others are blue.

    Returns:
        The axes.

    Raises:
        TypeError: If `correct` is no whole number.
        ValueError: If there is not one probability a name, or `correct` is no class.

    Examples:
        >>> from dl_course import plots
        >>> ax = plots.probability_bars([0.82, 0.15, 0.03], ["cat", "dog", "hat"], correct=0)
        >>> [text.get_text() for text in ax.texts]
        ['82 %', '15 %', '3 %']
    """
    _validate.shape("probabilities", probabilities, (len(names),), "a number for each name")
    if correct is not None:
        correct = _validate.whole("correct", correct, at_least=0, at_most=len(names) - 1)
    ax = ax or panels(width=4, height=0.3 * len(names) + 0.5)
    colors = [COLORS[2] if n == correct else COLORS[0] for n in range(len(names))]
    values = np.asarray(probabilities)
    bars = ax.barh(range(len(names)), values, color=colors)
    ax.set_yticks(range(len(names)), names)
    ax.bar_label(bars, [f"{100 * p:.0f} %" for p in values], padding=3, fontsize=8)
    ax.invert_yaxis()
    ax.set(xlim=(0, 1.18), xticks=[])
    ax.spines[["top", "right", "bottom"]].set_visible(False)
    return ax


def predictions(
    images: ArrayLike,
    probabilities: ArrayLike,
    labels: ArrayLike,
    names: Sequence[str],
    *,
    columns: int = 4,
) -> np.ndarray:
    """Show images beside their predicted probabilities, the bar of the true class in green.

    Args:
        images: `(n, h, w)` or `(n, h, w, c)`.
        probabilities: `(n, k)`.
        labels: True class of each image, whole numbers `(n,)`.
        names: Name of each of the `k` classes.
        columns: Images in a row.

    Returns:
        Array of axes `(n, 2)`: image and bars.

    Raises:
        ValueError: If there are not as many images, rows of probabilities and labels, or none.

    Examples:
        >>> from dl_course import plots
        >>> axes = plots.predictions(np.zeros((2, 8, 8)), [[0.9, 0.1], [0.6, 0.4]], [0, 1], "ab")
        >>> [ax.get_title() for ax in axes[:, 0]]
        ['true class: a', 'true class: b']
    """
    pictures = _validate.array("images", images, "n, h, w", "n, h, w, c")
    n, k = len(pictures), len(names)
    _validate.shape("probabilities", probabilities, (n, k), "a row an image, a column a name")
    classes = _validate.labels("labels", labels, n, k)
    columns = min(columns, n)
    rows = -(-n // columns)
    size = {"width": 2.9 * columns, "height": 0.19 * k + 0.35}
    axes = np.reshape(panels(rows, 2 * columns, width_ratios=[1, 1] * columns, **size), (-1, 2))
    for ax in axes[n:].ravel():
        ax.axis("off")
    for pair, picture, bars, label in zip(
        axes, pictures, np.asarray(probabilities), classes, strict=False
    ):
        pair[0].imshow(picture.squeeze(), cmap="gray")
        pair[0].set_title(f"true class: {names[label]}", fontsize=9)
        pair[0].axis("off")
        probability_bars(bars, names, ax=pair[1], correct=label)
        pair[1].tick_params(axis="y", labelsize=7, length=0)
    return axes[:n]


def drawn_digit(
    drawing: ArrayLike,
    picture: ArrayLike,
    probabilities: ArrayLike,
    names: Sequence[str],
    *,
    correct: int | None = None,
) -> np.ndarray:
    """Show a digit drawn by hand, the small image a network makes its prediction from, and the bars.

    Args:
        drawing: The strokes as drawn, `(280, 280)`, in [0, 1].
        picture: What the network sees, `(28, 28)`, in [0, 1].
        probabilities: What it predicts, one number a class, `(k,)`.
        names: Name of each of the `k` classes.
        correct: The true class, from 0 to `k - 1`; its bar is green, the others are blue.

    Returns:
        Array of three axes: drawing, picture, bars.

    Raises:
        TypeError: If `correct` is no whole number.
        ValueError: If an image is not two-dimensional, there is not one probability a name, or
            `correct` is no class.
    """
    images = {
        "your drawing": _validate.array("drawing", drawing, "h, w"),
        "what the network sees": _validate.array("picture", picture, "h, w"),
    }
    axes = panels(1, 3, width=9, height=2.9, width_ratios=[1, 1, 1.1])
    for ax, (title, image) in zip(axes[:2], images.items(), strict=True):
        ax.imshow(image, cmap="gray", vmin=0, vmax=1)
        ax.set(title=title, xticks=[], yticks=[])
    probability_bars(probabilities, names, ax=axes[2], correct=correct)
    axes[2].set_title("predicted probabilities")
    return axes


def confusion(counts: ArrayLike, names: Sequence[str], *, ax: Axes | None = None) -> Axes:
    """Draw a confusion matrix: mistakes in colour, correct predictions on a grey diagonal.

    Args:
        counts: Whole numbers `(k, k)`, a row for each true class, a column for each predicted class,
            as `sklearn.metrics.confusion_matrix` gives.
        names: Name of each of the `k` classes.
        ax: Where to draw.

    Returns:
        The axes.

    Raises:
        ValueError: If there are not as many names as rows and columns.

    Examples:
        >>> from dl_course import plots
        >>> ax = plots.confusion([[50, 3], [0, 40]], ["cat", "dog"])
        >>> [text.get_text() for text in ax.texts]
        ['50', '3', '·', '40']
    """
    k, table = len(names), np.asarray(counts)
    _validate.shape("counts", table, (k, k), "a row and a column for each name")
    longest = max(map(len, names))
    slanted: dict[str, Any] = {"rotation": 45, "ha": "right"} if longest > 3 else {}
    room = 0.08 * longest if slanted else 0  # inches
    ax = ax or panels(width=0.5 * k + 1 + room, height=0.5 * k + 0.8 + room)
    mistakes = np.where(np.eye(k, dtype=bool), 0, table)
    ax.imshow(mistakes, cmap="Oranges", vmin=0, vmax=max(1, 1.4 * mistakes.max()))
    for row, column in np.ndindex(table.shape):
        if row == column:
            ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, color="0.9"))
        text = str(table[row, column]) if table[row, column] else "·"
        ax.text(column, row, text, ha="center", va="center", fontsize=8)
    ax.set_xticks(range(k), names, **slanted)
    ax.set_yticks(range(k), names)
    ax.set(xlabel="predicted class", ylabel="true class")
    return ax
