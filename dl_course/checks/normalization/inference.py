"""Exercises on batch normalisation at inference: what is gathered for it, and what becomes of it."""

from __future__ import annotations

import numpy as np

from dl_course.checks._exercise import FunctionExercise, ValueExercise
from dl_course.checks._kinds import Count, Several
from dl_course.checks.normalization._features import (
    KIND,
    draw,
    draw_features,
    draw_x,
    epsilon_outside,
    no_epsilon,
    no_root,
    std_of,
)
from dl_course.normalization import batch_norm

__all__ = [
    "batch_norm_predict",
    "batches_to_settle",
    "fold_batch_norm",
    "moving_averages",
    "parameters_with_bn",
]


# 2. How many numbers are learned? Conv 8, BN, pool, conv 16, BN, pool, flatten, dense 32, BN, dense 10,
# on 28 × 28 × 1, the kernels 3 × 3 without padding, and no biases before a BN layer.

_FEATURES = 8 + 16 + 32
_GATHERED = 2 * _FEATURES
_LEARNED = 3 * 3 * 8 + 3 * 3 * 8 * 16 + 5 * 5 * 16 * 32 + 32 * 10 + 10 + 2 * _FEATURES

parameters_with_bn = ValueExercise(
    kind=Several(parts={"learned": Count(), "gathered": Count()}),
    expected=(_LEARNED, _GATHERED),
    praise="Right: BN learns as many numbers as it gathers, and both are few beside the rest.",
    hints=[
        "Follow the size of the maps from layer to layer: how many numbers are flattened?",
        "A BN layer has four numbers for each feature. Which of them does gradient descent change?",
        "Of a feature map, a channel is one feature, however many pixels it has.",
    ],
    mistakes=[
        ((_GATHERED, _LEARNED), "The two numbers are swapped."),
        ((_LEARNED + _GATHERED, ...), "The moving averages aren't learned: no gradient for them."),
        ((_LEARNED - 2 * _FEATURES, ...), "What BN learns is not counted."),
        ((_LEARNED - _FEATURES, ...), "BN learns more than one number for each feature."),
        ((_LEARNED + _FEATURES, ...), "Biases are counted that `use_bias=False` leaves out."),
        ((_LEARNED - 10, ...), "The last layer does have biases."),
        ((_LEARNED + 11 * 16 * 32, ...), "Too many are flattened: pooling drops half a window."),
        ((..., _FEATURES), "BN gathers more than one number for each feature."),
    ],
)


# 3. The moving averages of a training, by PyTorch's conventions.


def _variance(batch):
    return batch.var(axis=0)


def _moving(batches, momentum, variance=1.0, statistic=lambda x: x.var(axis=0, ddof=1)):
    mean = 0.0
    for batch in batches.astype(float):
        mean = mean + momentum * (batch.mean(axis=0) - mean)
        variance = variance + momentum * (statistic(batch) - variance)
    return mean, variance


def _draw_batches(rng):
    count, n, d = np.array([5, 4, 3]) + rng.integers(4, size=3)
    x = draw_x(rng, n, count * d).reshape(n, count, d).swapaxes(0, 1)
    momentum = rng.choice([rng.uniform(0.05, 0.4), rng.uniform(0.6, 0.95)])
    return x.astype(rng.choice(["float32", "float64"])), round(float(momentum), 3)


