"""`dl_course.neurons` against hand-worked examples, finite differences, SciPy and Keras."""

import keras
import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dl_course import neurons

numbers = arrays(float, st.integers(1, 20), elements=st.floats(-50, 50))
sizes = st.integers(1, 6)


def relative_difference(a, b):
    return np.max(np.abs(a - b)) / max(np.max(np.abs(b)), 1e-12)


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


# Slopes and gradient descent ---------------------------------------------------------------------


def test_numerical_gradient_of_a_square():
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    np.testing.assert_allclose(neurons.numerical_gradient(lambda v: (v**2).sum(), x), 2 * x)


@pytest.mark.parametrize("epsilon", [0, -1e-5, float("nan")])
def test_numerical_gradient_needs_a_positive_epsilon(epsilon):
    with pytest.raises(ValueError, match="`epsilon` must be positive. Received: "):
        neurons.numerical_gradient(np.sum, 1.0, epsilon=epsilon)


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


@pytest.mark.parametrize(
    "options", [{"learning_rate": -1, "steps": 1}, {"learning_rate": 1, "steps": -1}]
)
def test_gradient_descent_refuses_negative_numbers(options):
    with pytest.raises(ValueError, match="must not be negative. Received: -1"):
        neurons.gradient_descent(lambda p: p, 1.0, **options)


# The network -------------------------------------------------------------------------------------


def make(n, inputs, hidden, outputs, seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, inputs))
    return x, neurons.init_mlp(inputs, hidden, outputs, seed=seed), random


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


@pytest.mark.parametrize("loss_name", ["cross_entropy", "mean_squared_error"])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
@given(n=sizes, inputs=sizes, hidden=sizes, outputs=sizes, seed=st.integers(0, 5))
def test_backpropagation_equals_finite_differences(
    loss_name, activation, n, inputs, hidden, outputs, seed
):
    x, mlp, random = make(n, inputs, hidden, outputs, seed)
    loss = getattr(neurons, loss_name)
    y = (
        random.integers(0, outputs, n)
        if loss_name == "cross_entropy"
        else random.normal(size=(n, outputs))
    )
    out, cache = neurons.forward(x, mlp, activation)
    if activation == "relu" and np.min(np.abs(cache[0])) < 1e-3:
        return  # next to the kink, finite differences measure neither side
    gradients = neurons.backward(x, mlp, cache, loss(out, y)[1], activation)
    for name, gradient in gradients._asdict().items():

        def loss_of(values, name=name):
            return loss(neurons.forward(x, mlp._replace(**{name: values}), activation)[0], y)[0]

        measured = neurons.numerical_gradient(loss_of, getattr(mlp, name))
        assert gradient.shape == measured.shape
        # 1e-6 of the largest slope; below 1e-4 rounding in the differences themselves shows
        assert np.max(np.abs(gradient - measured)) <= 1e-6 * max(np.max(np.abs(measured)), 1e-4)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_training_equals_keras_from_the_same_weights(activation):
    x, mlp, random = make(40, 5, 7, 3, seed=1)
    labels = random.integers(0, 3, 40)
    model = keras.Sequential(
        [
            keras.layers.Input((5,), dtype="float64"),
            keras.layers.Dense(7, activation=activation, dtype="float64"),
            keras.layers.Dense(3, dtype="float64"),
        ]
    )
    model.set_weights(list(mlp))
    outputs, _ = neurons.forward(x, mlp, activation)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(model(x)), outputs, atol=1e-6)
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=0.3),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    for _ in range(5):
        model.train_on_batch(x, labels)
    trained, _ = neurons.train(
        mlp, x, labels, neurons.cross_entropy, learning_rate=0.3, epochs=5, activation=activation
    )
    for ours, theirs in zip(trained, model.get_weights(), strict=True):
        # 1e-6, not less: Keras keeps the learning rate in 32 bits
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


@given(inputs=sizes, hidden=sizes, outputs=sizes)
def test_init_mlp_shapes_and_seed(inputs, hidden, outputs):
    a = neurons.init_mlp(inputs, hidden, outputs, seed=3)
    b = neurons.init_mlp(inputs, hidden, outputs, seed=3)
    assert [w.shape for w in a] == [(inputs, hidden), (hidden,), (hidden, outputs), (outputs,)]
    assert all(np.array_equal(p, q) for p, q in zip(a, b, strict=True))
    assert not np.array_equal(a.w1, neurons.init_mlp(inputs, hidden, outputs, seed=4).w1)


