"""Normalisation in NumPy: of the inputs, of a batch between two layers, and its backward pass.

Batches are `(n, d)` or feature maps `(n, h, w, c)`. A feature is a column or a channel: batch
normalisation has a mean and a variance for each, over all examples and all pixels, so a batch of maps
is to it a batch of `n·h·w` examples. Everything is computed in float64; what has the shape of `x` has
its type too (whole numbers become float64), and what belongs to a feature is float64.

A public function checks its arguments; the private function of the same name, below it, is the
arithmetic, on a table with one row for each example (of maps: for each pixel) and one column for each
feature.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dl_course import _validate

__all__ = [
    "batch_norm",
    "batch_norm_gradients",
    "batch_norm_inference",
    "layer_norm",
    "rescale",
    "standardize",
    "update_moving",
]

_ANY_SHAPE = ("n", "n, d", "n, h, w", "n, h, w, c")
_SHAPES = ("n, d", "n, h, w, c")


# Inputs ------------------------------------------------------------------------------------------


def rescale(
    x: ArrayLike,
    *,
    low: float = 0.0,
    high: float = 1.0,
    axis: int | tuple[int, ...] | None = None,
) -> np.ndarray:
    """Map numbers linearly to a range: the smallest becomes `low`, the largest `high`.

    `low + (high - low) · (x - min) / (max - min)`; where all are equal, `low`.

    Args:
        x: Data of up to four axes.
        low: Lower end of the range.
        high: Upper end of the range.
        axis: The axis or axes along which the smallest and the largest number are found: None for the
            whole array, 0 for each column of `(n, d)`.

    Returns:
        Array of the shape of `x`.

    Raises:
        TypeError: If `x` doesn't hold real numbers, or an end of the range is no number.
        ValueError: If `x` is empty or not finite, there is no such axis, or `high` isn't above `low`.

    Examples:
        >>> rescale([2, 4, 10]).tolist()
        [0.0, 0.25, 1.0]
        >>> rescale([[0, 10], [5, 30], [10, 20]], low=-1, axis=0).tolist()
        [[-1.0, -1.0], [0.0, 1.0], [1.0, 0.0]]

    Taught in notebook 06.
    """
    data = _validate.array("x", x, *_ANY_SHAPE).astype(float)
    low = _validate.number("low", low)
    high = _validate.number("high", high, above=low)
    return _as_type_of(x, _rescale(data, low, high, axis))


def _rescale(x, low, high, axis):
    """Map the smallest number to `low` and the largest to `high`."""
    least, most = x.min(axis, keepdims=True), x.max(axis, keepdims=True)
    position = (x - least) / np.where(most > least, most - least, 1.0)  # 0 … 1
    return (1 - position) * low + position * high


def standardize(
    x: ArrayLike,
    *,
    axis: int | tuple[int, ...] | None = 0,
    mean: ArrayLike | None = None,
    std: ArrayLike | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shift and scale data to mean 0 and standard deviation 1: `(x - mean) / std`.

    Where all numbers are equal there is nothing to scale: the standard deviation is 0, and the result
    `x - mean`. New data must be treated with the mean and standard deviation of the training data.

    Args:
        x: Data of up to four axes.
        axis: The axis or axes that are averaged over, as in NumPy: 0 gives each column of `(n, d)` its
            own mean, `(0, 1, 2)` each channel of `(n, h, w, c)`, None all numbers one.
        mean: What to subtract, one number for each feature; None takes that of `x`.
        std: What to divide by, likewise.

    Returns:
        Array of the shape of `x`, and the mean and standard deviation that were used, each of the
        shape of `x` without the axes averaged over.

    Raises:
        TypeError: If an array doesn't hold real numbers.
        ValueError: If `x` is empty or not finite, there is no such axis, or of `mean` and `std` one is
            missing or has another shape.

    Examples:
        >>> train, mean, std = standardize([[1.0, 5.0], [3.0, 5.0]])
        >>> train.tolist(), mean.tolist(), std.tolist()
        ([[-1.0, 0.0], [1.0, 0.0]], [2.0, 5.0], [1.0, 0.0])
        >>> test, _, _ = standardize([[4.0, 6.0]], mean=mean, std=std)
        >>> test.tolist()
        [[2.0, 1.0]]

    Taught in notebook 06.
    """
    data = _validate.array("x", x, *_ANY_SHAPE).astype(float)
    axes = tuple(range(data.ndim)) if axis is None else axis
    if mean is None and std is None:
        center, scale = _mean_and_std(data, axes)
    else:
        center, scale = _check_statistics(mean, std, data.mean(axes).shape)
    scaled = _standardize(data, np.expand_dims(center, axes), np.expand_dims(scale, axes))
    return _as_type_of(x, scaled), center, scale


