"""Things to touch, each over one function below. Where no browser is, the first picture stays."""

from __future__ import annotations

import base64
import contextlib
import functools
import io
import itertools
import numbers
import os
import re
import tempfile
import unicodedata
from pathlib import Path

import numpy as np
from PIL import Image

from dl_course import augmentation, convolution, datasets, drawings, handwriting, plots

__all__ = [
    "augmentation_explorer",
    "augmented",
    "convolution_stepper",
    "digit_canvas",
    "digit_still",
    "human_against_network",
    "photo_collector",
    "photo_drop",
    "sample_strokes",
    "step_html",
]

DIGITS = tuple("0123456789")
PAPER, PEN = 280, 22  # side of the paper and width of the pen, in pixels of the screen
LARGEST = 20_000_000  # bytes of a picture that a browser sends
BEST = 5  # so many classes are shown of a picture
# What file names can't hold, and devices that can't be their beginning, if not here then on Windows.
FORBIDDEN = re.compile(r'[/\\<>:"|?*\x00-\x1f\x7f\ud800-\udfff]')
DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)

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


# Augmentation ------------------------------------------------------------------------------------


def augmentation_explorer(image, *, width: int = 320):
    """Change a picture by sliders: flip, scale, turn, shift, noise, and what lies beyond the border.

    Args:
        image: `(h, w)`, `(h, w, 1)` or `(h, w, 3)`; uint8, or floats in [0, 1].
        width: Of the picture on the screen, in its pixels.

    Returns:
        An ipywidgets box to end a cell with.

    Raises:
        ImportError: If ipywidgets is missing; the message says what to install.
        TypeError: If `image` doesn't hold real numbers.
        ValueError: If `image` has another shape, or it can't be told what white is.
    """
    widgets = _ipywidgets()
    _check_picture(image)
    controls = _explorer_controls(widgets, *np.shape(image)[:2])
    picture = widgets.HTML()

    def show(_=None):
        changes = {name: control.value for name, control in controls.items()}
        picture.value = _picture_html(augmented(image, **changes), changes, width)

    for control in controls.values():
        control.observe(show, names="value")
    show()
    return widgets.HBox([widgets.VBox(list(controls.values())), picture])


def augmented(
    image,
    *,
    flip: bool = False,
    factor: float = 1.0,
    degrees: float = 0.0,
    right: float = 0.0,
    down: float = 0.0,
    noise: float = 0.0,
    mode: str = "constant",
    seed: int = 0,
):
    """Change an image by the functions of `augmentation`, one after the other, as listed here.

    Args:
        image: `(h, w)`, `(h, w, c)` or a batch `(n, h, w, c)`; uint8, or floats in [0, 1].
        flip: Whether left and right are swapped.
        factor: Above 1 things get larger, below 1 smaller.
        degrees: The angle to turn by, counter-clockwise.
        right: How many pixels to the right.
        down: How many pixels downward.
        noise: Share of the pixels that become white or black.
        mode: What comes in from beyond the border: "constant" (black), "edge", "reflect" or "wrap".
        seed: Of the noise.

    Returns:
        An array of the same shape and type; the same numbers if nothing is asked for.

    Raises:
        TypeError: If `image` or an argument isn't numeric.
        ValueError: If `image` has another shape, it can't be told what white is, or an argument is
            out of range.
    """
    image = augmentation.flip(image) if flip else image
    image = augmentation.scale(image, factor, mode=mode)
    image = augmentation.rotate(image, degrees, mode=mode)
    image = augmentation.translate(image, right, down, mode=mode)
    return augmentation.salt_and_pepper(image, noise, rng=np.random.default_rng(seed))


