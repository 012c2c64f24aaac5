"""Exercises about learning: right answers of any style pass, wrong ones get the hint that is meant."""

import re
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import accumulate

import keras
import numpy as np
import pytest
from answers import faults, right_cases, wrong_cases

from dl_course.checks.neurons import descent
from dl_course.neurons import numerical_gradient

# The gradient of the mean absolute error ----------------------------------------------------------


def loop_of_signs(outputs, targets):
    gradient = np.zeros_like(outputs)
    for place in np.ndindex(outputs.shape):
        error = outputs[place] - targets[place]
        gradient[place] = (error > 0) / outputs.size if error >= 0 else -1 / outputs.size
    return gradient


def masks(outputs, targets):
    gradient = np.zeros(outputs.shape)
    gradient[outputs > targets] = 1
    gradient[outputs < targets] = -1
    return gradient / gradient.size


def as_lists(outputs, targets):
    return (np.sign(outputs - targets) / np.prod(outputs.shape)).tolist()


def measured_by_trying(outputs, targets):
    return numerical_gradient(lambda x: np.mean(np.abs(x - targets)), outputs)


def divided_where_it_can_be(outputs, targets):
    error = np.asarray(outputs, dtype=float) - targets
    size = np.abs(error)
    return np.divide(error, size, out=np.zeros_like(error), where=size > 0) / size.size


def of_fractions(outputs, targets):
    sign = np.vectorize(
        lambda a, b: Fraction(int(a > b) - int(a < b), outputs.size), otypes=[object]
    )
    return sign(outputs, targets)


def in_keras(outputs, targets):
    error = keras.ops.convert_to_tensor(outputs - targets)
    return keras.ops.sign(error) / outputs.size


class Gradient:
    """An object that can be called; it is right."""

    def __call__(self, outputs, targets):
        return np.mean(np.sign(outputs - targets)[None], axis=0) / outputs.size


def sign_of_the_size_of(outputs, targets, *, divide):
    return np.sign(outputs - targets) / divide(outputs)


def one_sign_for_a_row(outputs, targets):
    return np.broadcast_to(np.sign((outputs - targets).sum(axis=-1, keepdims=True)), outputs.shape)


def only_large_errors(outputs, targets):
    error = outputs - targets
    return np.where(np.abs(error) > 0.1, np.sign(error), 0) / error.size


# Gradient descent with momentum -------------------------------------------------------------------


def with_a_list(gradient, start, learning_rate, momentum, steps):
    x, v = start, 0
    path = [start]
    for _ in range(steps):
        v = momentum * v - learning_rate * gradient(x)
        x = x + v
        path.append(x)
    return path


def in_one_array(gradient, start, learning_rate, momentum, steps):
    path = np.zeros((steps + 1, len(start)))
    path[0], v = start, np.zeros(len(start))
    for n in range(steps):
        v = momentum * v - learning_rate * np.asarray(gradient(path[n]))
        path[n + 1] = path[n] + v
    return path


def by_plain_numbers(gradient, start, learning_rate, momentum, steps):
    x, v, path = list(map(float, start)), [0.0] * len(start), [list(start)]
    for _ in range(steps):
        slopes = gradient(np.array(x))
        v = [momentum * a - learning_rate * float(b) for a, b in zip(v, slopes, strict=True)]
        x = [a + b for a, b in zip(x, v, strict=True)]
        path.append(x)
    return path


def with_the_other_sign(gradient, start, learning_rate, momentum, steps):
    x, v, path = start.copy(), np.zeros_like(start), [start.copy()]
    for _ in range(steps):
        v = momentum * v + learning_rate * gradient(x)
        x -= v
        path.append(x.copy())
    return np.stack(path)


def from_two_points_back(gradient, start, learning_rate, momentum, steps):
    path = [start, start]
    while len(path) < steps + 2:
        kept = momentum * (path[-1] - path[-2])
        path.append(path[-1] + kept - learning_rate * gradient(path[-1]))
    return np.array(path[1:])


def by_recursion(gradient, start, learning_rate, momentum, steps, v=0.0):
    if not steps:
        return [start]
    v = momentum * v - learning_rate * gradient(start)
    rest = by_recursion(gradient, start + v, learning_rate, momentum, steps - 1, v)
    return np.vstack([start, *rest])


def by_accumulate(gradient, start, learning_rate, momentum, steps):
    def move(state, _):
        v = momentum * state[1] - learning_rate * gradient(state[0])
        return state[0] + v, v

    states = accumulate(range(steps), move, initial=(start, 0 * start))
    return tuple(x for x, _ in states)


