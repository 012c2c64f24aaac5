"""Normalisation in NumPy: of inputs once and for all, of a batch between two layers, and backward.

Batches are `(n, d)` or feature maps `(n, h, w, c)`. A feature is a column or a channel: batch
normalisation has a mean and a variance for each, over all examples and all pixels, so a batch of maps
is to it a batch of `n·h·w` examples. Everything is computed in float64; what has the shape of `x` has
its type too (whole numbers become float64), and what belongs to a feature is float64.
"""

from __future__ import annotations

from numbers import Integral, Real

import numpy as np

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


# Inputs ------------------------------------------------------------------------------------------


def rescale(x, *, low=0.0, high=1.0, axis=None):
    """Squeeze or stretch numbers into a range: the smallest becomes `low`, the largest `high`.

    `low + (high - low) · (x - min) / (max - min)`; where all are equal, `low`.

    Args:
        x: Data of up to four axes.
        low: Lower end of the range.
        high: Upper end of the range.
        axis: The axis or axes in which the smallest and the largest are looked for: None for the
            whole array, 0 for each column of `(n, d)`.

    Returns:
        Array of the shape of `x`.

    Raises:
        TypeError: If `x` doesn't hold real numbers.
        ValueError: If `x` is empty or not finite, there is no such axis, or `low` isn't below `high`.
    """
    data = _validate.array("x", x, *ANY_SHAPE).astype(float)
    axis = _check_axes(axis, data.ndim)
    if not -np.inf < low < high < np.inf:
        raise ValueError(f"`low` must be below `high`, both finite. Received: {low!r} and {high!r}")
    least, most = data.min(axis, keepdims=True), data.max(axis, keepdims=True)
    share = (data - least) / np.where(most > least, most - least, 1.0)  # 0 … 1
    return _as_type_of(x, (1 - share) * low + share * high)


def standardize(x, *, axis=0, mean=None, std=None):
    """Shift and scale data to mean 0 and standard deviation 1: `(x - mean) / std`.

    Where all numbers are equal there is nothing to scale: the standard deviation is 0, and the result
    `x - mean`. New data is treated as the old was:

        train, mean, std = standardize(train)
        test, _, _ = standardize(test, mean=mean, std=std)

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
            missing, has another shape or is no mean or standard deviation.
    """
    data = _validate.array("x", x, *ANY_SHAPE).astype(float)
    axis = _check_axes(axis, data.ndim)
    if mean is None and std is None:
        mean, std = _mean_and_std(data, axis)
    else:
        mean, std = _check_statistics(mean, std, data.mean(axis).shape)
    centred = data - np.expand_dims(mean, axis)
    scaled = centred / np.expand_dims(np.where(std > 0, std, 1.0), axis)
    return _as_type_of(x, scaled), mean, std


def _mean_and_std(data, axis):
    """Mean and standard deviation; those of equal numbers are exact, not off by rounding."""
    least, mean, std = data.min(axis), data.mean(axis), data.std(axis)
    constant = least == data.max(axis)
    return np.where(constant, least, mean)[()], np.where(constant, 0.0, std)[()]


# Batch normalisation -----------------------------------------------------------------------------


def batch_norm(x, gamma, beta, *, axis=-1, epsilon=1e-3):
    """Normalise each feature with the mean and variance of this batch, as in training.

    `γ · (x - μ) / √(σ² + ε) + β`, with `μ` and `σ²` of the feature over all examples (and pixels):
    `σ²` is the mean of `(x - μ)²`. With `γ = √(σ² + ε)` and `β = μ` nothing changes.

    Args:
        x: A batch `(n, d)`, or feature maps `(n, h, w, c)`.
        gamma: Scale of each feature, shape `(d,)` or `(c,)`.
        beta: Shift of each feature, likewise.
        axis: Where the features stand, as in Keras: this axis is *not* averaged over.
        epsilon: Keeps the root away from 0.

    Returns:
        The output, of the shape of `x`; the mean and the variance of the batch, each of the shape of
        `gamma`.

    Raises:
        TypeError: If an array doesn't hold real numbers.
        ValueError: If an array is empty, not finite or of another shape, `axis` is no axis of
            features, or `epsilon` isn't positive.

    Reference:
        Ioffe, Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal
        Covariate Shift", 2015.
    """
    rows = _as_rows(x, axis)
    gamma, beta = _check_features(rows, gamma=gamma, beta=beta)
    _check_epsilon(epsilon)
    mean, variance = rows.mean(axis=0), rows.var(axis=0)
    normalized = (rows - mean) / np.sqrt(variance + epsilon)
    return _from_rows(gamma * normalized + beta, x, axis), mean, variance


