"""The exercises about the head: right answers in any style, wrong ones with their hint."""

import functools
import math
import re
from decimal import Decimal
from fractions import Fraction

import keras
import numpy as np
import pytest
from answers import faults, right_cases, wrong_cases
from sklearn.preprocessing import StandardScaler

from dl_course import evaluation, models
from dl_course.checks.transfer import head
from dl_course.checks.transfer.head import activation_map, fold_standardizing, pictures_needed

tensor = keras.ops.convert_to_tensor


# Fold the standardising --------------------------------------------------------------------------


def fold(mean, std, weights, bias):
    kernel = weights / np.where(std == 0, 1, std)[:, None]
    return kernel, bias - mean @ kernel


def fold_by_lists(mean, std, weights, bias):
    divisors = [s or 1 for s in std.tolist()]
    kernel = [[w / s for w in row] for row, s in zip(weights.tolist(), divisors, strict=True)]
    shift = [
        sum(m * w for m, w in zip(mean.tolist(), row, strict=True))
        for row in zip(*kernel, strict=True)
    ]
    return [kernel, [b - s for b, s in zip(bias.tolist(), shift, strict=True)]]


def fold_by_asking(mean, std, weights, bias):
    """What the two steps give for zeros, and for one feature after the other."""

    def both(x):
        return (x - mean) / np.where(std > 0, std, 1) @ weights + bias

    at_zero = both(np.zeros_like(mean))
    return both(np.eye(len(mean))) - at_zero, at_zero


def fold_in_place(mean, std, weights, bias):
    new = np.array(weights, "float64")
    for feature in range(len(mean)):
        if std[feature] != 0:
            new[feature] /= std[feature]
    return {"bias": bias - np.sum(mean[:, None] * new, axis=0), "weights": new}


def fold_by_diagonal(mean, std, weights, bias):
    scale = np.diag(1 / np.where(std > 1e-9, std, 1.0))
    return scale @ weights, bias - mean @ scale @ weights


def fold_in_keras(mean, std, weights, bias):
    std = keras.ops.where(tensor(std) > 0, std, keras.ops.ones_like(std))
    kernel = keras.ops.divide(weights, keras.ops.expand_dims(std, 1))
    return kernel, bias - keras.ops.matmul(mean, kernel)


def fold_in_float32(*given):
    return tuple(part.astype("float32") for part in fold(*(x.astype("float32") for x in given)))


class Fold:
    def __call__(self, mean, std, /, weights, bias):
        return fold(mean, std, weights, bias)


def parts_of(kernel=None, bias=None):
    """`fold` with one or two of its results computed in another way."""

    def answer(*given):
        right = fold(*given)
        return kernel(*given) if kernel else right[0], bias(*given) if bias else right[1]

    return answer


# The evidence for one class and against another --------------------------------------------------


def heat(maps, weights, label, other):
    return np.maximum(maps @ weights[:, label] - maps @ weights[:, other], 0)


def heat_by_loops(maps, weights, label, other):
    h, w, d = maps.shape
    out = [[0.0] * w for _ in range(h)]
    for r in range(h):
        for c in range(w):
            for m in range(d):
                out[r][c] += maps[r, c, m] * (weights[m, label] - weights[m, other])
    return [[max(0, one) for one in row] for row in out]


def heat_from_all(maps, weights, label, other):
    evidence = np.einsum("hwd,dk->khw", maps, weights)
    difference = evidence[label] - evidence[other]
    return np.where(difference < 0, 0, difference)


def heat_by_sum(maps, weights, label, other):
    difference = (maps * (weights[:, label] - weights[:, other])).sum(axis=-1)
    difference[difference < 0] = 0
    return difference


def heat_in_keras(maps, weights, label, other):
    column = tensor(weights)[:, label] - tensor(weights)[:, other]
    return keras.ops.relu(keras.ops.sum(tensor(maps) * column, axis=2))


