"""Evaluation: counted by hand, and by what must hold."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dl_course import evaluation

LABELS = np.array([0, 0, 1, 2, 2])
PROBABILITIES = np.array(
    [[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.95, 0.0, 0.05], [0.3, 0.3, 0.4]]
)


def test_the_most_confident_mistake_comes_first():
    assert evaluation.confident_mistakes(LABELS, PROBABILITIES).tolist() == [3, 1]


def test_mistakes_of_the_same_confidence_stay_in_order():
    probabilities = [[0.8, 0.2], [0.9, 0.1], [0.8, 0.2], [0.1, 0.9]] * 5
    mistakes = evaluation.confident_mistakes([1] * 20, probabilities)
    assert mistakes.tolist() == [1, 5, 9, 13, 17, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18]


def test_without_mistakes_there_is_none_to_find():
    assert evaluation.confident_mistakes([0, 1], [[0.9, 0.1], [0.2, 0.8]]).tolist() == []


@pytest.mark.parametrize(
    ("count", "expected"), [(1, [3]), (2, [3, 1]), (3, [3, 1, 4]), (5, [3, 1, 4, 2, 0])]
)
def test_hardest_by_hand(count, expected):
    assert evaluation.hardest(LABELS, PROBABILITIES, count).tolist() == expected


def test_examples_as_hard_as_each_other_stay_in_order():
    probabilities = [[0.5, 0.5], [0.4, 0.6]] * 10
    hardest = evaluation.hardest([0] * 20, probabilities, 20)
    assert hardest.tolist() == [*range(1, 20, 2), *range(0, 20, 2)]


@pytest.mark.parametrize("count", [0, -1, 6])
def test_hardest_finds_between_one_and_all(count):
    with pytest.raises(ValueError, match=f"`count` must be from 1 to 5. Received: {count}$"):
        evaluation.hardest(LABELS, PROBABILITIES, count)


# Wilson's interval --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "z"),
    [
        ({}, 1.959963984540054),
        ({"confidence": 0.95}, 1.959963984540054),
        ({"confidence": 0.9}, 1.6448536269514722),
        ({"confidence": 0.99}, 2.5758293035489004),
    ],
)
@pytest.mark.parametrize("n", [1, 2, 10, 500])
def test_interval_by_wilsons_formula(options, z, n):
    for n_correct in {0, 1, n // 2, n - 1, n}:
        p, scale = n_correct / n, 1 + z**2 / n
        middle = (p + z**2 / (2 * n)) / scale
        half = z / scale * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        interval = evaluation.score_interval(n_correct, n, **options)
        assert interval == pytest.approx((middle - half, middle + half), rel=0, abs=1e-12)
        assert [type(end) for end in interval] == [float, float]


@given(st.integers(1, 500), st.data())
def test_interval_holds_the_score_and_is_symmetric(n, data):
    n_correct = data.draw(st.integers(0, n))
    low, high = evaluation.score_interval(n_correct, n)
    assert 0 <= low <= n_correct / n <= high <= 1
    other = evaluation.score_interval(n - n_correct, n)
    assert (1 - other[1], 1 - other[0]) == pytest.approx((low, high))


@pytest.mark.parametrize("n", [1, 7, 1000])
def test_interval_ends_where_accuracies_end(n):
    assert evaluation.score_interval(0, n)[0] == 0
    assert evaluation.score_interval(n, n)[1] == 1


def test_interval_holds_the_truth_in_95_of_100_samples():
    rng = np.random.default_rng(0)
    scores = rng.binomial(20, 0.9, size=4000)
    held = [low <= 0.9 <= high for low, high in (evaluation.score_interval(k, 20) for k in scores)]
    assert 0.93 < np.mean(held) < 0.98


# Bad input ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: evaluation.confident_mistakes([0], [0.2, 0.8]), "probabilities"),
        (lambda: evaluation.confident_mistakes([0], [[0.2, np.nan]]), "probabilities"),
        (lambda: evaluation.confident_mistakes([0, 1], [[0.2, 0.8]]), "labels"),
        (lambda: evaluation.confident_mistakes([2], [[0.2, 0.8]]), "labels"),
        (lambda: evaluation.hardest([-1], [[0.2, 0.8]], 1), "labels"),
        (lambda: evaluation.hardest([0.5], [[0.2, 0.8]], 1), "labels"),
        (lambda: evaluation.hardest([2], [[0.2, 0.8]], 1), "labels"),
        (lambda: evaluation.hardest([[0, 1]], [[0.2, 0.8]], 1), "labels"),
        (lambda: evaluation.score_interval(0, 0), "n"),
        (lambda: evaluation.score_interval(3, 2), "n_correct"),
        (lambda: evaluation.score_interval(-1, 2), "n_correct"),
        (lambda: evaluation.score_interval(1, 2, confidence=0), "confidence"),
        (lambda: evaluation.score_interval(1, 2, confidence=1), "confidence"),
        (lambda: evaluation.score_interval(1, 2, confidence=95), "confidence"),
    ],
)
def test_bad_input_is_named(call, word):
    with pytest.raises(ValueError, match=rf"`{word}`.*Received: "):
        call()


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: evaluation.score_interval(0.9, 10), "n_correct"),  # an accuracy, not a count
        (lambda: evaluation.score_interval(9, 10.0), "n"),
        (lambda: evaluation.hardest([1], [[0.2, 0.8]], 1.0), "count"),
        (lambda: evaluation.hardest(["1"], [["a", "b"]], 1), "probabilities"),
    ],
)
def test_another_kind_of_thing_is_named(call, word):
    with pytest.raises(TypeError, match=rf"`{word}`.*Received: "):
        call()
