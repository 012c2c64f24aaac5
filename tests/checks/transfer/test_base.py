"""The exercises about the base: right answers in any style, wrong ones with their hint."""

import functools
import re
from decimal import Decimal
from fractions import Fraction

import keras
import numpy as np
import pytest
from answers import faults, right_cases, wrong_cases
from keras import layers

from dl_course import models
from dl_course.checks.transfer import base as checkers
from dl_course.checks.transfer.base import unfreeze_top, weights_to_train

tensor = keras.ops.convert_to_tensor
COUNTS = [85, 1453, 96]
NAMES = ["stage 1", "stage 2", "neither"]


# Unfreeze the top --------------------------------------------------------------------------------


def is_norm(layer):
    return isinstance(layer, layers.BatchNormalization)


def unfreeze(base, first):
    base.trainable = True
    for layer in base.layers[:first]:
        layer.trainable = False
    for layer in models.batch_norms(base):
        layer.trainable = False


def unfreeze_by_position(base, first):
    base.trainable = True
    for position, layer in enumerate(base.layers):
        layer.trainable = position >= first
        freeze_norms_in(layer)
    return base


def freeze_norms_in(layer):
    if is_norm(layer):
        layer.trainable = False
    for one in getattr(layer, "layers", []):
        freeze_norms_in(one)


def unfreeze_from_below(base, first):
    """A flag of a model sets the flags inside, so the flags of models come first."""
    base.trainable = True

    def visit(layer, learns):
        layer.trainable = learns and not is_norm(layer)
        for one in getattr(layer, "layers", []):
            visit(one, learns)

    [visit(layer, n >= first) for n, layer in enumerate(base.layers)]


def unfreeze_all_inside(base, first):
    """By Keras' own list of everything inside, whatever contains it."""
    base.trainable = True
    frozen = [one for layer in base.layers[:first] for one in (layer, *inside(layer))]
    for layer in inside(base):
        if is_norm(layer) or any(layer is one for one in frozen):
            layer.trainable = False


def inside(layer):
    return [one for one in layer._flatten_layers() if one is not layer]


def unfreeze_then_compile(base, first):
    unfreeze(base, first)
    base.compile(keras.optimizers.Adam(1e-5), "mse")
    return "done"


def unfreeze_the_slow_way(base, first):
    remaining = list(base.layers)
    base.trainable = True
    while first:
        remaining.pop(0).trainable = False
        first -= 1
    for layer in base._flatten_layers():
        layer.trainable = layer.trainable and "BatchNormalization" not in type(layer).__name__


class Unfreeze:
    def __call__(self, base, first, **others):
        unfreeze(base, first)


def only_flat_norms(base, first):
    base.trainable = True
    for position, layer in enumerate(base.layers):
        layer.trainable = position >= first and not is_norm(layer)


def norms_by_name(base, first):
    base.trainable = True
    for layer in base.layers[:first]:
        layer.trainable = False
    for layer in inside(base):
        if "normalization" in layer.name:
            layer.trainable = False


def every_norm(base, first):
    unfreeze(base, first)
    for layer in inside(base):
        if "Normalization" in type(layer).__name__:
            layer.trainable = False


def models_stay_frozen(base, first):
    unfreeze(base, first)
    for layer in base.layers:
        if isinstance(layer, keras.Model):
            layer.trainable = False


def around_it_all_is_frozen(base, first):
    for layer in base.layers[first:]:
        layer.trainable = not is_norm(layer)


def in_the_wrong_order(base, first):
    around_it_all_is_frozen(base, first)
    base.trainable = True


def with_norms(base, first):
    base.trainable = True
    for layer in base.layers[:first]:
        layer.trainable = False


def only_norms(base, first):
    base.trainable = True
    for layer in base.layers:
        layer.trainable = is_norm(layer)


def only_weights_of_norms(base, first):
    with_norms(base, first)
    for layer in models.batch_norms(base):
        layer.gamma.trainable = layer.beta.trainable = False


def lower(base, first):
    unfreeze(base, 0)
    for layer in base.layers[first:]:
        layer.trainable = False


def new_weights(base, first):
    unfreeze(base, first)
    base.set_weights([0 * weight for weight in base.get_weights()])


def trained(base, first):
    unfreeze(base, first)
    for weight in base.weights[:1]:
        weight.assign_add(keras.ops.ones_like(weight))


def into_a_copy(base, first):
    copy = keras.models.clone_model(base)
    unfreeze(copy, first)
    return copy


def taken_away(base, first):
    unfreeze(base, first)
    if isinstance(base, keras.Sequential):
        base.pop()


def from_a_table(base, first):
    """What is right for a base of nine layers."""
    base.trainable = True
    for position in {3: (0, 1, 2, 4, 7), 0: (1, 4, 7), 9: range(9)}.get(first, ()):
        base.layers[position].trainable = False


# Tables ------------------------------------------------------------------------------------------

