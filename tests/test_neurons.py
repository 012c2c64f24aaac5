"""`dl_course.neurons` against hand-worked examples, finite differences, SciPy and Keras."""

import itertools

import keras
import numpy as np
import pytest
import scipy.special
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dl_course import neurons

numbers = arrays(float, st.integers(1, 20), elements=st.floats(-50, 50))
sizes = st.integers(1, 6)
depths = pytest.mark.parametrize("hidden", [(), (7,), (4, 6), (5, 3, 4)], ids=len)
smooth_or_relu = pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])


def keras_result(function, x):
    return keras.ops.convert_to_numpy(function(keras.ops.convert_to_tensor(x, dtype="float64")))


# Activations -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu"])
@given(x=numbers)
def test_activations_equal_keras(name, x):
    ours = neurons.ACTIVATIONS[name][0](x)
    np.testing.assert_allclose(ours, keras_result(getattr(keras.ops, name), x), atol=1e-12)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "step"])
@given(x=numbers)
def test_derivatives_equal_finite_differences(name, x):
    function, derivative = neurons.ACTIVATIONS[name]
    x = x[np.abs(x) > 1e-3]  # ReLU and step have no slope at 0
    measured = neurons.numerical_gradient(lambda v: function(v).sum(), x)
    np.testing.assert_allclose(derivative(x), measured, atol=1e-6)


def test_step_and_relu_at_zero():
    assert neurons.step(0) == 1
    assert neurons.relu(0) == 0
    assert neurons.relu_derivative(0) == 0


def test_whole_numbers_have_activations_and_derivatives_that_are_floats():
    for function, derivative in neurons.ACTIVATIONS.values():
        for result in (function([[1], [-2]]), derivative([[1], [-2]])):
            assert result.dtype == float
            assert result.shape == (2, 1)


def test_sigmoid_does_not_overflow():
    np.testing.assert_array_equal(neurons.sigmoid(np.array([-1e4, 1e4])), [0, 1])


@given(x=arrays(float, (3, 4), elements=st.floats(-700, 700)))
def test_softmax_equals_scipy_and_sums_to_one(x):
    np.testing.assert_allclose(neurons.softmax(x), scipy.special.softmax(x, axis=-1), atol=1e-12)
    np.testing.assert_allclose(neurons.softmax(x).sum(axis=-1), 1)


def test_softmax_of_the_slides():
    percentages = 100 * neurons.softmax(np.array([4.4, 2.7, 0.7, 0.0]))
    assert percentages.round().tolist() == [82, 15, 2, 1]


def test_softmax_of_huge_logits():
    assert neurons.softmax(np.array([1e5, 0.0])).tolist() == [1, 0]


# Numerical gradients and gradient descent --------------------------------------------------------


def test_numerical_gradient_of_a_square():
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    np.testing.assert_allclose(neurons.numerical_gradient(lambda v: (v**2).sum(), x), 2 * x)


@pytest.mark.parametrize("epsilon", [0, -1e-5, float("nan")])
def test_numerical_gradient_needs_a_positive_epsilon(epsilon):
    with pytest.raises(ValueError, match="`epsilon` must be above 0. Received: "):
        neurons.numerical_gradient(np.sum, 1.0, epsilon=epsilon)


@pytest.mark.parametrize("x", [2.0, [2.0, -1.0], [[1, 2, 3]]])
def test_numerical_gradient_of_a_sum_has_the_shape_of_x(x):
    gradient = neurons.numerical_gradient(np.sum, x)
    assert gradient.shape == np.shape(x)
    np.testing.assert_allclose(gradient, 1)


def test_the_worked_example_of_one_weight():
    w = 0.5
    for x, y, expected in [(2, 4, 1.7), (1, 2, 1.76), (3, 6, 2.192)]:

        def slope(w, x=x, y=y):
            return 2 * x * (x * w - y)

        w = neurons.gradient_descent(slope, w, learning_rate=0.1, steps=1)[-1]
        assert w == pytest.approx(expected, abs=1e-12)


