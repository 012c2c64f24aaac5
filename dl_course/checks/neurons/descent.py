"""Exercises about learning: one step, the gradient of a loss, gradient descent with momentum."""

from __future__ import annotations

import numpy as np

from dl_course.checks._answer import normalize
from dl_course.checks._exercise import FunctionExercise, ValueExercise
from dl_course.checks._kinds import Count, Real

__all__ = ["absolute_error_gradient", "fewest_steps", "fourth_weight", "momentum_descent"]


# One more step by hand: the point (2, 4) again, from w = 2.192 with learning rate 0.1.

fourth_weight = ValueExercise(
    kind=Real(rtol=0, atol=2.2e-4),  # three decimals will do
    expected=2.0384,
    praise="Right, and closer to 2 than before: the weight swings in.",
    hints=[
        "What does the neuron say for this point, and by how much is it wrong?",
        "The slope has three factors: 2, the input and the error. How far do you go along it?",
    ],
    mistakes=[
        (2.3456, "The step goes uphill: the slope is to be subtracted."),
        (2.1152, "Half a step: of the two factors in 2·x·(xw − y), one is missing."),
        (2.1536, "A shorter step than it should be: look which x and y belong here."),
        (1.8464, "That is a step for the pair (3, 6); here (2, 4) comes."),
        (0.656, "A very long step: the learning rate is missing."),
        (4.384, "This is the output x·w before the step. The new weight is asked for."),
        (2.192, "This is where you start. Take one step from here."),
        (1.952, "This starts from 1.76; the third step had already led to 2.192."),
    ],
)


# The gradient of another loss.


def _draw_outputs_and_targets(rng):
    """Errors small and large, some exactly 0."""
    shape = [(7,), (5, 2), (3, 6), (2, 3, 4)][rng.integers(4)]
    targets = rng.integers(-40, 41, shape) / 8
    errors = rng.choice([-300.0, -2.5, -1 / 64, 0.0, 1 / 64, 0.75, 40.0], shape)
    dtype = rng.choice(["float32", "float64"])
    return (targets + errors).astype(dtype), targets.astype(dtype)


absolute_error_gradient = FunctionExercise(
    kind=Real(),
    reference=lambda outputs, targets: np.sign(outputs - targets) / outputs.size,
    cases=[
        (np.array([1.0, 2.0, 5.0, 0.0]), np.array([3.0, 1.0, 5.0, 4.0])),
        (
            np.array([[0.5, 1.0], [-2.0, 3.0], [7.0, 0.0]]),
            np.array([[0.0, 1.0], [0.0, 0.0], [9.0, -1.0]]),
        ),
    ],
    draw=_draw_outputs_and_targets,
    praise="Right: an outlier pulls no harder than any other point.",
    hints=[
        "Draw |ŷ − y| as a curve over ŷ: how steep is it to the left of y, and to the right?",
        "Each output is one of several in a mean: how much does it count there?",
    ],
    mistakes=[
        (
            lambda outputs, targets: np.sign(outputs - targets) / len(outputs),
            "The mean is over all outputs, not only over the rows.",
        ),
        (
            lambda outputs, targets: np.where(outputs > targets, 1, -1) / outputs.size,
            "An error of exactly 0 should give 0; yours gives what a negative error does.",
        ),
        (
            lambda outputs, targets: np.where(outputs >= targets, 1, -1) / outputs.size,
            "An error of exactly 0 should give 0; yours gives what a positive error does.",
        ),
        (
            lambda outputs, targets: (outputs - targets) / np.abs(outputs - targets) / outputs.size,
            "An error of exactly 0 becomes 0 / 0: it should give 0.",
        ),
        (
            lambda outputs, targets: np.mean(np.abs(outputs - targets)),
            "That is the loss; its slope with respect to each output is wanted.",
        ),
        (
            lambda outputs, targets: np.abs(outputs - targets) / outputs.size,
            "These are the errors; how fast each of them grows is wanted.",
        ),
        (
            lambda outputs, targets: 2 * (outputs - targets) / outputs.size,
            "That is the slope of the squared error.",
        ),
        (
            lambda outputs, targets: (outputs - targets) / outputs.size,
            "A large error has no steeper slope here than a small one: only its sign counts.",
        ),
    ],
)


# Gradient descent that gathers speed.


def _momentum(gradient, start, learning_rate, momentum, steps):
    position, velocity, path = start, np.zeros_like(start), [start]
    for _ in range(steps):
        velocity = momentum * velocity - learning_rate * gradient(position)
        position = position + velocity
        path.append(position)
    return np.array(path)


def _velocity_after_the_move(gradient, start, learning_rate, momentum, steps):
    position, velocity, path = start, np.zeros_like(start), [start]
    for _ in range(steps):
        position = position + velocity
        velocity = momentum * velocity - learning_rate * gradient(position)
        path.append(position)
    return np.array(path)


def _one_array_for_all(*arguments):
    path = _momentum(*arguments)
    return np.repeat(path[-1:], len(path), axis=0)


def _at_any(gradient):
    """A gradient that takes a point in any form, a tensor too."""
    return lambda point: gradient(normalize(point).value)


