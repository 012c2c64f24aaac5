"""`dl_course.convolution` against hand-worked examples, SciPy, Keras and finite differences."""

import keras
import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from dl_course import convolution
from dl_course._windows import fit_window
from dl_course.neurons import numerical_gradient

# The worked examples of the lecture.
INPUT = [[0, 1, 0, 1, 1], [1, 1, 0, 1, 0], [1, 0, 1, 0, 1], [1, 1, 0, 1, 0], [0, 0, 1, 1, 0]]
CROSS = [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
INPUT_9 = [
    [0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0, 1, 1, 1, 0, 0, 1, 1, 0],
    [0, 1, 1, 0, 1, 0, 1, 1, 0],
    [0, 1, 0, 0, 1, 1, 1, 0, 0],
    [0, 0, 0, 0, 0, 0, 1, 1, 0],
    [0, 1, 1, 0, 0, 0, 0, 1, 0],
    [0, 1, 0, 0, 1, 1, 1, 0, 0],
    [0, 1, 1, 1, 0, 0, 1, 1, 0],
    [0, 0, 0, 0, 0, 0, 0, 0, 0],
]
OUTPUT_9 = [
    [4, 5, 4, 2, 3, 4, 4],
    [5, 6, 5, 4, 6, 6, 5],
    [3, 3, 3, 3, 6, 6, 5],
    [3, 3, 2, 2, 4, 5, 4],
    [3, 3, 2, 2, 4, 5, 4],
    [5, 6, 4, 3, 4, 5, 4],
    [3, 4, 3, 3, 4, 4, 3],
]
OUTPUT_9_RING = [
    [3, 4, 3, 2, 3, 3, 3],
    [4, 5, 5, 3, 6, 5, 4],
    [2, 3, 3, 2, 5, 5, 5],
    [3, 3, 2, 2, 4, 4, 3],
    [2, 2, 2, 2, 4, 5, 3],
    [4, 6, 4, 2, 3, 4, 4],
    [2, 3, 2, 3, 4, 3, 2],
]

both = pytest.mark.parametrize(
    "correlate", [convolution.corr2d, convolution.correlate], ids=["loops", "fast"]
)
needs_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="differentiates with TensorFlow's tape"
)
pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))
side = st.tuples(st.integers(0, 2), st.integers(0, 2))
paddings = st.sampled_from(["valid", "same"]) | st.integers(0, 2) | st.tuples(side, side)


@st.composite
def cases(draw, largest=9):
    """Image size, kernel size, options: even kernels and sizes that don't divide included."""
    shape = draw(st.tuples(st.integers(1, largest), st.integers(1, largest)))
    padding = draw(paddings)
    room = shape
    if not isinstance(padding, str):
        sides = ((padding,) * 2,) * 2 if isinstance(padding, int) else padding
        room = tuple(size + sum(amounts) for size, amounts in zip(shape, sides, strict=True))
    kernel = tuple(draw(st.integers(1, min(size, 5))) for size in room)
    return shape, kernel, {"stride": draw(st.integers(1, 3) | pairs), "padding": padding}


def assert_close(ours, theirs, tolerance):
    """Equal to a tolerance, and of the same shape: nothing is broadcast."""
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance)


def by_loops(image, kernel, *, stride, padding):
    """Pad, look at every position by loops, and keep those that the stride keeps."""
    (dy, dx), sides = fit_window(image.shape, kernel.shape, stride, padding)
    return convolution.corr2d(np.pad(image, sides), kernel)[::dy, ::dx]


def by_keras(x, kernel, *, stride, padding):
    """Keras knows "valid" and "same"; any other padding is put around before."""
    if not isinstance(padding, str):
        sides = ((padding,) * 2,) * 2 if isinstance(padding, int) else padding
        x, padding = keras.ops.pad(x, ((0, 0), *sides, (0, 0))), "valid"
    return keras.ops.conv(x, kernel, strides=stride, padding=padding)


def draw_batch(shape, kernel, seed, n=2, cin=2, cout=3):
    rng = np.random.default_rng(seed)
    return (
        rng.normal(size=(n, *shape, cin)),
        rng.normal(size=(*kernel, cin, cout)),
        rng.normal(size=cout),
    )


