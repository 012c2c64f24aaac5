"""Digits written the way hands write them: curves, a pen, and a little chance.

A digit starts as a few strokes, each a smooth curve through points that can be read off the table
`STYLES`. Chance then does what a hand does: it misses the points a little, moves the waist up or
down, widens, slants and rotates the digit, and presses the pen harder here than there. The result is
laid out as MNIST is: white ink on black, fitted into a box of 20 x 20 pixels, its centre of mass in
the middle of 28 x 28.

`draw_digits` takes `n` digits through these steps; below, the shape of what is handed on::

    STYLES -> _write -> _bend -> _lean -> _fit -> _center -> _ink -> images
              (n, SAMPLES, 2) places along the pen's path      (n, size, size)

Every step is NumPy on all digits at once. All random numbers are drawn first, one row for each
digit, so a digit depends on its seed, its place in the list and its label, and on nothing else.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from dl_course import _validate
from dl_course.handwriting.rasterize import PAPER
from dl_course.handwriting.styles import STYLES

__all__ = ["HAND", "Hand", "draw_digits", "sample_strokes", "strokes", "style_names"]

SAMPLES = 80  # places along the pen's path at which ink is put down
BOX = 20 / 28  # side of the box that a digit fills, in sides of the image
BLOT = 0.7 / 28  # standard deviation of one blot of ink, in sides of the image
DRIFTS = 6  # cosine waves that make up the drift of the pen along its path
BENDS = 4  # sine waves that bend the sheet
CHUNK = 256  # digits drawn at a time: bounds the memory, changes no digit
SAMPLE_HEIGHT = 200  # longer side of a sample drawing, in pixels of the paper


@dataclasses.dataclass(frozen=True, kw_only=True)
class Hand:
    """How varied and unsteady the writing is.

    Every field is the standard deviation of a normally distributed change to what the table says,
    except `slant`, `pen` and `edge`, which are typical values. With all standard deviations 0, a
    machine writes.

    Args:
        wobble: Of each point that the pen passes, in heights of the digit.
        drift: Of the pen's slow drift along its path, in lengths of that path.
        haste: Of the logarithm of a factor on wobble and drift: some digits are written in a hurry.
        middle: Of the height of the digit's waist, in heights of the digit.
        taper: Of the logarithm of the width at the foot over the width at the waist.
        bend: Of each wave that bends the sheet, in heights of the digit.
        width: Of the logarithm of the width.
        slant: Typical shift to the right for one step up; negative leans to the left.
        slant_std: Standard deviation of that shift.
        rotation: Of the angle by which the whole digit is rotated, in radians.
        pen: Typical width of the line, in 28ths of the image.
        pen_std: Standard deviation of the logarithm of that width.
        pressure: Of the logarithm of the line's width along the path.
        edge: Typical width of the grey edge of the ink, in pixels.
        edge_std: Standard deviation of the logarithm of that width.

    Raises:
        TypeError: If a field is not a number.
        ValueError: If a field is not finite, or negative (`slant` may be), or `pen` or `edge` is 0.

    Examples:
        >>> Hand(pen=3.0, slant=0).pen
        3.0
    """

    wobble: float = 0.013
    drift: float = 0.017
    haste: float = 0.4
    middle: float = 0.07
    taper: float = 0.2
    bend: float = 0.03
    width: float = 0.24
    slant: float = 0.18
    slant_std: float = 0.28
    rotation: float = 0.09
    pen: float = 2.4
    pen_std: float = 0.24
    pressure: float = 0.12
    edge: float = 1.0
    edge_std: float = 0.15

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name in ("pen", "edge"):
                _validate.number(name, value, above=0)
            else:
                _validate.number(name, value, at_least=None if name == "slant" else 0)


HAND = Hand()


def draw_digits(
    labels: ArrayLike, *, seed: int, size: int = 28, style: str | None = None, hand: Hand = HAND
) -> np.ndarray:
    """Write one digit for each label, no two alike, laid out as MNIST's are.

    The same arguments give the same images on every machine, to one grey level of rounding. The
    first digits of a longer list are the digits of the shorter list.

    Args:
        labels: `(n,)` whole numbers from 0 to 9.
        seed: Whole number, 0 or more; starts the PCG64 bit generator that all chance comes from.
        size: Side of the images in pixels, 14 or more.
        style: Name of the one style to write in, known to every digit in `labels`; by default each
            digit is written in one of its styles, the common ones more often.
        hand: How varied the writing is.

    Returns:
        `(n, size, size)` uint8 images, ink 255 on background 0.

    Raises:
        TypeError: If `seed` or `size` is not a whole number, or `hand` is not a `Hand`.
        ValueError: If `labels` are not whole numbers from 0 to 9 of shape `(n,)`, `seed` or `size` is
            too small, or a digit has no style of that name.

    Examples:
        >>> images = draw_digits([3, 8], seed=0)
        >>> images.shape, str(images.dtype)
        ((2, 28, 28), 'uint8')
        >>> bool((draw_digits([3, 8], seed=0) == images).all())
        True
    """
    digits = _check_labels(labels)
    seed = _validate.whole("seed", seed, at_least=0)
    size = _validate.whole("size", size, at_least=14)
    if not isinstance(hand, Hand):
        raise TypeError(f"`hand` must be a Hand. Received: {hand!r}")
    chances = _draw_chances(len(digits), seed)
    rows = _choose_styles(digits, chances["style"]) if style is None else _rows(digits, style)
    images = np.zeros((len(digits), size, size), np.uint8)
    for start in range(0, len(digits), CHUNK):
        part = slice(start, start + CHUNK)
        chance = {name: values[part] for name, values in chances.items()}
        images[part] = _draw(rows[part], chance, hand, size)
    return images


def style_names(digit: int) -> list[str]:
    """List the styles in which a digit is written.

    Args:
        digit: Whole number from 0 to 9.

    Returns:
        The keys of `STYLES[digit]`.

    Raises:
        TypeError: If `digit` is not a whole number.
        ValueError: If `digit` is not one of 0 to 9.

    Examples:
        >>> style_names(1)
        ['stick', 'flag', 'flag and foot', 'foot']
    """
    return list(STYLES[_check_digit(digit)])


def strokes(digit: int, style: str) -> list[np.ndarray]:
    """Return a digit's curves as in the table, before any chance, ready to be plotted.

    Args:
        digit: Whole number from 0 to 9.
        style: One of `style_names(digit)`.

    Returns:
        List of one `(m, 2)` float array for each stroke: x to the right and y down, in heights of
        the digit.

    Raises:
        TypeError: If `digit` is not a whole number.
        ValueError: If `digit` is not one of 0 to 9, or has no style of that name.

    Examples:
        >>> (stick,) = strokes(1, "stick")
        >>> stick[[0, -1]].round(2).tolist()
        [[0.3, 0.0], [0.3, 1.0]]
    """
    template = _template(STYLES[_check_digit(digit)][_check_style(digit, style)])
    path = template.basis @ template.points
    return np.split(path, np.flatnonzero(template.joined == 0) + 1)


def sample_strokes(digit: int = 3, style: str | None = None) -> list[np.ndarray]:
    """Return a drawing to start from: a digit of the table in the middle of the paper.

    Args:
        digit: Whole number from 0 to 9.
        style: One of `style_names(digit)`, by default the first.

    Returns:
        List of strokes `(m, 2)` as `rasterize` takes them, the longer side of the digit 200 pixels on
        a paper of 280 x 280.

    Raises:
        TypeError: If `digit` is not a whole number.
        ValueError: If `digit` is not one of 0 to 9, or has no style of that name.

    Examples:
        >>> (stick,) = sample_strokes(1)
        >>> stick[[0, -1]].round().tolist()
        [[140.0, 40.0], [140.0, 240.0]]

    Taught in notebook 05.
    """
    curves = strokes(digit, style_names(digit)[0] if style is None else style)
    places = np.concatenate(curves)
    low, high = places.min(axis=0), places.max(axis=0)
    scale = SAMPLE_HEIGHT / (high - low).max()
    return [PAPER / 2 + scale * (curve - (low + high) / 2) for curve in curves]


# Checks ---------------------------------------------------------------------------------------


def _check_labels(labels):
    """Return `labels` as an array `(n,)` of whole numbers from 0 to 9; `n` may be 0."""
    if np.shape(labels) == (0,):
        return np.zeros(0, int)
    return _validate.labels("labels", labels, classes=10)


def _check_digit(digit):
    """Return `digit` as an int, if it is one of 0 to 9."""
    return _validate.whole("digit", digit, at_least=0, at_most=9)


def _check_style(digit, style):
    """Return `style`, if the digit is written so: the same name may be unknown to another digit."""
    if not isinstance(style, str) or style not in STYLES[digit]:
        known = ", ".join(map(repr, STYLES[digit]))
        raise ValueError(f"`style` of digit {digit} must be one of {known}. Received: {style!r}")
    return style


# From the table to curves ---------------------------------------------------------------------


class _Template(NamedTuple):
    """One style as arrays of the same shape for every style, so that styles can be stacked."""

    points: np.ndarray  # (MOST_POINTS, 2) what the pen passes, in heights of the digit
    basis: np.ndarray  # (SAMPLES, MOST_POINTS) path = basis @ points
    joined: np.ndarray  # (SAMPLES - 1,) 1 where the pen goes on to the next place, 0 where it lifts


def _read(stroke):
    """Read "x,y x,y ..." in hundredths into points `(m, 2)`."""
    return np.array([pair.split(",") for pair in stroke.split()], float) / 100


def _steps(points):
    """Distances `(m - 1,)` from each point to the next."""
    return np.hypot(*np.diff(points, axis=0).T)


def _times(points, count):
    """Times of `count` even steps along a stroke that passes `points[i]` at time `i`."""
    travelled = np.concatenate([[0], np.cumsum(_steps(points) + 1e-9)])  # 1e-9: corners
    return np.interp(np.linspace(0, travelled[-1], count), travelled, np.arange(len(points)))


def _catmull_rom(times, count):
    """Matrix `(len(times), count)` that turns `count` points into the curve at `times`.

    Between points 1 and 2 the Catmull-Rom spline weighs points 0 to 3 by cubics of the time `u`
    since point 1, so that it passes every point, in the direction of the line through the two
    points beside it. At the ends, the missing point is the end itself.
    """
    before = np.clip(np.floor(times).astype(int), 0, count - 2)
    u = times - before
    cubics = (-u + 2 * u**2 - u**3, 2 - 5 * u**2 + 3 * u**3, u + 4 * u**2 - 3 * u**3, u**3 - u**2)
    basis = np.zeros((len(times), count))
    for shift, cubic in zip((-1, 0, 1, 2), cubics, strict=True):
        np.add.at(basis, (np.arange(len(times)), np.clip(before + shift, 0, count - 1)), cubic / 2)
    return basis


def _split_samples(parts):
    """Split SAMPLES among strokes by their lengths."""
    lengths = np.cumsum([_steps(points).sum() for points in parts])
    return np.diff(np.rint(SAMPLES * lengths / lengths[-1]).astype(int), prepend=0)


def _template(style):
    """Turn one entry of STYLES into a `_Template`: its strokes one after the other."""
    parts = [_read(stroke) for stroke in style[1:]]
    points, basis = np.zeros((MOST_POINTS, 2)), np.zeros((SAMPLES, MOST_POINTS))
    joined = np.ones(SAMPLES)
    row = column = 0
    for part, count in zip(parts, _split_samples(parts), strict=True):
        rows, columns = slice(row, row + count), slice(column, column + len(part))
        points[columns] = part
        basis[rows, columns] = _catmull_rom(_times(part, count), len(part))
        row, column = rows.stop, columns.stop
        joined[row - 1] = 0
    return _Template(points, basis, joined[:-1])


_KEYS = [(digit, style) for digit, styles in STYLES.items() for style in styles]
_ENTRIES = [STYLES[digit][style] for digit, style in _KEYS]
MOST_POINTS = max(sum(len(stroke.split()) for stroke in entry[1:]) for entry in _ENTRIES)
_TEMPLATES = _Template(*map(np.stack, zip(*map(_template, _ENTRIES), strict=True)))


# Chance ---------------------------------------------------------------------------------------

CHANCES = {  # what chance decides about one digit, and how many numbers that takes
    "style": 1,
    "wobble": 2 * MOST_POINTS,
    "drift": 2 * DRIFTS,
    "haste": 1,
    "middle": 1,
    "taper": 1,
    "bend": 5 * BENDS,
    "width": 1,
    "slant": 1,
    "rotation": 1,
    "pen": 1,
    "pressure": 3,
    "edge": 1,
}


def _draw_chances(n, seed):
    """Draw all random numbers for `n` digits: name -> `(n, k)`, uniform for `style`, else normal.

    The generator draws uniform numbers only: they are the same everywhere. The inverse of
    the normal distribution makes them normal; its far tails are cut, lest a digit break.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    uniform = rng.random((n, sum(CHANCES.values())))
    columns = np.split(uniform, np.cumsum(list(CHANCES.values()))[:-1], axis=1)
    chances = dict(zip(CHANCES, columns, strict=True))
    return {k: v if k == "style" else ndtri(0.001 + 0.998 * v) for k, v in chances.items()}


