"""Builders of Keras models, uncompiled, and what a model looks like from outside."""

from __future__ import annotations

import math
import numbers

import keras
import numpy as np
from keras import layers, ops

from dl_course import datasets, runtime

__all__ = [
    "RandomAffine",
    "augmenter",
    "batch_norms",
    "deep_mnist",
    "feature_maps",
    "grad_cam",
    "layer_table",
    "lecture_cnn",
    "lenet",
    "patch_network",
    "pretrained_features",
    "softmax_regression",
    "transfer_classifier",
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
FILL_MODES = ("constant", "nearest", "reflect", "wrap")


def _look_up(images, x, y, fill_mode):
    """The images' values at places between pixels: bilinear, from the four neighbours.

    Gathers alone: they compile with XLA and run on every backend, unlike TensorFlow's own kernel.

    Args:
        images: `(n, h, w, c)`, floating point; h, w and c must be known.
        x: Columns `(n, h', w')`, 0 at the first pixel's centre.
        y: Rows, likewise.
        fill_mode: One of `FILL_MODES`.

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

    to_right, to_bottom = (x - left)[..., None], (y - top)[..., None]
    upper = neighbour(top, left) * (1 - to_right) + neighbour(top, left + 1) * to_right
    lower = neighbour(top + 1, left) * (1 - to_right) + neighbour(top + 1, left + 1) * to_right
    return ops.cast(upper * (1 - to_bottom) + lower * to_bottom, images.dtype)


def _inside(places, size, fill_mode):
    """Whole-numbered places along a side of `size` pixels, brought inside it."""
    if fill_mode == "wrap":
        return ops.mod(places, size)
    if fill_mode == "reflect":
        places = ops.mod(places, 2 * size)
        return ops.minimum(places, 2 * size - 1 - places)
    return ops.clip(places, 0, size - 1)


@keras.saving.register_keras_serializable("dl_course")
class RandomAffine(layers.Layer):
    """Flip, rotate, translate, scale and shear each image at random in training.

    At inference, images stay as they are. All of it is one affine map, so each image is interpolated
    only once. Amounts are drawn from uniform distributions.

    Args:
        flip: None, "horizontal", "vertical" or "horizontal_and_vertical": each happens with probability 1/2.
        rotation: Up to so many degrees, either way.
        shift: Up to this many pixels along each axis, before the image is scaled and rotated.
        scale: Width and height are each divided by a number between `1 - scale` and `1 + scale`.
        shear: A row moves sideways up to this much for one row up.
        fill_mode: What comes in from outside: "constant" (black), "nearest" (the border pixel),
            "reflect" (the image mirrored at its border, border pixel included) or "wrap".
        seed: Seed of the random numbers.

    Raises:
        ValueError: If a number is out of range, or `flip` or `fill_mode` is unknown.
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
        if fill_mode not in FILL_MODES:
            raise ValueError(
                f"`fill_mode` must be one of {', '.join(map(repr, FILL_MODES))}. "
                f"Received: {fill_mode!r}"
            )
        self.flip, self.fill_mode, self.seed = flip, fill_mode, seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images, training=False):
        """Transform images `(n, h, w, c)`, each in its own way."""
        if not training:
            return images
        n, (height, width) = ops.shape(images)[0], images.shape[1:3]
        x, y = self._sources(n, height, width)
        return _look_up(images, x, y, self.fill_mode)

    def compute_output_shape(self, input_shape):
        """Images stay as large as they are."""
        return input_shape

    def _sources(self, n, height, width):
        """Where each pixel of the results looks: columns and rows, `(n, height, width)` each."""
        angle = self._chance(n, "rotation") * (math.pi / 180)
        shear = self._chance(n, "shear")
        wide = (1 + self._chance(n, "scale")) * self._sign(n, "horizontal")
        high = (1 + self._chance(n, "scale")) * self._sign(n, "vertical")
        cos, sin = ops.cos(angle), ops.sin(angle)
        # The middle stays where it is, but for the shift.
        right = ops.arange(width, dtype="float32") - (width - 1) / 2  # (width,)
        down = (ops.arange(height, dtype="float32") - (height - 1) / 2)[:, None]  # (height, 1)
        a, b, d, e = (
            factor[:, None, None]  # (n, 1, 1)
            for factor in (
                cos * wide,
                (cos * shear - sin) * high,
                sin * wide,
                (sin * shear + cos) * high,
            )
        )
        shift_x, shift_y = (self._chance(n, "shift")[:, None, None] for _ in range(2))
        x = a * right + b * down + (width - 1) / 2 + shift_x
        y = d * right + e * down + (height - 1) / 2 + shift_y
        return x, y

    def _chance(self, n, name):
        limit = self.ranges[name]
        return keras.random.uniform((n,), -limit, limit, dtype="float32", seed=self.generator)

    def _sign(self, n, direction):
        """1 or -1: the side is kept or mirrored."""
        if direction not in (self.flip or ""):
            return 1.0
        drawn = keras.random.uniform((n,), -1, 1, dtype="float32", seed=self.generator)
        return ops.where(drawn < 0, -1.0, 1.0)

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
        flip: None, "horizontal", "vertical" or "horizontal_and_vertical": each happens with probability 1/2.
        rotation: Up to so many degrees, either way.
        shift: Up to this many pixels along each axis, before the image is scaled and rotated.
        scale: Width and height are each divided by a number between `1 - scale` and `1 + scale`.
        shear: A row moves sideways up to this much for one row up.
        noise: Standard deviation of the noise that is added to each number.
        fill_mode: What comes in from outside: "constant" (black), "nearest", "reflect" or "wrap".
        seed: Seed of the random numbers.

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


