"""What the exercises of notebook 06 share: features to try answers on, and ways to put ε wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from dl_course.checks._kinds import Real

__all__ = [
    "AXES",
    "KIND",
    "draw",
    "draw_features",
    "draw_x",
    "epsilon_outside",
    "no_epsilon",
    "no_root",
    "std_of",
]

KIND = Real(rtol=1e-4, atol=1e-5)  # a mean of 10,000 costs float32 some digits
AXES = (0, 1, 2)  # of maps `(n, h, w, c)`, those that a mean runs over


def draw_x(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Features near 0 or at ±10,000, of a small or a large standard deviation, or constant.

    Args:
        rng: Source of randomness.
        shape: The features are on the last axis.
    """
    z = rng.normal(size=shape)
    axes = tuple(range(len(shape) - 1))
    z = (z - z.mean(axis=axes)) / z.std(axis=axes)
    kinds = np.array([(0, 0.5), (-3, 4), (1e4, 2e3), (-1e4, 2e3), (7, 0), (0, 0)])
    mean, std = kinds[rng.integers(len(kinds), size=shape[-1])].T
    return np.round(8 * (mean + std * z)) / 8  # eighths: exact in float32


def draw_features(rng: np.random.Generator, count: int, d: int) -> np.ndarray:
    """So many rows with a number for each feature, none of them near 0.

    Args:
        rng: Source of randomness.
        count: Number of rows.
        d: Number of features.
    """
    return rng.choice([-1, 1], (count, d)) * rng.uniform(0.5, 3, (count, d))


def draw(rng: np.random.Generator, *arguments: Any) -> tuple:
    """Arguments as they are given, but all arrays of one type, and an ε that matters.

    Args:
        rng: Source of randomness.
        arguments: Arrays and numbers.
    """
    dtype = rng.choice(["float32", "float64"])
    arrays = [a.astype(dtype) if isinstance(a, np.ndarray) else a for a in arguments]
    return *arrays, round(rng.uniform(0.05, 0.6), 3)


def std_of(variance: np.ndarray, epsilon: float) -> np.ndarray:
    """What normalisation divides by."""
    return np.sqrt(variance + epsilon)


def epsilon_outside(variance: np.ndarray, epsilon: float) -> np.ndarray:
    """A mistake: ε is added after the root."""
    return np.sqrt(variance) + epsilon


def no_epsilon(variance: np.ndarray, epsilon: float) -> np.ndarray:
    """A mistake: ε is not used."""
    return np.sqrt(variance)


def no_root(variance: np.ndarray, epsilon: float) -> np.ndarray:
    """A mistake: the variance in place of its root."""
    return variance + epsilon