def _choose_styles(labels, chance):
    """Choose a style for each digit, common ones more often: rows `(n,)` of the stacked templates."""
    rows = np.zeros(len(labels), int)
    for digit, styles in STYLES.items():
        mine = labels == digit
        limits = np.cumsum([entry[0] for entry in styles.values()])
        first = _KEYS.index((digit, next(iter(styles))))
        rows[mine] = first + np.searchsorted(limits / limits[-1], chance[mine, 0])
    return rows


def _rows(labels, style):
    """Find the one style wanted: rows `(n,)` of the stacked templates."""
    row_of = {d: _KEYS.index((d, _check_style(d, style))) for d in np.unique(labels).tolist()}
    return np.array([row_of[digit] for digit in labels.tolist()], int)


# The hand -------------------------------------------------------------------------------------


def _draw(rows, chance, hand, size):
    """Draw one chunk: `(n,)` rows of the templates -> `(n, size, size)` uint8."""
    path = _write(rows, chance, hand)  # (n, SAMPLES, 2), like every path
    path = _bend(path, chance["bend"], hand)
    path = path @ _lean(chance, hand)
    pen = _press(chance, hand)  # (n, SAMPLES)
    path = _fit(path, pen)
    lengths = _lengths(path, _TEMPLATES.joined[rows])  # (n, SAMPLES)
    path = _center(path, lengths * pen)
    edge = hand.edge * np.exp(hand.edge_std * chance["edge"])  # (n, 1)
    return _ink(path, lengths, pen, edge, size)


