"""Features that are computed once, so that no epoch has to do it again."""

from __future__ import annotations

import keras
import numpy as np

from dl_course.training._callbacks import ProgressBar

__all__ = ["extract_features"]


def extract_features(
    base: keras.Model, images, *, batch_size: int = 32, progress: bool = True
) -> np.ndarray:
    """Compute the features of images with a base that stays as it is: `base.predict`, checked.

    Args:
        base: From images to features `(n, d)`, as `models.pretrained_features` gives it; used in
            inference mode.
        images: `(n, h, w, c)` in [0, 1].
        batch_size: Images at a time.
        progress: Whether to show a bar.

    Returns:
        Features `(n, d)`, float32, also where the base computes with 16 bits (mixed precision).

    Raises:
        ValueError: If there are no images, or they have another size than `base` takes.
    """
    images, wanted = np.asarray(images), base.input_shape[1:]
    if images.shape[1:] != wanted or not len(images):
        raise ValueError(
            f"`images` must have shape (n, {', '.join(map(str, wanted))}), n at least 1. "
            f"Received: {images.shape}"
        )
    callbacks = [ProgressBar()] if progress else []
    features = base.predict(images, batch_size=batch_size, callbacks=callbacks, verbose=0)
    return features.astype("float32", copy=False)