# Transfer learning -------------------------------------------------------------------------------

ALPHAS = (0.25, 0.5, 0.75, 1.0)
SIZES = (128, 160, 192, 224)


def pretrained_features(
    *, image_size: int = 224, alpha: float = 0.25, pretrained: bool = True
) -> keras.Model:
    """Build MobileNet without its last layer: from images to features, learned from ImageNet.

    The weights come from the folder in $DL_COURSE_DATA, from Keras' cache or by a download. If they
    can't be had, a printed line says so, and a small network takes MobileNet's place that was trained
    on patches of scikit-image's photographs (`patch_network`).

    Args:
        image_size: Height and width of the images: 128, 160, 192 or 224.
        alpha: Width of the network: 0.25 (0.2 million weights, quick on a CPU), 0.5, 0.75 or 1.0
            (3.2 million).
        pretrained: False gives MobileNet with random weights that can be trained, for comparison.

    Returns:
        An uncompiled model from images `(n, image_size, image_size, 3)` in [0, 1] to features
        `(n, d)`, which are means of feature maps over the picture. It is frozen, and called
        "mobilenet" or "patch_network".

    Raises:
        ValueError: If there is no such `image_size` or `alpha`.

    Reference:
        Howard and others, "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
        Applications", arXiv:1704.04861 (2017).
    """
    for name, value, choices in (("image_size", image_size, SIZES), ("alpha", alpha, ALPHAS)):
        if value not in choices:
            raise ValueError(f"`{name}` must be one of {choices}. Received: {value!r}")
    if not pretrained:
        return _mobilenet(image_size, alpha)
    found = datasets.fetch_mobilenet(alpha=alpha, image_size=image_size)
    if found is None:
        print(
            "MobileNet's ImageNet weights could not be had: a small network that was trained on "
            "patches of photographs takes its place. Expect less of it."
        )
        return patch_network(image_size)
    path, where = found
    print(f"MobileNet with ImageNet weights: {where}.")
    return _mobilenet(image_size, alpha, weights=path)


def patch_network(image_size: int = 224, *, pretrained: bool = True) -> keras.Model:
    """Build the small network that stands in for MobileNet; its weights come with the course.

    It has learned to say from which of 14 photographs a patch was cut; `data/README.md` says how.

    Args:
        image_size: Height and width of the images, which it resizes to 96.
        pretrained: False gives random weights that can be trained, for comparison.

    Returns:
        An uncompiled model, frozen if `pretrained`, from images `(n, image_size, image_size, 3)` in [0, 1] to
        features `(n, 96)`.
    """
    base = keras.Sequential(
        [
            layers.Input((image_size, image_size, 3)),
            layers.Resizing(96, 96),
            layers.Rescaling(2, offset=-1),
            *(layer for filters in (16, 32, 64, 96) for layer in _strided_block(filters)),
            layers.GlobalAveragePooling2D(),
        ],
        name="patch_network",
    )
    if pretrained:
        with np.load(runtime.data_folder() / "patch_network.npz") as file:
            base.set_weights([file[name].astype("float32") for name in file.files])
        base.trainable = False
    return base