def _write(rows, chance, hand):
    """Write the styles unsteadily: paths `(n, SAMPLES, 2)` in heights of the digit."""
    haste = np.exp(hand.haste * chance["haste"])[..., None]  # (n, 1, 1)
    wobble = chance["wobble"].reshape(len(rows), MOST_POINTS, 2)
    points = _proportion(_TEMPLATES.points[rows], chance, hand) + hand.wobble * haste * wobble
    path = _TEMPLATES.basis[rows] @ points
    length = _lengths(path, _TEMPLATES.joined[rows]).sum(axis=1)[:, None, None]
    drift = _drift_waves() @ chance["drift"].reshape(len(rows), DRIFTS, 2)
    return path + hand.drift * length * haste * drift


def _proportion(points, chance, hand):
    """Move the waist up or down, and make the foot wider or narrower than the head."""
    x, y = points[..., 0], points[..., 1]
    wider = np.exp(hand.taper * chance["taper"] * (2 * y - 1))
    lower = hand.middle * chance["middle"] * 4 * y * (1 - y)  # 0 at the head and at the foot
    return np.stack([0.3 + (x - 0.3) * wider, y + lower], axis=-1)


def _drift_waves():
    """Cosine waves `(SAMPLES, DRIFTS)` along the path, the faster the weaker."""
    along = np.linspace(0, np.pi, SAMPLES)[:, None]
    faster = np.arange(1, DRIFTS + 1)
    return np.cos(faster * along) / faster


