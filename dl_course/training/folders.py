"""From a folder of pictures to a classifier, with an accuracy that is honest about small numbers."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import layers

from dl_course import datasets, evaluation, models
from dl_course.training.features import extract_features

__all__ = ["FolderClassifier", "PictureClassifier", "classify_folder", "load_classifier"]

_ONE_BY_ONE = 200  # up to so many pictures, each is left out by itself; of more, a tenth at a time
_INVERSE_DECAY = 0.1  # C of logistic regression; chosen on patches of photographs
_NAMES = "class_names.json"  # inside the saved file


@dataclass(frozen=True, eq=False)
class PictureClassifier:
    """A model that classifies pictures, together with the names of its classes.

    Args:
        model: From images `(n, h, w, 3)` in [0, 1] to probabilities `(n, k)`.
        class_names: `k` names.
    """

    model: keras.Model
    class_names: tuple[str, ...]

    def classify(self, picture: str | os.PathLike | np.ndarray) -> dict[str, float]:
        """Classify a picture.

        Args:
            picture: Path of a picture file, or an image `(h, w, 3)` in [0, 1] of the model's size.

        Returns:
            The probability of each class, the most probable first.

        Raises:
            ValueError: If the file is no readable picture or the image has another size.
        """
        height, width, _ = self.model.input_shape[1:]
        if isinstance(picture, (str, os.PathLike)):
            picture = datasets.load_picture(picture, image_size=(height, width))
        image = np.asarray(picture, "float32")
        if image.shape != (height, width, 3):
            raise ValueError(
                f"`picture` must be a path, or an image {(height, width, 3)}. Received: {image.shape}"
            )
        probabilities = np.asarray(self.model.predict(image[None], verbose=0))[0]
        order = np.argsort(-probabilities)
        return {self.class_names[label]: float(probabilities[label]) for label in order}

    def save(self, path: str | os.PathLike) -> None:
        """Write model and class names into one file, which Keras alone can load too.

        Args:
            path: Of a new file; its name ends in `.keras`.

        Raises:
            ValueError: If the name ends otherwise.
            FileExistsError: If there is such a file: it is left as it is.
        """
        path = Path(path)
        if path.suffix != ".keras":
            raise ValueError(f"`path` must end in .keras. Received: {path.name!r}")
        if path.exists():
            raise FileExistsError(
                f"`path` must be new: delete the file or choose another name. Received: {path.name!r}"
            )
        part = path.with_name(f"{path.stem}.{os.getpid()}.part.keras")
        try:
            self.model.save(part)
            with zipfile.ZipFile(part, "a") as file:
                file.writestr(_NAMES, json.dumps(self.class_names, ensure_ascii=False))
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


@dataclass(frozen=True, eq=False)
class FolderClassifier(PictureClassifier):
    """A classifier learned from a folder, with what was measured by cross-validation.

    Args:
        model: From images to probabilities; it was trained on all pictures.
        class_names: Names of the classes.
        data: The pictures, a `Dataset`.
        features: Their features, computed by the pretrained network, `(n, d)`.
        probabilities: For each picture, those of a classifier that had not seen it, `(n, k)`.
        measured: Which pictures count, `(n,)`: all but those of a class with a single picture.
    """

    data: datasets.Dataset
    features: np.ndarray
    probabilities: np.ndarray
    measured: np.ndarray

    @property
    def is_correct(self) -> np.ndarray:
        """Which of the measured pictures were classified correctly, `(m,)`."""
        correct = self.probabilities.argmax(axis=1) == self.data.labels
        return correct[self.measured]

    @property
    def accuracy(self) -> float | None:
        """The accuracy on pictures that were left out in training; None if unknown."""
        return float(self.is_correct.mean()) if len(self.is_correct) else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % confidence interval of `accuracy` (Wilson's, `score_interval`); None if unknown."""
        if not len(self.is_correct):
            return None
        return evaluation.score_interval(int(self.is_correct.sum()), len(self.is_correct))

    @property
    def largest_class(self) -> float:
        """The accuracy of always naming the largest class."""
        return float(np.bincount(self.data.labels).max() / len(self.data))

    @property
    def per_class(self) -> dict[str, tuple[int, int]]:
        """For each class, how many of its measured pictures were correct, and how many there are."""
        labels = self.data.labels[self.measured]
        return {
            name: (int(self.is_correct[labels == label].sum()), int(np.sum(labels == label)))
            for label, name in enumerate(self.class_names)
        }

    @property
    def mistakes(self) -> np.ndarray:
        """Positions in `data` of the pictures that were classified incorrectly, the surest first."""
        wrong = evaluation.confident_mistakes(self.data.labels, self.probabilities)
        return wrong[self.measured[wrong]]

    def __repr__(self):
        n, k = len(self.data), len(self.class_names)
        return f"FolderClassifier({n} pictures, {k} classes; {_summary(self)})"