def transfer_classifier(base: keras.Model, classes: int, *, dropout: float = 0.2) -> keras.Model:
    """Put a new last layer on a network that has learned something else.

    As long as the base is frozen, its batch normalisation uses the statistics of the data it comes
    from, in training too. When you unfreeze the base to fine-tune it, freeze those again
    (`batch_norms`): calling the base with `training=False` is not enough, since `fit` overrules it.

    Args:
        base: From images to features `(n, d)`, as `pretrained_features` gives it.
        classes: How many to choose from, at least 2.
        dropout: Share of the features that are left out in training.

    Returns:
        An uncompiled model from images to logits `(n, classes)`; its layers are the input, `base`,
        dropout and a dense layer.

    Raises:
        ValueError: If `base` gives something else than feature vectors, or `classes` is below 2.
    """
    if len(base.output_shape) != 2:
        raise ValueError(
            f"`base` must give features (n, d). Received: output shape {base.output_shape}"
        )
    if not isinstance(classes, numbers.Integral) or classes < 2:
        raise ValueError(f"`classes` must be a whole number, 2 or more. Received: {classes!r}")
    inputs = layers.Input(base.input_shape[1:])
    outputs = layers.Dense(classes)(layers.Dropout(dropout)(base(inputs)))
    return keras.Model(inputs, outputs, name=f"{base.name}_classifier")


def batch_norms(model: keras.Model) -> list[layers.BatchNormalization]:
    """Find the batch normalisation layers of a model, including those of models nested inside it.

    (Not those inside wrappers or other layers of your own.)

    To unfreeze all of a base but these, before `compile`::

        base.trainable = True
        for layer in batch_norms(base):
            layer.trainable = False

    Args:
        model: A Keras model.

    Returns:
        The layers, in their order.
    """
    found = []
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            found += batch_norms(layer)
        elif isinstance(layer, layers.BatchNormalization):
            found.append(layer)
    return found


def feature_maps(base: keras.Model) -> keras.Model:
    """Cut a base before its last step, the means: what each place of a picture says.

    Args:
        base: From images to features; its last layer is global average pooling.

    Returns:
        A model that shares the weights, from images to feature maps `(n, h, w, d)`.

    Raises:
        ValueError: If the last layer is another one, or the layers don't follow each other.
    """
    last = base.layers[-1]
    if not isinstance(base, keras.Sequential) or not isinstance(
        last, layers.GlobalAveragePooling2D
    ):
        raise ValueError(
            "`base` must be a Sequential model that ends with GlobalAveragePooling2D. "
            f"Received: {base.name}, a {type(base).__name__} that ends with {type(last).__name__}"
        )
    return keras.Sequential([layers.Input(base.input_shape[1:]), *base.layers[:-1]])


def grad_cam(model: keras.Model, images, labels) -> np.ndarray:
    """Show which places of each picture speak for a class: Grad-CAM.

    Each feature map counts as much as a logit's slope in it, averaged over the map. Here a logit is a
    weighted sum of the maps' means, so that slope is the weight over the number of places: no
    backpropagation is needed, and the heats, averaged over the picture, are the logit without bias
    (but for the negative ones, which Grad-CAM cuts off).

    Args:
        model: A `transfer_classifier`.
        images: `(n, h, w, 3)` in [0, 1].
        labels: The class that is asked about, for each image, `(n,)`.

    Returns:
        Heats `(n, h', w')`, 0 or more, as coarse as the feature maps.

    Raises:
        ValueError: If the model is built otherwise, or there are not as many labels as images.

    Reference:
        Selvaraju and others, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
        Localization", ICCV 2017.
    """
    base, last = model.layers[1], model.layers[-1]
    if not isinstance(base, keras.Model) or not isinstance(last, layers.Dense):
        raise ValueError(f"`model` must be a transfer_classifier. Received: {model.name}")
    images, labels = np.asarray(images), np.asarray(labels)
    if labels.shape != (len(images),):
        raise ValueError(f"`labels` must have shape {(len(images),)}. Received: {labels.shape}")
    maps = ops.convert_to_numpy(feature_maps(base)(images, training=False))
    weights = ops.convert_to_numpy(last.kernel)[:, labels]  # (d, n)
    return np.maximum(np.einsum("nhwd,dn->nhw", maps, weights), 0)


def _mobilenet(image_size, alpha, weights=None):
    """MobileNet behind a rescaling to [-1, 1] and before the means; frozen if there are weights."""
    shape = (image_size, image_size, 3)
    trunk = keras.applications.MobileNet(
        alpha=alpha, include_top=False, weights=None, input_shape=shape
    )
    if weights is not None:
        trunk.load_weights(weights)
    steps = [layers.Input(shape), layers.Rescaling(2, offset=-1), trunk]
    base = keras.Sequential([*steps, layers.GlobalAveragePooling2D()], name="mobilenet")
    base.trainable = weights is None
    return base


def _strided_block(filters):
    """Half the height and width, then batch normalisation and ReLU."""
    convolution = layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False)
    return [convolution, layers.BatchNormalization(momentum=0.9), layers.ReLU()]


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
