"""`dl_course.autodiff` against hand-worked examples, finite differences, and the backend of Keras."""

import numpy as np
import pytest
from backends import TOLERANCE, value_and_gradients
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes
from keras import ops

from dl_course.autodiff import Value
from dl_course.neurons import numerical_gradient


def gradients_of(function, *arrays):
    """A function of values that returns one number: its value, and its gradient in each argument."""
    values = [Value(array) for array in arrays]
    result = function(*values)
    result.backward()
    return result.data, [value.grad for value in values]


def assert_close(ours, theirs, tolerance=1e-6):
    """Equal to a tolerance (relative for what is above 1), and of the same shape."""
    assert np.shape(ours) == np.shape(theirs)
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


def draw(*shapes, seed=0):
    """Numbers from 0.3 to 2.3, which any function here takes."""
    rng = np.random.default_rng(seed)
    return [rng.uniform(0.3, 2.3, shape) for shape in shapes]


# Worked by hand ----------------------------------------------------------------------------------


def test_one_product_and_one_sum():
    """The example of CS231n: f = (x + y) z at -2, 5, -4."""
    x, y, z = Value(-2.0), Value(5.0), Value(-4.0)
    q = x + y
    f = q * z
    f.backward()
    assert (q.data, f.data) == (3, -12)
    assert [value.grad for value in (x, y, z, q, f)] == [-4, -4, 3, -4, 1]


def test_a_neuron():
    """The sigmoid neuron of CS231n: weights 2, -3, -3 and inputs -1, -2."""
    w, x, b = Value([2.0, -3.0]), Value([-1.0, -2.0]), Value(-3.0)
    z = w @ x + b
    y = z.sigmoid()
    y.backward()
    slope = y.data * (1 - y.data)
    assert z.data == 1
    assert_close(y.data, 1 / (1 + np.exp(-1)), 1e-12)
    assert_close(w.grad, [-slope, -2 * slope], 1e-12)
    assert_close(x.grad, [2 * slope, -3 * slope], 1e-12)
    assert_close(b.grad, slope, 1e-12)


def test_where_a_value_is_used_twice_gradients_add():
    a = Value(3.0)
    (a + a).backward()
    assert a.grad == 2
    a = Value(3.0)
    b = a * a
    (b * a + b).backward()  # a³ + a²
    assert a.grad == 27 + 6


def test_a_value_that_reaches_the_loss_by_a_short_and_a_long_way():
    """A value must not hand its gradient on before it has all of it."""
    a = Value(2.0)
    b = a + 1
    c = b * 3
    loss = b * c * c  # 9 b³
    loss.backward()
    assert (c.grad, b.grad, a.grad) == (2 * 3 * 9, 27 * 9, 27 * 9)


def test_relu_has_slope_0_at_0():
    x = Value([-1.0, 0.0, 2.0])
    x.relu().sum().backward()
    assert x.grad.tolist() == [0, 0, 1]


def test_to_the_power_of_0_is_flat_even_at_0():
    x = Value([0.0, 2.0])
    (x**0).sum().backward()
    assert x.grad.tolist() == [0, 0]


def test_sigmoid_does_not_overflow():
    x = Value([-1000.0, 1000.0])
    y = x.sigmoid()
    y.sum().backward()
    assert y.data.tolist() == [0, 1]
    assert x.grad.tolist() == [0, 0]


def test_an_index_may_name_a_number_twice():
    x = Value([1.0, 2.0, 3.0])
    (x[[0, 0, 2]] * [1.0, 10.0, 100.0]).sum().backward()
    assert x.grad.tolist() == [11, 0, 100]


# The graph ---------------------------------------------------------------------------------------


def test_a_value_knows_how_it_was_computed():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    c = a * b
    assert (a.operation, a.parents, a.label) == ("", (), "a")
    assert (c.operation, c.parents, c.label) == ("*", (a, b), "")
    x = Value([1.0])
    for result, operation in {
        a + b: "+",
        a - b: "-",
        a / b: "/",
        -a: "neg",
        a**3: "**3",
        a**0.5: "**0.5",
        a.exp(): "exp",
        a.log(): "log",
        a.tanh(): "tanh",
        a.sigmoid(): "sigmoid",
        a.relu(): "relu",
        x.sum(): "sum",
        x.mean(): "mean",
        x @ x: "@",
        x[0]: "[]",
    }.items():
        assert result.operation == operation
        assert set(result.parents) <= {a, b, x}