# Worked by hand ----------------------------------------------------------------------------------


@both
def test_the_diagonal_cross_of_the_lecture(correlate):
    out = correlate(INPUT, CROSS)
    assert out.tolist() == [[3, 2, 4], [2, 5, 0], [4, 1, 4]]
    assert out.dtype == np.int64


@both
def test_two_filters_of_the_slides(correlate):
    assert correlate(INPUT_9, np.ones((3, 3), int)).tolist() == OUTPUT_9
    ring = [[1, 1, 1], [1, 0, 1], [1, 1, 1]]  # the slides show its result, not the kernel
    assert correlate(INPUT_9, ring).tolist() == OUTPUT_9_RING


@both
def test_a_rectangle_on_a_rectangle(correlate):
    image = [[1, 2, 3, 4], [5, 6, 7, 8], [0, 1, 0, 1]]
    assert correlate(image, [[1, 10, 100]]).tolist() == [[321, 432], [765, 876], [10, 101]]
    assert correlate(image, [[1], [10], [100]]).tolist() == [[51, 162, 73, 184]]
    assert correlate(image, image).tolist() == [[206]]  # as large as the image: one position
    assert correlate([[3.0]], [[2.0]]).tolist() == [[6.0]]


def test_padding_and_stride_of_the_lecture():
    padded = convolution.correlate(INPUT, CROSS, padding=1)
    assert padded.shape == (5, 5)
    assert padded[1:4, 1:4].tolist() == [[3, 2, 4], [2, 5, 0], [4, 1, 4]]
    assert convolution.correlate(INPUT, CROSS, stride=2).tolist() == [[3, 4], [4, 4]]
    by_columns = convolution.correlate(INPUT, CROSS, stride=(1, 2))
    assert by_columns.tolist() == [[3, 4], [2, 0], [4, 4]]


def test_padding_of_four_different_sides():
    out = convolution.correlate([[1, 2]], [[1, 10]], padding=((1, 0), (0, 2)))
    assert out.tolist() == [[0, 0, 0], [21, 2, 0]]


def test_a_window_that_does_not_fit_any_more_is_left_out():
    image = np.arange(6.0)[None]
    assert convolution.correlate(image, [[1.0, 0, 0]], stride=2).tolist() == [[0, 2]]
    assert convolution.correlate(image, [[1.0, 0, 0]], stride=3).tolist() == [[0, 3]]
    assert convolution.correlate(image, [[1.0, 0, 0]], stride=4).tolist() == [[0]]


def test_a_stride_larger_than_the_kernel_leaves_gaps():
    image = np.arange(35).reshape(5, 7)
    assert convolution.correlate(image, [[1]], stride=(3, 4)).tolist() == [[0, 4], [21, 25]]


def test_pad_by_hand():
    assert convolution.pad([[1, 2]], 1).tolist() == [[0] * 4, [0, 1, 2, 0], [0] * 4]
    padded = convolution.pad([[1.5]], ((0, 1), (2, 0)), value=-1)
    assert padded.tolist() == [[-1, -1, 1.5], [-1, -1, -1]]


@given(sides=st.tuples(side, side), value=st.integers(-2, 2))
def test_pad_keeps_the_image_and_puts_the_value_around_it(sides, value):
    (top, bottom), (left, right) = sides
    image = np.arange(6, dtype=np.float32).reshape(2, 3)
    padded = convolution.pad(image, sides, value=value)
    assert padded.dtype == np.float32
    assert padded.shape == (top + 2 + bottom, left + 3 + right)
    np.testing.assert_array_equal(padded[top : top + 2, left : left + 3], image)
    padded[top : top + 2, left : left + 3] = value
    assert (padded == value).all()


def test_pad_keeps_whole_numbers_where_it_can_and_the_image_always():
    image = np.array([[200]], np.uint8)
    assert convolution.pad(image, 1).dtype == np.int64
    assert convolution.pad(image, 1, value=2.0).dtype == np.int64
    assert convolution.pad(image, 1, value=0.5).tolist() == [[0.5] * 3, [0.5, 200, 0.5], [0.5] * 3]
    assert convolution.pad(image.astype(np.float32), 1, value=0.5).dtype == np.float32
    padded = convolution.pad(image, 0)
    padded[0, 0] = 1
    assert image[0, 0] == 200