def _bend(path, chance, hand):
    """Bend the sheet: a smooth elastic distortion, the sum of a few waves across the page."""
    push_x, push_y, kx, ky, phase = np.split(chance[..., None], 5, axis=1)  # each (n, BENDS, 1)
    x, y = path[:, None, :, 0], path[:, None, :, 1]  # (n, 1, SAMPLES)
    wave = np.sin(3 * (kx * x + ky * y + phase))  # (n, BENDS, SAMPLES)
    push = np.stack([(push_x * wave).sum(axis=1), (push_y * wave).sum(axis=1)], axis=-1)
    return path + hand.bend * push


def _lean(chance, hand):
    """Matrices `(n, 2, 2)` that widen, slant and rotate: `path @ matrix`."""
    width = np.exp(hand.width * chance["width"][:, 0])
    slant = hand.slant + hand.slant_std * chance["slant"][:, 0]
    angle = hand.rotation * chance["rotation"][:, 0]
    zero, one, cos, sin = np.zeros_like(angle), np.ones_like(angle), np.cos(angle), np.sin(angle)
    shear = np.stack([width, zero, -slant, one], axis=-1).reshape(-1, 2, 2)
    rotation = np.stack([cos, sin, -sin, cos], axis=-1).reshape(-1, 2, 2)
    return shear @ rotation


