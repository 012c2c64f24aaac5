"""What a classifier gets right and wrong: its mistakes, and how far an accuracy can be trusted.

Scikit-learn has the rest: `sklearn.metrics.confusion_matrix`, precision, recall and many more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dl_course import _validate

__all__ = ["confident_mistakes", "hardest", "score_interval"]


def confident_mistakes(labels: ArrayLike, probabilities: ArrayLike) -> np.ndarray:
    """Find the wrong predictions, the most confident first.

    Args:
        labels: The correct classes, whole numbers `(n,)`.
        probabilities: Predicted probabilities, `(n, classes)`.

    Returns:
        Positions of the mistakes, `(mistakes,)`.

    Raises:
        TypeError: If `probabilities` doesn't hold real numbers.
        ValueError: If the arrays don't fit each other.

    Examples:
        >>> probabilities = [[0.9, 0.1], [0.6, 0.4], [0.8, 0.2]]
        >>> confident_mistakes([0, 1, 1], probabilities).tolist()
        [2, 1]

    Taught in notebook 05.
    """
    y, p = _check_predictions(labels, probabilities)
    wrong = np.flatnonzero(p.argmax(axis=1) != y)
    return wrong[np.argsort(-p[wrong].max(axis=1), kind="stable")]


def hardest(labels: ArrayLike, probabilities: ArrayLike, count: int) -> np.ndarray:
    """Find the examples whose correct class got the lowest probability, the hardest first.

    Args:
        labels: The correct classes, whole numbers `(n,)`.
        probabilities: Predicted probabilities, `(n, classes)`.
        count: How many to find, from 1 to `n`.

    Returns:
        Positions, `(count,)`.

    Raises:
        TypeError: If `probabilities` doesn't hold real numbers, or `count` is no whole number.
        ValueError: If the arrays don't fit each other, or there are fewer examples.

    Examples:
        >>> probabilities = [[0.9, 0.1], [0.6, 0.4], [0.8, 0.2]]
        >>> hardest([0, 0, 1], probabilities, 2).tolist()
        [2, 1]

    Taught in notebook 05.
    """
    y, p = _check_predictions(labels, probabilities)
    count = _validate.whole("count", count, at_least=1, at_most=len(y))
    of_the_correct = p[np.arange(len(y)), y]
    return np.argsort(of_the_correct, kind="stable")[:count]


def score_interval(n_correct: int, n: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Say how far an accuracy measured on a sample can be trusted: Wilson's interval.

    Unlike accuracy ± z·√(p(1 - p)/n) it is right for small samples and near 0 and 1:
    `(p + z²/2n ± z·√(p(1 - p)/n + z²/4n²)) / (1 + z²/n)`, with `p = n_correct / n`, and `z` the number
    of standard deviations that belongs to `confidence`, 1.96 for 0.95.

    Args:
        n_correct: How many predictions were correct.
        n: Out of how many.
        confidence: In what part of all samples the interval holds the true accuracy, between 0 and 1.

    Returns:
        The lowest and the highest accuracy that fit the sample.

    Raises:
        TypeError: If `n_correct` or `n` is no whole number.
        ValueError: If `n` isn't positive, `n_correct` not from 0 to `n`, or `confidence` out of range.

    Examples:
        >>> low, high = score_interval(9, 10)
        >>> round(low, 3), round(high, 3)
        (0.596, 0.982)

    Reference:
        Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927; computed
        by `scipy.stats.binomtest`.

    Taught in notebook 05.
    """
    from scipy import stats

    n = _validate.whole("n", n, at_least=1)
    n_correct = _validate.whole("n_correct", n_correct, at_least=0, at_most=n)
    confidence = _validate.number("confidence", confidence, above=0, below=1)
    interval = stats.binomtest(n_correct, n).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


def _check_predictions(labels, probabilities):
    """Return labels `(n,)` and probabilities `(n, classes)` that fit each other."""
    probabilities = _validate.array("probabilities", probabilities, "n, classes")
    n, classes = probabilities.shape
    return _validate.labels("labels", labels, n, classes), probabilities