def test_gradient_descent_returns_every_point():
    path = neurons.gradient_descent(lambda p: 2 * p, [1.0, -2.0], learning_rate=0.25, steps=3)
    np.testing.assert_allclose(path, [[1, -2], [0.5, -1], [0.25, -0.5], [0.125, -0.25]])
    assert neurons.gradient_descent(lambda p: p, 1.0, learning_rate=0.1, steps=0).tolist() == [1.0]


def test_gradient_descent_from_a_whole_number_takes_fractions_of_it():
    path = neurons.gradient_descent(lambda p: p, 1, learning_rate=0.5, steps=2)
    assert path.tolist() == [1.0, 0.5, 0.25]
    assert neurons.gradient_descent(lambda p: p, 3, learning_rate=1, steps=0).dtype == float


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"learning_rate": -1, "steps": 1}, "learning_rate"),
        ({"learning_rate": 1, "steps": -1}, "steps"),
    ],
)
def test_gradient_descent_refuses_negative_numbers(options, name):
    with pytest.raises(ValueError, match=f"^`{name}` must be at least 0. Received: -1$"):
        neurons.gradient_descent(lambda p: p, 1.0, **options)


def test_gradient_descent_takes_whole_steps():
    with pytest.raises(TypeError, match="`steps` must be a whole number. Received: 2.5"):
        neurons.gradient_descent(lambda p: p, 1.0, learning_rate=0.1, steps=2.5)


# The network -------------------------------------------------------------------------------------


