"""The exercises about the rest of a recipe: smooth targets and early stopping."""

from __future__ import annotations

import numpy as np

from dl_course.checks._exercise import FunctionExercise
from dl_course.checks._kinds import Count, Probability

__all__ = ["kept_epoch", "smooth_targets"]


# 1. Label smoothing, with an amount for each label.


def _smooth_targets(labels, classes, amounts):
    amounts = np.asarray(amounts)[:, None]
    return (1 - amounts) * np.eye(classes)[labels] + amounts / classes


def _draw_labels(rng):
    """Other numbers of classes than in the text; repeated labels, classes that don't occur."""
    n, classes = int(rng.integers(1, 9)), int(rng.integers(2, 14))
    amounts = rng.uniform(0, 1, n).round(3) * (rng.random(n) < 0.8)
    return rng.integers(classes, size=n), classes, amounts


def _as_if(part):
    """A mistake in what the label's own class gets and what the others get."""

    def wrong(labels, classes, amounts):
        own, others = part(np.asarray(amounts)[:, None], classes)
        return np.where(np.eye(classes)[labels] > 0, own, others)

    return wrong


smooth_targets = FunctionExercise(
    kind=Probability(),
    reference=_smooth_targets,
    cases=[
        (np.array([0, 2]), 4, np.array([0.2, 0.2])),
        (np.array([1, 1, 3, 0]), 5, np.array([0.1, 0.0, 0.9, 0.2])),
        (np.array([2, 0, 1]), 3, np.array([0.0, 0.3, 0.1])),
    ],
    draw=_draw_labels,
    praise="Right: each row sums to 1, and a doubtful label is believed less.",
    hints=[
        "Begin with the one-hot rows. What is taken away from each, what is added?",
        "`amounts` is one number for each row. Which shape makes it meet the rows?",
    ],
    mistakes=[
        (
            _as_if(lambda a, k: (1 - a, a / k)),
            "The rows don't sum to 1: every class gets its part of the amount, the label's own too.",
        ),
        (
            _as_if(lambda a, k: (1 - a, a / (k - 1))),
            "The amount is divided among the wrong classes only; here all classes get a part.",
        ),
        (_as_if(lambda a, k: (1 + 0 * a, 0 * a)), "This is certainty: nothing is smoothed."),
        (
            _as_if(lambda a, k: (1 + a / k, a / k)),
            "The rows sum to more than 1: what is given to all has to be taken from somewhere.",
        ),
        (
            _as_if(lambda a, k: (1 + 0 * a, a)),
            "Each class gets the whole amount; it is to be divided among them.",
        ),
        (
            _as_if(lambda a, k: (1 - a, 0 * a)),
            "The rows sum to less than 1: what is taken away has to go somewhere.",
        ),
        (
            lambda labels, classes, amounts: _smooth_targets(
                labels, classes, amounts.mean() + 0 * amounts
            ),
            "Every row gets the same amount; each has its own.",
        ),
        (
            lambda labels, classes, amounts: _smooth_targets(labels - 1, classes, amounts),
            "The classes are one column too far left: labels count from 0.",
        ),
    ],
)


# 2. Early stopping.


def _watch(
    losses, patience, *, is_better=lambda loss, best, before: loss < best, resets=True, last=False
):
    """The epoch that is kept; with `last`, the one after which training ends."""
    best, kept, waited, before = np.inf, 0, 0, np.inf
    for epoch, loss in enumerate(losses, start=1):
        if is_better(loss, best, before):
            best, kept, waited = loss, epoch, 0 if resets else waited
        else:
            waited += 1
        before = loss
        if waited >= patience:
            return epoch if last else kept
    return len(losses) if last else kept


def _draw_losses(rng):
    """Losses of any size, with ties, falling on the whole; some runs end before patience does."""
    n = int(rng.integers(1, 41))
    losses = np.linspace(1.5, rng.uniform(0.2, 1.5), n) + rng.normal(scale=0.2, size=n)
    scale = rng.choice([0.0123, 1.0, 4567.0])
    return (scale * np.abs(losses).round(1)).tolist(), int(rng.integers(1, 10))


kept_epoch = FunctionExercise(
    kind=Count(),
    reference=lambda val_losses, patience: _watch(val_losses, patience),
    cases=[
        ([0.9, 0.7, 0.5, 0.6, 0.55, 0.3, 0.4, 0.35, 0.38, 0.2], 2),
        ([0.9, 0.8, 0.85, 0.7, 0.75, 0.72, 0.95, 0.6], 3),
        ([0.9, 0.5, 0.5, 0.5, 0.4], 2),
        ([0.9, 0.6, 0.7, 0.4, 0.5, 0.3, 0.35, 0.33], 3),
        ([0.9, 0.8, 0.85, 0.6, 0.65, 0.5], 2),
        ([0.9, 0.8, 0.7, 0.75, 0.72, 0.71, 0.74, 0.73, 0.2], 5),
        ([0.9, 0.8, 0.85, 0.82, 0.5], 3),
        ([0.9, 0.95, 0.5], 1),
        ([0.5, 0.4, 0.45], 6),
        ([2510.0, 2504.0, 2504.1, 2503.9, 2504.0, 2504.0, 2400.0], 2),
        ([0.9, 0.8, 0.75, *7 * [0.85], 0.7, *8 * [0.72], 0.1], 8),
    ],
    draw=_draw_losses,
    praise="Right: the best epoch until patience ran out, not the best that might have come.",
    hints=[
        "Walk through the losses one by one. What do you have to remember?",
        "Remember the best epoch so far: how long ago was it?",
    ],
    mistakes=[
        (
            lambda val_losses, patience: int(np.argmin(val_losses)) + 1,
            "That is the lowest of all losses; but training had stopped before.",
        ),
        (
            lambda val_losses, patience: _watch(val_losses, patience) - 1,
            "Counted from 0: the first epoch is number 1.",
        ),
        (
            lambda val_losses, patience: _watch(val_losses, patience, last=True),
            "After this epoch training stops; the weights that are kept are another epoch's.",
        ),
        (
            lambda val_losses, patience: _watch(val_losses, patience, resets=False),
            "The bad epochs are counted since the start: a new best begins the count anew.",
        ),
        (
            lambda val_losses, patience: _watch(
                val_losses, patience, is_better=lambda loss, best, before: loss <= best
            ),
            "An equal loss is not better.",
        ),
        (
            lambda val_losses, patience: _watch(
                val_losses, patience, is_better=lambda loss, best, before: loss < before
            ),
            "Each loss is compared with the one before; it should be with the best so far.",
        ),
        (
            lambda val_losses, patience: _watch(val_losses, patience + 1),
            "You wait one epoch too long.",
        ),
        (
            lambda val_losses, patience: _watch([-loss for loss in val_losses], patience),
            "The largest loss is looked for: lower is better.",
        ),
    ],
)