def heat_in_fractions(maps, weights, label, other):
    column = [Fraction(float(a)) - Fraction(float(b)) for a, b in weights[:, [label, other]]]
    rows = [[[Fraction(float(x)) for x in place] for place in row] for row in maps]
    return [
        [max(sum(map(Fraction.__mul__, place, column)), Fraction(0)) for place in row]
        for row in rows
    ]


class Heat:
    def __call__(self, *given):
        return heat(*given).astype("float32")


# Tables ------------------------------------------------------------------------------------------

RIGHT = {
    "fold_standardizing": [
        fold,
        fold_by_lists,
        fold_by_asking,
        fold_in_place,
        fold_by_diagonal,
        fold_in_keras,
        fold_in_float32,
        Fold(),
        functools.partial(fold),
        lambda *given: dict(zip(("weights", "bias"), fold(*given), strict=True)),
        lambda mean, std, weights, bias: list(map(tensor, fold(mean, std, weights, bias))),
    ],
    "activation_map": [
        heat,
        heat_by_loops,
        heat_from_all,
        heat_by_sum,
        heat_in_keras,
        heat_in_fractions,
        Heat(),
        functools.partial(heat),
        lambda *given: heat(*given).tolist(),
        lambda maps, weights, a, b: heat(maps.astype("float32"), weights.astype("float32"), a, b),
    ],
    "pictures_needed": [
        35,
        35.0,
        np.int64(35),
        np.float32(35),
        np.array(35),
        Fraction(35),
        Decimal(35),
        tensor(35),
        math.ceil(9 * 1.96**2),
        next(n for n in range(1, 100) if evaluation.score_interval(n, n)[0] >= 0.9),
    ],
}
WRONG = {
    "fold_standardizing": [
        (lambda mean, std, w, b: (w / std[:, None], b - mean @ (w / std[:, None])), "infinity"),
        (lambda *given: fold(*given)[::-1], "weights: The shape"),
        (lambda *given: fold(*given)[0], "2 results are wanted, in this order: weights, bias"),
        (lambda *given: (fold(*given)[0], None), "Not finished"),
        (lambda *given: (fold(*given)[0].T, fold(*given)[1]), "weights: The shape .* transposed"),
        (parts_of(bias=lambda *given: fold(*given)[1][:, None]), "bias: The shape .* length 1"),
        (parts_of(bias=lambda *given: fold(*given)[1].sum()), "bias: An array of shape"),
        (parts_of(bias=lambda *given: -fold(*given)[1]), "bias: The sign is wrong"),
        (parts_of(kernel=lambda m, s, w, b: w / s.mean()), "weights: .*wrong"),
        (parts_of(kernel=lambda m, s, w, b: w / (s[:, None] + 1e-3)), "weights: Nearly"),
        (
            parts_of(kernel=lambda m, s, w, b: w / (s[:, None] ** 2 + (s == 0)[:, None])),
            "weights: ",
        ),
        (parts_of(kernel=lambda m, s, w, b: w - m[:, None]), "weights: .*wrong"),
        (
            parts_of(kernel=lambda m, s, w, b: (fold(m, s, w, b)[0]).round(1)),
            "first cases only. weights: ",
        ),
        (lambda m, s, w, b: fold(m, s.clip(1), w, b), "weights: .*wrong"),
        (lambda m, s, w, b: fold(m, np.sqrt(s), w, b), "weights: .*wrong"),
        (lambda m, s, w, b: fold(np.where(s == 0, 0, m), s, w, b), "bias: .*wrong"),
        (lambda m, s, w, b: (*fold(m, s, w, b), 0), "2 results are wanted"),
        (lambda *given: print(fold(*given)), "`return`"),
        (lambda mean, std: mean, "must take the arguments"),
        (fold(*fold_standardizing.cases[0]), "A function is wanted"),
    ],
    "activation_map": [
        (lambda *given: heat(*given) / given[0][..., 0].size, "0.1667 times"),
        (lambda *given: heat(*given).T, "transposed"),
        (lambda *given: heat(*given)[..., None], "length 1"),
        (lambda *given: heat(*given).ravel(), "flattened"),
        (lambda *given: heat(*given).sum(), "too much summed"),
        (lambda *given: heat(*given) > 0, "numbers are wrong"),
        (lambda *given: heat(*given).astype(int), "decimal point"),
        (lambda m, w, a, b: np.maximum(m @ w, 0), "The shape is"),
        (lambda m, w, a, b: np.maximum(m * (w[:, a] - w[:, b]), 0), "The shape is"),
        (
            lambda m, w, a, b: np.maximum(m * (w[:, a] - w[:, b]), 0).sum(-1),
            "wrong|Set to 0 too early",
        ),
        (lambda m, w, a, b: heat(m, w, 1, 0), "Right for the first cases only"),
        (lambda m, w, a, b: heat(m, w, a, 0), "Right for the first cases only"),
        (lambda m, w, a, b: np.maximum(m @ (w[a] - w[b]), 0), "raised ValueError"),
        (lambda *given: heat(*given) / heat(*given).max(), "times"),
        (lambda *given: np.abs(heat(*given) - 1), "wrong"),
        (lambda m, w, a, b: heat(m.transpose(1, 0, 2), w, a, b), "transposed"),
        (lambda *given: np.maximum(1, heat(*given)), "wrong"),
        (lambda *given: print(heat(*given)), "`return`"),
        (lambda maps, weights, label: maps, r"\(maps, weights, label, other\)"),
        (heat(*activation_map.cases[0]), "A function is wanted"),
    ],
    "pictures_needed": [
        (0.9, "whole number"),
        (9 * 1.96**2, "whole number"),
        (10, "too small"),
        (1, "too small"),
        (-35, "too small"),
        (100, "too large"),
        (350, "too large"),
        ([35], "One number"),
        ("35", "without quotes"),
        (True, "True or False"),
        (range(35), "One number"),
        (lambda: 35, "a function"),
        (35j, "complex"),
        (np.nan, "NaN"),
        ({"n": 35}, "dictionary"),
    ],
}