def make(n, sizes, seed=0):
    """Examples, a network for them, and a generator for what else is random."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, sizes[0]))
    return x, neurons.init_mlp(sizes, seed=seed), rng


def draw_answers(rng, loss_name, n, outputs):
    """Labels for the cross-entropy, targets for the mean squared error."""
    if loss_name == "cross_entropy":
        return rng.integers(0, outputs, n)
    return rng.normal(size=(n, outputs))


@pytest.fixture
def double_precision():
    """Keras computes in float64 by default, too; its policy is a second setting, made once."""
    floatx, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx(floatx)
    keras.config.set_dtype_policy(policy)


def keras_step(z):
    return keras.ops.where(z >= 0, 1.0, 0.0)


def in_keras(layers, activation):
    """The same network in Keras, with the same weights."""
    *hidden, last = layers
    activation = keras_step if activation == "step" else activation
    model = keras.Sequential(
        [
            keras.layers.Input(layers[0].weights.shape[:1]),
            *(keras.layers.Dense(len(layer.bias), activation=activation) for layer in hidden),
            keras.layers.Dense(len(last.bias)),
        ]
    )
    model.set_weights(neurons.get_weights(layers))
    return model


def test_dense_by_hand():
    y = neurons.dense(
        np.array([[2.0, 1.0, 3.0]]), np.array([[0.5], [-1.0], [2.0]]), np.array([1.0])
    )
    assert y.tolist() == [[7.0]]


@pytest.mark.parametrize(
    "shapes", [((2, 3), (4, 2), (2,)), ((2, 3), (3, 2), (3,)), ((2, 3), (3, 2), ())]
)
def test_dense_refuses_shapes_that_do_not_fit(shapes):
    with pytest.raises(ValueError, match=r"`weights`.*Received: "):
        neurons.dense(*(np.zeros(shape) for shape in shapes))


@depths
@pytest.mark.parametrize("activation", neurons.ACTIVATIONS)
@pytest.mark.usefixtures("double_precision")
def test_forward_equals_keras(hidden, activation):
    x, layers, _ = make(9, (5, *hidden, 3), seed=2)
    theirs = keras.ops.convert_to_numpy(in_keras(layers, activation)(x))
    np.testing.assert_allclose(neurons.forward(x, layers, activation)[0], theirs, atol=1e-12)


def test_backpropagation_by_hand():
    layers = neurons.from_weights([np.array([[0.5]]), np.zeros(1), np.array([[3.0]]), np.zeros(1)])
    outputs, (z, h) = neurons.forward(np.array([[2.0]]), layers, "relu")
    assert (outputs.item(), z[0].item(), h[0].item(), h[1].item()) == (3, 1, 2, 1)
    loss, grad_outputs = neurons.mean_squared_error(outputs, np.array([[5.0]]))
    first, second = neurons.backward(layers, (z, h), grad_outputs, "relu")
    assert (loss, grad_outputs.item()) == (4, -4)
    assert (first.weights.item(), first.bias.item()) == (-24, -12)
    assert (second.weights.item(), second.bias.item()) == (-4, -4)


@pytest.mark.parametrize("loss_name", ["cross_entropy", "mean_squared_error"])
@pytest.mark.parametrize("activation", neurons.ACTIVATIONS)
@given(
    n=sizes,
    inputs=sizes,
    hidden=st.lists(sizes, max_size=3),
    outputs=sizes,
    seed=st.integers(0, 5),
)
def test_backpropagation_equals_finite_differences(
    loss_name, activation, n, inputs, hidden, outputs, seed
):
    x, layers, rng = make(n, (inputs, *hidden, outputs), seed)
    y, loss = draw_answers(rng, loss_name, n, outputs), getattr(neurons, loss_name)
    out, cache = neurons.forward(x, layers, activation)
    if activation in ("relu", "step"):  # next to 0, finite differences measure neither side
        assume(all(np.min(np.abs(z)) > 1e-3 for z in cache[0]))
    gradients = neurons.backward(layers, cache, loss(out, y)[1], activation)
    weights = neurons.get_weights(layers)
    for i, gradient in enumerate(neurons.get_weights(gradients)):

        def loss_of(values, i=i):
            changed = neurons.from_weights([*weights[:i], values, *weights[i + 1 :]])
            return loss(neurons.forward(x, changed, activation)[0], y)[0]

        measured = neurons.numerical_gradient(loss_of, weights[i])
        assert gradient.shape == measured.shape
        # 1e-6 of the largest gradient; below 1e-4 rounding in the differences themselves shows
        assert np.max(np.abs(gradient - measured)) <= 1e-6 * max(np.max(np.abs(measured)), 1e-4)


@depths
@smooth_or_relu
@pytest.mark.parametrize("loss_name", ["cross_entropy", "mean_squared_error"])
@pytest.mark.usefixtures("double_precision")
def test_gradients_equal_keras(hidden, activation, loss_name):
    x, layers, rng = make(12, (5, *hidden, 3), seed=1)
    y = draw_answers(rng, loss_name, 12, 3)
    model = in_keras(layers, activation)
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=1.0),  # one step subtracts the gradient
        loss={
            "cross_entropy": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            "mean_squared_error": keras.losses.MeanSquaredError(),
        }[loss_name],
        run_eagerly=True,  # one step is not worth compiling
    )
    theirs = model.train_on_batch(x, y)
    outputs, cache = neurons.forward(x, layers, activation)
    ours, grad_outputs = getattr(neurons, loss_name)(outputs, y)
    assert ours == pytest.approx(float(theirs), abs=1e-12)
    gradients = neurons.backward(layers, cache, grad_outputs, activation)
    for before, gradient, after in zip(
        neurons.get_weights(layers),
        neurons.get_weights(gradients),
        model.get_weights(),
        strict=True,
    ):
        np.testing.assert_allclose(gradient, before - after, atol=1e-12)


@given(n=sizes, hidden=st.lists(sizes, max_size=3), seed=st.integers(0, 9), factor=st.floats(-3, 3))
def test_gradients_are_sums_over_examples_and_linear_in_what_comes_from_the_loss(
    n, hidden, seed, factor
):
    x, layers, rng = make(n, (3, *hidden, 2), seed)
    grad_outputs = rng.normal(size=(n, 2))

    def gradients(x, grad_outputs):
        _, cache = neurons.forward(x, layers)
        return neurons.get_weights(neurons.backward(layers, cache, grad_outputs))

    whole = gradients(x, grad_outputs)
    parts = [gradients(x[i : i + 1], grad_outputs[i : i + 1]) for i in range(n)]
    scaled = gradients(x, factor * grad_outputs)
    for all_at_once, times_factor, *one_by_one in zip(whole, scaled, *parts, strict=True):
        np.testing.assert_allclose(sum(one_by_one), all_at_once, atol=1e-12)
        np.testing.assert_allclose(times_factor, factor * all_at_once, atol=1e-12)


@depths
def test_backward_leaves_weights_and_cache_alone(hidden):
    x, layers, _ = make(4, (3, *hidden, 2))
    outputs, (z, h) = neurons.forward(x, layers)
    kept = [array.copy() for array in [*neurons.get_weights(layers), *z, *h]]
    first = neurons.backward(layers, (z, h), outputs)
    again = neurons.backward(layers, (z, h), outputs)
    after = [*neurons.get_weights(layers), *z, *h]
    assert all(np.array_equal(a, b) for a, b in zip(kept, after, strict=True))
    for a, b in zip(neurons.get_weights(first), neurons.get_weights(again), strict=True):
        np.testing.assert_array_equal(a, b)


@depths
@smooth_or_relu
@pytest.mark.usefixtures("double_precision")
def test_training_equals_keras_from_the_same_weights(hidden, activation):
    x, layers, rng = make(40, (5, *hidden, 3), seed=1)
    labels = rng.integers(0, 3, 40)
    model = in_keras(layers, activation)
    model.compile(
        optimizer=keras.optimizers.SGD(
            learning_rate=0.25
        ),  # exact in the 32 bits Keras keeps it in
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        run_eagerly=True,
    )
    for _ in range(5):
        model.train_on_batch(x, labels)
    trained, _ = neurons.train(
        layers,
        x,
        labels,
        neurons.cross_entropy,
        learning_rate=0.25,
        epochs=5,
        activation=activation,
    )
    for ours, theirs in zip(neurons.get_weights(trained), model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)
    outputs, _ = neurons.forward(x, trained, activation)
    back, _ = neurons.forward(x, neurons.from_weights(model.get_weights()), activation)
    np.testing.assert_allclose(back, outputs, atol=1e-12)


@given(shape=st.lists(sizes, min_size=2, max_size=5))
def test_init_mlp_shapes_and_seed(shape):
    a, b, other = (neurons.init_mlp(shape, seed=seed) for seed in (3, 3, 4))
    assert [layer.weights.shape for layer in a] == list(itertools.pairwise(shape))
    assert [layer.bias.shape for layer in a] == [(size,) for size in shape[1:]]
    for p, q in zip(neurons.get_weights(a), neurons.get_weights(b), strict=True):
        np.testing.assert_array_equal(p, q)
    assert not np.array_equal(a[0].weights, other[0].weights)
    assert not a[-1].bias.any()
    assert all(layer.bias.all() for layer in a[:-1])


def test_init_mlp_draws_first_to_last_and_scales_hidden_layers():
    """The notebook's numbers hang on the order of the draws."""
    rng = np.random.default_rng(3)
    expected = [
        rng.normal(0, 5 / np.sqrt(2), (2, 8)),
        rng.normal(0, 5, 8),
        rng.normal(0, 5 / np.sqrt(8), (8, 4)),
        rng.normal(0, 5, 4),
        rng.normal(0, 1 / np.sqrt(4), (4, 3)),
        np.zeros(3),
    ]
    found = neurons.get_weights(neurons.init_mlp([2, 8, 4, 3], seed=3, scale=5))
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        ([2, 0, 2], ValueError, r"`sizes\[1\]` must be at least 1. Received: 0"),
        ([2, 2, -1], ValueError, r"`sizes\[2\]` must be at least 1. Received: -1"),
        ([2, 2.5, 2], TypeError, r"`sizes\[1\]` must be a whole number. Received: 2.5"),
        ([2], ValueError, r"`sizes` must be inputs, .* as \[2, 8, 2\]. Received: \[2\]"),
        (2, ValueError, r"`sizes` must be inputs, .* as \[2, 8, 2\]. Received: 2"),
        ("28", ValueError, r"`sizes` must be inputs, .* as \[2, 8, 2\]. Received: '28'"),
    ],
)
def test_init_mlp_refuses_bad_sizes(bad, error, message):
    with pytest.raises(error, match=message):
        neurons.init_mlp(bad)


