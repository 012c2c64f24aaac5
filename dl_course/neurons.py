"""Neurons, activations, losses, backpropagation and gradient descent, in NumPy.

Everything works on batches: `x` has one example in each row, shape `(n, inputs)`. An activation and its
derivative stand together; they take a number or an array of any shape and return an array of that
shape. A network is a list of layers, as many as you like. Each loss returns its value and its gradient,
so backpropagation starts from any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dl_course import _validate

__all__ = [
    "ACTIVATIONS",
    "Layer",
    "accuracy",
    "backward",
    "cross_entropy",
    "dense",
    "forward",
    "from_weights",
    "get_weights",
    "gradient_descent",
    "init_mlp",
    "mean_squared_error",
    "numerical_gradient",
    "relu",
    "relu_derivative",
    "ring_points",
    "sgd_step",
    "sigmoid",
    "sigmoid_derivative",
    "softmax",
    "step",
    "step_derivative",
    "tanh",
    "tanh_derivative",
    "train",
]

# Activations -------------------------------------------------------------------------------------


def step(x: ArrayLike) -> np.ndarray:
    """Return 1 where `x` is at least 0, else 0: a neuron that fires or does not.

    Examples:
        >>> step([-2, 0, 3]).tolist()
        [0.0, 1.0, 1.0]

    Taught in notebook 01.
    """
    return np.where(np.asarray(x) >= 0, 1.0, 0.0)


def step_derivative(x: ArrayLike) -> np.ndarray:
    """Return 0 everywhere: the step is flat; at the jump itself the derivative is undefined.

    Examples:
        >>> step_derivative([-2, 0, 3]).tolist()
        [0.0, 0.0, 0.0]
    """
    return np.zeros_like(x, dtype=float)


def sigmoid(x: ArrayLike) -> np.ndarray:
    """Squash any number into (0, 1): `1 / (1 + exp(-x))`, without overflow for large `-x`.

    Examples:
        >>> sigmoid([-2, 0, 2]).round(3).tolist()
        [0.119, 0.5, 0.881]

    Taught in notebook 01.
    """
    return np.exp(-np.logaddexp(0, -np.asarray(x, dtype=float)))


def sigmoid_derivative(x: ArrayLike) -> np.ndarray:
    """Return `s(x) (1 - s(x))`: at most 1/4, and close to 0 where the sigmoid is flat.

    Examples:
        >>> sigmoid_derivative([-2, 0, 2]).round(3).tolist()
        [0.105, 0.25, 0.105]
    """
    return sigmoid(x) * (1 - sigmoid(x))


def tanh(x: ArrayLike) -> np.ndarray:
    """Squash any number into (-1, 1).

    Examples:
        >>> tanh([-2, 0, 2]).round(3).tolist()
        [-0.964, 0.0, 0.964]

    Taught in notebook 01.
    """
    return np.tanh(x)


def tanh_derivative(x: ArrayLike) -> np.ndarray:
    """Return `1 - tanh(x)²`: at most 1.

    Examples:
        >>> tanh_derivative([-2, 0, 2]).round(3).tolist()
        [0.071, 1.0, 0.071]
    """
    return 1 - np.tanh(x) ** 2


def relu(x: ArrayLike) -> np.ndarray:
    """Keep positive numbers and replace all others by 0 (rectified linear unit).

    Examples:
        >>> relu([-2, 0, 3]).tolist()
        [0.0, 0.0, 3.0]

    Taught in notebook 01.
    """
    return np.maximum(x, 0.0)


def relu_derivative(x: ArrayLike) -> np.ndarray:
    """Return 1 where `x` is positive, else 0.

    Examples:
        >>> relu_derivative([-2, 0, 3]).tolist()
        [0.0, 0.0, 1.0]
    """
    return np.where(np.asarray(x) > 0, 1.0, 0.0)


_Elementwise = Callable[[ArrayLike], np.ndarray]


class _Activations(dict[str, tuple[_Elementwise, _Elementwise]]):
    """A dictionary that says which names it has when it is asked for another one."""

    def __missing__(self, name):
        _validate.choice("activation", name, tuple(self))


ACTIVATIONS = _Activations(  # name: (function, derivative)
    step=(step, step_derivative),
    sigmoid=(sigmoid, sigmoid_derivative),
    tanh=(tanh, tanh_derivative),
    relu=(relu, relu_derivative),
)


def softmax(logits: ArrayLike) -> np.ndarray:
    """Turn each row of numbers into probabilities: `exp(z) / sum(exp(z))` along the last axis.

    The largest number is subtracted first: this changes nothing and prevents overflow.

    Args:
        logits: Any numbers, shape `(..., classes)`.

    Returns:
        Array of the same shape: probabilities, each row summing to 1.

    Examples:
        >>> softmax([4.4, 2.7, 0.7, 0.0]).round(2).tolist()
        [0.82, 0.15, 0.02, 0.01]
        >>> softmax([1000.0, 1000.0]).tolist()
        [0.5, 0.5]

    Taught in notebook 01.
    """
    shifted = logits - np.max(logits, axis=-1, keepdims=True)
    powers = np.exp(shifted)
    return powers / powers.sum(axis=-1, keepdims=True)


# Gradients ---------------------------------------------------------------------------------------


def numerical_gradient(function: Callable, x: ArrayLike, *, epsilon: float = 1e-5) -> np.ndarray:
    """Measure a gradient by trying: move each number a little up and down and see what changes.

    Central differences, `(f(x + ε) - f(x - ε)) / 2ε` for each element: slow, but it knows nothing of
    calculus, so it can check a derivation.

    Args:
        function: Takes an array like `x`, returns one number.
        x: Where to measure, a number or an array of any shape.
        epsilon: Half the width of the difference.

    Returns:
        The gradient with respect to `x`: the slope in each element, an array of the shape of `x`.

    Raises:
        ValueError: If `epsilon` is not positive.

    Examples:
        >>> numerical_gradient(lambda x: x**2, 3.0).round(6).tolist()
        6.0
        >>> numerical_gradient(lambda w: w[0] * w[1], [2.0, 5.0]).round(6).tolist()
        [5.0, 2.0]

    Taught in notebook 01.
    """
    return _numerical_gradient(function, x, epsilon=_validate.number("epsilon", epsilon, above=0))


def _numerical_gradient(function, x, *, epsilon=1e-5):
    """Measure a gradient by trying: move each number a little up and down and see what changes."""
    x = np.array(x, dtype=float)
    gradient = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[place] += epsilon
        down[place] -= epsilon
        gradient[place] = (function(up) - function(down)) / (2 * epsilon)
    return gradient


def gradient_descent(
    gradient: Callable, start: ArrayLike, *, learning_rate: float, steps: int
) -> np.ndarray:
    """Walk downhill: `x ← x - learning_rate · gradient(x)`, again and again.

    Args:
        gradient: Takes a point, returns the gradient there, of the same shape.
        start: First point, a number or an array of shape `(d,)`.
        learning_rate: Length of a step per unit of slope.
        steps: How many steps.

    Returns:
        All points visited, `start` first: shape `(steps + 1,)` or `(steps + 1, d)`.

    Raises:
        TypeError: If `learning_rate` is not a number, or `steps` not a whole one.
        ValueError: If `learning_rate` or `steps` is negative.

    Examples:
        >>> gradient_descent(lambda x: 2 * x, 3.0, learning_rate=0.25, steps=3).tolist()
        [3.0, 1.5, 0.75, 0.375]

    Taught in notebook 01.
    """
    learning_rate = _validate.number("learning_rate", learning_rate, at_least=0)
    steps = _validate.whole("steps", steps, at_least=0)
    return _gradient_descent(gradient, start, learning_rate=learning_rate, steps=steps)


def _gradient_descent(gradient, start, *, learning_rate, steps):
    """Walk downhill: `x ← x - learning_rate · gradient(x)`, again and again."""
    path = [np.asarray(start, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * np.asarray(gradient(path[-1])))
    return np.array(path)


# A network: a list of layers ---------------------------------------------------------------------


class Layer(NamedTuple):
    """Weights and bias of a layer of neurons, or the gradients with respect to them.

    Attributes:
        weights: Shape `(inputs, outputs)`: a column for each neuron.
        bias: Shape `(outputs,)`.

    Examples:
        >>> layer = Layer(weights=np.ones((3, 2)), bias=np.array([0.0, 10.0]))
        >>> dense(np.array([[1.0, 2.0, 3.0]]), *layer).tolist()
        [[6.0, 16.0]]

    Taught in notebook 02.
    """

    weights: np.ndarray
    bias: np.ndarray


def init_mlp(sizes: Sequence[int], *, seed: int = 0, scale: float = 1.0) -> list[Layer]:
    """Draw the initial weights of a multi-layer perceptron (MLP).

    Weights are normal with standard deviation `scale / sqrt(inputs of the layer)`, so that
    pre-activations stay of the order of 1 whatever the width. The biases of hidden layers are drawn
    too, so that each hidden neuron has its threshold elsewhere. The last layer has scale 1 and bias 0.

    Args:
        sizes: Inputs, neurons in each hidden layer, outputs: `(2, 16, 16, 2)` has three layers.
        seed: Seed of the random numbers.
        scale: Factor on the weights and biases of hidden layers.

    Returns:
        The layers, first to last.

    Raises:
        TypeError: If a size is not a whole number, or `scale` not a number.
        ValueError: If there are fewer than two sizes, a size is below 1, or `scale` is negative.

    Examples:
        >>> [layer.weights.shape for layer in init_mlp([2, 16, 16, 2])]
        [(2, 16), (16, 16), (16, 2)]

    Taught in notebook 02.
    """
    *hidden, (inputs, outputs) = pairwise(_check_sizes(sizes))
    scale = _validate.number("scale", scale, at_least=0)
    rng = np.random.default_rng(seed)
    layers = [Layer(_draw_weights(rng, n, m, scale), rng.normal(0, scale, m)) for n, m in hidden]
    return [*layers, Layer(_draw_weights(rng, inputs, outputs), np.zeros(outputs))]


def _draw_weights(rng, inputs, outputs, scale=1.0):
    return rng.normal(0, scale / np.sqrt(inputs), (inputs, outputs))


def _check_sizes(sizes):
    """The sizes as whole numbers."""
    if np.ndim(sizes) != 1 or len(sizes) < 2:
        raise ValueError(
            "`sizes` must be inputs, neurons in each hidden layer and outputs, as [2, 8, 2]. "
            f"Received: {sizes!r}"
        )
    return [_validate.whole(f"sizes[{i}]", size, at_least=1) for i, size in enumerate(sizes)]


def get_weights(layers: list[Layer]) -> list[np.ndarray]:
    """Return the arrays of all layers in one list, as Keras' `model.get_weights()` does.

    Args:
        layers: A network, or the gradients with respect to its weights.

    Returns:
        Weights and bias of the first layer, then of the second, and so on: as they are, not copied.
        `model.set_weights` takes such a list.

    Examples:
        >>> [array.shape for array in get_weights(init_mlp([2, 8, 3]))]
        [(2, 8), (8,), (8, 3), (3,)]

    Taught in notebook 02.
    """
    return [array for layer in layers for array in layer]


def from_weights(weights: Sequence[np.ndarray]) -> list[Layer]:
    """Make layers of such a list of arrays as `get_weights` and Keras' `model.get_weights()` return.

    Args:
        weights: Weights `(inputs, outputs)` and bias `(outputs,)` of the first layer, then of the
            second, and so on.

    Returns:
        The layers, first to last.

    Raises:
        ValueError: If the arrays are not those of dense layers, each with a bias.

    Examples:
        >>> layers = from_weights([np.ones((2, 1)), np.zeros(1)])
        >>> forward(np.array([[3.0, 4.0]]), layers)[0].tolist()
        [[7.0]]

    Taught in notebook 02.
    """
    layers = [Layer(*pair) for pair in zip(weights[::2], weights[1::2], strict=False)]
    fitting = all(np.ndim(w) == 2 and np.shape(b) == np.shape(w)[1:] for w, b in layers)
    if not (layers and fitting and 2 * len(layers) == len(weights)):
        raise ValueError(
            "`weights` must have shapes (inputs, outputs), (outputs,) for each dense layer. "
            f"Received: {[np.shape(array) for array in weights]}"
        )
    return layers


def dense(x: np.ndarray, weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Run a layer of neurons: each output is a weighted sum of all inputs, plus a bias.

    Args:
        x: Examples, shape `(n, inputs)`.
        weights: Shape `(inputs, outputs)`.
        bias: Shape `(outputs,)`.

    Returns:
        Shape `(n, outputs)`.

    Raises:
        ValueError: If the shapes don't fit.

    Examples:
        >>> x = np.array([[2.0, 1.0, 3.0]])
        >>> dense(x, np.array([[0.5], [-1.0], [2.0]]), np.array([1.0])).tolist()
        [[7.0]]

    Taught in notebook 01.
    """
    fits = np.shape(x)[1:] == np.shape(weights)[:1] and np.shape(bias) == np.shape(weights)[1:]
    if not (fits and np.ndim(x) == np.ndim(weights) == 2):
        raise ValueError(
            "`x`, `weights` and `bias` must have shapes (n, inputs), (inputs, outputs), (outputs,). "
            f"Received: {np.shape(x)}, {np.shape(weights)}, {np.shape(bias)}"
        )
    return _dense(x, weights, bias)


