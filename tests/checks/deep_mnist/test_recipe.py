"""The exercises of notebook 05 about smooth targets and early stopping, both ways, beside Keras'."""

import functools
import re

import keras
import numpy as np
import pytest
from answers import faults, right_cases, wrong_cases
from keras import layers

from dl_course.checks.deep_mnist import recipe


def smooth(labels, classes, amounts):
    amounts = np.reshape(amounts, (-1, 1))
    return (1 - amounts) * np.eye(classes)[labels] + amounts / classes


def _by_rows(labels, classes, amounts):
    rows = []
    for label, amount in zip(labels, amounts, strict=True):
        row = [amount / classes] * classes
        row[label] += 1 - amount
        rows.append(row)
    return rows


def _in_place(labels, classes, amounts):
    targets = np.repeat(amounts[:, None] / classes, classes, axis=1)
    targets[np.arange(len(labels)), labels] += 1 - amounts
    return targets


class _Smooth:
    def __call__(self, labels, classes, amounts):
        one_hot = keras.utils.to_categorical(labels, classes)
        return one_hot + amounts[:, None] * (1 / classes - one_hot)


def _with_dtype(labels, classes, amounts, dtype):
    return smooth(labels, classes, amounts).astype(dtype)


def kept(val_losses, patience):
    best = 0
    for epoch, loss in enumerate(val_losses):
        if loss < val_losses[best]:
            best = epoch
        if epoch - best >= patience:
            break
    return best + 1


def _by_prefixes(val_losses, patience):
    for end in range(1, len(val_losses) + 1):
        best = int(np.argmin(val_losses[:end]))
        if end - 1 - best >= patience:
            return best + 1
    return int(np.argmin(val_losses)) + 1


def _by_while(val_losses, patience):
    place, best, waited = 0, float("inf"), 0
    while place < len(val_losses) and waited < patience:
        waited = 0 if val_losses[place] < best else waited + 1
        best = min(best, val_losses[place])
        place += 1
    return val_losses.index(best) + 1


def never_above(start, val_losses, patience):
    """The best loss begins with a number, though losses may be larger."""
    return max(0, kept([start, *val_losses], patience) - 1)


class _Kept:
    def __call__(self, val_losses, patience):
        return np.float32(kept(val_losses, patience))


FIRST, SECOND = recipe.kept_epoch.cases[0], recipe.smooth_targets.cases[0]

RIGHT = {
    "smooth_targets": [
        smooth,
        _by_rows,
        _in_place,
        _Smooth(),
        functools.partial(_with_dtype, dtype="float32"),
        lambda labels, classes, amounts: keras.ops.convert_to_tensor(
            smooth(labels, classes, amounts)
        ),
    ],
    "kept_epoch": [
        kept,
        _by_prefixes,
        _by_while,
        _Kept(),
        lambda val_losses, patience: np.array(kept(val_losses, patience)),
        lambda losses, patience, **options: float(kept(losses, patience)),
    ],
}

