"""Exercises about neighbours: leave one out, leave a burst out, the nearest by angle."""

from __future__ import annotations

from functools import partial

import numpy as np

from dl_course.checks._exercise import FunctionExercise
from dl_course.checks._kinds import Index, Probability

__all__ = ["leave_burst_out", "leave_one_out", "nearest_by_angle"]

_RNG = np.random.default_rng(16)


def _is_clear(distances):
    """True if each row's least distance is well below the next: no tie, in float32 neither."""
    first, second = np.sort(distances, axis=1)[:, :2].T
    return bool(np.all(second - first > 0.02))


def _rescale(rng, features):
    """Another unit and precision: powers of 2 keep which of two distances is smaller."""
    unit = rng.choice([1 / 64, 1.0, 128.0])
    return (unit * features).astype(rng.choice(["float32", "float64"]))


# 3. Leave one out; the nearest class mean gives the label.


def _distances_to_means(features, labels, left_out=True, power=2):
    """Of each example to each class mean `(n, k)`; the example itself is no part of it."""
    features, member = features.astype(float), labels[:, None] == np.unique(labels)
    own = member & left_out
    sums = member.T @ features - own[..., None] * features[:, None]  # (n, k, d)
    means = sums / (member.sum(axis=0) - own)[..., None]
    return np.sum(np.abs(means - features[:, None]) ** power, axis=2)


def _correct_by_means(features, labels, choose=np.argmin, **how):
    distances = _distances_to_means(features, labels, **how)
    return np.unique(labels)[choose(distances, axis=1)] == labels


def _leave_one_out(features, labels, **how):
    return np.mean(_correct_by_means(features, labels, **how))


_with_itself = partial(_leave_one_out, left_out=False)


def _draw_classes(rng):
    """Classes of 2 to 7 examples, with gaps between their numbers, where it matters what is left out."""
    while True:
        sizes = rng.integers(2, 8, size=rng.integers(3, 5))
        labels = rng.permutation(np.repeat(rng.choice(6, len(sizes), replace=False), sizes))
        home = rng.normal(scale=1.5, size=(6, rng.integers(2, 6)))[labels]
        features = np.round(home + rng.normal(scale=1.2, size=home.shape) + rng.normal(), 2)
        if not _is_clear(_distances_to_means(features, labels)):
            continue
        if 0 < _leave_one_out(features, labels) < _with_itself(features, labels):
            return _rescale(rng, features), labels


leave_one_out = FunctionExercise(
    kind=Probability(),
    reference=_leave_one_out,
    cases=[
        (np.array([[0.0], [1], [8], [3], [6], [9.5]]), np.array([0, 0, 0, 2, 2, 2])),
        _draw_classes(_RNG),
    ],
    draw=_draw_classes,
    draws=9,
    praise="Right: each picture is classified once, and has no part in its own label.",
    hints=[
        "Begin with one example: which rows are left, and what are the class means of these rows?",
        "`rest = np.arange(len(labels)) != n` picks the others, of features and labels alike.",
        "`np.unique(labels)` gives the classes in order. To which of them does each mean belong?",
    ],
    mistakes=[
        (_with_itself, "The example is still part of its own class mean."),
        (
            lambda features, labels: np.mean(
                _left_out_together(features, labels, np.arange(len(labels))) == labels
            ),
            "The nearest single example gives the label here; the nearest class mean should.",
        ),
        (
            lambda features, labels: np.mean(
                _distances_to_means(features, labels).argmin(axis=1) == labels
            ),
            "The position of the nearest mean is compared with the label: classes may be 0 and 2.",
        ),
        (
            partial(_leave_one_out, choose=np.argmax),
            "The label comes from the mean that is farthest away.",
        ),
        (
            partial(_leave_one_out, power=1),
            "Distances are squared and summed over the features, not absolute values.",
        ),
        (
            lambda features, labels: float(_correct_by_means(features, labels)[0]),
            "Only the first example is left out: is the `return` inside the loop?",
        ),
        (
            lambda features, labels: 1 - _leave_one_out(features, labels),
            "This is the fraction of mistakes, not the accuracy.",
        ),
    ],
)


# 8. Leave a burst out; the nearest neighbour gives the label; an accuracy for each class.


def _masked(features, may_help):
    """Squared distances `(n, n)`, infinite where one may not help the other."""
    distances = np.sum((features[:, None].astype(float) - features) ** 2, axis=2)
    return np.where(may_help, distances, np.inf)


def _per_class(guesses, labels):
    return np.array([np.mean(guesses[labels == one] == one) for one in np.unique(labels)])


def _left_out_together(features, labels, groups):
    """The guess for each example, from the nearest one of another group."""
    return labels[_masked(features, groups[:, None] != groups).argmin(axis=1)]


def _leave_burst_out(features, labels, bursts):
    return _per_class(_left_out_together(features, labels, bursts), labels)


def _leave_picture_out(features, labels, bursts):
    return _leave_burst_out(features, labels, np.arange(len(labels)))


def _one_of_each_burst(features, labels, bursts):
    first = np.unique(bursts, return_index=True)[1]
    return _leave_picture_out(features[first], labels[first], bursts)


def _precision(features, labels, bursts):
    guesses = _left_out_together(features, labels, bursts)
    return np.array([np.mean(labels[guesses == one] == one) for one in np.unique(labels)])


