"""Things to touch, each over one function below. Where no browser is, the first picture stays."""

from __future__ import annotations

import numpy as np

from dl_course import convolution

__all__ = ["convolution_stepper", "step_html"]


def convolution_stepper(image, kernel, *, stride: int = 1, padding: int = 0):
    """Step a window over an image: buttons to play, stop and repeat, a slider, and a speed.

    Args:
        image: `(h, w)`, small enough to read its numbers.
        kernel: `(kh, kw)`.
        stride: How far the window moves at a time.
        padding: Zeros on every side.

    Returns:
        An ipywidgets box to end a cell with.

    Raises:
        ImportError: If ipywidgets is missing; the message says what to install.
    """
    widgets = _ipywidgets()
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


def step_html(image, kernel, step: int, *, stride: int = 1, padding: int = 0) -> str:
    """Write one position of the window as HTML: the input, the products and the sum, the output.

    Args:
        image: `(h, w)`.
        kernel: `(kh, kw)`.
        step: Which position, counted from 0 along the rows.
        stride: How far the window moves at a time.
        padding: Zeros on every side.

    Returns:
        Tables beside each other.

    Raises:
        ValueError: If there is no such position.
    """
    padded, kernel = convolution.pad(image, padding), np.asarray(kernel)
    output = convolution.correlate(padded, kernel, stride=stride)
    if not 0 <= step < output.size:
        raise ValueError(f"`step` must be from 0 to {output.size - 1}. Received: {step!r}")
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


def _ipywidgets():
    try:
        import ipywidgets
    except ImportError:
        raise ImportError(
            "This needs ipywidgets. Install it with: pip install ipywidgets, then restart the kernel."
        ) from None
    return ipywidgets