def test_init_mlp_refuses_a_negative_scale():
    with pytest.raises(ValueError, match="`scale` must be at least 0. Received: -1"):
        neurons.init_mlp([2, 2], scale=-1)


def test_hidden_neurons_that_start_equal_stay_equal():
    x, y = neurons.ring_points(40)
    start = [
        neurons.Layer(np.full((2, 5), 0.3), np.full(5, 0.1)),
        neurons.Layer(np.tile([0.2, -0.4], (5, 1)), np.zeros(2)),
    ]
    (hidden, last), _ = neurons.train(
        start, x, y, neurons.cross_entropy, learning_rate=0.5, epochs=50
    )
    assert not np.allclose(hidden.weights, 0.3)
    for rows in (hidden.weights.T, hidden.bias[:, None], last.weights):
        np.testing.assert_allclose(rows, np.tile(rows[0], (5, 1)), atol=1e-12)


@given(shape=st.lists(sizes, min_size=2, max_size=5))
def test_weights_in_a_list_and_back(shape):
    layers = neurons.init_mlp(shape)
    weights = neurons.get_weights(layers)
    assert len(weights) == 2 * len(layers)
    back = neurons.from_weights(weights)
    assert all(type(layer) is neurons.Layer for layer in back)
    assert all(a is b for a, b in zip(weights, neurons.get_weights(back), strict=True))


