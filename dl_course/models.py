"""Builders of Keras models, uncompiled, and what a model looks like from outside."""

from __future__ import annotations

import math

import keras
from keras import layers

__all__ = ["layer_table", "lecture_cnn", "lenet"]


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
