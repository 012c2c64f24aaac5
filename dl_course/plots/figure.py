"""Make a figure and show it: axes side by side, colours, and a text for readers who can't see it."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt

__all__ = ["COLORS", "DASHES", "MARKERS", "panels", "show"]

# Okabe and Ito, "Color Universal Design", 2008: blue, orange, green, vermilion, purple, sky blue.
COLORS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P")


def panels(
    rows: int = 1, columns: int = 1, *, width: float = 10.0, height: float = 3.2, **options
) -> Any:
    """Make a figure with rows and columns of axes, as `matplotlib.pyplot.subplots` does.

    Args:
        rows: Rows of axes.
        columns: Axes in a row.
        width: Width of the whole figure in inches.
        height: Height of a row in inches.
        **options: Passed on to `matplotlib.pyplot.subplots`, as ``sharey=True``.

    Returns:
        One axes, or an array of them: `(columns,)` for one row, `(rows,)` for one column, else
        `(rows, columns)`.

    Examples:
        >>> from dl_course import plots
        >>> plots.panels(2, 3).shape
        (2, 3)
    """
    _, axes = plt.subplots(
        rows, columns, figsize=(width, rows * height), dpi=90, layout="constrained", **options
    )
    return axes


def show(alt: str) -> None:
    """Show the current figure, with an alternative text that is saved in the notebook beside it.

    Exported to HTML, the picture carries the text for screen readers.

    Args:
        alt: What the picture shows, in a sentence or two.

    Raises:
        TypeError: If `alt` is no text.
        ValueError: If `alt` is empty or there is no figure.
    """
    if not isinstance(alt, str):
        raise TypeError(f"`alt` must be a text that says what the picture shows. Received: {alt!r}")
    if not alt.strip():
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
