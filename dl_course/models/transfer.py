"""Transfer learning: pretrained bases, a new head on them, and what to freeze."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from dl_course import _validate, runtime
from dl_course.models import _weights

__all__ = ["batch_norms", "patch_network", "pretrained_features", "transfer_classifier"]


def pretrained_features(
    *, image_size: int = 224, alpha: float = 0.25, pretrained: bool = True
) -> keras.Model:
    """Build MobileNet without its last layer: from images to features, learned from ImageNet.

    The weights come from the folder in $DL_COURSE_DATA, from Keras' cache or from a download. If none
    of these has them, a printed line says so, and a small network takes MobileNet's place that was
    trained on patches of scikit-image's photographs (`patch_network`).

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
        TypeError: If `image_size` or `alpha` is not a number.
        ValueError: If there are no weights for this `image_size` or `alpha`.

    Reference:
        Howard and others, "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
        Applications", arXiv:1704.04861 (2017).

    Examples:
        >>> pretrained_features(image_size=128, pretrained=False).output_shape
        (None, 256)

    Taught in notebook 08.
    """
    _validate.choice("image_size", _validate.whole("image_size", image_size), _weights.SIZES)
    alpha = _validate.choice("alpha", _validate.number("alpha", alpha), _weights.ALPHAS)
    if not pretrained:
        return _mobilenet(image_size, alpha)
    found = _weights.fetch_mobilenet(alpha=alpha, image_size=image_size)
    if found is None:
        print(
            "MobileNet's ImageNet weights could not be had: a small network that was trained on "
            "patches of photographs takes its place. Expect less of it."
        )
        return patch_network(image_size)
    path, where = found
    print(f"MobileNet with ImageNet weights: {where}.")
    return _mobilenet(image_size, alpha, weights=path)


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


def patch_network(image_size: int = 224, *, pretrained: bool = True) -> keras.Model:
    """Build the small network that stands in for MobileNet; its weights come with the course.

    It was trained to tell which of 14 photographs a patch was cut from; `data/README.md` says how.

    Args:
        image_size: Height and width of the images; the network resizes them to 96.
        pretrained: False gives random weights that can be trained, for comparison.

    Returns:
        An uncompiled model, frozen if `pretrained`, from images `(n, image_size, image_size, 3)` in
        [0, 1] to features `(n, 96)`.

    Examples:
        >>> patch_network(128).output_shape
        (None, 96)

    Taught in notebook 08.
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


def _strided_block(filters):
    """Half the height and width, then batch normalisation and ReLU."""
    convolution = layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False)
    return [convolution, layers.BatchNormalization(momentum=0.9), layers.ReLU()]


def transfer_classifier(base: keras.Model, classes: int, *, dropout: float = 0.2) -> keras.Model:
    """Put a new last layer on a network that has learned another task.

    As long as the base is frozen, its batch normalisation uses the statistics of the data it was
    trained on, even while the head is trained. When you unfreeze the base to fine-tune it, freeze
    those layers again (`batch_norms`): calling the base with `training=False` is not enough, because
    `fit` overrules it.

    Args:
        base: From images to features `(n, d)`, as `pretrained_features` gives it.
        classes: Number of classes, at least 2.
        dropout: Fraction of the features that are dropped in training.

    Returns:
        An uncompiled model from images to logits `(n, classes)`; its layers are the input, `base`,
        dropout and a dense layer.

    Raises:
        TypeError: If `classes` is not a whole number.
        ValueError: If `base` gives something else than feature vectors, or `classes` is below 2.

    Examples:
        >>> transfer_classifier(patch_network(128), classes=3).output_shape
        (None, 3)

    Taught in notebook 08.
    """
    if len(base.output_shape) != 2:
        raise ValueError(
            f"`base` must give features (n, d). Received: output shape {base.output_shape}"
        )
    classes = _validate.whole("classes", classes, at_least=2)
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

    Examples:
        >>> len(batch_norms(patch_network(128)))
        4

    Taught in notebook 08.
    """
    found: list[layers.BatchNormalization] = []
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            found += batch_norms(layer)
        elif isinstance(layer, layers.BatchNormalization):
            found.append(layer)
    return found
