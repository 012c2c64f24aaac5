"""A window that steps over an image: what `convolution.correlate` computes, place by place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from dl_course import _validate, convolution
from dl_course.widgets import _host

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["convolution_stepper", "step_html"]


def convolution_stepper(
    image: ArrayLike, kernel: ArrayLike, *, stride: int = 1, padding: int = 0
) -> ipywidgets.VBox:
    """Step a window over an image: buttons to play, stop and repeat, a slider, and a speed.

    Args:
        image: `(h, w)`, small enough to read its numbers.
        kernel: `(kh, kw)`.
        stride: How far the window moves at a time.
        padding: Zeros on every side.

    Returns:
        An ipywidgets box, to stand on the last line of a cell.

    Raises:
        ImportError: If ipywidgets is missing; the message says what to install.
        TypeError: As `convolution.correlate`.
        ValueError: As `convolution.correlate`.

    Taught in notebook 03.
    """
    widgets = _host.load_ipywidgets()
    steps = convolution.correlate(convolution.pad(image, padding), kernel, stride=stride).size
    play = widgets.Play(min=0, max=steps - 1, interval=800)
    slider = widgets.IntSlider(min=0, max=steps - 1, description="position")
    speed = widgets.Dropdown(options=[("slow", 1500), ("medium", 800), ("fast", 250)], value=800)
    picture = widgets.HTML(step_html(image, kernel, 0, stride=stride, padding=padding))

    def show(change):
        picture.value = step_html(image, kernel, change["new"], stride=stride, padding=padding)

    slider.observe(show, names="value")
    widgets.jslink((play, "value"), (slider, "value"))
    widgets.dlink((speed, "value"), (play, "interval"))
    return widgets.VBox([widgets.HBox([play, slider, speed]), picture])


def step_html(
    image: ArrayLike, kernel: ArrayLike, step: int, *, stride: int = 1, padding: int = 0
) -> str:
    """Write one position of the window as HTML: the input, the products and their sum, the output.

    Args:
        image: `(h, w)`.
        kernel: `(kh, kw)`.
        step: Which position, counted from 0 along the rows.
        stride: How far the window moves at a time.
        padding: Zeros on every side.

    Returns:
        Three tables beside each other, and below them the products and their sum.

    Raises:
        TypeError: If `step` is not a whole number.
        ValueError: If there is no such position.

    Examples:
        >>> html = step_html([[1, 2], [3, 4]], [[1, 0], [0, 1]], 0)
        >>> html[html.rindex("<p>") :]
        '<p>1·1 + 2·0 + 3·0 + 4·1 = <b>5</b></p>'
    """
    padded, kernel = convolution.pad(image, padding), np.asarray(kernel)
    output = convolution.correlate(padded, kernel, stride=stride)
    step = _validate.whole("step", step, at_least=0, at_most=output.size - 1)
    place = np.unravel_index(step, output.shape)
    top, left = stride * np.array(place)
    window = padded[top : top + kernel.shape[0], left : left + kernel.shape[1]]
    pairs = zip(window.ravel(), kernel.ravel(), strict=True)
    products = " + ".join(f"{pixel:g}·{weight:g}" for pixel, weight in pairs)
    is_seen = np.zeros(padded.shape, bool)
    is_seen[top : top + kernel.shape[0], left : left + kernel.shape[1]] = True
    is_new = np.arange(output.size).reshape(output.shape) == step
    is_hidden = np.arange(output.size).reshape(output.shape) > step
    tables = [
        _table(padded, "input", is_seen),
        _table(kernel, "kernel", np.ones(kernel.shape, bool)),
        _table(output, "output", is_new, is_hidden),
    ]
    return (
        f'<div style="display:flex;gap:2em;align-items:center">{"".join(tables)}</div>'
        f"<p>{products} = <b>{output[place]:g}</b></p>"
    )


def _table(numbers, title, is_marked, is_hidden=None):
    """A table of numbers, some marked by colour and frame, some hidden."""
    is_hidden = np.zeros(numbers.shape, bool) if is_hidden is None else is_hidden
    rows = []
    for values, marks, blanks in zip(numbers, is_marked, is_hidden, strict=True):
        cells = zip(values, marks, blanks, strict=True)
        rows.append("<tr>" + "".join(_cell(*cell) for cell in cells) + "</tr>")
    caption = f'<caption style="caption-side:top;text-align:center">{title}</caption>'
    return f'<table style="border-collapse:collapse">{caption}{"".join(rows)}</table>'


def _cell(value, is_marked, is_hidden):
    look = (
        "background:#fbe0c8;color:#222;border:2px solid #D55E00"
        if is_marked
        else "border:1px solid #bbb"
    )
    text = "" if is_hidden else f"{value:g}"
    return f'<td style="width:2em;height:2em;text-align:center;{look}">{text}</td>'
