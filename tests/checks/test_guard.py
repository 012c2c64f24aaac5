"""Nothing but a KeyboardInterrupt gets out of the guard, and nothing comes after it has ended."""

import itertools
import sys
import threading
import time
import warnings

import numpy as np
import pytest

from dl_course.checks._guard import UNFINISHED, cut, run, shield


class UnprintableError(Exception):
    def __str__(self):
        raise RuntimeError("no words")


class EndsError(Exception):
    def __str__(self):
        raise SystemExit


def raises(error):
    def function():
        raise error

    return function


def recurse():
    return recurse() + 1


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (raises(SystemExit(0)), "ends with exit()"),
        (exit, "ends with exit()"),
        (sys.exit, "ends with exit()"),
        (raises(GeneratorExit), "GeneratorExit"),
        (recurse, "calls itself without end"),
        (raises(MemoryError()), "MemoryError"),
        (raises(UnprintableError()), "(its message can't be shown)"),
        (raises(EndsError()), "(its message can't be shown)"),
        (raises(ValueError("x" * 10**7)), "ValueError: xxx"),
        (raises(ValueError("\ud800")), "ValueError: ?"),
        (raises(BaseException("all")), "BaseException: all"),
        (raises(StopIteration()), "StopIteration."),
        (raises(NotImplementedError()), UNFINISHED),
        (lambda: 1 if np.ones(2) else 2, "`np.where` chooses"),
    ],
)
def test_what_is_raised_becomes_a_hint(function, words):
    outcome = run(function)
    assert outcome.value is None
    assert words in outcome.hint
    assert len(outcome.hint) < 400


def test_a_keyboard_interrupt_gets_out():
    before = sys.stdout
    with pytest.raises(KeyboardInterrupt):
        run(raises(KeyboardInterrupt()))
    assert sys.stdout is before


def endless():
    while True:
        pass


def swallows():
    while True:
        try:
            time.sleep(0.001)
        except:  # noqa: E722
            continue


def swallows_deeply():
    while True:
        try:
            while True:
                try:  # noqa: SIM105
                    sum(range(10))
                except BaseException:
                    pass
        except BaseException:
            pass
        finally:
            time.sleep(0)


def returns_all_the_same():
    try:
        endless()
    except BaseException:
        return 7


OLD = pytest.mark.skipif(sys.version_info < (3, 11), reason="not before Python 3.11")


@pytest.mark.parametrize(
    "loop", [endless, swallows, pytest.param(swallows_deeply, marks=OLD), returns_all_the_same]
)
def test_a_loop_that_never_ends_is_stopped(loop):
    tracer, interval, began = sys.gettrace(), sys.getswitchinterval(), time.perf_counter()
    outcome = run(loop, seconds=0.1)
    assert outcome.hint == (
        "Your code did not finish within 0.1 seconds: is there a loop that never ends?"
    )
    assert time.perf_counter() - began < 10
    assert (sys.gettrace(), sys.getswitchinterval()) == (tracer, interval)


def test_a_loop_in_another_thread_is_stopped():
    hints = []
    thread = threading.Thread(target=lambda: hints.append(run(endless, seconds=0.1).hint))
    thread.start()
    thread.join(timeout=20)
    assert "did not finish" in hints[0]


def test_a_guard_in_a_guard_keeps_its_own_time():
    def outer():
        return run(endless, seconds=0.05).hint, 5

    hint, five = shield(outer, seconds=10).value
    assert "within 0.05 seconds" in hint
    assert five == 5
    assert "within 0.1 seconds" in shield(lambda: run(endless, seconds=10), seconds=0.1).hint


def test_nothing_comes_after_the_end():
    """Functions that take about as long as they may: the exception comes inside, or not at all.

    The other thread waits for up to 5 ms (Python's switch interval) until it may come.
    """
    outcomes = []
    for extra in itertools.islice(itertools.cycle(np.linspace(0, 8e-3, 80)), 240):
        end = time.perf_counter() + 0.002 + extra

        def nearly_late(end=end):
            while time.perf_counter() < end:
                pass
            return 1

        outcomes.append(shield(nearly_late, seconds=0.002))
        sum(i for i in range(100))
    assert {outcome.hint is None for outcome in outcomes} == {True, False}
    assert all((outcome.value == 1) == (outcome.hint is None) for outcome in outcomes)


def test_a_guard_costs_little():
    def least():
        began = time.perf_counter()
        for _ in range(100):
            shield(int)
        return (time.perf_counter() - began) / 100

    assert (
        min(least() for _ in range(10)) < 1e-3
    )  # about 0.15 ms; five times that on a busy machine


def test_prints_are_kept_in_short():
    def talks():
        for _ in range(10_000):
            print("x" * 100)
        print("problem", file=sys.stderr)
        return 3

    outcome = run(talks)
    assert outcome.value == 3
    assert 0 < len(outcome.printed) <= 400


def test_warnings_are_no_matter():
    assert run(lambda: warnings.warn("old", stacklevel=1) or 3).value == 3
    assert np.isinf(run(lambda: np.ones(1) / 0).value)


def spoil_array(x, *rest):
    x[0] = 9


@pytest.mark.parametrize(
    ("function", "argument"),
    [
        (spoil_array, np.array([1.0, np.nan])),
        (spoil_array, [1, 2]),
        (lambda d: d.clear(), {"a": 1}),
        (lambda x: spoil_array(x[1]), [0, np.zeros(2)]),
        (lambda s: s.add(2), {1}),
    ],
)
def test_a_changed_input_is_reported(function, argument):
    assert "changes its input" in run(function, (argument,)).hint


def test_a_generator_may_be_used():
    rng = np.random.default_rng(1)
    assert run(lambda rng: rng.random(), (rng,)).value == rng.random()
    assert run(lambda x: x, (np.array([np.nan]),)).hint is None


def test_cut():
    assert cut("abc") == "abc"
    assert cut("x" * 500) == "x" * 199 + "…"
