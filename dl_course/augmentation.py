"""Data augmentation: small changes to an image that leave its label as it is.

The number of axes says what an image is: two are a grey image `(h, w)`, three one image `(h, w, c)` with
at most 4 channels, four a batch `(n, h, w, c)`. A stack `(n, h, w)` of grey images is refused: give it
a channel axis first, `stack[..., None]`.

What comes back is a new array of the same axes and type: uint8 is computed as floats and rounded.
Nothing lies outside the range the input had: pixels in between are found by linear interpolation, which
doesn't overshoot, and noise is clipped at black and white. Whatever is random comes from the
`numpy.random.Generator` that is handed over, and differs from image to image of a batch.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from dl_course import _validate

__all__ = [
    "DIRECTIONS",
    "MODES",
    "cutout",
    "flip",
    "gaussian_noise",
    "mixup",
    "random_crop",
    "rotate",
    "salt_and_pepper",
    "scale",
    "transform",
    "translate",
]

MODES = ("constant", "edge", "reflect", "wrap")
DIRECTIONS = ("horizontal", "vertical")

_SHAPES = ("h, w", "h, w, c", "n, h, w, c")
_MOST_CHANNELS = 4


# Moving pixels -----------------------------------------------------------------------------------


def flip(image: ArrayLike, direction: str = "horizontal") -> np.ndarray:
    """Mirror an image.

    Args:
        image: `(h, w)`, `(h, w, c)` or a batch `(n, h, w, c)`.
        direction: `"horizontal"` swaps left and right, `"vertical"` top and bottom (as Keras says it).

    Returns:
        An array of the same shape and type.

    Raises:
        TypeError: If `image` doesn't hold real numbers.
        ValueError: If `image` is empty, not finite or of another shape, or the direction is unknown.

    Examples:
        >>> flip([[1, 2, 3], [4, 5, 6]]).tolist()
        [[3, 2, 1], [6, 5, 4]]
        >>> flip([[1, 2, 3], [4, 5, 6]], "vertical").tolist()
        [[4, 5, 6], [1, 2, 3]]

    Taught in notebook 07.
    """
    batch = _as_batch(image)
    _validate.choice("direction", direction, DIRECTIONS)
    return _like(image, np.flip(batch, axis=2 if direction == "horizontal" else 1))


def rotate(
    image: ArrayLike,
    degrees: float,
    *,
    keep_size: bool = True,
    mode: str = "constant",
    fill: float = 0,
) -> np.ndarray:
    """Rotate an image about its centre.

    Each pixel (x', y') of the result looks up where it came from: `x = cos·x' - sin·y'`,
    `y = sin·x' + cos·y'`, measured from the centres, x to the right and y downward.

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

    Examples:
        >>> rotate([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 90).tolist()
        [[3, 6, 9], [2, 5, 8], [1, 4, 7]]

    Taught in notebook 07.
    """
    from scipy.special import cosdg, sindg  # degrees: exact at quarter turns

    batch, fill = _prepare(image, mode, fill)
    degrees = _validate.number("degrees", degrees)
    cos, sin = cosdg(degrees), sindg(degrees)
    size = h, w = batch.shape[1:3]
    if not keep_size:
        across = abs(h * cos) + abs(w * sin), abs(h * sin) + abs(w * cos)
        size = tuple(math.ceil(length - 1e-9) for length in across)
    matrix = np.array([[cos, -sin], [sin, cos]])
    return _like(image, _look_up(batch, matrix, size=size, mode=mode, fill=fill))


def translate(
    image: ArrayLike, dx: float, dy: float, *, mode: str = "constant", fill: float = 0
) -> np.ndarray:
    """Translate an image: whole pixels exactly, parts of pixels by linear interpolation.

    Args:
        image: `(h, w)`, `(h, w, c)` or a batch `(n, h, w, c)`.
        dx: How many pixels to the right; negative to the left.
        dy: How many pixels downward; negative upward.
        mode: What comes in from beyond the border, as in `rotate`.
        fill: The number for `"constant"`.

    Returns:
        An array of the same shape and type.

    Raises:
        TypeError: As `rotate`.
        ValueError: As `rotate`.

    Examples:
        >>> translate([[1, 2, 3], [4, 5, 6]], dx=1, dy=0).tolist()
        [[0, 1, 2], [0, 4, 5]]
        >>> translate([[0.0, 1.0, 0.5]], dx=-0.5, dy=0, mode="edge").tolist()
        [[0.5, 0.75, 0.5]]

    Taught in notebook 07.
    """
    batch, fill = _prepare(image, mode, fill)
    shift = _validate.number("dx", dx), _validate.number("dy", dy)
    return _like(image, _look_up(batch, np.eye(2), shift=shift, mode=mode, fill=fill))


def scale(
    image: ArrayLike,
    factor: float,
    *,
    keep_size: bool = True,
    mode: str = "constant",
    fill: float = 0,
) -> np.ndarray:
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
        ValueError: As `rotate`, and if `factor` isn't above 0.

    Examples:
        >>> scale([[4.0, 8.0]], 2, keep_size=False).tolist()
        [[4.0, 5.0, 7.0, 8.0], [4.0, 5.0, 7.0, 8.0]]

    Taught in notebook 07.
    """
    from skimage import transform

    batch, fill = _prepare(image, mode, fill)
    factor = _validate.number("factor", factor, above=0)
    batch = _blur(batch, (1 / factor - 1) / 2)
    if keep_size:
        return _like(image, _look_up(batch, np.eye(2) / factor, mode=mode, fill=fill))
    size = tuple(max(1, round(factor * length)) for length in batch.shape[1:3])
    options = {"order": 1, "mode": "edge", "anti_aliasing": False, "preserve_range": True}
    return _like(image, np.stack([transform.resize(one, size, **options) for one in batch]))


def random_crop(
    image: ArrayLike, size: int | tuple[int, int], *, rng: np.random.Generator
) -> np.ndarray:
    """Cut a piece out of an image at a random place.

    Args:
        image: `(h, w)`, `(h, w, c)` or a batch `(n, h, w, c)`.
        size: Of the piece in pixels, a whole number or a pair `(rows, columns)`.
        rng: A `numpy.random.Generator`; all places are equally likely.

    Returns:
        An array of the same axes and type, `size` high and wide.

    Raises:
        TypeError: If `image` doesn't hold real numbers, `size` no whole numbers, or `rng` is no
            Generator.
        ValueError: If `image` is empty, not finite or of another shape, or the piece doesn't fit.

    Examples:
        >>> random_crop(np.zeros((8, 9, 3)), (4, 5), rng=np.random.default_rng(0)).shape
        (4, 5, 3)

    Taught in notebook 07.
    """
    batch = _as_batch(image)
    rows, columns = _validate.pair("size", size)
    n, h, w, _ = batch.shape
    if rows > h or columns > w:
        raise ValueError(
            f"`size` must not be larger than the image. Received: {(rows, columns)} on {(h, w)}"
        )
    _validate.rng("rng", rng)
    corners = rng.integers((h - rows + 1, w - columns + 1), size=(n, 2))
    pieces = [
        one[top : top + rows, left : left + columns]
        for one, (top, left) in zip(batch, corners, strict=True)
    ]
    return _like(image, np.stack(pieces))


# Changing pixels ---------------------------------------------------------------------------------


def salt_and_pepper(image: ArrayLike, fraction: float, *, rng: np.random.Generator) -> np.ndarray:
    """Turn some pixels white and about as many black, all channels of a pixel together.

    Args:
        image: `(h, w)`, `(h, w, c)` or a batch `(n, h, w, c)`; uint8, or floats in [0, 1].
        fraction: Of the pixels that are hit, on average, from 0 to 1; half of them turn white, half
            black.
        rng: A `numpy.random.Generator`.

    Returns:
        An array of the same shape and type.

    Raises:
        TypeError: If `image` or `fraction` isn't numeric, or `rng` is no Generator.
        ValueError: If `image` is empty or of another shape, or it is unclear what white is; if
            `fraction` is out of range.

    Examples:
        >>> noisy = salt_and_pepper(np.full((100, 100), 0.5), 0.2, rng=np.random.default_rng(0))
        >>> [round(float((noisy == value).mean()), 1) for value in (0, 0.5, 1)]
        [0.1, 0.8, 0.1]

    Taught in notebook 07.
    """
    batch, white = _as_batch(image), _find_white(image)
    fraction = _validate.number("fraction", fraction, at_least=0, at_most=1)
    _validate.rng("rng", rng)
    chance = rng.random((*batch.shape[:3], 1))  # one for each pixel, (n, h, w, 1)
    noisy = np.where(chance < fraction, np.where(chance < fraction / 2, white, 0), batch)
    return _like(image, noisy)


def gaussian_noise(image: ArrayLike, std: float, *, rng: np.random.Generator) -> np.ndarray:
    """Add Gaussian noise to each number, and clip at black and white.

    Args:
        image: `(h, w)`, `(h, w, c)` or a batch `(n, h, w, c)`; uint8, or floats in [0, 1].
        std: Standard deviation of the noise, in the units of `image`: of 255 for uint8, of 1 for floats.
        rng: A `numpy.random.Generator`.

    Returns:
        An array of the same shape and type.

    Raises:
        TypeError: If `image` or `std` isn't numeric, or `rng` is no Generator.
        ValueError: If `image` is empty or of another shape, or it is unclear what white is; if
            `std` is negative.

    Examples:
        >>> noisy = gaussian_noise(np.full((100, 100), 0.5), 0.1, rng=np.random.default_rng(0))
        >>> round(float(noisy.std()), 1)
        0.1

    Taught in notebook 07.
    """
    batch, white = _as_batch(image), _find_white(image)
    std = _validate.number("std", std, at_least=0)
    _validate.rng("rng", rng)
    noisy = batch + rng.normal(0, std, batch.shape)
    return _like(image, np.clip(noisy, 0, white))


def cutout(image: ArrayLike, side: int, *, rng: np.random.Generator, fill: float = 0) -> np.ndarray:
    """Cover a square of an image at a random place.

    Its centre is any pixel, all equally likely; the square may reach over the border, so that often
    less than the whole of it is covered.

    Args:
        image: `(h, w)`, `(h, w, c)` or a batch `(n, h, w, c)`.
        side: Of the square, in pixels.
        rng: A `numpy.random.Generator`.
        fill: The number that covers.

    Returns:
        An array of the same shape and type.

    Raises:
        TypeError: If `image` or `fill` isn't numeric, `side` is no whole number, or `rng` is no
            Generator.
        ValueError: If `image` is empty, not finite or of another shape, `side` isn't positive, or
            `fill` lies outside the range of `image`.

    Examples:
        >>> covered = cutout(np.ones((9, 9)), 3, rng=np.random.default_rng(0))
        >>> int((covered == 0).sum())
        9

    Reference:
        DeVries and Taylor, "Improved regularization of convolutional neural networks with cutout",
        arXiv:1708.04552 (2017).

    Taught in notebook 07.
    """
    batch, fill = _prepare(image, "constant", fill)
    side = _validate.whole("side", side, at_least=1)
    _validate.rng("rng", rng)
    n, h, w, _ = batch.shape
    covered = batch.copy()
    corners = rng.integers((h, w), size=(n, 2)) - side // 2
    for one, (top, left) in zip(covered, corners, strict=True):
        one[max(top, 0) : top + side, max(left, 0) : left + side] = fill
    return _like(image, covered)


def mixup(
    images: ArrayLike, targets: ArrayLike, *, alpha: float = 0.2, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Mix each image with another one of the batch, and their targets in the same proportion.

    `λ·x + (1 - λ)·x'` and `λ·y + (1 - λ)·y'`: the partners are the same batch, shuffled, and one λ,
    drawn from Beta(alpha, alpha), holds for the whole batch, as in the listing of the paper.

    Args:
        images: A batch `(n, h, w, c)`.
        targets: One row for each image, `(n, k)`, mostly one-hot.
        alpha: Above 0. Small: λ is mostly near 0 or 1; 1: all values are equally likely.
        rng: A `numpy.random.Generator`.

    Returns:
        `(images, targets)` of the same shapes and types; targets of whole numbers as float64.

    Raises:
        TypeError: If `images`, `targets` or `alpha` isn't numeric, or `rng` is no Generator.
        ValueError: If `images` or `targets` has another shape, or `alpha` isn't above 0.

    Examples:
        >>> images, targets = np.zeros((4, 8, 8, 1)), np.eye(4)
        >>> mixed, mixed_targets = mixup(images, targets, rng=np.random.default_rng(0))
        >>> mixed.shape, mixed_targets.sum(axis=1).round(6).tolist()
        ((4, 8, 8, 1), [1.0, 1.0, 1.0, 1.0])

    Reference:
        Zhang, Cisse, Dauphin and Lopez-Paz, "mixup: Beyond empirical risk minimization", ICLR 2018.

    Taught in notebook 07.
    """
    x, y = (
        _validate.array("images", images, _SHAPES[-1]),
        _validate.array("targets", targets, "n, k"),
    )
    _validate.shape("targets", y, (len(x), y.shape[1]), "a row for each image")
    alpha = _validate.number("alpha", alpha, above=0)
    _validate.rng("rng", rng)
    lam, partners = rng.beta(alpha, alpha), rng.permutation(len(x))
    mixed = lam * x + (1 - lam) * x[partners]
    mixed = np.clip(mixed, x.min(), x.max())  # rounding may go beyond by a last digit
    return _like(images, mixed), lam * y + (1 - lam) * y[partners]


# Several changes ---------------------------------------------------------------------------------


_flip = flip  # `transform` has an argument of this name


def transform(
    image: ArrayLike,
    *,
    flip: bool = False,
    factor: float = 1.0,
    degrees: float = 0.0,
    dx: float = 0.0,
    dy: float = 0.0,
    noise: float = 0.0,
    mode: str = "constant",
    seed: int = 0,
) -> np.ndarray:
    """Apply `flip`, `scale`, `rotate`, `translate` and `salt_and_pepper` to an image, in this order.

    Args:
        image: `(h, w)`, `(h, w, c)` or a batch `(n, h, w, c)`; uint8, or floats in [0, 1].
        flip: Whether left and right are swapped.
        factor: Above 1 things get larger, below 1 smaller.
        degrees: The angle to rotate by, counter-clockwise.
        dx: How many pixels to the right.
        dy: How many pixels downward.
        noise: Fraction of the pixels that become white or black.
        mode: What comes in from beyond the border: "constant" (black), "edge", "reflect" or "wrap".
        seed: Of the noise.

    Returns:
        An array of the same shape and type; with the default arguments, the same numbers.

    Raises:
        TypeError: If `image` or an argument isn't numeric.
        ValueError: If `image` has another shape, it is unclear what white is, or an argument is out
            of range.

    Examples:
        >>> transform([[0.0, 0.5, 1.0]], flip=True, dx=1).tolist()
        [[0.0, 1.0, 0.5]]

    Taught in notebook 07.
    """
    _validate.choice("flip", flip, (False, True))  # a direction would be taken for True
    result = _flip(image) if flip else image
    result = scale(result, factor, mode=mode)
    result = rotate(result, degrees, mode=mode)
    result = translate(result, dx, dy, mode=mode)
    noise = _validate.number("noise", noise, at_least=0, at_most=1)
    return salt_and_pepper(result, noise, rng=np.random.default_rng(seed)) if noise else result


# Looking up pixels -------------------------------------------------------------------------------


def _look_up(batch, matrix, *, size=None, shift=(0, 0), mode, fill):
    """Give each pixel of the result what lies at `matrix @ (x, y)`, seen from the centres.

    `matrix` is 2 × 2; x goes to the right and y downward, as in `shift`, `(dx, dy)`. `size` is that of
    the result.
    """
    from skimage import transform

    size = size or batch.shape[1:3]
    centre, new_centre = ((np.array([w, h]) - 1) / 2 for h, w in (batch.shape[1:3], size))
    inverse = np.eye(3)
    inverse[:2, :2] = matrix
    inverse[:2, 2] = centre - matrix @ (new_centre + shift)
    # scikit-image's own clipping would cut off what is mixed with a `fill` outside the image's range
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
    _validate.array("image", image, *_SHAPES)
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[2] > _MOST_CHANNELS:
        raise ValueError(
            f"`image` with three axes must be (h, w, c) with at most {_MOST_CHANNELS} channels; for "
            f"grey images (n, h, w) hand over image[..., None]. Received: {image.shape}"
        )
    return {2: image[None, ..., None], 3: image[None], 4: image}[image.ndim]


def _prepare(image, mode, fill):
    """Check what all that fills a border takes; return the batch, and `fill` as it will be used."""
    batch = _as_batch(image)
    _validate.choice("mode", mode, MODES)
    fill = _validate.number("fill", fill, **_find_range(batch))
    return batch, fill if batch.dtype.kind == "f" else round(fill)


def _find_range(batch):
    """What numbers an image of this kind may hold, as limits for `_validate.number`."""
    if batch.dtype.kind in "iu":
        limits = np.iinfo(batch.dtype)
        return {"at_least": limits.min, "at_most": limits.max}
    known = batch.dtype.kind == "b" or (batch.min() >= 0 and batch.max() <= 1)
    return {"at_least": 0, "at_most": 1} if known else {}


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