def _explorer_controls(widgets, height, width):
    """A control for each argument of `augmented` but the seed."""
    look = {"style": {"description_width": "7em"}}
    wide, high = width // 2, height // 2
    return {
        "flip": widgets.Checkbox(description="flip left and right", **look),
        "factor": widgets.FloatSlider(1, min=0.5, max=2, step=0.05, description="scale", **look),
        "degrees": widgets.IntSlider(0, -180, 180, 5, description="turn, degrees", **look),
        "right": widgets.IntSlider(0, -wide, wide, description="to the right", **look),
        "down": widgets.IntSlider(0, -high, high, description="down", **look),
        "noise": widgets.FloatSlider(0, min=0, max=0.3, step=0.01, description="noise", **look),
        "mode": widgets.Dropdown(options=augmentation.MODES, description="border", **look),
    }


def _picture_html(image, changes, width):
    """The image, an alternative text, and below it the calls that made it."""
    file = io.BytesIO()
    Image.fromarray(_bytes(image).squeeze()).save(file, format="png")
    code = base64.b64encode(file.getvalue()).decode()
    calls = _say_changes(**changes)
    style = f"width:{width}px;max-width:none;image-rendering:pixelated"
    return (
        f'<img src="data:image/png;base64,{code}" alt="The picture: {calls}" style="{style}">'
        f"<p><code>{calls}</code></p>"
    )


