"""The exercises on a batch in training: right answers in any style, wrong ones with their own hint."""

import functools
import math
import re
from fractions import Fraction

import numpy as np
import pytest
from answers import faults, right_cases, wrong_cases
from keras import layers, ops

from dl_course import normalization
from dl_course.checks.normalization import training
from dl_course.neurons import numerical_gradient

AXES = (0, 1, 2)


def centred(x, axis=AXES):
    return x - x.mean(axis=axis, keepdims=True)


# Forward -----------------------------------------------------------------------------------------


def forward(x, gamma, beta, epsilon):
    return gamma * centred(x) / np.sqrt(x.var(axis=AXES) + epsilon) + beta


def forward_by_channels(x, gamma, beta, epsilon):
    out = np.zeros(x.shape)
    for channel in range(x.shape[3]):
        values = x[..., channel]
        std = np.sqrt(np.mean((values - np.mean(values)) ** 2) + epsilon)
        out[..., channel] = gamma[channel] * (values - np.mean(values)) / std + beta[channel]
    return out


def forward_by_lists(x, gamma, beta, epsilon):
    channels = x.reshape(-1, x.shape[3]).T.tolist()
    done = []
    for values, scale, shift in zip(channels, gamma.tolist(), beta.tolist(), strict=True):
        mean = sum(values) / len(values)
        std = math.sqrt(sum((v - mean) ** 2 for v in values) / len(values) + epsilon)
        done.append([scale * (v - mean) / std + shift for v in values])
    return np.array(done).T.reshape(x.shape).tolist()


def forward_by_fractions(x, gamma, beta, epsilon):
    rows = [[Fraction(float(v)) for v in row] for row in x.reshape(-1, x.shape[3])]
    columns = []
    for values, scale, shift in zip(zip(*rows, strict=True), gamma, beta, strict=True):
        mean = sum(values) / len(values)
        variance = sum((v - mean) ** 2 for v in values) / len(values)
        std = Fraction(math.sqrt(variance + Fraction(epsilon)))
        columns.append(
            [Fraction(float(scale)) * (v - mean) / std + Fraction(float(shift)) for v in values]
        )
    return np.array(columns, dtype=object).T.reshape(x.shape)


def forward_in_float32(x, gamma, beta, epsilon):
    return forward(*(a.astype("float32") for a in (x, gamma, beta)), np.float32(epsilon))


def forward_by_mean_of_squares(x, gamma, beta, epsilon):
    variance = np.mean(x * x, axis=AXES) - np.mean(x, axis=AXES) ** 2
    return gamma * (x - np.mean(x, axis=AXES)) / np.sqrt(variance + epsilon) + beta


def forward_by_mean_of_squares_in_float32(x, gamma, beta, epsilon):
    arrays = (a.astype("float32") for a in (x, gamma, beta))
    return forward_by_mean_of_squares(*arrays, np.float32(epsilon))


def forward_as_a_line(x, gamma, beta, epsilon):
    x, gamma, beta = (a.astype("float32") for a in (x, gamma, beta))
    k = gamma / np.sqrt(x.var(axis=AXES) + np.float32(epsilon))
    return k * x + (beta - k * x.mean(axis=AXES))


def forward_by_running_means(x, gamma, beta, epsilon):
    mean, squares, seen = 0.0, 0.0, 0
    for row in x.reshape(-1, x.shape[3]).astype(float):  # Welford
        seen += 1
        step = row - mean
        mean = mean + step / seen
        squares = squares + step * (row - mean)
    return (x - mean) * (gamma * (squares / seen + epsilon) ** -0.5) + beta


def forward_by_keras(x, gamma, beta, epsilon, dtype="float32"):
    layer = layers.BatchNormalization(epsilon=epsilon, dtype=dtype)
    layer.build(x.shape)
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    return layer(x, training=True)


def forward_by_tensors(x, gamma, beta, epsilon):
    x, gamma, beta = (ops.convert_to_tensor(a) for a in (x, gamma, beta))
    mean, variance = ops.moments(x, axes=AXES, keepdims=True)
    return ops.add(ops.multiply(gamma, (x - mean) / ops.sqrt(variance + epsilon)), beta)


class Forward:
    def __init__(self, axes):
        self.axes = axes

    def __call__(self, x, gamma, beta, epsilon):
        shape = (1, 1, 1, -1)
        std = np.sqrt(np.var(x, axis=self.axes, keepdims=True) + epsilon)
        return gamma.reshape(shape) * centred(x, self.axes) / std + beta.reshape(shape)


