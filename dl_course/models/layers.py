"""Layers that transform images at random, in training only."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import KerasTensor, layers, ops

from dl_course import _validate

__all__ = ["RandomAffine", "augmenter"]

_FLIPS = (None, "horizontal", "vertical", "horizontal_and_vertical")
_FILL_MODES = ("constant", "nearest", "reflect", "wrap")


@keras.saving.register_keras_serializable("dl_course")
class RandomAffine(layers.Layer):
    """Flip, rotate, translate, scale and shear each image at random in training.

    At inference, images stay as they are. The transformations are combined into one affine map, so
    that each image is interpolated only once. Amounts are drawn from uniform distributions.

    Args:
        flip: None, "horizontal", "vertical" or "horizontal_and_vertical": each with probability 1/2.
        rotation: Largest angle in degrees, either way.
        shift: Largest number of pixels along each axis, before the image is scaled and rotated.
        scale: Width and height are each divided by a number between `1 - scale` and `1 + scale`.
        shear: Largest sideways move of a row, as a fraction of its distance from the middle row.
        fill_mode: What comes in from outside: "constant" (black), "nearest" (the border pixel),
            "reflect" (the image mirrored at its border, border pixel included) or "wrap".
        seed: Seed of the random numbers.

    Raises:
        TypeError: If an amount is not a number.
        ValueError: If an amount is out of range, or `flip` or `fill_mode` is unknown.

    Examples:
        >>> layer = RandomAffine(rotation=15, shift=2)
        >>> tuple(layer(ops.ones((3, 28, 28, 1)), training=True).shape)
        (3, 28, 28, 1)
    """

    def __init__(
        self,
        *,
        flip: str | None = None,
        rotation: float = 0,
        shift: float = 0,
        scale: float = 0,
        shear: float = 0,
        fill_mode: str = "constant",
        seed: int | None = None,
        **options: Any,
    ):
        super().__init__(**options)
        self.ranges = {
            "rotation": _validate.number("rotation", rotation, at_least=0),
            "shift": _validate.number("shift", shift, at_least=0),
            "scale": _validate.number("scale", scale, at_least=0, below=1),
            "shear": _validate.number("shear", shear, at_least=0),
        }
        self.flip = _validate.choice("flip", flip, _FLIPS)
        self.fill_mode = _validate.choice("fill_mode", fill_mode, _FILL_MODES)
        self.seed, self.generator = seed, keras.random.SeedGenerator(seed)

    def call(self, images: KerasTensor, training: bool = False) -> KerasTensor:
        if not training:
            return images
        n, (height, width) = ops.shape(images)[0], images.shape[1:3]
        x, y = self._sources(n, height, width)
        return _interpolate(images, x, y, self.fill_mode)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        own = {"flip": self.flip, **self.ranges, "fill_mode": self.fill_mode, "seed": self.seed}
        return {**super().get_config(), **own}

    def _sources(self, n, height, width):
        """Where each pixel of the results looks: columns and rows, `(n, height, width)` each."""
        angle = self._draw(n, "rotation") * (math.pi / 180)
        shear = self._draw(n, "shear")
        wide = (1 + self._draw(n, "scale")) * self._draw_sign(n, "horizontal")
        high = (1 + self._draw(n, "scale")) * self._draw_sign(n, "vertical")
        cos, sin = ops.cos(angle), ops.sin(angle)
        # Distances from the middle, which stays where it is but for the shift.
        dx = ops.arange(width, dtype="float32") - (width - 1) / 2  # (width,)
        dy = (ops.arange(height, dtype="float32") - (height - 1) / 2)[:, None]  # (height, 1)
        a, b, d, e = (
            factor[:, None, None]  # (n, 1, 1)
            for factor in (
                cos * wide,
                (cos * shear - sin) * high,
                sin * wide,
                (sin * shear + cos) * high,
            )
        )
        shift_x, shift_y = (self._draw(n, "shift")[:, None, None] for _ in range(2))
        x = a * dx + b * dy + (width - 1) / 2 + shift_x
        y = d * dx + e * dy + (height - 1) / 2 + shift_y
        return x, y

    def _draw(self, n, name):
        """An amount for each image, `(n,)`."""
        limit = self.ranges[name]
        return keras.random.uniform((n,), -limit, limit, dtype="float32", seed=self.generator)

    def _draw_sign(self, n, direction):
        """For each image 1, or -1 where it is mirrored."""
        if direction not in (self.flip or ""):
            return 1.0
        drawn = keras.random.uniform((n,), -1, 1, dtype="float32", seed=self.generator)
        return ops.where(drawn < 0, -1.0, 1.0)


def augmenter(
    *,
    flip: str | None = None,
    rotation: float = 0,
    shift: float = 0,
    scale: float = 0,
    shear: float = 0,
    noise: float = 0,
    fill_mode: str = "constant",
    seed: int | None = None,
) -> keras.Sequential:
    """Build a pipeline of random transformations, active in training only, to put before a network.

    Args:
        flip: None, "horizontal", "vertical" or "horizontal_and_vertical": each with probability 1/2.
        rotation: Largest angle in degrees, either way.
        shift: Largest number of pixels along each axis, before the image is scaled and rotated.
        scale: Width and height are each divided by a number between `1 - scale` and `1 + scale`.
        shear: Largest sideways move of a row, as a fraction of its distance from the middle row.
        noise: Standard deviation of the Gaussian noise that is added to each number.
        fill_mode: What comes in from outside: "constant" (black), "nearest", "reflect" or "wrap".
        seed: Seed of the random numbers.

    Returns:
        A model from images `(n, h, w, c)` to images of the same shape.

    Raises:
        TypeError: If an amount is not a number.
        ValueError: If nothing is asked for, or an amount is out of range.

    Examples:
        >>> pipeline = augmenter(rotation=15, noise=0.1)
        >>> [type(layer).__name__ for layer in pipeline.layers]
        ['RandomAffine', 'GaussianNoise']

    Taught in notebook 07.
    """
    affine = {"rotation": rotation, "shift": shift, "scale": scale, "shear": shear}
    parts: list[layers.Layer] = []
    if flip or any(affine.values()):
        parts.append(RandomAffine(flip=flip, **affine, fill_mode=fill_mode, seed=seed))
    if noise:
        parts.append(layers.GaussianNoise(noise, seed=seed))
    if not parts:
        raise ValueError("`augmenter` needs at least one transformation. Received: none")
    return keras.Sequential(parts, name="augmenter")


def _interpolate(images, x, y, fill_mode):
    """The images' values at places between pixels: bilinear, from the four neighbours.

    Gathers alone: they compile with XLA and run on every backend, unlike TensorFlow's own kernel.

    Args:
        images: `(n, h, w, c)`, floating point; h, w and c must be known.
        x: Columns `(n, h', w')`, 0 at the first pixel's centre.
        y: Rows, likewise.
        fill_mode: One of `_FILL_MODES`.

    Returns:
        Images `(n, h', w', c)`.
    """
    height, width, channels = images.shape[1:]
    pixels = ops.reshape(ops.cast(images, "float32"), (-1, channels))  # (n·h·w, c)
    first = ops.arange(ops.shape(images)[0], dtype="int32")[:, None, None] * (height * width)
    left, top = ops.floor(x), ops.floor(y)

    def neighbour(row, column):
        row_inside = _inside(row, height, fill_mode)
        column_inside = _inside(column, width, fill_mode)
        places = ops.cast(row_inside, "int32") * width + ops.cast(column_inside, "int32")
        values = ops.take(pixels, first + places, axis=0)
        if fill_mode != "constant":
            return values
        is_inside = ops.logical_and(row == row_inside, column == column_inside)
        return values * ops.cast(is_inside, "float32")[..., None]

    dx, dy = (x - left)[..., None], (y - top)[..., None]  # from the upper left neighbour
    upper = neighbour(top, left) * (1 - dx) + neighbour(top, left + 1) * dx
    lower = neighbour(top + 1, left) * (1 - dx) + neighbour(top + 1, left + 1) * dx
    return ops.cast(upper * (1 - dy) + lower * dy, images.dtype)


def _inside(places, size, fill_mode):
    """Whole-numbered places along a side of `size` pixels, brought inside it."""
    if fill_mode == "wrap":
        return ops.mod(places, size)
    if fill_mode == "reflect":
        places = ops.mod(places, 2 * size)
        return ops.minimum(places, 2 * size - 1 - places)
    return ops.clip(places, 0, size - 1)