def _draw_descent(rng):
    """A valley round or narrow, turned, or wavy, of one to four weights; no step is allowed too."""
    size = rng.integers(1, 5)
    centre, curvature = rng.normal(size=size), rng.uniform(0.5, 5, size)
    gradient = [
        lambda point: curvature * (point - centre),
        lambda point: (point - centre) @ (np.diag(curvature) + 0.5),
        lambda point: np.sin(curvature * point) + centre,
    ][rng.integers(3)]
    start = rng.normal(scale=3, size=size).round(2)
    rate, momentum = rng.uniform([0.01, 0.1], [0.1, 0.95]).round(3).tolist()
    return _at_any(gradient), start, rate, momentum, int(rng.integers(0, 9))


momentum_descent = FunctionExercise(
    kind=Real(),
    reference=_momentum,
    cases=[
        (_at_any(lambda point: np.array([2.0, 10.0]) * point), np.array([2.0, 1.0]), 0.05, 0.9, 4),
        (_at_any(np.cos), np.array([-1.0, 0.5, 3.0]), 0.1, 0.5, 9),
        (_at_any(np.sin), np.array([7.0]), 0.1, 0.5, 0),
    ],
    draw=_draw_descent,
    praise="Right: like a ball that rolls, it keeps some of its speed.",
    hints=[
        "Work out two steps on paper: where is v after the first, and what does it add to the second?",
        "Two numbers are carried from step to step, where you are and how fast; a list keeps the path.",
    ],
    mistakes=[
        (
            lambda *arguments: _momentum(*arguments)[1:],
            "The start is missing: the path has one point more than there are steps.",
        ),
        (
            lambda *arguments: _momentum(*arguments)[:-1],
            "One step is missing at the end: off by one.",
        ),
        (
            lambda *arguments: _momentum(*arguments)[-1],
            "Only the last point comes back; the whole path is wanted, the start first.",
        ),
        (
            _one_array_for_all,
            "All points are one and the same array: `x += v` changes those already kept.",
        ),
        (
            lambda g, start, rate, momentum, steps: _momentum(g, start, rate, 0.0, steps),
            "This is plain gradient descent: the old velocity is not kept.",
        ),
        (
            lambda g, start, rate, momentum, steps: _momentum(g, start, -rate, momentum, steps),
            "It walks uphill: the slope is to be subtracted.",
        ),
        (
            _velocity_after_the_move,
            "Each step uses the velocity of the step before: first the velocity, then the move.",
        ),
        (
            lambda g, start, rate, momentum, steps: _momentum(
                g, start, rate * (1 - momentum), momentum, steps
            ),
            "The slope counts in full here: no factor (1 - momentum).",
        ),
    ],
)


# Momentum against plain descent, each at its own best learning rate.

_CURVATURES, _START = np.array([2.0, 30.0]), np.array([2.5, 1.0])  # of a² + 15 b²


def _steps_until_there(momentum, learning_rate, *, both=True, most=300):
    """Steps until both weights (or the first) are within 0.01 of 0; infinite if that never happens."""
    position, velocity = _START, 0.0
    for step in range(1, most + 1):
        velocity = momentum * velocity - learning_rate * _CURVATURES * position
        position = position + velocity
        if np.all(np.abs(position if both else position[:1]) < 0.01):
            return step
    return np.inf


def _fewest_steps(momentum, learning_rates):
    return min(_steps_until_there(momentum, rate) for rate in learning_rates)


def _draw_search(rng):
    """A momentum, and rates from too small to too large in an order of their own."""
    rates = rng.choice(np.arange(2, 12) / 100 + 0.001, 5, replace=False)
    return round(float(rng.uniform(0, 0.8)), 2), [0.03, *rates.round(3).tolist()]


fewest_steps = FunctionExercise(
    kind=Count(),
    reference=_fewest_steps,
    cases=[(0.0, [0.02, 0.04, 0.06, 0.08]), (0.5, [0.03, 0.06, 0.09]), (0.3, [0.07, 0.02])],
    draw=_draw_search,
    praise="Right: now each method is judged at its own best learning rate.",
    hints=[
        "For one learning rate: which rows of the path have both weights within 0.01 of 0?",
        "`np.all(np.abs(path) < 0.01, axis=1)` is True for those rows; the first one counts.",
        "A rate that never arrives must not win: what number of steps would you give it?",
    ],
    mistakes=[
        (
            lambda momentum, rates: _steps_until_there(momentum, rates[0]),
            "Only the first learning rate is tried.",
        ),
        (
            lambda momentum, rates: _fewest_steps(0.0, rates),
            "The momentum changes nothing yet: this is plain descent.",
        ),
        (
            lambda momentum, rates: _fewest_steps(momentum, rates) + 1,
            "The start is no step: the path has one row more than there are steps.",
        ),
        (
            lambda momentum, rates: min(
                _steps_until_there(momentum, rate, both=False) for rate in rates
            ),
            "Only the first weight is looked at; both must be within 0.01 of 0.",
        ),
        (
            lambda momentum, rates: max(_steps_until_there(momentum, rate) for rate in rates),
            "That is the slowest of the rates; the fastest is wanted.",
        ),
    ],
)