def test_convolution_is_correlation_with_the_flipped_kernel():
    rng = np.random.default_rng(0)
    image, kernel = rng.normal(size=(6, 7)), rng.normal(size=(3, 4))
    np.testing.assert_allclose(
        convolution.correlate(image, kernel[::-1, ::-1]),
        scipy.signal.convolve2d(image, kernel, mode="valid"),
        atol=1e-12,
    )


# Against SciPy and Keras -------------------------------------------------------------------------


@given(case=cases(), seed=st.integers(0, 9))
def test_correlate_equals_scipy(case, seed):
    shape, kernel, options = case
    rng = np.random.default_rng(seed)
    image, kernel = rng.normal(size=shape), rng.normal(size=kernel)
    ours = convolution.correlate(image, kernel, **options)
    (dy, dx), sides = fit_window(shape, kernel.shape, **options)
    theirs = scipy.signal.correlate2d(np.pad(image, sides), kernel, mode="valid")[::dy, ::dx]
    assert_close(ours, theirs, 1e-12)


@given(shape=pairs, kernel=pairs, seed=st.integers(0, 9))
def test_the_loops_equal_scipy(shape, kernel, seed):
    rng = np.random.default_rng(seed)
    image, kernel = rng.normal(size=np.add(shape, kernel) - 1), rng.normal(size=kernel)
    ours = convolution.corr2d(image, kernel)
    assert ours.shape == shape
    assert_close(ours, scipy.signal.correlate2d(image, kernel, mode="valid"), 1e-12)


BAND = convolution._BAND


