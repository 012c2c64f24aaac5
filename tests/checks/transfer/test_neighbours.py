"""The exercises about neighbours: right answers in any style, wrong ones with their hint."""

import functools
import math
import re
from collections import defaultdict
from fractions import Fraction

import keras
import numpy as np
import pytest
from answers import faults, right_cases, wrong_cases
from scipy.spatial.distance import cdist
from sklearn.metrics import recall_score
from sklearn.model_selection import LeaveOneGroupOut, LeaveOneOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid, NearestNeighbors

from dl_course.checks.transfer import neighbours
from dl_course.checks.transfer.neighbours import (
    leave_burst_out,
    leave_one_out,
    nearest_by_angle,
)

tensor = keras.ops.convert_to_tensor


# Leave one out -----------------------------------------------------------------------------------


def one_out_by_lists(features, labels):
    rows, names, correct = features.tolist(), labels.tolist(), 0
    for n, x in enumerate(rows):
        members = defaultdict(list)
        for m, row in enumerate(rows):
            if m != n:
                members[names[m]].append(row)
        means = {
            name: [sum(column) / len(column) for column in zip(*found, strict=True)]
            for name, found in members.items()
        }
        correct += min(means, key=lambda name: math.dist(means[name], x)) == names[n]
    return Fraction(correct, len(rows))


def one_out_by_sums(features, labels):
    """All means at once: each example is taken out of the sum of its class."""
    classes, position = np.unique(labels, return_inverse=True)
    one_hot = np.eye(len(classes), dtype=features.dtype)[position]
    sums, counts = one_hot.T @ features, one_hot.sum(axis=0)
    own = one_hot[:, :, None]
    means = (sums - own * features[:, None]) / (counts - one_hot)[:, :, None]
    distances = np.linalg.norm(means - features[:, None], axis=2)
    return np.mean(distances.argmin(axis=1) == position, dtype="float32")


def one_out_by_sklearn(features, labels):
    guesses = cross_val_predict(NearestCentroid(), features, labels, cv=LeaveOneOut())
    return np.mean(guesses == labels)


def one_out_by_delete(features, labels):
    correct = []
    for n in range(len(labels)):
        rest, names = np.delete(features, n, axis=0), np.delete(labels, n)
        classes = sorted(set(names))
        means = np.array([rest[names == one].mean(0) for one in classes])
        correct.append(classes[cdist(features[n : n + 1], means).argmin()] == labels[n])
    return sum(correct) / len(correct)


class OneOut:
    def __call__(self, features, labels, **options):
        return tensor(np.float32(one_out_by_delete(features, labels)))


def one_out_with(features, labels, *, classes=np.unique, reduce=np.mean, ask=None, sign=1):
    """The accuracy, with one part done in another way."""
    names, guesses = classes(labels), []
    for n, x in enumerate(features):
        rest = np.arange(len(labels)) != n
        means = [features[rest & (labels == name)].mean(axis=0) for name in names]
        distances = [sign * np.sum((x - mean) ** 2) for mean in means]
        guesses.append(names[np.argmin(distances)])
    return reduce(np.array(guesses) == labels)


def left_out_of_features_only(features, labels):
    correct = 0
    for n, x in enumerate(features):
        rest, names = np.delete(features, n, axis=0), labels[:-1]
        classes = np.unique(names)
        means = [rest[names == name].mean(axis=0) for name in classes]
        correct += classes[np.argmin([np.sum((x - mean) ** 2) for mean in means])] == labels[n]
    return correct / len(labels)


# Leave a burst out -------------------------------------------------------------------------------


def burst_out_by_lists(features, labels, bursts):
    rows = list(zip(features.tolist(), labels.tolist(), bursts.tolist(), strict=True))
    found = defaultdict(list)
    for x, label, burst in rows:
        others = [(math.dist(x, row), name) for row, name, other in rows if other != burst]
        found[label].append(min(others)[1] == label)
    return [Fraction(sum(found[label]), len(found[label])) for label in sorted(found)]