WRONG = {
    "smooth_targets": [
        (lambda labels, classes, amounts: smooth(labels, 4, amounts), "shape"),
        (lambda labels, classes, amounts: smooth(labels, max(labels) + 1, amounts), "shape|off by"),
        (
            lambda labels, classes, amounts: smooth(labels, classes, amounts[:1]),
            "wrong; the one at",
        ),
        (lambda labels, classes, amounts: smooth(labels, classes, amounts).T, "shape|transposed"),
        (lambda labels, classes, amounts: smooth(labels, classes, amounts).sum(axis=1), "shape"),
        (
            lambda labels, classes, amounts: smooth(labels, classes, amounts.astype(int)),
            "certainty",
        ),
        (lambda labels, classes, amounts: 100 * smooth(labels, classes, amounts), "percent"),
        (lambda labels, classes, amounts: print(smooth(labels, classes, amounts)), "`return`"),
        (lambda labels, classes, amounts: smooth(SECOND[0], classes, SECOND[2]), "shape"),
        (
            lambda labels, classes, amounts: smooth(labels, classes, np.minimum(amounts, 0.5)),
            r"the one at \[2, 0\] is too small",
        ),
        (
            lambda labels, classes, amounts: smooth(labels, classes, amounts[::-1]),
            r"the one at \[0, 0\] is too large",
        ),
        (
            lambda labels, classes, amounts: smooth(labels, classes, amounts).round(2),
            "wrong; the one at",
        ),
        (
            lambda labels, classes, amounts: np.eye(classes)[labels] * (1 - amounts) + amounts,
            "broadcast|wrong",
        ),
    ],
    "kept_epoch": [
        (lambda val_losses, patience: kept(val_losses, 2), "too small|Off by"),
        (lambda val_losses, patience: kept(val_losses, 3), "too large|Off by"),
        (lambda val_losses, patience: {10: 3, 8: 6}.get(len(val_losses), 2), "too|Off by"),
        (lambda val_losses, patience: min(val_losses), "A whole number"),
        (lambda val_losses, patience: len(val_losses), "too large|Off by"),
        (lambda val_losses, patience: patience, "too small|Off by|too large"),
        (lambda val_losses, patience: kept(val_losses, patience - 1), "too small|Off by"),
        (lambda val_losses, patience: print(kept(val_losses, patience)), "`return`"),
        (lambda val_losses, patience: [kept(val_losses, patience)], "One number is wanted"),
        (lambda val_losses, patience: kept(FIRST[0], patience), "too large|too small|Off by"),
        (lambda val_losses, patience: kept(val_losses[:10], patience), "too small"),
        (lambda val_losses, patience: kept(val_losses, min(patience, 5)), "too small"),
        (lambda val_losses, patience: kept(val_losses, max(patience, 2)), "too large"),
        (lambda val_losses, patience: kept([round(n, 1) for n in val_losses], patience), "small"),
        (lambda val_losses, patience: never_above(1000, val_losses, patience), "too small"),
        (
            lambda val_losses, patience: (
                kept(val_losses, patience) if len(val_losses) > patience else len(val_losses)
            ),
            "too large|Off by one: 1 too large",
        ),
    ],
}


@pytest.mark.parametrize(("exercise", "answer"), right_cases(recipe, RIGHT))
def test_right_answers_pass_in_any_style(exercise, answer):
    assert set(faults(exercise, answer)) == {None}


@pytest.mark.parametrize(("exercise", "answer", "word"), wrong_cases(recipe, WRONG))
def test_wrong_answers_get_the_hint_that_is_meant(exercise, answer, word):
    assert all(fault and re.search(word, fault) for fault in faults(exercise, answer))


@pytest.mark.parametrize("amount", [0.1, 0.3])
def test_smooth_targets_are_keras_own(amount):
    """Cross-entropy with smooth targets is Keras' loss with the same smoothing."""
    labels, logits = np.array([2, 0]), np.array([[1.0, -2.0, 0.5], [0.3, 0.2, 2.0]])
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=amount)
    plain = keras.losses.CategoricalCrossentropy(from_logits=True)
    targets = recipe.smooth_targets.reference(labels, 3, np.full(2, amount))
    np.testing.assert_allclose(
        float(loss(np.eye(3)[labels], logits)), float(plain(targets, logits)), rtol=1e-6
    )


DRAWN = [recipe._draw_losses(np.random.default_rng(seed)) for seed in range(20)]


@pytest.mark.parametrize(("losses", "patience"), [*recipe.kept_epoch.cases, *DRAWN])
def test_kept_epoch_is_that_of_keras(losses, patience):
    """Hand the losses to Keras' callback, one by one, and see which weights come back."""
    model = keras.Sequential([layers.Input((1,)), layers.Dense(1, use_bias=False)])
    stopping = keras.callbacks.EarlyStopping(patience=patience, restore_best_weights=True)
    stopping.set_model(model)
    model.compile("sgd", "mse")
    stopping.on_train_begin()
    model.stop_training = False
    for epoch, loss in enumerate(losses):
        model.set_weights([np.array([[epoch + 1.0]])])
        stopping.on_epoch_end(epoch, {"val_loss": loss})
        if model.stop_training:
            break
    stopping.on_train_end()
    assert recipe.kept_epoch.reference(losses, patience) == model.get_weights()[0].item()