def batch_norm_inference(x, gamma, beta, moving_mean, moving_variance, *, axis=-1, epsilon=1e-3):
    """Normalise with the mean and variance that were gathered in training, not with those of `x`.

    `γ · (x - moving mean) / √(moving variance + ε) + β`: each number is mapped by a straight line,
    whatever else is in the batch.

    Args:
        x: A batch `(n, d)`, or feature maps `(n, h, w, c)`.
        gamma: Scale of each feature, shape `(d,)` or `(c,)`.
        beta: Shift of each feature, likewise.
        moving_mean: Mean of each feature, likewise.
        moving_variance: Variance of each feature, likewise.
        axis: Where the features stand.
        epsilon: The one used in training.

    Returns:
        The output, of the shape of `x`.

    Raises:
        TypeError: If an array doesn't hold real numbers.
        ValueError: As `batch_norm`, and if a variance is negative.

    Reference:
        Ioffe and Szegedy 2015, algorithm 2.
    """
    rows = _as_rows(x, axis)
    gamma, beta, mean, variance = _check_features(
        rows, gamma=gamma, beta=beta, moving_mean=moving_mean, moving_variance=moving_variance
    )
    _check_not_negative("moving_variance", variance)
    _check_epsilon(epsilon)
    normalized = (rows - mean) / np.sqrt(variance + epsilon)
    return _from_rows(gamma * normalized + beta, x, axis)


def update_moving(moving, batch, *, momentum=0.99):
    """Move an average a little towards the newest batch.

    `moving · momentum + batch · (1 - momentum)`, the convention of Keras: the momentum is what stays.
    (In PyTorch a momentum of 0.01 means the same as 0.99 here.) For the variance the paper takes the
    unbiased estimate of a batch, `n / (n - 1)` times `σ²`; Keras takes `σ²` as `batch_norm` returns it.

    Args:
        moving: The average up to now, a number or shape `(d,)`.
        batch: Mean or variance of the newest batch, of the same shape.
        momentum: Share of the old average, from 0 to 1.

    Returns:
        The new average, of the same shape.

    Raises:
        TypeError: If an argument doesn't hold real numbers.
        ValueError: If an argument is not finite, the shapes differ, or `momentum` is out of range.
    """
    old, new = _check_numbers("moving", moving), _check_numbers("batch", batch)
    if old.shape != new.shape:
        raise ValueError(
            f"`moving` and `batch` must have the same shape. Received: {old.shape} and {new.shape}"
        )
    if not 0 <= momentum <= 1:
        raise ValueError(f"`momentum` must be from 0 to 1. Received: {momentum!r}")
    return old * momentum + new * (1 - momentum)


def batch_norm_gradients(x, gamma, grad_output, *, axis=-1, epsilon=1e-3):
    """Go backward through `batch_norm`: from the slope in its output to those in `x`, `γ` and `β`.

    An input reaches the loss in three ways, and its slope has a term for each: through its own
    output; through the mean, which shifts all outputs; through the variance, which stretches them.
    With `x̂ = (x - μ) / √(σ² + ε)`, `g = γ · grad_output` and means over the batch:

        grad_x = (g - mean(g) - x̂ · mean(g · x̂)) / √(σ² + ε)
        grad_γ = Σ grad_output · x̂
        grad_β = Σ grad_output

    Args:
        x: What `batch_norm` was given.
        gamma: The one `batch_norm` used.
        grad_output: Slope of the loss in each output, of the shape of `x`.
        axis: The one `batch_norm` used.
        epsilon: The one `batch_norm` used.

    Returns:
        The slopes in `x`, in `gamma` and in `beta`, each of the shape of what it belongs to.

    Raises:
        TypeError: If an array doesn't hold real numbers.
        ValueError: As `batch_norm`, and if `grad_output` hasn't the shape of `x`.

    Reference:
        Ioffe and Szegedy 2015, section 3; there the three ways are followed one by one.
    """
    rows, grad_rows = _as_rows(x, axis), _as_rows(_check_slopes(grad_output, x), axis)
    (gamma,) = _check_features(rows, gamma=gamma)
    _check_epsilon(epsilon)
    std = np.sqrt(rows.var(axis=0) + epsilon)
    normalized = (rows - rows.mean(axis=0)) / std
    g = gamma * grad_rows
    through_mean = g.mean(axis=0)
    through_variance = normalized * (g * normalized).mean(axis=0)
    grad_x = (g - through_mean - through_variance) / std
    grad_gamma, grad_beta = (grad_rows * normalized).sum(axis=0), grad_rows.sum(axis=0)
    return _from_rows(grad_x, x, axis), grad_gamma, grad_beta


# Layer normalisation -----------------------------------------------------------------------------


