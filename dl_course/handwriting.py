"""Digits written the way hands write them: curves, a pen, and a little chance.

A digit starts as a few strokes, each a smooth curve through points that can be read off the table
`STYLES`. Chance then does what a hand does: it misses the points a little, moves the waist up or
down, widens, slants and turns the digit, and presses the pen harder here than there. The result is
laid out as MNIST is: white ink on black, fitted into a box of 20 x 20 pixels, its centre of mass in
the middle of 28 x 28.

The way of `n` digits through this module, with the shape of what is handed on::

    STYLES -> _write -> _bend -> _lean -> _fit -> _centre -> _ink -> images
              (n, SAMPLES, 2) places along the pen's path      (n, size, size)

Every step is NumPy on all digits at once. All chance is drawn first, one row of numbers for each
digit, so a digit depends on its seed, its place in the list and its label, and on nothing else.
"""

import dataclasses
import math
import numbers
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

__all__ = ["STYLES", "Hand", "draw_digits", "strokes", "style_names"]

# How each digit is written: STYLES[digit][style] = (share, stroke, stroke, ...).
#
# The share says how common the style is among the styles of its digit. A stroke lists the points
# that the pen passes, "x,y x,y ...", in hundredths of the digit's height, counted rightwards and
# down from its top left corner. A point written twice is a corner; elsewhere the curve is smooth.
STYLES = {
    0: {
        "round": (3, "36,0 12,14 0,50 12,86 36,100 60,86 72,50 60,14 36,0"),
        "narrow": (2, "26,0 8,16 0,50 8,84 24,100 42,84 50,50 42,16 26,0"),
        "tail inside": (2, "48,4 28,6 8,24 0,58 14,92 38,100 60,82 66,46 56,14 36,2 20,12"),
        "open": (1, "30,4 10,22 0,56 12,90 36,100 60,84 68,50 60,20 44,4"),
        "stem": (1, "54,0 28,14 4,44 8,84 34,100 60,82 68,48 54,20 28,16"),
        "overlap": (1, "40,16 30,2 10,16 0,52 12,90 36,100 60,82 68,48 58,16 40,0 24,4 22,24"),
        "hooked": (1, "18,16 40,8 22,2 6,26 0,60 14,92 38,100 60,78 64,40 52,12 34,4"),
    },
    1: {
        "stick": (8, "30,0 30,50 30,100"),
        "flag": (2, "14,20 32,0 32,0 31,50 30,100"),
        "flag and foot": (1, "12,22 32,0 32,0 31,50 30,100", "8,100 32,99 54,100"),
        "foot": (0.3, "30,0 30,50 30,100", "10,100 30,99 52,100"),
    },
    2: {
        "corner": (3, "4,22 14,5 34,0 56,12 56,32 42,56 22,80 0,98 0,98 32,96 66,100"),
        "large loop": (2, "6,26 12,6 36,0 56,14 54,44 34,78 12,98 0,84 12,66 32,76 50,96 76,88"),
        "round head": (2, "20,38 4,26 14,4 38,0 58,16 52,44 28,76 2,96 2,96 36,90 70,98"),
        "round head, loop": (
            2,
            "18,38 4,24 18,2 42,2 56,20 46,52 24,86 4,92 4,76 24,78 46,94 72,90",
        ),
        "loop": (3, "5,22 18,3 40,0 58,16 52,42 30,74 10,96 0,88 8,76 28,82 48,96 72,92"),
        "falling loop": (2, "4,32 12,8 34,0 54,14 50,42 32,66 12,82 0,74 12,64 34,74 56,90 76,100"),
        "hooked head": (
            1,
            "26,34 14,38 2,24 16,4 42,0 60,18 50,46 28,72 4,88 4,88 34,84 62,98 78,92",
        ),
        "wide loop": (4, "16,16 34,0 54,10 56,36 48,72 26,98 4,92 4,70 24,58 46,68 62,88 72,96"),
        "round back": (2, "10,14 34,0 62,14 72,44 60,78 36,98 16,92 18,74 40,68 60,80 78,92"),
        "pointed loop": (2, "14,14 36,0 54,14 52,40 34,72 0,98 2,78 28,60 50,66 64,84 76,98"),
        "rising tail": (1, "8,20 28,0 50,12 48,48 32,84 10,98 8,80 36,66 88,54"),
        "long foot": (1, "4,24 22,2 46,6 42,36 0,98 0,98 26,66 48,60 64,76 84,100"),
        "like a Z": (1, "2,10 30,3 60,6 60,6 32,50 2,96 2,96 36,94 70,97"),
        "curl": (1, "14,30 4,18 20,2 44,2 58,20 48,48 24,78 2,96 2,96 36,92 70,96"),
        "sweep": (1, "2,18 22,0 46,8 46,34 26,68 2,94 2,94 40,84 84,92"),
    },
    3: {
        "round": (3, "4,14 24,0 48,6 54,24 42,40 22,47 22,47 46,54 60,74 46,94 22,100 2,88"),
        "flat top": (1, "4,4 28,3 56,2 56,2 40,24 24,42 24,42 50,50 58,72 42,94 20,100 0,90"),
        "knot": (2, "5,14 28,0 52,10 50,30 32,46 20,49 26,42 44,52 58,74 44,95 20,100 0,88"),
        "curled ends": (
            1,
            "10,24 2,10 24,0 48,8 48,30 26,44 26,44 52,52 58,76 40,98 12,98 0,84 14,74",
        ),
        "long tail": (1, "6,10 30,0 52,8 46,26 24,40 24,40 48,46 56,66 40,86 10,98 -14,96"),
        "soft": (2, "4,12 28,0 52,12 46,34 28,47 46,56 60,76 44,96 22,100 0,90"),
    },
    4: {
        "open": (3, "10,4 6,30 4,56 4,56 34,57 66,54", "54,0 52,50 50,100"),
        "open, round": (3, "8,2 2,32 10,54 32,56 62,48", "60,0 56,50 52,100"),
        "closed": (2, "46,0 24,32 0,62 0,62 36,62 70,60", "46,2 46,50 44,100"),
        "narrow cup": (1, "14,4 8,30 14,50 30,50 44,36", "52,0 44,50 38,100"),
        "cross": (1, "36,0 16,28 0,54 0,54 34,54 72,50", "48,26 40,60 34,100"),
        "one line": (2, "8,0 3,30 12,50 34,50 54,34 60,2 60,2 55,50 50,100"),
    },
    5: {
        "two strokes": (
            3,
            "14,4 11,26 8,44 8,44 30,36 54,48 58,70 44,92 22,100 0,90",
            "14,4 38,3 66,0",
        ),
        "one line": (3, "64,2 38,3 15,5 15,5 11,26 7,44 7,44 30,38 54,48 56,70 42,93 20,100 0,92"),
        "curled tail": (
            1,
            "64,2 38,4 16,6 16,6 10,26 6,44 6,44 34,38 56,54 56,78 36,98 10,96 4,82 18,74",
        ),
        "hook": (1, "76,0 56,12 36,2 34,24 28,46 28,46 46,50 54,68 40,88 0,98"),
        "long bar": (1, "16,10 14,28 12,48 12,48 34,42 50,58 48,80 28,98 4,94", "2,10 40,6 78,2"),
        "small belly": (1, "74,0 50,4 28,10 28,10 18,30 10,46 10,46 28,44 42,56 40,78 22,96 0,98"),
        "wide": (1, "18,14 14,30 10,46 10,46 36,40 56,52 52,78 28,98 0,94", "18,14 50,10 84,2"),
        "like an S": (2, "62,4 40,0 18,8 10,28 24,42 46,55 52,76 36,97 14,99 0,88"),
    },
    6: {
        "plain": (3, "44,0 22,18 6,45 0,72 12,95 34,100 52,86 54,66 40,54 20,60 4,78"),
        "small loop": (2, "32,0 14,28 3,60 4,88 20,100 38,92 42,74 28,64 10,74 4,86"),
        "large loop": (2, "42,0 14,22 0,56 8,88 34,100 62,86 64,58 42,42 16,52 3,70"),
        "spiral": (2, "26,0 8,26 0,58 10,90 36,100 64,88 70,64 52,50 32,60 24,80 32,94"),
        "leaning": (1, "20,0 6,36 6,70 20,96 46,98 60,78 48,58 28,62 12,84"),
        "curl": (1, "58,12 46,2 24,8 4,38 0,68 12,94 34,100 54,86 54,64 36,54 16,62 4,76"),
    },
    7: {
        "plain": (4, "0,6 28,5 60,2 60,2 44,38 30,68 20,100"),
        "serif": (2, "2,24 4,6 4,6 30,6 60,3 60,3 44,42 30,70 22,100"),
        "crossed": (2, "0,6 28,5 60,2 60,2 44,38 30,68 20,100", "12,50 34,48 58,46"),
        "arch": (1, "2,40 4,16 22,4 48,2 60,14 52,44 38,72 30,100"),
        "deep serif": (1, "4,36 2,10 2,10 28,12 58,2 58,2 46,36 40,68 38,100"),
        "crossed low": (1, "4,22 8,6 8,6 34,6 62,4 62,4 46,40 32,70 24,100", "8,64 34,58 62,56"),
        "round": (2, "0,12 24,0 50,6 54,26 40,62 28,100"),
        "wave": (1, "0,18 10,3 34,8 60,2 60,2 42,40 28,70 20,100"),
    },
    8: {
        "S first": (
            4,
            "52,14 36,0 14,8 10,24 28,42 50,60 56,80 38,98 14,96 2,80 12,60 34,42 50,26 52,12",
        ),
        "two rings": (
            1,
            "30,46 12,36 10,14 30,0 50,14 48,36 30,46",
            "30,46 8,58 2,80 28,100 56,82 52,58 30,46",
        ),
        "open": (2, "58,12 38,0 14,6 12,24 30,42 48,60 50,80 32,98 12,94 4,78 18,58 40,40 64,20"),
        "thin foot": (
            2,
            "56,10 36,0 12,8 10,26 30,44 44,66 40,92 28,100 18,90 22,66 40,42 54,24 54,8",
        ),
        "flying end": (2, "44,14 28,2 10,12 16,32 36,52 46,76 32,98 12,92 10,72 30,48 48,24 64,4"),
        "heart": (1, "36,16 20,2 6,16 18,36 36,56 42,84 28,100 14,88 22,60 48,32 62,10 48,2 36,16"),
        "from the left": (1, "44,4 22,22 4,42 28,46 56,60 62,86 42,98 30,78 42,40 48,2"),
        "cap": (2, "64,6 40,2 18,14 24,36 44,58 46,84 26,100 8,88 14,66 36,46 54,30 62,8"),
        "from below": (
            1,
            "30,46 10,32 14,8 36,0 52,14 44,36 20,56 2,78 14,98 40,98 54,80 46,60 24,44",
        ),
    },
    9: {
        "straight": (3, "54,18 36,0 12,8 0,30 12,50 34,48 52,24 56,6 56,6 54,50 50,100"),
        "curved": (2, "54,18 36,0 12,8 0,30 14,50 36,46 52,24 56,10 58,46 46,82 26,100 6,94"),
        "c and stem": (2, "54,2 28,0 6,16 4,38 22,48 44,32 54,18 54,18 50,60 44,100"),
        "open top": (2, "56,0 30,4 4,24 6,44 26,48 48,32 60,14 56,44 46,74 34,100"),
        "hooked": (1, "56,8 40,14 34,4 14,8 2,30 14,48 36,40 54,12 54,12 50,54 44,100"),
        "small loop": (1, "46,10 28,0 8,10 6,30 24,40 44,22 50,6 50,6 50,50 46,100"),
        "flat loop": (2, "52,8 24,2 2,14 14,30 42,28 58,10 52,44 34,100"),
        "like an S": (1, "58,10 36,0 10,10 6,28 26,40 52,30 58,40 42,72 18,100"),
        "like an a": (1, "56,16 40,0 12,18 0,54 16,80 40,66 60,18 60,18 64,60 72,100"),
        "upturned": (1, "54,18 34,0 10,10 4,32 20,46 44,38 54,10 56,50 48,88 24,100 2,84"),
        "leaning": (1, "60,18 40,4 12,16 0,44 16,64 44,54 62,20 62,20 72,60 88,100"),
        "one line": (3, "52,12 30,0 6,14 2,36 20,50 44,38 54,12 50,55 44,100"),
        "open": (1, "42,4 16,8 0,32 14,52 36,44 54,8 54,8 52,50 44,100"),
    },
}

