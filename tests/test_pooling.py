"""`dl_course.pooling` against hand-worked examples, Keras and finite differences."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dl_course import pooling
from dl_course.neurons import numerical_gradient

# The worked examples of the lecture and of the slides.
INPUT_4 = [[1, 2, 3, 4], [5, 6, 7, 8], [0, 9, 1, 2], [3, 4, 5, 6]]
INPUT_5 = [[0, 1, 0, 0, 0], [0, 1, 1, 1, 0], [1, 0, 1, 2, 1], [1, 4, 2, 1, 0], [0, 0, 1, 2, 1]]

pools = pytest.mark.parametrize("name", ["max_pool", "average_pool"])
needs_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="differentiates with TensorFlow's tape"
)
pairs = st.tuples(st.integers(1, 4), st.integers(1, 4))


@st.composite
def cases(draw, largest=9):
    """A shape `(n, h, w, c)` and options: overlaps, gaps and sizes that don't divide included."""
    shape = draw(st.tuples(*(st.integers(1, most) for most in (2, largest, largest, 3))))
    padding = draw(st.sampled_from(["valid", "same"]))
    most = (4, 4) if padding == "same" else np.minimum(shape[1:3], 4)
    size = tuple(draw(st.integers(1, int(limit))) for limit in most)
    stride = draw(st.none() | st.integers(1, 4) | pairs)
    return shape, {"size": size, "stride": stride, "padding": padding}


def assert_close(ours, theirs, tolerance):
    """Equal to a tolerance, and of the same shape: nothing is broadcast."""
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance)


def by_keras(name, x, size, stride, padding):
    x = keras.ops.convert_to_tensor(x, dtype="float64")
    return getattr(keras.ops, name)(x, size, strides=stride or size, padding=padding)


# Worked by hand ----------------------------------------------------------------------------------


def test_the_example_of_the_lecture():
    out = pooling.max_pool(INPUT_4)
    assert out.tolist() == [[6, 8], [9, 6]]
    assert out.dtype == np.int64
    assert pooling.average_pool(INPUT_4).tolist() == [[3.5, 5.5], [4, 3.5]]


def test_the_padded_example_of_the_slides():
    out = pooling.max_pool(INPUT_5, padding="same")
    assert out.tolist() == [[1, 1, 0], [4, 2, 1], [0, 2, 1]]
    assert out.ravel().tolist() == [1, 1, 0, 4, 2, 1, 0, 2, 1]
    assert pooling.max_pool(INPUT_5).tolist() == [[1, 1], [4, 2]]


def test_padding_does_not_count():
    assert pooling.max_pool([[-3, -2, -1]], (1, 2), padding="same").tolist() == [[-2, -1]]
    assert pooling.max_pool([[-3.0]], 3, padding="same").tolist() == [[-3]]
    assert pooling.average_pool([[2.0, 4.0, 6.0]], (1, 2), padding="same").tolist() == [[3, 6]]


def test_global_average_pool_by_hand():
    assert pooling.global_average_pool(INPUT_4) == np.mean(INPUT_4)
    x = np.arange(24, dtype=np.float32).reshape(2, 2, 2, 3)
    out = pooling.global_average_pool(x)
    assert out.tolist() == [[4.5, 5.5, 6.5], [16.5, 17.5, 18.5]]
    assert out.dtype == np.float32


def test_the_gradient_goes_to_the_largest():
    grad = pooling.max_pool_gradient(INPUT_4, [[10, 20], [30, 40]])
    assert grad.tolist() == [[0, 0, 0, 0], [0, 10, 0, 20], [0, 30, 0, 0], [0, 0, 0, 40]]


def test_of_equal_largest_the_first_takes_it_all():
    assert pooling.max_pool_gradient(np.zeros((2, 2)), [[1.0]]).tolist() == [[1, 0], [0, 0]]
    assert pooling.max_pool_gradient([[0, 1], [1, 1]], [[1.0]]).tolist() == [[0, 1], [0, 0]]


def test_overlapping_windows_add_up():
    grad = pooling.max_pool_gradient([[1, 5, 2]], [[1.0, 2.0]], (1, 2), stride=1)
    assert grad.tolist() == [[0, 3, 0]]
    grad = pooling.max_pool_gradient([[1], [5], [2]], [[1.0], [2.0]], (2, 1), stride=(1, 9))
    assert grad.tolist() == [[0], [3], [0]]


def test_a_window_on_a_rectangle_may_be_a_rectangle():
    x = np.arange(12).reshape(2, 6)
    assert pooling.max_pool(x, (2, 3)).tolist() == [[8, 11]]
    assert pooling.max_pool(x, (1, 6)).tolist() == [[5], [11]]
    assert pooling.average_pool(x, (2, 3)).tolist() == [[4, 7]]
    assert pooling.max_pool(x, 2, stride=(9, 3)).tolist() == [[7, 10]]
    grad = pooling.max_pool_gradient(x, [[7, 8]], (2, 3))
    assert grad.tolist() == [[0] * 6, [0, 0, 7, 0, 0, 8]]


