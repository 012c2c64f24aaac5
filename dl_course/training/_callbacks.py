"""What looks on while a model trains: notes, a progress bar, and a stop when the loss is no number."""

import contextlib
import math
import sys
import time

import keras

__all__ = ["Line", "Notes", "Progress", "StopAtNaN", "clock"]


class Notes(keras.callbacks.Callback):
    """Shuffle the batches before each epoch, and note its numbers after it.

    Args:
        batches: The `Batches` that are trained on.
    """

    def __init__(self, batches):
        super().__init__()
        self.batches, self.history = batches, {}

    def on_epoch_begin(self, epoch, logs=None):
        """Forget what a resumed run had noted beyond the epoch it goes on with."""
        self.history = {name: values[:epoch] for name, values in self.history.items()}
        self.batches.shuffle(epoch)
        self.start = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        """Note the time: validation, which comes after the last batch, is not training."""
        self.end = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        """Note the losses, the metrics and the time."""
        seconds = self.end - self.start
        images = len(self.batches) * self.batches.batch_size
        numbers = {**logs, "seconds": seconds, "images_per_second": images / seconds}
        for name, value in numbers.items():
            self.history.setdefault(name, []).append(float(value))


class StopAtNaN(keras.callbacks.Callback):
    """Stop when the loss is NaN or infinite: it never becomes a number again."""

    def on_epoch_begin(self, epoch, logs=None):
        """Remember the epoch for the message."""
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        """Raise if the loss is no number."""
        loss = float(logs["loss"])
        if math.isfinite(loss):
            return
        rate = float(self.model.optimizer.learning_rate)
        raise FloatingPointError(
            f"The loss became {loss} in step {batch + 1} of epoch {self.epoch + 1}, and training can't "
            f"go on from there: the weights are lost. Mostly the learning rate is too high: try a "
            f"tenth of it. Else look for inputs that are NaN or not scaled, and for logits or "
            f"probabilities that don't fit the loss (`from_logits`). Received: learning rate {rate:.3g}"
        )


class Progress(keras.callbacks.Callback):
    """One line that is always up to date, and at the end says what came out.

    In a notebook the line is replaced in place, so that the saved output is the last line alone; in
    a terminal it is written over; in a file stands only the last line.

    Args:
        epochs: How many there will be.
        batches: The `Batches` that are trained on.
        every: Seconds between two updates.
    """

    def __init__(self, epochs, batches, every=0.2):
        super().__init__()
        self.epochs, self.batches, self.every = epochs, batches, every
        self.line = Line()

    def on_train_begin(self, logs=None):
        """Start the clock."""
        self.start, self.shown, self.done, self.first = time.perf_counter(), 0.0, {}, None

    def on_epoch_begin(self, epoch, logs=None):
        """Note where a resumed run goes on: time left is reckoned from there."""
        self.epoch = epoch
        self.first = epoch if self.first is None else self.first

    def on_train_batch_end(self, batch, logs=None):
        """Update the line, not too often."""
        now = time.perf_counter()
        if now - self.shown >= self.every:
            self.shown = now
            self.line.show(self._running(batch + 1, logs, now - self.start))

    def on_epoch_end(self, epoch, logs=None):
        """Keep the numbers for the last line."""
        self.done = {"epochs": epoch + 1, "logs": dict(logs)}

    def on_train_end(self, logs=None):
        """Leave a clean last line."""
        if self.done:
            self.line.show(self._finished(time.perf_counter() - self.start), last=True)

    def _running(self, batch, logs, seconds):
        done = (self.epoch - self.first) * len(self.batches) + batch
        total = (self.epochs - self.first) * len(self.batches)
        filled = round(
            20 * (self.epoch * len(self.batches) + batch) / (self.epochs * len(self.batches))
        )
        bar = "█" * filled + "░" * (20 - filled)
        left = seconds * (total - done) / done
        parts = [
            f"epoch {self.epoch + 1}/{self.epochs} {bar} batch {batch}/{len(self.batches)}",
            *_numbers(logs),
            f"{clock(left)} left",
        ]
        return " · ".join(parts)

    def _finished(self, seconds):
        count = self.done["epochs"]
        word = "epoch" if self.epochs == 1 else "epochs"
        share = f"{count}" if count == self.epochs else f"stopped after {count} of {self.epochs}"
        return " · ".join([f"{share} {word} in {clock(seconds)}", *_numbers(self.done["logs"])])


def _numbers(logs):
    """Losses and metrics, as `val accuracy 0.9912`."""
    return [f"{name.replace('_', ' ')} {float(value):.4f}" for name, value in logs.items()]


def clock(seconds):
    """Minutes and seconds, as 1:05."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class Line:
    """A line of text that can be written anew, in a notebook, a terminal or a file."""

    def __init__(self):
        self.handle, self.length = None, 0

    def show(self, text, last=False):
        if _in_notebook():
            self._display(text)
        elif sys.stdout.isatty():
            print("\r" + text.ljust(self.length), end="\n" if last else "", flush=True)
            self.length = len(text)
        elif last:
            print(text)

    def _display(self, text):
        from IPython.display import display

        content = {"text/plain": text}
        if self.handle is None:
            self.handle = display(content, raw=True, display_id=True)
        else:
            self.handle.update(content, raw=True)


def _in_notebook():
    """True in a Jupyter kernel, where there are displays that can be updated."""
    with contextlib.suppress(ImportError, AttributeError):
        from IPython import get_ipython

        return get_ipython().kernel is not None
    return False