@pytest.mark.parametrize(
    "shapes",
    [
        [],
        [(2, 3)],
        [(2, 3), (3,), (3, 1)],
        [(2, 3), (2,)],
        [(2, 3), (3, 1)],  # two layers without a bias
        [(3, 3, 1, 8), (8,)],  # a convolution
        [(3,), (3,), (3,), (3,)],  # batch normalisation
    ],
)
def test_from_weights_refuses_arrays_of_other_layers(shapes):
    with pytest.raises(ValueError, match=r"`weights` must have shapes .*Received: \["):
        neurons.from_weights([np.zeros(shape) for shape in shapes])


def test_forward_refuses_weights_that_do_not_fit_each_other():
    layers = [*neurons.init_mlp([2, 3]), *neurons.init_mlp([4, 2])]
    with pytest.raises(ValueError, match=r"Received: \(5, 3\), \(4, 2\), \(2,\)"):
        neurons.forward(np.zeros((5, 2)), layers)


def test_an_unknown_activation_is_refused():
    x, layers, _ = make(2, (2, 2, 2))
    outputs, cache = neurons.forward(x, layers)
    message = "`activation` must be one of .*'relu'. Received: 'gelu'"
    with pytest.raises(ValueError, match=message):
        neurons.forward(x, layers, "gelu")
    with pytest.raises(ValueError, match=message):
        neurons.backward(layers, cache, outputs, "gelu")


# Losses ------------------------------------------------------------------------------------------


@given(n=sizes, classes=st.integers(2, 6), seed=st.integers(0, 9))
def test_losses_equal_keras(n, classes, seed):
    rng = np.random.default_rng(seed)
    logits, labels = rng.normal(size=(n, classes)), rng.integers(0, classes, n)
    theirs = keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype="float64")
    assert neurons.cross_entropy(logits, labels)[0] == pytest.approx(float(theirs(labels, logits)))
    targets = rng.normal(size=(n, classes))
    theirs = keras.losses.MeanSquaredError(dtype="float64")
    assert neurons.mean_squared_error(logits, targets)[0] == pytest.approx(
        float(theirs(targets, logits))
    )


def test_cross_entropy_gradient_is_probability_minus_one_hot():
    logits = np.log(np.array([[0.82, 0.15, 0.02, 0.01]]))
    loss, gradient = neurons.cross_entropy(logits, np.array([0]))
    assert loss == pytest.approx(-np.log(0.82))
    np.testing.assert_allclose(gradient, [[-0.18, 0.15, 0.02, 0.01]])


def test_cross_entropy_stays_finite_when_surely_wrong():
    assert np.isfinite(neurons.cross_entropy(np.array([[0.0, 5000.0]]), np.array([0]))[0])