def in_keras_with_momentum(gradient, start, learning_rate, momentum, steps):
    x = keras.ops.convert_to_tensor(start.astype("float32"))
    v, path = keras.ops.zeros_like(x), [x]
    for _ in range(steps):
        slopes = keras.ops.convert_to_tensor(np.asarray(gradient(x), dtype="float32"))
        v = momentum * v - learning_rate * slopes
        x = x + v
        path.append(x)
    return keras.ops.stack(path)


def of_keras_sgd(gradient, start, learning_rate, momentum, steps):
    weight = keras.Variable(start, dtype="float32")
    optimizer = keras.optimizers.SGD(learning_rate, momentum=momentum)
    optimizer.build([weight])
    path = [keras.ops.convert_to_numpy(weight).copy()]
    for _ in range(steps):
        slopes = np.asarray(gradient(keras.ops.convert_to_numpy(weight)), dtype="float32")
        optimizer.apply([keras.ops.convert_to_tensor(slopes)])
        path.append(keras.ops.convert_to_numpy(weight).copy())
    return np.array(path)


def of_single_precision(*arguments):
    return np.float32(with_a_list(*arguments))


def nesterov(gradient, start, learning_rate, momentum, steps):
    x, v, path = start, 0, [start]
    for _ in range(steps):
        v = momentum * v - learning_rate * gradient(x + momentum * v)
        x = x + v
        path.append(x)
    return np.array(path)


def twice_the_momentum(gradient, start, learning_rate, momentum, steps):
    x, v, path = start, 0, [start]
    for _ in range(steps):
        v = momentum * v - learning_rate * gradient(x)
        x = x + momentum * v
        path.append(x)
    return np.array(path)


def with_the_old_velocity(gradient, start, learning_rate, momentum, steps):
    x, v, path = start, 0 * start, [start]
    for _ in range(steps):
        slopes = gradient(x)
        x = x + v
        v = momentum * v - learning_rate * slopes
        path.append(x)
    return np.array(path)


def in_two_columns(gradient, start, learning_rate, momentum, steps):
    path = np.zeros((steps + 1, 2))
    path[0], v = start, 0
    for n in range(steps):
        v = momentum * v - learning_rate * gradient(path[n])
        path[n + 1] = path[n] + v
    return path


def at_least_one_step(gradient, start, learning_rate, momentum, steps):
    return with_a_list(gradient, start, learning_rate, momentum, max(steps, 1))


def for_the_bowl(gradient, start, learning_rate, momentum, steps):
    slopes = np.array([2.0, 10.0, 1.0, 1.0])[: len(start)]
    return with_a_list(lambda x: slopes * x, start, learning_rate, momentum, steps)


def in_place(gradient, start, learning_rate, momentum, steps):
    v, path = np.zeros_like(start), [start]
    for _ in range(steps):
        v = momentum * v - learning_rate * gradient(start)
        start += v
        path.append(start)
    return np.array(path)


def set_to(replaced):
    """The right walk, with some arguments replaced by others."""

    def answer(gradient, start, learning_rate, momentum, steps):
        given = {"learning_rate": learning_rate, "momentum": momentum, "steps": steps}
        return with_a_list(gradient, start, **{**given, **replaced})

    return answer


def spoilt(spoil):
    return lambda *arguments: spoil(np.array(with_a_list(*arguments)))


# The fewest steps -----------------------------------------------------------------------------------


def steps_needed(momentum, learning_rate, *, most=300, within=0.01, slopes=(2, 30)):
    with np.errstate(all="ignore"):
        path = np.array(
            with_a_list(
                lambda p: np.array(slopes) * p, np.array([2.5, 1.0]), learning_rate, momentum, most
            )
        )
    arrived = np.flatnonzero(np.all(np.abs(path) < within, axis=1))
    return arrived[0] if len(arrived) else np.inf


def search(momentum, learning_rates, **options):
    return min(steps_needed(momentum, rate, **options) for rate in learning_rates)


def step_by_step(momentum, learning_rates):
    counts = []
    for rate in learning_rates:
        a, b, u, v = 2.5, 1.0, 0.0, 0.0
        for step in range(1, 301):
            u, v = momentum * u - rate * 2 * a, momentum * v - rate * 30 * b
            a, b = a + u, b + v
            if abs(a) < 0.01 and abs(b) < 0.01:
                counts.append(step)
                break
    return min(counts)


def all_rates_at_once(momentum, learning_rates):
    rates = np.array(learning_rates)[:, None]
    x, v = np.tile([2.5, 1.0], (len(rates), 1)), 0.0
    step = 0
    while not np.any(np.all(np.abs(x) < 0.01, axis=1)):
        v = momentum * v - rates * np.array([2, 30]) * x
        x, step = x + v, step + 1
    return step


