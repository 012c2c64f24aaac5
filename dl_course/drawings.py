"""What a hand draws on a screen, made into what a network for MNIST has learned to see.

A drawing is a list of strokes, a stroke the places that the pen passes. `rasterize` puts a pen to
it, `center` lays the ink out as MNIST's digits are: fitted into a box of 20 x 20 pixels, its centre
of mass in the middle of 28 x 28. A network that knows nothing but MNIST can't read what lies
elsewhere.
"""

from __future__ import annotations

import numbers

import numpy as np

__all__ = ["center", "rasterize"]


def rasterize(strokes, *, size: int = 280, pen: float = 22.0) -> np.ndarray:
    """Draw strokes with a round pen.

    Args:
        strokes: List of strokes, each `(m, 2)` places `(x, y)` that the pen passes, in pixels from
            the top left corner, x to the right and y down. A stroke of one place is a dot.
        size: Side of the drawing in pixels.
        pen: Width of the line in pixels.

    Returns:
        `(size, size)` float32, ink 1 on background 0, grey where the line's edge cuts a pixel.

    Raises:
        TypeError: If `size` is no integer or `pen` no real number.
        ValueError: If a stroke has another shape or is not finite, or `size` or `pen` is not positive.
    """
    _check_positive("size", size, numbers.Integral)
    _check_positive("pen", pen, numbers.Real)
    drawing = np.zeros((size, size), np.float32)
    for stroke in [_check_stroke(stroke) for stroke in strokes]:
        ends = stroke[1:] if len(stroke) > 1 else stroke  # a dot ends where it starts
        for start, end in zip(stroke, ends, strict=False):
            _draw_line(drawing, start, end, pen)
    return drawing


def center(drawing, *, size: int = 28, box: int = 20) -> np.ndarray:
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
        TypeError: If `size` or `box` is no integer.
        ValueError: If `drawing` has another shape or values outside [0, 1], or `size` or `box` is
            not positive, or `box` is larger than `size`.

    Reference:
        LeCun, Cortes, Burges, "The MNIST database of handwritten digits", 1998.
    """
    drawing = _check_drawing(drawing)
    _check_positive("size", size, numbers.Integral)
    _check_positive("box", box, numbers.Integral)
    if box > size:
        raise ValueError(f"`box` must be at most `size`, {size}. Received: {box!r}")
    picture = np.zeros((size, size), np.float32)
    if drawing.any():
        ink = _scale(_crop(drawing), box)
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
    scaled = _shares(height, ink.shape[0]) @ ink @ _shares(width, ink.shape[1]).T
    return np.clip(scaled, 0, 1)  # rounding errors


def _shares(new, old):
    """Matrix `(new, old)`: the share that each of `old` pixels has in each of `new` on its line."""
    edges = np.arange(new + 1)[:, None] * (old / new)
    covered = np.clip(edges - np.arange(old), 0, 1)  # of each old pixel, up to each new edge
    return np.diff(covered, axis=0) * (new / old)


def _offset(mass, size):
    """Where `(m,)` masses on a line start, for their centre to be in pixel `size // 2`."""
    middle = np.average(np.arange(len(mass)), weights=mass)
    return int(np.clip(np.rint(size // 2 - middle), 0, size - len(mass)))


def _check_positive(name, value, kind):
    """Refuse what is no number of that kind, or not above 0."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, kind):
        word = "an integer" if kind is numbers.Integral else "a real number"
        raise TypeError(f"`{name}` must be {word}. Received: {value!r}")
    if not 0 < value < np.inf:
        raise ValueError(f"`{name}` must be positive and finite. Received: {value!r}")


def _check_stroke(stroke):
    """Return a stroke as floats `(m, 2)`."""
    places = np.asarray(stroke, dtype=float)
    if places.ndim != 2 or places.shape[1] != 2 or not len(places):
        raise ValueError(
            "`strokes` must hold strokes of shape (m, 2), m at least 1. "
            f"Received: a stroke of shape {places.shape}"
        )
    if not np.isfinite(places).all():
        raise ValueError(f"`strokes` must be finite. Received: {stroke!r}")
    return places


def _check_drawing(drawing):
    """Return a drawing as floats `(h, w)`."""
    drawing = np.asarray(drawing, dtype=float)
    if drawing.ndim != 2:
        raise ValueError(f"`drawing` must have shape (h, w). Received: {drawing.shape}")
    if drawing.size and not (drawing.min() >= 0 and drawing.max() <= 1):
        raise ValueError(
            f"`drawing` must be in [0, 1]. Received: {drawing.min():g} to {drawing.max():g}"
        )
    return drawing