@pytest.mark.parametrize("rows", [BAND - 1, BAND, BAND + 1, 2 * BAND, 2 * BAND + 1, 70])
@pytest.mark.parametrize("stride", [(1, 1), (2, 3), (3, 1), (7, 2)])
def test_correlate_of_a_tall_image_equals_the_loops(rows, stride):
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(4, 3))
    image = rng.normal(size=(stride[0] * (rows - 1) + 4 + stride[0] // 2, 9))
    ours = convolution.correlate(image, kernel, stride=stride)
    assert len(ours) == rows
    assert_close(ours, by_loops(image, kernel, stride=stride, padding="valid"), 1e-12)


@given(case=cases(), seed=st.integers(0, 9))
def test_correlate_of_whole_numbers_equals_the_loops_exactly(case, seed):
    shape, kernel, options = case
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, shape).astype(np.uint8)
    kernel = rng.integers(-9, 10, kernel).astype(np.int8)
    ours = convolution.correlate(image, kernel, **options)
    assert ours.dtype == np.int64
    np.testing.assert_array_equal(ours, by_loops(image, kernel, **options), strict=True)


@given(case=cases(), seed=st.integers(0, 9), channels=pairs)
def test_conv2d_equals_keras(case, seed, channels):
    shape, kernel, options = case
    x, kernel, bias = draw_batch(shape, kernel, seed, 2, *channels)
    theirs = keras.ops.convert_to_numpy(by_keras(x, kernel, **options)) + bias
    assert_close(convolution.conv2d(x, kernel, bias, **options), theirs, 1e-9)


@given(case=cases(), seed=st.integers(0, 9))
def test_conv2d_sums_correlations_over_the_channels(case, seed):
    shape, kernel, options = case
    x, kernel, _ = draw_batch(shape, kernel, seed)
    ours = convolution.conv2d(x, kernel, **options)
    for n, o in np.ndindex(len(x), kernel.shape[-1]):
        summed = sum(
            convolution.correlate(x[n, :, :, k], kernel[:, :, k, o], **options)
            for k in range(x.shape[-1])
        )
        np.testing.assert_allclose(ours[n, :, :, o], summed, atol=1e-12)


def test_conv2d_equals_a_keras_layer():
    x, kernel, bias = draw_batch((8, 7), (3, 2), seed=0)
    layer = keras.layers.Conv2D(3, (3, 2), strides=2, padding="same", dtype="float64")
    layer.build(x.shape)
    layer.set_weights([kernel, bias])
    theirs = keras.ops.convert_to_numpy(layer(x))
    ours = convolution.conv2d(x, kernel, bias, stride=2, padding="same")
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


# Properties --------------------------------------------------------------------------------------


def test_ten_filters_give_depth_ten():
    x, kernel, _ = draw_batch((9, 9), (3, 3), seed=1, cin=1, cout=10)
    assert convolution.conv2d(x, kernel).shape == (2, 7, 7, 10)


def test_a_moved_image_gives_a_moved_response():
    image = np.zeros((12, 12))
    image[3:6, 4:7] = np.arange(9).reshape(3, 3)
    moved = np.roll(image, (2, 3), axis=(0, 1))
    response = convolution.correlate(image, CROSS, padding="same")
    np.testing.assert_array_equal(
        convolution.correlate(moved, CROSS, padding="same"), np.roll(response, (2, 3), axis=(0, 1))
    )


@pytest.mark.parametrize("image_type", [np.float32, np.float64, np.uint8, bool])
@pytest.mark.parametrize("kernel_type", [np.float32, np.float64, np.int32])
def test_the_first_float_decides_the_type(image_type, kernel_type):
    image, kernel = np.ones((4, 4), image_type), np.ones((2, 2), kernel_type)
    expected = next((t for t in (image_type, kernel_type) if np.dtype(t).kind == "f"), np.int64)
    for correlate in (convolution.correlate, convolution.corr2d):
        out = correlate(image, kernel)
        assert out.dtype == expected
        assert (out == 4).all()
    out = convolution.conv2d(image[None, :, :, None], kernel[:, :, None, None])
    assert out.dtype == expected
    assert (out == 4).all()


def test_a_float_bias_on_whole_numbers_is_not_rounded():
    ones = np.ones((1, 1, 1, 1), int)
    assert convolution.conv2d(ones, ones, [0.5]).item() == 1.5


def test_arguments_stay_as_they_are():
    x, kernel, bias = draw_batch((5, 5), (1, 1), seed=0, cin=3, cout=3)
    kept = x.copy(), kernel.copy(), bias.copy()
    for padding in ("valid", 1):
        out = convolution.conv2d(x, kernel, bias, padding=padding)
        gradients = convolution.conv2d_gradients(x, kernel, out, padding=padding)
        for result in (out, *gradients):
            result[...] = 0
    convolution.correlate(x[0, :, :, 0], [[1.0]])[...] = 0
    assert all(np.array_equal(a, b) for a, b in zip(kept, (x, kernel, bias), strict=True))


def test_kernels_sum_to_one_or_are_derivatives():
    derivatives = {"second derivative x", "second derivative y", "sobel x", "sobel y", "outline"}
    for name, kernel in convolution.KERNELS.items():
        assert kernel.sum() == pytest.approx(0 if name in derivatives else 1)


def test_the_means_are_whole_numbers_over_their_sum():
    for name, divisor in {"box": 9, "weighted mean": 8, "gaussian": 16}.items():
        whole = convolution.KERNELS[name] * divisor
        assert (whole == np.rint(whole)).all()
        assert whole.sum() == divisor
    row = np.array([1, 2, 1]) / 4
    np.testing.assert_array_equal(convolution.KERNELS["gaussian"], np.outer(row, row))


@pytest.mark.parametrize("name", ["second derivative", "sobel"])
def test_kernels_differentiate_in_the_direction_of_their_name(name):
    x, y = convolution.KERNELS[f"{name} x"], convolution.KERNELS[f"{name} y"]
    np.testing.assert_array_equal(x, y.T)
    grows_along_x = np.tile(np.arange(8.0) ** 2, (8, 1))
    assert (convolution.correlate(grows_along_x, x) > 0).all()
    assert (convolution.correlate(grows_along_x, y) == 0).all()
    assert (convolution.correlate(grows_along_x.T, y) > 0).all()


def test_kernels_cannot_be_changed_by_accident():
    with pytest.raises(ValueError, match="read-only"):
        convolution.KERNELS["box"][0, 0] = 1


# Backward ----------------------------------------------------------------------------------------


def test_the_backward_pass_of_the_lecture():
    """3x3 input, 2x2 kernel: the sums of the notes for the kernel, and those for the input."""
    rng = np.random.default_rng(0)
    x, w, h = rng.normal(size=(3, 3)), rng.normal(size=(2, 2)), rng.normal(size=(2, 2))
    grad_x, grad_w, grad_bias = convolution.conv2d_gradients(
        x[None, :, :, None], w[:, :, None, None], h[None, :, :, None]
    )
    for i, j in np.ndindex(2, 2):
        expected = (
            h[0, 0] * x[i, j]
            + h[0, 1] * x[i, j + 1]
            + h[1, 0] * x[i + 1, j]
            + h[1, 1] * x[i + 1, j + 1]
        )
        assert grad_w[i, j, 0, 0] == pytest.approx(expected, abs=1e-12)
    full = scipy.signal.convolve2d(h, w, mode="full")  # the kernel flipped, over padded gradients
    np.testing.assert_allclose(grad_x[0, :, :, 0], full, atol=1e-12)
    assert grad_x[0, 0, 0, 0] == pytest.approx(h[0, 0] * w[0, 0])
    assert grad_bias == pytest.approx(h.sum())


@settings(max_examples=25)
@given(case=cases(largest=5), seed=st.integers(0, 9))
def test_gradients_equal_finite_differences(case, seed):
    shape, kernel, options = case
    x, kernel, bias = draw_batch(shape, kernel, seed, n=2, cin=2, cout=2)
    out = convolution.conv2d(x, kernel, bias, **options)
    grad_output = np.random.default_rng(seed).normal(size=out.shape)

    def loss(x, kernel, bias):
        return np.sum(grad_output * convolution.conv2d(x, kernel, bias, **options))

    measured = (
        numerical_gradient(lambda values: loss(values, kernel, bias), x),
        numerical_gradient(lambda values: loss(x, values, bias), kernel),
        numerical_gradient(lambda values: loss(x, kernel, values), bias),
    )
    ours = convolution.conv2d_gradients(x, kernel, grad_output, **options)
    for gradient, expected in zip(ours, measured, strict=True):
        assert_close(gradient, expected, 1e-6)


@needs_tensorflow
@given(case=cases(), seed=st.integers(0, 9))
def test_gradients_equal_keras(case, seed):
    import tensorflow as tf

    shape, kernel, options = case
    weights = [tf.Variable(array) for array in draw_batch(shape, kernel, seed)]
    with tf.GradientTape() as tape:
        out = by_keras(weights[0], weights[1], **options) + weights[2]
    grad_output = np.random.default_rng(seed).normal(size=out.shape)
    theirs = tape.gradient(out, weights, output_gradients=tf.constant(grad_output))
    ours = convolution.conv2d_gradients(
        weights[0].numpy(), weights[1].numpy(), grad_output, **options
    )
    for gradient, expected in zip(ours, theirs, strict=True):
        assert_close(gradient, expected.numpy(), 1e-9)


def test_gradients_keep_float32():
    x, kernel, _ = (array.astype(np.float32) for array in draw_batch((4, 4), (2, 2), seed=0))
    gradients = convolution.conv2d_gradients(x, kernel, np.ones((2, 3, 3, 3)))
    assert {gradient.dtype for gradient in gradients} == {np.dtype(np.float32)}


def test_a_kernel_is_learned():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 8, 8, 1))
    target = convolution.conv2d(x, convolution.KERNELS["sobel x"][:, :, None, None])
    kernel = np.zeros((3, 3, 1, 1))
    for _ in range(200):
        error = convolution.conv2d(x, kernel) - target
        kernel -= 0.2 * convolution.conv2d_gradients(x, kernel, 2 * error / error.size)[1]
    np.testing.assert_allclose(kernel[:, :, 0, 0], convolution.KERNELS["sobel x"], atol=1e-6)