RIGHT = {
    "fourth_weight": [
        2.0384,
        2.038,
        2.0383999999999998,
        np.float32(2.0384),
        np.array(2.0384),
        Fraction(20384, 10000),
        Decimal("2.0384"),
        2.192 - 0.1 * 2 * 2 * (2 * 2.192 - 4),
        keras.ops.convert_to_tensor(2.0384),
        np.longdouble("2.0384"),
        keras.Variable(2.0384),
    ],
    "absolute_error_gradient": [
        loop_of_signs,
        masks,
        as_lists,
        measured_by_trying,
        divided_where_it_can_be,
        of_fractions,
        in_keras,
        Gradient(),
        partial(sign_of_the_size_of, divide=np.size),
        lambda y_hat, y: (np.sign(y_hat - y) / y.size).astype("float32"),
        lambda outputs, targets: (1.0 * (outputs > targets) - (outputs < targets)) / outputs.size,
        lambda *given: (
            np.select([given[0] > given[1], given[0] < given[1]], [1, -1]) / given[0].size
        ),
        lambda outputs, targets: np.sign(outputs - targets) * np.mean(np.eye(outputs.size)[0]),
        lambda outputs, targets: np.clip(1e9 * (outputs - targets), -1, 1) / outputs.size,
        lambda outputs, targets: (
            (outputs - targets) / np.maximum(np.abs(outputs - targets), 1e-9) / outputs.size
        ),
        lambda outputs, targets: (
            np.nan_to_num((outputs - targets) / abs(outputs - targets)) / outputs.size
        ),
    ],
    "momentum_descent": [
        with_a_list,
        in_one_array,
        by_plain_numbers,
        with_the_other_sign,
        from_two_points_back,
        by_recursion,
        by_accumulate,
        in_keras_with_momentum,
        of_keras_sgd,
        of_single_precision,
        partial(with_a_list),
        lambda *arguments: [row.tolist() for row in with_a_list(*arguments)],
        lambda g, x, lr, m, n: np.array(with_a_list(g, list(x) @ np.eye(len(x)), lr, m, n)),
        lambda *arguments: np.array(with_a_list(*arguments), dtype=object),
    ],
    "fewest_steps": [
        search,
        step_by_step,
        all_rates_at_once,
        lambda *given: float(search(*given)),
        lambda *given: Fraction(int(search(*given))),
        lambda *given: keras.ops.convert_to_tensor(int(search(*given))),
        lambda momentum, learning_rates: sorted(steps_needed(momentum, r) for r in learning_rates)[
            0
        ],
        partial(search, most=299),
    ],
}

