"""The exercises on inference: right answers in any style, wrong ones with the hint that is meant."""

import functools
import math
import re
from fractions import Fraction

import keras
import numpy as np
import pytest
from answers import faults, right_cases, wrong_cases
from keras import layers, ops

from dl_course import normalization
from dl_course.checks import normalization as check
from dl_course.checks.normalization import inference
from dl_course.convolution import conv2d
from dl_course.neurons import dense

tensor = ops.convert_to_tensor

# Moving averages ---------------------------------------------------------------------------------


def averages(batches, momentum):
    mean, variance = 0.0, 1.0
    for batch in batches:
        mean = mean * (1 - momentum) + batch.mean(axis=0) * momentum
        variance = variance * (1 - momentum) + batch.var(axis=0, ddof=1) * momentum
    return mean, variance


def averages_by_lists(batches, momentum):
    d, n = batches.shape[2], batches.shape[1]
    means, variances = [0.0] * d, [1.0] * d
    for batch in batches.tolist():
        for j in range(d):
            values = [row[j] for row in batch]
            m = sum(values) / n
            v = sum((value - m) ** 2 for value in values) / (n - 1)
            means[j] += momentum * (m - means[j])
            variances[j] += momentum * (v - variances[j])
    return means, variances


def averages_by_weights(batches, momentum):
    k = len(batches)
    weights = momentum * (1 - momentum) ** np.arange(k)[::-1]
    rest, n = (1 - momentum) ** k, batches.shape[1]
    variances = batches.var(axis=1) * n / (n - 1)
    return weights @ batches.mean(axis=1), rest + weights @ variances


def averages_by_the_package(batches, momentum):
    mean, variance = np.zeros(batches.shape[2]), np.ones(batches.shape[2])
    n = batches.shape[1]
    for batch in batches:
        newest = batch.mean(axis=0), batch.var(axis=0) * n / (n - 1)
        mean = normalization.update_moving(mean, newest[0], momentum=1 - momentum)
        variance = normalization.update_moving(variance, newest[1], momentum=1 - momentum)
    return {"moving_mean": mean, "moving_variance": variance}


def averages_by_fractions(batches, momentum):
    new = Fraction(momentum)
    n, d = batches.shape[1:]
    mean, variance = [Fraction(0)] * d, [Fraction(1)] * d
    for batch in batches:
        columns = [[Fraction(float(value)) for value in column] for column in batch.T]
        means = [sum(column) / n for column in columns]
        pairs = zip(columns, means, strict=True)
        squares = [sum((value - m) ** 2 for value in column) / (n - 1) for column, m in pairs]
        mean = [(1 - new) * a + new * b for a, b in zip(mean, means, strict=True)]
        variance = [(1 - new) * a + new * b for a, b in zip(variance, squares, strict=True)]
    return mean, variance


def averages_by_recursion(batches, momentum):
    if not len(batches):
        d = batches.shape[2]
        return np.array([np.zeros(d), np.ones(d)])
    newest = np.array([batches[-1].mean(axis=0), batches[-1].var(axis=0, ddof=1)])
    return (1 - momentum) * averages_by_recursion(batches[:-1], momentum) + momentum * newest


def averages_by_tensors(batches, momentum):
    n = batches.shape[1]
    mean, variance = ops.zeros(batches.shape[2]), ops.ones(batches.shape[2])
    for batch in tensor(batches.astype("float32")):
        mean = mean + momentum * (ops.mean(batch, axis=0) - mean)
        variance = variance + momentum * (ops.var(batch, axis=0) * n / (n - 1) - variance)
    return mean, variance


def averages_by_mean_of_squares(batches, momentum):
    mean, variance, n = 0, 1, batches.shape[1]
    for batch in batches:
        m = batch.mean(axis=0)
        mean += momentum * (m - mean)
        squares = (batch**2).mean(axis=0) - m**2
        variance += momentum * (squares * (n / (n - 1)) - variance)
    return [mean, variance]


def averages_by_keras(batches, momentum):
    """What Keras does: the other momentum, the other variance."""
    layer = layers.BatchNormalization(momentum=momentum)
    for batch in batches:
        layer(batch, training=True)
    return layer.moving_mean, layer.moving_variance


