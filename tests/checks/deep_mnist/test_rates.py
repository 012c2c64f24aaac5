"""The exercises of notebook 05 about learning rates, both ways."""

import functools
import re

import keras
import numpy as np
import pytest
from answers import faults, right_cases, wrong_cases

from dl_course.checks.deep_mnist import rates as check


def rate_at(step, steps, low, high):
    return low * (high / low) ** (step / (steps - 1))


class _Rate:
    def __call__(self, step, steps, low, high):
        return np.exp(np.interp(step, [0, steps - 1], np.log([low, high])))


def _by_steps(step, steps, low, high):
    factor = (high / low) ** (1 / (steps - 1))
    for _ in range(step):
        low = low * factor
    return low


def _sized(step, steps, low, high, *, base=10):
    return base ** (np.log10(low) + (np.log10(high) - np.log10(low)) * step / (steps - 1))


def lowest(rates, losses):
    return rates[np.argmin(losses)]


def steepest(rates, losses):
    return rates[np.argmin(np.gradient(losses, np.log(rates)))]


def half_way(rates, losses):
    return rates[np.argmax(losses < 0.5 * losses[0] + 0.5 * losses.min())]


def tenth_of_the_fall(rates, losses):
    falling = slice(losses.argmin() + 1)
    wanted = losses[0] - 0.1 * (losses[0] - losses.min())
    return np.interp(-wanted, -losses[falling], rates[falling])


def nearest_to_half(rates, losses):
    return rates[np.argmin(np.abs(losses - (losses[0] + losses.min()) / 2))]


class _Pick:
    def __call__(self, rates, losses):
        return lowest(rates, losses) / 8


RIGHT = {
    "range_test_rate": [
        rate_at,
        _Rate(),
        _by_steps,
        functools.partial(_sized, base=10),
        lambda step, steps, low, high: np.geomspace(low, high, steps)[step],
        lambda step, steps, low, high: np.float32(rate_at(step, steps, low, high)),
        lambda step, steps, low, high: keras.ops.convert_to_tensor(rate_at(step, steps, low, high)),
    ],
    "pick_rate": [
        lambda rates, losses: lowest(rates, losses) / 10,
        lambda rates, losses: lowest(rates, losses) / 3,  # just at the limits that are told
        lambda rates, losses: np.float32(lowest(rates, losses) / 3),
        tenth_of_the_fall,
        lambda rates, losses: np.float32(lowest(rates, losses) / 10),
        lambda rates, losses: keras.ops.convert_to_tensor(lowest(rates, losses) / 10),
        steepest,
        half_way,
        _Pick(),
        lambda rates, losses: np.sqrt(half_way(rates, losses) * lowest(rates, losses) / 10),
        lambda rates, losses: 10 ** (np.log10(lowest(rates, losses)) - 1),
    ],
}

WRONG = {
    "range_test_rate": [
        (lambda step, steps, low, high: rate_at(step, 101, low, high), "wrong|small|large"),
        (lambda step, steps, low, high: rate_at(step, steps, 0.001, 10), "small|large"),
        (lambda step, steps, low, high: rate_at(step, steps, low, 10 * low), "small|large"),
        (lambda step, steps, low, high: low * (high / low) ** (step // (steps - 1)), "small"),
        (lambda step, steps, low, high: str(rate_at(step, steps, low, high)), "a text"),
        (lambda step, steps, low, high: print(rate_at(step, steps, low, high)), "`return`"),
        (lambda step, steps, low: low, "must take the arguments"),
        (
            lambda step, steps, low, high: np.log10(rate_at(step, steps, low, high)),
            "too small|sign|too large",
        ),
    ],
    "pick_rate": [
        (0.003, "A function is wanted"),
        (lambda losses: 1, "must take the arguments"),
        (lambda rates, losses: rates.no, "Your code raised AttributeError"),
        (lambda rates, losses: None, "Not finished"),
        (lambda rates, losses: rates, "an array of shape"),
        (lambda rates, losses: "0.1", "a text"),
        (lambda rates, losses: True, "no real number"),
        (lambda rates, losses: 1j, "no real number"),
        (lambda rates, losses: np.nan, "no finite number"),
        (lambda rates, losses: -lowest(rates, losses), "is positive"),
        (lambda rates, losses: losses.argmin(), "position in the list"),
        (lambda rates, losses: lowest(rates, losses), "too late"),
        (lambda rates, losses: lowest(rates, losses) / 1.2, "near the edge"),
        (lambda rates, losses: lowest(rates, losses) / 2, "near the edge"),
        (lambda rates, losses: lowest(rates, losses) * 1.5, "the loss rises there"),
        (lambda rates, losses: rates.max(), "the highest rate"),
        (lambda rates, losses: rates.min(), "the lowest rate"),
        (lambda rates, losses: 2 * rates.min(), "hardly begun to fall"),
        (lambda rates, losses: 0.01, "the same for each curve"),
        (lambda rates, losses: losses.min(), "This is a loss"),
        # What doesn't look at the losses, or at one of two sides only.
        (lambda rates, losses: rates[len(rates) // 2], "too low|near the edge"),
        (lambda rates, losses: np.median(rates), "too low|near the edge"),
        (lambda rates, losses: rates[int(0.7 * len(rates))], "near the edge"),
        (lambda rates, losses: rates[len(rates) // 5], "too low"),
        (lambda rates, losses: rates[40], "too low"),
        (lambda rates, losses: rates[-1] / 100, "near the edge|the loss rises there"),
        (lambda rates, losses: 100 * rates[0], "too low"),
        (lambda rates, losses: rates[losses.argmin() - 20], "too low|near the edge"),
        (lambda rates, losses: rates[losses.argmin() // 2], "too low"),
        (lambda rates, losses: rates[np.argmax(losses < 1)], "the lowest rate|near the edge|rises"),
        (nearest_to_half, "the loss rises there"),
        (lambda rates, losses: rates[np.argmax(losses < losses.max() / 2)], "the lowest rate"),
    ],
}


@pytest.mark.parametrize(("exercise", "answer"), right_cases(check, RIGHT))
def test_right_answers_pass_in_any_style(exercise, answer):
    assert set(faults(exercise, answer)) == {None}


@pytest.mark.parametrize(("exercise", "answer", "word"), wrong_cases(check, WRONG))
def test_wrong_answers_get_the_hint_that_is_meant(exercise, answer, word):
    assert all(fault and re.search(word, fault) for fault in faults(exercise, answer))


DRAWN = [check._draw_curve(np.random.default_rng(seed)) for seed in range(50)]
FIXED = [check._curve(*numbers) for numbers in check.CURVES]


@pytest.mark.parametrize(("rates", "losses"), FIXED + DRAWN)
def test_curves_fall_and_then_rise(rates, losses):
    lowest = losses.argmin()
    assert np.all(np.diff(losses[: lowest + 1]) < 0)
    assert np.all(np.diff(losses[lowest:]) > 0)
    assert 0 < lowest < len(rates) - 1
