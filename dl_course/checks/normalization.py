"""The exercises of notebook 06, batch normalisation."""

from __future__ import annotations

import functools
import inspect

import numpy as np

from dl_course.checks._exercise import (
    FunctionExercise,
    OpenExercise,
    ValueExercise,
    call_safely,
    is_unfinished,
    name_type,
    take,
)
from dl_course.normalization import batch_norm, batch_norm_gradients, batch_norm_inference

__all__ = [
    "batch_norm_forward",
    "batch_norm_predict",
    "batches_to_settle",
    "fold_batch_norm",
    "gamma_gradient",
    "layer_norm_gradient",
    "moving_average",
    "parameters_with_bn",
]


# 1. Batch normalisation of a batch `(n, d)`, forward.


def _forward(x, gamma, beta, epsilon):
    return batch_norm(x, gamma, beta, epsilon=epsilon)[0]


def _centred(x):
    return x - x.mean(axis=0)


def _normalized(x, epsilon):
    return _centred(x) / np.sqrt(x.var(axis=0) + epsilon)


def _by_example(x, gamma, beta, epsilon):
    std = np.sqrt(x.var(axis=1, keepdims=True) + epsilon)
    return gamma * (x - x.mean(axis=1, keepdims=True)) / std + beta


batch_norm_forward = FunctionExercise(
    reference=_forward,
    cases=[
        (
            np.array([[1.0, -4.0, 2.5], [3.0, 0.5, 2.0], [5.0, 1.0, 9.0], [-2.0, 6.0, 4.0]]),
            np.array([1.5, -0.5, 2.0]),
            np.array([0.25, 1.0, -3.0]),
            0.01,
        ),
        (np.array([[1.0, 7.0], [3.0, 7.0]]), np.array([1.0, 3.0]), np.array([0.5, -0.5]), 0.5),
    ],
    praise="Right, with the whole batch in every number.",
    mistakes=[
        (
            lambda x, gamma, beta, epsilon: _normalized(x, epsilon),
            "Mean 0 and variance 1, but γ and β are not used yet.",
        ),
        (
            lambda x, gamma, beta, epsilon: gamma * _normalized(x, epsilon),
            "β is not used yet.",
        ),
        (lambda x, gamma, beta, epsilon: _normalized(x, epsilon) + beta, "γ is not used yet."),
        (
            lambda x, gamma, beta, epsilon: beta * _normalized(x, epsilon) + gamma,
            "γ and β are swapped.",
        ),
        (
            lambda x, gamma, beta, epsilon: gamma * (_normalized(x, epsilon) + beta),
            "β gets scaled as well: look at the order of the two.",
        ),
        (
            _by_example,
            "Each example is normalised on its own: the mean runs along the wrong axis.",
        ),
        (
            lambda x, gamma, beta, epsilon: (
                gamma * (x - x.mean()) / np.sqrt(x.var() + epsilon) + beta
            ),
            "All features share one mean and one variance.",
        ),
        (
            lambda x, gamma, beta, epsilon: (
                gamma * _centred(x) / np.sqrt(x.var(axis=0, ddof=1) + epsilon) + beta
            ),
            "The sum of squares is divided by n − 1.",
        ),
        (
            lambda x, gamma, beta, epsilon: (
                gamma * _centred(x) / (np.sqrt(x.var(axis=0)) + epsilon) + beta
            ),
            "ε is added after the root.",
        ),
        (
            lambda x, gamma, beta, epsilon: (
                gamma * _centred(x) / np.sqrt(x.std(axis=0) + epsilon) + beta
            ),
            "The root is drawn twice.",
        ),
        (
            lambda x, gamma, beta, epsilon: gamma * _centred(x) / (x.var(axis=0) + epsilon) + beta,
            "It is divided by a variance: the unit of x doesn't cancel.",
        ),
        (
            lambda x, gamma, beta, epsilon: gamma * x / np.sqrt(x.var(axis=0) + epsilon) + beta,
            "The mean is still in it.",
        ),
        (
            lambda x, gamma, beta, epsilon: gamma * _centred(x) + beta,
            "It is centred, but not divided: x keeps its standard deviation.",
        ),
        (
            lambda x, gamma, beta, epsilon: (
                gamma * _centred(x) * np.sqrt(x.var(axis=0) + epsilon) + beta
            ),
            "Multiplied where it should be divided.",
        ),
        (
            lambda x, gamma, beta, epsilon: (
                gamma * _centred(x) / np.sqrt((x**2).mean(axis=0) + epsilon) + beta
            ),
            "The squares are those of x itself: a variance looks from the mean.",
        ),
        (
            lambda x, gamma, beta, epsilon: gamma * _centred(x) / x.std(axis=0) + beta,
            "ε is missing: a feature that never changes gives NaN.",
        ),
    ],
)