def burst_out_by_sklearn(features, labels, bursts):
    nearest = KNeighborsClassifier(1)
    guesses = cross_val_predict(nearest, features, labels, groups=bursts, cv=LeaveOneGroupOut())
    return recall_score(labels, guesses, average=None)


def burst_out_by_bursts(features, labels, bursts):
    correct = np.zeros(len(labels))
    for burst in set(bursts):
        inside = bursts == burst
        distances = cdist(features[inside], features[~inside])
        correct[inside] = labels[~inside][distances.argmin(axis=1)] == labels[inside]
    return np.bincount(labels, correct) / np.bincount(labels)


def burst_out_by_squares(features, labels, bursts):
    squares = np.sum(features**2, axis=1)
    distances = squares[:, None] + squares - 2 * features @ features.T
    distances[np.equal.outer(bursts, bursts)] = np.inf
    correct = np.float32(labels[distances.argmin(axis=1)] == labels)
    return tensor([correct[labels == one].mean() for one in range(max(labels) + 1)])


def burst_out_with(features, labels, bursts, *, same=np.equal.outer, share=np.mean):
    distances = cdist(features, features)
    distances[same(bursts, bursts)] = np.inf
    guesses = labels[distances.argmin(axis=1)]
    return np.array([share(guesses[labels == one] == one) for one in np.unique(labels)])


def burst_out_in_order_of_bursts(features, labels, bursts):
    order = np.argsort(bursts)
    return [burst_out_by_bursts(features, labels, bursts)[labels[n]] for n in order][
        : max(labels) + 1
    ]


# By angle ----------------------------------------------------------------------------------------


def angle_by_lists(query, features, count):
    def cosine(row):
        return sum(a * b for a, b in zip(query, row, strict=True)) / math.hypot(*row)

    return sorted(range(len(features)), key=lambda n: -cosine(features[n]))[:count]


def angle_by_directions(query, features, count):
    directions = features / np.linalg.norm(features, axis=1, keepdims=True)
    return np.argsort(directions @ query)[::-1][:count]


def angle_by_angles(query, features, count):
    cosines = (features @ query) / np.sqrt(np.sum(features**2, 1) * np.sum(query**2))
    return np.argsort(np.arccos(cosines))[:count].astype(float)


def angle_by_sklearn(query, features, count):
    nearest = NearestNeighbors(n_neighbors=count, metric="cosine").fit(features)
    return nearest.kneighbors(query[None], return_distance=False)[0]


def angle_by_keras(query, features, count):
    x, y = keras.ops.normalize(features), keras.ops.normalize(query[None])
    cosines = keras.ops.squeeze(keras.ops.matmul(x, keras.ops.transpose(y)), axis=1)
    return keras.ops.top_k(cosines, count)[1]


def angle_one_after_the_other(query, features, count):
    cosines = np.array([query @ row / np.linalg.norm(row) for row in features])
    found = []
    while len(found) < count:
        found.append(int(cosines.argmax()))
        cosines[found[-1]] = -np.inf
    return tuple(found)


def angle_unsorted(query, features, count):
    return np.argpartition(-features @ query / np.linalg.norm(features, axis=1), count - 1)[:count]


class Angle:
    def __init__(self, how):
        self.how = how

    def __call__(self, *given):
        return self.how(*given)


# Tables ------------------------------------------------------------------------------------------

