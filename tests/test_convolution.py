"""`dl_course.convolution` against hand-worked examples, SciPy, Keras and finite differences."""

import keras
import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from dl_course import convolution
from dl_course._windows import find_windows
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
    "correlate", [convolution.correlate_loops, convolution.correlate], ids=["loops", "vectorised"]
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


def by_keras(x, kernel, *, stride, padding):
    """Keras knows "valid" and "same"; any other padding is put around before."""
    if not isinstance(padding, str):
        sides = ((padding,) * 2,) * 2 if isinstance(padding, int) else padding
        x, padding = keras.ops.pad(x, ((0, 0), *sides, (0, 0))), "valid"
    return keras.ops.conv(x, kernel, strides=stride, padding=padding)


def draw_batch(shape, kernel, seed, n=2, cin=2, cout=3):
    random = np.random.default_rng(seed)
    return (
        random.normal(size=(n, *shape, cin)),
        random.normal(size=(*kernel, cin, cout)),
        random.normal(size=cout),
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
def test_padding_and_stride_of_the_lecture(correlate):
    assert correlate(INPUT, CROSS, padding=1).shape == (5, 5)
    assert correlate(INPUT, CROSS, stride=2).tolist() == [[3, 4], [4, 4]]
    assert correlate(INPUT, CROSS, stride=(1, 2)).tolist() == [[3, 4], [2, 0], [4, 4]]


@both
def test_a_window_that_does_not_fit_any_more_is_left_out(correlate):
    image = np.arange(6.0)[None]
    assert correlate(image, [[1.0, 0, 0]], stride=2).tolist() == [[0, 2]]
    assert correlate(image, [[1.0, 0, 0]], stride=4).tolist() == [[0]]


def test_pad_by_hand():
    assert convolution.pad([[1, 2]], 1).tolist() == [[0] * 4, [0, 1, 2, 0], [0] * 4]
    padded = convolution.pad([[1.5]], ((0, 1), (2, 0)), value=-1)
    assert padded.tolist() == [[-1, -1, 1.5], [-1, -1, -1]]


@given(top=st.integers(0, 3), left=st.integers(0, 3), value=st.integers(-2, 2))
def test_pad_equals_numpy(top, left, value):
    image = np.arange(6, dtype=np.float32).reshape(2, 3)
    sides = ((top, 1), (left, 2))
    ours = convolution.pad(image, sides, value=value)
    np.testing.assert_array_equal(ours, np.pad(image, sides, constant_values=value))
    assert ours.dtype == np.float32


def test_pad_keeps_whole_numbers_where_it_can_and_the_image_always():
    image = np.array([[200]], np.uint8)
    assert convolution.pad(image, 1).dtype == np.int64
    assert convolution.pad(image, 1, value=0.5).dtype == float
    padded = convolution.pad(image, 0)
    padded[0, 0] = 1
    assert image[0, 0] == 200


def test_convolution_is_correlation_with_the_kernel_turned():
    random = np.random.default_rng(0)
    image, kernel = random.normal(size=(6, 7)), random.normal(size=(3, 4))
    np.testing.assert_allclose(
        convolution.correlate(image, kernel[::-1, ::-1]),
        scipy.signal.convolve2d(image, kernel, mode="valid"),
        atol=1e-12,
    )


# Against SciPy and Keras -------------------------------------------------------------------------


@both
@given(case=cases(), seed=st.integers(0, 9))
def test_correlate_equals_scipy(correlate, case, seed):
    shape, kernel, options = case
    random = np.random.default_rng(seed)
    image, kernel = random.normal(size=shape), random.normal(size=kernel)
    ours = correlate(image, kernel, **options)
    sides = find_windows(shape, kernel.shape, **options).padding
    down, right = np.broadcast_to(options["stride"], 2)
    theirs = scipy.signal.correlate2d(np.pad(image, sides), kernel, mode="valid")[::down, ::right]
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


@pytest.mark.parametrize("rows", [convolution.BAND - 1, convolution.BAND, convolution.BAND + 1, 70])
@pytest.mark.parametrize("stride", [(1, 1), (2, 3), (3, 1)])
def test_correlate_of_a_tall_image_equals_the_loops(rows, stride):
    random = np.random.default_rng(0)
    kernel = random.normal(size=(4, 3))
    image = random.normal(size=(stride[0] * (rows - 1) + 4 + stride[0] // 2, 9))
    ours = convolution.correlate(image, kernel, stride=stride)
    assert len(ours) == rows
    loops = convolution.correlate_loops(image, kernel, stride=stride)
    np.testing.assert_allclose(ours, loops, atol=1e-12)


@given(case=cases(), seed=st.integers(0, 9))
def test_correlate_of_whole_numbers_equals_the_loops_exactly(case, seed):
    shape, kernel, options = case
    random = np.random.default_rng(seed)
    image = random.integers(0, 256, shape).astype(np.uint8)
    kernel = random.integers(-9, 10, kernel).astype(np.int8)
    ours = convolution.correlate(image, kernel, **options)
    assert ours.dtype == np.int64
    np.testing.assert_array_equal(ours, convolution.correlate_loops(image, kernel, **options))


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


def test_a_moved_image_gives_a_moved_answer():
    image = np.zeros((12, 12))
    image[3:6, 4:7] = np.arange(9).reshape(3, 3)
    moved = np.roll(image, (2, 3), axis=(0, 1))
    answer = convolution.correlate(image, CROSS, padding="same")
    np.testing.assert_array_equal(
        convolution.correlate(moved, CROSS, padding="same"), np.roll(answer, (2, 3), axis=(0, 1))
    )


@pytest.mark.parametrize("image_type", [np.float32, np.float64, np.uint8, bool])
@pytest.mark.parametrize("kernel_type", [np.float32, np.float64, np.int32])
def test_the_first_float_decides_the_type(image_type, kernel_type):
    image, kernel = np.ones((4, 4), image_type), np.ones((2, 2), kernel_type)
    expected = next((t for t in (image_type, kernel_type) if np.dtype(t).kind == "f"), np.int64)
    for correlate in (convolution.correlate, convolution.correlate_loops):
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
    derivatives = {"second derivative x", "second derivative y", "sobel x", "sobel y"}
    for name, kernel in convolution.KERNELS.items():
        assert kernel.sum() == pytest.approx(0 if name in derivatives else 1)


@pytest.mark.parametrize("name", ["second derivative", "sobel"])
def test_kernels_differentiate_in_the_direction_of_their_name(name):
    x, y = convolution.KERNELS[f"{name} x"], convolution.KERNELS[f"{name} y"]
    np.testing.assert_array_equal(x, y.T)
    to_the_right = np.tile(np.arange(8.0) ** 2, (8, 1))
    assert (convolution.correlate(to_the_right, x) > 0).all()
    assert (convolution.correlate(to_the_right, y) == 0).all()
    assert (convolution.correlate(to_the_right.T, y) > 0).all()


def test_kernels_cannot_be_changed_by_accident():
    with pytest.raises(ValueError, match="read-only"):
        convolution.KERNELS["box"][0, 0] = 1


# Backward ----------------------------------------------------------------------------------------


def test_the_backward_pass_of_the_lecture():
    """3x3 input, 2x2 kernel: the sums of the notes for the kernel, and those for the input."""
    random = np.random.default_rng(0)
    x, w, h = random.normal(size=(3, 3)), random.normal(size=(2, 2)), random.normal(size=(2, 2))
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
    full = scipy.signal.convolve2d(h, w, mode="full")  # the kernel turned, over padded slopes
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
    random = np.random.default_rng(0)
    x = random.normal(size=(4, 8, 8, 1))
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
    assert convolution.receptive_field([]) == []


@given(layers=st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3)), min_size=1, max_size=4))
def test_receptive_field_is_what_one_output_sees(layers):
    """Go backward from one output through kernels of ones: the pixels with a slope."""
    field = convolution.receptive_field(layers)[-1]
    lengths = [2 * field.size + 2 * field.jump]
    for kernel, stride in layers:
        lengths.append(convolution.output_size(lengths[-1], kernel, stride=stride))
    slope = np.zeros((1, 1, lengths[-1], 1))
    slope[0, 0, 1] = 1
    for (kernel, stride), length in zip(layers[::-1], lengths[-2::-1], strict=True):
        slope, _, _ = convolution.conv2d_gradients(
            np.zeros((1, 1, length, 1)), np.ones((1, kernel, 1, 1)), slope, stride=(1, stride)
        )
    seen = np.flatnonzero(slope)
    assert seen[0] == field.jump
    assert seen[-1] - seen[0] + 1 <= field.size
    if all(kernel >= stride for kernel, stride in layers):
        assert len(seen) == field.size