def forward_of_columns(x, gamma, beta, epsilon):
    """Right for a batch of one pixel only, or of columns."""
    return gamma * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + epsilon) + beta


def forward_divided_by(std):
    return lambda x, gamma, beta, epsilon: gamma * centred(x) / std(x, epsilon) + beta


def largest(x, epsilon):
    return np.sqrt(np.maximum(x.var(axis=AXES), epsilon))


def epsilon_for_constants(x, epsilon):
    return np.sqrt(np.where(x.var(axis=AXES) == 0, epsilon, x.var(axis=AXES)))


def root_of_epsilon(x, epsilon):
    return x.std(axis=AXES) + np.sqrt(epsilon)


def forward_of_batches_only(x, gamma, beta, epsilon):
    return forward(x, gamma, beta, epsilon) if len(x) > 1 else 0 * x + beta


def forward_in_place(x, gamma, beta, epsilon):
    x -= x.mean(axis=AXES)
    return gamma * x / np.sqrt(x.var(axis=AXES) + epsilon) + beta


def forward_of_two_channels(x, gamma, beta, epsilon):
    return np.stack([forward(x, gamma, beta, epsilon)[..., c] for c in range(2)], axis=-1)


# The gradient with respect to γ ------------------------------------------------------------------


def normalized(x, epsilon):
    return centred(x) / np.sqrt(x.var(axis=AXES) + epsilon)


def gamma_gradient(x, grad_output, epsilon):
    return np.sum(grad_output * normalized(x, epsilon), axis=AXES)


def gamma_by_channels(x, grad_output, epsilon):
    result = []
    for channel in range(x.shape[-1]):
        values = x[..., channel].ravel().tolist()
        mean = sum(values) / len(values)
        std = math.sqrt(sum((v - mean) ** 2 for v in values) / len(values) + epsilon)
        gradients = grad_output[..., channel].ravel().tolist()
        result.append(sum(g * (v - mean) for g, v in zip(gradients, values, strict=True)) / std)
    return result


def gamma_by_differences(x, grad_output, epsilon):
    x = x.astype(float)

    def loss(gamma):
        out, _, _ = normalization.batch_norm(x, gamma, 0 * gamma, epsilon=epsilon)
        return np.sum(grad_output * out)

    return numerical_gradient(loss, np.ones(x.shape[-1]))


def gamma_by_the_package(x, grad_output, epsilon):
    x, grad_output = x.astype(float), grad_output.astype(float)
    ones = np.ones(x.shape[-1])
    return normalization.batch_norm_gradients(x, ones, grad_output, epsilon=epsilon)[1]


def gamma_by_tensors(x, grad_output, epsilon):
    x, grad_output = ops.convert_to_tensor(x), ops.convert_to_tensor(grad_output)
    x_hat = (x - ops.mean(x, axis=AXES)) / ops.sqrt(ops.var(x, axis=AXES) + epsilon)
    return ops.sum(grad_output * x_hat, axis=AXES)


def gamma_by_einsum(x, grad_output, epsilon):
    return np.einsum("nhwc,nhwc->c", grad_output, normalized(x, epsilon))


def gamma_by_a_trick(x, grad_output, epsilon):
    x, g = (a.reshape(-1, x.shape[-1]).astype(float) for a in (x, grad_output))
    of_sums = (g * x).sum(axis=0) - g.sum(axis=0) * x.mean(axis=0)
    return of_sums / np.sqrt(x.var(axis=0) + epsilon)


def gamma_in_float32(x, grad_output, epsilon):
    return gamma_gradient(x.astype("float32"), grad_output.astype("float32"), np.float32(epsilon))


class GammaGradient:
    def __call__(self, x, grad_output, epsilon):
        return tuple(gamma_gradient(x, grad_output, epsilon))


# RMS normalisation -------------------------------------------------------------------------------


def rms_gradient(x, gamma, grad_output, epsilon):
    r = np.sqrt(np.mean(x * x, axis=1, keepdims=True) + epsilon)
    g, x_hat = gamma * grad_output, x / r
    return (g - x_hat * np.mean(g * x_hat, axis=1, keepdims=True)) / r


def rms_by_rows(x, gamma, grad_output, epsilon):
    rows = []
    for values, gradients in zip(x.tolist(), grad_output.tolist(), strict=True):
        d, g = len(values), [float(a) * b for a, b in zip(gamma, gradients, strict=True)]
        r = math.sqrt(sum(v * v for v in values) / d + epsilon)
        inner = sum(a * b for a, b in zip(g, values, strict=True)) / d
        rows.append([a / r - v * inner / r**3 for a, v in zip(g, values, strict=True)])
    return rows