SAMPLES = 80  # places along the pen's path at which ink is put down
BOX = 20 / 28  # side of the box that a digit fills, in sides of the image
BLOT = 0.7 / 28  # standard deviation of one blot of ink, in sides of the image
DRIFTS = 6  # cosine waves that make up the drift of the pen along its path
BENDS = 4  # sine waves that bend the sheet
CHUNK = 256  # digits drawn at a time: bounds the memory, changes no digit


@dataclasses.dataclass(frozen=True, kw_only=True)
class Hand:
    """How varied and unsteady the writing is.

    Every field is the standard deviation of a normal chance around the way of the table, except
    `slant`, `pen` and `edge`, which are typical values. With all deviations 0, a machine writes.

    Args:
        wobble: Of each point that the pen passes, in heights of the digit.
        drift: Of the pen's slow drift along its path, in lengths of that path.
        haste: Of the logarithm of a factor on wobble and drift: some digits are written in a hurry.
        middle: Of the height of the digit's waist, in heights of the digit.
        taper: Of the logarithm of the width at the foot over the width at the waist.
        bend: Of each wave that bends the sheet, in heights of the digit.
        width: Of the logarithm of the width.
        slant: Typical shift to the right for one step up.
        slant_spread: Standard deviation of that shift.
        turn: Of the turn of the whole digit, in radians.
        pen: Typical width of the line, in 28ths of the image.
        pen_spread: Standard deviation of the logarithm of that width.
        pressure: Of the logarithm of the line's width along the path.
        edge: Typical width of the grey edge of the ink, in pixels.
        edge_spread: Standard deviation of the logarithm of that width.

    Raises:
        TypeError: If a field is no real number.
        ValueError: If a field is not finite, or negative (`slant` may be), or `pen` or `edge` is 0.
    """

    wobble: float = 0.013
    drift: float = 0.017
    haste: float = 0.4
    middle: float = 0.07
    taper: float = 0.2
    bend: float = 0.03
    width: float = 0.24
    slant: float = 0.18
    slant_spread: float = 0.28
    turn: float = 0.09
    pen: float = 2.4
    pen_spread: float = 0.24
    pressure: float = 0.12
    edge: float = 1.0
    edge_spread: float = 0.15

    def __post_init__(self):
        """Refuse what is no hand."""
        for name, value in dataclasses.asdict(self).items():
            if isinstance(value, bool) or not isinstance(value, numbers.Real):
                raise TypeError(f"{name} must be a real number. Received: {value!r}")
            lowest = -math.inf if name == "slant" else 0
            if not math.isfinite(value) or value < lowest or (value == 0 and name in _POSITIVE):
                kind = "finite" if name == "slant" else "finite and not negative"
                kind = "finite and positive" if name in _POSITIVE else kind
                raise ValueError(f"{name} must be {kind}. Received: {value!r}")