RIGHT = {
    "leave_one_out": [
        one_out_by_lists,
        one_out_by_sums,
        one_out_by_delete,
        OneOut(),
        one_out_with,
        functools.partial(one_out_with, classes=lambda labels: list(dict.fromkeys(labels))),
        lambda *given: [one_out_by_delete(*given)][0].item(),
        lambda features, labels: one_out_by_delete(100 * features.astype("float32") + 3, labels),
        lambda *given: np.array(one_out_by_delete(*given)),
    ],
    "leave_burst_out": [
        burst_out_by_lists,
        burst_out_by_bursts,
        burst_out_by_squares,
        burst_out_with,
        functools.partial(
            burst_out_with, share=lambda correct: np.float32(sum(correct) / len(correct))
        ),
        lambda *given: tuple(burst_out_by_bursts(*given)),
        lambda *given: dict(enumerate(burst_out_by_bursts(*given))).values(),
        Angle(burst_out_by_lists),
        lambda features, labels, bursts: burst_out_by_bursts(-3 * features, labels, bursts + 5),
    ],
    "nearest_by_angle": [
        angle_by_lists,
        angle_by_directions,
        angle_by_angles,
        angle_by_sklearn,
        angle_by_keras,
        angle_one_after_the_other,
        Angle(angle_by_directions),
        functools.partial(angle_by_directions),
        lambda *given: [np.int32(n) for n in angle_by_lists(*given)],
        lambda query, features, count: angle_by_lists(
            (query * 7).tolist(), features.tolist(), count
        ),
    ],
}
WRONG = {
    "leave_one_out": [
        (lambda features, labels: 2 / 3, "0.666667 is too"),
        (lambda features, labels: 0.0, "too small"),
        (lambda features, labels: 1, "too large"),
        (functools.partial(one_out_with, reduce=np.sum), "between 0 and 1"),
        (lambda *given: 100 * one_out_with(*given), "percent"),
        (functools.partial(one_out_with, reduce=lambda c: c), "One number is wanted"),
        (functools.partial(one_out_with, reduce=lambda c: [c.mean()]), "One number is wanted"),
        (functools.partial(one_out_with, reduce=lambda c: round(c.mean(), 2)), "Nearly"),
        (functools.partial(one_out_with, reduce=lambda c: bool(c.mean())), "True or False"),
        (functools.partial(one_out_with, reduce=lambda c: print(c.mean())), "`return` it"),
        (functools.partial(one_out_with, reduce=lambda c: f"{c.mean()}"), "without quotes"),
        (functools.partial(one_out_with, reduce=lambda c: c[:-1].mean()), "too"),
        (functools.partial(one_out_with, classes=lambda labels: range(3)), "too small"),
        (functools.partial(one_out_with, sign=-1), "farthest"),
        (lambda features, labels: one_out_with(features[:, :1], labels), "too"),
        (lambda features, labels: one_out_with(features.astype(int), labels), "too"),
        (lambda features, labels: one_out_with(features[:6], labels[:6]), "too large"),
        (left_out_of_features_only, "too"),
        (lambda features: 1.0, r"must take the arguments \(features, labels\)"),
        (one_out_with(*leave_one_out.cases[0]), "A function is wanted"),
    ],
    "leave_burst_out": [
        (lambda features, labels, bursts: [0.4, 2 / 3], "The shape"),
        (lambda *given: np.mean(burst_out_with(*given)), "array of shape .* is wanted"),
        (functools.partial(burst_out_with, share=np.sum), "between 0 and 1"),
        (lambda *given: 100 * burst_out_with(*given), "percent"),
        (functools.partial(burst_out_with, share=np.any), "numbers are wrong"),
        (lambda *given: burst_out_with(*given)[:2], "The shape"),
        (lambda *given: np.append(burst_out_with(*given), 1), "off by one"),
        (lambda *given: burst_out_with(*given)[::-1], "numbers are wrong"),
        (lambda *given: np.sort(burst_out_with(*given)), "wrong"),
        (lambda *given: burst_out_with(*given)[:, None], "length 1"),
        (
            lambda f, labels, b: burst_out_with(f, labels, labels),
            "Always 0: is the whole class left out",
        ),
        (
            lambda f, labels, b: burst_out_with(f, labels, np.arange(len(b)) // 2),
            "numbers are wrong",
        ),
        (burst_out_in_order_of_bursts, "numbers are wrong"),
        (lambda f, labels, b: burst_out_with(f[:, :1], labels, b), "wrong"),
        (functools.partial(burst_out_with, same=np.not_equal.outer), "Always 1"),
        (lambda *given: print(burst_out_with(*given)), "`return`"),
        (lambda *given: dict(enumerate(burst_out_with(*given))), "dictionary"),
        (lambda features, labels: [1.0], r"\(features, labels, bursts\)"),
        (burst_out_with(*leave_burst_out.cases[0]), "A function is wanted"),
    ],
    "nearest_by_angle": [
        (lambda query, features, count: [1, 2, 4, 0][:count], "wrong"),
        (lambda query, features, count: list(range(count)), "wrong"),
        (lambda *given: angle_by_directions(*given) + 1, "too large"),
        (lambda *given: angle_by_directions(*given)[::-1], "reverse"),
        (lambda *given: angle_by_directions(*given) - len(given[1]), "counted from the front"),
        (
            lambda query, features, count: angle_by_directions(query, features, 4),
            "The shape",
        ),
        (
            lambda query, features, count: angle_by_directions(query, features, 99),
            "The shape",
        ),
        (lambda query, features, count: angle_by_directions(query, features, 1)[0], "An array of"),
        (lambda *given: given[1][angle_by_directions(*given)], "shape"),
        (lambda *given: angle_by_directions(*given)[None], "length 1"),
        (lambda *given: set(angle_by_lists(*given)), "set"),
        (angle_unsorted, "first cases only. .*wrong"),
        (lambda *given: angle_by_directions(*given) + 0.5, "whole number"),
        (lambda q, f, count: angle_by_directions(abs(q), abs(f), count), "wrong"),
        (lambda q, f, count: np.argsort(-(f / abs(f).sum(1)[:, None]) @ q)[:count], "wrong"),
        (
            lambda q, f, count: angle_by_directions(q - q.mean(), f - f.mean(1)[:, None], count),
            "wrong",
        ),
        (lambda q, f, count: angle_by_directions(q, f / abs(f).max(0), count), "wrong"),
        (lambda *given: print(angle_by_directions(*given)), "`return`"),
        (lambda features, count: [0], r"must take the arguments \(query, features, count\)"),
        ([4, 1, 2, 0], "A function is wanted"),
    ],
}


@pytest.mark.parametrize(("exercise", "answer"), right_cases(neighbours, RIGHT))
def test_right_answers_pass_in_any_style(exercise, answer):
    assert set(faults(exercise, answer)) == {None}


@pytest.mark.parametrize(("exercise", "answer", "word"), wrong_cases(neighbours, WRONG))
def test_wrong_answers_get_the_hint_that_is_meant(exercise, answer, word):
    assert all(fault and re.search(word, fault) for fault in faults(exercise, answer))


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [(leave_one_out, one_out_by_sklearn), (leave_burst_out, burst_out_by_sklearn)],
)
def test_scikit_learn_leaves_out_the_same(exercise, answer):
    for case in [*exercise.cases, exercise.draw(np.random.default_rng(0))]:
        np.testing.assert_allclose(answer(*case), exercise.reference(*case))


