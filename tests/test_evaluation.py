"""Evaluation: counted by hand, against scikit-learn, and by what must hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from dl_course import evaluation

LABELS = np.array([0, 0, 1, 2, 2])
PROBABILITIES = np.array(
    [[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.95, 0.0, 0.05], [0.3, 0.3, 0.4]]
)


def test_confusion_by_hand():
    counts = evaluation.confusion_matrix(LABELS, PROBABILITIES.argmax(axis=1))
    assert counts.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 1]]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=50))
def test_confusion_as_scikit_learn(pairs):
    labels, predictions = np.array(pairs).T
    counts = evaluation.confusion_matrix(labels, predictions, classes=5)
    expected = metrics.confusion_matrix(labels, predictions, labels=range(5))
    np.testing.assert_array_equal(counts, expected)


def test_the_surest_mistake_comes_first():
    assert evaluation.confident_mistakes(LABELS, PROBABILITIES).tolist() == [3, 1]


def test_hardest_by_hand():
    assert evaluation.hardest(LABELS, PROBABILITIES, 3).tolist() == [3, 1, 4]


def test_interval_by_wilsons_formula():
    # 10 of 10, z = 2: (1 + 4/20 ± 2·√(4/400)) / 1.4
    low, high = evaluation.score_interval(10, 10, z=2)
    assert low == pytest.approx((1 + 0.2 - 0.2) / 1.4)
    assert high == pytest.approx(1)


@given(st.integers(1, 500), st.data())
def test_interval_holds_the_score_and_is_symmetric(n, data):
    right = data.draw(st.integers(0, n))
    low, high = evaluation.score_interval(right, n)
    assert 0 <= low <= right / n <= high <= 1
    other = evaluation.score_interval(n - right, n)
    assert (1 - other[1], 1 - other[0]) == pytest.approx((low, high))


def test_interval_holds_the_truth_in_95_of_100_samples():
    random = np.random.default_rng(0)
    scores = random.binomial(20, 0.9, size=4000)
    held = [low <= 0.9 <= high for low, high in (evaluation.score_interval(k, 20) for k in scores)]
    assert 0.93 < np.mean(held) < 0.98


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: evaluation.confusion_matrix([0, 1], [0]), "predictions"),
        (lambda: evaluation.confusion_matrix([0.5, 1], [0, 1]), "labels"),
        (lambda: evaluation.confusion_matrix([0, 3], [0, 1], classes=3), "classes"),
        (lambda: evaluation.confusion_matrix([0, -1], [0, 1]), "classes"),
        (lambda: evaluation.confident_mistakes([0], [0.2, 0.8]), "probabilities"),
        (lambda: evaluation.confident_mistakes([2], [[0.2, 0.8]]), "labels"),
        (lambda: evaluation.hardest([1], [[0.2, 0.8]], 2), "count"),
        (lambda: evaluation.score_interval(1, 0), "n"),
        (lambda: evaluation.score_interval(3, 2), "right"),
    ],
)
def test_bad_input_is_named(call, word):
    with pytest.raises(ValueError, match=rf"`{word}`.*Received: "):
        call()