_POSITIVE = ("pen", "edge")
HAND = Hand()


def draw_digits(labels, *, seed, size=28, style=None, hand=HAND):
    """Write one digit for each label, no two alike, laid out as MNIST's are.

    The same arguments give the same images on every machine, to one grey level of rounding. The
    first digits of a longer list are the digits of the shorter list.

    Args:
        labels: `(n,)` integers from 0 to 9.
        seed: Integer, 0 or more; starts the PCG64 bit generator that all chance comes from.
        size: Side of the images in pixels, 14 or more.
        style: Name of the one style to write in, known to every digit in `labels`; by default each
            digit is written in one of its styles, by their shares.
        hand: `Hand` that says how varied the writing is.

    Returns:
        `(n, size, size)` uint8 images, ink 255 on background 0.

    Raises:
        TypeError: If `labels`, `seed` or `size` are no integers, or `hand` is no `Hand`.
        ValueError: If `labels` is not 1-D or holds other digits, `seed` or `size` is too small, or
            a digit has no style of that name.
    """
    labels = _check_labels(labels)
    _check_integer("seed", seed, at_least=0)
    _check_integer("size", size, at_least=14)
    if not isinstance(hand, Hand):
        raise TypeError(f"hand must be a Hand. Received: {hand!r}")
    chances = _draw_chances(len(labels), seed)
    rows = _share_styles(labels, chances["style"]) if style is None else _rows(labels, style)
    images = np.zeros((len(labels), size, size), np.uint8)
    for start in range(0, len(labels), CHUNK):
        part = slice(start, start + CHUNK)
        chance = {name: values[part] for name, values in chances.items()}
        images[part] = _draw(rows[part], chance, hand, size)
    return images