def test_an_odd_padding_goes_to_the_end():
    x = [[1, 2, 3, 4, 5]]
    assert pooling.average_pool(x, (1, 4), stride=2, padding="same").tolist() == [[2, 3.5, 4.5]]
    assert pooling.max_pool(x, (1, 2), stride=1, padding="same").tolist() == [[2, 3, 4, 5, 5]]
    grad = pooling.max_pool_gradient(x, [[1, 2, 4, 8, 16]], (1, 2), stride=1, padding="same")
    assert grad.tolist() == [[0, 1, 2, 4, 24]]


def test_a_stride_larger_than_the_window_leaves_pixels_out():
    x = [[9, 1, 8, 2, 7]]
    assert pooling.max_pool(x, 1, stride=2).tolist() == [[9, 8, 7]]
    assert pooling.max_pool_gradient(x, [[1, 2, 3]], 1, stride=2).tolist() == [[1, 0, 2, 0, 3]]
    assert pooling.average_pool(x, 1, stride=3, padding="same").tolist() == [[9, 2]]


# Against Keras -----------------------------------------------------------------------------------


@pools
@given(case=cases(), seed=st.integers(0, 9))
def test_pools_equal_keras(name, case, seed):
    shape, options = case
    x = np.random.default_rng(seed).normal(size=shape)
    theirs = keras.ops.convert_to_numpy(by_keras(name, x, **options))
    ours = getattr(pooling, name)(x, **options)
    assert_close(ours, theirs, 1e-12)


@pools
@given(case=cases(), seed=st.integers(0, 9))
def test_an_image_is_a_batch_of_one(name, case, seed):
    shape, options = case
    x = np.random.default_rng(seed).integers(-9, 9, shape)
    pool = getattr(pooling, name)
    one = pool(x[0, :, :, 0].tolist(), **options)
    np.testing.assert_array_equal(one, pool(x, **options)[0, :, :, 0], strict=True)


@given(shape=st.tuples(*[st.integers(1, 5)] * 4))
def test_global_average_pool_equals_keras(shape):
    x = np.random.default_rng(0).normal(size=shape)
    layer = keras.layers.GlobalAveragePooling2D(dtype="float64")
    theirs = keras.ops.convert_to_numpy(layer(x))
    np.testing.assert_allclose(pooling.global_average_pool(x), theirs, atol=1e-12)


@needs_tensorflow
@given(case=cases(), seed=st.integers(0, 9), levels=st.sampled_from([2, 5, 1000]))
def test_the_gradient_equals_keras_ties_included(case, seed, levels):
    import tensorflow as tf

    shape, options = case
    rng = np.random.default_rng(seed)
    x = rng.integers(0, levels, shape).astype(float)
    with tf.GradientTape() as tape:
        variable = tf.Variable(x)
        out = by_keras("max_pool", variable, **options)
    grad_output = rng.normal(size=out.shape)
    theirs = tape.gradient(out, variable, output_gradients=tf.constant(grad_output)).numpy()
    ours = pooling.max_pool_gradient(x, grad_output, **options)
    assert_close(ours, theirs, 1e-12)


@settings(max_examples=25)
@given(case=cases(largest=5), seed=st.integers(0, 9))
def test_the_gradient_equals_finite_differences(case, seed):
    shape, options = case
    rng = np.random.default_rng(seed)
    x = rng.permutation(np.arange(np.prod(shape), dtype=float)).reshape(shape)  # no ties
    grad_output = rng.normal(size=pooling.max_pool(x, **options).shape)
    measured = numerical_gradient(
        lambda values: np.sum(grad_output * pooling.max_pool(values, **options)), x
    )
    ours = pooling.max_pool_gradient(x, grad_output, **options)
    assert_close(ours, measured, 1e-6)


# Properties --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_keep_their_type(dtype):
    x = np.ones((1, 3, 3, 2), dtype)
    for pool in (pooling.max_pool, pooling.average_pool):
        assert pool(x, padding="same").dtype == dtype
    grad = pooling.max_pool_gradient(x, np.ones((1, 1, 1, 2), dtype))
    assert grad.dtype == dtype
    assert grad.shape == x.shape


def test_whole_numbers_and_truths():
    image = np.array([[200, 250], [255, 251]], np.uint8)
    assert pooling.max_pool(image).item() == 255
    assert pooling.average_pool(image).item() == 239
    assert pooling.max_pool(image < 225).tolist() == [[1]]


def test_arguments_stay_as_they_are():
    x = np.arange(4.0).reshape(2, 2)
    for pool in (pooling.max_pool, pooling.average_pool):
        pool(x, 1)[...] = -1
    pooling.max_pool_gradient(x, x, 1)[...] = -1
    assert x.tolist() == [[0, 1], [2, 3]]