def test_numbers_and_arrays_become_constants():
    a = Value(2.0)
    for result in (a + 1, 1 + a, [1.0] * a, np.ones(2) - a, np.float64(1) / a):
        (constant,) = (parent for parent in result.parents if parent is not a)
        assert (constant.operation, constant.parents) == ("constant", ())
        assert np.all(constant.data == 1)


def test_topological_order_has_each_value_once_and_after_its_parents():
    a, b = Value(1.0), Value(2.0)
    c = a + b
    d = c * c
    order = (d + c * a).topological_order()
    assert len(order) == len(set(order)) == 6
    for place, value in enumerate(order):
        assert all(order.index(parent) < place for parent in value.parents)


def test_deep_graphs_are_not_recursive():
    x = Value(1.0)
    y = x
    for _ in range(20_000):
        y = y + x * 0.5
    y.backward()
    assert y.data == x.grad == 10_001
    del y  # Python frees the graph without running out of its stack


def test_numbers_are_floats_and_arrays_are_copies():
    array = np.ones(2)
    x = Value(array)
    x.data -= 1
    assert array.tolist() == [1, 1]
    assert Value([1, 2]).data.dtype == Value(np.ones(2, "float32")).data.dtype == np.float64
    a = Value(np.float64(2))
    loss = (a.exp() * x).sum() + np.float32(1) * a**2
    loss.backward()
    assert {type(number) for number in (a.data, a.grad, loss.data, loss.grad)} == {float}


def test_repr():
    assert repr(Value(2, "a")) == "Value(2.0, grad=0.0, label='a')"
    assert repr(-Value([1.0])) == "Value([-1.], grad=[0.])"


# Calling backward again --------------------------------------------------------------------------


def test_backward_twice_adds_to_inputs_only():
    a, b = Value(2.0), Value(3.0)
    product = a * b
    loss = product**2
    loss.backward()
    first = a.grad, b.grad
    assert first == (36, 24)
    loss.backward()
    assert (a.grad, b.grad) == (72, 48)
    assert (product.grad, loss.grad) == (12, 1)  # of the latest call


def test_two_losses_of_one_graph_give_the_gradient_of_their_sum():
    a = Value(2.0)
    square = a * a
    (square * 3).backward()
    square.tanh().backward()
    b = Value(2.0)
    (b * b * 3 + (b * b).tanh()).backward()
    assert_close(a.grad, b.grad, 1e-12)


def test_zero_grad_resets_one_value():
    a, b = Value([2.0, 3.0]), Value(3.0)
    loss = (a * b).sum()
    loss.backward()
    a.zero_grad()
    assert a.grad.tolist() == [0, 0]
    assert b.grad == 5
    loss.backward()
    assert a.grad.tolist() == [3, 3]
    assert b.grad == 10


def test_backward_from_an_input():
    a = Value(2.0)
    a.backward()
    assert a.grad == 1


# Wrong use ---------------------------------------------------------------------------------------


def test_backward_starts_from_one_number():
    with pytest.raises(ValueError, match=r"`backward` must start from one number.*shape \(2,\)"):
        (Value([1.0, 2.0]) * 2).backward()


@pytest.mark.parametrize("exponent", [Value(2.0), "2", np.ones(2)])
def test_exponents_are_numbers(exponent):
    with pytest.raises(TypeError, match="`exponent` must be a number"):
        Value(2.0) ** exponent


@pytest.mark.parametrize("other", [2.0, np.ones((2, 2, 2))])
def test_matrix_products_have_one_or_two_axes(other):
    with pytest.raises(ValueError, match=r"Both sides of `@` must have 1 or 2 axes.*\(2, 2\)"):
        Value(np.ones((2, 2))) @ other
    with pytest.raises(ValueError, match="1 or 2 axes"):
        other @ Value(np.ones((2, 2)))


def test_what_would_lose_the_graph_is_an_error():
    """NumPy's functions, and Python's `sum` over the rows of an array."""
    x = Value([1.0, 2.0])
    with pytest.raises(TypeError, match="ufunc"):
        np.tanh(x)
    with pytest.raises(TypeError, match="not iterable"):
        sum(x)
    with pytest.raises(TypeError, match="`data` must hold real numbers. Received: Value"):
        Value(Value(1.0))


# Equal to Keras on its backend, and to finite differences ----------------------------------------

constant = ops.convert_to_tensor