# Receptive field ---------------------------------------------------------------------------------


def test_receptive_field_by_hand():
    fields = convolution.receptive_field([(5, 1), (2, 2), (5, 1), (2, 2)])  # LeNet's first half
    assert fields == [(5, 1), (6, 2), (14, 2), (16, 4)]
    assert fields[-1].size == 16
    assert fields[-1].jump == 4
    assert convolution.receptive_field([(3, 1, 2), [np.int64(3), 2]]) == [(5, 1), (7, 2)]
    assert convolution.receptive_field([(1, 3), (1, 1), (2, 1)]) == [(1, 3), (1, 3), (4, 3)]
    assert convolution.receptive_field([]) == []


@given(layers=st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3)), min_size=1, max_size=4))
def test_receptive_field_is_what_one_output_sees(layers):
    """Go backward from one output through kernels of ones: the pixels with a gradient."""
    field = convolution.receptive_field(layers)[-1]
    lengths = [2 * field.size + 2 * field.jump]
    for kernel, stride in layers:
        lengths.append(convolution.output_size(lengths[-1], kernel, stride=stride))
    grad = np.zeros((1, 1, lengths[-1], 1))
    grad[0, 0, 1] = 1
    for (kernel, stride), length in zip(layers[::-1], lengths[-2::-1], strict=True):
        grad, _, _ = convolution.conv2d_gradients(
            np.zeros((1, 1, length, 1)), np.ones((1, kernel, 1, 1)), grad, stride=(1, stride)
        )
    seen = np.flatnonzero(grad)
    assert seen[0] == field.jump
    assert seen[-1] - seen[0] + 1 <= field.size
    if all(kernel >= stride for kernel, stride in layers):
        assert len(seen) == field.size


