"""A place to drop photographs on: each is classified at once."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Protocol

from dl_course.widgets import _host, _photos

if TYPE_CHECKING:
    from pathlib import Path

    import anywidget

__all__ = ["photo_drop"]

BEST = 5  # how many classes are shown for each picture


class _Classifier(Protocol):
    def classify(self, path: Path, /) -> dict[str, float]: ...


def photo_drop(classifier: _Classifier) -> anywidget.AnyWidget:
    """Drop picture files, or choose them, and see what a classifier predicts for each.

    Args:
        classifier: Anything with a method `classify(path)` that returns a dict, the probability of
            each class; as `training.classify_folder` and `training.load_classifier` give.

    Returns:
        A widget, to stand on the last line of a cell. Its `answers` has a dict for each picture,
        newest last: `name` of the file, `probabilities` (a dict, most probable first) and `error`
        (a text, mostly empty). `drop(name, content)` does from Python what dropping a file does.

    Raises:
        ImportError: If anywidget is missing; the message says what to install.
        TypeError: If `classifier` has no method `classify`.

    Taught in notebook 08.
    """
    if isinstance(classifier, type) or not callable(getattr(classifier, "classify", None)):
        raise TypeError(
            "`classifier` must have a method classify, from a path to a dict of probabilities. "
            f"Received: {_host.kind_of(classifier)}"
        )
    return _drop_class(*_host.load_anywidget())(classifier)


@functools.cache
def _drop_class(base: Any, traitlets: Any) -> Any:
    """The drop zone as a class: defined when needed, since what it is derived from may be missing."""

    class PhotoDrop(_photos.photos_class(base, traitlets)):  # type: ignore[misc]
        """Pictures that are classified one by one."""

        answers = traitlets.List().tag(
            sync=True, to_json=lambda answers, _: list(map(_best, answers))
        )

        def __init__(self, classifier):
            self._classifier = classifier
            super().__init__()

        def drop(self, name: str, content: bytes) -> None:
            """Classify a picture, as dropping its file does."""
            probabilities, error = {}, ""
            try:
                with _photos.picture_file(name, content) as path:
                    probabilities = _as_probabilities(self._classifier.classify(path))
            except _photos.NotAPictureError as failure:
                error = str(failure)
            except Exception as failure:  # shown beside the picture: nobody reads a kernel's log
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


def _as_probabilities(answer):
    """What a classifier predicts, as plain numbers, the most probable class first."""
    if not isinstance(answer, dict):
        raise TypeError(f"`classify(path)` must be a dict. Received: {_host.kind_of(answer)}")
    probabilities = {str(name): float(probability) for name, probability in answer.items()}
    if not all(0 <= probability <= 1 for probability in probabilities.values()):
        raise ValueError(
            f"`classify(path)` must hold probabilities, from 0 to 1. Received: {probabilities!r}"
        )
    return dict(sorted(probabilities.items(), key=lambda item: -item[1]))


def _best(answer):
    """What a browser is told of an answer: pairs, since its dicts don't keep their order."""
    best = list(answer["probabilities"].items())[:BEST]
    return {"name": answer["name"], "best": best, "error": answer["error"]}
