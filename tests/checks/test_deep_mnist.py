"""The open exercises of notebook 05, both ways, and dropout beside Keras'; the others are in
test_exercises.py."""

import keras
import numpy as np
import pytest
from keras import layers

from dl_course import datasets
from dl_course.checks import deep_mnist as check
from dl_course.checks.deep_mnist import CURVES, _range_test_curve
from dl_course.models import layer_table, wide_lenet


@pytest.mark.parametrize("form", [list, tuple, np.array])
def test_colour_parameters_are_keras_own(form):
    table = layer_table(wide_lenet((32, 32, 3), classes=100))
    counts = [layer["parameters"] for layer in table if layer["parameters"]]
    assert check.colour_parameters.verdict(form(counts)).passed


# Dropout -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.75])
def test_dropout_is_that_of_keras(rate):
    x = np.random.default_rng(0).uniform(1, 2, (40, 50)).astype("float32")
    by_keras = np.asarray(layers.Dropout(rate, seed=1)(x, training=True))
    by_hand = check.dropout.reference(x, rate, by_keras != 0)
    np.testing.assert_allclose(by_hand, by_keras, rtol=1e-6)


def test_dropout_as_a_product_passes():
    def dropout(x, rate, keep):
        return x * keep / (1 - rate)

    assert check.dropout.verdict(dropout).passed


# A range test ------------------------------------------------------------------------------------


def test_range_test_rate_by_geomspace_passes():
    def range_test_rate(step, steps, low, high):
        return np.geomspace(low, high, steps)[step]

    assert check.range_test_rate.verdict(range_test_rate).passed


def steepest(rates, losses):
    return rates[np.argmin(np.gradient(losses, np.log(rates)))]


@pytest.mark.parametrize(
    "pick",
    [
        lambda rates, losses: rates[np.argmin(losses)] / 10,
        lambda rates, losses: rates[np.argmin(losses)] / 4,
        lambda rates, losses: np.float32(rates[np.argmin(losses)] / 10),
        steepest,
        lambda rates, losses: rates[np.argmax(losses < 0.7 * losses[0] + 0.3 * losses.min())],
    ],
)
def test_different_sensible_rates_pass(pick):
    verdict = check.pick_rate.verdict(pick)
    assert verdict.passed, verdict


@pytest.mark.parametrize(
    ("pick", "hint"),
    [
        (0.003, "A function is wanted"),
        (lambda losses: 1, "must take the arguments (rates, losses)"),
        (lambda rates, losses: rates.no, "Your code raised AttributeError"),
        (lambda rates, losses: None, "Not attempted"),
        (lambda rates, losses: rates, "an array of shape (81,)"),
        (lambda rates, losses: "0.1", "this is a text"),
        (lambda rates, losses: True, "of type bool"),
        (lambda rates, losses: np.nan, "no finite number"),
        (lambda rates, losses: np.log10(rates[losses.argmin()]), "is positive"),
        (lambda rates, losses: losses.argmin(), "position in the list"),
        (lambda rates, losses: losses.min(), "This is a loss"),
        (lambda rates, losses: rates[losses.argmin()], "too late"),
        (lambda rates, losses: rates[losses.argmin()] / 1.2, "near the edge"),
        (lambda rates, losses: rates[losses.argmin()] / 2, "near the edge"),
        (lambda rates, losses: rates[len(rates) // 2], "near the edge"),
        (lambda rates, losses: np.median(rates), "near the edge"),
        (lambda rates, losses: rates[losses.argmin()] * 1.5, "the loss rises there"),
        (lambda rates, losses: rates[losses.argmax()], "the highest rate"),
        (lambda rates, losses: rates.min(), "the lowest rate"),
        (lambda rates, losses: 2 * rates.min(), "hardly begun to fall"),
        (lambda rates, losses: 0.01, "the same for each curve"),
    ],
)
def test_each_wrong_pick_gets_its_hint(pick, hint):
    verdict = check.pick_rate.verdict(pick)
    assert not verdict.passed
    assert hint in verdict.message


@pytest.mark.parametrize("curve", CURVES)
def test_curves_fall_and_then_rise(curve):
    rates, losses = _range_test_curve(*curve)
    lowest = losses.argmin()
    assert np.all(np.diff(losses[:lowest]) < 0)
    assert np.all(np.diff(losses[lowest:]) > 0)
    assert rates[0] < curve[0] / 9
    assert 0.25 * curve[0] < rates[lowest] / 10


# Early stopping ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("losses", "patience"), check.kept_epoch.cases)
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
    assert check.kept_epoch.reference(losses, patience) == model.get_weights()[0].item()


# Wrong labels ------------------------------------------------------------------------------------

PLANTED = np.arange(100, 200)
OTHERS = np.arange(1000, 2000)


@pytest.mark.parametrize(
    "found",
    [
        PLANTED,
        PLANTED[::-1].tolist(),
        PLANTED[:80],
        np.concatenate([PLANTED, OTHERS[:25]]),
        tuple(PLANTED.tolist()),
    ],
)
def test_good_finders_pass(found):
    assert check.mislabelled.verdict((found, PLANTED)).passed


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (PLANTED, "Hand over a pair"),
        ((PLANTED > 150, PLANTED), "np.flatnonzero"),
        ((PLANTED / 1, PLANTED), "whole numbers"),
        ((PLANTED[:, None], PLANTED), "a row of positions"),
        ((np.array([], int), PLANTED), "at least one"),
        ((3, PLANTED), "a row of positions"),
        ((PLANTED - 150, PLANTED), "negative"),
        ((np.tile(np.arange(10), 10), PLANTED), "look like labels"),
        ((np.tile(PLANTED, 2), PLANTED), "more than once"),
        ((OTHERS[:100], PLANTED), "Which end"),
        ((PLANTED[:50], PLANTED), "too many are missing"),
        ((np.concatenate([PLANTED, OTHERS[:50]]), PLANTED), "too many innocent ones"),
        ((np.concatenate([PLANTED[:50], OTHERS[:50]]), PLANTED), "many of yours are innocent"),
        ((..., PLANTED), "Not attempted"),
    ],
)
def test_each_kind_of_finder_gets_its_hint(answer, hint):
    verdict = check.mislabelled.verdict(answer)
    assert not verdict.passed
    assert hint in verdict.message


