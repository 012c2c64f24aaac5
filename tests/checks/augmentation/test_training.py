"""Mixup and averaged views: right answers of many styles, wrong ones and their hints."""

import functools
import re
from fractions import Fraction

import keras
import numpy as np
import pytest
from answers import faults, right_cases, wrong_cases

from dl_course.checks.augmentation import training

# Mixup -------------------------------------------------------------------------------------------


def mix(x1, y1, x2, y2, lam):
    wide = lam[:, None, None, None]
    return wide * x1 + (1 - wide) * x2, lam[:, None] * y1 + (1 - lam[:, None]) * y2


def mix_by_einsum(x1, y1, x2, y2, lam):
    return [a + np.einsum("n,n...->n...", 1 - lam, b - a) for a, b in ((x1, x2), (y1, y2))]


def mix_in_a_loop(x1, y1, x2, y2, lam):
    x, y = np.empty_like(x1), np.empty_like(y1)
    for i, part in enumerate(lam):
        x[i] = part * x1[i] + (1 - part) * x2[i]
        y[i] = part * y1[i] + (1 - part) * y2[i]
    return {"images": x, "targets": y}


def mix_in_lists(x1, y1, x2, y2, lam):
    x = [(p * a + (1 - p) * b).tolist() for a, b, p in zip(x1, x2, lam, strict=True)]
    rows = [
        [Fraction(float(p)) * Fraction(float(s)) + (1 - Fraction(float(p))) * Fraction(float(t))]
        for a, b, p in zip(y1, y2, lam, strict=True)
        for s, t in zip(a, b, strict=True)
    ]
    k = y1.shape[1]
    return x, [sum(rows[i : i + k], []) for i in range(0, len(rows), k)]


def mix_in_keras(x1, y1, x2, y2, lam):
    tensor = keras.ops.convert_to_tensor
    wide = keras.ops.reshape(tensor(lam), (-1, 1, 1, 1))
    flat = keras.ops.reshape(tensor(lam), (-1, 1))
    return wide * tensor(x1) + (1 - wide) * tensor(x2), flat * tensor(y1) + (1 - flat) * tensor(y2)


def mix_by_transposing(x1, y1, x2, y2, lam):
    def pair(a, b):
        return (lam * a.T + (1 - lam) * b.T).T

    return pair(x1, x2).astype("float32"), pair(y1, y2).astype("float32")


class Mixer:
    def __call__(self, x1, y1, x2, y2, lam):
        n = len(lam)
        one = np.diag(lam) @ x1.reshape(n, -1) + np.diag(1 - lam) @ x2.reshape(n, -1)
        return one.reshape(x1.shape), np.diag(lam) @ y1 + np.diag(1 - lam) @ y2


def mix_as(x1, y1, x2, y2, lam, form):
    return form(mix(x1, y1, x2, y2, lam))


def mix_with(first=None, second=None):
    """The right results, but for one of them."""

    def answer(*pairs):
        x, y = mix(*pairs)
        return first(*pairs) if first else x, second(*pairs) if second else y

    return answer


def clip(x1, y1, x2, y2, lam):
    return _mixed(x1, x2, np.maximum(lam, 0.5))


def _mixed(a, b, lam):
    return training._mix(a, b, lam)


def mix_in_place(x1, y1, x2, y2, lam):
    x1 *= lam[:, None, None, None]
    x1 += (1 - lam[:, None, None, None]) * x2
    return x1, mix(x1, y1, x2, y2, lam)[1]


# Averaged views ----------------------------------------------------------------------------------


def average_by_adding(predict, views):
    total = 0
    for view in views:
        total = total + predict(view)
    return total / len(views)


def average_a_large_batch(predict, views):
    v, n = views.shape[:2]
    return predict(views.reshape(-1, *views.shape[2:])).reshape(v, n, -1).mean(axis=0)


def average_image_by_image(predict, views):
    return [np.mean([predict(image[None])[0] for image in views[:, i]], axis=0).tolist()
            for i in range(views.shape[1])]  # fmt: skip


def average_twice(predict, views):
    """Calls `predict` more often than it must."""
    for view in views:
        predict(view)
    return sum(map(predict, views)) / views.shape[0]


def average_in_keras(predict, views):
    return keras.ops.mean(keras.ops.stack([predict(view) for view in views]), axis=0)


def average_on_the_run(predict, views):
    mean = predict(views[0])
    for count, view in enumerate(views[1:], start=2):
        mean = mean + (predict(view) - mean) / count
    return mean


class Average:
    def __init__(self, axis):
        self.axis = axis

    def __call__(self, predict, views):
        return np.average(np.array([predict(view) for view in views]), axis=self.axis)


def each(predict, views):
    return np.stack([predict(view) for view in views])


def average_in_place(predict, views):
    views[0] = views.mean(axis=0)
    return predict(views[0])


def majority(predict, views):
    votes = each(predict, views)
    return np.eye(votes.shape[-1])[votes.mean(axis=0).argmax(axis=-1)]


