"""Training: a fit that shows what it does, schedules, early stopping, going on, several seeds.

Underneath is Keras' own `fit`; what is added is what a learner wants to see: how long it takes, what
it reached, and why it stopped.
"""

from __future__ import annotations

import numbers
import os
from collections.abc import Callable, Iterable, Sequence

import keras
import numpy as np

from dl_course.datasets import Dataset
from dl_course.training._batches import Batches
from dl_course.training._callbacks import Notes, Progress, StopAtNaN
from dl_course.training._folder import (
    FolderClassifier,
    PictureClassifier,
    classify_folder,
    load_classifier,
)
from dl_course.training._resume import EarlyStopping, Resume
from dl_course.training._schedules import LabelSmoothing, ScheduledRate, one_cycle
from dl_course.training._transfer import Features, batch_norms, extract_features, split

__all__ = [
    "FolderClassifier",
    "PictureClassifier",
    "batch_norms",
    "classify_folder",
    "early_stopping",
    "extract_features",
    "fine_tune",
    "fit",
    "label_smoothing",
    "load_classifier",
    "one_cycle",
    "over_seeds",
]


def fit(
    model: keras.Model,
    data: Dataset,
    *,
    epochs: int,
    val: Dataset | None = None,
    batch_size: int = 64,
    schedule: Callable[[float], float] | None = None,
    seed: int = 0,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    resume_from: str | os.PathLike | None = None,
    progress: bool = True,
) -> dict[str, list[float]]:
    """Train a compiled model, with a live progress bar, and return what was noted on the way.

    The order of the examples depends on `seed` and the number of the epoch alone. Examples that fill
    no whole batch at the end of an epoch are left out; each epoch leaves out others.

    Args:
        model: Takes images `(n, h, w, c)`; compiled with an optimizer, a loss and metrics.
        data: What to learn from.
        epochs: How many times to go through the data.
        val: What to measure on after every epoch; nothing is learned from it.
        batch_size: Examples for one step.
        schedule: From the share of the training that is done, 0 to 1, to the learning rate, as
            `one_cycle` gives; by default the optimizer's own rate (after a fit with a schedule: its last).
        seed: Of the order of the examples. The model's first weights are drawn when it is built.
        callbacks: More Keras callbacks, as `early_stopping()`.
        resume_from: A folder for the state after every epoch. If it holds an interrupted run, that
            run goes on to the same end; of a finished run nothing stays there.
        progress: Whether to show the bar.

    Returns:
        One number an epoch under each of `loss`, the metrics, the same with `val_` in front,
        `seconds` and `images_per_second`.

    Raises:
        ValueError: If the model is not compiled, a number is out of range, or the folder holds
            another run.
        TypeError: If `data` or `val` is no Dataset.
        FloatingPointError: If the loss is no number any more; the message says what to try.
    """
    _check_fit(model, data, val, epochs, batch_size)
    batches = Batches(data, batch_size, seed)
    if schedule is not None:
        _follow(schedule, model, epochs * len(batches))
    notes = Notes(batches)
    watching = [notes, *callbacks, StopAtNaN()]
    if resume_from is not None:
        watching.append(Resume(resume_from, notes, callbacks, run=(model, batches, epochs)))
    return _run(model, batches, val, notes, watching, epochs=epochs, progress=progress)


def fine_tune(
    model: keras.Model,
    data: Dataset,
    *,
    epochs: tuple[int, int] = (20, 5),
    learning_rates: tuple[float, float] = (0.01, 0.0001),
    val: Dataset | None = None,
    batch_size: int = 16,
    seed: int = 0,
    progress: bool = True,
) -> dict[str, list[float]]:
    """Train a `models.transfer_classifier` in two stages: its head alone, then all of it, gently.

    1. The base stands still. Its features are computed once, and the head learns from them.
    2. The base is thawed, all but its batch normalisations, and everything learns with a small rate:
       a large one would destroy what the base knows before the head has anything to say.

    Args:
        model: What `models.transfer_classifier` gives, with a frozen base. Afterwards it is compiled.
        data: What to learn from.
        epochs: Of each stage; 0 leaves a stage out.
        learning_rates: Of Adam, in each stage.
        val: What to measure on after every epoch; nothing is learned from it.
        batch_size: Examples for one step.
        seed: Of the order of the examples and of dropout.
        progress: Whether to show bars.

    Returns:
        One number an epoch under each name, as `fit` gives them, and under `stage` 1 or 2.

    Raises:
        ValueError: If the model is built otherwise, or a number is out of range.
        TypeError: If `data` or `val` is no Dataset.
        FloatingPointError: If the loss is no number any more.
    """
    base, head = split(model)
    _check_stages(data, val, epochs, learning_rates, batch_size)
    keras.utils.set_random_seed(seed)
    history: dict[str, list[float]] = {}
    if epochs[0]:
        _compile(head, learning_rates[0])
        seen, seen_val = (
            part and Features(extract_features(base, part.images, progress=False), part.labels)
            for part in (data, val)
        )
        batches = Batches(seen, batch_size, seed)
        notes = Notes(batches)
        watching = [notes, StopAtNaN()]
        first = _run(head, batches, seen_val, notes, watching, epochs=epochs[0], progress=progress)
        _append(history, first, stage=1)
    _thaw(base)
    _compile(model, learning_rates[1])
    if epochs[1]:
        options = {"batch_size": batch_size, "seed": seed, "progress": progress}
        _append(history, fit(model, data, val=val, epochs=epochs[1], **options), stage=2)
    return history