moving_averages = FunctionExercise(
    kind=Several(parts={"moving_mean": KIND, "moving_variance": KIND}),
    reference=lambda batches, momentum: _moving(batches, momentum),
    cases=[
        (np.array([[[8.0], [4.0]], [[1.0], [-2.5]], [[3.0], [7.0]]]), 0.1),
        (np.arange(24.0).reshape(4, 3, 2) ** 2 % 7, 0.75),
        (np.array([[[5.0], [1.5]]]), 0.6),
    ],
    draw=_draw_batches,
    praise="Right: old batches fade, and new ones come in slowly.",
    hints=[
        "One batch at a time: first its mean and variance, then one step of each moving average.",
        "Compare PyTorch and Keras in the table of section 3: two things differ.",
        "The two weights add up to 1. Which of them does the old value get here?",
    ],
    mistakes=[
        (lambda x, m: _moving(x, 1 - m, statistic=_variance), "That is what Keras does."),
        (lambda x, m: _moving(x, 1 - m), "In PyTorch, momentum is not the weight of the old."),
        (
            lambda x, m: _moving(x, m, statistic=_variance),
            "The means are right, the variances aren't: see PyTorch's factor.",
        ),
        (
            lambda x, m: _moving(x, m, statistic=lambda x: x.std(axis=0, ddof=1)),
            "The means are right, but standard deviations are averaged for the variance.",
        ),
        (lambda x, m: _moving(x, m, 0.0), "The moving variance doesn't start from 0."),
        (lambda x, m: _moving(x[-1:], m), "Each batch begins at the start again."),
        (lambda x, m: _moving(x[:1], m), "Only the first batch counts: does the loop end early?"),
        (
            lambda x, m: (x.mean(axis=(0, 1)), x.var(axis=1, ddof=1).mean(axis=0)),
            "All batches count alike: neither start nor `momentum` is used.",
        ),
    ],
)


# 4. After how many batches is a moving mean that starts from 0 within 1 % of a mean that stays the same?

batches_to_settle = ValueExercise(
    kind=Count(),
    expected=459,
    praise="Right: after k batches 0.99ᵏ of the error is left. Many trainings are shorter.",
    hints=[
        "How far from m is the moving mean after one batch? And after two?",
        "Each batch multiplies that distance by the same number.",
        "Which power of that number is the first that is small enough?",
    ],
    mistakes=[
        (1, "In one batch, the moving mean makes 1 % of the way, not 99 %."),
        (99, "A batch makes 1 % of the way that is still left, and that gets shorter."),
        (100, "It would be there if all steps were as long as the first."),
        (44, "That is so with momentum 0.9."),
        (69, "That is half of the way."),
        (230, "By then, a tenth is still missing."),
        (688, "By then, only a thousandth is missing: it was within 1 % before."),
    ],
)


# 5. At inference, with statistics from running sums.


def _predict(variance=lambda n, mean, squares: squares / n - mean**2, std=std_of):
    def predict(x, gamma, beta, count, total, total_squares, epsilon):
        x, mean = x.astype(float), total.astype(float) / count
        found = variance(count, mean, total_squares.astype(float))
        return gamma * (x - mean) / std(found, epsilon) + beta

    return predict


def _draw_predict(rng):
    count, n, d = (np.array([11, 4, 4]) + rng.integers([50, 3, 3])).tolist()
    seen = draw_x(rng, count, d)
    x = seen[:n] + rng.integers(-8, 9, (n, d)) / 8
    sums = seen.sum(axis=0), (seen**2).sum(axis=0)
    return draw(rng, x, *draw_features(rng, 2, d), count, *sums)


batch_norm_predict = FunctionExercise(
    kind=KIND,
    reference=_predict(),
    cases=[
        (
            np.array([[2.0, 1.0], [4.0, -3.0], [9.0, 0.5]]),
            *np.array([[1.5, -2.0], [0.5, 3.0]]),
            *(4, np.array([10.0, -6.0]), np.array([30.0, 10.0]), 0.5),
        ),
        (
            np.array([[7.0, -2.5, 0.25]]),
            *np.array([[2.0, 0.5, 1.25], [-1.0, 0.75, 3.0]]),
            *(10, np.array([50.0, -20.0, 5.0]), np.array([290.0, 90.0, 7.0]), 0.1),
        ),
    ],
    draw=_draw_predict,
    praise="Right: an example gets the same output alone and in any batch.",
    hints=[
        "At inference, nothing is computed from the examples in `x` but their own output.",
        "Start with the mean. The variance is the mean of (x − μ)²: which sums does it need?",
        "Multiply out (x − μ)², and take the mean of each term.",
    ],
    mistakes=[
        (
            lambda x, gamma, beta, count, total, total_squares, epsilon: batch_norm(
                x, gamma, beta, epsilon=epsilon
            )[0],
            "The output for an example depends on the other examples in `x`.",
        ),
        (
            lambda x, gamma, beta, *given: _predict()(x, 1, 0, *given),
            "γ and β are not used yet.",
        ),
        (
            _predict(lambda n, mean, squares: squares / n),
            "The mean of the squares is taken for the variance: a variance looks from the mean.",
        ),
        (
            _predict(lambda n, mean, squares: (squares - n * mean**2) / (n - 1)),
            "The variance is divided by `count` − 1.",
        ),
        (_predict(std=epsilon_outside), "ε is added after the root."),
        (_predict(std=no_epsilon), "ε is missing."),
        (_predict(std=no_root), "It is divided by a variance: the unit of x doesn't cancel."),
    ],
)