def style_names(digit):
    """List the ways in which a digit is written.

    Args:
        digit: Integer from 0 to 9.

    Returns:
        List of names, the keys of `STYLES[digit]`.

    Raises:
        TypeError: If `digit` is no integer.
        ValueError: If `digit` is not one of 0 to 9.
    """
    return list(STYLES[_check_digit(digit)])


def strokes(digit, style):
    """Return a digit's curves as in the table, before any chance, ready to be plotted.

    Args:
        digit: Integer from 0 to 9.
        style: One of `style_names(digit)`.

    Returns:
        List of one `(m, 2)` float array for each stroke: x to the right and y down, in heights of
        the digit.

    Raises:
        TypeError: If `digit` is no integer.
        ValueError: If `digit` is not one of 0 to 9, or has no style of that name.
    """
    template = _template(STYLES[_check_digit(digit)][_check_style(digit, style)])
    path = template.basis @ template.points
    return np.split(path, np.flatnonzero(template.joined == 0) + 1)


# Checks ---------------------------------------------------------------------------------------


def _check_integer(name, value, *, at_least):
    """Refuse what is no integer, or too small."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} must be an integer. Received: {value!r}")
    if value < at_least:
        raise ValueError(f"{name} must be {at_least} or more. Received: {value!r}")


def _check_digit(digit):
    """Return `digit` as an int, if it is one of 0 to 9."""
    _check_integer("digit", digit, at_least=0)
    if digit > 9:
        raise ValueError(f"digit must be one of 0 to 9. Received: {digit!r}")
    return int(digit)


def _check_style(digit, style):
    """Return `style`, if the digit is written so."""
    if style not in STYLES[digit]:
        known = ", ".join(STYLES[digit])
        raise ValueError(f"style of digit {digit} must be one of: {known}. Received: {style!r}")
    return style


def _check_labels(labels):
    """Return `labels` as an array `(n,)` of integers from 0 to 9."""
    found = np.asarray(labels)
    if found.ndim != 1:
        raise ValueError(f"labels must be 1-D. Received: shape {found.shape}")
    if found.size == 0:
        return found.astype(int)
    if not np.issubdtype(found.dtype, np.integer):
        raise TypeError(f"labels must be integers. Received: dtype {found.dtype}")
    if found.min() < 0 or found.max() > 9:
        raise ValueError(f"labels must be 0 to 9. Received: {found.min()} to {found.max()}")
    return found.astype(int)


# From the table to curves ---------------------------------------------------------------------


class Template(NamedTuple):
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


def _share_samples(parts):
    """Split SAMPLES among strokes by their lengths."""
    lengths = np.cumsum([_steps(points).sum() for points in parts])
    return np.diff(np.rint(SAMPLES * lengths / lengths[-1]).astype(int), prepend=0)


def _template(style):
    """Turn one entry of STYLES into a `Template`: its strokes one after the other."""
    parts = [_read(stroke) for stroke in style[1:]]
    points, basis = np.zeros((MOST_POINTS, 2)), np.zeros((SAMPLES, MOST_POINTS))
    joined = np.ones(SAMPLES)
    row = column = 0
    for part, count in zip(parts, _share_samples(parts), strict=True):
        rows, columns = slice(row, row + count), slice(column, column + len(part))
        points[columns] = part
        basis[rows, columns] = _catmull_rom(_times(part, count), len(part))
        row, column = rows.stop, columns.stop
        joined[row - 1] = 0
    return Template(points, basis, joined[:-1])


_KEYS = [(digit, style) for digit, styles in STYLES.items() for style in styles]
_ENTRIES = [STYLES[digit][style] for digit, style in _KEYS]
MOST_POINTS = max(sum(len(stroke.split()) for stroke in entry[1:]) for entry in _ENTRIES)
_TEMPLATES = Template(*map(np.stack, zip(*map(_template, _ENTRIES), strict=True)))


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
    "turn": 1,
    "pen": 1,
    "pressure": 3,
    "edge": 1,
}


def _draw_chances(n, seed):
    """Draw all chance in `n` digits: name -> `(n, k)`, uniform for `style`, else normal.

    Only uniform numbers are asked of the generator: they are the same everywhere. The inverse of
    the normal distribution makes them normal; its far tails are cut, lest a digit break.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    uniform = generator.random((n, sum(CHANCES.values())))
    columns = np.split(uniform, np.cumsum(list(CHANCES.values()))[:-1], axis=1)
    chances = dict(zip(CHANCES, columns, strict=True))
    return {k: v if k == "style" else ndtri(0.001 + 0.998 * v) for k, v in chances.items()}


