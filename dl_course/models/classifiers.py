"""Classifiers of small images, from a single dense layer to a modern convnet."""

from __future__ import annotations

import keras
from keras import layers

__all__ = ["deep_mnist", "lenet", "softmax_regression", "wide_lenet"]


def softmax_regression(
    input_shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10
) -> keras.Model:
    """Build the simplest classifier of images: one dense layer, a weight per pixel and class.

    Args:
        input_shape: `(h, w, c)` of an image.
        classes: Number of classes.

    Returns:
        An uncompiled model from images `(n, h, w, c)` to logits `(n, classes)`.

    Examples:
        >>> softmax_regression().count_params() == 28 * 28 * 10 + 10
        True

    Taught in notebook 05.
    """
    return keras.Sequential(
        [layers.Input(input_shape), layers.Flatten(), layers.Dense(classes)],
        name="softmax_regression",
    )


def lenet(input_shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10) -> keras.Model:
    """Build a network like LeNet-5: two convolutions with pooling, then three dense layers.

    It differs from the original in ReLU and max pooling, which became usual later.

    Args:
        input_shape: `(h, w, c)` of an image.
        classes: Number of classes.

    Returns:
        An uncompiled model from images `(n, h, w, c)` to logits `(n, classes)`.

    Reference:
        LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition",
        Proceedings of the IEEE 86 (1998).

    Examples:
        >>> lenet().count_params()
        61706

    Taught in notebook 04.
    """
    return keras.Sequential(
        [
            layers.Input(input_shape),  # (28, 28, 1)
            layers.Conv2D(6, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(),  # (14, 14, 6)
            layers.Conv2D(16, 5, activation="relu"),  # (10, 10, 16)
            layers.MaxPooling2D(),  # (5, 5, 16)
            layers.Flatten(),  # (400,)
            layers.Dense(120, activation="relu"),
            layers.Dense(84, activation="relu"),
            layers.Dense(classes),
        ],
        name="lenet",
    )


def wide_lenet(input_shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10) -> keras.Model:
    """Build the lecture's network: LeNet with more kernels, one dense layer of 1024, and dropout.

    Args:
        input_shape: `(h, w, c)` of an image.
        classes: Number of classes.

    Returns:
        An uncompiled model from images `(n, h, w, c)` to logits `(n, classes)`.

    Examples:
        >>> wide_lenet().count_params()
        3274634

    Taught in notebook 05.
    """
    return keras.Sequential(
        [
            layers.Input(input_shape),  # (28, 28, 1)
            layers.Conv2D(32, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(),  # (14, 14, 32)
            layers.Conv2D(64, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(),  # (7, 7, 64)
            layers.Flatten(),  # (3136,)
            layers.Dense(1024, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(classes),
        ],
        name="wide_lenet",
    )


def deep_mnist(
    input_shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10, *, width: int = 16
) -> keras.Model:
    """Build a small convnet that learns fast: four convolutions, batch normalisation, early pooling.

    Pooling comes before normalisation and ReLU, which then work on a quarter of the numbers.

    Args:
        input_shape: `(h, w, c)` of an image, at least 24 pixels high and wide.
        classes: Number of classes.
        width: Filters of the first convolution; each later one has twice as many as the one before.

    Returns:
        An uncompiled model from images `(n, h, w, c)` to logits `(n, classes)`.

    Raises:
        ValueError: If the images are smaller than 24 × 24: no pixel would be left of them.

    Examples:
        >>> deep_mnist().output_shape
        (None, 10)
        >>> deep_mnist().count_params()
        103258

    Taught in notebook 05.
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
