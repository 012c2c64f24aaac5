"""Data augmentation: small changes to an image that leave its label as it is.

An image is told by its number of axes: two are a grey image `(h, w)`, three one image `(h, w, c)` with
at most 4 channels, four a batch `(n, h, w, c)`. A stack `(n, h, w)` of grey images is refused: give it
its channel first, `stack[..., None]`.

What comes back is a new array of the same axes and type: uint8 is computed as floats and rounded.
Nothing lies outside the range the input had: pixels in between are found by linear interpolation, which
doesn't overshoot, and noise is cut off at black and white. What is random comes from the
`numpy.random.Generator` that is handed over, and each image of a batch gets its own chance.
"""

from __future__ import annotations

import math
from numbers import Integral, Real

import numpy as np

from dl_course import _validate

__all__ = [
    "cutout",
    "flip",
    "gaussian_noise",
    "mixup",
    "random_crop",
    "rotate",
    "salt_and_pepper",
    "scale",
    "translate",
]

SHAPES = ("h, w", "h, w, c", "n, h, w, c")
MODES = ("constant", "edge", "reflect", "wrap")
DIRECTIONS = ("horizontal", "vertical")
MOST_CHANNELS = 4


# Moving pixels -----------------------------------------------------------------------------------


def flip(image, direction="horizontal"):
    """Mirror an image.

    Args:
        image: `(h, w)`, `(h, w, c)` or a batch `(n, h, w, c)`.
        direction: `"horizontal"` swaps left and right, `"vertical"` top and bottom (as Keras says it).

    Returns:
        An array of the same shape and type.

    Raises:
        TypeError: If `image` doesn't hold real numbers.
        ValueError: If `image` is empty, not finite or of another shape, or the direction is unknown.
    """
    batch = _as_batch(image)
    _check_choice("direction", direction, DIRECTIONS)
    return _like(image, np.flip(batch, axis=2 if direction == "horizontal" else 1))


def rotate(image, degrees, *, keep_size=True, mode="constant", fill=0):
    """Rotate an image about its centre.

    Each pixel of the result looks up where it came from: `x = cos·x' - sin·y'`,
    `y = sin·x' + cos·y'`, counted from the centres, x to the right and y downward.

    Args:
        image: `(h, w)`, `(h, w, c)` or a batch `(n, h, w, c)`.
        degrees: The angle, counter-clockwise. Quarter turns are exact: of a square, `np.rot90`.
        keep_size: True cuts the corners off, False makes the result large enough for all of it.
        mode: What lies beyond the border: `"constant"` (the number `fill`), `"edge"`, `"reflect"` or
            `"wrap"`, as in `numpy.pad` and scikit-image.
        fill: The number for `"constant"`.

    Returns:
        An array of the same type; of the same shape if `keep_size`.

    Raises:
        TypeError: If `image` doesn't hold real numbers, or an argument is no number.
        ValueError: If `image` is empty, not finite or of another shape, `mode` is unknown, or `fill`
            lies outside the range of `image`.
    """
    from scipy.special import cosdg, sindg  # degrees: exact at quarter turns

    batch, fill = _prepare(image, mode, fill)
    degrees = _check_number("degrees", degrees)
    cos, sin = cosdg(degrees), sindg(degrees)
    size = h, w = batch.shape[1:3]
    if not keep_size:
        across = abs(h * cos) + abs(w * sin), abs(h * sin) + abs(w * cos)
        size = tuple(math.ceil(length - 1e-9) for length in across)
    matrix = np.array([[cos, -sin], [sin, cos]])
    return _like(image, _look_up(batch, matrix, size=size, mode=mode, fill=fill))


def translate(image, right, down, *, mode="constant", fill=0):
    """Shift an image; whole pixels exactly, parts of pixels by linear interpolation.

    Args:
        image: `(h, w)`, `(h, w, c)` or a batch `(n, h, w, c)`.
        right: How many pixels to the right; negative to the left.
        down: How many pixels downward; negative upward.
        mode: What comes in from beyond the border, as in `rotate`.
        fill: The number for `"constant"`.

    Returns:
        An array of the same shape and type.

    Raises:
        TypeError: As `rotate`.
        ValueError: As `rotate`.
    """
    batch, fill = _prepare(image, mode, fill)
    shift = _check_number("right", right), _check_number("down", down)
    return _like(image, _look_up(batch, np.eye(2), shift=shift, mode=mode, fill=fill))