# 2. How many numbers are learned? Conv 8, BN, pool, conv 16, BN, pool, flatten, dense 32, BN, dense 10,
# on 28 × 28 × 1, the kernels 3 × 3 without padding, and no biases before a BN layer.

_WEIGHTS = np.array([3 * 3 * 1 * 8, 3 * 3 * 8 * 16, 5 * 5 * 16 * 32, 32 * 10 + 10])
_FEATURES = np.array([8, 16, 32])
_LEARNED = int(_WEIGHTS.sum() + 2 * _FEATURES.sum())
_GATHERED = int(2 * _FEATURES.sum())

parameters_with_bn = ValueExercise(
    expected=np.array([_LEARNED, _GATHERED]),
    praise="Right: BN learns as much as it gathers, and next to the rest both are few.",
    mistakes=[
        (
            np.array([_LEARNED + _GATHERED, 0]),
            "Something is counted as learned that no gradient ever reaches.",
        ),
        (
            np.array([_LEARNED, 0]),
            "BN keeps numbers for later that training doesn't learn: they are not counted.",
        ),
        (
            np.array([_LEARNED - _GATHERED, 2 * _GATHERED]),
            "All of BN is counted as not learned; part of it is.",
        ),
        (np.array([_LEARNED - _GATHERED, _GATHERED]), "What BN learns is not counted."),
        (np.array([_LEARNED - _GATHERED, 0]), "The BN layers are not counted."),
        (
            np.array([_LEARNED - _GATHERED // 2, _GATHERED // 2]),
            "One number is counted where a feature has two: twice over.",
        ),
        (
            np.array([_LEARNED - _GATHERED // 2, _GATHERED]),
            "BN learns more than one number for each feature.",
        ),
        (
            np.array([_LEARNED, _GATHERED // 2]),
            "BN gathers more than one number for each feature.",
        ),
        (
            np.array([_LEARNED - _GATHERED + 6, 6]),
            "A BN layer has its numbers for each feature, not once for the layer.",
        ),
        (
            np.array(
                [
                    _LEARNED - _GATHERED + 2 * (26 * 26 * 8 + 11 * 11 * 16 + 32),
                    2 * (26 * 26 * 8 + 11 * 11 * 16 + 32),
                ]
            ),
            "The pixels of a map are counted as features of their own; they share theirs.",
        ),
        (
            np.array([_LEARNED + int(_FEATURES.sum()), _GATHERED]),
            "Biases are counted that the network doesn't have: look for `use_bias`.",
        ),
        (np.array([_LEARNED - 10, _GATHERED]), "The last layer does have biases."),
        (
            np.array([_LEARNED - 3 * 3 * 7 * 16, _GATHERED]),
            "The kernels of the second convolution look at one map only here.",
        ),
        (
            np.array([_LEARNED + (7 * 7 - 5 * 5) * 16 * 32, _GATHERED]),
            "The maps that are flattened are too large: the convolutions have no padding here.",
        ),
        (
            np.array([_LEARNED + (6 * 6 - 5 * 5) * 16 * 32, _GATHERED]),
            "The maps that are flattened are too large: a half empty window is dropped.",
        ),
        (np.array([_GATHERED, _GATHERED]), "These are the BN layers alone."),
        (np.array([_GATHERED, _LEARNED]), "The two numbers are swapped."),
        (_LEARNED + _GATHERED, "This is all of it together; two numbers are asked for."),
        (_LEARNED, "This is the first of two numbers."),
    ],
)


# 3. The moving average of a training.


def _moving(start, values, momentum):
    for value in values:
        start = start * momentum + value * (1 - momentum)
    return start


moving_average = FunctionExercise(
    reference=_moving,
    cases=[
        (0.0, np.array([8.0, 4.0, -1.0]), 0.9),
        (np.array([1.0, 2.0]), np.array([[4.0, 0.5], [5.0, 3.0], [-2.0, 1.0], [0.5, 7.0]]), 0.75),
    ],
    praise="Right: what is long ago fades, and what is new comes in slowly.",
    mistakes=[
        (
            lambda start, values, momentum: _moving(start, values, 1 - momentum),
            "The two weights are swapped: with 0.9, most of it is gone after one batch.",
        ),
        (
            lambda start, values, momentum: values.mean(axis=0),
            "That is the mean of all batches alike, and neither `start` nor `momentum` is used.",
        ),
        (
            lambda start, values, momentum: values[-1],
            "Only the last batch counts here; the average should remember the others.",
        ),
        (
            lambda start, values, momentum: start * momentum + values[-1] * (1 - momentum),
            "Each batch starts from `start` again, so that only the last one counts.",
        ),
        (
            lambda start, values, momentum: start * momentum + values[0] * (1 - momentum),
            "This is where it stands after one batch: is the `return` inside the loop?",
        ),
        (
            lambda start, values, momentum: _moving(start, values[:-1], momentum),
            "The last batch is missing.",
        ),
        (
            lambda start, values, momentum: _moving(start, values[1:], momentum),
            "The first batch is missing.",
        ),
        (
            lambda start, values, momentum: _moving(values[0], values[1:], momentum),
            "The first batch is taken for the start.",
        ),
        (
            lambda start, values, momentum: _moving(start, values[::-1], momentum),
            "The batches are taken in reverse order.",
        ),
        (
            lambda start, values, momentum: _moving(0 * values[0], values, momentum),
            "It starts from 0 whatever `start` is.",
        ),
        (
            lambda start, values, momentum: functools.reduce(
                lambda old, new: old * momentum + new, values, start
            ),
            "The new one comes in whole: the two weights don't sum to 1.",
        ),
        (
            lambda start, values, momentum: functools.reduce(
                lambda old, new: old + new * (1 - momentum), values, start
            ),
            "Nothing of the old is taken off: the two weights don't sum to 1.",
        ),
        (
            lambda start, values, momentum: start * momentum + values.mean(axis=0) * (1 - momentum),
            "The batches are averaged first, and then come in as one.",
        ),
    ],
)


# 4. After how many batches is a moving mean that starts from 0 within 1 % of a mean that stays the same?

batches_to_settle = ValueExercise(
    expected=459,
    praise="Right: of the start, 0.99ᵏ is left after k batches. A short training ends before that.",
    mistakes=[
        (np.log(0.01) / np.log(0.99), "There are no parts of batches."),
        (458, "By then, more than 1 % is missing still."),
        (460, "It is there by then, but not for the first time."),
        (1, "With this momentum, 1 % of the way is made in a batch, not 99 %."),
        (2, "With this momentum, 1 % of the way is made in a batch, and later less."),
        (99, "A step is 1 % of what is still missing, and that gets less."),
        (100, "It would be there if all steps were as long as the first."),
        (44, "That is so with momentum 0.9."),
        (230, "By then, a tenth is missing still."),
        (69, "That is half of the way."),
        (688, "By then, only a thousandth is missing."),
        (0.99, "This is the momentum; count batches."),
    ],
)


# 5. The same layer at inference: the function in the notebook uses the batch it is given.


def _predict(x, gamma, beta, moving_mean, moving_variance, epsilon):
    return batch_norm_inference(x, gamma, beta, moving_mean, moving_variance, epsilon=epsilon)


def _line(x, gamma, beta, mean, std):
    return gamma * (x - mean) / std + beta


batch_norm_predict = FunctionExercise(
    reference=_predict,
    cases=[
        (
            np.array([[2.0, 1.0], [4.0, -3.0], [9.0, 0.5]]),
            np.array([1.5, -2.0]),
            np.array([0.5, 3.0]),
            np.array([1.0, -1.0]),
            np.array([4.0, 0.25]),
            0.01,
        ),
        (
            np.array([[7.0, -2.0, 0.5]]),
            np.array([2.0, 0.5, 1.25]),
            np.array([-1.0, 0.75, 3.0]),
            np.array([3.0, -4.0, 1.0]),
            np.array([9.0, 2.0, 0.5]),
            0.1,
        ),
    ],
    praise="Right: an example gets the same answer alone and in company.",
    mistakes=[
        (
            lambda x, gamma, beta, mean, variance, epsilon: _forward(x, gamma, beta, epsilon),
            "The answer for an example depends on who else is in the batch; alone, it is always β.",
        ),
        (
            lambda x, gamma, beta, mean, variance, epsilon: _line(
                x, gamma, beta, x.mean(axis=0), np.sqrt(variance + epsilon)
            ),
            "The mean is still that of this batch.",
        ),
        (
            lambda x, gamma, beta, mean, variance, epsilon: _line(
                x, gamma, beta, mean, np.sqrt(x.var(axis=0) + epsilon)
            ),
            "The variance is still that of this batch.",
        ),
        (
            lambda x, gamma, beta, mean, variance, epsilon: _line(
                x, gamma, beta, x.mean(axis=0) * 0.01 + mean * 0.99, np.sqrt(variance + epsilon)
            ),
            "The moving mean goes on moving; nothing is gathered at inference.",
        ),
        (
            lambda x, gamma, beta, mean, variance, epsilon: _line(
                x,
                gamma,
                beta,
                x.mean(axis=0) * 0.01 + mean * 0.99,
                np.sqrt(x.var(axis=0) * 0.01 + variance * 0.99 + epsilon),
            ),
            "The averages go on moving; nothing is gathered at inference.",
        ),
        (
            lambda x, gamma, beta, mean, variance, epsilon: _line(
                x, gamma, beta, mean, variance + epsilon
            ),
            "It is divided by a variance: the unit of x doesn't cancel.",
        ),
        (
            lambda x, gamma, beta, mean, variance, epsilon: _line(
                x, gamma, beta, mean, np.sqrt(variance) + epsilon
            ),
            "ε is added after the root, and was added before it in training.",
        ),
        (
            lambda x, gamma, beta, mean, variance, epsilon: _line(
                x, gamma, beta, mean, np.sqrt(variance)
            ),
            "ε is missing: training had it.",
        ),
        (
            lambda x, gamma, beta, mean, variance, epsilon: _line(
                x, 1, 0, mean, np.sqrt(variance + epsilon)
            ),
            "γ and β have got lost.",
        ),
        (
            lambda x, gamma, beta, mean, variance, epsilon: _line(
                x, gamma, beta, -mean, np.sqrt(variance + epsilon)
            ),
            "The moving mean is added.",
        ),
        (
            lambda x, gamma, beta, mean, variance, epsilon: _line(
                x, gamma, beta, variance, np.sqrt(np.abs(mean) + epsilon)
            ),
            "Mean and variance are swapped.",
        ),
        (
            lambda x, gamma, beta, mean, variance, epsilon: _forward(
                _line(x, 1, 0, mean, np.sqrt(variance + epsilon)), gamma, beta, epsilon
            ),
            "It is normalised twice: the second time with the batch again.",
        ),
        (
            lambda x, gamma, beta, mean, variance, epsilon: gamma * x + beta,
            "Nothing is subtracted and nothing divided: this leaves BN out.",
        ),
    ],
)


# 6. The gradient with respect to γ, of feature maps `(n, h, w, c)`.


def _gamma_gradient(x, grad_output, epsilon):
    ones = np.ones(x.shape[-1])
    return batch_norm_gradients(x, ones, grad_output, epsilon=epsilon)[1]


def _normalized_maps(x, epsilon, axis=(0, 1, 2)):
    mean, variance = x.mean(axis, keepdims=True), x.var(axis, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon)


_RNG = np.random.default_rng(5)
_MAPS = [
    tuple(np.round(_RNG.normal(scale, scale, (2, *shape)), 2))
    for scale, shape in ((2.0, (2, 3, 2, 3)), (1.0, (3, 2, 2, 2)))
]

gamma_gradient = FunctionExercise(
    reference=_gamma_gradient,
    cases=[(*_MAPS[0], 0.1), (*_MAPS[1], 0.001)],
    praise="Right: one γ has scaled every pixel of its channel, and hears from all of them.",
    mistakes=[
        (
            lambda x, g, epsilon: g.sum(axis=(0, 1, 2)),
            "This is the gradient with respect to β: what γ has multiplied is missing.",
        ),
        (
            lambda x, g, epsilon: (g * x).sum(axis=(0, 1, 2)),
            "γ has not multiplied x itself.",
        ),
        (
            lambda x, g, epsilon: (g * (x - x.mean(axis=(0, 1, 2)))).sum(axis=(0, 1, 2)),
            "What γ has multiplied was not only centred.",
        ),
        (
            lambda x, g, epsilon: (g * _normalized_maps(x, epsilon)).mean(axis=(0, 1, 2)),
            "Averaged: each pixel adds to the loss, and nothing is divided.",
        ),
        (
            lambda x, g, epsilon: (g * _normalized_maps(x, epsilon)).sum(axis=(0, 1, 2)) / len(x),
            "Divided by the number of examples: whether to do that is up to the loss.",
        ),
        (
            lambda x, g, epsilon: (g * _normalized_maps(x, epsilon)).sum(axis=0),
            "Only the examples are summed over, and every pixel has a γ of its own.",
        ),
        (
            lambda x, g, epsilon: (g * _normalized_maps(x, epsilon)).sum(axis=(1, 2)),
            "Only the pixels are summed over, and every example has a γ of its own.",
        ),
        (
            lambda x, g, epsilon: (g * _normalized_maps(x, epsilon)).sum(),
            "The channels are summed too: they share nothing.",
        ),
        (
            lambda x, g, epsilon: g * _normalized_maps(x, epsilon),
            "The products are right, but nothing is summed yet.",
        ),
        (
            lambda x, g, epsilon: (g * _normalized_maps(x, epsilon, 0)).sum(axis=(0, 1, 2)),
            "Each pixel is normalised with a mean of its own.",
        ),
        (
            lambda x, g, epsilon: (g * _normalized_maps(x, epsilon, (1, 2))).sum(axis=(0, 1, 2)),
            "Each image is normalised on its own, whatever else is in the batch.",
        ),
        (
            lambda x, g, epsilon: (g * _normalized_maps(x, epsilon, 3)).sum(axis=(0, 1, 2)),
            "Each pixel is normalised over its channels.",
        ),
        (
            lambda x, g, epsilon: (g * _normalized_maps(x, epsilon, None)).sum(axis=(0, 1, 2)),
            "All channels are normalised with one mean.",
        ),
        (
            lambda x, g, epsilon: (
                g.sum(axis=(0, 1, 2)) * _normalized_maps(x, epsilon).sum(axis=(0, 1, 2))
            ),
            "The two are summed before they are multiplied.",
        ),
        (
            lambda x, g, epsilon: (_normalized_maps(g, epsilon) * x).sum(axis=(0, 1, 2)),
            "The gradient is normalised; it was x that went through the layer.",
        ),
        (
            lambda x, g, epsilon: (g * _normalized_maps(x, 0.0)).sum(axis=(0, 1, 2)),
            "ε is missing.",
        ),
    ],
)


# 7. Layer normalisation, backward pass: the gradient with respect to x.


def _layer_gradient(x, gamma, grad_output, epsilon, *, own=1, by_mean=1, by_variance=1, axis=-1):
    """The gradient with respect to x, each of its three terms taken as often as it says."""
    std = np.sqrt(x.var(axis=axis, keepdims=True) + epsilon)
    normalized = (x - x.mean(axis=axis, keepdims=True)) / std
    g = grad_output * gamma
    through_mean = g.mean(axis=axis, keepdims=True)
    through_variance = normalized * (g * normalized).mean(axis=axis, keepdims=True)
    return (own * g - by_mean * through_mean - by_variance * through_variance) / std


def _scaled_by_deviation(x, gamma, grad_output, epsilon, power):
    std = np.sqrt(x.var(axis=-1, keepdims=True) + epsilon)
    return _layer_gradient(x, gamma, grad_output, epsilon) * std**power


layer_norm_gradient = FunctionExercise(
    reference=lambda x, gamma, grad_output, epsilon: _layer_gradient(
        x, gamma, grad_output, epsilon
    ),
    cases=[
        (
            np.array([[2.0, 5.0, -1.0, 0.5], [1.0, 1.5, 4.0, -2.0], [0.0, 3.0, -6.0, 2.0]]),
            np.array([1.5, -1.0, 0.5, 2.0]),
            np.array([[1.0, -2.0, 0.5, 3.0], [0.0, 4.0, -1.0, 2.0], [-3.0, 1.5, 2.0, 1.0]]),
            0.1,
        ),
        (
            np.array([[3.0, 1.0, -4.0], [0.5, 2.0, 2.5]]),
            np.array([2.0, 1.0, -3.0]),
            np.array([[0.5, -1.0, 2.0], [1.0, 3.0, -0.5]]),
            0.5,
        ),
    ],
    praise="Right: the derivation is the same, only the mean runs along the features.",
    mistakes=[
        (
            functools.partial(_layer_gradient, axis=0),
            "The means run over the batch. Here no example knows of the others.",
        ),
        (
            lambda x, gamma, g, epsilon: gamma * _layer_gradient(x, 1.0, g, epsilon),
            "γ comes too late: here it differs along the axis of the means, so it can't wait outside.",
        ),
        (
            lambda x, gamma, g, epsilon: _layer_gradient(x, 1.0, g, epsilon),
            "γ is not used yet.",
        ),
        (
            functools.partial(_layer_gradient, by_mean=0, by_variance=0),
            "Mean and variance depend on x too; here they are taken for constants.",
        ),
        (
            functools.partial(_layer_gradient, by_mean=0),
            "The path through the mean is missing: the gradient of an example doesn't sum to 0.",
        ),
        (
            functools.partial(_layer_gradient, by_variance=0),
            "The path through the variance is missing.",
        ),
        (
            functools.partial(_layer_gradient, by_variance=2),
            "The path through the variance counts double: has a ½ got lost?",
        ),
        (
            functools.partial(_layer_gradient, by_variance=0.5),
            "The path through the variance counts half: has the 2 of the square got lost?",
        ),
        (
            functools.partial(_layer_gradient, by_mean=-1),
            "The path through the mean has the wrong sign.",
        ),
        (
            functools.partial(_layer_gradient, by_variance=-1),
            "The path through the variance has the wrong sign.",
        ),
        (
            functools.partial(_layer_gradient, by_mean=-1, by_variance=-1),
            "Two paths have the wrong sign: more of an input raises what is subtracted.",
        ),
        (
            functools.partial(_layer_gradient, own=0),
            "The direct path is missing: an input also changes its own output.",
        ),
        (
            lambda x, gamma, g, epsilon: _scaled_by_deviation(x, gamma, g, epsilon, 1),
            "The division is missing: the derivative of x̂ with respect to x stands before all three.",
        ),
        (
            lambda x, gamma, g, epsilon: _scaled_by_deviation(x, gamma, g, epsilon, 2),
            "Multiplied where it should be divided.",
        ),
        (
            lambda x, gamma, g, epsilon: _scaled_by_deviation(x, gamma, g, epsilon, -1),
            "Divided by a variance: is it divided twice?",
        ),
        (
            lambda x, gamma, g, epsilon: _layer_gradient(
                x, gamma, g, epsilon, by_mean=x.shape[1], by_variance=x.shape[1]
            ),
            "There are sums where there should be means.",
        ),
        (
            lambda x, gamma, g, epsilon: _layer_gradient(x, gamma, g, 0.0),
            "ε is missing.",
        ),
    ],
)


# 8. Fold a BN layer into the dense layer before it: the weights, and the bias.

_FOLD_CASES = [
    (
        np.array([[1.0, -2.0, 0.5], [3.0, 0.25, -1.0]]),
        np.array([0.5, -1.0, 2.0]),
        np.array([2.0, -0.5, 1.5]),
        np.array([1.0, 0.25, -3.0]),
        np.array([0.75, -2.0, 4.0]),
        np.array([4.0, 0.5, 9.0]),
        0.1,
    ),
    (
        np.array([[2.0, -1.0], [0.5, 4.0], [-3.0, 1.5]]),
        np.array([1.0, -0.5]),
        np.array([0.5, 3.0]),
        np.array([-2.0, 1.0]),
        np.array([2.5, -1.0]),
        np.array([0.25, 6.0]),
        0.01,
    ),
]


def _factor(gamma, variance, epsilon):
    """What BN multiplies each feature with at inference."""
    return gamma / np.sqrt(variance + epsilon)


def _fold_weights(weights, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    return weights * _factor(gamma, moving_variance, epsilon)


def _fold_bias(weights, bias, gamma, beta, moving_mean, moving_variance, epsilon):
    return (bias - moving_mean) * _factor(gamma, moving_variance, epsilon) + beta


folded_weights = FunctionExercise(
    reference=_fold_weights,
    cases=_FOLD_CASES,
    mistakes=[
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: w,
            "They are unchanged, but BN scales what they give.",
        ),
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: w * gamma,
            "They are multiplied by γ alone; the standard deviation is missing.",
        ),
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: w / np.sqrt(variance + epsilon),
            "γ is missing.",
        ),
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: w * gamma / (variance + epsilon),
            "They are divided by a variance: the root is missing.",
        ),
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: (
                w * gamma * np.sqrt(variance + epsilon)
            ),
            "Multiplied where it should be divided.",
        ),
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: w * _factor(gamma, variance, 0.0),
            "ε is missing.",
        ),
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: (
                w * gamma / (np.sqrt(variance) + epsilon)
            ),
            "ε is added after the root.",
        ),
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: (
                (w - mean) * _factor(gamma, variance, epsilon)
            ),
            "The mean is taken off every weight: it belongs to sums.",
        ),
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: (
                w * _factor(gamma, variance, epsilon) + beta
            ),
            "β is added to every weight: it would be multiplied by the input.",
        ),
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: (
                w / _factor(gamma, variance, epsilon)
            ),
            "This undoes the scale of BN instead of taking it in.",
        ),
    ],
)

