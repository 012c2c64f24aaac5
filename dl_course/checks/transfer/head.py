"""Exercises about the head: standardising inside it, where its evidence is, how far to trust it."""

from __future__ import annotations

import numpy as np

from dl_course.checks._exercise import FunctionExercise, ValueExercise
from dl_course.checks._kinds import Count, Real, Several

__all__ = ["activation_map", "fold_standardizing", "pictures_needed"]

_RNG = np.random.default_rng(17)


# 2. Standardise, then a dense layer: both as one dense layer. A feature of std 0 is only shifted.


def _unit(std):
    return np.where(std > 0, std, 1)


def _folded(kernel=lambda weights, std: weights / _unit(std)[:, None], new_bias=None):
    """A function that folds: how the new weights are made, and the bias from them."""

    def fold(mean, std, weights, bias):
        new = kernel(weights.astype(float), std.astype(float))
        return new, new_bias(mean, weights, bias, new) if new_bias else bias - mean @ new

    return fold


_fold = _folded()


def _draw_head(rng):
    """Features near 0 and far from it, some of them constant, some of these 0."""
    d, k = (int(n) for n in rng.permutation(np.arange(2, 8))[:2])
    mean, std = rng.normal(scale=8, size=d), rng.choice([0.125, 0.7, 3.0, 16.0], size=d)
    constant = rng.permutation(d)[: rng.integers(1, d)]
    std[constant], mean[constant[:1]] = 0, rng.choice([0, 5])
    weights, bias = rng.normal(size=(d, k)), 10 * rng.normal(size=k)
    dtype = rng.choice(["float32", "float64"])
    return tuple(np.round(part, 3).astype(dtype) for part in (mean, std, weights, bias))


fold_standardizing = FunctionExercise(
    kind=Several(parts={"weights": Real(1e-4, 1e-5), "bias": Real(1e-4, 1e-5)}),
    reference=_fold,
    cases=[
        (
            np.array([4.0, -1.0, 10.0]),
            np.array([2.0, 0.5, 5.0]),
            np.array([[1.0, -2.0], [0.5, 3.0], [-1.5, 4.0]]),
            np.array([0.25, -1.0]),
        ),
        (
            np.array([3.0, 0.5]),
            np.array([0.25, 0.0]),
            np.array([[2.0, 0.0, -1.0], [8.0, 1.0, 0.5]]),
            np.array([1.0, 0.0, -2.0]),
        ),
    ],
    draw=_draw_head,
    praise="Right: this is how `classify_folder` hides the standardising in its last layer.",
    hints=[
        "Write z out in the second formula, and collect what is multiplied by x.",
        "What is left over doesn't depend on x: where does it go?",
        "Each feature has its own row of `weights`. Which rows need another divisor than their std?",
    ],
    mistakes=[
        (
            _folded(lambda weights, std: weights),
            "Each feature was divided by its std, and nothing is divided here.",
        ),
        (
            _folded(lambda weights, std: weights * _unit(std)[:, None]),
            "Multiplied where the features were divided.",
        ),
        (
            _folded(lambda weights, std: weights / _unit(std)[:, None] * (std[:, None] > 0)),
            "A feature with std 0 gets lost: it may be another number in a new picture.",
        ),
        (
            _folded(new_bias=lambda mean, weights, bias, kernel: bias),
            "The bias is unchanged, but something was subtracted from every feature.",
        ),
        (
            _folded(new_bias=lambda mean, weights, bias, kernel: bias + mean @ kernel),
            "The means were subtracted; here they are added.",
        ),
        (
            _folded(new_bias=lambda mean, weights, bias, kernel: bias - mean @ weights),
            "The bias is computed with the old weights: what was subtracted was divided as well.",
        ),
        (
            _folded(new_bias=lambda mean, weights, bias, kernel: -mean @ kernel),
            "The old bias is lost.",
        ),
    ],
)


# 6. Where the evidence is for one class and against another.