def _dense(x, weights, bias):
    """Run a layer of neurons: each output is a weighted sum of all inputs, plus a bias."""
    return x @ weights + bias


_Cache = tuple[list[np.ndarray], list[np.ndarray]]


def forward(
    x: np.ndarray, layers: list[Layer], activation: str = "tanh"
) -> tuple[np.ndarray, _Cache]:
    """Run the network: dense, activation, dense, activation, …, dense.

    Args:
        x: Examples, shape `(n, inputs)`.
        layers: The layers, first to last.
        activation: A name in `ACTIVATIONS`; it follows every layer but the last.

    Returns:
        The outputs, shape `(n, outputs)`, and a cache `(z, h)` that `backward` needs: the
        pre-activations `z` of each hidden layer, and what goes into each layer, `h`: `x`, then the
        activations of each hidden layer.

    Raises:
        ValueError: If shapes don't fit, there is no layer, or no such activation.

    Examples:
        >>> layers = [Layer(np.array([[0.5]]), np.zeros(1)), Layer(np.array([[3.0]]), np.zeros(1))]
        >>> outputs, (z, h) = forward(np.array([[2.0]]), layers, "relu")
        >>> outputs.tolist(), [array.tolist() for array in h]
        ([[3.0]], [[[2.0]], [[1.0]]])

    Taught in notebook 02.
    """
    function, _ = ACTIVATIONS[activation]
    z, h = [], [x]  # pre-activations of the hidden layers; inputs of every layer
    for layer in layers[:-1]:
        z.append(dense(h[-1], *layer))  # (n, neurons in this layer)
        h.append(function(z[-1]))
    return dense(h[-1], *layers[-1]), (z, h)


