"""A progress bar for Keras' `fit`, `evaluate` and `predict`."""

from __future__ import annotations

import math
import time
from typing import Any

import keras

from dl_course import _validate
from dl_course.training._line import Line, clock

__all__ = ["ProgressBar"]


class ProgressBar(keras.callbacks.Callback):
    """Show the progress of Keras on one line: epoch, step, losses and metrics, time left.

    ``model.fit(x, y, epochs=5, verbose=0, callbacks=[training.ProgressBar()])``

    It works with every model and with all data that Keras takes, even where the number of steps in an
    epoch is unknown. It never waits for the device: it shows the numbers that Keras hands to
    callbacks, a few times a second. When training ends, one line stays, with those of the last epoch.

    Args:
        every: Seconds between two updates of the line.

    Raises:
        TypeError: If `every` is not a number.
        ValueError: If `every` is negative.

    Taught in notebook 05.
    """

    async_safe = True  # with JAX, Keras then calls `on_train_batch_end` beside the training

    def __init__(self, *, every: float = 0.25):
        super().__init__()
        self.every, self.in_fit = _validate.number("every", every, at_least=0), False
        self.logs: dict[str, Any] = {}
        self.first: int | None = None  # epoch that this run began with
        self.steps: int | None = None  # in an epoch, once known

    def set_params(self, params: dict[str, Any]) -> None:
        """Keras calls this when `fit`, `evaluate` or `predict` begins, but not to validate."""
        super().set_params(params)
        self.in_fit = False

    # fit

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._begin()
        self.in_fit, self.done, self.first = True, 0, None

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.epoch, self.logs, self.step, self.seen = epoch, {}, 0, 0
        if self.first is None:
            self.first = epoch  # a run that was interrupted goes on where it stopped

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.step = batch
        self._update(self._training)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Keep the numbers. With JAX, Keras calls this from other threads, in any order."""
        if batch >= self.seen:
            self.logs, self.seen = dict(logs or {}), batch + 1

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.done, self.logs = epoch + 1, dict(logs or {})
        self.step = self.steps = self.steps or self.seen  # known from now on
        self._update(self._training)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.in_fit = False
        if self.done:
            self.line.show(self._trained(), last=True)

    # evaluate and predict

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        if not self.in_fit:
            self._begin()

    def on_test_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if self.in_fit:
            self._update(lambda: f"{self._training()} · validating")
        else:
            self.step = batch
            self._update(lambda: self._asking("evaluating"))

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if not self.in_fit:
            self.step = batch + 1

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        if not self.in_fit:
            self.logs = dict(logs or {})
            self.line.show(self._asked("evaluated"), last=True)

    def on_predict_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._begin()

    def on_predict_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.step = batch
        self._update(lambda: self._asking("predicting"))

    def on_predict_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.step = batch + 1

    def on_predict_end(self, logs: dict[str, Any] | None = None) -> None:
        self.line.show(self._asked("predicted"), last=True)

    # the line

    def _begin(self):
        self.line, self.start, self.shown = Line(), time.perf_counter(), -math.inf
        self.epochs, self.steps = self.params.get("epochs") or 1, self.params.get("steps")
        self.step, self.logs = 0, {}

    def _update(self, text):
        """Show what `text()` says, unless the line was updated less than `every` seconds ago."""
        now = time.perf_counter()
        if now - self.shown >= self.every:
            self.shown = now
            self.line.show(text())

    def _training(self):
        epoch = f"epoch {self.epoch + 1}/{self.epochs}"
        if not self.steps:
            return " · ".join([f"{epoch} · step {self.step}", *_numbers(self.logs)])
        first = self.first or 0
        before = self.epoch - first  # epochs that this run has behind it
        done, total = before * self.steps + self.step, (self.epochs - first) * self.steps
        bar = _bar((self.epoch * self.steps + self.step) / (self.epochs * self.steps))
        step = f"{epoch} {bar} step {self.step}/{self.steps}"
        return " · ".join([step, *_numbers(self.logs), *self._left(done, total)])

    def _trained(self):
        word = "epoch" if self.epochs == 1 else "epochs"
        count = f"{self.done} {word}"
        if self.done < self.epochs:
            count = f"stopped after {self.done} of {self.epochs} epochs"
        if self.first:  # this run went on with an earlier one
            count += f", {self.done - self.first} of them now,"
        parts = [f"{count} in {self._seconds()}", *_numbers(self.logs)]
        if not all(math.isfinite(value) for value in _floats(self.logs).values()):
            parts.append("not finite: is the learning rate too high, is there a NaN in the data?")
        return " · ".join(parts)

    def _asking(self, word):
        if not self.steps:
            return f"{word} · step {self.step}"
        bar = f"{word} {_bar(self.step / self.steps)} step {self.step}/{self.steps}"
        return " · ".join([bar, *self._left(self.step, self.steps)])

    def _asked(self, word):
        steps = f"{self.step} step" if self.step == 1 else f"{self.step} steps"
        return " · ".join([f"{word} {steps} in {self._seconds()}", *_numbers(self.logs)])

    def _left(self, done, total):
        """What is still to come, if anything is known about it."""
        seconds = time.perf_counter() - self.start
        return [f"{clock(seconds * (total - done) / done)} left"] if done else []

    def _seconds(self):
        return clock(time.perf_counter() - self.start)


def _bar(progress):
    filled = min(20, round(20 * progress))
    return "█" * filled + "░" * (20 - filled)


def _floats(logs):
    """The numbers among what Keras reports; a metric may report something else, too."""
    found = {}
    for name, value in logs.items():
        try:
            found[name] = float(value)
        except (TypeError, ValueError):
            continue
    return found


def _numbers(logs):
    """Losses and metrics, as `val accuracy 0.9912`: training before validation, losses first."""
    found = _floats(logs)
    names = sorted(found, key=lambda name: (name.startswith("val_"), not name.endswith("loss")))
    return [f"{name.replace('_', ' ')} {found[name]:.4f}" for name in names]
