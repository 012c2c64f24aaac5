"""`dl_course.normalization` against hand-worked examples, Keras and finite differences."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dl_course import normalization
from dl_course.neurons import numerical_gradient

BATCH = [[1.0], [3.0], [5.0]]  # mean 3, variance (4 + 0 + 4) / 3

needs_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="differentiates with TensorFlow's tape"
)
seeds = st.integers(0, 9)
dense_shapes = st.tuples(st.integers(1, 6), st.integers(1, 4))
map_shapes = st.tuples(*(st.integers(1, most) for most in (3, 4, 4, 3)))
shapes = dense_shapes | map_shapes
epsilons = st.sampled_from([1e-3, 1e-5, 0.3])


@st.composite
def cases(draw):
    """A shape, an axis of features in it (counted from either end), and a seed."""
    shape = draw(shapes)
    return shape, draw(st.sampled_from([*range(1, len(shape)), -1])), draw(seeds)


def draw_batch(shape, axis=-1, seed=0):
    """Input, γ and β: none of them centred or of scale 1."""
    rng = np.random.default_rng(seed)
    return (
        rng.normal(2, 3, shape),
        rng.normal(1, 0.5, shape[axis]),
        rng.normal(-1, 1, shape[axis]),
    )


def assert_close(ours, theirs, tolerance=1e-6):
    """Equal to a tolerance, and of the same shape: nothing is broadcast."""
    assert np.shape(ours) == np.shape(theirs)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance)


def keras_layer(kind, shape, *weights, **options):
    """A layer of Keras in float64, its weights set."""
    layer = kind(dtype="float64", **options)
    layer.build(shape)
    layer.set_weights([np.array(values) for values in weights])
    return layer


def call_keras(layer, x, **options):
    return keras.ops.convert_to_numpy(layer(x, **options))


# Worked by hand ----------------------------------------------------------------------------------


def test_a_batch_of_three():
    output, mean, variance = normalization.batch_norm(BATCH, [1], [0], epsilon=1 / 3)
    assert mean.tolist() == [3]
    assert_close(variance, [8 / 3], 1e-12)
    root = np.sqrt(3)  # of 8/3 + 1/3
    assert_close(output, [[-2 / root], [0], [2 / root]], 1e-12)


def test_gamma_scales_and_then_beta_shifts():
    output, _, _ = normalization.batch_norm(BATCH, [np.sqrt(3)], [10], epsilon=1 / 3)
    assert_close(output, [[8], [10], [12]], 1e-12)


def test_inference_by_hand():
    output = normalization.batch_norm_inference(
        [[7.0, 1.0]], [2, -1], [1, 0], [3, 1], [3.75, 9], epsilon=0.25
    )
    assert output.tolist() == [[5, 0]]  # 2 · (7 - 3) / √4 + 1


def test_update_moving_by_hand():
    assert normalization.update_moving(0, 10, momentum=0.75) == 2.5
    assert normalization.update_moving(2.5, 10, momentum=0.75) == 4.375
    assert_close(normalization.update_moving([0, 1], [5, 1]), [0.05, 1], 1e-12)
    assert normalization.update_moving(4, 9, momentum=1) == 4
    assert normalization.update_moving(4, 9, momentum=0) == 9


def test_gradients_by_hand():
    # x̂ = (-2, 0, 2) / √3 and g = 3 · (1, 0, 0): mean(g) = 1, x̂ · mean(g · x̂) = (4, 0, -4) / 3.
    grad_x, grad_gamma, grad_beta = normalization.batch_norm_gradients(
        BATCH, [3], [[1], [0], [0]], epsilon=1 / 3
    )
    root = np.sqrt(3)
    assert_close(grad_x, np.array([[2 / 3], [-1], [1 / 3]]) / root, 1e-12)
    assert_close(grad_gamma, [-2 / root], 1e-12)
    assert grad_beta.tolist() == [1]


def test_layer_norm_looks_at_rows_where_batch_norm_looks_at_columns():
    x = np.array([[1.0, 3.0, 5.0], [1.0, 3.0, 5.0]])
    row = np.array([-2, 0, 2]) / np.sqrt(3)
    output = normalization.layer_norm(x, np.ones(3), np.zeros(3), epsilon=1 / 3)
    assert_close(output, np.array([row, row]), 1e-12)
    output, _, _ = normalization.batch_norm(x, np.ones(3), np.zeros(3), epsilon=1 / 3)
    assert output.tolist() == [[0, 0, 0], [0, 0, 0]]


def test_a_map_has_one_mean_for_each_channel():
    x = np.arange(24.0).reshape(2, 2, 2, 3)
    _, mean, variance = normalization.batch_norm(x, np.ones(3), np.zeros(3))
    assert mean.tolist() == [10.5, 11.5, 12.5]
    assert variance.tolist() == [47.25] * 3  # 9 · (8² - 1) / 12


def test_rescale_by_hand():
    x = [[0, 10], [5, 30], [10, 20]]
    assert normalization.rescale(x).tolist() == [[0, 1 / 3], [1 / 6, 1], [1 / 3, 2 / 3]]
    by_column = normalization.rescale(x, low=-1, high=1, axis=0)
    assert by_column.tolist() == [[-1, -1], [0, 1], [1, 0]]
    by_row = normalization.rescale([[0, 10], [5, 30], [10, 20]], axis=1)
    assert by_row.tolist() == [[0, 1], [0, 1], [0, 1]]
    assert normalization.rescale([[1, 2, 5], [7, 7, 7]], axis=1).tolist() == [[0, 0.25, 1], [0] * 3]
    assert normalization.rescale(np.array([0, 51, 255], np.uint8)).tolist() == [0, 0.2, 1]
    assert normalization.rescale([0, 1], low=-3, high=-0.1).tolist() == [
        -3,
        -0.1,
    ]  # to the last bit


def test_standardize_by_hand():
    output, mean, std = normalization.standardize([[1, 2], [3, 2], [5, 8]])
    assert mean.tolist() == [3, 4]
    assert_close(std, np.sqrt([8 / 3, 8]), 1e-12)
    assert_close(output, np.array([[-2, -2], [0, -2], [2, 4]]) / np.sqrt([8 / 3, 8]), 1e-12)


def test_new_data_is_treated_as_the_old_was():
    _, mean, std = normalization.standardize([[1.0, 7.0], [5.0, 7.0]])
    output, *used = normalization.standardize([[7.0, 8.0]], mean=mean, std=std)
    assert output.tolist() == [[2, 1]]  # (7 - 3) / 2; the second was constant: 8 - 7
    assert [numbers.tolist() for numbers in used] == [[3, 7], [2, 0]]


def test_standardize_over_other_axes():
    x = np.random.default_rng(0).normal(3, 2, (4, 5, 5, 3))
    for axis, shape in {(0, 1, 2): (3,), 0: (5, 5, 3), -1: (4, 5, 5), None: ()}.items():
        output, mean, std = normalization.standardize(x, axis=axis)
        assert np.shape(mean) == np.shape(std) == shape
        assert_close(output.mean(axis), np.zeros(shape), 1e-12)
        again, _, _ = normalization.standardize(x, axis=axis, mean=mean, std=std)
        np.testing.assert_array_equal(again, output, strict=True)


# Against Keras -----------------------------------------------------------------------------------


@settings(max_examples=40)
@given(case=cases(), epsilon=epsilons, momentum=st.sampled_from([0.99, 0.9]))
def test_training_equals_keras(case, epsilon, momentum):
    shape, axis, seed = case
    x, gamma, beta = draw_batch(*case)
    moving_mean, moving_variance = np.full(shape[axis], 5.0), np.full(shape[axis], 2.0)
    weights = [gamma, beta, moving_mean, moving_variance]
    layer = keras_layer(
        keras.layers.BatchNormalization,
        shape,
        *weights,
        axis=axis,
        epsilon=epsilon,
        momentum=momentum,
    )
    output, mean, variance = normalization.batch_norm(x, gamma, beta, axis=axis, epsilon=epsilon)
    assert_close(output, call_keras(layer, x, training=True), 1e-9)
    moved = [
        normalization.update_moving(moving_mean, mean, momentum=momentum),
        normalization.update_moving(moving_variance, variance, momentum=momentum),
    ]
    for ours, theirs in zip(moved, layer.get_weights()[2:], strict=True):
        assert_close(ours, theirs, 1e-9)


@settings(max_examples=40)
@given(case=cases(), epsilon=epsilons)
def test_inference_equals_keras(case, epsilon):
    shape, axis, seed = case
    weights = [*draw_batch(*case)[1:], *np.random.default_rng(seed).uniform(0, 4, (2, shape[axis]))]
    layer = keras_layer(
        keras.layers.BatchNormalization, shape, *weights, axis=axis, epsilon=epsilon
    )
    x = draw_batch(*case)[0]
    ours = normalization.batch_norm_inference(x, *weights, axis=axis, epsilon=epsilon)
    assert_close(ours, call_keras(layer, x, training=False), 1e-9)


@settings(max_examples=40)
@given(shape=shapes, seed=seeds, epsilon=epsilons)
def test_layer_norm_equals_keras(shape, seed, epsilon):
    x, gamma, beta = draw_batch(shape, seed=seed)
    layer = keras_layer(keras.layers.LayerNormalization, shape, gamma, beta, epsilon=epsilon)
    ours = normalization.layer_norm(x, gamma, beta, epsilon=epsilon)
    assert_close(ours, call_keras(layer, x), 1e-9)


def test_the_defaults_are_those_of_keras():
    x, gamma, beta = draw_batch((5, 3))
    start = np.zeros(3), np.ones(3)
    layer = keras_layer(keras.layers.BatchNormalization, x.shape, gamma, beta, *start)
    assert_close(
        normalization.batch_norm_inference(x, gamma, beta, *start), call_keras(layer, x), 1e-12
    )
    output, mean, _ = normalization.batch_norm(x, gamma, beta)
    assert_close(output, call_keras(layer, x, training=True), 1e-12)
    moved = normalization.update_moving(start[0], mean)
    assert_close(moved, layer.get_weights()[2], 1e-12)
    layer = keras_layer(keras.layers.LayerNormalization, x.shape, gamma, beta)
    assert_close(normalization.layer_norm(x, gamma, beta), call_keras(layer, x), 1e-12)


@needs_tensorflow
@settings(max_examples=40)
@given(case=cases(), epsilon=epsilons)
def test_gradients_equal_keras(case, epsilon):
    import tensorflow as tf

    shape, axis, seed = case
    x, gamma, beta = draw_batch(*case)
    weights = [gamma, beta, np.zeros_like(gamma), np.ones_like(gamma)]
    layer = keras_layer(
        keras.layers.BatchNormalization, shape, *weights, axis=axis, epsilon=epsilon
    )
    grad_output = np.random.default_rng(seed + 100).normal(size=shape)
    with tf.GradientTape() as tape:
        variable = tf.Variable(x)
        output = layer(variable, training=True)
    sources = [variable, layer.gamma.value, layer.beta.value]
    theirs = tape.gradient(output, sources, output_gradients=tf.constant(grad_output))
    ours = normalization.batch_norm_gradients(x, gamma, grad_output, axis=axis, epsilon=epsilon)
    for gradient, expected in zip(ours, theirs, strict=True):
        assert_close(gradient, expected.numpy(), 1e-8)


@pytest.mark.parametrize(
    ("shape", "axis"),
    [((1, 2), 1), ((2, 3), 1), ((5, 2), -1), ((2, 3, 2, 2), 3), ((2, 2, 3, 1), 1)],
)
@pytest.mark.parametrize("epsilon", [1e-3, 0.3])
def test_gradients_equal_finite_differences(shape, axis, epsilon):
    x, gamma, beta = draw_batch(shape, axis, 1)
    grad_output = np.random.default_rng(2).normal(size=shape)

    def loss(x, gamma, beta):
        output, _, _ = normalization.batch_norm(x, gamma, beta, axis=axis, epsilon=epsilon)
        return np.sum(grad_output * output)

    ours = normalization.batch_norm_gradients(x, gamma, grad_output, axis=axis, epsilon=epsilon)
    measured = [
        numerical_gradient(lambda values: loss(values, gamma, beta), x),
        numerical_gradient(lambda values: loss(x, values, beta), gamma),
        numerical_gradient(lambda values: loss(x, gamma, values), beta),
    ]
    for gradient, expected in zip(ours, measured, strict=True):
        assert_close(gradient, expected)


# Properties --------------------------------------------------------------------------------------

several = st.tuples(st.integers(3, 8), st.integers(1, 4))


def plain(x, **options):
    """Batch normalisation with γ = 1 and β = 0."""
    ones = np.ones(np.shape(x)[-1])
    return normalization.batch_norm(x, ones, 0 * ones, **options)[0]


@given(shape=several | map_shapes.filter(lambda shape: np.prod(shape[:3]) > 2), seed=seeds)
def test_the_output_has_mean_beta_and_deviation_gamma(shape, seed):
    x, gamma, beta = draw_batch(shape, seed=seed)
    output, _, _ = normalization.batch_norm(x, gamma, beta, epsilon=1e-12)
    examples = tuple(range(x.ndim - 1))
    assert_close(output.mean(examples), beta, 1e-9)
    assert_close(output.std(examples), np.abs(gamma), 1e-6)


@given(shape=several, seed=seeds, scale=st.floats(0.01, 100), shift=st.floats(-100, 100))
def test_scale_and_shift_of_the_input_do_not_matter(shape, seed, scale, shift):
    x, _, _ = draw_batch(shape, seed=seed)
    assert_close(plain(scale * x + shift, epsilon=1e-15), plain(x, epsilon=1e-15))
    assert_close(plain(-scale * x, epsilon=1e-15), -plain(x, epsilon=1e-15))


@given(case=cases(), epsilon=epsilons)
def test_gamma_and_beta_can_undo_it(case, epsilon):
    _, axis, _ = case
    x, *ones = draw_batch(*case)
    _, mean, variance = normalization.batch_norm(x, *ones, axis=axis)
    gamma = np.sqrt(variance + epsilon)
    output, _, _ = normalization.batch_norm(x, gamma, mean, axis=axis, epsilon=epsilon)
    assert_close(output, x, 1e-9)


@given(case=cases(), epsilon=epsilons)
def test_inference_with_the_statistics_of_the_batch_is_training(case, epsilon):
    options = {"axis": case[1], "epsilon": epsilon}
    x, gamma, beta = draw_batch(*case)
    output, *statistics = normalization.batch_norm(x, gamma, beta, **options)
    again = normalization.batch_norm_inference(x, gamma, beta, *statistics, **options)
    assert_close(again, output, 1e-12)


@given(shape=shapes, seed=seeds)
def test_at_inference_an_example_does_not_depend_on_the_others(shape, seed):
    x, gamma, beta = draw_batch(shape, seed=seed)
    weights = gamma, beta, beta, np.abs(gamma)
    whole = normalization.batch_norm_inference(x, *weights)
    alone = normalization.batch_norm_inference(x[:1], *weights)
    np.testing.assert_array_equal(alone, whole[:1], strict=True)


@given(shape=several | map_shapes, seed=seeds)
def test_the_gradient_with_respect_to_x_neither_shifts_nor_scales(shape, seed):
    x, gamma, _ = draw_batch(shape, seed=seed)
    grad_output = np.random.default_rng(seed + 100).normal(size=shape)
    grad_x, _, _ = normalization.batch_norm_gradients(x, gamma, grad_output, epsilon=1e-12)
    examples = tuple(range(x.ndim - 1))
    largest = np.abs(grad_x).max() + 1
    assert_close(grad_x.sum(examples) / largest, np.zeros(shape[-1]), 1e-8)
    if np.prod(shape[:-1]) > 2:
        assert_close((grad_x * x).sum(examples) / largest, np.zeros(shape[-1]), 1e-6)


@given(shape=shapes, seed=seeds)
def test_layer_norm_is_batch_norm_of_the_transposed(shape, seed):
    rows = draw_batch(shape, seed=seed)[0].reshape(-1, shape[-1])
    gamma = np.ones(shape[-1])
    ours = normalization.layer_norm(rows.reshape(shape), gamma, 0 * gamma)
    assert_close(ours, plain(rows.T).T.reshape(shape), 1e-12)


@given(shape=shapes, seed=seeds, low=st.floats(-9, 9), width=st.floats(0.1, 9))
def test_rescale_fills_the_range_and_keeps_the_order(shape, seed, low, width):
    x = draw_batch(shape, seed=seed)[0]
    out = normalization.rescale(x, low=low, high=low + width)
    assert out.min() == low
    assert out.max() == (low + width if x.size > 1 else low)
    assert np.all(np.diff(out.ravel()[np.argsort(x.ravel())]) >= 0)
    assert_close(normalization.rescale(5 * x - 3, low=low, high=low + width), out, 1e-9)


@given(shape=several, seed=seeds)
def test_standardized_data_has_mean_0_and_deviation_1(shape, seed):
    x = draw_batch(shape, seed=seed)[0]
    output, mean, std = normalization.standardize(x)
    assert_close(output.mean(axis=0), np.zeros(shape[1]), 1e-12)
    assert_close(output.std(axis=0), np.ones(shape[1]), 1e-12)
    assert_close(output * std + mean, x, 1e-12)


# Stability and types -----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1e30, 1e-30])
def test_huge_and_tiny_numbers_stay_finite(scale, dtype):
    x = (scale * np.array([[1, 2], [3, 2], [5, 8]])).astype(dtype)
    ones, zeros = np.ones(2), np.zeros(2)
    inside = plain(x), normalization.layer_norm(x, ones, zeros), normalization.rescale(x)
    for result in (*inside, *normalization.batch_norm_gradients(x, ones, x / x.max())):
        assert np.isfinite(result).all()
    output, _, std = normalization.standardize(x)
    assert_close(output, normalization.standardize([[1, 2], [3, 2], [5, 8]])[0], 1e-5)
    assert_close(std / scale, np.sqrt([8 / 3, 8]), 1e-5)
    largest = np.abs(plain(x)).max()
    assert largest == pytest.approx(np.sqrt(2)) if scale > 1 else 0 < largest < 1e-25


def test_a_tiny_deviation_is_still_divided_by():
    output, _, std = normalization.standardize([[1.0], [1.0 + 2**-50]])
    assert 0 < std.item() < 1e-15
    assert output.tolist() == [[-1], [1]]


def test_a_variance_of_0_is_one():
    output = normalization.batch_norm_inference([[3.0]], [1], [0], [1], [0], epsilon=0.25)
    assert output.tolist() == [[4]]  # (3 - 1) / √(0 + 1/4)


@pytest.mark.parametrize("value", [0.0, 0.1, -7.3, 1e30])
@pytest.mark.parametrize("n", [1, 3, 1000])
def test_a_constant_feature_has_nothing_to_normalise(value, n):
    x = np.full((n, 1), value)
    output, mean, std = normalization.standardize(x)
    assert output.tolist() == [[0]] * n
    assert (mean.item(), std.item()) == (value, 0)
    assert normalization.rescale(x, low=-2).tolist() == [[-2]] * n
    gradients = normalization.batch_norm_gradients(x, [2.0], x)
    for result in (plain(x), *gradients, normalization.layer_norm(x, [1], [0])):
        assert np.isfinite(result).all()
    if abs(value) < 1e30:  # there, the last digit of the mean is larger than ε
        assert_close(plain(x), np.zeros((n, 1)), 1e-9)


def test_a_batch_of_one_says_nothing_but_beta():
    x, gamma, beta = draw_batch((1, 3))
    output, mean, variance = normalization.batch_norm(x, gamma, beta)
    assert_close(output[0], beta, 1e-12)
    assert_close(mean, x[0], 1e-12)
    assert variance.tolist() == [0, 0, 0]
    grad_x, grad_gamma, grad_beta = normalization.batch_norm_gradients(x, gamma, x)
    assert_close(grad_x, np.zeros((1, 3)), 1e-12)
    assert grad_gamma.tolist() == [0, 0, 0]
    assert_close(grad_beta, x[0], 1e-12)


def every_result(x):
    """What each function gives that has the shape of `x`, of two features."""
    ones, zeros = np.ones(2), np.zeros(2)
    return [
        normalization.rescale(x),
        normalization.standardize(x)[0],
        normalization.batch_norm(x, ones, zeros)[0],
        normalization.batch_norm_inference(x, ones, zeros, zeros, ones),
        normalization.batch_norm_gradients(x, ones, x)[0],
        normalization.layer_norm(x, ones, zeros),
    ]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_keep_their_type(dtype):
    x = np.arange(8).reshape(4, 2).astype(dtype)
    exact = every_result(x.astype(float))
    for result, expected in zip(every_result(x), exact, strict=True):
        assert result.dtype == dtype
        np.testing.assert_array_equal(result, expected.astype(dtype))
    _, mean, variance = normalization.batch_norm(x, np.ones(2), np.zeros(2))
    assert mean.dtype == variance.dtype == np.float64
    output, *used = normalization.standardize(x, mean=x[0], std=x[1])
    assert output.dtype == dtype
    assert [numbers.dtype for numbers in used] == [np.float64, np.float64]
    whole_input = normalization.batch_norm_gradients(x.astype(int), np.ones(2), x)[0]
    assert whole_input.dtype == np.float64  # its type is that of `x`, not of `grad_output`


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int64])
def test_whole_numbers_are_computed_as_floats(dtype):
    x = np.array([[100, 3], [120, 1], [7, 2]], dtype)
    exact = every_result(x.astype(float))
    for result, expected in zip(every_result(x), exact, strict=True):
        np.testing.assert_array_equal(result, expected, strict=True)
    truths = normalization.standardize(np.array([True, False]))[0]
    assert truths.tolist() == [1, -1]


def test_arguments_stay_as_they_are():
    x = np.arange(6.0).reshape(3, 2)
    for result in every_result(x):
        result[...] = -1
    moving = np.zeros(2)
    normalization.update_moving(moving, np.ones(2), momentum=1)[...] = -1
    assert x.tolist() == [[0, 1], [2, 3], [4, 5]]
    assert moving.tolist() == [0, 0]


# Bad input ---------------------------------------------------------------------------------------

ONES, ZEROS = np.ones(2), np.zeros(2)
GOOD = {"x": np.ones((3, 2)), "gamma": ONES, "beta": ZEROS}
ARGUMENTS = {
    "batch_norm": GOOD,
    "batch_norm_inference": {**GOOD, "moving_mean": ZEROS, "moving_variance": ONES},
    "batch_norm_gradients": {"x": np.ones((3, 2)), "gamma": ONES, "grad_output": np.ones((3, 2))},
    "layer_norm": GOOD,
}


@pytest.mark.parametrize("name", ARGUMENTS)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": np.ones(3)}, r"`x` must have shape \(n, d\) or \(n, h, w, c\).*Received: \(3,\)$"),
        ({"x": np.ones((0, 2))}, r"`x` must have shape .*Received: \(0, 2\)$"),
        ({"x": [[1, np.nan]]}, r"`x` must be finite. Received: nan at \(0, 1\)$"),
        ({"gamma": 1.0}, r"`gamma` must have shape \(2,\), one number .*Received: \(\)$"),
        ({"gamma": [[1, 1]]}, r"`gamma` must have shape \(2,\), .*Received: \(1, 2\)$"),
        ({"gamma": [1.0]}, r"`gamma` must have shape \(2,\), .*Received: \(1,\)$"),
        ({"gamma": np.ones(3)}, r"`gamma` must have shape \(2,\), .*Received: \(3,\)$"),
        ({"gamma": [1, np.inf]}, r"`gamma` must be finite. Received: inf at \(1,\)$"),
        ({"epsilon": 0}, "`epsilon` must be above 0. Received: 0$"),
        ({"epsilon": -1e-3}, "`epsilon` must be above 0. Received: -0.001$"),
        ({"epsilon": np.nan}, "`epsilon` must be above 0. Received: nan$"),
        ({"epsilon": np.inf}, "`epsilon` must be above 0. Received: inf$"),
    ],
)
def test_normalisation_refuses(name, change, message):
    arguments = {**ARGUMENTS[name], **change}
    with pytest.raises(ValueError, match=message):
        getattr(normalization, name)(**arguments)


@pytest.mark.parametrize("name", ["batch_norm", "batch_norm_inference", "layer_norm"])
def test_beta_is_looked_at_too(name):
    with pytest.raises(ValueError, match=r"`beta` must have shape \(2,\).*Received: \(3,\)$"):
        getattr(normalization, name)(**{**ARGUMENTS[name], "beta": np.zeros(3)})


@pytest.mark.parametrize("name", ["batch_norm", "batch_norm_inference", "batch_norm_gradients"])
@pytest.mark.parametrize(
    ("axis", "error", "message"),
    [
        (0, ValueError, "that of the features; 0 counts the examples. Received: 0$"),
        (-2, ValueError, "from -1 to 1. Received: -2$"),  # this is 0, counted from the end
        (2, ValueError, "from -1 to 1. Received: 2$"),
        (None, TypeError, "a whole number. Received: None$"),
        (1.0, TypeError, "a whole number. Received: 1.0$"),
        ((1,), TypeError, r"a whole number. Received: \(1,\)$"),
    ],
)
def test_an_axis_that_holds_no_features(name, axis, error, message):
    with pytest.raises(error, match=f"`axis` must be {message}"):
        getattr(normalization, name)(**ARGUMENTS[name], axis=axis)


@pytest.mark.parametrize("name", ARGUMENTS)
def test_words_are_no_numbers(name):
    with pytest.raises(TypeError, match="`x` must hold real numbers. Received: <U1$"):
        getattr(normalization, name)(**{**ARGUMENTS[name], "x": [["a"]]})


def test_inference_refuses_moving_statistics_that_are_none():
    arguments = ARGUMENTS["batch_norm_inference"]
    for change, message in [
        ({"moving_mean": [0]}, r"`moving_mean` must have shape \(2,\).*Received: \(1,\)$"),
        ({"moving_variance": [1]}, r"`moving_variance` must have shape \(2,\).*Received: \(1,\)$"),
        ({"moving_variance": [1, -2]}, "`moving_variance` must be at least 0. Received: -2.0$"),
    ]:
        with pytest.raises(ValueError, match=message):
            normalization.batch_norm_inference(**{**arguments, **change})


@pytest.mark.parametrize("shape", [(2, 3), (1, 2), (3, 1, 1, 2)])
def test_gradients_refuse_a_gradient_of_another_shape(shape):
    message = r"`grad_output` must have shape \(3, 2\), that of the output. Received: "
    with pytest.raises(ValueError, match=message):
        normalization.batch_norm_gradients(np.ones((3, 2)), ONES, np.ones(shape))


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([0, 0], [1]), {}, r"`batch` must have shape \(2,\), that of `mo.* Received: \(1,\)$"),
        ((0, [1]), {}, r"`batch` must have shape \(\), .*Received: \(1,\)$"),
        (([0], 1), {}, r"`batch` must have shape \(1,\), .*Received: \(\)$"),
        ((0, 1), {"momentum": 1.01}, "`momentum` must be from 0 to 1. Received: 1.01$"),
        ((0, 1), {"momentum": -0.1}, "`momentum` must be from 0 to 1. Received: -0.1$"),
        ((0, 1), {"momentum": np.nan}, "`momentum` must be from 0 to 1. Received: nan$"),
    ],
)
def test_update_moving_refuses(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        normalization.update_moving(*arguments, **options)


@pytest.mark.parametrize("name", ["rescale", "standardize"])
@pytest.mark.parametrize(
    ("x", "options", "message"),
    [
        ([], {}, r"`x` must have shape .*Received: \(0,\)$"),
        ([1, np.inf], {}, r"`x` must be finite. Received: inf at \(1,\)$"),
        ([[1, 2]], {"axis": 2}, "axis 2 is out of bounds"),  # NumPy's own words
        ([[1, 2]], {"axis": (0, -2)}, "duplicate value in 'axis'"),
    ],
)
def test_inputs_are_refused(name, x, options, message):
    with pytest.raises(ValueError, match=message):
        getattr(normalization, name)(x, **options)


@pytest.mark.parametrize(
    ("low", "high", "message"),
    [
        (1, 1, "`high` must be above 1.0. Received: 1$"),
        (1, 0, "`high` must be above 1.0. Received: 0$"),
        (0, np.nan, "`high` must be above 0.0. Received: nan$"),
        (0, np.inf, "`high` must be above 0.0. Received: inf$"),
        (np.nan, 1, "`low` must be finite. Received: nan$"),
        (-np.inf, 0, "`low` must be finite. Received: -inf$"),
    ],
)
def test_rescale_refuses_a_range_that_is_none(low, high, message):
    with pytest.raises(ValueError, match=message):
        normalization.rescale([1, 2], low=low, high=high)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mean": ZEROS}, "`mean` and `std` must be given together. Received: no `std`$"),
        ({"std": ONES}, "`mean` and `std` must be given together. Received: no `mean`$"),
        ({"mean": [0], "std": [1]}, r"`mean` must have shape \(2,\), .*Received: \(1,\)$"),
        ({"mean": ZEROS, "std": 1}, r"`std` must have shape \(2,\), .*Received: \(\)$"),
    ],
)
def test_standardize_refuses_statistics_that_do_not_fit(options, message):
    with pytest.raises(ValueError, match=message):
        normalization.standardize(np.ones((3, 2)), **options)


def test_one_constant_column_among_others_is_left_at_its_distance_from_the_mean():
    x = np.array([[0.1, 1.0], [0.1, 2.0], [0.1, 6.0]])
    out, mean, std = normalization.standardize(x)
    assert mean.tolist() == [0.1, 3.0]
    assert std[0] == 0
    assert out[:, 0].tolist() == [0, 0, 0]
    assert std[1] == pytest.approx(np.sqrt(14 / 3))


def test_float16_is_computed_in_double_precision():
    """300² is too large for a half: the deviation would be infinite."""
    x = np.array([[300.0], [-300.0]], np.float16)
    out, mean, std = normalization.standardize(x)
    assert (mean.tolist(), std.tolist()) == ([0], [300])
    assert out.dtype == np.float16
    assert out.tolist() == [[1], [-1]]
    assert normalization.rescale(np.array([-60_000, 60_000], np.float16)).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("mean", "std", "message"),
    [
        ([np.nan, 0], [1, 1], "^`mean` must be finite. Received: nan"),
        ([0, 0], [1, np.inf], "^`std` must be finite. Received: inf"),
        ([0, 0], [-1, 1], "^`std` must not be negative. Received: -1.0$"),
    ],
)
def test_standardize_refuses_statistics_that_are_none(mean, std, message):
    with pytest.raises(ValueError, match=message):
        normalization.standardize([[1, 2], [3, 4]], mean=mean, std=std)


def test_one_mean_for_all_numbers_can_be_handed_over():
    x = np.array([[1.0, 3.0], [5.0, 7.0]])
    out, mean, std = normalization.standardize(x, axis=None)
    again, *_ = normalization.standardize(x, axis=None, mean=mean, std=std)
    np.testing.assert_array_equal(again, out)


@pytest.mark.parametrize("bad", ["a", True, None])
def test_update_moving_refuses_what_is_no_number(bad):
    with pytest.raises(TypeError, match="^`moving` must be a number. Received: "):
        normalization.update_moving(bad, 1.0)
    with pytest.raises(ValueError, match="^`batch` must be finite. Received: nan"):
        normalization.update_moving([0.0], [np.nan])


def test_the_backward_pass_has_the_epsilon_of_keras_by_default():
    x, grad = np.array([[0.1], [0.2], [0.4]]), np.array([[1.0], [0.0], [0.0]])
    by_default = normalization.batch_norm_gradients(x, [1.0], grad)
    for found, expected in zip(
        by_default, normalization.batch_norm_gradients(x, [1.0], grad, epsilon=1e-3), strict=True
    ):
        np.testing.assert_array_equal(found, expected)
    with pytest.raises(ValueError, match="^`grad_output` must be finite. Received: nan"):
        normalization.batch_norm_gradients(x, [1.0], np.full((3, 1), np.nan))
