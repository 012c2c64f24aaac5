"""Neurons, activations, losses, backpropagation and gradient descent, in NumPy.

Everything works on batches: `x` has one example a row, shape `(n, inputs)`. A function and its
derivative stand together; each loss returns its value and its gradient, so that backpropagation
starts from any of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

__all__ = [
    "ACTIVATIONS",
    "MLP",
    "accuracy",
    "backward",
    "cross_entropy",
    "dense",
    "forward",
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


def step(x):
    """Return 1 where `x` is at least 0, else 0: a neuron that fires or does not."""
    return np.where(np.asarray(x) >= 0, 1.0, 0.0)


def step_derivative(x):
    """Return 0 everywhere: the step is flat, and at its jump there is no slope."""
    return np.zeros_like(x, dtype=float)


def sigmoid(x):
    """Squash any number into (0, 1): `1 / (1 + exp(-x))`, without overflow for large `-x`."""
    return np.exp(-np.logaddexp(0, -np.asarray(x, dtype=float)))


def sigmoid_derivative(x):
    """Return `s(x) (1 - s(x))`: at most 1/4, and next to 0 where the sigmoid is flat."""
    return sigmoid(x) * (1 - sigmoid(x))


def tanh(x):
    """Squash any number into (-1, 1)."""
    return np.tanh(x)


def tanh_derivative(x):
    """Return `1 - tanh(x)²`: at most 1."""
    return 1 - np.tanh(x) ** 2


def relu(x):
    """Keep what is positive, put 0 for the rest (rectified linear unit)."""
    return np.maximum(x, 0.0)


def relu_derivative(x):
    """Return 1 where `x` is positive, else 0."""
    return np.where(np.asarray(x) > 0, 1.0, 0.0)


ACTIVATIONS: dict[str, tuple[Callable, Callable]] = {
    "step": (step, step_derivative),
    "sigmoid": (sigmoid, sigmoid_derivative),
    "tanh": (tanh, tanh_derivative),
    "relu": (relu, relu_derivative),
}


def softmax(logits):
    """Turn each row of numbers into probabilities: `exp(z) / sum(exp(z))` along the last axis.

    The largest number is subtracted first: this changes nothing and prevents overflow.

    Args:
        logits: Any numbers, shape `(..., classes)`.

    Returns:
        Array of the same shape, positive, each row summing to 1.
    """
    shifted = logits - np.max(logits, axis=-1, keepdims=True)
    powers = np.exp(shifted)
    return powers / powers.sum(axis=-1, keepdims=True)


# Slopes ------------------------------------------------------------------------------------------


def numerical_gradient(function: Callable, x, *, epsilon: float = 1e-5):
    """Measure a slope by trying: move each number a little up and down and see what changes.

    Central differences, `(f(x + ε) - f(x - ε)) / 2ε` for each element: slow, but it knows nothing of
    calculus, so it can check a derivation.

    Args:
        function: Takes an array like `x`, returns one number.
        x: Where to measure, a number or an array of any shape.
        epsilon: Half the width of the difference.

    Returns:
        The slope in each element: an array of the shape of `x`.

    Raises:
        ValueError: If `epsilon` is not positive.
    """
    if not epsilon > 0:
        raise ValueError(f"`epsilon` must be positive. Received: {epsilon!r}")
    x = np.array(x, dtype=float)
    gradient = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[place] += epsilon
        down[place] -= epsilon
        gradient[place] = (function(up) - function(down)) / (2 * epsilon)
    return gradient


def gradient_descent(gradient: Callable, start, *, learning_rate: float, steps: int):
    """Walk downhill: `x ← x - learning_rate · gradient(x)`, again and again.

    Args:
        gradient: Takes a point, returns the slope there, of the same shape.
        start: First point, a number or an array of shape `(d,)`.
        learning_rate: Length of a step per unit of slope.
        steps: How many steps.

    Returns:
        All points visited, `start` first: shape `(steps + 1,)` or `(steps + 1, d)`.

    Raises:
        ValueError: If `learning_rate` or `steps` is negative.
    """
    _check_not_negative(learning_rate=learning_rate, steps=steps)
    path = [np.asarray(start, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * np.asarray(gradient(path[-1])))
    return np.array(path)


# A network with one hidden layer -----------------------------------------------------------------


class MLP(NamedTuple):
    """Weights and biases of a multi-layer perceptron with one hidden layer, or their gradients.

    Shapes: `w1` `(inputs, hidden)`, `b1` `(hidden,)`, `w2` `(hidden, outputs)`, `b2` `(outputs,)`:
    the order and shapes of Keras' `model.get_weights()`.
    """

    w1: np.ndarray
    b1: np.ndarray
    w2: np.ndarray
    b2: np.ndarray


def init_mlp(inputs: int, hidden: int, outputs: int, *, seed: int = 0, scale: float = 1.0) -> MLP:
    """Draw the weights a network starts from.

    Normal with standard deviation `scale / sqrt(number of inputs)`, so that sums stay near 1 whatever
    the width. The first biases are drawn too, so that hidden units bend at different places; the last
    ones are 0.

    Args:
        inputs: Numbers in an example.
        hidden: Hidden units.
        outputs: Numbers in an answer.
        seed: Seed of the random numbers.
        scale: Factor on the weights and biases of the hidden layer.

    Raises:
        ValueError: If a size is not a positive whole number.
    """
    for name, size in {"inputs": inputs, "hidden": hidden, "outputs": outputs}.items():
        if not (isinstance(size, (int, np.integer)) and size > 0):
            raise ValueError(f"`{name}` must be a positive whole number. Received: {size!r}")
    random = np.random.default_rng(seed)
    return MLP(
        w1=random.normal(0, scale / np.sqrt(inputs), (inputs, hidden)),
        b1=random.normal(0, scale, hidden),
        w2=random.normal(0, 1 / np.sqrt(hidden), (hidden, outputs)),
        b2=np.zeros(outputs),
    )


def dense(x, weights, bias):
    """A layer of neurons: each output is a weighted sum of all inputs, plus a bias.

    Args:
        x: Examples, shape `(n, inputs)`.
        weights: Shape `(inputs, outputs)`.
        bias: Shape `(outputs,)`.

    Returns:
        Shape `(n, outputs)`.

    Raises:
        ValueError: If the shapes don't fit.
    """
    if np.shape(x)[-1:] != np.shape(weights)[:1] or np.shape(bias) != np.shape(weights)[1:]:
        raise ValueError(
            "`x`, `weights` and `bias` must have shapes (n, inputs), (inputs, outputs), (outputs,). "
            f"Received: {np.shape(x)}, {np.shape(weights)}, {np.shape(bias)}"
        )
    return x @ weights + bias


def forward(x, mlp: MLP, activation: str = "tanh"):
    """Run the network: dense, activation, dense.

    Args:
        x: Examples, shape `(n, inputs)`.
        mlp: Weights and biases.
        activation: A name in `ACTIVATIONS`.

    Returns:
        The outputs `(n, outputs)`, and the sums `z` and activations `h` of the hidden layer, each
        `(n, hidden)`, which `backward` needs.
    """
    function, _ = _find_activation(activation)
    z = dense(x, mlp.w1, mlp.b1)  # (n, hidden)
    h = function(z)
    return dense(h, mlp.w2, mlp.b2), (z, h)


def backward(x, mlp: MLP, hidden, grad_outputs, activation: str = "tanh") -> MLP:
    """Backpropagation: from the slope of the loss in the outputs to its slope in every weight.

    The chain rule, layer by layer, last layer first.

    Args:
        x: Examples, shape `(n, inputs)`.
        mlp: Weights and biases.
        hidden: What `forward` returned second, `(z, h)`.
        grad_outputs: Slope of the loss in each output, shape `(n, outputs)`.
        activation: The one `forward` used.

    Returns:
        The gradients, laid out as the weights are.

    Reference:
        Rumelhart, Hinton, Williams, "Learning representations by back-propagating errors", 1986.
    """
    _, derivative = _find_activation(activation)
    z, h = hidden
    grad_h = grad_outputs @ mlp.w2.T  # (n, hidden)
    grad_z = grad_h * derivative(z)
    return MLP(
        w1=x.T @ grad_z,
        b1=grad_z.sum(axis=0),
        w2=h.T @ grad_outputs,
        b2=grad_outputs.sum(axis=0),
    )


# Losses ------------------------------------------------------------------------------------------


def mean_squared_error(outputs, targets):
    """Loss for numbers: the mean of `(output - target)²`.

    Args:
        outputs: What the network says, any shape.
        targets: What it should say, the same shape.

    Returns:
        The loss, and its slope in each output (the shape of `outputs`).

    Raises:
        ValueError: If the shapes differ.
    """
    if np.shape(outputs) != np.shape(targets):
        raise ValueError(
            "`outputs` and `targets` must have the same shape. "
            f"Received: {np.shape(outputs)} and {np.shape(targets)}"
        )
    error = outputs - targets
    return np.mean(error**2), 2 * error / error.size


def cross_entropy(logits, labels):
    """Loss for classes: the mean of `-log(probability of the right class)`, after a softmax.

    Args:
        logits: What the network says, before the softmax, shape `(n, classes)`.
        labels: The right classes, whole numbers, shape `(n,)`.

    Returns:
        The loss, and its slope in each logit: `(probability - 1 for the right class) / n`.

    Raises:
        ValueError: If `labels` doesn't hold one class number for each row of `logits`.
    """
    labels = _check_labels(labels, *np.shape(logits))
    n, classes = np.shape(logits)
    probabilities = softmax(logits)
    wanted = np.eye(classes)[labels]  # (n, classes): 1 for the right class, 0 for the others
    right = np.maximum(probabilities[np.arange(n), labels], np.finfo(float).tiny)  # never log(0)
    return -np.mean(np.log(right)), (probabilities - wanted) / n


def accuracy(logits, labels) -> float:
    """Return the share of rows of `logits` whose largest number stands at the right class."""
    return float(np.mean(np.argmax(logits, axis=-1) == labels))


# Training ----------------------------------------------------------------------------------------


def sgd_step(mlp: MLP, gradients: MLP, learning_rate: float) -> MLP:
    """One step of gradient descent in every weight: `w ← w - learning_rate · gradient`."""
    return MLP(*(w - learning_rate * g for w, g in zip(mlp, gradients, strict=True)))


def train(
    mlp: MLP,
    x,
    y,
    loss: Callable,
    *,
    learning_rate: float,
    epochs: int,
    batch_size: int | None = None,
    activation: str = "tanh",
    seed: int = 0,
):
    """Train a network by (stochastic) gradient descent.

    Args:
        mlp: Weights to start from; they are not changed.
        x: Examples, shape `(n, inputs)`.
        y: Answers as `loss` takes them, first axis `n`.
        loss: `mean_squared_error` or `cross_entropy`.
        learning_rate: Length of a step per unit of slope.
        epochs: How often every example is seen.
        batch_size: Examples a step; None takes all of them at once.
        activation: Of the hidden layer, a name in `ACTIVATIONS`.
        seed: Of the order in which the examples are seen.

    Returns:
        The trained weights, and a history `{"loss": [mean loss of each epoch]}`.

    Raises:
        ValueError: If a number is negative, or `x` and `y` are not equally many.
    """
    _check_not_negative(learning_rate=learning_rate, epochs=epochs)
    if len(x) != len(y):
        raise ValueError(f"`x` and `y` must be equally many. Received: {len(x)} and {len(y)}")
    random, history = np.random.default_rng(seed), {"loss": []}
    for _ in range(epochs):
        losses = []
        for batch in _batches(len(x), batch_size, random):
            outputs, hidden = forward(x[batch], mlp, activation)
            value, grad_outputs = loss(outputs, y[batch])
            gradients = backward(x[batch], mlp, hidden, grad_outputs, activation)
            mlp = sgd_step(mlp, gradients, learning_rate)
            losses.append(value)
        history["loss"].append(float(np.mean(losses)))
    return mlp, history


def _batches(n, batch_size, random):
    """Which examples each step of an epoch sees: all, or shuffled parts of `batch_size`."""
    if batch_size is None:
        return [slice(None)]
    order = random.permutation(n)
    return [order[start : start + batch_size] for start in range(0, n, batch_size)]


# Points to learn from ----------------------------------------------------------------------------


def ring_points(n: int = 200, *, seed: int = 0):
    """Points in two colours that no straight line can separate: a disc, and a ring around it.

    Args:
        n: How many points, half of each colour.
        seed: Seed of the random numbers.

    Returns:
        Points `(n, 2)` and labels `(n,)`: 0 for the disc, 1 for the ring.
    """
    random = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    radius = np.where(labels == 0, random.uniform(0.0, 0.8, n), random.uniform(1.1, 1.7, n))
    angle = random.uniform(0, 2 * np.pi, n)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), labels


def _find_activation(name):
    if name not in ACTIVATIONS:
        raise ValueError(
            f"`activation` must be one of {', '.join(ACTIVATIONS)}. Received: {name!r}"
        )
    return ACTIVATIONS[name]


def _check_labels(labels, n, classes):
    """Return labels as an array if they are `n` class numbers below `classes`."""
    labels = np.asarray(labels)
    if labels.shape != (n,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"`labels` must be {n} whole numbers. Received: {labels.dtype} of shape {labels.shape}"
        )
    if n and not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(
            f"`labels` must be from 0 to {classes - 1}. Received: {labels.min()} to {labels.max()}"
        )
    return labels


def _check_not_negative(**named):
    for name, value in named.items():
        if not value >= 0:
            raise ValueError(f"`{name}` must not be negative. Received: {value!r}")