def _share_styles(labels, chance):
    """Choose a style for each digit by their shares: rows `(n,)` of the stacked templates."""
    rows = np.zeros(len(labels), int)
    for digit, styles in STYLES.items():
        mine = labels == digit
        shares = np.cumsum([entry[0] for entry in styles.values()])
        first = _KEYS.index((digit, next(iter(styles))))
        rows[mine] = first + np.searchsorted(shares / shares[-1], chance[mine, 0])
    return rows


def _rows(labels, style):
    """Find the one style asked for: rows `(n,)` of the stacked templates."""
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
    path = _centre(path, lengths * pen)
    edge = hand.edge * np.exp(hand.edge_spread * chance["edge"])  # (n, 1)
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
    """Move the waist up or down, and makes the foot wider or narrower than the head."""
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
    """Matrices `(n, 2, 2)` that widen, slant and turn: `path @ matrix`."""
    width = np.exp(hand.width * chance["width"][:, 0])
    slant = hand.slant + hand.slant_spread * chance["slant"][:, 0]
    turn = hand.turn * chance["turn"][:, 0]
    zero, one, cos, sin = np.zeros_like(turn), np.ones_like(turn), np.cos(turn), np.sin(turn)
    shear = np.stack([width, zero, -slant, one], axis=-1).reshape(-1, 2, 2)
    rotation = np.stack([cos, sin, -sin, cos], axis=-1).reshape(-1, 2, 2)
    return shear @ rotation


def _press(chance, hand):
    """Radius of the pen along the path, `(n, SAMPLES)` in sides of the image."""
    radius = hand.pen / 28 / 2 * np.exp(hand.pen_spread * chance["pen"])
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


def _centre(path, mass):
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