# A small network ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def val():
    """Thirty bright or dark pictures, which a network can be made to know without training."""
    labels = np.tile(np.arange(10), 30)
    images = np.zeros((300, 28, 28, 1), np.float32)
    images[np.arange(300), labels, 0, 0] = 1
    return datasets.Dataset(images, labels, tuple("0123456789"), "MNIST")


def reader(rows=10):
    """A network that reads the first column: right for the labels below `rows`."""
    model = keras.Sequential([layers.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10)])
    weights = np.zeros((28, 28, 10))
    weights[np.arange(rows), 0, np.arange(rows)] = 1
    model.set_weights([weights.reshape(784, 10), np.zeros(10)])
    return model


def wide(units=64):
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Flatten(),
            layers.Dense(units, name="much_too_wide"),
            layers.Dense(10),
        ]
    )


def broken():
    model = reader()
    model.set_weights([np.full((784, 10), np.nan), np.zeros(10)])
    return model


def test_a_small_network_that_reads_passes(val):
    verdict = check.small_network.verdict((reader(), val))
    assert verdict.passed, verdict


@pytest.mark.parametrize(
    ("model", "hint"),
    [
        (lambda: "a model", "First a Keras model is wanted, and this is a text"),
        (lambda: keras.Sequential([layers.Dense(10)]), "first layer should be an Input"),
        (
            lambda: keras.Sequential([layers.Input((28, 28, 1)), layers.Flatten()]),
            "The output has shape (784,)",
        ),
        (wide, "50,890 parameters are too many: most of them are in the layer much_too_wide"),
        (broken, "not finite"),
        (lambda: reader(1), "has the model been trained?"),
        (lambda: reader(8), "far too little"),
        (lambda: ..., "Not attempted"),
    ],
)
def test_each_weak_network_gets_its_hint(val, model, hint):
    verdict = check.small_network.verdict((model(), val))
    assert not verdict.passed
    assert hint in verdict.message


def test_nearly_good_enough(val):
    labels = val.labels.copy()
    labels[:3] = 9  # of 300: exactly 99 %, and more is asked for
    nearly = datasets.Dataset(val.images, labels, val.class_names, val.source)
    assert "not yet good enough" in check.small_network.verdict((reader(), nearly)).message
    easier = datasets.Dataset(val.images, labels, val.class_names, "stand-in digits")
    assert check.small_network.verdict((reader(), easier)).passed


def test_a_network_without_its_data(val):
    assert "Hand over a pair" in check.small_network.verdict(reader()).message
    verdict = check.small_network.verdict((reader(), val.images))
    assert "Second the validation data are wanted" in verdict.message