# Bad input ---------------------------------------------------------------------------------------

IMAGE, KERNEL = np.ones((4, 4)), np.ones((2, 2))
X, WEIGHTS = np.ones((1, 4, 4, 2)), np.ones((2, 2, 2, 3))


@both
@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([], KERNEL), {}, r"`image` must have shape \(h, w\).*Received: \(0,\)"),
        ((np.ones((2, 4, 4)), KERNEL), {}, r"`image` must have shape \(h, w\).*Received: \(2, 4"),
        ((IMAGE, [1, 2]), {}, r"`kernel` must have shape \(kh, kw\).*Received: \(2,\)"),
        ((IMAGE * np.nan, KERNEL), {}, r"`image` must be finite. Received: nan at \(0, 0\)"),
        ((IMAGE, KERNEL * np.inf), {}, r"`kernel` must be finite. Received: inf at \(0, 0\)"),
        ((IMAGE, np.ones((5, 1))), {}, "`kernel` must not be larger .*Received: kernel 5, input 4"),
        ((IMAGE, np.ones((1, 7))), {"padding": 1}, "Received: kernel 7, input 4, padding 1"),
        ((IMAGE, KERNEL), {"stride": 0}, "`stride` must be a positive .*Received: 0"),
        ((IMAGE, KERNEL), {"stride": (1, -1)}, r"`stride` must be .*Received: \(1, -1\)"),
        ((IMAGE, KERNEL), {"padding": "full"}, "`padding` must be .*Received: 'full'"),
        ((IMAGE, KERNEL), {"padding": -1}, "`padding` must be .*Received: -1"),
    ],
)
def test_correlate_refuses(correlate, arguments, options, message):
    with pytest.raises(ValueError, match=message):
        correlate(*arguments, **options)


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
        ((X, WEIGHTS), {"stride": 0}, "`stride` must be .*Received: 0"),
        ((X, WEIGHTS), {"padding": (1, 1)}, r"`padding` must be .*Received: \(1, 1\)"),
    ],
)
def test_conv2d_refuses(backward, arguments, options, message):
    function = convolution.conv2d_gradients if backward else convolution.conv2d
    slopes = [np.ones((1, 3, 3, 3))] if backward else []
    with pytest.raises(ValueError, match=message):
        function(*arguments, *slopes, **options)