def scale(image, factor, *, keep_size=True, mode="constant", fill=0):
    """Enlarge or shrink an image about its centre.

    Before shrinking it is blurred, as scikit-image does it, so that fine patterns don't turn into
    coarse ones: by a Gaussian of standard deviation `(1 / factor - 1) / 2` pixels.

    Args:
        image: `(h, w)`, `(h, w, c)` or a batch `(n, h, w, c)`.
        factor: Above 1 things get larger, below 1 smaller.
        keep_size: True crops or pads the result to the size of `image`; False lets the size be
            `factor` times it, rounded, with no border to fill.
        mode: What comes in from beyond the border, as in `rotate`.
        fill: The number for `"constant"`.

    Returns:
        An array of the same type; of the same shape if `keep_size`.

    Raises:
        TypeError: As `rotate`.
        ValueError: As `rotate`, and if `factor` isn't positive.
    """
    from skimage import transform

    batch, fill = _prepare(image, mode, fill)
    factor = _check_positive("factor", factor)
    batch = _blur(batch, (1 / factor - 1) / 2)
    if keep_size:
        return _like(image, _look_up(batch, np.eye(2) / factor, mode=mode, fill=fill))
    size = tuple(max(1, round(factor * length)) for length in batch.shape[1:3])
    options = {"order": 1, "mode": "edge", "anti_aliasing": False, "preserve_range": True}
    return _like(image, np.stack([transform.resize(one, size, **options) for one in batch]))


def random_crop(image, size, *, random):
    """Cut a piece out of an image at a random place.

    Args:
        image: `(h, w)`, `(h, w, c)` or a batch `(n, h, w, c)`.
        size: Of the piece in pixels, a whole number or a pair `(rows, columns)`.
        random: A `numpy.random.Generator`; all places are equally likely.

    Returns:
        An array of the same axes and type, `size` high and wide.

    Raises:
        TypeError: If `image` doesn't hold real numbers, or `random` is no Generator.
        ValueError: If `image` is empty, not finite or of another shape, or the piece doesn't fit.
    """
    batch = _as_batch(image)
    rows, columns = _validate.pair("size", size)
    n, h, w, _ = batch.shape
    if rows > h or columns > w:
        raise ValueError(
            f"`size` must not be larger than the image. Received: {(rows, columns)} on {(h, w)}"
        )
    _check_random(random)
    corners = random.integers((h - rows + 1, w - columns + 1), size=(n, 2))
    pieces = [
        one[top : top + rows, left : left + columns]
        for one, (top, left) in zip(batch, corners, strict=True)
    ]
    return _like(image, np.stack(pieces))


# Changing pixels ---------------------------------------------------------------------------------


def salt_and_pepper(image, share, *, random):
    """Turn some pixels white and about as many black, all channels of a pixel together.

    Args:
        image: `(h, w)`, `(h, w, c)` or a batch `(n, h, w, c)`; uint8, or floats in [0, 1].
        share: The chance of a pixel to be hit, from 0 to 1; half of those turn white, half black.
        random: A `numpy.random.Generator`.

    Returns:
        An array of the same shape and type.

    Raises:
        TypeError: If `image` or `share` isn't numeric, or `random` is no Generator.
        ValueError: If `image` is empty or of another shape, or it can't be told what white is; if
            `share` is out of range.
    """
    batch, white = _as_batch(image), _find_white(image)
    share = _check_number("share", share, 0, 1)
    _check_random(random)
    chance = random.random((*batch.shape[:3], 1))  # one for each pixel, (n, h, w, 1)
    noisy = np.where(chance < share, np.where(chance < share / 2, white, 0), batch)
    return _like(image, noisy)


def gaussian_noise(image, std, *, random):
    """Add normally distributed noise to each number, and cut off at black and white.

    Args:
        image: `(h, w)`, `(h, w, c)` or a batch `(n, h, w, c)`; uint8, or floats in [0, 1].
        std: Standard deviation of the noise, in the units of `image`: of 255 for uint8, of 1 for floats.
        random: A `numpy.random.Generator`.

    Returns:
        An array of the same shape and type.

    Raises:
        TypeError: If `image` or `std` isn't numeric, or `random` is no Generator.
        ValueError: If `image` is empty or of another shape, or it can't be told what white is; if
            `std` is negative.
    """
    batch, white = _as_batch(image), _find_white(image)
    std = _check_number("std", std, 0)
    _check_random(random)
    noisy = batch + random.normal(0, std, batch.shape)
    return _like(image, np.clip(noisy, 0, white))