# What is drawn -----------------------------------------------------------------------------------


@pytest.mark.parametrize("exercise", [leave_one_out, leave_burst_out])
def test_draws_have_no_tie_and_each_class_has_others_to_learn_from(exercise):
    for seed in range(50):
        features, labels, *bursts = exercise.draw(np.random.default_rng(seed))
        groups = bursts[0] if bursts else np.arange(len(labels))
        for label in np.unique(labels):
            assert len(set(groups[labels == label])) >= 2
        assert 0 < np.mean(exercise.reference(features, labels, *bursts)) <= 1
        noise = (
            1e-6 * np.abs(features).max() * np.random.default_rng(seed).normal(size=features.shape)
        )
        moved = exercise.reference(features + noise, labels, *bursts)
        np.testing.assert_array_equal(moved, exercise.reference(features, labels, *bursts))


def test_drawn_angles_are_far_apart_and_counts_go_from_few_to_many():
    drawn = [nearest_by_angle.draw(np.random.default_rng(seed)) for seed in range(50)]
    for query, features, _ in drawn:
        lengths = np.linalg.norm(features, axis=1) * np.linalg.norm(query)
        assert np.min(np.diff(np.sort(features @ query / lengths))) > 1e-3
    assert any(count <= 2 for _, _, count in drawn)
    assert any(count == len(features) for _, features, count in drawn)