@pytest.mark.parametrize(("exercise", "answer"), right_cases(head, RIGHT))
def test_right_answers_pass_in_any_style(exercise, answer):
    assert set(faults(exercise, answer)) == {None}


@pytest.mark.parametrize(("exercise", "answer", "word"), wrong_cases(head, WRONG))
def test_wrong_answers_get_the_hint_that_is_meant(exercise, answer, word):
    assert all(fault and re.search(word, fault) for fault in faults(exercise, answer))


# What the answers mean ---------------------------------------------------------------------------


def test_the_folded_layer_is_standardising_and_dense():
    rng = np.random.default_rng(0)
    x, weights, bias = rng.normal(3, 2, (20, 4)), rng.normal(size=(4, 3)), np.arange(3.0)
    x[:, 2] = 5  # constant: its std is 0
    scaler = StandardScaler().fit(x)
    kernel, new_bias = fold_standardizing.reference(x.mean(0), x.std(0), weights, bias)
    np.testing.assert_allclose(x @ kernel + new_bias, scaler.transform(x) @ weights + bias)


def test_the_evidence_is_what_grad_cam_shows_of_the_difference():
    """A head of one class whose weights are the difference of two columns."""
    maps, weights, label, other = activation_map.cases[0]
    base = keras.Sequential(
        [
            keras.layers.Input(maps.shape),
            keras.layers.Identity(),
            keras.layers.GlobalAveragePooling2D(),
        ]
    )
    model = models.transfer_classifier(base, 2)
    columns = np.stack([weights[:, label] - weights[:, other], weights[:, other]], axis=1)
    model.layers[-1].set_weights([columns, np.zeros(2)])
    shown = models.grad_cam(model, maps[None].astype("float32"), [0])[0]
    wanted = activation_map.reference(maps, weights, label, other)
    np.testing.assert_allclose(shown, wanted, atol=1e-5)


def test_one_picture_fewer_is_not_enough():
    assert evaluation.score_interval(34, 34)[0] < 0.9 <= evaluation.score_interval(35, 35)[0]
    assert pictures_needed.expected == 35
