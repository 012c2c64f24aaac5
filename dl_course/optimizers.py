"""Optimizers, one step at a time, in NumPy.

Each takes an array of weights, the gradient of the loss with respect to them, and a state; each returns
new weights and a new state. Nothing is changed in place. The state is what an optimizer remembers from
one step to the next: `()` before the first, then what the last step returned.

    weights, state = adam(weights, gradient, state)

An optimizer sees one array of any shape, or one number. `update` steps a list of arrays, `descend`
walks down a function. Formulas and defaults are those of Keras; `g` stands for the gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dl_course import _validate

__all__ = ["adam", "adamw", "descend", "momentum", "rmsprop", "sgd", "update"]


def sgd(
    weights: Any,
    gradient: Any,
    state: tuple = (),
    *,
    learning_rate: float = 0.01,
    weight_decay: float = 0.0,
) -> tuple[Any, tuple]:
    """Take a step of (stochastic) gradient descent: `w ← w - learning_rate · g`.

    Args:
        weights: A number or an array of any shape.
        gradient: Gradient of the loss with respect to the weights, of the same shape.
        state: Stays `()`: there is nothing to remember.
        learning_rate: Length of a step per unit of gradient.
        weight_decay: Before the step, weights shrink by `learning_rate · weight_decay` of themselves.

    Returns:
        The new weights and the new state.

    Reference:
        Robbins, Monro, "A stochastic approximation method", 1951.

    Examples:
        >>> sgd(3.0, gradient=6.0, learning_rate=0.5)
        (0.0, ())
        >>> sgd(3.0, gradient=6.0, learning_rate=0.5, weight_decay=1.0)  # 3 → 1.5 → 1.5 - 3
        (-1.5, ())
    """
    weights = weights - learning_rate * weight_decay * weights
    return weights - learning_rate * gradient, state


def momentum(
    weights: Any,
    gradient: Any,
    state: tuple = (),
    *,
    learning_rate: float = 0.01,
    momentum: float = 0.9,
    nesterov: bool = False,
    weight_decay: float = 0.0,
) -> tuple[Any, tuple]:
    """Take a step with momentum: a ball that rolls downhill.

    `v ← momentum · v - learning_rate · g`, then `w ← w + v`. Nesterov's variant looks one step ahead:
    `w ← w + momentum · v - learning_rate · g`.

    Args:
        weights: A number or an array of any shape.
        gradient: Gradient of the loss with respect to the weights, of the same shape.
        state: `()` at first, then `(v,)`, the velocity, in units of weight per step.
        learning_rate: How far a unit of gradient pushes.
        momentum: How much of its velocity the ball keeps, in [0, 1]. `keras.optimizers.SGD` has 0 by
            default, which is `sgd`; 0.9 is usual.
        nesterov: Look one step ahead.
        weight_decay: Before the step, weights shrink by `learning_rate · weight_decay` of themselves.

    Returns:
        The new weights and the new state.

    Reference:
        Polyak, "Some methods of speeding up the convergence of iteration methods", 1964; Nesterov, "A
        method for solving the convex programming problem with convergence rate O(1/k²)", 1983.

    Examples:
        >>> weights, state = momentum(3.0, gradient=6.0, learning_rate=0.1)
        >>> round(weights, 6), round(state[0], 6)
        (2.4, -0.6)
        >>> weights, state = momentum(weights, 4.8, state, learning_rate=0.1)  # -0.54 - 0.48
        >>> round(weights, 6), round(state[0], 6)
        (1.38, -1.02)
    """
    (velocity,) = state or (0.0,)
    weights = weights - learning_rate * weight_decay * weights
    velocity = momentum * velocity - learning_rate * gradient
    step = momentum * velocity - learning_rate * gradient if nesterov else velocity
    return weights + step, (velocity,)


def rmsprop(
    weights: Any,
    gradient: Any,
    state: tuple = (),
    *,
    learning_rate: float = 0.001,
    rho: float = 0.9,
    epsilon: float = 1e-7,
    weight_decay: float = 0.0,
) -> tuple[Any, tuple]:
    """Take a step of RMSprop: each weight's gradient is divided by its usual size.

    `s ← rho · s + (1 - rho) · g²`, then `w ← w - learning_rate · g / sqrt(s + epsilon)`.

    Args:
        weights: A number or an array of any shape.
        gradient: Gradient of the loss with respect to the weights, of the same shape.
        state: `()` at first, then `(s,)`, the moving average of the squared gradient.
        learning_rate: Length of a step where the gradient has its usual size.
        rho: How much of the average stays at each step, in [0, 1).
        epsilon: Prevents division by 0.
        weight_decay: Before the step, weights shrink by `learning_rate · weight_decay` of themselves.

    Returns:
        The new weights and the new state.

    Reference:
        Tieleman, Hinton, "Lecture 6.5: RMSprop", Neural networks for machine learning, 2012.

    Examples:
        >>> weights, state = rmsprop(3.0, gradient=6.0, learning_rate=0.1)
        >>> round(float(weights), 4), round(state[0], 4)  # 3 - 0.6 / sqrt(3.6), and a tenth of 36
        (2.6838, 3.6)
    """
    (mean_square,) = state or (0.0,)
    weights = weights - learning_rate * weight_decay * weights
    mean_square = rho * mean_square + (1 - rho) * gradient**2
    return weights - learning_rate * gradient / np.sqrt(mean_square + epsilon), (mean_square,)


def adam(
    weights: Any,
    gradient: Any,
    state: tuple = (),
    *,
    learning_rate: float = 0.001,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
    weight_decay: float = 0.0,
) -> tuple[Any, tuple]:
    """Take a step of Adam: the average gradient, divided by its usual size.

    `m ← beta_1 · m + (1 - beta_1) · g` and `v ← beta_2 · v + (1 - beta_2) · g²` start at 0 and are too
    small at first. At step `t`, dividing by `1 - beta_1^t` and `1 - beta_2^t` corrects this bias; both
    factors go into the rate `r = learning_rate · sqrt(1 - beta_2^t) / (1 - beta_1^t)`. Then
    `w ← w - r · m / (sqrt(v) + epsilon)`. Keras, and this function, add epsilon to the root of `v` before
    the correction (in the paper at the end of section 2), PyTorch after it: the smaller epsilon is, the
    less it matters.

    Args:
        weights: A number or an array of any shape.
        gradient: Gradient of the loss with respect to the weights, of the same shape.
        state: `()` at first, then `(m, v, t)`: two moving averages, and the number of steps so far.
        learning_rate: About the length of a step while the gradients agree.
        beta_1: How much of the average gradient stays at each step, in [0, 1).
        beta_2: How much of the average squared gradient stays at each step, in [0, 1).
        epsilon: Prevents division by 0.
        weight_decay: Before the step, weights shrink by `learning_rate · weight_decay` of themselves.

    Returns:
        The new weights and the new state.

    Reference:
        Kingma, Ba, "Adam: a method for stochastic optimization", ICLR 2015.

    Examples:
        >>> weights, state = adam(3.0, gradient=6.0, learning_rate=0.1)
        >>> round(float(weights), 4), state[2]  # the first step has the length of the rate
        (2.9, 1)
    """
    m, v, t = state or (0.0, 0.0, 0)
    weights = weights - learning_rate * weight_decay * weights
    m = beta_1 * m + (1 - beta_1) * gradient
    v = beta_2 * v + (1 - beta_2) * gradient**2
    t = t + 1
    rate = learning_rate * (1 - beta_2**t) ** 0.5 / (1 - beta_1**t)
    return weights - rate * m / (np.sqrt(v) + epsilon), (m, v, t)


def adamw(
    weights: Any,
    gradient: Any,
    state: tuple = (),
    *,
    weight_decay: float = 0.004,
    **options: float,
) -> tuple[Any, tuple]:
    """Take a step of Adam with decoupled weight decay: `adam` with another default.

    An L2 penalty adds to the gradient, and Adam divides it by the gradient's usual size: weights with
    large gradients then shrink less than others. Decoupled decay shrinks all by the same factor,
    `w ← w - learning_rate · weight_decay · w`, before the step. Every optimizer here does it so.

    Args:
        weights: A number or an array of any shape.
        gradient: Gradient of the loss with respect to the weights, of the same shape.
        state: `()` at first, then `(m, v, t)`, as in `adam`.
        weight_decay: Before the step, weights shrink by `learning_rate · weight_decay` of themselves.
        **options: What else `adam` takes: `learning_rate`, `beta_1`, `beta_2`, `epsilon`.

    Returns:
        The new weights and the new state.

    Reference:
        Loshchilov, Hutter, "Decoupled weight decay regularization", ICLR 2019.

    Examples:
        >>> weights, state = adamw(3.0, gradient=0.0, learning_rate=0.1, weight_decay=0.5)
        >>> round(float(weights), 4)  # no gradient: 5 % less
        2.85
    """
    return adam(weights, gradient, state, weight_decay=weight_decay, **options)


def update(
    optimizer: Callable,
    weights: Sequence,
    gradients: Sequence,
    states: Sequence[tuple] = (),
    **options: Any,
) -> tuple[list, list]:
    """Take one step with every array of a network, each with a state of its own.

    Args:
        optimizer: One of this module.
        weights: The arrays, as `model.get_weights()` gives them.
        gradients: The gradients, in the same order.
        states: `()` at first, then what the last step returned.
        **options: What the optimizer takes, such as `learning_rate`.

    Returns:
        The new weights and the new states, two lists.

    Raises:
        ValueError: If there are not as many gradients as arrays, or one has another shape.

    Examples:
        >>> weights, states = update(sgd, [1.0, 2.0], [10.0, 20.0], learning_rate=0.5)
        >>> weights
        [-4.0, -8.0]
        >>> weights, states = update(sgd, weights, [0.0, 2.0], states, learning_rate=0.5)
        >>> weights
        [-4.0, -9.0]
    """
    for n, (w, g) in enumerate(zip(weights, gradients, strict=True)):
        _validate.shape(f"gradients[{n}]", g, np.shape(w), "that of its weights")
    states = states or [()] * len(weights)
    steps = [
        optimizer(w, g, state, **options)
        for w, g, state in zip(weights, gradients, states, strict=True)
    ]
    return [w for w, _ in steps], [state for _, state in steps]


def descend(
    optimizer: Callable, gradient: Callable, start: ArrayLike, *, steps: int, **options: Any
) -> np.ndarray:
    """Walk downhill with an optimizer, and keep all points visited.

    Args:
        optimizer: One of this module.
        gradient: Takes a point, returns the gradient there, of the same shape.
        start: First point, a number or an array of shape `(d,)`.
        steps: How many steps.
        **options: What the optimizer takes, such as `learning_rate`.

    Returns:
        All points, `start` first: shape `(steps + 1,)` or `(steps + 1, d)`.

    Raises:
        TypeError: If `steps` is not a whole number.
        ValueError: If `steps` is negative, or a gradient has another shape than `start`.

    Examples:
        >>> def slope(w):  # of w²
        ...     return 2 * w
        >>> descend(momentum, slope, 3.0, steps=4, learning_rate=0.1).round(4).tolist()
        [3.0, 2.4, 1.38, 0.186, -0.9258]
    """
    path, state = [np.asarray(start, dtype=float)], ()
    for _ in range(_validate.whole("steps", steps, at_least=0)):
        slope = np.asarray(gradient(path[-1]), dtype=float)
        _validate.shape("gradient", slope, path[0].shape, "that of `start`")
        weights, state = optimizer(path[-1], slope, state, **options)
        path.append(weights)
    return np.array(path)
