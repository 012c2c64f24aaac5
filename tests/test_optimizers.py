"""`dl_course.optimizers` against steps worked by hand and the optimizers of Keras."""

import inspect
import itertools

import keras
import numpy as np
import pytest
from backends import double_precision

from dl_course import optimizers
from dl_course.optimizers import adam, adamw, descend, momentum, rmsprop, sgd, update

IN_KERAS = {
    sgd: keras.optimizers.SGD,
    momentum: keras.optimizers.SGD,
    rmsprop: keras.optimizers.RMSprop,
    adam: keras.optimizers.Adam,
    adamw: keras.optimizers.AdamW,
}
every_optimizer = pytest.mark.parametrize("optimizer", IN_KERAS, ids=lambda one: one.__name__)


def slope(x):
    """Of x²."""
    return 2 * x


def rugged(weights):
    """A gradient that changes its size and its sign on the way."""
    return np.sin(3 * weights) + 0.2 * weights - 0.3


def start():
    return np.random.default_rng(0).normal(size=(3, 4))


# Worked by hand ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("optimizer", "places"),
    [
        (sgd, [2.4, 1.92, 1.536, 1.2288]),
        (momentum, [2.4, 1.38, 0.186, -0.926]),
        (rmsprop, [2.684, 2.467, 2.292, 2.141]),
        (adam, [2.9, 2.8, 2.7, 2.6]),
    ],
)
def test_four_steps_on_x_squared(optimizer, places):
    """From 3, learning rate 0.1."""
    path = descend(optimizer, slope, 3, steps=4, learning_rate=0.1)
    np.testing.assert_allclose(path, [3, *places], atol=1e-3)


def test_nesterov_by_hand():
    """v = -0.6, then w = 3 + 0.9 · -0.6 - 0.6; v = 0.9 · -0.6 - 0.1 · 3.72, and again."""
    path = descend(momentum, slope, 3, steps=2, learning_rate=0.1, nesterov=True)
    np.testing.assert_allclose(path, [3, 1.86, 1.86 + 0.9 * -0.912 - 0.372], atol=1e-12)


def test_adam_s_first_step_has_the_length_of_the_rate_whatever_the_gradient():
    """The bias corrected: without it, the step would be 0.1 / sqrt(0.001) = 3.2 times as long."""
    for size in (1e-3, 1.0, 1e3):
        weights, _ = adam(np.zeros(2), np.array([size, -size]), learning_rate=0.1)
        np.testing.assert_allclose(weights, [-0.1, 0.1], rtol=4e-3)


@every_optimizer
def test_weight_decay_is_decoupled(optimizer):
    """Where the gradient is 0, weights shrink by learning rate times decay of themselves."""
    weights, _ = optimizer(np.array([2.0, -4.0]), np.zeros(2), learning_rate=0.1, weight_decay=0.5)
    np.testing.assert_allclose(weights, [1.9, -3.8], atol=1e-12)


# Equal to Keras ----------------------------------------------------------------------------------


def steps_in_keras(optimizer, options, weights, gradient, steps):
    """All places visited, in float64."""
    path = [weights]
    with double_precision():
        optimizer = IN_KERAS[optimizer](**options)
        variable = keras.Variable(weights, dtype="float64")
        for _ in range(steps):
            optimizer.apply([keras.ops.convert_to_tensor(gradient(path[-1]))], [variable])
            path.append(keras.ops.convert_to_numpy(variable.value).copy())
    assert path[-1].dtype == np.float64
    return np.array(path)


def grid(**choices):
    """All combinations, as dictionaries."""
    return [dict(zip(choices, each, strict=True)) for each in itertools.product(*choices.values())]


# Keras computes with hyper-parameters in float32: these are the same numbers there.
DECAYS = {"weight_decay": [0.0, 1 / 16]}
CASES = [
    *[(sgd, options) for options in grid(learning_rate=[1 / 64, 1 / 4], **DECAYS)],
    *[
        (momentum, options)
        for options in grid(
            learning_rate=[1 / 64, 1 / 4], momentum=[1 / 2, 7 / 8], nesterov=[False, True], **DECAYS
        )
    ],
    *[
        (rmsprop, options)
        for options in grid(
            learning_rate=[1 / 512, 1 / 8], rho=[1 / 2, 7 / 8], epsilon=[2**-20, 1 / 8], **DECAYS
        )
    ],
    *[
        (one, options)
        for one in (adam, adamw)
        for options in grid(
            learning_rate=[1 / 8],
            beta_1=[0.0, 7 / 8],
            beta_2=[7 / 8, 1023 / 1024],
            epsilon=[2**-20, 1 / 8],
            **DECAYS,
        )
    ],
]


