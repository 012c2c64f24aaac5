"""The exercises about learning rates: those of a range test, and how to read one."""

from __future__ import annotations

import numpy as np

from dl_course.checks import _guard
from dl_course.checks._answer import is_unfinished, normalize
from dl_course.checks._exercise import FunctionExercise, OpenExercise, wrong_function
from dl_course.checks._kinds import RETURN, Real

__all__ = ["pick_rate", "range_test_rate"]


# 1. The learning rates of a range test.


def _range_test_rate(step, steps, low, high):
    return low * (high / low) ** (step / (steps - 1))


def _draw_range_test(rng):
    steps = int(rng.integers(2, 400))
    step = int(rng.choice([0, steps - 1, rng.integers(steps)], p=[0.1, 0.1, 0.8]))
    low = 10 ** rng.uniform(-7, -1)
    return step, steps, low, low * 10 ** rng.uniform(0.5, 5)


range_test_rate = FunctionExercise(
    kind=Real(rtol=1e-4),
    reference=_range_test_rate,
    cases=[
        (0, 101, 0.001, 10.0),
        (50, 101, 0.001, 10.0),
        (100, 101, 0.001, 10.0),
        (1, 3, 0.01, 4.0),
        (7, 20, 0.02, 0.5),
    ],
    draw=_draw_range_test,
    praise="Right: every step multiplies by the same factor.",
    hints=[
        "By what factor must `low` be multiplied, in all, to become `high`?",
        "`steps - 1` equal factors make that factor. What is one of them?",
    ],
    mistakes=[
        (
            lambda step, steps, low, high: low + (high - low) * step / (steps - 1),
            "The same is *added* in each step; so nearly all of them are near the high end.",
        ),
        (
            lambda step, steps, low, high: low * (high / low) ** (step / steps),
            "The last step, number steps - 1, does not reach `high`.",
        ),
        (
            lambda step, steps, low, high: low * (high / low) ** ((step + 1) / steps),
            "The first step, number 0, is above `low` already.",
        ),
        (
            lambda step, steps, low, high: high * (low / high) ** (step / (steps - 1)),
            "The rates fall, and should grow.",
        ),
        (
            lambda step, steps, low, high: low * (high - low) ** (step / (steps - 1)),
            "The factor for the whole way is a quotient, not a difference.",
        ),
        (
            lambda step, steps, low, high: low * high ** (step / (steps - 1)),
            "At the end this is `low * high`: by what must `low` be multiplied to become `high`?",
        ),
        (
            lambda step, steps, low, high: np.geomspace(low, high, steps),
            "These are the rates of all steps; that of one step is wanted.",
        ),
        (
            lambda step, steps, low, high: (high / low) ** (step / (steps - 1)),
            "This is the factor; where does it start?",
        ),
    ],
)


# 2. The learning rate that a range test suggests.

# At least this part of the fall is done, and at most this part of the rate with the lowest loss is
# reached; said are 0.1 and 1 / 3, so that rounding and interpolation at the limit do no harm.
FALLEN, BELOW = 0.09, 0.34
# The curve of the notebook; one that is flat for long, one that rises for long: what stands at a
# fixed place, or at a fixed distance from an end, is right for one of them at most.
CURVES = (
    (0.002, 0.3, 2.3, 0.3, 1e-5, 1.0),
    (0.02, 2.0, 40.0, 8.0, 2e-6, 1.6),
    (0.0003, 0.03, 0.5, 0.1, 5e-5, 2.0, 301),
)


def _curve(half, rise, before, after, low, high, number=81):
    """Rates and losses of a range test: half of the fall is done at `half`, at `rise` the loss rises."""
    rates = np.geomspace(low, high, number)
    falling = after + (before - after) / (1 + (rates / half) ** 1.5)
    return rates, falling + before * (rates / rise) ** 3


def _draw_curve(rng):
    half, before = 10 ** rng.uniform(-4, -1), 10 ** rng.uniform(-0.5, 1.5)
    rise = half * 10 ** rng.uniform(1.8, 2.3)
    ends = half / 10 ** rng.uniform(1, 4), rise * 10 ** rng.uniform(-0.4, 1.2)
    return _curve(half, rise, before, before * rng.uniform(0.05, 0.4), *ends, rng.integers(60, 250))


def _look_at_pick_rate(pick, rng):
    """A hint about a function from rates and losses to a rate."""
    if hint := wrong_function(pick, "rates", "losses"):
        return hint
    curves = [_curve(*numbers) for numbers in CURVES] + [_draw_curve(rng) for _ in range(7)]
    picks = []
    for rates, losses in curves:
        outcome = _guard.run(pick, (rates, losses))
        if hint := outcome.hint or _look_at_number(outcome.value, rates):
            return hint
        picks.append(float(normalize(outcome.value).value))
    if np.ptp(picks) == 0:
        return "The rate is the same for each curve: it must be read off the losses."
    looks = (_look_at_place(one, *pair) for one, pair in zip(picks, curves, strict=True))
    return next((hint for hint in looks if hint), None)


def _look_at_number(picked, rates):
    if is_unfinished(picked):
        return RETURN
    answer = normalize(picked)
    if answer.hint or answer.kind == "function":
        return answer.hint or "A function comes back; a rate is wanted."
    if answer.value.shape != ():
        return f"One rate is wanted, and this is an array of shape {answer.value.shape}."
    if answer.value.dtype.kind not in "iuf":
        return "One rate is wanted, and this is no real number."
    if not np.isfinite(answer.value):
        return "The rate is no finite number."
    if answer.value.dtype.kind in "iu" and 0 <= answer.value < len(rates):
        return "This is a position in the list; the rate that stands there is wanted."
    if answer.value <= 0:
        return "A learning rate is positive. Is this a slope, or an exponent?"
    return None


def _look_at_place(picked, rates, losses):
    """A hint about a rate that is read off the wrong place of a curve."""
    lowest = rates[losses.argmin()]
    loss = np.interp(np.log(picked), np.log(rates), losses)
    fallen = (losses[0] - loss) / (losses[0] - losses.min())
    known = [
        (
            picked <= rates[0],
            "This is the lowest rate, or less: hardly anything is learned with it.",
        ),
        (picked >= rates[-1], "This is the highest rate, or more: look what the loss does there."),
        (np.isclose(picked, lowest), "At the lowest loss it is too late: the fall is over there."),
        (picked > lowest, "The rate is too high: the loss rises there."),
        (
            picked > BELOW * lowest,
            "That is near the edge: the loss hardly falls there, and soon it rises.",
        ),
        (fallen < FALLEN, "The rate is too low: the loss has hardly begun to fall there."),
    ]
    if np.isclose(losses, picked, rtol=1e-9, atol=0).any() and any(wrong for wrong, _ in known):
        return "This is a loss, not a rate."
    return next((hint for is_so, hint in known if is_so), None)


pick_rate = OpenExercise(
    look=_look_at_pick_rate,
    praise="Right: where the loss falls, and well below the rate where it rises.",
    hints=[
        "Find the position of the lowest loss first: `np.argmin`. What rate stands there?",
        "From there, go to the left: what is a safe distance on a logarithmic axis?",
    ],
)
