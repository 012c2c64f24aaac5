"""Builders of Keras models, uncompiled, and what a model looks like from outside."""

from __future__ import annotations

import math

import keras
from keras import layers, ops

__all__ = [
    "RandomAffine",
    "augmenter",
    "deep_mnist",
    "layer_table",
    "lecture_cnn",
    "lenet",
    "softmax_regression",
]


def softmax_regression(input_shape=(28, 28, 1), classes: int = 10) -> keras.Model:
    """Build the simplest classifier of images: every pixel votes for every class with a weight.

    Args:
        input_shape: `(h, w, c)` of an image.
        classes: How many to choose from.

    Returns:
        An uncompiled model from images `(n, h, w, c)` to logits `(n, classes)`.
    """
    return keras.Sequential(
        [layers.Input(input_shape), layers.Flatten(), layers.Dense(classes)],
        name="softmax_regression",
    )


def lenet(input_shape=(28, 28, 1), classes: int = 10) -> keras.Model:
    """Build a network like LeNet-5: two convolutions with pooling, then three dense layers.

    As in the original but for ReLU and max pooling, which came later.

    Args:
        input_shape: `(h, w, c)` of an image.
        classes: How many to choose from.

    Returns:
        An uncompiled model from images `(n, h, w, c)` to logits `(n, classes)`.

    Reference:
        LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition",
        1998.
    """
    return keras.Sequential(
        [
            layers.Input(input_shape),
            layers.Conv2D(6, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(16, 5, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(120, activation="relu"),
            layers.Dense(84, activation="relu"),
            layers.Dense(classes),
        ],
        name="lenet",
    )


def lecture_cnn(input_shape=(28, 28, 1), classes: int = 10) -> keras.Model:
    """Build the lecture's Deep MNIST network: 5×5×32, pool, 5×5×64, pool, 1024, dropout 0.5.

    Args:
        input_shape: `(h, w, c)` of an image.
        classes: How many to choose from.

    Returns:
        An uncompiled model from images `(n, h, w, c)` to logits `(n, classes)`.
    """
    return keras.Sequential(
        [
            layers.Input(input_shape),
            layers.Conv2D(32, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(1024, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(classes),
        ],
        name="lecture_cnn",
    )


def deep_mnist(input_shape=(28, 28, 1), classes: int = 10, *, width: int = 16) -> keras.Model:
    """Build a small convnet that learns fast: four convolutions, batch normalisation, early pooling.

    Pooling stands before normalisation and ReLU, where a quarter of the numbers are left to work on.

    Args:
        input_shape: `(h, w, c)` of an image, at least 24 pixels high and wide.
        classes: How many to choose from.
        width: Filters of the first convolution; each of the others has twice those of the one before.

    Returns:
        An uncompiled model from images `(n, h, w, c)` to logits `(n, classes)`.

    Raises:
        ValueError: If the images are too small: nothing would be left of them.
    """
    if min(input_shape[:2]) < 24:
        raise ValueError(f"`input_shape` must be at least 24 × 24. Received: {input_shape}")
    return keras.Sequential(
        [
            layers.Input(input_shape),  # (28, 28, 1)
            *_block(width, 5, pool=True),  # (12, 12, 16)
            *_block(2 * width, 3, padding="same", pool=True),  # (6, 6, 32)
            *_block(4 * width, 3),  # (4, 4, 64)
            *_block(8 * width, 3),  # (2, 2, 128)
            layers.Flatten(),  # (512,)
            layers.Dropout(0.1),
            layers.Dense(classes),
        ],
        name="deep_mnist",
    )


def _block(filters, kernel, *, padding="valid", pool=False):
    """Convolution, pooling if asked for, batch normalisation (whose shift is the bias), ReLU."""
    convolution = layers.Conv2D(filters, kernel, padding=padding, use_bias=False)
    pooling = [layers.MaxPooling2D()] if pool else []
    return [convolution, *pooling, layers.BatchNormalization(momentum=0.9), layers.ReLU()]


FLIPS = (None, "horizontal", "vertical", "horizontal_and_vertical")


@keras.saving.register_keras_serializable("dl_course")
class RandomAffine(layers.Layer):
    """Flip, turn, shift, scale and shear each image by chance in training; leave it alone otherwise.

    All of it is one matrix, so that an image is interpolated once only. Chance is uniform.

    Args:
        flip: None, "horizontal", "vertical" or "horizontal_and_vertical": half of the images each.
        rotation: Up to so many degrees, either way.
        shift: Up to so many pixels, in each direction.
        scale: Each side becomes up to this share longer or shorter.
        shear: A row moves sideways up to this much for one row up.
        fill_mode: What comes in from outside, as in `keras.ops.image.affine_transform`: "constant"
            (black), "nearest", "reflect" or "wrap".
        seed: Of the chance.

    Raises:
        ValueError: If a number is out of range or `flip` is unknown.
    """

    def __init__(
        self,
        *,
        flip=None,
        rotation=0,
        shift=0,
        scale=0,
        shear=0,
        fill_mode="constant",
        seed=None,
        **options,
    ):
        super().__init__(**options)
        self.ranges = {"rotation": rotation, "shift": shift, "scale": scale, "shear": shear}
        for name, value in self.ranges.items():
            if not value >= 0 or (name == "scale" and value >= 1):
                limit = "0 or more, below 1" if name == "scale" else "0 or more"
                raise ValueError(f"`{name}` must be {limit}. Received: {value!r}")
        if flip not in FLIPS:
            raise ValueError(
                f"`flip` must be one of {', '.join(map(repr, FLIPS))}. Received: {flip!r}"
            )
        self.flip, self.fill_mode, self.seed = flip, fill_mode, seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images, training=False):
        """Transform images `(n, h, w, c)`, each in its own way."""
        if not training:
            return images
        matrices = self._matrices(ops.shape(images)[0], *images.shape[1:3])
        return ops.image.affine_transform(
            images, matrices, interpolation="bilinear", fill_mode=self.fill_mode
        )

    def _matrices(self, n, height, width):
        """Where each pixel of the result comes from: rows `a, b, c, d, e, f, 0, 0`, `(n, 8)`."""
        angle = self._chance(n, "rotation") * (math.pi / 180)
        shear = self._chance(n, "shear")
        wide = (1 + self._chance(n, "scale")) * self._sign(n, "horizontal")
        high = (1 + self._chance(n, "scale")) * self._sign(n, "vertical")
        cos, sin = ops.cos(angle), ops.sin(angle)
        a, b = cos * wide, (cos * shear - sin) * high
        d, e = sin * wide, (sin * shear + cos) * high
        # The middle stays where it is, but for the shift.
        middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
        c = middle_x - a * middle_x - b * middle_y + self._chance(n, "shift")
        f = middle_y - d * middle_x - e * middle_y + self._chance(n, "shift")
        return ops.stack([a, b, c, d, e, f, ops.zeros_like(a), ops.zeros_like(a)], axis=1)

    def _chance(self, n, name):
        limit = self.ranges[name]
        return keras.random.uniform((n,), -limit, limit, seed=self.generator)

    def _sign(self, n, direction):
        """1 or -1: the side is kept or mirrored."""
        if direction not in (self.flip or ""):
            return 1.0
        return ops.sign(keras.random.uniform((n,), -1, 1, seed=self.generator))

    def get_config(self):
        """Return what `__init__` takes."""
        own = {"flip": self.flip, **self.ranges, "fill_mode": self.fill_mode, "seed": self.seed}
        return {**super().get_config(), **own}


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
    """Build a pipeline of random transformations, active in training only: put it before a network.

    Args:
        flip: None, "horizontal", "vertical" or "horizontal_and_vertical": half of the images each.
        rotation: Up to so many degrees, either way.
        shift: Up to so many pixels, in each direction.
        scale: Each side becomes up to this share longer or shorter.
        shear: A row moves sideways up to this much for one row up.
        noise: Standard deviation of the noise that is added to each number.
        fill_mode: What comes in from outside: "constant" (black), "nearest", "reflect" or "wrap".
        seed: Of the chance.

    Returns:
        A model from images `(n, h, w, c)` to images of the same shape.

    Raises:
        ValueError: If nothing is asked for, or a number is out of range.
    """
    affine = {"rotation": rotation, "shift": shift, "scale": scale, "shear": shear}
    parts = []
    if flip or any(affine.values()):
        parts.append(RandomAffine(flip=flip, **affine, fill_mode=fill_mode, seed=seed))
    if noise:
        parts.append(layers.GaussianNoise(noise, seed=seed))
    if not parts:
        raise ValueError("`augmenter` needs at least one transformation. Received: none")
    return keras.Sequential(parts, name="augmenter")


def layer_table(model: keras.Model) -> list[dict]:
    """Describe each layer of a model: what comes out, what is learned, how much work it is.

    Args:
        model: A built model whose layers follow each other.

    Returns:
        For the input and each layer a dict with `name`, `shape` (of one example's output),
        `parameters`, and `multiply_adds` for one example.

    Raises:
        ValueError: If the model has not been built.
    """
    if not model.built:
        raise ValueError(f"`model` must be built: give it an Input. Received: {model.name}")
    table = [_row("input", model.input_shape[1:], 0, 0)]
    for layer in model.layers:
        shape = tuple(layer.output.shape[1:])
        name = type(layer).__name__.replace("2D", "")
        table.append(_row(name, shape, layer.count_params(), _multiply_adds(layer, shape)))
    return table


def _row(name, shape, parameters, multiply_adds):
    return {
        "name": name,
        "shape": tuple(shape),
        "parameters": parameters,
        "multiply_adds": multiply_adds,
    }


def _multiply_adds(layer, shape):
    """A convolution uses each of its weights at every position, a dense layer once."""
    if isinstance(layer, layers.Conv2D):
        return math.prod(layer.kernel.shape) * math.prod(shape[:2])
    if isinstance(layer, layers.Dense):
        return math.prod(layer.kernel.shape)
    return 0