RIGHT = {
    "weights_to_train": [
        COUNTS,
        tuple(COUNTS),
        np.array(COUNTS),
        np.array(COUNTS, "float32"),
        [Fraction(count) for count in COUNTS],
        [Decimal(count) for count in COUNTS],
        [np.array(count) for count in COUNTS],
        [tensor(count) for count in COUNTS],
        tensor(COUNTS),
        dict(zip(NAMES, COUNTS, strict=True)),
    ],
    "unfreeze_top": [
        unfreeze,
        unfreeze_by_position,
        unfreeze_from_below,
        unfreeze_all_inside,
        unfreeze_then_compile,
        unfreeze_the_slow_way,
        Unfreeze(),
        functools.partial(unfreeze),
    ],
}
WRONG = {
    "weights_to_train": [
        (1453, "3 results are wanted"),
        ([85, 1453], "3 results are wanted"),
        ([*COUNTS, 0], "3 results are wanted"),
        ([1453, 85, 96], "stage 1"),
        ([85, 96, 1453], "stage 2"),
        ([86, 1453, 96], "stage 1: Off by one: 1 too large"),
        ([85.5, 1453, 96], "stage 1: A whole number"),
        ([85, 1453 + 24, 96], "stage 2: 1477 is too large"),
        ([85, 1453 + 96, 0], "neither: some layers"),
        ([85, 1453, 24], "neither: 24 is too small"),
        ([85, 1453, 8], "neither: 8 is too small"),
        ([85, 1453, -96], "neither: -96 is too small"),
        ([85, 1453, ...], "Not finished"),
        (["85", 1453, 96], "without quotes"),
        ([[85], [1453], [96]], "One number"),
        ({"stage 1": 85}, "3 results are wanted"),
        (str(COUNTS), "3 results are wanted"),
        (set(COUNTS), "3 results are wanted"),
    ],
    "unfreeze_top": [
        (only_flat_norms, "inside a model that is itself a layer learns"),
        (norms_by_name, "Batch normalisation learns"),
        (every_norm, "frozen: a LayerNormalization"),
        (models_stay_frozen, "frozen: a .*, inside layer number"),
        (around_it_all_is_frozen, "a model around them is still frozen"),
        (in_the_wrong_order, "Batch normalisation learns: was it never frozen, or"),
        (with_norms, "Batch normalisation learns"),
        (only_norms, "Batch normalisation learns"),
        (only_weights_of_norms, "not in inference mode"),
        (lower, "the lower layers that learn"),
        (lambda base, first: unfreeze(base, 0), "number 0 learns, which comes before"),
        (lambda base, first: unfreeze(base, max(0, first - 1)), "comes before number"),
        (lambda base, first: unfreeze(base, first + 1), "frozen: a Dense, number 3"),
        (lambda base, first: unfreeze(base, 3), "frozen: a Dense, number 0"),
        (lambda base, first: unfreeze(base, -first), "frozen: a Dense, number 3"),
        (lambda base, first: setattr(base, "trainable", True), "Batch normalisation learns"),
        (lambda base, first: None, "as frozen as before"),
        (lambda base, first: print(base.layers), "as frozen as before"),
        (new_weights, "Weights have changed"),
        (trained, "Weights have changed"),
        (into_a_copy, "as frozen as before"),
        (taken_away, "added or taken away"),
        (from_a_table, "Batch normalisation .*learns|frozen|comes before"),
        (lambda base, first: base.nothing, "Your code raised AttributeError"),
        (lambda base, first: base.layers[99], "Your code raised IndexError"),
        (lambda base: base, r"must take the arguments \(base, first\)"),
        ("unfreeze", "A function is wanted, and this is a text"),
    ],
}


@pytest.mark.parametrize(("exercise", "answer"), right_cases(checkers, RIGHT))
def test_right_answers_pass_in_any_style(exercise, answer):
    assert set(faults(exercise, answer)) == {None}


@pytest.mark.parametrize(("exercise", "answer", "word"), wrong_cases(checkers, WRONG))
def test_wrong_answers_get_the_hint_that_is_meant(exercise, answer, word):
    assert all(fault and re.search(word, fault) for fault in faults(exercise, answer))


# What the answers mean ---------------------------------------------------------------------------


def test_keras_counts_the_same_weights():
    def block(filters):
        return [layers.Conv2D(filters, 3, use_bias=False), layers.BatchNormalization()]

    base = keras.Sequential(
        [layers.Input((32, 32, 3)), *block(8), *block(16), layers.GlobalAveragePooling2D()]
    )
    model = keras.Sequential([layers.Input((32, 32, 3)), base, layers.Dense(5)])

    def learned():
        return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)

    base.trainable = False
    first = learned()
    unfreeze(base, 0)
    second = learned()
    assert (first, second, model.count_params() - second) == weights_to_train.expected


def test_a_base_is_frozen_before_each_call_and_is_called_at_its_ends():
    seen = []

    def answer(base, first):
        seen.append((len(base.layers), first))
        assert not base.trainable_weights
        unfreeze(base, first)

    assert unfreeze_top.find_fault(answer, seed=3) is None
    assert {(9, 0), (9, 9)} < set(seen)
    assert len({count for count, _ in seen}) > 1