def early_stopping(*, monitor: str = "val_loss", patience: int = 3) -> keras.callbacks.Callback:
    """Stop when a number has not become better for some epochs, and go back to the best weights.

    Args:
        monitor: What to watch: `loss`, a metric, or one of them with `val_` in front. Losses are
            better when lower, accuracies when higher.
        patience: Epochs without a new best before it stops.

    Returns:
        A callback for `fit`.

    Raises:
        ValueError: If `patience` is not a whole number, 1 or more.
    """
    _check_count("patience", patience)
    return EarlyStopping(monitor=monitor, patience=patience, restore_best_weights=True)


def label_smoothing(amount: float = 0.1) -> keras.losses.Loss:
    """Make a cross-entropy that does not ask for certainty: soft targets from whole-number labels.

    The right class gets the target 1 - amount + amount/k, each of the other k - 1 classes amount/k.

    Args:
        amount: From 0 (the usual cross-entropy) to below 1.

    Returns:
        A loss of labels `(n,)` and logits `(n, k)`.

    Raises:
        ValueError: If `amount` is out of range.

    Reference:
        Szegedy, Vanhoucke, Ioffe, Shlens, Wojna, "Rethinking the Inception Architecture for
        Computer Vision", 2016, section 7.
    """
    if not isinstance(amount, numbers.Real) or not 0 <= amount < 1:
        raise ValueError(f"`amount` must be a number from 0 to below 1. Received: {amount!r}")
    return LabelSmoothing(float(amount))


def over_seeds(build_and_fit: Callable[[int], float], seeds: int | Iterable[int] = 5) -> dict:
    """Do an experiment once for each seed: one run is an anecdote, several have a spread.

    Before each, Keras' state is cleared and all random numbers are seeded.

    Args:
        build_and_fit: Takes a seed, returns a number, or an array of the same shape each time.
        seeds: The seeds, or how many: 5 are 0, 1, 2, 3, 4.

    Returns:
        `values` (one for each seed), their `mean`, and their `spread`: the standard deviation that is
        to be expected of one more run (divisor n - 1; 0 if there is only one).

    Raises:
        ValueError: If there is no seed.
    """
    seeds = list(range(seeds) if isinstance(seeds, numbers.Integral) else seeds)
    if not seeds:
        raise ValueError(f"`seeds` must hold at least one seed. Received: {seeds!r}")
    values = []
    for seed in seeds:
        keras.utils.clear_session()
        keras.utils.set_random_seed(seed)
        values.append(build_and_fit(seed))
    spread = np.std(values, axis=0, ddof=min(1, len(values) - 1))
    return {"values": values, "mean": np.mean(values, axis=0), "spread": spread}


def _run(model, batches, val, notes, callbacks, *, epochs, progress):
    """Keras' own fit, quiet but for our line; what was noted comes back."""
    model.fit(
        batches,
        epochs=epochs,
        validation_data=None if val is None else (val.images, val.labels),
        validation_batch_size=None if val is None else 500,
        callbacks=[*callbacks, Progress(epochs, batches)] if progress else callbacks,
        shuffle=False,  # the batches are shuffled already, in an order that a resumed run has again
        verbose=0,
    )
    return notes.history


def _compile(model, learning_rate):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(learning_rate), loss, metrics=["accuracy"])


def _thaw(base):
    """Let a base learn, all but its batch normalisations."""
    base.trainable = True
    for layer in batch_norms(base):
        layer.trainable = False


def _append(history, more, *, stage):
    """Put the numbers of a stage behind those of the stages before."""
    more = {**more, "stage": [stage] * len(more["loss"])}
    for name, values in more.items():
        history.setdefault(name, []).extend(values)


def _follow(schedule, model, steps):
    """Let the optimizer's rate follow a schedule from now on, whatever the model has done before."""
    done = int(keras.ops.convert_to_numpy(model.optimizer.iterations))
    model.optimizer.learning_rate = ScheduledRate.sample(schedule, steps, start=done)
    model.make_train_function(force=True)  # a compiled step would keep the rates it was made with


def _check_fit(model, data, val, epochs, batch_size):
    if not getattr(model, "compiled", False):
        raise ValueError(
            "`model` must be compiled: call model.compile(optimizer, loss, metrics=['accuracy']) "
            f"first. Received: {getattr(model, 'name', model)!r}"
        )
    _check_data(data, val)
    _check_count("epochs", epochs)
    _check_count("batch_size", batch_size)


def _check_stages(data, val, epochs, learning_rates, batch_size):
    _check_data(data, val)
    for name, pair in (("epochs", epochs), ("learning_rates", learning_rates)):
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise ValueError(f"`{name}` must be two numbers, one a stage. Received: {pair!r}")
    for count in epochs:
        if not isinstance(count, numbers.Integral) or count < 0:
            raise ValueError(f"`epochs` must be whole numbers, 0 or more. Received: {epochs!r}")
    if not all(isinstance(rate, numbers.Real) and rate > 0 for rate in learning_rates):
        raise ValueError(f"`learning_rates` must be positive. Received: {learning_rates!r}")
    _check_count("batch_size", batch_size)


def _check_data(data, val):
    for name, value in (("data", data), ("val", val)):
        if not (isinstance(value, Dataset) or (name == "val" and value is None)):
            raise TypeError(f"`{name}` must be a Dataset. Received: {type(value).__name__}")


def _check_count(name, value):
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
        raise ValueError(f"`{name}` must be a whole number, 1 or more. Received: {value!r}")