def cutout(image, side, *, random, fill=0):
    """Cover a square of an image at a random place.

    Its centre is any pixel, all equally likely; what hangs over the border is lost, so that often less
    than a whole square is covered.

    Args:
        image: `(h, w)`, `(h, w, c)` or a batch `(n, h, w, c)`.
        side: Of the square, in pixels.
        random: A `numpy.random.Generator`.
        fill: The number that covers.

    Returns:
        An array of the same shape and type.

    Raises:
        TypeError: If `image` or `fill` isn't numeric, or `random` is no Generator.
        ValueError: If `image` is empty, not finite or of another shape, `side` isn't a positive whole
            number, or `fill` lies outside the range of `image`.

    Reference:
        DeVries and Taylor, "Improved regularization of convolutional neural networks with cutout",
        arXiv:1708.04552 (2017).
    """
    batch, fill = _prepare(image, "constant", fill)
    side = _check_side(side)
    _check_random(random)
    n, h, w, _ = batch.shape
    covered = batch.copy()
    corners = random.integers((h, w), size=(n, 2)) - side // 2
    for one, (top, left) in zip(covered, corners, strict=True):
        one[max(top, 0) : top + side, max(left, 0) : left + side] = fill
    return _like(image, covered)


def mixup(images, targets, *, alpha=0.2, random):
    """Mix each image with another one of the batch, and their targets in the same proportion.

    `share·x + (1 - share)·x'` and `share·y + (1 - share)·y'`: the partners are the same batch,
    shuffled, and one share, drawn from Beta(alpha, alpha), holds for the whole batch, as in the
    listing of the paper.

    Args:
        images: A batch `(n, h, w, c)`.
        targets: One-hot, `(n, k)`, or what else adds up to 1 in each row.
        alpha: Above 0. Small: the shares are near 0 or 1; 1: all are equally likely.
        random: A `numpy.random.Generator`.

    Returns:
        `(images, targets)` of the same shapes and types; targets of whole numbers as float64.

    Raises:
        TypeError: If `images`, `targets` or `alpha` isn't numeric, or `random` is no Generator.
        ValueError: If a shape is another, `targets` don't add up to 1, or `alpha` isn't positive.

    Reference:
        Zhang, Cisse, Dauphin and Lopez-Paz, "mixup: Beyond empirical risk minimization", ICLR 2018.
    """
    _validate.array("images", images, SHAPES[-1])
    images = np.asarray(images)
    targets = _check_targets(targets, len(images))
    alpha = _check_positive("alpha", alpha)
    _check_random(random)
    share, partners = random.beta(alpha, alpha), random.permutation(len(images))
    mixed = share * images + (1 - share) * images[partners]
    mixed = np.clip(mixed, images.min(), images.max())  # rounding may go beyond by a last digit
    return _like(images, mixed), share * targets + (1 - share) * targets[partners]


# Looking up pixels -------------------------------------------------------------------------------


def _look_up(batch, matrix, *, size=None, shift=(0, 0), mode, fill):
    """Give each pixel of the result what lies at `matrix @ (x, y)`, seen from the centres.

    `matrix` is 2 × 2; (x, y) goes right and down, and so does `shift`. `size` is that of the result.
    """
    from skimage import transform

    size = size or batch.shape[1:3]
    centre, new_centre = ((np.array([w, h]) - 1) / 2 for h, w in (batch.shape[1:3], size))
    inverse = np.eye(3)
    inverse[:2, :2] = matrix
    inverse[:2, 2] = centre - matrix @ (new_centre + shift)
    # scikit-image's own clipping would cut off mixtures with a `fill` outside the image's range
    options = {"order": 1, "mode": mode, "cval": fill, "clip": False, "preserve_range": True}
    images = [
        transform.warp(one, inverse, output_shape=size, **options)
        for one in batch.astype(np.float64)
    ]
    beyond = (fill,) if mode == "constant" else ()
    return np.clip(images, min((batch.min(), *beyond)), max((batch.max(), *beyond)))