@given(case=cases(), seed=st.integers(0, 9))
def test_the_gradient_loses_nothing_and_adds_nothing(case, seed):
    shape, options = case
    x = np.random.default_rng(seed).integers(0, 3, shape)
    grad_output = np.ones(pooling.max_pool(x, **options).shape)
    assert pooling.max_pool_gradient(x, grad_output, **options).sum() == grad_output.sum()


# Bad input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["max_pool", "average_pool", "max_pool_gradient"])
@pytest.mark.parametrize(
    ("x", "options", "message"),
    [
        ([], {}, r"`x` must have shape \(h, w\) or \(n, h, w, c\).*Received: \(0,\)"),
        (np.ones((4, 4, 1)), {}, r"`x` must have shape .*Received: \(4, 4, 1\)"),
        (np.ones((0, 4, 4, 1)), {}, r"`x` must have shape .*Received: \(0, 4, 4, 1\)"),
        ([[1, np.nan]], {}, r"`x` must be finite. Received: nan at \(0, 1\)"),
        (INPUT_4, {"size": 0}, "`size` must be at least 1. Received: 0"),
        (INPUT_4, {"size": (2, 5)}, r"`size` must not be larger .*Received: \(2, 5\) on \(4, 4\)"),
        (INPUT_4, {"size": (5, 2)}, r"`size` must not be larger .*Received: \(5, 2\) on \(4, 4\)"),
        (INPUT_4, {"stride": 0}, "`stride` must be at least 1. Received: 0"),
        (INPUT_4, {"stride": (1, -2)}, r"`stride` must be at least 1. Received: \(1, -2\)"),
        (
            INPUT_4,
            {"padding": "full"},
            "`padding` must be one of 'valid', 'same'. Received: 'full'",
        ),
    ],
)
def test_pools_refuse(name, x, options, message):
    grads = [np.ones((2, 2))] if name == "max_pool_gradient" else []
    with pytest.raises(ValueError, match=message):
        getattr(pooling, name)(x, *grads, **options)


@pytest.mark.parametrize("name", ["max_pool", "average_pool", "max_pool_gradient"])
def test_pools_refuse_padding_of_another_kind(name):
    grads = [np.ones((2, 2))] if name == "max_pool_gradient" else []
    with pytest.raises(TypeError, match="`padding` must be one of 'valid', 'same'. Received: 1"):
        getattr(pooling, name)(INPUT_4, *grads, padding=1)


@pytest.mark.parametrize("name", ["max_pool", "average_pool", "max_pool_gradient"])
@pytest.mark.parametrize("argument", ["size", "stride"])
def test_pools_refuse_what_is_not_whole(name, argument):
    grads = [np.ones((2, 2))] if name == "max_pool_gradient" else []
    for bad in (2.0, (2, 1.5), (1, 1, 1), "2"):
        with pytest.raises(TypeError, match=f"`{argument}` must .*whole number.*Received: "):
            getattr(pooling, name)(INPUT_4, *grads, **{argument: bad})


def test_pools_refuse_words():
    for pool in (pooling.max_pool, pooling.average_pool, pooling.global_average_pool):
        with pytest.raises(TypeError, match="`x` must hold real numbers. Received: <U1"):
            pool([["a"]])


def test_global_average_pool_refuses_a_vector_and_nan():
    with pytest.raises(ValueError, match=r"`x` must have shape .*Received: \(3,\)"):
        pooling.global_average_pool(np.ones(3))
    with pytest.raises(ValueError, match="`x` must be finite. Received: nan"):
        pooling.global_average_pool([[np.nan]])


@pytest.mark.parametrize("shape", [(2, 1), (1, 2), (1, 2, 2, 1), (4, 4)])
def test_max_pool_gradient_refuses_a_gradient_of_another_shape(shape):
    message = r"`grad_output` must have shape \(2, 2\), as the output. Received: "
    with pytest.raises(ValueError, match=message):
        pooling.max_pool_gradient(INPUT_4, np.ones(shape))
    message = r"`grad_output` must have shape \(3, 2, 2, 1\), as the output. Received: "
    with pytest.raises(ValueError, match=message):
        pooling.max_pool_gradient(np.ones((3, 4, 4, 1)), np.ones(shape))


def test_max_pool_gradient_refuses_a_gradient_that_is_not_finite():
    with pytest.raises(
        ValueError, match=r"`grad_output` must be finite. Received: nan at \(0, 1\)"
    ):
        pooling.max_pool_gradient(INPUT_4, [[0, np.nan], [0, 0]])
    with pytest.raises(ValueError, match="`grad_output` must have shape .*Received: "):
        pooling.max_pool_gradient(INPUT_4, 1.0)
