"""What every widget needs of its surroundings: the libraries, the static files, images as bytes."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["as_uint8", "kind_of", "load_anywidget", "load_ipywidgets", "read_static"]

STATIC = Path(__file__).parent / "static"


def load_anywidget() -> tuple[Any, Any]:
    """Return the class of all anywidgets and the module traitlets, or say what to install."""
    return _load("anywidget").AnyWidget, _load("traitlets", package="anywidget")


def load_ipywidgets() -> ModuleType:
    """Import ipywidgets, or say what to install."""
    return _load("ipywidgets")


def _load(name, package=None):
    package = package or name
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ImportError(
            f"This needs {package}. Install it with: pip install {package}, then restart the kernel."
        ) from None


def read_static(*names: str) -> str:
    """Read files of `static/`, one after the other, as one text."""
    return "\n".join((STATIC / name).read_text(encoding="utf-8") for name in names)


def as_uint8(images: ArrayLike) -> np.ndarray:
    """Turn numbers in [0, 1] into whole numbers from 0 to 255; uint8 stays as it is."""
    images = np.asarray(images)
    if images.dtype == np.uint8:
        return images
    return np.rint(255 * np.clip(images, 0, 1)).astype(np.uint8)


def kind_of(thing: Any) -> str:
    """Say what a thing is, in a word or two: a class itself is not an instance of it."""
    return f"the class {thing.__name__}" if isinstance(thing, type) else type(thing).__name__