# 8. Fold a BN layer into the dense layer before it.


def _fold(new_bias, std=std_of, new_weights=lambda weights, k: weights * k):
    def fold(weights, bias, gamma, beta, moving_mean, moving_variance, epsilon):
        k = gamma / std(moving_variance.astype(float), epsilon)
        return new_weights(weights, k), new_bias(bias, k, beta, moving_mean)

    return fold


def _folded_bias(bias, k, beta, mean):
    return (bias - mean) * k + beta


def _draw_fold(rng):
    inputs, d = 1 + rng.integers(7), 4 + rng.integers(3)
    variance = rng.choice([0.0, 0.25, 9.0, 1e4], d)
    features = draw_features(rng, 4, d) * np.array([[1], [1], [1], [rng.choice([1.0, 100.0])]])
    return draw(rng, rng.normal(size=(inputs, d)), *features, variance)


fold_batch_norm = FunctionExercise(
    kind=Several(parts={"weights": KIND, "bias": KIND}),
    reference=_fold(_folded_bias),
    cases=[
        (
            np.array([[1.0, -2.0, 0.5], [3.0, 0.25, -1.0]]),
            *np.array([[0.5, -1.0, 2.0], [2.0, -0.5, 1.5], [1.0, 0.25, -3.0], [0.75, -2.0, 4.0]]),
            *(np.array([4.0, 0.5, 9.0]), 0.1),
        ),
        (
            np.array([[2.0, -1.0], [0.5, 4.0], [-3.0, 1.5]]),
            *np.array([[1.0, -0.5], [0.5, 3.0], [-2.0, 1.0], [2.5, -1.0]]),
            *(np.array([0.25, 6.0]), 0.5),
        ),
        (
            np.array([[1.0, -0.5], [2.0, 4.0]]),
            *np.array([[0.0, -1.0], [3.0, 0.5], [0.5, 2.0], [-1.5, 1.0]]),
            *(np.array([0.0, 2.0]), 0.25),
        ),
    ],
    draw=_draw_fold,
    praise="Right: at inference, batch normalisation can cost nothing at all.",
    hints=[
        "Write BN's output for one feature as a straight line in x w + b: slope and intercept.",
        "Put x w + b in, and sort: what stands before x, and what stands alone?",
        "The column of weights that leads to a feature is scaled, all of it by one number.",
    ],
    mistakes=[
        (_fold(lambda b, k, beta, mean: b * k + beta), "The moving mean is missing in the bias."),
        (_fold(lambda b, k, beta, mean: beta - mean * k), "The old bias has got lost."),
        (
            _fold(lambda b, k, beta, mean: b + beta - mean * k),
            "The old bias is added unscaled: it goes through BN like everything else.",
        ),
        (_fold(lambda b, k, beta, mean: (b - mean + beta) * k), "β is scaled too: it comes last."),
        (
            _fold(_folded_bias, new_weights=lambda weights, k: weights),
            "The weights are unchanged, but BN scales what they give.",
        ),
        (_fold(_folded_bias, no_root), "They are divided by a variance: the root is missing."),
        (_fold(_folded_bias, no_epsilon), "ε is missing."),
        (_fold(_folded_bias, epsilon_outside), "ε is added after the root."),
    ],
)
