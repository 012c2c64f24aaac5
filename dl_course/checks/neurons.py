"""The exercises of notebook 01, neurons and gradient descent."""

from __future__ import annotations

import numpy as np

from dl_course.checks._exercise import (
    FunctionExercise,
    OpenExercise,
    ValueExercise,
    is_numeric,
)
from dl_course.checks._kinds import Real
from dl_course.neurons import dense, relu, softmax, step

__all__ = [
    "absolute_error_gradient",
    "count_parameters",
    "fourth_weight",
    "leaky_relu",
    "momentum_descent",
    "softmax_with_temperature",
    "xor_network",
]


# 1. One more step by hand: the point (2, 4) again, from w = 2.192 with learning rate 0.1.

fourth_weight = ValueExercise(
    expected=2.0384,
    within=5e-4,
    praise="Right, and closer to 2 than before: the weight swings in.",
    mistakes=[
        (2.3456, "The step goes uphill: the slope is to be subtracted."),
        (2.1152, "Half a step: of the two factors in 2·x·(xw − y), one is missing."),
        (2.1536, "A shorter step than it should be: look which x and y belong here."),
        (1.8464, "That is a step for the pair (3, 6); here (2, 4) comes."),
        (0.656, "A very long step: the learning rate is missing."),
        (4.2304, "It is w that changes, not the output x·w."),
        (4.384, "This is the output x·w before the step. The new weight is asked for."),
        (2.192, "This is where you start. Take one step from here."),
        (1.952, "This starts from 1.76; the third step had already led to 2.192."),
    ],
)


# 2. A ReLU that leaks.


def _leaky_relu(x, slope):
    return np.where(x > 0, x, slope * x)


def _draw_leaky_relu(rng):
    """Sums of other shapes and sizes, exact zeros among them; sometimes float32."""
    shape = [(7,), (3, 5), (2, 3, 4)][rng.integers(3)]
    sums = rng.normal(scale=rng.choice([0.3, 3, 300]), size=shape).round(2)
    sums.flat[rng.integers(sums.size)] = 0.0
    return sums.astype(rng.choice(["float32", "float64"])), round(rng.uniform(0.01, 0.5), 3)


leaky_relu = FunctionExercise(
    kind=Real(),
    reference=_leaky_relu,
    cases=[
        (np.array([-2.0, -0.5, 0.0, 1.0, 3.0]), 0.1),
        (np.array([[-4.0, 2.0], [5.0, -1.0]]), 0.01),
    ],
    draw=_draw_leaky_relu,
    praise="Right: a negative sum still has a slope to learn from.",
    hints=[
        "Two cases: what should come out above 0, and what below?",
        "The choice is made for each element: `np.where(condition, …, …)`.",
        "Below 0, the function is a straight line through 0 as well, only a flatter one.",
    ],
    mistakes=[
        (lambda x, slope: relu(x), "This is the plain ReLU: below 0 it should leak a little."),
        (lambda x, slope: slope * x, "Above 0 nothing should change; the slope is for below 0."),
        (lambda x, slope: np.where(x > 0, slope * x, x), "The two sides are swapped."),
        (
            lambda x, slope: np.where(x > 0, x, -slope * x),
            "Below 0 the sign is wrong: a negative input gives a (small) negative output.",
        ),
        (
            lambda x, slope: np.where(x > 0, x, slope),
            "Below 0 it is flat: the output should still depend on x.",
        ),
        (
            lambda x, slope: np.where(x > 0, 1.0, slope),
            "That is the derivative; the function itself is wanted.",
        ),
    ],
)


# 3. How many numbers are learned?


def _count(sizes):
    return sum(a * b + b for a, b in zip(sizes[:-1], sizes[1:], strict=True))


count_parameters = FunctionExercise(
    reference=_count,
    cases=[([2, 5, 4, 3],), ([3, 1],), ([64, 32, 10],)],
    praise="Right: a weight for each pair of neighbours and a bias for each neuron.",
    mistakes=[
        (
            lambda sizes: sum(a * b for a, b in zip(sizes[:-1], sizes[1:], strict=True)),
            "The biases are missing.",
        ),
        (
            lambda sizes: sum(a * b + a for a, b in zip(sizes[:-1], sizes[1:], strict=True)),
            "A bias belongs to the neuron a sum arrives at, not to the one it comes from.",
        ),
        (
            lambda sizes: _count(sizes) + sizes[0],
            "The inputs are given, not learned: no biases there.",
        ),
        (
            lambda sizes: _count(sizes) - sizes[-1],
            "The output neurons have biases too.",
        ),
        (
            lambda sizes: sizes[0] * sizes[1] + sizes[1],
            "Only the first layer is counted: does the loop end too early?",
        ),
        (
            lambda sizes: sum(a * b + 1 for a, b in zip(sizes[:-1], sizes[1:], strict=True)),
            "One bias a layer is too few: each neuron has its own.",
        ),
        (lambda sizes: int(np.prod(sizes)), "Only neighbouring layers are connected."),
        (lambda sizes: sum(sizes[1:]), "These are the biases alone; the weights are missing."),
        (sum, "This counts the neurons; count the lines between them, and the biases."),
        (
            lambda sizes: _count(sizes[:-1]),
            "The last layer is missing: off by one in the loop?",
        ),
        (
            lambda sizes: _count(sizes[1:]),
            "The first layer is missing: off by one in the loop?",
        ),
    ],
)