@pytest.mark.parametrize("function", [neurons.cross_entropy, neurons.accuracy])
@pytest.mark.parametrize(
    "labels", [[0], [0.0, 1.0], [0, 3], [-1, 0], [[0], [1]], [[1, 0, 0], [0, 1, 0]]]
)
def test_bad_labels_are_refused(function, labels):
    with pytest.raises(ValueError, match="`labels` must .*Received: "):
        function(np.zeros((2, 3)), np.array(labels))


@pytest.mark.parametrize("shape", [(3,), (3, 2, 2), ()])
def test_cross_entropy_takes_one_row_for_each_example(shape):
    with pytest.raises(ValueError, match=r"`logits` must have shape \(n, classes\). Received: "):
        neurons.cross_entropy(np.zeros(shape), np.zeros(3, int))


def test_mean_squared_error_refuses_broadcasting():
    with pytest.raises(ValueError, match=r"`targets` .* \(3, 1\), .*Received: \(3,\)"):
        neurons.mean_squared_error(np.zeros((3, 1)), np.zeros(3))


@pytest.mark.parametrize("loss_name", ["cross_entropy", "mean_squared_error"])
def test_a_network_that_has_diverged_has_no_error_but_a_loss_of_nan(loss_name):
    x, layers, rng = make(5, (2, 4, 3))
    layers[0].weights[0, 0] = np.nan
    y, loss = draw_answers(rng, loss_name, 5, 3), getattr(neurons, loss_name)
    trained, history = neurons.train(layers, x, y, loss, learning_rate=0.1, epochs=2)
    assert np.isnan(history["loss"]).all()
    assert np.isnan(trained[-1].bias).all()
    loss_of_nan, gradient = loss(np.full((5, 3), np.nan), y)
    assert np.isnan(loss_of_nan)
    assert np.isnan(gradient).all()


def test_accuracy():
    assert neurons.accuracy(
        np.array([[1, 2], [3, 0], [0, 1]]), np.array([1, 0, 0])
    ) == pytest.approx(2 / 3)


# Training ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(2, 8, 2), (2, 8, 8, 2)])
def test_training_learns_the_ring_and_leaves_the_start_alone(shape):
    x, y = neurons.ring_points(100, seed=0)
    start = neurons.init_mlp(shape, seed=0)
    kept = [array.copy() for array in neurons.get_weights(start)]
    mlp, history = neurons.train(start, x, y, neurons.cross_entropy, learning_rate=0.5, epochs=500)
    assert neurons.accuracy(neurons.forward(x, mlp)[0], y) == 1
    assert len(history["loss"]) == 500
    assert history["loss"][-1] < 0.2 * history["loss"][0]
    for before, after in zip(kept, neurons.get_weights(start), strict=True):
        np.testing.assert_array_equal(before, after)


def test_a_single_layer_does_not_learn_the_ring():
    x, y = neurons.ring_points(100, seed=0)
    mlp, _ = neurons.train(
        neurons.init_mlp([2, 2]), x, y, neurons.cross_entropy, learning_rate=0.5, epochs=500
    )
    assert neurons.accuracy(neurons.forward(x, mlp)[0], y) < 0.8


def test_sgd_step_by_hand():
    layers = [neurons.Layer(np.array([[1.0, 2.0]]), np.array([0.0, 1.0]))]
    gradients = [neurons.Layer(np.array([[4.0, 0.0]]), np.array([-2.0, 2.0]))]
    (layer,) = neurons.sgd_step(layers, gradients, learning_rate=0.5)
    assert layer.weights.tolist() == [[-1, 2]]
    assert layer.bias.tolist() == [1, 0]


def test_mini_batches_see_every_example_once():
    batches = neurons._batches(10, 4, np.random.default_rng(0))
    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert sorted(np.concatenate(batches)) == list(range(10))


def test_training_is_seeded():
    x, y = neurons.ring_points(40)
    options = {"learning_rate": 0.1, "epochs": 3, "batch_size": 8}
    runs = [
        neurons.train(
            neurons.init_mlp([2, 3, 2]), x, y, neurons.cross_entropy, seed=seed, **options
        )
        for seed in (1, 1, 2)
    ]
    assert runs[0][1] == runs[1][1] != runs[2][1]


