"""What a classifier gets right and wrong: counts, worst mistakes, and how sure a score is."""

from __future__ import annotations

import math
import numbers

import numpy as np

__all__ = ["confident_mistakes", "confusion_matrix", "hardest", "score_interval"]


def confusion_matrix(labels, predictions, *, classes: int | None = None) -> np.ndarray:
    """Count how often each class is taken for each.

    Args:
        labels: What is right, whole numbers `(n,)`.
        predictions: What was said, whole numbers `(n,)`.
        classes: How many there are; by default as many as occur.

    Returns:
        Whole numbers `(classes, classes)`: a row for what is right, a column for what was said.

    Raises:
        ValueError: If the arrays are not alike, or hold other classes.
    """
    labels, predictions = _check_pairs(labels, predictions)
    needed = int(max(labels.max(), predictions.max())) + 1
    classes = needed if classes is None else classes
    if classes < needed or min(labels.min(), predictions.min()) < 0:
        raise ValueError(
            f"`classes` must be at least {needed}, labels 0 or more. Received: {classes}"
        )
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (labels, predictions), 1)
    return counts


def confident_mistakes(labels, probabilities) -> np.ndarray:
    """Find the wrong answers, the surest first.

    Args:
        labels: What is right, whole numbers `(n,)`.
        probabilities: What the classifier said, `(n, classes)`.

    Returns:
        Positions of the mistakes, `(mistakes,)`.

    Raises:
        ValueError: If the arrays don't fit each other.
    """
    labels, probabilities = _check_probabilities(labels, probabilities)
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")]


def hardest(labels, probabilities, count: int) -> np.ndarray:
    """Find the examples whose right class got the least probability, the hardest first.

    Args:
        labels: What is right, whole numbers `(n,)`.
        probabilities: What the classifier said, `(n, classes)`.
        count: How many to find.

    Returns:
        Positions, `(count,)`.

    Raises:
        ValueError: If the arrays don't fit each other, or there are fewer examples.
    """
    labels, probabilities = _check_probabilities(labels, probabilities)
    if not 1 <= count <= len(labels):
        raise ValueError(f"`count` must be from 1 to {len(labels)}. Received: {count!r}")
    of_the_right = probabilities[np.arange(len(labels)), labels]
    return np.argsort(of_the_right, kind="stable")[:count]


def score_interval(right: int, n: int, *, z: float = 1.96) -> tuple[float, float]:
    """Say how sure an accuracy is that was measured on a sample: Wilson's interval.

    Unlike accuracy ± z·√(p(1 - p)/n) it is right for small samples and near 0 and 1.

    Args:
        right: How many answers were right.
        n: Out of how many.
        z: Width in standard deviations; 1.96 holds the truth in 95 of 100 samples.

    Returns:
        The lowest and the highest accuracy that the sample makes believable.

    Raises:
        ValueError: If `n` is not positive or `right` not from 0 to `n`.

    Reference:
        Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927.
    """
    if not isinstance(n, numbers.Integral) or n < 1:
        raise ValueError(f"`n` must be a whole number, 1 or more. Received: {n!r}")
    if not 0 <= right <= n:
        raise ValueError(f"`right` must be from 0 to {n}. Received: {right!r}")
    share, scale = right / n, 1 + z**2 / n
    middle = (share + z**2 / (2 * n)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return min(low, share), max(high, share)  # the score lies inside, whatever rounding says


def _check_pairs(labels, predictions):
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    for name, value in (("labels", labels), ("predictions", predictions)):
        if value.ndim != 1 or value.dtype.kind not in "iu" or not len(value):
            raise ValueError(
                f"`{name}` must be whole numbers of shape (n,), n at least 1. "
                f"Received: {value.dtype} of shape {value.shape}"
            )
    if len(labels) != len(predictions):
        raise ValueError(
            f"`predictions` must be as many as the labels, {len(labels)}. Received: {len(predictions)}"
        )
    return labels, predictions


def _check_probabilities(labels, probabilities):
    probabilities = np.asarray(probabilities)
    if probabilities.ndim != 2 or not probabilities.size:
        raise ValueError(
            f"`probabilities` must have shape (n, classes). Received: {probabilities.shape}"
        )
    labels, _ = _check_pairs(labels, probabilities.argmax(axis=1))
    if labels.min() < 0 or labels.max() >= probabilities.shape[1]:
        raise ValueError(
            f"`labels` must be from 0 to {probabilities.shape[1] - 1}. "
            f"Received: {labels.min()} to {labels.max()}"
        )
    return labels, probabilities