class Averages:
    def __init__(self, ddof=1):
        self.ddof = ddof

    def __call__(self, batches, momentum):
        mean, variance = np.zeros(batches.shape[2]), np.ones(batches.shape[2])
        for batch in batches:
            mean += momentum * (batch.mean(axis=0) - mean)
            variance += momentum * (batch.var(axis=0, ddof=self.ddof) - variance)
        return mean, variance


def averages_of_features(batches, momentum):
    """The mean runs along the wrong axis."""
    return averages(np.swapaxes(batches, 1, 2), momentum)


# At inference ------------------------------------------------------------------------------------


def predict(x, gamma, beta, count, total, total_squares, epsilon):
    mean = total / count
    return gamma * (x - mean) / np.sqrt(total_squares / count - mean**2 + epsilon) + beta


def predict_by_lists(x, gamma, beta, count, total, total_squares, epsilon):
    rows = []
    for row in x.tolist():
        rows.append([])
        for value, a, b, s, q in zip(row, gamma, beta, total, total_squares, strict=True):
            mean = float(s) / count
            std = math.sqrt(float(q) / count - mean * mean + epsilon)
            rows[-1].append(float(a) * (value - mean) / std + float(b))
    return rows


def predict_by_the_package(x, gamma, beta, count, total, total_squares, epsilon):
    total, total_squares = total.astype(float), total_squares.astype(float)
    variance = np.maximum((total_squares - total**2 / count) / count, 0)
    statistics = total / count, variance
    return normalization.batch_norm_inference(x, gamma, beta, *statistics, epsilon=epsilon)


def predict_as_a_line(x, gamma, beta, count, total, total_squares, epsilon):
    k = gamma * count / np.sqrt(count * total_squares - total**2 + count**2 * epsilon)
    return x * k + (beta - k * total / count)


def predict_in_float32(x, *given):
    *arrays, epsilon = (a.astype("float32") if isinstance(a, np.ndarray) else a for a in given)
    return predict(x.astype("float32"), *arrays, np.float32(epsilon))


def predict_by_keras(x, gamma, beta, count, total, total_squares, epsilon):
    layer = layers.BatchNormalization(epsilon=epsilon)
    layer.build(x.shape)
    mean = total / count
    layer.set_weights([gamma, beta, mean, total_squares / count - mean**2])
    return layer(x)


def predict_by_tensors(x, gamma, beta, count, total, total_squares, epsilon):
    x, gamma, beta, total, squares = map(tensor, (x, gamma, beta, total, total_squares))
    mean = total / count
    return gamma * (x - mean) * ops.rsqrt(squares / count - mean * mean + epsilon) + beta


def predict_by_fractions(x, gamma, beta, count, total, total_squares, epsilon):
    mean = [Fraction(float(s)) / count for s in total]
    squares = [Fraction(float(q)) / count for q in total_squares]
    std = [math.sqrt(q - m * m + Fraction(epsilon)) for q, m in zip(squares, mean, strict=True)]
    return gamma * (x - np.array(mean, dtype=float)) / np.array(std) + beta


class Predict:
    def __call__(self, x, gamma, beta, count, total, total_squares, epsilon):
        one_by_one = [predict(row, gamma, beta, count, total, total_squares, epsilon) for row in x]
        return np.array(one_by_one)


def predict_with(**changes):
    """A wrong answer: other numbers than those that are given."""

    def answer(x, gamma, beta, count, total, total_squares, epsilon):
        given = dict(zip(NAMES, (gamma, beta, count, total, total_squares, epsilon), strict=True))
        return predict(x, **{**given, **changes})

    return answer


NAMES = ["gamma", "beta", "count", "total", "total_squares", "epsilon"]


def predict_mean_of_batch(x, gamma, beta, count, total, total_squares, epsilon):
    variance = total_squares / count - (total / count) ** 2
    return gamma * (x - x.mean(axis=0)) / np.sqrt(variance + epsilon) + beta


def predict_variance_of_batch(x, gamma, beta, count, total, total_squares, epsilon):
    return gamma * (x - total / count) / np.sqrt(x.var(axis=0) + epsilon) + beta


def predict_that_goes_on(x, gamma, beta, count, total, total_squares, epsilon):
    given = count + len(x), total + x.sum(axis=0), total_squares + (x**2).sum(axis=0), epsilon
    return predict(x, gamma, beta, *given)