def layer_norm(x, gamma, beta, *, epsilon=1e-3):
    """Normalise each example on its own, over its features: the same in training and in inference.

    `γ · (x - μ) / √(σ² + ε) + β`, with `μ` and `σ²` over the last axis. In feature maps each pixel has
    its own.

    Args:
        x: A batch `(n, d)`, or feature maps `(n, h, w, c)`.
        gamma: Scale of each feature, shape `(d,)` or `(c,)`.
        beta: Shift of each feature, likewise.
        epsilon: Keeps the root away from 0.

    Returns:
        The output, of the shape of `x`.

    Raises:
        TypeError: If an array doesn't hold real numbers.
        ValueError: If an array is empty, not finite or of another shape, or `epsilon` isn't positive.

    Reference:
        Ba, Kiros, Hinton, "Layer Normalization", 2016.
    """
    rows = _as_rows(x, -1)
    gamma, beta = _check_features(rows, gamma=gamma, beta=beta)
    _check_epsilon(epsilon)
    mean, variance = rows.mean(axis=1, keepdims=True), rows.var(axis=1, keepdims=True)
    normalized = (rows - mean) / np.sqrt(variance + epsilon)
    return _from_rows(gamma * normalized + beta, x, -1)


ANY_SHAPE = ("n", "n, d", "n, h, w", "n, h, w, c")
SHAPES = ("n, d", "n, h, w, c")


def _as_rows(x, axis):
    """A batch as a table, a row for each example (of maps: for each pixel), a column a feature."""
    data = _validate.array("x", x, *SHAPES).astype(float)
    if not (isinstance(axis, Integral) and -data.ndim < axis < data.ndim and axis):
        raise ValueError(
            "`axis` must be an axis of `x` and not the first, which counts the examples. "
            f"Received: {axis!r}"
        )
    features_last = np.moveaxis(data, axis, -1)
    return features_last.reshape(-1, features_last.shape[-1])


def _from_rows(rows, x, axis):
    """The table as a batch again, of the shape and type of `x`."""
    features_last = np.moveaxis(np.asarray(x), axis, -1).shape
    return _as_type_of(x, np.moveaxis(rows.reshape(features_last), -1, axis))


def _as_type_of(x, result):
    dtype = np.asarray(x).dtype
    return result.astype(dtype) if dtype.kind == "f" else result


# Checks ------------------------------------------------------------------------------------------


def _check_axes(axis, ndim):
    """Return one or more axes as a tuple of whole numbers from 0; None is all of them."""
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    known = all(isinstance(one, Integral) and -ndim <= one < ndim for one in axes)
    if not known or len({one % ndim for one in axes}) != len(axes):
        raise ValueError(
            f"`axis` must be None or different axes of `x`, {-ndim} to {ndim - 1}. "
            f"Received: {axis!r}"
        )
    return tuple(int(one % ndim) for one in axes)


def _check_features(rows, **named):
    """Return arrays that have one number for each column, in float64."""
    count, arrays = rows.shape[1], []
    for name, value in named.items():
        array = _validate.array(name, value, "features")
        if array.shape != (count,):
            raise ValueError(
                f"`{name}` must have shape {(count,)}, a number for each feature. "
                f"Received: {array.shape}"
            )
        arrays.append(array.astype(float))
    return arrays


def _check_statistics(mean, std, shape):
    """Return a mean and a standard deviation if they fit the features of the data."""
    if mean is None or std is None:
        missing = "mean" if mean is None else "std"
        raise ValueError(f"`mean` and `std` go together. Received: no `{missing}`")
    mean, std = _check_numbers("mean", mean), _check_numbers("std", std)
    for name, value in {"mean": mean, "std": std}.items():
        if value.shape != shape:
            raise ValueError(f"`{name}` must have shape {shape}. Received: {value.shape}")
    _check_not_negative("std", std)
    return mean, std


def _check_numbers(name, value):
    """Return a number or an array, checked, in float64."""
    single = isinstance(value, Real) or getattr(value, "ndim", None) == 0
    array = _validate.array(name, [value] if single else value, *ANY_SHAPE).astype(float)
    return array[0] if single else array


def _check_not_negative(name, array):
    if np.any(array < 0):
        raise ValueError(f"`{name}` must not be negative. Received: {array.min()}")


def _check_slopes(grad_output, x):
    """Return the slopes if they have the shape of the output."""
    grad_output = _validate.array("grad_output", grad_output, *SHAPES)
    if grad_output.shape != np.shape(x):
        raise ValueError(
            f"`grad_output` must have the shape of the output, {np.shape(x)}. "
            f"Received: {grad_output.shape}"
        )
    return grad_output


def _check_epsilon(epsilon):
    if not 0 < epsilon < np.inf:
        raise ValueError(f"`epsilon` must be positive and finite. Received: {epsilon!r}")
