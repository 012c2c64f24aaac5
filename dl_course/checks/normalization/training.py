"""Exercises on a batch in training: forward, and two backward passes."""

from __future__ import annotations

import numpy as np

from dl_course.checks._exercise import FunctionExercise
from dl_course.checks.normalization._features import (
    AXES,
    KIND,
    draw,
    draw_features,
    draw_x,
    epsilon_outside,
    no_epsilon,
    no_root,
    std_of,
)
from dl_course.normalization import batch_norm_gradients

__all__ = ["batch_norm_forward", "gamma_gradient", "rms_norm_gradient"]

_RNG = np.random.default_rng(5)
_FIRST_MAPS = np.array([[[[1.0, 2.5], [3.0, 2.0]]], [[[5.0, 4.0], [-2.0, 9.0]]]])  # (2, 1, 2, 2)
_MORE_MAPS = np.round(_RNG.normal([2.0, -1.0, 0.0], [3.0, 0.5, 0.0], (3, 2, 4, 3)), 2)


def _draw_maps(rng):
    """Larger than the fixed ones along every axis."""
    return draw_x(rng, *(np.array([4, 3, 5, 4]) + rng.integers(2, size=4)))


# 1. Batch normalisation of feature maps `(n, h, w, c)`, forward.


def _normalized(x, epsilon, axis=AXES, ddof=0, std=std_of):
    x = x.astype(float)
    variance = x.var(axis=axis, ddof=ddof, keepdims=True)
    return (x - x.mean(axis=axis, keepdims=True)) / std(variance, epsilon)


def _forward(**changes):
    return lambda x, gamma, beta, epsilon: gamma * _normalized(x, epsilon, **changes) + beta


def _draw_forward(rng):
    x = _draw_maps(rng)
    return draw(rng, x, *draw_features(rng, 2, x.shape[-1]))


batch_norm_forward = FunctionExercise(
    kind=KIND,
    reference=_forward(),
    cases=[
        (_FIRST_MAPS, np.array([1.5, -0.5]), np.array([0.25, 1.0]), 0.5),
        (_MORE_MAPS, np.array([-1.0, 2.0, 3.0]), np.array([0.5, -3.0, 1.5]), 0.02),
        (_FIRST_MAPS[:1], np.array([2.0, 0.5]), np.array([1.0, -1.0]), 0.1),
    ],
    draw=_draw_forward,
    praise="Right: one mean and one variance for each channel, over all images and pixels.",
    hints=[
        "How many means are there? And over which numbers does each of them run?",
        "NumPy averages over several axes at once: `axis` may be a tuple.",
        "Variance and ε are added first; what comes next?",
    ],
    mistakes=[
        (_forward(axis=0), "Each pixel has a mean of its own; a channel has one for all pixels."),
        (_forward(axis=(1, 2)), "Each image is normalised by itself, not with the batch."),
        (_forward(axis=3), "The mean runs over the channels, which should be kept apart."),
        (_forward(axis=None), "All channels share one mean and one variance."),
        (_forward(ddof=1), "The sum of squares is divided by one less than their number."),
        (_forward(std=epsilon_outside), "ε is added after the root."),
        (_forward(std=no_epsilon), "ε is missing: a constant channel gives NaN."),
        (_forward(std=no_root), "It is divided by a variance: the unit of x doesn't cancel."),
    ],
)


# 6. The gradient with respect to γ, of feature maps `(n, h, w, c)`.


def _gamma_gradient(x_hat):
    return lambda x, grad_output, epsilon: (grad_output * x_hat(x, epsilon)).sum(axis=AXES)


def _draw_gamma_gradient(rng):
    x = _draw_maps(rng)
    return draw(rng, x, rng.normal(size=x.shape))


