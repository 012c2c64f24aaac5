"""A picture changed by sliders: `augmentation.transform`, and the calls that would do the same."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from dl_course import augmentation
from dl_course.widgets import _host

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["augmentation_explorer"]

BORDERS = ("constant", "edge", "reflect", "wrap")  # what may lie beyond the border


def augmentation_explorer(image: ArrayLike, *, width: int = 320) -> ipywidgets.HBox:
    """Change a picture by sliders: flip, scale, rotate, shift, noise, and what lies beyond the border.

    Args:
        image: `(h, w)`, `(h, w, 1)` or `(h, w, 3)`; uint8, or floats in [0, 1].
        width: Width of the picture on the screen, in the screen's pixels.

    Returns:
        An ipywidgets box, to stand on the last line of a cell.

    Raises:
        ImportError: If ipywidgets is missing; the message says what to install.
        TypeError: If `image` doesn't hold real numbers.
        ValueError: If `image` has another shape, or black and white are not known.

    Taught in notebook 07.
    """
    widgets = _host.load_ipywidgets()
    _check_picture(image)
    controls = _explorer_controls(widgets, *np.shape(image)[:2])
    picture = widgets.HTML()

    def show(_=None):
        changes = {name: control.value for name, control in controls.items()}
        picture.value = _picture_html(augmentation.transform(image, **changes), changes, width)

    for control in controls.values():
        control.observe(show, names="value")
    show()
    return widgets.HBox([widgets.VBox(list(controls.values())), picture])


def _explorer_controls(widgets, height, width):
    """A control for each argument of `augmentation.transform` but the seed."""
    look = {"style": {"description_width": "8em"}}
    wide, high = width // 2, height // 2
    return {
        "flip": widgets.Checkbox(description="flip left and right", **look),
        "factor": widgets.FloatSlider(1, min=0.5, max=2, step=0.05, description="scale", **look),
        "degrees": widgets.IntSlider(0, -180, 180, 5, description="rotate, degrees", **look),
        "dx": widgets.IntSlider(0, -wide, wide, description="shift x, pixels", **look),
        "dy": widgets.IntSlider(0, -high, high, description="shift y", **look),
        "noise": widgets.FloatSlider(0, min=0, max=0.3, step=0.01, description="noise", **look),
        "mode": widgets.Dropdown(options=BORDERS, description="border", **look),
    }


def _picture_html(image, changes, width):
    """The image with an alternative text, and below it the calls that make it."""
    file = io.BytesIO()
    Image.fromarray(_host.as_uint8(image).squeeze()).save(file, format="png")
    code = base64.b64encode(file.getvalue()).decode()
    calls = _say_changes(**changes)
    style = f"width:{width}px;max-width:none;image-rendering:pixelated"
    return (
        f'<img src="data:image/png;base64,{code}" alt="The picture: {calls}" style="{style}">'
        f"<p><code>{calls}</code></p>"
    )


def _say_changes(flip, factor, degrees, dx, dy, noise, mode):
    """The calls that change something, in their order."""
    border = f", mode='{mode}'" if mode != "constant" else ""
    calls = [
        ("flip()", flip),
        (f"scale({factor:g}{border})", factor != 1),
        (f"rotate({degrees}{border})", degrees != 0),
        (f"translate({dx}, {dy}{border})", dx != 0 or dy != 0),
        (f"salt_and_pepper({noise:g})", noise != 0),
    ]
    return " → ".join(call for call, is_done in calls if is_done) or "unchanged"


def _check_picture(image):
    """Refuse what can't be shown, before there is a widget."""
    shape = np.shape(image)
    if len(shape) not in (2, 3) or shape[2:] not in ((), (1,), (3,)):
        raise ValueError(
            f"`image` must have shape (h, w), (h, w, 1) or (h, w, 3). Received: {shape}"
        )
    augmentation.transform(image, noise=1)  # noise needs to know what white is