folded_bias = FunctionExercise(
    reference=_fold_bias,
    cases=_FOLD_CASES,
    mistakes=[
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: b,
            "It is unchanged, but BN shifts and scales it.",
        ),
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: beta,
            "β alone is left: what has become of the mean?",
        ),
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: b + beta,
            "The two shifts are added as if nothing lay between them.",
        ),
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: b - mean + beta,
            "BN scales after the mean is taken off; here nothing is scaled.",
        ),
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: (
                b * _factor(gamma, variance, epsilon) + beta
            ),
            "The moving mean is missing.",
        ),
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: (
                beta - mean * _factor(gamma, variance, epsilon)
            ),
            "The old bias has got lost.",
        ),
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: (
                b + beta - mean * _factor(gamma, variance, epsilon)
            ),
            "The old bias is added unscaled: it goes through BN like everything else.",
        ),
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: (
                b * _factor(gamma, variance, epsilon) + beta - mean
            ),
            "The mean is taken off unscaled: BN takes it off before it scales.",
        ),
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: (
                (b + mean) * _factor(gamma, variance, epsilon) + beta
            ),
            "The moving mean is added.",
        ),
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: (
                (b - mean + beta) * _factor(gamma, variance, epsilon)
            ),
            "β is scaled as well: it comes last in BN.",
        ),
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: (
                (b - mean) * _factor(gamma, variance, epsilon)
            ),
            "β is missing.",
        ),
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: (
                (b - mean) * gamma / (variance + epsilon) + beta
            ),
            "It is divided by a variance: the root is missing.",
        ),
        (
            lambda w, b, gamma, beta, mean, variance, epsilon: (
                (b - mean) * _factor(gamma, variance, 0.0) + beta
            ),
            "ε is missing.",
        ),
    ],
)


def _look_at_folding(answer, rng):
    """A hint about a function that returns the weights and the bias of the folded layer."""
    if not callable(answer) or not _takes_arguments(answer):
        return folded_weights.find_fault(answer)
    for case in _FOLD_CASES:
        result, hint = call_safely(answer, case)
        if hint or is_unfinished(result):
            return hint or "Not finished yet: return the new weights and the new bias."
        if not isinstance(result, (tuple, list)) or len(result) != 2:
            what = name_type(result)
            return f"Two arrays should come back, `return weights, bias`, and this is {what}."
    for place, (name, part) in enumerate({"weights": folded_weights, "bias": folded_bias}.items()):
        if hint := part.find_fault(take(answer, place)):
            return f"The {name}: {hint}"
    return None


def _takes_arguments(function):
    try:
        inspect.signature(function).bind(*_FOLD_CASES[0])
    except TypeError:
        return False
    except ValueError:  # built-ins without a signature are simply tried
        return True
    return True


fold_batch_norm = OpenExercise(
    look=_look_at_folding,
    praise="Right: at inference, batch normalisation can cost nothing at all.",
)