RIGHT = {
    "mixup": [
        mix,
        mix_by_einsum,
        mix_in_a_loop,
        mix_in_lists,
        mix_in_keras,
        mix_by_transposing,
        Mixer(),
        functools.partial(mix_as, form=list),
        functools.partial(mix_as, form=lambda pair: {"targets": pair[1], "images": pair[0]}),
        functools.partial(mix_as, form=lambda pair: np.array([*pair, 0], dtype=object)[:2]),
    ],
    "average_views": [
        average_by_adding,
        average_a_large_batch,
        average_image_by_image,
        average_twice,
        average_in_keras,
        average_on_the_run,
        Average(0),
        lambda predict, views: each(predict, views).mean(axis=0).astype("float32"),
        functools.partial(lambda predict, views, mean: mean(each(predict, views), 0), mean=np.mean),
        lambda predict, views: np.einsum("vnk->nk", each(predict, views)) / len(views),
    ],
}

WRONG = {
    "mixup": [
        (lambda *p: mix(*p)[0], "2 results are wanted, in this order"),
        (lambda *p: (*mix(*p), p[4]), "2 results are wanted, in this order: images, targets"),
        (mix_with(lambda x1, *p: x1.copy()), "images: .* numbers are wrong"),
        (mix_with(lambda *p: p[4][:, None, None, None] * p[0]), "images: .* numbers are wrong"),
        (mix_with(lambda *p: (p[0] + p[2]) / 2), "images: .* numbers are wrong"),
        (mix_with(clip), "images: .* numbers are wrong"),
        (mix_with(lambda *p: np.round(mix(*p)[0])), "images: The digits after the decimal point"),
        (mix_with(lambda *p: 255 * mix(*p)[0]), "images: Every number is 255 times"),
        (mix_with(None, lambda *p: 2 * mix(*p)[1]), "targets: Every number is 2 times"),
        (mix_with(None, lambda *p: mix(*p)[1].argmax(axis=1)), "targets: The shape is"),
        (mix_with(None, lambda *p: None), "Not finished yet"),
        (mix_with(None, lambda *p: mix(*p)[1].T), "targets: The shape is"),
        (lambda x1, y1, x2, y2, lam: (lam * x1 + (1 - lam) * x2, y1), "of the first batch"),
        (lambda *p: mix(*p[:4], p[4].round()), "images: .* numbers are wrong"),
        (lambda *p: mix(*p[:4], np.full_like(p[4], 0.5)), "images: .* numbers are wrong"),
        (mix_in_place, "changes its input"),
        (lambda *p: print(*mix(*p)), "`return` (it|the result)"),
        (lambda *p: "both", "2 results are wanted"),
        (lambda x, y: (x, y), r"must take the arguments \(x1, y1, x2, y2, lam\)"),
        ((1, 2), "A function is wanted, and this is a tuple."),
    ],
    "average_views": [
        (lambda predict, views: predict(views), "`predict` takes a batch of shape"),
        (lambda predict, views: predict(views[0, 0]), "`predict` takes a batch of shape"),
        (lambda predict, views: predict(views[-1]), "numbers are wrong"),
        (lambda predict, views: each(predict, views), "The shape is"),
        (lambda predict, views: each(predict, views).mean(), "An array of shape"),
        (lambda predict, views: each(predict, views).mean(axis=2), "The shape is"),
        (lambda predict, views: each(predict, views).sum(axis=0), "between 0 and 1, and it doesn"),
        (lambda predict, views: 100 * each(predict, views).mean(axis=0), "In percent?"),
        (lambda predict, views: each(predict, views).min(axis=0), "numbers are wrong"),
        (lambda predict, views: each(predict, views[1:]).mean(axis=0), "numbers are wrong"),
        (lambda predict, views: sum(map(predict, views)) / 4, "Every number is 2.25 times"),
        (lambda predict, views: each(predict, views).mean(axis=0).round(2), "numbers are wrong"),
        (lambda predict, views: np.exp(np.log(each(predict, views)).mean(axis=0)), "are wrong"),
        (majority, "numbers are wrong"),
        (
            lambda predict, views: each(predict, views[:4]).mean(axis=0),
            "20 of 20 numbers are wrong",
        ),
        (lambda predict, views: each(predict, views).mean(axis=0)[::-1], "numbers are wrong"),
        (lambda predict, views: (predict(view) for view in views), "a generator"),
        (average_in_place, "changes its input"),
        (lambda predict, views: print(each(predict, views).mean(axis=0)), "`return` (it|the res)"),
        (lambda views: views, r"must take the arguments \(predict, views\)"),
    ],
}


@pytest.mark.parametrize(("exercise", "answer"), right_cases(training, RIGHT))
def test_right_answers_pass_in_any_style(exercise, answer):
    assert set(faults(exercise, answer)) == {None}


@pytest.mark.parametrize(("exercise", "answer", "word"), wrong_cases(training, WRONG))
def test_wrong_answers_get_the_hint_that_is_meant(exercise, answer, word):
    assert all(fault and re.search(word, fault) for fault in faults(exercise, answer))


@pytest.mark.parametrize("exercise", [training.mixup, training.average_views])
def test_the_known_mistakes_get_their_hints(exercise):
    for wrong, hint in exercise.mistakes:
        assert set(faults(exercise, wrong)) == {hint}


def test_a_stub_of_mixup_is_not_finished_like_any_other():
    def mixup(x1, y1, x2, y2, lam): ...

    assert training.mixup.verdict(mixup).message.startswith("Not attempted yet")
