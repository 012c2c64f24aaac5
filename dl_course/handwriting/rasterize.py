"""What is drawn on a screen, made into what a network for MNIST has learned to see.

A drawing is a list of strokes, a stroke the places that the pen passes. `rasterize` puts a pen to
it, `center` lays the ink out as MNIST's digits are: fitted into a box of 20 x 20 pixels, its centre
of mass in the middle of 28 x 28. A network that knows nothing but MNIST can't read what lies
elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from dl_course import _validate

__all__ = ["PAPER", "PEN", "center", "rasterize"]

PAPER, PEN = 280, 22.0  # side of the paper and width of the pen, in pixels of the screen


def rasterize(strokes: Iterable[ArrayLike], *, size: int = PAPER, pen: float = PEN) -> np.ndarray:
    """Draw strokes with a round pen.

    Args:
        strokes: Strokes, each `(m, 2)` places `(x, y)` that the pen passes, in pixels from the top
            left corner, x to the right and y down. A stroke of one place is a dot.
        size: Side of the drawing in pixels.
        pen: Width of the line in pixels.

    Returns:
        `(size, size)` float32, ink 1 on background 0, grey where the line's edge cuts a pixel.

    Raises:
        TypeError: If a stroke doesn't hold numbers, `size` is not a whole number or `pen` not a number.
        ValueError: If a stroke has another shape or is not finite, or `size` or `pen` is not positive.

    Examples:
        A line, 2 pixels wide and half a pixel off the grid:

        >>> drawing = rasterize([[(0, 2.5), (5, 2.5)]], size=5, pen=2)
        >>> drawing[:, 2].tolist()
        [0.0, 0.5, 1.0, 0.5, 0.0]

    Taught in notebook 05.
    """
    size = _validate.whole("size", size, at_least=1)
    pen = _validate.number("pen", pen, above=0)
    checked = [_check_stroke(f"strokes[{n}]", stroke) for n, stroke in enumerate(strokes)]
    drawing = np.zeros((size, size), np.float32)
    for stroke in checked:
        ends = stroke[1:] if len(stroke) > 1 else stroke  # a dot ends where it starts
        for start, end in zip(stroke, ends, strict=False):
            _draw_line(drawing, start, end, pen)
    return drawing


def center(drawing: ArrayLike, *, size: int = 28, box: int = 20) -> np.ndarray:
    """Lay a drawing out as MNIST's digits are.

    The ink is cut out and scaled, keeping its proportions, until its longer side is `box` pixels;
    each new pixel is the mean of the area that it covers. Whole-pixel steps then bring the centre of
    mass to the middle, or as near as the edge allows: no ink is cut off.

    Args:
        drawing: `(h, w)`, ink up to 1 on background 0, of any size.
        size: Side of the new picture in pixels.
        box: Longer side of the ink in it, in pixels.

    Returns:
        `(size, size)` float32 in [0, 1]; zeros if there is no ink. With `size` 28, the centre of
        mass is in pixel 14, counted from 0: the pixel below and right of the middle, as in MNIST.

    Raises:
        TypeError: If `drawing` doesn't hold numbers, or `size` or `box` is not a whole number.
        ValueError: If `drawing` has another shape or values outside [0, 1], or `size` or `box` is
            not positive, or `box` is larger than `size`.

    Reference:
        LeCun, Cortes, Burges, "The MNIST database of handwritten digits", 1998.

    Examples:
        A line of six pixels on the border, scaled to three and moved to the middle:

        >>> drawing = np.zeros((8, 8))
        >>> drawing[:6, 0] = 1
        >>> center(drawing, size=5, box=3)[:, 2].tolist()
        [0.0, 1.0, 1.0, 1.0, 0.0]

    Taught in notebook 05.
    """
    page = _check_drawing(drawing)
    size = _validate.whole("size", size, at_least=1)
    box = _validate.whole("box", box, at_least=1, at_most=size)
    picture = np.zeros((size, size), np.float32)
    if page.any():
        ink = _scale(_crop(page), box)
        top, left = (_offset(ink.sum(axis=other), size) for other in (1, 0))
        picture[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return picture


def _draw_line(drawing, start, end, pen):
    """Draw a straight line with round ends into `drawing`; where there is ink, the darker stays."""
    corners = np.stack([np.minimum(start, end) - pen, np.maximum(start, end) + pen + 1])
    (left, top), (right, bottom) = np.clip(corners, 0, len(drawing)).astype(int)
    window = drawing[top:bottom, left:right]
    y, x = np.ogrid[top:bottom, left:right]
    away_x, away_y = x + 0.5 - start[0], y + 0.5 - start[1]  # from the start to a pixel's middle
    run, rise = end - start
    along = (away_x * run + away_y * rise) / max(run**2 + rise**2, 1e-12)
    along = np.clip(along, 0, 1)  # the nearest place on the line: 0 at its start, 1 at its end
    distance = np.hypot(away_x - along * run, away_y - along * rise)
    np.maximum(window, np.clip(pen / 2 - distance + 0.5, 0, 1), out=window)


def _crop(drawing):
    """Cut out the smallest rectangle that holds all ink."""
    rows, columns = np.flatnonzero(drawing.any(axis=1)), np.flatnonzero(drawing.any(axis=0))
    return drawing[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _scale(ink, box):
    """Scale `(h, w)` until its longer side is `box`; the shorter is rounded, to 1 at least."""
    height, width = (max(1, round(side * box / max(ink.shape))) for side in ink.shape)
    scaled = _overlaps(height, ink.shape[0]) @ ink @ _overlaps(width, ink.shape[1]).T
    return np.clip(scaled, 0, 1)  # rounding errors


def _overlaps(new, old):
    """Matrix `(new, old)`: how much of each of `new` pixels on a line each of `old` pixels covers."""
    edges = np.arange(new + 1)[:, None] * (old / new)
    covered = np.clip(edges - np.arange(old), 0, 1)  # of each old pixel, up to each new edge
    return np.diff(covered, axis=0) * (new / old)


def _offset(mass, size):
    """Where `(m,)` masses on a line start, for their centre to be in pixel `size // 2`."""
    middle = np.average(np.arange(len(mass)), weights=mass)
    return int(np.clip(np.rint(size // 2 - middle), 0, size - len(mass)))


def _check_stroke(name, stroke):
    """Return a stroke as floats `(m, 2)`."""
    places = _validate.array(name, stroke, "m, 2")
    _validate.shape(name, places, (len(places), 2), "x and y of each place")
    return places.astype(float)


def _check_drawing(drawing):
    """Return a drawing as floats `(h, w)`."""
    drawing = _validate.array("drawing", drawing, "h, w").astype(float)
    if drawing.min() < 0 or drawing.max() > 1:
        raise ValueError(
            f"`drawing` must be in [0, 1]. Received: {drawing.min():g} to {drawing.max():g}"
        )
    return drawing