def _evidence(maps, weights, label, other):
    return maps @ (weights[:, label] - weights[:, other])


def _activation_map(maps, weights, label, other):
    return np.maximum(_evidence(maps, weights, label, other), 0)


def _draw_maps(rng):
    """Numbers whose products and sums float32 holds exactly; no two sizes are the same."""
    h, w, d, k = (int(n) for n in rng.permutation(np.arange(2, 8))[:4])
    maps = rng.integers(rng.choice([-64, 0]), 65, size=(h, w, d)) / 8
    weights = rng.choice([0.25, 1.0, 64.0]) * rng.integers(-64, 65, size=(d, k)) / 16
    dtype = rng.choice(["float32", "float64"])
    label, other = (int(n) for n in rng.choice(k, 2, replace=False))
    weights[0, label] = weights[0, other] + 1  # some place speaks for the class:
    maps[0, 0] = 0
    maps[0, 0, 0] = 1
    return maps.astype(dtype), weights.astype(dtype), label, other


activation_map = FunctionExercise(
    kind=Real(),
    reference=_activation_map,
    cases=[
        (
            np.array([[[1.0, 0, 2], [0, 3, 1]], [[2, 2, 0], [0, 0.5, 4]], [[0, 0, 0], [5, 1, 1]]]),
            np.array([[1.0, -2.0], [-1.5, 0.5], [0.5, 1.0]]),
            1,
            0,
        ),
        _draw_maps(_RNG),
    ],
    draw=_draw_maps,
    praise="Right: what both classes like cancels out; what tells them apart stays.",
    hints=[
        "For one place: what does it say for the class, and what for the other one?",
        "Section 10 has the evidence of every place, for all classes at once: `maps @ kernel`.",
        "First the difference, then set to 0 what is negative.",
    ],
    mistakes=[
        (_evidence, "Places that speak for the other class are still negative."),
        (
            lambda *given: np.abs(_evidence(*given)),
            "Places that speak for the other class are hot.",
        ),
        (
            lambda maps, weights, label, other: np.maximum(maps @ weights[:, label], 0),
            "The other class has no say yet.",
        ),
        (
            lambda maps, weights, label, other: _activation_map(maps, weights, other, label),
            "The two classes are swapped.",
        ),
        (
            lambda maps, weights, label, other: np.maximum(
                np.maximum(maps @ weights[:, label], 0) - np.maximum(maps @ weights[:, other], 0), 0
            ),
            "Negative numbers are set to 0 before the difference is taken: too early.",
        ),
        (
            lambda maps, weights, label, other: (
                maps @ np.maximum(weights[:, label] - weights[:, other], 0)
            ),
            "Set to 0 too early: it is the sum over the features that should not be negative.",
        ),
        (
            lambda *given: np.maximum(_evidence(*given).mean(), 0),
            "The places are averaged away: the result should have one number for each.",
        ),
    ],
)


# 5. How many pictures, all of them correct, for a lower end of 90 %? n / (n + z²), z = 1.96.

pictures_needed = ValueExercise(
    kind=Count(),
    expected=35,
    praise="Right. And with a single mistake among them, it takes many more.",
    hints=[
        "Section 5 has a formula for the lower end if all n pictures are correct.",
        "Which n would give exactly 0.9? It need not be a whole number.",
    ],
    mistakes=[
        (34, "Put it into the formula: the lower end is still below 0.9."),
        (36, "That is enough. Is it the smallest number that is?"),
        (16, "That is the example of section 5; its lower end is about 0.8."),
        (18, "The square of 1.96 is missing."),
        (73, "That holds for a lower end of 95 %."),
        (25, "This is for a 90 % interval: the confidence and the lower end are two things."),
        (60, "This is for a 99 % interval; 1.96 belongs to 95 %."),
        (29, "This asks when 0.9 is ruled out from one side, with 5 % of chance; use Wilson's."),
    ],
)