def predict_in_place(x, gamma, beta, count, total, total_squares, epsilon):
    total /= count
    total_squares /= count
    return gamma * (x - total) / np.sqrt(total_squares - total**2 + epsilon) + beta


# Folding -----------------------------------------------------------------------------------------


def fold(weights, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    k = gamma / np.sqrt(moving_variance + epsilon)
    return weights * k, (bias - moving_mean) * k + beta


def fold_by_lists(weights, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    k = [g / math.sqrt(v + epsilon) for g, v in zip(gamma, moving_variance, strict=True)]
    rows = [[w * s for w, s in zip(row, k, strict=True)] for row in weights]
    each = zip(bias, moving_mean, k, beta, strict=True)
    return rows, [b * s - m * s + shift for b, m, s, shift in each]


def fold_by_a_matrix(weights, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    scale = np.diag((moving_variance + epsilon) ** -0.5 * gamma)
    return {"bias": (bias - moving_mean) @ scale + beta, "weights": weights @ scale}


def fold_by_asking(weights, bias, *bn):
    """The bias is what comes out for 0; the weights are what each input adds to it."""
    gamma, beta, mean, variance, epsilon = (np.asarray(a, float) for a in bn)

    def both(x):
        y = x @ weights.astype(float) + bias
        return gamma * (y - mean) / np.sqrt(variance + epsilon) + beta

    zero = both(np.zeros((1, len(weights))))
    return both(np.eye(len(weights))) - zero, zero[0]


def fold_by_tensors(*given):
    *arrays, epsilon = given
    weights, bias, gamma, beta, mean, variance = map(tensor, arrays)
    k = gamma / ops.sqrt(variance + epsilon)
    return weights * k, ops.add(ops.multiply(ops.subtract(bias, mean), k), beta)


def fold_in_float32(*given):
    *arrays, epsilon = given
    return tuple(a.astype("float32") for a in fold(*(a.astype("float32") for a in arrays), epsilon))


class Fold:
    def __call__(self, weights, bias, gamma, beta, moving_mean, moving_variance, epsilon):
        together = np.vstack([weights, bias - moving_mean])
        together = together * (gamma / np.sqrt(moving_variance + epsilon))
        return [together[:-1], together[-1] + beta]


def fold_with(**changes):
    """A wrong answer: other numbers than those that are given."""
    names = ["weights", "bias", "gamma", "beta", "moving_mean", "moving_variance", "epsilon"]

    def answer(weights, bias, gamma, beta, moving_mean, moving_variance, epsilon):
        given = (weights, bias, gamma, beta, moving_mean, moving_variance, epsilon)
        return fold(**{**dict(zip(names, given, strict=True)), **changes})

    return answer


def fold_in_place(weights, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    weights *= gamma / np.sqrt(moving_variance + epsilon)
    return weights, bias


def fold_rows(weights, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    k = gamma / np.sqrt(moving_variance + epsilon)
    return weights * np.resize(k, (len(weights), 1)), (bias - moving_mean) * k + beta


def fold_rows_of_squares(weights, *given):
    right = fold(weights, *given)
    return fold(weights.T, *given)[0].T if len(set(weights.shape)) == 1 else right[0], right[1]


def of_fold(change):
    return lambda *given: change(*fold(*given))


# Right, and wrong --------------------------------------------------------------------------------

RIGHT = {
    "parameters_with_bn": [
        (14_466, 112),
        [14_466, 112],
        np.array([14_466, 112]),
        np.array([14_466, 112], "float32"),
        {"learned": 14_466, "gathered": 112},
        {"gathered": Fraction(112), "learned": 14_466.0},
        tensor([14_466, 112]),
        (np.int32(14_466), np.array(112)),
    ],
    "moving_averages": [
        averages,
        averages_by_lists,
        averages_by_weights,
        averages_by_the_package,
        averages_by_fractions,
        averages_by_recursion,
        averages_by_tensors,
        averages_by_mean_of_squares,
        Averages(),
        functools.partial(averages),
        lambda x, m: tuple(a.astype("float32") for a in averages(x, m)),
        lambda *given: list(averages(*given)),
    ],
    "batches_to_settle": [
        459,
        459.0,
        np.int64(459),
        np.ceil(np.log(0.01) / np.log(0.99)),
        next(k for k in range(1000) if 0.99**k <= 0.01),
        Fraction(459),
        tensor(459),
        np.float32(459),
    ],
    "batch_norm_predict": [
        predict,
        predict_by_lists,
        predict_by_the_package,
        predict_as_a_line,
        predict_in_float32,
        predict_by_keras,
        predict_by_tensors,
        predict_by_fractions,
        Predict(),
        functools.partial(predict),
        lambda *given: predict(*given).astype("float32").tolist(),
        lambda x, *given: [predict(x[[i]], *given)[0] for i in range(len(x))],
    ],
    "fold_batch_norm": [
        fold,
        fold_by_lists,
        fold_by_a_matrix,
        fold_by_asking,
        fold_by_tensors,
        fold_in_float32,
        Fold(),
        functools.partial(fold),
        lambda *given: list(fold(*given)),
        of_fold(lambda w, b: (w.tolist(), b.tolist())),
        of_fold(lambda w, b: {"weights": w, "bias": tuple(b)}),
    ],
}

WRONG = {
    "parameters_with_bn": [
        (14_466, "2 results are wanted"),
        ([14_466], "2 results are wanted"),
        ([14_466, 112, 14_578], "2 results are wanted"),
        ({"trainable": 14_466, "non-trainable": 112}, "2 results are wanted"),
        ((14_466, 0), "gathered: 0 is too small"),
        ((14_466, 6), "gathered: 6 is too small"),
        ((14_466, 224), "gathered: 224 is too large"),
        ((14_466, 113), "gathered: Off by one: 1 too large"),
        ((14_354, 56), "What BN learns"),
        ((14_410, 56), "BN learns more than one"),
        ((14_410, 112), "BN learns more than one"),
        ((14_466, 56), "BN gathers more than one"),
        ((0, 56), "BN gathers more than one"),
        ((14_578, 0), "no gradient"),
        ((14_466 - 56 + 3, 112), "learned: 14413 is too small"),
        ((14_466 - 3 * 3 * 7 * 16, 112), "learned: 13458 is too small"),
        ((14_466 + (49 - 25) * 512, 112), "learned: 26754 is too large"),
        ((14_466.5, 112), "learned: A whole number"),
        (("14466", "112"), "learned: This is a text"),
        ({14_466, 112}, "2 results are wanted"),
        ((14_466, True), "gathered: A number is wanted"),
        (sum, "That is a function"),
    ],
    "moving_averages": [
        (averages_by_keras, "That is what Keras does"),
        (Averages(ddof=0), "variances aren't"),
        (averages_of_features, r"moving_mean: The shape is \(2,\)"),
        (lambda x, m: averages(x, 0.1), "moving_mean: 2 of 2 numbers"),
        (lambda x, m: averages(x, 0.99), "moving_mean: 1 of 1 numbers"),
        (lambda x, m: averages(x, m)[::-1], "moving_mean: 1 of 1 numbers"),
        (lambda x, m: Averages(x.shape[1] < 4)(x, m), "Right for the first cases only"),
        (lambda x, m: averages(x, m)[0], "2 results are wanted"),
        (lambda x, m: (*averages(x, m), 1), "2 results are wanted"),
        (
            lambda x, m: (averages(x, m)[0], averages(x, m)[1] ** 0.5),
            "moving_variance: 1 of 1 numbers",
        ),
        (lambda x, m: (averages(x, m)[0].mean(), averages(x, m)[1]), "moving_mean: An array"),
        (lambda x, m: averages(x[1:], m), "moving_mean: .* is too small"),
        (lambda x, m: averages(x[:-1], m), "moving_mean: .* is too small"),
        (lambda x, m: averages(x[:3], m), "moving_mean: 2 of 2 numbers"),
        (lambda x, m: averages(x[::-1], m), "moving_mean: .* is too large"),
        (lambda x, m: averages(x.astype(int), m), "moving_mean: .* is too large"),
        (lambda x, m: averages(x.mean(axis=0, keepdims=True), m), "moving_mean: .* is too small"),
        (lambda x, m: averages(np.round(x), m), "moving_mean: .* is too large"),
        (lambda x, m: print(averages(x, m)), "return"),
        (lambda x, m: averages(x[:, :2], m), "moving_mean: 2 of 2 numbers"),
        (lambda x, m: averages(x[..., :1], m), r"moving_mean: The shape is \(1,\)"),
        (lambda x, m: np.stack(averages(x, m), axis=-1), "2 results are wanted"),
        (lambda x, m: (averages(x, m)[0], None), "Not finished yet"),
        (lambda x: x, "must take the arguments"),
        (lambda x, m: 1 / 0, "ZeroDivisionError"),
        ((np.zeros(2), np.ones(2)), "A function is wanted"),
    ],
    "batches_to_settle": [
        (458, "1 too small"),
        (460, "1 too large"),
        (np.log(0.01) / np.log(0.99), "whole number"),
        (0.99, "whole number"),
        (10, "too small"),
        (500, "too large"),
        ([459], "One number is wanted"),
        ("459", "text"),
        (-459, "too small"),
        (4582, "too large"),
        (True, "True or False"),
        (np.nan, "NaN"),
        (lambda: 459, "That is a function"),
    ],
    "batch_norm_predict": [
        (predict_mean_of_batch, "6 of 6 numbers"),
        (predict_variance_of_batch, "6 of 6 numbers"),
        (predict_that_goes_on, "6 of 6 numbers"),
        (predict_in_place, "changes its input"),
        (predict_with(count=4), "NaN"),
        (predict_with(epsilon=0.5), "3 of 3 numbers"),
        (predict_with(epsilon=1e-3), "6 of 6 numbers"),
        (predict_with(gamma=1), "6 of 6 numbers"),
        (predict_with(beta=0), "6 of 6 numbers"),
        (lambda x, *given: predict(x, *given[1::-1], *given[2:]), "6 of 6 numbers"),
        (lambda x, a, b, n, s, q, e: predict(x, a, b, len(x), s, q, e), "NaN"),
        (lambda x, a, b, n, s, q, e: predict(x, a, b, n + 1, s, q, e), "6 of 6 numbers"),
        (lambda x, a, b, n, s, q, e: a * (x - s) / np.sqrt(q + e) + b, "6 of 6 numbers"),
        (lambda x, a, b, n, s, q, e: a * (x - s / n) / np.sqrt(q / n - s / n + e) + b, "6 of 6"),
        (
            lambda x, a, b, n, s, q, e: a * (x + s / n) / np.sqrt(q / n - (s / n) ** 2 + e) + b,
            "6 of",
        ),
        (lambda *given: predict(*given).astype(int), "decimal point"),
        (lambda *given: predict(*given).mean(axis=0), r"shape is \(2,\)"),
        (lambda *given: predict(*given)[0], r"shape is \(2,\)"),
        (lambda *given: predict(*given)[None], "axis of length 1"),
        (lambda *given: predict(*given).T, "transposed"),
        (lambda *given: predict(*given).sum(), "too much summed"),
        (lambda *given: print(predict(*given)), "return"),
        (lambda x, a, b, mean, variance, e: x, "must take the arguments"),
        (lambda *given: np.maximum(predict(*given), 0), "is too large"),
        (np.ones((3, 2)), "A function is wanted"),
    ],
    "fold_batch_norm": [
        (lambda *given: given[:2], "weights: 6 of 6 numbers"),
        (of_fold(lambda w, b: w), r"weights: The shape is \(3,\)"),
        (of_fold(lambda w, b: (w, b, 1)), "2 results are wanted"),
        (of_fold(lambda w, b: (b, w)), r"weights: The shape is \(3,\)"),
        (of_fold(lambda w, b: (w, b.sum())), "bias: An array"),
        (of_fold(lambda w, b: (w, b[None])), "bias: .* axis of length 1"),
        (of_fold(lambda w, b: (w.T, b)), "weights: .*transposed"),
        (of_fold(lambda w, b: (w, -b)), "bias: The sign"),
        (of_fold(lambda w, b: (-w, b)), "weights: The sign"),
        (of_fold(lambda w, b: (w, b + 1)), "bias: Off by one"),
        (of_fold(lambda w, b: (w.round(1), b)), "weights: 6 of 6 numbers"),
        (of_fold(lambda w, b: (w, b.astype(int))), "bias: .*decimal point"),
        (of_fold(lambda w, b: {"w": w, "b": b}), "2 results are wanted"),
        (of_fold(lambda w, b: (w, None)), "Not finished yet"),
        (of_fold(lambda w, b: print(w, b)), "return"),
        (of_fold(lambda w, b: np.vstack([w, b])), "2 results are wanted"),
        (fold_with(epsilon=0.1), "weights: 6 of 6 numbers"),
        (fold_with(epsilon=1e-3), "weights: 6 of 6 numbers"),
        (fold_with(beta=0), "bias: .*is too"),
        (fold_with(gamma=1), "weights: .*is too"),
        (fold_with(moving_variance=1.0), "weights: .*is too"),
        (lambda w, b, *given: (fold(w, b, *given)[0], b), "bias: 3 of 3 numbers"),
        (fold_rows, "weights: .*is too"),
        (fold_rows_of_squares, "weights: .*called with \\[\\[ 1. , -0.5"),
        (fold_in_place, "changes its input"),
        (lambda weights, bias: (weights, bias), "must take the arguments"),
        (lambda *given: 1 / 0, "ZeroDivisionError"),
        ((np.ones((2, 3)), np.ones(3)), "A function is wanted, and this is a tuple"),
    ],
}


@pytest.mark.parametrize(("exercise", "answer"), right_cases(inference, RIGHT))
def test_right_answers_pass_in_any_style(exercise, answer):
    assert set(faults(exercise, answer)) == {None}


@pytest.mark.parametrize(("exercise", "answer", "word"), wrong_cases(inference, WRONG))
def test_wrong_answers_get_the_hint_that_is_meant(exercise, answer, word):
    assert all(fault and re.search(word, fault) for fault in faults(exercise, answer))


FUNCTIONS = [check.moving_averages, check.batch_norm_predict, check.fold_batch_norm]


@pytest.mark.parametrize("exercise", FUNCTIONS)
def test_a_table_of_answers_is_not_enough(exercise):
    known = [str(case) for case in exercise.cases]

    def answer(*given):
        right = exercise.reference(*given)
        if str(given) in known:
            return right
        return [0 * part for part in right] if isinstance(right, tuple) else 0 * right

    assert all("Right for the first cases only" in fault for fault in faults(exercise, answer))


# What the exercises say is so --------------------------------------------------------------------


def test_keras_counts_the_same_parameters():
    def block(layer):
        return [layer, layers.BatchNormalization(), layers.ReLU()]

    model = keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            *block(layers.Conv2D(8, 3, use_bias=False)),
            layers.MaxPooling2D(),
            *block(layers.Conv2D(16, 3, use_bias=False)),
            layers.MaxPooling2D(),
            layers.Flatten(),
            *block(layers.Dense(32, use_bias=False)),
            layers.Dense(10),
        ]
    )
    kinds = (model.trainable_weights, model.non_trainable_weights)
    counts = [sum(int(np.prod(w.shape)) for w in weights) for weights in kinds]
    assert check.parameters_with_bn.verdict(counts).passed


@pytest.mark.parametrize("mean", [5.0, 0.03, 1e4])
def test_a_moving_mean_settles(mean):
    moving, batches = 0.0, 0
    while abs(moving - mean) > 0.01 * mean:
        moving = normalization.update_moving(moving, mean, momentum=0.99)
        batches += 1
    assert check.batches_to_settle.verdict(batches).passed


@pytest.mark.parametrize(
    ("layer", "shape", "kernel"), [(dense, (5, 3), (3, 4)), (conv2d, (2, 5, 6, 3), (3, 2, 3, 4))]
)
def test_the_folded_layer_is_the_two_layers(layer, shape, kernel):
    rng = np.random.default_rng(0)
    x, weights = rng.normal(size=shape), rng.normal(size=kernel)
    bias, gamma, beta, mean = rng.normal(size=(4, 4))
    statistics = mean, rng.uniform(0, 3, 4)
    both = normalization.batch_norm_inference(layer(x, weights, bias), gamma, beta, *statistics)
    folded = check.fold_batch_norm.reference(weights, bias, gamma, beta, *statistics, 1e-3)
    np.testing.assert_allclose(layer(x, *folded), both, rtol=0, atol=1e-12)