def _standardize(x, mean, std):
    """Subtract the mean, then divide by the standard deviation unless it is 0."""
    return (x - mean) / np.where(std == 0, 1.0, std)


def _mean_and_std(data, axes):
    """Mean and standard deviation; those of equal numbers are exact, not off by rounding."""
    least, mean, std = data.min(axes), data.mean(axes), data.std(axes)
    constant = least == data.max(axes)
    return np.where(constant, least, mean)[()], np.where(constant, 0.0, std)[()]


# Batch normalisation -----------------------------------------------------------------------------


def batch_norm(
    x: ArrayLike, gamma: ArrayLike, beta: ArrayLike, *, axis: int = -1, epsilon: float = 1e-3
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Normalise each feature with the mean and variance of this batch, as in training.

    `γ · (x - μ) / √(σ² + ε) + β`, with `μ` and `σ²` of the feature over all examples (and pixels):
    `σ²` is the mean of `(x - μ)²`. With `γ = √(σ² + ε)` and `β = μ` nothing changes.

    Args:
        x: A batch `(n, d)`, or feature maps `(n, h, w, c)`.
        gamma: Scale of each feature, shape `(d,)` or `(c,)`.
        beta: Shift of each feature, likewise.
        axis: The axis of the features, as in Keras: it is *not* averaged over.
        epsilon: Added to the variance, so that the root stays away from 0.

    Returns:
        The output, of the shape of `x`; the mean and the variance of the batch, each of the shape of
        `gamma`.

    Raises:
        TypeError: If an array doesn't hold real numbers, `axis` is no whole number or `epsilon` no
            number.
        ValueError: If an array is empty, not finite or of another shape, `axis` is no axis of
            features, or `epsilon` isn't above 0.

    Examples:
        >>> output, mean, variance = batch_norm([[1.0], [5.0]], [3], [10], epsilon=1e-9)
        >>> output.round(3).tolist(), mean.tolist(), variance.tolist()
        ([[7.0], [13.0]], [3.0], [4.0])

    Reference:
        Ioffe, Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal
        Covariate Shift", 2015.

    Taught in notebook 06.
    """
    rows = _as_rows("x", x, axis)
    gamma, beta = _check_features(rows, gamma=gamma, beta=beta)
    epsilon = _validate.number("epsilon", epsilon, above=0)
    output, mean, variance = _batch_norm(rows, gamma, beta, epsilon)
    return _from_rows(output, x, axis), mean, variance


def _batch_norm(x, gamma, beta, epsilon):
    """Normalise each column of `x`, `(n, d)`; return its mean and variance too."""
    mean, variance = x.mean(axis=0), x.var(axis=0)  # (d,)
    normalized = (x - mean) / np.sqrt(variance + epsilon)
    return gamma * normalized + beta, mean, variance


def batch_norm_inference(
    x: ArrayLike,
    gamma: ArrayLike,
    beta: ArrayLike,
    moving_mean: ArrayLike,
    moving_variance: ArrayLike,
    *,
    axis: int = -1,
    epsilon: float = 1e-3,
) -> np.ndarray:
    """Normalise with the moving averages gathered in training, not with the statistics of `x`.

    `γ · (x - moving mean) / √(moving variance + ε) + β`: at inference each number is mapped by a
    straight line, whatever else is in the batch.

    Args:
        x: A batch `(n, d)`, or feature maps `(n, h, w, c)`.
        gamma: Scale of each feature, shape `(d,)` or `(c,)`.
        beta: Shift of each feature, likewise.
        moving_mean: Moving average of the mean of each feature, likewise.
        moving_variance: Moving average of its variance, likewise.
        axis: The axis of the features.
        epsilon: The one used in training.

    Returns:
        The output, of the shape of `x`.

    Raises:
        TypeError: As `batch_norm`.
        ValueError: As `batch_norm`, and if a variance is negative.

    Examples:
        >>> batch_norm_inference([[7.0]], [2], [1], [3], [3.75], epsilon=0.25).tolist()
        [[5.0]]

    Reference:
        Ioffe and Szegedy 2015, algorithm 2.

    Taught in notebook 06.
    """
    rows = _as_rows("x", x, axis)
    gamma, beta, mean, variance = _check_features(
        rows, gamma=gamma, beta=beta, moving_mean=moving_mean, moving_variance=moving_variance
    )
    if variance.min() < 0:
        raise ValueError(f"`moving_variance` must be at least 0. Received: {variance.min()}")
    epsilon = _validate.number("epsilon", epsilon, above=0)
    output = _batch_norm_inference(rows, gamma, beta, mean, variance, epsilon)
    return _from_rows(output, x, axis)


def _batch_norm_inference(x, gamma, beta, moving_mean, moving_variance, epsilon):
    """Normalise each column of `x`, `(n, d)`, with what was gathered in training."""
    normalized = (x - moving_mean) / np.sqrt(moving_variance + epsilon)
    return gamma * normalized + beta


def update_moving(moving: ArrayLike, batch: ArrayLike, *, momentum: float = 0.99) -> np.ndarray:
    """Move a moving average a little towards the newest batch.

    `moving · momentum + batch · (1 - momentum)`, the convention of Keras: the momentum is what stays.
    (In PyTorch a momentum of 0.01 means the same as 0.99 here.) For the variance the paper takes the
    unbiased estimate of a batch, `n / (n - 1)` times `σ²`; Keras takes `σ²` as `batch_norm` returns it.

    Args:
        moving: The moving average so far, a number or shape `(d,)`.
        batch: Mean or variance of the newest batch, of the same shape.
        momentum: Weight of the old average, from 0 to 1.

    Returns:
        The new moving average, of the same shape.

    Raises:
        TypeError: If an argument doesn't hold real numbers.
        ValueError: If an argument is not finite, the shapes differ, or `momentum` is out of range.

    Examples:
        >>> float(update_moving(0, 10, momentum=0.75))
        2.5
        >>> update_moving([0.0, 1.0], [5.0, 1.0]).round(3).tolist()
        [0.05, 1.0]

    Taught in notebook 06.
    """
    old, new = _check_statistic("moving", moving), _check_statistic("batch", batch)
    _validate.shape("batch", new, old.shape, "that of `moving`")
    momentum = _validate.number("momentum", momentum, at_least=0, at_most=1)
    return old * momentum + new * (1 - momentum)


def batch_norm_gradients(
    x: ArrayLike,
    gamma: ArrayLike,
    grad_output: ArrayLike,
    *,
    axis: int = -1,
    epsilon: float = 1e-3,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Take the backward pass of `batch_norm`: the gradients with respect to `x`, `γ` and `β`.

    An input reaches the loss along three paths, and its gradient has a term for each: through its own
    output; through the mean, which shifts all outputs; through the variance, which scales them.
    With `x̂ = (x - μ) / √(σ² + ε)`, `g = γ · grad_output` and means over the batch:

        grad_x = (g - mean(g) - x̂ · mean(g · x̂)) / √(σ² + ε)
        grad_γ = Σ grad_output · x̂
        grad_β = Σ grad_output

    Args:
        x: What `batch_norm` was given.
        gamma: The one `batch_norm` used.
        grad_output: Gradient of the loss with respect to the output, of the shape of `x`.
        axis: The one `batch_norm` used.
        epsilon: The one `batch_norm` used.

    Returns:
        The gradients with respect to `x`, `gamma` and `beta`, each of the shape of what it belongs to.

    Raises:
        TypeError: As `batch_norm`.
        ValueError: As `batch_norm`, and if `grad_output` hasn't the shape of `x`.

    Examples:
        >>> x, grad_output = [[1.0], [3.0], [5.0]], [[1.0], [0.0], [0.0]]
        >>> grads = batch_norm_gradients(x, [3], grad_output, epsilon=1e-9)
        >>> [grad.ravel().round(3).tolist() for grad in grads]
        [[0.306, -0.612, 0.306], [-1.225], [1.0]]

    Reference:
        Ioffe and Szegedy 2015, section 3; there the three paths are followed one by one.

    Taught in notebook 06.
    """
    rows = _as_rows("x", x, axis)
    _validate.shape("grad_output", grad_output, np.shape(x), "that of the output")
    grad_rows = _as_rows("grad_output", grad_output, axis)
    (gamma,) = _check_features(rows, gamma=gamma)
    epsilon = _validate.number("epsilon", epsilon, above=0)
    grad_x, grad_gamma, grad_beta = _batch_norm_gradients(rows, gamma, grad_rows, epsilon)
    return _from_rows(grad_x, x, axis), grad_gamma, grad_beta


def _batch_norm_gradients(x, gamma, grad_output, epsilon):
    """Backward pass of `_batch_norm`: gradients with respect to `x`, `(n, d)`, `gamma` and `beta`."""
    std = np.sqrt(x.var(axis=0) + epsilon)  # (d,)
    normalized = (x - x.mean(axis=0)) / std
    g = gamma * grad_output
    through_mean = g.mean(axis=0)
    through_variance = normalized * (g * normalized).mean(axis=0)
    grad_x = (g - through_mean - through_variance) / std
    return grad_x, (grad_output * normalized).sum(axis=0), grad_output.sum(axis=0)


# Layer normalisation -----------------------------------------------------------------------------


def layer_norm(
    x: ArrayLike, gamma: ArrayLike, beta: ArrayLike, *, epsilon: float = 1e-3
) -> np.ndarray:
    """Normalise each example by itself, over its features: the same in training and at inference.

    `γ · (x - μ) / √(σ² + ε) + β`, with `μ` and `σ²` over the last axis. In feature maps each pixel has
    its own.

    Args:
        x: A batch `(n, d)`, or feature maps `(n, h, w, c)`.
        gamma: Scale of each feature, shape `(d,)` or `(c,)`.
        beta: Shift of each feature, likewise.
        epsilon: Added to the variance, so that the root stays away from 0.

    Returns:
        The output, of the shape of `x`.

    Raises:
        TypeError: If an array doesn't hold real numbers, or `epsilon` is no number.
        ValueError: If an array is empty, not finite or of another shape, or `epsilon` isn't above 0.

    Examples:
        >>> layer_norm([[1.0, 5.0], [10.0, 30.0]], [1, 1], [0, 2], epsilon=1e-9).round(3).tolist()
        [[-1.0, 3.0], [-1.0, 3.0]]

    Reference:
        Ba, Kiros, Hinton, "Layer Normalization", 2016.

    Taught in notebook 06.
    """
    rows = _as_rows("x", x, -1)
    gamma, beta = _check_features(rows, gamma=gamma, beta=beta)
    epsilon = _validate.number("epsilon", epsilon, above=0)
    return _from_rows(_layer_norm(rows, gamma, beta, epsilon), x, -1)


def _layer_norm(x, gamma, beta, epsilon):
    """Normalise each row of `x`, `(n, d)`."""
    mean, variance = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)  # (n, 1)
    normalized = (x - mean) / np.sqrt(variance + epsilon)
    return gamma * normalized + beta