def backward(
    layers: list[Layer], cache: _Cache, grad_outputs: np.ndarray, activation: str = "tanh"
) -> list[Layer]:
    """Backpropagation: the gradient of the loss with respect to every weight, last layer first.

    The chain rule, layer by layer. With the gradient `dz` with respect to the pre-activations of a
    layer `z = h W + b`, that of its weights is `hᵀ dz`, that of its bias the sum of `dz` over the
    examples, and that of its inputs `dz Wᵀ`; through the activation before it, each is multiplied by
    the derivative.

    Args:
        layers: The layers, first to last.
        cache: What `forward` returned second, `(z, h)`.
        grad_outputs: Gradient of the loss with respect to the outputs, shape `(n, outputs)`.
        activation: The one that `forward` used.

    Returns:
        The gradients, laid out as the layers are.

    Raises:
        ValueError: If there is no such activation.

    Reference:
        Rumelhart, Hinton, Williams, "Learning representations by back-propagating errors", 1986.

    Examples:
        >>> layers = [Layer(np.array([[0.5]]), np.zeros(1)), Layer(np.array([[3.0]]), np.zeros(1))]
        >>> outputs, cache = forward(np.array([[2.0]]), layers, "relu")
        >>> gradients = backward(layers, cache, 2 * (outputs - 5), "relu")
        >>> [gradient.weights.tolist() for gradient in gradients]
        [[[-24.0]], [[-4.0]]]

    Taught in notebook 02.
    """
    _, derivative = ACTIVATIONS[activation]
    z, h = cache
    gradients, grad_z = [], grad_outputs
    for i in reversed(range(len(layers))):
        gradients.append(Layer(weights=h[i].T @ grad_z, bias=grad_z.sum(axis=0)))
        if i > 0:  # on to the layer before
            grad_h = grad_z @ layers[i].weights.T  # (n, neurons in the layer before)
            grad_z = grad_h * derivative(z[i - 1])
    return gradients[::-1]