# 4. A softmax that can be made surer or less sure.


def _powers(logits, shift_axis=-1):
    """Exponentials that don't overflow; the shift cancels out in any ratio along its axis."""
    return np.exp(logits - np.max(logits, axis=shift_axis, keepdims=True))


def _one_sum_for_each_column(logits, temperature):
    powers = _powers(logits / temperature)
    return powers / powers.sum(axis=0, keepdims=True)


def _one_sum_for_all(logits, temperature):
    powers = _powers(logits / temperature)
    return powers / powers.sum()


def _one_maximum_for_all(logits, temperature):
    powers = _powers(logits / temperature, shift_axis=None)
    return powers / powers.sum(axis=-1, keepdims=True)


def _naive(logits, temperature):
    powers = np.exp(logits / temperature)
    return powers / powers.sum(axis=-1, keepdims=True)


SOFTMAX_HINTS = [
    (
        lambda logits, t: softmax((logits / t).T).T,
        "Wrong axis: each row is one example, and it is the row that should sum to 1.",
    ),
    (
        _one_sum_for_each_column,
        "The sum runs along the wrong axis: it is the row that should sum to 1.",
    ),
    (
        _one_sum_for_all,
        "All rows together sum to 1; each row should (look at the `axis` of the sum).",
    ),
    (
        lambda logits, t: softmax(logits * t),
        "A high temperature should make the answer less sure; here it makes it surer.",
    ),
    (lambda logits, t: softmax(logits), "The temperature changes nothing yet."),
    (
        lambda logits, t: softmax(logits) / t,
        "The rows no longer sum to 1: the temperature belongs inside the exponential.",
    ),
    (
        lambda logits, t: _powers(logits / t),
        "The rows don't sum to 1 yet: a division is missing.",
    ),
    (
        _naive,
        "Right for small numbers, but exp(1000) overflows. Subtract each row's largest number.",
    ),
    (
        lambda logits, t: np.exp(logits / t),
        "The rows don't sum to 1: divide by each row's sum. (And exp(1000) overflows.)",
    ),
    (
        lambda logits, t: _naive(logits, 1.0),
        "The temperature changes nothing yet. (And exp(1000) overflows.)",
    ),
    (
        _one_maximum_for_all,
        "With one maximum for all rows, a row far below it becomes 0 / 0: "
        "subtract each row's own largest number.",
    ),
]

softmax_with_temperature = FunctionExercise(
    reference=lambda logits, temperature: softmax(logits / temperature),
    cases=[
        (np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 3.0]]), 1.0),
        (np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 3.0]]), 0.5),
        (np.array([[2000.0, 1999.0, 0.0], [-2000.0, 5.0, 1.0], [-9000.0, -9001.0, -9002.0]]), 2.0),
    ],
    praise="Right: cold is sure of itself, hot says «could be anything».",
    mistakes=SOFTMAX_HINTS,
)


# 5. The slope of another loss.