# Shapes and checks -------------------------------------------------------------------------------


def _as_rows(name, batch, axis):
    """A batch as a table, a row for each example (of maps: for each pixel), a column a feature."""
    data = _validate.array(name, batch, *_SHAPES).astype(float)
    axis = _validate.whole("axis", axis, at_least=1 - data.ndim, at_most=data.ndim - 1)
    if axis == 0:
        raise ValueError("`axis` must be that of the features; 0 counts the examples. Received: 0")
    features_last = np.moveaxis(data, axis, -1)
    return features_last.reshape(-1, features_last.shape[-1])


def _from_rows(rows, x, axis):
    """The table as a batch again, of the shape and type of `x`."""
    features_last = np.moveaxis(np.asarray(x), axis, -1).shape
    return _as_type_of(x, np.moveaxis(rows.reshape(features_last), -1, axis))


def _as_type_of(x, result):
    dtype = np.asarray(x).dtype
    return result.astype(dtype) if dtype.kind == "f" else result


def _check_features(rows, **named):
    """Return arrays that have one number for each column, in float64."""
    for name, value in named.items():
        _validate.shape(name, value, rows.shape[1:], "one number for each feature")
    return [_validate.array(name, value, "d").astype(float) for name, value in named.items()]


def _check_statistics(mean, std, shape):
    """Return a mean and a standard deviation that were handed over, in float64."""
    if mean is None or std is None:
        missing = "mean" if mean is None else "std"
        raise ValueError(f"`mean` and `std` must be given together. Received: no `{missing}`")
    for name, value in {"mean": mean, "std": std}.items():
        _validate.shape(name, value, shape, "one number for each feature")
    mean, std = _check_statistic("mean", mean), _check_statistic("std", std)
    if np.any(std < 0):
        raise ValueError(f"`std` must not be negative. Received: {std.min()}")
    return mean[()], std[()]


def _check_statistic(name, value):
    """Return a number, or one for each feature, as a float64 array."""
    if np.ndim(value) == 0:
        return np.asarray(_validate.number(name, value))
    return _validate.array(name, value, *_ANY_SHAPE).astype(float)
