"""A game: read the digits that a network read, and see who reads more of them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from dl_course import _validate
from dl_course.widgets import _host

if TYPE_CHECKING:
    import anywidget

__all__ = ["human_against_network"]


def human_against_network(
    images: ArrayLike,
    labels: ArrayLike,
    probabilities: ArrayLike,
    *,
    count: int = 20,
    seconds: float | None = None,
) -> anywidget.AnyWidget:
    """Play against a network: read the digits that it read, one by one, by clicks or keys.

    Args:
        images: `(n, h, h)` or `(n, h, h, 1)`, in [0, 1] or uint8; the first `count` are shown.
        labels: What they are, `(n,)` from 0 to 9.
        probabilities: What the network predicts, `(n, 10)`; its answer is the largest.
        count: How many images are shown, at most; fewer if there are fewer.
        seconds: Time for each image, after which it counts as wrong; None sets no limit.

    Returns:
        A widget, to stand on the last line of a cell. `game.answer(3)` answers from Python;
        `game.result` is None, and after the last answer a dict: `human` and `network`, how many
        images each read correctly; `seconds` that the human took; `rows`, for each image its `label`
        and the answers of `human` (-1: too late) and `network`.

    Raises:
        ImportError: If anywidget is missing; the message says what to install.
        TypeError: If `count` is not a whole number, or `images` or `seconds` not numbers.
        ValueError: If a shape or a range does not fit, or `count` or `seconds` is not positive.

    Taught in notebook 05.
    """
    count = _validate.whole("count", count, at_least=1)
    limit = 0.0 if seconds is None else _validate.number("seconds", seconds, above=0)
    pictures, correct, network = _check_game(images, labels, probabilities)
    game = _game_class(*_host.load_anywidget())
    return game(pictures[:count], correct[:count].tolist(), network[:count].tolist(), limit)


@functools.cache
def _game_class(base: Any, traitlets: Any) -> Any:
    """The game as a class: defined when needed, since what it is derived from may be missing."""

    class Game(base):
        """Answers, counted once there is one for each image. Until then the labels stay in Python."""

        _esm = _host.read_static("game.js")
        _css = _host.read_static("theme.css", "game.css")
        pictures = traitlets.Bytes().tag(sync=True)
        count = traitlets.Int().tag(sync=True)
        limit = traitlets.Float().tag(sync=True)
        answers = traitlets.List(traitlets.Int()).tag(sync=True)
        seconds = traitlets.Float().tag(sync=True)
        result = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)

        def __init__(self, images, labels, network, limit):
            self._labels, self._network = labels, network
            super().__init__(
                pictures=_host.as_uint8(images).tobytes(), count=len(images), limit=limit
            )

        def answer(self, digit: int) -> None:
            """Answer the image that is shown, as a click does."""
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
    """Count correct answers; keep what both said for each image."""
    rows = [
        {"label": label, "human": mine, "network": its}
        for label, mine, its in zip(labels, human, network, strict=True)
    ]
    n_correct = {who: sum(row[who] == row["label"] for row in rows) for who in ("human", "network")}
    return {**n_correct, "seconds": seconds, "rows": rows}


def _check_game(images, labels, probabilities):
    """Return images `(n, h, h)`, labels `(n,)` and the network's answers `(n,)`."""
    shape = _validate.array("images", images, "n, h, h", "n, h, h, 1").shape
    if shape[1] != shape[2] or shape[3:] not in ((), (1,)):
        raise ValueError(f"`images` must have shape (n, h, h) or (n, h, h, 1). Received: {shape}")
    images = np.asarray(images)
    if images.dtype != np.uint8 and not (images.min() >= 0 and images.max() <= 1):
        raise ValueError(
            f"`images` must be in [0, 1], or uint8. Received: {images.min():g} to {images.max():g}"
        )
    labels = _validate.labels("labels", labels, len(images), classes=10)
    _validate.shape("probabilities", probabilities, (len(images), 10))
    return images.reshape(shape[:3]), labels, np.argmax(probabilities, axis=1)
