"""The plane: points of several classes, the regions of a classifier, a function of two numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import ArrayLike

from dl_course import _validate
from dl_course.plots.figure import COLORS, MARKERS, panels

__all__ = ["contour_path", "decision_boundary", "new_axis", "points", "unit_maps"]


_BLUE_TO_ORANGE = LinearSegmentedColormap.from_list("classes", [COLORS[0], "white", COLORS[1]])


def points(positions: ArrayLike, labels: ArrayLike, *, ax: Axes | None = None) -> Axes:
    """Draw points in the plane, a colour and a marker for each class.

    Args:
        positions: `(n, 2)`.
        labels: Class of each point, whole numbers `(n,)`.
        ax: Where to draw.

    Returns:
        The axes.

    Raises:
        ValueError: If there are not as many labels as points, or a shape is another one.

    Examples:
        >>> from dl_course import plots
        >>> ax = plots.points([[0, 0], [1, 1], [2, 0]], [0, 1, 1])
    """
    places = _validate.array("positions", positions, "n, 2")
    classes = _validate.labels("labels", labels, len(places))
    ax = ax or panels(width=4, height=4)
    for label in np.unique(classes):
        x, y = places[classes == label].T
        ax.scatter(
            x,
            y,
            color=COLORS[label % len(COLORS)],
            marker=MARKERS[label % len(MARKERS)],
            edgecolor="black",
            linewidth=0.5,
            s=28,
            label=f"class {label}",
        )
    ax.set_aspect("equal")
    return ax


def decision_boundary(
    predict: Callable,
    positions: ArrayLike,
    labels: ArrayLike,
    *,
    ax: Axes | None = None,
    margin: float = 0.3,
) -> Axes:
    """Colour the plane by a classifier's predictions, and draw the points it should classify.

    The stronger the colour, the more certain the prediction; the black line is where both classes
    have a probability of 0.5.

    Args:
        predict: Takes points `(n, 2)`, returns the probability of class 1, `(n,)` or `(n, 1)`.
        positions: Points `(n, 2)`.
        labels: 0 or 1 for each point, `(n,)`.
        ax: Where to draw.
        margin: Space around the points, in their units.

    Returns:
        The axes.

    Raises:
        ValueError: If `predict` returns another number of probabilities, there are not as many
            labels as points, or a shape is another one.

    Examples:
        >>> from dl_course import plots
        >>> ax = plots.decision_boundary(lambda p: p[:, 0] > 0, [[-1, 0], [1, 0]], [0, 1])
    """
    ax = points(positions, labels, ax=ax)
    grid, extent = _grid_around(positions, margin)
    probability = _probability_on(grid, predict)
    ax.imshow(
        probability,
        extent=extent,
        origin="lower",
        cmap=_BLUE_TO_ORANGE,
        vmin=0,
        vmax=1,
        alpha=0.6,
        zorder=0,
    )
    if probability.min() < 0.5 < probability.max():
        ax.contour(*grid, probability, levels=[0.5], colors="black", linewidths=1.5)
    return ax


def unit_maps(
    respond: Callable,
    positions: ArrayLike,
    labels: ArrayLike,
    *,
    titles: Sequence[str] | None = None,
    axes: Sequence[Axes] | np.ndarray | None = None,
    margin: float = 0.3,
) -> np.ndarray:
    """Draw what each unit of a layer says over the plane, a panel for each, all on one scale.

    White is 0, orange positive, blue negative; the black line is where a unit says 0.

    Args:
        respond: Takes points `(n, 2)`, returns the numbers of the units, `(n, units)`.
        positions: Points to draw on top, `(n, 2)`.
        labels: Class of each point, whole numbers `(n,)`.
        titles: A text above each panel.
        axes: Where to draw: axes in any arrangement, one for each unit; by default rows of four.
        margin: Space around the points, in their units.

    Returns:
        The axes, one for each unit.

    Raises:
        ValueError: If `respond` doesn't return one row for each point, or there are not as many axes
            or titles as units.

    Examples:
        >>> from dl_course import plots
        >>> axes = plots.unit_maps(np.tanh, [[-1, 0], [1, 0]], [0, 1], titles=["x", "y"])
        >>> [ax.get_title() for ax in axes]
        ['x', 'y']
    """
    grid, extent = _grid_around(positions, margin)
    values = np.asarray(respond(np.column_stack([axis.ravel() for axis in grid])))
    if values.ndim != 2 or len(values) != grid[0].size:
        raise ValueError(
            f"`respond` must return an array of shape ({grid[0].size}, units). "
            f"Received: shape {values.shape}"
        )
    units, limit = values.shape[1], np.max(np.abs(values))
    axes = _panels_of_four(units) if axes is None else np.ravel(np.asarray(axes, dtype=object))
    words = [""] * units if titles is None else titles
    for name, given in (("axes", axes[:units]), ("titles", words)):
        if len(given) != units:
            raise ValueError(f"`{name}` must be as many as units, {units}. Received: {len(given)}")
    for ax in axes[units:]:
        ax.axis("off")
    for ax, numbers, title in zip(axes, values.T, words, strict=False):
        points(positions, labels, ax=ax)
        for collection in ax.collections:
            collection.set_sizes([9])
        _draw_unit(ax, grid, extent, numbers.reshape(grid[0].shape), limit)
        ax.set(title=title, xticks=[], yticks=[])
    return axes[:units]


def _panels_of_four(units):
    """Axes in rows of four."""
    columns = min(units, 4)
    return np.ravel(panels(-(-units // columns), columns, width=2.4 * columns, height=2.5))


def _draw_unit(ax, grid, extent, picture, limit):
    """What one unit says over the plane, with a line where it says 0."""
    shown = ax.imshow(picture, extent=extent, origin="lower", cmap=_BLUE_TO_ORANGE)
    shown.set(clim=(-limit, limit), alpha=0.8, zorder=0)
    if picture.min() < 0 < picture.max():
        ax.contour(*grid, picture, levels=[0], colors="black", linewidths=1.5)


def new_axis(
    positions: ArrayLike,
    labels: ArrayLike,
    angle: float,
    *,
    origin: tuple[float, float] = (0.0, 0.0),
    ax: Axes | None = None,
) -> Axes:
    """Draw white and black points, a new x axis as an arrow, and the border where the new x is 0.

    Args:
        positions: `(n, 2)`.
        labels: 0 for white, 1 for black, `(n,)`.
        angle: Direction of the new x axis in degrees, anticlockwise from the old one.
        origin: Where the new x is 0, a point on the border.
        ax: Where to draw.

    Returns:
        The axes.

    Raises:
        ValueError: If there are not as many labels as points, or a shape is another one.

    Examples:
        >>> from dl_course import plots
        >>> ax = plots.new_axis([[-1, 0], [1, 0]], [0, 1], 30)
    """
    places = _validate.array("positions", positions, "n, 2")
    classes = _validate.labels("labels", labels, len(places))
    ax = ax or panels(width=4, height=4)
    for label, face in enumerate(("white", "0.15")):
        x, y = places[classes == label].T
        ax.scatter(x, y, color=face, edgecolor="black", linewidth=0.7, s=24)
    direction = np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])
    start, size = np.asarray(origin, dtype=float), np.ptp(places, axis=0).max()
    border = (start[0] - direction[1], start[1] + direction[0])
    ax.axline(tuple(start), border, color=COLORS[0], ls="--", lw=1.5)
    arrow = {"arrowstyle": "-|>", "color": COLORS[3], "lw": 2}
    ax.annotate(
        "", start + 0.3 * size * direction, start - 0.3 * size * direction, arrowprops=arrow
    )
    x, y = start + 0.34 * size * direction
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1}
    ax.text(x, y, "new x", color=COLORS[3], ha="center", va="center", fontsize=9, bbox=box)
    low, high = places.min(axis=0) - 0.3, places.max(axis=0) + 0.3
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
    return ax


def contour_path(
    function: Callable,
    path: ArrayLike | None = None,
    *,
    x: tuple[float, float] = (-3, 3),
    y: tuple[float, float] = (-3, 3),
    ax: Axes | None = None,
) -> Axes:
    """Draw a function of two numbers as a map with contour lines, and a path over it.

    Args:
        function: Takes two arrays of the same shape, returns the height at each pair.
        path: Points of the path, shape `(steps + 1, 2)`; the first is marked with a ring, the last
            with a star.
        x: Limits of the first number, to the right.
        y: Limits of the second number, upwards.
        ax: Where to draw.

    Returns:
        The axes.

    Examples:
        >>> from dl_course import plots
        >>> ax = plots.contour_path(lambda a, b: a**2 + b**2, [[2, 1], [1, 0.5], [0, 0]])
    """
    ax = ax or panels(width=4.5, height=4)
    grid = np.meshgrid(np.linspace(*x, 120), np.linspace(*y, 120))
    height = function(*grid)
    levels = np.unique(np.quantile(height, np.linspace(0, 1, 16)))
    ax.contourf(*grid, height, levels=levels, cmap="Blues_r", alpha=0.7)
    ax.contour(*grid, height, levels=levels, colors="0.35", linewidths=0.5)
    if path is not None:
        steps = np.asarray(path)
        ax.plot(*steps.T, color=COLORS[3], marker=".", lw=1.5)
        ax.plot(*steps[0], color=COLORS[3], marker="o", markerfacecolor="white", markersize=9)
        ax.plot(*steps[-1], color=COLORS[3], marker="*", markersize=14)
    ax.set(xlim=x, ylim=y)
    return ax


def _grid_around(positions, margin):
    """A grid over the plane where the points are, and its limits as `imshow` takes them."""
    low, high = np.min(positions, axis=0) - margin, np.max(positions, axis=0) + margin
    grid = np.meshgrid(np.linspace(low[0], high[0], 150), np.linspace(low[1], high[1], 150))
    return grid, (low[0], high[0], low[1], high[1])


def _probability_on(grid, predict):
    """The probability of class 1 at each point of a grid, in the grid's shape."""
    probability = np.asarray(predict(np.column_stack([axis.ravel() for axis in grid])))
    if probability.size != grid[0].size:
        raise ValueError(
            f"`predict` must return the probability of class 1 for each of {grid[0].size} points. "
            f"Received: an array of shape {probability.shape}"
        )
    return probability.reshape(grid[0].shape)
