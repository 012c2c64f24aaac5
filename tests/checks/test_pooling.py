"""The open exercises of notebook 04, both ways; the others are in test_exercises.py."""

import keras
import numpy as np
import pytest
from keras import layers

from dl_course.checks import pooling as check
from dl_course.checks.pooling import COLOUR, SMALL

COLOUR_ANSWER = [168, 880, 69_240, 10_164, 850]
SMALL_ANSWER = [7, 110_592, 200_704]


@pytest.mark.parametrize("form", [list, tuple, np.array, lambda answer: np.array(answer, float)])
def test_right_counts_pass_in_every_form(form):
    assert check.parameters_in_colour.verdict(form(COLOUR_ANSWER)).passed
    assert check.small_kernels.verdict(form(SMALL_ANSWER)).passed


@pytest.mark.parametrize(
    ("exercise", "parts", "answer"),
    [
        (check.parameters_in_colour, COLOUR, COLOUR_ANSWER),
        (check.small_kernels, SMALL, SMALL_ANSWER),
    ],
)
def test_each_wrong_number_is_told_with_its_place(exercise, parts, answer):
    assert [right for _, right, _ in parts] == answer
    assert sum(len(mistakes) for _, _, mistakes in parts) >= 5
    for place, (name, right, mistakes) in enumerate(parts):
        for wrong, hint in {**mistakes, right + 0.5: "too large", right - 1: "too small"}.items():
            changed = [*answer[:place], wrong, *answer[place + 1 :]]
            verdict = exercise.verdict(changed)
            assert not verdict.passed
            assert verdict.message.startswith(f"{name}: ")
            assert mistakes.get(wrong, hint) in verdict.message


@pytest.mark.parametrize("answer", [[168, 880], 7, COLOUR_ANSWER[::-1] * 2, ["a"] * 5, np.nan])
def test_something_else_than_five_numbers(answer):
    assert "A list of 5 numbers" in check.parameters_in_colour.verdict(answer).message


def test_pooled_widths_as_a_list_or_an_array():
    widths = [50, 25, 12, 6, 3]
    assert check.pooled_widths.verdict(widths).passed
    assert check.pooled_widths.verdict(np.array(widths, float)).passed
    assert "no halves" in check.pooled_widths.verdict([50, 25, 12.5, 6.25, 3.125]).message


def test_max_pool_by_loops_passes():
    def max_pool_2(x):
        out = np.zeros((x.shape[0] // 2, x.shape[1] // 2))
        for r, c in np.ndindex(out.shape):
            out[r, c] = x[2 * r : 2 * r + 2, 2 * c : 2 * c + 2].max()
        return out

    assert check.max_pool_2.verdict(max_pool_2).passed


def test_average_pool_gradient_by_a_kronecker_product_passes():
    def average_pool_gradient(grad_output):
        return np.kron(grad_output, np.full((2, 2), 0.25))

    assert check.average_pool_gradient.verdict(average_pool_gradient).passed


# A frugal network --------------------------------------------------------------------------------


def conv(channels, size=3, **options):
    return layers.Conv2D(channels, size, activation="relu", **options)


def build(*inner, shape=(28, 28, 1)):
    return keras.Sequential([layers.Input(shape), *inner])


def ended(*inner, **options):
    return build(*inner, layers.GlobalAveragePooling2D(), layers.Dense(10), **options)


def pooled():
    rounds = [[conv(n, padding="same"), layers.MaxPooling2D()] for n in (8, 16, 32)]
    return ended(*sum(rounds, []))


def dilated():
    return ended(conv(8, dilation_rate=2), conv(8, dilation_rate=4), conv(16, dilation_rate=4))


def strided():
    steps = [conv(16, strides=2, padding="same") for _ in range(3)]
    return ended(*steps, conv(16, padding="same"))


def functional():
    x = inputs = keras.Input((28, 28, 1))
    for _ in range(3):
        x = layers.AveragePooling2D(2, padding="same")(conv(8, padding="same")(x))
    return keras.Model(inputs, layers.Dense(10)(layers.Flatten()(x)))


def nested():
    block = keras.Sequential([layers.Input((28, 28, 1)), conv(4, 11), conv(4, 11)])
    return ended(block)


@pytest.mark.parametrize("model", [pooled, dilated, strided, functional, nested])
def test_different_frugal_networks_pass(model):
    verdict = check.frugal_network.verdict(model())
    assert verdict.passed, verdict


def with_a_branch():
    inputs = keras.Input((28, 28, 1))
    x = layers.Add()([conv(4, 3, padding="same")(inputs), conv(4, 21, padding="same")(inputs)])
    return keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))


@pytest.mark.parametrize(
    ("model", "hint"),
    [
        (lambda: layers.Dense(10), "A Keras model is wanted, and this is of type Dense"),
        (lambda: [layers.Dense(10)], "A Keras model is wanted, and this is a list"),
        (lambda: keras.Sequential([layers.Dense(10)]), "first layer should be an Input"),
        (lambda: ended(conv(4), shape=(28, 28, 3)), "The input has shape (28, 28, 3)"),
        (lambda: build(layers.Flatten(), layers.Dense(9)), "The output has shape (9,)"),
        (lambda: build(conv(4), layers.Dense(10)), "flattened or averaged first"),
        (lambda: build(layers.Flatten(), layers.Dense(10, "softmax")), "These are probabilities"),
        (lambda: build(layers.Flatten(), layers.Dense(10), layers.Softmax()), "probabilities"),
        (lambda: build(layers.Flatten(), layers.Dense(10, "relu")), "through an activation (relu)"),
        (
            lambda: build(conv(8), layers.Flatten(), layers.Dense(10, name="last_one")),
            "54,170 parameters are too many: most of them are in the layer last_one, with 54,090",
        ),
        (lambda: build(layers.Flatten(), layers.Dense(10)), "no convolution and no pooling"),
        (lambda: ended(conv(8), layers.MaxPooling2D(), conv(8)), "sees 8 × 8 pixels"),
        (lambda: ended(conv(4, (3, 21))), "sees 3 × 3 pixels"),
        (with_a_branch, "form a chain"),
    ],
)
def test_typical_mistakes_get_their_hint(model, hint):
    verdict = check.frugal_network.verdict(model())
    assert not verdict.passed
    assert hint in verdict.message