def _blur(batch, std):
    """Blur each channel of each image by a Gaussian; `batch` itself if `std` is not above 0."""
    from scipy import ndimage

    if std <= 0:
        return batch
    return ndimage.gaussian_filter(batch.astype(np.float64), (0, std, std, 0), mode="nearest")


def _like(image, batch):
    """Return a new array with the axes and the type of `image`."""
    image = np.asarray(image)
    if image.dtype.kind != "f" and batch.dtype.kind == "f":
        batch = np.rint(batch)
    batch = batch.astype(image.dtype)
    return {2: batch[0, :, :, 0], 3: batch[0], 4: batch}[image.ndim]


# Checks ------------------------------------------------------------------------------------------


def _as_batch(image):
    """Check an image; return it as `(n, h, w, c)`, of its own type."""
    _validate.array("image", image, *SHAPES)
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[2] > MOST_CHANNELS:
        raise ValueError(
            f"`image` with three axes must be (h, w, c) with at most {MOST_CHANNELS} channels; for "
            f"grey images (n, h, w) hand over image[..., None]. Received: {image.shape}"
        )
    return {2: image[None, ..., None], 3: image[None], 4: image}[image.ndim]


def _prepare(image, mode, fill):
    """Check what all that fills a border takes; return the batch, and `fill` as it will be used."""
    batch = _as_batch(image)
    _check_choice("mode", mode, MODES)
    fill = _check_number("fill", fill, *_find_range(batch))
    return batch, fill if batch.dtype.kind == "f" else round(fill)


def _find_range(batch):
    """What numbers an image of this kind may hold: `(lowest, highest)`."""
    if batch.dtype.kind in "iu":
        limits = np.iinfo(batch.dtype)
        return limits.min, limits.max
    known = batch.dtype.kind == "b" or (batch.min() >= 0 and batch.max() <= 1)
    return (0, 1) if known else (-math.inf, math.inf)


def _find_white(image):
    """The number for white; black is 0."""
    image = np.asarray(image)
    if image.dtype == np.uint8:
        return 255
    if image.dtype.kind == "f" and image.min() >= 0 and image.max() <= 1:
        return 1
    raise ValueError(
        "`image` must be uint8, or floats from 0 to 1, so that black and white are known. "
        f"Received: {image.dtype} from {image.min()} to {image.max()}"
    )


def _check_choice(name, value, choices):
    if not (isinstance(value, str) and value in choices):
        words = ", ".join(f'"{choice}"' for choice in choices)
        raise ValueError(f"`{name}` must be one of {words}. Received: {value!r}")


def _check_number(name, value, low=-math.inf, high=math.inf):
    """Return a finite number from `low` to `high`."""
    if not isinstance(value, Real) or isinstance(value, (bool, np.bool_)):
        raise TypeError(f"`{name}` must be a number. Received: {value!r}")
    if not (math.isfinite(value) and low <= value <= high):
        limits = f"from {low} to {high}" if math.isfinite(high) else f"at least {low}"
        wanted = "finite" if low == -math.inf else limits
        raise ValueError(f"`{name}` must be {wanted}. Received: {value!r}")
    return float(value)


def _check_positive(name, value):
    if _check_number(name, value) <= 0:
        raise ValueError(f"`{name}` must be positive. Received: {value!r}")
    return float(value)


def _check_side(side):
    if not isinstance(side, Integral) or side < 1:
        raise ValueError(f"`side` must be a positive whole number. Received: {side!r}")
    return int(side)


def _check_random(random):
    if not isinstance(random, np.random.Generator):
        raise TypeError(
            "`random` must be a numpy.random.Generator, such as np.random.default_rng(seed). "
            f"Received: {random!r}"
        )


def _check_targets(targets, n):
    """Return the targets as an array `(n, k)`."""
    targets = _validate.array("targets", targets, "n, k")
    if len(targets) != n:
        raise ValueError(
            f"`targets` must have a row for each of {n} images. Received: {len(targets)}"
        )
    sums = targets.sum(axis=1)
    if targets.min() < 0 or not np.allclose(sums, 1, rtol=0, atol=1e-3):
        raise ValueError(
            "`targets` must be one-hot, or shares that add up to 1 in each row. "
            f"Received: {targets[np.argmax(np.abs(sums - 1))]!r}"
        )
    return targets
