"""Exercises on batches in training and at inference: mixup, averaged views."""

from __future__ import annotations

import functools

import numpy as np

from dl_course.checks._exercise import FunctionExercise
from dl_course.checks._kinds import Probability, Real, Several

__all__ = ["average_views", "mixup"]


# 5. Mixup of two batches, with a λ for each pair.


def _mix(a, b, lam):
    """`lam` is `(n,)`: one for each image or each row of targets."""
    lam = lam.reshape(-1, *[1] * (a.ndim - 1))
    return lam * a + (1 - lam) * b


def _mix_pairs(x1, y1, x2, y2, lam):
    return _mix(x1, x2, lam), _mix(y1, y2, lam)


def _pairs(rng, n, h, w, c, k):
    """Two batches; the targets of the second are no longer one-hot, as if mixed before."""
    x1, x2 = rng.integers(0, 257, (2, n, h, w, c)) / 256
    y1, y2 = np.eye(k)[rng.integers(k, size=n)], rng.dirichlet(np.ones(k), n)
    return x1, y1, x2, y2, rng.integers(1, 64, n) / 64


def _draw_pairs(rng):
    """Any sizes, equal ones too; λ may be 0 or 1."""
    h, w = rng.permutation(np.arange(2, 6))[:2]
    pairs = _pairs(rng, rng.integers(1, 8), h, w, rng.integers(1, 6), rng.integers(2, 11))
    dtype = rng.choice(["float32", "float64"])
    lam = np.where(rng.random(pairs[-1].shape) < 0.2, rng.integers(2), pairs[-1])
    return tuple(part.astype(dtype) for part in (*pairs[:-1], lam))


mixup = FunctionExercise(
    kind=Several(parts={"images": Real(), "targets": Real()}),
    reference=_mix_pairs,
    cases=[
        _pairs(np.random.default_rng(3), 3, 2, 4, 1, k=5),
        _pairs(np.random.default_rng(4), 4, 3, 2, 5, k=3),
        _pairs(np.random.default_rng(5), 3, 2, 4, 3, k=3),  # n = c = k
    ],
    draw=_draw_pairs,
    praise="Right: each pair with its own λ, and the targets with the same.",
    hints=[
        "One pair first: how much of each picture, and how much of each target?",
        "A batch has four axes and `lam` one. What shape must it have for each image to meet its own?",
        "Axes of length 1 are added by `None` in the square brackets, or by `reshape`.",
    ],
    mistakes=[
        (
            lambda x1, y1, x2, y2, lam: _mix_pairs(x2, y2, x1, y1, lam),
            "The two batches are swapped: of which one is λ the part?",
        ),
        (
            lambda x1, y1, x2, y2, lam: _mix_pairs(x1, y1, x2, y2, lam)[::-1],
            "The two results are in the wrong order.",
        ),
        (
            lambda x1, y1, x2, y2, lam: _mix_pairs(x1, y1, x2, y2, np.full_like(lam, lam[0])),
            "All pairs are mixed with the λ of the first.",
        ),
        (
            lambda x1, y1, x2, y2, lam: _mix_pairs(x1, y1, x2, y2, np.full_like(lam, lam.mean())),
            "All pairs are mixed with the mean of all λ.",
        ),
        (
            lambda x1, y1, x2, y2, lam: (x1 + x2, ...),
            "images: they are added, and get too bright.",
        ),
        (
            lambda x1, y1, x2, y2, lam: (..., y1.copy()),
            "targets: those of the first batch come back as they were.",
        ),
        (
            lambda x1, y1, x2, y2, lam: (
                ...,
                np.eye(y1.shape[1])[_mix(y1, y2, lam).argmax(axis=1)],
            ),
            "targets: the largest part takes it all, and the other classes are lost.",
        ),
        (
            lambda x1, y1, x2, y2, lam: (..., _mix(y2, y1, lam)),
            "targets: the two batches are swapped.",
        ),
    ],
)


# 6. Test-time augmentation: what the network says about several views of the same images.


def _predict(x, weights):
    """Probabilities `(n, k)` for images `(n, h, w, c)`, as a network would give them."""
    x = np.asarray(x)
    if x.ndim != 4 or x.shape[1:] != weights.shape[:3]:
        shape = "(n, {}, {}, {})".format(*weights.shape[:3])
        raise ValueError(f"`predict` takes a batch of shape {shape}. Received: {x.shape}")
    powers = np.exp(3 * np.tanh(np.tensordot(x, weights, 3)))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(weights.dtype)


class _Network:
    """A `predict` that is an object."""

    def __init__(self, weights):
        self.weights = weights

    def __call__(self, x):
        """Return probabilities."""
        return _predict(x, self.weights)


def _views(rng, v, n, h, w, c, k, wrap=functools.partial):
    weights = rng.normal(size=(h, w, c, k)).astype(rng.choice(["float32", "float64"]))
    predict = (
        _Network(weights) if wrap is _Network else functools.partial(_predict, weights=weights)
    )
    return predict, rng.normal(size=(v, n, h, w, c))


def _draw_views(rng):
    """Any sizes: one image, as many views as images too."""
    h, w = rng.permutation(np.arange(2, 6))[:2]
    n, c, k = rng.integers((1, 1, 2), (6, 4, 7))
    v = rng.choice([max(2, n), 5, 6, 7, 8, 9])
    return _views(rng, v, n, h, w, c, k, rng.choice([_Network, functools.partial]))


def _predict_all(predict, views):
    return np.stack([predict(view) for view in views])


def _vote(predict, views):
    probabilities = _predict_all(predict, views)
    return np.eye(probabilities.shape[-1])[probabilities.argmax(axis=-1)].mean(axis=0)


def _geometric(predict, views):
    mean = np.exp(np.log(_predict_all(predict, views)).mean(axis=0))
    return mean / mean.sum(axis=1, keepdims=True)


average_views = FunctionExercise(
    kind=Probability(),
    reference=lambda predict, views: _predict_all(predict, views).mean(axis=0),
    cases=[
        _views(np.random.default_rng(1), 4, 2, 3, 2, 1, k=3),
        _views(np.random.default_rng(2), 9, 5, 2, 4, 3, k=4, wrap=_Network),
    ],
    draw=_draw_views,
    praise="Right: each view is looked at, and what is said of it is averaged.",
    hints=[
        "What does `predict` say about one view? And what shape does that have?",
        "Collect what it says about each view; then take the mean of these arrays.",
        "The mean is over the views alone: along which axis do they lie?",
    ],
    mistakes=[
        (lambda predict, views: predict(views.mean(axis=0)), "The images are averaged, to a blur."),
        (lambda predict, views: predict(views[0]), "Only the first view is looked at."),
        (
            lambda predict, views: _predict_all(predict, views).mean(axis=1),
            "The mean is over the images: one row for each view is left.",
        ),
        (
            lambda predict, views: _predict_all(predict, views).max(axis=0),
            "That is the largest probability among the views.",
        ),
        (
            lambda predict, views: np.median(_predict_all(predict, views), axis=0),
            "That is the median; a mean is asked for.",
        ),
        (_vote, "These are votes: how sure the network is gets lost."),
        (_geometric, "The logarithms are averaged here; a plain mean is asked for."),
        (
            lambda predict, views: _predict_all(predict, views).mean(axis=0).argmax(axis=1),
            "These are classes; probabilities are asked for.",
        ),
    ],
)