@pytest.mark.parametrize("bias", [1.0, [1.0, 2.0], [[1.0, 2.0, 3.0]], [1.0, 2.0, np.nan]])
def test_conv2d_refuses_a_bad_bias(bias):
    with pytest.raises(ValueError, match="`bias` must .*Received: "):
        convolution.conv2d(X, WEIGHTS, bias)


def test_conv2d_gradients_refuses_slopes_of_another_shape():
    message = r"`grad_output` must have the shape of the output, \(1, 3, 3, 3\). Received: \(1, 3"
    with pytest.raises(ValueError, match=message):
        convolution.conv2d_gradients(X, WEIGHTS, np.ones((1, 3, 3, 1)))
    with pytest.raises(ValueError, match=message.replace("3, 3, 3", "1, 1, 3")):
        convolution.conv2d_gradients(X, WEIGHTS, np.ones((1, 3, 3, 3)), stride=3)
    with pytest.raises(ValueError, match="`grad_output` must have shape .*Received: "):
        convolution.conv2d_gradients(X, WEIGHTS, 1.0)


@pytest.mark.parametrize("amount", [-1, 1.5, (1, 2), ((1, -2), (0, 0)), None, "same"])
def test_pad_refuses_bad_amounts(amount):
    with pytest.raises(ValueError, match="`amount` must be .*Received: "):
        convolution.pad(IMAGE, amount)


def test_pad_refuses_bad_images_and_values():
    with pytest.raises(ValueError, match=r"`image` must have shape \(h, w\).*Received: \(4,\)"):
        convolution.pad(IMAGE[0], 1)
    with pytest.raises(ValueError, match="`image` must be finite. Received: nan"):
        convolution.pad(IMAGE * np.nan, 1)
    with pytest.raises(TypeError, match="`value` must be a real number. Received: 'black'"):
        convolution.pad(IMAGE, 1, value="black")


@pytest.mark.parametrize("layer", [3, (3,), (3, 0), (3, 1, 0), (3, 1, 1, 1), (2.5, 1), "31"])
def test_receptive_field_refuses_bad_layers(layer):
    with pytest.raises(ValueError, match="`layers` must hold .*Received: "):
        convolution.receptive_field([(3, 1), layer])
