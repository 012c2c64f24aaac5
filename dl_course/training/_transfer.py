"""Transfer: features that are computed once, and the two parts of a classifier that uses them."""

from __future__ import annotations

import time
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers

from dl_course.training._callbacks import Line, clock

__all__ = ["Features", "Looking", "batch_norms", "extract_features", "split"]


@dataclass(frozen=True)
class Features:
    """What `Batches` needs of a data set, with features `(n, d)` in place of images."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self):
        return len(self.images)


class Looking(keras.callbacks.Callback):
    """One line that says how many batches of pictures have been looked at.

    Args:
        pictures: How many there are.
        batch_size: How many are looked at together.
    """

    def __init__(self, pictures, batch_size):
        super().__init__()
        self.pictures, self.batches, self.line = pictures, -(-pictures // batch_size), Line()

    def on_predict_begin(self, logs=None):
        """Start the clock."""
        self.start = time.perf_counter()

    def on_predict_batch_end(self, batch, logs=None):
        """Update the line."""
        filled = 20 * (batch + 1) // self.batches
        self.line.show(f"looking at {self.pictures} pictures {'█' * filled}{'░' * (20 - filled)}")

    def on_predict_end(self, logs=None):
        """Leave a clean last line."""
        seconds = clock(time.perf_counter() - self.start)
        self.line.show(f"looked at {self.pictures} pictures in {seconds}", last=True)


def extract_features(
    base: keras.Model, images, *, batch_size: int = 32, progress: bool = True
) -> np.ndarray:
    """Compute the features of images once, so that no epoch has to do it again.

    Args:
        base: From images to features `(n, d)`, as `models.pretrained_features` gives it; used in
            inference mode.
        images: `(n, h, w, c)` in [0, 1].
        batch_size: Images at a time.
        progress: Whether to show a bar.

    Returns:
        Features `(n, d)`, float32.

    Raises:
        ValueError: If there are no images, or they have another size than `base` takes.
    """
    images, wanted = np.asarray(images), base.input_shape[1:]
    if images.shape[1:] != wanted or not len(images):
        raise ValueError(
            f"`images` must have shape (n, {', '.join(map(str, wanted))}), n at least 1. "
            f"Received: {images.shape}"
        )
    callbacks = [Looking(len(images), batch_size)] if progress else []
    return base.predict(images, batch_size=batch_size, callbacks=callbacks, verbose=0)


def split(model):
    """The base of a `models.transfer_classifier`, and its head as a model that shares the weights.

    Raises:
        ValueError: If the model is built otherwise.
    """
    if len(model.layers) < 3 or not isinstance(model.layers[1], keras.Model):
        raise ValueError(
            f"`model` must be a models.transfer_classifier. Received: {getattr(model, 'name', model)!r}"
        )
    base = model.layers[1]
    inputs = layers.Input(base.output_shape[1:])
    outputs = inputs
    for layer in model.layers[2:]:
        outputs = layer(outputs)
    return base, keras.Model(inputs, outputs)


def batch_norms(model):
    """Find all batch normalisations of a model, those of the models inside it too.

    Args:
        model: A Keras model.

    Returns:
        An iterator of layers, in their order.
    """
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from batch_norms(layer)
        elif isinstance(layer, layers.BatchNormalization):
            yield layer
