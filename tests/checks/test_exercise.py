"""What an exercise is made of: fresh cases, known mistakes, verdicts, hints and solutions."""

import dataclasses

import numpy as np
import pytest

from dl_course.checks import neurons
from dl_course.checks._exercise import (
    UNFINISHED,
    FunctionExercise,
    OpenExercise,
    Verdict,
)
from dl_course.checks._kinds import Real


def test_a_function_that_changes_its_input_is_caught():
    def leaky_relu(x, slope):
        x[x < 0] *= slope
        return x

    assert "changes its input" in neurons.leaky_relu.verdict(leaky_relu).message


def test_calling_an_exercise_prints(capsys):
    assert neurons.fourth_weight(...) is None
    assert capsys.readouterr().out == f"○ {UNFINISHED}\n"


# What kinds of difference are told apart ---------------------------------------------------------

TABLE = np.array([[1.5, 2.0, -3.0], [0.25, 7.0, 5.5]])


@pytest.mark.parametrize(
    ("got", "word"),
    [
        (TABLE.T, "transposed"),
        (TABLE[None], "length 1"),
        (TABLE[:, :2], "off by one"),
        (TABLE.sum(), "too much summed"),
        (TABLE.ravel(), "axis is missing"),
        (-TABLE, "sign"),
        (TABLE + 1, "1 too large"),
        (TABLE - 1, "1 too small"),
        (2 * TABLE, "2 times"),
        (TABLE[::-1, ::-1], "reverse"),
        (np.trunc(TABLE), "decimal point"),
        (TABLE + [[0, 0, 0.4], [0, 0, 0]], "at [0, 2] is too large"),
        (np.where(TABLE > 6, 0, TABLE), "at [1, 1] is too small"),
        (TABLE > 0, "numbers are wrong"),
    ],
)
def test_difference(got, word):
    assert word in Real().difference(got, TABLE)


@pytest.mark.parametrize(
    ("got", "word"), [(True, "comparison"), (np.array([2.0]), "One number"), (3.5, "too large")]
)
def test_difference_of_one_number(got, word):
    assert word in Real().difference(got, 2.25)


def test_no_difference():
    assert Real().difference(TABLE + 1e-9, TABLE) is None
    assert Real().difference(np.float32(2.25), 2.25) is None


# Fresh cases, a learner's help --------------------------------------------------------------------

halve = FunctionExercise(
    kind=Real(),
    reference=lambda x: x / 2,
    cases=[(4.0,), (6.0,)],
    draw=lambda rng: (float(rng.normal()),),
    mistakes=[(lambda x: x - 2, "Subtracted."), (lambda x: 2 * x, "Doubled.")],
    hints=["Think.", "Divide."],
)


@pytest.mark.parametrize(
    "answer", [lambda x: x // 2, {4.0: 2.0, 6.0: 3.0}.get, lambda x: int(x) / 2]
)
def test_what_is_right_for_the_fixed_cases_only_is_wrong(answer):
    assert not halve.verdict(answer).passed


def test_a_seed_repeats_the_fresh_cases_and_is_named():
    hint = halve.find_fault(lambda x: x // 2, seed=77)
    assert hint == halve.find_fault(lambda x: x // 2, seed=77)
    assert "drawn with seed 77" in hint
    assert hint.startswith("Right for the first cases only.")


def test_a_mistake_must_explain_all_draws():
    assert halve.verdict(lambda x: 2 * x).message == "Doubled."
    assert halve.verdict(lambda x: 2 * x if x in (4, 6) else 9 * x).message != "Doubled."


def test_an_endless_loop_ends():
    def endless(x):
        while True:
            pass

    verdict = dataclasses.replace(halve, seconds=0.3).verdict(endless)
    assert "did not finish within 0.3 seconds: is there a loop that never ends?" in verdict.message


def test_a_result_that_is_printed():
    assert "It prints its result: `return` it" in halve.verdict(lambda x: print(x / 2)).message
    assert "what is printed doesn't count" in halve.verdict(lambda x: print("x =", x)).message


def test_what_the_answer_prints_is_shown_in_short(capsys):
    def talks(x):
        print("hello" * 10_000)
        return x / 2

    halve(talks)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("Your code prints: hellohello")
    assert len(first) < 300
    assert second == "✅ Right."


@pytest.mark.parametrize(
    "stub",
    [
        "def f(x): ...",
        "def f(x): pass",
        "def f(x): 'doc'",
        "def f(x): raise NotImplementedError",
        "def f(x): return ...",
    ],
)
def test_a_stub_is_not_attempted(stub):
    names = {}
    exec(stub, names)
    verdict = halve.verdict(names["f"])
    assert verdict.status == "not attempted"
    assert str(verdict).startswith("○ Not attempted yet: ")


def test_a_generator_is_no_result():
    def halves(x):
        yield x / 2

    assert "a generator" in halve.verdict(halves).message


def test_an_array_that_each_call_writes_to():
    buffer = np.zeros(())

    def double(x):
        buffer[...] = 2 * x
        return buffer

    assert halve.verdict(double).message == "Doubled."


def test_the_three_kinds_of_verdict():
    assert Verdict(True, "Fine.").status == "passed"
    assert Verdict(False, "No.").status == "failed"
    assert str(Verdict(False, "No.")) == "❌ No."


def test_hints_come_one_after_the_other(capsys):
    exercise = dataclasses.replace(halve)
    for _ in range(3):
        exercise.hint()
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["Hint 1 of 2: Think.", "Hint 2 of 2: Divide."]
    assert lines[2].startswith("There are no more hints.")


def test_the_solution_is_shown_after_an_attempt(capsys):
    neurons.leaky_relu._said.clear()
    neurons.leaky_relu(...)
    neurons.leaky_relu.solution()
    assert "Try it first" in capsys.readouterr().out
    neurons.leaky_relu(max)
    neurons.leaky_relu.solution()
    assert "def leaky_relu(x, slope):\n    return" in capsys.readouterr().out


@pytest.mark.parametrize("error", [SystemExit, GeneratorExit, MemoryError, ValueError])
def test_an_open_exercise_never_raises(error):
    def look(answer, rng):
        raise error("x" * 10**6)

    verdict = OpenExercise(look=look).verdict(1)
    assert verdict.status == "failed"
    assert len(verdict.message) < 400
