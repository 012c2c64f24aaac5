"""What the loaders share: reading one picture file, and images as floats."""

from __future__ import annotations

import os
import unicodedata
import warnings
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["as_floats", "read_picture", "readable", "resized"]


def read_picture(file: Path | IO[bytes], shape: tuple[int, int]) -> np.ndarray | None:
    """Return a picture's pixels `(h, w, 3)`; None if it is no picture, damaged or far too big."""
    from PIL import Image, ImageOps

    height, width = shape
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about damage that Pillow can read over
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file) as image:
                upright = _on_white(_eight_bits(ImageOps.exif_transpose(image)))
                return np.asarray(upright.resize((width, height), Image.Resampling.BILINEAR))
    except Exception:  # Pillow's many decoders raise almost anything on damaged files
        return None


def _eight_bits(image: Image.Image) -> Image.Image:
    """Bring 16-bit grey, which Pillow would cut off at 255, to 8 bits."""
    if not image.mode.startswith("I"):
        return image
    from PIL import Image

    return Image.fromarray((np.asarray(image).clip(0, 65535) // 256).astype(np.uint8))


def _on_white(image: Image.Image) -> Image.Image:
    """Red, green and blue; transparent parts show white."""
    if image.mode not in ("RGBA", "LA", "PA") and "transparency" not in image.info:
        return image.convert("RGB")
    from PIL import Image

    layer = image.convert("RGBA")
    white = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(white, layer).convert("RGB")


def readable(path: str | os.PathLike[str]) -> str:
    """Return a path's last part as text that can be printed, accented letters in their usual form."""
    name = os.fsencode(Path(path).absolute().name).decode("utf-8", "replace")
    return unicodedata.normalize("NFC", name)


def as_floats(pixels: np.ndarray) -> np.ndarray:
    """Return bytes 0 … 255 as float32 in [0, 1]."""
    return np.divide(pixels, 255, dtype=np.float32)


def resized(image: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return an array stretched to a shape, smoothed first where it shrinks; float32 in [0, 1]."""
    from skimage import transform

    return np.clip(transform.resize(image, shape, anti_aliasing=None), 0, 1, dtype=np.float32)