# Bad input ---------------------------------------------------------------------------------------

IMAGE, KERNEL = np.ones((4, 4)), np.ones((2, 2))
X, WEIGHTS = np.ones((1, 4, 4, 2)), np.ones((2, 2, 2, 3))


@both
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], KERNEL), r"`image` must have shape \(h, w\).*Received: \(0,\)"),
        ((np.ones((2, 4, 4)), KERNEL), r"`image` must have shape \(h, w\).*Received: \(2, 4"),
        ((IMAGE, [1, 2]), r"`kernel` must have shape \(kh, kw\).*Received: \(2,\)"),
        ((IMAGE * np.nan, KERNEL), r"`image` must be finite. Received: nan at \(0, 0\)"),
        ((IMAGE, KERNEL * np.inf), r"`kernel` must be finite. Received: inf at \(0, 0\)"),
        ((IMAGE, np.ones((5, 1))), "`kernel` must not be larger .*Received: kernel 5, input 4"),
        ((IMAGE, np.ones((1, 5))), "`kernel` must not be larger .*Received: kernel 5, input 4"),
    ],
)
def test_correlations_refuse(correlate, arguments, message):
    with pytest.raises(ValueError, match=message):
        correlate(*arguments)


@pytest.mark.parametrize(
    ("kernel", "options", "error", "message"),
    [
        (np.ones((1, 7)), {"padding": 1}, ValueError, r"kernel 7, input 4, padding 1 \+ 1"),
        (KERNEL, {"stride": 0}, ValueError, "`stride` must be at least 1. Received: 0"),
        (KERNEL, {"stride": (1, -1)}, ValueError, r"`stride` must be .*Received: \(1, -1\)"),
        (KERNEL, {"stride": 1.0}, TypeError, "`stride` must be a whole number .*Received: 1.0"),
        (KERNEL, {"padding": "full"}, ValueError, "`padding` must be .*Received: 'full'"),
        (KERNEL, {"padding": -1}, ValueError, "`padding` must be at least 0. Received: -1$"),
        (KERNEL, {"padding": (1, 1)}, TypeError, r"`padding` must be .*Received: \(1, 1\)"),
    ],
)
def test_correlate_refuses_bad_options(kernel, options, error, message):
    with pytest.raises(error, match=message):
        convolution.correlate(IMAGE, kernel, **options)