absolute_error_gradient = FunctionExercise(
    reference=lambda outputs, targets: np.sign(outputs - targets) / outputs.size,
    cases=[
        (np.array([1.0, 2.0, 5.0, 0.0]), np.array([3.0, 1.0, 1.0, 4.0])),
        (
            np.array([[0.5, 1.0], [-2.0, 3.0], [7.0, 0.0]]),
            np.array([[0.0, 1.0], [0.0, 0.0], [9.0, -1.0]]),
        ),
    ],
    praise="Right: an outlier pulls no harder than any other point.",
    mistakes=[
        (lambda outputs, targets: np.sign(outputs - targets), "It is a mean: a factor is missing."),
        (
            lambda outputs, targets: np.sign(outputs - targets) / len(outputs),
            "The mean is over all outputs, not only over the rows.",
        ),
        (
            lambda outputs, targets: np.where(outputs > targets, 1, -1) / outputs.size,
            "An error of exactly 0 should give 0.",
        ),
        (
            lambda outputs, targets: np.where(outputs >= targets, 1, -1) / outputs.size,
            "Where the error is exactly 0, the slope should be 0.",
        ),
        (
            lambda outputs, targets: (outputs - targets) / np.abs(outputs - targets) / outputs.size,
            "An error of exactly 0 becomes 0 / 0: it should give 0.",
        ),
        (
            lambda outputs, targets: np.sign(targets - outputs) / outputs.size,
            "The sign is wrong: if the output grows above its target, the loss grows too.",
        ),
        (
            lambda outputs, targets: np.mean(np.abs(outputs - targets)),
            "That is the loss; its slope in each output is wanted.",
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


# 6. Gradient descent that gathers speed.


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


def _one_array_for_all(gradient, start, learning_rate, momentum, steps):
    path = _momentum(gradient, start, learning_rate, momentum, steps)
    return np.repeat(path[-1:], len(path), axis=0)


def _bowl(point):
    """Slope of `x² + 5 y²`."""
    return np.array([2.0, 10.0]) * point


momentum_descent = FunctionExercise(
    reference=_momentum,
    cases=[
        (_bowl, np.array([2.0, 1.0]), 0.05, 0.9, 4),
        (_bowl, np.array([-1.0, 0.5]), 0.1, 0.5, 2),
    ],
    praise="Right: like a ball that rolls, it keeps some of its speed.",
    mistakes=[
        (
            lambda g, start, lr, momentum, steps: _momentum(g, start, lr, momentum, steps)[1:],
            "The start is missing: the path has one point more than there are steps.",
        ),
        (
            lambda g, start, lr, momentum, steps: _momentum(g, start, lr, momentum, steps)[:-1],
            "One step is missing at the end: off by one.",
        ),
        (
            lambda g, start, lr, momentum, steps: _momentum(g, start, lr, momentum, steps)[-1],
            "Only the last point comes back; the whole path is wanted, the start first.",
        ),
        (
            _one_array_for_all,
            "All points are one and the same array: `x += v` changes those already kept. "
            "Build a new one with `x = x + v`.",
        ),
        (
            lambda g, start, lr, momentum, steps: _momentum(g, start, lr, 0.0, steps),
            "This is plain gradient descent: the old velocity is not kept.",
        ),
        (
            lambda g, start, lr, momentum, steps: _momentum(g, start, -lr, momentum, steps),
            "It walks uphill: the slope is to be subtracted.",
        ),
        (
            _velocity_after_the_move,
            "Each step uses the velocity of the step before: first the velocity, then the move.",
        ),
        (
            lambda g, start, lr, momentum, steps: _momentum(
                g, start, lr * (1 - momentum), momentum, steps
            ),
            "The slope counts in full here: no factor (1 - momentum).",
        ),
    ],
)


# 7. Weights by hand for a network that no single neuron can replace.

XOR_INPUTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
XOR_SHAPES = {"w1": (2, 2), "b1": (2,), "w2": (2, 1), "b2": (1,)}


def _look_at_xor(network, rng):
    """A hint about weights for a step network with two hidden neurons, or None if it computes XOR."""
    if not isinstance(network, dict) or set(network) != set(XOR_SHAPES):
        return f"A dictionary with the entries {', '.join(XOR_SHAPES)} is wanted."
    weights = {name: np.asarray(value) for name, value in network.items()}
    for name, shape in XOR_SHAPES.items():
        if not is_numeric(weights[name]):
            return f"`{name}` must hold numbers."
        if weights[name].shape != shape:
            return f"`{name}` has shape {weights[name].shape}, and should have {shape}."
    hidden = step(dense(XOR_INPUTS, weights["w1"], weights["b1"]))
    output = step(dense(hidden, weights["w2"], weights["b2"])).ravel()
    wanted = np.array([0, 1, 1, 0])
    if np.array_equal(output, 1 - wanted):
        return (
            "The opposite of XOR: swap the signs of w2, then choose b2 anew "
            "(a sum of exactly 0 counts as 1)."
        )
    if wrong := [tuple(map(int, x)) for x in XOR_INPUTS[output != wanted]]:
        return f"Wrong for {', '.join(map(str, wrong))}. {_blame(hidden, wanted)}"
    return None


def _blame(hidden, wanted):
    """Say which layer is at fault, by trying many output neurons on the hidden answers."""
    grid = np.arange(-2, 2.25, 0.5)
    w2_and_b2 = np.array(np.meshgrid(grid, grid, grid)).reshape(3, -1)
    outputs = step(hidden @ w2_and_b2[:2] + w2_and_b2[2])  # (4 inputs, one column for each try)
    if np.any(np.all(outputs == wanted[:, None], axis=0)):
        return "The hidden neurons are fine: look at w2 and b2."
    answers = " and ".join(str(column.astype(int).tolist()) for column in hidden.T)
    return (
        f"For (0, 0), (0, 1), (1, 0), (1, 1) the hidden neurons answer {answers}: "
        "no output neuron can make XOR of that. Look at w1 and b1."
    )


xor_network = OpenExercise(
    look=_look_at_xor,
    praise="Right: two lines and a decision between them, which no single neuron can do.",
)
