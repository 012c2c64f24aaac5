"""A canvas to draw a digit on, and what a network makes of it, stroke by stroke."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dl_course import _validate, handwriting
from dl_course.widgets import _host

if TYPE_CHECKING:
    import anywidget

__all__ = ["digit_canvas"]

DIGITS = tuple("0123456789")


def digit_canvas(classify: Callable, *, names: Sequence[str] = DIGITS) -> anywidget.AnyWidget:
    """Draw a digit with mouse, finger or pen, and see what a network makes of it, stroke by stroke.

    Args:
        classify: Function of images `(1, 28, 28, 1)`, float32 in [0, 1] and laid out as MNIST's are,
            that returns the probability of each class, `(1, k)`.
        names: Names of the `k` classes.

    Returns:
        A widget, to stand on the last line of a cell. Its `strokes` can be set from Python too, as
        `handwriting.rasterize` takes them; `probabilities` (a list) and `error` (a text) follow.

    Raises:
        ImportError: If anywidget is missing; the message says what to install.
        TypeError: If `classify` can't be called.
        ValueError: If `names` is empty.

    Taught in notebook 05.
    """
    if not callable(classify):
        raise TypeError(
            "`classify` must be a function from images to probabilities. "
            f"Received: {_host.kind_of(classify)}"
        )
    if not len(names):
        raise ValueError(f"`names` must hold a name for each class. Received: {names!r}")
    return _canvas_class(*_host.load_anywidget())(classify, names)


def _look(strokes, classify, names):
    """From strokes to the picture `(28, 28)` and the probabilities `(k,)`."""
    picture = handwriting.center(handwriting.rasterize(strokes))
    found = np.asarray(classify(picture[None, :, :, None]))
    _validate.shape("classify(images)", found, (1, len(names)), "one probability for each name")
    if not (found.min() >= 0 and abs(found.sum() - 1) < 0.01):
        raise ValueError(
            "`classify(images)` must be probabilities, from 0 to 1 and 1 in sum; a softmax turns "
            f"logits into them. Received: {np.array2string(found[0], precision=2)}"
        )
    return picture, found[0]


@functools.cache
def _canvas_class(base: Any, traitlets: Any) -> Any:
    """The canvas as a class: defined when needed, since what it is derived from may be missing."""

    class DigitCanvas(base):
        """Strokes that are classified whenever they change."""

        _esm = _host.read_static("digit_canvas.js")
        _css = _host.read_static("theme.css", "bars.css", "digit_canvas.css")
        size = traitlets.Int(handwriting.PAPER).tag(sync=True)
        pen = traitlets.Float(handwriting.PEN).tag(sync=True)
        names = traitlets.List().tag(sync=True)
        strokes = traitlets.List().tag(sync=True)
        picture = traitlets.Bytes(bytes(28 * 28)).tag(sync=True)
        probabilities = traitlets.List().tag(sync=True)
        error = traitlets.Unicode().tag(sync=True)

        def __init__(self, classify, names):
            self._classify = classify
            super().__init__(names=[str(name) for name in names])

        @traitlets.validate("strokes")
        def _as_lists(self, proposal):
            return [np.asarray(stroke).tolist() for stroke in proposal["value"]]

        @traitlets.observe("strokes")
        def _answer(self, change):
            picture, probabilities, error = np.zeros((28, 28)), [], ""
            try:
                if change["new"]:
                    picture, probabilities = _look(change["new"], self._classify, self.names)
            except Exception as failure:  # shown on the canvas: nobody reads a kernel's log
                error = f"{type(failure).__name__}: {failure}"
            with self.hold_sync():
                self.picture, self.error = _host.as_uint8(picture).tobytes(), error
                self.probabilities = [float(probability) for probability in probabilities]

        def __repr__(self):
            return "A canvas to draw a digit on"

    return DigitCanvas
