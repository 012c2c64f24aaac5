"""Learning rates that change, and targets that are not quite certain."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable

import keras
import numpy as np
from keras import ops

__all__ = ["LabelSmoothing", "ScheduledRate", "one_cycle"]


def one_cycle(peak: float, *, warm_up: float = 0.3) -> Callable[[float], float]:
    """Make the one-cycle schedule: start low, rise to a high learning rate, fall to almost nothing.

    Both ways are half a cosine wave: from peak/25 up to `peak`, and down to peak/10,000.

    Args:
        peak: The highest learning rate.
        warm_up: Share of the training in which it rises, between 0 and 1.

    Returns:
        A function from the share of the training that is done, 0 to 1, to the learning rate.

    Raises:
        ValueError: If `peak` is not positive or `warm_up` not between 0 and 1.

    Reference:
        Smith and Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large
        Learning Rates", 2018.
    """
    for name, value, high in (("peak", peak, math.inf), ("warm_up", warm_up, 1)):
        if not isinstance(value, numbers.Real) or not 0 < value < high:
            limit = "positive" if high == math.inf else "between 0 and 1"
            raise ValueError(f"`{name}` must be {limit}. Received: {value!r}")

    def rate(share: float) -> float:
        if share < warm_up:
            return _half_wave(share / warm_up, peak / 25, peak)
        return _half_wave((share - warm_up) / (1 - warm_up), peak, peak / 10_000)

    return rate


def _half_wave(share, start, end):
    """From `start` to `end`, slow at both ends."""
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


@keras.saving.register_keras_serializable("dl_course")
class ScheduledRate(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate read off a table, with straight lines between its entries.

    A table works in every backend's compiled step and can be saved with the model, whatever the
    function was that it was made from.

    Args:
        rates: Learning rates, evenly spaced from the first step to the last.
        steps: Length of the training.
        start: Steps that the optimizer had done before.
    """

    ENTRIES = 1001

    def __init__(self, rates, steps, start=0):
        self.rates = [float(rate) for rate in rates]
        self.steps, self.start = int(steps), int(start)

    @classmethod
    def sample(cls, schedule, steps, start=0):
        """Ask `schedule` for the rate at evenly spaced shares of the training."""
        rates = [float(schedule(share)) for share in np.linspace(0, 1, cls.ENTRIES)]
        if not all(math.isfinite(rate) and rate >= 0 for rate in rates):
            wrong = next(rate for rate in rates if not (math.isfinite(rate) and rate >= 0))
            raise ValueError(
                f"`schedule` must give finite rates, 0 or more, from 0 to 1. Received: {wrong!r}"
            )
        return cls(rates, steps, start)

    def __call__(self, step):
        table = ops.convert_to_tensor(np.asarray(self.rates, np.float32))
        last = len(self.rates) - 1
        place = ops.cast(step - self.start, "float32") / max(self.steps - 1, 1) * last
        place = ops.clip(place, 0.0, float(last))
        low = ops.minimum(ops.floor(place), float(last - 1))
        index = ops.cast(low, "int32")
        share = place - low
        return (1 - share) * ops.take(table, index) + share * ops.take(table, index + 1)

    def get_config(self):
        """Return what `__init__` takes."""
        return {"rates": self.rates, "steps": self.steps, "start": self.start}


@keras.saving.register_keras_serializable("dl_course")
class LabelSmoothing(keras.losses.Loss):
    """Cross-entropy of labels `(n,)` and logits `(n, k)` with soft targets."""

    def __init__(self, amount, name="label_smoothing", **options):
        super().__init__(name=name, **options)
        self.amount = amount

    def call(self, y_true, y_pred):
        """Return the loss of each example, `(n,)`."""
        classes = y_pred.shape[-1]
        labels = ops.cast(ops.reshape(y_true, (-1,)), "int32")
        targets = ops.one_hot(labels, classes, dtype=y_pred.dtype)
        targets = targets * (1 - self.amount) + self.amount / classes
        return ops.categorical_crossentropy(targets, y_pred, from_logits=True)

    def get_config(self):
        """Return what `__init__` takes."""
        return {"amount": self.amount, **super().get_config()}