@both
def test_correlate_refuses_words(correlate):
    with pytest.raises(TypeError, match="`kernel` must hold real numbers. Received: <U1"):
        correlate(IMAGE, [["a"]])


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((X[0], WEIGHTS), {}, r"`x` must have shape \(n, h, w, cin\).*Received: \(4, 4, 2\)"),
        ((X[:0], WEIGHTS), {}, r"`x` must have shape .*Received: \(0, 4, 4, 2\)"),
        ((X, WEIGHTS[0]), {}, r"`kernel` must have shape \(kh, kw, cin, cout\).*Received: \(2, 2"),
        ((X * np.nan, WEIGHTS), {}, r"`x` must be finite. Received: nan at \(0, 0, 0, 0\)"),
        ((X, WEIGHTS * np.nan), {}, "`kernel` must be finite. Received: nan"),
        ((X[..., :1], WEIGHTS), {}, r"input channels.*Received: \(1, 4, 4, 1\) and \(2, 2, 2, 3\)"),
        ((X[:, :1], WEIGHTS), {}, "`kernel` must not be larger .*Received: kernel 2, input 1"),
        ((X[:, :, :1], WEIGHTS), {}, "`kernel` must not be larger .*Received: kernel 2, input 1"),
        ((X, WEIGHTS), {"stride": 0}, "`stride` must be at least 1. Received: 0"),
        ((X, WEIGHTS), {"padding": "SAME"}, "`padding` must be one of .*Received: 'SAME'"),
    ],
)
def test_conv2d_refuses(backward, arguments, options, message):
    function = convolution.conv2d_gradients if backward else convolution.conv2d
    grads = [np.ones((1, 3, 3, 3))] if backward else []
    with pytest.raises(ValueError, match=message):
        function(*arguments, *grads, **options)


@pytest.mark.parametrize("bias", [1.0, [1.0, 2.0], [[1.0, 2.0, 3.0]], [1.0, 2.0, np.nan]])
def test_conv2d_refuses_a_bad_bias(bias):
    with pytest.raises(ValueError, match="`bias` must .*Received: "):
        convolution.conv2d(X, WEIGHTS, bias)


def test_conv2d_gradients_refuses_a_gradient_of_another_shape():
    message = r"`grad_output` must have shape \(1, 3, 3, 3\), as the output. Received: \(1, 3"
    with pytest.raises(ValueError, match=message):
        convolution.conv2d_gradients(X, WEIGHTS, np.ones((1, 3, 3, 1)))
    with pytest.raises(ValueError, match=message.replace("3, 3, 3", "1, 1, 3")):
        convolution.conv2d_gradients(X, WEIGHTS, np.ones((1, 3, 3, 3)), stride=3)
    with pytest.raises(ValueError, match="`grad_output` must have shape .*Received: "):
        convolution.conv2d_gradients(X, WEIGHTS, 1.0)


@pytest.mark.parametrize("amount", [-1, ((1, -2), (0, 0)), ((0, 0), (-1, 0))])
def test_pad_refuses_negative_amounts(amount):
    with pytest.raises(ValueError, match="`amount` must be at least 0. Received: "):
        convolution.pad(IMAGE, amount)


@pytest.mark.parametrize("amount", [1.5, (1, 2), ((1, 2), 3), ((1, 2.0), (0, 0)), None, "same"])
def test_pad_refuses_other_amounts(amount):
    with pytest.raises(TypeError, match="`amount` must .*Received: "):
        convolution.pad(IMAGE, amount)


def test_pad_refuses_bad_images_and_values():
    with pytest.raises(ValueError, match=r"`image` must have shape \(h, w\).*Received: \(4,\)"):
        convolution.pad(IMAGE[0], 1)
    with pytest.raises(ValueError, match="`image` must be finite. Received: nan"):
        convolution.pad(IMAGE * np.nan, 1)
    with pytest.raises(TypeError, match="`value` must be a number. Received: 'black'"):
        convolution.pad(IMAGE, 1, value="black")


@pytest.mark.parametrize("layer", [3, (3,), (3, 1, 1, 1), "31", {3: 1, 1: 1}])
def test_receptive_field_refuses_what_is_no_layer(layer):
    with pytest.raises(TypeError, match="`layers` must hold .*Received: "):
        convolution.receptive_field([(3, 1), layer])


@pytest.mark.parametrize("place", [0, 1, 2])
def test_receptive_field_refuses_bad_numbers(place):
    name = ("kernel", "stride", "dilation")[place]
    for bad, error in [(0, ValueError), (-1, ValueError), (2.0, TypeError)]:
        layer = [3, 1, 1]
        layer[place] = bad
        with pytest.raises(error, match=f"`{name}` must be .*Received: {bad}"):
            convolution.receptive_field([(3, 1), layer])