def assert_equals_keras(optimizer, options, tolerance):
    theirs = steps_in_keras(optimizer, options, start(), rugged, 20)
    weights, state = start(), ()
    for place in theirs[1:]:
        weights, state = optimizer(weights, rugged(weights), state, **options)
        np.testing.assert_allclose(weights, place, rtol=0, atol=tolerance)
    assert np.abs(theirs[-1] - theirs[0]).max() > 1e-3  # it went somewhere


@pytest.mark.parametrize(("optimizer", "options"), CASES)
def test_twenty_steps_equal_keras(optimizer, options):
    assert_equals_keras(optimizer, options, tolerance=1e-10)


@every_optimizer
def test_twenty_steps_with_the_usual_hyper_parameters(optimizer):
    """The defaults, which float32 rounds: in Keras, `1 - 0.999` is off by 1.3e-5 of itself."""
    usual = {"momentum": 0.9} if optimizer is momentum else {}
    assert_equals_keras(optimizer, usual, tolerance=1e-6)


@every_optimizer
def test_defaults_are_those_of_keras(optimizer):
    config = IN_KERAS[optimizer]().get_config()
    for name, parameter in inspect.signature(optimizer).parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY and name != "momentum":
            assert parameter.default == pytest.approx(config[name] or 0), name  # a float32


# Pure functions ----------------------------------------------------------------------------------


@every_optimizer
def test_nothing_is_changed_in_place(optimizer):
    weights, gradient = start(), start() + 1
    first, state = optimizer(weights, gradient)
    second, _ = optimizer(first, gradient, state)
    again, _ = optimizer(first, gradient, state)
    np.testing.assert_array_equal(weights, start())
    np.testing.assert_array_equal(gradient, start() + 1)
    np.testing.assert_array_equal(second, again)


@every_optimizer
def test_the_dtype_stays(optimizer):
    weights, state = start().astype("float32"), ()
    for _ in range(2):
        weights, state = optimizer(weights, rugged(weights), state, weight_decay=0.1)
    assert weights.dtype == np.float32


@every_optimizer
def test_update_steps_each_array_with_its_own_state(optimizer):
    arrays = [start(), start()[0], np.array(0.5)]
    together, states = list(arrays), ()
    for _ in range(3):
        gradients = [rugged(array) for array in together]
        together, states = update(optimizer, together, gradients, states, learning_rate=0.05)
    for array, ours in zip(arrays, together, strict=True):
        alone = descend(optimizer, rugged, array, steps=3, learning_rate=0.05)[-1]
        np.testing.assert_allclose(ours, alone, atol=1e-12)


def test_update_needs_a_gradient_for_each_array():
    with pytest.raises(ValueError, match="shorter"):
        update(sgd, [1.0, 2.0], [1.0])


@every_optimizer
def test_descend_finds_the_minimum_of_a_bowl(optimizer):
    path = descend(optimizer, slope, [1.0, -2.0], steps=400, learning_rate=0.02)
    assert path.shape == (401, 2)
    assert path[0].tolist() == [1, -2]
    np.testing.assert_allclose(path[-1], 0, atol=0.02)


def test_descend_refuses_negative_steps():
    with pytest.raises(ValueError, match="`steps` must be at least 0. Received: -1"):
        descend(sgd, slope, 1.0, steps=-1)


def test_every_optimizer_is_tested():
    assert set(optimizers.__all__) == {one.__name__ for one in IN_KERAS} | {"descend", "update"}


def test_a_gradient_of_another_shape_is_refused():
    """(n, 1) against (n,) would silently become (n, n)."""
    with pytest.raises(ValueError, match=r"^`gradients\[0\]` must have shape \(3,\)"):
        optimizers.update(optimizers.sgd, [np.ones(3)], [np.ones((3, 1))], learning_rate=0.1)
    with pytest.raises(ValueError, match=r"^`gradient` must have shape \(2,\)"):
        optimizers.descend(optimizers.sgd, lambda w: [[1.0], [1.0]], [1.0, 2.0], steps=1)


def test_descend_takes_a_gradient_in_a_list():
    path = optimizers.descend(
        optimizers.sgd, lambda w: list(2 * w), [1.0, 2.0], steps=1, learning_rate=0.5
    )
    assert path.tolist() == [[1.0, 2.0], [0.0, 0.0]]


def test_as_many_gradients_and_states_as_arrays():
    with pytest.raises(ValueError, match="zip"):
        optimizers.update(optimizers.sgd, [1.0, 2.0], [1.0], learning_rate=0.1)
    with pytest.raises(ValueError, match="zip"):
        optimizers.update(optimizers.sgd, [1.0, 2.0], [1.0, 1.0], [()], learning_rate=0.1)