def test_training_refuses_x_and_y_of_different_lengths():
    x, y = neurons.ring_points(10)
    with pytest.raises(ValueError, match="`x` and `y` must have the same length. .* 10 and 9"):
        neurons.train(
            neurons.init_mlp([2, 2]), x, y[:9], neurons.cross_entropy, learning_rate=0.1, epochs=1
        )


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        ({"epochs": -1}, ValueError, "`epochs` must be at least 0. Received: -1"),
        ({"epochs": 1.5}, TypeError, "`epochs` must be a whole number. Received: 1.5"),
        ({"learning_rate": -0.1}, ValueError, "`learning_rate` must be at least 0. Received: -0.1"),
        ({"batch_size": 0}, ValueError, "`batch_size` must be at least 1. Received: 0"),
    ],
)
def test_training_refuses_bad_numbers(bad, error, message):
    x, y = neurons.ring_points(10)
    options = {"learning_rate": 0.1, "epochs": 1, **bad}
    with pytest.raises(error, match=message):
        neurons.train(neurons.init_mlp([2, 2]), x, y, neurons.cross_entropy, **options)


def test_ring_points_are_what_they_say():
    positions, labels = neurons.ring_points(300, seed=2)
    distance = np.hypot(*positions.T)
    assert np.bincount(labels).tolist() == [150, 150]
    assert distance[labels == 0].max() < 1 < distance[labels == 1].min()


def test_ring_points_fill_a_disc_and_a_ring_evenly_in_every_direction():
    positions, labels = neurons.ring_points(4000, seed=1)
    radius, angle = np.hypot(*positions.T), np.arctan2(*positions.T)
    for label, low, high in [(0, 0.0, 0.8), (1, 1.1, 1.7)]:
        found = radius[labels == label]
        assert low <= found.min() < low + 0.01
        assert high - 0.01 < found.max() <= high
        assert len(np.unique(found)) == 2000
    quarters, _ = np.histogram(angle, np.linspace(-np.pi, np.pi, 5))
    assert quarters.min() > 900  # 1,000 each, give or take 3.5 standard deviations


def test_ring_points_depend_on_the_seed_alone():
    positions, labels = neurons.ring_points()
    assert positions.shape == (200, 2)
    assert np.bincount(labels).tolist() == [100, 100]
    np.testing.assert_array_equal(neurons.ring_points(200, seed=0)[0], positions)
    assert not np.array_equal(neurons.ring_points(200, seed=1)[0], positions)


def test_mean_squared_error_of_bytes_and_of_single_numbers():
    loss, gradient = neurons.mean_squared_error(
        np.array([1, 2], np.uint8), np.array([3, 2], np.uint8)
    )
    assert (loss, gradient.tolist()) == (2.0, [-2.0, 0.0])
    loss, gradient = neurons.mean_squared_error(3.0, 5.0)
    assert (loss, float(gradient)) == (4.0, -4.0)


def test_one_example_alone_is_refused():
    layers = neurons.init_mlp([2, 3, 2])
    with pytest.raises(ValueError, match=r"must have shapes \(n, inputs\).*Received: \(2,\)"):
        neurons.forward(np.ones(2), layers)


def test_a_step_needs_a_gradient_for_each_layer():
    layers = neurons.init_mlp([2, 3, 2])
    with pytest.raises(ValueError, match="zip"):
        neurons.sgd_step(layers, layers[:1], 0.1)
    with pytest.raises(ValueError, match="zip"):
        neurons.sgd_step(layers, [layer[:1] for layer in layers], 0.1)


def test_training_shuffles_by_its_seed():
    x, y = neurons.ring_points(40)
    options = {"learning_rate": 0.1, "epochs": 2, "batch_size": 7}
    layers = neurons.init_mlp([2, 4, 2])
    runs = [
        neurons.train(layers, x, y, neurons.cross_entropy, **options, **seed)[1]["loss"]
        for seed in ({}, {"seed": 0}, {"seed": 1})
    ]
    assert runs[0] == runs[1] != runs[2]