@pytest.mark.parametrize("bad", [0, -1, 2.5, "3"])
def test_init_mlp_refuses_bad_sizes(bad):
    with pytest.raises(ValueError, match="`hidden` must be a positive whole number. Received: "):
        neurons.init_mlp(2, bad, 2)


def test_forward_refuses_an_unknown_activation():
    x, mlp, _ = make(2, 2, 2, 2)
    with pytest.raises(ValueError, match="`activation` must be one of .*relu. Received: 'gelu'"):
        neurons.forward(x, mlp, "gelu")


# Losses ------------------------------------------------------------------------------------------


@given(n=sizes, classes=st.integers(2, 6), seed=st.integers(0, 9))
def test_losses_equal_keras(n, classes, seed):
    random = np.random.default_rng(seed)
    logits, labels = random.normal(size=(n, classes)), random.integers(0, classes, n)
    theirs = keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype="float64")
    assert neurons.cross_entropy(logits, labels)[0] == pytest.approx(float(theirs(labels, logits)))
    targets = random.normal(size=(n, classes))
    theirs = keras.losses.MeanSquaredError(dtype="float64")
    assert neurons.mean_squared_error(logits, targets)[0] == pytest.approx(
        float(theirs(targets, logits))
    )


def test_cross_entropy_slope_is_probability_minus_wanted():
    logits = np.log(np.array([[0.82, 0.15, 0.02, 0.01]]))
    loss, slope = neurons.cross_entropy(logits, np.array([0]))
    assert loss == pytest.approx(-np.log(0.82))
    np.testing.assert_allclose(slope, [[-0.18, 0.15, 0.02, 0.01]])


def test_cross_entropy_stays_finite_when_surely_wrong():
    assert np.isfinite(neurons.cross_entropy(np.array([[0.0, 5000.0]]), np.array([0]))[0])


@pytest.mark.parametrize("labels", [[0], [0.0, 1.0], [0, 3], [-1, 0], [[0], [1]]])
def test_cross_entropy_refuses_bad_labels(labels):
    with pytest.raises(ValueError, match="`labels` must be .*Received: "):
        neurons.cross_entropy(np.zeros((2, 3)), np.array(labels))


def test_mean_squared_error_refuses_broadcasting():
    with pytest.raises(ValueError, match=r"same shape. Received: \(3, 1\) and \(3,\)"):
        neurons.mean_squared_error(np.zeros((3, 1)), np.zeros(3))


def test_accuracy():
    assert neurons.accuracy(
        np.array([[1, 2], [3, 0], [0, 1]]), np.array([1, 0, 0])
    ) == pytest.approx(2 / 3)


# Training ----------------------------------------------------------------------------------------


def test_training_learns_the_ring_and_leaves_the_start_alone():
    x, y = neurons.ring_points(100, seed=0)
    start = neurons.init_mlp(2, 8, 2, seed=0)
    kept = [w.copy() for w in start]
    mlp, history = neurons.train(start, x, y, neurons.cross_entropy, learning_rate=0.5, epochs=500)
    assert neurons.accuracy(neurons.forward(x, mlp)[0], y) == 1
    assert len(history["loss"]) == 500
    assert history["loss"][-1] < 0.2 * history["loss"][0]
    assert all(np.array_equal(a, b) for a, b in zip(kept, start, strict=True))


def test_mini_batches_see_every_example_once():
    batches = neurons._batches(10, 4, np.random.default_rng(0))
    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert sorted(np.concatenate(batches)) == list(range(10))


def test_training_is_seeded():
    x, y = neurons.ring_points(40)
    options = {"learning_rate": 0.1, "epochs": 3, "batch_size": 8}
    runs = [
        neurons.train(neurons.init_mlp(2, 3, 2), x, y, neurons.cross_entropy, seed=seed, **options)
        for seed in (1, 1, 2)
    ]
    assert runs[0][1] == runs[1][1] != runs[2][1]


def test_training_refuses_bad_numbers():
    x, y = neurons.ring_points(10)
    mlp = neurons.init_mlp(2, 3, 2)
    with pytest.raises(ValueError, match="equally many. Received: 10 and 9"):
        neurons.train(mlp, x, y[:9], neurons.cross_entropy, learning_rate=0.1, epochs=1)
    with pytest.raises(ValueError, match="`epochs` must not be negative. Received: -1"):
        neurons.train(mlp, x, y, neurons.cross_entropy, learning_rate=0.1, epochs=-1)


def test_ring_points_are_what_they_say():
    positions, labels = neurons.ring_points(300, seed=2)
    distance = np.hypot(*positions.T)
    assert np.bincount(labels).tolist() == [150, 150]
    assert distance[labels == 0].max() < 1 < distance[labels == 1].min()