def _press(chance, hand):
    """Radius of the pen along the path, `(n, SAMPLES)` in sides of the image."""
    radius = hand.pen / 28 / 2 * np.exp(hand.pen_std * chance["pen"])
    along = np.linspace(-1, 1, SAMPLES)
    rise, swing, phase = np.split(chance["pressure"], 3, axis=1)
    change = rise * along + swing * np.sin(4.5 * along + 3 * phase)
    return np.minimum(radius * np.exp(hand.pressure * change), BOX / 4)


# The page -------------------------------------------------------------------------------------


def _fit(path, pen):
    """Scale each digit until its longer side, ink included, is the box's."""
    extent = np.ptp(path, axis=1).max(axis=1) + 1e-9  # (n,) without the ink
    scale = (BOX - 2 * pen.mean(axis=1)) / extent
    return path * scale[:, None, None]


def _lengths(path, joined):
    """Length of path `(n, SAMPLES)` that each place stands for: half the way to either side."""
    step = np.diff(path, axis=1)
    step = joined * np.hypot(step[..., 0], step[..., 1])  # (n, SAMPLES - 1)
    return (np.pad(step, ((0, 0), (1, 0))) + np.pad(step, ((0, 0), (0, 1)))) / 2


def _center(path, mass):
    """Move the centre of mass to the middle: to pixel 14 of 0 to 27, where MNIST has it."""
    mass = mass[..., None] / mass.sum(axis=1)[:, None, None]
    return path - (mass * path).sum(axis=1, keepdims=True) + 0.5


def _blots(place, size):
    """Gaussian profiles `(n, SAMPLES, size)` of blots of ink at `place` in sides of the image."""
    away = (np.arange(size) / size - place[..., None]) / BLOT
    return np.exp(-0.5 * away * away)


def _ink(path, lengths, pen, edge, size):
    """Draw the line: `(n, size, size)` uint8 from its path, in sides of the image.

    A Gaussian blot is a column profile times a row profile, so the sum of all blots of a digit is
    one matrix product. Across a straight line with blots of density 1 that sum is

        field = exp(-distance^2 / (2 BLOT^2)),

    which, solved for the distance, says how far a pixel is from the line. It is inked if that is
    less than the pen's radius, and grey over the width of the edge.
    """
    radius = pen.mean(axis=1)[:, None]  # (n, 1)
    pressed = np.exp((pen**2 - radius**2) / (2 * BLOT**2))  # makes the line wider where it is > 1
    density = lengths / (np.sqrt(2 * np.pi) * BLOT) * pressed
    rows = _blots(path[..., 1], size) * density[..., None]
    field = rows.swapaxes(1, 2) @ _blots(path[..., 0], size)  # (n, size, size)
    distance = np.sqrt(np.maximum(0, -2 * BLOT**2 * np.log(np.maximum(field, 1e-30))))
    inked = (radius[..., None] - distance) * size / edge[..., None] + 0.5
    return np.rint(255 * np.clip(inked, 0, 1)).astype(np.uint8)