WRONG = {
    "fourth_weight": [
        (2.04, "Nearly"),
        (2.03, "Nearly"),
        (2, "digits after the decimal point"),
        (-2.0384, "sign"),
        ("2.0384", "without quotes"),
        ([2.0384], "One number"),
        ([2.192, 2.0384], "One number"),
        (1.536, "too small"),
        (0.1536, "too small"),
        (2.3, "too large"),
        (3.0384, "1 too large"),
        (1.0384, "1 too small"),
        (float("nan"), "NaN"),
        (lambda: 2.0384, "a function"),
        ({"w": 2.0384}, "dictionary"),
        (2.0384 + 0j, "complex"),
        (True, "True or False"),
        (2.0391, "Nearly"),
    ],
    "absolute_error_gradient": [
        (lambda outputs, targets: np.sign(outputs - targets), "4 times"),
        (lambda outputs, targets: np.sign(targets - outputs) / outputs.size, "sign is wrong"),
        (lambda outputs, targets: np.sign(outputs - targets) / 4, "first|times"),
        (lambda outputs, targets: np.sign(outputs - targets) // outputs.size, "wrong; the one at"),
        (lambda outputs, targets: int(outputs.flat[0] > targets.flat[0]), "too much summed"),
        (lambda outputs, targets: np.sign(outputs - targets).mean(), "too much summed"),
        (lambda outputs, targets: np.sign(outputs - targets).mean(axis=-1), "too much summed"),
        (lambda outputs, targets: print(np.sign(outputs - targets) / outputs.size), "prints its"),
        (lambda outputs, targets: np.sign(outputs) / outputs.size, "wrong; the one at"),
        (lambda outputs, targets: (np.sign(outputs - targets) / outputs.size).T, "transposed"),
        (lambda outputs, targets: outputs.sign(), "AttributeError"),
        (lambda outputs, targets: 1 if outputs > targets else -1, "`np.where` chooses"),
        (lambda outputs, targets: (outputs > targets) / outputs.size, "wrong; the one at"),
        (lambda outputs: np.sign(outputs), "must take the arguments"),
        (lambda outputs, targets: (np.sign(outputs - targets) / outputs.size).ravel(), "flattened"),
        (lambda outputs, targets: np.sign(np.rint(outputs - targets)) / outputs.size, "wrong; the"),
        (lambda outputs, targets: np.sign(outputs - targets) / outputs.shape[-1], "times"),
        (one_sign_for_a_row, "wrong; the one at"),
        (only_large_errors, "Right for the first cases only"),
        (np.subtract, "wrong; the one at"),
        (lambda outputs, targets: np.full(outputs.shape, 1 / outputs.size), "wrong; the one at"),
        (
            lambda outputs, targets: {4: np.array([-1, 1, 0, -1]) / 4}.get(outputs.size, 0),
            "one number",
        ),
    ],
    "momentum_descent": [
        (in_place, "changes its input"),
        (nesterov, "wrong; the one at"),
        (twice_the_momentum, "wrong; the one at"),
        (with_the_old_velocity, "wrong; the one at"),
        (in_two_columns, "could not broadcast"),
        (at_least_one_step, "The shape"),
        (for_the_bowl, "wrong; the one at"),
        (set_to({"steps": 4}), "The shape"),
        (set_to({"momentum": 0.9}), "wrong; the one at"),
        (set_to({"learning_rate": 0.05}), "wrong; the one at"),
        (set_to({"momentum": 1.0}), "wrong; the one at"),
        (spoilt(np.transpose), "transposed"),
        (spoilt(np.flip), "reverse"),
        (spoilt(lambda path: path[::-1]), "wrong; the one at"),
        (spoilt(np.ravel), "an axis is missing"),
        (spoilt(np.trunc), "digits after the decimal point"),
        (spoilt(lambda path: path[:, :1]), "The shape"),
        (spoilt(lambda path: np.diff(path, axis=0)), "off by one"),
        (spoilt(print), "prints its result"),
        (spoilt(lambda path: (row for row in path)), "a generator"),
        (spoilt(lambda path: dict(enumerate(path))), "dictionary"),
        (spoilt(lambda path: None), "None comes back"),
        (lambda gradient, start: start, "must take the arguments"),
        (lambda gradient, *rest: gradient, "A function comes back"),
        (lambda *arguments: arguments[1], "axis is missing"),
        (
            lambda g, start, lr, momentum, steps: with_a_list(g, start, lr, momentum, steps + 1),
            "off by one",
        ),
    ],
    "fewest_steps": [
        (partial(search, within=0.1), "wrong|too|few|many"),
        (partial(search, slopes=(2, 15)), "wrong|too|infinity|few|many"),
        (lambda momentum, rates: search(0.5, rates), "first cases|wrong|few|many|too|."),
        (lambda momentum, rates: search(momentum, sorted(rates)[:1]), "wrong|too|many|."),
        (lambda momentum, rates: rates[0], "whole number"),
        (lambda momentum, rates: [steps_needed(momentum, r) for r in rates], "One number"),
        (
            lambda momentum, rates: np.mean([min(300, steps_needed(momentum, r)) for r in rates]),
            ".",
        ),
        (lambda momentum, rates: min(rates, key=lambda r: steps_needed(momentum, r)), "whole"),
        (lambda momentum, rates: print(search(momentum, rates)), "prints its result"),
        (lambda momentum: 3, "must take the arguments"),
    ],
}


@pytest.mark.parametrize(("exercise", "answer"), right_cases(descent, RIGHT))
def test_right_answers_pass_in_any_style(exercise, answer):
    assert set(faults(exercise, answer)) == {None}


@pytest.mark.parametrize(("exercise", "answer", "word"), wrong_cases(descent, WRONG))
def test_wrong_answers_get_the_hint_that_is_meant(exercise, answer, word):
    assert all(fault and re.search(word, fault) for fault in faults(exercise, answer))


def test_the_words_of_the_exercise_are_drawn():
    """One to four weights, and 0 steps among them; errors of exactly 0 and others."""
    rng = np.random.default_rng(0)
    walks = [descent.momentum_descent.draw(rng) for _ in range(100)]
    assert {len(start) for _, start, *_ in walks} == {1, 2, 3, 4}
    assert {steps for *_, steps in walks} == set(range(9))
    pairs = [descent.absolute_error_gradient.draw(rng) for _ in range(20)]
    assert all(outputs.shape == targets.shape for outputs, targets in pairs)
    assert sum(np.any(outputs == targets) for outputs, targets in pairs) > 10