def _draw_bursts(rng):
    """Bursts of 1 to 5 pictures, many of them twins; of each class two bursts or more."""
    while True:
        classes = int(rng.integers(2, 5))
        of_burst = rng.permutation(np.repeat(np.arange(classes), rng.integers(2, 5, classes)))
        count = len(of_burst)
        burst = rng.permutation(np.repeat(np.arange(count), rng.integers(1, 6, count)))
        home = of_burst[:, None] + rng.normal(scale=0.8, size=(count, rng.integers(2, 5)))
        noise = rng.choice([0, 0, 1.0], size=(len(burst), 1)) * rng.normal(size=home[burst].shape)
        features = np.round(4 * home[burst] + noise, 2)
        labels, names = of_burst[burst], rng.choice(1000, count, replace=False)[burst]
        distances = _masked(features, names[:, None] != names)
        by_class = [distances[:, labels == one].min(axis=1) for one in range(classes)]
        case = features, labels, names
        right, twins = _leave_burst_out(*case), _leave_picture_out(*case)
        if _is_clear(np.stack(by_class, axis=1)) and np.any(right != twins) and np.any(right):
            return _rescale(rng, features), labels, names


leave_burst_out = FunctionExercise(
    kind=Probability(),
    reference=_leave_burst_out,
    cases=[
        (
            np.array([[5.0, 0], [5, 1], [3, 2], [5, 5], [2, 3], [7, 2], [6, 2], [2, 5]]),
            np.array([0, 0, 0, 0, 0, 1, 1, 1]),
            np.array([7, 7, 3, 3, 9, 4, 8, 8]),
        ),
        _draw_bursts(_RNG),
    ],
    draw=_draw_bursts,
    draws=9,
    praise="Right: no picture is judged by its twin.",
    hints=[
        "For one picture: which of the others may give it their label?",
        "`bursts[:, None] == bursts` is a table: True where two pictures are of the same burst.",
        "Then look at the pictures of one class alone. How many of these have got its label?",
    ],
    mistakes=[
        (_leave_picture_out, "Only the picture itself is left out; its twins still help."),
        (
            lambda features, labels, bursts: np.ones(labels.max() + 1),
            "Always 1: does each picture get its label from itself?",
        ),
        (
            lambda features, labels, bursts: np.zeros(labels.max() + 1),
            "Always 0: is the whole class left out, not only the burst?",
        ),
        (
            lambda *given: _leave_burst_out(*given) * np.bincount(given[1]) / len(given[1]),
            "Divided by the number of all pictures: each class has its own number.",
        ),
        (_one_of_each_burst, "Pictures are thrown away: only one of each burst is left."),
        (_precision, "Divided by how many got this label; divide by how many should have it."),
        (lambda *given: 1 - _leave_burst_out(*given), "These are fractions of mistakes."),
    ],
)


# 7. Nearest neighbours by angle.


def _cosines(query, features):
    query, features = query.astype(float), features.astype(float)
    return features @ query / (np.linalg.norm(features, axis=1) * np.linalg.norm(query))


def _nearest_by_angle(query, features, count):
    return np.argsort(-_cosines(query, features))[:count]


def _draw_directions(rng):
    """Rows long and short in all directions, sometimes many; no two angles are the same."""
    n, d = int(rng.choice([rng.integers(4, 30), 400])), int(rng.integers(2, 7))
    query, across = rng.normal(size=d), rng.normal(size=(n, d))
    query /= np.linalg.norm(query)
    across -= np.outer(across @ query, query)  # at right angles to the query
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    cosines = rng.permutation(np.linspace(-0.99, 0.98, n) + rng.uniform(0, 2e-3, n))[:, None]
    features = cosines * query + np.sqrt(1 - cosines**2) * across
    features *= 10 ** rng.uniform(-2, 2, size=(n, 1))
    dtype, length = rng.choice(["float32", "float64"]), rng.uniform(0.1, 9)
    return (length * query).astype(dtype), features.astype(dtype), int(rng.integers(1, n + 1))


nearest_by_angle = FunctionExercise(
    kind=Index(),
    reference=_nearest_by_angle,
    cases=[
        (
            np.array([3.0, -1.0]),
            np.array([[1.0, 1], [6, -1], [0.2, -0.1], [-3, 1.5], [4, -4], [0, 2]]),
            4,
        ),
        (np.array([1.0, 2.0]), np.array([[9.0, 1.0], [0.1, 0.3], [-1.0, -3.0]]), 1),
    ],
    draw=_draw_directions,
    draws=9,
    praise="Right: how long a row is doesn't matter, only where it points.",
    hints=[
        "One cosine for each row of `features`: section 9 has the formula.",
        "`np.argsort` gives positions, the smallest first. Which end do you want?",
    ],
    mistakes=[
        (
            lambda query, features, count: np.argsort(np.sum((features - query) ** 2, axis=1))[
                :count
            ],
            "These are the nearest by distance: lengths matter here, and should not.",
        ),
        (
            lambda query, features, count: np.argsort(-(features @ query))[:count],
            "A long row wins here, wherever it points.",
        ),
        (
            lambda query, features, count: np.argsort(_cosines(query, features))[:count],
            "The least similar come first.",
        ),
        (
            lambda *given: np.sort(_nearest_by_angle(*given)),
            "The right rows, but sorted by their position in the table.",
        ),
        (
            lambda query, features, count: np.argsort(-np.abs(_cosines(query, features)))[:count],
            "What points the opposite way counts as near here.",
        ),
        (
            lambda query, features, count: np.sort(_cosines(query, features))[::-1][:count],
            "These are the cosines; the positions of the rows are wanted.",
        ),
        (
            lambda query, features, count: np.argsort(
                _nearest_by_angle(query, features, len(features))
            )[:count],
            "This is the rank of each row; the positions of the best are wanted.",
        ),
        (
            lambda query, features, count: np.argsort(-_cosines(query, features))[1 : count + 1],
            "The nearest is left out: the query is no row of the table.",
        ),
    ],
)