def _say_changes(flip, factor, degrees, right, down, noise, mode):
    """The calls that differ from doing nothing, in their order."""
    border = f", mode='{mode}'" if mode != "constant" else ""
    calls = [
        ("flip()", flip),
        (f"scale({factor:g}{border})", factor != 1),
        (f"rotate({degrees}{border})", degrees != 0),
        (f"translate({right}, {down}{border})", right != 0 or down != 0),
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
    augmented(image)


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
        _css = _static("theme.css", "bars.css", "canvas.css")
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


# Your own pictures -------------------------------------------------------------------------------


def photo_drop(classifier):
    """Drop picture files, or choose them, and see what a classifier says of each.

    Args:
        classifier: Anything with a method `classify(path)` that returns a dict, the probability of
            each class; as `training.classify_folder` and `training.load_classifier` give.

    Returns:
        A widget to end a cell with. Its `answers` has a dict for each picture, newest last: `name` of
        the file, `probabilities` (a dict, most probable first) and `error` (a text, mostly empty).
        `drop(name, content)` does from Python what dropping a file does.

    Raises:
        ImportError: If anywidget is missing; the message says what to install.
        TypeError: If `classifier` has no method `classify`.
    """
    if isinstance(classifier, type) or not callable(getattr(classifier, "classify", None)):
        raise TypeError(
            "`classifier` must have a method classify, from a path to a dict of probabilities. "
            f"Received: {_kind(classifier)}"
        )
    return _drop_class(*_anywidget())(classifier)


def photo_collector(class_names, *, folder: str | os.PathLike | None = None):
    """Sort pictures of your own into classes: a zone for each, to drop files on or choose them for.

    Each picture is kept as `folder/class_name/file name`, a number added if there is one of that
    name. What can't be read as a picture is not kept, and named.

    Args:
        class_names: Two or more, different in more than upper and lower case; they become folders.
        folder: A new or empty folder; by default a new one where the system keeps what is temporary.

    Returns:
        A widget to end a cell with. Its `path` is what `training.classify_folder` takes; `counts`
        says how many pictures each class has; `error` names what was not kept.
        `add(class_name, name, content)` does from Python what dropping a file does.

    Raises:
        ImportError: If anywidget is missing; the message says what to install.
        TypeError: If `class_names` is no list of texts.
        ValueError: If there are fewer than two names, the same twice, or one that can't be a folder's,
            or if `folder` has something in it.
    """
    names = _check_class_names(class_names)
    if folder is not None:
        folder = Path(folder).absolute()
        if os.path.lexists(folder) and not (folder.is_dir() and not any(folder.iterdir())):
            raise ValueError(f"`folder` must be new or empty. Received: {str(folder)!r}")
    collector = _collector_class(*_anywidget())
    folder = Path(folder or tempfile.mkdtemp(prefix="pictures_"))
    for name in names:
        (folder / name).mkdir(parents=True)
    return collector(names, folder)


@functools.cache
def _photos_class(anywidget, traitlets):
    """What both have in common, as a class: files come in from a browser, piece by piece."""

    class Photos(anywidget.AnyWidget):
        """Zones that files are dropped on; `_take` and `_refuse` are what differs."""

        _esm = _static("photos.js")
        _css = _static("theme.css", "bars.css", "photos.css")
        classes = traitlets.List().tag(sync=True)
        limit = traitlets.Int(LARGEST).tag(sync=True)

        def __init__(self, **values):
            self._pieces = {}  # of files of which the last piece hasn't come
            super().__init__(**values)
            self.on_msg(self._receive)

        def _receive(self, _, message, buffers):
            if message["isFirst"] and message["id"] not in self._pieces:
                self._begin()
            self._pieces.setdefault(message["id"], []).extend(map(bytes, buffers))
            if message["isLast"]:
                content = b"".join(self._pieces.pop(message["id"]))
                if "reason" in message:
                    self._refuse(message["name"], message["reason"])
                else:
                    self._take(message["class"], message["name"], content)

        def _begin(self):
            """What to do before the first file of a drop."""

    return Photos


@functools.cache
def _drop_class(anywidget, traitlets):
    """The drop zone as a class."""

    class PhotoDrop(_photos_class(anywidget, traitlets)):
        """Pictures that are classified one by one."""

        answers = traitlets.List().tag(
            sync=True, to_json=lambda answers, _: list(map(_best, answers))
        )

        def __init__(self, classifier):
            self._classifier = classifier
            super().__init__()

        def drop(self, name: str, content: bytes):
            """Classify a picture, as dropping its file does."""
            probabilities, error = {}, ""
            try:
                with _picture_file(name, content) as path:
                    probabilities = _as_probabilities(self._classifier.classify(path))
            except _NoPictureError as failure:
                error = str(failure)
            except Exception as failure:  # whatever it is: nobody reads a kernel's log
                error = f"{type(failure).__name__}: {failure}"
            self._note(name, probabilities, error)

        def _take(self, _, name, content):
            self.drop(name, content)

        def _refuse(self, name, reason):
            self._note(name, {}, reason)

        def _note(self, name, probabilities, error):
            answer = {"name": name, "probabilities": probabilities, "error": error}
            self.answers = [*self.answers, answer]

        def __repr__(self):
            return "A place to drop pictures on"

    return PhotoDrop


@functools.cache
def _collector_class(anywidget, traitlets):
    """The collector as a class."""

    class PhotoCollector(_photos_class(anywidget, traitlets)):
        """Pictures that are kept in the folder of their class."""

        counts = traitlets.Dict().tag(sync=True)
        error = traitlets.Unicode().tag(sync=True)

        def __init__(self, names, folder):
            self._folder = folder
            super().__init__(classes=names, counts=dict.fromkeys(names, 0))

        @property
        def path(self) -> str:
            """The folder, for `training.classify_folder`."""
            return str(self._folder)

        def add(self, class_name: str, name: str, content: bytes):
            """Keep a picture, as dropping its file on the zone of its class does."""
            if class_name not in self.classes:
                raise ValueError(
                    f"`class_name` must be one of {self.classes}. Received: {class_name!r}"
                )
            try:
                with _picture_file(name, content):
                    _keep(self._folder / class_name, _safe_name(name), content)
            except (_NoPictureError, OSError) as failure:
                self._refuse(name, getattr(failure, "strerror", None) or str(failure))
            else:
                self.counts = {**self.counts, class_name: self.counts[class_name] + 1}

        def _begin(self):
            self.error = ""

        _take = add

        def _refuse(self, name, reason):
            self.error = f"{self.error}\n{name}: {reason}".strip()

        def __repr__(self):
            return f"A place to collect pictures of {len(self.classes)} classes"

    return PhotoCollector


class _NoPictureError(ValueError):
    """A file that can't be read as a picture; the text says why."""


@contextlib.contextmanager
def _picture_file(name, content):
    """A file with this content, for as long as the block lasts; an error if it is no picture."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _safe_name(name)
        path.write_bytes(content)
        try:
            datasets.load_picture(path, image_size=1)  # as strict as `load_image_folder`
        except ValueError:
            advice = "; save it as JPEG" if path.suffix.lower() in (".heic", ".heif") else ""
            raise _NoPictureError(f"not readable as a picture{advice}") from None
        yield path


def _keep(folder, name, content):
    """Write a new file; with a number added if there is one of that name."""
    folder.mkdir(parents=True, exist_ok=True)
    name = Path(name)
    for number in itertools.count(1):
        path = folder / (name.name if number == 1 else f"{name.stem}_{number}{name.suffix}")
        with contextlib.suppress(FileExistsError), path.open("xb") as file:
            file.write(content)
            return


def _safe_name(name):
    """The last part of a file name, without what a file system refuses or hides, and not too long."""
    name = FORBIDDEN.sub("_", re.split(r"[/\\]", name)[-1]).strip(". ") or "picture"
    name = f"_{name}" if DEVICE.fullmatch(name) else name
    return (Path(name).stem[:50] + Path(name).suffix[:10]).strip(". ")


def _check_class_names(class_names):
    """Return them as a list; each can be a folder's name, and no two are the same folder's."""
    names = list(class_names) if not isinstance(class_names, str) else [None]
    if not all(isinstance(name, str) for name in names):
        raise TypeError(f"`class_names` must be a list of texts. Received: {class_names!r}")
    if len(names) < 2:
        raise ValueError(f"`class_names` must hold two names or more. Received: {names!r}")
    for name in names:
        is_plain = name == name.strip(". ") and not FORBIDDEN.search(name)
        if not is_plain or not 1 <= len(name) <= 50 or DEVICE.fullmatch(name):
            raise ValueError(
                "`class_names` become folders: 1 to 50 characters, no slash, backslash or any of "
                f'<>:"|?*, no dot or blank at either end. Received: {name!r}'
            )
    folders = [unicodedata.normalize("NFC", name).casefold() for name in names]
    if len(set(folders)) < len(names):
        raise ValueError(f"`class_names` must all be different. Received: {names!r}")
    return names


def _as_probabilities(answer):
    """What a classifier says, as plain numbers, the most probable class first."""
    if not isinstance(answer, dict):
        raise TypeError(f"`classify` must return a dict. Received: {_kind(answer)}")
    probabilities = {str(name): float(probability) for name, probability in answer.items()}
    if not all(0 <= probability <= 1 for probability in probabilities.values()):
        raise ValueError(
            f"`classify` must return probabilities, from 0 to 1. Received: {probabilities!r}"
        )
    return dict(sorted(probabilities.items(), key=lambda item: -item[1]))


def _best(answer):
    """What a browser is told of an answer: pairs, since its dicts don't keep their order."""
    best = list(answer["probabilities"].items())[:BEST]
    return {"name": answer["name"], "best": best, "error": answer["error"]}


# Helpers -----------------------------------------------------------------------------------------


def _grey(images):
    """Numbers in [0, 1] as bytes from 0 to 255, all in a row."""
    return np.rint(255 * np.clip(images, 0, 1)).astype(np.uint8).tobytes()


def _bytes(image):
    """Numbers in [0, 1] as whole numbers from 0 to 255; uint8 stays as it is."""
    image = np.asarray(image)
    return image if image.dtype == np.uint8 else np.rint(255 * image).astype(np.uint8)


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


def _kind(thing):
    """What a thing is, in a word: a class itself is no instance of it."""
    return f"the class {thing.__name__}" if isinstance(thing, type) else type(thing).__name__


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