gamma_gradient = FunctionExercise(
    kind=KIND,
    reference=_gamma_gradient(_normalized),
    cases=[
        (_MORE_MAPS, np.round(_RNG.normal(1.0, 2.0, _MORE_MAPS.shape), 2), 0.02),
        (_FIRST_MAPS, np.reshape([0.5, -1, 2, 0.25, -3, 1, 1.5, 2], (2, 1, 2, 2)), 0.5),
    ],
    draw=_draw_gamma_gradient,
    praise="Right: one γ scales every pixel of its channel, and each of them adds to the gradient.",
    hints=[
        "What does γ multiply? Start with that, for every image and pixel.",
        "By the chain rule, each place adds the gradient that comes in times what γ multiplied.",
        "One γ for each channel: which axes are summed over, and which is kept?",
    ],
    mistakes=[
        (
            _gamma_gradient(lambda x, epsilon: np.ones_like(x)),
            "This is the gradient with respect to β: what γ has multiplied is missing.",
        ),
        (_gamma_gradient(lambda x, epsilon: x), "γ has not multiplied x itself."),
        (
            _gamma_gradient(lambda x, epsilon: _normalized(x, epsilon, std=lambda v, e: 1.0)),
            "What γ has multiplied was not only centred.",
        ),
        *(
            (_gamma_gradient(lambda x, epsilon, how=how: _normalized(x, epsilon, **how)), hint)
            for how, hint in [
                ({"axis": 0}, "Each pixel is normalised with a mean of its own."),
                ({"axis": (1, 2)}, "Each image is normalised by itself, not with the batch."),
                ({"axis": 3}, "Each pixel is normalised over its channels."),
                ({"std": epsilon_outside}, "ε is added after the root."),
                ({"std": no_epsilon}, "ε is missing: a constant channel gives NaN."),
            ]
        ),
    ],
)


# 7. RMS normalisation, backward: the gradient with respect to x.


def _rms_gradient(x, gamma, grad_output, epsilon, *, axis=-1, by_rms=1.0, gamma_last=False):
    x = x.astype(float)
    rms = np.sqrt((x**2).mean(axis=axis, keepdims=True) + epsilon)
    g, x_hat = grad_output * (1 if gamma_last else gamma), x / rms
    through_rms = x_hat * (g * x_hat).mean(axis=axis, keepdims=True)
    return (gamma if gamma_last else 1) * (g - by_rms * through_rms) / rms


def _rms(**changes):
    return lambda *arguments: _rms_gradient(*arguments, **changes)


def _layer_norm_gradient(x, gamma, grad_output, epsilon):
    gradients = batch_norm_gradients(x.T, np.ones(len(x)), (gamma * grad_output).T, epsilon=epsilon)
    return gradients[0].T


def _draw_rms(rng):
    n, d = 4 + rng.integers(3), 5 + rng.integers(4)
    x = draw_x(rng, d, n).T
    return draw(rng, x, *draw_features(rng, 1, d), rng.normal(size=x.shape))


rms_norm_gradient = FunctionExercise(
    kind=KIND,
    reference=lambda x, gamma, grad_output, epsilon: _rms_gradient(x, gamma, grad_output, epsilon),
    cases=[
        (
            np.array([[2.0, 5.0, -1.0, 0.5], [0.0, 0.0, 0.0, 0.0]]),
            np.array([1.5, -1.0, 0.5, 2.0]),
            np.array([[1.0, -2.0, 0.5, 3.0], [0.0, 4.0, -1.0, 2.0]]),
            0.5,
        ),
        (
            np.array([[1.0, 0.5], [0.25, -0.5], [1.0, 3.0]]),
            np.array([2.0, -3.0]),
            np.array([[0.5, -1.0], [1.0, 3.0], [-0.5, 2.0]]),
            0.1,
        ),
    ],
    draw=_draw_rms,
    praise="Right: two paths are left of three, since no mean is taken off.",
    hints=[
        "On which paths does one x reach the outputs of its example? Section 4 had three.",
        "Name the root r. Take the gradient with r fixed; then add what comes through r.",
        "Every output of the example depends on r, so the path through r has a sum in it.",
    ],
    mistakes=[
        (_rms(axis=0), "The means run over the batch. Here each example is on its own."),
        (_rms(gamma_last=True), "γ differs along the axis of the mean, so it can't wait outside."),
        (_rms(by_rms=0.0), "The root depends on x too; here it is taken for a constant."),
        (_rms(by_rms=2.0), "The path through the root counts double: has a ½ got lost?"),
        (_rms(by_rms=0.5), "The path through the root counts half: has the 2 of the square?"),
        (_rms(by_rms=-1.0), "The path through the root has the wrong sign."),
        (
            lambda x, *given: _rms_gradient(x, *given, by_rms=x.shape[1]),
            "There is a sum where there should be a mean.",
        ),
        (_layer_norm_gradient, "That is layer normalisation: here no mean is subtracted."),
    ],
)