def rms_by_jacobians(x, gamma, grad_output, epsilon):
    result = np.zeros(x.shape)
    for row, values in enumerate(x.astype(float)):
        r, d = math.sqrt(np.mean(values**2) + epsilon), len(values)
        jacobian = np.diag(gamma) @ (np.eye(d) / r - np.outer(values, values) / (d * r**3))
        result[row] = grad_output[row] @ jacobian
    return result


def rms(x, gamma, epsilon):
    return gamma * x / np.sqrt(np.mean(x**2, axis=1, keepdims=True) + epsilon)


def rms_by_differences(x, gamma, grad_output, epsilon):
    return numerical_gradient(
        lambda x: np.sum(grad_output * rms(x, gamma, epsilon)), x.astype(float)
    )


def rms_in_float32(x, gamma, grad_output, epsilon):
    return rms_gradient(*(a.astype("float32") for a in (x, gamma, grad_output)), epsilon)


def rms_by_tensors(x, gamma, grad_output, epsilon):
    x, gamma, grad_output = (ops.convert_to_tensor(a) for a in (x, gamma, grad_output))
    r = ops.sqrt(ops.mean(x * x, axis=1, keepdims=True) + epsilon)
    g = gamma * grad_output
    return (g - x * ops.mean(g * x, axis=1, keepdims=True) / r**2) / r


def rms_of_columns(x, gamma, grad_output, epsilon):
    return rms_gradient(x.T, gamma[: len(x)].mean(), grad_output.T, epsilon).T


class RmsGradient:
    def __call__(self, x, gamma, grad_output, epsilon):
        return np.asfortranarray(rms_gradient(x, gamma, grad_output, epsilon))


# Right, and wrong --------------------------------------------------------------------------------

RIGHT = {
    "batch_norm_forward": [
        forward,
        forward_by_channels,
        forward_by_lists,
        forward_by_fractions,
        forward_in_float32,
        forward_by_mean_of_squares,
        forward_by_mean_of_squares_in_float32,
        forward_as_a_line,
        forward_by_running_means,
        forward_by_keras,
        functools.partial(forward_by_keras, dtype="float64"),
        forward_by_tensors,
        Forward((0, 1, 2)),
        Forward((-2, -4, -3)),
        lambda *given: forward(*given)[:, ::-1][:, ::-1],
        lambda x, gamma, beta, epsilon: normalization.batch_norm(x, gamma, beta, epsilon=epsilon)[
            0
        ],
    ],
    "gamma_gradient": [
        gamma_gradient,
        gamma_by_channels,
        gamma_by_differences,
        gamma_by_the_package,
        gamma_by_tensors,
        gamma_by_einsum,
        gamma_by_a_trick,
        gamma_in_float32,
        GammaGradient(),
        lambda x, g, e: gamma_gradient(x, g, e).astype("float32"),
        lambda *arguments: list(gamma_gradient(*arguments)),
    ],
    "rms_norm_gradient": [
        rms_gradient,
        rms_by_rows,
        rms_by_jacobians,
        rms_by_differences,
        rms_in_float32,
        rms_by_tensors,
        RmsGradient(),
        functools.partial(rms_gradient),
        lambda x, w, g, e: rms_gradient(x, w, g, e).tolist(),
        lambda x, w, g, e: np.array([rms_gradient(*r, w, *q, e)[0] for r, q in by_row(x, g)]),
    ],
}


def by_row(x, g):
    return (((x[[i]],), (g[[i]],)) for i in range(len(x)))


