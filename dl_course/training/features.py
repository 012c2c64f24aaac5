"""Features that are computed once, so that no epoch has to do it again."""

from __future__ import annotations

import keras
import numpy as np

from dl_course.training.callbacks import ProgressBar

__all__ = ["extract_features"]


def extract_features(
    base: keras.Model, images: np.ndarray, *, batch_size: int = 32, progress: bool = True
) -> np.ndarray:
    """Compute the features of images with a frozen base: `base.predict`, with a check of the size.

    Args:
        base: From images to features `(n, d)`, as `models.pretrained_features` gives it; it runs in
            inference mode.
        images: `(n, h, w, c)` in [0, 1].
        batch_size: Images at a time.
        progress: Whether to show a bar.

    Returns:
        Features `(n, d)`, float32, also where the base computes with 16 bits (mixed precision).

    Raises:
        ValueError: If there are no images, or they have another size than `base` takes.

    Taught in notebook 08.
    """
    images, wanted = np.asarray(images), base.input_shape[1:]
    fits = images.ndim == 1 + len(wanted) and all(
        size in (None, length) for size, length in zip(wanted, images.shape[1:], strict=True)
    )
    if not fits or not len(images):
        raise ValueError(
            f"`images` must have shape (n, {', '.join(map(str, wanted))}), n at least 1. "
            f"Received: {images.shape}"
        )
    callbacks = [ProgressBar()] if progress else []
    features = base.predict(images, batch_size=batch_size, callbacks=callbacks, verbose=0)
    return features.astype("float32", copy=False)
