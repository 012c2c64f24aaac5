"""Things to touch, each over one function below. Where no browser is, the first picture stays."""

from __future__ import annotations

import functools
import numbers
from pathlib import Path

import numpy as np

from dl_course import convolution, drawings, handwriting, plots

__all__ = [
    "convolution_stepper",
    "digit_canvas",
    "digit_still",
    "human_against_network",
    "sample_strokes",
    "step_html",
]

DIGITS = tuple("0123456789")
PAPER, PEN = 280, 22  # side of the paper and width of the pen, in pixels of the screen

# Convolution -------------------------------------------------------------------------------------


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


# Digits drawn by hand ----------------------------------------------------------------------------


def digit_canvas(classify, *, names=DIGITS):
    """Draw a digit with mouse, finger or pen, and see what a network makes of it, stroke by stroke.

    Args:
        classify: Function of images `(1, 28, 28, 1)`, float32 in [0, 1] and laid out as MNIST's,
            that returns the probability of each class, `(1, n)`.
        names: Names of the `n` classes.

    Returns:
        A widget to end a cell with. Its `strokes` can be set from Python too, as `rasterize` takes
        them; `probabilities` (a list) and `error` (a text) follow.

    Raises:
        ImportError: If anywidget is missing; the message says what to install.
        TypeError: If `classify` can't be called.
        ValueError: If `names` is empty.
    """
    _check_callable(classify)
    if not len(names):
        raise ValueError(f"`names` must hold a name for each class. Received: {names!r}")
    return _canvas_class(*_anywidget())(classify, names)


def digit_still(strokes, classify, *, names=DIGITS, right: int | None = None):
    """Draw what the canvas shows: the strokes, what the network sees, and what it says.

    Args:
        strokes: List of strokes on a paper of 280 x 280 pixels, as `rasterize` takes them.
        classify: Function of images `(1, 28, 28, 1)` that returns probabilities `(1, n)`.
        names: Names of the `n` classes.
        right: The class that is right; its bar is in another colour.

    Returns:
        Array of three axes.

    Raises:
        TypeError: If `classify` can't be called.
        ValueError: If `strokes` has another shape, or `classify` returns no probabilities.
    """
    _check_callable(classify)
    drawing, picture, probabilities = _look(strokes, classify, names)
    axes = plots.panels(3, width=9, height=2.9, width_ratios=[1, 1, 1.1])
    shown = {"your drawing": drawing, "what the network sees": picture}
    for ax, (title, ink) in zip(axes[:2], shown.items(), strict=True):
        ax.imshow(ink, cmap="gray", vmin=0, vmax=1)
        ax.set(title=title, xticks=[], yticks=[])
    plots.probability_bars(probabilities, names, ax=axes[2], right=right)
    axes[2].set_title("what the network says")
    return axes


def sample_strokes(digit: int = 3, style: str | None = None):
    """Return a drawing for want of one: a digit of `handwriting`, in the middle of the paper.

    Args:
        digit: From 0 to 9.
        style: One of `handwriting.style_names(digit)`, by default the first.

    Returns:
        List of strokes `(m, 2)`, 200 pixels high on a paper of 280 x 280.

    Raises:
        TypeError: If `digit` is no integer.
        ValueError: If `digit` is not one of 0 to 9, or has no style of that name.
    """
    strokes = handwriting.strokes(digit, style or handwriting.style_names(digit)[0])
    places = np.concatenate(strokes)
    low, high = places.min(axis=0), places.max(axis=0)
    scale = 200 / (high - low).max()
    return [PAPER / 2 + scale * (stroke - (low + high) / 2) for stroke in strokes]


def _look(strokes, classify, names):
    """From strokes to the drawing, the picture `(28, 28)` and the probabilities `(n,)`."""
    drawing = drawings.rasterize(strokes, size=PAPER, pen=PEN)
    picture = drawings.center(drawing)
    answer = np.asarray(classify(picture[None, :, :, None]))
    if answer.shape != (1, len(names)):
        raise ValueError(
            f"`classify` must return shape {(1, len(names))}. Received: shape {answer.shape}"
        )
    if not (answer.min() >= 0 and abs(answer.sum() - 1) < 0.01):
        raise ValueError(
            "`classify` must return probabilities, from 0 to 1 and 1 in sum; a softmax makes them "
            f"from logits. Received: {np.array2string(answer[0], precision=2)}"
        )
    return drawing, picture, answer[0]


@functools.cache
def _canvas_class(anywidget, traitlets):
    """The canvas as a class: made when asked for, since what it is derived from may be missing."""

    class DigitCanvas(anywidget.AnyWidget):
        """Strokes that are looked at whenever they change."""

        _esm = _static("canvas.js")
        _css = _static("theme.css", "canvas.css")
        size = traitlets.Int(PAPER).tag(sync=True)
        pen = traitlets.Float(PEN).tag(sync=True)
        names = traitlets.List().tag(sync=True)
        strokes = traitlets.List().tag(sync=True)
        picture = traitlets.Bytes(_grey(np.zeros((28, 28)))).tag(sync=True)
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
                    _, picture, probabilities = _look(change["new"], self._classify, self.names)
            except Exception as failure:  # whatever it is: nobody reads a kernel's log
                error = f"{type(failure).__name__}: {failure}"
            with self.hold_sync():
                self.picture, self.error = _grey(picture), error
                self.probabilities = [float(probability) for probability in probabilities]

        def __repr__(self):
            return "A canvas to draw a digit on"

    return DigitCanvas