def classify_folder(
    path: str | os.PathLike,
    *,
    base: keras.Model | None = None,
    image_size: int = 224,
    seed: int = 0,
    progress: bool = True,
) -> FolderClassifier:
    """Train a classifier on a folder of your own pictures: `path/class_name/picture.*`.

    A pretrained network computes the features of each picture once. A logistic regression is fitted
    to them, in which every class has the same weight, however many pictures it has. The accuracy is
    measured by cross-validation: each picture is classified by a regression that has not seen it. It
    is too high if the folder holds near-duplicates.

    Args:
        path: The folder. Files that are no readable pictures are skipped, and a line says so.
        base: From images to features; by default `models.pretrained_features`.
        image_size: Height and width that pictures are stretched to, if `base` is not given.
        seed: Shuffles the pictures into ten folds. (Up to 200 pictures are left out one by one.)
        progress: Whether to show a bar and a summary.

    Returns:
        A classifier of pictures, with `accuracy`, `interval`, `per_class` and `mistakes`.

    Raises:
        ValueError: If the folder is missing, has fewer than two classes, or a class without a
            readable picture.

    Taught in notebook 08.
    """
    size = base.input_shape[1:3] if base is not None else (image_size, image_size)
    data = datasets.load_image_folder(path, image_size=size)
    base = base if base is not None else models.pretrained_features(image_size=image_size)
    features = extract_features(base, data.images, progress=progress)
    found = FolderClassifier(
        model=_as_model(base, _learn(features, data.labels), len(data.class_names)),
        class_names=data.class_names,
        data=data,
        features=features,
        probabilities=_cross_validate(features, data.labels, len(data.class_names), seed=seed),
        measured=(np.bincount(data.labels) > 1)[data.labels],
    )
    if progress:
        print(_summary(found))
    return found


def load_classifier(path: str | os.PathLike) -> PictureClassifier:
    """Load what `save` of a classifier has written.

    Args:
        path: Of the `.keras` file.

    Returns:
        A classifier; what was measured is not in the file.

    Raises:
        ValueError: If there is no such file, or it holds no class names.

    Taught in notebook 08.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(
            f"`path` must be a saved classifier. Received: {path.name!r}, no such file"
        )
    try:
        with zipfile.ZipFile(path) as file:
            names = tuple(json.loads(file.read(_NAMES)))
    except (zipfile.BadZipFile, KeyError):
        raise ValueError(
            f"`path` must be a file that a classifier's `save` has written. Received: {path.name!r}"
        ) from None
    return PictureClassifier(keras.models.load_model(path, compile=False), names)


def _cross_validate(features, labels, classes, *, seed=0):
    """Classify each example by a regression fitted without it: probabilities `(n, k)`."""
    from sklearn.model_selection import KFold

    n = len(labels)
    folds = KFold(n if n <= _ONE_BY_ONE else 10, shuffle=True, random_state=seed)
    probabilities = np.zeros((n, classes))
    for train, left_out in folds.split(features):
        seen = np.unique(labels[train])
        if len(seen) == 1:
            probabilities[left_out, seen] = 1
        else:
            regression = _learn(features[train], labels[train])
            probabilities[np.ix_(left_out, seen)] = regression.predict_proba(features[left_out])
    return probabilities


def _learn(features, labels):
    """Standardise the features, then fit a logistic regression with classes of equal weight."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    regression = LogisticRegression(C=_INVERSE_DECAY, class_weight="balanced", max_iter=2000)
    return make_pipeline(StandardScaler(), regression).fit(features, labels)


def _as_model(base, regression, classes):
    """Put the regression on the base as its last layer, the standardising worked into its weights."""
    scaler, logistic = regression[0], regression[1]
    kernel, bias = logistic.coef_.T, logistic.intercept_  # (d, k), (k,); of two classes one column
    if classes == 2:
        kernel, bias = np.hstack([-kernel, kernel]) / 2, np.concatenate([-bias, bias]) / 2
    kernel = kernel / scaler.scale_[:, None]
    model = models.transfer_classifier(base, classes)
    model.layers[-1].set_weights([kernel, bias - scaler.mean_ @ kernel])
    return keras.Model(model.input, layers.Softmax(name="probabilities")(model.output))


def _summary(found):
    """One line: what was reached, how sure that is, and what guessing would reach."""
    if found.accuracy is None:
        return "accuracy unknown: it takes two pictures of a class to learn and to ask"
    n, n_correct = len(found.is_correct), int(found.is_correct.sum())
    low, high = found.interval
    parts = [
        f"{n_correct} of {n} left-out pictures right: {100 * found.accuracy:.0f} %",
        f"between {100 * low:.0f} and {100 * high:.0f} % at 95 % confidence",
        f"always the largest class: {100 * found.largest_class:.0f} %",
    ]
    alone = [name for name, (_, count) in found.per_class.items() if not count]
    if alone:
        parts.append(f"not measured, having one picture only: {', '.join(alone)}")
    return " · ".join(parts)