# Name: with values, with tensors (None: the same function), shapes of the arguments.
EXPRESSIONS = {
    "sums": (lambda a, b: a + b - 3 + (1 - 2 * a), None, [(), ()]),
    "products": (lambda a, b: 2 * a * b / (b + 1) - (1 / a) / b, None, [(), ()]),
    "powers": (lambda a, b: a**2 + b**-1.5 - (-a) ** 3 + a**0.5, None, [(), ()]),
    "exp and log": (
        lambda a, b: (a * b).exp() + (a / b).log(),
        lambda a, b: ops.exp(a * b) + ops.log(a / b),
        [(), ()],
    ),
    "activations": (
        lambda a, b: a.tanh() * b.sigmoid() + (a - b).relu() + (b - a).relu() ** 2,
        lambda a, b: ops.tanh(a) * ops.sigmoid(b) + ops.relu(a - b) + ops.relu(b - a) ** 2,
        [(), ()],
    ),
    "broadcasting": (
        lambda a, b, c: (a * b / c + b - c).sum(),
        lambda a, b, c: ops.sum(a * b / c + b - c),
        [(2, 3), (3,), (4, 1, 1)],
    ),
    "numbers and arrays": (
        lambda a, b: ((a - b) ** 2 / b).mean(),
        lambda a, b: ops.mean((a - b) ** 2 / b),
        [(2, 3), ()],
    ),
    "sums along axes": (
        lambda a: (a / a.sum(axis=1, keepdims=True) * a.sum((0, 2)).exp()).sum(),
        lambda a: ops.sum(a / ops.sum(a, axis=1, keepdims=True) * ops.exp(ops.sum(a, axis=(0, 2)))),
        [(2, 3, 3)],
    ),
    "means along axes": (
        lambda a: ((a - a.mean(-1, keepdims=True)) ** 2).mean((0, 2)).log().mean(),
        lambda a: ops.mean(
            ops.log(ops.mean((a - ops.mean(a, axis=-1, keepdims=True)) ** 2, axis=(0, 2)))
        ),
        [(2, 3, 4)],
    ),
    "matrix @ matrix": (
        lambda a, b: ((a @ b).tanh() ** 2).sum(),
        lambda a, b: ops.sum(ops.tanh(a @ b) ** 2),
        [(2, 3), (3, 4)],
    ),
    "matrix @ vector": (
        lambda a, b: ((a @ b).tanh() ** 2).sum(),
        lambda a, b: ops.sum(ops.tanh(ops.matmul(a, b)) ** 2),
        [(2, 3), (3,)],
    ),
    "vector @ matrix": (
        lambda a, b: ((a @ b).tanh() ** 2).sum(),
        lambda a, b: ops.sum(ops.tanh(ops.matmul(a, b)) ** 2),
        [(3,), (3, 2)],
    ),
    "vector @ vector": (lambda a, b: (a @ b).tanh(), lambda a, b: ops.tanh(ops.dot(a, b)), [3, 3]),
    "array @ value": (
        lambda a: ([[1.0, 2.0], [3.0, 4.0]] @ a).log().sum(),
        lambda a: ops.sum(ops.log(ops.matmul(constant([[1.0, 2.0], [3.0, 4.0]]), a))),
        [(2, 2)],
    ),
    "indices": (
        lambda a: (a[0] * a[1:, 1] * a[-1, -1]).sum(),
        lambda a: ops.sum(a[0] * a[1:, 1] * a[-1, -1]),
        [(3, 2)],
    ),
    "picked by arrays": (
        lambda a: a[np.arange(3), [1, 0, 1]].log().mean(),
        lambda a: ops.mean(ops.log(ops.sum(a * constant(np.eye(2)[[1, 0, 1]]), axis=1))),
        [(3, 2)],
    ),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_equals_the_backend(name):
    function, in_keras, shapes = EXPRESSIONS[name]
    arrays = draw(*shapes)
    value, gradients = gradients_of(function, *arrays)
    wanted, wanted_gradients = value_and_gradients(in_keras or function, *arrays)
    assert_close(value, wanted, TOLERANCE)
    for ours, theirs in zip(gradients, wanted_gradients, strict=True):
        assert_close(ours, theirs, TOLERANCE)


@given(mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3), st.integers(0, 9))
def test_shapes_are_broadcast(shapes, seed):
    a, b = draw(*shapes.input_shapes, seed=seed)
    _, (grad_a, grad_b) = gradients_of(lambda a, b: (a * b).sum(), a, b)
    assert_close(grad_a, numerical_gradient(lambda a: np.sum(a * b), a))
    assert_close(grad_b, numerical_gradient(lambda b: np.sum(a * b), b))