WRONG = {
    "batch_norm_forward": [
        (lambda x, gamma, beta, epsilon: normalized(x, epsilon), "8 of 8 numbers"),
        (lambda x, gamma, beta, epsilon: gamma * normalized(x, epsilon), "8 of 8 numbers"),
        (lambda x, gamma, beta, epsilon: normalized(x, epsilon) + beta, "8 of 8 numbers"),
        (lambda x, gamma, beta, epsilon: forward(x, beta, gamma, epsilon), "8 of 8 numbers"),
        (lambda x, gamma, beta, epsilon: gamma * (normalized(x, epsilon) + beta), "8 of 8 numbers"),
        (lambda x, gamma, beta, epsilon: forward(x, gamma, beta, 0.5), "48 of 72"),
        (lambda x, gamma, beta, epsilon: forward(x, gamma, beta, 1e-3), "8 of 8 numbers"),
        (lambda x, gamma, beta, epsilon: gamma * x / x.std(axis=AXES) + beta, "too large"),
        (lambda x, gamma, beta, epsilon: gamma * centred(x) + beta, r"\[0, 0, 0, 0\] is too"),
        (lambda *given: forward(*given).astype(int), "decimal point"),
        (lambda *given: forward(*given).round(2), "Nearly"),
        (lambda *given: forward(*given).mean(axis=0), r"shape is \(1, 2, 2\)"),
        (lambda *given: forward(*given).reshape(-1, given[1].size), r"shape is \(4, 2\)"),
        (lambda *given: forward(*given)[None], "axis of length 1"),
        (lambda *given: forward(*given)[:, 0], "axis of length 1"),
        (lambda *given: np.moveaxis(forward(*given), 3, 1), r"shape is \(2, 2, 1, 2\)"),
        (lambda *given: print(forward(*given)), "return"),
        (lambda *given: (forward(*given), 1, 2), "different lengths"),
        (forward_of_columns, "Each pixel has a mean of its own"),
        (forward_in_place, "changes its input"),
        (forward_divided_by(largest), "8 of 8 numbers"),
        (forward_divided_by(epsilon_for_constants), "8 of 8 numbers"),
        (forward_divided_by(root_of_epsilon), "8 of 8 numbers"),
        (forward_of_batches_only, "4 of 4 numbers"),
        (forward_of_two_channels, r"shape is \(3, 2, 4, 2\)"),
        (lambda x, gamma, beta: x, "must take the arguments"),
        (lambda x, gamma, beta, epsilon: normalization.batch_norm(x, gamma, beta), "different"),
        (forward(np.ones((1, 2, 2, 3)), np.ones(3), np.ones(3), 1.0), "A function is wanted"),
        (
            lambda x, gamma, beta, epsilon: normalization.batch_norm(x, gamma, beta)[0],
            "8 of 8 numbers",
        ),
        (
            lambda x, gamma, beta, epsilon: (
                gamma * (x - np.median(x, axis=AXES)) / np.sqrt(x.var(axis=AXES) + epsilon) + beta
            ),
            "is too",
        ),
        (
            lambda x, gamma, beta, epsilon: (
                gamma * centred(x) / np.sqrt(np.abs(centred(x)).mean(axis=AXES) + epsilon) + beta
            ),
            "is too",
        ),
        (
            lambda x, gamma, beta, epsilon: forward(x[:2], gamma, beta, epsilon),
            r"shape is \(2, 2, 4, 3\)",
        ),
    ],
    "gamma_gradient": [
        (lambda x, g, e: -gamma_gradient(x, g, e), "sign"),
        (lambda x, g, e: gamma_gradient(x, g, e) / len(x), "0.3333 times"),
        (lambda x, g, e: (g * normalized(x, e)).mean(axis=AXES), "0.04167 times"),
        (lambda x, g, e: gamma_gradient(x, g, e).sum(), "too much summed"),
        (lambda x, g, e: (g * normalized(x, e)).sum(axis=0), r"shape is \(2, 4, 3\)"),
        (lambda x, g, e: (g * normalized(x, e)).sum(axis=(1, 2)), r"shape is \(3, 3\)"),
        (lambda x, g, e: (g * normalized(x, e)).sum(axis=-1), r"shape is \(3, 2, 4\)"),
        (lambda x, g, e: g * normalized(x, e), r"shape is \(3, 2, 4, 3\)"),
        (lambda x, g, e: gamma_gradient(x, g, e)[None], "axis of length 1"),
        (lambda x, g, e: g.sum(axis=AXES) * normalized(x, e).sum(axis=AXES), "2 of 3 numbers"),
        (lambda x, g, e: gamma_gradient(g, x, e), "2 of 3 numbers"),
        (lambda x, g, e: gamma_gradient(x, g, 0.5), "2 of 3 numbers"),
        (lambda x, g, e: gamma_gradient(x, g, 1e-3), "2 of 3 numbers"),
        (lambda x, g, e: gamma_gradient(x, np.sign(g), e), "2 of 3 numbers"),
        (lambda x, g, e: gamma_gradient(x, np.maximum(g, 0), e), "2 of 3 numbers"),
        (lambda x, g, e: np.trunc(gamma_gradient(x, g, e)), "decimal point"),
        (lambda x, g, e: gamma_gradient(x, g, e)[::-1], "reverse"),
        (lambda x, g, e: print(gamma_gradient(x, g, e)), "return"),
        (lambda x, g, e: gamma_gradient(x, g, e)[:2], r"shape is \(2,\)"),
        (lambda x, g, e: gamma_gradient(x, g, e).astype(str), "text"),
        (lambda x, g: x, "must take the arguments"),
        (
            lambda x, g, e: (centred(x) * g).sum(axis=AXES) / (x.var(axis=AXES) + e),
            "2 of 3 numbers",
        ),
        (lambda x, g, e: np.sum(g * centred(x) / largest(x, e), axis=AXES), "2 of 3 numbers"),
        (
            lambda x, g, e: np.sum(g * centred(x) / epsilon_for_constants(x, e), axis=AXES),
            "2 of 3 numbers",
        ),
        (lambda x, g, e: gamma_gradient(x[:, :2], g[:, :2], e), "Right for the first cases only"),
        (np.ones(3), "A function is wanted"),
    ],
    "rms_norm_gradient": [
        (lambda x, w, g, e: rms_gradient(x, 1.0, g, e), "7 of 8 numbers"),
        (lambda x, w, g, e: -rms_gradient(x, w, g, e), "sign"),
        (lambda x, w, g, e: rms_gradient(x, w, g, 0.5), "6 of 6 numbers"),
        (lambda x, w, g, e: rms_gradient(x, w, g, 0.0), "NaN"),
        (lambda x, w, g, e: rms_gradient(x, w, g, 1e-6), "7 of 8 numbers"),
        (lambda x, w, g, e: rms(x, w, e), "7 of 8 numbers"),
        (lambda x, w, g, e: rms(g, w, e), "7 of 8 numbers"),
        (lambda x, w, g, e: w * g, "7 of 8 numbers"),
        (lambda x, w, g, e: rms_gradient(x, w, g, e) * len(x), "times"),
        (lambda x, w, g, e: rms_gradient(x, w, g, e).sum(axis=0), r"shape is \(4,\)"),
        (lambda x, w, g, e: rms_gradient(x, w, g, e).sum(axis=1), r"shape is \(2,\)"),
        (lambda x, w, g, e: rms_gradient(x, w, g, e).T, "transposed"),
        (lambda x, w, g, e: rms_gradient(x, w, g, e)[:, :2], r"shape is \(2, 2\)"),
        (lambda x, w, g, e: rms_gradient(x, w, g, e)[::-1], r"\[0, 0\] is too"),
        (lambda x, w, g, e: np.rint(rms_gradient(x, w, g, e)), "decimal point"),
        (lambda x, w, g, e: print(rms_gradient(x, w, g, e)), "return"),
        (lambda x, w, g, e: rms_gradient(g, w, x, e), "7 of 8 numbers"),
        (lambda x, w, g, e: rms_gradient(x, np.abs(w), g, e), "5 of 8 numbers"),
        (
            lambda x, w, g, e: rms_gradient(x - x.mean(axis=1, keepdims=True), w, g, e),
            "4 of 8 numbers",
        ),
        (lambda x, w, g, e: rms_gradient(x, w, g - g.mean(), e), "8 of 8 numbers"),
        (lambda x, w, g: x, "must take the arguments"),
        (lambda x, w, g, e: (r for r in rms_gradient(x, w, g, e)), "a generator"),
        (
            lambda x, w, g, e: rms_gradient(x, w, g, e) * np.any(x, axis=1)[:, None],
            "3 of 8 numbers",
        ),
        (lambda x, w, g, e: rms_gradient(np.clip(x, -99, 99), w, g, e), "Right for the first"),
        (rms_of_columns, "7 of 8 numbers"),
    ],
}


@pytest.mark.parametrize(("exercise", "answer"), right_cases(training, RIGHT))
def test_right_answers_pass_in_any_style(exercise, answer):
    assert set(faults(exercise, answer)) == {None}


@pytest.mark.parametrize(("exercise", "answer", "word"), wrong_cases(training, WRONG))
def test_wrong_answers_get_the_hint_that_is_meant(exercise, answer, word):
    assert all(fault and re.search(word, fault) for fault in faults(exercise, answer))


@pytest.mark.parametrize("name", training.__all__)
def test_a_table_of_answers_is_not_enough(name):
    exercise = getattr(training, name)
    known = [str(case) for case in exercise.cases]

    def answer(*given):
        return exercise.reference(*given) * (str(given) in known)

    assert all("Right for the first cases only" in fault for fault in faults(exercise, answer))
