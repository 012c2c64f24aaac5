"""Looks at Keras models that are handed over, of whatever sort they are."""

import keras
import numpy as np
import pytest
from keras import layers

from dl_course.checks._models import flat_layers, too_many_parameters, wrong_model, wrong_shapes


class Subclassed(keras.Model):
    """Two layers, one of them in a list, and no shapes of its own."""

    def __init__(self):
        super().__init__()
        self.stack = [layers.Flatten()]
        self.last = layers.Dense(10, name="last")

    def call(self, x):
        return self.last(self.stack[0](x))


class OwnWeights(keras.Model):
    """No layers, only a weight."""

    def __init__(self):
        super().__init__()
        self.w = self.add_weight(shape=(36, 10))

    def call(self, x):
        return keras.ops.reshape(x, (-1, 36)) @ self.w


def called(model):
    model(np.zeros((1, 6, 6, 1)))
    return model


def sequential(*inner, shape=(6, 6, 1)):
    return keras.Sequential([keras.Input(shape), *inner])


def dense(units=10):
    return sequential(layers.Flatten(), layers.Dense(units, name="last"))


def nested():
    inner = sequential(layers.Conv2D(2, 3, name="conv"), layers.ReLU())
    return sequential(inner, sequential(layers.Flatten(), shape=(4, 4, 2)), layers.Dense(10))


def functional(n_inputs=1, n_outputs=1):
    inputs = [keras.Input((6, 6, 1)) for _ in range(n_inputs)]
    x = layers.Flatten()(inputs[0] if n_inputs == 1 else layers.Add()(inputs))
    return keras.Model(inputs, [layers.Dense(10)(x) for _ in range(n_outputs)])


def of_any_size():
    averaged = layers.GlobalAveragePooling2D()
    return sequential(layers.Conv2D(3, 3), averaged, layers.Dense(10), shape=(None, None, 1))


GOOD = [
    dense,
    nested,
    functional,
    of_any_size,
    lambda: called(Subclassed()),
    lambda: called(OwnWeights()),
    lambda: called(keras.Sequential([layers.Flatten(), layers.Dense(10)])),
    lambda: sequential(Subclassed()),
]


@pytest.mark.parametrize("make", GOOD)
def test_models_of_every_sort_are_looked_at(make):
    model = make()
    assert wrong_model(model) is None
    assert wrong_shapes(model, (6, 6, 1), (10,)) is None
    assert too_many_parameters(model, 1000) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (7, "A Keras model is wanted, and this is of type int"),
        ([layers.Dense(10)], "and this is a list"),
        (layers.Dense(10), "and this is of type Dense"),
        (Subclassed, "This is a class"),
        (keras.Sequential, "This is a class"),
        (dense, "and this is of type function"),
        (keras.Sequential(), "no layers yet"),
        (keras.Sequential([layers.Dense(10)]), r"begin with a `keras.Input"),
        (Subclassed(), "no weights yet: call it once"),
    ],
)
def test_what_is_no_model_that_can_be_looked_at(answer, hint):
    assert hint in wrong_model(answer)


@pytest.mark.parametrize(
    ("make", "hint"),
    [
        (
            lambda: dense(9),
            r"For a batch of 2 the output has shape (2, 9), and should have (2, 10).",
        ),
        (lambda: sequential(layers.Dense(10)), "are the maps flattened or averaged?"),
        (lambda: sequential(layers.Flatten(), shape=(6, 6, 3)), "The input has shape (6, 6, 3)"),
        (lambda: sequential(layers.Flatten(), shape=(6, 6)), "The input has shape (6, 6)"),
        (lambda: functional(n_inputs=2), "The model has 2 inputs"),
        (lambda: functional(n_outputs=2), "2 outputs come back; one is wanted"),
        (lambda: Fixed((12, 10)), "(2, 6, 6, 1) can't be put in: "),
        (lambda: Fixed(None), "the output has shape ()"),
    ],
)
def test_wrong_shapes(make, hint):
    assert hint in wrong_shapes(make(), (6, 6, 1), (10,))


class Fixed(Subclassed):
    """Gives an output of a shape that doesn't depend on the batch, or no output."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape

    def call(self, x):
        return self.shape and keras.ops.reshape(x, self.shape)


@pytest.mark.parametrize(
    ("make", "hint"),
    [
        (dense, "370 parameters are too many: at most 300 are wanted; the largest layer is last"),
        (lambda: called(Subclassed()), "the largest layer is last, with 370"),
        (lambda: called(OwnWeights()), "360 parameters are too many: at most 300 are wanted."),
    ],
)
def test_too_many_parameters(make, hint):
    assert hint in too_many_parameters(make(), 300)


def test_as_many_parameters_as_allowed():
    assert too_many_parameters(dense(), 370) is None
    assert too_many_parameters(dense(), 369)


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (dense, ["Flatten", "Dense"]),
        (nested, ["Conv2D", "ReLU", "Flatten", "Dense"]),
        (lambda: sequential(Subclassed()), ["Flatten", "Dense"]),
    ],
)
def test_layers_inside_of_layers(make, names):
    found = [type(layer).__name__ for layer in flat_layers(make())]
    assert [name for name in found if name != "InputLayer"] == names