# Losses ------------------------------------------------------------------------------------------


def mean_squared_error(outputs: np.ndarray, targets: np.ndarray) -> tuple[float, np.ndarray]:
    """Loss for numbers: the mean of `(output - target)²`.

    Args:
        outputs: Outputs of the network, an array of any shape.
        targets: What they should be, in the same shape.

    Returns:
        The loss, and its gradient with respect to the outputs, `2 (output - target) / number of
        outputs`, in the shape of `outputs`.

    Raises:
        ValueError: If the shapes differ.

    Examples:
        >>> loss, gradient = mean_squared_error(np.array([3.0, 1.0]), np.array([5.0, 1.0]))
        >>> loss, gradient.tolist()
        (2.0, [-2.0, 0.0])

    Taught in notebook 02.
    """
    _validate.shape("targets", targets, np.shape(outputs), "as `outputs` has")
    error = np.subtract(outputs, targets, dtype=float)
    return float(np.mean(error**2)), 2 * error / error.size


def _check_classes(logits, labels):
    if np.ndim(logits) != 2:
        raise ValueError(
            f"`logits` must have shape (n, classes). Received: shape {np.shape(logits)}"
        )
    _validate.labels("labels", labels, *np.shape(logits))


def cross_entropy(logits: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """Loss for classes: the mean of `-log(probability of the correct class)`, after a softmax.

    Args:
        logits: What the network says, before the softmax, shape `(n, classes)`.
        labels: The correct classes, whole numbers, shape `(n,)`.

    Returns:
        The loss, and its gradient with respect to the logits, `(probability - 1 for the correct
        class) / n`, in the shape of `logits`.

    Raises:
        ValueError: If `labels` doesn't hold one class number for each row of `logits`.

    Examples:
        >>> loss, gradient = cross_entropy(np.array([[4.4, 2.7, 0.7, 0.0]]), np.array([0]))
        >>> round(loss, 3), gradient.round(2).tolist()
        (0.199, [[-0.18, 0.15, 0.02, 0.01]])

    Taught in notebook 01.
    """
    _check_classes(logits, labels)
    return _cross_entropy(logits, labels)


def _cross_entropy(logits, labels):
    """Loss for classes: the mean of `-log(probability of the correct class)`, after a softmax."""
    n, classes = np.shape(logits)
    probabilities = softmax(logits)
    one_hot = np.eye(classes)[labels]  # (n, classes): 1 for the correct class, 0 for the others
    correct = np.maximum(probabilities[np.arange(n), labels], np.finfo(float).tiny)  # never log(0)
    loss = -np.mean(np.log(correct))
    return float(loss), (probabilities - one_hot) / n


def accuracy(logits: ArrayLike, labels: ArrayLike) -> float:
    """Return the fraction of rows of `logits` whose largest number stands at the correct class.

    Args:
        logits: What the network says, before or after a softmax, shape `(n, classes)`.
        labels: The correct classes, whole numbers, shape `(n,)`.

    Raises:
        ValueError: If `labels` doesn't hold one class number for each row of `logits`.

    Examples:
        >>> accuracy([[1, 2], [3, 0], [0, 1], [0, 1]], [1, 0, 1, 0])
        0.75

    Taught in notebook 01.
    """
    _check_classes(logits, labels)
    return float(np.mean(np.argmax(logits, axis=-1) == labels))


# Training ----------------------------------------------------------------------------------------


def sgd_step(layers: list[Layer], gradients: list[Layer], learning_rate: float) -> list[Layer]:
    """Take one step of gradient descent in every weight: `w ← w - learning_rate · gradient`.

    Args:
        layers: The layers; they are not changed.
        gradients: What `backward` returned.
        learning_rate: Length of a step per unit of slope.

    Returns:
        The layers after the step.

    Examples:
        >>> layers = [Layer(weights=np.array([[1.0]]), bias=np.array([0.0]))]
        >>> gradients = [Layer(weights=np.array([[4.0]]), bias=np.array([-2.0]))]
        >>> [array.tolist() for array in get_weights(sgd_step(layers, gradients, 0.5))]
        [[[-1.0]], [1.0]]

    Taught in notebook 02.
    """
    return [
        Layer(*(w - learning_rate * dw for w, dw in zip(layer, gradient, strict=True)))
        for layer, gradient in zip(layers, gradients, strict=True)
    ]


def train(
    layers: list[Layer],
    x: np.ndarray,
    y: np.ndarray,
    loss: Callable[[np.ndarray, np.ndarray], tuple[float, np.ndarray]],
    *,
    learning_rate: float,
    epochs: int,
    batch_size: int | None = None,
    activation: str = "tanh",
    seed: int = 0,
) -> tuple[list[Layer], dict[str, list[float]]]:
    """Train a network by (stochastic) gradient descent.

    Args:
        layers: The layers to start from; they are not changed.
        x: Examples, shape `(n, inputs)`.
        y: Labels or targets as `loss` takes them, first axis `n`.
        loss: `mean_squared_error` or `cross_entropy`.
        learning_rate: Length of a step per unit of slope.
        epochs: How often every example is seen.
        batch_size: Examples in a step; None takes all of them at once.
        activation: Of the hidden layers, a name in `ACTIVATIONS`.
        seed: Seed of the order in which the examples are seen.

    Returns:
        The trained layers, and a history `{"loss": [mean loss of each epoch]}`.

    Raises:
        TypeError: If `learning_rate` is not a number, or `epochs` or `batch_size` not a whole one.
        ValueError: If a number is out of range, or `x` and `y` have different lengths.

    Examples:
        >>> x, labels = ring_points(100)
        >>> layers, history = train(
        ...     init_mlp([2, 8, 2]), x, labels, cross_entropy, learning_rate=0.5, epochs=500
        ... )
        >>> accuracy(forward(x, layers)[0], labels), len(history["loss"])
        (1.0, 500)

    Taught in notebook 02.
    """
    _check_training(x, y, learning_rate, epochs, batch_size)
    history = []
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        losses = []
        for batch in _batches(len(x), batch_size, rng):
            outputs, cache = forward(x[batch], layers, activation)
            value, grad_outputs = loss(outputs, y[batch])
            gradients = backward(layers, cache, grad_outputs, activation)
            layers = sgd_step(layers, gradients, learning_rate)
            losses.append(value)
        history.append(float(np.mean(losses)))
    return layers, {"loss": history}


def _check_training(x, y, learning_rate, epochs, batch_size):
    _validate.number("learning_rate", learning_rate, at_least=0)
    _validate.whole("epochs", epochs, at_least=0)
    if batch_size is not None:
        _validate.whole("batch_size", batch_size, at_least=1)
    if len(x) != len(y):
        raise ValueError(f"`x` and `y` must have the same length. Received: {len(x)} and {len(y)}")


def _batches(n, batch_size, rng):
    """Which examples each step of an epoch sees: all, or shuffled parts of `batch_size`."""
    if batch_size is None:
        return [slice(None)]
    order = rng.permutation(n)
    return [order[start : start + batch_size] for start in range(0, n, batch_size)]


# Points to learn from ----------------------------------------------------------------------------


def ring_points(n: int = 200, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw points of two classes that no straight line can separate: a disc, and a ring around it.

    Args:
        n: How many points, half of each class.
        seed: Seed of the random numbers.

    Returns:
        Points `(n, 2)` and labels `(n,)`: 0 for the disc (radius below 0.8), 1 for the ring (radius
        from 1.1 to 1.7).

    Examples:
        >>> points, labels = ring_points(4)
        >>> points.shape, labels.tolist()
        ((4, 2), [0, 1, 0, 1])

    Taught in notebook 02.
    """
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    radius = np.where(labels == 0, rng.uniform(0.0, 0.8, n), rng.uniform(1.1, 1.7, n))
    angle = rng.uniform(0, 2 * np.pi, n)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), labels