# You against the network -------------------------------------------------------------------------


def human_against_network(
    images, labels, probabilities, *, count: int = 20, seconds: float | None = None
):
    """Play against a network: read the digits that it read, one by one, by clicks or keys.

    Args:
        images: `(n, h, h)` or `(n, h, h, 1)` in [0, 1]; the first `count` of them are shown.
        labels: What they are, `(n,)` from 0 to 9.
        probabilities: What the network says, `(n, 10)`; its answer is the largest.
        count: How many images are shown, at most; fewer if there are fewer.
        seconds: Time for each image, after which it counts as wrong; None leaves all the time.

    Returns:
        A widget to end a cell with. `game.answer(3)` answers from Python; `game.result` is None,
        and after the last answer a dict: `human` and `network`, the pictures that each got right;
        `seconds` that the human took; `rows`, for each picture its `label` and the answers of
        `human` (-1: too late) and `network`.

    Raises:
        ImportError: If anywidget is missing; the message says what to install.
        TypeError: If `count` is no integer.
        ValueError: If a shape does not fit, or `count` or `seconds` is not positive.
    """
    if isinstance(count, bool) or not isinstance(count, numbers.Integral):
        raise TypeError(f"`count` must be an integer. Received: {count!r}")
    if count < 1:
        raise ValueError(f"`count` must be positive. Received: {count!r}")
    if seconds is not None and not seconds > 0:
        raise ValueError(f"`seconds` must be positive, or None. Received: {seconds!r}")
    images, labels, network = _check_game(images, labels, probabilities)
    game = _game_class(*_anywidget())
    return game(images[:count], labels[:count].tolist(), network[:count].tolist(), seconds or 0)


@functools.cache
def _game_class(anywidget, traitlets):
    """The game as a class: made when asked for, since what it is derived from may be missing."""

    class Game(anywidget.AnyWidget):
        """Answers that are counted when there is one for each picture. Labels stay here till then."""

        _esm = _static("game.js")
        _css = _static("theme.css", "game.css")
        pictures = traitlets.Bytes().tag(sync=True)
        count = traitlets.Int().tag(sync=True)
        limit = traitlets.Float().tag(sync=True)
        answers = traitlets.List(traitlets.Int()).tag(sync=True)
        seconds = traitlets.Float().tag(sync=True)
        result = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)

        def __init__(self, images, labels, network, limit):
            self._labels, self._network = labels, network
            super().__init__(pictures=_grey(images), count=len(images), limit=limit)

        def answer(self, digit: int):
            """Answer the picture that is shown, as a click does."""
            if len(self.answers) == self.count:
                raise ValueError(f"All {self.count} pictures have an answer. Received: {digit!r}")
            self.answers = [*self.answers, digit]

        @traitlets.observe("answers")
        def _finish(self, change):
            if len(change["new"]) == self.count:
                self.result = _score(self._labels, change["new"], self._network, self.seconds)

        def __repr__(self):
            return f"A game of {self.count} pictures"

    return Game


def _score(labels, human, network, seconds):
    """Count right answers; keep what everybody said for each picture."""
    rows = [
        {"label": label, "human": mine, "network": its}
        for label, mine, its in zip(labels, human, network, strict=True)
    ]
    right = {who: sum(row[who] == row["label"] for row in rows) for who in ("human", "network")}
    return {**right, "seconds": seconds, "rows": rows}


def _check_game(images, labels, probabilities):
    """Return images `(n, h, h)`, labels `(n,)` and the network's answers `(n,)`."""
    images, labels, probabilities = map(np.asarray, (images, labels, probabilities))
    is_square = images.ndim in (3, 4) and images.shape[1] == images.shape[2]
    if not is_square or images.shape[3:] not in ((), (1,)) or not len(images):
        raise ValueError(
            "`images` must have shape (n, h, h) or (n, h, h, 1), n at least 1. "
            f"Received: {images.shape}"
        )
    if labels.shape != (len(images),):
        raise ValueError(f"`labels` must have shape {(len(images),)}. Received: {labels.shape}")
    if probabilities.shape != (len(images), 10):
        raise ValueError(
            f"`probabilities` must have shape {(len(images), 10)}. Received: {probabilities.shape}"
        )
    return images.reshape(images.shape[:3]), labels, probabilities.argmax(axis=1)


# Helpers -----------------------------------------------------------------------------------------


def _grey(images):
    """Numbers in [0, 1] as bytes from 0 to 255, all in a row."""
    return np.rint(255 * np.clip(images, 0, 1)).astype(np.uint8).tobytes()


def _static(*names):
    """The text of files in `static/`, one after the other."""
    folder = Path(__file__).parent / "static"
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


def _check_callable(classify):
    if not callable(classify):
        raise TypeError(
            "`classify` must be a function from images to probabilities. "
            f"Received: {type(classify).__name__}"
        )


def _anywidget():
    try:
        import anywidget
        import traitlets
    except ImportError:
        raise ImportError(
            "This needs anywidget. Install it with: pip install anywidget, then restart the kernel."
        ) from None
    return anywidget, traitlets


def _ipywidgets():
    try:
        import ipywidgets
    except ImportError:
        raise ImportError(
            "This needs ipywidgets. Install it with: pip install ipywidgets, then restart the kernel."
        ) from None
    return ipywidgets
