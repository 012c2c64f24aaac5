"""What a model looks like from outside: its layers, its feature maps, where it looks."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import ArrayLike

from dl_course import _validate

__all__ = ["feature_maps", "grad_cam", "layer_table"]


def layer_table(model: keras.Model) -> list[dict[str, Any]]:
    """Describe each layer of a model: the shape of its output, its parameters, its work.

    Args:
        model: A built model whose layers follow each other.

    Returns:
        For the input and each layer a dict with `name`, `shape` (of one example's output),
        `parameters`, and `multiply_adds` for one example (of convolutions and dense layers; 0 for
        the others, whose work is small).

    Raises:
        ValueError: If the model has not been built.

    Examples:
        >>> model = keras.Sequential([layers.Input((8, 8, 1)), layers.Conv2D(4, 3)])
        >>> layer_table(model)[1]
        {'name': 'Conv', 'shape': (6, 6, 4), 'parameters': 40, 'multiply_adds': 1296}

    Taught in notebook 04.
    """
    if not model.built:
        raise ValueError(f"`model` must be built: give it an Input. Received: {model.name}")
    shape = tuple(model.input_shape[1:])
    table = [{"name": "input", "shape": shape, "parameters": 0, "multiply_adds": 0}]
    for layer in model.layers:
        row = {
            "name": type(layer).__name__.replace("2D", ""),
            "shape": tuple(layer.output.shape[1:]),
            "parameters": layer.count_params(),
            "multiply_adds": _multiply_adds(layer),
        }
        table.append(row)
    return table


def _multiply_adds(layer):
    """A convolution uses each of its weights at every position, a dense layer once."""
    if isinstance(layer, (layers.Conv2D, layers.DepthwiseConv2D, layers.Dense)):
        return math.prod(layer.kernel.shape) * math.prod(layer.output.shape[1:-1])
    return 0


def feature_maps(base: keras.Model) -> keras.Model:
    """Cut a base before its global average pooling: what it says of each place of a picture.

    Args:
        base: From images to features; its last layer is global average pooling.

    Returns:
        A model that shares the weights, from images to feature maps `(n, h, w, d)`.

    Raises:
        ValueError: If the last layer is another one, or the layers don't follow each other.

    Taught in notebook 08.
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


def grad_cam(model: keras.Model, images: np.ndarray, labels: ArrayLike) -> np.ndarray:
    """Show which places of each picture speak for a class: Grad-CAM.

    Grad-CAM weights each feature map by the gradient of the logit with respect to it, averaged over
    the map. Here the logit is a weighted sum of the maps' means, so that this gradient is the weight
    divided by the number of places, and no backpropagation is needed. The constant factor is left
    out: the mean of a heat map over the places would be the logit without its bias, but for the
    negative values, which Grad-CAM sets to 0.

    Args:
        model: A `transfer_classifier`.
        images: `(n, h, w, 3)` in [0, 1].
        labels: For each image, the class to ask about, `(n,)`.

    Returns:
        Heat maps `(n, h', w')`, 0 or more, as coarse as the feature maps.

    Raises:
        ValueError: If the model is built otherwise, or there isn't one known label for each image.

    Reference:
        Selvaraju and others, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
        Localization", ICCV 2017.

    Taught in notebook 08.
    """
    base = next((layer for layer in model.layers if isinstance(layer, keras.Model)), None)
    last = model.layers[-1]
    if base is None or not isinstance(last, layers.Dense):
        raise ValueError(f"`model` must be a transfer_classifier. Received: {model.name}")
    classes = _validate.labels("labels", labels, len(images), last.units)
    maps = ops.convert_to_numpy(feature_maps(base)(np.asarray(images), training=False))
    weights = ops.convert_to_numpy(last.kernel)[:, classes]  # (d, n)
    return np.maximum(np.einsum("nhwd,dn->nhw", maps, weights), 0)