OPERATIONS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / (b * b + 1),
    "constant": lambda a, b: 3 - a / 2,
    "**": lambda a, b: a**3 / 4,
    "root": lambda a, b: (a * a + b * b + 1) ** 0.5,
    "exp": lambda a, b: (-a * a).exp(),
    "log": lambda a, b: (a * a + 1).log(),
    "tanh": lambda a, b: a.tanh(),
    "sigmoid": lambda a, b: b.sigmoid(),
    "relu": lambda a, b: a.relu(),
    "sum": lambda a, b: a + b.sum(),
    "mean": lambda a, b: a * b.mean(axis=0, keepdims=True),
    "index": lambda a, b: a * b[0],
    "@": lambda a, b: (a * b) @ (b * a) / 4 - a,
}
steps = st.tuples(st.sampled_from(list(OPERATIONS)), st.integers(0, 99), st.integers(0, 99))
starts = st.lists(st.floats(-2, 2), min_size=6, max_size=6)


def compute(program, inputs):
    """Each step takes two of the values so far and adds one; the loss is the mean of the last two."""
    values = list(inputs)
    for name, first, second in program:
        values.append(OPERATIONS[name](values[first % len(values)], values[second % len(values)]))
    return (values[-1] + values[-2]).mean()


@given(st.lists(steps, min_size=1, max_size=8), starts)
def test_random_expressions_equal_finite_differences(program, start):
    start = np.reshape(start, (2, 3))
    inputs = [Value(row) for row in start]
    loss = compute(program, inputs)
    graph = loss.topological_order()
    assume(all(np.max(np.abs(value.data)) < 30 for value in graph))
    kinks = [value.parents[0].data for value in graph if value.operation == "relu"]
    assume(all(np.min(np.abs(data)) > 1e-3 for data in kinks))
    loss.backward()
    gradient = numerical_gradient(lambda x: compute(program, [Value(row) for row in x]).data, start)
    for value, wanted in zip(inputs, gradient, strict=True):
        assert_close(value.grad, wanted)


# A network ---------------------------------------------------------------------------------------


def cross_entropy(logits, labels):
    """Mean of `-log(softmax)` at the labels: the largest logit is subtracted as a constant."""
    shifted = logits - logits.data.max(axis=1, keepdims=True)
    total = shifted.exp().sum(axis=1).log()
    return (total - shifted[np.arange(len(labels)), labels]).mean()


def network(x, w1, b1, w2, b2):
    return (x @ w1 + b1).tanh() @ w2 + b2


def loss_in_keras(x, labels):
    def loss(w1, b1, w2, b2):
        logits = ops.matmul(ops.tanh(ops.matmul(x, w1) + b1), w2) + b2
        wanted = np.eye(3)[labels]
        return ops.mean(ops.categorical_crossentropy(wanted, logits, from_logits=True))

    return loss


def test_a_network_trained_through_the_tape():
    """Its loss and all its gradients are those of the backend, at the first step and at the last."""
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(12, 2)), rng.integers(0, 3, 12)
    parameters = [Value(rng.normal(size=shape)) for shape in [(2, 5), 5, (5, 3), 3]]
    losses = []
    for step in range(200):
        loss = cross_entropy(network(x, *parameters), labels)
        for parameter in parameters:
            parameter.zero_grad()
        loss.backward()
        if step in (0, 199):
            arrays = [parameter.data for parameter in parameters]
            wanted, gradients = value_and_gradients(loss_in_keras(x, labels), *arrays)
            assert_close(loss.data, wanted, TOLERANCE)
            for parameter, gradient in zip(parameters, gradients, strict=True):
                assert_close(parameter.grad, gradient, TOLERANCE)
        for parameter in parameters:
            parameter.data = parameter.data - 0.5 * parameter.grad
        losses.append(loss.data)
    assert losses[-1] < losses[0] / 3


def test_text_is_no_number():
    with pytest.raises(TypeError, match="^`data` must hold real numbers. Received: '3'"):
        Value("3")


def test_division_by_zero_is_infinite_as_in_numpy():
    with np.errstate(divide="ignore", invalid="ignore"):
        assert (Value(1.0) / Value(0.0)).data == np.inf
        assert (Value([1.0, -1.0]) / 0).data.tolist() == [np.inf, -np.inf]
        assert Value(0.0).log().data == -np.inf


def test_a_number_on_the_left_is_added_not_taken_away():
    x = Value(3.0)
    y = 2.0 + x
    y.backward()
    assert (y.data, y.operation, x.grad) == (5.0, "+", 1.0)
